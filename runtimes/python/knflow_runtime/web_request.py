"""The request as an object, for handlers whose parameter is named `req` or `request`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .errors import RequestError
from .request import event_of_body, event_of_query


class Headers(Mapping[str, str]):
    """Header values by name in any case; of a repeated one the values are joined by commas."""

    def __init__(self, pairs: list[tuple[bytes, bytes]]) -> None:
        self._values: dict[str, str] = {}
        for raw_name, raw_value in pairs:
            name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
            self._values[name] = f"{self._values[name]}, {value}" if name in self._values else value

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


class Request:
    """What a plain handler gets. `AsyncRequest` is the same for async ones."""

    def __init__(self, method: str, query: bytes, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        self.method = method
        self.headers = Headers(headers)
        self.data = body
        self._query = query

    @property
    def url(self) -> str:
        query = f"?{self._query.decode('latin-1')}" if self._query else ""
        return f"http://{self.headers.get('host', 'localhost')}/{query}"

    @property
    def args(self) -> dict[str, str]:
        """The query's fields. Raises what a GET with such a query is refused with."""
        return event_of_query(self._query)

    def get_json(self) -> Any:
        """The body's value. Raises what a POST with such a body is refused with, a 400 where it is not caught."""
        if not self.data:
            raise RequestError(400, "BadRequest", "the body is empty, and so no JSON")
        return event_of_body({b"content-type": self.headers.get("content-type", "").encode("latin-1")}, self.data)

    def json(self) -> Any:
        return self.get_json()

    def text(self) -> Any:
        return self.data.decode("utf-8", "replace")

    def body(self) -> Any:
        return self.data


class AsyncRequest(Request):
    """Its reading methods are awaited, as those of other platforms' requests."""

    async def json(self) -> Any:
        return self.get_json()

    async def text(self) -> Any:
        return self.data.decode("utf-8", "replace")

    async def body(self) -> Any:
        return self.data
