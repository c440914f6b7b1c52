"""Ends a process whose event loop an async handler has blocked: it can neither answer nor be asked to stop."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
import traceback

from .log import Log

GRACE_SECONDS = 5.0


def watch_loop(timeout: float, log: Log) -> None:
    """Watches the running loop. A loop may be blocked as long as a call on a thread may last, and a grace."""
    Watchdog(asyncio.get_running_loop(), timeout + GRACE_SECONDS, log).start()


class Watchdog(threading.Thread):
    def __init__(self, loop: asyncio.AbstractEventLoop, limit: float, log: Log) -> None:
        super().__init__(name="watchdog", daemon=True)
        self._loop = loop
        self._limit = limit
        self._log = log
        self._beaten = time.monotonic()
        self._beat()

    def run(self) -> None:
        while True:
            time.sleep(1)
            if self._loop.is_closed():  # another process serves instead: see reload.py
                return
            silent = time.monotonic() - self._beaten
            if silent > self._limit:
                self._end(silent)

    def _beat(self) -> None:
        self._beaten = time.monotonic()
        self._loop.call_later(1, self._beat)

    def _end(self, silent: float) -> None:
        frame = sys._current_frames().get(threading.main_thread().ident or 0)
        trace = "".join(traceback.format_stack(frame)) if frame else ""
        message = f"an async handler has blocked the event loop for {silent:.0f} s: make it a plain function; ending"
        self._log.line("error", message, {"trace": trace[-8192:]})
        os._exit(1)
