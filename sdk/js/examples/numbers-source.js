/** A source: counts, by several tasks, and goes on where it was after a restart. */

import { ConfigDef, SourceConnector, SourceRecord, SourceTask, atLeast, exportPlugins, schema } from "@caisson/sdk";

const NUMBER = schema.struct("com.example.Number", { task: schema.INT32, number: schema.INT64 });

class NumbersTask extends SourceTask {
  start(config) {
    this.task = config.get("task");
    this.topic = config.get("topic");
    this.most = Number(config.get("most"));
    this.batch = config.get("batch.size");
    this.next = (this.context.offset({ task: this.task })?.number ?? -1) + 1;
  }

  *poll() {
    const end = Math.min(this.next + this.batch, this.most);
    for (let number = this.next; number < end; number++) {
      yield new SourceRecord({ task: this.task }, { number }, this.topic, NUMBER.new({ task: this.task, number }));
    }
    this.next = end;
  }
}

export class Numbers extends SourceConnector {
  static className = "com.example.Numbers";
  static documentation = "Counts up to a number, in each of its tasks.";
  static task = NumbersTask;
  static config = new ConfigDef({
    topic: { type: "STRING", documentation: "The topic that numbers go to." },
    most: { type: "LONG", documentation: "How far to count.", default: 10, validators: [atLeast(0)] },
    "batch.size": { type: "INT", documentation: "The most numbers of one poll.", default: 100, validators: [atLeast(1)] },
    task: { type: "INT", documentation: "Which task this is; set by the connector.", default: 0 },
  });

  taskConfigs(maxTasks) {
    return Array.from({ length: maxTasks }, (_, task) => ({ ...this.settings.originals, task: String(task) }));
  }
}

exportPlugins([Numbers], { version: "1.0.0" });
