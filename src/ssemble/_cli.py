"""The command: a stream on standard input, the text as it comes, a summary at the end."""

from __future__ import annotations

import argparse
import codecs
import contextlib
import json
import os
import random
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from functools import partial
from time import monotonic
from typing import Any, TextIO, Union

from . import __version__, _demo
from ._chunks import ChunkParser
from ._completion import Choice, Completion, ToolCall
from ._dialects import DIALECTS
from ._errors import IncompleteStream, SsembleError, excerpt
from ._events import ErrorEvent, ReasoningDelta, RefusalDelta, StreamEvent, TextDelta, ToolCallDelta, ToolCallStart
from ._sse import ServerSentEvent, SSEParser
from ._stream import MessageStream

WHOLE, FAULT, USAGE, CUT = 0, 1, 2, 3
SEVERITY = (WHOLE, CUT, FAULT, USAGE)

READ = 65536
LONGEST = 500
"""Characters of one value in the summary."""

BOLD, DIM, RED, GREEN, YELLOW = "1", "2", "31", "32", "33"
# What a server sends must not drive the terminal; tabs and line ends may pass.
CONTROLS = {code: f"\\u{code:04x}" for code in (*range(32), *range(127, 160)) if code not in (9, 10)}

HELP = """\
The text goes to standard output as it comes, that of further choices after it; a summary
goes to standard error. On a terminal, reasoning and tool calls are shown there as they come.

  curl -sN ... | ssemble              read a stream
  ssemble --json body.sse             the finished message of a captured body
  ssemble demo                        see it at work, without a server"""

CODES = """\
exit codes, and of several files the worst, in the order 2, 1, 3, 0:
  0  the message is whole
  1  the server reported an error, or the bytes are bad
  2  usage: a wrong option, a file that cannot be read, output that cannot be written
  3  cut short: by the end of the bytes, by Ctrl-C, or by a reader of the output that
     left (as head does), unless the message was already whole"""

Layer = Union[MessageStream, ChunkParser, "SSEParser[ServerSentEvent]"]


def _json_escape(error: UnicodeError) -> tuple[str, int]:
    """Escape what an encoding lacks so that JSON stays JSON, lone surrogates included."""
    assert isinstance(error, UnicodeEncodeError)
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


codecs.register_error("ssemble.json", _json_escape)


class Closed(Exception):
    """Standard output takes no more; the cause says why."""


class Output:
    """A standard stream that neither its encoding nor its reader can break."""

    def __init__(self, stream: TextIO | None, *, vital: bool) -> None:
        self.stream = stream  # None where the caller closed it
        self.vital = vital  # its end is the end of the work
        self.tty = stream is not None and stream.isatty()
        self.colour = self.tty and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        self.clean = self.tty or not vital
        self.open = False  # a line is begun and not ended

    def write(self, text: str, style: str = "") -> None:
        if self.stream is None or not text:
            return
        self.open = not text.endswith("\n")
        if self.clean:
            text = text.replace("\r\n", "\n").translate(CONTROLS)
        if style and self.colour:
            text = f"\x1b[{style}m{text}\x1b[0m"
        try:
            try:
                self.stream.write(text)
            except UnicodeEncodeError:
                self.stream.write(text.encode(self.stream.encoding, "ssemble.json").decode(self.stream.encoding))
            self.stream.flush()
        except OSError as error:
            self.abandon()
            if self.vital:
                raise Closed from error

    def json(self, value: Any, indent: int | None = None) -> None:
        self.write(json.dumps(value, ensure_ascii=False, indent=indent) + "\n")

    def end_line(self) -> None:
        if self.open:
            self.write("\n")

    def abandon(self) -> None:
        """Send what is still buffered nowhere, or the interpreter complains about it at its end."""
        with contextlib.suppress(OSError, AttributeError):  # no file behind it, or no stream at all
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.stream.fileno())  # type: ignore[union-attr]
        self.stream = None


class Live:
    """The message as it comes: the text, and on a terminal what comes beside it.

    One choice is shown as it comes, the first to speak; the text of the others waits until the
    end, since taking turns in the middle of a word would make neither readable.
    """

    def __init__(self, out: Output, err: Output, beside: bool) -> None:
        self.out = out
        self.err = err
        self.beside = beside
        self.choice: int | None = None
        self.lane: object = None  # what the last line shows
        self.waiting: dict[int, list[str]] = {}

    def show(self, event: Any) -> None:
        choice = getattr(event, "choice", None)
        if choice is None:
            return
        if self.choice is None:
            self.choice = choice
        if isinstance(event, TextDelta):
            if choice == self.choice:
                self._turn("text")
                self.out.write(event.text)
            else:
                self.waiting.setdefault(choice, []).append(event.text)
        elif self.beside and choice == self.choice:
            self._beside(event)

    def end(self) -> None:
        self._turn(None)
        self.out.end_line()
        for choice, texts in sorted(self.waiting.items()):
            self.out.write(f"\n[choice {choice}]\n", BOLD)
            self.out.write("".join(texts))
            self.out.end_line()

    def _beside(self, event: Any) -> None:
        if isinstance(event, (ReasoningDelta, RefusalDelta)):
            self._turn(event.type)
            self.err.write(event.text, DIM)
        elif isinstance(event, ToolCallStart):
            self._turn(("call", event.index))
            self.err.write(f"{event.name} ", BOLD)
        elif isinstance(event, ToolCallDelta):
            self.err.write(event.arguments, DIM)

    def _turn(self, lane: object) -> None:
        if lane != self.lane:
            self.lane = lane
            self.err.end_line()
            if self.out.tty:  # elsewhere the text stays as it came
                self.out.end_line()


