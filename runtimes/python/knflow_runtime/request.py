"""Turns a request into the handler's event, or refuses it with what is wrong and what is allowed."""

from __future__ import annotations

import itertools
import json
import math
import os
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from .errors import RequestError

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

MAX_DEPTH = 256
"""Arrays and objects inside each other: far beyond real data, and well below what overflows a parser's stack."""
MAX_QUERY_FIELDS = 1000

_RUN_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_CHARSET = re.compile(r'(charset="?utf-?8"?)?')
# One that does not end takes the rest of the body: else it would be looked for again from each quote in it.
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)', re.DOTALL)
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in _STEPS)


class Disconnected(Exception):
    """The client went away before its request was whole."""


def headers_of(scope: Scope) -> dict[bytes, bytes]:
    headers: dict[bytes, bytes] = dict(reversed(scope["headers"]))  # of a repeated one the first
    if b"tracestate" in headers:  # the one list that may come in several headers
        headers[b"tracestate"] = b",".join(value for name, value in scope["headers"] if name == b"tracestate")
    return headers


def run_id_of(headers: dict[bytes, bytes]) -> str:
    """The caller's run id where it sent a sound one, otherwise a new one."""
    sent = headers.get(b"x-knflow-run-id", b"").decode("latin-1")
    return sent if _RUN_ID.fullmatch(sent) else os.urandom(16).hex()


def depth_of(headers: dict[bytes, bytes]) -> int:
    """How many calls from functions' code the request is inside of."""
    sent = headers.get(b"x-knflow-depth", b"")
    return int(sent) if len(sent) <= 3 and sent.isascii() and sent.isdigit() else 0


async def read_body(headers: dict[bytes, bytes], receive: Receive, limit: int) -> bytes:
    """The whole body; what is over the limit is refused before it is read, or once it turns out."""
    if int(headers.get(b"content-length") or 0) > limit:
        raise _too_large(limit)
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise _too_large(limit)
        chunks.append(chunk)
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def event_of_body(headers: dict[bytes, bytes], body: bytes) -> Any:
    """The event that a POST carries. An empty body is an empty event."""
    if not body:
        return {}
    _check_content_type(headers.get(b"content-type", b"").decode("latin-1"))
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _bad(f"the body is not UTF-8: byte {error.start} is {body[error.start]:#04x}") from None
    _check_depth(body)
    try:
        return (_decode_large if _may_hold_large(body) else _decode)(text)
    except ValueError as error:
        raise _bad(f"the body is not JSON: {error}") from None


def event_of_query(query: bytes) -> dict[str, str]:
    """The event that a GET carries: its query's fields as strings; of a repeated field the last one counts."""
    try:
        return dict(
            parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_QUERY_FIELDS)
        )
    except ValueError:
        raise _bad(f"the query is not UTF-8 or has more than {MAX_QUERY_FIELDS} fields") from None


def _check_content_type(value: str) -> None:
    kind, *parameters = [part.strip(" \t").lower() for part in value.split(";")]
    if kind and kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise _bad(f"the content type is {kind!r}; send application/json")
    for parameter in parameters:
        if not _CHARSET.fullmatch(parameter):
            raise _bad(f"the content type's parameter is {parameter!r}; only UTF-8 is read")


def _check_depth(body: bytes) -> None:
    if body.count(b"[") + body.count(b"{") <= MAX_DEPTH:
        return
    brackets = _STRING.sub(b"", body).translate(None, _NO_BRACKETS)
    if max(itertools.accumulate(map(_STEPS.__getitem__, brackets)), default=0) > MAX_DEPTH:
        raise _bad(f"the body is nested deeper than {MAX_DEPTH}")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")


def _double(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError("a number is too large")
    return value


def _whole(text: str) -> int:
    _double(text)
    return int(text)


def _may_hold_large(body: bytes) -> bool:
    """Whether a number in a body may be beyond a double's. Found without a pattern, which would try each digit anew."""
    shape = body.translate(_SHAPE, b"+")
    return _MANY_DIGITS in shape or b"e00" in shape


_MANY_DIGITS = b"0" * 200
_SHAPE = bytes(ord("0" if chr(byte) in "0123456789" else "e" if chr(byte) in "eE" else " ") for byte in range(256))
_decode = json.JSONDecoder(parse_constant=_no_constant).decode
_decode_large = json.JSONDecoder(parse_constant=_no_constant, parse_float=_double, parse_int=_whole).decode


def _bad(message: str) -> RequestError:
    return RequestError(400, "BadRequest", message)


def _too_large(limit: int) -> RequestError:
    return RequestError(413, "PayloadTooLarge", f"the body is larger than {limit} bytes")
