"""Batches and source positions of `wit/record.cddl`."""

from __future__ import annotations

from typing import Any, Mapping

from . import cbor_read, cbor_write
from .cbor_read import SIZES, malformed, skip
from .errors import DataError
from .record import Record
from .schema import Schema, read_schema

OffsetMap = dict[str, Any]
_KNOWN_SCHEMAS = 1024

_NOTHING = b"\x82\xf6\xf6"
# Without a schema, and less than 256 bytes.
_SHORT_EMBEDDED = b"\x82\xf6\xd8\x18\x58"
_new = Record.__new__

# The same schemas come with every batch, and are then the same objects.
_schemas: dict[bytes, Schema] = {}


class Batch:
    """A batch that came from the worker. DataError for one that breaks the grammar."""

    def __init__(self, data: bytes) -> None:
        try:
            self._parse(data)
        except (IndexError, UnicodeDecodeError, RecursionError) as error:
            raise malformed(f"it is cut off or broken ({error})") from error

    def _parse(self, data: bytes) -> None:
        members, pos = cbor_read.count(data, 0, 4, "a batch")
        if members not in (2, 3):
            raise malformed(f"a batch has 2 or 3 members, not {members}")
        self._schemas_at = pos
        size, pos = cbor_read.count(data, pos, 4, "schemas")
        self.schemas: list[Schema] = []
        for _ in range(size):
            end = skip(data, pos)
            self.schemas.append(_known(data[pos:end]))
            pos = end
        self._schema_bytes = data[self._schemas_at : pos]
        self.sources: list[tuple[str, int]] = []
        self.records, pos = _records(data, pos, self.schemas, self.sources)
        self._source_bytes = data[pos:] if members == 3 else b""
        if members == 3:
            size, pos = cbor_read.count(data, pos, 4, "sources")
            for _ in range(size):
                topic, pos = cbor_read.text(data, pos + 1)
                partition, pos = cbor_read.read(data, pos, [])
                self.sources.append((topic, partition))
        if pos != len(data):
            raise malformed(f"it ends at byte {pos} and has {len(data)}")

    def writer(self) -> BatchWriter:
        """Writes records of this batch: they keep their schemas' numbers."""
        return BatchWriter(self.schemas, self._schema_bytes, self._source_bytes)


def _known(raw: bytes) -> Schema:
    schema = _schemas.get(raw)
    if schema is None:
        if len(_schemas) >= _KNOWN_SCHEMAS:
            _schemas.clear()
        schema = _schemas[raw] = read_schema(raw, 0)[0]
    return schema


def _records(data: bytes, pos: int, schemas: list, sources: list) -> tuple[list[Record], int]:
    size, pos = cbor_read.count(data, pos, 4, "records")
    records = []
    sizes = SIZES
    # Topic and partition are mostly those of the record before.
    place, place_size = b"", 0
    for _ in range(size):
        start = pos
        members = data[pos]
        if members != 0x88 and members != 0x87:
            raise malformed(f"a record has 7 or 8 members, at byte {pos}")
        id = data[pos + 1]
        if id < 24:
            topic = pos + 2
        else:
            id, topic = cbor_read.length(data, pos + 1)
        if place_size and data.startswith(place, topic):
            timestamp = topic + place_size
        else:
            partition = skip(data, topic)
            timestamp = skip(data, partition)
            place, place_size = data[topic:timestamp], timestamp - topic
        key = timestamp + (sizes[data[timestamp]] or skip(data, timestamp) - timestamp)
        value = key + 3 if data.startswith(_NOTHING, key) else _end_of_datum(data, key)
        if data.startswith(_SHORT_EMBEDDED, value):
            headers = value + 6 + data[value + 5]
        else:
            headers = _end_of_datum(data, value)
        pos = coordinates = headers + 1 if data[headers] == 0x80 else skip(data, headers)
        if members == 0x88:
            if data[pos] != 0x83:
                raise malformed(f"coordinates have 3 members, at byte {pos}")
            # Three integers, whose first byte tells how long they are.
            pos += 1
            pos += sizes[data[pos]]
            pos += sizes[data[pos]]
            pos += sizes[data[pos]]
        record = _new(Record)
        record.id = id
        record._data = data
        record._at = (start, topic, timestamp, key, value, headers, coordinates, pos)
        record._schemas = schemas
        record._sources = sources
        record._read = 0
        records.append(record)
    return records, pos


