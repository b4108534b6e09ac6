"""Writes values of `wit/record.cddl`: chunks of bytes, appended to a list."""

from __future__ import annotations

import datetime
import decimal
import struct
from typing import Any, Callable

from .errors import DataError
from .values import BigInteger, Float32, Int8, Int16, Int32, MapEntries, Typed

_KNOWN_TEXTS = 4096
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
_LEAST, _MOST = -(1 << 63), (1 << 63) - 1
_DATE = b"\xd9\x1b\x5c"

# A schema's number in the batch: needed for values that carry their own.
Table = Any
Writer = Callable[[list, Any, Table], None]

_texts: dict[str, bytes] = {}
# Of texts of less than 24 bytes, by their length.
TEXT_HEADS = [bytes([0x60 + size]) for size in range(24)]
_SMALL = [bytes([number]) for number in range(24)]


def head(major: int, number: int) -> bytes:
    """The head of an item of a major type (0 to 6), in its shortest form."""
    first = major << 5
    if number < 24:
        return bytes((first | number,))
    if number < 0x100:
        return bytes((first | 24, number))
    if number < 0x10000:
        return bytes((first | 25,)) + number.to_bytes(2, "big")
    if number < 0x100000000:
        return bytes((first | 26,)) + number.to_bytes(4, "big")
    return bytes((first | 27,)) + number.to_bytes(8, "big")


def text(value: str) -> bytes:
    """A text that is likely to come again."""
    known = _texts.get(value)
    if known is None:
        if len(_texts) >= _KNOWN_TEXTS:
            _texts.clear()
        raw = value.encode()
        known = _texts[value] = head(3, len(raw)) + raw
    return known


def integer(number: int) -> bytes:
    """An integer of at most 64 bits."""
    if 0 <= number < 24:
        return _SMALL[number]
    return head(0, number) if number >= 0 else head(1, -1 - number)


def write(out: list, value: Any, table: Table) -> None:
    """A value without a schema. DataError for an object that is none of Kafka Connect's."""
    writer = WRITERS.get(type(value))
    if writer is None:
        writer = _writer_of(value)
    writer(out, value, table)


def _writer_of(value: Any) -> Writer:
    for cls in type(value).__mro__[1:]:
        if cls in WRITERS:
            return WRITERS[cls]
    raise DataError(
        f"{type(value).__name__} is no type of Kafka Connect's: give None, bool, int, float, str, bytes, Decimal, datetime, "
        "list, dict or Struct"
    )


def _none(out: list, value: None, table: Table) -> None:
    out.append(b"\xf6")


def _bool(out: list, value: bool, table: Table) -> None:
    out.append(b"\xf5" if value else b"\xf4")


def _int(out: list, value: int, table: Table) -> None:
    if 0 <= value < 24:
        out.append(_SMALL[value])
    elif _LEAST <= value <= _MOST:
        out.append(head(0, value) if value >= 0 else head(1, -1 - value))
    else:
        _big(out, value, table)


def _big(out: list, value: int, table: Table) -> None:
    number = value if value >= 0 else -1 - value
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    out.append((b"\xc2" if value >= 0 else b"\xc3") + head(2, len(raw)) + raw)


def _width(tag: bytes) -> Writer:
    return lambda out, value, table: out.append(tag + integer(int(value)))


def _float(out: list, value: float, table: Table) -> None:
    out.append(b"\xfb" + struct.pack(">d", value))


def _float32(out: list, value: float, table: Table) -> None:
    out.append(b"\xfa" + struct.pack(">f", value))


def _str(out: list, value: str, table: Table) -> None:
    raw = value.encode()
    size = len(raw)
    out.append(TEXT_HEADS[size] if size < 24 else head(3, size))
    out.append(raw)


def _bytes(out: list, value: bytes, table: Table) -> None:
    out.append(head(2, len(value)))
    out.append(bytes(value))


def _list(out: list, value: list, table: Table) -> None:
    out.append(head(4, len(value)))
    for item in value:
        write(out, item, table)


def _dict(out: list, value: dict, table: Table) -> None:
    out.append(head(5, len(value)))
    texts, writers, heads = _texts, WRITERS, TEXT_HEADS
    append = out.append
    for key, item in value.items():
        if type(key) is str:
            append(texts.get(key) or text(key))
        else:
            write(out, key, table)
        kind = type(item)
        if kind is str:
            raw = item.encode()
            size = len(raw)
            append(heads[size] if size < 24 else head(3, size))
            append(raw)
        elif kind in writers:
            writers[kind](out, item, table)
        else:
            write(out, item, table)


def _map_entries(out: list, value: MapEntries, table: Table) -> None:
    out.append(head(5, len(value)))
    for key, item in value:
        write(out, key, table)
        write(out, item, table)


def millis_of(value: datetime.datetime) -> int:
    """Milliseconds since the epoch. DataError for a time without a zone, which could be any."""
    if value.tzinfo is None:
        raise DataError(f"{value!r} has no time zone: give datetime(..., tzinfo=timezone.utc)")
    return (value - _EPOCH) // datetime.timedelta(milliseconds=1)


def date(millis: int) -> bytes:
    """A java.util.Date."""
    return _DATE + integer(millis)


def _datetime(out: list, value: datetime.datetime, table: Table) -> None:
    out.append(date(millis_of(value)))


def _decimal(out: list, value: decimal.Decimal, table: Table) -> None:
    sign, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        raise DataError(f"{value} is no decimal number: neither NaN nor Infinity is one")
    mantissa = int("".join(map(str, digits)))
    out.append(b"\xc4\x82" + integer(exponent))
    _int(out, -mantissa if sign else mantissa, table)


def _typed(out: list, value: Typed, table: Table) -> None:
    out.append(b"\xd9\x1b\x5d\x82" + head(0, table.index(value.schema)))
    value.schema.write(out, value.value, table)


WRITERS: dict[type, Writer] = {
    type(None): _none,
    bool: _bool,
    int: _int,
    float: _float,
    str: _str,
    bytes: _bytes,
    bytearray: _bytes,
    memoryview: _bytes,
    list: _list,
    tuple: _list,
    dict: _dict,
    MapEntries: _map_entries,
    Int8: _width(b"\xd9\x1b\x59"),
    Int16: _width(b"\xd9\x1b\x5a"),
    Int32: _width(b"\xd9\x1b\x5b"),
    Float32: _float32,
    BigInteger: _big,
    decimal.Decimal: _decimal,
    datetime.datetime: _datetime,
    Typed: _typed,
}


def embed(chunks: list[bytes]) -> bytes:
    """A value as `embedded`: its end is found without looking into it."""
    raw = b"".join(chunks)
    return b"\xd8\x18" + head(2, len(raw)) + raw
