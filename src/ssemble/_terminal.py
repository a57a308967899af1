"""What a person sees: the standard streams, and the message as it comes."""

from __future__ import annotations

import codecs
import contextlib
import json
import os
import shutil
from typing import Any, TextIO

from ._events import ReasoningDelta, RefusalDelta, TextDelta, ToolCallDelta, ToolCallStart

BOLD, DIM, RED, GREEN, YELLOW = "1", "2", "31", "32", "33"
# What a server sends must not drive the terminal; tabs and line ends may pass.
CONTROLS = {code: f"\\u{code:04x}" for code in (*range(32), *range(127, 160)) if code not in (9, 10)}


def _json_escape(error: UnicodeError) -> tuple[str, int]:
    """Escape what an encoding lacks so that JSON stays JSON, lone surrogates included."""
    assert isinstance(error, UnicodeEncodeError)
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


codecs.register_error("ssemble.json", _json_escape)


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

    def write(self, text: str, style: str = "") -> None:
        if self.stream is None:
            return
        if text:
            self.open = not text.endswith("\n")
        if self.tty or not self.vital:
            text = text.replace("\r\n", "\n").translate(CONTROLS)
        if style and self.colour:
            text = f"\x1b[{style}m{text}\x1b[0m"
        self._send(text)

    def _send(self, text: str) -> None:
        if self.stream is None:
            return
        encoding = self.stream.encoding or "utf-8"
        try:
            self.stream.write(text.encode(encoding, "ssemble.json").decode(encoding))
            self.stream.flush()
        except OSError as error:
            self.abandon()
            if self.vital:
                raise Closed(error.strerror) from error

    def end_line(self) -> None:
        if self.open:
            self.write("\n")

    @property
    def columns(self) -> int:
        """Width of the terminal."""
        return shutil.get_terminal_size().columns

    def redraw(self, line: str) -> None:
        """Write the line again, in place of what stands on it."""
        text = line.replace("\n", "\\n").translate(CONTROLS)
        self._send(f"\r\x1b[2K{text}")
        self.open = True

    def abandon(self) -> None:
        """Send what is still buffered nowhere, or the interpreter complains of it at its end."""
        with contextlib.suppress(OSError, AttributeError):  # no file behind it, no stream
            number = self.stream.fileno()  # type: ignore[union-attr]  # None: suppressed above
            os.dup2(os.open(os.devnull, os.O_WRONLY), number)
        self.stream = None


class Live:
    """The message as it comes: the text, and what comes beside it.

    One choice is shown as it comes, the first to speak. The text of the others waits until the
    end: taking turns in the middle of words would make none of them readable.
    """

    def __init__(self, out: Output, err: Output, beside: bool) -> None:
        self.out, self.err = out, err
        self.beside = beside
        self.choice: int | None = None
        self.line: object = None  # what the last line shows
        self.names: dict[int, str] = {}  # of the calls
        self.waiting: dict[int, list[str]] = {}

    def show(self, event: Any) -> None:
        choice = getattr(event, "choice", None)
        if self.choice is None:
            self.choice = choice
        if choice != self.choice:
            if isinstance(event, TextDelta):
                self.waiting.setdefault(event.choice, []).append(event.text)
        elif isinstance(event, TextDelta):
            self._write(self.out, "text", event.text)
        elif self.beside and isinstance(event, (ReasoningDelta, RefusalDelta)):
            self._write(self.err, event.type, event.text, DIM)
        elif self.beside and isinstance(event, ToolCallStart):
            self.names[event.index] = f"{event.name} "
            self._write(self.err, event.index, self.names[event.index], BOLD)
        elif self.beside and isinstance(event, ToolCallDelta):
            if self.line != event.index:  # something came in between
                self._write(self.err, event.index, self.names[event.index], BOLD)
            self._write(self.err, event.index, event.arguments, DIM)

    def end(self) -> None:
        self._write(self.out, None, "")
        self.out.end_line()
        for choice, texts in sorted(self.waiting.items()):
            self.out.write(f"\n[choice {choice}]\n", BOLD)
            self.out.write("".join(texts))
            self.out.end_line()

    def _write(self, output: Output, line: object, text: str, style: str = "") -> None:
        if line != self.line:
            self.line = line
            self.err.end_line()
            if self.out.tty:  # elsewhere the text stays as it came
                self.out.end_line()
        output.write(text, style)
