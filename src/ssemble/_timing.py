"""When the bytes and the content of a stream came."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any

from ._model.events import ReasoningDelta, RefusalDelta, StreamEvent, TextDelta, ToolCallDelta, ToolCallStart
from ._pickling import Picklable

CONTENT = frozenset((TextDelta, ToolCallDelta, ReasoningDelta, ToolCallStart, RefusalDelta))


class Timing(Picklable):
    """Notes times; all are seconds since the start, and None for what did not happen.

    Content is text, reasoning, refusals and tool calls. Heartbeats, usage and the like are not.

    Args:
        start: the time when the request was sent; None takes that of the first fragment.

    Attributes:
        fragments: fragments with bytes, or chunks, so far.
        first_byte: the first fragment came.
        first_content: the first content came.
        longest_gap_in: what was open in the longest gap, such as ``"text"`` or ``"call 0 get_weather"``.

    >>> timing = Timing(start=10.0)
    >>> for at in (10.5, 11.0, 14.0):
    ...     timing.note(at, [TextDelta("Hi")])
    >>> timing.first_content, timing.longest_gap, timing.longest_gap_in
    (0.5, 3.0, 'text')
    """

    __slots__ = (
        "_at", "_content_at", "_gap", "_kind", "_latest", "_names", "_start", "first_byte", "first_content",
        "fragments", "longest_gap_in",
    )  # fmt: skip

    def __init__(self, start: float | None = None) -> None:
        self._start = start
        self._at: float | None = None  # when the last fragment came, or the stream ended
        self._content_at = -inf  # when the last content came: -inf before the first fragment, then inf
        self._gap = -inf
        self._latest: Any = None  # the last content
        self._kind: type | None = None  # its class
        self._names: dict[tuple[int, int], str] = {}  # of the calls
        self.fragments = 0
        self.first_byte: float | None = None
        self.first_content: float | None = None
        self.longest_gap_in: str | None = None

    def __repr__(self) -> str:
        names = ("first_byte", "first_content", "last_content", "longest_gap", "longest_gap_in", "duration")
        return f"<Timing {', '.join(f'{name}={getattr(self, name)!r}' for name in names)}>"

    @property
    def last_content(self) -> float | None:
        """The last content came."""
        return None if self._latest is None or self._start is None else self._content_at - self._start

    @property
    def duration(self) -> float | None:
        """The last fragment came, or the stream ended."""
        return None if self._at is None or self._start is None else self._at - self._start

    @property
    def longest_gap(self) -> float | None:
        """The longest time after content without more of it, up to the end."""
        return None if self.longest_gap_in is None else self._gap

    def note(self, at: float, events: Sequence[StreamEvent]) -> None:
        """A fragment with bytes came.

        Args:
            at: when, on the clock of ``start``.
            events: the events that it completed.
        """
        # This runs for each fragment, and most have one event: the usual case comes first, and is one comparison.
        self.fragments += 1
        self._at = at
        if at - self._content_at > self._gap:
            self._longer(at)
        for event in events:
            kind = type(event)
            if kind is self._kind:
                self._latest = event
                self._content_at = at
            elif kind in CONTENT:
                self._other(at, event)

    def end(self, at: float) -> None:
        """The stream ended; see `note`."""
        self._at = at
        if at - self._content_at > self._gap:
            self._longer(at)

    def _other(self, at: float, event: Any) -> None:
        """Content came of another kind than the last one."""
        if self._latest is None:
            self.first_content = at - (self._start or 0)
        self._latest = event
        self._content_at = at
        if type(event) is ToolCallStart:
            self._kind = None  # the name of each is wanted
            self._names[event.choice, event.index] = event.name
        else:
            self._kind = type(event)

    def _longer(self, at: float) -> None:
        """Begin, or measure a gap that is longer than those before."""
        if self._latest is not None:
            self._gap, self.longest_gap_in = at - self._content_at, self._place(self._latest)
            return
        if self._start is None:
            self._start = at
        if self.fragments:
            self.first_byte = at - self._start
        self._content_at = inf

    def _place(self, event: Any) -> str:
        """Say what an event belongs to."""
        if isinstance(event, (ToolCallStart, ToolCallDelta)):
            place = f"call {event.index} {self._names.get((event.choice, event.index), '')}".rstrip()
        else:
            place = event.type.removesuffix(".delta")
        return f"{place} of choice {event.choice}" if event.choice else place
