"""A connection of uvicorn's that another process can go on with."""

from __future__ import annotations

import os

from .lean_uvicorn import HttpToolsProtocol


class Connection(HttpToolsProtocol):
    """What is not under way on it can be had open, instead of being closed."""

    def give_up(self) -> int | None:
        """Gives the descriptor of the open connection, and leaves it. None where something is under way on it."""
        if self.transport.is_closing() or not self._is_idle or self.transport.get_write_buffer_size() > 0:
            return None
        descriptor = os.dup(self.transport.get_extra_info("socket").fileno())
        self.transport.abort()
        return descriptor

    @property
    def _is_idle(self) -> bool:
        if not hasattr(self, "url"):  # uvicorn sets it with the first request's first byte
            return True
        # uvicorn's clock runs between an answer and the next request's first byte.
        return self.timeout_keep_alive_task is not None and not self.cycle.more_body
