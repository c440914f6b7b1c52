"""What is told of an exception: the message and place to users, the trace to the log only."""

from __future__ import annotations

import os
import traceback


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
    return message[:longest]


def trace_of(error: BaseException, longest: int = 8192) -> str:
    """The stack trace, for the log only; its end is kept where it is too long."""
    try:
        trace = "".join(traceback.format_exception(error))
    except Exception:  # as above
        trace = f"{type(error).__name__} (its text cannot be made)"
    return trace[-longest:]
