"""Takes money for orders, and gives it back."""

from typing import Any


def handler(event: dict[str, Any]) -> dict[str, Any]:
    """`{"action": "charge", ...}` gives the payment, or why it was declined; `{"action": "refund", ...}` undoes it.

    The same order always has the same payment, so that a call that is repeated does not take the money twice.
    """
    if event["action"] == "refund":
        return {"refunded": event["payment"]}
    amount, limit = event["amount"], event["limit"]
    if amount > limit:
        return {"declined": True, "reason": f"{amount} is more than the limit of {limit}"}
    return {"declined": False, "payment": f"payment-{event['order']}"}
