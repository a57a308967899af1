"""Safe output to terminals and pipes, and the live view of a message's text."""

from __future__ import annotations

import codecs
import contextlib
import json
import os
import re
import shutil
from typing import Any, TextIO

from .._model.events import ReasoningDelta, RefusalDelta, TextDelta, ToolCallDelta, ToolCallStart
from .descriptors import unbuffered, write_all


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else json.dumps(character)[1:-1]


BOLD, DIM, RED, GREEN, YELLOW = "1", "2", "31", "32", "33"
# Text from a server must not control the terminal, or reorder or hide other text. So control characters are escaped,
# and also invisible format characters (category Cf) and separators. Tabs and line ends are printed as they are.
INVISIBLE = (
    (0x00, 0x08), (0x0B, 0x1F), (0x7F, 0x9F), (0xAD, 0xAD), (0x61C, 0x61C), (0x180E, 0x180E), (0x200B, 0x200B),
    (0x200E, 0x200F), (0x2028, 0x202E), (0x2060, 0x206F), (0xFEFF, 0xFEFF), (0xFFF9, 0xFFFB), (0x13430, 0x1343F),
    (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE007F), (0xE0100, 0xE01EF),
)  # fmt: skip
CONTROLS = {code: _escape(chr(code)) for first, last in INVISIBLE for code in range(first, last + 1)}
ON_A_LINE = {**CONTROLS, ord("\t"): "\\t", ord("\n"): "\\n"}
# The joiners U+200C and U+200D are part of emoji and of many scripts. After Latin letters, spaces and punctuation
# they have no effect and could hide data, so they are escaped there.
STRAY_JOINER = re.compile(r"(?<![^\u0000-\u02ff\u2000-\u206f])[\u200c\u200d]")
JOIN_EVERY = 1000  # strings; many short ones take over ten times the memory of one joined string


def _json_escape(error: UnicodeError) -> tuple[str, int]:
    """Escape characters missing from the encoding, and lone surrogates, so that JSON output stays valid."""
    assert isinstance(error, UnicodeEncodeError)
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


codecs.register_error("ssemble.json", _json_escape)


def escaped(text: str, before: str = "", table: dict[int, str] = CONTROLS) -> str:
    """Escape the characters that must not reach a terminal, in JSON's notation.

    Args:
        text: text from a server, or a part of it.
        before: the character before the text; "" at the start.
        table: `CONTROLS`, or `ON_A_LINE` to escape tabs and line ends too.
    """
    if "\u200c" in text or "\u200d" in text:
        before = "" if before in ("\u200c", "\u200d") else before
        text = STRAY_JOINER.sub(lambda joiner: _escape(joiner[0]), before + text)[len(before) :]
    return text.translate(table)


class OutputClosed(Exception):
    """Output cannot be written; ``__cause__`` is the OSError."""


class Output:
    """A standard stream that accepts any text and survives a closed pipe."""

    def __init__(self, stream: TextIO | None, *, required: bool) -> None:
        self.stream = stream  # None if the process was started without it
        self.required = required  # a write error raises OutputClosed; other streams ignore it
        self.tty = stream is not None and stream.isatty()
        self.draws = self.tty and os.environ.get("TERM") != "dumb"
        self.colour = self.draws and not os.environ.get("NO_COLOR")
        self.open = False  # the last line has no line end yet
        self.last_character = ""
        # Write to the descriptor itself: Python's text layer loses data if a non-blocking one is full.
        self.raw = unbuffered(stream)
        self.encoding = (stream and stream.encoding) or "utf-8"
        self.encode = codecs.getincrementalencoder(self.encoding)("ssemble.json").encode

    def write(self, text: str, style: str = "") -> None:
        if self.stream is None:
            return
        before = self.last_character
        if text:
            self.open = not text.endswith("\n")
            self.last_character = text[-1]
        if self.tty or not self.required:
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
            self.stream.flush()  # flush earlier output, such as argparse's
            if self.raw is not None:
                write_all(self.raw, self.encode(text.replace("\n", os.linesep)))
        except OSError as error:
            self.discard()
            if self.required:
                raise OutputClosed(f"standard output: {error.strerror or error}") from error

    def end_line(self) -> None:
        if self.open:
            self.write("\n")

    @property
    def columns(self) -> int:
        """Width of the terminal in columns."""
        return shutil.get_terminal_size().columns

    def redraw(self, line: str) -> None:
        """Replace the current line."""
        self._send(f"\r\x1b[2K{escaped(line, table=ON_A_LINE)}")
        self.open = True

    def shares(self, other: Output) -> bool:
        """Return True if both write to the same terminal or file, as after ``2>&1``."""
        if self.tty or other.tty:
            return self.tty and other.tty
        try:
            # A stream that is None is caught below.
            here, there = (os.fstat(each.stream.fileno()) for each in (self, other))  # type: ignore[union-attr]  # None
        except (OSError, AttributeError):  # no file, or no stream
            return False
        return os.path.samestat(here, there)

    def discard(self) -> None:
        """Redirect to /dev/null so that interpreter shutdown does not report a broken pipe."""
        with contextlib.suppress(OSError, AttributeError):  # no file, or no stream
            number = self.stream.fileno()  # type: ignore[union-attr]  # None: suppressed above
            os.dup2(os.open(os.devnull, os.O_WRONLY), number)
        self.stream = None


class TextView:
    """Shows a message while it arrives: its text and, with ``details``, reasoning and tool calls.

    Only one choice is shown live, the one that sends the first event. The text of the others is
    printed at the end, since interleaved words would be unreadable.
    """

    def __init__(self, out: Output, err: Output, details: bool) -> None:
        self.out, self.err = out, err
        self.details = details
        # True if text and details may appear in one place, even if the text went through a pipe first.
        self.mixed = err.tty or out.shares(err)
        self.choice: int | None = None
        self.line: object = None  # what the current line shows
        self.latest = out  # the output written to last
        self.names: dict[int, str] = {}  # names of the calls, by index
        self.buffered: dict[int, BufferedText] = {}

    def show(self, event: Any) -> None:
        choice = getattr(event, "choice", None)
        if self.choice is None:
            self.choice = choice
        if choice != self.choice:
            if isinstance(event, TextDelta):
                self.buffered.setdefault(event.choice, BufferedText()).add(event.text)
        elif isinstance(event, TextDelta):
            self._write(self.out, "text", event.text)
        elif self.details and isinstance(event, (ReasoningDelta, RefusalDelta)):
            self._write(self.err, event.type, event.text, DIM)
        elif self.details and isinstance(event, ToolCallStart):
            self.names[event.index] = f"{escaped(event.name, table=ON_A_LINE)} "
            self._write(self.err, event.index, self.names[event.index], BOLD)
        elif self.details and isinstance(event, ToolCallDelta):
            if self.line != event.index:  # other output came in between
                self._write(self.err, event.index, self.names[event.index], BOLD)
            self._write(self.err, event.index, event.arguments, DIM)

    def end(self) -> None:
        self._write(self.out, None, "")
        self.out.end_line()
        for choice, buffered in sorted(self.buffered.items()):
            self.out.write(f"\n[choice {choice}]\n", BOLD)
            self.out.write(buffered.text())
            self.out.end_line()

    def _write(self, output: Output, line: object, text: str, style: str = "") -> None:
        if line != self.line:
            self.line = line
            if self.latest is self.err or self.out.tty:
                self.latest.end_line()
            elif output is self.err and self.out.open and self.mixed:
                self.err.write("\n")  # standard output must hold the text unchanged
        self.latest = output
        output.write(text, style)


class BufferedText:
    """Text that is printed later, joined regularly to save memory."""

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
