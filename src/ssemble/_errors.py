"""All errors of the package, in one tree.

::

    SsembleError                      bad input raises nothing else
    ├── StreamError                   the bytes are at fault
    │   ├── LimitExceeded             more arrived than a limit allows
    │   ├── InvalidJSON               a payload is not JSON (also a ValueError)
    │   ├── ProtocolError             JSON of a shape that cannot be merged
    │   ├── UnknownDialect            there were payloads, but none of a known wire shape
    │   └── IncompleteStream          the bytes ended before the message was complete
    ├── JSONTextError                 a text that the model wrote is not JSON (also a ValueError)
    │   ├── IncompleteJSON            its end is missing
    │   └── MalformedJSON             no continuation could make it valid
    └── ProviderError                 the server reported an error inside the stream

The events before a fault are returned first; then the error is raised, by every later call too.
Each call raises a new, equal exception, so that tracebacks do not grow.
Misuse by the caller is not an ``SsembleError``: feeding a ``str`` is a ``TypeError``, and ``feed``
after ``close`` is a ``RuntimeError``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from typing import TypedDict

    from typing_extensions import Unpack

    from ._model.completion import Completion

    class Where(TypedDict, total=False):
        """The keyword arguments that the constructor of every `StreamError` takes."""

        offset: int | None
        event: int | None
        partial: Completion | None


DECODER_BUGS = (TypeError, AttributeError, NameError, ImportError)
"""Exceptions of the caller's decoder that mean a bug in the caller's code, as in ``loads=json.load``: not caught."""

OVER = {
    "max_event_size": ("event is larger than", " bytes"),
    "max_message_size": ("message is larger than", " characters"),
    "max_choices": ("message has more choices than", ""),
    "max_tool_calls": ("choice has more tool calls than", ""),
}
"""For each limit, the words before its name and the unit of its value."""

MAX_QUOTE = 80
"""Longest quote of a payload in an error message, in characters."""


def quote(text: str) -> str:
    """Return the start of a payload, quoted for an error message."""
    return repr(text if len(text) <= MAX_QUOTE else text[: MAX_QUOTE - 1] + "…")


def safe_repr(value: object) -> str:
    """Return a short repr of a JSON value for an error message, for values of any depth and length."""
    try:
        return quote(repr(value))[1:-1]
    except (RecursionError, ValueError):  # nested too deep, or an int with more digits than str() may write
        return f"a {type(value).__name__} too large to show"


def check_errors(errors: str) -> None:
    """Check the ``errors`` option."""
    if errors not in ("raise", "event"):
        raise ValueError(f"errors is {errors!r}: give 'raise' or 'event'")


def error_to_dict(error: SsembleError) -> dict[str, Any]:
    """Return an error as JSON: its class, message and attributes. ``raw`` is not copied."""
    facts: dict[str, Any] = {"class": type(error).__name__, "message": str(error)}
    if isinstance(error, ProviderError):
        return {**facts, "message": error.message, "code": error.code, "type": error.type, "raw": error.raw}
    known = {name: value for name, value in vars(error).items() if name != "partial" and not name.startswith("_")}
    return {**facts, **known}


class SsembleError(Exception):
    """Base class of all errors that a stream can cause.

    Attributes:
        partial: the message so far (`Completion`), or None if there is no message:
            in `SSEParser`, `ChunkParser`, an accumulator used on its own, and a `JSONTextError`.

    >>> from ssemble import assemble
    >>> try:
    ...     assemble(b'data: {"choices": [{"delta": {"content": "Hel"}}]}\\n\\n')
    ... except SsembleError as error:
    ...     print(type(error).__name__, repr(error.partial.text))
    IncompleteStream 'Hel'
    """

    def __init__(self, message: str, *, partial: Completion | None = None) -> None:
        super().__init__(message)
        self.partial = partial

    def __reduce__(self) -> tuple[Any, ...]:
        # BaseException does not pickle its cause; a pickled stream must keep it.
        chain = {"__cause__": picklable(self.__cause__), "__suppress_context__": self.__suppress_context__}
        return type(self), self.args, {**self.__dict__, **chain}  # in this order: setting __cause__ sets the other


Error = TypeVar("Error", bound=SsembleError)
Caught = TypeVar("Caught", bound=BaseException)


def picklable(error: BaseException | None) -> BaseException | None:
    """Return the exception, or a ValueError with its message if it cannot be pickled: the stream must be picklable."""
    import pickle  # not at the top: importing it is slow, and most programs do not need it

    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # the caller's exception classes may raise anything when they are created from their args
        return ValueError(f"{type(error).__name__}: {error}")
    return error


def fresh_copy(error: Error) -> Error:
    """Return a copy of a stored error, to be raised.

    A raised exception holds the frames that it passed, and a frame of the caller usually holds the stream.
    If the stream held that exception, this would be a reference cycle.
    """
    copy = type(error).__new__(type(error), *error.args)
    copy.__dict__.update(error.__dict__)
    copy.__cause__, copy.__suppress_context__ = error.__cause__, error.__suppress_context__
    return copy


def without_frames(error: Caught) -> Caught:
    """Return a caught exception to be stored, after clearing its traceback and those of its causes."""
    chain: list[BaseException | None] = [error]
    for link in chain:  # the list grows during the loop
        if link is not None:
            link.__traceback__ = None
            chain += [other for other in (link.__cause__, link.__context__) if other not in chain]
    return error


class StreamError(SsembleError):
    """The bytes of the stream are at fault.

    Attributes:
        offset: bytes from the start of the stream to the fault, or None if unknown.
        event: number of the event at fault, counted from 1, or None if unknown.

    >>> print(StreamError("not JSON", offset=70, event=2))
    not JSON (event 2, byte 70)
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
        limit: value of the limit, in the unit of that field.

    >>> from ssemble import Limits, SSEParser
    >>> parser = SSEParser(limits=Limits(max_event_size=8))
    >>> parser.feed(b"data: too long"), parser.error.what, parser.error.limit
    ([], 'max_event_size', 8)
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
    """A payload of the stream is not JSON; ``__cause__`` is the decoder's error.

    >>> from ssemble import ChunkParser
    >>> parser = ChunkParser()
    >>> parser.feed(b"data: {oops}\\n\\n"), type(parser.error).__name__
    ([], 'InvalidJSON')
    """


