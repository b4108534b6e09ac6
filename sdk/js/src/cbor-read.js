/**
 * Reads values of `wit/record.cddl`.
 *
 * The reading under way is kept in this module, not in an object: QuickJS reads a variable several times faster than a member. Of the
 * libraries that there are, cbor-x, cborg, cbor2 and cbor decode whole items from a buffer into objects and know neither the widths of
 * integers nor the bytes that an item came as; what a plugin does not touch is never decoded here.
 */

import { Decimal } from "./decimal.js";
import { DataError } from "./errors.js";
import { decode } from "./text.js";
import { BigInteger, Float32, Int16, Int32, Int8, Typed } from "./values.js";

let data = new Uint8Array(0);
let pos = 0;
let schemas = [];
let view = null;
// Made by modules that this one cannot depend on: a struct of a schema, and a map that is read when asked for.
let embeddedMap = null;

/** Sets what makes a Map of an embedded map. */
export function setEmbeddedMap(make) {
  embeddedMap = make;
}

/** The batch breaks the grammar of record.cddl. */
export function malformed(what) {
  return new DataError(`malformed batch: ${what}`);
}

function cutOff() {
  return malformed("it is cut off");
}

/** Begins reading at a place. */
export function place(bytes, at, table) {
  if (bytes !== data) {
    data = bytes;
    view = null;
  }
  pos = at;
  schemas = table;
}

/** Where reading is. */
export function position() {
  return pos;
}

/** What is being read: the bytes, and the schemas that their numbers mean. */
export function reading() {
  return { data, schemas };
}

/** The byte that is next. */
export function next() {
  return data[pos];
}

/** Goes on behind so many bytes. */
export function advance(count) {
  pos += count;
}

/** The number in the head of the item that is next, up to 2^53; reading goes on behind the head. */
export function length() {
  const info = data[pos] & 31;
  if (info < 24) {
    return data[pos++] & 31;
  }
  const size = 1 << (info - 24);
  const start = pos + 1;
  pos = start + size;
  if (info > 27) {
    throw malformed(`an item of indefinite length at byte ${start - 1}`);
  }
  if (pos > data.length) {
    throw cutOff();
  }
  if (size === 1) {
    return data[start];
  }
  let number = 0;
  for (let at = start; at < pos; at++) {
    number = number * 256 + data[at];
  }
  return number;
}

/** The number of items of an array (4) or map (5). */
export function count(major, what) {
  if (data[pos] >> 5 !== major || pos >= data.length) {
    throw malformed(`${what} is expected at byte ${pos}`);
  }
  return length();
}

/** A whole number: a number where it is exact, else a bigint. */
export function integer() {
  const head = data[pos];
  if (head < 24) {
    pos += 1;
    return head;
  }
  if (head >> 5 > 1) {
    throw malformed(`an integer is expected at byte ${pos}`);
  }
  if ((head & 31) === 27) {
    const big = bigInteger64();
    return big >= -9007199254740991n && big <= 9007199254740991n ? Number(big) : big;
  }
  const number = length();
  return head >> 5 === 0 ? number : -1 - number;
}

function bigInteger64() {
  const negative = data[pos] >> 5 === 1;
  const at = pos + 1;
  pos += 9;
  if (pos > data.length) {
    throw cutOff();
  }
  const number = dataView().getBigUint64(at);
  return negative ? -1n - number : number;
}

function dataView() {
  view ??= new DataView(data.buffer, data.byteOffset, data.byteLength);
  return view;
}

function text() {
  const size = length();
  const start = pos;
  pos += size;
  if (pos > data.length) {
    throw cutOff();
  }
  try {
    return decode(data, start, pos);
  } catch (error) {
    throw malformed(`a text at byte ${start} is no UTF-8 (${error.message})`);
  }
}

/** A text. */
export function name() {
  if (data[pos] >> 5 !== 3) {
    throw malformed(`a text is expected at byte ${pos}`);
  }
  return text();
}

function bytes() {
  const size = length();
  const start = pos;
  pos += size;
  if (pos > data.length) {
    throw cutOff();
  }
  return data.slice(start, pos);
}

/** A value without a schema, or one of a primitive type. */
export function read() {
  const head = data[pos];
  switch (head >> 5) {
    case 3:
      return text();
    case 0:
      return (head & 31) === 27 ? bigInteger64() : BigInt(length());
    case 1:
      return (head & 31) === 27 ? bigInteger64() : BigInt(-1 - length());
    case 2:
      return bytes();
    case 4:
      return array();
    case 5:
      return map();
    case 6:
      return tagged(head);
    default:
      return simple(head);
  }
}

/** A value at a place of its own. */
export function readAt(from, at, table) {
  place(from, at, table);
  return read();
}

function simple(head) {
  const at = pos + 1;
  switch (head) {
    case 0xf6:
      pos = at;
      return null;
    case 0xf4:
    case 0xf5:
      pos = at;
      return head === 0xf5;
    case 0xfb:
      pos = at + 8;
      return float(at, 8);
    case 0xfa:
      pos = at + 4;
      return new Float32(float(at, 4));
    default:
      throw pos >= data.length ? cutOff() : unknown();
  }
}

function float(at, size) {
  if (pos > data.length) {
    throw cutOff();
  }
  return size === 8 ? dataView().getFloat64(at) : dataView().getFloat32(at);
}

/** A float32 or float64 under a schema; undefined when something else is next. */
export function floating() {
  const head = data[pos];
  if (head !== 0xfa && head !== 0xfb) {
    return undefined;
  }
  const at = pos + 1;
  pos = at + (head === 0xfb ? 8 : 4);
  return float(at, pos - at);
}

function unknown() {
  return malformed(`an item that no value has at byte ${pos}`);
}

