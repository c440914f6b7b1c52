"""A connection of uvicorn's that loses no first request when the server ends."""

from __future__ import annotations

from .lean_uvicorn import HttpToolsProtocol

FIRST_REQUEST_SECONDS = 1.0
"""How long a connection on which nothing was asked yet stays open for it, once no other is accepted."""


class Connection(HttpToolsProtocol):
    """Where uvicorn would close it, one that has just been opened is answered first: its request is on its way."""

    _is_used = False
    _is_last = False

    def shutdown(self) -> None:
        """Has the connection closed, at the latest once its request is answered."""
        if self._is_used:
            super().shutdown()
        elif not self._is_last:
            self._is_last = True
            self.loop.call_later(FIRST_REQUEST_SECONDS, self._close_unused)

    def _close_unused(self) -> None:
        if not self._is_used:
            self.transport.close()

    def on_headers_complete(self) -> None:
        """Begins the call, as the only one of its connection where the server is ending."""
        self._is_used = True
        super().on_headers_complete()
        if self._is_last:
            self.cycle.keep_alive = False