class ProtocolError(StreamError):
    """JSON of a shape that cannot be merged.

    Attributes:
        where: JSON path of the fault in its payload, such as ``$.choices[0].index``.

    >>> from ssemble import MessageStream
    >>> stream = MessageStream()
    >>> stream.feed(b'data: {"choices": 7}\\n\\n'), stream.error.where
    ([], '$.choices')
    """

    def __init__(self, message: str, *, where: str = "$", **place: Unpack[Where]) -> None:
        super().__init__(message, **place)
        self.where = where


class UnknownDialect(StreamError):
    """There were payloads, but none of them has a known wire shape.

    Attributes:
        looks_like: what the payloads look like, such as ``"Anthropic Messages"``; "" if unknown.

    >>> from ssemble import MessageStream
    >>> stream = MessageStream()
    >>> [event.type for event in stream.feed(b'data: {"weather": "sunny"}\\n\\n') + stream.end()]
    ['raw']
    >>> type(stream.error).__name__
    'UnknownDialect'
    """

    def __init__(self, message: str, *, looks_like: str = "", **where: Unpack[Where]) -> None:
        super().__init__(message, **where)
        self.looks_like = looks_like


class IncompleteStream(StreamError):
    """The bytes ended before the message was complete; ``partial`` holds what arrived.

    >>> from ssemble import MessageStream
    >>> stream = MessageStream()
    >>> events = stream.feed(b'data: {"choices": [{"delta": {"content": "Hel"}}]}\\n\\n') + stream.end()
    >>> type(stream.error).__name__, stream.error.partial.text
    ('IncompleteStream', 'Hel')
    """


class JSONTextError(SsembleError, ValueError):
    """A text that the model wrote is not JSON: arguments of a call, structured output, or a `PartialJSON`.

    The stream is not at fault. ``__cause__`` is the decoder's error, if a decoder read the text.

    Attributes:
        pos: index of a character in the text; see the subclasses.

    >>> from ssemble import Message
    >>> try:
    ...     Message(text="Sunny.").parse_json()
    ... except JSONTextError as error:
    ...     print(type(error).__name__, error.pos)
    MalformedJSON 0
    """

    def __init__(self, message: str, *, pos: int = 0, partial: Completion | None = None) -> None:
        super().__init__(message, partial=partial)
        self.pos = pos


class IncompleteJSON(JSONTextError):
    """The end of a JSON text is missing: a continuation could make it valid.

    Attributes:
        pos: length of the text: the index of the first missing character.

    >>> from ssemble import ToolCall
    >>> try:
    ...     ToolCall("c1", "function", "remove", '{"path": "/tmp').parse_arguments()
    ... except IncompleteJSON as error:
    ...     print(error.pos)
    14
    """


class MalformedJSON(JSONTextError):
    """The text is not valid JSON and no continuation could make it valid, or `json.loads` cannot read it.

    Attributes:
        pos: index of the first invalid character.

    >>> from ssemble import PartialJSON
    >>> partial = PartialJSON()
    >>> partial.feed('{"a": oops')
    >>> type(partial.error).__name__, partial.error.pos
    ('MalformedJSON', 6)
    """


class ProviderError(SsembleError):
    """The server reported an error inside the stream.

    Attributes:
        code: the server's code (`str` or `int`), or None.
        type: the server's name for the kind of error, or None.
        message: the server's error message.
        raw: the error object as received (`dict`); plain text becomes ``{"message": text}``.

    >>> from ssemble import MessageStream
    >>> stream = MessageStream()
    >>> events = stream.feed(b'data: {"error": {"message": "Overloaded", "type": "server_error", "code": 529}}\\n\\n')
    >>> stream.error.message, stream.error.type, stream.error.code
    ('Overloaded', 'server_error', 529)
    """

    def __init__(self, message: str, *, raw: dict[str, Any] | None = None, partial: Completion | None = None) -> None:
        super().__init__(message, partial=partial)
        self.message = message
        self.raw: dict[str, Any] = {"message": message} if raw is None else raw
        self._code: str | int | None = None
        self._type: str | None = None

    @classmethod
    def _named(
        cls, message: str, raw: dict[str, Any], *, type: str | None = None, code: str | int | None = None
    ) -> ProviderError:
        """Make an error whose type or code is not where `raw` usually has it."""
        error = cls(message, raw=raw)
        error._type, error._code = type, code
        return error

    @property
    def code(self) -> str | int | None:
        if self._code is not None:
            return self._code
        code = self.raw.get("code", self.raw.get("Code"))
        return code if isinstance(code, (str, int)) and not isinstance(code, bool) else None

    @property
    def type(self) -> str | None:
        if self._type is not None:
            return self._type
        kind, status = self.raw.get("type"), self.raw.get("status")
        if isinstance(kind, str):
            return kind
        # Google's name for the kind of error, such as UNAVAILABLE; other servers write "error" or "failed" there.
        return status if isinstance(status, str) and status.isupper() else None

    def __str__(self) -> str:
        facts = [
            fact if isinstance(fact, str) else safe_repr(fact) for fact in (self.type, self.code) if fact is not None
        ]
        return f"{self.message} ({', '.join(facts)})" if facts else self.message
