"""granian at its fastest for one processor: one worker, uvloop, no log of requests."""

import os

from granian import Granian
from granian.constants import Interfaces, Loops

if __name__ == "__main__":
    Granian(
        "asgi:app",
        address="127.0.0.1",
        port=int(os.environ["PORT"]),
        interface=Interfaces.ASGINL,
        loop=Loops.uvloop,
        workers=1,
        log_enabled=False,
    ).serve()
