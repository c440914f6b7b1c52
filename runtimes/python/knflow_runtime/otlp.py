"""A request of OTLP in its JSON form: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from .trace import parse_traceparent

Attributes = Mapping[str, "str | int | float | bool | None"]

_KINDS = {"internal": 1, "server": 2, "client": 3}
"""https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto"""
_FAILED = 2


class Span(NamedTuple):
    """Something that took its time."""

    name: str
    kind: str
    """internal, server or client."""
    traceparent: str
    """Its own context, as the header has it."""
    parent: str
    """That of the span around it; empty for the first of a trace."""
    begun: float
    """Seconds since 1970."""
    ended: float
    attributes: Attributes
    error: str | None
    """What went wrong, where something did."""


def trace_request(resource: Attributes, spans: Iterable[Span]) -> bytes:
    """`resource` is what is common to all spans of a process."""
    scope_spans = [{"scope": {"name": "knflow"}, "spans": [_encode(span) for span in spans]}]
    body = {"resourceSpans": [{"resource": {"attributes": _attributes(resource)}, "scopeSpans": scope_spans}]}
    return json.dumps(body, separators=(",", ":")).encode()


def _encode(span: Span) -> dict[str, Any]:
    own, parent = parse_traceparent(span.traceparent), parse_traceparent(span.parent)
    assert own is not None
    return {
        "traceId": own.trace_id,
        "spanId": own.span_id,
        "parentSpanId": parent.span_id if parent else "",
        "flags": own.flags,
        "name": span.name,
        "kind": _KINDS[span.kind],
        "startTimeUnixNano": _nanoseconds(span.begun),
        "endTimeUnixNano": _nanoseconds(max(span.begun, span.ended)),
        "attributes": _attributes(span.attributes),
        "status": {} if span.error is None else {"code": _FAILED, "message": span.error},
    }


def _attributes(attributes: Attributes) -> list[dict[str, Any]]:
    return [{"key": key, "value": _value(value)} for key, value in attributes.items() if value not in (None, "")]


def _value(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    return {"doubleValue": value} if isinstance(value, float) else {"stringValue": str(value)}


def _nanoseconds(seconds: float) -> str:
    """A double holds such a moment to a quarter of a microsecond."""
    return f"{round(seconds * 1_000_000)}000"
