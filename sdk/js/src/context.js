/** What a task may ask of the worker. */

import { readOffsetMaps, writeOffsetMaps } from "./batch.js";
import { ConnectError, asConnectError } from "./errors.js";
import { imports } from "./host.js";

/** What a source task may ask of the worker. */
export class SourceContext {
  /** The stored offset of a source partition; null when nothing is stored. */
  offset(partition) {
    return this.offsets([partition])[0];
  }

  /** The stored offsets of source partitions, in their order. */
  offsets(partitions) {
    const stored = readOffsetMaps(imports().offsets(writeOffsetMaps(partitions)));
    if (stored.length !== partitions.length) {
      throw new ConnectError(`${stored.length} offsets were given for ${partitions.length} source partitions`);
    }
    return stored;
  }

  /** Whether the worker lets the task define transactions (KIP-618). */
  get canDefineTransactions() {
    return imports().transactionsAvailable();
  }

  /** Commits after the batch that poll is about to return, or after that record of it, counted from 0. */
  commitTransaction(after = null) {
    imports().endTransaction("commit", after);
  }

  /** Aborts after the batch that poll is about to return, or after that record of it, counted from 0. */
  abortTransaction(after = null) {
    imports().endTransaction("abort", after);
  }
}

/** What a sink task may ask of the worker. Partitions are `{ topic, partition }`, with an `offset` where one is meant. */
export class SinkContext {
  /** Consumes from these offsets on before the next put (Kafka: `offset`). */
  rewind(offsets) {
    imports().rewind(offsets);
  }

  /** How long the worker waits before it puts a batch again after a RetriableError. */
  timeout(ms) {
    imports().timeout(ms);
  }

  /** The partitions that are this task's. */
  get assignment() {
    return imports().assignment();
  }

  /** No records of these partitions until they are resumed. ConnectError for one that is not this task's. */
  pause(partitions) {
    imports().pause(partitions);
  }

  /** Records of these partitions again. */
  resume(partitions) {
    imports().resume(partitions);
  }

  /** Asks for a commit soon. */
  requestCommit() {
    imports().requestCommit();
  }

  /** Whether single bad records can be reported (KIP-610). If not, the task fails or skips them itself. */
  get canReport() {
    return imports().canReport();
  }

  /** Reports a record of the batch last put. ConnectError under `errors.tolerance=none`: the task has to fail with it. */
  report(record, error) {
    imports().report(record.id, asConnectError(error));
  }
}
