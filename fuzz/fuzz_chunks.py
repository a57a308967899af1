"""Invariant: payloads, errors and repairs do not depend on the cuts; only SsembleError is raised."""

from __future__ import annotations

from typing import Any, Literal

import ssemble
from fuzz.common import cut, run
from tests.trace import comparable, describe


def read(fragments: list[bytes], errors: Literal["raise", "event"]) -> tuple[Any, ...]:
    parser = ssemble.ChunkParser(errors=errors)
    items: list[Any] = []
    error = None
    try:
        for fragment in fragments:
            items += parser.feed(fragment)
        items += parser.close()
        parser.close()
    except ssemble.SsembleError as caught:  # the one tree: whatever else comes is a finding
        error = describe(caught)
    return [repr(comparable(item)) for item in items], error, parser.done, parser.repairs


def TestOneInput(data: bytes) -> None:
    body, fragments = cut(data)
    modes: tuple[Literal["raise", "event"], ...] = ("raise", "event")
    for errors in modes:
        assert read(fragments, errors) == read([body], errors)


if __name__ == "__main__":
    run(TestOneInput)
