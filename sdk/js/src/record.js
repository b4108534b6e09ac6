/**
 * Records.
 *
 * A record of a batch is decoded as it is looked into: what a plugin does not touch crosses as the bytes it came as.
 */

import * as cbor from "./cbor-read.js";
import { write as writePlain } from "./cbor-write.js";
import { DataError } from "./errors.js";
import { FieldMap } from "./fields.js";
import { shown } from "./shown.js";
import { Struct } from "./struct.js";

// What of a record has been read or set, and is written anew.
const TOPIC = 1;
const PARTITION = 2;
const TIMESTAMP = 4;
const KEY = 8;
const VALUE = 16;
const HEADERS = 32;
const ALL = 63;
// The value was set, and not only read.
const SET = 64;
// Where the members begin, in the places of a record; the partition is behind the topic.
const AT_START = 0;
const AT_TOPIC = 1;
const AT_TIMESTAMP = 2;
const AT_KEY = 3;
const AT_VALUE = 4;
const AT_HEADERS = 5;
const AT_COORDINATES = 6;
const AT_END = 7;
const TIMESTAMP_TYPES = ["NoTimestampType", "CreateTime", "LogAppendTime"];

function schemaOf(value, schema) {
  return schema ?? (value instanceof Struct ? value.schema : null);
}

/** A header: its name, value, and the value's schema if it has one. */
export class Header {
  constructor(name, value = null, schema = null) {
    this.name = name;
    this.value = value;
    this.schema = schemaOf(value, schema);
  }
}

/**
 * A record. Members may be set, and values changed where they stand.
 *
 * `partition` and `timestamp` (milliseconds since the epoch) may be null. A value has a schema or none: assigning a Struct assigns its
 * schema, assigning anything else keeps the schema; `setValue` and `setKey` set both.
 */
export class Record {
  constructor(topic, value = null, members = {}) {
    const { key = null, keySchema = null, valueSchema = null, partition = null, timestamp = null, headers = [] } = members;
    /** Its number in the batch. */
    this.id = 0;
    this._read = ALL | SET;
    this._at = null;
    this._topic = topic;
    this._partition = partition;
    this._timestamp = timestamp;
    this._key = key;
    this._keySchema = schemaOf(key, keySchema);
    this._value = value;
    this._valueSchema = schemaOf(value, valueSchema);
    this._headers = headers;
  }

  /** The topic it goes to or comes from. */
  get topic() {
    if (!(this._read & TOPIC)) {
      this._goTo(AT_TOPIC);
      this._topic = cbor.name();
      this._read |= TOPIC;
    }
    return this._topic;
  }

  set topic(topic) {
    this._topic = topic;
    this._read |= TOPIC;
  }

  /** Its partition; null lets the worker choose. */
  get partition() {
    if (!(this._read & PARTITION)) {
      this._goTo(AT_TOPIC);
      cbor.skipItem();
      this._partition = numberOrNull();
      this._read |= PARTITION;
    }
    return this._partition;
  }

  set partition(partition) {
    this._partition = partition;
    this._read |= PARTITION;
  }

  /** Milliseconds since the epoch. */
  get timestamp() {
    if (!(this._read & TIMESTAMP)) {
      this._goTo(AT_TIMESTAMP);
      this._timestamp = numberOrNull();
      this._read |= TIMESTAMP;
    }
    return this._timestamp;
  }

  set timestamp(timestamp) {
    this._timestamp = timestamp;
    this._read |= TIMESTAMP;
  }

  /** The key. */
  get key() {
    if (!(this._read & KEY)) {
      this._goTo(AT_KEY);
      [this._keySchema, this._key] = datum();
      this._read |= KEY;
    }
    return this._key;
  }

  set key(key) {
    this.setKey(key, schemaOf(key, null) ?? this.keySchema);
  }

  /** The key's schema; null for a key without one. */
  get keySchema() {
    return this._read & KEY ? this._keySchema : this._schema(AT_KEY);
  }

  /** The value; null is a tombstone. */
  get value() {
    if (!(this._read & VALUE)) {
      this._goTo(AT_VALUE);
      [this._valueSchema, this._value] = datum();
      this._read |= VALUE;
    }
    return this._value;
  }

  set value(value) {
    this.setValue(value, schemaOf(value, null) ?? this.valueSchema);
  }

