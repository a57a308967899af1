"""Shapes and peers with pytest-benchmark: ``pytest benchmarks --benchmark-enable``."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.contenders import accumulator, chunk_parser, events_and_completion, sse_parser
from benchmarks.peers import CLIENTS, ON_CHUNKS, ON_LINES, READERS, Peer, version
from benchmarks.shapes import CUTTINGS, SHAPES, chunks, frames

COUNT = {"huge event": 5}


@pytest.mark.parametrize("cutting", [name for name in CUTTINGS if name != "one byte"])
@pytest.mark.parametrize("shape", SHAPES)
def test_events_and_completion(benchmark: Any, shape: str, cutting: str) -> None:
    events = frames(shape, COUNT.get(shape, 500))
    assert benchmark(events_and_completion, CUTTINGS[cutting](events)) == events_and_completion(events)


def test_one_byte_a_fragment(benchmark: Any) -> None:
    events = frames("text", 100)
    assert benchmark(events_and_completion, CUTTINGS["one byte"](events)) == events_and_completion(events)


@pytest.mark.parametrize("layer", [sse_parser, chunk_parser])
def test_layers(benchmark: Any, layer: Any) -> None:
    found = benchmark(layer, frames("text", 500))
    assert (found if isinstance(found, int) else len(found)) >= 500


def test_accumulator(benchmark: Any) -> None:
    assert benchmark(accumulator, chunks("text", 500))


@pytest.mark.filterwarnings("default")  # those of other packages are theirs
@pytest.mark.parametrize("peer", [*READERS, ON_LINES, *CLIENTS, ON_CHUNKS], ids=lambda peer: peer.name)
def test_peers(benchmark: Any, peer: Peer) -> None:
    if version(peer.package) is None:
        pytest.skip(f"{peer.package} is not installed")
    events = frames("text", 100)
    run = peer.ready(chunks("text", 100) if peer is ON_CHUNKS else events)
    reads_events = peer is ON_LINES or peer in READERS
    assert benchmark(run) == (sse_parser(events) if reads_events else events_and_completion(events))
