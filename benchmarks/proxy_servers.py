"""The processes of `benchmarks.proxy`: an upstream, and the recipe of a proxy, which watches or does not."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

import ssemble
from benchmarks.shapes import frames
from tests.embedders.recipe import recipe

FRAMES = frames("text", 37)  # 40 chunks with the first, the last and the terminator
BODY = b"".join(FRAMES)
LONGEST = 100.0  # seconds; the processes end then, whatever happens
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


class Plain:
    """Stands in for an `Observer`: hands the bytes on, and watches nothing."""

    def watch(self, stream: AsyncIterator[bytes], on_end: Any) -> AsyncIterator[bytes]:
        return stream


class Figures(NamedTuple):
    """What the proxy's process reports."""

    cpu: float
    memory: int  # bytes that are resident
    rows: int
    statuses: dict[str, int]  # how the streams ended
    whole: int  # streams that ended, and have the whole text


async def upstream(seconds: float, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send a stream, a frame at a time, for each request, until the proxy hangs up."""
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            await reader.readexactly(length)
            writer.write(HEAD)
            for frame in FRAMES:
                writer.write(b"%x\r\n%b\r\n" % (len(frame), frame))
                await writer.drain()
                await asyncio.sleep(seconds / len(FRAMES))
            writer.write(b"0\r\n\r\n")
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


def serve_upstream(pipe: Connection, seconds: float) -> None:
    async def main() -> None:
        server = await asyncio.start_server(partial(upstream, seconds), "127.0.0.1", 0, backlog=4096)
        pipe.send(server.sockets[0].getsockname()[1])
        await asyncio.get_running_loop().run_in_executor(None, pipe.poll, LONGEST)
        server.close()

    asyncio.run(main())


def serve_proxy(pipe: Connection, port: int, watching: bool) -> None:
    """Run the recipe under uvicorn, and report whenever the other side asks."""
    import httpx
    import uvicorn

    text = ssemble.assemble(BODY).text
    ended: dict[str, int] = {}
    whole = 0

    def log(how: str, row: dict[str, Any]) -> None:
        nonlocal whole
        ended[how] = ended.get(how, 0) + 1
        whole += how == "ended" and row["text"] == text

    def report() -> None:
        while pipe.poll(LONGEST):
            if pipe.recv() == "stop":
                break
            pipe.send(Figures(sum(os.times()[:2]), resident(), sum(ended.values()), dict(ended), whole))
        server.should_exit = server.force_exit = True

    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    names = recipe("proxy", print=log).__globals__
    names["client"] = httpx.AsyncClient(
        limits=limits, timeout=None, trust_env=False, base_url=f"http://127.0.0.1:{port}"
    )
    if not watching:
        names["ssemble"] = Unwatched
    server = uvicorn.Server(
        uvicorn.Config(names["app"], port=0, log_level="warning", http="h11", lifespan="off", backlog=4096)
    )

    async def main() -> None:
        serving = asyncio.ensure_future(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        pipe.send(server.servers[0].sockets[0].getsockname()[1])
        await asyncio.gather(serving, asyncio.get_running_loop().run_in_executor(None, report))

    asyncio.run(main())


class Unwatched:
    """Stands in for ssemble in the proxy."""

    Observer = Plain


def resident() -> int:
    """Return the bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Process:
    """A server in a process of its own, which ends with this one."""

    def __init__(self, serve: Callable[..., None], *args: Any) -> None:
        self.pipe, other = multiprocessing.Pipe()
        context = multiprocessing.get_context("spawn")  # not a fork, in which threads of this process would be missing
        self.process = context.Process(target=serve, args=(other, *args), daemon=True)
        self.process.start()
        self.port: int = self.pipe.recv()

    def figures(self) -> Figures:
        self.pipe.send("report")
        found: Figures = self.pipe.recv()
        return found

    def stop(self) -> None:
        self.pipe.send("stop")
        self.process.join(5)
        self.process.terminate()


@contextmanager
def proxies(seconds: float) -> Iterator[tuple[Process, Process]]:
    """Start a proxy that watches and one that does not, before an upstream whose streams take so many seconds."""
    server = Process(serve_upstream, seconds)
    both = tuple(Process(serve_proxy, server.port, watching) for watching in (True, False))
    try:
        yield both[0], both[1]
    finally:
        for process in (*both, server):
            process.stop()
