"""Fragments to payloads: the room between the framing and the dialects.

A frame goes one of three ways:

1. It matches a template (see `templates`): the values in its slots go where the template is bound.
   At a frame boundary, a fragment that is the expected template and its blank line is read at once.
2. It is a raw frame of one JSON object: it is decoded, and handed to the sink. After that its template
   may be learned.
3. Anything else is read by the framing, line by line, and goes through the repairs of `Items`.

The results are the same on all three ways; without templates, only the first is missing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .._framing.base import HEAD, Framing, Item, Run
from .._framing.detect import Beginning, make
from .._framing.lines import CR, LF, BytesLike, as_bytes
from .._framing.sse import CRLF_CRLF, LF_LF, SSEFraming
from .._limits import Limits, limit_or_max
from .._pickling import Picklable
from .decoder import Decoder, Loads
from .items import Items
from .json_texts import DONE
from .learned import Templates
from .nesting import MAY_NEST, NESTED, is_deep
from .server_errors import Known, nobody, reported_error
from .templates import WINDOW, Template, decodes_apart, scan_once

if TYPE_CHECKING:
    from .sink import Sink

USUAL_BEGINNINGS = (b"data: {", b"event: ")
TOO_LATE = "feed() after end(): make a new parser for a new stream"
TERMINATOR = DONE.encode()


class PayloadParser(Picklable):
    """Turns fragments into payloads, and hands them to a sink.

    Args:
        loads: the JSON decoder.
        known: tells the wire shape of a payload and the name of its event; "" if it has none that is known.
        framing: name of the framing; None tells it from the first bytes.
        limits: ``max_event_size`` bounds the bytes of one frame; the sum of it and ``max_message_size``
            bounds the templates.
        templates: use templates. The results are the same without them.
        too_late: what the error for bytes after `end` says.
    """

    __slots__ = (
        "_beginning", "_begun", "_bytes", "_decoder", "_ended", "_frames", "_framing", "_items", "_limit", "_limits",
        "_loads", "_ready", "_templates", "_too_late",
        "framing",
    )  # fmt: skip

    def __init__(
        self,
        loads: Loads,
        known: Known = nobody,
        *,
        framing: str | None = None,
        limits: Limits = Limits(),
        templates: bool = True,
        too_late: str = TOO_LATE,
    ) -> None:
        self._too_late = too_late
        self._loads = loads
        self._limits = limits
        self._limit = limit_or_max(limits.max_event_size)
        self.framing = framing  # its name; None before it is known
        self._framing: Framing = SSEFraming(limits=limits, unknown=True)  # most streams are event streams
        self._begun = False  # the framing is known
        self._beginning: Beginning | None = None  # the first bytes, if they do not tell it at once
        self._decoder = Decoder(loads, known)
        self._items = Items(self._decoder, self._limit)
        # A custom decoder may rely on being called for each payload.
        self._templates = Templates(loads, self._max_bytes, templates and decodes_apart(loads))
        self._ready = False  # at a frame boundary, with nothing else open
        self._frames = self._bytes = 0  # of raw frames that the layers have not counted yet
        self._ended = False

    @property
    def _max_bytes(self) -> int:
        """Bytes of all templates."""
        return self._limit + limit_or_max(self._limits.max_message_size)

    def __getstate__(self) -> tuple[int, dict[str, Any]]:
        # A copy learns its own templates: bindings belong to the message that they write to.
        version, fields = super().__getstate__()
        return version, {**fields, "_templates": self._templates.learns}

    def __setstate__(self, state: tuple[int, dict[str, Any]]) -> None:
        super().__setstate__(state)
        self._templates = Templates(self._loads, self._max_bytes, bool(self._templates))

    def decode_all(self) -> None:
        """Decode every payload from now on, whether a template matches or not."""
        self._templates = Templates(self._loads, self._max_bytes, False)

    @property
    def count(self) -> int:
        """Payloads so far."""
        return self._decoder.count + self._frames

    @property
    def done(self) -> bool:
        """True if the terminator came."""
        return self._decoder.done

    @property
    def repairs(self) -> dict[str, int]:
        """Codes of the repairs, with counts."""
        return self._decoder.repairs

    @property
    def last_line(self) -> str:
        """The last line that no rule knew; "" if there was none."""
        return self._items.last_line

    @property
    def doubt(self) -> str:
        """The first line that had data after other text; "" if there was none."""
        return self._items.doubt

    def feed(self, data: BytesLike, events: list[Any], sink: Sink) -> None:
        """Take a fragment, and hand what it completes to the sink.

        Raises:
            TypeError: ``data`` is not bytes.
            RuntimeError: after `end`.
        """
        if type(data) is not bytes:
            data = as_bytes(data)
        if self._ready or (not self._begun and self._begins(data, sink)):
            # Most fragments are one frame, and most frames have a template that came before.
            expected = self._templates.next
            if expected is None:
                values = None
            else:
                values, size = expected.read(data), len(data)
                if values is not None and size <= self._limit and expected.binding.apply(values, events):
                    expected.used = True
                    self._frames += 1
                    self._bytes += size
                    if expected.turns:
                        self._templates.matched(expected)
                    return
            blank = self._framing.blank
            if blank == LF_LF and data.endswith(CRLF_CRLF):
                blank = CRLF_CRLF
            end = len(data) - len(blank)
            # Most frames are one line, and one byte is found faster than two.
            if data.endswith(blank) and (data.find(LF) == end or data.find(blank) == end):
                if self._frame(data[:end], blank, events, sink, expected, values):
                    self._ready = sink.open
                    return
        elif len(rest := self._framing.rest) > HEAD and LF not in data and CR not in data:
            # Inside an unfinished frame, and still inside it after these bytes: only its size matters.
            if len(rest) + len(data) <= self._limit:
                rest += data
                return
        self._fragment(data, events, sink)

    def _begins(self, data: bytes, sink: Sink) -> bool:
        """True if these bytes begin an event stream for certain; others are looked at by `Beginning`."""
        if self._ended or self._beginning is not None or self.framing not in (None, "sse") or not sink.open:
            return False
        if data.startswith(USUAL_BEGINNINGS):
            self._begun, self.framing = True, "sse"
            assert isinstance(self._framing, SSEFraming)
            self._framing.begin(data)
            self._ready = True
        return self._ready

    def end(self, events: list[Any], sink: Sink) -> None:
        """No more bytes: hand over the payloads that were waiting for their last line end."""
        if self._ended:
            return
        self._ended = True
        self._ready = False
        if self._framing.at_boundary and not self._items.has_lines:
            return  # nothing was waiting
        self._count()
        if sink.error is None:
            self._finish(events, sink)

    def _count(self) -> None:
        """Let the layers count the raw frames that were taken without them."""
        if self._bytes:
            self._framing.advance(self._bytes, self._frames)
            self._decoder.advance(self._frames)
            self._frames = self._bytes = 0

    def _fragment(self, data: bytes, events: list[Any], sink: Sink) -> None:
        """Take a fragment that is not one frame of the expected template."""
        if self._ended:
            raise RuntimeError(self._too_late)
        if not self._begun and sink.open:
            self._beginning = self._beginning or Beginning(self.framing, self._limits)
            data = self._begin(self._beginning, self._beginning.feed(data), events, sink)
        self._count()
        if sink.error is None and self._framing.error is None:
            self._read(data, events, sink)
            self._ready = self._framing.at_boundary and self._is_between(sink)

    def _begin(self, beginning: Beginning, data: bytes | None, events: list[Any], sink: Sink) -> bytes:
        """Choose the framing, if the first bytes tell it; return the bytes to be read."""
        if beginning.error is not None:
            sink.fail(beginning.error, events)
        if data is None or beginning.name is None:
            return b""
        self._begun, self._beginning, self.framing = True, None, beginning.name
        if beginning.name != "sse":
            self._framing = make(beginning.name, self._limits)
            self._framing.advance(beginning.skipped, 0)
            sink.framed(beginning.name)
        return data

    def _read(self, data: bytes, events: list[Any], sink: Sink) -> None:
        """Let the framing read bytes, and take what it hands out."""
        # Items are taken here, so that their JSON is decoded at the same depth of the stack however it was split.
        for part in self._framing.feed(data):
            for item in self._run(part, events, sink) if isinstance(part, Run) else (part,):
                self._items.take(item, self._framing.bare, events, sink)
            if sink.error is not None:
                break
        self._fail_with_framing(events, sink)

    def _finish(self, events: list[Any], sink: Sink) -> None:
        """Take what was waiting for the end."""
        if self._beginning is not None:
            if data := self._begin(self._beginning, self._beginning.end(), events, sink):
                self._read(data, events, sink)
        for item in self._framing.end(flush=True):
            self._items.take(item, self._framing.bare, events, sink, last=True)
        self._fail_with_framing(events, sink)
        if sink.error is None:
            self._items.finish(events, sink)

    def _is_between(self, sink: Sink) -> bool:
        """True if the next frame has nothing to do with what came before."""
        return sink.open and self._begun and not self._items.open

    def _fail_with_framing(self, events: list[Any], sink: Sink) -> None:
        if sink.open and (error := self._framing.error) is not None:
            sink.fail(error, events)

    def _run(self, run: Run, events: list[Any], sink: Sink) -> Iterator[Item]:
        """Take raw frames that follow each other; give the items of those that the framing must read."""
        frames, blank = run
        at, count = 0, len(frames)
        window, refused = WINDOW, 0  # frames before `refused` are taken one by one
        apart = self._is_between(sink)
        while at < count and sink.error is None:
            if apart and at >= refused and count - at > 2:
                if taken := self._batch(frames[at : at + window], blank, events):
                    at += taken
                    window *= 2
                    continue
                refused = at + window
                window = WINDOW
            frame = frames[at]
            at += 1
            if not (apart and self._frame(frame, blank, events, sink)):
                self._count()
                yield from self._framing.read(frame + blank)
                if self._framing.error is not None:
                    break
                apart = self._is_between(sink)
            apart = apart and sink.open
        self._count()

    def _batch(self, frames: list[bytes], blank: bytes, events: list[Any]) -> int:
        """Take several frames of one template at once; return how many were taken: all, or 0."""
        template = self._templates.next
        if template is None or template is not self._templates.last:
            return 0
        joined = b"".join(frames)
        if len(joined) > self._limit and len(max(frames, key=len)) > self._limit:
            return 0
        rows = template.read_run(frames, joined)
        if not rows or not template.binding.apply_run(rows, events):
            return 0
        template.used = True
        template.lead_to(template)
        self._frames += len(frames)
        self._bytes += len(joined) + len(blank) * len(frames)
        return len(frames)

    def _frame(
        self,
        frame: bytes,
        blank: bytes,
        events: list[Any],
        sink: Sink,
        tried: Template | None = None,
        values: Any = None,
    ) -> bool:
        """Take a raw frame; False if the framing must read it.

        Args:
            tried: the template that was expected, if it was compared already.
            values: what it read; its binding did not take them.
        """
        size = len(frame) + len(blank)
        if size > self._limit:
            return False
        templates, template = self._templates, tried
        if template is not None and values is not None:
            templates.matched(template)
        elif templates.known:
            template, values = templates.match(frame, None if template is None or template.blank != blank else template)
            if template is not None and template.binding.apply(values, events):
                template.used = True
                self._frames += 1
                self._bytes += size
                return True
        found = self._framing.text_in(frame)
        if found is None:
            if not frame.startswith(b":") or LF in frame or CR in frame:
                return False
            self._bytes += size  # a comment, to keep the connection open
            return True
        name, start = found
        if frame.endswith(TERMINATOR) and len(frame) == start + len(TERMINATOR):
            self._terminate(size, events, sink)
            return True
        payload = self._decoded(frame, start)
        if payload is None:
            return False
        if reported_error(name, payload, self._framing.bare, self._decoder.known) is not None:
            return False
        self._frames += 1
        self._bytes += size
        merged = sink.add(payload, name, events, len(frame) - start)
        if not sink.open:
            self._decoder.done = sink.error is None  # the payload was the terminator
        elif merged and (template is not None or templates.due(frame)):
            templates.merged(frame, start, blank, payload, template, sink.bind(payload, name))
        return True

    def _decoded(self, frame: bytes, start: int) -> dict[str, Any] | None:
        """Decode the JSON object of a raw frame; None for anything else: the repairs tell what is wrong with it."""
        # The first test of `is_deep`, without the call.
        if len(frame) > MAY_NEST and frame.count(b"[") + frame.count(b"{") > NESTED and is_deep(frame):
            return None
        try:
            if self._loads is json.loads:
                text = frame.decode()
                payload, end = scan_once(text, start)
                if end != len(text):
                    return None
            else:
                payload = self._loads(str(frame[start:], "utf-8", "replace"))
        except Exception:
            return None
        return payload if type(payload) is dict else None

    def _terminate(self, size: int, events: list[Any], sink: Sink) -> None:
        """Take the frame of the terminator."""
        self._count()
        self._framing.advance(size, 1)
        self._decoder.begin()
        self._decoder.done = True
        sink.terminated(events)
