"""The interface of the accumulators of all wire shapes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from .._copied import copied
from .._errors import ProviderError, SsembleError, StreamError, fresh_copy, without_frames
from .._model.completion import Completion
from .._model.events import RawEvent, StreamEvent
from .._payloads.server_errors import is_merged, reported_error
from .._payloads.templates import Binding
from .._pickling import Picklable
from .objects import payload_of
from .partial_call import CallState, PartialToolCall
from .recognition import shape

if TYPE_CHECKING:
    from .._partial.json import PartialJSON


class Accumulator(Protocol):
    """Merges the payloads of one wire shape into a message; created by `accumulator`.

    Attributes:
        dialect: the name of the wire shape.
        error: the error that ended the message, or None.

    >>> from ssemble import accumulator
    >>> chat: Accumulator = accumulator("openai-chat")
    >>> for text in ("Hel", "lo"):
    ...     events = chat.add({"choices": [{"index": 0, "delta": {"content": text}}]})
    >>> chat.completion().text
    'Hello'
    """

    dialect: ClassVar[str]
    error: SsembleError | None

    @property
    def repairs(self) -> dict[str, int]:
        """The defects that were repaired, as codes with counts (a fresh `dict`)."""

    @property
    def complete(self) -> bool:
        """True if every choice seen has ended."""

    def add(self, chunk: object) -> list[StreamEvent]:
        """Merge a decoded payload, or the object that an SDK made of one; it is neither changed nor stored.

        Args:
            chunk: a `dict`, any mapping, a pydantic model, a dataclass, a msgspec ``Struct`` or a
                ``SimpleNamespace``, with more of them inside. Of a pydantic model, the fields that were
                set count, under their aliases; of a dataclass and a ``Struct`` those that are not None.

        Returns:
            The new events.

        Raises:
            ProtocolError, LimitExceeded, ProviderError: the payload cannot be merged, or reports an
                error. If there are events before the fault, they are returned and the next call raises;
                else this call raises.
            TypeError: ``chunk`` is of no kind that holds a payload.
        """

    def end(self) -> list[StreamEvent]:
        """End the message.

        An accumulator does not see the terminator, so only choices with a finish_reason end.

        Returns:
            Text that was held back, and the end events; ``[]`` if it was ended before. It never raises:
            see ``error``.
        """

    def completion(self) -> Completion:
        """Return the message so far."""


class Reader(Accumulator, Protocol):
    """An accumulator, with what `MessageStream` needs."""

    typed: ClassVar[bool]
    """Each payload has a type: one of an unknown type is no error, whatever is in it."""
    done_is_terminator: ClassVar[bool]
    """``[DONE]`` makes the message complete. In most dialects an event of their own does."""
    goes_on: ClassVar[bool]
    """More of the answer may come when it is complete so far."""
    ended: bool
    """A payload was the terminator: nothing after it is read."""

    @property
    def begun(self) -> bool:
        """True if a choice has started."""

    def merge(self, payload: Any, name: str, events: list[StreamEvent], size: int) -> bool:
        """Merge a payload.

        Args:
            payload: decoded JSON. It is given away: the reader may keep it.
            name: name of its event; ``"message"`` if it has none.
            events: its events are appended.
            size: bytes of its JSON text.

        Returns:
            False if the payload does not belong to this wire shape, or no typed event tells what is
            in it: the stream makes a `RawEvent`, so nothing of the payload may be kept uncopied.

        Raises:
            StreamError, ProviderError: after the events before the fault are appended.
        """

    def end_of(self, payload: Any, name: str) -> Any:
        """Return what of a payload says how the message ends, and its token counts; None if there is nothing.

        It is asked when the message is full: no more text is merged after that, and no call is closed.
        """

    def bind(self, payload: Any, name: str) -> Binding | None:
        """Say how another payload like the one that was just merged can be merged; None if that is not certain."""

    def finish(self, terminated: bool, events: list[StreamEvent], failed: bool = False) -> StreamError | None:
        """End the message, whether the terminator came or not; return the error of a part that came only now.

        Args:
            terminated: ``[DONE]`` came, in a dialect where it is the terminator.
            events: the last events are appended.
            failed: an error came before the end.
        """

    def completion(self, complete: bool | None = None, *, final: bool = False) -> Completion:
        """Return the message so far.

        Args:
            complete: overrides what the payloads say.
            final: nothing will change any more, so that its JSON may be made when it is wanted.
        """

    def expect_body(self) -> None:
        """The first payload may be a response that was not streamed, though it looks like one of a stream."""

    def tool_call(self, choice: int, index: int) -> PartialToolCall:
        """Return a call so far; LookupError if there is none."""

    def attach_partial(self, choice: int, partial: PartialJSON) -> None:
        """Feed the text of a choice to a `PartialJSON` too, from its beginning."""


class BaseReader(Picklable, ABC):
    """What the readers share: `add`, `end` and `tool_call`, on top of their own methods.

    Attributes:
        error: the error that ended the message, or None.
        ended: a payload was the terminator.
    """

    __slots__ = ("ended", "error")

    typed: ClassVar[bool] = False
    done_is_terminator: ClassVar[bool] = True
    goes_on: ClassVar[bool] = False

    def __init__(self) -> None:
        self.error: SsembleError | None = None
        self.ended = False

    def add(self, chunk: object) -> list[StreamEvent]:
        """Merge a decoded payload, or the object of an SDK; see `Accumulator`."""
        if self.error is not None:
            raise fresh_copy(self.error)
        events: list[StreamEvent] = []
        try:
            self._add(payload_of(chunk), events)
        except (StreamError, ProviderError) as error:
            self.error = without_frames(error)
        if self.error is not None and not events:
            raise fresh_copy(self.error)
        return events

    def end(self) -> list[StreamEvent]:
        """End the message: what the payloads closed ends; see `Accumulator`."""
        events: list[StreamEvent] = []
        self.error = self.finish(False, events, self.error is not None) or self.error
        return events

    def _add(self, chunk: dict[str, Any], events: list[StreamEvent]) -> None:
        """Merge a payload, and raise the error that it reports."""
        error = reported_error("message", chunk, False, shape, self.typed)
        if is_merged(chunk, error):
            self._merge_callers(chunk, events)
        if error is not None:
            raise error

    def _merge_callers(self, chunk: dict[str, Any], events: list[StreamEvent]) -> None:
        """Merge a payload that may be the caller's: it must be copied before it is kept."""
        if not self.merge(copied(chunk), "message", events, 0):
            events.append(RawEvent("message", chunk))

    def expect_body(self) -> None:
        """See `Reader`: most dialects have another shape for it, or merge both in the same way."""

    def tool_call(self, choice: int = 0, index: int = 0) -> PartialToolCall:
        """Return a live view of a call; its numbers are those in its events.

        Raises:
            LookupError: there is no such call yet: its `ToolCallStart` has not arrived.
        """
        call = self.find_call(choice, index)
        if call is None:
            raise LookupError(f"no tool call {index} of choice {choice} so far: wait for its ToolCallStart event")
        return PartialToolCall(call)

    @abstractmethod
    def end_of(self, payload: Any, name: str) -> Any:
        """Return what counts of a payload when the message is full; see `Reader`."""

    @abstractmethod
    def merge(self, payload: Any, name: str, events: list[StreamEvent], size: int) -> bool:
        """Merge a payload; see `Reader`."""

    @abstractmethod
    def finish(self, terminated: bool, events: list[StreamEvent], failed: bool = False) -> StreamError | None:
        """End the message; see `Reader`."""

    @abstractmethod
    def find_call(self, choice: int, index: int) -> CallState | None:
        """Return the call with these numbers in its events, or None."""
