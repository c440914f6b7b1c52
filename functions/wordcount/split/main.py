"""Cuts a text into parts of about equal length, never inside a word, so that each part can be counted on its own."""

from typing import Any

CHARACTERS_PER_CHUNK = 50_000
MOST_CHUNKS = 1000


def handler(event: dict[str, Any]) -> dict[str, list[str]]:
    """`{"text": "...", "chunks": n}` gives `{"parts": [...]}`; the parts joined are the text.

    Without `chunks` a part has about 50,000 characters. There may be fewer parts than asked for: no part is empty,
    except the only part of an empty text.
    """
    text = event.get("text")
    if not isinstance(text, str):
        raise ValueError('"text" must be a string')
    chunks = event.get("chunks")
    if chunks is None:
        chunks = min(1 + len(text) // CHARACTERS_PER_CHUNK, MOST_CHUNKS)
    if not isinstance(chunks, int) or isinstance(chunks, bool) or not 1 <= chunks <= MOST_CHUNKS:
        raise ValueError(f'"chunks" must be a whole number from 1 to {MOST_CHUNKS}')
    return {"parts": cut(text, chunks)}


def cut(text: str, chunks: int) -> list[str]:
    """At most `chunks` parts; each ends where a word cannot go on."""
    length = max(-(-len(text) // chunks), 1)
    parts = []
    start = 0
    while start < len(text):
        end = min(start + length, len(text))
        while end < len(text) and text[end - 1].isalnum() and text[end].isalnum():
            end += 1
        parts.append(text[start:end])
        start = end
    return parts or [""]
