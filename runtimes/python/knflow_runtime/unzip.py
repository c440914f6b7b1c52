"""Unpacks a verified archive: into a temporary folder, counted while it is inflated, then renamed into place."""

from __future__ import annotations

import os
import zlib

from .zip_directory import STORED, Entry, read_directory
from .zip_names import ArchiveError

MAX_RATIO = 200
"""Unpacked to packed size of a deflated file, beyond its first megabyte: text rarely reaches 20, bombs 1000."""
RATIO_FREE_BYTES = 1024 * 1024
CHUNK = 256 * 1024


def unzip(archive: str, target: str) -> int:
    """Unpacks the file `archive` into the new folder `target`; gives the number of entries. Raises ArchiveError.

    Nothing is written before every name and header has been checked, and `target` appears only when it is whole.
    """
    temporary = f"{target}.partial"
    file = os.open(archive, os.O_RDONLY | os.O_CLOEXEC)
    try:
        entries = read_directory(file)
        os.mkdir(temporary, 0o755)
        made = {""}
        for entry in entries:
            path = entry.name.rstrip("/")
            _make_folders(temporary, path if entry.is_folder else os.path.dirname(path), made)
            if not entry.is_folder:
                _write_file(file, entry, f"{temporary}/{path}")
    finally:
        os.close(file)
    os.rename(temporary, target)
    return len(entries)


def _make_folders(root: str, folder: str, made: set[str]) -> None:
    if folder not in made:
        _make_folders(root, os.path.dirname(folder), made)
        os.mkdir(f"{root}/{folder}", 0o755)
        made.add(folder)


def _write_file(archive: int, entry: Entry, path: str) -> None:
    mode = 0o755 if entry.executable else 0o644
    out = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    try:
        crc = _copy(archive, entry, out) if entry.method == STORED else _inflate(archive, entry, out)
    finally:
        os.close(out)
    if crc != entry.crc:
        raise ArchiveError(f"{entry.name!r} has a wrong checksum")


def _copy(archive: int, entry: Entry, out: int) -> int:
    crc = 0
    for position in range(entry.start, entry.start + entry.packed, CHUNK):
        data = os.pread(archive, min(CHUNK, entry.start + entry.packed - position), position)
        crc = zlib.crc32(data, crc)
        _write(out, data)
    return crc


def _inflate(archive: int, entry: Entry, out: int) -> int:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    most = min(entry.size, max(RATIO_FREE_BYTES, entry.packed * MAX_RATIO))
    crc = written = 0
    position, end = entry.start, entry.start + entry.packed
    pending = b""
    while not inflater.eof:
        if not pending:
            pending = os.pread(archive, min(CHUNK, end - position), position)
            position += len(pending)
        try:
            data = inflater.decompress(pending, CHUNK)
        except zlib.error as error:
            raise ArchiveError(f"{entry.name!r} cannot be inflated: {error}") from None
        if not data and not pending and not inflater.eof:
            raise ArchiveError(f"{entry.name!r} is cut off")
        pending = inflater.unconsumed_tail
        written += len(data)
        if written > most:
            raise ArchiveError(f"{entry.name!r} inflates to more than {most} bytes: its header lies or it is a bomb")
        crc = zlib.crc32(data, crc)
        _write(out, data)
    if written != entry.size or inflater.unused_data or pending or position != end:
        raise ArchiveError(f"{entry.name!r} has other sizes than its header says")
    return crc


def _write(out: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(out, rest) :]
