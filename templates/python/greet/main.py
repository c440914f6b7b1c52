"""Greets one person."""


def handler(event):
    name = event.get("name")
    if not isinstance(name, str) or not name:
        raise ValueError('"name" must be a text')
    return {"greeting": f"Hello, {name}!"}
