"""Connectors and tasks as the worker calls them: bytes in and out. What the component's glue and unit tests both run."""

from __future__ import annotations

from typing import Any

from .batch import Batch, BatchWriter, OriginsWriter
from .context import SinkContext, SourceContext, TopicPartition, TopicPartitionOffset
from .errors import ConnectError
from .plugin import Settled, SourceRecord, find

_NO_RECORDS = b"\x82\x80\x80"


def start_connector(kind: str, class_name: str, originals: dict[str, str]) -> Any:
    """A connector of that class, started."""
    connector = find(kind, class_name)()
    connector.start(connector.config.parse(originals))
    return connector


def task_configs(connector: Any, max_tasks: int) -> list[dict[str, str]]:
    """The configurations of its tasks. ConnectError for values that are no text."""
    configs = connector.task_configs(max_tasks)
    for config in configs:
        wrong = next((name for name, value in config.items() if not isinstance(value, str)), None)
        if wrong is not None:
            raise ConnectError(
                f"{type(connector).__name__}.task_configs gives {wrong} the value {config[wrong]!r}: values are str"
            )
    return configs


class RunningSource:
    """A source task, started."""

    def __init__(self, class_name: str, originals: dict[str, str]) -> None:
        connector = find("source", class_name)
        self.task = connector.task()
        self.task.context = SourceContext()
        self.task.start(connector.config.parse(originals))

    def poll(self) -> tuple[bytes, bytes, int]:
        """`batch` and `origins` of record.cddl, both empty without records, and how many milliseconds to wait."""
        writer, origins = BatchWriter(), OriginsWriter()
        for record in self.task.poll() or ():
            if not isinstance(record, SourceRecord):
                raise ConnectError(f"{type(self.task).__name__}.poll gave {type(record).__name__}: it gives SourceRecord")
            record.id = writer.count
            origins.add(record.source_partition, record.source_offset)
            writer.add(record)
        if writer.count == 0:
            return b"", b"", max(0, self.task.wait_ms())
        return writer.finish(), origins.finish(), 0

    def commit_records(self, settled: list[Settled]) -> None:
        """Tells of settled records."""
        self.task.commit_records(settled)

    def commit(self) -> None:
        """Tells that offsets are stored."""
        self.task.commit()

    def stop(self) -> None:
        """Ends it."""
        self.task.stop()


class RunningSink:
    """A sink task, started."""

    def __init__(self, class_name: str, originals: dict[str, str]) -> None:
        connector = find("sink", class_name)
        self.task = connector.task()
        self.task.context = SinkContext()
        self.task.start(connector.config.parse(originals))

    def open(self, partitions: list[TopicPartition]) -> None:
        """Gives it partitions."""
        self.task.open(partitions)

    def put(self, data: bytes) -> None:
        """Gives it `batch` of record.cddl; an empty text is a put without records."""
        self.task.put(Batch(data or _NO_RECORDS).records)

    def pre_commit(self, offsets: list[TopicPartitionOffset]) -> list[TopicPartitionOffset]:
        """Asks which offsets are safe."""
        return list(self.task.pre_commit(offsets))

    def close(self, partitions: list[TopicPartition]) -> None:
        """Takes partitions away."""
        self.task.close(partitions)

    def stop(self) -> None:
        """Ends it."""
        self.task.stop()
