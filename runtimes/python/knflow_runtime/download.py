"""Fetches the code archive: one GET to the configured origin, bounded in size and time, verified, no redirects.

It speaks HTTP on a socket itself: `http.client` would import the e-mail package, 15 ms of every cold start.
"""

from __future__ import annotations

import hashlib
import os
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

from .errors import LoadError
from .retry import DOWNLOAD, pauses
from .settings import Origin

MAX_ARCHIVE_BYTES = 288 * 1024 * 1024
"""Room for the largest tree that may be packed (256 MiB, 10,000 files) with its headers."""
MAX_HEAD_BYTES = 16 * 1024
CONNECT_SECONDS = 3.0
STALL_SECONDS = 5.0
"""An attempt is given up when nothing arrives for so long."""


class _Transient(Exception):
    """A fault that may pass: the attempt is made again."""


def download(
    origin: Origin,
    code_object: str,
    sha256: str,
    target: str,
    *,
    seconds: float,
    retried: Callable[[str, float], None],
) -> int:
    """Fetches the object to the file `target` within so many seconds and gives its size, or raises LoadError.

    `retried` is told of each failed attempt: the reason, and the pause before the next one.
    """
    deadline = time.monotonic() + seconds
    attempts = 0
    for pause in pauses(DOWNLOAD, _random()):
        attempts += 1
        try:
            return _attempt(origin, code_object, sha256, target, deadline)
        except _Transient as fault:
            reason = str(fault)
        if time.monotonic() + pause >= deadline:
            break
        retried(reason, pause)
        time.sleep(pause)
    tried = f"{attempts} attempts in {seconds:.0f} s"
    raise LoadError("DownloadError", f"{_address(origin, code_object)}: {reason} ({tried})")


def _attempt(origin: Origin, code_object: str, sha256: str, target: str, deadline: float) -> int:
    with _connect(origin, deadline) as connection:
        _send(connection, _request(origin, code_object))
        status, headers, body = _read_head(connection, deadline)
        size = _checked_size(origin, code_object, status, headers)
        digest = hashlib.sha256()
        received = 0
        with open(target, "wb", buffering=0) as file:
            while True:
                body = body[: size - received]
                file.write(body)
                digest.update(body)
                received += len(body)
                if received == size:
                    break
                body = _receive(connection, deadline)
                if not body:
                    raise _Transient(f"the download was cut off after {received} of {size} bytes")
    if digest.hexdigest() != sha256:
        raise LoadError(
            "ChecksumError",
            f"{_address(origin, code_object)} has sha256 {digest.hexdigest()}, but {sha256} is expected: "
            "the stored archive is damaged or is another one",
        )
    return size


def _connect(origin: Origin, deadline: float) -> socket.socket:
    host: Any = origin.host.encode("ascii")  # a str would go through the idna codec, whose import takes 1 ms
    try:
        return socket.create_connection((host, origin.port), min(CONNECT_SECONDS, _remaining(deadline)))
    except OSError as error:
        raise _Transient(f"no connection to {origin.host}:{origin.port}: {error.strerror or error}") from None


def _send(connection: socket.socket, request: bytes) -> None:
    try:
        connection.sendall(request)
    except OSError as error:
        raise _Transient(f"the request could not be sent: {error.strerror or error}") from None


def _request(origin: Origin, code_object: str) -> bytes:
    host = origin.host.rstrip(".")  # the dot that spares the search list in DNS is no part of the name in HTTP
    port = "" if origin.port == 80 else f":{origin.port}"
    return (
        f"GET {origin.prefix}{code_object} HTTP/1.1\r\nHost: {host}{port}\r\nAccept: application/zip\r\n"
        "User-Agent: knflow-runtime\r\nConnection: close\r\n\r\n"
    ).encode("ascii")


def _read_head(connection: socket.socket, deadline: float) -> tuple[int, dict[str, str], bytes]:
    """The status, the headers in lower case, and what of the body came along with them."""
    data = b""
    while b"\r\n\r\n" not in data:
        if len(data) > MAX_HEAD_BYTES:
            raise _Transient("the reply's head is too long")
        chunk = _receive(connection, deadline)
        if not chunk:
            raise _Transient("the connection was closed before a reply")
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    version, _, status = first.partition(" ")
    if not version.startswith("HTTP/1.") or not _is_number(status[:3]):
        raise _Transient(f"the reply is no HTTP: {first[:100]!r}")
    pairs = (line.partition(":") for line in rest)
    return int(status[:3]), {name.strip().lower(): value.strip() for name, _, value in pairs}, body


def _checked_size(origin: Origin, code_object: str, status: int, headers: dict[str, str]) -> int:
    """The size of the body to read, if the reply is one that may be read at all."""
    address = _address(origin, code_object)
    if status >= 500:
        raise _Transient(f"the file server answered {status}")
    if 300 <= status < 400:
        raise LoadError("DownloadError", f"{address} answered {status}: redirects are not followed")
    if status == 404:
        raise LoadError("DownloadError", f"{address} answered 404: the archive is not on the code volume")
    if status != 200:
        raise LoadError("DownloadError", f"{address} answered {status}, but 200 is expected")
    length = headers.get("content-length", "")
    if not _is_number(length) or "transfer-encoding" in headers or "content-encoding" in headers:
        raise LoadError("DownloadError", f"{address} answered without a plain Content-Length")
    if int(length) > MAX_ARCHIVE_BYTES:
        raise LoadError("DownloadError", f"{address} has {length} bytes; at most {MAX_ARCHIVE_BYTES} are allowed")
    return int(length)


def _receive(connection: socket.socket, deadline: float) -> bytes:
    connection.settimeout(min(STALL_SECONDS, _remaining(deadline)))
    try:
        return connection.recv(256 * 1024)
    except TimeoutError:
        raise _Transient("the file server stopped sending") from None
    except OSError as error:
        raise _Transient(f"the connection broke: {error.strerror or error}") from None


def _remaining(deadline: float) -> float:
    remaining = deadline - time.monotonic()
    if remaining <= 0:
        raise _Transient("the time for the download is used up")
    return remaining


def _address(origin: Origin, code_object: str) -> str:
    return f"http://{origin.host}:{origin.port}{origin.prefix}{code_object}"


def _random() -> Iterator[float]:
    """Numbers from 0 to 1; the `random` module would cost 2 ms of every cold start."""
    while True:
        yield os.urandom(1)[0] / 255


def _is_number(text: str) -> bool:
    """Whether a text is decimal digits; `isdigit` alone takes characters such as "²" for digits too."""
    return text.isascii() and text.isdigit()
