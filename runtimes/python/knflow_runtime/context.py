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

    # The names that AWS Lambda has for the same things.

    @property
    def aws_request_id(self) -> str:
        return self.run_id

    @property
    def function_version(self) -> str:
        return self.revision

    def get_remaining_time_in_millis(self) -> int:
        return int(self.remaining_seconds() * 1000)
