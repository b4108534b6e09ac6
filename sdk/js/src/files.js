/**
 * Files and folders, as far as the worker grants them: what a key with `access` names, and `sandbox.grants`.
 *
 * Paths are those of the worker's machine. Every function throws a ConnectError that names path and reason.
 */

import { imports } from "./host.js";

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** At most `length` bytes from byte `position` on; fewer only at the file's end. */
export function readBytes(path, position = 0, length = Number.MAX_SAFE_INTEGER) {
  return imports().readFile(path, position, length);
}

/** The whole file as text in UTF-8. */
export function readText(path) {
  return decoder.decode(readBytes(path));
}

/** Appends bytes, or text in UTF-8; the file is made if there is none. When it returns the bytes are on disk. */
export function append(path, content) {
  imports().writeFile(path, bytesOf(content), false);
}

/** Puts bytes, or text in UTF-8, in the place of whatever the file held. When it returns the bytes are on disk. */
export function write(path, content) {
  imports().writeFile(path, bytesOf(content), true);
}

/** The names in a folder, in order. */
export function list(path) {
  return imports().listFolder(path).sort();
}

function bytesOf(content) {
  return typeof content === "string" ? encoder.encode(content) : content;
}
