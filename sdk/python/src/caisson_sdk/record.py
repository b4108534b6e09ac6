"""Records.

A record of a batch is decoded as it is looked into: what a plugin does not touch crosses as the bytes it came as.
"""

from __future__ import annotations

import datetime
from typing import Any

from . import cbor_read, cbor_write, fields
from .errors import DataError
from .fields import FieldMap
from .schema import Schema, Struct

# What of a record has been read or set, and is written anew.
_TOPIC, _PARTITION, _TIMESTAMP, _KEY, _VALUE, _HEADERS = 1, 2, 4, 8, 16, 32
_ALL = 63
# The value was set, and not only read.
_SET = 64
# Where the members begin, in the positions of a record.
# The partition is behind the topic.
_AT_TOPIC, _AT_TIMESTAMP, _AT_KEY, _AT_VALUE, _AT_HEADERS, _AT_COORDINATES, _END = range(1, 8)
_TIMESTAMP_TYPES = ("NoTimestampType", "CreateTime", "LogAppendTime")
_EMPTY = b"\x82\xf6\xf6"


class Header:
    """A header: its name, value, and the value's schema if it has one."""

    __slots__ = ("name", "value", "schema")

    def __init__(self, name: str, value: Any, schema: Schema | None = None) -> None:
        self.name = name
        self.value = value
        self.schema = value.schema if schema is None and isinstance(value, Struct) else schema

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Header) and (self.name, self.value, self.schema) == (other.name, other.value, other.schema)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Header({self.name!r}, {self.value!r})"


