"""The start: settings, an open port, the code while the server is imported, the handler; then requests are answered."""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
import threading
import time

from .code import CodeLoader
from .errors import LoadError
from .log import Log
from .redact import redactor
from .reload import Reloads
from .settings import Settings, read_settings

LONGEST_TERMINATION_MESSAGE = 4096
"""Bytes; Kubernetes keeps no more."""

BACKLOG = 2048
"""Connections that may wait; the system has a limit of its own."""


def main(begun: float) -> None:
    """Never returns: the process ends with 0 after SIGTERM, with 1 when the code cannot be loaded.

    `begun` is when the process started to run Python code, on the clock of `time.perf_counter()`.
    """
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))  # as process 1 of a container it would be ignored by default
    log = Log("info", {})
    try:
        settings = read_settings(os.environ)
        log = Log(
            settings.log_level,
            {"function": settings.function, "workflow": settings.workflow, "revision": settings.revision},
        )
        code = _run(settings, log, begun)
    except LoadError as error:
        _fail(error, log)
    except Exception as error:  # a bug of the runtime: said as plainly as a fault of the code
        from .faults import message_of, trace_of

        _fail(LoadError(type(error).__name__, message_of(error), "", trace_of(error)), log)
    else:
        _exit(code)


def _run(settings: Settings, log: Log, begun: float) -> int:
    port = _open_port(settings)
    reloads = Reloads(settings, port, log)
    loader = CodeLoader(settings, log)
    loader.start()
    loaded = _limit_load(settings.load_timeout, log)
    gc.disable()  # imports make no garbage worth looking for
    from .capture import capture_output
    from .handler import load_handler
    from .server import serve

    observer = None
    if settings.telemetry:
        from .observer import Observer  # only here: what it brings in is of no use to others

        observer = Observer(settings, log)
    gc.enable()
    imported = time.perf_counter()
    code = loader.result()
    printed = capture_output(log)
    if code.packages:
        sys.path.insert(0, code.packages)  # the function's own modules come before them
    waited = time.perf_counter()
    handler = load_handler(code.root, settings.handler)
    gc.freeze()  # what is there now stays: later collections need not look at it
    ready = time.perf_counter()

    def listening() -> None:
        loaded.set()
        if settings.inherited:
            settings.inherited.ready()
        if observer:
            observer.ready(download=code.download_ms / 1000, unpack=code.unpack_ms / 1000, **{"import": ready - waited})
        milliseconds = {
            "serverMs": imported - begun,
            "waitMs": waited - imported,
            "importMs": ready - waited,
            "startMs": time.perf_counter() - begun,
        }
        log.line(
            "info",
            "ready",
            {
                "port": settings.port,
                "archiveBytes": code.archive_bytes,
                "entries": code.entries,
                "downloadMs": round(code.download_ms, 1),
                "unpackMs": round(code.unpack_ms, 1),
                **{name: round(seconds * 1000, 1) for name, seconds in milliseconds.items()},
            },
        )

    exit_code = serve(
        settings, handler, log, printed, observer=observer, port=port, reloads=reloads, listening=listening
    )
    if observer:
        observer.flush()
    return reloads.wait(exit_code)


def _open_port(settings: Settings) -> socket.socket:
    """Opens the port before anybody can be answered there: who asks meanwhile waits.

    Knative asks whether a container is ready as soon as it runs, and the kubelet asks again seconds after it was
    refused. A question that waits is answered in the very moment that the code is loaded.
    """
    if settings.inherited:
        return socket.socket(fileno=settings.inherited.port)
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    return socket.create_server((settings.host, settings.port), family=family, backlog=BACKLOG)


def _limit_load(seconds: float, log: Log) -> threading.Event:
    """Ends the process unless the event is set in time: neither a name server nor a user's import may hang for ever."""
    loaded = threading.Event()

    def watch() -> None:
        if not loaded.wait(seconds):
            _fail(LoadError("LoadTimeout", f"the code was not loaded within {seconds:g} s"), log)

    threading.Thread(target=watch, name="load-limit", daemon=True).start()
    return loaded


def _fail(error: LoadError, log: Log) -> None:
    """Says why: on the log with all details, and in the termination message that Kubernetes shows."""
    reason = error.one_line()
    details = {"type": error.kind, "message": error.message, "place": error.place, "trace": error.trace}
    log.line("error", f"cannot load the function: {reason}", {"error": {k: v for k, v in details.items() if v}})
    try:
        with open(os.environ.get("KNFLOW_TERMINATION_LOG") or "/dev/termination-log", "wb") as file:
            file.write(redactor.text(reason).encode("utf-8", "replace")[:LONGEST_TERMINATION_MESSAGE])
    except OSError:
        pass  # outside of Kubernetes there is none
    _exit(1)


def _exit(code: int) -> None:
    """Ends at once: threads that a function left behind must not keep the container alive."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
