"""The failures that a plugin's call can end in.

The kind says what the worker does with a failure; the Java class is what tools expect to read in traces and in the headers of dead
letters. Every other exception of Python's counts as a ConnectError, and its traceback is part of the message.
"""

from __future__ import annotations

import traceback


class ConnectError(Exception):
    """Anything that is none of the kinds below: the task fails (`ConnectException`)."""

    kind = "connect"
    java_class = "org.apache.kafka.connect.errors.ConnectException"

    def __init__(self, message: str, *, java_class: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.options: list[tuple[str, str]] = []
        if java_class is not None:
            self.java_class = java_class


class RetriableError(ConnectError):
    """The call may be made again later (`RetriableException`)."""

    kind = "retriable"
    java_class = "org.apache.kafka.connect.errors.RetriableException"


class DataError(ConnectError):
    """This record is bad; `errors.tolerance` decides what becomes of it (`DataException`)."""

    kind = "data"
    java_class = "org.apache.kafka.connect.errors.DataException"


class SchemaBuilderError(DataError):
    """A schema cannot be built (`SchemaBuilderException`)."""

    java_class = "org.apache.kafka.connect.errors.SchemaBuilderException"


class ConfigError(ConnectError):
    """A setting is bad (`ConfigException`)."""

    kind = "config"
    java_class = "org.apache.kafka.common.config.ConfigException"

    @classmethod
    def invalid(cls, name: str, value: object, message: str = "") -> ConfigError:
        """In the words of Kafka's `ConfigException(name, value, message)`."""
        shown = "null" if value is None else value
        told = f"Invalid value {shown} for configuration {name}"
        return cls(f"{told}: {message}" if message else told)


def as_connect_error(error: BaseException) -> ConnectError:
    """The error that crosses to the worker: the SDK's own as it is, any other with type, message and traceback."""
    if isinstance(error, ConnectError):
        return error
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "caisson_sdk" not in frame.filename.replace("\\", "/").split("/")] or frames
    lines = [f"{type(error).__name__}: {error}"]
    lines += [f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}' for frame in own]
    return ConnectError("\n".join(lines))
