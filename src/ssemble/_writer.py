"""`MessageWriter`: typed events to the bytes of a stream."""

from __future__ import annotations

from typing import Any

from ._copied import copied
from ._dialects import writer
from ._dialects.writing import Head, fault_of
from ._errors import IncompleteStream
from ._model.events import (
    ChoiceEnd,
    ErrorEvent,
    Event,
    MessageStart,
    RawEvent,
    ReasoningDelta,
    RefusalDelta,
    StreamEvent,
    TextDelta,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
    UsageUpdate,
)
from ._pickling import Picklable

ChoiceEvent = TextDelta | ReasoningDelta | RefusalDelta | ToolCallStart | ToolCallDelta | ToolCallEnd | ChoiceEnd
NOTHING = Head(None, None, None)
UNFINISHED = "the stream ended before the message was complete"


class MessageWriter(Picklable):
    """Turn typed events into the bytes of a stream, as server-sent events.

    Each event is written at once, as it came, in whole frames. The same events always give the same
    bytes. Events of a message may come from a stream of any dialect.

    Args:
        dialect: the wire shape to write, such as ``"anthropic"``.
        id, model, created: what the message says of itself; None takes it from the events.
        include_usage: write the token counts, in dialects that may be without: chat and Vercel's.

    Raises:
        ValueError: there is no writer of that name.

    >>> writer = MessageWriter("anthropic")
    >>> print(writer.write(TextDelta("Hi")).decode().splitlines()[-2])
    data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}
    >>> print(writer.close().decode().splitlines()[0])
    event: error
    """

    __slots__ = ("_closed", "_ended", "_failed", "_live", "_open", "_started", "_usage", "_writer")

    def __init__(
        self,
        dialect: str,
        *,
        id: str | None = None,
        model: str | None = None,
        created: int | None = None,
        include_usage: bool = True,
    ) -> None:
        self._writer = writer(dialect, Head(id, model, created))
        self._started = False
        self._open: set[int] = set()  # choices that have begun and not ended
        self._live: set[int] = set()  # those of them that the dialect can have
        self._ended: set[int] = set()  # choices that have ended
        self._usage: dict[str, Any] | None = {} if include_usage or self._writer.always_counts else None
        self._failed = self._closed = False

    def __repr__(self) -> str:
        state = "failed" if self._failed else "closed" if self._closed else "open"
        return f"<{type(self).__name__} {self.dialect}, {state}>"

    @property
    def dialect(self) -> str:
        """The wire shape that is written."""
        return self._writer.dialect

    @property
    def failed(self) -> bool:
        """True if an error was written."""
        return self._failed

    @property
    def losses(self) -> dict[str, int]:
        """What the dialect could not say, as codes with counts (a fresh `dict`)."""
        return dict(self._writer.losses)

    def write(self, event: StreamEvent) -> bytes:
        """Write an event.

        An `ErrorEvent` ends the message: after it, nothing more is written.

        Args:
            event: a typed event. It is not kept.

        Returns:
            Whole frames; ``b""`` if there is nothing to say yet.

        Raises:
            TypeError: it is no typed event.
            RuntimeError: `close` was called.
        """
        # One test for most events of a stream: deltas of a choice that has begun.
        if type(event) is TextDelta and event.text and event.choice in self._live:
            return self._writer.text(event)
        if type(event) is ToolCallDelta and event.choice in self._live:
            return self._writer.add_arguments(event)
        if type(event) is ReasoningDelta and event.choice in self._live:
            return self._tell(event)
        if not isinstance(event, Event):
            raise TypeError(f"write() takes a typed event, not {type(event).__name__}; bytes go to transcode()")
        if self._closed:
            raise RuntimeError("write() after close(): use a new MessageWriter")
        return b"" if self._failed else self._write(event)

    def close(self) -> bytes:
        """End the message and return the last frames.

        If a choice has not ended, or none has begun, the message is not complete: then the client is told
        an error. After the first call it returns ``b""``.
        """
        if self._closed:
            return b""
        self._closed = True
        if self._failed:
            return b""
        ended = self._ended if self._writer.several_choices else self._ended & {0}
        if self._open or not ended:
            return self._fail(IncompleteStream(UNFINISHED))
        return self._writer.finish(self._writer.counts(self._usage) if self._usage else None)

    def _write(self, event: StreamEvent) -> bytes:
        if isinstance(event, ErrorEvent):
            return self._fail(event.error)
        if isinstance(event, RawEvent):
            self._writer.lose("raw")
            return b""
        begun = b""
        if not self._started:
            self._started = True
            told = Head(event.id, event.model, event.created) if isinstance(event, MessageStart) else NOTHING
            begun = self._writer.begin(told)
        if isinstance(event, MessageStart):
            return begun
        if isinstance(event, UsageUpdate):
            if self._usage is not None:
                self._usage = copied(event.usage)
            return begun
        return begun + self._write_choice(event)

    def _write_choice(self, event: ChoiceEvent) -> bytes:
        """Write an event of a choice."""
        choice = event.choice
        if choice in self._ended:
            self._writer.lose("after_end")
            return b""
        begins = choice not in self._open
        if isinstance(event, ChoiceEnd):
            self._open.discard(choice)
            self._live.discard(choice)
            self._ended.add(choice)
        else:
            self._open.add(choice)
        if choice and not self._writer.several_choices:
            if begins:
                self._writer.lose("choice")
            return b""
        if choice in self._open:
            self._live.add(choice)
        return self._tell(event)

    def _tell(self, event: ChoiceEvent) -> bytes:
        """Give an event to the dialect's writer, unless it has no text."""
        dialect = self._writer
        if isinstance(event, TextDelta):
            return dialect.text(event) if event.text else b""
        if isinstance(event, ToolCallDelta):
            return dialect.add_arguments(event)
        if isinstance(event, ReasoningDelta):
            if not (data := event.signature or event.text):  # a caller may give opaque data as the text
                return b""
            return dialect.redacted(event, data) if event.kind == "redacted" else dialect.reasoning(event)
        if isinstance(event, RefusalDelta):
            return dialect.refusal(event) if event.text else b""
        if isinstance(event, ToolCallStart):
            return dialect.start_call(event)
        if isinstance(event, ToolCallEnd):
            return dialect.end_call(event)
        return dialect.end(event)

    def _fail(self, error: BaseException) -> bytes:
        """Tell the client an error, once."""
        self._failed = True
        self._live.clear()
        return self._writer.fail(fault_of(error))
