/** Caisson's SDK for JavaScript and TypeScript: Kafka Connect plugins as WebAssembly components. */

/**
 * A value as it is read: int64 is a bigint, float64 a number, and the classes below are the other widths. Under a schema integers of up
 * to 32 bits and floats are numbers.
 */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Date
  | Decimal
  | BigInteger
  | Int8
  | Int16
  | Int32
  | Float32
  | Typed
  | Struct
  | Value[]
  | Map<any, any>;

/** A value as it may be given: a plain object is a map, undefined is null. */
export type Given = Value | undefined | Given[] | Map<any, any> | { [name: string]: Given };

/** A source partition or offset: names with plain values. Whole numbers are int64. */
export type OffsetMap = { [name: string]: null | boolean | number | bigint | string | Uint8Array };

export interface TopicPartition {
  topic: string;
  partition: number;
}

export interface TopicPartitionOffset extends TopicPartition {
  offset: number;
}

/** An int8 without a schema. */
export class Int8 extends Number {}
/** An int16 without a schema. */
export class Int16 extends Number {}
/** An int32 without a schema. */
export class Int32 extends Number {}
/** A float32 without a schema. */
export class Float32 extends Number {}

/** A java.math.BigInteger. A plain bigint beyond 64 bits is written as one too. */
export class BigInteger {
  constructor(value: bigint | number | string);
  readonly value: bigint;
  valueOf(): bigint;
  toString(): string;
  toJSON(): string;
}

/** A value with a schema of its own where its place has none or another; a Struct needs none of this. */
export class Typed {
  constructor(schema: Schema, value: Given);
  readonly schema: Schema;
  readonly value: any;
}

/** java.math.BigDecimal: `unscaled` divided by 10 to the power of `scale`. Never changed. */
export class Decimal {
  constructor(unscaled: bigint, scale?: number);
  readonly unscaled: bigint;
  readonly scale: number;
  /** The decimal of a text such as "12.50"; its scale is that of the text. DataError when it is none. */
  static of(text: string | number | bigint): Decimal;
  /** The same number with another scale. DataError when digits would be lost. */
  withScale(scale: number): Decimal;
  /** Below 0, 0 or above as this number is less than, as much as or more than the other. */
  compare(other: Decimal): -1 | 0 | 1;
  /** Whether number and scale are the same. */
  equals(other: unknown): boolean;
  /** The nearest number of JavaScript. */
  toNumber(): number;
  toString(): string;
  toJSON(): string;
}

/** The value without classes, for `JSON.stringify` and for tests. Bytes become Base64 text, decimals and dates their text. */
export function toPlain(value: Given): any;

export type SchemaType =
  "INT8" | "INT16" | "INT32" | "INT64" | "FLOAT32" | "FLOAT64" | "BOOLEAN" | "STRING" | "BYTES" | "ARRAY" | "MAP" | "STRUCT";

export interface Field {
  readonly name: string;
  readonly index: number;
  readonly schema: Schema;
}

/** What values there may be in a place; Kafka's `ConnectSchema`. Made by the functions of `schema`, and never changed. */
export class Schema {
  private constructor();
  readonly type: SchemaType;
  readonly isOptional: boolean;
  readonly name: string | null;
  readonly version: number | null;
  readonly doc: string | null;
  readonly parameters: { [name: string]: string } | null;
  readonly isStruct: boolean;
  /** Of a struct, in order. */
  readonly fields?: readonly Field[];
  readonly hasDefault: boolean;
  readonly defaultValue: any;
  /** Of an array's items; null when they have none. */
  get itemSchema(): Schema | null;
  /** Of a map's keys. */
  get keySchema(): Schema | null;
  /** Of a map's values. */
  get valueSchema(): Schema | null;
  /** The field of a struct; undefined when there is none. */
  field(name: string): Field | undefined;
  /** The same, and null is a value too. */
  optional(): Schema;
  /** The same with a default. SchemaBuilderError for one that is no value of the schema. */
  withDefault(value: Given): Schema;
  /** The same under a name. */
  named(name: string, version?: number | null): Schema;
  /** The same with a description. */
  documented(doc: string): Schema;
  /** The same with these parameters. */
  withParameters(parameters: { [name: string]: string }): Schema;
  /** A struct of this schema; fields that are not named are unset. DataError for a field that it does not have. */
  new(values?: { [name: string]: Given }): Struct;
  /** Whether the other says the same. */
  equals(other: unknown): boolean;
  toString(): string;
}

