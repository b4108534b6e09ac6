"""Kafka Connect's logical types as Python's own: Decimal, date, time and datetime."""

from __future__ import annotations

import datetime
import decimal
from typing import Any, Callable

from . import cbor_read, cbor_write
from .errors import DataError

DECIMAL = "org.apache.kafka.connect.data.Decimal"
DATE = "org.apache.kafka.connect.data.Date"
TIME = "org.apache.kafka.connect.data.Time"
TIMESTAMP = "org.apache.kafka.connect.data.Timestamp"

_DAY = 86_400_000


def reader(schema: Any) -> cbor_read.Reader | None:
    """How values of the schema are read, if it is logical."""
    return {DECIMAL: cbor_read.read, DATE: _read_date, TIME: _read_time, TIMESTAMP: _read_timestamp}.get(schema.name)


def _read_date(data: bytes, pos: int, schemas: list) -> tuple[datetime.date, int]:
    millis, pos = cbor_read.milliseconds(data, pos)
    return cbor_read.moment(millis).date(), pos


def _read_time(data: bytes, pos: int, schemas: list) -> tuple[datetime.time, int]:
    millis, pos = cbor_read.milliseconds(data, pos)
    return cbor_read.moment(millis % _DAY).time(), pos


def _read_timestamp(data: bytes, pos: int, schemas: list) -> tuple[datetime.datetime, int]:
    millis, pos = cbor_read.milliseconds(data, pos)
    return cbor_read.moment(millis), pos


def writer(schema: Any, mismatch: Callable[[Any, Any, str], DataError]) -> Any:
    """How values of the schema are written, if it is logical."""
    millis: Callable[[Any], int | None]
    if schema.name == DECIMAL:
        return _decimal_writer(schema, mismatch)
    if schema.name == DATE:
        millis = _date_millis
    elif schema.name == TIME:
        millis = _time_millis
    elif schema.name == TIMESTAMP:
        millis = _timestamp_millis
    else:
        return None

    def write(out: list, value: Any, table: Any, place: str) -> None:
        number = millis(value)
        if number is None:
            raise mismatch(schema, value, place)
        out.append(cbor_write.date(number))

    return write


def _date_millis(value: Any) -> int | None:
    if not isinstance(value, datetime.date) or isinstance(value, datetime.datetime):
        return None
    return (value.toordinal() - datetime.date(1970, 1, 1).toordinal()) * _DAY


def _time_millis(value: Any) -> int | None:
    if not isinstance(value, datetime.time):
        return None
    seconds = (value.hour * 60 + value.minute) * 60 + value.second
    return seconds * 1000 + value.microsecond // 1000


def _timestamp_millis(value: Any) -> int | None:
    return cbor_write.millis_of(value) if isinstance(value, datetime.datetime) else None


def _decimal_writer(schema: Any, mismatch: Callable[[Any, Any, str], DataError]) -> Any:
    scale = (schema.parameters or {}).get("scale")

    def write(out: list, value: Any, table: Any, place: str) -> None:
        if not isinstance(value, decimal.Decimal):
            raise mismatch(schema, value, place)
        exponent = value.as_tuple().exponent
        if scale is not None and isinstance(exponent, int) and exponent != -int(scale):
            value = _rescaled(value, int(scale), place)
        cbor_write.write(out, value, table)

    return write


def _rescaled(value: decimal.Decimal, scale: int, place: str) -> decimal.Decimal:
    """The same number with another scale: 1.5 as 1.50, but never 1.234 as 1.23."""
    exact = decimal.Context(prec=decimal.MAX_PREC, traps=[decimal.Inexact])
    try:
        return value.quantize(decimal.Decimal(1).scaleb(-scale), context=exact)
    except decimal.Inexact:
        raise DataError(f"{value} has more digits than the schema's scale {scale} for {place}: round it first") from None
