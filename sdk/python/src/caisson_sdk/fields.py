"""Maps and structs whose values are read when they are asked for.

A flat value, one of texts, numbers, booleans and nulls, is taken apart by one regular expression: its loop is not Python's, so
that the parts are found in a fraction of the time that reading them takes. What is not asked for is written as the bytes it came as.
"""

from __future__ import annotations

import copy
import re
from typing import Any, Iterator

from . import cbor_read, cbor_write

_KNOWN_SHAPES = 1024
_MISSING: Any = object()
_NONE: frozenset = frozenset()
_held, _hold = dict.__getitem__, dict.__setitem__


def _byte(number: int) -> bytes:
    return re.escape(bytes((number,)))


def _sized(first: int, last: int, base: int, step: int) -> bytes:
    """Heads from `first` to `last`, each with so many bytes behind it as it is above `base`; found in two steps, not in many."""
    groups = []
    for start in range(first, last + 1, step):
        end = min(start + step - 1, last)
        each = b"|".join(_byte(head) + b".{%d}" % (head - base) for head in range(start, end + 1))
        groups.append(b"(?=[" + _byte(start) + b"-" + _byte(end) + b"])(?:" + each + b")")
    return b"|".join(groups)


_SINGLE = rb"[\x00-\x17\x20-\x37\x40\x60\xf4-\xf6]"
_INTEGER = rb"[\x00-\x17\x20-\x37]|[\x18\x38].|[\x19\x39].{2}|[\x1a\x3a].{4}|[\x1b\x3b].{8}"
_ITEM = re.compile(
    b"|".join(
        (
            _sized(0x61, 0x77, 0x60, 8),
            _SINGLE,
            rb"[\x18\x38].|[\x19\x39].{2}|[\x1a\x3a\xfa].{4}|[\x1b\x3b\xfb].{8}",
            rb"[\x58\x78](?:" + _sized(0x18, 0xFF, 0, 16) + b")",
            _sized(0x41, 0x57, 0x40, 8),
            rb"\xd9\x1b[\x59-\x5c](?:" + _INTEGER + b")",
        )
    ),
    re.DOTALL,
)
_items = _ITEM.findall
# Of values that are of many lengths this is the expression: all but long texts and bytes.
_COMMON = (
    rb"[\x00-\x17\x20-\x37\x60\xf4-\xf6]|[\x1b\x3b\xfb].{8}|[\x1a\x3a\xfa].{4}|[\x19\x39].{2}|[\x18\x38].|"
    + b"|".join(_byte(0x60 + size) + b".{%d}" % size for size in range(1, 24))
    + rb"|\x78(?:"
    + b"|".join(_byte(size) + b".{%d}" % size for size in range(24, 96))
    + b")"
)
# Putting an expression together takes as long as some hundred maps.
_OFTEN = 100
# What still does not fit after that many differs too much.
_MOST_SEEN = 10 * _OFTEN
_MOST_FIELDS = 40
# Of so many kinds and lengths a field's values have an expression of their own, in which there is less to try than in `_COMMON`.
_FEW = 12
# So short a value is found quickest byte by byte.
_SHORT = 16

# What maps of one shape share, by the bytes of all their keys; None for keys that are no texts.
_shapes: dict[bytes, Shape | None] = {}


def _head(item: bytes) -> bytes:
    """What says of an item its kind and length; nothing for items of one byte."""
    first = item[0]
    if first in (0x58, 0x78):
        return item[:2]
    if first == 0xD9:
        return item[:4]
    return item[:1] if len(item) > 1 else b""


def _expression(sizes: dict[bytes, int]) -> bytes:
    """Finds items with those heads, each with so many bytes behind it."""
    if len(sizes) > _FEW:
        return _COMMON
    parts = []
    for head, size in sizes.items():
        behind = b"." * size if size <= _SHORT else b".{%d}+" % size
        parts.append(re.escape(head) + behind if head else _SINGLE)
    return b"|".join(parts)


