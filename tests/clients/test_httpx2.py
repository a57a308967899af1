"""httpx2: as httpx."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import ssemble

from ..needed import needed
from .server import LoopbackServer, Reply
from .suite import AsyncSuite, SyncSuite
from .wire import chunk, event

httpx2 = needed("httpx2")


class TestSync(SyncSuite):
    broken = short = (httpx2.RemoteProtocolError,)
    reset = (httpx2.ReadError,)

    def body(self, url: str) -> Iterator[bytes]:
        with httpx2.stream("GET", url) as r:
            yield from r.iter_bytes()


class TestAsync(AsyncSuite):
    broken = short = (httpx2.RemoteProtocolError,)
    reset = (httpx2.ReadError,)

    async def body(self, url: str) -> AsyncIterator[bytes]:
        async with httpx2.AsyncClient() as client, client.stream("GET", url) as r:
            async for data in r.aiter_bytes():
                yield data


def test_a_line_separator_inside_text_survives_iter_bytes(server: LoopbackServer) -> None:
    with httpx2.stream("GET", server.url(Reply([event(chunk("one\u2028line", finish="stop"))]))) as r:
        assert ssemble.assemble(r.iter_bytes()).text == "one\u2028line"
