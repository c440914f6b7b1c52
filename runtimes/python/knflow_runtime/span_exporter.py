"""Sends spans to a collector by OTLP/HTTP, in batches, on a thread of its own."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable
from urllib.parse import urlsplit

from .otlp import Attributes, Span, trace_request

MOST_WAITING = 2048
"""What comes while so many wait is dropped, and nobody waits for it."""
BATCH_SIZE = 512
INTERVAL_SECONDS = 2.0
"""Between batches that are not full."""
PATIENCE_SECONDS = 5.0
"""How long the collector may take to answer."""
PASSING = (429, 502, 503, 504)
"""Answers after which a batch is sent again: https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes"""


class SpanExporter:
    """A thread: HTTP on the event loop would have to be followed there, and encoding a batch would hold it up."""

    def __init__(
        self, address: str, headers: dict[str, str], resource: Attributes, warn: Callable[[str], None]
    ) -> None:
        self._address = address
        self._headers = {**headers, "content-type": "application/json"}
        self._resource = resource
        self._warn = warn
        self._waiting: list[Span] = []
        self._dropped = 0
        self._failing = False
        self._flushed = threading.Event()
        self._wake = threading.Condition()
        self._last = False
        threading.Thread(target=self._work, name="span-exporter", daemon=True).start()

    def add(self, span: Span) -> None:
        with self._wake:
            if len(self._waiting) >= MOST_WAITING:
                self._dropped += 1
                return
            self._waiting.append(span)
            if len(self._waiting) == BATCH_SIZE:
                self._wake.notify()

    def flush(self, seconds: float) -> None:
        """Sends what waits, as far as that can be done in so many seconds, and is the end of it."""
        with self._wake:
            self._last = True
            self._wake.notify()
        self._flushed.wait(seconds)

    def _work(self) -> None:
        gone = True
        while not self._flushed.is_set():
            with self._wake:
                if not self._last and not (gone and len(self._waiting) >= BATCH_SIZE):
                    self._wake.wait(INTERVAL_SECONDS)
                batch, self._waiting = self._waiting[:BATCH_SIZE], self._waiting[BATCH_SIZE:]
            gone = self._send(batch)
            if self._last and (not gone or not self._waiting):
                self._flushed.set()

    def _send(self, batch: list[Span]) -> bool:
        if not batch:
            return True
        try:
            status = self._post(trace_request(self._resource, batch))
        except (OSError, http.client.HTTPException) as error:
            self._keep(batch)
            self._tell(str(error) or type(error).__name__)
            return False
        if status < 300:
            self._failing = False
            return True
        if status in PASSING:
            self._keep(batch)
        self._tell(f"it answered {status}")
        return False

    def _keep(self, batch: list[Span]) -> None:
        """Puts back what could not be sent."""
        with self._wake:
            waiting = [*batch, *self._waiting]
            self._dropped += max(len(waiting) - MOST_WAITING, 0)
            self._waiting = waiting[:MOST_WAITING]

    def _tell(self, reason: str) -> None:
        """Once, and again only after a batch that went."""
        if self._failing:
            return
        self._failing = True
        dropped = f"; {self._dropped} spans were dropped before" if self._dropped else ""
        self._warn(f"spans cannot be sent to {self._address}: {reason}{dropped}")

    def _post(self, body: bytes) -> int:
        url = urlsplit(self._address)
        kind = http.client.HTTPConnection if url.scheme == "http" else http.client.HTTPSConnection
        connection = kind(url.netloc, timeout=PATIENCE_SECONDS)
        try:
            connection.request("POST", url.path, body, self._headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status
        finally:
            connection.close()
