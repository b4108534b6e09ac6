"""What a plugin's configuration may hold: Kafka's `ConfigDef`.

The worker makes every check that is data before a plugin is started; they are made here again, so that a unit test meets them.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any, Callable, Iterator, Mapping

from .errors import ConfigError

REQUIRED: Any = object()


class Type(enum.Enum):
    """The type of a key's value, and in brackets that of Python: LIST (list of str), PASSWORD (str), and so on."""

    BOOLEAN = "BOOLEAN"
    STRING = "STRING"
    INT = "INT"
    SHORT = "SHORT"
    LONG = "LONG"
    DOUBLE = "DOUBLE"
    LIST = "LIST"
    CLASS = "CLASS"
    PASSWORD = "PASSWORD"


class Importance(enum.Enum):
    """How much a key matters to users."""

    HIGH = "HIGH"
    MEDIUM = "MEDIUM"
    LOW = "LOW"


class Width(enum.Enum):
    """How wide a form shows the key."""

    NONE = "NONE"
    SHORT = "SHORT"
    MEDIUM = "MEDIUM"
    LONG = "LONG"


class Access(enum.Enum):
    """What a key names outside the sandbox: exactly what it names is granted."""

    FILE_READ = "file-read"
    FILE_WRITE = "file-write"
    DIRECTORY_READ = "directory-read"
    DIRECTORY_WRITE = "directory-write"
    URL = "url"
    ADDRESS = "address"


@dataclass(frozen=True)
class Validator:
    """A check of a key's value. `data` is what the worker is told; `check` says what is wrong, or None."""

    data: tuple[tuple[str, str], ...]
    check: Callable[[Any], str | None]


def at_least(number: float) -> Validator:
    """At least that number."""
    return Validator(
        (("range-min", str(number)),),
        lambda value: "Value must be non-null" if value is None else f"Value must be at least {number}" if value < number else None,
    )


def at_most(number: float) -> Validator:
    """At most that number."""
    return Validator(
        (("range-max", str(number)),),
        lambda value: (
            "Value must be non-null" if value is None else f"Value must be no more than {number}" if value > number else None
        ),
    )


def one_of(*words: str) -> Validator:
    """One of these texts; of a list, every item is one of them."""
    told = f"String must be one of: {', '.join(words)}"
    return Validator(
        tuple(("one-of", word) for word in words),
        lambda value: None if all(item in words for item in (value if isinstance(value, list) else [value])) else told,
    )


def one_of_ignoring_case(*words: str) -> Validator:
    """One of these texts, in any case."""
    lower = [word.lower() for word in words]
    told = f"String must be one of (case insensitive): {', '.join(words).upper()}"
    return Validator(
        tuple(("one-of-ignoring-case", word) for word in words),
        lambda value: None if value is not None and value.lower() in lower else told,
    )


def _non_empty(value: Any) -> str | None:
    return "String must be non-empty" if value is not None and len(value) == 0 else None


NON_NULL = Validator((("non-null", ""),), lambda value: "entry must be non null" if value is None else None)
NON_EMPTY = Validator((("non-empty", ""),), _non_empty)
NON_EMPTY_LIST = Validator((("non-empty-list", ""),), lambda value: None if value else "Empty list")
REGEX = Validator((("regex", ""),), lambda value: None)


@dataclass(frozen=True)
class ConfigKey:
    """A key.

    `default` is written as a user would write it; without one the key is required, with None it may be left out. `access` grants
    what the value names. `check` is code, for what no validator says: it is given the parsed value and returns what is wrong, or
    None; the worker asks the plugin then.
    """

    name: str
    type: Type
    documentation: str
    default: Any = REQUIRED
    importance: Importance = Importance.HIGH
    validators: tuple[Validator, ...] = ()
    access: Access | None = None
    check: Callable[[Any], str | None] | None = None
    group: str | None = None
    order: int = -1
    width: Width = Width.NONE
    display_name: str | None = None
    dependents: tuple[str, ...] = ()
    recommended: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()

    @property
    def required(self) -> bool:
        """Whether it has to be set."""
        return self.default is REQUIRED

    @property
    def default_text(self) -> str | None:
        """The default as a user would write it."""
        if self.required or self.default is None:
            return None
        if isinstance(self.default, bool):
            return "true" if self.default else "false"
        return str(self.default)

    def parse(self, text: str | None) -> Any:
        """The value of the text, or of the default. ConfigError when it is not of the type or a check fails."""
        if text is None:
            if self.required:
                raise ConfigError(f'Missing required configuration "{self.name}" which has no default value.')
            text = self.default_text
        value = None if text is None else parse_type(self.name, text, self.type)
        for check in (*(validator.check for validator in self.validators), self.check):
            told = check(value) if check is not None else None
            if told is not None:
                raise ConfigError.invalid(self.name, text, told)
        return value


def parse_type(name: str, text: str, type: Type) -> Any:
    """Text as a value of a type. ConfigError in Kafka's words when it is none."""
    trimmed = text.strip("".join(map(chr, range(33))))
    if type is Type.BOOLEAN:
        if trimmed.lower() not in ("true", "false"):
            raise ConfigError.invalid(name, text, "Expected value to be either true or false")
        return trimmed.lower() == "true"
    if type is Type.LIST:
        return [item.strip(" \t\n\v\f\r") for item in trimmed.split(",")] if trimmed else []
    bits = {Type.SHORT: 16, Type.INT: 32, Type.LONG: 64}.get(type)
    if bits is None and type is not Type.DOUBLE:
        return trimmed
    try:
        number: Any = float(trimmed.rstrip("dDfF") if type is Type.DOUBLE else "nan") if bits is None else int(trimmed)
    except ValueError:
        number = None
    if number is None or "_" in trimmed or (bits is not None and not -(1 << (bits - 1)) <= number < 1 << (bits - 1)):
        raise ConfigError.invalid(name, text, f"Not a number of type {type.value}")
    return number


class ConfigDef:
    """The keys of a plugin, in the order they are shown."""

    def __init__(self, *keys: ConfigKey) -> None:
        self.keys = {key.name: key for key in keys}
        if len(self.keys) != len(keys):
            raise ConfigError("a configuration defines a key twice")

    def __iter__(self) -> Iterator[ConfigKey]:
        return iter(self.keys.values())

    def parse(self, originals: Mapping[str, str]) -> Config:
        """What a user set, parsed. ConfigError for the first mistake in the order of the keys."""
        return Config({key.name: key.parse(originals.get(key.name)) for key in self}, originals)


class Config:
    """What a user set: `config["key"]` is the parsed value of a key of the definition, or its default."""

    def __init__(self, values: Mapping[str, Any], originals: Mapping[str, str]) -> None:
        self.values = dict(values)
        self.originals = dict(originals)

    def __getitem__(self, name: str) -> Any:
        try:
            return self.values[name]
        except KeyError:
            raise ConfigError(f"Unknown configuration '{name}'") from None

    def originals_with_prefix(self, prefix: str) -> dict[str, str]:
        """Every key that starts with the prefix, without it, as the user wrote it."""
        return {name[len(prefix) :]: value for name, value in self.originals.items() if name.startswith(prefix)}
