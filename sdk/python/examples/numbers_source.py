"""A source: counts, by several tasks, and goes on where it was after a restart."""

from caisson_sdk import ConfigDef, ConfigKey, SourceConnector, SourceRecord, SourceTask, Type, at_least, export, schema

NUMBER = schema.struct("com.example.Number", {"task": schema.INT32, "number": schema.INT64})


class NumbersTask(SourceTask):
    def start(self, config):
        self.task, self.topic = config["task"], config["topic"]
        self.most, self.batch = config["most"], config["batch.size"]
        stored = self.context.offset({"task": self.task})
        self.next = 0 if stored is None else stored["number"] + 1

    def poll(self):
        end = min(self.next + self.batch, self.most)
        for number in range(self.next, end):
            value = NUMBER.new(task=self.task, number=number)
            yield SourceRecord({"task": self.task}, {"number": number}, self.topic, value)
        self.next = end


class Numbers(SourceConnector):
    """Counts up to a number, in each of its tasks."""

    class_name = "com.example.Numbers"
    task = NumbersTask
    config = ConfigDef(
        ConfigKey("topic", Type.STRING, "The topic that numbers go to."),
        ConfigKey("most", Type.LONG, "How far to count.", default=10, validators=(at_least(0),)),
        ConfigKey("batch.size", Type.INT, "The most numbers of one poll.", default=100, validators=(at_least(1),)),
        ConfigKey("task", Type.INT, "Which task this is; set by the connector.", default=0),
    )

    def task_configs(self, max_tasks):
        return [{**self.settings.originals, "task": str(number)} for number in range(max_tasks)]


export(Numbers, version="1.0.0")
