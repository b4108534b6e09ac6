/** Chains of stages: each record runs through all of them, and a batch is decoded and encoded once. */

import { Batch } from "./batch.js";
import { ConfigError, ConnectError, DataError, asConnectError } from "./errors.js";
import { find } from "./plugin.js";
import { Record, lookedInto, reset } from "./record.js";
import { shown } from "./shown.js";

/** A predicate in use. `spec` is `predicate` of stages.wit, its configuration an object. */
export class Gate {
  constructor(spec) {
    const Plugin = find("predicate", spec.class);
    this._predicate = new Plugin();
    this._predicate.configure(Plugin.config.parse(spec.config));
    this._negate = spec.negate;
  }

  /** Whether the record is admitted. Looking at it does not have it written anew. */
  admits(record) {
    const before = lookedInto(record);
    const admitted = Boolean(this._predicate.test(record)) !== this._negate;
    reset(record, before);
    return admitted;
  }

  /** Whether each record of a batch is admitted. */
  apply(data) {
    return new Batch(data).records.map((record) => this.admits(record));
  }
}

/** Stages in use; `specs` are `stage` of stages.wit. An error in a stage's configuration has its index in option `stage`. */
export class Chain {
  constructor(specs) {
    this._stages = specs.map((spec, index) => {
      try {
        return stage(spec);
      } catch (error) {
        const failed = asConnectError(error);
        failed.options.push(["stage", String(index)]);
        throw failed;
      }
    });
  }

  /** Runs a batch through. DataError for a malformed batch; a record's own failure is in the outcome. */
  apply(data) {
    const batch = new Batch(data);
    const writer = batch.writer();
    const dropped = [];
    const failed = [];
    for (const record of batch.records) {
      let index = 0;
      try {
        let now = record;
        for (; index < this._stages.length && now !== null; index++) {
          now = this._stages[index](now);
          if (now !== record) {
            now = checked(now, this._stages[index]);
          }
        }
        if (now === null) {
          dropped.push(record.id);
        } else {
          index -= 1;
          writer.add(now, record);
        }
      } catch (error) {
        failed.push({ id: record.id, stage: Math.max(0, index), error: asConnectError(error) });
      }
    }
    return { batch: writer.finish(), dropped, failed };
  }
}

/** What a stage made of a record: another in its place, or null for none. */
function checked(made, apply) {
  if (made === null || made instanceof Record) {
    return made;
  }
  throw new ConnectError(`${apply.plugin}.apply returned ${shown(made)}: a transformation returns a Record, or null to drop it`);
}

function stage(spec) {
  const apply = action(spec);
  apply.plugin = find(kindOf(spec), spec.class).name;
  if (!spec.predicate) {
    return apply;
  }
  const gate = new Gate(spec.predicate);
  const guarded = (record) => (gate.admits(record) ? apply(record) : record);
  guarded.plugin = apply.plugin;
  return guarded;
}

function kindOf(spec) {
  if (spec.kind === "transform") {
    return "transformation";
  }
  const known = ["to-connect", "from-connect"].includes(spec.kind) && ["key", "value", "header"].includes(spec.role);
  if (!known) {
    throw new ConfigError(`no stage is of kind ${spec.kind} and role ${spec.role || "none"}`);
  }
  return spec.role === "header" ? "header_converter" : "converter";
}

function action(spec) {
  const Plugin = find(kindOf(spec), spec.class);
  const plugin = new Plugin();
  plugin.configure(Plugin.config.parse(spec.config), spec.role === "key");
  if (spec.kind === "transform") {
    return (record) => plugin.apply(record);
  }
  const inward = spec.kind === "to-connect";
  if (spec.role === "header") {
    return inward ? headersIn(plugin) : headersOut(plugin);
  }
  if (spec.role === "key") {
    return inward ? keyIn(plugin) : keyOut(plugin);
  }
  return inward ? valueIn(plugin) : valueOut(plugin);
}

function asBytes(value, what) {
  if (value === null || value instanceof Uint8Array) {
    return value;
  }
  throw new DataError(`a converter reads bytes, and ${what} is ${shown(value)}`);
}

function made(converter, call, data) {
  if (data === null || data instanceof Uint8Array) {
    return data;
  }
  throw new ConnectError(`${converter.constructor.name}.${call} returned ${shown(data)}: it returns a Uint8Array or null`);
}

function keyIn(converter) {
  return (record) => {
    const { schema = null, value } = converter.toConnect(record.topic, asBytes(record.key, "the key"));
    record.setKey(value, schema);
    return record;
  };
}

function valueIn(converter) {
  return (record) => {
    const { schema = null, value } = converter.toConnect(record.topic, asBytes(record.value, "the value"));
    record.setValue(value, schema);
    return record;
  };
}

function keyOut(converter) {
  return (record) => {
    const { key } = record;
    record.setKey(made(converter, "fromConnect", converter.fromConnect(record.topic, record.keySchema, key)));
    return record;
  };
}

function valueOut(converter) {
  return (record) => {
    const { value } = record;
    record.setValue(made(converter, "fromConnect", converter.fromConnect(record.topic, record.valueSchema, value)));
    return record;
  };
}

function headersIn(converter) {
  return (record) => {
    for (const header of record.headers) {
      const data = asBytes(header.value, `header ${header.name}`);
      const { schema = null, value } = converter.toConnectHeader(record.topic, header.name, data);
      header.value = value;
      header.schema = schema;
    }
    return record;
  };
}

function headersOut(converter) {
  return (record) => {
    for (const header of record.headers) {
      header.value = made(converter, "fromConnectHeader", converter.fromConnectHeader(record.topic, header));
      header.schema = null;
    }
    return record;
  };
}
