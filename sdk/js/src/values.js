/**
 * Values that JavaScript has no type of its own for.
 *
 * A schemaless value says by its type how wide it is: a bigint is an int64 and a number a float64. The classes here are the other
 * widths; each counts like any other number. Dates are `Date`.
 */

import { DataError } from "./errors.js";

class Whole extends Number {
  constructor(value = 0) {
    super(value);
    const most = 2 ** (new.target.bits - 1);
    if (!Number.isInteger(+this) || +this < -most || +this >= most) {
      throw new DataError(`${value} does not fit into ${new.target.bits} bits (${new.target.name})`);
    }
  }
}

/** An int8 without a schema. */
export class Int8 extends Whole {
  static bits = 8;
}

/** An int16 without a schema. */
export class Int16 extends Whole {
  static bits = 16;
}

/** An int32 without a schema. */
export class Int32 extends Whole {
  static bits = 32;
}

/** A float32 without a schema. */
export class Float32 extends Number {}

/** A java.math.BigInteger. A plain bigint beyond 64 bits is written as one too. */
export class BigInteger {
  constructor(value) {
    this.value = BigInt(value);
  }

  valueOf() {
    return this.value;
  }

  toString() {
    return this.value.toString();
  }

  toJSON() {
    return this.toString();
  }
}

/** A value with a schema of its own where its place has none or another; a Struct needs none of this. */
export class Typed {
  constructor(schema, value) {
    this.schema = schema;
    this.value = value;
  }
}
