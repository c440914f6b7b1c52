"""How a call of the handler can end."""

from __future__ import annotations

from typing import Any, NamedTuple


class Value(NamedTuple):
    """It returned."""

    value: Any


class Raised(NamedTuple):
    """It raised; every exception counts, `SystemExit` too."""

    error: BaseException


class TimedOut(NamedTuple):
    """It did not end in time."""

    seconds: float


Outcome = Value | Raised | TimedOut
