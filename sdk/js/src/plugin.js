/**
 * The kinds of plugins: what an author derives from.
 *
 * Every plugin names itself by static members, which make its entry in the manifest:
 *
 * - `className`: the full name that configurations ask for, such as `com.example.UpperCase`; without one the class's own name.
 * - `documentation`: what it does, which users read.
 * - `aliases`: other names that mean the same plugin.
 * - `version`: that of the component unless given.
 * - `config`: its ConfigDef.
 * - `capabilities`: what it wants beyond its keys: `clocks`, `random`, `network`, `files`; `commit-records` for a source task.
 */

import { ConfigDef } from "./config-def.js";
import { ConfigError } from "./errors.js";
import { imports } from "./host.js";
import { Record } from "./record.js";
import { shown } from "./shown.js";

function missing(plugin, method) {
  return new Error(`${plugin.constructor.name} has no method ${method}`);
}

/** What all kinds have. */
export class Plugin {
  static kind = "";
  static className = null;
  static documentation = "";
  static aliases = [];
  static version = null;
  static config = new ConfigDef();
  static capabilities = [];

  /** The name in the manifest. */
  static fullName() {
    return this.className ?? this.name;
  }

  /** Checks that keys by themselves cannot make: what is wrong, by key. Give the capability `validate` with it. */
  static validate(originals) {
    void originals;
    return {};
  }

  /** Whether a configuration may mean it by that name. */
  static isNamed(name) {
    return name === this.fullName() || this.aliases.includes(name);
  }
}

/** Changes records on their way. */
export class Transformation extends Plugin {
  static kind = "transformation";

  /** Called once before any record. ConfigError for a bad configuration. */
  configure(config) {
    void config;
  }

  /** The record, changed or as it is, another in its place, or null to drop it. DataError: this record is bad. */
  apply(record) {
    void record;
    throw missing(this, "apply");
  }
}

/** Says which records a transformation is for. */
export class Predicate extends Plugin {
  static kind = "predicate";

  /** Called once before any record. */
  configure(config) {
    void config;
  }

  /** Whether the record is meant. The record must not be changed. */
  test(record) {
    void record;
    throw missing(this, "test");
  }
}

/** Keys and values to bytes and back. */
export class Converter extends Plugin {
  static kind = "converter";

  /** Called once, for keys or for values. */
  configure(config, isKey) {
    void config;
    void isKey;
  }

  /** The bytes of a value; null for a null. DataError when it has no such form. */
  fromConnect(topic, schema, value) {
    void [topic, schema, value];
    throw missing(this, "fromConnect");
  }

  /** `{ schema, value }` that the bytes stand for, a schema of null for none; null: the record has no bytes there. */
  toConnect(topic, data) {
    void [topic, data];
    throw missing(this, "toConnect");
  }
}

/** Header values to bytes and back. */
export class HeaderConverter extends Plugin {
  static kind = "header_converter";

  /** Called once. */
  configure(config) {
    void config;
  }

  /** The bytes of a header's value. */
  fromConnectHeader(topic, header) {
    void [topic, header];
    throw missing(this, "fromConnectHeader");
  }

  /** `{ schema, value }` that the bytes stand for. */
  toConnectHeader(topic, name, data) {
    void [topic, name, data];
    throw missing(this, "toConnectHeader");
  }
}

/**
 * A record that a source brings in, with where it came from: the partition names what is read, such as `{ file: "a.txt" }`, and the
 * offset how far, such as `{ line: 7 }`. Both come back after a restart. See Record for the rest.
 */
export class SourceRecord extends Record {
  constructor(sourcePartition, sourceOffset, topic, value = null, members = {}) {
    super(topic, value, members);
    this.sourcePartition = sourcePartition;
    this.sourceOffset = sourceOffset;
  }
}

/** Brings records in. Polled by one caller at a time. */
export class SourceTask {
  /** What it may ask of the worker; set before `start`. */
  context;

  /** Called once before the first poll. */
  start(config) {
    void config;
  }

  /** The SourceRecords that are there now, an array or a generator, without waiting for more. With none: see `waitMs`. */
  poll() {
    throw missing(this, "poll");
  }

