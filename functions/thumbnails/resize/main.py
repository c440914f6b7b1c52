"""Makes a thumbnail: bytes in, bytes out, as base64 in JSON."""

from __future__ import annotations

import base64
import binascii
import io
from typing import Any

from PIL import Image, UnidentifiedImageError

LARGEST_SIZE = 2048
"""Pixels of a thumbnail's longer side."""


def handler(event: dict[str, Any]) -> dict[str, Any]:
    size = event.get("size")
    if not isinstance(size, int) or not 1 <= size <= LARGEST_SIZE:
        raise ValueError(f'"size" must be a whole number from 1 to {LARGEST_SIZE}')
    image = _decoded(event.get("image"))
    image.thumbnail((size, size))
    out = io.BytesIO()
    image.convert("RGB").save(out, format="PNG")
    width, height = image.size
    return {"width": width, "height": height, "image": base64.b64encode(out.getvalue()).decode()}


def _decoded(text: object) -> Image.Image:
    if not isinstance(text, str):
        raise ValueError('"image" must be an image in base64')
    try:
        return Image.open(io.BytesIO(base64.b64decode(text, validate=True)))
    except (binascii.Error, UnidentifiedImageError):
        raise ValueError('"image" is no image in base64') from None
