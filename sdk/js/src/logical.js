/** Kafka Connect's logical types: Decimal, and `Date` for the three of time. */

import * as cbor from "./cbor-read.js";
import { date as writeDate, decimal as writeDecimal } from "./cbor-write.js";
import { Decimal } from "./decimal.js";
import { DataError } from "./errors.js";

export const DECIMAL_NAME = "org.apache.kafka.connect.data.Decimal";
export const DATE_NAME = "org.apache.kafka.connect.data.Date";
export const TIME_NAME = "org.apache.kafka.connect.data.Time";
export const TIMESTAMP_NAME = "org.apache.kafka.connect.data.Timestamp";

const DAY = 86_400_000;

/** How values of the schema are read; undefined unless it is logical. */
export function logicalReader(schema) {
  switch (schema.name) {
    case DECIMAL_NAME:
      return cbor.read;
    case DATE_NAME:
    case TIME_NAME:
    case TIMESTAMP_NAME:
      return cbor.date;
    default:
      return undefined;
  }
}

/** How values of the schema are written; undefined unless it is logical. */
export function logicalWriter(schema, mismatch) {
  switch (schema.name) {
    case DECIMAL_NAME:
      return decimalWriter(schema, mismatch);
    case DATE_NAME:
      return dateWriter(schema, mismatch, (millis) => millis % DAY === 0);
    case TIME_NAME:
      return dateWriter(schema, mismatch, (millis) => millis >= 0 && millis < DAY);
    case TIMESTAMP_NAME:
      return dateWriter(schema, mismatch, () => true);
    default:
      return undefined;
  }
}

function dateWriter(schema, mismatch, fits) {
  return (out, value, table, place) => {
    // NaN, of an invalid Date, fits nowhere.
    if (!(value instanceof Date) || Number.isNaN(value.getTime()) || !fits(value.getTime())) {
      throw mismatch(schema, value, place);
    }
    writeDate(out, value);
  };
}

function decimalWriter(schema, mismatch) {
  const scale = schema.parameters?.scale;
  return (out, value, table, place) => {
    if (!(value instanceof Decimal)) {
      throw mismatch(schema, value, place);
    }
    writeDecimal(out, scale === undefined ? value : rescaled(value, Number(scale), place));
  };
}

function rescaled(value, scale, place) {
  if (value.scale === scale) {
    return value;
  }
  try {
    return value.withScale(scale);
  } catch (error) {
    throw new DataError(`${value} has more digits than the schema's scale ${scale} for ${place}: round it first`, {
      cause: error,
    });
  }
}
