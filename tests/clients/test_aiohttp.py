"""aiohttp: ``r.content.iter_any()``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

import ssemble

from .server import LoopbackServer, Reply
from .suite import AsyncSuite
from .wire import DONE, chunk, event


class TestAsync(AsyncSuite):
    broken = short = (aiohttp.ClientPayloadError,)
    reset = (aiohttp.ClientError,)

    async def body(self, url: str) -> AsyncIterator[bytes]:
        async with aiohttp.ClientSession() as session, session.get(url) as r:
            async for data in r.content.iter_any():
                yield data


def test_lines_raise_at_a_long_one_where_iter_any_does_not(server: LoopbackServer) -> None:
    long = "x" * 1_000_000
    url = server.url(Reply([event(chunk(long)), DONE]))

    async def lines() -> int:
        async with aiohttp.ClientSession() as session, session.get(url) as r:
            return sum([len(line) async for line in r.content])

    async def any_size() -> ssemble.Completion:
        async with aiohttp.ClientSession() as session, session.get(url) as r:
            return await ssemble.aassemble(r.content.iter_any())

    with pytest.raises((ValueError, aiohttp.http_exceptions.LineTooLong)):
        asyncio.run(lines())
    assert asyncio.run(any_size()).text == long
