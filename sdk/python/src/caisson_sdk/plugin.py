"""The kinds of plugins: what an author derives from.

Every plugin names itself by class attributes, which make its entry in the manifest:

- `class_name`: the full name that configurations ask for, such as `com.example.UpperCase`; without one module and class name.
- `aliases`: other names that mean the same plugin.
- `version`: that of the component unless given.
- `config`: its ConfigDef. The documentation is the first paragraph of the class's docstring.
- `capabilities`: what it wants beyond its keys: `clocks`, `random`, `network`, `files`; `commit-records` for a source task.
"""

from __future__ import annotations

import inspect
from typing import Any, Iterable, Mapping, Sequence

from . import host
from .batch import OffsetMap
from .config_def import Config, ConfigDef
from .context import SinkContext, SourceContext, TopicPartition, TopicPartitionOffset
from .errors import ConfigError
from .record import Header, Record
from .schema import Schema


class Plugin:
    """What all kinds have."""

    kind = ""
    class_name: str | None = None
    aliases: Sequence[str] = ()
    version: str | None = None
    config: ConfigDef = ConfigDef()
    capabilities: Sequence[str] = ()

    @classmethod
    def full_name(cls) -> str:
        """The name in the manifest."""
        return cls.class_name or f"{cls.__module__}.{cls.__qualname__}"

    @classmethod
    def documentation(cls) -> str:
        """The first paragraph of the docstring."""
        return " ".join((inspect.getdoc(cls) or "").split("\n\n")[0].split())

    @classmethod
    def validate(cls, originals: Mapping[str, str]) -> dict[str, str]:
        """Checks that keys by themselves cannot make: what is wrong, by key. Give the capability `validate` with it."""
        return {}

    @classmethod
    def is_named(cls, name: str) -> bool:
        """Whether a configuration may mean it by that name."""
        return name == cls.full_name() or name in cls.aliases


class Transformation(Plugin):
    """Changes records on their way."""

    kind = "transformation"

    def configure(self, config: Config) -> None:
        """Called once before any record. ConfigError for a bad configuration."""

    def apply(self, record: Record) -> Record | None:
        """The record, changed or as it is, another in its place, or None to drop it. DataError: this record is bad."""
        raise NotImplementedError(f"{type(self).__name__} has no method apply")


class Predicate(Plugin):
    """Says which records a transformation is for."""

    kind = "predicate"

    def configure(self, config: Config) -> None:
        """Called once before any record."""

    def test(self, record: Record) -> bool:
        """Whether the record is meant. The record must not be changed."""
        raise NotImplementedError(f"{type(self).__name__} has no method test")


class Converter(Plugin):
    """Keys and values to bytes and back."""

    kind = "converter"

    def configure(self, config: Config, is_key: bool) -> None:
        """Called once, for keys or for values."""

    def from_connect(self, topic: str, schema: Schema | None, value: Any) -> bytes | None:
        """The bytes of a value; None for a null. DataError when it has no such form."""
        raise NotImplementedError(f"{type(self).__name__} has no method from_connect")

    def to_connect(self, topic: str, data: bytes | None) -> tuple[Schema | None, Any]:
        """Schema and value that the bytes stand for; None: the record has no bytes there."""
        raise NotImplementedError(f"{type(self).__name__} has no method to_connect")


class HeaderConverter(Plugin):
    """Header values to bytes and back."""

    kind = "header_converter"

    def configure(self, config: Config) -> None:
        """Called once."""

    def from_connect_header(self, topic: str, header: Header) -> bytes | None:
        """The bytes of a header's value."""
        raise NotImplementedError(f"{type(self).__name__} has no method from_connect_header")

    def to_connect_header(self, topic: str, name: str, data: bytes | None) -> tuple[Schema | None, Any]:
        """Schema and value that the bytes stand for."""
        raise NotImplementedError(f"{type(self).__name__} has no method to_connect_header")


class SourceRecord(Record):
    """A record that a source brings in, with where it came from: `partition_key` names what is read, such as
    `{"file": "a.txt"}`, and `offset` how far, such as `{"line": 7}`. Both come back after a restart. See Record for the rest.
    """

    __slots__ = ("source_partition", "source_offset")

    def __init__(
        self,
        source_partition: OffsetMap | None,
        source_offset: OffsetMap | None,
        topic: str,
        value: Any = None,
        **members: Any,
    ) -> None:
        super().__init__(topic, value, **members)
        self.source_partition = source_partition
        self.source_offset = source_offset


class Settled:
    """A record that is settled: acknowledged by the broker, or dropped on its way; then `topic` and the others are None."""

    __slots__ = ("poll", "id", "topic", "partition", "offset", "timestamp")

    def __init__(
        self,
        poll: int,
        id: int,
        topic: str | None = None,
        partition: int | None = None,
        offset: int | None = None,
        timestamp: int | None = None,
    ) -> None:
        self.poll = poll
        self.id = id
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self.timestamp = timestamp