class Shape:
    """The names of the fields of maps or structs that are alike, in order, and the place of each one's value."""

    __slots__ = ("names", "places", "head", "keys", "blank", "seen", "sizes", "match")

    def __init__(self, names: list[str], head: bytes, keys: list[bytes]) -> None:
        self.names = dict.fromkeys(names)
        self.places = {name: place for place, name in enumerate(names)}
        self.head = head
        self.keys = keys
        # A whole map, but for its values.
        self.blank = [head, *(part for key in keys for part in (key, b""))]
        self.seen = 0
        # Of each field the heads that its values have had, and how many bytes were behind each.
        self.sizes: list[dict[bytes, int]] = [{} for _ in keys]
        self.match: Any = None

    def met(self, items: list[bytes]) -> None:
        """Learns from a map of this shape that no expression took apart. When they come often, one is made for all so far."""
        if self.seen == _MOST_SEEN or len(self.keys) > _MOST_FIELDS:
            return
        self.seen += 1
        for sizes, item in zip(self.sizes, items):
            head = _head(item)
            sizes[head] = len(item) - len(head)
        if self.seen % _OFTEN == 0:
            pattern = b"".join(re.escape(key) + b"(" + _expression(sizes) + b")" for key, sizes in zip(self.keys, self.sizes))
            self.match = re.compile(re.escape(self.head) + pattern, re.DOTALL).fullmatch


def flat_items(data: bytes, pos: int, end: int, count: int) -> list[bytes] | None:
    """The items from `pos` to `end`; None when they are not `count` flat ones."""
    items = _items(data, pos, end)
    return items if len(items) == count and len(b"".join(items)) == end - pos else None


def _shape_of(keys: bytes, head: bytes, items: list[bytes]) -> Shape | None:
    names = [cbor_read.read(key, 0, [])[0] for key in items[::2]]
    if len(_shapes) >= _KNOWN_SHAPES:
        _shapes.clear()
    plain = all(type(name) is str for name in names) and len(set(names)) == len(names)
    shape = _shapes[keys] = Shape(names, head, items[::2]) if plain else None
    return shape


# The shape of the last map: the next one mostly has it too.
_last: Shape | None = None


def read_map(data: bytes, pos: int, end: int) -> FieldMap | None:
    """The map from `pos` to `end`; None when what is there is none, not flat, or a key is no text."""
    global _last
    shape = _last
    if shape is not None and shape.match is not None:
        found = shape.match(data, pos, end)
        if found is not None:
            made = FieldMap(shape.names)
            made._found = found
            made._shape = shape
            made._places = shape.places
            made._set = _NONE
            return made
    if data[pos] >> 5 != 5:
        return None
    size, start = cbor_read.length(data, pos)
    items = flat_items(data, start, end, 2 * size)
    if items is None:
        return None
    keys = b"".join(items[::2])
    shape = _shapes.get(keys) or _shape_of(keys, data[pos:start], items)
    if shape is None:
        return None
    _last = shape
    made = FieldMap(shape.names)
    made._found = None
    made._items = items[1::2]
    made._shape = shape
    made._places = shape.places
    made._set = _NONE
    shape.met(made._items)
    return made


def embedded_map(data: bytes, pos: int) -> FieldMap | None:
    """The map embedded at `pos`; None as of `read_map`."""
    size, start = cbor_read.length(data, pos + 2)
    return read_map(data, start, start + size)


def _read_item(raw: bytes) -> Any:
    head = raw[0]
    if 0x60 <= head < 0x78:
        return raw[1:].decode()
    return cbor_read.READERS[head](raw, 0, [])[0]