  /** The value's schema; null for a value without one. */
  get valueSchema() {
    return this._read & VALUE ? this._valueSchema : this._schema(AT_VALUE);
  }

  /** Sets key and schema; that of a Struct need not be given. */
  setKey(key, schema = null) {
    this._key = key;
    this._keySchema = schemaOf(key, schema);
    this._read |= KEY;
  }

  /** Sets value and schema; that of a Struct need not be given. */
  setValue(value, schema = null) {
    this._value = value;
    this._valueSchema = schemaOf(value, schema);
    this._read |= VALUE | SET;
  }

  /** The headers, in order; names may come twice. */
  get headers() {
    if (!(this._read & HEADERS)) {
      this._headers = this._readHeaders();
      this._read |= HEADERS;
    }
    return this._headers;
  }

  set headers(headers) {
    this._headers = headers;
    this._read |= HEADERS;
  }

  /** The last header of that name; undefined when there is none. */
  header(name) {
    return this.headers.findLast((header) => header.name === name);
  }

  /** Topic and partition it was consumed from, before any transformation; null in a source. */
  get source() {
    const coordinates = this._coordinates();
    return coordinates === null ? null : this._batch.sources[Number(coordinates[0])];
  }

  /** Its offset there. */
  get offset() {
    const coordinates = this._coordinates();
    return coordinates === null ? null : Number(coordinates[1]);
  }

  /** `NoTimestampType`, `CreateTime` or `LogAppendTime`. */
  get timestampType() {
    const coordinates = this._coordinates();
    return coordinates === null ? null : TIMESTAMP_TYPES[Number(coordinates[2])];
  }

  /** Another record like it; its value and key are the same objects. */
  copy() {
    const made = new Record(this.topic, this.value, {
      key: this.key,
      keySchema: this.keySchema,
      valueSchema: this.valueSchema,
      partition: this.partition,
      timestamp: this.timestamp,
      headers: [...this.headers],
    });
    made.id = this.id;
    return made;
  }

  toString() {
    return `Record(topic=${this.topic}, key=${shown(this.key)}, value=${shown(this.value)})`;
  }

  _goTo(member) {
    cbor.place(this._batch.data, this._at[member], this._batch.schemas);
  }

  _coordinates() {
    if (this._at === null || this._at[AT_COORDINATES] === this._at[AT_END]) {
      return null;
    }
    this._goTo(AT_COORDINATES);
    return cbor.read();
  }

  _schema(member) {
    this._goTo(member);
    cbor.advance(1);
    return cbor.schema();
  }

  _readHeaders() {
    this._goTo(AT_HEADERS);
    const size = cbor.count(4, "headers");
    const headers = [];
    for (let number = 0; number < size; number++) {
      cbor.advance(1);
      const name = cbor.name();
      const schema = cbor.schema();
      headers.push(new Header(name, schema === null ? cbor.read() : schema.read(), schema));
    }
    return headers;
  }

  /** Writes the record as it is now: what has not been looked into as it came. For the SDK's own use. */
  write(out, table) {
    const at = this._at;
    if (at === null) {
      this._writeNew(out, table, 0x87);
      return;
    }
    const data = this._batch.data;
    const read = this._read;
    if (read === 0 || (read === VALUE && isAsItCame(this._value))) {
      out.copy(data, at[AT_START], at[AT_END]);
      return;
    }
    if (read === VALUE && this._valueSchema === null && this._value.constructor === FieldMap) {
      // What most transformations do, without a detour.
      out.copy(data, at[AT_START], at[AT_VALUE] + 2);
      const start = out.beginEmbedded();
      this._value.writeTo(out, table);
      out.endEmbedded(start);
      out.copy(data, at[AT_HEADERS], at[AT_END]);
      return;
    }
    if ((read & ALL) === VALUE) {
      out.copy(data, at[AT_START], at[AT_VALUE]);
      writeDatum(out, this._value, this._valueSchema, table);
      out.copy(data, at[AT_HEADERS], at[AT_END]);
      return;
    }
    out.copy(data, at[AT_START], at[AT_TOPIC]);
    this._writeMembers(out, table);
    out.copy(data, at[AT_COORDINATES], at[AT_END]);
  }

