"""Server-sent events to decoded payloads.

What is certain is put right and counted in ``repairs``; what is not is an error, in its place.
Nothing passes in silence.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Literal

from ._errors import IncompleteStream, InvalidJSON, LimitExceeded, ProviderError, SsembleError, again, excerpt
from ._event import IgnoredLine, ServerSentEvent
from ._events import ErrorEvent, RawEvent
from ._inband import from_value, reported_error
from ._limits import MAX_EVENT_SIZE, bound
from ._lines import BytesLike, as_bytes
from ._movable import Movable
from ._sse import SSEParser
from ._text import Text

Loads = Callable[[str], Any]
Decoded = list[RawEvent | ErrorEvent]

DONE = "[DONE]"
BAD = object()  # stands for "this text is not JSON"; no decoder returns it
SPACES = re.compile(" *")


class ChunkParser(Movable):
    """Parse bytes, cut anywhere, into the JSON payloads of their events.

    Args:
        loads: the JSON decoder: ``json.loads``, ``orjson.loads``, ``msgspec.json.decode``, …
        errors: ``"raise"``: the first error ends the stream. ``"event"``: an `ErrorEvent` stands
            in its place, what is bad is skipped, and the stream goes on.
        max_event_size: bytes of one event, its unfinished line included; None for no limit.
        shortcuts: take whole events the short way; off, only time changes.

    Attributes:
        done: the terminator ``[DONE]`` has come; what follows it is ignored.
        count: payloads decoded so far.
        repairs: what was put right, as codes with counts; empty for a correct stream.

    >>> chunks = ChunkParser()
    >>> chunks.feed(b'data: {"n":'), chunks.feed(b'1}\\n\\ndata: [DONE]\\n\\n'), chunks.done
    ([], [{'n': 1}], True)
    """

    __slots__ = (
        "_body",
        "_closed",
        "_error",
        "_errors",
        "_events",
        "_loads",
        "_max",
        "_sse",
        "count",
        "done",
        "repairs",
        "seen",
    )

    def __init__(
        self,
        loads: Loads = json.loads,
        *,
        errors: Literal["raise", "event"] = "raise",
        max_event_size: int | None = MAX_EVENT_SIZE,
        shortcuts: bool = True,
    ) -> None:
        if errors not in ("raise", "event"):
            raise ValueError(f"errors is {errors!r}: give 'raise' or 'event'")
        self.done = False
        self.count = 0
        self.repairs: dict[str, int] = {}
        self.seen = ""  # the first line that no rule knew, for the error that tells of an empty stream
        self._loads = loads
        self._errors = errors
        self._max = bound("max_event_size", max_event_size)
        self._sse: SSEParser[Any] = SSEParser(max_event_size=max_event_size, ignored=True, shortcuts=shortcuts)
        self._events = 0
        self._body = Body()
        self._error: SsembleError | None = None
        self._closed = False

    def feed(self, data: BytesLike) -> list[Any]:
        """Take a fragment (bytes, any cut) and return the payloads that it completes.

        Returns:
            Decoded JSON (mostly `dict`), and `ErrorEvent` in its place with ``errors="event"``.

        Raises:
            InvalidJSON, ProviderError, LimitExceeded: by the call after the one that returned the
                payloads before the fault, and by every later one.
            TypeError: ``data`` is not bytes.
            RuntimeError: the parser is closed.
        """
        if self._error is not None:
            raise again(self._error)
        return [item.data if type(item) is RawEvent else item for item in self.decode(data)]

    def close(self) -> list[Any]:
        """End the stream and return the payloads that were still waiting for their last line end.

        Many servers forget the last blank line, so an unfinished event is kept if it is whole
        JSON. If the end is at fault and payloads come before the fault, they are returned and the
        next ``close`` raises; else this one does.

        Raises:
            IncompleteStream: the bytes end inside a payload.
            InvalidJSON, ProviderError, LimitExceeded: as `feed`.
        """
        items = self.flush()
        if not items:
            self.check()
        return items

    def flush(self) -> list[Any]:
        """As `close`, but the error is left for `check`."""
        return [item.data if type(item) is RawEvent else item for item in self.finish()]

    def check(self) -> None:
        """Raise the error that ended the stream, if one did."""
        if self._error is not None:
            raise again(self._error)

    @property
    def error(self) -> SsembleError | None:
        """The error that ended the stream, or None."""
        return self._error

    def decode(self, data: BytesLike) -> Iterator[RawEvent | ErrorEvent]:
        """As `feed`, but each payload with its event's name, and the error is left in ``error``.

        Event by event: who stops after one finds that nothing behind it has been looked at.
        """
        if self._closed:
            raise RuntimeError("feed() after close(): make a new parser for a new stream")
        data = as_bytes(data)
        if self._error is None and not self.done:
            for item in self._sse.feed(data):
                items: Decoded = []
                self._take(item, items)
                yield from items
                if self._error is not None or self.done:
                    return
            self._error = self._sse.error

    def finish(self) -> Iterator[RawEvent | ErrorEvent]:
        """As `close`, but each payload with its event's name, and the error is left in ``error``."""
        if self._closed or self._error is not None or self.done:
            self._closed = True
            return
        self._closed = True
        items: Decoded = []
        for item in self._sse.close(flush=True):
            if self._error is None and not self.done:
                self._take_last(item, items)
        if self._error is None and not self.done:
            self._end_body(items, last=True)
        yield from items

    @property
    def between(self) -> bool:
        """True between two events of a stream that goes on."""
        return self._sse.between and self._error is None and not self.done and not self._body

    @property
    def in_first_line(self) -> bool:
        """True inside the first line of an event, with nothing else open."""
        return self._sse.in_first_line and not self._body

    @property
    def sse(self) -> SSEParser[Any]:
        """The layer below."""
        return self._sse

    @property
    def loads(self) -> Loads:
        """The JSON decoder."""
        return self._loads

    def skip(self, size: int, events: int, done: bool = False) -> None:
        """Count whole events, of one payload each, that were read past this parser; the last may be the terminator."""
        self._sse.skip(size, events)
        self._events += events
        self.count += events - done
        self.done = self.done or done

    def _take(self, item: ServerSentEvent | IgnoredLine, items: Decoded) -> None:
        if isinstance(item, ServerSentEvent):
            self._dispatched(item, item.data, items)
        else:
            self._line(item, items)

    def _dispatched(self, source: ServerSentEvent, text: str, items: Decoded) -> None:
        self._end_body(items)
        self._events += 1
        if self._error is None and not self.done:
            self._event(source.event, text, source.offset, items)

    def _take_last(self, item: ServerSentEvent | IgnoredLine, items: Decoded) -> None:
        """Take what only the end of the bytes closed, and keep it if it is whole JSON."""
        if type(item) is not ServerSentEvent or item.event == "error":
            return self._take(item, items)
        whole, last = "", item.data
        first, _, rest = last.partition("\n")
        if rest and self._json(_bare(first)) is not BAD:
            whole, _, last = last.rpartition("\n")
        if self._is_whole(last):
            return self._take(item, items)
        if whole:
            self._dispatched(item, whole, items)
        self._end_body(items)
        half = _bare(last).strip()
        if self._error is None and not (len(half) > 1 and DONE.startswith(half)):  # half a terminator loses nothing
            self._repair("truncated_tail")
            message = f"the stream ends inside an event: {excerpt(item.data)}"
            self._error = IncompleteStream(message, offset=item.offset, event=self._events + 1)

    def _is_whole(self, text: str) -> bool:
        text = _bare(text)
        return text[:1] == ":" or text.strip() in ("", DONE) or self._json(text) is not BAD

    def _event(self, name: str, text: str, offset: int | None, items: Decoded) -> None:
        if text[:1] != "{" and text.strip() == DONE:
            self.done = True
        elif (payload := self._json(text)) is not BAD:
            self._payload(name, payload, items)
        elif name == "error":
            self._fail(from_value(text), items)
        elif not text.strip():
            self._repair("empty_data")  # a keep-alive
        else:
            self._mend(name, text, offset, items)

    def _mend(self, name: str, text: str, offset: int | None, items: Decoded) -> None:
        """Read an event that is not one JSON text, where its meaning is certain."""
        first, _, rest = text.partition("\n")
        if text.startswith(":"):
            self._repair("comment_as_data")  # a proxy wrapped a keep-alive comment
        elif text.startswith("data:"):
            self._repair("doubled_data_prefix")
            self._event(name, _bare(text), offset, items)
        elif rest and (self._json(first) is not BAD or first.strip() == DONE):
            self._repair("missing_blank_line")
            for line in text.split("\n"):
                if not self.done and self._error is None:
                    self._event(name, line, offset, items)
        elif self._json(glued := text.partition("data: ")[2]) is not BAD:
            self._repair("truncated_frame")  # cut off, and the next one written behind it
            self._event(name, glued, offset, items)
        else:
            self._bad_json(text, offset, items)

    def _line(self, item: IgnoredLine, items: Decoded) -> None:
        """Read a line that is no field of an event stream."""
        text = item.text
        if text.startswith("error:"):  # GPUStack, llama-box
            self._end_body(items)
            if self._error is None:
                self._repair("error_field")
                self._event("error", text[6:].strip(), item.offset, items)
        elif self._body:
            self._body.line(text)
            self._check_body()
        elif text.lstrip()[:1] in ("{", "[", "<"):
            payload = self._json(text)
            if payload is BAD:
                self._body = Body(item.offset)
                self._body.line(text)
            else:
                self._repair("bare_json")
                self._payload("message", payload, items, bare=True)
        else:
            self.seen = self.seen or text

    def _check_body(self) -> None:
        if self._body.bytes > self._max:
            where = {"offset": self._body.offset, "event": self._events + 1}
            self._error = LimitExceeded.over("max_event_size", self._max, "bytes", **where)

    def _end_body(self, items: Decoded, last: bool = False) -> None:
        """Read the lines of a body that is no event stream, as one JSON text or one a line."""
        if not self._body:
            return
        text, offset, self._body = self._body.plain()[:-1], self._body.offset, Body()
        payload = self._json(text)
        if payload is not BAD:
            self._repair("bare_json")
            self._payload("message", payload, items, bare=True)
        elif text.lstrip().startswith("<"):
            page = f"the body is a page of HTML, not an event stream: {excerpt(_title(text) or text.strip())}"
            self._fail(ProviderError(page, raw={"message": page, "body": text}), items)
        elif last:
            self._repair("truncated_tail")
            message = f"the body is JSON that ends too early: {excerpt(text)}"
            self._error = IncompleteStream(message, offset=offset, event=self._events + 1)
        else:
            self._bad_json(text, offset, items)

    def _payload(self, name: str, payload: Any, items: Decoded, bare: bool = False) -> None:
        if isinstance(payload, list):
            self._repair("array_of_payloads")
            nothing = [None] if name == "error" else []  # an event of this name is an error whatever its data
            for entry in payload or nothing:
                if self._error is None and not self.done:
                    self._entry(name, entry, items, bare)
        else:
            self._entry(name, payload, items, bare)

    def _entry(self, name: str, payload: Any, items: Decoded, bare: bool) -> None:
        """Take a payload that stands for itself; a list in a list is no list of payloads."""
        if isinstance(payload, dict):
            self._object(name, payload, items, bare)
        elif isinstance(payload, str) and payload == DONE:
            self.done = True
        elif name == "error":
            self._fail(from_value({} if payload is None else payload), items)
        elif payload is None:
            self._repair("null_data")
        else:
            self.count += 1
            items.append(RawEvent(name, payload))

    def _object(self, name: str, payload: dict[str, Any], items: Decoded, bare: bool) -> None:
        error = reported_error(name, payload)
        if error is None and bare and "choices" not in payload and ("message" in payload or "detail" in payload):
            error = from_value(payload)
        if error is None or "choices" in payload:
            self.count += 1
            items.append(RawEvent(name, payload))
        if error is not None:
            self._fail(error, items)

    def _json(self, text: str) -> Any:
        try:
            return self._loads(text)
        except Exception:  # a decoder of the caller's choice raises what it likes
            return BAD

    def _bad_json(self, text: str, offset: int | None, items: Decoded) -> None:
        event = self._events or 1
        error = InvalidJSON(f"the data is not JSON: {excerpt(text)}", offset=offset, event=event)
        try:
            self._loads(text)
        except Exception as cause:  # a decoder of the caller's choice raises what it likes
            error.__cause__ = cause.with_traceback(None)  # which would hold this frame, and that the error
        self._fail(error, items)

    def _fail(self, error: ProviderError | InvalidJSON, items: Decoded) -> None:
        if self._errors == "event":
            items.append(ErrorEvent(error))
        else:
            self._error = error

    def _repair(self, code: str) -> None:
        self.repairs[code] = self.repairs.get(code, 0) + 1


class Body(Text):
    """The lines of a body that is no event stream."""

    __slots__ = ("bytes", "offset")

    def __init__(self, offset: int | None = None) -> None:
        super().__init__()
        self.offset = offset
        self.bytes = 0

    def line(self, text: str) -> None:
        self.add(f"{text}\n")
        self.bytes += len(text.encode()) + 1

    def __bool__(self) -> bool:
        return self.size > 0


def _bare(text: str) -> str:
    """Take off ``data:`` prefixes that a proxy wrote once too often."""
    at = 0
    while text.startswith("data:", at):
        at = SPACES.match(text, at + 5).end()  # type: ignore[union-attr]  # it matches nothing, too
    return text[at:]


def _title(page: str) -> str:
    """Find the title of a page; "" for none. Three searches, since one pattern for it all starts again everywhere."""
    begin = re.search("(?i)<title", page)
    start = page.find(">", begin.end()) + 1 if begin else 0
    end = re.search("(?i)</title", page[start:]) if start else None
    return page[start:][: end.start()].strip() if end else ""
