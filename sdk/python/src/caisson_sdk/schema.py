"""Schemas and structs.

A schema is built once, by the functions of this module, and is never changed. It knows how to read and write its values: the
reader and the writer of a struct are put together when it is made, so that nothing is looked up for each record.

    PERSON = struct(
        "com.example.Person",
        {"name": STRING, "age": INT32.optional(), "balance": decimal(2)},
    )
    record.set_value(PERSON.new(name="Ada", age=36, balance=Decimal("12.50")))
"""

from __future__ import annotations

from typing import Any, Iterator, Mapping

from . import cbor_read, cbor_write, fields, logical
from .errors import DataError, SchemaBuilderError
from .values import MapEntries

TYPES = ("INT8", "INT16", "INT32", "INT64", "FLOAT32", "FLOAT64", "BOOLEAN", "STRING", "BYTES", "ARRAY", "MAP", "STRUCT")
_NUMBERS = {name: number for number, name in enumerate(TYPES)}
_NOTHING: Any = object()
_UNREAD: Any = object()
_BITS = {"INT8": 8, "INT16": 16, "INT32": 32, "INT64": 64}


class Field:
    """A field of a struct."""

    __slots__ = ("name", "index", "schema")

    def __init__(self, name: str, index: int, schema: Schema) -> None:
        self.name = name
        self.index = index
        self.schema = schema

    def __repr__(self) -> str:
        return f"Field({self.name!r}, {self.schema!r})"


class Schema:
    """What values there may be in a place; Kafka's `ConnectSchema`. Equal schemas are equal objects by `==`.

    `type` is one of TYPES. `parts` are the item schema of an array, the key and value schemas of a map, the fields of a struct.
    """

    def __init__(
        self,
        type: str,
        *,
        optional: bool = False,
        name: str | None = None,
        version: int | None = None,
        doc: str | None = None,
        parameters: Mapping[str, str] | None = None,
        default: Any = _NOTHING,
        parts: tuple | None = None,
    ) -> None:
        self.type = type
        self.is_optional = optional
        self.name = name
        self.version = version
        self.doc = doc
        self.parameters = dict(parameters) if parameters is not None else None
        self._parts = parts
        self.is_struct = type == "STRUCT"
        if self.is_struct:
            self.fields = tuple(parts or ())
            self.positions = {field.name: field.index for field in self.fields}
            self.shape = fields.struct_shape(list(self.positions))
        self.read: cbor_read.Reader = _reader(self)
        self._write_present = _writer(self)
        self._encoded: bytes | None = None
        self.has_default = default is not _NOTHING
        self.default = default if self.has_default else None
        if self.has_default:
            try:
                self.write([], self.default, _NoTable())
            except DataError as error:
                raise SchemaBuilderError(f"Invalid default value: {error.message}") from error

    @property
    def item_schema(self) -> Schema | None:
        """Of an array's items; None when they have none."""
        return self._parts[0] if self.type == "ARRAY" and self._parts else None

    @property
    def key_schema(self) -> Schema | None:
        """Of a map's keys."""
        return self._parts[0] if self.type == "MAP" and self._parts else None

    @property
    def value_schema(self) -> Schema | None:
        """Of a map's values."""
        return self._parts[1] if self.type == "MAP" and self._parts else None

    def optional(self) -> Schema:
        """The same, and None is a value too."""
        return self._changed(optional=True)

    def with_default(self, value: Any) -> Schema:
        """The same with a default. SchemaBuilderError for one that is no value of the schema."""
        return self._changed(default=value)

    def named(self, name: str, version: int | None = None) -> Schema:
        """The same under a name."""
        return self._changed(name=name, version=version)

    def documented(self, doc: str) -> Schema:
        """The same with a description."""
        return self._changed(doc=doc)

    def with_parameters(self, parameters: Mapping[str, str]) -> Schema:
        """The same with these parameters."""
        return self._changed(parameters=parameters)

    def _changed(self, **changes: Any) -> Schema:
        members = {
            "optional": self.is_optional,
            "name": self.name,
            "version": self.version,
            "doc": self.doc,
            "parameters": self.parameters,
            "parts": self._parts,
        }
        if self.has_default:
            members["default"] = self.default
        return Schema(self.type, **{**members, **changes})

    def new(self, /, **values: Any) -> Struct:
        """A struct of this schema; fields that are not named are unset. DataError for a field that it does not have."""
        made = Struct(self)
        for name, value in values.items():
            made[name] = value
        return made

    def write(self, out: list, value: Any, table: Any, place: str = "value") -> None:
        """Appends the value as it stands under this schema. DataError names the place and what is wrong with it."""
        if value is None:
            if not self.is_optional and not self.has_default:
                raise DataError(f"Invalid value: null used for required {place}, schema type: {self.type}")
            out.append(b"\xf6")
            return
        self._write_present(out, value, table, place)

    def encoded(self) -> bytes:
        """`schema` of record.cddl."""
        if self._encoded is None:
            out: list[bytes] = [b"\x88", cbor_write.integer(_NUMBERS[self.type])]
            for member in (self.is_optional, self.name, self.version, self.doc, self.parameters):
                cbor_write.write(out, member, None)
            if self.has_default:
                out.append(b"\x81")
                self.write(out, self.default, _NoTable())
            else:
                out.append(b"\xf6")
            out.append(self._encoded_parts())
            self._encoded = b"".join(out)
        return self._encoded

    def _encoded_parts(self) -> bytes:
        if self.is_struct:
            each_field = [b"\x82" + cbor_write.text(field.name) + field.schema.encoded() for field in self.fields]
            return cbor_write.head(4, len(each_field)) + b"".join(each_field)
        if not self._parts or self._parts[0] is None:
            return b"\xf6"
        parts = [part.encoded() if part is not None else b"\xf6" for part in self._parts]
        return cbor_write.head(4, len(parts)) + b"".join(parts)

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Schema) and self.encoded() == other.encoded())

    def __hash__(self) -> int:
        return hash(self.encoded())

    def __repr__(self) -> str:
        name = f" {self.name}" if self.name else ""
        return f"<Schema {self.type}{name}{' optional' if self.is_optional else ''}>"


