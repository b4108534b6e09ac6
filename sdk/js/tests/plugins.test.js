/** Plugins as the worker calls them, without WebAssembly. */

import assert from "node:assert/strict";
import fs from "node:fs";
import { beforeEach, test } from "node:test";

import * as sdk from "@caisson/sdk";
import {
  Access,
  ConfigDef,
  ConfigError,
  ConnectError,
  Converter,
  DataError,
  Predicate,
  Record,
  RetriableError,
  SinkContext,
  SourceConnector,
  SourceRecord,
  SourceTask,
  Transformation,
  atLeast,
  exportPlugins,
  log,
  oneOf,
} from "@caisson/sdk";
import { newHost } from "@caisson/sdk/testing";

import { Batch, BatchWriter } from "../src/batch.js";
import { readAt } from "../src/cbor-read.js";
import { Chain, Gate } from "../src/chain.js";
import { asConnectError } from "../src/errors.js";
import { RunningSource, taskConfigs } from "../src/tasks.js";

class Shout extends Transformation {
  static className = "a.Shout";
  static documentation = "Writes text in capitals.";
  static config = new ConfigDef({
    mode: { type: "STRING", documentation: "How.", default: "upper", validators: [oneOf("upper", "lower")] },
  });

  apply(record) {
    if (record.value === null) {
      return null;
    }
    if (record.value === "bad") {
      throw new DataError("bad text");
    }
    record.value = record.value.toUpperCase();
    return record;
  }
}

class Other extends Transformation {
  static className = "a.Other";
  static documentation = "Puts another record in the place of each.";

  apply(record) {
    return record.value ? new Record("other", { was: record.value }) : "no record";
  }
}

class IsShort extends Predicate {
  static className = "a.IsShort";
  static documentation = "Admits short texts.";

  test(record) {
    return record.value !== null && record.value.length < 4;
  }
}

class Text extends Converter {
  static className = "a.Text";
  static documentation = "Text as UTF-8.";

  fromConnect(topic, schema, value) {
    return value === null ? null : new TextEncoder().encode(value);
  }

  toConnect(topic, data) {
    return { value: data === null ? null : new TextDecoder().decode(data) };
  }
}

class CountTask extends SourceTask {
  start() {
    this.next = (this.context.offset({ counter: "a" })?.n ?? -1) + 1;
  }

  *poll() {
    if (this.next < 3) {
      yield new SourceRecord({ counter: "a" }, { n: this.next }, "numbers", BigInt(this.next));
      this.next += 1;
    }
  }
}

class Count extends SourceConnector {
  static className = "a.Count";
  static documentation = "Counts to three.";
  static task = CountTask;
}

let host;
beforeEach(() => {
  exportPlugins([Shout, Other, IsShort, Text, Count], { version: "1.2.3" });
  host = newHost();
});

function batchOf(...values) {
  const writer = new BatchWriter();
  values.forEach((value, id) => {
    const record = new Record("t", value);
    record.id = id;
    writer.add(record);
  });
  return writer.finish();
}

const values = (data) => new Batch(data).records.map((record) => [record.id, record.value]);
const transform = (name, config = {}, predicate = null) => ({ kind: "transform", class: name, role: "", config, predicate });

test("every record is kept, dropped or failed", () => {
  const outcome = new Chain([transform("a.Shout")]).apply(batchOf("ada", null, "bad", 5n));
  assert.deepEqual(values(outcome.batch), [[0, "ADA"]]);
  assert.deepEqual(outcome.dropped, [1]);
  const [bad, crash] = outcome.failed;
  assert.deepEqual([bad.id, bad.stage, bad.error.kind, bad.error.message], [2, 0, "data", "bad text"]);
  assert.deepEqual([crash.id, crash.error.kind], [3, "connect"]);
  assert.match(crash.error.message, /^TypeError: .*toUpperCase is not a function\n.*at Shout\.apply \(.*plugins\.test\.js:\d+\)/);
});

test("a failure has the index of its stage", () => {
  const outcome = new Chain([transform("a.Other", {}, { class: "a.IsShort", config: {}, negate: true }), transform("a.Shout")]);
  const { failed } = outcome.apply(batchOf("bad", "long"));
  assert.deepEqual(
    failed.map(({ id, stage }) => [id, stage]),
    [
      [0, 1],
      [1, 1],
    ],
  );
});