/** A value of a struct schema, by the names of its fields. A field that is not set has its schema's default. */
export class Struct implements Iterable<[string, any]> {
  constructor(schema: Schema);
  readonly schema: Schema;
  /** The field's value; undefined when the schema has no such field. */
  get(name: string): any;
  /** Sets a field; null unsets it. DataError when the schema has no such field; the value is checked when the struct is written. */
  set(name: string, value: Given): this;
  /** Whether the schema has the field. */
  has(name: string): boolean;
  /** Whether the field has a value of its own. */
  isSet(name: string): boolean;
  /** The names of the fields, in the order of the schema. */
  keys(): Iterator<string> & Iterable<string>;
  /** Names and values, in the order of the schema. */
  entries(): Iterator<[string, any]> & Iterable<[string, any]>;
  [Symbol.iterator](): Iterator<[string, any]>;
}

export namespace schema {
  const INT8: Schema;
  const INT16: Schema;
  const INT32: Schema;
  const INT64: Schema;
  const FLOAT32: Schema;
  const FLOAT64: Schema;
  const BOOLEAN: Schema;
  const STRING: Schema;
  const BYTES: Schema;
  /** Days, as Date at midnight UTC. */
  const DATE: Schema;
  /** Times of day, as Date on 1 January 1970 UTC. */
  const TIME: Schema;
  /** Moments, as Date. */
  const TIMESTAMP: Schema;
  /** Decimal with so many digits after the point. */
  function decimal(scale: number): Schema;
  /** An array of such items. */
  function array(items: Schema): Schema;
  /** A map of such keys and values. */
  function mapOf(keys: Schema, values: Schema): Schema;
  /** A struct of these fields, in their order: an object, or pairs where a name is a number. */
  function struct(
    name: string | null,
    members: { [field: string]: Schema } | [string, Schema][],
    about?: { version?: number | null; doc?: string | null },
  ): Schema;
}

/** A header: its name, value, and the value's schema if it has one. */
export class Header {
  constructor(name: string, value?: Given, schema?: Schema | null);
  name: string;
  value: any;
  schema: Schema | null;
}

export interface RecordMembers {
  key?: Given;
  keySchema?: Schema | null;
  valueSchema?: Schema | null;
  partition?: number | null;
  timestamp?: number | null;
  headers?: Header[];
}

/**
 * A record. Members may be set, and values changed where they stand. What is not touched crosses as the bytes it came as.
 *
 * A value has a schema or none: assigning a Struct assigns its schema, assigning anything else keeps the schema; `setValue` and `setKey`
 * set both.
 */
export class Record {
  constructor(topic: string, value?: Given, members?: RecordMembers);
  /** Its number in the batch. */
  readonly id: number;
  topic: string;
  /** Null lets the worker choose. */
  partition: number | null;
  /** Milliseconds since the epoch. */
  timestamp: number | null;
  get key(): any;
  set key(key: Given);
  get keySchema(): Schema | null;
  /** Null is a tombstone. */
  get value(): any;
  set value(value: Given);
  get valueSchema(): Schema | null;
  /** Sets key and schema; that of a Struct need not be given. */
  setKey(key: Given, schema?: Schema | null): void;
  /** Sets value and schema; that of a Struct need not be given. */
  setValue(value: Given, schema?: Schema | null): void;
  /** In order; names may come twice. */
  headers: Header[];
  /** The last header of that name. */
  header(name: string): Header | undefined;
  /** Topic and partition it was consumed from, before any transformation; null in a source. */
  get source(): TopicPartition | null;
  /** Its offset there. */
  get offset(): number | null;
  get timestampType(): "NoTimestampType" | "CreateTime" | "LogAppendTime" | null;
  /** Another record like it; its value and key are the same objects. */
  copy(): Record;
  toString(): string;
}

export interface ErrorOptions {
  /** The Java exception class that tools expect to read. */
  javaClass?: string;
  cause?: unknown;
}

