/** A transformation: writes stars over one field. */

import { ConfigDef, NON_EMPTY, Struct, Transformation, exportPlugins } from "@caisson/sdk";

export class MaskField extends Transformation {
  static className = "com.example.MaskField";
  static documentation = "Writes stars over one field of a map or struct.";
  static config = new ConfigDef({
    field: { type: "STRING", documentation: "The field to mask.", validators: [NON_EMPTY] },
  });

  configure(config) {
    this.field = config.get("field");
  }

  apply(record) {
    const value = record.value;
    if (value instanceof Map || value instanceof Struct) {
      const text = value.get(this.field);
      if (typeof text === "string") {
        value.set(this.field, "*".repeat(text.length));
      }
    }
    return record;
  }
}

exportPlugins([MaskField], { version: "1.0.0" });
