"""Unit tests of plugins, without WebAssembly and without a worker.

    transformation = testing.configured(UpperCase, field="name")
    record = transformation.apply(Record("topic", {"name": "ada"}))

`Host` is what plugins see in place of a worker; `caisson test` runs the built component through the contract suite.
"""

from __future__ import annotations

from http import client
from typing import Any, Mapping

from . import host
from .batch import read_offset_maps, write_offset_map, write_offset_maps
from .errors import ConnectError, RetriableError
from .context import SinkContext, SourceContext, TopicPartition, TopicPartitionOffset
from .http import Request, Response, too_long


class Host:
    """A host that keeps what plugins ask of it."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, str]] = []
        self.stored: dict[bytes, Any] = {}
        self.reconfigurations = 0
        self.raised: list[str] = []
        self.rewinds: list[TopicPartitionOffset] = []
        self.retry_after: int | None = None
        self.partitions: list[TopicPartition] = []
        self.paused: list[TopicPartition] = []
        self.commit_requests = 0
        self.reporter = False
        self.reported: list[tuple[int, str]] = []
        self.transactions = False
        self.boundaries: list[tuple[str, int | None]] = []

    def log(self, level: str, target: str, message: str) -> None:
        self.lines.append((level, target, message))

    def log_enabled(self, level: str) -> bool:
        return True

    def store_offset(self, partition: Mapping[str, Any], offset: Mapping[str, Any]) -> None:
        """As if a task had got that far."""
        self.stored[write_offset_map(partition)] = dict(offset)

    def offsets(self, data: bytes) -> bytes:
        return write_offset_maps([self.stored.get(write_offset_map(each)) for each in read_offset_maps(data)])

    def request_task_reconfiguration(self) -> None:
        self.reconfigurations += 1

    def raise_error(self, message: str) -> None:
        self.raised.append(message)

    def rewind(self, offsets: list[TopicPartitionOffset]) -> None:
        self.rewinds = offsets

    def timeout(self, ms: int) -> None:
        self.retry_after = ms

    def assignment(self) -> list[TopicPartition]:
        return list(self.partitions)

    def pause(self, partitions: list[TopicPartition]) -> None:
        self._assigned(partitions)
        self.paused += [each for each in partitions if each not in self.paused]

    def resume(self, partitions: list[TopicPartition]) -> None:
        self._assigned(partitions)
        self.paused = [each for each in self.paused if each not in partitions]

    def _assigned(self, partitions: list[TopicPartition]) -> None:
        for partition in partitions:
            if partition not in self.partitions:
                raise ConnectError(f"{partition.topic}-{partition.partition} is not assigned")

    def request_commit(self) -> None:
        self.commit_requests += 1

    def can_report(self) -> bool:
        return self.reporter

    def report(self, id: int, error: ConnectError) -> None:
        self.reported.append((id, error.message))

    def exchange(self, request: Request) -> Response:
        connect = client.HTTPSConnection if request.scheme == "https" else client.HTTPConnection
        connection = connect(request.authority, timeout=request.timeout)
        try:
            connection.request(request.method, request.path, request.body, dict(request.headers))
            answer = connection.getresponse()
            body = answer.read(request.most + 1)
            if len(body) > request.most:
                raise too_long(request.most)
            return Response(answer.status, answer.getheaders(), body)
        except (OSError, client.HTTPException) as error:
            raise RetriableError(f"{request.method} {request.scheme}://{request.authority}{request.path}: {error!r}") from error
        finally:
            connection.close()

    def transactions_available(self) -> bool:
        return self.transactions

    def end_transaction(self, how: str, after: int | None) -> None:
        self.boundaries.append((how, after))


def new_host() -> Host:
    """A new host for the plugins of this process; the old one is forgotten."""
    made = Host()
    host.install(made)
    return made


def configured(plugin: type[Any], /, **settings: str) -> Any:
    """A transformation or predicate, configured; `__` in a name is a dot. ConfigError as a worker gives it."""
    made = plugin()
    made.configure(plugin.config.parse(_named(settings)))
    return made


def started(connector: type[Any], /, **settings: str) -> Any:
    """A task of that connector, started with its first task configuration."""
    made = connector()
    made.start(connector.config.parse(_named(settings)))
    configs = made.task_configs(1)
    task = connector.task()
    task.context = SourceContext() if connector.kind == "source" else SinkContext()
    task.start(connector.config.parse(configs[0]))
    return task


def _named(settings: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("__", "."): value for name, value in settings.items()}
