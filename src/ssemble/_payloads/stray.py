"""Lines that are not fields of an event stream.

They can be a body of JSON or HTML, data after a prefix, an error message of the server, or a part of
an event whose line ends were not escaped. All others are ignored and counted.
"""

from __future__ import annotations

import re

from .._errors import LimitExceeded, ProviderError, quote
from .._framing.event import ServerSentEvent, UnknownField
from .._pickling import Picklable
from .body import Body, Page, is_json_so_far, may_begin, title
from .decoder import BAD, Decoded, Decoder
from .json_texts import DONE, split, taken
from .server_errors import from_page, from_value, is_error_name, unescaped_error

EVENT = "event: "
FIELDS = ("data:", "event:", "id:", "retry:")
ERROR_LINE = r"(?i)\s*error:"  # GPUStack, llama-box; "Error:" in NVIDIA NeMo
DATA_LINE = r"(?i)data:\s*(?=[{\[])"  # also [DONE]
BLANK = "\ufeff \t"
LINE = 32  # bytes charged for each stored line besides its text; it needs 150


class StrayLines(Picklable):
    """Interprets lines that are not fields.

    Attributes:
        last: the last unrecognised line.
        doubt: the first line with data after other text, like a log line: other lines may be
            missing.
    """

    __slots__ = ("_body", "_limit", "_nameless", "_page", "_payloads", "_within", "_within_size", "doubt", "last")

    def __init__(self, payloads: Decoder, limit: int) -> None:
        self._payloads = payloads
        self._limit = limit  # bytes of a body, or of the lines inside an event
        self._body = Body()
        self._page = Page()
        self._within: list[UnknownField] = []  # lines inside the current event, after its data
        self._within_size = 0
        self._nameless: UnknownField | None = None  # an event with an error name and no data
        self.last = ""
        self.doubt = ""

    @property
    def open(self) -> bool:
        """True if the next line or event may belong to earlier lines."""
        return bool(self._body or self._within or self._nameless)

    def line(self, item: UnknownField, items: Decoded, last: bool) -> None:
        """Process a line. The ``last`` one has no line end, and may be a truncated field."""
        if last and item.text and any(name.startswith(item.text) for name in FIELDS):
            return
        if item.in_event:
            self._within.append(item)
            self._within_size += len(item.text) + LINE
            self._check(self._within_size, item.offset)
        else:
            self._read(item, items)

    def event(self, source: ServerSentEvent, items: Decoded) -> tuple[str, str]:
        """Process the lines before and inside an event; return its name and data."""
        self._end_body(items)
        name, text = source.event, source.data
        within, self._within, self._within_size = self._within, [], 0
        if within and self._payloads.json(text) is BAD and unescaped_error(text) is not None:
            text = "\n".join([text, *(line.text for line in within)])
        else:
            for line in within:
                self._read(line, items)
        if self._nameless is not None:
            name = self._named(name, text, items)
        return name, text

    def finish(self, items: Decoded) -> None:
        """Process what is left at the end of the bytes."""
        for line in self._within:
            self._read(line, items)
        self._end_body(items, last=True)
        payloads = self._payloads
        if self._nameless is not None and payloads.error is None:
            self._fail_nameless(items)
        if self._page.is_error and not payloads.count and payloads.error is None:
            page = "\n".join(self._page.lines)
            payloads.fail(from_page(page, self._page.status), items)

    def _read(self, item: UnknownField, items: Decoded) -> None:
        payloads, text = self._payloads, item.text
        if self._body and not text.startswith("error:"):
            self._body.line(text)
            self._check(self._body.bytes, self._body.offset)
            return
        self._end_body(items)
        if payloads.over:
            return
        if text.startswith(EVENT):
            if is_error_name(text[len(EVENT) :]):
                self._nameless = item
        elif text.strip() == DONE:
            payloads.done = True
        elif re.match(ERROR_LINE, text):
            payloads.repair("error_field")
            payloads.event("error", text[text.index(":") + 1 :].strip(), item.offset, items)
        elif may_begin(text):
            self._begin_body(item, items)
        elif (found := re.search(DATA_LINE, text)) is not None and (texts := split(text[found.end() :]).texts):
            self._found_data(text[: found.start()], text, texts, items)
        elif text.strip(BLANK):
            payloads.repair("ignored_line")
            self._page.line(text)
            self.last = text[:1000]

    def _found_data(self, prefix: str, line: str, texts: list[str], items: Decoded) -> None:
        """Process data after blanks, a second BOM, or other text.

        After other text, other lines may be lost, so the message is not reported as complete.
        """
        payloads = self._payloads
        payloads.repair("data_behind_text" if prefix.strip(BLANK) else "indented_data_line")
        if prefix.strip(BLANK):
            self.doubt = self.doubt or line[:1000]
        payloads.begin()
        payloads.glued("message", texts, items)

    def _begin_body(self, item: UnknownField, items: Decoded) -> None:
        payload = self._payloads.json(item.text)
        if payload is BAD:
            self._body = Body(item.offset)
            self._body.line(item.text)
            self._check(self._body.bytes, item.offset)
        else:
            self._count_bare()
            self._payloads.payload("message", payload, items, bare=True)

    def _count_bare(self) -> None:
        """Count a payload outside of events. It is a repair only if there were events before it."""
        if self._payloads.events:
            self._payloads.repair("bare_json")

    def _end_body(self, items: Decoded, last: bool = False) -> None:
        """Process the lines of a body: HTML, or JSON texts with other lines after them."""
        if not self._body:
            return
        body, self._body, payloads = self._body, Body(), self._payloads
        payloads.bad = False
        text = body.to_json()[:-1]
        if body.is_page:
            page = f"the body is a page of HTML, not an event stream: {quote(title(text) or text.strip())}"
            payloads.fail(ProviderError(page, raw={"message": page, "body": text}), items)
            return
        found = body.texts(last)
        if found.dropped:
            payloads.repair("truncated_frame")
        whole = bool(found.texts)
        for one in taken(found.texts):
            if not payloads.over:
                self._count_bare()
                payloads.glued("message", [one], items, bare=True)
        if payloads.over or not found.rest:
            return
        if whole and not may_begin(found.rest):
            payloads.repair("ignored_line")  # output of curl -w after the body
            self.last = found.rest[:1000]
        elif last and is_json_so_far(found.rest.lstrip()):
            message = f"the body is JSON that ends too early: {quote(found.rest)}"
            payloads.cut_off(message, body.offset, payloads.events + 1)
        else:
            payloads.bad_json(found.rest, body.offset, items)

    def _named(self, name: str, text: str, items: Decoded) -> str:
        """Combine an event without data and the data after it: CR CR LF line ends separate them."""
        payload = self._payloads.json(text)
        if name == "message" and isinstance(payload, dict) and not payload.get("choices"):
            self._nameless = None
            return "error"
        self._fail_nameless(items)
        return name

    def _fail_nameless(self, items: Decoded) -> None:
        self._nameless = None
        if not self._payloads.over:
            error = from_value({"message": "the server reported an error and gave no reason: an event without data"})
            self._payloads.fail(error, items)

    def _check(self, size: int, offset: int | None) -> None:
        if size > self._limit:
            event = self._payloads.events + 1
            error = LimitExceeded._over("max_event_size", self._limit, offset=offset, event=event)
            self._payloads.error = error