class FieldMap(dict):
    """A dict like any other, but for when its values are read."""

    __slots__ = ("_found", "_items", "_shape", "_places", "_set")
    # The values as they came are what the shape's expression found, or without one, the items.
    # The dict underneath has all names, and the values of those in `_set`; the others are among the items, and are read each
    # time: they are small and cannot be changed. A map whose names have changed has read all, and no places.

    def __getitem__(self, name: Any) -> Any:
        place = self._places.get(name)
        if place is None or name in self._set:
            return _held(self, name)
        found = self._found
        return _read_item(self._items[place] if found is None else found[place + 1])

    def get(self, name: Any, default: Any = None) -> Any:
        place = self._places.get(name)
        if place is None or name in self._set:
            return dict.get(self, name, default)
        found = self._found
        return _read_item(self._items[place] if found is None else found[place + 1])

    def __setitem__(self, name: Any, value: Any) -> None:
        if name in self._places:
            if self._set:
                self._set.add(name)
            else:
                self._set = {name}
        elif self._places:
            self._whole()._places = {}
        _hold(self, name, value)

    def __delitem__(self, name: Any) -> None:
        self._whole()._places = {}
        dict.__delitem__(self, name)

    def is_as_it_came(self) -> bool:
        """Whether nothing was set. For the SDK's own use."""
        return not self._set and bool(self._places)

    def _whole(self) -> FieldMap:
        """Puts all values into the dict underneath, for those who look there."""
        for name in self._places:
            if name not in self._set:
                _hold(self, name, self[name])
        return self

    def values(self) -> Any:
        return dict.values(self._whole())

    def items(self) -> Any:
        return dict.items(self._whole())

    def __iter__(self) -> Iterator[Any]:
        return dict.__iter__(self)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, FieldMap):
            other._whole()
        return dict.__eq__(self._whole(), other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __or__(self, other: Any) -> dict:
        return dict(self.items()) | dict(other)

    def __ror__(self, other: Any) -> dict:
        return dict(other) | dict(self.items())

    def __ior__(self, other: Any) -> FieldMap:
        self.update(other)
        return self

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return dict.__repr__(self._whole())

    def __reduce__(self) -> Any:
        return dict, (dict(self.items()),)

    def copy(self) -> dict:
        return dict(self.items())

    __copy__ = copy

    def __deepcopy__(self, memo: dict) -> dict:
        return copy.deepcopy(dict(self.items()), memo)

    def pop(self, name: Any, default: Any = _MISSING) -> Any:
        if name not in self:
            if default is _MISSING:
                raise KeyError(name)
            return default
        value = self[name]
        del self[name]
        return value

    def popitem(self) -> tuple:
        if not self:
            raise KeyError("popitem(): dictionary is empty")
        name = next(reversed(self))
        return name, self.pop(name)

    def setdefault(self, name: Any, default: Any = None) -> Any:
        if name not in self:
            self[name] = default
        return self[name]

    def clear(self) -> None:
        self._places = {}
        dict.clear(self)

    def update(self, *others: Any, **named: Any) -> None:
        for name, value in dict(*others, **named).items():
            self[name] = value


def map_items(value: FieldMap, table: Any) -> list[bytes]:
    """The map, encoded: what has not been read as it came."""
    places = value._places
    if not places:
        out: list[bytes] = []
        cbor_write.WRITERS[dict](out, value, table)
        return out
    out = value._shape.blank.copy()
    out[2::2] = value._items if value._found is None else value._found.groups()
    for name in value._set:
        out[2 * places[name] + 2] = _encoded(_held(value, name), table)
    return out


def _encoded(value: Any, table: Any) -> bytes:
    if type(value) is str:
        raw = value.encode()
        size = len(raw)
        return (cbor_write.TEXT_HEADS[size] if size < 24 else cbor_write.head(3, size)) + raw
    out: list[bytes] = []
    cbor_write.write(out, value, table)
    return b"".join(out)


def write_over(out: list, data: bytes, start: int, at: int, end: int, value: FieldMap, table: Any) -> None:
    """The bytes of `data` from `start` to `end` with the map embedded at `at`, which `value` was read from, as it is now."""
    found = value._found
    if found is None or len(value._set) != 1 or not value._places:
        out += (data[start:at], cbor_write.embed(map_items(value, table)), data[cbor_read.skip(data, at) : end])
        return
    # One value is replaced, and where it has another length, that of the map.
    (name,) = value._set
    first, last = found.span(value._places[name] + 1)
    encoded = _encoded(_held(value, name), table)
    longer = len(encoded) - last + first
    if longer:
        begin, behind = found.span()
        out += (data[start:at], b"\xd8\x18" + cbor_write.head(2, behind - begin + longer), data[begin:first], encoded, data[last:end])
    else:
        out += (data[start:first], encoded, data[last:end])


def _write_map(out: list, value: FieldMap, table: Any) -> None:
    out += map_items(value, table)


def struct_shape(names: list[str]) -> Shape:
    """The shape of a struct's values: fields without keys."""
    return Shape(names, cbor_write.head(4, len(names)), [b""] * len(names))


def struct_items(data: bytes, pos: int, end: int, shape: Shape) -> Any:
    """The encoded values of a struct's fields; None when they are not flat. DataError when there are not so many."""
    if shape.match is not None:
        found = shape.match(data, pos, end)
        if found is not None:
            return found.groups()
    size, start = cbor_read.count(data, pos, 4, "a struct")
    if size != len(shape.keys):
        raise cbor_read.malformed(f"a struct of {len(shape.keys)} fields has {size}")
    items = flat_items(data, start, end, size)
    if items is not None:
        shape.met(items)
    return items


def _embedded(data: bytes, pos: int, schemas: list) -> tuple[Any, int]:
    if data[pos + 1] != 24:
        raise cbor_read.malformed(f"an unknown tag at byte {pos}")
    flat = embedded_map(data, pos)
    size, start = cbor_read.length(data, pos + 2)
    if flat is not None:
        return flat, start + size
    value, at = cbor_read.read(data, start, schemas)
    if at != start + size:
        raise cbor_read.malformed(f"an embedded value at byte {pos} has another length than it says")
    return value, at


cbor_read.READERS[0xD8] = _embedded
cbor_write.WRITERS[FieldMap] = _write_map
