"""A source that reads the lines of a file, and goes on where it was after a restart."""

from caisson_sdk import (
    NON_EMPTY,
    Access,
    ConfigDef,
    ConfigKey,
    Importance,
    SourceConnector,
    SourceRecord,
    SourceTask,
    Type,
    at_least,
    export,
    schema,
)


class LineTask(SourceTask):
    """Gives the lines that end in a line feed, with the byte behind each as its offset."""

    def start(self, config):
        self.path = config["file"]
        self.topic = config["topic"]
        self.batch = config["batch.size"]
        stored = self.context.offset({"file": self.path})
        self.position = 0 if stored is None else stored["position"]

    def poll(self):
        records = []
        with open(self.path, "rb") as file:
            file.seek(self.position)
            while len(records) < self.batch:
                line = file.readline()
                if not line.endswith(b"\n"):
                    break
                self.position += len(line)
                records.append(
                    SourceRecord(
                        {"file": self.path},
                        {"position": self.position},
                        self.topic,
                        line[:-1].decode(errors="replace"),
                        value_schema=schema.STRING,
                    )
                )
        return records


class MyPlugin(SourceConnector):
    """Reads the lines of a file."""

    class_name = "com.example.MyPlugin"
    task = LineTask
    config = ConfigDef(
        ConfigKey("file", Type.STRING, "The file to read.", validators=(NON_EMPTY,), access=Access.FILE_READ),
        ConfigKey("topic", Type.STRING, "The topic that lines go to.", validators=(NON_EMPTY,)),
        ConfigKey(
            "batch.size", Type.INT, "The most lines of one poll.", default=1000, importance=Importance.LOW,
            validators=(at_least(1),),
        ),
    )  # fmt: skip


export(MyPlugin, version="0.1.0")
