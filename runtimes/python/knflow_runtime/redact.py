"""Keeps the values of secret variables out of what the runtime writes: log, errors, the reason of an end."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

SHORTEST_VALUE = 4
"""Characters: a shorter value is in too many texts that have nothing to do with it."""

SHORTEST_LINE = 8
"""The same of one line of a value that has several: what is printed is logged line by line."""

_BLANKS = " \t\r\n"


class Redactor:
    """Puts `[secret NAME]` in place of the values that `KNFLOW_SECRET_VARIABLES` names.

    They are found as they are, and as JSON, `repr` and `ascii` write them, also of a text that these have written.
    """

    def __init__(self, env: Mapping[str, str]) -> None:
        self._names: dict[str, str] = {}
        for name in env.get("KNFLOW_SECRET_VARIABLES", "").split(","):
            for text in _parts_of(env.get(name, "")):
                for form in _forms_of(text):
                    self._names.setdefault(form, name)
        self.longest = max((len(form.encode("utf-8", "replace")) for form in self._names), default=0)
        """Bytes of the longest text that is replaced; 0 where nothing is."""
        # Longer ones first, and what has been put in place is left alone.
        forms = sorted(self._names, key=len, reverse=True)
        self._pattern = re.compile("|".join([r"\[secret [A-Za-z0-9_]+\]", *map(re.escape, forms)]))

    def text(self, text: str) -> str:
        return self._pattern.sub(self._replace, text) if self.longest else text

    def value(self, value: Any) -> Any:
        """The same of every text in an object."""
        if not self.longest:
            return value
        if isinstance(value, str):
            return self.text(value)
        return {name: self.value(one) for name, one in value.items()} if isinstance(value, dict) else value

    def start(self, text: str, length: int) -> str:
        """The same of a text's beginning; a value that the end would cut in two is replaced whole."""
        if not self.longest:
            return text[:length]
        ends = [match.end() for match in self._pattern.finditer(text) if match.start() < length]
        return self.text(text[: max([length, *ends])])

    def _replace(self, match: re.Match[str]) -> str:
        name = self._names.get(match[0])
        return match[0] if name is None else f"[secret {name}]"


def _parts_of(value: str) -> set[str]:
    if len(value) < SHORTEST_VALUE:
        return set()
    bare = value.strip(_BLANKS)
    lines = [line.strip(_BLANKS) for line in re.split(r"[\r\n]", bare)]
    whole = {part for part in (value, bare) if len(part) >= SHORTEST_VALUE}
    return whole | {line for line in lines if len(line) >= SHORTEST_LINE}


def _forms_of(text: str) -> set[str]:
    forms = {text}
    for _ in range(2):  # the second time for what is printed of a message that holds a printed object
        forms |= {written for form in forms for written in _written(form)}
    return forms


def _written(text: str) -> Iterator[str]:
    for ascii_only in (False, True):
        yield json.dumps(text, ensure_ascii=ascii_only)[1:-1]
    for show in (repr, ascii):
        # Whether they escape quotes depends on all quotes of the text that a value is part of.
        parts = [show(part)[1:-1] for part in text.split("'")]
        yield "'".join(parts)
        yield "\\'".join(parts)


redactor = Redactor(os.environ)
"""Of this process, as its environment was at the start."""
