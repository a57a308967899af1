"""`Observer`: watch a stream that somebody else reads, and never disturb it.

It is a `MessageStream` for bytes and chunk objects that goes on after any fault. Nothing that a server
sends makes it raise:

- what cannot be read or merged is noted in `errors` and skipped;
- at a limit no more text is stored; chunks are counted on, and the end and the token counts are merged;
- the message is never complete after that.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from time import monotonic
from typing import Any, Literal, TypeVar, cast

from ._assembly import MAX_ERRORS, Assembly
from ._dialects import check_dialect
from ._dialects.objects import payload_of
from ._dialects.recognition import shape
from ._errors import IncompleteStream, SsembleError, fresh_copy, picklable
from ._framing.detect import check_framing
from ._framing.lines import BytesLike, as_bytes
from ._limits import Limits
from ._model.completion import Completion
from ._model.events import StreamEvent
from ._model.tokens import Tokens
from ._payloads.decoder import Loads
from ._payloads.parser import PayloadParser
from ._payloads.repeats import Repeats
from ._pickling import Picklable
from ._timing import Timing

Stream = TypeVar("Stream")


class Observer(Picklable):
    """Watch a stream of bytes or of chunk objects: its message, its errors and its times.

    Args:
        dialect: the wire shape, a name in `DIALECTS`; None recognises it from the first payload that has one.
        framing, loads, limits, n, cumulative: as in `MessageStream`.
        clock: returns seconds; None for no times but those given as ``at``.
        start: when the request was sent, on the clock of ``at``. None takes the time when the observer
            is made or, if each ``at`` is given, the first of these.

    Attributes:
        size: bytes so far.
        timing: when bytes and content came: a `Timing`.
        ended: ``"open"``; ``"ended"``, the source ended or the terminator came; ``"failed"``, the source
            raised; ``"left"``, nobody read on. It does not say whether the message is complete.

    Raises:
        ValueError: an unknown dialect or framing.

    >>> observer = Observer()
    >>> for chunk in observer.watch([{"choices": [{"delta": {"content": "Hi"}, "finish_reason": "stop"}]}]):
    ...     print(chunk["choices"][0]["finish_reason"])
    stop
    >>> observer.ended, observer.completion().text, observer.errors
    ('ended', 'Hi', [])
    """

    __slots__ = (
        "_added",
        "_assembly",
        "_clock",
        "_notes",
        "_over",
        "_payloads",
        "_repeats",
        "_settled",
        "_start",
        "ended",
        "size",
        "timing",
    )  # fmt: skip

    def __init__(
        self,
        dialect: str | None = None,
        *,
        framing: str | None = None,
        loads: Loads = json.loads,
        limits: Limits = Limits(),
        n: int | None = None,
        cumulative: bool = False,
        clock: Callable[[], float] | None = monotonic,
        start: float | None = None,
    ) -> None:
        if dialect is not None:
            check_dialect(dialect)
        check_framing(framing)
        self._payloads = PayloadParser(loads, shape, framing=framing, limits=limits)
        self._assembly = Assembly(dialect, errors="skip", limits=limits, n=n, cumulative=cumulative)
        self._repeats = Repeats(shape)
        self._clock = clock
        self._start = start
        self.timing = Timing(clock() if start is None and clock is not None else start)
        self.ended: Literal["open", "ended", "failed", "left"] = "open"
        self.size = 0
        self._added = 0
        self._over = False  # nothing is taken any more
        self._notes: list[BaseException] = []
        self._settled: Observer | None = None  # what this would be, ended; while it may go on

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.dialect or 'of no dialect yet'}, {self.ended}, {self.chunk_count} chunks>"

    def __getstate__(self) -> tuple[int, dict[str, Any]]:
        version, fields = super().__getstate__()
        return version, {**fields, "_notes": [picklable(error) for error in self._notes]}

    @property
    def dialect(self) -> str | None:
        """The wire shape: as given, or recognised; None before that."""
        return self._assembly.dialect

    @property
    def complete(self) -> bool:
        """True if nothing is missing; see `Completion.complete`."""
        here = self._seen()
        return here._assembly.complete and not here._payloads.doubt

    @property
    def chunk_count(self) -> int:
        """Payloads so far."""
        return self._payloads.count + self._added

    @property
    def repairs(self) -> dict[str, int]:
        """The defects of the stream that were repaired, as codes with counts (a fresh `dict`)."""
        here = self._seen()
        return {**here._payloads.repairs, **here._assembly.repairs}

    @property
    def errors(self) -> list[BaseException]:
        """What went wrong so far: the errors of the server, of the bytes, of the chunks and of the source.

        After the end there is at least one, unless the message is complete. The first 100 of a kind are kept.
        """
        here = self._seen()
        assembly = here._assembly
        found: list[BaseException] = [fresh_copy(error) for error in assembly.reported]
        if assembly.error is not None and not (here.ended == "failed" and isinstance(assembly.error, IncompleteStream)):
            found.append(fresh_copy(assembly.error))
        return [*found, *here._notes]

    @property
    def tokens(self) -> Tokens:
        """The token counts so far, in words that all dialects share."""
        return self.completion().tokens

    def completion(self) -> Completion:
        """Return the message so far. It may be called at any moment, and never raises."""
        return self._seen()._assembly.completion(self.complete)

    def row(self) -> dict[str, Any]:
        """Return what was seen so far as one flat row, with the columns of `row`.

        While its message is not complete, a stream that is open has the status ``"cut"`` and no error. One that
        somebody left has the error `IncompleteStream`.
        """
        from ._columns import columns

        return columns(
            self.completion(),
            self.errors,
            size=self.size,
            chunks=self.chunk_count,
            repairs=self.repairs,
            timing=self.timing,
        )

    def feed(self, data: BytesLike, at: float | None = None) -> None:
        """Take a fragment of the bytes. It never raises, whatever the data is: see `errors`.

        Args:
            data: bytes, split anywhere.
            at: when it came, in seconds; None takes the time now. Give it each time or never; give it
                if the observer moves to another machine, whose clock differs.
        """
        if self.ended != "open" and not self._goes_on():
            return
        clock = self._clock
        at = clock() if at is None and clock is not None else self._given(at)
        events: list[StreamEvent] = []
        size = 0
        try:
            if type(data) is not bytes:
                data = as_bytes(data)
            size = len(data)
            self._payloads.feed(data, events, self._assembly)
        except Exception as error:  # data that is not bytes, or a bug in ``loads``
            self.note(error)
        self.size += size
        if at is not None and (events or (size and self._assembly.open)):
            self.timing.note(at, events)

    def add(self, chunk: object, at: float | None = None) -> None:
        """Take a chunk that was decoded elsewhere. It never raises, whatever the chunk is: see `errors`.

        Args:
            chunk: a `dict`, or the object that an SDK made of one; see `Accumulator.add`.
            at: when it came, as in `feed`.
        """
        if self.ended != "open" and not self._goes_on():
            return
        clock = self._clock
        at = clock() if at is None and clock is not None else self._given(at)
        events: list[StreamEvent] = []
        try:
            if self._assembly.open and self._repeats.repeats(chunk, events):
                self._added += 1
            else:
                payload = payload_of(chunk)
                if self._assembly.open:
                    self._added += 1
                    self._repeats.take(payload, events, self._assembly, chunk)
        except Exception as error:  # it is no chunk
            self.note(error)
        if at is not None and (events or self._assembly.open):
            self.timing.note(at, events)

    def end(self, how: Literal["ended", "left"] | BaseException = "ended", at: float | None = None) -> None:
        """End the stream; only the first call counts. For who calls `feed` or `add`; `watch` does it itself.

        Args:
            how: ``"ended"``, ``"left"``, or the exception of the source. One that is no `Exception`, such
                as ``CancelledError`` or ``GeneratorExit``, means that the reader left.
            at: when, as in `feed`.
        """
        if not self._over:
            if self.ended == "open" or how != "left":
                self._pause(how, at)
            self._over = True
            self._settled = None
            self._finish()

    def watch(self, stream: Stream, *, on_end: Callable[[Observer], object] | None = None) -> Stream:
        """Return a stand-in for a stream, which hands on each item, unchanged and at once.

        Args:
            stream: what you iterate over: a generator of bytes, an SDK's stream, its context manager;
                synchronous or asynchronous.
            on_end: called once with this observer, however the stream ends: at its end, by its exception,
                by ``break``, ``close()``, the end of a ``with`` block or a cancellation, or when it is
                garbage. What it raises is noted in `errors` and printed, not raised.

        Returns:
            A stand-in with all other attributes of the stream. Bytes and text are fed, anything else is added.

        Raises:
            TypeError: ``stream`` cannot be iterated over, such as a response or a method; the message
                says what to pass.
        """
        from ._watched import watched

        return cast(Stream, watched(self, stream, on_end))

    def note(self, error: BaseException) -> None:
        """Put an exception into `errors`, such as one of your own code around the stream."""
        if len(self._notes) < MAX_ERRORS:
            self._notes.append(stored(error))

    def _given(self, at: float | None) -> float | None:
        """Return a time that the caller gave, or None. After a first one, all others are on the caller's clock."""
        if at is not None and not self.timing.fragments:
            self._clock = None
            self.timing = Timing(self._start)
        return at

    def _pause(self, how: Literal["ended", "left"] | BaseException, at: float | None = None) -> None:
        """Note how the stream ended. After ``break`` it may go on."""
        if isinstance(how, Exception):
            self.note(how)
            self.ended = "failed"
        elif isinstance(how, BaseException):
            self.ended = "left"
        elif how != "ended" and how != "left":
            raise ValueError(f"how is {how!r}: expected 'ended', 'left' or an exception")
        else:
            self.ended = how
        if self.ended == "left" and not self._assembly.open and self._assembly.error is None:
            self.ended = "ended"  # nothing comes after the terminator
        at = self._clock() if at is None and self._clock is not None else self._given(at)
        if at is not None and self._assembly.open:
            self.timing.end(at)

    def _goes_on(self) -> bool:
        """True if it was left with ``break``, and somebody reads on; False after the end."""
        if self._over:
            return False
        self.ended = "open"
        self._settled = None
        return True

    def _seen(self) -> Observer:
        """Return the observer that has read all that came: what waits for its end is read in a copy."""
        if self.ended == "open" or self._over:
            return self
        if self._settled is None:
            self._settled = copy.copy(self)
            self._settled._finish()
            self._settled._over = True
        return self._settled

    def _finish(self) -> None:
        """Read what waits for the end."""
        events: list[StreamEvent] = []
        try:
            self._payloads.end(events, self._assembly)
        except Exception as error:  # a bug in ``loads``
            self.note(error)
        self._assembly.end(events, self._payloads.doubt, self._payloads.last_line)


def stored(error: BaseException) -> BaseException:
    """Return a copy of an exception, to be kept: without its frames, which hold the stream."""
    if isinstance(error, SsembleError):
        return fresh_copy(error)
    try:
        return copy.copy(error)
    except Exception:  # a class of the caller's may raise anything
        return RuntimeError(f"{type(error).__name__}: {error}")
