"""Counts the words of a part of a text."""

import re
from collections import Counter
from typing import Any

WORD = re.compile(r"[^\W_]+")
"""A maximal run of characters whose Unicode category is a letter (L*) or a number (N*), which is what `str.isalnum`
tells: `\\w` is these and the underscore."""


def handler(event: dict[str, Any]) -> dict[str, int]:
    """`{"text": "..."}` gives `{"<word>": n, ...}`.

    Words are found first and lower-cased each by itself then: lower-casing the text before would make two words of one
    (`İ` becomes `i` and a combining dot, which is no letter).
    """
    text = event.get("text")
    if not isinstance(text, str):
        raise ValueError('"text" must be a string')
    return Counter(word.lower() for word in WORD.findall(text))