class Struct:
    """A value of a struct schema, by the names of its fields. A field that is not set has its schema's default."""

    __slots__ = ("schema", "_values", "_items")

    def __init__(self, schema: Schema, values: list | None = None) -> None:
        if not schema.is_struct:
            raise DataError(f"Not a struct schema: {schema!r}")
        self.schema = schema
        self._values = values if values is not None else [None] * len(schema.fields)
        # The fields as they came, for those whose value is still _UNREAD.
        self._items: Any = None

    @property
    def values(self) -> list:
        """The fields' values in the order of the schema, None where unset."""
        for position in range(len(self._values)):
            self._value(position)
        return self._values

    def _position(self, name: str) -> int:
        try:
            return self.schema.positions[name]
        except KeyError:
            raise DataError(f"{name} is not a valid field name") from None

    def _value(self, position: int) -> Any:
        value = self._values[position]
        if value is _UNREAD:
            value = self.schema.fields[position].schema.read(self._items[position], 0, [])[0]
            self._values[position] = value
        return value

    def __getitem__(self, name: str) -> Any:
        position = self._position(name)
        value = self._value(position)
        return self.schema.fields[position].schema.default if value is None else value

    def __setitem__(self, name: str, value: Any) -> None:
        self._values[self._position(name)] = value

    def __contains__(self, name: object) -> bool:
        return name in self.schema.positions

    def __iter__(self) -> Iterator[str]:
        return iter(self.schema.positions)

    def get(self, name: str, default: Any = None) -> Any:
        """The field's value; `default` when there is no such field."""
        return self[name] if name in self.schema.positions else default

    def is_set(self, name: str) -> bool:
        """Whether the field has a value of its own."""
        return self._value(self._position(name)) is not None

    def items(self) -> Iterator[tuple[str, Any]]:
        """Names and values, in the order of the schema."""
        return ((name, self[name]) for name in self.schema.positions)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Struct) and self.schema == other.schema and self.values == other.values

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in zip(self.schema.positions, self.values))
        return f"Struct({self.schema.name or 'struct'}: {shown})"


def _unread(schema: Schema, items: Any) -> Struct:
    made = Struct(schema, [_UNREAD] * len(items))
    made._items = items
    return made


class _NoTable:
    """A schema's default stands outside a batch, where no value can carry a schema of its own."""

    def index(self, schema: Schema) -> int:
        raise DataError("a default holds no value with a schema of its own")


def _reader(schema: Schema) -> cbor_read.Reader:
    plain = logical.reader(schema) or _plain_reader(schema)
    if plain is cbor_read.read:
        return plain
    readers = cbor_read.READERS

    def read(data: bytes, pos: int, schemas: list) -> tuple[Any, int]:
        head = data[pos]
        if head == 0xF6:
            return None, pos + 1
        if head == 0xD8:
            size, pos = cbor_read.length(data, pos + 2)
            if schema.is_struct:
                items = fields.struct_items(data, pos, pos + size, schema.shape)
                if items is not None:
                    return _unread(schema, items), pos + size
        elif head == 0xD9 and data[pos + 2] == 0x5D:
            return readers[head](data, pos, schemas)
        return plain(data, pos, schemas)

    return read