class SourceTask:
    """Brings records in. Polled by one caller at a time."""

    context: SourceContext

    def start(self, config: Config) -> None:
        """Called once before the first poll, with `self.context` set."""

    def poll(self) -> Iterable[SourceRecord]:
        """The records that are there now, without waiting for more. With none: see `wait_ms`."""
        raise NotImplementedError(f"{type(self).__name__} has no method poll")

    def wait_ms(self) -> int:
        """After a poll without records: how long the worker waits before it polls again. Stop and pause end the wait."""
        return 500

    def commit_records(self, settled: list[Settled]) -> None:
        """These records are settled; only with the capability `commit-records`."""

    def commit(self) -> None:
        """The offsets up to here have been stored."""

    def stop(self) -> None:
        """The task ends."""


class _Connector(Plugin):
    def start(self, config: Config) -> None:
        """Called once before all else. ConfigError for a bad configuration."""
        self.settings = config

    def task_configs(self, max_tasks: int) -> list[dict[str, str]]:
        """At most `max_tasks` configurations, one a task; by default one, the connector's own."""
        return [dict(self.settings.originals)]

    def stop(self) -> None:
        """The connector ends."""

    @classmethod
    def alter_offsets(
        cls, originals: Mapping[str, str], changes: list[tuple[OffsetMap | None, OffsetMap | None]]
    ) -> bool:
        """Checks offsets that a user wants to set; an offset of None forgets it. False: the connector does not say."""
        return False

    def request_task_reconfiguration(self) -> None:
        """Asks the worker for new task configurations: something they depend on has changed."""
        host.imports().request_task_reconfiguration()

    def raise_error(self, message: str) -> None:
        """The connector cannot go on, though no call is under way."""
        host.imports().raise_error(message)


class SourceConnector(_Connector):
    """Divides a source's work; `task` is the class of its tasks."""

    kind = "source"
    task: type[SourceTask]

    @classmethod
    def exactly_once_support(cls, originals: Mapping[str, str]) -> bool | None:
        """Whether it can deliver exactly once (KIP-618); None: it does not say."""
        return None

    @classmethod
    def can_define_transaction_boundaries(cls, originals: Mapping[str, str]) -> bool:
        """Whether its tasks can define transactions."""
        return False


class SinkTask:
    """Takes records out. The order of calls is start, open, put …, pre_commit, close, stop."""

    context: SinkContext

    def start(self, config: Config) -> None:
        """Called once, with `self.context` set."""

    def open(self, partitions: list[TopicPartition]) -> None:
        """These partitions are now this task's, beside those it has."""

    def put(self, records: list[Record]) -> None:
        """Takes records, sometimes none. After a RetriableError the same records come again."""
        raise NotImplementedError(f"{type(self).__name__} has no method put")

    def flush(self, offsets: list[TopicPartitionOffset]) -> None:
        """Everything taken has to be in its place when this returns."""

    def pre_commit(self, offsets: list[TopicPartitionOffset]) -> list[TopicPartitionOffset]:
        """Of the offsets taken so far, those safe to commit; by default all, after a flush."""
        self.flush(offsets)
        return offsets

    def close(self, partitions: list[TopicPartition]) -> None:
        """These partitions are no longer this task's."""

    def stop(self) -> None:
        """The task ends."""


class SinkConnector(_Connector):
    """Divides a sink's work; `task` is the class of its tasks."""

    kind = "sink"
    task: type[SinkTask]


KINDS = (SourceConnector, SinkConnector, Transformation, Predicate, Converter, HeaderConverter)

_exported: list[type[Plugin]] = []
_version = "0.0.0"


def export(*plugins: type[Plugin], version: str = "0.0.0") -> None:
    """Names the plugins of this component, and its version. Called once, by the module that `caisson.json` names."""
    global _version
    for plugin in plugins:
        if not isinstance(plugin, type) or not issubclass(plugin, KINDS):
            raise TypeError(f"{plugin!r} is no plugin: derive it from Transformation, SourceConnector or another kind")
        if not plugin.documentation() or plugin.__doc__ is None:
            raise TypeError(f"{plugin.__name__} has no docstring, which users read as its documentation")
    _exported[:] = plugins
    _version = version


def exported() -> tuple[list[type[Plugin]], str]:
    """The plugins of this component, and its version."""
    return _exported, _version


def find(kind: str, name: str) -> type[Any]:
    """The plugin of that kind and name. ConfigError names those that there are."""
    for plugin in _exported:
        if plugin.kind == kind and plugin.is_named(name):
            return plugin
    known = ", ".join(f"{plugin.full_name()} ({plugin.kind})" for plugin in _exported) or "none"
    raise ConfigError(f"this component has no {kind} {name}; it has {known}")
