"""urllib.request, as the standard library has it: ``iter(partial(r.read1, 65536), b"")``."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from functools import partial
from urllib.request import urlopen

import ssemble

from .server import LoopbackServer, Reply
from .suite import SyncSuite
from .wire import DONE, one_event_each


class TestSync(SyncSuite):
    broken = (http.client.IncompleteRead,)
    short = (http.client.IncompleteRead, ssemble.IncompleteStream)  # read1 does not count before Python 3.14
    reset = (ConnectionResetError,)
    decodes = False

    def body(self, url: str) -> Iterator[bytes]:
        with urlopen(url, timeout=10) as r:
            yield from iter(partial(r.read1, 65536), b"")


def test_read_holds_events_back(server: LoopbackServer) -> None:
    reply = Reply([*one_event_each("one", "two"), DONE[3:]], gated=True, patience=0.2)
    with urlopen(server.url(reply), timeout=10) as r:
        for event in ssemble.iter_events(iter(partial(r.read, 1024), b"")):
            if isinstance(event, ssemble.TextDelta):
                reply.go()
    assert reply.overdue > 0
