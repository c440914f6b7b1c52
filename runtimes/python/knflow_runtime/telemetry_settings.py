"""What a process tells of itself, besides its log; docs/reference/observability.md has the variables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

_ENDPOINT = re.compile(r"https?://[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)*")
_HEADER = re.compile(r"\s*([\w!#$%&'*+.^`|~-]+)\s*=\s*([\x20-\x7e]*?)\s*", re.ASCII)


class Tracing(NamedTuple):
    address: str
    """That batches are posted to."""
    sampling: float
    """The share of traces that begin here and are kept, from 0 to 1."""
    headers: dict[str, str]


class Telemetry(NamedTuple):
    tracing: Tracing | None
    """Where spans go; None where none are made."""
    metrics_port: int | None
    """Where Prometheus reads figures; None where nothing is counted."""


def read_telemetry(env: Mapping[str, str], problems: list[str]) -> Telemetry:
    """Reads the settings. `problems` gets what is wrong."""
    endpoint, port = env.get("KNFLOW_TRACING_ENDPOINT"), env.get("KNFLOW_METRICS_PORT")
    return Telemetry(
        tracing=_tracing(endpoint, env, problems) if endpoint else None,
        metrics_port=int(_number("KNFLOW_METRICS_PORT", port, 1, 65535, problems)) if port else None,
    )


def _tracing(endpoint: str, env: Mapping[str, str], problems: list[str]) -> Tracing:
    if not _ENDPOINT.fullmatch(endpoint):
        problems.append(f"KNFLOW_TRACING_ENDPOINT is {endpoint!r}, which is not http(s)://<host>[:port][/<path>]")
    sampling = env.get("KNFLOW_TRACING_SAMPLING") or "1"
    return Tracing(
        address=f"{endpoint}/v1/traces",
        sampling=_number("KNFLOW_TRACING_SAMPLING", sampling, 0, 1, problems),
        headers=_headers(env.get("KNFLOW_TRACING_HEADERS", ""), problems),
    )


def _number(name: str, text: str, least: float, most: float, problems: list[str]) -> float:
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not least <= number <= most:
        problems.append(f"{name} is {text!r}, which is not a number from {least} to {most}")
        return least
    return number


def _headers(text: str, problems: list[str]) -> dict[str, str]:
    """As OTEL_EXPORTER_OTLP_HEADERS has them. The text is not told: it may hold a password."""
    found = [_HEADER.fullmatch(pair) for pair in text.split(",") if pair.strip()]
    if None in found:
        problems.append("KNFLOW_TRACING_HEADERS must be <name>=<value>, with commas between several")
    return {one[1]: one[2] for one in found if one}
