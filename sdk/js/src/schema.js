/**
 * Schemas.
 *
 * A schema is built once, by the functions of this module, and is never changed. It knows how to read and write its values: both are
 * chosen when it is made, so that nothing is looked up for each record.
 *
 *     const PERSON = struct("com.example.Person", { name: STRING, age: INT32.optional(), balance: decimal(2) });
 *     record.setValue(PERSON.new({ name: "Ada", age: 36, balance: Decimal.of("12.50") }));
 */

import * as cbor from "./cbor-read.js";
import { Output, float as writeFloat, write as writePlain } from "./cbor-write.js";
import { DataError, SchemaBuilderError } from "./errors.js";
import { DATE_NAME, DECIMAL_NAME, TIMESTAMP_NAME, TIME_NAME, logicalReader, logicalWriter } from "./logical.js";
import { Struct, readStruct, writeStruct } from "./struct.js";
import { shown } from "./shown.js";
import { binary } from "./text.js";

/** The types, in the order of their numbers in record.cddl. */
export const TYPES = Object.freeze([
  "INT8",
  "INT16",
  "INT32",
  "INT64",
  "FLOAT32",
  "FLOAT64",
  "BOOLEAN",
  "STRING",
  "BYTES",
  "ARRAY",
  "MAP",
  "STRUCT",
]);

/** A field of a struct. */
export class Field {
  constructor(name, index, schema) {
    this.name = name;
    this.index = index;
    this.schema = schema;
  }
}

/** A schema's default stands outside a batch, where no value can carry a schema of its own. */
const NO_TABLE = {
  schemas: null,
  index() {
    throw new DataError("a default holds no value with a schema of its own");
  },
};

/**
 * What values there may be in a place; Kafka's `ConnectSchema`.
 *
 * `type` is one of TYPES. `parts` are the item schema of an array, the key and value schemas of a map, the fields of a struct.
 */
export class Schema {
  constructor(
    type,
    { optional = false, name = null, version = null, doc = null, parameters = null, defaultValue, parts = null } = {},
  ) {
    this.type = type;
    this.isOptional = optional;
    this.name = name;
    this.version = version;
    this.doc = doc;
    this.parameters = parameters;
    this.isStruct = type === "STRUCT";
    this._parts = parts;
    if (this.isStruct) {
      this.fields = parts ?? [];
      this.positions = new Map(this.fields.map((field) => [field.name, field.index]));
    }
    this._readPresent = logicalReader(this) ?? plainReader(this);
    this._writePresent = logicalWriter(this, mismatch) ?? plainWriter(this);
    this._encoded = null;
    this._key = null;
    this.hasDefault = defaultValue !== undefined;
    this.defaultValue = this.hasDefault ? defaultValue : null;
    if (this.hasDefault) {
      try {
        this.write(new Output(64), this.defaultValue, NO_TABLE, "value");
      } catch (error) {
        throw error instanceof DataError ? new SchemaBuilderError(`Invalid default value: ${error.message}`) : error;
      }
    }
  }

  /** Of an array's items; null when they have none. */
  get itemSchema() {
    return this.type === "ARRAY" ? (this._parts?.[0] ?? null) : null;
  }

  /** Of a map's keys. */
  get keySchema() {
    return this.type === "MAP" ? (this._parts?.[0] ?? null) : null;
  }

  /** Of a map's values. */
  get valueSchema() {
    return this.type === "MAP" ? (this._parts?.[1] ?? null) : null;
  }

  /** The field of a struct; undefined when there is none. */
  field(name) {
    return this.fields?.[this.positions.get(name)];
  }

  /** The same, and null is a value too. */
  optional() {
    return this._changed({ optional: true });
  }

  /** The same with a default. SchemaBuilderError for one that is no value of the schema. */
  withDefault(value) {
    return this._changed({ defaultValue: value });
  }

  /** The same under a name. */
  named(name, version = null) {
    return this._changed({ name, version });
  }

  /** The same with a description. */
  documented(doc) {
    return this._changed({ doc });
  }

  /** The same with these parameters. */
  withParameters(parameters) {
    return this._changed({ parameters });
  }

  _changed(changes) {
    return new Schema(this.type, {
      optional: this.isOptional,
      name: this.name,
      version: this.version,
      doc: this.doc,
      parameters: this.parameters,
      parts: this._parts,
      defaultValue: this.hasDefault ? this.defaultValue : undefined,
      ...changes,
    });
  }

  /** A struct of this schema; fields that are not named are unset. DataError for a field that it does not have. */
  new(values = {}) {
    const made = new Struct(this);
    for (const [name, value] of Object.entries(values)) {
      made.set(name, value);
    }
    return made;
  }

  /** Whether the other says the same. */
  equals(other) {
    return this === other || (other instanceof Schema && this.key === other.key);
  }

  /** The value that is next in the reading under way. For the SDK's own use. */
  read() {
    const head = cbor.next();
    if (head === 0xf6) {
      cbor.advance(1);
      return null;
    }
    if (head === 0xd8) {
      return cbor.embedded(this._readPresent);
    }
    return cbor.isTyped() ? cbor.typed() : this._readPresent();
  }

