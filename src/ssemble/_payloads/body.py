"""A body that is not an event stream: JSON, or a page of HTML or text."""

from __future__ import annotations

import re

from .._model.text import Text
from .._partial import partial_json
from .._pickling import Picklable
from .json_texts import Glued, split

PAGE = 2000  # characters of a page of text that the error holds
HTML = r"\s*<[!?/a-zA-Z]"  # but not "< HTTP/2 200", the output of curl -v
STATUS = r"HTTP/[\d.]+ (\d{3})"
CURL = r"[{}] \[\d+ bytes data\]"  # output of curl -v


def may_begin(line: str) -> bool:
    """True if a line can be the start of a JSON or HTML body."""
    text = line.lstrip()
    if text[:1] == "[":
        return is_json_so_far(text)  # but not "[2026-11-25] INFO"
    return re.match(HTML, text) is not None or (text[:1] == "{" and re.match(CURL, text) is None)


def is_json_so_far(text: str) -> bool:
    """True if a text is valid JSON, or a prefix of it."""
    partial = partial_json(strict=False)
    partial.feed(text)
    return partial.error is None


class Body(Text):
    """The lines of a body, collected until its end.

    Attributes:
        offset: position of its first line in the stream, in bytes.
        bytes: its size in UTF-8.
    """

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

    @property
    def is_page(self) -> bool:
        """True for HTML."""
        return re.match(HTML, self.to_json()) is not None

    def texts(self, last: bool) -> Glued:
        """The JSON texts in it: one, several or none. The ``last`` body may be a truncated array."""
        text = self.to_json()[:-1]
        found = split(text)
        if last and not found.texts and text.lstrip()[:1] == "[" and is_json_so_far(text.lstrip()):
            inner = split(text.lstrip()[1:])
            return inner if inner.texts else found
        return found


class Page(Picklable):
    """The first unrecognised lines. They are a page of text if nothing else arrives."""

    __slots__ = ("lines", "size")

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.size = 0

    def line(self, text: str) -> None:
        if self.size < PAGE:
            self.lines.append(text[:PAGE])
            self.size += len(text) + 1

    @property
    def status(self) -> int | None:
        """The code in an HTTP status line, the first line of ``curl -i``; None if there is none."""
        found = re.match(STATUS, self.lines[0]) if self.lines else None
        return int(found[1]) if found else None

    @property
    def is_error(self) -> bool:
        """True if these lines are an error message, and not only headers."""
        return bool(self.lines) and (self.status is None or self.status >= 400)


def title(page: str) -> str:
    """Return the title of a page, or "". Three searches are linear; a single pattern would be quadratic."""
    begin = re.search("(?i)<title", page)
    start = page.find(">", begin.end()) + 1 if begin else 0
    end = re.search("(?i)</title", page[start:]) if start else None
    return page[start:][: end.start()].strip() if end else ""
