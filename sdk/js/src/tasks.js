/** Connectors and tasks as the worker calls them: bytes in and out. What the component's glue and unit tests both run. */

import { Batch, BatchWriter, OriginsWriter } from "./batch.js";
import { SinkContext, SourceContext } from "./context.js";
import { ConnectError } from "./errors.js";
import { SourceRecord, find } from "./plugin.js";
import { shown } from "./shown.js";

const NO_RECORDS = new Uint8Array([0x82, 0x80, 0x80]);
const NOTHING = new Uint8Array(0);

/** A connector of that class, started. */
export function startConnector(kind, className, originals) {
  const Connector = find(kind, className);
  const connector = new Connector();
  connector.start(Connector.config.parse(originals));
  return connector;
}

/** The configurations of its tasks. ConnectError for values that are no text. */
export function taskConfigs(connector, maxTasks) {
  const configs = connector.taskConfigs(maxTasks);
  for (const config of configs) {
    for (const [name, value] of Object.entries(config)) {
      if (typeof value !== "string") {
        throw new ConnectError(
          `${connector.constructor.name}.taskConfigs gives ${name} the value ${shown(value)}: values are strings`,
        );
      }
    }
  }
  return configs;
}

/** A task of that connector's, started. */
export function startTask(Connector, originals) {
  const task = new Connector.task();
  task.context = Connector.kind === "source" ? new SourceContext() : new SinkContext();
  task.start(Connector.config.parse(originals));
  return task;
}

/** A source task, started. */
export class RunningSource {
  constructor(className, originals) {
    this.task = startTask(find("source", className), originals);
  }

  /** `batch` and `origins` of record.cddl, both empty without records, and how many milliseconds to wait. */
  poll() {
    const writer = new BatchWriter();
    const origins = new OriginsWriter();
    for (const record of this.task.poll() ?? []) {
      if (!(record instanceof SourceRecord)) {
        throw new ConnectError(`${this.task.constructor.name}.poll gave ${shown(record)}: it gives SourceRecord`);
      }
      record.id = writer.count;
      origins.add(record.sourcePartition, record.sourceOffset);
      writer.add(record);
    }
    if (writer.count === 0) {
      return { batch: NOTHING, origins: NOTHING, waitMs: Math.max(0, Math.trunc(this.task.waitMs())) };
    }
    return { batch: writer.finish(), origins: origins.finish(), waitMs: 0 };
  }

  /** Tells of settled records. */
  commitRecords(settled) {
    this.task.commitRecords(settled);
  }

  /** Tells that offsets are stored. */
  commit() {
    this.task.commit();
  }

  /** Ends it. */
  stop() {
    this.task.stop();
  }
}

/** A sink task, started. */
export class RunningSink {
  constructor(className, originals) {
    this.task = startTask(find("sink", className), originals);
  }

  /** Gives it partitions. */
  open(partitions) {
    this.task.open(partitions);
  }

  /** Gives it `batch` of record.cddl; no bytes are a put without records. */
  put(data) {
    this.task.put(new Batch(data.length === 0 ? NO_RECORDS : data).records);
  }

  /** Asks which offsets are safe. */
  preCommit(offsets) {
    return [...this.task.preCommit(offsets)];
  }

  /** Takes partitions away. */
  close(partitions) {
    this.task.close(partitions);
  }

  /** Ends it. */
  stop() {
    this.task.stop();
  }
}
