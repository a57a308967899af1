"""`MessageStream`: all layers put together.

The life of a stream
--------------------
``feed`` passes each fragment down one road::

    fragment   bytes as they arrive, split anywhere
      framing      a `Framing`: frames, each an event, a line, an element or a message
      payloads     `PayloadParser`: JSON, or a known template and its values; repairs, the terminator
      assembly     `Assembly`: chooses the dialect, decides which error ends the stream
      dialect      a `Reader`: merges payloads into the message, and makes the typed events
    event      what ``feed`` returns

The dialect is chosen by the first payload that has a known shape. A payload of another shape becomes
a `RawEvent`. Each frame is merged before the next one is decoded. So everything before a fault is in the
message, and nothing after it is.

A stream has four states, in one field of the assembly:

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
the payload is skipped, and the stream stays OPEN. `LimitExceeded` always ends it, and so does what the
framing cannot read: a compressed body, a damaged AWS message, text between the elements of an array,
the end of the bytes inside one of these. After a skipped error only a finish_reason for every choice makes the
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
from collections.abc import AsyncGenerator, Generator
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from ._assembly import Assembly, State
from ._dialects import check_dialect
from ._dialects.partial_call import PartialToolCall
from ._dialects.recognition import shape
from ._errors import SsembleError, check_errors, fresh_copy
from ._framing.detect import check_framing
from ._framing.lines import BytesLike
from ._iterate import AsyncSource, Source, aiterate, iterate
from ._limits import Limits
from ._model.completion import Completion
from ._model.events import StreamEvent
from ._payloads.decoder import Loads
from ._payloads.parser import PayloadParser
from ._pickling import Picklable

if TYPE_CHECKING:
    from ._pairs import Pairs
    from ._partial.json import PartialJSON

TOO_LATE = "feed() after end() or close(): use a new MessageStream"


class MessageStream(Picklable):
    """Turn the bytes of a stream, split anywhere, into typed events and the finished message.

    Args:
        dialect: the wire shape, a name in `DIALECTS`; None recognises it from the first payload
            that has one.
        framing: how the payloads are laid out in the bytes, a name in `FRAMINGS`; None tells it from
            the first byte that is not blank.
        loads: the JSON decoder: ``json.loads``, ``orjson.loads``, ``msgspec.json.decode``, …
        errors: ``"raise"``: the first error ends the stream. ``"event"``: it is reported as an
            `ErrorEvent`, the bad payload is skipped, and the stream continues.
        limits: memory limits.
        n: the number of answers that were requested, if known. With 1, every choice is choice 0.
        cumulative: the provider sends all text so far in each chunk, not only the new text.

    Raises:
        ValueError: an unknown dialect or framing, or another value of ``errors``.

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

    __slots__ = ("_assembly", "_completion", "_payloads")

    _templates: ClassVar[bool] = True  # tests turn it off: the results are the same without it

    def __init__(
        self,
        dialect: str | None = None,
        *,
        framing: str | None = None,
        loads: Loads = json.loads,
        errors: Literal["raise", "event"] = "raise",
        limits: Limits = Limits(),
        n: int | None = None,
        cumulative: bool = False,
    ) -> None:
        if dialect is not None:
            check_dialect(dialect)
        check_framing(framing)
        check_errors(errors)
        self._payloads = PayloadParser(
            loads, shape, framing=framing, limits=limits, templates=self._templates, too_late=TOO_LATE
        )
        self._assembly = Assembly(dialect, errors=errors, limits=limits, n=n, cumulative=cumulative)
        self._completion: Completion | None = None  # made by `close`

    def __repr__(self) -> str:
        state = self._assembly.state
        word = "ended" if state is State.TERMINATED else state.value
        return f"<{type(self).__name__} {self.dialect or 'of no dialect yet'}, {word}, {self.chunk_count} chunks>"

    @property
    def dialect(self) -> str | None:
        """The wire shape: as given, or recognised; None before that."""
        return self._assembly.dialect

    @property
    def framing(self) -> str | None:
        """How the payloads are laid out in the bytes: as given, or as the first bytes tell it; None before that."""
        return self._payloads.framing

    @property
    def complete(self) -> bool:
        """True if nothing is missing so far; see `Completion.complete`."""
        return self._assembly.complete and not self._payloads.doubt

    @property
    def ended(self) -> bool:
        """True if the terminator came: the stream is over, even if its connection is still open."""
        return self._payloads.done

    @property
    def error(self) -> SsembleError | None:
        """The error that ended the stream, with the message so far as its ``partial``; None if there is none."""
        error = self._assembly.error
        return None if error is None else self._with_message(error)

    @property
    def errors(self) -> list[SsembleError]:
        """The errors that were reported and skipped so far: the first 100 of them (a fresh `list`)."""
        return [fresh_copy(error) for error in self._assembly.reported]

    @property
    def chunk_count(self) -> int:
        """Payloads decoded so far."""
        return self._payloads.count

    @property
    def repairs(self) -> dict[str, int]:
        """The defects of the stream that were repaired, as codes with counts (a fresh `dict`)."""
        return {**self._payloads.repairs, **self._assembly.repairs}

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
        assembly = self._assembly
        if assembly.error is not None:
            errors = [self._with_message(assembly.error)]
            del self, assembly  # a traceback holds its frames, and they the stream
            raise errors.pop()
        events: list[StreamEvent] = []
        self._payloads.feed(data, events, assembly)
        return events

    def end(self) -> list[StreamEvent]:
        """End the input and return the last events.

        It never raises, and may be called again. `close` calls it too, but cannot return the events.
        If the message is not complete, `error` is set afterwards.
        """
        events: list[StreamEvent] = []
        if self._is_open():
            self._payloads.end(events, self._assembly)
            self._finish(events)
        return events

    def feed_chunks(self, data: BytesLike) -> list[tuple[Any, list[StreamEvent]]]:
        """Like `feed`, with each chunk beside its events, for an SDK that hands out both.

        Every payload is decoded, which `feed` mostly avoids; so it is slower.

        Returns:
            Pairs of a decoded payload and its events, which may be none. Events that belong to no payload,
            such as those of the terminator or of an error, come with None.

        >>> MessageStream().feed_chunks(b'data: {"choices": [{"delta": {"content": "Hi"}}]}\\n\\n')[0][1][1:]
        [TextDelta(text='Hi', choice=0)]
        """
        if self._assembly.error is not None:
            errors = [self._with_message(self._assembly.error)]
            del self  # a traceback holds its frames, and they the stream
            raise errors.pop()
        pairs = self._in_pairs()
        self._payloads.decode_all()
        self._payloads.feed(data, [], pairs)
        return pairs.found

    def end_chunks(self) -> list[tuple[Any, list[StreamEvent]]]:
        """Like `end`, with each chunk beside its events."""
        pairs = self._in_pairs()
        if self._is_open():
            self._payloads.end([], pairs)
            events: list[StreamEvent] = []
            self._finish(events)
            pairs.alone(events)
        return pairs.found

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
        if self._assembly.error is not None:
            errors = [self._with_message(self._assembly.error)]
            del self  # a traceback holds its frames, and they the stream
            raise errors.pop()
        self._completion = self._assembly.completion(True)  # otherwise `end` has left an error
        return self._completion

    def completion(self) -> Completion:
        """Return the message so far. It may be called at any moment, and never raises.

        After `close` it is what that returned.
        """
        return self._completion or self._assembly.completion(self.complete)

    def tool_call(self, choice: int = 0, index: int = 0) -> PartialToolCall:
        """Return a live view of a tool call, to read its arguments while they arrive.

        Args:
            choice, index: as in the events of the call.

        Raises:
            LookupError: there is no such call yet: its `ToolCallStart` has not arrived.
        """
        reader = self._assembly.reader
        if reader is None:
            raise LookupError("no tool call so far: wait for its ToolCallStart event")
        return reader.tool_call(choice, index)

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
        return self._assembly.partial_json(choice)

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

    def _is_open(self) -> bool:
        return self._assembly.error is None and self._assembly.state is not State.ENDED

    def _in_pairs(self) -> Pairs:
        from ._pairs import Pairs  # not at the top: few programs need it

        return Pairs(self._assembly)

    def _finish(self, events: list[StreamEvent]) -> None:
        """End the message after the last payload."""
        self._assembly.end(events, self._payloads.doubt, self._payloads.last_line)

    def _with_message(self, stored: SsembleError) -> SsembleError:
        """Return a copy of the stored error with the message so far, to be raised."""
        if stored.partial is None:
            stored.partial = self.completion()  # only once: every copy has the same one
        return fresh_copy(stored)
