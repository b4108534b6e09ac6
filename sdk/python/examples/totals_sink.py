"""A sink: keeps a total of each partition, and writes them to a file before offsets are committed."""

import json

from caisson_sdk import Access, ConfigDef, ConfigKey, SinkConnector, SinkTask, Type, export


class TotalsTask(SinkTask):
    def start(self, config):
        self.path = config["file"]
        self.totals = {}

    def open(self, partitions):
        for partition in partitions:
            self.totals[partition] = 0

    def put(self, records):
        for record in records:
            self.totals[record.source] = self.totals.get(record.source, 0) + 1

    def flush(self, offsets):
        with open(self.path, "w", encoding="utf-8") as file:
            json.dump({f"{topic}-{partition}": total for (topic, partition), total in self.totals.items()}, file)

    def close(self, partitions):
        for partition in partitions:
            self.totals.pop(partition, None)


class Totals(SinkConnector):
    """Counts the records of each partition."""

    class_name = "com.example.Totals"
    task = TotalsTask
    config = ConfigDef(ConfigKey("file", Type.STRING, "The file of the totals.", access=Access.FILE_WRITE))


export(Totals, version="1.0.0")
