"""requests: ``iter(partial(r.raw.read1, 65536, decode_content=True), b"")``."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec

import pytest
import requests
import urllib3

import ssemble

from .server import LoopbackServer, Reply
from .suite import SyncSuite
from .wire import DONE, one_event_each

OVERWRITTEN = find_spec("urllib3._async") is not None  # by urllib3-future, which niquests brings


class TestSync(SyncSuite):
    broken = short = reset = (urllib3.exceptions.ProtocolError,)
    no_gzip = "read1 of urllib3-future gives b'' where a chunk decodes to nothing, as at the end" if OVERWRITTEN else ""

    def body(self, url: str) -> Iterator[bytes]:
        with requests.get(url, stream=True, timeout=10) as r:
            yield from iter(partial(r.raw.read1, 65536, decode_content=True), b"")


@pytest.mark.skipif(OVERWRITTEN, reason="urllib3 is overwritten by urllib3-future, which holds nothing back")
@pytest.mark.parametrize("size", [1024, None])
def test_iter_content_holds_events_back_on_a_close_delimited_body(server: LoopbackServer, size: int | None) -> None:
    reply = Reply([*one_event_each("one", "two"), DONE[3:]], "close", gated=True, patience=0.2)
    with requests.get(server.url(reply), stream=True, timeout=10) as r:
        for event in ssemble.iter_events(r.iter_content(chunk_size=size)):
            if isinstance(event, ssemble.TextDelta):
                reply.go()
    assert reply.overdue > 0
