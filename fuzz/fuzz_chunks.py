"""Invariant: payloads, errors and repairs do not depend on the splits; only SsembleError is raised."""

from __future__ import annotations

from typing import Literal

from fuzz.common import cut, run
from tests.trace import chunk_trace


def TestOneInput(data: bytes) -> None:
    body, fragments = cut(data)
    modes: tuple[Literal["raise", "event"], ...] = ("raise", "event")
    for errors in modes:
        assert chunk_trace(fragments, errors) == chunk_trace([body], errors)


if __name__ == "__main__":
    run(TestOneInput)
