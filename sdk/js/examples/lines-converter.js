/** A converter for values, and one for headers: `name=value` lines of text, one an entry. */

import { ConfigDef, Converter, DataError, HeaderConverter, Struct, exportPlugins } from "@caisson/sdk";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class LinesConverter extends Converter {
  static className = "com.example.LinesConverter";
  static documentation = "Values as lines of text, each a name, a separator and a value.";
  static config = new ConfigDef({
    separator: { type: "STRING", documentation: "What stands between name and value.", default: "=" },
  });

  configure(config) {
    this.separator = config.get("separator");
  }

  fromConnect(topic, schema, value) {
    if (value === null) {
      return null;
    }
    if (!(value instanceof Map || value instanceof Struct)) {
      throw new DataError(`lines have names, and a value of type ${typeof value} has none`);
    }
    const lines = Array.from(value.entries(), ([name, each]) => `${name}${this.separator}${each}`);
    return encoder.encode(lines.join("\n"));
  }

  toConnect(topic, data) {
    if (data === null) {
      return { value: null };
    }
    const entries = new Map();
    for (const line of decoder.decode(data).split("\n")) {
      const at = line.indexOf(this.separator);
      if (at < 0) {
        throw new DataError(`a line without ${this.separator}: ${line}`);
      }
      entries.set(line.slice(0, at), line.slice(at + this.separator.length));
    }
    return { value: entries };
  }
}

export class TextHeaders extends HeaderConverter {
  static className = "com.example.TextHeaders";
  static documentation = "Header values as text.";

  fromConnectHeader(topic, header) {
    return header.value === null ? null : encoder.encode(String(header.value));
  }

  toConnectHeader(topic, name, data) {
    return { value: data === null ? null : decoder.decode(data) };
  }
}

exportPlugins([LinesConverter, TextHeaders], { version: "1.0.0" });
