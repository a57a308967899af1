"""The layers behind one ``feed`` and ``close``."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Generator, Iterator
from typing import Any, ClassVar, Literal

from ._completion import Completion
from ._dialects import check_dialect, reader, recognise
from ._dialects._base import Reader
from ._dialects._foreign import looks_like
from ._dialects._partial_call import PartialToolCall
from ._ending import unfinished, unrecognised
from ._errors import InvalidJSON, ProtocolError, SsembleError, StreamError, fresh_copy, quote, safe_repr
from ._events import ErrorEvent, RawEvent, StreamEvent
from ._iterate import AsyncSource, Source, aiterate, iterate
from ._limits import Limits
from ._lines import BytesLike, as_bytes
from ._partial import PartialJSON
from ._payload_reader import PayloadReader
from ._payloads import Loads
from ._pickling import Picklable
from ._result import with_raw
from ._shortcut import Shortcut

MAX_ERRORS = 100  # that are kept of those reported


class MessageStream(Picklable):
    """Turn the bytes of a stream, cut anywhere, into typed events and the finished message.

    Args:
        dialect: the wire shape, a name in `DIALECTS`; None recognises it from the first payload
            that has one.
        loads: the JSON decoder: ``json.loads``, ``orjson.loads``, ``msgspec.json.decode``, …
        errors: ``"raise"``: the first error ends the stream. ``"event"``: it is reported as an
            `ErrorEvent`, the bad piece is skipped, and the stream goes on.
        limits: bounds on what is kept.
        n: how many answers were asked for, if known. With 1, every choice is choice 0.
        cumulative: the provider sends all text so far in each chunk, not only what is new.

    Raises:
        ValueError: an unknown dialect, or ``errors`` of another value.

    >>> stream = MessageStream()
    >>> for fragment in (b'data: {"choices": [{"delta": {"content": "H', b'i"}}]}\\n\\ndata: [DO', b'NE]\\n\\n'):
    ...     for event in stream.feed(fragment):
    ...         print(event)
    MessageStart(id=None, model=None)
    TextDelta(text='Hi', choice=0)
    ChoiceEnd(choice=0, finish_reason=None, raw_finish_reason=None)
    >>> stream.close().text
    'Hi'
    """

    __slots__ = (
        "_accumulator",
        "_chunks",
        "_cumulative",
        "_dialect",
        "_error",
        "_errors",
        "_finished",
        "_foreign",
        "_limits",
        "_n",
        "_partials",
        "_repairs",
        "_reported",
        "_shortcut",
    )

    _shortcuts: ClassVar[bool] = True  # the tests switch them off: results are the same without them

    def __init__(
        self,
        dialect: str | None = None,
        *,
        loads: Loads = json.loads,
        errors: Literal["raise", "event"] = "raise",
        limits: Limits = Limits(),
        n: int | None = None,
        cumulative: bool = False,
    ) -> None:
        if dialect is not None:
            check_dialect(dialect)
        if errors not in ("raise", "event"):
            raise ValueError(f"errors is {errors!r}: give 'raise' or 'event'")
        # Which faults end the stream is decided here, where it is known whether the message is complete.
        self._chunks = PayloadReader(loads, errors="event", limits=limits, shortcuts=self._shortcuts)
        self._dialect = dialect
        self._errors = errors
        self._limits = limits
        self._n = n
        self._cumulative = cumulative
        self._accumulator: Reader | None = None
        self._partials: dict[int, PartialJSON] = {}  # by choice
        self._error: SsembleError | None = None
        self._reported: list[SsembleError] = []  # those that were skipped, as copies of our own
        self._foreign: tuple[str, str] | None = None  # what the first payload of no known shape looks like, and it
        self._repairs: dict[str, int] = {}
        self._finished = False
        self._shortcut = Shortcut.of(self._chunks) if self._shortcuts else None

    def __repr__(self) -> str:
        state = "failed" if self._error is not None else "ended" if self.ended or self._finished else "open"
        return f"<{type(self).__name__} {self._dialect or 'of no dialect yet'}, {state}, {self.chunk_count} chunks>"

    @property
    def dialect(self) -> str | None:
        """The wire shape: as given, or recognised; None before that."""
        return self._dialect

    @property
    def complete(self) -> bool:
        """True if nothing is missing so far; see `Completion.complete`."""
        if self._accumulator is None or not self._accumulator.begun or self._chunks.doubt:
            return False
        if isinstance(self._error, StreamError):
            return False
        return self._accumulator.complete or self._terminated

    @property
    def ended(self) -> bool:
        """True if the terminator has come: the stream is over, whether its connection is or not."""
        return self._chunks.ended

    @property
    def _terminated(self) -> bool:
        """True if the terminator has come, and no fault before it."""
        return self._chunks.ended and not self._reported and self._error is None

    @property
    def error(self) -> SsembleError | None:
        """The error that ended the stream, with the message so far as its ``partial``; None if there is none."""
        return None if self._error is None else self._with_message(self._error)

    @property
    def errors(self) -> list[SsembleError]:
        """The errors that were reported and skipped so far, the first `MAX_ERRORS` of them (a fresh `list`)."""
        return [fresh_copy(error) for error in self._reported]

    @property
    def chunk_count(self) -> int:
        """Payloads decoded so far."""
        passed = self._shortcut.frames if self._shortcut is not None else 0
        return self._chunks.chunk_count + passed

    @property
    def repairs(self) -> dict[str, int]:
        """What was put right that the wire had wrong, as codes with counts (a fresh `dict`)."""
        merged = dict(self._accumulator.repairs) if self._accumulator is not None else {}
        return {**self._chunks.repairs, **self._repairs, **merged}

    def __getstate__(self) -> tuple[int, dict[str, Any]]:
        # What was learned is bound to this stream's own parts; a copy learns again.
        if self._shortcut is not None:
            self._shortcut.sync()
        version, fields = super().__getstate__()
        return version, {**fields, "_shortcut": self._shortcut is not None}

    def __setstate__(self, state: tuple[int, dict[str, Any]]) -> None:
        super().__setstate__(state)
        self._shortcut = Shortcut.of(self._chunks) if self._shortcut else None

    def feed(self, data: BytesLike) -> list[StreamEvent]:
        """Take a fragment and return what is new.

        An interrupt in the middle of it, as by Ctrl-C, may lose what it was at: do not go on with
        the stream then.

        Args:
            data: bytes, any cut; an empty fragment changes nothing.

        Returns:
            Typed events, in the order of the stream.

        Raises:
            LimitExceeded, InvalidJSON, ProtocolError, ProviderError: by the call after the one
                that returned the events before the fault, and by every later one; ``.partial``
                holds the message so far.
            TypeError: ``data`` is not bytes.
            RuntimeError: the stream is closed.
        """
        if self._error is not None:
            errors = [self._with_message(self._error)]
            del self  # a traceback holds its frames, and they the stream
            raise errors.pop()
        events: list[StreamEvent] = []
        shortcut = self._shortcut
        if shortcut is None:
            self._feed_slow(data, events)
            return events
        for piece in shortcut.feed(data if type(data) is bytes else as_bytes(data), events, self):
            shortcut.passed(self._feed_slow(piece, events))
        return events

    def end(self) -> list[StreamEvent]:
        """No more bytes: return the events that were waiting for the end.

        It may be called again, and never raises. `close` calls it, but cannot return these events.
        """
        if self._error is not None:
            return []
        events: list[StreamEvent] = []
        if self._shortcut is not None:
            self._shortcut.sync()
            self._shortcut = None  # the layers know that the input has ended
        self._take(self._chunks.finish(), events)
        if self._error is None:
            self._finish(events)
            if self._error is None and not self.complete:
                self._error = self._unfinished()
        return events

    def close(self) -> Completion:
        """End the stream.

        Returns:
            The finished message.

        Raises:
            IncompleteStream: the end came before the message was whole: neither the terminator
                nor a finish_reason for every choice; ``.partial`` holds what arrived.
            LimitExceeded, InvalidJSON, ProtocolError, ProviderError: as `feed`.
        """
        self.end()
        if self._error is not None:
            errors = [self._with_message(self._error)]
            del self  # a traceback holds its frames, and they the stream
            raise errors.pop()
        return self.completion()

    def completion(self) -> Completion:
        """Return the message so far, at any moment; it never raises."""
        if self._accumulator is None:
            return with_raw(Completion(dialect=self._dialect, complete=self.complete), {})
        return self._accumulator.completion(self.complete)

    def tool_call(self, choice: int = 0, index: int = 0) -> PartialToolCall:
        """Return a tool call so far, to look at its arguments while they arrive.

        Args:
            choice, index: as in the events of the call.

        Raises:
            LookupError: there is no such call, or its `ToolCallStart` has not come.
        """
        if self._accumulator is None:
            raise LookupError("no call so far: ask when its ToolCallStart has come")
        return self._accumulator.tool_call(choice, index)

    def partial_json(self, choice: int = 0) -> PartialJSON:
        r"""Return the text of a choice as a JSON value so far, for structured output.

        Args:
            choice: its index; it need not have begun.

        Returns:
            The same `PartialJSON` each time. The stream feeds it with what the `TextDelta` events
            tell; do not feed or close it. The strict way to the result is ``json.loads(message.text)``.

        >>> stream = MessageStream()
        >>> items = stream.partial_json().watch("items", "*")
        >>> _ = stream.feed(b'data: {"choices": [{"delta": {"content": "{\\"items\\": [1, 2, "}}]}\n\n')
        >>> items.read()
        [(('items', 0), 1), (('items', 1), 2)]
        """
        partial = self._partials.get(choice)
        if partial is None:
            partial = self._partials.setdefault(choice, PartialJSON())
            # Whichever of this and `_choose`, in another thread, comes later sees what the other has done.
            if self._accumulator is not None:
                self._accumulator.attach_partial(choice, partial)
        return partial

    def events(self, source: Source) -> Generator[StreamEvent, None, None]:
        """Give the events of a body as they come.

        The loop ends at the terminator, and does not wait for the end of the connection. A generator
        that is handed over is closed when the loop ends or is left.

        Args:
            source: bytes, or an iterable of bytes, as ``response.iter_bytes()``.

        Raises:
            SsembleError: as `feed` and `close`, after the events that came before. What the source
                raises passes through, with the message so far as its ``partial``.
        """
        return iterate(self, source, lambda: self.ended)

    def aevents(self, source: AsyncSource) -> AsyncGenerator[StreamEvent, None]:
        """As `events`, from an asynchronous iterable of bytes."""
        return aiterate(self, source, lambda: self.ended)

    def _with_message(self, kept: SsembleError) -> SsembleError:
        """Return the kept error to be raised, with the message so far."""
        if kept.partial is None:
            kept.partial = self.completion()  # made once, however often it is raised
        return fresh_copy(kept)

    def _without_events(self) -> MessageStream:
        """Return this stream, from now on free to leave out events: for who wants the message alone."""
        if self._shortcut is not None:
            self._shortcut.forms.emit = False
        return self

    def _feed_slow(self, data: BytesLike, events: list[StreamEvent]) -> bool:
        """Take a fragment through every layer; True if the stream goes on."""
        if self._error is None:
            self._take(self._chunks.decode(data), events)
        return self._error is None and not self._chunks.ended

    def _merge(self, payload: Any, events: list[StreamEvent], name: str = "message") -> bool:
        """Take a payload of an event of this name; True if the stream goes on."""
        self._payload(payload, events, name)
        if self._error is not None:
            self._finish(events)
        return self._error is None

    def _terminate(self, events: list[StreamEvent]) -> None:
        """The terminator has come."""
        self._finish(events)

    def _take(self, items: Iterator[RawEvent | ErrorEvent | None], events: list[StreamEvent]) -> None:
        for item in items:
            if type(item) is RawEvent:
                self._payload(item.data, events, item.event)
            elif item is None:
                self._finish(events)
            else:
                self._report(item, events)  # type: ignore[arg-type]  # an ErrorEvent: what else is left
            if self._error is not None:
                break
        if self._error is None:
            self._error = self._chunks.error
        if self._chunks.ended or self._error is not None:
            self._finish(events)

    def _report(self, fault: ErrorEvent, events: list[StreamEvent]) -> None:
        """An error was found among the payloads: it ends the stream, or is told and skipped."""
        if isinstance(fault.error, InvalidJSON) and self._accumulator is not None and self._accumulator.complete:
            code = "bad_frame_after_end"  # it can take nothing from a message that has ended
            self._repairs[code] = self._repairs.get(code, 0) + 1
        elif self._errors == "raise":
            self._error = fault.error
        else:
            if len(self._reported) < MAX_ERRORS:
                self._reported.append(fresh_copy(fault.error))
            events.append(fault)

    def _payload(self, payload: Any, events: list[StreamEvent], name: str) -> None:
        accumulator = self._accumulator or self._choose(payload)
        if accumulator is None or not accumulator.recognises(payload):
            if self._foreign is None or not self._foreign[0]:
                self._foreign = looks_like(payload), self._foreign[1] if self._foreign else quote(safe_repr(payload))
            events.append(RawEvent(name, payload))
            return
        try:
            events += accumulator.add(payload)
        except StreamError:
            pass  # the accumulator keeps it
        fault = accumulator.error
        if isinstance(fault, ProtocolError) and self._errors == "event":
            accumulator.error = None
            self._report(ErrorEvent(fault), events)
        elif fault is not None:
            self._error = fault

    def _choose(self, payload: object) -> Reader | None:
        name = self._dialect or recognise(payload)
        if name is not None:
            self._dialect = name
            self._accumulator = reader(name, limits=self._limits, n=self._n, cumulative=self._cumulative)
            for choice, partial in self._partials.copy().items():
                self._accumulator.attach_partial(choice, partial)
        return self._accumulator

    def _finish(self, events: list[StreamEvent]) -> None:
        if not self._finished:
            self._finished = True
            if self._accumulator is not None:
                events += self._accumulator.finish(self._terminated)
                self._error = self._error or self._accumulator.error

    def _unfinished(self) -> StreamError:
        """Make the error of a stream that ended and is not complete."""
        words = self._chunks.last_line
        if self._accumulator is not None and (self._accumulator.begun or self._foreign is None):
            error = unfinished(self._accumulator.begun, self.ended, self._chunks.doubt, words)
        else:
            error = unrecognised(self._foreign, words)
        if self._reported:
            first = self._reported[0]
            error.args = (f"{error.args[0]}; reported before: {quote(str(first))[1:-1]}",)
            error.__cause__ = first
        return error
