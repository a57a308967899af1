"""What can go wrong, as one tree.

::

    SsembleError                      nothing else escapes feed, add, close or completion
    ├── StreamError                   the bytes are at fault
    │   ├── LimitExceeded             more arrived than a limit allows
    │   ├── InvalidJSON               a payload is not JSON (also a ValueError)
    │   ├── ProtocolError             JSON of a shape that cannot be merged
    │   ├── UnknownDialect            payloads came, and none has a known wire shape
    │   └── IncompleteStream          the end came before the message was complete
    ├── JSONTextError                 a text that the model wrote is not JSON (also a ValueError)
    │   ├── IncompleteJSON            its end has not arrived
    │   └── MalformedJSON             no continuation could make it JSON
    └── ProviderError                 the server reported an error inside the stream

Each is raised after everything that came before it was handed out, and again by
every later call: each time an equal exception, and a new one, with a traceback of its own.
Misuse by the caller is no ``SsembleError``: a ``str`` that is fed is a ``TypeError``,
a ``feed`` after ``close`` a ``RuntimeError``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from typing import TypedDict

    from typing_extensions import Unpack

    from ._completion import Completion

    class Where(TypedDict, total=False):
        """What every `StreamError` takes by keyword, written once for all constructors."""

        offset: int | None
        event: int | None
        partial: Completion | None


DECODER_BUGS = (TypeError, AttributeError, NameError, ImportError)
"""What a decoder of the caller's raises that is wrong in itself, as in ``loads=json.load``: never hidden."""

OVER = {
    "max_event_size": ("event is larger than", " bytes"),
    "max_message_size": ("message is larger than", " characters"),
    "max_choices": ("message has more choices than", ""),
    "max_tool_calls": ("choice has more tool calls than", ""),
}
"""For each limit, the words before its name and the unit of its value."""

MAX_QUOTE = 80
"""Characters of payload that a message quotes at most."""


def quote(text: str) -> str:
    """Quote the beginning of a payload for an error message."""
    return repr(text if len(text) <= MAX_QUOTE else text[: MAX_QUOTE - 1] + "…")


def safe_repr(value: object) -> str:
    """Show a value of JSON for an error message, however deep or long it is."""
    try:
        return quote(repr(value))[1:-1]
    except (RecursionError, ValueError):  # too deep, or more digits than int() may write
        return f"a {type(value).__name__} too large to show"


def error_to_dict(error: SsembleError) -> dict[str, Any]:
    """Return an error as JSON: its class, its message, and what its class knows; ``raw`` is the error's own."""
    facts: dict[str, Any] = {"class": type(error).__name__, "message": str(error)}
    if isinstance(error, ProviderError):
        return {**facts, "message": error.message, "code": error.code, "type": error.type, "raw": error.raw}
    known = {name: value for name, value in vars(error).items() if name != "partial" and not name.startswith("_")}
    return {**facts, **known}


class SsembleError(Exception):
    """Base of every error that a stream can cause.

    Attributes:
        partial: the message so far (`Completion`), or None where no message is kept:
            in `SSEParser`, `ChunkParser`, an accumulator used on its own, and a `JSONTextError`.
    """

    def __init__(self, message: str, *, partial: Completion | None = None) -> None:
        super().__init__(message)
        self.partial = partial

    def __reduce__(self) -> tuple[Any, ...]:
        # BaseException leaves the cause behind; a pickled stream must not.
        chain = {"__cause__": _that_moves(self.__cause__), "__suppress_context__": self.__suppress_context__}
        return type(self), self.args, {**self.__dict__, **chain}  # in this order: a cause suppresses the context


Error = TypeVar("Error", bound=SsembleError)
Caught = TypeVar("Caught", bound=BaseException)


def _that_moves(cause: BaseException | None) -> BaseException | None:
    """Return a cause, or what it says if it cannot be pickled itself: it must keep no stream from moving."""
    import pickle  # here, since it takes long and is loaded already wherever this is called often

    try:
        pickle.loads(pickle.dumps(cause))
    except Exception:  # whatever the caller's exceptions do when they are made from their args alone
        return ValueError(f"{type(cause).__name__}: {cause}")
    return cause


def fresh_copy(error: Error) -> Error:
    """Return a copy of a kept error, to be raised.

    An exception that was raised holds the frames that it passed, and a frame of the caller mostly holds the stream.
    If the stream held that exception, this would be a reference cycle.
    """
    copy = type(error).__new__(type(error), *error.args)
    copy.__dict__.update(error.__dict__)
    copy.__cause__, copy.__suppress_context__ = error.__cause__, error.__suppress_context__
    return copy


