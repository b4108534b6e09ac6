/** Maps whose entries are read when they are asked for: what is not touched is written as the bytes it came as. */

import { SIZES, malformed, place, position, read, readAt, setEmbeddedMap, skip } from "./cbor-read.js";
import { write } from "./cbor-write.js";
import { encode } from "./text.js";

const KNOWN = 1024;

// The names that plugins ask for, as they stand in a map.
const items = new Map();

function item(name) {
  let known = items.get(name);
  if (known === undefined) {
    if (items.size >= KNOWN) {
      items.clear();
    }
    const bytes = encode(name);
    const size = bytes.length;
    const head = size < 24 ? [0x60 | size] : size < 0x100 ? [0x78, size] : [0x79, size >> 8, size & 0xff];
    known = new Uint8Array(head.length + size);
    known.set(head);
    known.set(bytes, head.length);
    items.set(name, known);
  }
  return known;
}

function isSame(data, at, wanted) {
  for (let index = wanted.length - 2; index > 0; index--) {
    if (data[at + index] !== wanted[index]) {
      return false;
    }
  }
  return true;
}

/** Whether a value read may be changed where it stands. */
function isChangeable(value) {
  return typeof value === "object" && value !== null;
}

// Of `_changes`: each has three items.
const PLACE = 1;
const VALUE = 2;
const CHANGE = 3;

/** A Map like any other, but for when its entries are read. */
export class FieldMap extends Map {
  constructor(data, start, end, count, schemas) {
    super();
    // Null once all entries are in the map underneath.
    this._data = data;
    this._start = start;
    this._end = end;
    this._count = count;
    this._schemas = schemas;
    // What was set, or may have been changed: its name, where its value came from, the value now, and so on. One array, since
    // QuickJS takes as long to make a Map as to read a record.
    this._changes = null;
  }

  /** Where the value of a name begins; 0 when there is none. */
  _find(name) {
    const data = this._data;
    const wanted = item(name);
    const size = wanted.length;
    const first = wanted[0];
    const last = wanted[size - 1];
    const sizes = SIZES;
    let at = this._start;
    for (let left = this._count; left > 0; left--) {
      const head = data[at];
      if (head === first && data[at + size - 1] === last && isSame(data, at, wanted)) {
        return at + size;
      }
      at += sizes[head] || skip(data, at) - at;
      at += sizes[data[at]] || skip(data, at) - at;
    }
    if (at !== this._end) {
      throw malformed(`a map that begins at byte ${this._start} has another length than it says`);
    }
    return 0;
  }

  get(name) {
    if (this._data === null || typeof name !== "string") {
      return super.get.call(this._whole(), name);
    }
    const changed = this._changes === null ? -1 : this._changed(name);
    if (changed >= 0) {
      return this._changes[changed + VALUE];
    }
    const at = this._find(name);
    if (at === 0) {
      return undefined;
    }
    const value = readAt(this._data, at, this._schemas);
    if (isChangeable(value)) {
      this._change(name, at, value);
    }
    return value;
  }

  set(name, value) {
    if (this._data !== null && typeof name === "string") {
      const changed = this._changes === null ? -1 : this._changed(name);
      if (changed >= 0) {
        this._changes[changed + VALUE] = value;
        return this;
      }
      const at = this._find(name);
      if (at !== 0) {
        this._change(name, at, value);
        return this;
      }
    }
    return super.set.call(this._whole(), name, value);
  }

  has(name) {
    if (this._data === null || typeof name !== "string") {
      return super.has.call(this._whole(), name);
    }
    return this._find(name) !== 0;
  }

  delete(name) {
    return super.delete.call(this._whole(), name);
  }

  clear() {
    this._data = null;
    super.clear();
  }

  get size() {
    return this._data === null ? super.size : this._count;
  }

  keys() {
    return super.keys.call(this._whole());
  }

  values() {
    return super.values.call(this._whole());
  }

  entries() {
    return super.entries.call(this._whole());
  }

  [Symbol.iterator]() {
    return this.entries();
  }

  forEach(callback, receiver) {
    for (const [key, value] of this.entries()) {
      callback.call(receiver, value, key, this);
    }
  }

  _change(name, at, value) {
    if (this._changes === null) {
      this._changes = [name, at, value];
    } else {
      this._changes.push(name, at, value);
    }
  }

  /** Where in `_changes` a name is; -1 when it is not there. */
  _changed(name) {
    const changes = this._changes;
    for (let index = 0; index < changes.length; index += CHANGE) {
      if (changes[index] === name) {
        return index;
      }
    }
    return -1;
  }

  /** Puts all entries into the map underneath. */
  _whole() {
    if (this._data === null) {
      return this;
    }
    place(this._data, this._start, this._schemas);
    for (let left = this._count; left > 0; left--) {
      const key = read();
      super.set(key, read());
    }
    if (position() !== this._end) {
      throw malformed(`a map that begins at byte ${this._start} has another length than it says`);
    }
    this._data = null;
    const changes = this._changes ?? [];
    for (let index = 0; index < changes.length; index += CHANGE) {
      super.set(changes[index], changes[index + VALUE]);
    }
    this._changes = null;
    return this;
  }

  /** Whether nothing was set and nothing can have changed. For the SDK's own use. */
  isAsItCame() {
    return this._data !== null && this._changes === null;
  }

  /** Writes the map: what was not touched as it came. For the SDK's own use. */
  writeTo(out, table) {
    if (this._data === null || table?.schemas !== this._schemas) {
      out.head(5, this.size);
      for (const [key, value] of this.entries()) {
        write(out, key, table);
        write(out, value, table);
      }
      return;
    }
    const changes = this._changes;
    // The head comes along, since the count is what it was.
    const start = this._start - (this._count < 24 ? 1 : this._count < 0x100 ? 2 : this._count < 0x10000 ? 3 : 5);
    if (changes === null) {
      out.copy(this._data, start, this._end);
    } else if (changes.length === CHANGE) {
      this._writeChange(out, table, start, 0, this._end);
    } else {
      this._writeChanges(out, table, start);
    }
  }

  _writeChanges(out, table, start) {
    const changes = this._changes;
    const order = [];
    for (let index = 0; index < changes.length; index += CHANGE) {
      order.push(index);
    }
    order.sort((one, other) => changes[one + PLACE] - changes[other + PLACE]);
    let at = start;
    order.forEach((index, number) => {
      const end = number + 1 < order.length ? changes[order[number + 1] + PLACE] : this._end;
      this._writeChange(out, table, at, index, end);
      at = end;
    });
  }

  /** Writes what stands from `start` to `end`, and in it the change. */
  _writeChange(out, table, start, index, end) {
    const data = this._data;
    const place = this._changes[index + PLACE];
    out.copy(data, start, place);
    write(out, this._changes[index + VALUE], table);
    out.copy(data, place + (SIZES[data[place]] || skip(data, place) - place), end);
  }
}

setEmbeddedMap((data, start, end, count, schemas) => new FieldMap(data, start, end, count, schemas));
