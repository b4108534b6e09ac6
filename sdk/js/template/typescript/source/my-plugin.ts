/** A source that reads the lines of a file, and goes on where it was after a restart. */

import {
  Access,
  type Config,
  ConfigDef,
  NON_EMPTY,
  SourceConnector,
  SourceRecord,
  SourceTask,
  atLeast,
  exportPlugins,
  files,
  schema,
} from "@caisson/sdk";

const LINE_FEED = 10;
// How much of the file is read at a time; a longer line is read whole.
const CHUNK = 64 * 1024;

/** Gives the lines that end in a line feed, with the byte behind each as its offset. */
class LineTask extends SourceTask {
  private path = "";
  private topic = "";
  private most = 0;
  private position = 0;
  private decoder = new TextDecoder();

  override start(config: Config): void {
    this.path = config.get("file") as string;
    this.topic = config.get("topic") as string;
    this.most = config.get("batch.size") as number;
    this.position = (this.context.offset({ file: this.path })?.position as number | undefined) ?? 0;
  }

  override poll(): SourceRecord[] {
    const bytes = this.chunk();
    const records: SourceRecord[] = [];
    let start = 0;
    for (let end = bytes.indexOf(LINE_FEED); end >= 0 && records.length < this.most; end = bytes.indexOf(LINE_FEED, start)) {
      const line = this.decoder.decode(bytes.subarray(start, end));
      this.position += end + 1 - start;
      start = end + 1;
      records.push(
        new SourceRecord({ file: this.path }, { position: this.position }, this.topic, line, { valueSchema: schema.STRING }),
      );
    }
    return records;
  }

  /** What there is behind the position: at least a line, if there is a whole one. */
  private chunk(): Uint8Array {
    for (let size = CHUNK; ; size *= 2) {
      const bytes = files.readBytes(this.path, this.position, size);
      if (bytes.length < size || bytes.includes(LINE_FEED)) {
        return bytes;
      }
    }
  }
}

export class MyPlugin extends SourceConnector {
  static override className = "com.example.MyPlugin";
  static override documentation = "Reads the lines of a file.";
  static override task = LineTask;
  static override config = new ConfigDef({
    file: { type: "STRING", documentation: "The file to read.", validators: [NON_EMPTY], access: Access.FILE_READ },
    topic: { type: "STRING", documentation: "The topic that lines go to.", validators: [NON_EMPTY] },
    "batch.size": {
      type: "INT",
      documentation: "The most lines of one poll.",
      default: 1000,
      importance: "LOW",
      validators: [atLeast(1)],
    },
  });
}

exportPlugins([MyPlugin], { version: "0.1.0" });
