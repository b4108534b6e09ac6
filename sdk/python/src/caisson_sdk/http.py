"""HTTP to the addresses that the connector's configuration grants.

    class Lookup(Transformation):
        config = ConfigDef(ConfigKey("url", Type.STRING, "Where names are known.", access=Access.URL))

        def apply(self, record):
            found = http.get(f"{self.url}/names/{record.value['id']}")
            if found.status == 200:
                record.value["name"] = found.json()["name"]
            return record

A key with `Access.URL` names a URL; exactly its host and port are granted, and a request to anything else ends in an error that says so. A
status of 400 and more is a response too. A redirect is an answer like any other: whoever follows it asks anew. The worker connects, keeps
connections and speaks TLS; in a unit test Python's own client does.
"""

from __future__ import annotations

import json as json_text
from dataclasses import dataclass
from typing import Any, Mapping
from urllib.parse import urlsplit

from . import host
from .errors import ConnectError

# A response that is longer than this, bytes, is an error, unless the request says otherwise.
MOST = 16 * 1024 * 1024


@dataclass(frozen=True)
class Response:
    """What came back: the status, headers in order, and the whole body."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """The first header of that name, however it is written."""
        wanted = name.lower()
        return next((value for known, value in self.headers if known.lower() == wanted), None)

    def text(self) -> str:
        """The body as UTF-8."""
        return self.body.decode()

    def json(self) -> Any:
        """The body as JSON. ValueError when it is none."""
        return json_text.loads(self.body)


@dataclass(frozen=True)
class Request:
    """A request as the host sends it. `timeout`: seconds for connecting, for the head of the response, and between pieces of its body."""

    method: str
    scheme: str
    authority: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes
    timeout: float | None
    most: int


def request(
    method: str,
    url: str,
    body: bytes | str | None = None,
    *,
    json: Any = None,
    headers: Mapping[str, str] | None = None,
    timeout: float | None = None,
    most: int = MOST,
) -> Response:
    """Sends a request and waits for the whole response.

    `json` is a body as JSON, with its content type. `timeout` is in seconds; without one the call into the plugin is the limit.
    `Content-Length` is set; `Host` and what else is the connection's affair cannot be.

    ConnectError for a URL without scheme and host, a header that may not be set, an address that is not granted, and a body of more than
    `most` bytes. RetriableError when no response came: no connection, a timeout, broken HTTP.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConnectError(f"{url!r} is no URL of http or https with a host")
    if parts.username is not None:
        raise ConnectError("a URL with a user and a password cannot be asked for: give them in the header Authorization")
    named = dict(headers or {})
    if json is not None:
        body = json_text.dumps(json)
        named.setdefault("Content-Type", "application/json")
    data = body.encode() if isinstance(body, str) else body or b""
    if data or method.upper() in ("POST", "PUT", "PATCH"):
        named["Content-Length"] = str(len(data))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return host.imports().exchange(
        Request(method.upper(), parts.scheme, parts.netloc, path, list(named.items()), data, timeout, most)
    )


def get(url: str, **options: Any) -> Response:
    """Sends a GET; the options are those of `request`."""
    return request("GET", url, **options)


def post(url: str, body: bytes | str | None = None, **options: Any) -> Response:
    """Sends a POST; the options are those of `request`."""
    return request("POST", url, body, **options)


def put(url: str, body: bytes | str | None = None, **options: Any) -> Response:
    """Sends a PUT; the options are those of `request`."""
    return request("PUT", url, body, **options)


def delete(url: str, **options: Any) -> Response:
    """Sends a DELETE; the options are those of `request`."""
    return request("DELETE", url, **options)


def too_long(most: int) -> ConnectError:
    """The body is longer than the request allows."""
    return ConnectError(f"the response's body is longer than {most} bytes")
