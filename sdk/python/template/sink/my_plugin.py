"""A sink that appends a line of JSON for each record to a file."""

import json

from caisson_sdk import (
    NON_EMPTY,
    Access,
    ConfigDef,
    ConfigKey,
    DataError,
    SinkConnector,
    SinkTask,
    Struct,
    Type,
    export,
)


class LineTask(SinkTask):
    """Collects lines, and writes them when the worker wants to commit."""

    def start(self, config):
        self.path = config["file"]
        self.lines = []

    def put(self, records):
        for record in records:
            self.lines.append(line(record))

    def flush(self, offsets):
        # Offsets are committed when this returns: until then nothing may be lost.
        if self.lines:
            with open(self.path, "a", encoding="utf-8") as file:
                file.write("".join(self.lines))
            self.lines.clear()

    def stop(self):
        # What was not committed comes again after a restart.
        self.lines.clear()


def line(record):
    """The record's value as a line of JSON."""
    try:
        return json.dumps(record.value, default=_plain, ensure_ascii=False) + "\n"
    except (TypeError, ValueError) as error:
        raise DataError(f"the value of offset {record.offset} is no JSON: {error}") from error


def _plain(value):
    if isinstance(value, Struct):
        return dict(value.items())
    if isinstance(value, bytes):
        return value.hex()
    return str(value)


class MyPlugin(SinkConnector):
    """Appends a line of JSON for each record to a file."""

    class_name = "com.example.MyPlugin"
    task = LineTask
    config = ConfigDef(
        ConfigKey("file", Type.STRING, "The file to append to.", validators=(NON_EMPTY,), access=Access.FILE_WRITE),
    )


export(MyPlugin, version="0.1.0")
