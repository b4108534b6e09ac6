/**
 * java.math.BigDecimal, as it is kept: a whole number and a scale.
 *
 * The libraries for decimals (big.js, decimal.js, bignumber.js) keep numbers in a normal form and lose the scale: 1.50 comes back as 1.5,
 * which is another value in Kafka Connect. They can be used to calculate; this class is what crosses.
 */

import { DataError } from "./errors.js";

const FORM = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

/** `unscaled` (a bigint) divided by 10 to the power of `scale`. Never changed. */
export class Decimal {
  constructor(unscaled, scale = 0) {
    if (typeof unscaled !== "bigint" || !Number.isInteger(scale)) {
      throw new DataError(
        `a Decimal is a bigint and a whole scale, not ${String(unscaled)} and ${String(scale)}; Decimal.of reads text`,
      );
    }
    this.unscaled = unscaled;
    this.scale = scale;
  }

  /** The decimal of a text such as "12.50"; its scale is that of the text. DataError when it is none. */
  static of(text) {
    const found = FORM.exec(String(text).trim());
    const fraction = found?.[3] ?? "";
    const digits = (found?.[2] ?? "") + fraction;
    if (digits === "") {
      throw new DataError(`${text} is no decimal number`);
    }
    const unscaled = BigInt(digits);
    return new Decimal(found[1] === "-" ? -unscaled : unscaled, fraction.length - Number(found[4] ?? 0));
  }

  /** The same number with another scale: 1.5 as 1.50. DataError when digits would be lost, as in 1.234 with 2. */
  withScale(scale) {
    if (scale >= this.scale) {
      return new Decimal(this.unscaled * 10n ** BigInt(scale - this.scale), scale);
    }
    const step = 10n ** BigInt(this.scale - scale);
    if (this.unscaled % step !== 0n) {
      throw new DataError(`${this} has more digits than the scale ${scale}: round it first`);
    }
    return new Decimal(this.unscaled / step, scale);
  }

  /** Below 0, 0 or above as this number is less than, as much as or more than the other. */
  compare(other) {
    const scale = Math.max(this.scale, other.scale);
    const difference = this.withScale(scale).unscaled - other.withScale(scale).unscaled;
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  }

  /** Whether number and scale are the same. */
  equals(other) {
    return other instanceof Decimal && this.unscaled === other.unscaled && this.scale === other.scale;
  }

  /** The nearest number of JavaScript. */
  toNumber() {
    return Number(`${this.unscaled}e${-this.scale}`);
  }

  /** As `BigDecimal.toPlainString` writes it. */
  toString() {
    const negative = this.unscaled < 0n;
    let digits = (negative ? -this.unscaled : this.unscaled).toString();
    if (this.scale <= 0) {
      digits = this.unscaled === 0n ? "0" : digits + "0".repeat(-this.scale);
    } else {
      digits = digits.padStart(this.scale + 1, "0");
      digits = `${digits.slice(0, -this.scale)}.${digits.slice(-this.scale)}`;
    }
    return negative ? `-${digits}` : digits;
  }

  toJSON() {
    return this.toString();
  }
}
