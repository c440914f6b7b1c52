"""What the function itself prints or logs becomes lines of the log, with the run that they belong to."""

from __future__ import annotations

import io
import logging
import sys
import threading
from collections.abc import Iterable
from typing import NamedTuple

from .log import LEVELS, Log, current_run
from .redact import redactor

LONGEST_LINE = 8192
"""Characters: container runtimes cut log lines at 16 KiB, and a cut line is no JSON any more."""


class Printed(NamedTuple):
    """Both streams of the process."""

    out: PrintedLines
    err: PrintedLines

    def finish(self, owner: str) -> None:
        """Writes what a run printed without a line break at its end."""
        for stream in self:
            stream.finish(owner)


def capture_output(log: Log) -> Printed:
    """Sends print(), warnings and the `logging` module to the log. Sub-processes still write as they like."""
    printed = Printed(
        PrintedLines(log, "info", "stdout", sys.__stdout__),
        PrintedLines(log, "warn", "stderr", sys.__stderr__),
    )
    sys.stdout, sys.stderr = printed
    root = logging.getLogger()
    root.handlers[:] = [LogHandler(log)]
    root.setLevel(logging.DEBUG if log.enabled("debug") else logging.INFO)
    return printed


class PrintedLines(io.TextIOBase):
    """A text stream whose every line becomes a log line; text without a line break is kept for its thread or run."""

    encoding = "utf-8"
    errors = "backslashreplace"

    def __init__(self, log: Log, level: str, stream: str, original: io.TextIOBase | object) -> None:
        self._log = log
        self._level = level
        self._stream = stream
        self._original = original
        self._partial: dict[str, str] = {}

    @property
    def buffer(self) -> object:
        """The raw stream, for programs that write bytes past the text layer."""
        return getattr(self._original, "buffer")  # noqa: B009 (TextIO has it, `object` does not)

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return 1 if self._stream == "stdout" else 2

    def write(self, text: str) -> int:
        owner = current_run.get() or threading.current_thread().name
        whole = self._partial.pop(owner, "") + text
        *lines, rest = whole.split("\n")
        if len(rest) > LONGEST_LINE:
            lines, rest = [*lines, rest], ""
        if rest:
            self._partial[owner] = rest
        self._emit(lines)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:  # type: ignore[override]
        self.write("".join(lines))

    def finish(self, owner: str) -> None:
        rest = self._partial.pop(owner, "")
        if rest:
            self._emit([rest])

    def _emit(self, lines: Iterable[str]) -> None:
        for line in map(redactor.text, lines):
            for start in range(0, max(len(line), 1), LONGEST_LINE):
                self._log.line(self._level, line[start : start + LONGEST_LINE], {"stream": self._stream})


class LogHandler(logging.Handler):
    """Carries records of the `logging` module into the log."""

    def __init__(self, log: Log) -> None:
        super().__init__()
        self._log = log
        self._formatter = logging.Formatter()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            fields: dict[str, object] = {"logger": record.name}
            if record.exc_info:
                fields["trace"] = self._formatter.formatException(record.exc_info)
            self._log.line(_level_of(record.levelno), record.getMessage(), fields)
        except Exception:  # as the standard handlers do: a bad format string must not fail the function
            self.handleError(record)


def _level_of(number: int) -> str:
    return max((name for name in LEVELS if LEVELS[name] <= max(number, LEVELS["debug"])), key=lambda name: LEVELS[name])
