/** Writes values of `wit/record.cddl`: into a buffer that grows, so that what was not touched is copied in one step. */

import { Decimal } from "./decimal.js";
import { DataError } from "./errors.js";
import { encode, nameBytes } from "./text.js";
import { BigInteger, Float32, Int16, Int32, Int8, Typed } from "./values.js";

const LEAST = -(2n ** 63n);
const MOST = 2n ** 63n - 1n;
// An embedded value is mostly as long as that, so that its head has room.
const EMBEDDED_HEAD = 4;

/**
 * What is being written, from `start` to `pos` of `bytes`. Bytes that most copies come from may be given as `base`: they are laid before
 * it, because within one array a copy takes one call, and else an array of its own.
 */
export class Output {
  constructor(size = 1024, base = null) {
    this._base = base;
    this.start = base === null ? 0 : base.length;
    this.bytes = new Uint8Array(this.start + size);
    this.pos = this.start;
    this._view = null;
    if (base !== null) {
      this.bytes.set(base);
    }
  }

  /** Makes room for so many bytes more. */
  reserve(count) {
    if (this.pos + count > this.bytes.length) {
      const grown = new Uint8Array(Math.max(2 * this.bytes.length, this.pos + count));
      grown.set(this.bytes.subarray(0, this.pos));
      this.bytes = grown;
      this._view = null;
    }
  }

  /** One byte. */
  byte(value) {
    if (this.pos === this.bytes.length) {
      this.reserve(1);
    }
    this.bytes[this.pos++] = value;
  }

  /** Bytes that came from elsewhere. */
  copy(from, start, end) {
    const after = this.pos + end - start;
    if (after > this.bytes.length) {
      this.reserve(end - start);
    }
    if (from === this._base) {
      this.bytes.copyWithin(this.pos, start, end);
    } else {
      this.bytes.set(start === 0 && end === from.length ? from : from.subarray(start, end), this.pos);
    }
    this.pos = after;
  }

  /** The head of an item of a major type, in its shortest form. `number` is at least 0, and a bigint from 2^53 on. */
  head(major, number) {
    const first = major << 5;
    if (number < 24) {
      this.byte(first | Number(number));
      return;
    }
    this.reserve(9);
    const bytes = this.bytes;
    if (number < 0x100) {
      bytes[this.pos++] = first | 24;
      bytes[this.pos++] = Number(number);
    } else if (number < 0x10000) {
      bytes[this.pos++] = first | 25;
      this.view().setUint16(this.pos, Number(number));
      this.pos += 2;
    } else if (number < 0x100000000) {
      bytes[this.pos++] = first | 26;
      this.view().setUint32(this.pos, Number(number));
      this.pos += 4;
    } else {
      bytes[this.pos++] = first | 27;
      this.view().setBigUint64(this.pos, BigInt(number));
      this.pos += 8;
    }
  }

  view() {
    this._view ??= new DataView(this.bytes.buffer);
    return this._view;
  }

  /** A whole number of at most 64 bits, a number or a bigint. */
  integer(number) {
    if (number >= 0) {
      this.head(0, number);
    } else {
      this.head(1, typeof number === "bigint" ? -1n - number : -1 - number);
    }
  }

  /** A text. */
  text(value) {
    const size = value.length;
    const start = this.pos;
    if (size > 512) {
      this.bytesItem(3, encode(value));
      return;
    }
    if (start + size + 3 > this.bytes.length) {
      this.reserve(size + 3);
    }
    const bytes = this.bytes;
    let at = start + 1;
    if (size < 24) {
      bytes[start] = 0x60 | size;
    } else {
      this.head(3, size);
      at = this.pos;
    }
    for (let index = 0; index < size; index++) {
      const unit = value.charCodeAt(index);
      if (unit > 0x7f) {
        this.pos = start;
        this.bytesItem(3, encode(value));
        return;
      }
      bytes[at++] = unit;
    }
    this.pos = at;
  }

  /** A text that is likely to come again. */
  name(value) {
    this.bytesItem(3, nameBytes(value));
  }

  /** Bytes behind a head of that major type. */
  bytesItem(major, bytes) {
    this.head(major, bytes.length);
    this.copy(bytes, 0, bytes.length);
  }

  /** Begins a value whose end is found without looking into it. What is returned is given to `endEmbedded`. */
  beginEmbedded() {
    this.reserve(EMBEDDED_HEAD);
    this.pos += EMBEDDED_HEAD;
    return this.pos;
  }

  /** Ends it: writes its head, and moves the value if the head is longer or shorter than most are. */
  endEmbedded(start) {
    const end = this.pos;
    this.pos = start - EMBEDDED_HEAD;
    const size = end - start;
    if (size >= 24 && size < 0x100) {
      const bytes = this.bytes;
      bytes[this.pos] = 0xd8;
      bytes[this.pos + 1] = 24;
      bytes[this.pos + 2] = 0x58;
      bytes[this.pos + 3] = size;
      this.pos = end;
      return;
    }
    this.reserve(size + 16);
    const value = this.bytes.slice(start, end);
    this.byte(0xd8);
    this.byte(24);
    this.bytesItem(2, value);
  }

