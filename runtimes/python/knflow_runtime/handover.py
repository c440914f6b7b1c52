"""Open connections on their way from the process that served to the one that serves now.

They are passed on open, whatever is on its way in them: closed, they could lose a request that the other side has just
sent. `cmsg(3)` tells of such messages, which carry descriptors.
"""

from __future__ import annotations

import array  # what `socket` needs to pass descriptors; a module of the function's own could have the name  # noqa: F401
import contextlib
import os
import socket

BATCH = 100
"""Descriptors in one message; Linux takes up to 253."""


def pass_on(channel: socket.socket, connections: list[int]) -> None:
    """Passes connections on. They are closed here in any case, and altogether where nobody takes them any more."""
    for begin in range(0, len(connections), BATCH):
        with contextlib.suppress(OSError):
            socket.send_fds(channel, [b"c"], connections[begin : begin + BATCH])
    for connection in connections:
        os.close(connection)


def take_over(channel: socket.socket) -> list[int]:
    """The connections that come next; none where no more come."""
    with contextlib.suppress(OSError):
        return socket.recv_fds(channel, 1, BATCH)[1]
    return []


def relay(source: socket.socket, target: socket.socket, seconds: float) -> None:
    """Passes on what comes until no more does, or nothing for so long."""
    source.settimeout(seconds)
    while connections := take_over(source):
        pass_on(target, connections)
