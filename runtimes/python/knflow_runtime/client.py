"""Requests by HTTP/1.1 on the event loop, by the parser that the server has: the runtime has no other client."""

from __future__ import annotations

import asyncio
from typing import NamedTuple, cast

import httptools

IDLE_SECONDS = 30
"""Shorter than anyone on the other side keeps a connection that nobody uses."""


class Answer(NamedTuple):
    status: int
    headers: dict[bytes, bytes]
    """Names in lower case."""
    body: bytes


class AnswerTooLarge(Exception):
    """An answer that is not read to its end."""


class Client:
    """Keeps connections open between requests. It belongs to one event loop."""

    def __init__(self) -> None:
        self._idle: dict[tuple[str, int], list[_Connection]] = {}

    async def exchange(self, host: str, port: int, request: bytes, largest: int) -> Answer:
        """Sends a request, and gives the answer with a body of at most `largest` bytes.

        Raises AnswerTooLarge, or an OSError where the connection is not made or does not hold. Who cancels it closes
        the connection.
        """
        idle = self._idle.setdefault((host, port), [])
        connection = _woken(idle)
        if connection is None:
            _, connection = await asyncio.get_running_loop().create_connection(_Connection, host, port)
        answer = await connection.exchange(request, largest)
        if connection.rest():
            idle.append(connection)
        return answer


def _woken(idle: list[_Connection]) -> _Connection | None:
    while idle:
        connection = idle.pop()
        if connection.wake():
            return connection
    return None


class _Connection(asyncio.Protocol):
    """One connection: an exchange at a time."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Answer] | None = None
        self._closing: asyncio.TimerHandle | None = None
        self._keeps = False

    async def exchange(self, request: bytes, largest: int) -> Answer:
        assert self._transport is not None
        self._answer = self._loop.create_future()
        self._parser = httptools.HttpResponseParser(self)
        self._headers: dict[bytes, bytes] = {}
        self._chunks: list[bytes] = []
        self._left = largest
        self._transport.write(request)
        try:
            return await self._answer
        finally:
            self._answer = None
            if not self._keeps:
                self._close()

    def rest(self) -> bool:
        """Waits for another exchange, for a while. False where there will be none."""
        if self._transport is None or self._transport.is_closing():
            return False
        self._closing = self._loop.call_later(IDLE_SECONDS, self._transport.close)
        return True

    def wake(self) -> bool:
        """Ends the rest. False where the connection was closed meanwhile."""
        if self._closing is not None:
            self._closing.cancel()
        self._keeps = False
        return self._transport is not None and not self._transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        self._fail(error if isinstance(error, OSError) else ConnectionError("the connection was closed"))

    def data_received(self, data: bytes) -> None:
        if self._answer is None:
            return self._close()  # nothing was asked
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._fail(ConnectionError(f"what came is no HTTP: {error}"))

    # What the parser finds.

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.lower()] = value

    def on_body(self, body: bytes) -> None:
        self._left -= len(body)
        if self._left < 0:
            self._fail(AnswerTooLarge())
        else:
            self._chunks.append(body)

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < 200:  # it only says that the answer comes later
            self._headers.clear()
        elif self._answer is not None and not self._answer.done():
            self._keeps = self._parser.should_keep_alive()
            self._answer.set_result(Answer(status, self._headers, b"".join(self._chunks)))

    def _fail(self, error: Exception) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)
        self._close()

    def _close(self) -> None:
        self._keeps = False
        if self._transport is not None:
            self._transport.close()
