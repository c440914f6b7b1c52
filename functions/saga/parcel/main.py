"""Hands parcels over to a carrier."""

from typing import Any

STRIKING = {"snail"}
"""Carriers that take nothing for now."""


def handler(event: dict[str, Any]) -> dict[str, Any]:
    """Gives the parcel, or status 503 where the carrier may take it later."""
    carrier = event["carrier"]
    if carrier in STRIKING:
        error = {"type": "Busy", "message": f"{carrier} takes no parcels now"}
        return {"statusCode": 503, "body": {"error": error}}
    return {"parcel": f"{carrier}-{event['order']}"}