test("a predicate guards a stage", () => {
  const gate = { class: "a.IsShort", config: {}, negate: true };
  const outcome = new Chain([transform("a.Shout", {}, gate)]).apply(batchOf("ada", "grace"));
  assert.deepEqual(values(outcome.batch), [
    [0, "ada"],
    [1, "GRACE"],
  ]);
  assert.deepEqual(new Gate({ ...gate, negate: false }).apply(batchOf("ada", "grace")), [true, false]);
});

test("a record in place of another has its id", () => {
  const outcome = new Chain([transform("a.Other")]).apply(batchOf("x", "", "y"));
  const found = new Batch(outcome.batch).records;
  assert.deepEqual(
    found.map((record) => [record.id, record.topic, record.value.get("was")]),
    [
      [0, "other", "x"],
      [2, "other", "y"],
    ],
  );
  assert.match(outcome.failed[0].error.message, /Other\.apply returned string "no record": a transformation returns a Record/);
});

test("converters", () => {
  const stages = ["from-connect", "to-connect"].map((kind) => ({
    kind,
    class: "a.Text",
    role: "value",
    config: {},
    predicate: null,
  }));
  assert.deepEqual(values(new Chain(stages).apply(batchOf("x", null)).batch), [
    [0, "x"],
    [1, null],
  ]);
  const outcome = new Chain(stages.slice(1)).apply(batchOf("no bytes"));
  assert.match(outcome.failed[0].error.message, /a converter reads bytes, and the value is string/);
});

test("a stage that is misconfigured is named", () => {
  assert.throws(
    () => new Chain([transform("a.Shout"), transform("a.Shout", { mode: "loud" })]),
    (error) => {
      assert.ok(error instanceof ConfigError);
      assert.equal(error.message, "Invalid value loud for configuration mode: String must be one of: upper, lower");
      assert.deepEqual(error.options, [["stage", "1"]]);
      return true;
    },
  );
});

test("an unknown class lists those there are", () => {
  assert.throws(() => new Chain([transform("a.Nothing")]), /no transformation a\.Nothing; it has a\.Shout \(transformation\)/);
});

test("polls have origins and then a wait", () => {
  const source = new RunningSource("a.Count", {});
  const { batch, origins, waitMs } = source.poll();
  assert.deepEqual([values(batch), waitMs], [[[0, 0n]], 0]);
  assert.deepEqual(new Batch(batch).records[0].topic, "numbers");
  assert.deepEqual(readAt(origins, 0, []), [[new Map([["counter", "a"]])], [[0n, new Map([["n", 0n]])]]]);
  source.poll();
  source.poll();
  assert.deepEqual(source.poll(), { batch: new Uint8Array(0), origins: new Uint8Array(0), waitMs: 500 });
});

test("a task goes on behind its offset", () => {
  host.storeOffset({ counter: "a" }, { n: 1 });
  assert.deepEqual(values(new RunningSource("a.Count", {}).poll().batch), [[0, 2n]]);
});

test("task configurations are text", () => {
  const connector = new Count();
  connector.taskConfigs = () => [{ a: 1 }];
  assert.throws(() => taskConfigs(connector, 1), /Count\.taskConfigs gives a the value number 1: values are strings/);
});

const DEFINITION = new ConfigDef({
  file: { type: "STRING", documentation: "A file.", access: Access.FILE_READ },
  size: { type: "INT", documentation: "A size.", default: 5, validators: [atLeast(1)] },
  ratio: { type: "DOUBLE", documentation: "A ratio.", default: null },
  far: { type: "LONG", documentation: "Far.", default: 1 },
  on: { type: "BOOLEAN", documentation: "A switch.", default: true },
  names: { type: "LIST", documentation: "Names.", default: "" },
  even: { type: "INT", documentation: "Even.", default: 2, check: (value) => (value % 2 === 0 ? null : "it is odd") },
});