/** The task fails (`ConnectException`). Every other error counts as one, with its stack in the message. */
export class ConnectError extends Error {
  constructor(message: string, options?: ErrorOptions);
  readonly kind: string;
  readonly javaClass: string;
  options: [string, string][];
}
/** The call may be made again later (`RetriableException`). */
export class RetriableError extends ConnectError {}
/** This record is bad; `errors.tolerance` decides what becomes of it (`DataException`). */
export class DataError extends ConnectError {}
/** A schema cannot be built (`SchemaBuilderException`). */
export class SchemaBuilderError extends DataError {}
/** A setting is bad (`ConfigException`). */
export class ConfigError extends ConnectError {
  /** In the words of Kafka's `ConfigException(name, value, message)`. */
  static invalid(name: string, value: unknown, message?: string): ConfigError;
}

export const Type: {
  readonly BOOLEAN: "BOOLEAN";
  readonly STRING: "STRING";
  readonly INT: "INT";
  readonly SHORT: "SHORT";
  readonly LONG: "LONG";
  readonly DOUBLE: "DOUBLE";
  readonly LIST: "LIST";
  readonly CLASS: "CLASS";
  readonly PASSWORD: "PASSWORD";
};
/** In JavaScript a boolean, string, number, bigint (LONG), or an array of strings (LIST). */
export type Type = keyof typeof Type;
export const Importance: { readonly HIGH: "HIGH"; readonly MEDIUM: "MEDIUM"; readonly LOW: "LOW" };
export type Importance = keyof typeof Importance;
export const Width: { readonly NONE: "NONE"; readonly SHORT: "SHORT"; readonly MEDIUM: "MEDIUM"; readonly LONG: "LONG" };
export type Width = keyof typeof Width;
/** What a key names outside the sandbox: exactly what it names is granted. */
export const Access: {
  readonly FILE_READ: "file-read";
  readonly FILE_WRITE: "file-write";
  readonly DIRECTORY_READ: "directory-read";
  readonly DIRECTORY_WRITE: "directory-write";
  readonly URL: "url";
  readonly ADDRESS: "address";
};
export type Access = (typeof Access)[keyof typeof Access];

/** A check of a key's value: `data` is what the worker is told, `check` says what is wrong, or null. */
export interface Validator {
  readonly data: readonly (readonly [string, string])[];
  readonly check: (value: any) => string | null;
}
/** At least that number. */
export function atLeast(number: number): Validator;
/** At most that number. */
export function atMost(number: number): Validator;
/** One of these texts; of a list, every item is one of them. */
export function oneOf(...words: string[]): Validator;
/** One of these texts, in any case. */
export function oneOfIgnoringCase(...words: string[]): Validator;
export const NON_NULL: Validator;
export const NON_EMPTY: Validator;
export const NON_EMPTY_LIST: Validator;
/** A regular expression; the worker checks it as Java does. */
export const REGEX: Validator;

export interface ConfigKeySpec {
  type: Type;
  documentation: string;
  /** As a user would write it; without one the key is required, with null it may be left out. */
  default?: string | number | bigint | boolean | null;
  importance?: Importance;
  validators?: readonly Validator[];
  /** Grants what the value names. */
  access?: Access | null;
  /** Code for what no validator says: given the parsed value, returns what is wrong, or null. The worker asks the plugin then. */
  check?: ((value: any) => string | null) | null;
  group?: string | null;
  order?: number;
  width?: Width;
  displayName?: string;
  dependents?: readonly string[];
  recommended?: readonly string[];
  /** The classes that a key of type CLASS may name. */
  classes?: readonly string[];
}

export class ConfigKey {
  constructor(name: string, spec: ConfigKeySpec);
  readonly name: string;
  readonly type: Type;
  readonly documentation: string;
  readonly required: boolean;
  readonly defaultText: string | null;
  /** The value of the text, or of the default. ConfigError when it is not of the type or a check fails. */
  parse(text: string | undefined): unknown;
}

/** The keys of a plugin, by their names, in the order they are shown. */
export class ConfigDef implements Iterable<ConfigKey> {
  constructor(keys?: { [name: string]: ConfigKeySpec });
  [Symbol.iterator](): Iterator<ConfigKey>;
  /** What a user set, parsed. ConfigError for the first mistake in the order of the keys. */
  parse(originals: { [name: string]: string }): Config;
}