def without_frames(error: Caught) -> Caught:
    """Return a caught exception to be kept: it and all that it came from let go of the frames that they passed."""
    chain: list[BaseException | None] = [error]
    for each in chain:
        if each is not None:
            each.__traceback__ = None
            chain += [other for other in (each.__cause__, each.__context__) if other not in chain]
    return error


class StreamError(SsembleError):
    """The bytes of the stream are at fault.

    Attributes:
        offset: bytes from the start of the stream to the fault, or None if unknown.
        event: number of the event at fault, counted from 1, or None if unknown.
    """

    def __init__(
        self,
        message: str,
        *,
        offset: int | None = None,
        event: int | None = None,
        partial: Completion | None = None,
    ) -> None:
        super().__init__(message, partial=partial)
        self.offset = offset
        self.event = event

    def __str__(self) -> str:
        parts = []
        if self.event is not None:
            parts.append(f"event {self.event}")
        if self.offset is not None:
            parts.append(f"byte {self.offset}")
        message = super().__str__()
        return f"{message} ({', '.join(parts)})" if parts else message


class LimitExceeded(StreamError):
    """More arrived than a limit allows; see `Limits`.

    Attributes:
        what: name of the limit, a field of `Limits`.
        limit: its value.
    """

    def __init__(self, message: str, *, what: str = "", limit: int = 0, **where: Unpack[Where]) -> None:
        super().__init__(message, **where)
        self.what = what
        self.limit = limit

    @classmethod
    def _over(cls, what: str, limit: int, **where: Unpack[Where]) -> LimitExceeded:
        excess, unit = OVER[what]
        unit = unit[:-1] if limit == 1 else unit
        message = f"{excess} {what} ({limit}{unit}); raise the limit, or pass None to disable it"
        return cls(message, what=what, limit=limit, **where)


class InvalidJSON(StreamError, ValueError):
    """A payload of the stream is not JSON; ``__cause__`` is the decoder's error."""


class ProtocolError(StreamError):
    """JSON of a shape that cannot be merged.

    Attributes:
        where: JSON path of the fault in its payload, as in ``$.choices[0].index``.
    """

    def __init__(self, message: str, *, where: str = "$", **place: Unpack[Where]) -> None:
        super().__init__(message, **place)
        self.where = where


class UnknownDialect(StreamError):
    """Payloads came, and none of them has a wire shape that is read here.

    Attributes:
        looks_like: what the payloads look like, as ``"Anthropic Messages"``; "" if nobody knows.
    """

    def __init__(self, message: str, *, looks_like: str = "", **where: Unpack[Where]) -> None:
        super().__init__(message, **where)
        self.looks_like = looks_like


class IncompleteStream(StreamError):
    """The end came before the message was complete; ``partial`` holds what arrived."""


class JSONTextError(SsembleError, ValueError):
    """A text that the model wrote is not JSON: arguments of a call, structured output, or a `PartialJSON`.

    The stream is not at fault. ``__cause__`` is the decoder's error, where a decoder read the text.

    Attributes:
        pos: index of a character of the text; the subclasses say which.
    """

    def __init__(self, message: str, *, pos: int = 0, partial: Completion | None = None) -> None:
        super().__init__(message, partial=partial)
        self.pos = pos


class IncompleteJSON(JSONTextError):
    """The end of a JSON text has not arrived: what is there could still become JSON.

    Attributes:
        pos: length of the text, where the rest is missing.
    """


class MalformedJSON(JSONTextError):
    """A text is not JSON and no continuation could make it JSON, or `json.loads` cannot read it.

    Attributes:
        pos: index of the first character that is not JSON.
    """


class ProviderError(SsembleError):
    """The server reported an error inside the stream.

    Attributes:
        code: the server's code (`str` or `int`), or None.
        type: the server's name for the kind of error, or None.
        message: the server's words.
        raw: the error object as received (`dict`); a bare text becomes ``{"message": text}``.
    """

    def __init__(self, message: str, *, raw: dict[str, Any] | None = None, partial: Completion | None = None) -> None:
        super().__init__(message, partial=partial)
        self.message = message
        self.raw: dict[str, Any] = {"message": message} if raw is None else raw

    @property
    def code(self) -> str | int | None:
        code = self.raw.get("code", self.raw.get("Code"))
        return code if isinstance(code, (str, int)) and not isinstance(code, bool) else None

    @property
    def type(self) -> str | None:
        kind = self.raw.get("type")
        return kind if isinstance(kind, str) else None

    def __str__(self) -> str:
        facts = [
            fact if isinstance(fact, str) else safe_repr(fact) for fact in (self.type, self.code) if fact is not None
        ]
        return f"{self.message} ({', '.join(facts)})" if facts else self.message
