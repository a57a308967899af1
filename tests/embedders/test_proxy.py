"""The recipe of a proxy with a real server and real clients, some of whom leave: what comes is counted."""

from __future__ import annotations

import asyncio
import sys

import pytest

from ..needed import needed

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read from /proc")


def test_every_stream_has_its_row_and_no_byte_is_lost() -> None:
    for package in ("uvicorn", "starlette", "httpx"):
        needed(package)
    from benchmarks.proxy import check, loads
    from benchmarks.proxy_servers import proxies

    with proxies(seconds=0.4) as servers:
        watched, plain = asyncio.run(loads(servers, at_once=20, streams=60, spread=0.1))
    assert watched.streams == plain.streams == 30
    check(watched, plain)
