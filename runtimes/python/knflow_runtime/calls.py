"""Calls of the workflow's other functions, and of other workflows, by name."""

from __future__ import annotations

import json
import re
import secrets
import time
from typing import Any, NamedTuple

DEEPEST = 32
"""Calls that may be inside each other: functions that call each other without an end are stopped here."""

_NAME = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_TRACE = re.compile(r"00-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})")
_CHUNK = 65_536


class CallError(Exception):
    """A call that did not give a value.

    `status` is the answer's, or 0 where there was none; `type` the sort of error, such as `HandlerError` or `Timeout`.
    """

    def __init__(self, message: str, status: int, kind: str) -> None:
        super().__init__(message)
        self.status = status
        self.type = kind


class Caller(NamedTuple):
    """Where functions and workflows are; the same for all calls of a process."""

    function_address: str
    """With `{name}` for the function's name; empty where there is none."""
    workflow_address: str
    largest: int
    """Bytes that an answer may have."""

    def address(self, kind: str, name: object) -> str:
        template = self.function_address if kind == "function" else self.workflow_address
        if not isinstance(name, str) or _NAME.fullmatch(name) is None:
            raise CallError(f"{name!r} is no name of a {kind}", 0, "InvalidName")
        if not template:
            variable = f"KNFLOW_{kind.upper()}_ADDRESS"
            raise CallError(f"this runtime cannot call a {kind}: {variable} is not set", 0, "NotConfigured")
        return template.replace("{name}", name)


class Call(NamedTuple):
    """One call, ready to be sent."""

    name: str
    address: str
    body: bytes
    headers: dict[str, str]
    deadline: float
    """On the clock of `time.monotonic()`."""
    largest: int

    def send(self) -> Any:
        """Sends it, and gives the value of the answer. Raises a CallError where there is none."""
        try:
            status, body = _exchange(self)
        except TimeoutError:
            raise CallError(f"{self.name} did not answer in time", 0, "Timeout") from None
        except OSError as error:
            raise CallError(f"{self.name} cannot be reached: {error}", 0, "Unreachable") from None
        if not 200 <= status < 300:
            raise _failure(self.name, status, body)
        try:
            return json.loads(body)
        except ValueError:
            raise CallError(f"{self.name} answered something that is no JSON", status, "InvalidOutput") from None


def call_headers(run_id: str, traceparent: str, depth: int) -> dict[str, str]:
    """What a call is followed by: the run, the trace with a span of its own, how many calls are around it."""
    if depth >= DEEPEST:
        raise CallError(f"more than {DEEPEST} calls are inside each other", 0, "TooDeep")
    found = _TRACE.fullmatch(traceparent)
    trace, flags = (found[1], found[2]) if found else (secrets.token_hex(16), "00")
    return {
        "content-type": "application/json",
        "x-knflow-run-id": run_id,
        "traceparent": f"00-{trace}-{secrets.token_hex(8)}-{flags}",
        "x-knflow-depth": str(depth + 1),
    }


def _exchange(call: Call) -> tuple[int, bytes]:
    from http.client import HTTPConnection, HTTPException  # not before the first call: no start waits for it
    from urllib.parse import urlsplit

    url = urlsplit(call.address)
    connection = HTTPConnection(url.hostname or "", url.port, timeout=_remaining(call))
    try:
        connection.request("POST", url.path or "/", call.body, call.headers)
        response = connection.getresponse()
        chunks: list[bytes] = []
        size = 0
        while True:
            if connection.sock is not None:
                connection.sock.settimeout(_remaining(call))
            chunk = response.read1(_CHUNK)
            if not chunk:
                return response.status, b"".join(chunks)
            size += len(chunk)
            if size > call.largest:
                raise CallError(f"{call.name} answered more than {call.largest} bytes", response.status, "TooLarge")
            chunks.append(chunk)
    except HTTPException as error:
        raise OSError(str(error) or type(error).__name__) from None
    finally:
        connection.close()


def _remaining(call: Call) -> float:
    remaining = call.deadline - time.monotonic()
    if remaining <= 0:
        raise TimeoutError
    return remaining


def _failure(name: str, status: int, body: bytes) -> CallError:
    """Functions answer `{"error": ...}`, workflows problem details, and what is between plain text."""
    try:
        answer = json.loads(body)
        error = answer.get("error")
        if isinstance(error, dict):
            kind = str(error.get("type"))
            return CallError(f"{name}: {error.get('exception') or kind}: {error.get('message')}", status, kind)
        if "title" in answer or "detail" in answer:
            message = f"{name}: {answer.get('title', 'it faulted')}: {answer.get('detail', '')}"
            return CallError(message, status, str(answer.get("type")))
    except (ValueError, AttributeError):
        pass
    return CallError(f"{name} answered {status}: {body[:200].decode('utf-8', 'replace')}", status, "Unreachable")
