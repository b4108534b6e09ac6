"""The host that plugins see: the worker's imports in a component, a stand-in in a unit test."""

from __future__ import annotations

from typing import Any

_imports: Any = None


def imports() -> Any:
    """The host of this process."""
    global _imports
    if _imports is None:
        from . import testing

        _imports = testing.Host()
    return _imports


def install(host: Any) -> None:
    """Puts a host in place: the component's glue, or a test."""
    global _imports
    _imports = host
