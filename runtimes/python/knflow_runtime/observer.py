"""What is told of requests besides the log: spans and figures, each where the settings ask for it."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, NamedTuple

from .log import Log
from .metrics import Family, Histogram, Metrics
from .otlp import Attributes, Span
from .redact import redactor
from .settings import Settings
from .trace import Trace, parse_traceparent, trace_id_of

if TYPE_CHECKING:
    from .spans import Spans
    from .telemetry_settings import Tracing

LAST_FLUSH_SECONDS = 3.0
"""How long the last spans may take at the end."""


class Observer:
    """One a process. This module is imported only where the settings ask for something, and before the user's code:
    what is first on the import path later must not get in its way."""

    def __init__(self, settings: Settings, log: Log) -> None:
        assert settings.telemetry is not None
        tracing = settings.telemetry.tracing
        labels = {"workflow": settings.workflow, "function": settings.function}
        self._function = settings.function
        self._is_first = True
        self._figures = _figures(Metrics(labels)) if settings.telemetry.metrics_port else None
        self.metrics = self._figures.metrics if self._figures else None
        self.spans = _spans(tracing, settings, log) if tracing else None

    def ready(self, **seconds: float) -> None:
        """The process serves its function; `seconds` is what the start's phases took."""
        if self._figures:
            for phase, took in seconds.items():
                self._figures.load.add(took, phase)
            self._figures.cold_starts.add(1)
            self._figures.in_flight.add(0)

    def begin(self, run_id: str, method: str, parent: str, state: str) -> Invocation:
        """A request has come, with a traceparent and a tracestate."""
        trace = Trace(parent, state)
        if self.spans:
            # What tracers say of a trace that nobody can follow belongs to no other one.
            own_state = state if parse_traceparent(parent) else ""
            trace = Trace(self.spans.begin(parent, lambda: trace_id_of(run_id)), own_state)
        invocation = Invocation(self, run_id, method, parent, trace, is_first=self._is_first)
        self._is_first = False
        if self._figures:
            self._figures.in_flight.add(1)
        return invocation

    def ended(self, invocation: Invocation, status: int, error_type: str, message: str) -> None:
        now = time.time()
        if self._figures:
            self._figures.in_flight.add(-1)
            self._figures.invocations.add(1, str(status))
            self._figures.seconds.observe(now - invocation.begun)
        if self.spans:
            # What a client did wrong is no error of the server's:
            # https://opentelemetry.io/docs/specs/semconv/http/http-spans/
            error = redactor.text(message or error_type or f"status {status}") if status >= 500 else None
            self.spans.end(invocation.span(self._function, status, now, error_type, error))

    def flush(self) -> None:
        """Sends the last spans, for a while."""
        if self.spans:
            self.spans.flush(LAST_FLUSH_SECONDS)


class Invocation:
    """A request, from when it came until it is answered."""

    def __init__(
        self, observer: Observer, run_id: str, method: str, parent: str, trace: Trace, *, is_first: bool
    ) -> None:
        self.begun = time.time()
        self.trace = trace
        """The context in which the handler works."""
        self._observer = observer
        self._run_id = run_id
        self._method = method
        self._parent = parent
        self._is_first = is_first

    def end(self, status: int, error_type: str = "", message: str = "") -> None:
        """`error_type` is what the answer calls the error, where it is one."""
        self._observer.ended(self, status, error_type, message)

    def span(self, name: str, status: int, ended: float, error_type: str, error: str | None) -> Span:
        attributes: Attributes = {
            "faas.trigger": "http",
            "faas.invocation_id": self._run_id,
            "faas.coldstart": self._is_first,
            "http.request.method": self._method,
            "http.response.status_code": status,
            "knflow.run.id": self._run_id,
            "error.type": error_type,
        }
        return Span(name, "server", self.trace.traceparent, self._parent, self.begun, ended, attributes, error)


def _spans(tracing: Tracing, settings: Settings, log: Log) -> Spans:
    from .span_exporter import (
        SpanExporter,
    )  # only here: the HTTP client that they bring takes 15 ms, and metrics need none
    from .spans import Spans

    resource = {
        "service.name": f"{settings.workflow}-{settings.function}",
        "service.version": settings.revision,
        "service.instance.id": os.environ.get("HOSTNAME"),
        "faas.name": settings.function,
        "faas.version": settings.revision,
        "knflow.workflow": settings.workflow,
        "telemetry.sdk.name": "knflow",
        "telemetry.sdk.language": "python",
    }
    exporter = SpanExporter(tracing.address, tracing.headers, resource, lambda text: log.line("warn", text))
    return Spans(tracing.sampling, exporter)


class _Figures(NamedTuple):
    metrics: Metrics
    invocations: Family
    seconds: Histogram
    in_flight: Family
    load: Family
    cold_starts: Family


def _figures(metrics: Metrics) -> _Figures:
    return _Figures(
        metrics,
        metrics.counter("knflow_invocations_total", "Requests that were answered.", "status"),
        metrics.histogram("knflow_invocation_duration_seconds", "From a request to its answer."),
        metrics.gauge("knflow_invocations_in_flight", "Requests that are not answered yet."),
        metrics.gauge("knflow_load_seconds", "What the start took, by its phases.", "phase"),
        metrics.counter("knflow_cold_starts_total", "Starts of this process that made it ready."),
    )
