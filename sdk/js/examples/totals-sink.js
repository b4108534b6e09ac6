/** A sink: keeps a total of each partition, and writes them to a file before offsets are committed. */

import { Access, ConfigDef, SinkConnector, SinkTask, exportPlugins, files } from "@caisson/sdk";

const name = ({ topic, partition }) => `${topic}-${partition}`;

class TotalsTask extends SinkTask {
  start(config) {
    this.path = config.get("file");
    this.totals = new Map();
  }

  open(partitions) {
    for (const partition of partitions) {
      this.totals.set(name(partition), 0);
    }
  }

  put(records) {
    for (const record of records) {
      const source = name(record.source);
      this.totals.set(source, (this.totals.get(source) ?? 0) + 1);
    }
  }

  flush() {
    files.write(this.path, JSON.stringify(Object.fromEntries(this.totals)));
  }

  close(partitions) {
    for (const partition of partitions) {
      this.totals.delete(name(partition));
    }
  }
}

export class Totals extends SinkConnector {
  static className = "com.example.Totals";
  static documentation = "Counts the records of each partition.";
  static task = TotalsTask;
  static config = new ConfigDef({
    file: { type: "STRING", documentation: "The file of the totals.", access: Access.FILE_WRITE },
  });
}

exportPlugins([Totals], { version: "1.0.0" });
