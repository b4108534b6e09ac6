/**
 * Unit tests of plugins, without WebAssembly and without a worker.
 *
 *     const transformation = configured(UpperCase, { field: "name" });
 *     const record = transformation.apply(new Record("topic", new Map([["name", "ada"]])));
 *
 * `Host` is what plugins see in place of a worker; `caisson test` runs the built component through the contract suite.
 */

import * as fs from "node:fs";

import { readOffsetMaps, writeOffsetMap, writeOffsetMaps } from "./batch.js";
import { ConnectError } from "./errors.js";
import { install } from "./host.js";
import { exchange } from "./testing-http.js";
import { startTask, taskConfigs } from "./tasks.js";
import { binary } from "./text.js";

export { toPlain } from "./shown.js";

function keyOf(partition) {
  const raw = writeOffsetMap(partition);
  return binary(raw, 0, raw.length);
}

const isSame = (one) => (other) => one.topic === other.topic && one.partition === other.partition;

/** A host that keeps what plugins ask of it. Files are those of this machine. */
export class Host {
  lines = [];
  reconfigurations = 0;
  raised = [];
  rewinds = [];
  retryAfter = null;
  partitions = [];
  paused = [];
  commitRequests = 0;
  reporter = false;
  reported = [];
  transactions = false;
  boundaries = [];
  #stored = new Map();

  log(level, target, message) {
    this.lines.push({ level, target, message });
  }

  logEnabled() {
    return true;
  }

  /** As if a task had got that far. */
  storeOffset(partition, offset) {
    this.#stored.set(keyOf(partition), offset);
  }

  offsets(data) {
    return writeOffsetMaps(readOffsetMaps(data).map((partition) => this.#stored.get(keyOf(partition)) ?? null));
  }

  requestTaskReconfiguration() {
    this.reconfigurations += 1;
  }

  raiseError(message) {
    this.raised.push(message);
  }

  rewind(offsets) {
    this.rewinds = offsets;
  }

  timeout(ms) {
    this.retryAfter = ms;
  }

  assignment() {
    return [...this.partitions];
  }

  pause(partitions) {
    this.#assigned(partitions);
    this.paused.push(...partitions.filter((each) => !this.paused.some(isSame(each))));
  }

  resume(partitions) {
    this.#assigned(partitions);
    this.paused = this.paused.filter((each) => !partitions.some(isSame(each)));
  }

  #assigned(partitions) {
    const other = partitions.find((each) => !this.partitions.some(isSame(each)));
    if (other !== undefined) {
      throw new ConnectError(`${other.topic}-${other.partition} is not assigned`);
    }
  }

  requestCommit() {
    this.commitRequests += 1;
  }

  canReport() {
    return this.reporter;
  }

  report(id, error) {
    this.reported.push({ id, message: error.message });
  }

  transactionsAvailable() {
    return this.transactions;
  }

  endTransaction(how, after) {
    this.boundaries.push({ how, after });
  }

  exchange(request) {
    return exchange(request);
  }

  readFile(path, position, length) {
    const file = fs.readFileSync(path);
    return new Uint8Array(file.subarray(position, Math.min(file.length, position + length)));
  }

  writeFile(path, bytes, replaces) {
    fs.writeFileSync(path, bytes, { flag: replaces ? "w" : "a" });
  }

  listFolder(path) {
    return fs.readdirSync(path);
  }
}

/** A new host for the plugins of this process; the old one is forgotten. */
export function newHost() {
  const made = new Host();
  install(made);
  return made;
}

/** A transformation or predicate, configured. ConfigError as a worker gives it. */
export function configured(Plugin, settings = {}) {
  const made = new Plugin();
  made.configure(Plugin.config.parse(settings), false);
  return made;
}

/** A task of that connector, started with its first task configuration. */
export function started(Connector, settings = {}) {
  const connector = new Connector();
  connector.start(Connector.config.parse(settings));
  return startTask(Connector, taskConfigs(connector, 1)[0]);
}

newHost();
