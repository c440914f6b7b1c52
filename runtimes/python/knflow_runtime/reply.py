"""The replies: the handler's value as JSON, or an error of one shape."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from .faults import message_of

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_encode_ascii = json.JSONEncoder(ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode


class Reply(NamedTuple):
    """What the client gets; a body that is JSON already."""

    status: int
    body: bytes


class InvalidOutput(Exception):
    """The handler's value has no JSON form."""


def value_reply(value: Any) -> Reply:
    """Raises InvalidOutput."""
    try:
        return Reply(200, json_of(value))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidOutput(f"the handler's value cannot be written as JSON: {message_of(error)}") from None


def error_reply(status: int, kind: str, message: str, run_id: str, exception: str = "") -> Reply:
    error = {"type": kind, "message": message, "id": run_id}
    if exception:
        error["exception"] = exception
    return Reply(status, json_of({"error": error}))


def json_of(value: Any) -> bytes:
    """The value as compact JSON. Raises what the standard encoder raises, for not-a-number too."""
    try:
        return _encode(value).encode()
    except UnicodeEncodeError:  # half a surrogate pair: JSON has it as an escape only
        return _encode_ascii(value).encode()
