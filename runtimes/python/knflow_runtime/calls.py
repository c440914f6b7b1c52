"""Calls that handlers make, of functions and workflows by their names; see docs/adr/0031-calls-from-code.md."""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from .call_answer import output_of
from .client import Answer, AnswerTooLarge, Client
from .errors import CallError
from .faults import message_of
from .reply import json_of
from .trace import trace_of

if TYPE_CHECKING:
    from .spans import Spans

MAX_DEPTH = 32
"""Calls inside of calls: more than anyone plans, and few enough that functions which call each other end soon."""

_NAME = re.compile(r"[a-z](?:[a-z0-9-]{0,55}[a-z0-9])?")

_client = Client()


class Caller(NamedTuple):
    """The run of a handler that calls."""

    run_id: str
    traceparent: str
    tracestate: str
    deadline: float
    depth: int
    max_body_bytes: int
    loop: asyncio.AbstractEventLoop
    """The server's, on which all requests are made."""
    spans: Spans | None
    """Where calls are told of; None where they are not."""


class Call(NamedTuple):
    setting: str
    """The variable that has the address."""
    address: str
    """With `{name}` for the name."""
    name: str
    payload: tuple[Any, ...]
    """One value, or none."""
    timeout: float | None


def begin(caller: Caller, call: Call) -> Any:
    """The output, or on an event loop an awaitable for it: to wait there would hold up all others."""
    try:
        running = asyncio.get_running_loop()
    except RuntimeError:
        body = _body_of(caller, call)
        answer = asyncio.run_coroutine_threadsafe(_ask(caller, call, body), caller.loop).result()
        return output_of(call.name, caller.run_id, answer)
    return _awaited(caller, call, running)


async def _awaited(caller: Caller, call: Call, running: asyncio.AbstractEventLoop) -> Any:
    asked = _ask(caller, call, _body_of(caller, call))
    if running is caller.loop:
        answer = await asked
    else:  # a loop of the handler's own
        answer = await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(asked, caller.loop))
    return output_of(call.name, caller.run_id, answer)


def _body_of(caller: Caller, call: Call) -> bytes:
    """What is sent. Raises CallError where there is nobody to send it to."""
    name = call.name
    if not _NAME.fullmatch(name):
        rule = 'lower-case letters, digits and "-", beginning with a letter'
        raise _error(caller, call, 400, "InvalidName", f"{name!r} is no name of a function or workflow: {rule}")
    if not call.address:
        raise _error(caller, call, 501, "NotConfigured", f"{name} cannot be called: {call.setting} is not set")
    if caller.depth >= MAX_DEPTH:
        message = f"{name} is not called: there are {MAX_DEPTH} calls inside of each other already"
        raise _error(caller, call, 508, "TooDeep", message)
    try:
        return b"".join(map(json_of, call.payload))
    except (TypeError, ValueError, RecursionError) as error:
        raise TypeError(f"the payload for {name} cannot be written as JSON: {message_of(error)}") from None


async def _ask(caller: Caller, call: Call, body: bytes) -> Answer:
    address = call.address.replace("{name}", call.name)
    url = urlsplit(address)
    trace = trace_of(caller.run_id, caller.traceparent, caller.tracestate)
    lines = [
        f"POST {url.path or '/'} HTTP/1.1",
        f"host: {url.netloc}",
        f"content-length: {len(body)}",
        *(["content-type: application/json"] if body else []),
        f"x-knflow-run-id: {caller.run_id}",
        f"x-knflow-depth: {caller.depth + 1}",
    ]

    async def send(traceparent: str) -> Answer:
        head = [*lines, *trace._replace(traceparent=traceparent).lines(), "", ""]
        request = "\r\n".join(head).encode() + body
        return await _client.exchange(url.hostname or "", url.port or 80, request, caller.max_body_bytes)

    remaining = max(caller.deadline - time.monotonic(), 0.0)
    seconds = remaining - _margin(remaining)
    if call.timeout is not None:
        seconds = min(seconds, call.timeout)
    if caller.spans:
        from .spans import ClientCall  # imported already, where there are spans

        attributes = {"faas.invoked_name": call.name, "knflow.run.id": caller.run_id}
        told = ClientCall(f"call {call.name}", "POST", address, attributes)
        exchange = caller.spans.client(caller.traceparent, told, send)
    else:
        exchange = send(trace.traceparent)
    try:
        return await asyncio.wait_for(exchange, seconds)
    except asyncio.TimeoutError:
        message = f"{call.name} did not answer within {seconds:.3g} s"
        raise _error(caller, call, 504, "Timeout", message) from None
    except AnswerTooLarge:
        message = f"{call.name} answered more than {caller.max_body_bytes} bytes"
        raise _error(caller, call, 502, "InvalidAnswer", message) from None
    except OSError as error:
        message = f"{call.name} cannot be reached: {message_of(error)}"
        raise _error(caller, call, 502, "Unreachable", message) from None


def _error(caller: Caller, call: Call, status: int, kind: str, message: str) -> CallError:
    return CallError(call.name, status, kind, message, caller.run_id)


def _margin(remaining: float) -> float:
    """Seconds that a handler has left when a call has taken all of its time, so that it can still answer by itself."""
    return min(max(remaining / 20, 0.05), 1.0, remaining / 2)