class Session:
    """One stream, from its first byte to its summary."""

    def __init__(self, options: argparse.Namespace, out: Output, err: Output) -> None:
        self.mode: str = options.mode
        self.quiet: bool = options.quiet
        self.out = out
        self.err = err
        self.live = Live(out, err, beside=not self.quiet and (err.tty or options.reasoning))
        self.layer: Layer
        if self.mode == "sse":
            self.layer = SSEParser()
        elif self.mode == "chunks":
            self.layer = ChunkParser(errors=options.errors)
        else:
            self.layer = MessageStream(options.dialect, errors=options.errors)
        self.items = 0
        self.characters = 0
        self.first: float | None = None  # when the first text came
        self.reported: list[SsembleError] = []
        self.error: SsembleError | None = None
        self.stopped = ""  # what stopped it before the end of the bytes
        self.unwritable = False
        self.over = False  # no other stream is to be read either

    def run(self, fragments: Iterable[bytes]) -> int:
        self.start = monotonic()
        for step in (partial(self._read, fragments), self._conclude):
            try:
                step()
            except SsembleError as error:
                self.error = error
            except KeyboardInterrupt:
                self.stopped, self.over = "interrupted", True
            except Closed as closed:
                self.stopped, self.over = "standard output was closed", True
                if not isinstance(closed.__cause__, BrokenPipeError):
                    self.stopped, self.unwritable = f"standard output fails: {closed.__cause__}", True
            except OSError as error:
                self.stopped = f"reading fails: {error}"
        self._summary(monotonic() - self.start)
        return self.code

    @property
    def whole(self) -> bool:
        """True if the stream itself says that nothing is missing; plain events cannot."""
        if isinstance(self.layer, SSEParser):
            return False
        return self.layer.complete if isinstance(self.layer, MessageStream) else self.layer.done

    @property
    def code(self) -> int:
        if self.unwritable:
            return USAGE
        if self.reported or not (self.error is None or isinstance(self.error, IncompleteStream)):
            return FAULT
        if self.error is not None or (self.stopped and not self.whole):
            return CUT
        return WHOLE

    def _read(self, fragments: Iterable[bytes]) -> None:
        for data in fragments:
            self._take(self.layer.feed(data))
            self.layer.check()
        if isinstance(self.layer, SSEParser):
            for event in self.layer.close(flush=True):
                raise IncompleteStream(f"the last event has no blank line, and is left out: {excerpt(event.data)}")
        self._take(self.layer.flush())
        self.layer.check()

    def _take(self, items: Sequence[Any]) -> None:
        for item in items:
            self.items += 1
            if isinstance(item, ErrorEvent):
                self.reported.append(item.error)
            elif isinstance(item, TextDelta):
                self.characters += len(item.text)
                self.first = self.first or monotonic()
            if self.mode == "text":
                self.live.show(item)
            elif self.mode != "json":
                self.out.json(_plain(item))

    def _conclude(self) -> None:
        self.live.end()
        if self.mode == "json":
            assert isinstance(self.layer, MessageStream)
            self.out.json(self.layer.completion().to_dict(), indent=2)

    def _summary(self, seconds: float) -> None:
        word, style, detail = self._verdict()
        if self.quiet:
            if self.code:
                self.err.write(f"ssemble: {word}: {_short(detail)}\n")
            return
        self.err.end_line()
        if self.err.tty and self.out.tty:
            self.err.write("\n")
        self._row(word, detail, style)
        for error in self.reported:
            self._row("reported", _named(error), RED)
        if isinstance(self.layer, MessageStream):
            self._message(self.layer.completion())
        if not isinstance(self.layer, SSEParser) and self.layer.repairs:
            self._row("repairs", ", ".join(f"{code} {count}" for code, count in self.layer.repairs.items()))
        self._row("stream", self._speed(seconds))

    def _verdict(self) -> tuple[str, str, str]:
        if self.code == WHOLE:
            return "whole" if self.whole else "ended", GREEN, self.stopped
        if self.code == CUT:
            return "cut short", YELLOW, str(self.error or self.stopped)
        if self.code == USAGE:
            return "stopped", RED, self.stopped
        if self.error is None or isinstance(self.error, IncompleteStream):
            return "error", RED, f"{len(self.reported)} reported; {self.error or 'the rest is whole'}"
        return "error", RED, _named(self.error)

    def _message(self, message: Completion) -> None:
        if message.id or message.model:
            self._row("message", ", ".join(filter(None, (message.id, message.model))))
        for choice in message.choices:
            self._row(f"choice {choice.index}", _choice(choice))
            for call in choice.message.tool_calls:
                self._row(f"  call {call.index}", f"{_short(call.name)} {_short(call.arguments)} ({_state(call)})")
        if message.usage:
            self._row("usage", ", ".join(f"{key} {value:,}" for key, value in _counts(message.usage)))

    def _speed(self, seconds: float) -> str:
        if not isinstance(self.layer, MessageStream):
            noun = "events" if self.mode == "sse" else "payloads"
            return f"{self.items:,} {noun} in {seconds:.2f} s"
        text = f"{self.layer.chunks:,} chunks, {self.characters:,} characters in {seconds:.2f} s"
        if self.first is None:
            return text
        rate = self.characters / max(seconds, 0.001)
        return f"{text}, {rate:,.0f} a second, the first after {self.first - self.start:.2f} s"

    def _row(self, label: str, text: str, style: str = BOLD) -> None:
        self.err.write(f"{label:<10}", style)
        self.err.write(f" {_short(text, 4 * LONGEST)}".rstrip() + "\n")


