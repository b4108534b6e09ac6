/** Requests through `wasi:http`. */

import outgoingHandler from "wasi:http/outgoing-handler@0.2.12";
import types from "wasi:http/types@0.2.12";

import { ConnectError, RetriableError } from "../errors.js";
import { Response, told, tooLong } from "../http.js";
import { bytes, joined } from "./crossing.js";

// `blocking-write-and-flush` takes no more at once.
const PIECE = 4096;
const CHUNK = 65536;
const KNOWN_METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];
// The other cases are what may go well another time.
const FOR_GOOD = ["http-request-uri-invalid", "http-request-method-invalid"];
const NANOSECONDS = 1e6;

/** Sends a request and reads the whole response. */
export function exchange(request) {
  const handed = sent(request);
  return held(handed, (future) => {
    held(future.subscribe(), (ready) => ready.block());
    const answer = future.get();
    // What the handle is asked for once, then whether there is a response.
    const outcome = answer.tag === "ok" ? answer.val : answer;
    if (outcome.tag !== "ok") {
      throw refusal(outcome.val, request);
    }
    return held(outcome.val, (response) => read(response, request));
  });
}

/** Makes a call with a resource, and lets go of it. */
function held(resource, call) {
  try {
    return call(resource);
  } finally {
    resource[Symbol.dispose]();
  }
}

/** The request on its way. */
function sent(request) {
  const outgoing = new types.OutgoingRequest(fieldsOf(request));
  const set = (call) => asked(request, call);
  set(() => outgoing.setMethod(methodOf(request.method)));
  set(() => outgoing.setScheme({ tag: request.scheme === "https" ? "HTTPS" : "HTTP" }));
  set(() => outgoing.setAuthority(request.authority));
  set(() => outgoing.setPathWithQuery(request.path));
  const body = set(() => outgoing.body());
  const future = set(() => outgoingHandler.handle(outgoing, optionsOf(request.timeoutMs)));
  try {
    write(body, request.body);
  } catch {
    // A server may answer before it has read everything. Where it does not, the answer's error says why.
    body[Symbol.dispose]();
  }
  return future;
}

function fieldsOf({ headers }) {
  try {
    return types.Fields.fromList(headers.map(([name, value]) => [name, latin1(value)]));
  } catch (error) {
    const names = headers.map(([name]) => name).join(", ");
    throw new ConnectError(`one of the headers ${names} may not be set: ${worded(error.payload)}`);
  }
}

function latin1(text) {
  const codes = [...text].map((letter) => letter.codePointAt(0));
  if (codes.some((code) => code > 255)) {
    throw new ConnectError(`a header holds letters of Latin-1, and not ${JSON.stringify(text)}`);
  }
  return Uint8Array.from(codes);
}

function methodOf(name) {
  return KNOWN_METHODS.includes(name) ? { tag: name.toLowerCase() } : { tag: "other", val: name };
}

function optionsOf(timeoutMs) {
  if (timeoutMs === null) {
    return undefined;
  }
  const made = new types.RequestOptions();
  const nanoseconds = BigInt(Math.round(timeoutMs * NANOSECONDS));
  made.setConnectTimeout(nanoseconds);
  made.setFirstByteTimeout(nanoseconds);
  made.setBetweenBytesTimeout(nanoseconds);
  return made;
}

function write(body, data) {
  if (data.length > 0) {
    held(body.write(), (stream) => {
      for (let start = 0; start < data.length; start += PIECE) {
        stream.blockingWriteAndFlush(data.subarray(start, start + PIECE));
      }
    });
  }
  types.OutgoingBody.finish(body, undefined);
}

function read(response, request) {
  const headers = held(response.headers(), (fields) =>
    fields.entries().map(([name, value]) => [name, String.fromCharCode(...bytes(value))]),
  );
  const body = held(response.consume(), (incoming) => held(incoming.stream(), (stream) => content(stream, request)));
  return new Response(response.status(), headers, body);
}

function content(stream, request) {
  const pieces = [];
  let size = 0;
  for (;;) {
    let piece = null;
    try {
      piece = bytes(stream.blockingRead(CHUNK));
    } catch (error) {
      if (error.payload?.tag === "closed") {
        return joined(pieces, size);
      }
      throw new RetriableError(`${told(request)}: the connection failed: ${failure(error.payload)}`);
    }
    pieces.push(piece);
    size += piece.length;
    if (size > request.most) {
      throw tooLong(request.most);
    }
  }
}

/** What the error of a stream says. */
function failure(payload) {
  return payload?.val === undefined ? worded(payload) : held(payload.val, (error) => error.toDebugString());
}

/** Makes a call; its refusal is told with the request. */
function asked(request, call) {
  try {
    return call();
  } catch (error) {
    throw refusal(error.payload, request);
  }
}

/** Why there is no response. */
function refusal(code, request) {
  const name = code?.tag?.toLowerCase();
  if (name === "http-request-denied") {
    return new ConnectError(`${told(request)}: nothing in the connector's config grants ${request.authority}; sandbox.grants may`);
  }
  const Kind = name === undefined || FOR_GOOD.includes(name) ? ConnectError : RetriableError;
  return new Kind(`${told(request)}: ${worded(code)}`);
}

/** `connection refused` for the case of that name, with what else it says. */
function worded(code) {
  if (code === undefined || code === null) {
    return "it is no request that can be sent";
  }
  const words = (code.tag ?? String(code)).replaceAll("-", " ").toLowerCase();
  return code.val === undefined ? words : `${words}: ${typeof code.val === "object" ? JSON.stringify(code.val) : code.val}`;
}
