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
from typing import Any, TextIO

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
LONGEST = 500  # characters of one value in the summary
BOLD, DIM, RED, GREEN, YELLOW = "1", "2", "31", "32", "33"
# What a server sends must not drive the terminal; tabs and line ends may pass.
CONTROLS = {code: f"\\u{code:04x}" for code in (*range(32), *range(127, 160)) if code not in (9, 10)}

HELP = """\
The text goes to standard output as it comes, that of further choices after it; a summary goes
to standard error. On a terminal, reasoning and tool calls are shown there as they come.

  curl -sN ... | ssemble         read a stream
  ssemble --json body.sse        put a captured body together
  ssemble demo                   see it at work, without a server
"""
CODES = """\
exit codes (of several files the worst, in the order 2, 1, 3, 0):
  0  the message is whole
  1  the server reported an error, or the bytes are bad
  2  usage: a wrong option, a file that cannot be read, output that cannot be written
  3  cut short: by the end of the bytes, by Ctrl-C, or by a reader of the output that left,
     as head does; unless the message was already whole
"""
MODES = {
    "json": "print the finished message as JSON, also if it was cut short",
    "events": "print the typed events as they come, one a line, as JSON",
    "chunks": "print the payloads as they come, one a line, as JSON",
    "sse": "print the server-sent events as they come, one a line, as JSON",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with these arguments, or those of the process; return its exit code."""
    out, err = Output(sys.stdout, vital=True), Output(sys.stderr, vital=False)
    try:
        try:
            options = _options(argv)
        except SystemExit as stop:  # argparse has said what there is to say
            out.write("")
            return int(stop.code or WHOLE)
        return _run(options, out, err)
    except KeyboardInterrupt:
        return CUT
    except (Closed, OSError):  # in the middle of the help
        out.abandon()
        return USAGE


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="ssemble",
        usage="ssemble [options] [file ...]\n       ssemble demo [--fast] [--seed N] [options]",
        description=HELP,
        epilog=CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("files", nargs="*", metavar="file", help="a captured body; - is standard input, the default")
    modes = parser.add_mutually_exclusive_group()
    for mode, text in MODES.items():
        modes.add_argument(f"--{mode}", dest="mode", action="store_const", const=mode, default="text", help=text)
    add("--dialect", choices=sorted(DIALECTS), help="the wire shape; recognised if not given")
    add("--errors", choices=("raise", "event"), default="raise", help="end at the first error, or report it and go on")
    add("--reasoning", action="store_true", help="show reasoning and tool calls also where no terminal is")
    add("-q", "--quiet", action="store_true", help="no summary, and one line only if something is wrong")
    add("--fast", action="store_true", help="demo: all at once, not at reading speed")
    add("--seed", type=int, metavar="N", help="demo: cut the bytes as the last run with this seed did")
    add("--version", action="version", version=f"ssemble {__version__}")
    options = parser.parse_args(argv)
    options.demo = options.files[:1] == ["demo"]
    if options.demo and len(options.files) > 1:
        parser.error("demo takes no files; a file of that name is ./demo")
    if not options.demo and (options.fast or options.seed is not None):
        parser.error("--fast and --seed belong to: ssemble demo")
    if not options.files and sys.stdin is not None and sys.stdin.isatty():
        parser.exit(USAGE, parser.format_help())
    return options


def _run(options: argparse.Namespace, out: Output, err: Output) -> int:
    codes = []
    for name in options.files or ["-"]:
        if len(options.files) > 1 and not options.quiet:
            err.write(f"==> {name} <==\n", BOLD)
        session = Session(options, out, err)
        try:
            with _source(name, options, err) as fragments:
                codes.append(session.run(fragments))
        except OSError as error:
            err.write(f"ssemble: {name}: {error.strerror}\n")
            codes.append(USAGE)
        if session.stopped:
            break
    return max(codes, key=SEVERITY.index)


@contextlib.contextmanager
def _source(name: str, options: argparse.Namespace, err: Output) -> Iterator[Iterable[bytes]]:
    """Give the bytes as they arrive, not when a block of them is full."""
    if options.demo:
        seed = random.randrange(1000) if options.seed is None else options.seed
        body = _demo.body()
        cut = _demo.cut(body, seed)
        if not options.quiet:
            err.write(f"{len(body):,} bytes, cut at random into {len(cut)} fragments (--seed {seed})\n\n", DIM)
        yield _demo.replay(cut, 0 if options.fast else _demo.SECONDS)
    elif name != "-":
        with open(name, "rb") as file:
            yield iter(partial(file.read1, READ), b"")
    elif sys.stdin is None:
        raise OSError(0, "standard input is closed")
    else:
        stdin: Any = sys.stdin.buffer  # a BufferedReader, not just any BinaryIO
        yield iter(partial(stdin.read1, READ), b"")


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
        self.colour = self.tty and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
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
        encoding = self.stream.encoding or "utf-8"
        try:
            self.stream.write(text.encode(encoding, "ssemble.json").decode(encoding))
            self.stream.flush()
        except OSError as error:
            self.abandon()
            if self.vital:
                raise Closed from error

    def end_line(self) -> None:
        if self.open:
            self.write("\n")

    def abandon(self) -> None:
        """Send what is still buffered nowhere, or the interpreter complains of it at its end."""
        if self.stream is not None:
            with contextlib.suppress(OSError):  # no file behind it
                os.dup2(os.open(os.devnull, os.O_WRONLY), self.stream.fileno())
            self.stream = None


class Live:
    """The message as it comes: the text, and what comes beside it.

    One choice is shown as it comes, the first to speak. The text of the others waits until the
    end: taking turns in the middle of words would make none of them readable.
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
        if self.choice is None:
            self.choice = choice
        if isinstance(event, TextDelta):
            if choice == self.choice:
                self._turn("text")
                self.out.write(event.text)
            else:
                self.waiting.setdefault(event.choice, []).append(event.text)
        elif self.beside and choice == self.choice:
            self._show_beside(event)

    def _show_beside(self, event: Any) -> None:
        if isinstance(event, (ReasoningDelta, RefusalDelta)):
            self._turn(event.type)
            self.err.write(event.text, DIM)
        elif isinstance(event, ToolCallStart):
            self._turn(event.index)
            self.err.write(f"{event.name} ", BOLD)
        elif isinstance(event, ToolCallDelta):
            self.err.write(event.arguments, DIM)

    def end(self) -> None:
        self._turn(None)
        self.out.end_line()
        for choice, texts in sorted(self.waiting.items()):
            self.out.write(f"\n[choice {choice}]\n", BOLD)
            self.out.write("".join(texts))
            self.out.end_line()

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
        self.live = Live(out, err, not self.quiet and (err.tty or options.demo or options.reasoning))
        self.layer: MessageStream | ChunkParser | SSEParser[ServerSentEvent]
        self.layer = MessageStream(options.dialect, errors=options.errors)
        if self.mode in ("sse", "chunks"):
            self.layer = SSEParser() if self.mode == "sse" else ChunkParser(errors=options.errors)
        self.start = monotonic()
        self.first: float | None = None  # when the first text came
        self.items = self.characters = 0
        self.reported: list[SsembleError] = []
        self.error: SsembleError | None = None
        self.stopped = ""  # what stopped it before the end of the bytes
        self.unwritable = False

    def run(self, fragments: Iterable[bytes]) -> int:
        for step in (partial(self._read, fragments), self._conclude):
            try:
                step()
            except SsembleError as error:
                self.error = error
            except KeyboardInterrupt:
                self.stopped = "interrupted"
            except Closed as closed:
                self.unwritable = not isinstance(closed.__cause__, BrokenPipeError)
                self.stopped = f"standard output: {closed.__cause__}"
            except OSError as error:
                self.stopped = f"reading fails: {error}"
        _summary(self, monotonic() - self.start)
        return self.code

    @property
    def whole(self) -> bool:
        """True if the stream itself said that nothing is missing; plain events cannot."""
        if isinstance(self.layer, MessageStream):
            return self.layer.complete
        return isinstance(self.layer, ChunkParser) and self.layer.done

    @property
    def code(self) -> int:
        if self.unwritable:
            return USAGE
        if self.reported or not (self.error is None or isinstance(self.error, IncompleteStream)):
            return FAULT
        return CUT if self.error or (self.stopped and not self.whole) else WHOLE

    def _read(self, fragments: Iterable[bytes]) -> None:
        for data in fragments:
            self._take(self.layer.feed(data))
            self.layer.check()  # an error is shown when it comes, not with the next bytes
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
                self.out.write(json.dumps(_plain(item), ensure_ascii=False) + "\n")

    def _conclude(self) -> None:
        self.live.end()
        if self.mode == "json" and isinstance(self.layer, MessageStream):
            self.out.write(json.dumps(self.layer.completion().to_dict(), ensure_ascii=False, indent=2) + "\n")


def _summary(session: Session, seconds: float) -> None:
    """Say on standard error how the stream went."""
    err, layer = session.err, session.layer
    word, style, detail = _verdict(session)
    if session.quiet:
        err.write(f"ssemble: {word}: {_short(detail)}\n" if session.code else "")
        return
    rows = [("reported", _named(error)) for error in session.reported]
    if isinstance(layer, MessageStream):
        rows += _message_rows(layer.completion())
    if not isinstance(layer, SSEParser) and layer.repairs:
        rows.append(("repairs", ", ".join(f"{code} {count}" for code, count in layer.repairs.items())))
    err.end_line()
    err.write("\n" if err.tty and session.out.tty else "")
    for label, text in [(word, _short(detail)), *rows, ("stream", _speed(session, seconds))]:
        err.write(label, style)
        err.write(f"{' ' * (10 - len(label))}{text}".rstrip() + "\n")
        style = BOLD


def _verdict(session: Session) -> tuple[str, str, str]:
    error = session.error
    if session.code == WHOLE:
        return "whole" if session.whole else "ended", GREEN, session.stopped
    if session.code == USAGE:
        return "stopped", RED, session.stopped
    if session.code == CUT:
        return "cut short", YELLOW, str(error or session.stopped)
    if error is None or isinstance(error, IncompleteStream):
        return "error", RED, f"{len(session.reported)} reported; {error or session.stopped or 'the rest is whole'}"
    return "error", RED, _named(error)


def _message_rows(message: Completion) -> Iterator[tuple[str, str]]:
    if message.id or message.model:
        yield "message", _short(", ".join(filter(None, (message.id, message.model))))
    for choice in message.choices:
        yield f"choice {choice.index}", _facts(choice)
        for call in choice.message.tool_calls:
            state = "complete" if call.complete else "arguments are not JSON" if call.closed else "cut short"
            yield f"  call {call.index}", f"{_short(call.name)} {_short(call.arguments)} ({state})"
    if message.usage:
        yield "usage", ", ".join(f"{_short(name)} {count:,}" for name, count in _counts(message.usage))


def _facts(choice: Choice) -> str:
    message = choice.message
    raw = f" ({_short(str(choice.raw_finish_reason))})" if choice.raw_finish_reason != choice.finish_reason else ""
    facts = [(choice.finish_reason or "no finish_reason") + raw, f"{len(message.text):,} characters"]
    if message.reasoning:
        facts.append(f"{len(message.reasoning):,} of reasoning")
    if message.refusal:
        facts.append(f"refused: {_short(message.refusal)}")
    return ", ".join(facts)


def _counts(usage: dict[str, Any]) -> Iterator[tuple[str, int | float]]:
    for name, value in usage.items():
        if isinstance(value, dict):  # details: most of them are zero
            yield from _counts({key: count for key, count in value.items() if count})
        elif type(value) in (int, float):
            yield name, value


def _speed(session: Session, seconds: float) -> str:
    if not isinstance(session.layer, MessageStream):
        return f"{session.items:,} {'events' if session.mode == 'sse' else 'payloads'} in {seconds:.2f} s"
    text = f"{session.layer.chunks:,} chunks, {session.characters:,} characters in {seconds:.2f} s"
    if session.first is not None:
        rate = session.characters / max(seconds, 0.001)  # the clock may not have moved
        text += f" ({rate:,.0f} a second), the first after {session.first - session.start:.2f} s"
    return text


def _short(text: str) -> str:
    """Fit a value into one line."""
    text = text.replace("\r", "\\r").replace("\n", "\\n")
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}... and {len(text) - LONGEST:,} characters more"


def _named(error: SsembleError) -> str:
    return f"{type(error).__name__}: {_short(str(error))}"


def _plain(item: Any) -> Any:
    """Turn what a layer gives into JSON."""
    if isinstance(item, ServerSentEvent):
        return {"event": item.event, "data": item.data, "id": item.id}
    if isinstance(item, SsembleError):
        facts = {key: value for key, value in vars(item).items() if key != "partial"}
        return {"class": type(item).__name__, **facts, "message": str(item)}
    if isinstance(item, ToolCall):
        facts = {field.name: getattr(item, field.name) for field in fields(item) if field.repr}
        return {**facts, "complete": item.complete}
    if isinstance(item, StreamEvent):  # type: ignore[arg-type]  # a Union is a class here since 3.10
        return {"type": item.type, **{field.name: _plain(getattr(item, field.name)) for field in fields(item)}}
    return item
