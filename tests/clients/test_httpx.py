"""httpx: ``r.iter_bytes()``, ``r.aiter_bytes()``."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

import ssemble

from .server import LoopbackServer, Reply
from .suite import AsyncSuite, SyncSuite
from .wire import chunk, event


class TestSync(SyncSuite):
    broken = short = (httpx.RemoteProtocolError,)
    reset = (httpx.ReadError,)

    def body(self, url: str) -> Iterator[bytes]:
        with httpx.stream("GET", url) as r:
            yield from r.iter_bytes()


class TestAsync(AsyncSuite):
    broken = short = (httpx.RemoteProtocolError,)
    reset = (httpx.ReadError,)

    async def body(self, url: str) -> AsyncIterator[bytes]:
        async with httpx.AsyncClient() as client, client.stream("GET", url) as r:
            async for data in r.aiter_bytes():
                yield data


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\u0085"])
def test_iter_lines_cuts_json_in_half_where_iter_bytes_does_not(server: LoopbackServer, separator: str) -> None:
    url = server.url(Reply([event(chunk(f"one{separator}line"))]))
    with httpx.stream("GET", url) as r:
        lines = [line for line in r.iter_lines() if line]
    assert len(lines) == 2
    with pytest.raises(json.JSONDecodeError):
        json.loads(lines[0].removeprefix("data: "))
    with httpx.stream("GET", url) as r:
        assert [part["choices"][0]["delta"]["content"] for part in ssemble.iter_chunks(r.iter_bytes())] == [
            f"one{separator}line"
        ]
