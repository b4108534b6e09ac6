/** Structs: values of a struct schema, whose fields are read when they are asked for. */

import * as cbor from "./cbor-read.js";
import { DataError } from "./errors.js";

const UNREAD = Symbol("unread");

/** A value of a struct schema, by the names of its fields. A field that is not set has its schema's default. */
export class Struct {
  constructor(schema) {
    if (!schema?.isStruct) {
      throw new DataError(`Not a struct schema: ${schema}`);
    }
    this.schema = schema;
    this._values = new Array(schema.fields.length).fill(null);
    // Where the fields whose value is still UNREAD begin, and the end of the last; null when nothing is unread.
    this._at = null;
    this._data = null;
    this._schemas = null;
  }

  /** The field's value; undefined when the schema has no such field. */
  get(name) {
    const position = this.schema.positions.get(name);
    if (position === undefined) {
      return undefined;
    }
    const value = this._value(position);
    return value === null ? this.schema.fields[position].schema.defaultValue : value;
  }

  /** Sets a field; null unsets it. DataError when the schema has no such field; its value is checked when the struct is written. */
  set(name, value) {
    this._values[this._position(name)] = value ?? null;
    return this;
  }

  /** Whether the schema has the field. */
  has(name) {
    return this.schema.positions.has(name);
  }

  /** Whether the field has a value of its own. */
  isSet(name) {
    return this._value(this._position(name)) !== null;
  }

  /** The names of the fields, in the order of the schema. */
  keys() {
    return this.schema.positions.keys();
  }

  /** Names and values, in the order of the schema. */
  *entries() {
    for (const name of this.schema.positions.keys()) {
      yield [name, this.get(name)];
    }
  }

  [Symbol.iterator]() {
    return this.entries();
  }

  _position(name) {
    const position = this.schema.positions.get(name);
    if (position === undefined) {
      throw new DataError(`${name} is not a valid field name`);
    }
    return position;
  }

  _value(position) {
    const value = this._values[position];
    if (value !== UNREAD) {
      return value;
    }
    cbor.place(this._data, this._at[position], this._schemas);
    const read = this.schema.fields[position].schema.read();
    this._values[position] = read;
    return read;
  }
}

/** The struct that is next in the reading under way. */
export function readStruct(schema) {
  const size = cbor.count(4, "a struct");
  const fields = schema.fields;
  if (size !== fields.length) {
    throw cbor.malformed(`a struct of ${fields.length} fields has ${size}`);
  }
  const { data, schemas } = cbor.reading();
  let at = cbor.position();
  const places = [at];
  const sizes = cbor.SIZES;
  for (let left = size; left > 0; left--) {
    at += sizes[data[at]] || cbor.skip(data, at) - at;
    places.push(at);
  }
  cbor.place(data, at, schemas);
  const made = new Struct(schema);
  made._values.fill(UNREAD);
  made._at = places;
  made._data = data;
  made._schemas = schemas;
  return made;
}

/** Writes a struct of that schema: what was not read as it came. */
export function writeStruct(schema, out, struct, table) {
  const { _values: values, _at: places } = struct;
  const fields = schema.fields;
  const copies = places !== null && table?.schemas === struct._schemas;
  out.head(4, fields.length);
  for (let position = 0; position < fields.length; position++) {
    if (values[position] === UNREAD && copies) {
      // All that are unread in a row are copied at once.
      const first = position;
      while (values[position + 1] === UNREAD) {
        position += 1;
      }
      out.copy(struct._data, places[first], places[position + 1]);
    } else {
      const field = fields[position];
      field.schema.write(out, struct._value(position), table, `field: "${field.name}"`);
    }
  }
}
