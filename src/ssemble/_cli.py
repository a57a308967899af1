"""The command: a stream on standard input, the text as it comes, a summary at the end."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterable, Iterator, Sequence

from . import __version__, _demo
from ._descriptors import fragments
from ._dialects import DIALECTS
from ._session import CUT, USAGE, WHOLE, Session
from ._summary import VERDICTS, summarise
from ._terminal import BOLD, DIM, Output

HELP = """\
The text goes to standard output as it comes, that of further choices after it; a summary goes
to standard error. On a terminal, reasoning and tool calls are shown there as they come.

  curl -sSN --fail-with-body ... | ssemble    read a stream
  ssemble --json body.sse                     put a captured body together
  ssemble demo                                see it at work, without a server
"""
CODES = """\
exit codes (of several files the worst, in the order 2, 1, 3, 0):
  0  the message is whole
  1  the server reported an error, or what came was not understood
  2  usage: a wrong option, a file that cannot be read, output that cannot be written
  3  cut short: the bytes ended too early or none came, Ctrl-C, or the reader of the output
     left, as head does (0 if the message was already whole by then)

JSON: NaN and Infinity are printed as null. What ended a stream too early is the key "error" of
--json and the last line of --events: its class, message, and for an error of the server code and type.
With several files, --json prints one line each, and each line has the key "file" (not --chunks).
"""
MODES = {
    "json": "print the finished message as JSON, also if it was cut short",
    "arguments": "show tool calls filling in, drawn in place; in a pipe, a line of JSON for each finished value",
    "events": "print the typed events as they come, one a line, as JSON",
    "chunks": "print the payloads as they come, one a line, as JSON",
    "sse": "print the server-sent events as they come, one a line, as JSON",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with these arguments, or those of the process; return its exit code."""
    out, err = Output(sys.stdout, vital=True), Output(sys.stderr, vital=False)
    try:
        return _run(_options(argv), out, err)
    except SystemExit as stop:  # argparse has said what there is to say
        Output(sys.stdout, vital=False).write("")  # or its reader may be missed only after our end
        return int(stop.code or WHOLE)
    except KeyboardInterrupt:
        return CUT


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
        session = Session(options, out, err, name)
        try:
            with _source(name, options, err) as source:
                session.run(source)
            summarise(session)
            codes.append(session.code)
        except OSError as error:
            err.write(f"ssemble: {name}: {error.strerror}\n")
            codes.append(USAGE)
        if session.final:
            break
    return max(codes, key=list(VERDICTS).index)


@contextlib.contextmanager
def _source(name: str, options: argparse.Namespace, err: Output) -> Iterator[Iterable[bytes]]:
    if options.demo:
        notice, replayed = _demo.start(options.seed, options.fast)
        err.write("" if options.quiet else f"{notice}\n\n", DIM)
        yield replayed
    elif name != "-":
        with open(name, "rb", buffering=0) as file:
            yield fragments(file)
    elif sys.stdin is None:
        raise OSError(0, "standard input is closed")
    else:
        yield fragments(sys.stdin)
