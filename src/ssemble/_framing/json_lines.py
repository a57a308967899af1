"""The framing of JSON lines: a JSON text on each line, or one text printed over several lines.

Source: https://jsonlines.org; Ollama, and servers that answer a streaming call with a plain JSON body.
Only LF ends a line: JSON strings may hold U+2028 and NEL.
"""

from __future__ import annotations

from json import JSONDecodeError, JSONDecoder
from typing import ClassVar

from .._errors import LimitExceeded
from .._limits import Limits, limit_or_max
from .._pickling import Picklable
from .base import Frames, Item, JSONText, Run
from .blocks import decoded
from .brackets import Brackets
from .lines import CR, LF

CRLF = b"\r\n"
DONE = "[DONE]"
DONE_EVENT = (b"data: [DONE]", b"data:[DONE]")
BLANKS = b" \t\r\n"
WHOLE, BEGINNING, NEITHER = range(3)
find_text = JSONDecoder().raw_decode


class JSONLines(Picklable):
    """Splits a stream of JSON lines into its lines.

    A text may span lines, as in a JSON body that is printed for humans: its lines are kept until its last
    bracket closes. After the first text that is one line, each line is a text.
    """

    __slots__ = ("_brackets", "_count", "_limit", "_offset", "_spans", "_text", "error", "rest")
    blank: ClassVar[bytes] = b"\n"
    bare: ClassVar[bool] = True

    def __init__(self, *, limits: Limits = Limits()) -> None:
        self.rest = bytearray()
        self.error: LimitExceeded | None = None
        self._limit = limit_or_max(limits.max_event_size)
        self._offset = 0  # of the next frame
        self._count = 0
        self._spans = True  # no text was one line so far
        self._text = bytearray()  # the lines of a text that spans lines
        self._brackets = Brackets()

    @property
    def at_boundary(self) -> bool:
        """True between two lines, when none is the beginning of a text."""
        return not (self._spans or self.rest or self._text)

    def advance(self, size: int, frames: int) -> None:
        """Count raw frames, with their ends; or bytes that were skipped."""
        self._offset += size
        self._count += frames

    def feed(self, data: bytes) -> Frames:
        """Take a fragment; give the lines in it."""
        end = data.rfind(b"\n") + 1
        if not end:
            self.rest += data
        else:
            tail = data[end:]
            data = bytes(self.rest) + data[:end] if self.rest else data[:end]
            self.rest.clear()
            yield from self._lines(data)
            if self.error is None:
                self.rest += tail
        if self.error is None:
            self._check(len(self._text) + len(self.rest) - self.rest.endswith(b"\r"))

    def _lines(self, data: bytes) -> Frames:
        """Give complete lines."""
        at = 0
        while self._spans and at < len(data) and self.error is None:
            end = data.index(b"\n", at) + 1
            yield from self._line(data[at:end])
            at = end
        data = data[at:] if at else data
        if data and self.error is None:
            crlf = CR in data and data.count(CRLF) == data.count(b"\n")
            blank = CRLF if crlf else self.blank
            run = Run(data.removesuffix(blank).split(blank), blank)
            del data  # the lines are enough
            yield run

    def _line(self, line: bytes) -> Frames:
        """Give what a line completes while a text may span lines."""
        if self._text:
            yield from self._more(line)
            return
        kind = NEITHER if len(line) > self._limit + len(CRLF) else form(line)
        if kind == BEGINNING:
            self._brackets.close(line, 0)
            self._text += line
        else:
            self._spans = kind != WHOLE
            yield Run([line[:-1]], self.blank)

    def _more(self, line: bytes) -> Frames:
        """Add a line to the text that spans lines."""
        size = len(self._text) + len(line) - (2 if line.endswith(CRLF) else 1)
        if self._check(size):
            return
        end = self._brackets.close(line, 0)
        self._text += line if end < 0 else line[:end]
        if end < 0:
            return
        text = bytes(self._text)
        self._text.clear()
        yield JSONText(decoded(text), self._offset)
        self.advance(len(text), 1)
        yield from self.read(line[end:])

    def read(self, frame: bytes) -> list[Item]:
        """Read a line, with its end."""
        line = frame.removesuffix(b"\n").removesuffix(b"\r")
        items: list[Item] = []
        if not self._check(len(line)):
            if line.strip(BLANKS):
                # Gateways put the terminator of an event stream behind a plain JSON body.
                text = DONE if line in DONE_EVENT else decoded(line)
                items.append(JSONText(text, self._offset))
                self._count += 1
            self._offset += len(frame)
        return items

    def text_in(self, frame: bytes) -> tuple[str, int] | None:
        """Return the name of the payload in a line and the index of its text; None if it must be read."""
        return None if LF in frame or CR in frame or not frame else ("message", 0)

    def end(self, flush: bool) -> list[Item]:
        """No more bytes; ``flush`` hands out the last line, which may be truncated."""
        last = bytes(self._text + self.rest)
        self._text.clear()
        self.rest.clear()
        return self.read(last) if flush and self.error is None else []

    def _check(self, size: int) -> bool:
        """True if a text is larger than the limit; then it has ended the stream."""
        if size > self._limit:
            offset = self._offset + self._limit
            self.error = LimitExceeded._over("max_event_size", self._limit, offset=offset, event=self._count + 1)
        return self.error is not None


def form(line: bytes) -> int:
    """Tell whether a line is a JSON text, or the beginning of an object that more lines may complete.

    A line ends between two tokens of JSON. So if the line is the beginning of an object, the decoder
    reads all of it before it finds that something is missing.
    """
    text = decoded(line).strip(" \t\r\n")
    try:
        end = find_text(text)[1]
    except JSONDecodeError as error:
        return BEGINNING if text.startswith("{") and error.pos >= len(text) else NEITHER
    except RecursionError:
        return NEITHER
    return WHOLE if end == len(text) else NEITHER
