/** Sends the request on the standard input, and writes the response: JSON both, their bodies Base64; null for a body that is too long. */

import * as http from "node:http";
import * as https from "node:https";

function pairs(raw) {
  return Array.from({ length: raw.length / 2 }, (_, at) => raw.slice(2 * at, 2 * at + 2));
}

async function answered(response, most) {
  const pieces = [];
  let size = 0;
  for await (const piece of response) {
    pieces.push(piece);
    size += piece.length;
    if (size > most) {
      return { body: null };
    }
  }
  const body = Buffer.concat(pieces).toString("base64");
  return { status: response.statusCode, headers: pairs(response.rawHeaders), body };
}

function failed(error) {
  console.error(error.message || error.code);
  process.exit(1);
}

let text = "";
for await (const piece of process.stdin) {
  text += piece;
}
const { method, scheme, authority, path, headers, body, timeoutMs, most } = JSON.parse(text);
const options = { method, headers: Object.fromEntries(headers), timeout: timeoutMs ?? undefined };
const sent = (scheme === "https" ? https : http).request(`${scheme}://${authority}${path}`, options, (response) =>
  answered(response, most).then((answer) => process.stdout.write(JSON.stringify(answer), () => process.exit(0)), failed),
);
sent.on("timeout", () => sent.destroy(new Error(`no answer in ${timeoutMs} ms`)));
sent.on("error", failed);
sent.end(Buffer.from(body, "base64"));
