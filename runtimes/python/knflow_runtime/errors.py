"""The ways in which the runtime says no: to code that it cannot load, to a request, to a call that a handler makes."""


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


class CallError(Exception):
    """A call of a function or a workflow that brought no output."""

    def __init__(
        self, function: str, status: int, kind: str, message: str, run_id: str, *, exception: str = ""
    ) -> None:
        super().__init__(message)
        self.function = function
        """The name that was called, of a function or a workflow."""
        self.status = status
        """The callee's own; without an answer 504 where time was up, and otherwise what fits."""
        self.type = kind
        """What the callee calls its error, or what the runtime calls its absence."""
        self.message = message
        self.exception = exception
        """The type of what the callee's handler raised; empty where it raised nothing."""
        self.run_id = run_id
        """The callee's, by which its log is found."""
