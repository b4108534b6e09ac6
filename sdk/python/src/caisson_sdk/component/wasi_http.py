"""Requests through `wasi:http`."""

from caisson_sdk.errors import ConnectError, RetriableError
from caisson_sdk.http import Response, too_long
from componentize_py_types import Err
from wit_world.imports import outgoing_handler, streams
from wit_world.imports import wasi_http_types as types

# `blocking-write-and-flush` takes no more at once.
_PIECE = 4096
_CHUNK = 65536
# The other cases are what may go well another time.
_FOR_GOOD = (types.ErrorCode_HttpRequestUriInvalid, types.ErrorCode_HttpRequestMethodInvalid)


def exchange(request):
    """Sends a request and reads the whole response."""
    try:
        return _exchange(request)
    except Err as error:
        raise _told(error.value, request) from None


def _exchange(request):
    outgoing = types.OutgoingRequest(_fields(request.headers))
    outgoing.set_method(_method(request.method))
    outgoing.set_scheme(types.Scheme_Https() if request.scheme == "https" else types.Scheme_Http())
    outgoing.set_authority(request.authority)
    outgoing.set_path_with_query(request.path)
    body = outgoing.body()
    future = outgoing_handler.handle(outgoing, _options(request.timeout))
    try:
        _write(body, request.body)
    except Err:
        # A server may answer before it has read everything. Where it does not, the answer's error says why.
        del body
    with future.subscribe() as ready:
        ready.block()
    answer = future.get().value
    if isinstance(answer, Err):
        raise answer
    with answer.value as response:
        with response.headers() as fields:
            headers = [(name, value.decode("latin-1")) for name, value in fields.entries()]
        with response.consume() as incoming, incoming.stream() as stream:
            return Response(response.status(), headers, _read(stream, request.most))


def _fields(headers):
    try:
        return types.Fields.from_list([(name, value.encode("latin-1")) for name, value in headers])
    except Err as error:
        names = ", ".join(name for name, _ in headers)
        raise ConnectError(f"one of the headers {names} may not be set: {_name(error.value)}") from None


def _method(name):
    known = getattr(types, f"Method_{name.capitalize()}", None)
    return types.Method_Other(name) if known is None or known is types.Method_Other else known()


def _options(timeout):
    if timeout is None:
        return None
    made = types.RequestOptions()
    nanoseconds = int(timeout * 1e9)
    made.set_connect_timeout(nanoseconds)
    made.set_first_byte_timeout(nanoseconds)
    made.set_between_bytes_timeout(nanoseconds)
    return made


def _write(body, data):
    if data:
        with body.write() as stream:
            for start in range(0, len(data), _PIECE):
                stream.blocking_write_and_flush(data[start : start + _PIECE])
    types.OutgoingBody.finish(body, None)


def _read(stream, most):
    pieces, size = [], 0
    while True:
        try:
            piece = stream.blocking_read(_CHUNK)
        except Err as error:
            if isinstance(error.value, streams.StreamError_Closed):
                return b"".join(pieces)
            raise
        pieces.append(piece)
        size += len(piece)
        if size > most:
            raise too_long(most)


def _told(value, request):
    where = f"{request.method} {request.scheme}://{request.authority}{request.path}"
    if isinstance(value, streams.StreamError_LastOperationFailed):
        return RetriableError(f"{where}: the connection failed: {value.value.to_debug_string()}")
    if isinstance(value, types.ErrorCode_HttpRequestDenied):
        return ConnectError(f"{where}: nothing in the connector's config grants {request.authority}; sandbox.grants may")
    kind = ConnectError if value is None or isinstance(value, _FOR_GOOD) else RetriableError
    return kind(f"{where}: {_name(value)}")


def _name(value):
    """`connection refused` for `ErrorCode_ConnectionRefused()`, with what else it says."""
    if value is None:
        return "it is no request that can be sent"
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in type(value).__name__.partition("_")[2]).strip()
    more = getattr(value, "value", None)
    return words if more is None else f"{words}: {more}"
