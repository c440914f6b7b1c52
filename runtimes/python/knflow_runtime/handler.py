"""Finds the handler in the user's code and brings the shapes it may have to a single one."""

from __future__ import annotations

import importlib
import inspect
import os
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple

from .context import Context
from .errors import LoadError
from .faults import message_of, place_of, trace_of

_USUAL = "main.handler"
"""The setting's default; only where it holds, a handler by another platform's name is looked for."""
_OTHER_NAMES = ("main", "lambda_handler")


class Handler(NamedTuple):
    """`call` takes event and context whatever the user's function takes; `is_async`: call it on the event loop."""

    call: Callable[[Any, Context], Any]
    is_async: bool
    takes_request: bool
    """It takes a request instead of an event."""


def load_handler(root: str, name: str) -> Handler:
    """Imports the module from the folder `root` and gives its handler. Raises LoadError with the place of the fault."""
    module_name, _, attribute = name.rpartition(".")
    module = _import(root, module_name)
    function = getattr(module, attribute, None)
    if function is None and name == _USUAL:
        others = [other for other in _OTHER_NAMES if callable(getattr(module, other, None))]
        if len({id(getattr(module, other)) for other in others}) == 1:
            attribute = others[0]
            function = getattr(module, attribute)
    if not callable(function):
        there = "no" if function is None else "a value that cannot be called as"
        raise LoadError(
            "HandlerMissing",
            f"{_file_name(root, module)} has {there} {attribute!r}, which `handler` of function.yaml names ({name!r}); "
            f"its functions are: {', '.join(_functions_of(module)) or 'none'}",
        )
    return adapt(function, f"{_file_name(root, module)}: {attribute}")


def adapt(function: Callable[..., Any], where: str) -> Handler:
    """The one place that knows which shapes a handler may have: (event), (event, context), (req) and (req, context)."""
    is_async = any(map(inspect.iscoroutinefunction, (function, type(function).__call__)))
    arguments, first = _arguments(function)
    if arguments == 0:
        raise LoadError("HandlerShape", f"{where} must be callable with (event) or with (event, context)")
    takes_request = first in ("req", "request")
    if arguments == 1:
        return Handler(lambda event, _context: function(event), is_async, takes_request)
    return Handler(function, is_async, takes_request)


def _arguments(function: Callable[..., Any]) -> tuple[int, str]:
    """How many of (event, context) the function takes, 0 when it cannot be called with either; the first one's name."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # some functions of C modules have no signature
        return 1, ""
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    first = positional[0].name if positional else ""
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return 2, first
    required = [p for p in parameters if p.default is p.empty and p.kind is not p.VAR_KEYWORD]
    if not positional or len(required) > 2 or any(p not in positional for p in required):
        return 0, first
    wants_context = len(required) == 2 or any(p.name.strip("_") in ("context", "ctx") for p in positional[1:2])
    return (2 if wants_context else 1), first


def _import(root: str, name: str) -> ModuleType:
    path = os.path.join(root, *name.split("."))
    if not any(map(os.path.isfile, (f"{path}.py", f"{path}/__init__.py"))):
        files = ", ".join(sorted(file for file in os.listdir(root) if file.endswith(".py"))) or "none"
        wanted = name.replace(".", "/")
        raise LoadError("HandlerMissing", f"there is no {wanted}.py in the archive; its Python files are: {files}")
    sys.path.insert(0, root)
    sys.dont_write_bytecode = True  # the code is imported once in a container's life
    os.chdir(root)
    try:
        module = importlib.import_module(name)
    except BaseException as error:  # sys.exit() in user code must not end the container without a word
        place = place_of(error, root)
        raise LoadError(type(error).__name__, message_of(error), place, trace_of(error)) from None
    if not (getattr(module, "__file__", None) or "").startswith(root):
        raise LoadError("HandlerMissing", f"the module name {name!r} is taken by Python itself: rename the file")
    return module


def _file_name(root: str, module: ModuleType) -> str:
    return os.path.relpath(module.__file__ or module.__name__, root)


def _functions_of(module: ModuleType) -> list[str]:
    functions = ((name, value) for name, value in vars(module).items() if inspect.isfunction(value))
    return [name for name, value in functions if value.__module__ == module.__name__]
