"""Figures of one process as Prometheus reads them: https://prometheus.io/docs/instrumenting/exposition_formats/"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600)
"""Seconds; what takes longer than the last one counts as infinite."""


class Family:
    """A figure by the values of its labels. It is changed on the event loop alone."""

    def __init__(self, kind: str, name: str, text: str, labels: tuple[str, ...], fixed: str) -> None:
        self.kind = kind
        self.name = name
        self._help = text
        self._labels = labels
        self._fixed = fixed
        self._values: dict[tuple[str, ...], float] = {}

    def add(self, change: float, *values: str) -> None:
        self._values[values] = self._values.get(values, 0) + change

    def lines(self) -> Iterator[str]:
        yield f"# HELP {self.name} {self._help}"
        yield f"# TYPE {self.name} {self.kind}"
        yield from self._series()

    def _series(self) -> Iterator[str]:
        for values, value in self._values.items():
            yield _line(self.name, self._rendered(values), value)

    def _rendered(self, values: tuple[str, ...]) -> str:
        return ",".join([self._fixed, *map(_pair, self._labels, values)])


class Histogram(Family):
    """Durations in seconds."""

    def __init__(self, name: str, text: str, labels: tuple[str, ...], fixed: str) -> None:
        super().__init__("histogram", name, text, labels, fixed)
        self._counts: dict[tuple[str, ...], list[int]] = {}
        """Observations by bucket, each counted once; the last bucket is infinite."""

    def observe(self, seconds: float, *values: str) -> None:
        counts = self._counts.setdefault(values, [0] * (len(BUCKETS) + 1))
        counts[bisect_left(BUCKETS, seconds)] += 1
        self.add(seconds, *values)

    def _series(self) -> Iterator[str]:
        for values, counts in self._counts.items():
            labels, count = self._rendered(values), 0
            for limit, own in zip((*BUCKETS, "+Inf"), counts, strict=True):
                count += own
                yield _line(f"{self.name}_bucket", f'{labels},le="{limit}"', count)
            yield _line(f"{self.name}_sum", labels, self._values[values])
            yield _line(f"{self.name}_count", labels, count)


class Metrics:
    """`fixed` are labels that all figures have."""

    def __init__(self, fixed: Mapping[str, str]) -> None:
        self._fixed = ",".join(_pair(*item) for item in fixed.items())
        self._families: list[Family] = []

    def counter(self, name: str, text: str, *labels: str) -> Family:
        return self._keep(Family("counter", name, text, labels, self._fixed))

    def gauge(self, name: str, text: str, *labels: str) -> Family:
        return self._keep(Family("gauge", name, text, labels, self._fixed))

    def histogram(self, name: str, text: str, *labels: str) -> Histogram:
        histogram = Histogram(name, text, labels, self._fixed)
        self._keep(histogram)
        return histogram

    def text(self) -> str:
        return "".join(f"{line}\n" for family in self._families for line in family.lines())

    def _keep(self, family: Family) -> Family:
        self._families.append(family)
        return family


def _line(name: str, labels: str, value: float) -> str:
    return f"{name}{{{labels}}} {value:.16g}"


def _pair(name: str, value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'{name}="{escaped}"'
