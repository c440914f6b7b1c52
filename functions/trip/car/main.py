"""Rents cars."""

from typing import Any

BUSY = {"limousine"}
"""Kinds of cars that are all out for now."""


def handler(event: dict[str, Any]) -> dict[str, Any]:
    """Gives the booking, or status 503 where there may be a car later."""
    kind = event["kind"]
    if kind in BUSY:
        error = {"type": "Busy", "message": f"every {kind} is out now"}
        return {"statusCode": 503, "body": {"error": error}}
    return {"car": f"{kind}-{event['trip']}"}
