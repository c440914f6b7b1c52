"""Which entry names and modes an archive may have.

The rules are listed in docs/reference/runtime-protocol.md: the packer and every runtime must come to the same verdict.
"""

from __future__ import annotations

import stat

MAX_NAME_BYTES = 1024
MAX_SEGMENT_BYTES = 255
MAX_FOLDERS = 10_000
"""With those that no entry names, which cost their maker nothing."""

_FOLDED = "\\0-\u058f\u1100-\u11ff\u1e00-\u1fff\u2126\u212a\u212b\u3040-\u30ff\uac00-\ud7a3"
"""Letters whose case and composition count: Latin, Greek, Cyrillic, Armenian, kana, Hangul. Of other scripts, Unicode's
versions differ, and with them those of Python and of Node.js: they are compared as they are."""


class ArchiveError(Exception):
    """The archive breaks a rule; the message says which one, and at which entry."""


def checked_name(raw: bytes, utf8: bool) -> str:
    """The entry's name, which ends in a slash for a folder."""
    try:
        name = raw.decode("utf-8" if utf8 else "ascii")
    except UnicodeDecodeError:
        raise ArchiveError(f"the name {raw!r} is not {'UTF-8' if utf8 else 'ASCII, and not marked as UTF-8'}") from None
    segments = name.removesuffix("/").split("/")
    if not 0 < len(raw) <= MAX_NAME_BYTES or any(len(segment.encode()) > MAX_SEGMENT_BYTES for segment in segments):
        raise ArchiveError(f"the name {name[:100]!r} is empty or too long")
    if any(ord(character) < 32 or ord(character) == 127 for character in name):
        raise ArchiveError(f"the name {name!r} has a control character")
    if "\\" in name:
        raise ArchiveError(f"the name {name!r} has a backslash")
    if name.startswith("/") or (len(name) > 1 and name[1] == ":" and name[0].isascii() and name[0].isalpha()):
        raise ArchiveError(f"the name {name!r} is absolute")
    if any(segment in ("", ".", "..") for segment in segments):
        raise ArchiveError(f"the name {name!r} has an empty segment, '.' or '..'")
    return name


def checked_mode(name: str, external_attributes: int) -> bool:
    """Whether the file is executable; refuses everything that is neither a plain file nor a folder."""
    mode = external_attributes >> 16
    kind = stat.S_IFMT(mode)
    if kind not in (0, stat.S_IFDIR if name.endswith("/") else stat.S_IFREG):
        raise ArchiveError(f"{name!r} is neither a plain file nor a folder (mode {mode:o})")
    if mode & (stat.S_ISUID | stat.S_ISGID | stat.S_ISVTX):
        raise ArchiveError(f"{name!r} has a set-user-id, set-group-id or sticky bit (mode {mode:o})")
    return bool(mode & stat.S_IXUSR) and not name.endswith("/")


class Tree:
    """The names met so far; refuses a second entry of a name, names that differ in case only, files used as folders."""

    def __init__(self) -> None:
        self._entries: set[str] = set()
        self._files: set[str] = set()
        self._folders: set[str] = {""}
        self._spelling: dict[str, str] = {}

    def add(self, name: str) -> None:
        path = name.removesuffix("/")
        if path in self._entries:
            raise ArchiveError(f"{path!r} is there twice")
        self._entries.add(path)
        if path != name:
            self._add_folder(path)
            return
        self._check_spelling(path)
        if path in self._folders:
            raise ArchiveError(f"{path!r} is a file and a folder")
        self._files.add(path)
        self._add_folder(path.rpartition("/")[0])

    def _add_folder(self, path: str) -> None:
        """Adds it and those around it, as far as they are not known yet."""
        while path not in self._folders:
            self._check_spelling(path)
            if path in self._files:
                raise ArchiveError(f"{path!r} is a file and a folder")
            if len(self._folders) > MAX_FOLDERS:
                raise ArchiveError(f"it has more than {MAX_FOLDERS} folders")
            self._folders.add(path)
            path = path.rpartition("/")[0]

    def _check_spelling(self, path: str) -> None:
        spelling = self._spelling.setdefault(_folded(path), path)
        if spelling != path:
            raise ArchiveError(f"{spelling!r} and {path!r} differ in case or composition only")


def _folded(path: str) -> str:
    if path.isascii():
        return path.lower()
    import re  # these two only when needed: most archives have ASCII names
    import unicodedata

    def fold(run: re.Match[str]) -> str:
        return unicodedata.normalize("NFC", run[0]).lower().replace("\u03c2", "\u03c3")

    return re.sub(f"[{_FOLDED}]+", fold, path)
