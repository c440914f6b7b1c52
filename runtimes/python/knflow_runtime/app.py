"""The ASGI application: `/` calls the handler, `/health` says that the code is loaded."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any

from .capture import Printed
from .context import Context
from .errors import CallError, RequestError
from .faults import message_of, trace_of
from .invoke import Invoker
from .log import Log, current_run, payload
from .outcome import Outcome, Raised, TimedOut
from .reply import InvalidOutput, Reply, error_reply, json_of, value_reply
from .request import (
    Disconnected,
    Receive,
    Scope,
    depth_of,
    event_of_body,
    event_of_query,
    headers_of,
    read_body,
    run_id_of,
)
from .settings import Settings
from .web_request import AsyncRequest, Request

if TYPE_CHECKING:
    from .observer import Invocation, Observer

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_CLIENT_GONE = 499
"""What nginx counts such requests by."""
_HEALTHY = Reply(200, b'{"status":"ok"}')
_METHODS = {"/": ("GET", "POST"), "/health": ("GET", "HEAD")}


class App:
    """One instance a process; stateless between requests."""

    def __init__(
        self, settings: Settings, invoker: Invoker, log: Log, printed: Printed, observer: Observer | None
    ) -> None:
        self._settings = settings
        self._invoker = invoker
        self._log = log
        self._printed = printed
        self._observer = observer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, method = scope["raw_path"].decode("latin-1"), scope["method"]
        if path == "/health" and method in _METHODS[path]:
            await _send(send, _HEALTHY, [])
            return
        headers = headers_of(scope)
        run_id = run_id_of(headers)
        current_run.set(run_id)
        extra = [(b"x-knflow-run-id", run_id.encode())]
        observed = self._observer.begin(run_id, method, *_trace_in(headers)) if self._observer else None
        body = b""
        event: Any
        try:
            _check_route(path, method)
            if method == "POST":
                body = await read_body(headers, receive, self._settings.max_body_bytes)
            if self._invoker.handler.takes_request:
                event = self._request(scope, body)
            elif method == "POST":
                event = event_of_body(headers, body)
            else:
                event = event_of_query(scope["query_string"])
                body = json_of(event)
        except RequestError as error:
            await self._refuse(send, error, headers, path, extra, observed=observed)
            return
        except Disconnected:
            if observed:
                observed.end(_CLIENT_GONE)
            self._log.line("warn", "the client went away before its request was whole")
            return
        reply = await self._invoke(event, body, headers, run_id, observed)
        if isinstance(reply, RequestError):
            await self._refuse(send, reply, headers, path, extra, observed=observed)
        else:
            await _send(send, reply, extra)

    def _request(self, scope: Scope, body: bytes) -> Request:
        kind = AsyncRequest if self._invoker.handler.is_async else Request
        return kind(scope["method"], scope["query_string"], list(scope["headers"]), body)

    async def _refuse(
        self,
        send: Send,
        error: RequestError,
        headers: dict[bytes, bytes],
        path: str,
        extra: list[tuple[bytes, bytes]],
        *,
        observed: Invocation | None,
    ) -> None:
        if observed:
            observed.end(error.status, error.kind, error.message)
        refusal = {"type": error.kind, "message": error.message}
        self._log.line("warn", "request refused", {"status": error.status, "error": refusal})
        if error.status == 405:
            extra.append((b"allow", ", ".join(_METHODS[path]).encode()))
        if b"expect" in headers:  # whether its body still comes is open, so the connection cannot be used again
            extra.append((b"connection", b"close"))
        await _send(send, error_reply(error.status, error.kind, error.message, current_run.get()), extra)

    async def _invoke(
        self, event: Any, body: bytes, headers: dict[bytes, bytes], run_id: str, observed: Invocation | None
    ) -> Reply | RequestError:
        settings = self._settings
        begun = time.monotonic()
        context = Context(
            settings,
            run_id,
            *(observed.trace if observed else _trace_in(headers)),
            deadline=begun + settings.timeout,
            depth=depth_of(headers),
            loop=asyncio.get_running_loop(),
            spans=self._observer.spans if self._observer else None,
        )
        outcome = await self._invoker.call(event, context)
        milliseconds = round((time.monotonic() - begun) * 1000, 3)
        self._printed.finish(run_id)
        if isinstance(outcome, Raised) and isinstance(outcome.error, RequestError):
            return outcome.error  # of a request-style handler that has read what is no JSON
        reply, error = _reply_to(outcome, run_id, self._invoker.handler.takes_request)
        if observed:
            observed.end(reply.status, error["type"] if error else "", error["message"] if error else "")
        fields: dict[str, Any] = {"status": reply.status, "durationMs": milliseconds}
        if error:
            fields["error"] = error
        logged = _input(event, body, settings.log_payload_bytes)
        if not error:
            logged += payload("output", reply.body, settings.log_payload_bytes, reply.is_json)
        self._log.line("error" if error else "info", "call failed" if error else "call", fields, logged)
        return reply


def _trace_in(headers: dict[bytes, bytes]) -> tuple[str, str]:
    """What a request is followed by: its traceparent and its tracestate."""
    return headers.get(b"traceparent", b"").decode("latin-1"), headers.get(b"tracestate", b"").decode("latin-1")


def _input(event: Any, body: bytes, limit: int) -> bytes:
    """A request-style handler's body may be anything; an empty event is not worth a field."""
    if isinstance(event, Request):
        return payload("input", body, limit, is_json=False) if body else b""
    return payload("input", body, limit) if event else b""


def _reply_to(outcome: Outcome, run_id: str, to_request: bool) -> tuple[Reply, dict[str, Any] | None]:
    """The reply, and what the log says of an error."""
    if isinstance(outcome, TimedOut):
        message = f"the handler did not answer within {outcome.seconds:g} s"
        return error_reply(504, "Timeout", message, run_id), {"type": "Timeout", "message": message}
    if isinstance(outcome, Raised) and isinstance(outcome.error, CallError):
        status, message = 504 if outcome.error.status == 504 else 502, message_of(outcome.error)
        logged = {"type": "CallError", "message": message, "trace": trace_of(outcome.error)}
        return error_reply(status, "CallError", message, run_id), logged
    if isinstance(outcome, Raised):
        exception, message = type(outcome.error).__name__, message_of(outcome.error)
        logged = {"type": "HandlerError", "exception": exception, "message": message, "trace": trace_of(outcome.error)}
        return error_reply(500, "HandlerError", message, run_id, exception), logged
    try:
        return value_reply(outcome.value, to_request), None
    except InvalidOutput as error:
        return error_reply(500, "InvalidOutput", str(error), run_id), {"type": "InvalidOutput", "message": str(error)}


def _check_route(path: str, method: str) -> None:
    allowed = _METHODS.get(path)
    if allowed is None:
        raise RequestError(404, "NotFound", f"there is nothing at {path[:200]!r}: call the function at '/'")
    if method not in allowed:
        raise RequestError(405, "MethodNotAllowed", f"{method} is not allowed here; allowed are {', '.join(allowed)}")


async def _send(send: Send, reply: Reply, extra: list[tuple[bytes, bytes]]) -> None:
    headers = extra
    if reply.status not in (204, 304):
        headers = [(b"content-length", str(len(reply.body)).encode()), *extra]
        if not any(name == "content-type" for name, _ in reply.headers):
            headers.insert(0, (b"content-type", b"application/json"))
    if reply.headers:
        headers = [*headers, *((name.encode("ascii"), value.encode("latin-1")) for name, value in reply.headers)]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})
