"""Threads for handlers that are plain functions, so that a long call never holds up the event loop.

Unlike the standard library's executor it survives calls that never end: the thread of a call that is beyond its
timeout is given up, an exception is raised in it, and another thread takes its place.
"""

from __future__ import annotations

import asyncio
import contextvars
import queue
import threading
import time
from collections.abc import Callable
from typing import Any

from .outcome import Outcome, Raised, Value


class Abandoned(BaseException):
    """Raised inside a handler whose time is up. Not an Exception, so that `except Exception` does not keep it alive."""


class Job:
    """One call. `token` is taken once: by the thread that has finished it, or by the loop that gives it up."""

    def __init__(self, call: Callable[..., Any], arguments: tuple[Any, ...], done: asyncio.Future[Outcome]) -> None:
        self.call = call
        self.arguments = arguments
        self.done = done
        self.loop = done.get_loop()
        self.context = contextvars.copy_context()
        self.token = threading.Lock()
        self.thread: threading.Thread | None = None

    def run(self) -> Outcome:
        try:
            return Value(self.context.run(self.call, *self.arguments))
        except BaseException as error:  # sys.exit() in a handler is a failed call, not the end of the server
            return Raised(error)


class Workers:
    """At most `limit` threads, started as needed. All methods are called on the event loop.

    `exhausted` is called when as many calls hang in given-up threads: only a new process gets rid of those.
    """

    def __init__(self, limit: int, exhausted: Callable[[], None]) -> None:
        self._limit = limit
        self._exhausted = exhausted
        self._jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._threads: set[threading.Thread] = set()
        self._given_up: set[threading.Thread] = set()
        self._open = 0

    def submit(self, job: Job) -> None:
        self._open += 1
        if self._open > len(self._threads) < self._limit:
            thread = threading.Thread(target=self._work, name="handler", daemon=True)
            self._threads.add(thread)
            thread.start()
        self._jobs.put(job)

    def give_up(self, job: Job) -> None:
        """The job's time is up: whatever it still does no longer matters."""
        if not job.token.acquire(blocking=False):
            return  # it has just finished
        self._open -= 1
        thread = job.thread
        if thread is None:
            return  # it still waits for a thread, which will drop it
        self._threads.discard(thread)
        self._given_up = {other for other in self._given_up if other.is_alive()} | {thread}
        _raise_in(thread)
        if len(self._given_up) >= self._limit:
            self._exhausted()

    def _work(self) -> None:
        try:
            while True:
                job = self._jobs.get()
                job.thread = threading.current_thread()
                if job.token.locked():
                    continue  # its time was up before its turn came
                outcome = job.run()
                if not job.token.acquire(blocking=False):
                    time.sleep(1)  # `Abandoned` is on its way to this thread: it must not hit the next job
                    return
                try:
                    job.loop.call_soon_threadsafe(self._finish, job, outcome)
                except RuntimeError:
                    return  # the loop is closed: the process ends
                del job, outcome  # not kept alive until the next request comes
        except Abandoned:
            pass

    def _finish(self, job: Job, outcome: Outcome) -> None:
        self._open -= 1
        if not job.done.done():
            job.done.set_result(outcome)


def _raise_in(thread: threading.Thread) -> None:
    """Ends Python code in a loop. A call that blocks outside of the interpreter ends when it returns."""
    import ctypes  # only here: most functions never run out of time

    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(Abandoned))
