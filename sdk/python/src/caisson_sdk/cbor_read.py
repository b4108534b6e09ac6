"""Reads values of `wit/record.cddl`.

This module is what a plugin spends most of its time in: every function takes the batch, a position and the batch's schemas, and
returns the value and the position behind it; common items are read in the loops themselves, since a call costs more than
the item. General CBOR libraries in pure Python read from a stream and take several times as long.
"""

from __future__ import annotations

import datetime
import decimal
import struct
from typing import Any, Callable

from .errors import DataError
from .values import BigInteger, Float32, Int8, Int16, Int32, MapEntries, Typed

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
_MILLISECOND = datetime.timedelta(milliseconds=1)
_EXACT = decimal.Context(prec=decimal.MAX_PREC, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN)
_KNOWN_TEXTS = 4096

Reader = Callable[[bytes, int, list], "tuple[Any, int]"]

# Names of fields come again with every record.
_texts: dict[bytes, str] = {}


def malformed(what: str) -> DataError:
    """The batch breaks the grammar of record.cddl."""
    return DataError(f"malformed batch: {what}")


def length(data: bytes, pos: int) -> tuple[int, int]:
    """The number in the head of an item, and the position behind the head."""
    info = data[pos] & 31
    if info < 24:
        return info, pos + 1
    if info == 24:
        return data[pos + 1], pos + 2
    if info > 27:
        raise malformed(f"an item of indefinite length at byte {pos}")
    size = 1 << (info - 24)
    end = pos + 1 + size
    if end > len(data):
        raise malformed("it is cut off")
    return int.from_bytes(data[pos + 1 : end], "big"), end


def count(data: bytes, pos: int, major: int, what: str) -> tuple[int, int]:
    """The number of items of an array (4) or map (5)."""
    if data[pos] >> 5 != major:
        raise malformed(f"{what} is expected at byte {pos}")
    return length(data, pos)


def read(data: bytes, pos: int, schemas: list) -> tuple[Any, int]:
    """A value without a schema, or one of a primitive type."""
    return READERS[data[pos]](data, pos, schemas)


def text(data: bytes, pos: int) -> tuple[str, int]:
    """A text that is likely to come again."""
    size, start = length(data, pos)
    if data[pos] >> 5 != 3:
        raise malformed(f"a text is expected at byte {pos}")
    end = start + size
    raw = data[start:end]
    known = _texts.get(raw)
    if known is None:
        known = remember(raw)
    return known, end


def remember(raw: bytes) -> str:
    """Decodes a name and keeps it for the records to come."""
    if len(_texts) >= _KNOWN_TEXTS:
        _texts.clear()
    decoded = _texts[raw] = raw.decode()
    return decoded


def _unsigned(data: bytes, pos: int, schemas: list) -> tuple[int, int]:
    return length(data, pos)


def _small(data: bytes, pos: int, schemas: list) -> tuple[int, int]:
    return data[pos], pos + 1


def _negative(data: bytes, pos: int, schemas: list) -> tuple[int, int]:
    number, pos = length(data, pos)
    return -1 - number, pos


def _bytes(data: bytes, pos: int, schemas: list) -> tuple[bytes, int]:
    size, pos = length(data, pos)
    return data[pos : pos + size], pos + size


def _short_text(data: bytes, pos: int, schemas: list) -> tuple[str, int]:
    end = pos + data[pos] - 0x5F
    return data[pos + 1 : end].decode(), end


def _text(data: bytes, pos: int, schemas: list) -> tuple[str, int]:
    size, pos = length(data, pos)
    return data[pos : pos + size].decode(), pos + size


def _array(data: bytes, pos: int, schemas: list) -> tuple[list, int]:
    size, pos = length(data, pos)
    items = []
    for _ in range(size):
        item, pos = READERS[data[pos]](data, pos, schemas)
        items.append(item)
    return items, pos


def _map(data: bytes, pos: int, schemas: list) -> tuple[Any, int]:
    size, pos = length(data, pos)
    start = pos
    entries: dict = {}
    texts, readers = _texts, READERS
    try:
        for _ in range(size):
            head = data[pos]
            if 0x60 <= head < 0x78:
                end = pos + head - 0x5F
                raw = data[pos + 1 : end]
                key = texts.get(raw)
                if key is None:
                    key = remember(raw)
                pos = end
            else:
                key, pos = readers[head](data, pos, schemas)
            head = data[pos]
            if 0x60 <= head < 0x78:
                end = pos + head - 0x5F
                entries[key] = data[pos + 1 : end].decode()
                pos = end
            elif head < 0x18:
                entries[key] = head
                pos += 1
            else:
                entries[key], pos = readers[head](data, pos, schemas)
    except TypeError:
        return _entries(data, start, size, schemas)
    if len(entries) != size:
        return _entries(data, start, size, schemas)
    return entries, pos


def _entries(data: bytes, pos: int, size: int, schemas: list) -> tuple[MapEntries, int]:
    entries = MapEntries()
    for _ in range(size):
        key, pos = read(data, pos, schemas)
        value, pos = read(data, pos, schemas)
        entries.append((key, value))
    return entries, pos


def _float32(data: bytes, pos: int, schemas: list) -> tuple[Float32, int]:
    return Float32(struct.unpack_from(">f", data, pos + 1)[0]), pos + 5