  /** Writes the value as it stands under this schema. DataError names the place and what is wrong with it. For the SDK's own use. */
  write(out, value, table, place) {
    if (value === null || value === undefined) {
      if (!this.isOptional && !this.hasDefault) {
        throw new DataError(`Invalid value: null used for required ${place}, schema type: ${this.type}`);
      }
      out.byte(0xf6);
      return;
    }
    this._writePresent(out, value, table, place);
  }

  /** `schema` of record.cddl. */
  encoded() {
    if (this._encoded === null) {
      const out = new Output(128);
      out.byte(0x88);
      out.integer(TYPES.indexOf(this.type));
      writePlain(out, this.isOptional, null);
      writePlain(out, this.name, null);
      writePlain(out, this.version === null ? null : BigInt(this.version), null);
      writePlain(out, this.doc, null);
      writePlain(out, this.parameters, null);
      if (this.hasDefault) {
        out.byte(0x81);
        this.write(out, this.defaultValue, NO_TABLE, "value");
      } else {
        out.byte(0xf6);
      }
      this._writeParts(out);
      this._encoded = out.finish();
    }
    return this._encoded;
  }

  _writeParts(out) {
    if (!this.isStruct && !this._parts?.[0]) {
      out.byte(0xf6);
      return;
    }
    const parts = this.isStruct ? this.fields : this._parts;
    out.head(4, parts.length);
    for (const part of parts) {
      if (this.isStruct) {
        out.byte(0x82);
        out.name(part.name);
      }
      const encoded = (this.isStruct ? part.schema : part)?.encoded();
      if (encoded) {
        out.copy(encoded, 0, encoded.length);
      } else {
        out.byte(0xf6);
      }
    }
  }

  /** What schemas are told apart by. For the SDK's own use. */
  get key() {
    this._key ??= binary(this.encoded(), 0, this.encoded().length);
    return this._key;
  }

  toString() {
    return `Schema(${this.type}${this.name ? ` ${this.name}` : ""}${this.isOptional ? " optional" : ""})`;
  }
}

function mismatch(schema, value, place) {
  const name = schema.name ? ` "${schema.name}"` : "";
  return new DataError(`Invalid object for schema${name} with type ${schema.type}: ${shown(value)} for ${place}`);
}

function plainReader(schema) {
  switch (schema.type) {
    case "INT8":
    case "INT16":
    case "INT32":
      return () => Number(cbor.integer());
    case "INT64":
      return () => BigInt(cbor.integer());
    case "FLOAT32":
    case "FLOAT64":
      return () => cbor.floating() ?? cbor.read();
    case "ARRAY":
      return schema.itemSchema === null ? cbor.read : () => readArray(schema.itemSchema);
    case "MAP":
      return schema.keySchema === null ? cbor.read : () => readMap(schema);
    case "STRUCT":
      return (end) => readStruct(schema, end);
    default:
      return cbor.read;
  }
}

function readArray(itemSchema) {
  const size = cbor.count(4, "an array");
  const items = [];
  for (let number = 0; number < size; number++) {
    items.push(itemSchema.read());
  }
  return items;
}

function readMap(schema) {
  const size = cbor.count(5, "a map");
  const entries = new Map();
  for (let number = 0; number < size; number++) {
    const key = schema.keySchema.read();
    entries.set(key, schema.valueSchema === null ? cbor.read() : schema.valueSchema.read());
  }
  return entries;
}

const BITS = { INT8: 8, INT16: 16, INT32: 32 };

function plainWriter(schema) {
  switch (schema.type) {
    case "INT8":
    case "INT16":
    case "INT32":
      return wholeWriter(schema, 2 ** (BITS[schema.type] - 1));
    case "INT64":
      return longWriter(schema);
    case "ARRAY":
      return arrayWriter(schema);
    case "MAP":
      return mapWriter(schema);
    case "STRUCT":
      return (out, value, table, place) => {
        if (!(value instanceof Struct)) {
          throw mismatch(schema, value, place);
        }
        if (!schema.equals(value.schema)) {
          throw new DataError("Struct schemas do not match.");
        }
        writeStruct(schema, out, value, table);
      };
    default:
      return primitiveWriter(schema);
  }
}

function wholeWriter(schema, bound) {
  return (out, value, table, place) => {
    const number = value instanceof Number || typeof value === "bigint" ? Number(value) : value;
    if (!Number.isInteger(number) || number < -bound || number >= bound) {
      throw mismatch(schema, value, place);
    }
    out.integer(number);
  };
}

function longWriter(schema) {
  return (out, value, table, place) => {
    const fits = typeof value === "bigint" ? BigInt.asIntN(64, value) === value : Number.isSafeInteger(value);
    if (!fits) {
      throw mismatch(schema, value, place);
    }
    out.integer(value);
  };
}

const ACCEPTED = {
  FLOAT32: (value) => typeof value === "number" || value instanceof Number,
  FLOAT64: (value) => typeof value === "number" || value instanceof Number,
  BOOLEAN: (value) => typeof value === "boolean",
  STRING: (value) => typeof value === "string",
  BYTES: (value) => value instanceof Uint8Array,
};