/** What a user set. */
export class Config {
  private constructor();
  /** Every key as the user wrote it. */
  readonly originals: { [name: string]: string };
  /** The parsed value of a key of the definition, or its default. ConfigError for a key that the definition does not have. */
  get(name: string): unknown;
  /** Every key that starts with the prefix, without it, as the user wrote it. */
  originalsWithPrefix(prefix: string): { [name: string]: string };
}

/** What all kinds have: static members, which make the plugin's entry in the manifest. */
declare class Plugin {
  /** The full name that configurations ask for; without one the class's own. */
  static className: string | null;
  /** What it does, which users read. */
  static documentation: string;
  static aliases: readonly string[];
  /** That of the component unless given. */
  static version: string | null;
  static config: ConfigDef;
  /** What it wants beyond its keys: `clocks`, `random`, `network`, `files`; `commit-records` for a source task. */
  static capabilities: readonly string[];
  /** Checks that keys by themselves cannot make: what is wrong, by key. Give the capability `validate` with it. */
  static validate(originals: { [name: string]: string }): { [name: string]: string };
}

/** Changes records on their way. */
export class Transformation extends Plugin {
  /** Called once before any record. ConfigError for a bad configuration. */
  configure(config: Config): void;
  /** The record, changed or as it is, another in its place, or null to drop it. DataError: this record is bad. */
  apply(record: Record): Record | null;
}

/** Says which records a transformation is for. */
export class Predicate extends Plugin {
  configure(config: Config): void;
  /** Whether the record is meant. The record must not be changed. */
  test(record: Record): boolean;
}

/** What bytes stand for; a schema of null or none is a value without one. */
export interface SchemaAndValue {
  schema?: Schema | null;
  value: Given;
}

/** Keys and values to bytes and back. */
export class Converter extends Plugin {
  /** Called once, for keys or for values. */
  configure(config: Config, isKey: boolean): void;
  /** The bytes of a value; null for a null. DataError when it has no such form. */
  fromConnect(topic: string, schema: Schema | null, value: any): Uint8Array | null;
  /** What the bytes stand for; null: the record has no bytes there. */
  toConnect(topic: string, data: Uint8Array | null): SchemaAndValue;
}

/** Header values to bytes and back. */
export class HeaderConverter extends Plugin {
  configure(config: Config): void;
  fromConnectHeader(topic: string, header: Header): Uint8Array | null;
  toConnectHeader(topic: string, name: string, data: Uint8Array | null): SchemaAndValue;
}

/** A record that a source brings in, with where it came from. Both come back after a restart. */
export class SourceRecord extends Record {
  constructor(
    sourcePartition: OffsetMap | null,
    sourceOffset: OffsetMap | null,
    topic: string,
    value?: Given,
    members?: RecordMembers,
  );
  readonly sourcePartition: OffsetMap | null;
  readonly sourceOffset: OffsetMap | null;
}

/** A record that is settled: acknowledged by the broker, or dropped on its way; then `written` is null. */
export interface Settled {
  poll: number;
  id: number;
  written: { topic: string; partition: number; offset: number; timestamp: number } | null;
}

/** What a source task may ask of the worker. */
export class SourceContext {
  private constructor();
  /** The stored offset of a source partition; null when nothing is stored. */
  offset(partition: OffsetMap): OffsetMap | null;
  /** The stored offsets of source partitions, in their order. */
  offsets(partitions: OffsetMap[]): (OffsetMap | null)[];
  /** Whether the worker lets the task define transactions (KIP-618). */
  get canDefineTransactions(): boolean;
  /** Commits after the batch that poll is about to return, or after that record of it, counted from 0. */
  commitTransaction(after?: number | null): void;
  /** Aborts after the batch that poll is about to return, or after that record of it, counted from 0. */
  abortTransaction(after?: number | null): void;
}

/** Brings records in. Polled by one caller at a time. */
export class SourceTask {
  /** Set before `start`. */
  context: SourceContext;
  start(config: Config): void;
  /** The records that are there now, without waiting for more. With none: see `waitMs`. */
  poll(): Iterable<SourceRecord>;
  /** After a poll without records: how long the worker waits before it polls again. Stop and pause end the wait. */
  waitMs(): number;
  /** These records are settled; only with the capability `commit-records`. */
  commitRecords(settled: Settled[]): void;
  /** The offsets up to here have been stored. */
  commit(): void;
  stop(): void;
}