def _float64(data: bytes, pos: int, schemas: list) -> tuple[float, int]:
    return struct.unpack_from(">d", data, pos + 1)[0], pos + 9


def _constant(value: Any) -> Reader:
    return lambda data, pos, schemas: (value, pos + 1)


def milliseconds(data: bytes, pos: int) -> tuple[int, int]:
    """A java.util.Date."""
    if data[pos : pos + 3] != b"\xd9\x1b\x5c":
        raise malformed(f"a date is expected at byte {pos}")
    return read(data, pos + 3, [])


def moment(millis: int) -> datetime.datetime:
    """Milliseconds since the epoch as a datetime in UTC. DataError beyond the years 1 to 9999."""
    try:
        return EPOCH + millis * _MILLISECOND
    except OverflowError:
        raise DataError(f"{millis} ms since the epoch is beyond the years that datetime has (1 to 9999)") from None


def big(data: bytes, pos: int) -> tuple[int, int]:
    """An integer of any size."""
    tag = data[pos]
    if tag not in (0xC2, 0xC3):
        number, pos = read(data, pos, [])
        if type(number) is not int:
            raise malformed("a mantissa is expected")
        return number, pos
    raw, pos = _bytes(data, pos + 1, [])
    number = int.from_bytes(raw, "big")
    return (number if tag == 0xC2 else -1 - number), pos


def _big_integer(data: bytes, pos: int, schemas: list) -> tuple[BigInteger, int]:
    number, pos = big(data, pos)
    return BigInteger(number), pos


def _decimal(data: bytes, pos: int, schemas: list) -> tuple[decimal.Decimal, int]:
    if data[pos + 1] != 0x82:
        raise malformed(f"a decimal is expected at byte {pos}")
    exponent, pos = read(data, pos + 2, schemas)
    mantissa, pos = big(data, pos)
    return decimal.Decimal(mantissa).scaleb(exponent, _EXACT), pos


def _tagged(data: bytes, pos: int, schemas: list) -> tuple[Any, int]:
    tag = data[pos : pos + 3]
    if tag == b"\xd9\x1b\x5d":
        return _typed(data, pos + 3, schemas)
    if tag == b"\xd9\x1b\x5c":
        millis, pos = milliseconds(data, pos)
        return moment(millis), pos
    width = _WIDTHS.get(tag)
    if width is None:
        raise malformed(f"an unknown tag at byte {pos}")
    number, pos = read(data, pos + 3, schemas)
    return width(number), pos


def _typed(data: bytes, pos: int, schemas: list) -> tuple[Any, int]:
    if data[pos] != 0x82:
        raise malformed(f"a typed value is expected at byte {pos}")
    index, pos = length(data, pos + 1)
    schema = schemas[index]
    value, pos = schema.read(data, pos, schemas)
    return (value if schema.is_struct else Typed(schema, value)), pos


def _unknown(data: bytes, pos: int, schemas: list) -> tuple[Any, int]:
    raise malformed(f"an item that no value has at byte {pos}")


_WIDTHS = {b"\xd9\x1b\x59": Int8, b"\xd9\x1b\x5a": Int16, b"\xd9\x1b\x5b": Int32}


def _table() -> list[Reader]:
    readers: list[Reader] = [_unknown] * 256
    majors = {0: _unsigned, 1: _negative, 2: _bytes, 3: _text, 4: _array, 5: _map}
    for major, reader in majors.items():
        for info in range(28):
            readers[major << 5 | info] = reader
    readers[0:24] = [_small] * 24
    readers[0x60:0x78] = [_short_text] * 24
    readers[0xC2] = readers[0xC3] = _big_integer
    readers[0xC4] = _decimal
    readers[0xD9] = _tagged
    readers[0xF4], readers[0xF5], readers[0xF6] = _constant(False), _constant(True), _constant(None)
    readers[0xFA], readers[0xFB] = _float32, _float64
    return readers


# By the first byte of an item.
READERS = _table()


def _sizes() -> bytes:
    sizes = bytearray(256)
    for major in (0, 1):
        for info in range(24):
            sizes[major << 5 | info] = 1
        for info in range(24, 28):
            sizes[major << 5 | info] = 1 + (1 << (info - 24))
    for major in (2, 3):
        for info in range(24):
            sizes[major << 5 | info] = 1 + info
    sizes[0x80] = sizes[0xA0] = sizes[0xF4] = sizes[0xF5] = sizes[0xF6] = 1
    sizes[0xFA], sizes[0xFB] = 5, 9
    return bytes(sizes)


# How long an item is, where its first byte says it; else 0.
SIZES = _sizes()


def skip(data: bytes, pos: int) -> int:
    """The position behind an item."""
    size = SIZES[data[pos]]
    if size:
        return pos + size
    major = data[pos] >> 5
    number, pos = length(data, pos)
    if major in (2, 3):
        return pos + number
    if major == 6:
        return skip(data, pos)
    if major not in (4, 5):
        raise malformed(f"an item that no value has at byte {pos}")
    for _ in range(number if major == 4 else 2 * number):
        size = SIZES[data[pos]]
        pos = pos + size if size else skip(data, pos)
    return pos