def _plain_reader(schema: Schema) -> cbor_read.Reader:
    if schema.type == "STRUCT":
        return _struct_reader(schema)
    if schema.type == "ARRAY" and schema.item_schema is not None:
        item = schema.item_schema.read

        def read_array(data: bytes, pos: int, schemas: list) -> tuple[list, int]:
            size, pos = cbor_read.count(data, pos, 4, "an array")
            items = []
            for _ in range(size):
                value, pos = item(data, pos, schemas)
                items.append(value)
            return items, pos

        return read_array
    if schema.type == "MAP" and schema.key_schema is not None:
        return _map_reader(schema)
    return cbor_read.read


def _map_reader(schema: Schema) -> cbor_read.Reader:
    key_of = schema.key_schema.read if schema.key_schema else cbor_read.read
    value_of = schema.value_schema.read if schema.value_schema else cbor_read.read

    def read_map(data: bytes, pos: int, schemas: list) -> tuple[Any, int]:
        size, pos = cbor_read.count(data, pos, 5, "a map")
        entries = MapEntries()
        for _ in range(size):
            key, pos = key_of(data, pos, schemas)
            value, pos = value_of(data, pos, schemas)
            entries.append((key, value))
        try:
            as_dict = dict(entries)
        except TypeError:
            return entries, pos
        return (as_dict if len(as_dict) == size else entries), pos

    return read_map


def _struct_reader(schema: Schema) -> cbor_read.Reader:
    readers = [field.schema.read for field in schema.fields]
    plain = cbor_read.read
    of_first_byte = cbor_read.READERS

    def read_struct(data: bytes, pos: int, schemas: list) -> tuple[Struct, int]:
        size, pos = cbor_read.count(data, pos, 4, "a struct")
        if size != len(readers):
            raise cbor_read.malformed(f"a struct of {len(readers)} fields has {size}")
        values = []
        append = values.append
        for reader in readers:
            head = data[pos]
            if 0x60 <= head < 0x78:
                end = pos + head - 0x5F
                append(data[pos + 1 : end].decode())
                pos = end
            elif head < 0x18:
                append(head)
                pos += 1
            else:
                value, pos = of_first_byte[head](data, pos, schemas) if reader is plain else reader(data, pos, schemas)
                append(value)
        return Struct(schema, values), pos

    return read_struct


def _mismatch(schema: Schema, value: Any, place: str) -> DataError:
    name = f' "{schema.name}"' if schema.name else ""
    return DataError(f"Invalid object for schema{name} with type {schema.type}: {type(value).__name__} {value!r} for {place}")


def _writer(schema: Schema) -> Any:
    logical_writer = logical.writer(schema, _mismatch)
    if logical_writer is not None:
        return logical_writer
    bits = _BITS.get(schema.type)
    if bits is not None:
        least, most = -(1 << (bits - 1)), (1 << (bits - 1)) - 1

        def write_int(out: list, value: Any, table: Any, place: str) -> None:
            if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
                raise _mismatch(schema, value, place)
            out.append(cbor_write.integer(value))

        return write_int
    return {"ARRAY": _array_writer, "MAP": _map_writer, "STRUCT": _struct_writer}.get(schema.type, _primitive_writer)(schema)


def _primitive_writer(schema: Schema) -> Any:
    accepted: dict[str, tuple[type, ...]] = {
        "FLOAT32": (float, int),
        "FLOAT64": (float, int),
        "BOOLEAN": (bool,),
        "STRING": (str,),
        "BYTES": (bytes, bytearray, memoryview),
    }
    types = accepted[schema.type]
    writers = {"FLOAT32": cbor_write.Float32, "FLOAT64": float, "BOOLEAN": bool, "STRING": str, "BYTES": bytes}
    write = cbor_write.WRITERS[writers[schema.type]]

    def write_primitive(out: list, value: Any, table: Any, place: str) -> None:
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            raise _mismatch(schema, value, place)
        write(out, value, table)

    return write_primitive