class Record:
    """A record. Members may be set, and values changed where they stand.

    `partition` and `timestamp` (milliseconds since the epoch) may be None. A value is a Python object, and has a schema or none:
    assigning a Struct assigns its schema, assigning anything else keeps the schema; `set_value` and `set_key` set both.
    """

    __slots__ = (
        "id", "_data", "_at", "_schemas", "_read", "_topic", "_partition", "_timestamp",
        "_key", "_key_schema", "_value", "_value_schema", "_headers", "_sources",
    )  # fmt: skip

    def __init__(
        self,
        topic: str,
        value: Any = None,
        *,
        key: Any = None,
        key_schema: Schema | None = None,
        value_schema: Schema | None = None,
        partition: int | None = None,
        timestamp: int | None = None,
        headers: list[Header] | None = None,
    ) -> None:
        self.id = 0
        self._at: tuple | None = None
        self._read = _ALL
        self._topic = topic
        self._partition = partition
        self._timestamp = timestamp
        self._key = key
        self._key_schema = key.schema if key_schema is None and isinstance(key, Struct) else key_schema
        self._value = value
        self._value_schema = value.schema if value_schema is None and isinstance(value, Struct) else value_schema
        self._headers = headers if headers is not None else []

    @property
    def topic(self) -> str:
        """The topic it goes to or comes from."""
        if not self._read & _TOPIC:
            self._topic, _ = cbor_read.text(self._data, self._at[_AT_TOPIC])
            self._read |= _TOPIC
        return self._topic

    @topic.setter
    def topic(self, topic: str) -> None:
        self._topic = topic
        self._read |= _TOPIC

    @property
    def partition(self) -> int | None:
        """Its partition; None lets the worker choose."""
        if not self._read & _PARTITION:
            data = self._data
            self._partition, _ = cbor_read.read(data, cbor_read.skip(data, self._at[_AT_TOPIC]), [])
            self._read |= _PARTITION
        return self._partition

    @partition.setter
    def partition(self, partition: int | None) -> None:
        self._partition = partition
        self._read |= _PARTITION

    @property
    def timestamp(self) -> int | None:
        """Milliseconds since the epoch."""
        if not self._read & _TIMESTAMP:
            self._timestamp, _ = cbor_read.read(self._data, self._at[_AT_TIMESTAMP], [])
            self._read |= _TIMESTAMP
        return self._timestamp

    @timestamp.setter
    def timestamp(self, timestamp: int | None) -> None:
        self._timestamp = timestamp
        self._read |= _TIMESTAMP

    @property
    def time(self) -> datetime.datetime | None:
        """The timestamp as a datetime in UTC."""
        return None if self.timestamp is None else cbor_read.moment(self.timestamp)

    @property
    def key(self) -> Any:
        """The key."""
        if not self._read & _KEY:
            self._key_schema, self._key = self._datum(_AT_KEY)
            self._read |= _KEY
        return self._key

    @key.setter
    def key(self, key: Any) -> None:
        self.set_key(key, key.schema if isinstance(key, Struct) else self.key_schema)

    @property
    def key_schema(self) -> Schema | None:
        """The key's schema; None for a key without one."""
        return self._key_schema if self._read & _KEY else self._schema(_AT_KEY)

    @property
    def value(self) -> Any:
        """The value; None is a tombstone."""
        if self._read & _VALUE:
            return self._value
        data, pos = self._data, self._at[_AT_VALUE] + 1
        flat = None
        if data.startswith(b"\xf6\xd8\x18\x58", pos):
            # Most maps have less than 256 bytes.
            start = pos + 5
            flat = fields.read_map(data, start, start + data[pos + 4])
        elif data[pos] == 0xF6 and data[pos + 1] == 0xD8:
            flat = fields.embedded_map(data, pos + 1)
        if flat is None:
            self._value_schema, self._value = self._datum(_AT_VALUE)
        else:
            self._value_schema, self._value = None, flat
        self._read |= _VALUE
        return self._value

    @value.setter
    def value(self, value: Any) -> None:
        self.set_value(value, value.schema if isinstance(value, Struct) else self.value_schema)

    @property
    def value_schema(self) -> Schema | None:
        """The value's schema; None for a value without one."""
        return self._value_schema if self._read & _VALUE else self._schema(_AT_VALUE)

    def set_key(self, key: Any, schema: Schema | None = None) -> None:
        """Sets key and schema; that of a Struct need not be given."""
        self._key = key
        self._key_schema = key.schema if schema is None and isinstance(key, Struct) else schema
        self._read |= _KEY

    def set_value(self, value: Any, schema: Schema | None = None) -> None:
        """Sets value and schema; that of a Struct need not be given."""
        self._value = value
        self._value_schema = value.schema if schema is None and isinstance(value, Struct) else schema
        self._read |= _VALUE | _SET

    @property
    def headers(self) -> list[Header]:
        """The headers, in order; names may come twice."""
        if not self._read & _HEADERS:
            self._headers = self._read_headers()
            self._read |= _HEADERS
        return self._headers

    @headers.setter
    def headers(self, headers: list[Header]) -> None:
        self._headers = headers
        self._read |= _HEADERS

    def header(self, name: str) -> Header | None:
        """The last header of that name."""
        found = [header for header in self.headers if header.name == name]
        return found[-1] if found else None

    @property
    def source(self) -> tuple[str, int] | None:
        """Topic and partition it was consumed from, before any transformation; None in a source."""
        coordinates = self._coordinates()
        return None if coordinates is None else self._sources[coordinates[0]]

    @property
    def offset(self) -> int | None:
        """Its offset there."""
        coordinates = self._coordinates()
        return None if coordinates is None else coordinates[1]

    @property
    def timestamp_type(self) -> str | None:
        """`NoTimestampType`, `CreateTime` or `LogAppendTime`."""
        coordinates = self._coordinates()
        return None if coordinates is None else _TIMESTAMP_TYPES[coordinates[2]]

    def copy(self) -> Record:
        """Another record like it; its value and key are the same objects."""
        made = Record(
            self.topic,
            self.value,
            key=self.key,
            key_schema=self.key_schema,
            value_schema=self.value_schema,
            partition=self.partition,
            timestamp=self.timestamp,
            headers=list(self.headers),
        )
        made.id = self.id
        return made

    def __repr__(self) -> str:
        return f"Record(topic={self.topic!r}, key={self.key!r}, value={self.value!r})"

    def _coordinates(self) -> list | None:
        if self._at is None or self._at[_AT_COORDINATES] == self._at[_END]:
            return None
        coordinates, _ = cbor_read.read(self._data, self._at[_AT_COORDINATES], [])
        return coordinates

    def _schema(self, member: int) -> Schema | None:
        pos = self._at[member] + 1
        if self._data[pos] == 0xF6:
            return None
        index, _ = cbor_read.length(self._data, pos)
        return self._schemas[index]

    def _datum(self, member: int) -> tuple[Schema | None, Any]:
        data, pos = self._data, self._at[member] + 1
        if data[pos] == 0xF6:
            return None, cbor_read.READERS[data[pos + 1]](data, pos + 1, self._schemas)[0]
        index, pos = cbor_read.length(data, pos)
        schema = self._schemas[index]
        return schema, schema.read(data, pos, self._schemas)[0]

    def _read_headers(self) -> list[Header]:
        data, schemas = self._data, self._schemas
        size, pos = cbor_read.count(data, self._at[_AT_HEADERS], 4, "headers")
        headers = []
        for _ in range(size):
            name, pos = cbor_read.text(data, pos + 1)
            index, pos = cbor_read.read(data, pos, schemas)
            schema = None if index is None else schemas[index]
            value, pos = (schema.read if schema is not None else cbor_read.read)(data, pos, schemas)
            headers.append(Header(name, value, schema))
        return headers

    def write(self, out: list, table: Any) -> None:
        """Appends the record as it is now: what has not been looked into as it came. For the SDK's own use."""
        read, at = self._read, self._at
        if not read:
            out.append(self._data[at[0] : at[_END]])
            return
        if at is None:
            self._write_new(out, table, b"\x87", b"")
            return
        data = self._data
        if read & _ALL == _VALUE:
            value = self._value
            if type(value) is FieldMap and read == _VALUE:
                if value.is_as_it_came():
                    out.append(data[at[0] : at[_END]])
                else:
                    fields.write_over(out, data, at[0], at[_AT_VALUE] + 2, at[_END], value, table)
                return
            out.append(data[at[0] : at[_AT_VALUE]])
            _write_datum(out, value, self._value_schema, table)
            out.append(data[at[_AT_HEADERS] : at[_END]])
            return
        out.append(data[at[0] : at[_AT_TOPIC]])
        if read & (_TOPIC | _PARTITION):
            self.topic, self.partition  # The one that has not been read is read now.
            self._write_topic(out, table)
            self._write_partition(out, table)
        else:
            out.append(data[at[_AT_TOPIC] : at[_AT_TIMESTAMP]])
        writers = (
            (_TIMESTAMP, _AT_TIMESTAMP, self._write_timestamp),
            (_KEY, _AT_KEY, self._write_key),
            (_VALUE, _AT_VALUE, self._write_value),
            (_HEADERS, _AT_HEADERS, self._write_headers),
        )
        for bit, member, writer in writers:
            if read & bit:
                writer(out, table)
            else:
                out.append(data[at[member] : at[member + 1]])
        out.append(data[at[_AT_COORDINATES] : at[_END]])

    def write_in_place_of(self, original: Record, out: list, table: Any) -> None:
        """Appends the record under the id and coordinates of the one it was made from. For the SDK's own use."""
        at, data = original._at, original._data
        self.id = original.id
        for member in (self.topic, self.partition, self.timestamp, self.key, self.value, self.headers):
            del member  # What it was made from may be gone by the time it is written.
        self._write_new(out, table, data[at[0] : at[0] + 1], data[at[_AT_COORDINATES] : at[_END]])

    def _write_new(self, out: list, table: Any, start: bytes, coordinates: bytes) -> None:
        out.append(start + cbor_write.integer(self.id))
        self._write_topic(out, table)
        self._write_partition(out, table)
        self._write_timestamp(out, table)
        self._write_key(out, table)
        self._write_value(out, table)
        self._write_headers(out, table)
        out.append(coordinates)

    def _write_topic(self, out: list, table: Any) -> None:
        if not isinstance(self._topic, str):
            raise DataError(f"a record's topic is a str, not {self._topic!r}")
        out.append(cbor_write.text(self._topic))

    def _write_partition(self, out: list, table: Any) -> None:
        if self._partition is not None and not isinstance(self._partition, int):
            raise DataError(f"a record's partition is an int or None, not {self._partition!r}")
        cbor_write.write(out, self._partition, table)

    def _write_timestamp(self, out: list, table: Any) -> None:
        if self._timestamp is not None and not isinstance(self._timestamp, int):
            raise DataError(f"a record's timestamp is milliseconds since the epoch or None, not {self._timestamp!r}")
        cbor_write.write(out, self._timestamp, table)

    def _write_key(self, out: list, table: Any) -> None:
        _write_datum(out, self._key, self._key_schema, table)

    def _write_value(self, out: list, table: Any) -> None:
        _write_datum(out, self._value, self._value_schema, table)

    def _write_headers(self, out: list, table: Any) -> None:
        out.append(cbor_write.head(4, len(self._headers)))
        for header in self._headers:
            out.append(b"\x83" + cbor_write.text(header.name))
            _write_value_under(out, header.value, header.schema, table, f"header {header.name}")


_EMBEDDED = (dict, list, tuple, Struct)


def _write_datum(out: list, value: Any, schema: Schema | None, table: Any) -> None:
    if value is None and schema is None:
        out.append(_EMPTY)
        return
    out.append(b"\x82")
    _write_value_under(out, value, schema, table, "value")


def _write_value_under(out: list, value: Any, schema: Schema | None, table: Any, place: str) -> None:
    out.append(b"\xf6" if schema is None else cbor_write.head(0, table.index(schema)))
    to: list = [] if type(value) is FieldMap or isinstance(value, _EMBEDDED) else out
    if schema is not None:
        schema.write(to, value, table, place)
    elif type(value) is Struct:
        raise DataError("a Struct needs its schema: set it with set_value(value, value.schema)")
    else:
        cbor_write.write(to, value, table)
    if to is not out:
        out.append(cbor_write.embed(to))


def looked_into(record: Record) -> int:
    """What has been looked into so far; with `reset`, for a look that changes nothing."""
    return record._read


def reset(record: Record, before: int) -> None:
    """Forgets what was looked into since then."""
    record._read = before
