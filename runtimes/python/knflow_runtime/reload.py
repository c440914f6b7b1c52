"""Other code for a process that serves: what a watch or an update asks for, so that changed code waits for no new pod.

A new process loads it, with the same open port. Once that one answers, this one passes its idle connections on and
finishes what it has begun; from then on it only passes signals on and ends when the other does: as process 1 of a
container, it has to stay.

Nothing is imported later: a module of the function's own could have the name.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from . import handover

if TYPE_CHECKING:
    from .log import Log
    from .settings import Settings


RELEASE_SECONDS = 5.0
"""How long a process that is told to answer no new connection is waited for: a handler may hold its event loop up."""


WORK_FOLDERS = 3
"""So many are used in turn: a process before may still finish its calls."""


class Inherited:
    """What a process has from the one whose place it takes, made of file descriptors."""

    def __init__(self, port: int, stage: int) -> None:
        self.port = port
        self.stage = socket.socket(fileno=stage)
        """A byte is sent there once the port is answered; connections come, and go; it is closed in the end."""
        # No process is to get them that the function starts: one that stays would keep them open.
        os.set_inheritable(port, False)
        self.stage.set_inheritable(False)

    def ready(self) -> None:
        self.stage.send(b".")


class Serving(NamedTuple):
    """A process that serves instead of the first one."""

    process: int
    stage: socket.socket
    number: int
    """Of its work folder."""


class Reloads:
    """Takes requests for other code, by SIGHUP; see docs/reference/runtime-protocol.md."""

    def __init__(self, settings: Settings, port: socket.socket, log: Log) -> None:
        self._settings = settings
        self._folder = settings.reload_dir
        self._port = port.dup()  # the server closes its own
        self._log = log
        self._environment = dict(os.environ)  # before the function can change it
        self._turn = threading.Lock()
        self._serving: Serving | None = None
        self._stopping = threading.Event()
        self._release: Callable[[socket.socket], None] = lambda _: None

    def listen(self, release: Callable[[socket.socket], None]) -> None:
        """Takes requests from now on. `release` has this process accept no new connection, and pass on what is idle."""
        self._release = release
        signal.signal(signal.SIGHUP, lambda *_: threading.Thread(target=self._reload, daemon=True).start())

    def stop(self) -> None:
        """Takes no request any more, and asks the process that serves instead, where there is one, to end."""
        self._stopping.set()
        self._port.close()
        if self._serving:
            _end(self._serving.process)

    def wait(self, exit_code: int) -> int:
        """Waits for the process that serves instead. Gives its exit code; the given one where there is none."""
        while serving := self._serving:
            if self._stopping.is_set():
                _end(serving.process)
            # Any process: those that served before are to be taken leave of, too.
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
                self._answer(f"{said} {sha256}\n{refusal or ''}")
            except (OSError, ValueError, RuntimeError) as error:
                self._log.line("warn", f"no reload: {error}", {})

    def _answer(self, text: str) -> None:
        for attempt in range(20):
            try:
                # A named pipe, which can be opened only while somebody reads there.
                answer = os.open(f"{self._folder}/answer", os.O_WRONLY | os.O_NONBLOCK)
                break
            except OSError as error:
                if error.errno != errno.ENXIO or attempt == 19:
                    raise
                time.sleep(0.05)
        os.write(answer, text.encode())
        os.close(answer)

    def _start(self, code_object: str, sha256: str) -> str | None:
        """Has a new process take the serving one's place. Gives the reason why it cannot; None where it has."""
        if _unversioned(code_object) != _unversioned(self._settings.code_object):
            return f"SettingsError: '{code_object}' is not the code of this function"
        if self._stopping.is_set():
            return "ProcessEnded: this process is told to stop"
        number = 1 if self._serving is None else self._serving.number % WORK_FOLDERS + 1
        refusal = f"{self._folder}/refusal"
        with contextlib.suppress(FileNotFoundError):
            os.unlink(refusal)
        stage, theirs = socket.socketpair()
        theirs.set_inheritable(True)
        self._port.set_inheritable(True)
        environment = {
            **self._environment,
            "FAASIT_CODE_DIR": code_object,
            "KNFLOW_CODE_SHA256": sha256,
            "KNFLOW_WORK_DIR": f"{self._settings.work_dir}.{number}",
            "KNFLOW_TERMINATION_LOG": refusal,
            "KNFLOW_RELOADED": f"{self._port.fileno()},{theirs.fileno()}",
        }
        process = os.posix_spawn(sys.executable, sys.orig_argv, environment)
        theirs.close()
        if stage.recv(1) == b"":
            stage.close()
            with contextlib.suppress(ChildProcessError):  # the function may reap what it did not start
                os.waitpid(process, 0)
            try:
                with open(refusal, encoding="utf-8") as file:
                    return file.read()
            except FileNotFoundError:  # killed, where memory is short
                return "ProcessEnded: it ended without a reason"
        before, self._serving = self._serving, Serving(process, stage, number)
        if before:
            _end(before.process)
            handover.relay(before.stage, stage, RELEASE_SECONDS)
            before.stage.close()
        else:
            self._release(stage)
        if self._stopping.is_set():
            _end(process)
        return None


def _unversioned(code_object: str) -> str:
    return code_object[: -len("-.zip") - 64]


def _end(process: int) -> None:
    with contextlib.suppress(ProcessLookupError):  # it may have ended by itself
        os.kill(process, signal.SIGTERM)
