/** A predicate: admits records whose amount is above a bound. */

import { ConfigDef, Decimal, Predicate, Struct, atLeast, exportPlugins } from "@caisson/sdk";

export class IsLarge extends Predicate {
  static className = "com.example.IsLarge";
  static documentation = "Admits records whose field `amount` is above a bound.";
  static config = new ConfigDef({
    above: { type: "DOUBLE", documentation: "The bound.", default: 1000, validators: [atLeast(0)] },
  });

  configure(config) {
    this.above = config.get("above");
  }

  test(record) {
    const value = record.value;
    const amount = value instanceof Map || value instanceof Struct ? value.get("amount") : null;
    if (amount instanceof Decimal) {
      return amount.toNumber() > this.above;
    }
    // int64s are bigints and float64s numbers; both can be compared with a number.
    return (typeof amount === "bigint" || typeof amount === "number") && amount > this.above;
  }
}

exportPlugins([IsLarge], { version: "1.0.0" });
