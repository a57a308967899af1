"""The ``ssemble`` command: read a stream, print its text as it arrives, then a summary."""

from __future__ import annotations

import argparse
import contextlib
import math
import os
import sys
from collections.abc import Iterator, Sequence
from itertools import islice

from .. import __version__
from .._dialects import DIALECTS, WRITERS
from .._errors import SsembleError
from .._stream import MessageStream
from . import demo as _demo
from . import rows
from .descriptors import fragments
from .recording import Live, Recording, Replay, Timed, is_recording, recorded
from .session import COMPLETE, TRUNCATED, USAGE, Session
from .summary import VERDICTS, summarise
from .terminal import BOLD, DIM, Output

HELP = """\
Read an LLM stream and print its text to standard output as it arrives. Further choices are
printed after the first one. A summary is printed to standard error, where a terminal also shows
reasoning and tool calls as they arrive.

  curl -sSN --fail-with-body ... | ssemble    read a live stream
  ssemble --json body.sse                     print the message of a captured body
  ssemble --row folder                        print a flat row for each captured body
  ssemble --to anthropic body.sse             print the body in another wire format
  ssemble demo --dialect gemini               watch a sample stream, without a server
  ssemble demo --to anthropic                 watch it being written in another wire format
"""
BEGINNING = 50  # fragments of a recording, in which most of what it has comes for the first time
CODES = """\
exit codes (with several files the worst one, in the order 2, 1, 3, 0):
  0  the message is complete
  1  the server reported an error, or the data was not understood
  2  usage: a wrong option, a file that cannot be read, or output that cannot be written
  3  truncated: the data ended too early or was empty, Ctrl-C was pressed, or the reader of the
     output closed it, like head (0 if the message was already complete)

JSON output is strict: NaN and Infinity are printed as null. If an error ended the stream, it is
the key "error" of --json and the last line of --events, with its class and message, and for a
server error its code and type. With several files, --json prints one line for each file, and
every line has the key "file" (except with --chunks). --to tells an error in its own wire format.
"""
MODES = {
    "json": "print the finished message as JSON, even if it is truncated",
    "arguments": "show tool call arguments as they arrive; in a pipe, print each completed value as a line of JSON",
    "events": "print the typed events as they arrive, one JSON object per line",
    "chunks": "print the decoded payloads as they arrive, one per line",
    "sse": "print the server-sent events as they arrive, one JSON object per line",
    "row": "print one flat JSON object per body: of files, folders, and paths that are listed on standard input",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code.

    Args:
        argv: the arguments; None takes those of the process.
    """
    out, err = Output(sys.stdout, required=True), Output(sys.stderr, required=False)
    try:
        return _run(_options(argv), out, err)
    except SystemExit as stop:  # argparse has printed its message
        # Flush now, so that a closed pipe is noticed here and not at interpreter exit.
        Output(sys.stdout, required=False).write("")
        return int(stop.code or COMPLETE)
    except KeyboardInterrupt:
        return TRUNCATED


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="ssemble",
        usage="ssemble [options] [file ...]\n       ssemble demo [--dialect NAME] [--to NAME] [options]",
        description=HELP,
        epilog=CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("files", nargs="*", metavar="file", help="captured response bodies; - or none for standard input")
    modes = parser.add_mutually_exclusive_group()
    for mode, text in MODES.items():
        modes.add_argument(f"--{mode}", dest="mode", action="store_const", const=mode, default="text", help=text)
    modes.add_argument("--to", choices=sorted(WRITERS), help="print the stream in another wire format, as it arrives")
    add("--dialect", choices=sorted(DIALECTS), help="the wire format; detected if not given (demo: openai-chat)")
    add(
        "--errors",
        choices=("raise", "event"),
        default="raise",
        help="stop at the first error, or report errors and continue",
    )
    add("--reasoning", action="store_true", help="show reasoning and tool calls even without a terminal")
    add("-q", "--quiet", action="store_true", help="no summary; print one line only if something is wrong")
    add("-j", "--jobs", type=_positive, metavar="N", help="--row: use N processes; the output is the same")
    add("--field", metavar="A.B", help="--row: the files are JSON lines, also gzipped, with the body in this field")
    add("--record", metavar="FILE", help="also write what is read, with its times, to a file that can be replayed")
    add(
        "--replay-speed",
        type=_speed,
        default=1.0,
        metavar="X",
        help="of a recording: 2 replays it in half the time, 0 at once (default: 1)",
    )
    add("--fast", action="store_true", help="demo: print everything at once, not at reading speed")
    add("--seed", type=int, metavar="N", help="demo: split the bytes in the same places as an earlier run")
    add("--version", action="version", version=f"ssemble {__version__}")
    options = parser.parse_args(argv)
    options.mode = "to" if options.to else options.mode
    options.demo = options.files[:1] == ["demo"]
    if options.demo and len(options.files) > 1:
        parser.error("demo takes no files; for a file of that name, write ./demo")
    if not options.demo and (options.fast or options.seed is not None):
        parser.error("--fast and --seed need the command demo: ssemble demo")
    if options.mode == "row" and (options.demo or options.record):
        parser.error("--row reads captured bodies: it takes neither demo (for a file, write ./demo) nor --record")
    if options.mode != "row" and (options.jobs or options.field):
        parser.error("--jobs and --field need --row")
    if options.record and len(options.files) > 1:
        parser.error("--record takes one input")
    if options.record and os.path.realpath(options.record) in map(os.path.realpath, options.files):
        parser.error("--record would write over its input")
    if not options.files and sys.stdin is not None and sys.stdin.isatty():
        parser.exit(USAGE, parser.format_help())
    return options


def _positive(text: str) -> int:
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError(f"expected at least 1, got {number}")
    return number


def _speed(text: str) -> float:
    if not 0 <= (speed := float(text)) < math.inf:
        raise argparse.ArgumentTypeError(f"expected 0 or more, got {text}")
    return speed


def _run(options: argparse.Namespace, out: Output, err: Output) -> int:
    if options.mode == "row":
        return rows.run(options, out, err)
    codes = []
    for name in options.files or ["-"]:
        if len(options.files) > 1 and not options.quiet:
            err.write(f"==> {name} <==\n", BOLD)
        session = Session(options, out, err, name)
        try:
            with _source(name, options, err) as source, _recorded(source, options.record) as timed:
                session.run(timed)
            summarise(session)
            codes.append(session.code)
        except OSError as error:
            err.write(f"ssemble: {error.filename or name}: {error.strerror}\n")
            codes.append(USAGE)
        if session.stop_all:
            break
    return max(codes, key=list(VERDICTS).index)


@contextlib.contextmanager
def _source(name: str, options: argparse.Namespace, err: Output) -> Iterator[Timed]:
    if options.demo:
        notice, replayed = _demo.start(options.dialect, options.seed, options.fast)
        err.write("" if options.quiet else f"{notice}\n\n", DIM)
        yield Live(_demo.shown(replayed, err) if options.to and err.tty and not options.quiet else replayed)
    elif name != "-":
        with open(name, "rb", buffering=0) as file:
            if is_recording(file):
                _import_what_it_needs(name)
                yield Replay(recorded(name), options.replay_speed)
            else:
                yield Live(fragments(file))
    elif sys.stdin is None:
        raise OSError(0, "standard input is closed")
    else:
        yield Live(fragments(sys.stdin))


def _import_what_it_needs(name: str) -> None:
    """Read the beginning of a recording: readers are imported when they are wanted, which would delay a replay."""
    stream = MessageStream(errors="event")
    with contextlib.suppress(OSError, SsembleError):  # the replay tells it
        for _, data in islice(recorded(name), BEGINNING):
            stream.feed(data)


@contextlib.contextmanager
def _recorded(source: Timed, name: str | None) -> Iterator[Timed]:
    """Write what is read to a file, if one is named."""
    if name is None:
        yield source
    else:
        with open(name, "wb", buffering=0) as file:
            yield Recording(source, name, file)