function array() {
  const size = length();
  const items = [];
  for (let number = 0; number < size; number++) {
    items.push(read());
  }
  return items;
}

function map() {
  const size = length();
  const entries = new Map();
  for (let number = 0; number < size; number++) {
    const key = read();
    entries.set(key, read());
  }
  return entries;
}

/** Reads what is embedded next, by that function. */
export function embedded(inner) {
  const at = pos;
  pos += 2;
  if (data[pos] >> 5 !== 2) {
    throw malformed(`an embedded value is expected at byte ${at}`);
  }
  const size = length();
  const end = pos + size;
  if (end > data.length) {
    throw cutOff();
  }
  const value = inner(end);
  if (pos !== end) {
    throw malformed(`an embedded value at byte ${at} has another length than it says`);
  }
  return value;
}

function embeddedValue(end) {
  if (data[pos] >> 5 !== 5) {
    return read();
  }
  const size = length();
  const made = embeddedMap(data, pos, end, size, schemas);
  pos = end;
  return made;
}

/** An integer of any size. */
function mantissa() {
  const head = data[pos];
  if (head !== 0xc2 && head !== 0xc3) {
    return BigInt(integer());
  }
  pos += 1;
  if (data[pos] >> 5 !== 2) {
    throw malformed(`a big integer is expected at byte ${pos}`);
  }
  let digits = "";
  for (const byte of bytes()) {
    digits += byte.toString(16).padStart(2, "0");
  }
  const number = BigInt(`0x${digits || "0"}`);
  return head === 0xc2 ? number : -1n - number;
}

function decimal() {
  pos += 1;
  if (data[pos] !== 0x82) {
    throw malformed(`a decimal is expected at byte ${pos}`);
  }
  pos += 1;
  const exponent = Number(integer());
  // Not -exponent, which makes -0 of 0.
  return new Decimal(mantissa(), 0 - exponent);
}

/** A java.util.Date. */
export function date() {
  if (data[pos] !== 0xd9 || data[pos + 1] !== 0x1b || data[pos + 2] !== 0x5c) {
    throw malformed(`a date is expected at byte ${pos}`);
  }
  pos += 3;
  const millis = integer();
  const made = new Date(Number(millis));
  if (Number.isNaN(made.getTime())) {
    throw new DataError(`${millis} ms since the epoch is beyond the days that Date has`);
  }
  return made;
}

function tagged(head) {
  switch (head) {
    case 0xd8:
      if (data[pos + 1] !== 24) {
        throw unknown();
      }
      return embedded(embeddedValue);
    case 0xc4:
      return decimal();
    case 0xc2:
    case 0xc3:
      return new BigInteger(mantissa());
    default:
      break;
  }
  if (head !== 0xd9 || data[pos + 1] !== 0x1b) {
    throw unknown();
  }
  switch (data[pos + 2]) {
    case 0x59:
      pos += 3;
      return new Int8(Number(integer()));
    case 0x5a:
      pos += 3;
      return new Int16(Number(integer()));
    case 0x5b:
      pos += 3;
      return new Int32(Number(integer()));
    case 0x5c:
      return date();
    case 0x5d:
      return typed();
    default:
      throw unknown();
  }
}

/** Whether a value with a schema of its own is next. */
export function isTyped() {
  return data[pos] === 0xd9 && data[pos + 1] === 0x1b && data[pos + 2] === 0x5d;
}

/** A value with a schema of its own. */
export function typed() {
  pos += 3;
  if (data[pos] !== 0x82) {
    throw malformed(`a typed value is expected at byte ${pos}`);
  }
  pos += 1;
  const schema = schemaAt(length());
  const value = schema.read();
  return schema.isStruct ? value : new Typed(schema, value);
}

function schemaAt(index) {
  const schema = schemas[index];
  if (schema === undefined) {
    throw malformed(`it has no schema ${index}`);
  }
  return schema;
}

/** The schema whose number is next; null for none. */
export function schema() {
  if (data[pos] === 0xf6) {
    pos += 1;
    return null;
  }
  return schemaAt(count(0, "a schema's number"));
}

function sizes() {
  const table = new Uint8Array(256);
  for (let info = 0; info < 28; info++) {
    const size = info < 24 ? 1 : 1 + (1 << (info - 24));
    table[info] = table[0x20 | info] = size;
    if (info < 24) {
      table[0x40 | info] = table[0x60 | info] = 1 + info;
    }
  }
  for (const head of [0x80, 0xa0, 0xf4, 0xf5, 0xf6]) {
    table[head] = 1;
  }
  table[0xfa] = 5;
  table[0xfb] = 9;
  return table;
}

/** How long an item is, by its first byte; 0 where that does not say it. */
export const SIZES = sizes();

/** Goes on behind the item that is next. What is read, and where the item begins in it. */
export function skipItem() {
  const at = pos;
  const table = schemas;
  const end = skip(data, at);
  place(data, end, table);
  return { bytes: data, at };
}

/** The position behind an item. */
export function skip(from, at) {
  const head = from[at];
  const size = SIZES[head];
  if (size) {
    return at + size;
  }
  const major = head >> 5;
  if (head === 0x78 || head === 0x58) {
    return at + 2 + from[at + 1];
  }
  place(from, at, []);
  const number = head === undefined ? 0 : length();
  let end = pos;
  if (major === 2 || major === 3) {
    return end + number;
  }
  if (major === 6) {
    return skip(from, end);
  }
  if (head === undefined || (major !== 4 && major !== 5)) {
    throw head === undefined ? cutOff() : unknown();
  }
  for (let left = major === 4 ? number : 2 * number; left > 0; left--) {
    end = skip(from, end);
  }
  return end;
}