def _end_of_datum(data: bytes, pos: int) -> int:
    if data[pos] != 0x82:
        raise malformed(f"a key or value has 2 members, at byte {pos}")
    pos += 1 + SIZES[data[pos + 1]]
    if data[pos] == 0xD8:
        # Embedded: mostly below 24, 256 or 65,536 bytes.
        info = data[pos + 2]
        if info == 0x58:
            return pos + 4 + data[pos + 3]
        if info == 0x59:
            return pos + 5 + (data[pos + 3] << 8 | data[pos + 4])
    return pos + (SIZES[data[pos]] or skip(data, pos) - pos)


class BatchWriter:
    """Writes a batch record by record. Schemas are numbered as they come."""

    def __init__(self, schemas: list[Schema] | None = None, schema_bytes: bytes = b"\x80", source_bytes: bytes = b"") -> None:
        self._schemas = schemas or []
        self._new: list[Schema] = []
        self._schema_bytes = schema_bytes
        self._source_bytes = source_bytes
        self._numbers: dict[int, int] = {}
        self.chunks: list[bytes] = []
        self.count = 0

    def add(self, record: Record, original: Record | None = None) -> None:
        """Adds a record, in place of the original if that is another. After an error nothing of it is left."""
        mark = len(self.chunks)
        try:
            if original is None or original is record:
                record.write(self.chunks, self)
            else:
                record.write_in_place_of(original, self.chunks, self)
        except BaseException:
            del self.chunks[mark:]
            raise
        self.count += 1

    def index(self, schema: Schema) -> int:
        """The schema's number in this batch."""
        number = self._numbers.get(id(schema))
        if number is None:
            number = self._numbers[id(schema)] = self._find(schema)
        return number

    def _find(self, schema: Schema) -> int:
        for number, known in enumerate(self._schemas):
            if known == schema:
                return number
        for number, known in enumerate(self._new):
            if known == schema:
                return len(self._schemas) + number
        self._new.append(schema)
        return len(self._schemas) + len(self._new) - 1

    def finish(self) -> bytes:
        """The bytes of the batch."""
        schemas = self._schema_bytes
        if self._new:
            _, start = cbor_read.length(schemas, 0)
            added = b"".join(schema.encoded() for schema in self._new)
            schemas = cbor_write.head(4, len(self._schemas) + len(self._new)) + schemas[start:] + added
        members = b"\x83" if self._source_bytes else b"\x82"
        return b"".join((members, schemas, cbor_write.head(4, self.count), *self.chunks, self._source_bytes))


class OriginsWriter:
    """Writes `origins`: the source partition and offset of each record."""

    def __init__(self) -> None:
        self._partitions: dict[bytes, int] = {}
        self._positions: list[bytes] = []

    def add(self, partition: Mapping[str, Any] | None, offset: Mapping[str, Any] | None) -> None:
        """The origin of the next record. DataError for a value that no offset holds."""
        raw = write_offset_map(partition)
        number = self._partitions.setdefault(raw, len(self._partitions))
        self._positions.append(b"\x82" + cbor_write.head(0, number) + write_offset_map(offset))

    def finish(self) -> bytes:
        """The bytes of `origins`."""
        partitions = cbor_write.head(4, len(self._partitions)) + b"".join(self._partitions)
        return b"\x82" + partitions + cbor_write.head(4, len(self._positions)) + b"".join(self._positions)


def write_offset_map(offsets: Mapping[str, Any] | None) -> bytes:
    """`offset-map`. DataError for a name that is no str, or a value that is a container."""
    if offsets is None:
        return b"\xf6"
    for name, value in offsets.items():
        if not isinstance(name, str) or isinstance(value, (dict, list, tuple)):
            raise DataError(f"source partitions and offsets are names with plain values, not {name!r}: {value!r}")
    out: list[bytes] = []
    cbor_write.write(out, dict(offsets), None)
    return b"".join(out)


def write_offset_maps(maps: list) -> bytes:
    """`offset-maps`."""
    return cbor_write.head(4, len(maps)) + b"".join(write_offset_map(each) for each in maps)


def read_offset_maps(data: bytes) -> list[OffsetMap | None]:
    """`offset-maps`."""
    maps, _ = cbor_read.read(data, 0, [])
    return maps


def read_offset_changes(data: bytes) -> list[tuple[OffsetMap | None, OffsetMap | None]]:
    """`offset-changes`: the partition, and its new offset; None to forget it."""
    changes, _ = cbor_read.read(data, 0, [])
    return [(partition, offset) for partition, offset in changes]
