/** Values as people read them, and as JSON has them. */

import { BigInteger } from "./values.js";

const LONGEST = 200;

/** A value in an error: its type, and what it holds. */
export function shown(value) {
  if (value === undefined || value === null) {
    return String(value);
  }
  const type = typeof value === "object" ? (value.constructor?.name ?? "object") : typeof value;
  let text;
  try {
    text = JSON.stringify(toPlain(value)) ?? String(value);
  } catch {
    text = String(value);
  }
  return `${type} ${text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text}`;
}

/**
 * The value without classes, for `JSON.stringify` and for tests: maps and structs become objects, numbers of all widths a number where
 * it is exact, and else text; bytes become Base64 text, decimals and dates the text that they are written as.
 */
export function toPlain(value) {
  switch (typeof value) {
    case "bigint":
      return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
    case "object":
      return value === null ? null : plainObject(value);
    case "undefined":
      return null;
    default:
      return value;
  }
}

function plainObject(value) {
  if (Array.isArray(value)) {
    return value.map(toPlain);
  }
  if (value instanceof Map || value.schema?.isStruct) {
    return ofEntries(value.entries());
  }
  if (value instanceof Uint8Array) {
    return btoa(Array.from(value, (byte) => String.fromCharCode(byte)).join(""));
  }
  if (value instanceof Number) {
    return +value;
  }
  if (value instanceof BigInteger) {
    return toPlain(value.value);
  }
  if (typeof value.toJSON === "function") {
    return value.toJSON();
  }
  return "schema" in value && "value" in value ? toPlain(value.value) : ofEntries(Object.entries(value));
}

function ofEntries(entries) {
  const made = {};
  for (const [name, each] of entries) {
    // As a plain property, also for a name such as __proto__.
    Object.defineProperty(made, typeof name === "object" ? shown(name) : String(name), {
      value: toPlain(each),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return made;
}
