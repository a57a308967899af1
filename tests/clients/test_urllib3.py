"""urllib3: ``iter(partial(r.read1, 65536), b"")``."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec

import pytest
import urllib3

import ssemble

from .server import LoopbackServer, Reply
from .suite import SyncSuite
from .wire import DONE, one_event_each

if find_spec("urllib3._async") is not None:  # the original has no such module
    pytest.skip("urllib3 is overwritten by urllib3-future, which niquests brings", allow_module_level=True)


class TestSync(SyncSuite):
    broken = short = reset = (urllib3.exceptions.ProtocolError,)

    def body(self, url: str) -> Iterator[bytes]:
        with urllib3.PoolManager() as pool, pool.request("GET", url, preload_content=False) as r:
            yield from iter(partial(r.read1, 65536, decode_content=True), b"")


def test_stream_holds_events_back_on_a_close_delimited_body(server: LoopbackServer) -> None:
    reply = Reply([*one_event_each("one", "two"), DONE[3:]], "close", gated=True, patience=0.2)
    with urllib3.PoolManager() as pool, pool.request("GET", server.url(reply), preload_content=False) as r:
        for event in ssemble.iter_events(r.stream(1024)):
            if isinstance(event, ssemble.TextDelta):
                reply.go()
    assert reply.overdue > 0
