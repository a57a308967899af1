"""``ssemble --row``: one line of JSON for each captured body, made by one process or by several."""

from __future__ import annotations

import argparse
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from .._row import row
from .._strict_json import dumps, whole
from .bodies import Found, find, read
from .progress import bar
from .session import COMPLETE, FAILED, TRUNCATED, USAGE
from .summary import VERDICTS
from .terminal import Output, OutputClosed

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

BATCH = 16  # bodies that a process takes at once
AHEAD = 3  # batches for each process that wait or are done; more would only take memory
CODES = {"whole": COMPLETE, "cut": TRUNCATED, "unrecognised": FAILED, "error": FAILED}


class Line(NamedTuple):
    """A row as JSON, and what the summary needs of it."""

    text: str
    status: str
    code: int


def run(options: argparse.Namespace, out: Output, err: Output) -> int:
    """Print the rows, and return the exit code: that of the worst row."""
    names = options.files or ["-"]
    counts: Counter[str] = Counter()
    code, why = COMPLETE, ""
    make = partial(_lines, field=options.field, dialect=options.dialect)
    # Counting reads all names first, which may be on standard input, or the bodies are in files that are large.
    countable = "-" not in names and options.field is None
    try:
        with (
            bar(err, out, options.quiet, partial(find, names, None) if countable else None) as done,
            closing(_made(make, find(names, options.field), options.jobs or 1)) as made,
        ):
            for lines in made:
                for line in lines:
                    out.write(line.text + "\n")
                    counts[line.status] += 1
                    code = max(code, line.code, key=list(VERDICTS).index)
                    done()
    except OutputClosed as closed:
        broken = isinstance(closed.__cause__, BrokenPipeError)
        code, why = (TRUNCATED if broken else USAGE), str(closed)
    except KeyboardInterrupt:
        code, why = TRUNCATED, "interrupted"
    except ChildProcessError as error:
        code, why = USAGE, str(error)
    _summarise(err, counts, code, why, options.quiet)
    return code


def _lines(batch: list[Found], *, field: str | None, dialect: str | None) -> list[Line]:
    """Read bodies, in whatever process this is."""
    return [_line(found, field, dialect) for found in batch]


def _line(found: Found, field: str | None, dialect: str | None) -> Line:
    unreadable = False

    def fragments() -> Iterator[Any]:
        nonlocal unreadable
        try:
            yield from read(found, field)
        except OSError:
            unreadable = True
            raise

    columns = row(fragments(), dialect, start=0.0)
    text = dumps({"source": whole(found.source), **columns})
    return Line(text, columns["status"], USAGE if unreadable else CODES[columns["status"]])


def _made(
    make: Callable[[list[Found]], list[Line]], bodies: Iterator[Found], jobs: int
) -> Generator[list[Line], None, None]:
    """Yield the lines of all bodies, in their order."""
    pool = None if jobs == 1 else _pool(jobs)
    if pool is None:
        for found in bodies:
            yield make([found])
        return
    from concurrent.futures import BrokenExecutor

    waiting: deque[Future[list[Line]]] = deque()
    try:
        while batch := list(islice(bodies, BATCH)):
            waiting.append(pool.submit(make, batch))
            if len(waiting) == AHEAD * jobs:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenExecutor as error:
        raise ChildProcessError("a process ended before its rows were done; -j 1 shows at which body") from error
    finally:
        pool.shutdown(cancel_futures=True)


def _pool(jobs: int) -> Executor | None:
    """Return processes that do not end at Ctrl-C, which is for this one; None where there are none."""
    # Imported here, since they take longer to import than all the rest.
    import multiprocessing
    import signal

    # A new process, not a fork: on every platform the same, and no thread of this process is copied.
    context = multiprocessing.get_context("spawn")
    ignore = (signal.SIGINT, signal.SIG_IGN)
    try:
        from concurrent.futures import ProcessPoolExecutor

        return ProcessPoolExecutor(jobs, context, initializer=signal.signal, initargs=ignore)
    # ImportError: WebAssembly before Python 3.13 has no module for it. RuntimeError: a platform has no semaphores, as
    # Android and later WebAssembly, or too few. OSError: Linux keeps them in /dev/shm, where a container may not write.
    except (ImportError, RuntimeError, OSError):
        return None  # one process prints the same


def _summarise(err: Output, counts: Counter[str], code: int, why: str, quiet: bool) -> None:
    word, style = VERDICTS[code]
    text = ", ".join(f"{counts[status]:,} {status}" for status in CODES if counts[status])
    text = f"{counts.total():,} rows{': ' if text else ''}{text}{'; ' if why else ''}{why}"
    if quiet:
        err.write(f"ssemble: {word}: {text}\n" if code else "")
    else:
        err.write(word, style)
        err.write(f"{' ' * (11 - len(word))}{text}\n")
