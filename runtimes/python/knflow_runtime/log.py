"""The log: one JSON object a line on standard output."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from .redact import redactor

LEVELS = {"debug": 10, "info": 20, "warn": 30, "error": 40}

current_run: ContextVar[str] = ContextVar("knflow_run", default="")
"""The id of the run that the present task or thread works for; empty outside of runs."""

_MOST_WAITS = 1000
"""Milliseconds that a line waits in all for whoever reads the log."""

_encode = json.JSONEncoder(ensure_ascii=False, default=repr, separators=(",", ":")).encode


class Log:
    """Writes whole lines. `fixed` are the fields that every line carries; empty ones are left out."""

    def __init__(self, level: str, fixed: dict[str, str], write: Callable[[bytes], None] | None = None) -> None:
        self._threshold = LEVELS[level]
        self._fixed = _members({name: value for name, value in fixed.items() if value})
        self._lock = threading.Lock()
        self._write = write or _write_to_stdout

    def enabled(self, level: str) -> bool:
        return LEVELS[level] >= self._threshold

    def line(self, level: str, msg: str, fields: dict[str, Any] | None = None, raw: bytes = b"") -> None:
        """Writes a line; `raw` holds members that are JSON already (`,"input":...`), put in as they are."""
        if not self.enabled(level):
            return
        head: dict[str, Any] = {"ts": _timestamp(), "level": level, "msg": redactor.text(msg)}
        run = current_run.get()
        if run:
            head["runId"] = run
        if fields:
            head.update(redactor.value(fields))
        line = b"{" + _members(head) + b"," * bool(self._fixed) + self._fixed + raw + b"}\n"
        with self._lock:  # a line longer than a pipe's atomic size must not be cut in two by another thread's line
            self._write(line)


def _members(fields: dict[str, Any]) -> bytes:
    return _encode(fields)[1:-1].encode("utf-8", "backslashreplace")


def _timestamp() -> str:
    now = time.time()
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now))}.{int(now * 1000) % 1000:03d}Z"


def _write_to_stdout(line: bytes) -> None:
    """A pipe that does not block takes as much as it has room for; its reader is waited for then, for a while."""
    rest = memoryview(line)
    waits = 0
    while rest and waits < _MOST_WAITS:
        try:
            rest = rest[os.write(1, rest) :]
        except BlockingIOError:
            time.sleep(0.001)
            waits += 1
        except OSError:
            return  # whoever read the log is gone: no reason to fail a request


def payload(name: str, text: bytes, limit: int, is_json: bool = True) -> bytes:
    """The members that log a text: whole up to `limit` bytes, JSON as it is, beyond it the beginning as a string.

    A limit of 0 logs no payloads, only their size.
    """
    if len(text) <= limit:
        return b',"%s":%s' % (name.encode(), _whole(text, is_json))
    size = b',"%sBytes":%d' % (name.encode(), len(text))
    if limit == 0:
        return size
    beginning = text[: limit + redactor.longest].decode("utf-8", "ignore")
    start = _text(redactor.start(beginning, len(text[:limit].decode("utf-8", "ignore"))))
    return b',"%sStart":%s' % (name.encode(), start) + size


def _whole(text: bytes, is_json: bool) -> bytes:
    if redactor.longest or not is_json:
        plain = text.decode("utf-8", "replace")
        clean = redactor.text(plain)
        if not is_json or (clean != plain and not _is_json(clean)):  # a number may have been secret
            return _text(clean)
        text = clean.encode("utf-8", "backslashreplace")
    # line breaks can only be white space between JSON tokens, never part of a value
    return text.replace(b"\n", b" ").replace(b"\r", b" ")


def _text(text: str) -> bytes:
    return _encode(text).encode("utf-8", "backslashreplace")


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
