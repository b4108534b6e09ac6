"""Chains of stages: each record runs through all of them, and a batch is decoded and encoded once."""

from __future__ import annotations

from typing import Any, Callable, NamedTuple

from .batch import Batch
from .errors import ConfigError, ConnectError, DataError, as_connect_error
from .plugin import find
from .record import Record, looked_into, reset

Apply = Callable[[Record], "Record | None"]


class Failure(NamedTuple):
    """A record that failed, and the index of its stage."""

    id: int
    stage: int
    error: ConnectError


class Outcome(NamedTuple):
    """What became of a batch: the batch that passed, the ids dropped, the records that failed."""

    batch: bytes
    dropped: list[int]
    failed: list[Failure]


class PredicateSpec(NamedTuple):
    """A predicate as the worker asks for it."""

    class_name: str
    config: dict[str, str]
    negate: bool = False


class StageSpec(NamedTuple):
    """A stage as the worker asks for it: see `stages.wit`."""

    kind: str
    class_name: str
    role: str
    config: dict[str, str]
    predicate: PredicateSpec | None = None


class Gate:
    """A predicate in use."""

    def __init__(self, spec: PredicateSpec) -> None:
        self._predicate = find("predicate", spec.class_name)()
        self._predicate.configure(self._predicate.config.parse(spec.config))
        self._negate = spec.negate

    def admits(self, record: Record) -> bool:
        """Whether the record is admitted. Looking at it does not have it written anew."""
        before = looked_into(record)
        admitted = bool(self._predicate.test(record)) != self._negate
        reset(record, before)
        return admitted

    def apply(self, data: bytes) -> list[bool]:
        """Whether each record of a batch is admitted."""
        return [self.admits(record) for record in Batch(data).records]


class Chain:
    """Stages in use. An error in a stage's configuration has its index in option `stage`."""

    def __init__(self, specs: list[StageSpec]) -> None:
        self._stages: list[Apply] = []
        for index, spec in enumerate(specs):
            try:
                self._stages.append(_stage(spec))
            except Exception as error:
                failed = as_connect_error(error)
                failed.options.append(("stage", str(index)))
                raise failed from error

    def apply(self, data: bytes) -> Outcome:
        """Runs a batch through. DataError for a malformed batch; a record's own failure is in the outcome."""
        batch = Batch(data)
        writer = batch.writer()
        dropped: list[int] = []
        failed: list[Failure] = []
        stages, chunks, passed = self._stages, writer.chunks, 0
        for record in batch.records:
            index, now, mark = 0, record, len(chunks)
            try:
                for index, stage in enumerate(stages):
                    now = stage(now)
                    if now is not record:
                        if now is None:
                            dropped.append(record.id)
                            break
                        if not isinstance(now, Record):
                            raise ConnectError(f"{_name(stage)} returned {type(now).__name__}: {_RETURNS}")
                else:
                    if now is record:
                        record.write(chunks, writer)
                    else:
                        now.write_in_place_of(record, chunks, writer)
                    passed += 1
            except Exception as error:
                del chunks[mark:]
                failed.append(Failure(record.id, index, as_connect_error(error)))
        writer.count = passed
        return Outcome(writer.finish(), dropped, failed)


def _stage(spec: StageSpec) -> Apply:
    apply = _action(spec)
    if spec.predicate is None:
        return apply
    gate = Gate(spec.predicate)

    def guarded(record: Record) -> Record | None:
        return apply(record) if gate.admits(record) else record

    guarded.__qualname__ = _name(apply)
    return guarded


def _action(spec: StageSpec) -> Apply:
    inward = spec.kind == "to-connect"
    if spec.kind == "transform":
        transformation = find("transformation", spec.class_name)()
        transformation.configure(transformation.config.parse(spec.config))
        return transformation.apply
    if spec.kind not in ("to-connect", "from-connect") or spec.role not in ("key", "value", "header"):
        raise ConfigError(f"no stage is of kind {spec.kind!r} and role {spec.role!r}")
    if spec.role == "header":
        converter = find("header_converter", spec.class_name)()
        converter.configure(converter.config.parse(spec.config))
        return _headers_in(converter) if inward else _headers_out(converter)
    converter = find("converter", spec.class_name)()
    converter.configure(converter.config.parse(spec.config), spec.role == "key")
    return _inward(converter, spec.role) if inward else _outward(converter, spec.role)


_RETURNS = "a transformation returns a Record, or None to drop it"


def _name(stage: Apply) -> str:
    return getattr(stage, "__qualname__", "apply")


def _as_bytes(value: Any, what: str) -> bytes | None:
    if value is None or isinstance(value, bytes):
        return value
    raise DataError(f"a converter reads bytes, and {what} is {type(value).__name__}")


def _inward(converter: Any, role: str) -> Apply:
    def convert(record: Record) -> Record:
        data = _as_bytes(record.key if role == "key" else record.value, f"the {role}")
        schema, value = converter.to_connect(record.topic, data)
        (record.set_key if role == "key" else record.set_value)(value, schema)
        return record

    return convert


def _outward(converter: Any, role: str) -> Apply:
    def convert(record: Record) -> Record:
        if role == "key":
            key = record.key
            record.set_key(_made(converter, converter.from_connect(record.topic, record.key_schema, key)))
        else:
            value = record.value
            record.set_value(_made(converter, converter.from_connect(record.topic, record.value_schema, value)))
        return record

    return convert


def _made(converter: Any, data: Any) -> bytes | None:
    if data is None or isinstance(data, (bytes, bytearray)):
        return data
    raise ConnectError(f"{type(converter).__name__}.from_connect returned {type(data).__name__}: it returns bytes or None")


def _headers_in(converter: Any) -> Apply:
    def convert(record: Record) -> Record:
        for header in record.headers:
            data = _as_bytes(header.value, f"header {header.name}")
            header.schema, header.value = converter.to_connect_header(record.topic, header.name, data)
        return record

    return convert


def _headers_out(converter: Any) -> Apply:
    def convert(record: Record) -> Record:
        for header in record.headers:
            made = _made(converter, converter.from_connect_header(record.topic, header))
            header.schema, header.value = None, made
        return record

    return convert
