"""The worker's log. Lines carry connector and task without the plugin's doing.

`logging` works as it does anywhere: in a component its records go to the worker's log. These functions are shorter.
"""

from __future__ import annotations

import logging

from . import host

_LEVELS = ((logging.ERROR, "error"), (logging.WARNING, "warn"), (logging.INFO, "info"), (logging.DEBUG, "debug"))


def log(level: str, message: str, target: str = "plugin") -> None:
    """A line of that level: `error`, `warn`, `info`, `debug` or `trace`."""
    host.imports().log(level, target, message)


def enabled(level: str) -> bool:
    """Whether a line of that level would be kept: ask before building an expensive message."""
    return host.imports().log_enabled(level)


def error(message: str) -> None:
    """Something failed."""
    log("error", message)


def warn(message: str) -> None:
    """Something may go wrong."""
    log("warn", message)


def info(message: str) -> None:
    """Something an operator wants to know."""
    log("info", message)


def debug(message: str) -> None:
    """Something a developer wants to know."""
    log("debug", message)


class WorkerHandler(logging.Handler):
    """Sends records of `logging` to the worker's log."""

    def emit(self, record: logging.LogRecord) -> None:
        """One line, with the traceback if there is one."""
        level = next((name for least, name in _LEVELS if record.levelno >= least), "trace")
        log(level, self.format(record), record.name)
