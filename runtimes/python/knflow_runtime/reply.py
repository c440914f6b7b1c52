"""The replies: the handler's value as JSON, or an error of one shape."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from .faults import message_of
from .redact import redactor

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_encode_ascii = json.JSONEncoder(ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode


_PROXY_KEYS = {"statusCode", "headers", "multiValueHeaders", "cookies", "body", "isBase64Encoded"}
_OWN_HEADERS = re.compile(
    r"connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|content-length|x-knflow-.*"
)
"""What belongs to the connection or to the runtime, and is no business of a handler."""
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


class Reply(NamedTuple):
    """What the client gets. Without a content type it is JSON."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    """Names in lower case."""
    is_json: bool = True
    """The body is JSON that this runtime has written."""


class InvalidOutput(Exception):
    """The handler's value has no JSON form."""


def value_reply(value: Any, to_request: bool = False) -> Reply:
    """JSON, unless the value is a reply itself: in the shape of AWS's proxies, or (`to_request`) of Flask's views.

    Raises InvalidOutput.
    """
    if to_request and isinstance(value, tuple):
        value = _view_reply(value)
    if isinstance(value, dict) and "statusCode" in value and _is_proxy_reply(value):
        return _proxy_reply(value)
    return Reply(200, _output_json(value))


def _view_reply(value: tuple[Any, ...]) -> Any:
    """(body, status) and (body, status, headers) in the shape of AWS's proxies; other tuples are values."""
    match value:
        case (body, int(status)) if not isinstance(status, bool):
            return {"statusCode": status, "body": body}
        case (body, int(status), dict(headers)) if not isinstance(status, bool):
            return {"statusCode": status, "body": body, "headers": headers}
    return value


def _is_proxy_reply(value: dict[Any, Any]) -> bool:
    """A status code and nothing that a reply does not have: anything else is a value."""
    status = value["statusCode"]
    return isinstance(status, (int, float)) and not isinstance(status, bool) and value.keys() <= _PROXY_KEYS


def _proxy_reply(value: dict[str, Any]) -> Reply:
    status, body = value["statusCode"], value.get("body")
    if status not in range(200, 600):
        raise InvalidOutput(f"the handler's reply has the status {status}; 200 to 599 are possible")
    if body is None or status in (204, 304):
        content = b""
    elif not isinstance(body, str):
        content = _output_json(body)
    elif value.get("isBase64Encoded") is True:
        content = _decoded(body)
    else:
        content = body.encode("utf-8", "replace")
    try:
        headers = tuple(_headers_of(value))
    except (AttributeError, TypeError):
        raise InvalidOutput("the handler's reply has headers that are no object of texts") from None
    return Reply(int(status), content, headers, is_json=False)


def _decoded(body: str) -> bytes:
    import base64  # only here: few functions reply by bytes

    try:
        return base64.b64decode(body)
    except ValueError as error:
        raise InvalidOutput(f"the handler's reply has a body that is not Base64: {error}") from None


def _headers_of(value: dict[str, Any]) -> Iterable[tuple[str, str]]:
    """A name that is there twice counts as it is said last, but lists and cookies are sent one by one."""
    headers = {str(name).lower(): [one] for name, one in (value.get("headers") or {}).items()}
    lists = value.get("multiValueHeaders") or {}
    if not all(isinstance(many, (list, tuple)) for many in lists.values()):
        raise InvalidOutput("the handler's reply has multiValueHeaders that are no object of lists")
    headers.update({str(name).lower(): list(many) for name, many in lists.items()})
    cookies = value.get("cookies")
    if cookies is not None and not isinstance(cookies, (list, tuple)):
        raise InvalidOutput("the handler's reply has cookies that are no list of texts")
    if cookies:
        headers["set-cookie"] = list(cookies)
    for name, values in headers.items():
        for one in values:
            text = str(one)
            if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(text):
                raise InvalidOutput(f"the handler's reply has a header that cannot be sent: {json.dumps(name)}")
            if not _OWN_HEADERS.fullmatch(name):
                yield name, text


def _output_json(value: Any) -> bytes:
    try:
        return json_of(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidOutput(f"the handler's value cannot be written as JSON: {message_of(error)}") from None


def error_reply(status: int, kind: str, message: str, run_id: str, exception: str = "") -> Reply:
    error = {"type": kind, "message": redactor.text(message), "id": run_id}
    if exception:
        error["exception"] = exception
    return Reply(status, json_of({"error": error}))


def json_of(value: Any) -> bytes:
    """The value as compact JSON. Raises what the standard encoder raises, for not-a-number too."""
    try:
        return _encode(value).encode()
    except UnicodeEncodeError:  # half a surrogate pair: JSON has it as an escape only
        return _encode_ascii(value).encode()
