"""Books rooms, and cancels them."""

from typing import Any

BEDS = {"Lisbon": 2, "Oslo": 50}


def handler(event: dict[str, Any]) -> dict[str, Any]:
    """`{"action": "book", ...}` gives the booking, or why there is none; `{"action": "cancel", ...}` undoes it.

    The same trip always has the same booking, so that a call that is repeated does not book twice.
    """
    if event["action"] == "cancel":
        return {"cancelled": event["hotel"]}
    city, guests = event["city"], event["guests"]
    beds = BEDS.get(city, 0)
    if guests > beds:
        return {"full": True, "reason": f"the hotel in {city} has {beds} beds, not {guests}"}
    return {"full": False, "hotel": f"hotel-{event['trip']}"}
