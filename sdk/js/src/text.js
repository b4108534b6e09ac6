/** Text and UTF-8. QuickJS runs loops slowly and its own functions quickly, so that plain ASCII goes through those. */

const NON_ASCII = /[\x80-\xff]/;
// More arguments than that no engine takes.
const CHUNK = 8192;
const KNOWN = 1024;

// Made when they are first needed: a component's are put in place after this module is read.
let decoder = null;
let encoder = null;
const names = new Map();

/** Text from bytes. TypeError for bytes that are no UTF-8. */
export function decode(bytes, start, end) {
  if (end - start <= CHUNK) {
    const text = String.fromCharCode.apply(null, bytes.subarray(start, end));
    if (!NON_ASCII.test(text)) {
      return text;
    }
  }
  decoder ??= new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  return decoder.decode(bytes.subarray(start, end));
}

/** The bytes of a text. */
export function encode(text) {
  encoder ??= new TextEncoder();
  return encoder.encode(text);
}

/** A number for each byte, as text: what byte strings are looked up by. */
export function binary(bytes, start, end) {
  let text = "";
  for (let at = start; at < end; at += CHUNK) {
    text += String.fromCharCode.apply(null, bytes.subarray(at, Math.min(at + CHUNK, end)));
  }
  return text;
}

/** The bytes of a name that is likely to come again. */
export function nameBytes(name) {
  let known = names.get(name);
  if (known === undefined) {
    if (names.size >= KNOWN) {
      names.clear();
    }
    known = encode(name);
    names.set(name, known);
  }
  return known;
}
