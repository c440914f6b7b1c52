"""The request as an object, for handlers whose parameter is named `req` or `request`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .errors import RequestError
from .request import event_of_body, event_of_query


class NotJson(RequestError, ValueError):
    """Also a ValueError, since that is what other platforms' requests raise."""

    def __init__(self, message: str) -> None:
        super().__init__(400, "BadRequest", message)


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


class Fields(dict[str, str]):
    """The fields of a query or a form; of a repeated one the last counts."""

    def get(self, name: str, default: Any = None, type: Callable[[str], Any] = str) -> Any:  # noqa: A002 - Flask's name
        """The field's value, or the default where there is none or it is no `type`."""
        try:
            return type(self[name])
        except (KeyError, ValueError):
            return default


class Request:
    """What a plain handler gets: the parts of Flask's request that functions use. `AsyncRequest` is for async ones."""

    path = "/"

    def __init__(self, method: str, query: bytes, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        self.method = method
        self.headers = Headers(headers)
        self.data = body
        self.query_string = query

    @property
    def url(self) -> str:
        query = f"?{self.query_string.decode('latin-1')}" if self.query_string else ""
        return f"http://{self.headers.get('host', 'localhost')}/{query}"

    @property
    def args(self) -> Fields:
        """The query's fields. Raises what a GET with such a query is refused with."""
        return Fields(event_of_query(self.query_string))

    query_params = params = args
    """Starlette's and Azure's names."""

    @property
    def form(self) -> Any:
        """The fields of a form in the body; none where the body is something else."""
        is_form = self.mimetype == "application/x-www-form-urlencoded"
        return Fields(event_of_query(self.data)) if is_form else Fields()

    @property
    def content_type(self) -> str | None:
        return self.headers.get("content-type")

    @property
    def mimetype(self) -> str:
        return (self.content_type or "").partition(";")[0].strip().lower()

    @property
    def is_json(self) -> bool:
        return self.mimetype == "application/json" or self.mimetype.endswith("+json")

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        """The body's value. Raises what a POST with such a body is refused with, a 400 where it is not caught.

        `force`: whatever the content type is. `silent`: None instead of an error. `cache` changes nothing.
        """
        try:
            if not self.data:
                raise NotJson("the body is empty, and so no JSON")
            content_type = "" if force else self.content_type or ""
            return event_of_body({b"content-type": content_type.encode("latin-1")}, self.data)
        except RequestError as error:
            if silent:
                return None
            raise NotJson(error.message) from None

    def get_data(self, cache: bool = True, as_text: bool = False) -> Any:
        return self.data.decode("utf-8", "replace") if as_text else self.data

    def get_body(self) -> bytes:
        return self.data

    def json(self) -> Any:
        return self.get_json()

    def text(self) -> Any:
        return self.get_data(as_text=True)

    def body(self) -> Any:
        return self.data


class AsyncRequest(Request):
    """Its reading methods are awaited, as those of Starlette's requests."""

    async def json(self) -> Any:
        return self.get_json()

    async def text(self) -> Any:
        return self.get_data(as_text=True)

    async def body(self) -> Any:
        return self.data
