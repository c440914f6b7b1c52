"""Calls the handler: on the event loop or on a thread, and never longer than the timeout."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Any

from .context import Context
from .handler import Handler
from .outcome import Outcome, Raised, TimedOut, Value
from .workers import Job, Workers


class Invoker:
    """Gives every call of the handler its outcome; it never raises itself."""

    def __init__(self, handler: Handler, timeout: float, workers: Workers) -> None:
        self.handler = handler
        self._timeout = timeout
        self._workers = workers

    async def call(self, event: Any, context: Context) -> Outcome:
        if self.handler.is_async:
            return await self._await(lambda: self.handler.call(event, context), context.deadline)
        outcome = await self._on_thread(event, context)
        if isinstance(outcome, Value) and inspect.isawaitable(outcome.value):  # a plain function around an async one
            awaitable = outcome.value
            return await self._await(lambda: awaitable, context.deadline)
        return outcome

    async def _on_thread(self, event: Any, context: Context) -> Outcome:
        done: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        job = Job(self.handler.call, (event, context), done)
        self._workers.submit(job)
        return await self._in_time(done, context.deadline, lambda: self._workers.give_up(job))

    async def _await(self, call: Callable[[], Awaitable[Any]], deadline: float) -> Outcome:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Outcome] = loop.create_future()
        task = loop.create_task(_outcome_of(call, done))
        return await self._in_time(done, deadline, task.cancel)

    async def _in_time(self, done: asyncio.Future[Outcome], deadline: float, give_up: Callable[[], object]) -> Outcome:
        def expire() -> None:
            if not done.done():
                done.set_result(TimedOut(self._timeout))
                give_up()

        timer = done.get_loop().call_later(max(deadline - time.monotonic(), 0.0), expire)
        try:
            return await done
        finally:
            timer.cancel()


async def _outcome_of(call: Callable[[], Awaitable[Any]], done: asyncio.Future[Outcome]) -> None:
    """Catches everything: asyncio would end the server on a `SystemExit` that comes out of a task."""
    outcome: Outcome
    try:
        outcome = Value(await call())
    except BaseException as error:
        outcome = Raised(error)
    if not done.done():
        done.set_result(outcome)