def _plain(item: Any) -> Any:
    """Turn what a layer gives into JSON."""
    if isinstance(item, ServerSentEvent):
        return {"event": item.event, "data": item.data, "id": item.id}
    if isinstance(item, ToolCall):
        shown = {field.name: getattr(item, field.name) for field in fields(item) if field.name != "_raw"}
        return {**shown, "complete": item.complete}
    if isinstance(item, SsembleError):
        shown = {key: value for key, value in vars(item).items() if key != "partial"}
        return {"class": type(item).__name__, **shown, "message": str(item)}
    if isinstance(item, StreamEvent):
        return {"type": item.type, **{field.name: _plain(getattr(item, field.name)) for field in fields(item)}}
    return item


def _short(text: str, longest: int = LONGEST) -> str:
    """Fit a value into one line."""
    text = text.replace("\r", "\\r").replace("\n", "\\n")
    return text if len(text) <= longest else f"{text[:longest]}... and {len(text) - longest:,} characters more"


def _named(error: SsembleError) -> str:
    return f"{type(error).__name__}: {error}"


def _choice(choice: Choice) -> str:
    message = choice.message
    facts = [choice.finish_reason or "no finish_reason", f"{len(message.text):,} characters"]
    if choice.raw_finish_reason != choice.finish_reason:
        facts[0] += f" ({choice.raw_finish_reason})"
    if message.reasoning:
        facts.append(f"{len(message.reasoning):,} of reasoning")
    if message.refusal:
        facts.append(f"refused: {_short(message.refusal)}")
    return ", ".join(facts)


def _state(call: ToolCall) -> str:
    if call.complete:
        return "complete"
    return "arguments are not JSON" if call.closed else "cut short"


def _counts(usage: dict[str, Any]) -> Iterator[tuple[str, int | float]]:
    """The counts of the usage, those of its details too where they are not zero."""
    for key, value in usage.items():
        if isinstance(value, dict):
            yield from ((name, count) for name, count in value.items() if count and _is_count(count))
        elif _is_count(value):
            yield key, value


def _is_count(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        argv: the arguments; None takes those of the process.

    Returns:
        The exit code.
    """
    out, err = Output(sys.stdout, vital=True), Output(sys.stderr, vital=False)
    parser = _parser()
    try:
        options = parser.parse_args(argv)
        problem = _problem(options)
        if problem:
            err.write(problem)
            return USAGE
        return max(_sessions(options, out, err), key=SEVERITY.index)
    except SystemExit as stop:  # argparse has written what there is to say
        out.write("")
        return int(stop.code or WHOLE)
    except KeyboardInterrupt:
        return CUT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ssemble",
        usage="ssemble [options] [file ...]\n       ssemble demo [--fast] [--seed N] [options]",
        description=HELP,
        epilog=CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("files", nargs="*", metavar="file", help="a captured body; - is standard input, the default")
    what = parser.add_mutually_exclusive_group()
    modes = {
        "json": "print the finished message as JSON, also if it was cut short",
        "events": "print the typed events as they come, one a line, as JSON",
        "chunks": "print the payloads as they come, one a line, as JSON",
        "sse": "print the server-sent events as they come, one a line, as JSON",
    }
    for mode, text in modes.items():
        what.add_argument(f"--{mode}", dest="mode", action="store_const", const=mode, default="text", help=text)
    parser.add_argument("--dialect", choices=sorted(DIALECTS), help="the wire shape; recognised if not given")
    parser.add_argument(
        "--errors",
        choices=("raise", "event"),
        default="raise",
        help="the first error ends the stream, or is reported and skipped (default: raise)",
    )
    parser.add_argument("--reasoning", action="store_true", help="show reasoning and calls although not on a terminal")
    parser.add_argument("-q", "--quiet", action="store_true", help="no summary; one line if something is wrong")
    parser.add_argument("--fast", action="store_true", help="demo: all at once, not at reading speed")
    parser.add_argument("--seed", type=int, metavar="N", help="demo: cut the bytes as another run with this seed did")
    parser.add_argument("--version", action="version", version=f"ssemble {__version__}")
    return parser
