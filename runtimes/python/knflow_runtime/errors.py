"""The two ways in which the runtime says no: code that cannot be loaded, and a request that cannot be served."""


class LoadError(Exception):
    """The function's code cannot be served. Its message is the reason a user reads in `pulumi up`.

    `kind` names the sort of fault, and `place` is `file:line` in the user's code where there is one.
    """

    def __init__(self, kind: str, message: str, place: str = "", trace: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.place = place
        self.trace = trace

    def one_line(self) -> str:
        place = f" ({self.place})" if self.place else ""
        return " ".join(f"{self.kind}: {self.message}{place}".split())


class RequestError(Exception):
    """A request that is answered without a call of the handler."""

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.message = message
