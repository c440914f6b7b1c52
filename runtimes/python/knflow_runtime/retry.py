"""When a failed attempt is made again, as data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple


class Schedule(NamedTuple):
    """Pauses that grow from `first` by `factor` up to `longest`, for at most `budget` in all; seconds.

    `jitter` is the share of a pause that is random.
    """

    first: float
    factor: float
    longest: float
    jitter: float
    budget: float


# first: a Service's endpoints reach kube-proxy within tens of milliseconds, and most faults at start are that.
# longest: a file server that is back is noticed within two seconds.
# jitter: a hundred pods that start together must not ask again together.
# budget: outlives a restart of the file server (10 s); beyond it the container ends, says why, and Kubernetes
# starts it again with its own growing pauses.
DOWNLOAD = Schedule(first=0.05, factor=2.0, longest=2.0, jitter=0.5, budget=30.0)


def pauses(schedule: Schedule, random: Iterator[float]) -> Iterator[float]:
    """The pauses between attempts. `random` gives numbers from 0 to 1."""
    pause = schedule.first
    while True:
        yield pause * (1 - schedule.jitter * next(random))
        pause = min(pause * schedule.factor, schedule.longest)
