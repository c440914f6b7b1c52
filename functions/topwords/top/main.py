"""Ranks counted words."""

from typing import Any

USUAL_NUMBER = 10


def handler(event: dict[str, Any]) -> dict[str, Any]:
    """`{"counts": {"<word>": n, ...}, "number": n}` gives the most frequent words, and how many words there are.

    Words of the same count are in the order of their code points; `number` is 10 where it is not given.
    """
    counts = event.get("counts")
    if not isinstance(counts, dict):
        raise ValueError('"counts" must be an object of numbers by word')
    number = event.get("number")
    if number is None:
        number = USUAL_NUMBER
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise ValueError('"number" must be a whole number from 1 on')
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return {
        "top": [{"word": word, "times": times} for word, times in ranked[:number]],
        "total": sum(counts.values()),
        "distinct": len(counts),
    }
