"""Decodes the data of an event into payloads and the errors that they report.

Unambiguous defects are repaired and counted in ``repairs``; everything else is reported as an error,
in stream order.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable
from typing import Any

from .._errors import DECODER_BUGS, IncompleteStream, InvalidJSON, ProviderError, SsembleError, quote, without_frames
from .._framing.base import JSONText
from .._model.events import ErrorEvent, RawEvent
from .._pickling import Picklable
from .json_texts import DATA, DONE, split, taken, without_prefixes
from .server_errors import Known, from_value, is_error_name, is_merged, nobody, reported_error, unescaped_error

Loads = Callable[[str], Any]
"""A JSON decoder: ``json.loads``, ``orjson.loads``, ``msgspec.json.decode``, or a function of yours.

>>> import json
>>> from decimal import Decimal
>>> from functools import partial
>>> exact: Loads = partial(json.loads, parse_float=Decimal)
>>> list(iter_chunks(b'data: {"p": 0.1}\\n\\n', loads=exact))
[{'p': Decimal('0.1')}]
"""
Decoded = list[RawEvent | ErrorEvent]

LONE_SURROGATE = r"(?i)\\ud[89a-f]"  # also matches a pair, which every decoder accepts
MAY_HOLD_JSON = r"\s*(?:[{\[]|data:)"
BAD = object()  # means "this text is not JSON"; no decoder returns it


class Decoder(Picklable):
    """Decodes texts with the user's decoder, and repairs what is not JSON.

    Args:
        loads: the user's decoder.
        known: tells the wire shape of a payload and the name of its event; "" if it has none that is known.

    Attributes:
        known: as given.
        bad: a text in the current event was already reported as not JSON.
        error: the error that ended the stream, or None.
        done: the terminator arrived.
        count: number of payloads so far.
        events: number of events so far, for error messages.
        repairs: codes of the repairs, with counts.
        typed: as the sink's.
    """

    __slots__ = ("_loads", "bad", "count", "done", "error", "events", "known", "repairs", "typed")

    def __init__(self, loads: Loads, known: Known = nobody) -> None:
        self._loads = loads
        self.known = known
        self.bad = False
        self.error: SsembleError | None = None
        self.done = False
        self.count = 0
        self.events = 0
        self.repairs: dict[str, int] = {}
        self.typed = False

    def begin(self) -> None:
        """Begin another event."""
        self.events += 1
        self.bad = False

    def advance(self, events: int) -> None:
        """Count events of one payload each that were decoded elsewhere."""
        self.count += events
        self.events += events

    @property
    def over(self) -> bool:
        """True after the terminator or an error: later data is ignored."""
        return self.done or self.error is not None

    def event(self, name: str, text: str, offset: int | None, items: Decoded, last: bool = False) -> None:
        """Process the data of an event. The ``last`` one may be truncated by the end of the bytes."""
        if text[:1] != "{" and text.strip() == DONE:
            self.done = True
        elif (payload := self.json(text)) is not BAD:
            self.payload(name, payload, items)
        elif is_error_name(name):
            self.fail(from_value(text, event=name), items)
        elif not text.strip():
            self.repair("empty_data")  # a keep-alive
        elif (error := unescaped_error(text)) is not None:
            self.repair("unescaped_error")
            self.fail(error, items)
        elif text.startswith(":"):
            self.repair("comment_as_data")  # a proxy wrapped a keep-alive comment in data:
        elif text.startswith(DATA):
            self.repair("doubled_data_prefix")  # a proxy added a second one
            self.event(name, without_prefixes(text), offset, items, last)
        elif self._is_whole(text.partition("\n")[0]):
            self._lines(name, text.split("\n"), offset, items, last)
        elif name != "message" and not re.match(MAY_HOLD_JSON, text) and not self._is_own(name):
            # Such as a ping with a time: only the data of messages, and of events that merge, must be JSON.
            self.count += 1
            items.append(RawEvent(name, text))
        else:
            self._mend(name, text, offset, items, last)

    def text(self, item: JSONText, items: Decoded, bare: bool, last: bool = False) -> None:
        """Process a frame that must be one JSON text. The ``last`` one may be truncated by the end of the bytes."""
        text, name = item.data, item.name
        payload = DONE if text.strip() == DONE else self.json(text)
        if payload is BAD and last and _is_cut(text):
            message = f"the stream ends inside a JSON text: {quote(text)}"
            self.error = IncompleteStream(message, offset=item.offset, event=self.events)
        elif payload is BAD:
            self.bad_json(text, item.offset, items)
        elif payload == DONE:
            self.done = True
        elif item.member is not None:
            self._object(name, {item.member: payload}, items, bare)
        else:
            for entry in payload if isinstance(payload, list) else [payload]:
                if isinstance(entry, dict):
                    self._object(name, entry, items, bare)
                else:
                    self.count += 1
                    items.append(RawEvent(name, entry))

    def _is_own(self, name: str) -> bool:
        """True for the name of an event whose data is merged, in a stream whose events have names."""
        return self.typed and bool(self.known({}, name))

    def _is_whole(self, text: str) -> bool:
        return text.strip() == DONE or self.json(text) is not BAD

    def _lines(self, name: str, lines: list[str], offset: int | None, items: Decoded, last: bool) -> None:
        """Process data whose first line is a complete text: the server left out the blank lines."""
        self.repair("missing_blank_line")
        for number, line in enumerate(lines, 1):
            if not self.over:
                self.event(name, line, offset, items, last and number == len(lines))

    def _mend(self, name: str, text: str, offset: int | None, items: Decoded, last: bool) -> None:
        """Process every complete JSON text in data that is not a single one."""
        found = split(text)
        if found.texts:
            # A truncated text with the next one after it; or a complete one with something after it.
            self.repair("truncated_frame" if found.dropped else "glued_texts")
            if found.dropped and found.texts == [text.rpartition("\n")[2]]:
                name = "message"  # another writer's line: the name of the event belongs to the truncated text
        self.glued(name, found.texts, items)
        if self.over or not found.rest:
            return
        half = found.rest.strip()
        if not last:
            self.bad_json(found.rest, offset, items)
        elif len(half) < 2 or not DONE.startswith(half):  # a truncated terminator loses nothing
            self.cut_off(f"the stream ends inside an event: {quote(text)}", offset, self.events)

    def cut_off(self, message: str, offset: int | None, event: int) -> None:
        """Report that the bytes ended inside a payload."""
        self.repair("truncated_tail")
        self.error = IncompleteStream(message, offset=offset, event=event)

    def glued(self, name: str, texts: list[str], items: Decoded, bare: bool = False) -> None:
        """Process the JSON texts and terminators found in an event's data or a ``bare`` body; the list is emptied."""
        for text in taken(texts):
            if self.over:
                return
            if text == DONE:
                self.done = True
            elif (payload := self.json(text)) is BAD:
                self.bad_json(text, None, items)
            else:
                self.payload(name, payload, items, bare)

    def payload(self, name: str, payload: Any, items: Decoded, bare: bool = False) -> None:
        """Process a decoded payload. The entries of a list are separate payloads."""
        if isinstance(payload, list):
            if not bare:
                self.repair("array_of_payloads")
            nothing = [None] if is_error_name(name) else []  # an error whatever its data is
            for entry in payload or nothing:
                if not self.over:
                    self._entry(name, entry, items, bare)
                    name = "message" if is_error_name(name) else name  # only one error, since an entry can be one byte
        else:
            self._entry(name, payload, items, bare)

    def _entry(self, name: str, payload: Any, items: Decoded, bare: bool) -> None:
        """Process a single payload. A list inside a list is not a list of payloads."""
        if isinstance(payload, str) and payload[:1] == "{" and isinstance(inner := self.json(payload), dict):
            self.repair("encoded_twice")
            payload = inner
        if isinstance(payload, dict):
            self._object(name, payload, items, bare)
        elif isinstance(payload, str) and payload == DONE:
            self.done = True
        elif is_error_name(name):
            self.fail(from_value({} if payload is None else payload, event=name), items)
        elif payload is None:
            self.repair("null_data")
        else:
            self.count += 1
            items.append(RawEvent(name, payload))

    def _object(self, name: str, payload: dict[str, Any], items: Decoded, bare: bool) -> None:
        error = reported_error(name, payload, bare, self.known, self.typed)
        if is_merged(payload, error):
            self.count += 1
            items.append(RawEvent(name, payload))
        if error is not None:
            self.fail(error, items)

    def json(self, text: str) -> Any:
        """Decode a text; `BAD` if it is not JSON.

        Servers send half a surrogate pair when a token ends inside a character. orjson and msgspec
        reject it, so such a text is decoded with `json.loads`. The other half is joined to it later.
        """
        try:
            return self._loads(text)
        except DECODER_BUGS:
            raise
        except Exception:
            if self._loads is json.loads or not re.search(LONE_SURROGATE, text):
                return BAD
        with contextlib.suppress(ValueError, RecursionError):
            return json.loads(text, parse_constant=_refuse)
        return BAD

    def bad_json(self, text: str, offset: int | None, items: Decoded) -> None:
        """Report a text that is not JSON."""
        error = InvalidJSON(f"the data is not JSON: {quote(text)}", offset=offset, event=self.events or 1)
        try:
            self._loads(text)
        except Exception as cause:
            error.__cause__ = without_frames(cause)
        self.fail(error, items)

    def fail(self, error: ProviderError | InvalidJSON, items: Decoded) -> None:
        """Report an error among the payloads."""
        if not (self.bad and isinstance(error, InvalidJSON)):
            # Only one error for each event: an error needs 1,000 bytes, a text that is not JSON only a few.
            self.bad = self.bad or isinstance(error, InvalidJSON)
            items.append(ErrorEvent(error))

    def repair(self, code: str) -> None:
        self.repairs[code] = self.repairs.get(code, 0) + 1


def _is_cut(text: str) -> bool:
    """True if a text that is not JSON is the beginning of one."""
    from .body import is_json_so_far  # not at the top: most texts are JSON

    return is_json_so_far(text)


def _refuse(constant: str) -> Any:
    """Reject NaN and Infinity, like orjson and msgspec do."""
    raise ValueError(f"{constant} is not JSON")
