"""What is told of an exception: the message and place to users, the trace to the log only."""

from __future__ import annotations

import os
import traceback

from .redact import redactor


def place_of(error: BaseException, root: str) -> str:
    """`file:line` of the last place in the user's code that the error went through; empty where there is none."""
    if isinstance(error, SyntaxError) and (error.filename or "").startswith(root):
        return f"{os.path.relpath(error.filename or '', root)}:{error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    for frame in reversed(frames):
        if frame.filename.startswith(root + os.sep):
            return f"{os.path.relpath(frame.filename, root)}:{frame.lineno}"
    return ""


def message_of(error: BaseException, longest: int = 1024) -> str:
    try:
        message = error.msg if isinstance(error, SyntaxError) else str(error)
    except Exception:  # a faulty __str__ of the user's own exception
        message = ""
    return redactor.text(message)[:longest]


def trace_of(error: BaseException, longest: int = 8192) -> str:
    """The stack trace, for the log only, from the user's code on; its end is kept where it is too long."""
    try:
        told = traceback.TracebackException.from_exception(error)
        _leave_out_callers(told)
        trace = "".join(told.format())
    except Exception:  # as above
        trace = f"{type(error).__name__} (its text cannot be made)"
    return redactor.text(trace)[-longest:]


OWN_FILES = (os.path.dirname(os.path.abspath(__file__)), os.path.dirname(os.path.abspath(os.__file__)), "<frozen ")
"""What calls the user's code: the runtime, the threads and loops of the standard library, and its import."""


def _leave_out_callers(told: traceback.TracebackException) -> None:
    frames = list(told.stack)
    first = next((at for at, frame in enumerate(frames) if not frame.filename.startswith(OWN_FILES)), len(frames))
    told.stack = traceback.StackSummary.from_list(frames[first:])
    for inner in (told.__cause__, told.__context__):
        if inner is not None:
            _leave_out_callers(inner)
