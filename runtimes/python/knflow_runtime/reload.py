"""Other code for a process that serves: what `knflow watch` asks for, so that saved code waits for no new pod.

A new process loads it, with the same open port. Once that one answers, this one finishes what it has begun, and from
then on only passes signals on and ends when the other does: as process 1 of a container, it has to stay.

Nothing is imported later: a module of the function's own could have the name.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import socket

    from .log import Log
    from .settings import Settings


RELEASE_SECONDS = 5.0
"""How long a process that is told to answer no new connection is waited for: a handler may hold its event loop up."""


class Inherited(NamedTuple):
    """What a process has from the one whose place it takes, as file descriptors."""

    port: int
    stage: int
    """A byte is written there once the port is answered; it is closed once it is not any more."""

    def ready(self) -> None:
        os.write(self.stage, b".")

    def released(self) -> None:
        os.close(self.stage)


class Serving(NamedTuple):
    """A process that serves instead of the first one."""

    process: int
    stage: int


class Reloads:
    """Takes requests for other code, by SIGHUP; see docs/reference/runtime-protocol.md."""

    def __init__(self, settings: Settings, port: socket.socket, log: Log) -> None:
        self._folder = settings.reload_dir
        self._work_dir = settings.work_dir
        self._port = port.dup()  # the server closes its own
        self._log = log
        self._environment = dict(os.environ)  # before the function can change it
        self._turn = threading.Lock()
        self._serving: Serving | None = None
        self._release: Callable[[], None] = lambda: None

    def listen(self, release: Callable[[], None]) -> None:
        """Takes requests from now on. `release` has this process accept no new connection; it waits for that."""
        self._release = release
        signal.signal(signal.SIGHUP, lambda *_: threading.Thread(target=self._reload, daemon=True).start())

    def stop(self) -> None:
        """Asks the process that serves instead, where there is one, to end."""
        if self._serving:
            _end(self._serving.process)

    def wait(self, exit_code: int) -> int:
        """Waits for the process that serves instead. Gives its exit code; the given one where there is none."""
        while self._serving:
            process, status = os.wait()
            if process == self._serving.process:
                code = os.waitstatus_to_exitcode(status)
                return code if code >= 0 else 128 - code
        return exit_code

    def _reload(self) -> None:
        with self._turn:
            try:
                with open(f"{self._folder}/request", encoding="ascii") as file:
                    code_object, sha256 = file.read().split()
                refusal = self._start(code_object, sha256)
                said = "reloaded" if refusal is None else "not reloaded"
                self._log.line("info", said, {"sha256": sha256})
                # A named pipe, which can be opened only while somebody reads there.
                answer = os.open(f"{self._folder}/answer", os.O_WRONLY | os.O_NONBLOCK)
                os.write(answer, f"{said}\n{refusal or ''}".encode())
                os.close(answer)
            except (OSError, ValueError) as error:
                self._log.line("warn", f"no reload: {error}", {})

    def _start(self, code_object: str, sha256: str) -> str | None:
        """Has a new process take the serving one's place. Gives the reason why it cannot; None where it has."""
        # Never the folder of the process that serves.
        work_dir = self._work_dir + (".a" if self._work_dir.endswith(".b") else ".b")
        refusal = f"{self._folder}/refusal"
        with contextlib.suppress(FileNotFoundError):
            os.unlink(refusal)
        stage, told = os.pipe()
        os.set_inheritable(told, True)
        self._port.set_inheritable(True)
        environment = {
            **self._environment,
            "FAASIT_CODE_DIR": code_object,
            "KNFLOW_CODE_SHA256": sha256,
            "KNFLOW_WORK_DIR": work_dir,
            "KNFLOW_TERMINATION_LOG": refusal,
            "KNFLOW_RELOADED": f"{self._port.fileno()},{told}",
        }
        process = os.posix_spawn(sys.executable, sys.orig_argv, environment)
        os.close(told)
        if os.read(stage, 1) == b"":
            os.close(stage)
            try:
                with open(refusal, encoding="utf-8") as file:
                    return file.read()
            except FileNotFoundError:  # killed, where memory is short
                return "ProcessEnded: it ended without a reason"
        before, self._serving = self._serving, Serving(process, stage)
        self._work_dir = work_dir
        if before:
            _end(before.process)
            select.select([before.stage], [], [], RELEASE_SECONDS)
            os.close(before.stage)
        else:
            self._release()
        return None


def _end(process: int) -> None:
    with contextlib.suppress(ProcessLookupError):  # it may have ended by itself
        os.kill(process, signal.SIGTERM)
