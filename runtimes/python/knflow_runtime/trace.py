"""W3C trace context of calls; https://www.w3.org/TR/trace-context-2/"""

from __future__ import annotations

import hashlib
import os
import re

_SOUND = re.compile(
    r"(?!ff)(?!00-.{53})[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})(?:-.*)?"
)
"""Of any version but ff; later ones may have further fields. Neither id is all zeros."""
_STATE = re.compile(r"[\t\x20-\x7e]+")
_KNOWN_FLAGS = 0b11
"""What is handed on of the flags: sampled, and that the trace's id is random."""


def trace_of(run_id: str, traceparent: str, tracestate: str) -> list[str]:
    """Header lines of a call: the caller's trace goes on, with a span of the call's own and with what its tracers say
    of it; otherwise one that all calls of the run share."""
    found = _SOUND.fullmatch(traceparent)
    span = os.urandom(8).hex()
    if not found:
        return [f"traceparent: 00-{hashlib.sha256(run_id.encode()).hexdigest()[:32]}-{span}-00"]
    trace, flags = found.groups()
    lines = [f"traceparent: 00-{trace}-{span}-0{int(flags, 16) & _KNOWN_FLAGS}"]
    if _STATE.fullmatch(tracestate):
        lines.append(f"tracestate: {tracestate}")
    return lines
