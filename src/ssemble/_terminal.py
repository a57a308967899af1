"""What a person sees: the standard streams, and the message as it comes."""

from __future__ import annotations

import codecs
import contextlib
import json
import os
import re
import shutil
from typing import Any, TextIO

from ._descriptors import unbuffered, write_all
from ._events import ReasoningDelta, RefusalDelta, TextDelta, ToolCallDelta, ToolCallStart


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else json.dumps(character)[1:-1]


BOLD, DIM, RED, GREEN, YELLOW = "1", "2", "31", "32", "33"
# What a server sends must not drive the terminal, nor turn round or hide what stands there. So control characters are
# escaped, and the format characters (category Cf) and separators that nobody sees. Tabs and line ends may pass.
UNSEEN = (
    (0x00, 0x08), (0x0B, 0x1F), (0x7F, 0x9F), (0xAD, 0xAD), (0x61C, 0x61C), (0x180E, 0x180E), (0x200B, 0x200B),
    (0x200E, 0x200F), (0x2028, 0x202E), (0x2060, 0x206F), (0xFEFF, 0xFEFF), (0xFFF9, 0xFFFB), (0x13430, 0x1343F),
    (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE007F), (0xE0100, 0xE01EF),
)  # fmt: skip
CONTROLS = {code: _escape(chr(code)) for first, last in UNSEEN for code in range(first, last + 1)}
ON_A_LINE = {**CONTROLS, ord("\t"): "\\t", ord("\n"): "\\n"}
# The joiners U+200C and U+200D are part of emoji and of many scripts. After Latin letters, spaces and the like they
# only hide there.
STRAY_JOINER = re.compile(r"(?<![^\u0000-\u02ff\u2000-\u206f])[\u200c\u200d]")
JOIN_EVERY = 1000  # pieces of text, which take more than ten times the text until they are joined


def _json_escape(error: UnicodeError) -> tuple[str, int]:
    """Escape what an encoding lacks so that JSON stays JSON, lone surrogates included."""
    assert isinstance(error, UnicodeEncodeError)
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


codecs.register_error("ssemble.json", _json_escape)


def escaped(text: str, before: str = "", table: dict[int, str] = CONTROLS) -> str:
    """Escape, as JSON does, what must not reach a terminal.

    Args:
        text: what a server sent, or a part of it.
        before: the character before it; "" at the start.
        table: `CONTROLS`, or `ON_A_LINE` for what must stay on one line.
    """
    if "\u200c" in text or "\u200d" in text:
        before = "" if before in ("\u200c", "\u200d") else before
        text = STRAY_JOINER.sub(lambda joiner: _escape(joiner[0]), before + text)[len(before) :]
    return text.translate(table)


class Closed(Exception):
    """Standard output takes no more; the cause says why."""


