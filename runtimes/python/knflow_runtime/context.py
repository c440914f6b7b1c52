"""What a handler may know about the run that it works for, and how it calls others."""

from __future__ import annotations

import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from .calls import Call, Caller, CallError, call_headers


class Context(NamedTuple):
    """The second argument of `handler(event, context)`."""

    run_id: str
    function_name: str
    workflow_name: str
    revision: str
    traceparent: str
    """The W3C trace context that came with the request; empty where none came."""
    deadline: float
    """On the clock of `time.monotonic()`: when the runtime answers with a timeout."""
    caller: Caller
    """Where others are; handlers use `call` and the like."""
    depth: int
    """How many calls of functions are around this one."""

    def remaining_seconds(self) -> float:
        return max(self.deadline - time.monotonic(), 0.0)

    def call(self, function: str, payload: Any = None, *, timeout: float | None = None) -> Any:
        """Calls another function of this workflow by name, and gives its output. In async handlers use `acall`.

        It takes at most `timeout` seconds, and never longer than this call itself has. Raises `context.CallError`:

            parts = context.call("split", {"text": text}, timeout=5)
        """
        _refuse_on_loop("acall")
        return self._prepare("function", function, payload, timeout).send()

    def call_workflow(self, workflow: str, payload: Any = None, *, timeout: float | None = None) -> Any:
        """Runs another workflow of the stack by name, and gives its output; otherwise as `call`."""
        _refuse_on_loop("acall_workflow")
        return self._prepare("workflow", workflow, payload, timeout).send()

    async def acall(self, function: str, payload: Any = None, *, timeout: float | None = None) -> Any:
        """`call` for async handlers: several at a time by `asyncio.gather`."""
        return await _on_thread(self._prepare("function", function, payload, timeout))

    async def acall_workflow(self, workflow: str, payload: Any = None, *, timeout: float | None = None) -> Any:
        """`call_workflow` for async handlers."""
        return await _on_thread(self._prepare("workflow", workflow, payload, timeout))

    def _prepare(self, kind: str, name: str, payload: Any, timeout: float | None) -> Call:
        deadline = self.deadline if timeout is None else min(self.deadline, time.monotonic() + timeout)
        address = self.caller.address(kind, name)
        body = json.dumps(payload, ensure_ascii=False, allow_nan=False).encode()
        headers = call_headers(self.run_id, self.traceparent, self.depth)
        return Call(name, address, body, headers, deadline, self.caller.largest)

    # The names that AWS Lambda has for the same things.

    @property
    def aws_request_id(self) -> str:
        return self.run_id

    @property
    def function_version(self) -> str:
        return self.revision

    @property
    def CallError(self) -> type[CallError]:  # noqa: N802 (it is a class)
        """What a call raises that gave no value."""
        return CallError

    def get_remaining_time_in_millis(self) -> int:
        return int(self.remaining_seconds() * 1000)


def _refuse_on_loop(instead: str) -> None:
    """All calls of the process would wait for one that blocks the event loop."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise RuntimeError(f"in an async handler, use `await context.{instead}(...)`")


_threads = ThreadPoolExecutor(max_workers=64, thread_name_prefix="call")


async def _on_thread(call: Call) -> Any:
    return await asyncio.get_running_loop().run_in_executor(_threads, call.send)
