/** A transformation that writes one field in capitals. */

import { type Config, ConfigDef, NON_EMPTY, type Record, Struct, Transformation, exportPlugins } from "@caisson/sdk";

export class MyPlugin extends Transformation {
  static override className = "com.example.MyPlugin";
  static override documentation = "Writes one field in capitals.";
  static override config = new ConfigDef({
    field: { type: "STRING", documentation: "The field to write in capitals.", validators: [NON_EMPTY] },
  });

  private field = "";

  override configure(config: Config): void {
    this.field = config.get("field") as string;
  }

  override apply(record: Record): Record {
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
