"""The ASGI application: `/` calls the handler, `/health` says that the code is loaded."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from .capture import PrintedLines
from .context import Context
from .errors import RequestError
from .faults import message_of, trace_of
from .invoke import Invoker
from .log import Log, current_run, payload
from .outcome import Outcome, Raised, TimedOut
from .reply import InvalidOutput, Reply, error_reply, json_of, value_reply
from .request import Disconnected, Receive, Scope, event_of_body, event_of_query, headers_of, read_body, run_id_of
from .settings import Settings

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_HEALTHY = Reply(200, b'{"status":"ok"}')
_METHODS = {"/": ("GET", "POST"), "/health": ("GET", "HEAD")}


class App:
    """One instance a process; stateless between requests."""

    def __init__(self, settings: Settings, invoker: Invoker, log: Log, printed: PrintedLines) -> None:
        self._settings = settings
        self._invoker = invoker
        self._log = log
        self._printed = printed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, method = scope["path"], scope["method"]
        if path == "/health" and method in _METHODS[path]:
            await _send(send, _HEALTHY, [])
            return
        headers = headers_of(scope)
        run_id = run_id_of(headers)
        current_run.set(run_id)
        extra = [(b"x-knflow-run-id", run_id.encode())]
        try:
            _check_route(path, method)
            if method == "POST":
                body = await read_body(headers, receive, self._settings.max_body_bytes)
                event = event_of_body(headers, body)
            else:
                event = event_of_query(scope["query_string"])
                body = json_of(event)
        except RequestError as error:
            refusal = {"type": error.kind, "message": error.message}
            self._log.line("warn", "request refused", {"status": error.status, "error": refusal})
            if error.status == 405:
                extra.append((b"allow", ", ".join(_METHODS[path]).encode()))
            if b"expect" in headers:  # whether its body still comes is open, so the connection cannot be used again
                extra.append((b"connection", b"close"))
            await _send(send, error_reply(error.status, error.kind, error.message, run_id), extra)
            return
        except Disconnected:
            self._log.line("warn", "the client went away before its request was whole")
            return
        await _send(send, await self._invoke(event, body, headers, run_id), extra)

    async def _invoke(self, event: Any, body: bytes, headers: dict[bytes, bytes], run_id: str) -> Reply:
        settings = self._settings
        begun = time.monotonic()
        context = Context(
            run_id,
            settings.function,
            settings.workflow,
            settings.revision,
            headers.get(b"traceparent", b"").decode("latin-1"),
            begun + settings.timeout,
        )
        outcome = await self._invoker.call(event, context)
        milliseconds = round((time.monotonic() - begun) * 1000, 3)
        self._printed.finish(run_id)
        reply, error = _reply_to(outcome, run_id)
        fields: dict[str, Any] = {"status": reply.status, "durationMs": milliseconds}
        if error:
            fields["error"] = error
        logged = payload("input", body, settings.log_payload_bytes) if event else b""
        if not error:
            logged += payload("output", reply.body, settings.log_payload_bytes)
        self._log.line("error" if error else "info", "call failed" if error else "call", fields, logged)
        return reply


def _reply_to(outcome: Outcome, run_id: str) -> tuple[Reply, dict[str, Any] | None]:
    """The reply, and what the log says of an error."""
    if isinstance(outcome, TimedOut):
        message = f"the handler did not answer within {outcome.seconds:g} s"
        return error_reply(504, "Timeout", message, run_id), {"type": "Timeout", "message": message}
    if isinstance(outcome, Raised):
        exception, message = type(outcome.error).__name__, message_of(outcome.error)
        logged = {"type": "HandlerError", "exception": exception, "message": message, "trace": trace_of(outcome.error)}
        return error_reply(500, "HandlerError", message, run_id, exception), logged
    try:
        return value_reply(outcome.value), None
    except InvalidOutput as error:
        return error_reply(500, "InvalidOutput", str(error), run_id), {"type": "InvalidOutput", "message": str(error)}


def _check_route(path: str, method: str) -> None:
    allowed = _METHODS.get(path)
    if allowed is None:
        raise RequestError(404, "NotFound", f"there is nothing at {path[:200]!r}: call the function at '/'")
    if method not in allowed:
        raise RequestError(405, "MethodNotAllowed", f"{method} is not allowed here; allowed are {', '.join(allowed)}")


async def _send(send: Send, reply: Reply, extra: list[tuple[bytes, bytes]]) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": reply.status,
            "headers": [
                (b"content-type", b"application/json"),
                (b"content-length", str(len(reply.body)).encode()),
                *extra,
            ],
        }
    )
    await send({"type": "http.response.body", "body": reply.body})
