"""What a handler may know about the run that it works for."""

from __future__ import annotations

import time
from typing import NamedTuple


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

    def remaining_seconds(self) -> float:
        return max(self.deadline - time.monotonic(), 0.0)
