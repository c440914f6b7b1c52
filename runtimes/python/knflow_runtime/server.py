"""Runs the application on uvicorn. Importing this module is the most expensive part of a start; see `main.py`."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import handover
from .app import App
from .capture import Printed
from .connection import Connection
from .handler import Handler
from .invoke import Invoker
from .lean_uvicorn import Config, Server
from .log import Log
from .reload import RELEASE_SECONDS, Inherited, Reloads
from .settings import Settings
from .watchdog import watch_loop
from .workers import Workers

if TYPE_CHECKING:
    from types import FrameType

    from .observer import Observer

KEEP_ALIVE_SECONDS = 120
"""Longer than the 90 s after which Knative's queue-proxy drops an idle connection: were it shorter, a request could
meet a connection that is just being closed, and fail (knative/serving#12414)."""

DRAIN_GRACE_SECONDS = 5


def serve(
    settings: Settings,
    handler: Handler,
    log: Log,
    printed: Printed,
    *,
    observer: Observer | None,
    port: socket.socket,
    reloads: Reloads,
    listening: Callable[[], None],
) -> int:
    """Answers at an open port until SIGTERM; requests in flight are finished. Gives the exit code."""
    exit_code = 0

    def exhausted() -> None:
        nonlocal exit_code
        log.line("error", f"{settings.max_threads} calls hang beyond their timeout: ending, to start afresh")
        exit_code = 1
        server.should_exit = True

    def started() -> None:
        if handler.is_async:
            watch_loop(settings.timeout, log)
        reloads.listen(server.release)
        listening()

    invoker = Invoker(handler, settings.timeout, Workers(settings.max_threads, exhausted))
    server = _Server(_config(App(settings, invoker, log, printed, observer), settings, settings.port), started)
    server.inherited = settings.inherited
    server.told_to_stop = reloads.stop
    if observer and observer.metrics and settings.telemetry and settings.telemetry.metrics_port:
        from .metrics_app import MetricsApp

        server.metrics = _config(MetricsApp(observer.metrics), settings, settings.telemetry.metrics_port)
        server.warn = lambda text: log.line("warn", text)
    # While uvicorn serves it handles the signal; afterwards this process may wait for another one.
    signal.signal(signal.SIGTERM, lambda *_: reloads.stop())
    server.run(sockets=[port])
    return exit_code


class _Server(Server):
    """Uvicorn's server, which tells when it answers."""

    metrics: Config | None = None
    """Another application, at another port, which lives as long."""
    warn: Callable[[str], None]

    inherited: Inherited | None = None
    told_to_stop: Callable[[], None]

    def __init__(self, config: Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._started = started
        self._loop: asyncio.AbstractEventLoop | None = None
        self._released = threading.Event()
        self._taking: set[asyncio.Task[Any]] = set()

    def release(self, successor: socket.socket) -> None:
        """Accepts no new connection, passes on those that are idle, and ends once calls in flight are answered.

        For another thread, which waits until that has begun.
        """
        if self._loop:
            self._loop.call_soon_threadsafe(self._close, successor)
        self._released.wait(RELEASE_SECONDS)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.told_to_stop()
        if self._loop:
            # Before uvicorn, which looks ten times a second, closes connections that can be passed on.
            self._loop.call_soon_threadsafe(self._close, self.inherited.stage if self.inherited else None)
        else:
            super().handle_exit(sig, frame)

    def _close(self, successor: socket.socket | None) -> None:
        for server in self.servers:
            server.close()
        # Behind the first steps of connections that were accepted just now.
        asyncio.get_running_loop().call_soon(self._leave, successor)

    def _leave(self, successor: socket.socket | None) -> None:
        if self._released.is_set():
            return
        connections: list[Any] = list(self.server_state.connections)
        if successor:
            own = [connection for connection in connections if connection.config is self.config]
            given_up = [connection.give_up() for connection in own]
            handover.pass_on(successor, [descriptor for descriptor in given_up if descriptor is not None])
        for connection in connections:
            connection.shutdown()
        self.should_exit = True
        self._released.set()
        if self.inherited:
            asyncio.get_running_loop().remove_reader(self.inherited.stage)
            self.inherited.stage.close()

    def _take_over(self, stage: socket.socket) -> None:
        """Goes on with connections of the process before."""
        loop = asyncio.get_running_loop()
        connections = handover.take_over(stage)
        if not connections:
            loop.remove_reader(stage)
        connect = self._connection(self.config)
        for descriptor in connections:
            connection = socket.socket(fileno=descriptor)
            taken = loop.create_task(loop.connect_accepted_socket(connect, connection))
            self._taking.add(taken)
            taken.add_done_callback(self._taking.discard)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        if self.metrics:
            await self._serve_metrics(self.metrics)
        if self.inherited:
            asyncio.get_running_loop().add_reader(self.inherited.stage, self._take_over, self.inherited.stage)
        self._started()

    def _connection(self, config: Config) -> Callable[[], asyncio.Protocol]:
        """Makes uvicorn's side of connections of an application."""
        return lambda: Connection(config=config, server_state=self.server_state, app_state={})

    async def _serve_metrics(self, config: Config) -> None:
        config.load()
        connect = self._connection(config)
        try:
            self.servers.append(await asyncio.get_running_loop().create_server(connect, config.host, config.port))
        except OSError as error:  # no reason not to serve requests
            self.warn(f"no metrics at port {config.port}: {error.strerror or error}")


def _config(app: Any, settings: Settings, port: int) -> Config:
    return Config(
        app=app,
        host=settings.host,
        port=port,
        loop="uvloop",
        http=Connection,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=int(settings.timeout) + DRAIN_GRACE_SECONDS,
    )