test("values are parsed and defaults stand in", () => {
  const config = DEFINITION.parse({ file: " a ", ratio: "1.5", names: "x , y", far: "9007199254740993", strange: "z" });
  const found = ["file", "size", "ratio", "far", "on", "names"].map((key) => config.get(key));
  assert.deepEqual(found, ["a", 5, 1.5, 9007199254740993n, true, ["x", "y"]]);
  assert.equal(config.originals.strange, "z");
  assert.deepEqual(config.originalsWithPrefix("st"), { range: "z" });
  assert.throws(() => config.get("strange"), /Unknown configuration 'strange'/);
});

test("mistakes are told in Kafka's words", () => {
  for (const [settings, message] of [
    [{ file: undefined }, 'Missing required configuration "file" which has no default value.'],
    [{ size: "x" }, "Invalid value x for configuration size: Not a number of type INT"],
    [{ size: "0" }, "Invalid value 0 for configuration size: Value must be at least 1"],
    [{ size: "2147483648" }, "Invalid value 2147483648 for configuration size: Not a number of type INT"],
    [{ on: "yes" }, "Invalid value yes for configuration on: Expected value to be either true or false"],
    [{ even: "3" }, "Invalid value 3 for configuration even: it is odd"],
  ]) {
    assert.throws(() => DEFINITION.parse({ file: "a", ...settings }), { name: "ConfigError", message });
  }
  assert.throws(
    () => new ConfigDef({ a: { type: "INT", documentation: "A.", defualt: 1 } }),
    /the configuration key a has no member defualt/,
  );
});

test("the stand-in keeps what is asked", () => {
  log.info("hello");
  assert.deepEqual(host.lines, [{ level: "info", target: "plugin", message: "hello" }]);
  const context = new SinkContext();
  const partition = { topic: "t", partition: 0 };
  host.partitions = [partition];
  context.pause([partition]);
  assert.deepEqual(host.paused, [partition]);
  assert.throws(() => context.resume([{ topic: "t", partition: 1 }]), /t-1 is not assigned/);
  assert.equal(context.canReport, false);
});

test("errors cross with kind and class", () => {
  for (const [error, kind, javaClass] of [
    [new RetriableError("x"), "retriable", "RetriableException"],
    [new DataError("x"), "data", "DataException"],
    [new ConfigError("x"), "config", "ConfigException"],
    [new RangeError("x"), "connect", "ConnectException"],
    ["only text", "connect", "ConnectException"],
  ]) {
    const crossing = asConnectError(error);
    assert.ok(crossing instanceof ConnectError);
    assert.equal(crossing.kind, kind);
    assert.ok(crossing.javaClass.endsWith(`.${javaClass}`));
  }
});

test("frames of a bundle are the author's", () => {
  globalThis.caissonOrigins = { sources: ["../@caisson/sdk/src/chain.js", "mine.ts"], lines: [-1, 0, 0, 7, 1, 42] };
  try {
    const error = new TypeError("x");
    const frames = "\n    at apply (mine.ts:42)\n    at <anonymous> (mine.ts:42)";
    for (const stack of [
      "    at run (/plugin.js:2:1)\n    at apply (/plugin.js:3:9)\n    at /plugin.js:3:20\n",
      "run@plugin.js:2:1\napply@plugin.js:3:9\naction/<@plugin.js:3:20\nexported@/tmp/sources/initializer.js:1:1\n",
    ]) {
      error.stack = stack;
      assert.equal(asConnectError(error).message, `TypeError: x${frames}`);
    }
  } finally {
    delete globalThis.caissonOrigins;
  }
});

test("what is no plugin is not exported", () => {
  assert.throws(() => exportPlugins([class Mute extends Transformation {}]), /Mute has no static documentation/);
  assert.throws(() => exportPlugins([Map]), /Map is no plugin/);
});

test("what the SDK exports has types", () => {
  const types = fs.readFileSync(new URL("../src/index.d.ts", import.meta.url), "utf8");
  for (const name of Object.keys(sdk)) {
    assert.match(types, new RegExp(`^export (declare )?(class|const|function|namespace) ${name}\\b`, "m"), name);
  }
  for (const space of ["schema", "files", "log"]) {
    const told = types.slice(types.indexOf(`export namespace ${space} {`)).split("\n}")[0];
    const typed = [...told.matchAll(/^ {2}(?:const|function) (\w+)/gm)].map(([, name]) => name);
    const missing = typed.filter((name) => sdk[space][name] === undefined);
    assert.deepEqual(missing, []);
  }
});
