"""Reads an archive's table of contents and checks that it tells the truth.

The standard library's zipfile is not used: it accepts what must be refused here (names that differ between the two
headers, overlapping entries, bytes that belong to no entry), and importing it costs 13 ms of every cold start.
"""

from __future__ import annotations

import os
import struct
from typing import NamedTuple

from .zip_names import ArchiveError, Tree, checked_mode, checked_name

MAX_ENTRIES = 10_000
MAX_UNPACKED_BYTES = 256 * 1024 * 1024
MAX_DIRECTORY_BYTES = 16 * 1024 * 1024
"""The table of contents is read at once: room for 10,000 of the longest names."""
STORED, DEFLATED = 0, 8

_END = struct.Struct("<4s4H2IH")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_LOCAL = struct.Struct("<4s5H3I2H")
_DESCRIPTOR = struct.Struct("<3I")

_DEFLATE_OPTIONS, _DESCRIPTOR_FOLLOWS, _UTF8 = 0x0006, 0x0008, 0x0800
_ZIP64, _UNIX_LINK, _UNICODE_PATH = 0x0001, 0x000D, 0x7075


class Entry(NamedTuple):
    """One file or folder (its name ends in a slash) of an archive whose headers have been checked."""

    name: str
    executable: bool
    method: int
    crc: int
    packed: int
    size: int
    start: int

    @property
    def is_folder(self) -> bool:
        return self.name.endswith("/")


class _Record(NamedTuple):
    """An entry as the central directory has it."""

    raw_name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    header: int
    attributes: int


def read_directory(file: int) -> list[Entry]:
    """The archive's entries in the order of their bytes. `file` is a descriptor open for reading."""
    directory, count, start = _read_end(file)
    records = sorted(_records(directory, count), key=lambda record: record.header)
    tree = Tree()
    entries = []
    position = 0
    for record in records:
        entry, position = _checked_entry(file, record, position, start)
        tree.add(entry.name)
        entries.append(entry)
    if position != start:
        raise ArchiveError("there are bytes between the last entry and the table of contents")
    if sum(entry.size for entry in entries) > MAX_UNPACKED_BYTES:
        raise ArchiveError(f"the files have more than {MAX_UNPACKED_BYTES} bytes in all")
    return entries


def _read_end(file: int) -> tuple[bytes, int, int]:
    """The table of contents, how many entries it has, and where it starts."""
    total = os.fstat(file).st_size
    tail = os.pread(file, _END.size, max(total - _END.size, 0))
    if len(tail) < _END.size or not tail.startswith(b"PK\x05\x06"):
        raise ArchiveError("it does not end as a zip archive without a comment does")
    _, disk, directory_disk, here, count, length, start, comment = _END.unpack(tail)
    if disk or directory_disk or here != count or comment:
        raise ArchiveError("it has several parts or a comment")
    if 0xFFFF in (count,) or 0xFFFFFFFF in (length, start):
        raise ArchiveError("it is in the zip64 format")
    if start + length + _END.size != total:
        raise ArchiveError("its table of contents is not where it says")
    if not 0 < count <= MAX_ENTRIES:
        raise ArchiveError(f"it has {count} entries; 1 to {MAX_ENTRIES} are allowed")
    if length > MAX_DIRECTORY_BYTES:
        raise ArchiveError(f"its table of contents has more than {MAX_DIRECTORY_BYTES} bytes")
    return os.pread(file, length, start), count, start


def _records(directory: bytes, count: int) -> list[_Record]:
    records = []
    position = 0
    for _ in range(count):
        if len(directory) - position < _CENTRAL.size or directory[position : position + 4] != b"PK\x01\x02":
            raise ArchiveError("its table of contents is cut off")
        fields = _CENTRAL.unpack_from(directory, position)
        _, _, _, flags, method, _, _, crc, packed, size, name_length, extra_length, comment_length, disk = fields[:14]
        attributes, header = fields[15], fields[16]
        position += _CENTRAL.size
        name = directory[position : position + name_length]
        _check_extra(name, directory[position + name_length : position + name_length + extra_length])
        position += name_length + extra_length + comment_length
        if disk or 0xFFFFFFFF in (packed, size, header):
            raise ArchiveError(f"{name!r} is in the zip64 format or in another part")
        records.append(_Record(name, flags, method, crc, packed, size, header, attributes))
    if position != len(directory):
        raise ArchiveError("its table of contents has another length than its entries")
    return records


