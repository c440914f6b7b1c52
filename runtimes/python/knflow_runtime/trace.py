"""W3C trace context of calls; https://www.w3.org/TR/trace-context-2/"""

from __future__ import annotations

import hashlib
import os
import re
from typing import NamedTuple

_SOUND = re.compile(
    r"(?!ff)(?!00-.{53})[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?"
)
"""Of any version but ff; later ones may have further fields. Neither id is all zeros."""
_STATE = re.compile(r"[\t\x20-\x7e]+")
_KNOWN_FLAGS = 0b11
"""What is handed on of the flags: sampled, and that the trace's id is random."""


class TraceContext(NamedTuple):
    """Which span of which trace."""

    trace_id: str
    span_id: str
    flags: int


def parse_traceparent(text: str) -> TraceContext | None:
    found = _SOUND.fullmatch(text)
    return TraceContext(found[1], found[2], int(found[3], 16) & _KNOWN_FLAGS) if found else None


def new_traceparent(trace_id: str, flags: int) -> str:
    """Of a new span in a trace."""
    return f"00-{trace_id}-{os.urandom(8).hex()}-0{flags}"


def trace_id_of(run_id: str) -> str:
    """The trace of a run that came without one."""
    return hashlib.sha256(run_id.encode()).hexdigest()[:32]


class Trace(NamedTuple):
    """What a call is followed by."""

    traceparent: str
    tracestate: str

    def lines(self) -> list[str]:
        """Lines of a request's head."""
        state = [f"tracestate: {self.tracestate}"] if self.tracestate else []
        return [f"traceparent: {self.traceparent}", *state]


def trace_of(run_id: str, traceparent: str, tracestate: str) -> Trace:
    """Of a call: the caller's trace goes on, with a span of the call's own and with what its tracers say of it;
    otherwise one that all calls of the run share."""
    known = parse_traceparent(traceparent)
    if known is None:
        return Trace(new_traceparent(trace_id_of(run_id), 0), "")
    return Trace(new_traceparent(known.trace_id, known.flags), tracestate if _STATE.fullmatch(tracestate) else "")
