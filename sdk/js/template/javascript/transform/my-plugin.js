/** A transformation that writes one field in capitals. */

import { ConfigDef, NON_EMPTY, Struct, Transformation, exportPlugins } from "@caisson/sdk";

export class MyPlugin extends Transformation {
  static className = "com.example.MyPlugin";
  static documentation = "Writes one field in capitals.";
  static config = new ConfigDef({
    field: { type: "STRING", documentation: "The field to write in capitals.", validators: [NON_EMPTY] },
  });

  configure(config) {
    this.field = config.get("field");
  }

  apply(record) {
    // A value is decoded when it is first looked at; a record that is not touched passes as the bytes it came as.
    const value = record.value;
    if (value instanceof Map || value instanceof Struct) {
      const text = value.get(this.field);
      if (typeof text === "string") {
        value.set(this.field, text.toUpperCase());
      }
    }
    return record;
  }
}

exportPlugins([MyPlugin], { version: "0.1.0" });
