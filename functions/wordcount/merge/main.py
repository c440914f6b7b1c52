"""Adds up the counts of the parts."""

from collections import Counter
from typing import Any


def handler(event: dict[str, Any]) -> dict[str, Any]:
    """`{"parts": [{"<word>": n, ...}, ...]}` gives `{"counts", "total", "distinct"}`.

    The most frequent words come first, and words of the same count by code point.
    """
    parts = event.get("parts")
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        raise ValueError('"parts" must be a list of counts')
    counts: Counter[str] = Counter()
    for part in parts:
        counts.update(part)
    ordered = dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
    return {"counts": ordered, "total": counts.total(), "distinct": len(counts)}
