/**
 * HTTP to the addresses that the connector's configuration grants. A component has it on SpiderMonkey: `"engine": "spidermonkey"` in
 * caisson.json.
 *
 *     class Lookup extends Transformation {
 *       static config = new ConfigDef({ url: { type: "STRING", documentation: "Where names are known.", access: Access.URL } });
 *
 *       apply(record) {
 *         const found = http.get(`${this.url}/names/${record.value.get("id")}`);
 *         if (found.status === 200) {
 *           record.value.set("name", found.json().name);
 *         }
 *         return record;
 *       }
 *     }
 *
 * A key with `Access.URL` names a URL; exactly its host and port are granted, and a request to anything else ends in an error that says so. A
 * status of 400 and more is a response too. A redirect is an answer like any other: whoever follows it asks anew. The worker connects, keeps
 * connections and speaks TLS; in a unit test Node.js does.
 */

import { ConnectError } from "./errors.js";
import { imports } from "./host.js";

/** A response that is longer than this, bytes, is an error, unless the request says otherwise. */
export const MOST = 16 * 1024 * 1024;

const WITH_BODY = ["POST", "PUT", "PATCH"];
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What came back: the status, headers in order, and the whole body. */
export class Response {
  constructor(status, headers, body) {
    this.status = status;
    /** Names and values. */
    this.headers = headers;
    this.body = body;
  }

  /** The first header of that name, however it is written; null for none. */
  header(name) {
    const wanted = name.toLowerCase();
    return this.headers.find(([known]) => known.toLowerCase() === wanted)?.[1] ?? null;
  }

  /** The body as UTF-8. */
  text() {
    return decoder.decode(this.body);
  }

  /** The body as JSON. SyntaxError when it is none. */
  json() {
    return JSON.parse(this.text());
  }
}

/**
 * Sends a request and waits for the whole response: see `RequestOptions` in http.d.ts for what it may have.
 *
 * ConnectError for a URL without scheme and host, a header that may not be set, an address that is not granted, and a body that is too
 * long. RetriableError when no response came: no connection, a timeout, broken HTTP.
 */
export function request(method, url, { body, json, headers = {}, timeoutMs = null, most = MOST } = {}) {
  const { scheme, authority, path } = target(url);
  const named = new Map(Object.entries(headers));
  const names = [...named.keys()].map((name) => name.toLowerCase());
  if (json !== undefined && !names.includes("content-type")) {
    named.set("Content-Type", "application/json");
  }
  const content = json === undefined ? (body ?? "") : JSON.stringify(json);
  const data = typeof content === "string" ? encoder.encode(content) : content;
  const called = method.toUpperCase();
  if (data.length > 0 || WITH_BODY.includes(called)) {
    named.set("Content-Length", String(data.length));
  }
  return imports().exchange({ method: called, scheme, authority, path, headers: [...named], body: data, timeoutMs, most });
}

/** Sends a GET. */
export function get(url, options) {
  return request("GET", url, options);
}

/** Sends a POST. */
export function post(url, options) {
  return request("POST", url, options);
}

/** Sends a PUT. */
export function put(url, options) {
  return request("PUT", url, options);
}

/** Sends a DELETE. */
export function del(url, options) {
  return request("DELETE", url, options);
}

function target(url) {
  let parts = null;
  try {
    parts = new URL(url);
  } catch {
    // Told below.
  }
  if (parts === null || !["http:", "https:"].includes(parts.protocol) || parts.host === "") {
    throw new ConnectError(`${JSON.stringify(url)} is no URL of http or https with a host`);
  }
  if (parts.username !== "" || parts.password !== "") {
    throw new ConnectError("a URL with a user and a password cannot be asked for: give them in the header Authorization");
  }
  return { scheme: parts.protocol.slice(0, -1), authority: parts.host, path: `${parts.pathname}${parts.search}` };
}

/** What a request asks for, in errors. */
export function told({ method, scheme, authority, path }) {
  return `${method} ${scheme}://${authority}${path}`;
}

/** The body is longer than the request allows. */
export function tooLong(most) {
  return new ConnectError(`the response's body is longer than ${most} bytes`);
}
