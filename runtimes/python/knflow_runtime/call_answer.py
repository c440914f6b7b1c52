"""What a call's answer means: an output, or an error of the callee's."""

from __future__ import annotations

import json
from typing import Any

from .client import Answer
from .errors import CallError, RequestError
from .redact import redactor
from .request import event_of_body


def output_of(name: str, run_id: str, answer: Answer) -> Any:
    """The callee's output. Raises CallError. `run_id` is the callee's where it does not say one."""
    run_id = answer.headers.get(b"x-knflow-run-id", b"").decode("latin-1") or run_id
    if answer.status >= 400:
        raise _failure(name, run_id, answer)
    try:
        if not answer.body:
            raise RequestError(400, "BadRequest", "the body is empty")
        return event_of_body({}, answer.body)
    except RequestError as error:
        message = f"{name} answered something that is no JSON: {error.message}"
        raise CallError(name, 502, "InvalidAnswer", message, run_id) from None


def _failure(name: str, run_id: str, answer: Answer) -> CallError:
    """What the callee says of its error, or what is between says."""
    text = answer.body.decode("utf-8", "replace")
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        said = None
    error = said.get("error") if isinstance(said, dict) else None
    if isinstance(error, dict) and isinstance(error.get("type"), str):  # a runtime's
        error = {member: str(value) for member, value in error.items()}
        kind, exception = error["type"], error.get("exception", "")
        message = f"{name}: {exception or kind}: {error.get('message', '')}"
        return CallError(name, answer.status, kind, message, run_id, exception=exception)
    if isinstance(said, dict) and isinstance(said.get("type"), str):  # a workflow's problem details
        message = f"{name}: {said.get('detail') or said.get('title') or said['type']}"
        return CallError(name, answer.status, said["type"], message, run_id)
    said_so = redactor.start(text, 500)
    return CallError(name, answer.status, "Unreachable", f"{name} answered {answer.status}: {said_so}", run_id)
