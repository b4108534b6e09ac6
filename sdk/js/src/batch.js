/** Batches and source positions of `wit/record.cddl`. */

import * as cbor from "./cbor-read.js";
import { Output, write } from "./cbor-write.js";
import { DataError } from "./errors.js";
import { arrived } from "./record.js";
import { readSchema } from "./schema.js";
import { shown } from "./shown.js";
import { binary } from "./text.js";

const KNOWN = 1024;

// The same schemas come with every batch, and are then the same objects.
const known = new Map();

/** A batch that came from the worker. DataError for one that breaks the grammar. */
export class Batch {
  constructor(data) {
    this.data = data;
    this.schemas = [];
    this.sources = [];
    this.records = [];
    cbor.place(data, 0, []);
    const members = cbor.count(4, "a batch");
    if (members !== 2 && members !== 3) {
      throw cbor.malformed(`a batch has 2 or 3 members, not ${members}`);
    }
    this._schemasAt = cbor.position();
    this._readSchemas();
    this._schemasEnd = cbor.position();
    this._sourcesAt = this._readRecords(this._schemasEnd);
    cbor.place(data, this._sourcesAt, []);
    if (members === 3) {
      this._readSources();
    }
    if (cbor.position() !== data.length) {
      throw cbor.malformed(`it ends at byte ${cbor.position()} and has ${data.length}`);
    }
  }

  _readSchemas() {
    const size = cbor.count(4, "schemas");
    let at = cbor.position();
    for (let number = 0; number < size; number++) {
      const end = cbor.skip(this.data, at);
      this.schemas.push(schemaOf(this.data, at, end));
      at = end;
    }
    cbor.place(this.data, at, []);
  }

  _readSources() {
    const size = cbor.count(4, "sources");
    for (let number = 0; number < size; number++) {
      cbor.advance(1);
      const topic = cbor.name();
      this.sources.push({ topic, partition: Number(cbor.integer()) });
    }
  }

  _readRecords(from) {
    const data = this.data;
    cbor.place(data, from, []);
    const size = cbor.count(4, "records");
    let start = cbor.position();
    for (let number = 0; number < size; number++) {
      start = this._readRecord(data, start);
    }
    return start;
  }

  /** Finds the members of the record at `start`, and returns its end. */
  _readRecord(data, start) {
    const members = data[start];
    if (members !== 0x88 && members !== 0x87) {
      throw cbor.malformed(`a record has 7 or 8 members, at byte ${start}`);
    }
    const sizes = cbor.SIZES;
    const skip = cbor.skip;
    let id = data[start + 1];
    let topic = start + 2;
    if (id >= 24) {
      cbor.place(data, start + 1, []);
      id = cbor.count(0, "a record's id");
      topic = cbor.position();
    }
    const partition = topic + (sizes[data[topic]] || skip(data, topic) - topic);
    const timestamp = partition + (sizes[data[partition]] || skip(data, partition) - partition);
    const key = timestamp + (sizes[data[timestamp]] || skip(data, timestamp) - timestamp);
    const value = endOfDatum(data, key);
    const headers = endOfDatum(data, value);
    const coordinates = headers + (sizes[data[headers]] || skip(data, headers) - headers);
    const end = members === 0x88 ? skip(data, coordinates) : coordinates;
    this.records.push(arrived(id, this, [start, topic, timestamp, key, value, headers, coordinates, end]));
    return end;
  }

  /** Writes records of this batch: they keep their schemas' numbers. */
  writer() {
    return new BatchWriter(this);
  }
}

function endOfDatum(data, start) {
  if (data[start] !== 0x82) {
    throw cbor.malformed(`a key or value has 2 members, at byte ${start}`);
  }
  const sizes = cbor.SIZES;
  let at = start + 1;
  at += sizes[data[at]] || cbor.skip(data, at) - at;
  const head = data[at];
  if (head === 0xd8 && data[at + 2] === 0x58) {
    return at + 4 + data[at + 3];
  }
  return at + (sizes[head] || cbor.skip(data, at) - at);
}

function schemaOf(data, start, end) {
  const key = binary(data, start, end);
  let schema = known.get(key);
  if (schema === undefined) {
    if (known.size >= KNOWN) {
      known.clear();
    }
    // Of its own bytes: a default must not hold on to the batch.
    cbor.place(data.slice(start, end), 0, []);
    schema = readSchema();
    known.set(key, schema);
  }
  return schema;
}

/** Writes a batch record by record. Schemas are numbered as they come. */
export class BatchWriter {
  constructor(batch = null) {
    this._batch = batch;
    /** The schemas that numbers of the batch's own spans mean; null when it has none. */
    this.schemas = batch?.schemas ?? null;
    this._new = [];
    this._numbers = new Map();
    this.out = batch === null ? new Output() : new Output(batch.data.length + 1024, batch.data);
    this.count = 0;
  }