  /** What was written. */
  finish() {
    return this.bytes.slice(this.start, this.pos);
  }
}

/** A value without a schema. DataError for one that is none of Kafka Connect's. */
export function write(out, value, table) {
  switch (typeof value) {
    case "string":
      out.text(value);
      return;
    case "number":
      float(out, value, 0xfb);
      return;
    case "bigint":
      bigint(out, value);
      return;
    case "boolean":
      out.byte(value ? 0xf5 : 0xf4);
      return;
    case "undefined":
      out.byte(0xf6);
      return;
    case "object":
      if (value === null) {
        out.byte(0xf6);
      } else {
        object(out, value, table);
      }
      return;
    default:
      throw refused(value);
  }
}

function refused(value) {
  const name = typeof value === "object" ? (value.constructor?.name ?? "an object") : typeof value;
  return new DataError(
    `${name} is no type of Kafka Connect's: give null, boolean, number, bigint, string, Uint8Array, Decimal, Date, Array, Map, ` +
      "a plain object or Struct",
  );
}

/** A float32 (0xfa) or float64 (0xfb). */
export function float(out, value, head) {
  out.reserve(9);
  out.bytes[out.pos++] = head;
  if (head === 0xfb) {
    out.view().setFloat64(out.pos, value);
    out.pos += 8;
  } else {
    out.view().setFloat32(out.pos, value);
    out.pos += 4;
  }
}

function bigint(out, value) {
  if (value >= LEAST && value <= MOST) {
    out.integer(value);
  } else {
    big(out, value);
  }
}

function big(out, value) {
  const number = value >= 0n ? value : -1n - value;
  const digits = number.toString(16);
  const even = digits.length % 2 === 0 ? digits : `0${digits}`;
  const size = number === 0n ? 0 : even.length / 2;
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at++) {
    bytes[at] = parseInt(even.slice(2 * at, 2 * at + 2), 16);
  }
  out.byte(value >= 0n ? 0xc2 : 0xc3);
  out.bytesItem(2, bytes);
}

function tag(out, low) {
  out.byte(0xd9);
  out.byte(0x1b);
  out.byte(low);
}

/** A java.util.Date. DataError for an invalid one. */
export function date(out, value) {
  const millis = value.getTime();
  if (Number.isNaN(millis)) {
    throw new DataError("an invalid Date has no moment");
  }
  tag(out, 0x5c);
  out.integer(millis);
}

/** A decimal of its own scale. */
export function decimal(out, value) {
  out.byte(0xc4);
  out.byte(0x82);
  out.integer(-value.scale);
  bigint(out, value.unscaled);
}

const WIDTHS = new Map([
  [Int8, 0x59],
  [Int16, 0x5a],
  [Int32, 0x5b],
]);

function object(out, value, table) {
  if (Array.isArray(value)) {
    array(out, value, table);
  } else if (value instanceof Map) {
    map(out, value, table);
  } else if (value instanceof Uint8Array) {
    out.bytesItem(2, value);
  } else if (value instanceof Date) {
    date(out, value);
  } else if (value instanceof Decimal) {
    decimal(out, value);
  } else if (value instanceof Number) {
    width(out, value);
  } else if (value instanceof BigInteger) {
    big(out, value.value);
  } else if (value instanceof Typed) {
    typed(out, value.schema, value.value, table);
  } else if (value.schema?.isStruct && value.constructor !== Object) {
    typed(out, value.schema, value, table);
  } else {
    plainObject(out, value, table);
  }
}

function width(out, value) {
  const low = WIDTHS.get(value.constructor);
  if (low !== undefined) {
    tag(out, low);
    out.integer(+value);
  } else {
    float(out, +value, value instanceof Float32 ? 0xfa : 0xfb);
  }
}

function typed(out, schema, value, table) {
  tag(out, 0x5d);
  out.byte(0x82);
  out.head(0, table.index(schema));
  schema.write(out, value, table, "value");
}

function array(out, value, table) {
  out.head(4, value.length);
  for (const item of value) {
    write(out, item, table);
  }
}

function map(out, value, table) {
  if (value.writeTo !== undefined) {
    value.writeTo(out, table);
    return;
  }
  out.head(5, value.size);
  for (const [key, item] of value) {
    if (typeof key === "string") {
      out.name(key);
    } else {
      write(out, key, table);
    }
    write(out, item, table);
  }
}

function plainObject(out, value, table) {
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw refused(value);
  }
  const names = Object.keys(value);
  out.head(5, names.length);
  for (const name of names) {
    out.name(name);
    write(out, value[name], table);
  }
}
