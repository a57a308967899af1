"""The recipe of a proxy under load: ``python -m benchmarks.proxy [streams at once] [streams]``.

Processes on loopback: an upstream that sends slow streams (raw asyncio), the proxy (uvicorn, Starlette and
httpx, with the recipe's own text), and this one, whose clients count the bytes. One client in five leaves in the
middle of its stream. Two such proxies run at the same time, with `Observer` and without, and streams go to them in
turn. What is compared is the CPU time of their processes.
"""

from __future__ import annotations

import asyncio
import platform
import sys
import time
import tracemalloc
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import ssemble
from benchmarks.proxy_servers import BODY, FRAMES, LONGEST, Figures, Process, proxies

SECONDS = 6.0  # a stream takes this long
GROUP = 5  # one client of so many leaves


async def client(port: int, number: int) -> tuple[int, bool]:
    """Ask for one stream; return the bytes of its body, and whether they are right. One in `GROUP` leaves."""
    leaves = number % GROUP == 0
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(b"POST /v1/chat/completions HTTP/1.1\r\nhost: test\r\ncontent-length: 2\r\n\r\n{}")
        await reader.readuntil(b"\r\n\r\n")
        body = b""
        while size := int(await reader.readuntil(b"\r\n"), 16):
            body += await reader.readexactly(size)
            await reader.readexactly(2)
            if leaves and len(body) > (0.2 + number % 13 / 20) * len(BODY):
                return len(body), BODY.startswith(body)
        return len(body), body == BODY
    finally:
        writer.close()


class Load(NamedTuple):
    """What the clients got of one proxy, and what its process took."""

    streams: int
    chunks: int  # frames in the bytes that were received
    received: int
    wrong: int  # bodies that are not what the upstream sent
    cpu: float
    memory: list[int]  # each second
    last: Figures