  /** Adds a record, in place of the original if that is another. After an error nothing of it is left. */
  add(record, original = record) {
    const mark = this.out.pos;
    try {
      if (original === record) {
        record.write(this.out, this);
      } else {
        record.writeInPlaceOf(original, this.out, this);
      }
    } catch (error) {
      this.out.pos = mark;
      throw error;
    }
    this.count += 1;
  }

  /** The schema's number in this batch. */
  index(schema) {
    let number = this._numbers.get(schema);
    if (number === undefined) {
      number = this._find(schema);
      this._numbers.set(schema, number);
    }
    return number;
  }

  _find(schema) {
    const before = this.schemas ?? [];
    const among = [...before, ...this._new].findIndex((known) => known.equals(schema));
    return among >= 0 ? among : before.length + this._new.push(schema) - 1;
  }

  /** The bytes of the batch. */
  finish() {
    const batch = this._batch;
    const size = batch?.schemas.length ?? 0;
    const hasSources = batch !== null && batch._sourcesAt < batch.data.length;
    const made = new Output(this.out.pos - this.out.start + 1024);
    made.byte(hasSources ? 0x83 : 0x82);
    made.head(4, size + this._new.length);
    if (size > 0) {
      cbor.place(batch.data, batch._schemasAt, []);
      cbor.length();
      made.copy(batch.data, cbor.position(), batch._schemasEnd);
    }
    for (const schema of this._new) {
      made.copy(schema.encoded(), 0, schema.encoded().length);
    }
    made.head(4, this.count);
    made.copy(this.out.bytes, this.out.start, this.out.pos);
    if (hasSources) {
      made.copy(batch.data, batch._sourcesAt, batch.data.length);
    }
    return made.finish();
  }
}

/** Writes `origins`: the source partition and offset of each record. */
export class OriginsWriter {
  constructor() {
    this._partitions = new Map();
    this._positions = new Output();
    this._count = 0;
  }

  /** The origin of the next record. DataError for a value that no offset holds. */
  add(partition, offset) {
    const raw = writeOffsetMap(partition);
    const key = binary(raw, 0, raw.length);
    let known = this._partitions.get(key);
    if (known === undefined) {
      known = { number: this._partitions.size, raw };
      this._partitions.set(key, known);
    }
    const out = this._positions;
    out.byte(0x82);
    out.head(0, known.number);
    putOffsetMap(out, offset);
    this._count += 1;
  }

  /** The bytes of `origins`. */
  finish() {
    const out = new Output(this._positions.pos + 256);
    out.byte(0x82);
    out.head(4, this._partitions.size);
    for (const { raw } of this._partitions.values()) {
      out.copy(raw, 0, raw.length);
    }
    out.head(4, this._count);
    out.copy(this._positions.bytes, 0, this._positions.pos);
    return out.finish();
  }
}

/** Where a source is counts in whole numbers: here a whole number is an int64, as a bigint is. */
function putOffsetMap(out, offsets) {
  if (offsets === null || offsets === undefined) {
    out.byte(0xf6);
    return;
  }
  const entries = offsets instanceof Map ? [...offsets] : Object.entries(offsets);
  out.head(5, entries.length);
  for (const [name, value] of entries) {
    const isContainer = typeof value === "object" && value !== null && !(value instanceof Uint8Array || value instanceof Number);
    if (typeof name !== "string" || isContainer) {
      throw new DataError(`source partitions and offsets are names with plain values, not ${shown(name)}: ${shown(value)}`);
    }
    out.name(name);
    write(out, Number.isSafeInteger(value) ? BigInt(value) : value, null);
  }
}

/** `offset-map`. DataError for a value that is a container. */
export function writeOffsetMap(offsets) {
  const out = new Output(128);
  putOffsetMap(out, offsets);
  return out.finish();
}

/** `offset-maps`. */
export function writeOffsetMaps(maps) {
  const out = new Output(256);
  out.head(4, maps.length);
  for (const each of maps) {
    putOffsetMap(out, each);
  }
  return out.finish();
}

/** An `offset-map` as an object; its int64s are numbers where they are exact. */
function offsetObject(map) {
  if (map === null) {
    return null;
  }
  return Object.fromEntries(
    [...map].map(([name, value]) => [
      name,
      typeof value === "bigint" && Number.isSafeInteger(Number(value)) ? Number(value) : value,
    ]),
  );
}

/** `offset-maps`. */
export function readOffsetMaps(data) {
  return cbor.readAt(data, 0, []).map(offsetObject);
}

/** `offset-changes`: the partition, and its new offset; null to forget it. */
export function readOffsetChanges(data) {
  return cbor
    .readAt(data, 0, [])
    .map(([partition, offset]) => ({ partition: offsetObject(partition), offset: offsetObject(offset) }));
}