  /** After a poll without records: how long the worker waits before it polls again. Stop and pause end the wait. */
  waitMs() {
    return 500;
  }

  /** These records are settled: `{ poll, id, written }`, `written` null if dropped. Only with the capability `commit-records`. */
  commitRecords(settled) {
    void settled;
  }

  /** The offsets up to here have been stored. */
  commit() {}

  /** The task ends. */
  stop() {}
}

/** What both kinds of connectors have. */
class Connector extends Plugin {
  /** Called once before all else. ConfigError for a bad configuration. */
  start(config) {
    this.settings = config;
  }

  /** At most `maxTasks` configurations, one a task; by default one, the connector's own. */
  taskConfigs(maxTasks) {
    void maxTasks;
    return [{ ...this.settings.originals }];
  }

  /** The connector ends. */
  stop() {}

  /** Checks offsets, `{ partition, offset }`, that a user wants to set; null forgets one. False: the connector does not say. */
  static alterOffsets(originals, changes) {
    void [originals, changes];
    return false;
  }

  /** Asks the worker for new task configurations: something they depend on has changed. */
  requestTaskReconfiguration() {
    imports().requestTaskReconfiguration();
  }

  /** The connector cannot go on, though no call is under way. */
  raiseError(message) {
    imports().raiseError(message);
  }
}

/** Divides a source's work; `task` is the class of its tasks. */
export class SourceConnector extends Connector {
  static kind = "source";
  static task = SourceTask;

  /** Whether it can deliver exactly once (KIP-618); null: it does not say. */
  static exactlyOnceSupport(originals) {
    void originals;
    return null;
  }

  /** Whether its tasks can define transactions. */
  static canDefineTransactionBoundaries(originals) {
    void originals;
    return false;
  }
}

/** Takes records out. The order of calls is start, open, put …, preCommit, close, stop. */
export class SinkTask {
  /** What it may ask of the worker; set before `start`. */
  context;

  /** Called once. */
  start(config) {
    void config;
  }

  /** These partitions, `{ topic, partition }`, are now this task's, beside those it has. */
  open(partitions) {
    void partitions;
  }

  /** Takes records, sometimes none. After a RetriableError the same records come again. */
  put(records) {
    void records;
    throw missing(this, "put");
  }

  /** Everything taken has to be in its place when this returns. */
  flush(offsets) {
    void offsets;
  }

  /** Of the offsets taken so far, `{ topic, partition, offset }`, those safe to commit; by default all, after a flush. */
  preCommit(offsets) {
    this.flush(offsets);
    return offsets;
  }

  /** These partitions are no longer this task's. */
  close(partitions) {
    void partitions;
  }

  /** The task ends. */
  stop() {}
}

/** Divides a sink's work; `task` is the class of its tasks. */
export class SinkConnector extends Connector {
  static kind = "sink";
  static task = SinkTask;
}

const KINDS = [SourceConnector, SinkConnector, Transformation, Predicate, Converter, HeaderConverter];

let exported = { plugins: [], version: "0.0.0" };

/** Names the plugins of this component, and its version. Called once, by the module that `caisson.json` names. */
export function exportPlugins(plugins, { version = "0.0.0" } = {}) {
  for (const plugin of plugins) {
    if (typeof plugin !== "function" || !KINDS.some((kind) => plugin.prototype instanceof kind)) {
      throw new TypeError(
        `${plugin?.name ?? shown(plugin)} is no plugin: derive it from Transformation, SourceConnector or another kind`,
      );
    }
    if (!plugin.documentation) {
      throw new TypeError(`${plugin.name} has no static documentation, which users read`);
    }
  }
  exported = { plugins: [...plugins], version };
}

/** `{ plugins, version }` of this component. */
export function exportedPlugins() {
  return exported;
}

/** The plugin of that kind and name. ConfigError names those that there are. */
export function find(kind, name) {
  const found = exported.plugins.find((plugin) => plugin.kind === kind && plugin.isNamed(name));
  if (found === undefined) {
    const known = exported.plugins.map((plugin) => `${plugin.fullName()} (${plugin.kind})`).join(", ") || "none";
    throw new ConfigError(`this component has no ${kind} ${name}; it has ${known}`);
  }
  return found;
}
