/** A sink that appends a line of JSON for each record to a file. */

import { Access, ConfigDef, NON_EMPTY, SinkConnector, SinkTask, exportPlugins, files, toPlain } from "@caisson/sdk";

/** Collects lines, and writes them when the worker wants to commit. */
class LineTask extends SinkTask {
  start(config) {
    this.path = config.get("file");
    this.lines = [];
  }

  put(records) {
    for (const record of records) {
      this.lines.push(`${JSON.stringify(toPlain(record.value))}\n`);
    }
  }

  flush() {
    // Offsets are committed when this returns: until then nothing may be lost.
    if (this.lines.length > 0) {
      files.append(this.path, this.lines.join(""));
      this.lines = [];
    }
  }

  stop() {
    // What was not committed comes again after a restart.
    this.lines = [];
  }
}

export class MyPlugin extends SinkConnector {
  static className = "com.example.MyPlugin";
  static documentation = "Appends a line of JSON for each record to a file.";
  static task = LineTask;
  static config = new ConfigDef({
    file: { type: "STRING", documentation: "The file to append to.", validators: [NON_EMPTY], access: Access.FILE_WRITE },
  });
}

exportPlugins([MyPlugin], { version: "0.1.0" });
