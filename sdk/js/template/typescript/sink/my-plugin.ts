/** A sink that appends a line of JSON for each record to a file. */

import {
  Access,
  type Config,
  ConfigDef,
  NON_EMPTY,
  type Record,
  SinkConnector,
  SinkTask,
  exportPlugins,
  files,
  toPlain,
} from "@caisson/sdk";

/** Collects lines, and writes them when the worker wants to commit. */
class LineTask extends SinkTask {
  private path = "";
  private lines: string[] = [];

  override start(config: Config): void {
    this.path = config.get("file") as string;
    this.lines = [];
  }

  override put(records: Record[]): void {
    for (const record of records) {
      this.lines.push(`${JSON.stringify(toPlain(record.value))}\n`);
    }
  }

  override flush(): void {
    // Offsets are committed when this returns: until then nothing may be lost.
    if (this.lines.length > 0) {
      files.append(this.path, this.lines.join(""));
      this.lines = [];
    }
  }

  override stop(): void {
    // What was not committed comes again after a restart.
    this.lines = [];
  }
}

export class MyPlugin extends SinkConnector {
  static override className = "com.example.MyPlugin";
  static override documentation = "Appends a line of JSON for each record to a file.";
  static override task = LineTask;
  static override config = new ConfigDef({
    file: { type: "STRING", documentation: "The file to append to.", validators: [NON_EMPTY], access: Access.FILE_WRITE },
  });
}

exportPlugins([MyPlugin], { version: "0.1.0" });
