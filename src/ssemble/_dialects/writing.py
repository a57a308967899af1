"""What the writers of all dialects share: the base class, blocks and faults."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar, Literal, NamedTuple

from .._copied import copied
from .._errors import ProviderError, SsembleError
from .._model import events
from .._model.tokens import Tokens, dialect_of, tokens_of
from .._pickling import Picklable
from .frames import Around, Fields

BlockKind = Literal["text", "refusal", "reasoning", "redacted", "call"]
Piece = str | tuple[str]
"""A text, or a tuple of a signature."""


class Head(NamedTuple):
    """What a message says of itself; None if nobody told."""

    id: str | None
    model: str | None
    created: int | None


class Fault(NamedTuple):
    """An error, as a client is told."""

    message: str
    type: str
    code: str | int | None

    @property
    def is_rate_limit(self) -> bool:
        """True if the client has sent too many requests."""
        return self.code == 429 or any("rate_limit" in str(word) for word in (self.type, self.code))


def fault_of(error: BaseException) -> Fault:
    """Return what a client is told; of an exception of other packages only its name: its text may be private."""
    if isinstance(error, ProviderError):
        return Fault(error.message, error.type or "api_error", error.code)
    return Fault(str(error) if isinstance(error, SsembleError) else type(error).__name__, "api_error", None)


class Block(Picklable):
    """A block of a message.

    Attributes:
        kind: what it is.
        place: what identifies it among the blocks of its kind.
        ended: nothing more will come.
        waiting: what came before it was open.
    """

    __slots__ = ("ended", "kind", "place", "waiting")

    def __init__(self, kind: BlockKind, place: object) -> None:
        self.kind: BlockKind = kind
        self.place = place
        self.ended = False
        self.waiting: list[Piece] = []


class WrittenCall(Block):
    """A call while it is written.

    Attributes:
        choice: the choice that it is in.
        id: its id: as told, or made.
        name: name of the tool.
        custom: its input is free text.
        given: it has arguments.
        envelope: around the text of its deltas, if the dialect keeps them.
        pieces: its arguments, if the dialect needs them in one piece.
        signature: of the reasoning before it, if the dialect writes that with the call.
    """

    __slots__ = ("choice", "custom", "envelope", "given", "id", "name", "pieces", "signature")

    def __init__(self, event: events.ToolCallStart, call_id: str) -> None:
        super().__init__("call", event.index)
        self.choice = event.choice
        self.id = call_id
        self.name = event.name
        self.custom = event.tool_type == "custom"
        self.given = False
        self.envelope: Around = (b"", b"")
        self.pieces: list[str] = []
        self.signature = ""

    def take(self) -> str:
        """Return the arguments in `pieces`, and forget them."""
        text, self.pieces = "".join(self.pieces), []
        return text


class DialectWriter(Picklable, ABC):
    """Makes the frames of one dialect. Each method returns whole frames.

    Args:
        given: what the caller wants instead of what the events tell.

    Attributes:
        head: id, model and time of the message.
        losses: codes of what the dialect could not say, with counts.
        calls: the calls, by choice and index.
    """

    __slots__ = ("calls", "head", "losses")

    several_choices: ClassVar[bool] = True
    always_counts: ClassVar[bool] = True
    """False if a stream may be without token counts."""
    dialect: ClassVar[str]
    message_id: ClassVar[str]
    """The id of a message whose source has none: the same events always make the same bytes."""
    own_reasons: ClassVar[frozenset[str]]
    """The dialect's words for the end of a choice; they are kept if the source has used them."""
    reasons: ClassVar[Mapping[str, str]]
    """The word for each of the shared ones; ``"stop"`` is for every other."""

    def __init__(self, given: Head) -> None:
        self.head = given
        self.losses: dict[str, int] = {}
        self.calls: dict[int, dict[int, WrittenCall]] = {}

    def lose(self, code: str, *, once: bool = False) -> None:
        """Count something that the dialect cannot say."""
        self.losses[code] = 1 if once else self.losses.get(code, 0) + 1

    def begin(self, told: Head) -> bytes:
        """Start the message, of which its first event tells this."""
        given = self.head
        created = told.created if given.created is None else given.created
        self.head = Head(given.id or told.id or self.message_id, given.model or told.model or "", created or 0)
        return self.start()

    def start_call(self, event: events.ToolCallStart) -> bytes:
        """Start a call. Its id is kept, since the client sends it back."""
        calls = self.calls.setdefault(event.choice, {})
        if event.index in calls:
            return b""
        made = f"call_{self.head.id}_{event.choice}_{event.index}"
        call = calls[event.index] = WrittenCall(event, made if event.id is None else event.id)
        return self.call(call, event)

    def add_arguments(self, event: events.ToolCallDelta) -> bytes:
        """Append to the arguments of a call."""
        call = self.calls_of(event.choice).get(event.index)
        if call is None or not event.arguments:
            return b""
        if call.ended:
            self.lose("arguments_after_end")
            return b""
        call.given = True
        return self.arguments(call, event.arguments)

    def end_call(self, event: events.ToolCallEnd) -> bytes:
        """End a call."""
        call = self.calls_of(event.choice).get(event.index)
        if call is None or call.ended:
            return b""
        call.ended = True
        return self.call_end(call)

    def calls_of(self, choice: int) -> Mapping[int, WrittenCall]:
        """Return the calls of a choice, by index."""
        return self.calls.get(choice, {})

    @staticmethod
    def sums(tokens: Tokens) -> tuple[int, int, int]:
        """Return the tokens of the request, of the answer, and of both; 0 for what is not known."""
        counted, said = tokens.input or 0, tokens.output or 0
        return counted, said, counted + said if tokens.total is None else tokens.total

    def lose_cut_calls(self, choice: int) -> None:
        """Count the calls of a choice that have not ended, and are not written."""
        for call in self.calls_of(choice).values():
            if not call.ended:
                self.lose("call_cut")

    def word(self, event: events.ChoiceEnd) -> str:
        """Return the dialect's word for the end of a choice."""
        raw, reason = event.raw_finish_reason, event.finish_reason
        if raw is not None and raw in self.own_reasons:
            return raw
        if reason in ("stop", "other", None) and self.calls_of(event.choice):
            reason = "tool_calls"
        return self.reasons.get(reason or "stop", self.reasons["stop"])

    def counts(self, usage: Fields) -> Fields:
        """Return token counts in the dialect's words: as they are, if these are its words already."""
        spoken = dialect_of(usage)
        return dict(copied(usage)) if spoken == self.dialect else self.count(tokens_of(usage, spoken))

    def start(self) -> bytes:
        """Start the message; `head` has no None."""
        return b""

    def redacted(self, event: events.ReasoningDelta, data: str) -> bytes:
        """Write reasoning that is only opaque data; most dialects have none."""
        self.lose("redacted")
        return b""

    @abstractmethod
    def text(self, event: events.TextDelta) -> bytes:
        """Write text that is not empty."""

    @abstractmethod
    def refusal(self, event: events.RefusalDelta) -> bytes:
        """Write a refusal that is not empty."""

    @abstractmethod
    def reasoning(self, event: events.ReasoningDelta) -> bytes:
        """Write reasoning that has a text or a signature."""

    @abstractmethod
    def call(self, call: WrittenCall, event: events.ToolCallStart) -> bytes:
        """Start a call."""

    @abstractmethod
    def arguments(self, call: WrittenCall, text: str) -> bytes:
        """Write arguments that are not empty."""

    @abstractmethod
    def call_end(self, call: WrittenCall) -> bytes:
        """End a call."""

    @abstractmethod
    def end(self, event: events.ChoiceEnd) -> bytes:
        """End a choice."""

    @abstractmethod
    def finish(self, usage: Fields | None) -> bytes:
        """End the message, with token counts in the dialect's words: every choice has ended."""

    @abstractmethod
    def fail(self, fault: Fault) -> bytes:
        """End the message with an error."""

    @abstractmethod
    def count(self, tokens: Tokens) -> Fields:
        """Return token counts in the dialect's words."""
