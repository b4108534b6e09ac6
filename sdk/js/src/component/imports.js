/** The worker's imports, in the SDK's terms. */

import errantRecordReporter from "caisson:connect/errant-record-reporter@0.1.0";
import log from "caisson:connect/log@0.1.0";
import offsetReader from "caisson:connect/offset-reader@0.1.0";
import taskContext from "caisson:connect/task-context@0.1.0";
import transactionContext from "caisson:connect/transaction-context@0.1.0";

import { ConnectError, asConnectError } from "../errors.js";
import { bytes } from "./crossing.js";
import { listFolder, readFile, writeFile } from "./filesystem.js";

/** An error as it crosses. */
export function crossing(error) {
  return { kind: error.kind, class: error.javaClass, message: error.message, options: error.options };
}

/** Makes a call; every error of it crosses as an error of the contract. */
export function told(call) {
  try {
    return call();
  } catch (error) {
    // What a result has as its error is thrown as it is.
    throw crossing(asConnectError(error));
  }
}

/** Makes a call of the worker's; what it refuses is a ConnectError. */
function asked(call) {
  try {
    return call();
  } catch (error) {
    throw new ConnectError(error.message ?? String(error), { cause: error });
  }
}

/** The host of a component. */
export class Imports {
  log(level, target, message) {
    log.log(level, target, message);
  }

  logEnabled(level) {
    return log.enabled(level);
  }

  offsets(data) {
    return asked(() => bytes(offsetReader.offsets(data)));
  }

  requestTaskReconfiguration() {
    taskContext.requestTaskReconfiguration();
  }

  raiseError(message) {
    taskContext.raiseError(message);
  }

  rewind(offsets) {
    taskContext.offset(offsets);
  }

  timeout(ms) {
    taskContext.timeout(Math.trunc(ms));
  }

  assignment() {
    return taskContext.assignment();
  }

  pause(partitions) {
    asked(() => taskContext.pause(partitions));
  }

  resume(partitions) {
    asked(() => taskContext.resume(partitions));
  }

  requestCommit() {
    taskContext.requestCommit();
  }

  canReport() {
    return errantRecordReporter.available();
  }

  report(id, error) {
    asked(() => errantRecordReporter.report(id, crossing(error)));
  }

  transactionsAvailable() {
    return transactionContext.available();
  }

  endTransaction(how, after) {
    const commits = how === "commit";
    if (after === null) {
      commits ? transactionContext.commitTransaction() : transactionContext.abortTransaction();
    } else {
      commits ? transactionContext.commitTransactionAfter(after) : transactionContext.abortTransactionAfter(after);
    }
  }

  readFile(path, position, length) {
    return readFile(path, position, length);
  }

  writeFile(path, bytes, replaces) {
    writeFile(path, bytes, replaces);
  }

  listFolder(path) {
    return listFolder(path);
  }
}
