"""Provides the function's code as a folder: downloaded, verified, unpacked."""

from __future__ import annotations

import os
import threading
import time
from typing import NamedTuple

from .download import download
from .errors import LoadError
from .log import Log
from .retry import DOWNLOAD
from .settings import Settings
from .unzip import unzip
from .zip_names import ArchiveError


class Code(NamedTuple):
    """The unpacked code, and what it took; times in milliseconds."""

    root: str
    packages: str
    """The folder of the third-party packages; empty where there are none."""
    archive_bytes: int
    entries: int
    download_ms: float
    unpack_ms: float


class CodeLoader:
    """Loads the code on a thread of its own, so that the server's modules are imported meanwhile."""

    def __init__(self, settings: Settings, log: Log) -> None:
        self._settings = settings
        self._log = log
        self._result: Code | BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="code-loader", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def result(self) -> Code:
        """Waits for the code. Raises LoadError."""
        self._thread.join()
        if isinstance(self._result, BaseException):
            raise self._result
        assert self._result is not None
        return self._result

    def _run(self) -> None:
        try:
            self._result = _load(self._settings, self._log)
        except BaseException as error:  # carried over to the thread that waits
            self._result = error


def _load(settings: Settings, log: Log) -> Code:
    code = _provide(settings, log, settings.code_object, settings.sha256, "code")
    if not settings.dependencies:
        return code
    digest = settings.dependencies[-len(".zip") - 64 : -len(".zip")]
    packages = _provide(settings, log, settings.dependencies, digest, "packages")
    return Code(
        code.root,
        packages.root,
        code.archive_bytes + packages.archive_bytes,
        code.entries + packages.entries,
        code.download_ms + packages.download_ms,
        code.unpack_ms + packages.unpack_ms,
    )


def _provide(settings: Settings, log: Log, code_object: str, sha256: str, name: str) -> Code:
    work = settings.work_dir
    archive, root = f"{work}/{name}.zip", f"{work}/{name}"
    try:
        os.makedirs(work, exist_ok=True)
        _remove_leftovers(archive, root, f"{root}.partial")
        begun = time.perf_counter()

        def retried(reason: str, pause: float) -> None:
            log.line("warn", "download failed, trying again", {"reason": reason, "pause": pause})

        size = download(
            settings.origin,
            code_object,
            sha256,
            archive,
            # Below the load's own limit, whose reason says less.
            seconds=min(DOWNLOAD.budget, 0.9 * settings.load_timeout),
            retried=retried,
        )
        loaded = time.perf_counter()
        entries = unzip(archive, root)
        unpacked = time.perf_counter()
        os.unlink(archive)
    except ArchiveError as error:
        raise LoadError("ArchiveError", f"{code_object}: {error}") from None
    except OSError as error:
        raise LoadError("StorageError", f"{work}: {error.strerror or error}") from None
    return Code(root, "", size, entries, (loaded - begun) * 1000, (unpacked - loaded) * 1000)


def _remove_leftovers(*paths: str) -> None:
    """A container that starts again in the same pod finds what the one before it left in its work folder."""
    for path in paths:
        if os.path.isdir(path) and not os.path.islink(path):
            import shutil  # only here: it costs 3 ms, and a first start has nothing to remove

            shutil.rmtree(path)
        elif os.path.lexists(path):
            os.unlink(path)
