"""What a handler may know about the run that it works for, and what it may call."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from .errors import CallError
from .settings import Settings

if TYPE_CHECKING:
    from .spans import Spans

_NOTHING: Any = object()


class Context:
    """The second argument of `handler(event, context)`."""

    CallError = CallError
    """What `call` and `call_workflow` raise, so that a handler can catch it without an import."""

    def __init__(
        self,
        settings: Settings,
        run_id: str,
        traceparent: str,
        tracestate: str,
        *,
        deadline: float,
        depth: int,
        loop: asyncio.AbstractEventLoop,
        spans: Spans | None,
    ) -> None:
        self.run_id = run_id
        self.function_name = settings.function
        self.workflow_name = settings.workflow
        self.revision = settings.revision
        self.traceparent = traceparent
        """The W3C trace context that came with the request, or of the span that the runtime makes of it; empty where
        there is neither."""
        self.tracestate = tracestate
        """What came with it, of the tracers that it has passed."""
        self.deadline = deadline
        """On the clock of `time.monotonic()`: when the runtime answers with a timeout."""
        self._settings = settings
        self._depth = depth
        self._loop = loop
        self._spans = spans

    def remaining_seconds(self) -> float:
        return max(self.deadline - time.monotonic(), 0.0)

    def call(self, function: str, payload: Any = _NOTHING, *, timeout: float | None = None) -> Any:
        """Calls another function of this workflow by its name, and gives its output.

        It is awaited where an event loop runs, which is in every `async def`; elsewhere it waits itself. Without a
        payload the function's event is `{}`. `timeout` is in seconds; a call never takes longer than the handler may.

        Raises CallError where no output comes.
        """
        return self._call("KNFLOW_FUNCTION_ADDRESS", self._settings.function_address, function, payload, timeout)

    def call_workflow(self, name: str, payload: Any = _NOTHING, *, timeout: float | None = None) -> Any:
        """Runs a workflow of the same stack by its name, and gives its output; otherwise as `call`."""
        return self._call("KNFLOW_WORKFLOW_ADDRESS", self._settings.workflow_address, name, payload, timeout)

    def _call(self, setting: str, address: str, name: str, payload: Any, timeout: float | None) -> Any:
        from .calls import Call, Caller, begin  # only here: most handlers call nothing

        largest = self._settings.max_body_bytes
        trace = (self.traceparent, self.tracestate)
        caller = Caller(self.run_id, *trace, self.deadline, self._depth, largest, self._loop, self._spans)
        return begin(caller, Call(setting, address, name, () if payload is _NOTHING else (payload,), timeout))

    # The names that AWS Lambda has for the same things.

    @property
    def aws_request_id(self) -> str:
        return self.run_id

    @property
    def function_version(self) -> str:
        return self.revision

    def get_remaining_time_in_millis(self) -> int:
        return int(self.remaining_seconds() * 1000)