declare class Connector extends Plugin {
  /** What `start` was given. */
  settings: Config;
  /** Called once before all else. ConfigError for a bad configuration. */
  start(config: Config): void;
  /** At most `maxTasks` configurations, one a task; by default one, the connector's own. */
  taskConfigs(maxTasks: number): { [name: string]: string }[];
  stop(): void;
  /** Checks offsets that a user wants to set; an offset of null forgets it. False: the connector does not say. */
  static alterOffsets(
    originals: { [name: string]: string },
    changes: { partition: OffsetMap | null; offset: OffsetMap | null }[],
  ): boolean;
  /** Asks the worker for new task configurations: something they depend on has changed. */
  requestTaskReconfiguration(): void;
  /** The connector cannot go on, though no call is under way. */
  raiseError(message: string): void;
}

/** Divides a source's work; `task` is the class of its tasks. */
export class SourceConnector extends Connector {
  static task: new () => SourceTask;
  /** Whether it can deliver exactly once (KIP-618); null: it does not say. */
  static exactlyOnceSupport(originals: { [name: string]: string }): boolean | null;
  /** Whether its tasks can define transactions. */
  static canDefineTransactionBoundaries(originals: { [name: string]: string }): boolean;
}

/** What a sink task may ask of the worker. */
export class SinkContext {
  private constructor();
  /** Consumes from these offsets on before the next put (Kafka: `offset`). */
  rewind(offsets: TopicPartitionOffset[]): void;
  /** How long the worker waits before it puts a batch again after a RetriableError. */
  timeout(ms: number): void;
  /** The partitions that are this task's. */
  get assignment(): TopicPartition[];
  /** No records of these partitions until they are resumed. ConnectError for one that is not this task's. */
  pause(partitions: TopicPartition[]): void;
  /** Records of these partitions again. */
  resume(partitions: TopicPartition[]): void;
  /** Asks for a commit soon. */
  requestCommit(): void;
  /** Whether single bad records can be reported (KIP-610). If not, the task fails or skips them itself. */
  get canReport(): boolean;
  /** Reports a record of the batch last put. ConnectError under `errors.tolerance=none`: the task has to fail with it. */
  report(record: Record, error: unknown): void;
}

/** Takes records out. The order of calls is start, open, put …, preCommit, close, stop. */
export class SinkTask {
  /** Set before `start`. */
  context: SinkContext;
  start(config: Config): void;
  /** These partitions are now this task's, beside those it has. */
  open(partitions: TopicPartition[]): void;
  /** Takes records, sometimes none. After a RetriableError the same records come again. */
  put(records: Record[]): void;
  /** Everything taken has to be in its place when this returns. */
  flush(offsets: TopicPartitionOffset[]): void;
  /** Of the offsets taken so far, those safe to commit; by default all, after a flush. */
  preCommit(offsets: TopicPartitionOffset[]): TopicPartitionOffset[];
  close(partitions: TopicPartition[]): void;
  stop(): void;
}

/** Divides a sink's work; `task` is the class of its tasks. */
export class SinkConnector extends Connector {
  static task: new () => SinkTask;
}

/** Names the plugins of this component, and its version. Called once, by the module that `caisson.json` names. */
export function exportPlugins(plugins: readonly (typeof Plugin)[], about?: { version?: string }): void;

/** The worker's log. Lines carry connector and task without the plugin's doing. */
export namespace log {
  type Level = "error" | "warn" | "info" | "debug" | "trace";
  function log(level: Level, message: string, target?: string): void;
  /** Whether a line of that level would be kept: ask before building an expensive message. */
  function enabled(level: Level): boolean;
  function error(message: string): void;
  function warn(message: string): void;
  function info(message: string): void;
  function debug(message: string): void;
}

/** Files and folders, as far as the worker grants them. Every function throws a ConnectError that names path and reason. */
export namespace files {
  /** At most `length` bytes from byte `position` on; fewer only at the file's end. */
  function readBytes(path: string, position?: number, length?: number): Uint8Array;
  /** The whole file as text in UTF-8. */
  function readText(path: string): string;
  /** Appends; the file is made if there is none. When it returns the bytes are on disk. */
  function append(path: string, content: string | Uint8Array): void;
  /** Puts the content in the place of whatever the file held. When it returns the bytes are on disk. */
  function write(path: string, content: string | Uint8Array): void;
  /** The names in a folder, in order. */
  function list(path: string): string[];
}
