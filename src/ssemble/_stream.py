"""`MessageStream`: all layers put together.

The life of a stream
--------------------
``feed`` passes each fragment down one road::

    fragment   bytes as they arrive, split anywhere
      framing      `EventReader`: lines, then frames (server-sent events)
      payloads     `PayloadReader`: JSON, repairs, the terminator, errors that the server reported
      dialect      a `Reader`: merges payloads into the message, and makes the typed events
    event      what ``feed`` returns

The dialect is chosen by the first payload that has a known shape. A payload of another shape becomes
a `RawEvent`. Each frame is merged before the next one is decoded. So everything before a fault is in the
message, and nothing after it is. `Shortcut` may take a fragment down the road in one step; the results are
the same.

A stream has four states. They are not stored: each follows from what a layer has seen.

- OPEN: a new stream.
- TERMINATED: the terminator came (``[DONE]``), so `ended` is true. The connection may still be open.
- ENDED: ``end`` or ``close`` was called, and the message is complete.
- FAILED: an error ended the stream, so `error` is not None.

What a call does in each state, and the state after it::

    state        feed                        end                           close
    OPEN         returns new events          returns the last events       end(), then as in the new state
                 -> OPEN, TERMINATED         -> ENDED, or FAILED if the
                 or FAILED                   message is not complete
    TERMINATED   ignores the bytes, and      as in OPEN; there is          end(), then as in the new state
                 notes them in `repairs`     rarely an event left
    ENDED        raises RuntimeError         returns []                    returns the completion
    FAILED       raises the error            returns []                    raises the error

What the wire closed is ended once, at the terminator, at the fault or in ``end``, whichever comes
first: these are the `ToolCallEnd` and `ChoiceEnd` events that were still missing. A frame whose last
blank line is missing is read by ``end``, if it is complete JSON.

Errors
------
An error never hides the events before it. The call that meets the fault returns those events, and the
next ``feed``, or ``close``, raises. ``end`` never raises; the loops call it and then raise `error`.

The stream stores the error without a traceback and never raises that object. Each raise is a new,
equal copy: a traceback holds frames, and these hold the stream, which would be a reference cycle.
The message so far becomes ``partial`` when the error is first asked for.

With ``errors="event"``, an `InvalidJSON`, `ProtocolError` or `ProviderError` becomes an `ErrorEvent`,
the payload is skipped, and the stream stays OPEN. `LimitExceeded` always ends it, and so does a body
that is binary or compressed. After a skipped error only a finish_reason for every choice makes the
message complete; the terminator alone does not. After every choice has a finish_reason, data that is not
JSON is counted as a repair; it is not an error.

Threads
-------
One thread at a time may call ``feed``, ``end`` or ``close``. Any other thread may read at any moment:
``completion``, ``repairs``, ``tool_call`` and ``partial_json`` need no lock and do not disturb feeding.
Of a `PartialJSON`, other threads read ``snapshot()``, not the live ``value``. Different streams share no
state.
"""

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

MAX_ERRORS = 100  # reported errors that are stored; later ones are only events


