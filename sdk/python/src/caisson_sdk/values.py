"""Values that Python has no type of its own for.

A schemaless value says by its type how wide it is: a Python int is an int64 and a float a float64. The classes here are the
other widths; each is an int or float like any other. Dates without a schema are `datetime.datetime` in UTC.
"""

from __future__ import annotations

from typing import Any

from .errors import DataError


class _Whole(int):
    bits = 64

    def __new__(cls, value: int = 0) -> Any:
        number = super().__new__(cls, value)
        if not -(1 << (cls.bits - 1)) <= number < 1 << (cls.bits - 1):
            raise DataError(f"{int(number)} does not fit into {cls.bits} bits ({cls.__name__})")
        return number

    def __repr__(self) -> str:
        return f"{type(self).__name__}({int(self)})"


class Int8(_Whole):
    """An int8 without a schema."""

    bits = 8


class Int16(_Whole):
    """An int16 without a schema."""

    bits = 16


class Int32(_Whole):
    """An int32 without a schema."""

    bits = 32


class Float32(float):
    """A float32 without a schema."""

    def __repr__(self) -> str:
        return f"Float32({float(self)})"


class BigInteger(int):
    """A java.math.BigInteger. A plain int beyond 64 bits is written as one too."""

    def __repr__(self) -> str:
        return f"BigInteger({int(self)})"


class MapEntries(list):
    """A map whose keys cannot be those of a dict, such as a list or both 1 and Int8(1): a list of (key, value)."""


class Typed:
    """A value with a schema of its own where its place has none or another; a Struct needs none of this."""

    __slots__ = ("schema", "value")

    def __init__(self, schema: Any, value: Any) -> None:
        self.schema = schema
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Typed) and self.schema == other.schema and self.value == other.value

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Typed({self.schema!r}, {self.value!r})"