async def loads(servers: Sequence[Process], at_once: int, streams: int, spread: float) -> list[Load]:
    """Let clients ask for streams in turn, so many at once, the first ones spread over some seconds."""
    turns = iter(range(streams))
    got: list[list[tuple[int, bool]]] = [[] for _ in servers]
    memory: list[list[int]] = [[] for _ in servers]
    for server in servers:  # what is imported or learned once is not counted
        await asyncio.gather(*(client(server.port, number) for number in range(2 * GROUP)))
    await asyncio.sleep(1)
    before = [server.figures() for server in servers]

    async def asking(first: int) -> None:
        await asyncio.sleep(spread * first / at_once)  # not all in step
        for number in turns:
            which = number % len(servers)
            got[which].append(await client(servers[which].port, number // len(servers)))

    async def watching() -> None:
        while True:
            await asyncio.sleep(1)
            for server, found in zip(servers, memory, strict=True):
                found.append(server.figures().memory)

    watcher = asyncio.ensure_future(watching())
    await asyncio.wait_for(asyncio.gather(*(asking(first) for first in range(at_once))), LONGEST)
    watcher.cancel()
    await asyncio.sleep(1)  # for the proxies to notice who left last
    made = []
    for server, bodies, earlier, resident_bytes in zip(servers, got, before, memory, strict=True):
        last = server.figures()
        last = last._replace(
            rows=last.rows - earlier.rows,
            whole=last.whole - earlier.whole,
            statuses={how: count - earlier.statuses.get(how, 0) for how, count in last.statuses.items()},
        )
        received = sum(size for size, _ in bodies)
        chunks = received * len(FRAMES) // len(BODY)
        wrong = sum(not right for _, right in bodies)
        made.append(Load(len(bodies), chunks, received, wrong, last.cpu - earlier.cpu, resident_bytes, last))
    return made


def bytes_a_stream() -> float:
    """Return the memory of an `Observer` in the middle of a stream."""
    count = 500
    ssemble.Observer().feed(BODY)
    tracemalloc.start()
    observers = [ssemble.Observer() for _ in range(count)]
    for observer in observers:
        for frame in FRAMES[: len(FRAMES) // 2]:
            observer.feed(bytes(bytearray(frame)))
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return size / count


def report(watched: Load, plain: Load, seconds: float, at_once: int) -> str:
    """Return the table."""
    each = [1e6 * load.cpu / load.chunks for load in (watched, plain)]
    halves = [memory_of_halves(load.memory) for load in (watched, plain)]
    leaving = len(range(0, watched.streams, GROUP))
    rows = [
        ("streams", *(f"{load.streams:,}" for load in (watched, plain))),
        ("of them, clients that left in the middle", *[f"{leaving:,}"] * 2),
        ("bytes that the clients got", *(f"{load.received:,}" for load in (watched, plain))),
        ("bodies that are not what was sent", *(f"{load.wrong:,}" for load in (watched, plain))),
        ("rows in the log", f"{watched.last.rows:,}", ""),
        ("of them, by `observer.ended`", ", ".join(f"{n:,} {how}" for how, n in watched.last.statuses.items()), ""),
        ("ended, with the whole text", f"{watched.last.whole:,}", ""),
        ("CPU of the proxy, s", *(f"{load.cpu:.2f}" for load in (watched, plain))),
        ("CPU a chunk, µs", *(f"{value:.0f}" for value in each)),
        ("most memory in the first half, MB", *(f"{first / 1e6:.1f}" for first, _ in halves)),
        ("most memory in the second half, MB", *(f"{second / 1e6:.1f}" for _, second in halves)),
    ]
    table = "".join(f"| {' | '.join(row)} |\n" for row in [("", "watched", "not watched"), ("---",) * 3, *rows])
    ratios = f"CPU a chunk, watched ÷ not watched: {each[0] / each[1]:.2f}. "
    ratios += f"Memory, second half ÷ first half: {halves[0][1] / halves[0][0]:.2f}.\n"
    head = HEADING.format(
        python=platform.python_version(),
        versions=", ".join(f"{name} {version(name)}" for name in ("uvicorn", "starlette", "httpx")),
        streams=watched.streams + plain.streams,
        at_once=at_once,
        chunks=len(FRAMES),
        size=len(BODY),
        interval=1000 * SECONDS / len(FRAMES),
        seconds=seconds,
    )
    return head + table + "\n" + ratios + on_paper(watched, plain, at_once)


def memory_of_halves(memory: list[int]) -> tuple[int, int]:
    """Return the most of each half, without the first seconds, in which the streams begin."""
    steady = memory[int(SECONDS) :]
    middle = len(steady) // 2
    return max(steady[:middle]), max(steady[middle:])


def on_paper(watched: Load, plain: Load, at_once: int) -> str:
    """Return what follows for many streams."""
    start = min(watched.memory)
    lines = ""
    figures = {
        "the whole proxy": (1e6 * watched.cpu / watched.chunks, (max(watched.memory) - start) / (at_once / 2)),
        "its `Observer` alone": (1e6 * (watched.cpu / watched.chunks - plain.cpu / plain.chunks), bytes_a_stream()),
    }
    for name, (micros, size) in figures.items():
        core, gigabyte = 1e6 / micros / RATE, 1e9 / size
        cells = (
            f"{micros:.0f} | {size / 1000:.1f} | {core:,.0f} | {gigabyte:,.0f} | {1e6 / core:,.0f} | {size / 1000:,.0f}"
        )
        lines += f"| {name} | {cells} |\n"
    return PAPER.format(rate=RATE) + lines


RATE = 20  # chunks a second of a stream, for the calculation
HEADING = """# The recipe of a proxy under load

`python -m benchmarks.proxy`, Python {python}, {versions}: {streams:,} streams, {at_once} at once,
each of {chunks} chunks ({size:,} bytes), one every {interval:.0f} ms; {seconds:.0f} s in all. One client in five leaves
in the middle. Half of the streams go through a proxy that watches and makes a row of each, half through
one that does not; both run at the same time.

"""
PAPER = """
## On paper

From these figures, for streams of {rate} chunks a second. The memory of the whole proxy is what it grew by, for each
open stream; that of an `Observer` is what `tracemalloc` finds in the middle of a stream.

| | µs a chunk | kB a stream | streams on one core | streams in one GB | cores for a million | GB for a million |
|---|---|---|---|---|---|---|
"""


def main() -> None:
    at_once, streams = (int(text) for text in (sys.argv[1:3] if len(sys.argv) > 2 else ("400", "3000")))
    start = time.monotonic()
    with proxies(SECONDS) as servers:
        watched, plain = asyncio.run(loads(servers, at_once, streams, SECONDS))
    seconds = time.monotonic() - start
    check(watched, plain)
    text = report(watched, plain, seconds, at_once)
    print(text)
    Path(__file__).with_suffix(".md").write_text(text, encoding="utf-8")


def check(watched: Load, plain: Load) -> None:
    """Nothing was lost: neither bytes nor rows nor text."""
    left = len(range(0, watched.streams, GROUP))
    assert watched.wrong == plain.wrong == 0
    assert watched.last.rows == watched.streams
    # A client that leaves may be noticed when its stream is over.
    assert watched.last.statuses.keys() <= {"left", "ended"}
    assert watched.last.whole == watched.last.statuses["ended"] >= watched.streams - left


if __name__ == "__main__":
    main()
