"""The handler that every Python server of the benchmark calls."""

from typing import Any


def handler(event: dict[str, Any]) -> dict[str, Any]:
    return {"greeting": f"Hello {event['name']}", "total": sum(event["numbers"])}


async def async_handler(event: dict[str, Any]) -> dict[str, Any]:
    return handler(event)