def _check_extra(name: bytes, extra: bytes) -> None:
    """Refuses the extra fields that would change an entry's name or sizes, or make it a link."""
    position = 0
    while position + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, position)
        if kind in (_ZIP64, _UNICODE_PATH):
            raise ArchiveError(f"{name!r} has an extra field that gives it other sizes or another name")
        if kind == _UNIX_LINK:
            raise ArchiveError(f"{name!r} has an extra field that can make it a hard link")
        position += 4 + length
    if position != len(extra):
        raise ArchiveError(f"{name!r} has a broken extra field")


def _checked_entry(file: int, record: _Record, position: int, end: int) -> tuple[Entry, int]:
    """The entry, and where the next one must start: entries neither overlap nor leave gaps."""
    name = checked_name(record.raw_name, bool(record.flags & _UTF8))
    if record.flags & ~(_DEFLATE_OPTIONS | _DESCRIPTOR_FOLLOWS | _UTF8):
        raise ArchiveError(f"{name!r} is encrypted or uses an unknown feature (flags {record.flags:#06x})")
    if record.method not in (STORED, DEFLATED):
        raise ArchiveError(f"{name!r} is packed by method {record.method}; only stored and deflated are allowed")
    if record.method == STORED and record.packed != record.size:
        raise ArchiveError(f"{name!r} is stored, but its two sizes differ")
    if name.endswith("/") and record.size:
        raise ArchiveError(f"{name!r} is a folder with content")
    executable = checked_mode(name, record.attributes)
    if record.header != position:
        raise ArchiveError(f"{name!r} overlaps another entry or lies behind a gap")
    start = _check_local_header(file, name, record, end)
    after = start + record.packed
    if record.flags & _DESCRIPTOR_FOLLOWS:
        after += _check_descriptor(file, name, record, after)
    if after > end:
        raise ArchiveError(f"{name!r} reaches beyond the archive's entries")
    return Entry(name, executable, record.method, record.crc, record.packed, record.size, start), after


def _check_local_header(file: int, name: str, record: _Record, end: int) -> int:
    """Where the entry's data starts; refuses a local header that differs from the central one."""
    head = os.pread(file, _LOCAL.size, record.header)
    if len(head) < _LOCAL.size or not head.startswith(b"PK\x03\x04"):
        raise ArchiveError(f"{name!r} has no local header")
    fields: tuple[int, ...] = _LOCAL.unpack(head)[2:]
    flags, method, _, _, crc, packed, size, name_length, extra_length = fields
    rest = os.pread(file, name_length + extra_length, record.header + _LOCAL.size)
    start = record.header + _LOCAL.size + name_length + extra_length
    if len(rest) < name_length + extra_length or start > end:
        raise ArchiveError(f"{name!r} has a local header that is cut off")
    _check_extra(record.raw_name, rest[name_length:])
    later = record.flags & _DESCRIPTOR_FOLLOWS and (crc, packed, size) == (0, 0, 0)
    same_sizes = later or (crc, packed, size) == (record.crc, record.packed, record.size)
    if (rest[:name_length], flags, method) != (record.raw_name, record.flags, record.method) or not same_sizes:
        raise ArchiveError(f"{name!r} has two headers that differ")
    return start


def _check_descriptor(file: int, name: str, record: _Record, position: int) -> int:
    """The length of the descriptor behind the data, with or without its optional signature."""
    expected = _DESCRIPTOR.pack(record.crc, record.packed, record.size)
    found = os.pread(file, 16, position)
    if found == b"PK\x07\x08" + expected:
        return 16
    if found.startswith(expected):
        return 12
    raise ArchiveError(f"{name!r} has a data descriptor that differs from its headers")
