"""The fast path through the layers. The results are the same with and without it.

1. *Frames.* At an event boundary, a fragment is split at its blank lines. A frame that is a single
   ``data:`` line with an object goes directly to the JSON decoder.
2. *Templates.* In a frame that matches a template, only the holes are decoded: see `_envelope`.
3. *Bindings.* If the rest of a chunk is the same as before, merging it means appending its texts:
   see `_dialects/_straight`.

Everything else is handed back to the stream, which processes it in the slow path, layer by layer.
The stream does that in its own ``feed``, so that a payload is processed at the same stack depth as
without the fast path.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from json.decoder import JSONDecoder
from typing import Any, Protocol

from ._envelope import PREFIX
from ._events import ErrorEvent, RawEvent, StreamEvent
from ._forms import Form, Forms, decodes_apart
from ._lines import CR, LF
from ._payload_reader import PayloadReader
from ._provider_errors import reported_error
from ._sse import split_frames

OBJECT = PREFIX + b"{"
TERMINATOR = PREFIX + b"[DONE]"
LF_LF, CRLF_CRLF = b"\n\n", b"\r\n\r\n"
PRICE = 4  # chunks that go the plain way for each form learned, since learning one takes as long
NESTED = 100  # brackets that no other closes at once
PASSES = 8
BRACKETS = b"[]{}"
NO_BRACKETS = bytes(set(range(256)) - set(BRACKETS))
UNMERGED = (ErrorEvent, RawEvent)
# What json.loads does, without looking for white space around the text.
scan: Callable[[str, int], tuple[Any, int]] = JSONDecoder().scan_once  # type: ignore[attr-defined]  # not in its stub


class Plain(Protocol):
    """What the fast path needs from the stream."""

    _accumulator: Any

    def _merge(self, payload: Any, events: list[StreamEvent]) -> bool: ...

    def _terminate(self, events: list[StreamEvent]) -> None: ...


class Shortcut:
    """Processes fragments in the fast path where possible. Copies of a stream do not get its forms.

    The stream is an argument of each call, not an attribute: that would be a reference cycle.
    """

    __slots__ = (
        "at_boundary",
        "begun",
        "buffer",
        "bytes",
        "chunks",
        "counted",
        "escapes",
        "events",
        "forms",
        "frames",
        "largest",
        "lines",
        "over",
        "room",
    )

    def __init__(self, chunks: PayloadReader) -> None:
        self.chunks = chunks
        self.events = chunks.events
        self.lines = chunks.events.lines
        self.buffer = self.lines.buffer
        self.escapes = chunks.loads is json.loads
        self.at_boundary = chunks.at_boundary
        self.over = False  # the stream has ended, whatever may still come
        self.largest = self.room = self.events.remaining  # bytes of a line that begins an event; of the line now
        self.frames = self.bytes = 0  # taken here, and not yet counted by the layers
        self.counted = 0  # chunks, when something was handed back
        self.forms = Forms(chunks.loads, self.largest)
        self.begun = False

    @classmethod
    def of(cls, chunks: PayloadReader) -> Shortcut | None:
        """Create one; None for a custom decoder, which may rely on being called for each payload."""
        return cls(chunks) if decodes_apart(chunks.loads) else None

    def feed(self, data: bytes, events: list[StreamEvent], plain: Plain) -> Iterable[bytes]:
        """Process a fragment; append its events.

        Returns:
            The pieces for the slow path; call `passed` after each.
        """
        if self.at_boundary:
            # Most fragments are one event of a form that came before.
            forms = self.forms
            form = forms.next
            texts = form.whole.read(data, self.escapes) if form is not None else None
            if texts is None:
                form, texts = forms.find(data, whole=True)
            size = len(data)
            if size > self.largest:
                return self._split(data, events, plain)
            if form is not None and texts is not None and form.line is not None and form.line.apply(texts, events):
                forms.last = form
                forms.next = forms.known[form.then]
                form.used = True
                self.frames += 1
                self.bytes += size
                return ()
            if data[-2:] == LF_LF and data.find(LF) == size - 2:
                return () if self._take(data[:-2], LF_LF, form, events, plain) else (data,)
            return self._split(data, events, plain)
        if self.buffer and LF not in data and CR not in data and len(self.buffer) + len(data) <= self.room:
            # Inside a line, and still inside it behind these bytes: nothing but its length could matter.
            self.buffer += data
            return ()
        if data and not self.begun:
            self.begun = True
            self.chunks.begins_with(data)
            self.at_boundary = self.chunks.at_boundary
            return self.feed(data, events, plain)
        return self._enter(data, events, plain)

    def passed(self, alive: bool) -> None:
        """Continue after a piece in the slow path; ``alive``: the stream has not ended."""
        if self.chunks.chunk_count != self.counted:
            self.forms.unbind()
        self.at_boundary = alive and self.chunks.at_boundary
        self.room = self.chunks.remaining
        if not alive:
            self._leave()

    def sync(self) -> None:
        """Add the bytes and events that were processed here to the counts of the layers."""
        if self.bytes:
            self.chunks.advance(self.bytes, self.frames)
            self.frames = self.bytes = 0

    def _hand_back(self) -> None:
        """Prepare for a piece in the slow path."""
        self.sync()
        self.counted = self.chunks.chunk_count

    def _enter(self, data: bytes, events: list[StreamEvent], plain: Plain) -> Iterator[bytes]:
        """Find the next event boundary; yield the pieces for the slow path."""
        blank = _blank(data)
        if blank and not self.over and self.chunks.in_first_line:
            self.at_boundary = True
            yield from self._split(self.lines.take_pending() + data, events, plain)
            return
        end = data.find(blank) + len(blank) if blank else len(data)
        self._hand_back()
        yield data[:end]
        if end == len(data):
            return
        if self.at_boundary:
            yield from self._split(data[end:], events, plain)
        else:
            self._hand_back()
            yield data[end:]

    def _split(self, data: bytes, events: list[StreamEvent], plain: Plain) -> Iterator[bytes]:
        blank = LF_LF if CR not in data else _blank(data) or LF_LF
        frames, rest = split_frames(data, blank)
        small = len(data) <= self.largest
        at, count = 0, len(frames)
        refused = 0  # where a run ends that was read, and must be taken one by one
        while at < count:
            if small and at >= refused and self.forms.next is self.forms.last and count - at > 2:
                run, taken = self._take_run(frames, at, blank, events)
                if taken:
                    at += run
                else:
                    refused = at + run
            if at < count and not self._frame(frames[at], blank, events, plain):
                yield frames[at] + blank
            at += 1
            if self.over:  # the layers tell of what stands behind the terminator
                rest = blank.join([*frames[at:], rest])
                break
        if self.at_boundary and rest and LF not in rest and CR not in rest and len(rest) <= self.largest:
            self.events.begin_line(rest)
            self.at_boundary = False
        elif rest:
            self._hand_back()
            yield rest

    def _take_run(self, frames: list[bytes], at: int, blank: bytes, events: list[StreamEvent]) -> tuple[int, bool]:
        """Process the frames from ``at`` on that match the last form; return how many match, and if it was done."""
        form = self.forms.next
        if form is None or form.line is None or form.line.apply_run is None or not self.at_boundary:
            return 0, False
        texts = form.frame.read_run(frames, at, self.escapes)
        if len(texts) < 2 or not form.line.apply_run(texts, events):
            return len(texts), False
        self.forms.last = form
        form.then = form.number
        form.used = True
        self.frames += len(texts)
        self.bytes += sum(map(len, frames[at : at + len(texts)])) + len(blank) * len(texts)
        return len(texts), True

    def _frame(self, frame: bytes, blank: bytes, events: list[StreamEvent], plain: Plain) -> bool:
        """Process a frame; False if it needs the slow path."""
        if not self.at_boundary or len(frame) > self.largest:
            self._hand_back()
            return False
        forms = self.forms
        form = forms.next
        texts = form.frame.read(frame, self.escapes) if form is not None else None
        if texts is None:
            form, texts = forms.find(frame)
        if form is not None and texts is not None:
            forms.last = form
            forms.next = forms.known[form.then]
            if form.line is not None and form.line.apply(texts, events):
                form.used = True
                self.frames += 1
                self.bytes += len(frame) + len(blank)
                return True
        return self._take(frame, blank, form, events, plain)

    def _take(self, frame: bytes, blank: bytes, form: Form | None, events: list[StreamEvent], plain: Plain) -> bool:
        """Decode and merge a frame; ``form`` is its form, if it is known. False if it needs the slow path."""
        if frame.startswith(OBJECT) and LF not in frame and CR not in frame:
            payload = self._decode(frame)
            if type(payload) is dict and reported_error("message", payload) is None:
                self.frames += 1
                self.bytes += len(frame) + len(blank)
                self._merge(frame, blank, payload, form, events, plain)
                return True
        elif frame == TERMINATOR:
            self.chunks.advance(self.bytes + len(frame) + len(blank), self.frames + 1, done=True)
            self.frames = self.bytes = 0
            plain._terminate(events)
            self._leave()
            return True
        elif frame.startswith(b":") and LF not in frame and CR not in frame:
            self.bytes += len(frame) + len(blank)  # a comment, to keep the connection open
            return True
        self._hand_back()
        return False

    def _decode(self, frame: bytes) -> Any:
        """Decode the object of a frame; None if it needs the slow path."""
        if deep(frame):
            return None
        try:
            if not self.escapes:
                return self.chunks.loads(str(frame[len(PREFIX) :], "utf-8", "replace"))
            text = frame.decode()
            payload, end = scan(text, len(PREFIX))
            return payload if end == len(text) else None
        except Exception:  # the plain way tells what is wrong
            return None

    def _merge(
        self,
        frame: bytes,
        blank: bytes,
        payload: dict[str, Any],
        form: Form | None,
        events: list[StreamEvent],
        plain: Plain,
    ) -> None:
        before = len(events)
        if not plain._merge(payload, events):
            self.forms.unbind()
            return self._leave()
        self.forms.credit += 1
        if form is None and self.forms.credit < PRICE:
            if self.forms.bound:
                self.forms.unbind()
            return None
        # What the accumulator has not taken, as a payload of another shape, is never taken for a chunk later.
        unmerged = len(events) > before and type(events[-1]) in UNMERGED
        try:
            known = not unmerged and self.forms.remember(frame, blank, payload, form, plain._accumulator)
        except RecursionError:  # no merge looks at some fields, but who learns does
            known = False
        if not known:
            self.forms.unbind()
        return None

    def _leave(self) -> None:
        """Stop using the fast path: the stream has ended."""
        self.at_boundary = False
        self.over = True
        self.buffer = bytearray()


def deep(frame: bytes) -> bool:
    """True if a frame may be nested so deep that decoding depends on the free stack."""
    if frame.count(b"[") + frame.count(b"{") <= NESTED:
        return False
    brackets = frame.translate(None, NO_BRACKETS)
    for _ in range(PASSES):
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
    return len(brackets) > NESTED


def _blank(data: bytes) -> bytes:
    """Return the kind of blank line in a fragment; b"" for none."""
    if CR not in data:
        return LF_LF if LF in data and LF_LF in data else b""
    return LF_LF if LF_LF in data else CRLF_CRLF if CRLF_CRLF in data else b""