  _writeMembers(out, table) {
    const { _read: read, _at: at } = this;
    const data = this._batch.data;
    if (read & (TOPIC | PARTITION)) {
      this._writePlace(out);
    } else {
      out.copy(data, at[AT_TOPIC], at[AT_TIMESTAMP]);
    }
    if (read & TIMESTAMP) {
      this._writeTimestamp(out);
    } else {
      out.copy(data, at[AT_TIMESTAMP], at[AT_KEY]);
    }
    if (read & KEY) {
      writeDatum(out, this._key, this._keySchema, table);
    } else {
      out.copy(data, at[AT_KEY], at[AT_VALUE]);
    }
    if (read & VALUE) {
      writeDatum(out, this._value, this._valueSchema, table);
    } else {
      out.copy(data, at[AT_VALUE], at[AT_HEADERS]);
    }
    if (read & HEADERS) {
      this._writeHeaders(out, table);
    } else {
      out.copy(data, at[AT_HEADERS], at[AT_COORDINATES]);
    }
  }

  /** Writes the record under the id and coordinates of the one it was made from. For the SDK's own use. */
  writeInPlaceOf(original, out, table) {
    const at = original._at;
    const data = original._batch.data;
    this.id = original.id;
    this._writeNew(out, table, data[at[AT_START]]);
    out.copy(data, at[AT_COORDINATES], at[AT_END]);
  }

  _writeNew(out, table, head) {
    out.byte(head);
    out.integer(this.id);
    this._writePlace(out);
    this._writeTimestamp(out);
    // The getters read what has not been read: a record of the batch may stand in another's place.
    const { key, value } = this;
    writeDatum(out, key, this._keySchema, table);
    writeDatum(out, value, this._valueSchema, table);
    this._writeHeaders(out, table);
  }

  _writePlace(out) {
    const { topic, partition } = this;
    if (typeof topic !== "string") {
      throw new DataError(`a record's topic is a string, not ${shown(topic)}`);
    }
    out.name(topic);
    writeWhole(out, partition, "partition");
  }

  _writeTimestamp(out) {
    writeWhole(out, this.timestamp, "timestamp");
  }

  _writeHeaders(out, table) {
    const headers = this.headers;
    out.head(4, headers.length);
    for (const header of headers) {
      out.byte(0x83);
      out.name(header.name);
      writeUnder(out, header.value, header.schema, table, `header ${header.name}`);
    }
  }
}

/** A record that came in a batch, whose members are at those places. For the SDK's own use. */
export function arrived(id, batch, at) {
  const record = Object.create(Record.prototype);
  record.id = id;
  record._read = 0;
  record._at = at;
  record._batch = batch;
  return record;
}

function isAsItCame(value) {
  return value === null || typeof value !== "object" || (value instanceof FieldMap && value.isAsItCame());
}

function numberOrNull() {
  const value = cbor.read();
  return value === null ? null : Number(value);
}

function datum() {
  cbor.advance(1);
  const schema = cbor.schema();
  return [schema, schema === null ? cbor.read() : schema.read()];
}

function writeWhole(out, number, member) {
  if (number === null || number === undefined) {
    out.byte(0xf6);
  } else if (Number.isSafeInteger(number)) {
    out.integer(number);
  } else {
    throw new DataError(`a record's ${member} is a whole number or null, not ${shown(number)}`);
  }
}

function writeDatum(out, value, schema, table) {
  out.byte(0x82);
  writeUnder(out, value, schema, table, "value");
}

function isEmbedded(value) {
  if (typeof value !== "object" || value === null) {
    return false;
  }
  return (
    Array.isArray(value) || value instanceof Map || value instanceof Struct || Object.getPrototypeOf(value) === Object.prototype
  );
}

function writeUnder(out, value, schema, table, place) {
  if (schema === null) {
    out.byte(0xf6);
    if (value instanceof Struct) {
      throw new DataError("a Struct needs its schema: set it with setValue(value, value.schema)");
    }
  } else {
    out.head(0, table.index(schema));
  }
  const start = isEmbedded(value) ? out.beginEmbedded() : 0;
  if (schema === null) {
    writePlain(out, value, table);
  } else {
    schema.write(out, value, table, place);
  }
  if (start > 0) {
    out.endEmbedded(start);
  }
}

/** What has been looked into so far; with `reset`, for a look that changes nothing. */
export function lookedInto(record) {
  return record._read;
}

/** Forgets what was looked into since then. */
export function reset(record, before) {
  record._read = before;
}
