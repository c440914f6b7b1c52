"""Imports uvicorn without its command line."""

from __future__ import annotations

import importlib.util
import sys


def import_uvicorn() -> None:
    """Makes `uvicorn.<module>` importable without running the package's __init__.

    That one imports `uvicorn.main`, and with it click, multiprocessing and the reloader: 15 ms of every cold start, and
    two packages that could get in the way of a function's own dependencies. The version is pinned, and every runtime
    test goes through here.
    """
    spec = importlib.util.find_spec("uvicorn")
    if spec is None:
        raise ModuleNotFoundError("uvicorn is not installed: see runtimes/python/requirements.txt")
    package = importlib.util.module_from_spec(spec)
    sys.modules["uvicorn"] = package
    from uvicorn import config

    setattr(package, "Config", config.Config)  # what uvicorn's own modules take from the package
