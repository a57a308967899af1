"""What watching costs: ``python -m benchmarks.watching [rounds]``.

Each figure is a ratio of CPU times within one run: `Observer.add` of the openai package's own objects to making these
objects, `Observer.feed` to `MessageStream.feed`, and `row` to `assemble` and to json.loads of the payloads. The bodies
are a text stream, and the recordings of chat completions that `SSEMBLE_CORPUS` names.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import ssemble
from benchmarks.contenders import json_loads
from benchmarks.recordings import in_parts
from benchmarks.shapes import frames
from benchmarks.timing import least
from tests.recordings import of_providers

LONG = 100  # chunks
Bodies = Sequence[bytes]


def chunk_type() -> Callable[[dict[str, Any]], Any]:
    """Return what the openai package makes an object of a chunk with."""
    from openai._models import construct_type
    from openai.types.chat import ChatCompletionChunk

    return lambda chunk: construct_type(type_=ChatCompletionChunk, value=chunk)


def chunks_of(body: bytes) -> list[dict[str, Any]]:
    return [chunk for chunk in ssemble.iter_chunks(body, errors="event") if isinstance(chunk, dict)]


def made(make: Callable[[dict[str, Any]], Any], streams: Sequence[Sequence[dict[str, Any]]]) -> list[list[Any]]:
    return [[make(chunk) for chunk in chunks] for chunks in streams]


def added(streams: Sequence[Sequence[Any]]) -> None:
    for chunks in streams:
        observer = ssemble.Observer()
        for chunk in chunks:
            observer.add(chunk)


def fed(make: Callable[[], Any], streams: Sequence[Bodies]) -> None:
    for fragments in streams:
        stream = make()
        for fragment in fragments:
            stream.feed(fragment)


def assembled(bodies: Bodies) -> None:
    for body in bodies:
        try:
            ssemble.assemble(body)
        except ssemble.SsembleError:
            pass


def rows(bodies: Bodies) -> None:
    for body in bodies:
        ssemble.row(body)


def ratios(bodies: Bodies, rounds: int) -> list[float]:
    """Return the four ratios of some bodies."""
    make = chunk_type()
    streams = [chunks_of(body) for body in bodies]
    parts = [in_parts(body) for body in bodies]
    fragments = [found for found, _ in parts]
    payloads = [payload for _, found in parts for payload in found if is_json(payload)]
    times = least(
        {
            "make": partial(made, make, streams),
            "add": partial(added, made(make, streams)),
            "stream": partial(fed, lambda: ssemble.MessageStream(errors="event"), fragments),
            "observer": partial(fed, ssemble.Observer, fragments),
            "loads": partial(json_loads, payloads),
            "assemble": partial(assembled, bodies),
            "row": partial(rows, bodies),
        },
        rounds,
    )
    pairs = (("add", "make"), ("observer", "stream"), ("row", "assemble"), ("row", "loads"))
    return [times[one] / times[other] for one, other in pairs]


def is_json(payload: bytes) -> bool:
    try:
        json_loads([payload])
    except ValueError:
        return False
    return True


HEADING = """# What watching costs

`python -m benchmarks.watching {rounds}`, Python {python}, openai {openai}. CPU time, the least of the rounds.

| bodies | `Observer.add` ÷ making the openai object | `Observer.feed` ÷ `MessageStream.feed` | `row` ÷ `assemble` | \
`row` ÷ `json.loads` of the payloads |
|---|---|---|---|---|
"""


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    recorded = [each.body for each in of_providers() if each.dialect == "openai-chat" and not each.row["has_error"]]
    groups = {
        "text, 2,000 chunks": [b"".join(frames("text"))],
        "recordings of chat": recorded,
        f"of them, with {LONG} chunks and more": [body for body in recorded if len(chunks_of(body)) >= LONG],
    }
    table = HEADING.format(rounds=rounds, python=platform.python_version(), openai=version("openai"))
    for name, bodies in groups.items():
        if bodies:
            add, feed, *row = ratios(bodies, rounds)
            table += f"| {name} ({len(bodies)}) | {add:.3f} | {' | '.join(f'{each:.2f}' for each in (feed, *row))} |\n"
            print(table.splitlines()[-1], flush=True)
    Path(__file__).with_suffix(".md").write_text(table, encoding="utf-8")


if __name__ == "__main__":
    main()
