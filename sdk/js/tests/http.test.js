// Requests of plugins in unit tests, against a server in a thread of its own: the plugin's waits for the response.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { Worker } from "node:worker_threads";

import { ConnectError, RetriableError } from "@caisson/sdk";
import * as http from "@caisson/sdk/http";
import { newHost } from "@caisson/sdk/testing";

const SERVER = `
  const { parentPort } = require("node:worker_threads");
  const server = require("node:http").createServer((request, response) => {
    if (request.url === "/silent") {
      return;
    }
    let body = "";
    request.on("data", (piece) => (body += piece));
    request.on("end", () => {
      response.writeHead(request.method === "GET" ? 200 : 429, { "X-Kind": "echo" });
      response.end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers, body }));
    });
  });
  server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));
`;

let server;
let url;

before(async () => {
  server = new Worker(SERVER, { eval: true });
  const port = await new Promise((resolve) => server.once("message", resolve));
  url = `http://127.0.0.1:${port}`;
});

after(() => server.terminate());

beforeEach(() => newHost());

test("a response has status, headers and body", () => {
  const found = http.get(`${url}/names?all=1`, { headers: { "X-Key": "k" } });
  assert.equal(found.status, 200);
  assert.equal(found.header("x-kind"), "echo");
  assert.equal(found.header("x-none"), null);
  const asked = found.json();
  assert.equal(`${asked.method} ${asked.url} ${asked.headers["x-key"]}`, "GET /names?all=1 k");
  assert.equal(asked.headers["content-length"], undefined);
});

test("a refusal is a response too", () => {
  const refusal = http.post(url, { json: { who: "ada" } });
  assert.equal(refusal.status, 429);
  const { headers, body } = refusal.json();
  assert.deepEqual([headers["content-type"], headers["content-length"], body], ["application/json", "13", '{"who":"ada"}']);
  assert.equal(http.put(url, { body: new Uint8Array([65]) }).json().body, "A");
  assert.equal(http.del(url).json().method, "DELETE");
});

test("what cannot be asked for is told", () => {
  for (const wrong of ["/path", "ftp://host/", "http://", "no url"]) {
    assert.throws(() => http.get(wrong), /is no URL of http or https with a host/);
  }
  assert.throws(() => http.get("http://ada:secret@host/"), /give them in the header Authorization/);
});

test("what is too long, late or not there is told", () => {
  assert.throws(() => http.get(url, { most: 10 }), new ConnectError("the response's body is longer than 10 bytes"));
  assert.throws(() => http.get(`${url}/silent`, { timeoutMs: 50 }), /GET .*\/silent: no answer in 50 ms/);
  assert.throws(() => http.get("http://127.0.0.1:1/"), RetriableError);
});
