"""Invariant: any bytes are a row that can be stored anywhere, and the splits do not matter."""

from __future__ import annotations

import ssemble
from fuzz.common import cut, run
from tests.rows import check


def TestOneInput(data: bytes) -> None:
    body, fragments = cut(data)
    found = check(ssemble.row(body))
    assert ssemble.row(fragments) == found
    stream = ssemble.MessageStream(errors="event")
    stream.feed(body)
    stream.end()
    assert (found["status"] == "whole") == (stream.error is None and not stream.errors)
    timed = ssemble.row((float(at), fragment) for at, fragment in enumerate(fragments))
    assert {**timed, **{name: found[name] for name in found if found[name] != timed[name]}} == found
    assert {name for name in found if found[name] != timed[name]} <= TIMES


TIMES = {"fragments", "first_byte", "first_event", "duration", "longest_gap"}

if __name__ == "__main__":
    run(TestOneInput)
