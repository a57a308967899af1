"""The data of one event to its payloads, and to the errors that they report.

A defect whose meaning is certain is mended and counted in ``repairs``; any other is an error, in
stream order.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable
from typing import Any, Literal

from ._errors import DECODER_BUGS, IncompleteStream, InvalidJSON, ProviderError, SsembleError, excerpt, without_frames
from ._events import ErrorEvent, RawEvent
from ._glued import DATA, DONE, split, taken, without_prefixes
from ._inband import from_value, is_error_name, reported_error, unescaped_error
from ._movable import Movable

Loads = Callable[[str], Any]
Decoded = list[RawEvent | ErrorEvent]

LONE_SURROGATE = re.compile(r"(?i)\\ud[89a-f]")  # or a pair, which every decoder takes
MAY_HOLD_JSON = re.compile(r"\s*(?:[{\[]|data:)")
BAD = object()  # stands for "this text is not JSON"; no decoder returns it


class Payloads(Movable):
    """Decodes texts with the caller's decoder, and finds what else than JSON they say.

    Attributes:
        bad: a text in the event at hand was told to be no JSON.
        error: what ended the stream, or None.
        done: the terminator has come.
        count: payloads decoded so far.
        events: events seen so far, for the numbers in errors.
        repairs: what was mended, as codes with counts.
    """

    __slots__ = ("_loads", "_skip", "bad", "count", "done", "error", "events", "repairs")

    def __init__(self, loads: Loads, errors: Literal["raise", "event"]) -> None:
        if errors not in ("raise", "event"):
            raise ValueError(f"errors is {errors!r}: give 'raise' or 'event'")
        self._loads = loads
        self._skip = errors == "event"
        self.bad = False
        self.error: SsembleError | None = None
        self.done = False
        self.count = 0
        self.events = 0
        self.repairs: dict[str, int] = {}

    @property
    def loads(self) -> Loads:
        """The caller's decoder."""
        return self._loads

    @property
    def over(self) -> bool:
        """True if nothing more is wanted: the terminator came, or an error."""
        return self.done or self.error is not None

    def event(self, name: str, text: str, offset: int | None, items: Decoded, last: bool = False) -> None:
        """Read the data of an event of this name; the ``last`` one may have been cut off by the end of the bytes."""
        if text[:1] != "{" and text.strip() == DONE:
            self.done = True
        elif (payload := self.json(text)) is not BAD:
            self.payload(name, payload, items)
        elif is_error_name(name):
            self.fail(from_value(text), items)
        elif not text.strip():
            self.repair("empty_data")  # a keep-alive
        elif (error := unescaped_error(text)) is not None:
            self.repair("unescaped_error")
            self.fail(error, items)
        elif text.startswith(":"):
            self.repair("comment_as_data")  # a proxy wrapped a keep-alive comment
        elif text.startswith(DATA):
            self.repair("doubled_data_prefix")  # a proxy wrote it once more
            self.event(name, without_prefixes(text), offset, items, last)
        elif self._is_whole(text.partition("\n")[0]):
            self._lines(name, text.split("\n"), offset, items, last)
        elif name != "message" and not MAY_HOLD_JSON.match(text):
            self.count += 1  # a ping with a time: only the data of payloads is JSON by contract
            items.append(RawEvent(name, text))
        else:
            self._mend(name, text, offset, items, last)

    def _is_whole(self, text: str) -> bool:
        return text.strip() == DONE or self.json(text) is not BAD

    def _lines(self, name: str, lines: list[str], offset: int | None, items: Decoded, last: bool) -> None:
        """Read data whose first line is one text: a server forgot the blank lines."""
        self.repair("missing_blank_line")
        for number, line in enumerate(lines, 1):
            if not self.over:
                self.event(name, line, offset, items, last and number == len(lines))

    def _mend(self, name: str, text: str, offset: int | None, items: Decoded, last: bool) -> None:
        """Read every whole JSON text in data that is not one."""
        found = split(text)
        if found.texts:
            # Cut off, and the next one written behind it; or whole, and something behind it.
            self.repair("truncated_frame" if found.dropped else "glued_texts")
        self.glued(name, found.texts, items)
        if self.over or not found.rest:
            return
        half = found.rest.strip()
        if not last:
            self.bad_json(found.rest, offset, items)
        elif len(half) < 2 or not DONE.startswith(half):  # half a terminator loses nothing
            self.cut_off(f"the stream ends inside an event: {excerpt(text)}", offset, self.events)

    def cut_off(self, message: str, offset: int | None, event: int) -> None:
        """Report that the bytes end inside a payload."""
        self.repair("truncated_tail")
        self.error = IncompleteStream(message, offset=offset, event=event)

    def glued(self, name: str, texts: list[str], items: Decoded, bare: bool = False) -> None:
        """Read the JSON texts, or terminators, found in one piece of data or in a ``bare`` body; empty their list."""
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
        """Take a decoded payload; the entries of a list are payloads of their own."""
        if isinstance(payload, list):
            if not bare:
                self.repair("array_of_payloads")
            nothing = [None] if is_error_name(name) else []  # such an event is an error whatever its data
            for entry in payload or nothing:
                if not self.over:
                    self._entry(name, entry, items, bare)
                    name = "message" if is_error_name(name) else name  # one error: an entry may be one byte
        else:
            self._entry(name, payload, items, bare)

    def _entry(self, name: str, payload: Any, items: Decoded, bare: bool) -> None:
        """Take a payload that stands for itself; a list in a list is no list of payloads."""
        if isinstance(payload, str) and payload[:1] == "{" and isinstance(inner := self.json(payload), dict):
            self.repair("encoded_twice")
            payload = inner
        if isinstance(payload, dict):
            self._object(name, payload, items, bare)
        elif isinstance(payload, str) and payload == DONE:
            self.done = True
        elif is_error_name(name):
            self.fail(from_value({} if payload is None else payload), items)
        elif payload is None:
            self.repair("null_data")
        else:
            self.count += 1
            items.append(RawEvent(name, payload))

    def _object(self, name: str, payload: dict[str, Any], items: Decoded, bare: bool) -> None:
        error = reported_error(name, payload, bare)
        if error is None or "choices" in payload:
            self.count += 1
            items.append(RawEvent(name, payload))
        if error is not None:
            self.fail(error, items)

    def json(self, text: str) -> Any:
        """Decode a text; `BAD` if it is not JSON.

        orjson and msgspec refuse half a surrogate pair, which servers send where a token ends in the middle
        of a character. `json.loads` takes it, and the other half joins it later, so it is asked once more.
        """
        try:
            return self._loads(text)
        except DECODER_BUGS:
            raise
        except Exception:
            if self._loads is json.loads or not LONE_SURROGATE.search(text):
                return BAD
        with contextlib.suppress(ValueError, RecursionError):
            return json.loads(text, parse_constant=_refuse)
        return BAD

    def bad_json(self, text: str, offset: int | None, items: Decoded) -> None:
        """Report a text that is not JSON."""
        error = InvalidJSON(f"the data is not JSON: {excerpt(text)}", offset=offset, event=self.events or 1)
        try:
            self._loads(text)
        except Exception as cause:
            error.__cause__ = without_frames(cause)
        self.fail(error, items)

    def fail(self, error: ProviderError | InvalidJSON, items: Decoded) -> None:
        """Report an error: it ends the stream, or stands in its place among the payloads."""
        if not self._skip:
            self.error = error
        elif not (self.bad and isinstance(error, InvalidJSON)):
            # Many texts in one event that are not JSON are one fault: an error takes 1,000 bytes, such a text a few.
            self.bad = self.bad or isinstance(error, InvalidJSON)
            items.append(ErrorEvent(error))

    def repair(self, code: str) -> None:
        self.repairs[code] = self.repairs.get(code, 0) + 1


def _refuse(constant: str) -> Any:
    """Refuse NaN and Infinity, as the decoders do that refuse half a pair."""
    raise ValueError(f"{constant} is not JSON")