class MessageStream(Picklable):
    """Turn the bytes of a stream, split anywhere, into typed events and the finished message.

    Args:
        dialect: the wire shape, a name in `DIALECTS`; None recognises it from the first payload
            that has one.
        loads: the JSON decoder: ``json.loads``, ``orjson.loads``, ``msgspec.json.decode``, …
        errors: ``"raise"``: the first error ends the stream. ``"event"``: it is reported as an
            `ErrorEvent`, the bad payload is skipped, and the stream continues.
        limits: memory limits.
        n: the number of answers that were requested, if known. With 1, every choice is choice 0.
        cumulative: the provider sends all text so far in each chunk, not only the new text.

    Raises:
        ValueError: an unknown dialect, or another value of ``errors``.

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

    _shortcuts: ClassVar[bool] = True  # tests turn it off: the results are the same without it

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
        # The layers report every fault. Whether it ends the stream is decided here, since a fault after
        # the end of the message does not.
        self._chunks = PayloadReader(loads, errors="event", limits=limits, shortcuts=self._shortcuts)
        self._dialect = dialect
        self._errors = errors
        self._limits = limits
        self._n = n
        self._cumulative = cumulative
        self._accumulator: Reader | None = None
        self._partials: dict[int, PartialJSON] = {}  # by choice
        self._error: SsembleError | None = None
        self._reported: list[SsembleError] = []  # errors that were skipped, copied
        # The first payload of an unknown shape: what it looks like ("" if unknown), and a quote of it.
        self._foreign: tuple[str, str] | None = None
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
        """True if the terminator came: the stream is over, even if its connection is still open."""
        return self._chunks.ended

    @property
    def _terminated(self) -> bool:
        """True if the terminator came with no error before it."""
        return self._chunks.ended and not self._reported and self._error is None

    @property
    def error(self) -> SsembleError | None:
        """The error that ended the stream, with the message so far as its ``partial``; None if there is none."""
        return None if self._error is None else self._with_message(self._error)

    @property
    def errors(self) -> list[SsembleError]:
        """The errors that were reported and skipped so far: the first 100 of them (a fresh `list`)."""
        return [fresh_copy(error) for error in self._reported]

    @property
    def chunk_count(self) -> int:
        """Payloads decoded so far."""
        passed = self._shortcut.frames if self._shortcut is not None else 0
        return self._chunks.chunk_count + passed

    @property
    def repairs(self) -> dict[str, int]:
        """The defects of the stream that were repaired, as codes with counts (a fresh `dict`)."""
        merged = dict(self._accumulator.repairs) if self._accumulator is not None else {}
        return {**self._chunks.repairs, **self._repairs, **merged}

    def __getstate__(self) -> tuple[int, dict[str, Any]]:
        # The fast path refers to the parts of this stream, so a copy starts with a new one.
        if self._shortcut is not None:
            self._shortcut.sync()
        version, fields = super().__getstate__()
        return version, {**fields, "_shortcut": self._shortcut is not None}

    def __setstate__(self, state: tuple[int, dict[str, Any]]) -> None:
        super().__setstate__(state)
        self._shortcut = Shortcut.of(self._chunks) if self._shortcut else None

    def feed(self, data: BytesLike) -> list[StreamEvent]:
        """Take a fragment and return the new events.

        If it is interrupted (`KeyboardInterrupt`), discard the stream: data may be lost.

        Args:
            data: bytes, split anywhere; an empty fragment changes nothing.

        Returns:
            Typed events, in the order of the stream.

        Raises:
            SsembleError: the stream has failed. The call that met the fault returned the events
                before it; every later call raises. ``.partial`` holds the message so far.
            TypeError: ``data`` is not bytes.
            RuntimeError: `end` or `close` was called.
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
        """End the input and return the last events.

        It never raises, and may be called again. `close` calls it too, but cannot return the events.
        If the message is not complete, `error` is set afterwards.
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
        """End the input and return the finished message.

        Returns:
            The finished message; an equal one for each call.

        Raises:
            IncompleteStream: the bytes ended before the message was complete: neither the terminator
                nor a finish_reason for every choice arrived; ``.partial`` holds what did.
            SsembleError: the stream has failed, as in `feed`.
        """
        self.end()
        if self._error is not None:
            errors = [self._with_message(self._error)]
            del self  # a traceback holds its frames, and they the stream
            raise errors.pop()
        return self.completion()

    def completion(self) -> Completion:
        """Return the message so far. It may be called at any moment, and never raises."""
        if self._accumulator is None:
            return with_raw(Completion(dialect=self._dialect, complete=self.complete), {})
        return self._accumulator.completion(self.complete)

    def tool_call(self, choice: int = 0, index: int = 0) -> PartialToolCall:
        """Return a live view of a tool call, to read its arguments while they arrive.

        Args:
            choice, index: as in the events of the call.

        Raises:
            LookupError: there is no such call yet: its `ToolCallStart` has not arrived.
        """
        if self._accumulator is None:
            raise LookupError("no tool call so far: wait for its ToolCallStart event")
        return self._accumulator.tool_call(choice, index)

    def partial_json(self, choice: int = 0) -> PartialJSON:
        r"""Return a live view of the text of a choice as a JSON value, for structured output.

        Args:
            choice: its index; it need not have started.

        Returns:
            The same `PartialJSON` each time. The stream feeds it the text of each `TextDelta`; do not
            feed or close it. The final value comes from `Message.parse_json`.

        >>> stream = MessageStream()
        >>> items = stream.partial_json().watch("items", "*")
        >>> _ = stream.feed(b'data: {"choices": [{"delta": {"content": "{\\"items\\": [1, 2, "}}]}\n\n')
        >>> items.read()
        [(('items', 0), 1), (('items', 1), 2)]
        """
        partial = self._partials.get(choice)
        if partial is None:
            partial = self._partials.setdefault(choice, PartialJSON())
            # Another thread may be in `_choose`. Both first store, then look: the later one attaches it.
            if self._accumulator is not None:
                self._accumulator.attach_partial(choice, partial)
        return partial

    def events(self, source: Source) -> Generator[StreamEvent, None, None]:
        """Yield the events of a body as they arrive.

        The loop ends at the terminator, without waiting for the end of the connection. If the source
        is a generator, it is closed when the loop ends or is left.

        Args:
            source: bytes, or an iterable of bytes, as ``response.iter_bytes()``.

        Raises:
            SsembleError: as `feed` and `close`, after the events before it. An exception of the
                source passes through, with the message so far as its ``partial``.
        """
        return iterate(self, source, lambda: self.ended)

    def aevents(self, source: AsyncSource) -> AsyncGenerator[StreamEvent, None]:
        """Like `events`, from an asynchronous iterable of bytes."""
        return aiterate(self, source, lambda: self.ended)

    def _with_message(self, stored: SsembleError) -> SsembleError:
        """Return a copy of the stored error with the message so far, to be raised."""
        if stored.partial is None:
            stored.partial = self.completion()  # only once: every copy has the same one
        return fresh_copy(stored)

    def _without_events(self) -> MessageStream:
        """Return this stream after allowing it to leave out events, for callers that only need the message."""
        if self._shortcut is not None:
            self._shortcut.forms.emit = False
        return self

    def _feed_slow(self, data: BytesLike, events: list[StreamEvent]) -> bool:
        """Pass a fragment through every layer; True if the stream is still open."""
        if self._error is None:
            self._take(self._chunks.decode(data), events)
        return self._error is None and not self._chunks.ended

    def _merge(self, payload: Any, events: list[StreamEvent], name: str = "message") -> bool:
        """Merge a payload that came in an event of this name; True if the stream is still open."""
        self._payload(payload, events, name)
        if self._error is not None:
            self._finish(events)
        return self._error is None

    def _terminate(self, events: list[StreamEvent]) -> None:
        """Handle the terminator."""
        self._finish(events)

    def _take(self, items: Iterator[RawEvent | ErrorEvent | None], events: list[StreamEvent]) -> None:
        for item in items:
            if type(item) is RawEvent:
                self._payload(item.data, events, item.event)
            elif item is None:
                self._finish(events)
            else:
                self._report(item, events)  # type: ignore[arg-type]  # only an ErrorEvent is left
            if self._error is not None:
                break
        if self._error is None:
            self._error = self._chunks.error
        if self._chunks.ended or self._error is not None:
            self._finish(events)

    def _report(self, fault: ErrorEvent, events: list[StreamEvent]) -> None:
        """Handle an error among the payloads: it ends the stream, or is reported and skipped."""
        if isinstance(fault.error, InvalidJSON) and self._accumulator is not None and self._accumulator.complete:
            code = "bad_frame_after_end"  # the message is complete, so nothing is lost
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
            pass  # it is in accumulator.error too
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
        """Return the error of a stream that ended before its message was complete."""
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
