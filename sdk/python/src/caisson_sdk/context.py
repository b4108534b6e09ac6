"""What a task may ask of the worker."""

from __future__ import annotations

from typing import Any, Mapping, NamedTuple, Sequence

from . import host
from .batch import OffsetMap, read_offset_maps, write_offset_maps
from .errors import ConnectError, as_connect_error
from .record import Record


class TopicPartition(NamedTuple):
    """A partition of a topic."""

    topic: str
    partition: int


class TopicPartitionOffset(NamedTuple):
    """An offset in a partition."""

    topic: str
    partition: int
    offset: int


class SourceContext:
    """What a source task may ask of the worker."""

    def offset(self, partition: Mapping[str, Any]) -> OffsetMap | None:
        """The stored offset of a source partition; None when nothing is stored."""
        return self.offsets([partition])[0]

    def offsets(self, partitions: Sequence[Mapping[str, Any]]) -> list[OffsetMap | None]:
        """The stored offsets of source partitions, in their order."""
        stored = read_offset_maps(host.imports().offsets(write_offset_maps(list(partitions))))
        if len(stored) != len(partitions):
            raise ConnectError(f"{len(stored)} offsets were given for {len(partitions)} source partitions")
        return stored

    @property
    def can_define_transactions(self) -> bool:
        """Whether the worker lets the task define transactions (KIP-618)."""
        return host.imports().transactions_available()

    def commit_transaction(self, after: int | None = None) -> None:
        """Commits after the batch that poll is about to return, or after that record of it, counted from 0."""
        host.imports().end_transaction("commit", after)

    def abort_transaction(self, after: int | None = None) -> None:
        """Aborts after the batch that poll is about to return, or after that record of it, counted from 0."""
        host.imports().end_transaction("abort", after)


class SinkContext:
    """What a sink task may ask of the worker."""

    def rewind(self, offsets: Sequence[TopicPartitionOffset]) -> None:
        """Consumes from these offsets on before the next put (Kafka: `offset`)."""
        host.imports().rewind(list(offsets))

    def timeout(self, ms: int) -> None:
        """How long the worker waits before it puts a batch again after a RetriableError."""
        host.imports().timeout(ms)

    @property
    def assignment(self) -> list[TopicPartition]:
        """The partitions that are this task's."""
        return host.imports().assignment()

    def pause(self, partitions: Sequence[TopicPartition]) -> None:
        """No records of these partitions until they are resumed. ConnectError for one that is not this task's."""
        host.imports().pause(list(partitions))

    def resume(self, partitions: Sequence[TopicPartition]) -> None:
        """Records of these partitions again."""
        host.imports().resume(list(partitions))

    def request_commit(self) -> None:
        """Asks for a commit soon."""
        host.imports().request_commit()

    @property
    def can_report(self) -> bool:
        """Whether single bad records can be reported (KIP-610). If not, the task fails or skips them itself."""
        return host.imports().can_report()

    def report(self, record: Record, error: BaseException) -> None:
        """Reports a record of the batch last put. ConnectError under `errors.tolerance=none`: the task has to fail with it."""
        host.imports().report(record.id, as_connect_error(error))