def _array_writer(schema: Schema) -> Any:
    item = schema.item_schema

    def write_array(out: list, value: Any, table: Any, place: str) -> None:
        if not isinstance(value, (list, tuple)):
            raise _mismatch(schema, value, place)
        out.append(cbor_write.head(4, len(value)))
        for each in value:
            if item is None:
                cbor_write.write(out, each, table)
            else:
                item.write(out, each, table, f"element of array {place}")

    return write_array


def _map_writer(schema: Schema) -> Any:
    keys, values = schema.key_schema, schema.value_schema

    def write_map(out: list, value: Any, table: Any, place: str) -> None:
        if not isinstance(value, (dict, MapEntries)):
            raise _mismatch(schema, value, place)
        out.append(cbor_write.head(5, len(value)))
        for key, each in value.items() if isinstance(value, dict) else value:
            if keys is None:
                cbor_write.write(out, key, table)
            else:
                keys.write(out, key, table, f"key of map {place}")
            if values is None:
                cbor_write.write(out, each, table)
            else:
                values.write(out, each, table, f"value of map {place}")

    return write_map


def _struct_writer(schema: Schema) -> Any:
    start = cbor_write.head(4, len(schema.fields))
    each_field = [(field.schema.write, f'field: "{field.name}"') for field in schema.fields]

    def write_struct(out: list, value: Any, table: Any, place: str) -> None:
        if not isinstance(value, Struct):
            raise _mismatch(schema, value, place)
        if value.schema is not schema and value.schema != schema:
            raise DataError("Struct schemas do not match.")
        out.append(start)
        for position, ((write, name), each) in enumerate(zip(each_field, value._values)):
            if each is _UNREAD:
                out.append(value._items[position])
            else:
                write(out, each, table, name)

    return write_struct


def array(items: Schema) -> Schema:
    """An array of such items."""
    return Schema("ARRAY", parts=(items,))


def map_of(keys: Schema, values: Schema) -> Schema:
    """A map of such keys and values."""
    return Schema("MAP", parts=(keys, values))


def struct(name: str | None, members: Mapping[str, Schema], *, version: int | None = None, doc: str | None = None) -> Schema:
    """A struct of these fields, in their order."""
    made = tuple(Field(field, index, schema) for index, (field, schema) in enumerate(members.items()))
    return Schema("STRUCT", name=name, version=version, doc=doc, parts=made)


def decimal(scale: int) -> Schema:
    """decimal.Decimal with so many digits after the point."""
    return Schema("BYTES", name=logical.DECIMAL, version=1, parameters={"scale": str(scale)})


INT8, INT16, INT32, INT64 = Schema("INT8"), Schema("INT16"), Schema("INT32"), Schema("INT64")
FLOAT32, FLOAT64 = Schema("FLOAT32"), Schema("FLOAT64")
BOOLEAN, STRING, BYTES = Schema("BOOLEAN"), Schema("STRING"), Schema("BYTES")
DATE = Schema("INT32", name=logical.DATE, version=1)
TIME = Schema("INT32", name=logical.TIME, version=1)
TIMESTAMP = Schema("INT64", name=logical.TIMESTAMP, version=1)


def read_schema(data: bytes, pos: int) -> tuple[Schema, int]:
    """`schema` of record.cddl."""
    if data[pos] != 0x88:
        raise cbor_read.malformed(f"a schema is expected at byte {pos}")
    type_number, pos = cbor_read.read(data, pos + 1, [])
    members = []
    for _ in range(5):
        member, pos = cbor_read.read(data, pos, [])
        members.append(member)
    default_at = pos
    pos = cbor_read.skip(data, pos)
    type_name = TYPES[type_number]
    parts, pos = _read_parts(data, pos, type_name)
    optional, name, version, doc, parameters = members
    schema = Schema(type_name, optional=optional, name=name, version=version, doc=doc, parameters=parameters, parts=parts)
    if data[default_at] != 0xF6:
        default, _ = schema.read(data, default_at + 1, [])
        schema = schema.with_default(default)
    return schema, pos


def _read_parts(data: bytes, pos: int, type_name: str) -> tuple[tuple | None, int]:
    if data[pos] == 0xF6:
        return None, pos + 1
    size, pos = cbor_read.count(data, pos, 4, "a schema's parts")
    parts: list = []
    for index in range(size):
        if type_name == "STRUCT":
            name, pos = cbor_read.text(data, pos + 1)
            schema, pos = read_schema(data, pos)
            parts.append(Field(name, index, schema))
        elif data[pos] == 0xF6:
            parts.append(None)
            pos += 1
        else:
            schema, pos = read_schema(data, pos)
            parts.append(schema)
    return tuple(parts), pos
