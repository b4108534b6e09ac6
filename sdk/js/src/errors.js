/**
 * The failures that a plugin's call can end in.
 *
 * The kind says what the worker does with a failure; the Java class is what tools expect to read in traces and in the headers of dead
 * letters. Every other error counts as a ConnectError, and its stack is part of the message.
 */

import { authored } from "./stack.js";

/** Anything that is none of the kinds below: the task fails (`ConnectException`). */
export class ConnectError extends Error {
  kind = "connect";
  javaClass = "org.apache.kafka.connect.errors.ConnectException";
  /** More about it, as names and values. */
  options = [];

  constructor(message, { javaClass, cause } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    if (javaClass !== undefined) {
      this.javaClass = javaClass;
    }
  }
}

/** The call may be made again later (`RetriableException`). */
export class RetriableError extends ConnectError {
  kind = "retriable";
  javaClass = "org.apache.kafka.connect.errors.RetriableException";
}

/** This record is bad; `errors.tolerance` decides what becomes of it (`DataException`). */
export class DataError extends ConnectError {
  kind = "data";
  javaClass = "org.apache.kafka.connect.errors.DataException";
}

/** A schema cannot be built (`SchemaBuilderException`). */
export class SchemaBuilderError extends DataError {
  javaClass = "org.apache.kafka.connect.errors.SchemaBuilderException";
}

/** A setting is bad (`ConfigException`). */
export class ConfigError extends ConnectError {
  kind = "config";
  javaClass = "org.apache.kafka.common.config.ConfigException";

  /** In the words of Kafka's `ConfigException(name, value, message)`. */
  static invalid(name, value, message = "") {
    const told = `Invalid value ${value} for configuration ${name}`;
    return new this(message ? `${told}: ${message}` : told);
  }
}

/** The error that crosses to the worker: the SDK's own as it is, any other thing thrown with name, message and stack. */
export function asConnectError(error) {
  if (error instanceof ConnectError) {
    return error;
  }
  if (!(error instanceof Error)) {
    return new ConnectError(
      `something was thrown that is no Error: ${typeof error === "string" ? error : JSON.stringify(error)}`,
    );
  }
  return new ConnectError([`${error.name}: ${error.message}`, ...authored(error.stack)].join("\n"), { cause: error });
}
