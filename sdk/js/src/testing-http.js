/** Requests of unit tests, by a Node.js of their own: a plugin waits for its responses, and this process's client would not come to answer. */

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

import { RetriableError } from "./errors.js";
import { Response, told, tooLong } from "./http.js";

const CLIENT = fileURLToPath(new URL("./testing-http-client.js", import.meta.url));

/** Sends a request and reads the whole response. */
export function exchange(request) {
  const asked = { ...request, body: Buffer.from(request.body).toString("base64") };
  const client = spawnSync(process.execPath, [CLIENT], { input: JSON.stringify(asked), maxBuffer: 2 * request.most + (1 << 20) });
  if (client.status !== 0) {
    throw new RetriableError(`${told(request)}: ${client.error?.message ?? client.stderr.toString().trim()}`);
  }
  const { status, headers, body } = JSON.parse(client.stdout.toString());
  if (body === null) {
    throw tooLong(request.most);
  }
  return new Response(status, headers, new Uint8Array(Buffer.from(body, "base64")));
}
