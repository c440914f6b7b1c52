"""Makes spans, and hands on those of sampled traces."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import NamedTuple
from urllib.parse import urlsplit

from .client import Answer
from .otlp import Attributes, Span
from .span_exporter import SpanExporter
from .trace import new_traceparent, parse_traceparent

_SAMPLED = 0b01


class ClientCall(NamedTuple):
    """A call of something else by HTTP."""

    name: str
    method: str
    address: str
    attributes: Attributes


class Spans:
    """`sampling` is the share of traces that begin here and are kept; of others, who began them has decided."""

    def __init__(self, sampling: float, exporter: SpanExporter) -> None:
        self._sampling = sampling
        self._exporter = exporter

    def begin(self, parent: str, new_trace_id: Callable[[], str]) -> str:
        """The context of a new span inside of `parent`. Where that is none, a trace begins, which is sampled by its id,
        so that all who are asked say the same."""
        known = parse_traceparent(parent)
        if known:
            return new_traceparent(known.trace_id, known.flags)
        trace_id = new_trace_id()
        return new_traceparent(trace_id, _SAMPLED if int(trace_id[-13:], 16) < self._sampling * 2**52 else 0)

    def end(self, span: Span) -> None:
        if _is_sampled(span.traceparent):
            self._exporter.add(span)

    async def client(self, parent: str, call: ClientCall, send: Callable[[str], Awaitable[Answer]]) -> Answer:
        """Follows a call, from before it is sent until its answer is there."""
        traceparent = self.begin(parent, lambda: "")
        begun = time.time()
        status: int | None = None
        error: str | None = None
        error_type: str | None = None
        try:
            answer = await send(traceparent)
            status = answer.status
            if status >= 400:
                error, error_type = f"status {status}", str(status)
            return answer
        except BaseException as raised:
            error, error_type = str(raised) or type(raised).__name__, type(raised).__name__
            raise
        finally:
            url = urlsplit(call.address)
            attributes: Attributes = {
                **call.attributes,
                "http.request.method": call.method,
                "http.response.status_code": status,
                "server.address": url.hostname,
                "server.port": url.port or 80,
                "url.full": f"{url.scheme}://{url.netloc}{url.path or '/'}",
                "error.type": error_type,
            }
            self.end(Span(call.name, "client", traceparent, parent, begun, time.time(), attributes, error))

    def flush(self, seconds: float) -> None:
        """Sends what waits, as far as that can be done in so many seconds."""
        self._exporter.flush(seconds)


def _is_sampled(traceparent: str) -> bool:
    context = parse_traceparent(traceparent)
    return context is not None and bool(context.flags & _SAMPLED)
