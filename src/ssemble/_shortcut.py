"""The shortcuts through the layers. Each is invisible: off or on, all that comes out is the same.

1. *Frames.* Between two events, a fragment is split at its blank lines, and a frame that is one
   ``data:`` line holding an object goes straight to the JSON decoder.
2. *Envelopes.* A frame of a form seen before is decoded in its holes only.
3. *The straight line.* A chunk that says again what was said, but for its texts, is merged by
   appending these.

Whatever does not fit goes the plain way, through every layer.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from json.decoder import JSONDecoder
from types import BuiltinFunctionType
from typing import Any, Protocol

from ._chunks import ChunkParser
from ._dialects._straight import Straight, holes_of, straight_line
from ._dialects.openai_chat import ChatCompletionAccumulator
from ._envelope import PREFIX, Envelope, Hole, learn
from ._events import ErrorEvent, StreamEvent
from ._inband import reported_error
from ._lines import CR, LF
from ._sse import split_frames

OBJECT = PREFIX + b"{"
TERMINATOR = PREFIX + b"[DONE]"
LF_LF, CRLF_CRLF = b"\n\n", b"\r\n\r\n"
MOST_FORMS = 64
LONGEST_FORM = 64 * 1024  # bytes; what repeats is short, and all forms are kept
FRUITLESS = 8  # forms learned in a row that no later frame had
PRICE = 4  # chunks that go the plain way for each form learned, since learning one takes as long
# What json.loads does, without looking for white space around the text.
scan: Callable[[str, int], tuple[Any, int]] = JSONDecoder().scan_once  # type: ignore[attr-defined]  # not in its stub


class Plain(Protocol):
    """The plain way, which a shortcut falls back to."""

    @property
    def accumulator(self) -> Any: ...

    def plainly(self, data: bytes, events: list[StreamEvent]) -> bool: ...

    def merge(self, payload: Any, events: list[StreamEvent]) -> bool: ...

    def terminate(self, events: list[StreamEvent]) -> None: ...


class Form:
    """A form of frame, and where its texts go; ``line`` is None while that is not certain."""

    __slots__ = ("frame", "holes", "line", "order", "then", "used", "whole")

    def __init__(self, frame: Envelope, whole: Envelope, holes: list[Hole], order: list[int]) -> None:
        self.frame = frame  # without its blank line
        self.whole = whole  # with it
        self.holes = holes
        self.order = order
        self.line: Straight | None = None
        self.used = False
        self.then = self  # the form that followed it last, as where choices take turns


class Shortcut:
    """Takes fragments the short way where it can. What it has learned moves with no copy."""

    __slots__ = (
        "begun",
        "between",
        "bound",
        "buffer",
        "bytes",
        "chunks",
        "credit",
        "escapes",
        "first",
        "forms",
        "frames",
        "fruitless",
        "largest",
        "last",
        "lines",
        "loads",
        "next",
        "plain",
        "room",
        "sse",
        "told",
        "top",
    )

    def __init__(self, plain: Plain, chunks: ChunkParser, told: bool = True) -> None:
        self.plain = plain
        self.chunks = chunks
        self.sse = chunks.sse
        self.lines = chunks.sse.lines
        self.buffer = self.lines.buffer
        self.loads = decoder(chunks.loads)
        self.escapes = chunks.loads is json.loads
        self.between = chunks.between
        self.largest = self.room = self.sse.room  # bytes of a line that begins an event; of the line now
        self.frames = self.bytes = 0  # taken here, and not yet counted by the layers
        self.forms: dict[int, dict[bytes, list[Form]]] = {}  # by the length of their head, and by it
        self.last: Form | None = None
        self.next: Form | None = None  # what followed the last one, when it came before
        self.bound: dict[int, Form] = {}  # by choice
        self.top: list[Any] | None = None
        self.told = told
        self.fruitless = 0
        self.credit = 0  # chunks gone the plain way, which learning has not used up
        self.begun = False
        self.first: dict[str, Any] = {}  # id and created of the first form: some servers change them

    def feed(self, data: bytes, events: list[StreamEvent]) -> None:
        """Take a fragment; append what is new."""
        if self.between:
            # Most fragments are one event of a form that came before.
            form = self.next
            texts = form.whole.read(data, self.escapes) if form is not None else None
            if texts is None:
                form, texts = self._find(data, whole=True)
            size = len(data)
            if size > self.largest:
                self._split(data, events)
            elif form is not None and texts is not None and form.line is not None and form.line.apply(texts, events):
                self.last = form
                self.next = form.then
                form.used = True
                self.frames += 1
                self.bytes += size
            elif data[-2:] == LF_LF and data.find(LF) == size - 2:
                self._take(data[:-2], LF_LF, form, events)
            else:
                self._split(data, events)
        elif self.buffer and LF not in data and CR not in data and len(self.buffer) + len(data) <= self.room:
            # Inside a line, and still inside it behind these bytes: nothing but its length could matter.
            self.buffer += data
        elif data and not self.begun:
            self.begun = True
            self.chunks.begins_with(data)
            self.between = self.chunks.between
            self.feed(data, events)
        else:
            self._enter(data, events)

    def sync(self) -> None:
        """Let the layers count what passed them by."""
        if self.bytes:
            self.chunks.skip(self.bytes, self.frames)
            self.frames = self.bytes = 0

    def _enter(self, data: bytes, events: list[StreamEvent]) -> None:
        """Come to the next place between two events."""
        blank = _blank(data)
        if not blank:
            self._plainly(data, events)
        elif self.chunks.in_first_line:
            self.between = True
            self._split(self.lines.take_pending() + data, events)
        else:
            end = data.find(blank) + len(blank)
            alive = self._plainly(data[:end], events)
            if end < len(data):
                if alive and self.between:
                    self._split(data[end:], events)
                else:
                    self._plainly(data[end:], events)

    def _split(self, data: bytes, events: list[StreamEvent]) -> None:
        blank = LF_LF if CR not in data else _blank(data) or LF_LF
        frames, rest = split_frames(data, blank)
        small = len(data) <= self.largest
        at, count = 0, len(frames)
        refused = 0  # where a run ends that was read, and must be taken one by one
        while at < count:
            if small and at >= refused and self.next is self.last and count - at > 2:
                run, taken = self._take_run(frames, at, blank, events)
                if taken:
                    at += run
                else:
                    refused = at + run
            if at < count and not self._frame(frames[at], blank, events):
                # After the terminator the plain way tells of what follows; after an error it does nothing.
                self._plainly(blank.join([*frames[at + 1 :], rest]), events)
                return
            at += 1
        if self.between and rest and LF not in rest and CR not in rest and len(rest) <= self.largest:
            self.sse.begin_line(rest)
            self.between = False
        elif rest:
            self._plainly(rest, events)

    def _take_run(self, frames: list[bytes], at: int, blank: bytes, events: list[StreamEvent]) -> tuple[int, bool]:
        """Take the frames of the last form from ``at`` on, all at once; return how many, and if they were."""
        form = self.next
        if form is None or form.line is None or form.line.apply_run is None or not self.between:
            return 0, False
        texts = form.frame.read_run(frames, at, self.escapes)
        if len(texts) < 2 or not form.line.apply_run(texts, events):
            return len(texts), False
        self.last = form.then = form
        form.used = True
        self.frames += len(texts)
        self.bytes += sum(map(len, frames[at : at + len(texts)])) + len(blank) * len(texts)
        return len(texts), True

    def _frame(self, frame: bytes, blank: bytes, events: list[StreamEvent]) -> bool:
        """Take a frame; True if the stream goes on."""
        if not self.between or len(frame) > self.largest:
            return self._plainly(frame + blank, events)
        form = self.next
        texts = form.frame.read(frame, self.escapes) if form is not None else None
        if texts is None:
            form, texts = self._find(frame)
        if form is not None and texts is not None:
            self.last = form
            self.next = form.then
            if form.line is not None and form.line.apply(texts, events):
                form.used = True
                self.frames += 1
                self.bytes += len(frame) + len(blank)
                return True
        return self._take(frame, blank, form, events)

    def _take(self, frame: bytes, blank: bytes, form: Form | None, events: list[StreamEvent]) -> bool:
        """Take a frame through the decoder; ``form`` is its form, if it is a known one."""
        if frame.startswith(OBJECT) and LF not in frame and CR not in frame:
            payload = self._decode(frame)
            if type(payload) is dict and reported_error("message", payload) is None:
                self.frames += 1
                self.bytes += len(frame) + len(blank)
                return self._merge(frame, blank, payload, form, events)
        elif frame == TERMINATOR:
            self.chunks.skip(self.bytes + len(frame) + len(blank), self.frames + 1, done=True)
            self.frames = self.bytes = 0
            self.plain.terminate(events)
            self._leave()
            return False
        elif frame.startswith(b":") and LF not in frame and CR not in frame:
            self.bytes += len(frame) + len(blank)  # a comment, to keep the connection open
            return True
        return self._plainly(frame + blank, events)

    def _find(self, frame: bytes, whole: bool = False) -> tuple[Form | None, list[str] | None]:
        for size, heads in self.forms.items():
            for form in heads.get(frame[:size], ()):
                texts = (form.whole if whole else form.frame).read(frame, self.escapes)
                if texts is not None:
                    before = self.last or form
                    before.then = form
                    return form, texts
        return None, None

    def _decode(self, frame: bytes) -> Any:
        """Decode a frame's object; anything else leaves it to the plain way."""
        try:
            if not self.escapes:
                return self.chunks.loads(str(frame[len(PREFIX) :], "utf-8", "replace"))
            text = frame.decode()
            payload, end = scan(text, len(PREFIX))
            return payload if end == len(text) else None
        except Exception:  # the plain way tells what is wrong
            return None

    def _merge(
        self, frame: bytes, blank: bytes, payload: dict[str, Any], form: Form | None, events: list[StreamEvent]
    ) -> bool:
        if not self.plain.merge(payload, events):
            self.unbind()
            return False
        self.credit += 1
        if form is None and self.credit < PRICE:
            if self.bound:
                self.unbind()
            return True
        faulty = bool(events) and type(events[-1]) is ErrorEvent
        try:
            known = not faulty and self._remember(frame, blank, payload, form)
        except RecursionError:  # in fields that no merge looks at, nesting is bounded by the decoder alone
            known = False
        if not known:
            self.unbind()
        return True

    def _remember(self, frame: bytes, blank: bytes, payload: dict[str, Any], form: Form | None) -> bool:
        """Bind a payload that has just been merged, and learn its form if that is new; True if it was bound."""
        holes = holes_of(payload, self.first) if self.loads is not None else None
        chat = self.plain.accumulator
        if holes is None or not isinstance(chat, ChatCompletionAccumulator):
            return False
        if form is None:
            form = self._learn(frame, blank, payload, holes)
        line = straight_line(chat, payload, form.holes, form.order, self.told) if form is not None else None
        if line is None or form is None:
            return False
        if line.top != self.top:
            self.unbind()
            self.top = line.top
        self._bind(line, form)
        return True

    def _learn(self, frame: bytes, blank: bytes, payload: dict[str, Any], holes: list[Hole]) -> Form | None:
        if self.fruitless >= FRUITLESS or self.loads is None or len(frame) > LONGEST_FORM:
            return None
        if not self.first:
            self.first = {"id": payload.get("id"), "created": payload.get("created")}
        self.credit = 0
        self.fruitless += 1
        learned = learn(frame, payload, holes, self.loads)
        if learned is None:
            return None
        envelope, order = learned
        known = self.forms.get(envelope.start, {}).get(envelope.head, [])
        if any(other.used for other in known):
            self.fruitless = 0
        if any(other.frame.literals == envelope.literals for other in known):
            return None  # the form is known, but not with such a text
        form = Form(envelope, envelope.followed_by(blank), holes, order)
        if sum(len(known) for heads in self.forms.values() for known in heads.values()) >= MOST_FORMS:
            # Each form leads to the next, so that one that is kept would keep all that followed.
            self.forms.clear()
            self.unbind()
            self.last = None
        self.forms.setdefault(envelope.start, {}).setdefault(envelope.head, []).append(form)
        before = self.last or form
        before.then = self.last = self.next = form
        return form

    def _bind(self, line: Straight, form: Form) -> None:
        before = self.bound.get(line.choice)
        if before is not None:
            before.line = None
        form.line = line
        self.bound[line.choice] = form

    def unbind(self) -> None:
        """Send the next chunk of every form the plain way, from which its straight line is found again."""
        for form in self.bound.values():
            form.line = None
            if form.used:
                self.fruitless = 0
        self.bound.clear()
        self.top = None

    def _plainly(self, data: bytes, events: list[StreamEvent]) -> bool:
        self.sync()
        before = self.chunks.count
        alive = self.plain.plainly(data, events)
        if self.chunks.count != before:
            self.unbind()
        self.between = alive and self.chunks.between
        self.room = self.chunks.room
        if not alive:
            self._leave()
        return alive

    def _leave(self) -> None:
        """The stream is over: nothing goes this way any more."""
        self.between = False
        self.buffer = bytearray()


def decoder(loads: Callable[[str], Any]) -> Callable[[str], Any] | None:
    """Return a decoder whose strings are known to be decoded one by one; None for one of the caller's own."""
    if loads is json.loads:
        return loads
    # Whatever wraps one of these, by functools.wraps or lru_cache, says that it is of its module.
    module = (getattr(loads, "__module__", None) or "").partition(".")[0]
    return loads if module in ("orjson", "msgspec") and isinstance(loads, BuiltinFunctionType) else None


def _blank(data: bytes) -> bytes:
    """Tell which blank line a fragment has; b"" for none."""
    if CR not in data:
        return LF_LF if LF in data and LF_LF in data else b""
    return LF_LF if LF_LF in data else CRLF_CRLF if CRLF_CRLF in data else b""
