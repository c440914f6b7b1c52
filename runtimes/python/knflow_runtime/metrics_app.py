"""The ASGI application of the figures: on a port of their own, so that the gateway never gets there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from .metrics import Metrics

_TEXT = "text/plain; version=0.0.4; charset=utf-8"


class MetricsApp:
    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    async def __call__(
        self, scope: MutableMapping[str, Any], _receive: object, send: Callable[[dict[str, Any]], Awaitable[None]]
    ) -> None:
        found = scope["method"] == "GET" and scope["path"] == "/metrics"
        body = (self._metrics.text() if found else "the figures are at /metrics\n").encode()
        headers = [(b"content-type", _TEXT.encode()), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200 if found else 404, "headers": headers})
        await send({"type": "http.response.body", "body": body})
