"""Uvicorn without its command line, imported whole."""

from __future__ import annotations

import importlib.util
import sys


def _enter_package() -> None:
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
    from uvicorn.config import Config

    vars(package)["Config"] = Config  # what uvicorn's own modules take from the package


_enter_package()

# uvicorn would import these by name when it starts, which is when the code is there and everything waits for the server
import uvicorn.lifespan.off  # noqa: E402, F401
import uvloop  # noqa: E402, F401
from uvicorn.config import Config  # noqa: E402
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol  # noqa: E402
from uvicorn.server import Server  # noqa: E402

__all__ = ["Config", "HttpToolsProtocol", "Server"]