class Output:
    """A standard stream that no text and no reader can break."""

    def __init__(self, stream: TextIO | None, *, vital: bool) -> None:
        self.stream = stream  # None: the caller closed it
        self.vital = vital  # without it there is nothing left to do
        self.tty = stream is not None and stream.isatty()
        self.draws = self.tty and os.environ.get("TERM") != "dumb"
        self.colour = self.draws and not os.environ.get("NO_COLOR")
        self.open = False  # a line is begun and not ended
        self.before = ""  # the last character written
        # Written to directly: Python's text layer loses what a non-blocking descriptor does not take at once.
        self.raw = unbuffered(stream)
        self.encoding = (stream and stream.encoding) or "utf-8"
        self.encode = codecs.getincrementalencoder(self.encoding)("ssemble.json").encode

    def write(self, text: str, style: str = "") -> None:
        if self.stream is None:
            return
        before = self.before
        if text:
            self.open = not text.endswith("\n")
            self.before = text[-1]
        if self.tty or not self.vital:
            text = escaped(text.replace("\r\n", "\n"), before)
        if style and self.colour:
            text = f"\x1b[{style}m{text}\x1b[0m"
        self._send(text)

    def _send(self, text: str) -> None:
        if self.stream is None:
            return
        try:
            if self.raw is None:
                self.stream.write(text.encode(self.encoding, "ssemble.json").decode(self.encoding))
            self.stream.flush()  # with a file below it, what argparse wrote
            if self.raw is not None:
                write_all(self.raw, self.encode(text.replace("\n", os.linesep)))
        except OSError as error:
            self.abandon()
            if self.vital:
                raise Closed(error.strerror or error) from error

    def end_line(self) -> None:
        if self.open:
            self.write("\n")

    @property
    def columns(self) -> int:
        """Width of the terminal."""
        return shutil.get_terminal_size().columns

    def redraw(self, line: str) -> None:
        """Write the line again, in place of what stands on it."""
        self._send(f"\r\x1b[2K{escaped(line, table=ON_A_LINE)}")
        self.open = True

    def shares(self, other: Output) -> bool:
        """Tell whether both write to the same terminal or file, as after ``2>&1``."""
        if self.tty or other.tty:
            return self.tty and other.tty
        try:
            here, there = (os.fstat(output.stream.fileno()) for output in (self, other))  # type: ignore[union-attr]
        except (OSError, AttributeError):  # no file behind it, no stream
            return False
        return os.path.samestat(here, there)

    def abandon(self) -> None:
        """Send what is still buffered nowhere, or the interpreter complains of it at its end."""
        with contextlib.suppress(OSError, AttributeError):  # no file behind it, no stream
            number = self.stream.fileno()  # type: ignore[union-attr]  # None: suppressed above
            os.dup2(os.open(os.devnull, os.O_WRONLY), number)
        self.stream = None


class TextView:
    """The message as it comes: the text, and what comes beside it.

    One choice is shown as it comes, the first to speak. The text of the others waits until the
    end: taking turns in the middle of words would make none of them readable.
    """

    def __init__(self, out: Output, err: Output, beside: bool) -> None:
        self.out, self.err = out, err
        self.beside = beside
        # What is written beside may be read right behind the text, also where that went through a pipe first.
        self.mixed = err.tty or out.shares(err)
        self.choice: int | None = None
        self.line: object = None  # what the last line shows
        self.latest = out  # written to last
        self.names: dict[int, str] = {}  # of the calls
        self.waiting: dict[int, Waiting] = {}

    def show(self, event: Any) -> None:
        choice = getattr(event, "choice", None)
        if self.choice is None:
            self.choice = choice
        if choice != self.choice:
            if isinstance(event, TextDelta):
                self.waiting.setdefault(event.choice, Waiting()).add(event.text)
        elif isinstance(event, TextDelta):
            self._write(self.out, "text", event.text)
        elif self.beside and isinstance(event, (ReasoningDelta, RefusalDelta)):
            self._write(self.err, event.type, event.text, DIM)
        elif self.beside and isinstance(event, ToolCallStart):
            self.names[event.index] = f"{escaped(event.name, table=ON_A_LINE)} "
            self._write(self.err, event.index, self.names[event.index], BOLD)
        elif self.beside and isinstance(event, ToolCallDelta):
            if self.line != event.index:  # something came in between
                self._write(self.err, event.index, self.names[event.index], BOLD)
            self._write(self.err, event.index, event.arguments, DIM)

    def end(self) -> None:
        self._write(self.out, None, "")
        self.out.end_line()
        for choice, waiting in sorted(self.waiting.items()):
            self.out.write(f"\n[choice {choice}]\n", BOLD)
            self.out.write(waiting.text())
            self.out.end_line()

    def _write(self, output: Output, line: object, text: str, style: str = "") -> None:
        if line != self.line:
            self.line = line
            if self.latest is self.err or self.out.tty:
                self.latest.end_line()
            elif output is self.err and self.out.open and self.mixed:
                self.err.write("\n")  # on standard output the text stays as it came
        self.latest = output
        output.write(text, style)


class Waiting:
    """Text that is shown later, joined now and then."""

    def __init__(self) -> None:
        self.blocks: list[str] = []
        self.pieces: list[str] = []

    def add(self, text: str) -> None:
        self.pieces.append(text)
        if len(self.pieces) == JOIN_EVERY:
            self.blocks.append("".join(self.pieces))
            self.pieces.clear()

    def text(self) -> str:
        return "".join((*self.blocks, *self.pieces))
