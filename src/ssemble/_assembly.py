"""Payloads to events and a message: chooses the dialect, and keeps the state of the stream."""

from __future__ import annotations

from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from ._dialects import is_typed, reader, recognise
from ._dialects.base import Reader
from ._dialects.recognition import dialect_of, looks_like
from ._errors import (
    InvalidJSON,
    LimitExceeded,
    ProtocolError,
    ProviderError,
    SsembleError,
    StreamError,
    fresh_copy,
    quote,
    safe_repr,
    without_frames,
)
from ._limits import Limits
from ._model.completion import Completion
from ._model.events import ErrorEvent, RawEvent
from ._model.result import when_read, with_raw
from ._partial import partial_json
from ._payloads.templates import Binding
from ._pickling import Picklable

if TYPE_CHECKING:
    from ._partial.json import PartialJSON

MAX_ERRORS = 100  # reported errors that are stored


class State(Enum):
    """The state of a stream; the table is in `_stream`."""

    OPEN = "open"
    TERMINATED = "terminated"
    ENDED = "ended"
    FAILED = "failed"


class Assembly(Picklable):
    """Takes payloads and errors, as the sink of a `PayloadParser`, and keeps the message.

    Args:
        errors: as that of `MessageStream`; with ``"skip"``, a limit is reported and skipped too.

    Attributes:
        dialect: the wire shape: as given, or recognised; None before that.
        reader: merges the payloads; None before the dialect is known.
        state: where the stream is in its life.
        open: True in the state OPEN, while more payloads are wanted.
        error: the error that ended the stream, or None.
        reported: the first errors that were reported and skipped.
        full: a limit was reached, and skipped: only the end of the message and its token counts are merged.
    """

    __slots__ = (
        "_bad_frames", "_cumulative", "_errors", "_finished", "_foreign", "_limits", "_may_be_body", "_n", "_partials",
        "_terminated",
        "dialect", "error", "full", "open", "reader", "reported", "state",
    )  # fmt: skip

    def __init__(
        self,
        dialect: str | None,
        *,
        errors: Literal["raise", "event", "skip"],
        limits: Limits,
        n: int | None,
        cumulative: bool,
    ) -> None:
        self.dialect = dialect
        self.reader: Reader | None = None
        self.state = State.OPEN
        self.open = True
        self.error: SsembleError | None = None
        self.reported: tuple[SsembleError, ...] = ()
        self.full = False
        self._errors = errors
        self._limits = limits
        self._n = n
        self._cumulative = cumulative
        self._partials: dict[int, PartialJSON] = {}  # by choice
        self._foreign: tuple[str, str] | None = None  # what the first unknown payload looks like, and its text
        self._bad_frames = 0  # after the end of the message
        self._may_be_body = False  # the only line may be a response that was not streamed
        self._finished = False
        self._terminated = False  # the terminator of the dialect came, and no fault before it

    @property
    def complete(self) -> bool:
        """True if nothing is missing so far, as far as the payloads tell."""
        if self.reader is None or not self.reader.begun or self.full or isinstance(self.error, StreamError):
            return False
        return self.reader.complete or self._terminated

    @property
    def typed(self) -> bool:
        """True if the dialect is known, and each of its payloads has a type."""
        if self.reader is not None:
            return self.reader.typed
        return self.dialect is not None and is_typed(self.dialect)

    @property
    def repairs(self) -> dict[str, int]:
        """Codes of the repairs in payloads, with counts."""
        found = {} if self.reader is None else self.reader.repairs
        return {"bad_frame_after_end": self._bad_frames, **found} if self._bad_frames else found

    def framed(self, framing: str) -> None:
        """Note the framing of bytes that are no event stream."""
        self._may_be_body = framing == "json-lines"

    def add(self, payload: Any, name: str, events: list[Any], size: int) -> bool:
        """Merge a payload; append its events."""
        reader = self.reader or self._choose(payload, name)
        try:
            if self.full and reader is not None:
                payload, size = reader.end_of(payload, name), 0
                if payload is None:
                    return False
            if reader is not None and reader.merge(payload, name, events, size):
                if reader.ended:
                    self.terminated(events)
                return True
        except (StreamError, ProviderError) as error:
            if isinstance(error, LimitExceeded) and self._errors == "skip":
                if not self.full:
                    self.full = True
                    self.fault(without_frames(error), events)
                    return self.add(payload, name, events, size)  # its end, and its token counts
            elif isinstance(error, (ProtocolError, ProviderError)) and self._errors != "raise":
                self.fault(without_frames(error), events)
                if reader is not None and reader.ended:
                    self.terminated(events)
            else:
                self.fail(without_frames(error), events)
            return False
        if self._foreign is None or not self._foreign[0]:
            text = self._foreign[1] if self._foreign else quote(safe_repr(payload))
            self._foreign = looks_like(payload, name), text
        events.append(RawEvent(name, payload))
        return False

    def bind(self, payload: Any, name: str) -> Binding | None:
        """Ask the reader how to merge payloads like this one."""
        try:
            return None if self.reader is None or self.full else self.reader.bind(payload, name)
        except RecursionError:  # the merge does not look into every field
            return None

    def fault(self, error: SsembleError, events: list[Any]) -> None:
        """End the stream with an error, or report and skip it."""
        reader = self.reader
        if isinstance(error, InvalidJSON) and reader is not None and reader.complete and not reader.goes_on:
            self._bad_frames += 1  # it can take nothing from a message that has ended
        elif self._errors == "raise":
            self.fail(error, events)
        else:
            if len(self.reported) < MAX_ERRORS:
                self.reported += (fresh_copy(error),)
            events.append(ErrorEvent(error))  # type: ignore[arg-type]  # the kinds that are reported

    def fail(self, error: SsembleError, events: list[Any]) -> None:
        """End the stream with an error."""
        self.error = error
        self.state = State.FAILED
        self.open = False
        self._finish(events)

    def terminated(self, events: list[Any]) -> None:
        """The terminator came: end the message."""
        self.state = State.TERMINATED
        self.open = False
        self._terminated = not self.reported and self.reader is not None and self.reader.done_is_terminator
        self._finish(events)

    def end(self, events: list[Any], doubt: str, last_line: str) -> None:
        """No more payloads: end the message, with an error if it is not complete.

        Args:
            doubt: a line with data after other text, or "".
            last_line: the last unrecognised line, or "".
        """
        ended = self.state is State.TERMINATED and bool(self.reported)
        self._finish(events)
        if self.error is None and (doubt or not self.complete):
            self.error = self._unfinished(ended, doubt, last_line)
        self.state = State.ENDED if self.error is None else State.FAILED
        self.open = False

    def partial_json(self, choice: int) -> PartialJSON:
        """Return the text of a choice as JSON; it is attached to the reader as soon as there is one."""
        partial = self._partials.get(choice)
        if partial is None:
            partial = self._partials.setdefault(choice, partial_json())
            # Whichever of this and `_choose`, in another thread, comes later sees what the other has done.
            if self.reader is not None:
                self.reader.attach_partial(choice, partial)
        return partial

    def completion(self, complete: bool) -> Completion:
        """Return the message so far."""
        if self.reader is None:
            return with_raw(Completion(dialect=self.dialect, complete=complete), {})
        if self._finished:  # the reader does not change any more
            return when_read(Completion, partial(self.reader.completion, complete, final=True))
        return self.reader.completion(complete)

    def _choose(self, payload: object, name: str) -> Reader | None:
        dialect = self.dialect or recognise(payload, name)
        if dialect is not None:
            self.dialect = dialect
            self.reader = reader(dialect, limits=self._limits, n=self._n, cumulative=self._cumulative)
            if self._may_be_body:
                self.reader.expect_body()
            for choice, partial in self._partials.copy().items():
                self.reader.attach_partial(choice, partial)
        return self.reader

    def _finish(self, events: list[Any]) -> None:
        """End the message, once."""
        if not self._finished and self.reader is not None:
            failed = self.error is not None or bool(self.reported)
            error = self.reader.finish(self._terminated, events, failed)
            if error is not None and self.error is None:
                self.error = error
                self.state = State.FAILED
        self._finished = True

    def _unfinished(self, ended: bool, doubt: str, last_line: str) -> StreamError:
        """Make the error of a stream that ended and is not complete."""
        from ._ending import unfinished, unrecognised  # not at the top: most streams are complete

        is_own = self._foreign is None or dialect_of(self._foreign[0]) == self.dialect
        if self.reader is not None and (self.reader.begun or is_own):
            error = unfinished(self.reader.begun, ended, doubt, last_line)
        else:
            error = unrecognised(self._foreign, last_line)
        if self.reported:
            first = self.reported[0]
            error.args = (f"{error.args[0]}; reported before: {quote(str(first))[1:-1]}",)
            error.__cause__ = first
        return error
