/**
 * HTTP to the addresses that the connector's configuration grants: the host and port of every key with `Access.URL`, and what `sandbox.grants`
 * adds. A component has it on SpiderMonkey: `"engine": "spidermonkey"` in caisson.json.
 */

/** A response that is longer than this, bytes, is an error, unless the request says otherwise. */
export const MOST: number;

/** What a request may have beside its method and URL. */
export interface RequestOptions {
  /** Bytes, or text in UTF-8. */
  body?: Uint8Array | string;
  /** A body as JSON, with its content type. */
  json?: unknown;
  /** `Content-Length` is set; `Host` and what else is the connection's affair cannot be. */
  headers?: { [name: string]: string };
  /** Milliseconds for connecting, for the head of the response, and between pieces of its body; without it the call into the plugin is the limit. */
  timeoutMs?: number;
  /** The longest body of a response, bytes. */
  most?: number;
}

/** What came back. A status of 400 and more is a response too, and a redirect is an answer like any other. */
export class Response {
  constructor(status: number, headers: [string, string][], body: Uint8Array);
  readonly status: number;
  /** Names and values, in order. */
  readonly headers: [string, string][];
  readonly body: Uint8Array;
  /** The first header of that name, however it is written; null for none. */
  header(name: string): string | null;
  /** The body as UTF-8. */
  text(): string;
  /** The body as JSON. SyntaxError when it is none. */
  json(): any;
}

/**
 * Sends a request and waits for the whole response.
 *
 * ConnectError for a URL without scheme and host, a header that may not be set, an address that is not granted, and a body that is too
 * long. RetriableError when no response came: no connection, a timeout, broken HTTP.
 */
export function request(method: string, url: string, options?: RequestOptions): Response;
export function get(url: string, options?: RequestOptions): Response;
export function post(url: string, options?: RequestOptions): Response;
export function put(url: string, options?: RequestOptions): Response;
/** A DELETE. */
export function del(url: string, options?: RequestOptions): Response;
