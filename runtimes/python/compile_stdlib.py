"""Compiles the standard library of the base's Python into a folder, in the places that the files have below `/`.

Bases come with no bytecode of it (Docker's own Python), or with some that is taken for outdated, since the image was
made with other file times. Either way each start of a container would compile some 150 modules: its root is read-only.
"""

from __future__ import annotations

import importlib.util
import multiprocessing
import os
import py_compile
import sys
import sysconfig
from collections.abc import Iterator

UNUSED = frozenset(
    {
        "dist-packages",
        "ensurepip",
        "idlelib",
        "lib2to3",
        "pydoc_data",
        "site-packages",
        "test",
        "tests",
        "tkinter",
        "turtledemo",
    }
)
"""Folders of which no function imports anything, or that are not the standard library's."""


def modules(root: str) -> Iterator[str]:
    """Finds the source files below a folder."""
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name not in UNUSED]
        yield from (os.path.join(folder, name) for name in files if name.endswith(".py"))


def compile_below(target: str, source: str) -> None:
    """Writes the bytecode of a file, which is never checked against that: files in an image do not change."""
    bytecode = target + importlib.util.cache_from_source(source)
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    py_compile.compile(source, bytecode, doraise=True, quiet=1, invalidation_mode=mode)


def main() -> None:
    """Takes the folder as its argument."""
    [target] = sys.argv[1:]
    with multiprocessing.Pool() as pool:
        sources = modules(sysconfig.get_path("stdlib"))
        pool.starmap(compile_below, ((target, source) for source in sources), chunksize=20)


if __name__ == "__main__":
    main()