function primitiveWriter(schema) {
  const accepts = ACCEPTED[schema.type];
  const head = { FLOAT32: 0xfa, FLOAT64: 0xfb }[schema.type];
  return (out, value, table, place) => {
    if (!accepts(value)) {
      throw mismatch(schema, value, place);
    }
    if (head === undefined) {
      writePlain(out, value, table);
    } else {
      writeFloat(out, +value, head);
    }
  };
}

function arrayWriter(schema) {
  return (out, value, table, place) => {
    if (!Array.isArray(value)) {
      throw mismatch(schema, value, place);
    }
    const item = schema.itemSchema;
    out.head(4, value.length);
    for (const each of value) {
      writePart(out, item, each, table, () => `element of array ${place}`);
    }
  };
}

function mapWriter(schema) {
  return (out, value, table, place) => {
    if (!(value instanceof Map) && Object.getPrototypeOf(value) !== Object.prototype) {
      throw mismatch(schema, value, place);
    }
    const entries = value instanceof Map ? value : new Map(Object.entries(value));
    out.head(5, entries.size);
    for (const [key, each] of entries) {
      writePart(out, schema.keySchema, key, table, () => `key of map ${place}`);
      writePart(out, schema.valueSchema, each, table, () => `value of map ${place}`);
    }
  };
}

function writePart(out, schema, value, table, place) {
  if (schema === null) {
    writePlain(out, value, table);
  } else {
    schema.write(out, value, table, place());
  }
}

/** An array of such items. */
export function array(items) {
  return new Schema("ARRAY", { parts: [items] });
}

/** A map of such keys and values. */
export function mapOf(keys, values) {
  return new Schema("MAP", { parts: [keys, values] });
}

/** A struct of these fields, in their order: an object, or pairs where a name is a number. */
export function struct(name, members, { version = null, doc = null } = {}) {
  const pairs = Array.isArray(members) ? members : Object.entries(members);
  const parts = pairs.map(([field, schema], index) => new Field(field, index, schema));
  return new Schema("STRUCT", { name, version, doc, parts });
}

/** Decimal with so many digits after the point. */
export function decimal(scale) {
  return new Schema("BYTES", { name: DECIMAL_NAME, version: 1, parameters: { scale: String(scale) } });
}

export const INT8 = new Schema("INT8");
export const INT16 = new Schema("INT16");
export const INT32 = new Schema("INT32");
export const INT64 = new Schema("INT64");
export const FLOAT32 = new Schema("FLOAT32");
export const FLOAT64 = new Schema("FLOAT64");
export const BOOLEAN = new Schema("BOOLEAN");
export const STRING = new Schema("STRING");
export const BYTES = new Schema("BYTES");
/** Days, as Date at midnight UTC. */
export const DATE = new Schema("INT32", { name: DATE_NAME, version: 1 });
/** Times of day, as Date on 1 January 1970 UTC. */
export const TIME = new Schema("INT32", { name: TIME_NAME, version: 1 });
/** Moments, as Date. */
export const TIMESTAMP = new Schema("INT64", { name: TIMESTAMP_NAME, version: 1 });

/** `schema` of record.cddl, next in the reading under way. For the SDK's own use. */
export function readSchema() {
  if (cbor.next() !== 0x88) {
    throw cbor.malformed(`a schema is expected at byte ${cbor.position()}`);
  }
  cbor.advance(1);
  const type = TYPES[Number(cbor.integer())];
  if (type === undefined) {
    throw cbor.malformed(`a schema of no known type ends at byte ${cbor.position()}`);
  }
  const [optional, name, version, doc, parameters] = [cbor.read(), cbor.read(), cbor.read(), cbor.read(), cbor.read()];
  // The default is read when the schema is known.
  const defaultAt = readDefaultPlace();
  const parts = readParts(type);
  const members = {
    optional,
    name,
    version: version === null ? null : Number(version),
    doc,
    parameters: parameters === null ? null : Object.fromEntries(parameters),
    parts,
  };
  const made = new Schema(type, members);
  return defaultAt === null ? made : made.withDefault(defaultAt(made));
}

function readDefaultPlace() {
  if (cbor.next() === 0xf6) {
    cbor.advance(1);
    return null;
  }
  const { bytes, at } = cbor.skipItem();
  return (schema) => {
    const resume = cbor.position();
    cbor.place(bytes, at + 1, []);
    const value = schema.read();
    cbor.place(bytes, resume, []);
    return value;
  };
}

function readParts(type) {
  if (cbor.next() === 0xf6) {
    cbor.advance(1);
    return null;
  }
  const size = cbor.count(4, "a schema's parts");
  const parts = [];
  for (let index = 0; index < size; index++) {
    if (type === "STRUCT") {
      cbor.advance(1);
      const name = cbor.name();
      parts.push(new Field(name, index, readSchema()));
    } else if (cbor.next() === 0xf6) {
      cbor.advance(1);
      parts.push(null);
    } else {
      parts.push(readSchema());
    }
  }
  return parts;
}
