"""The shared text/event-stream cases, each whole, byte by byte and at every cut."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.property.test_sse import read

from .framing.whatwg import interpret


def cuts(case: dict[str, Any], body: bytes) -> Iterator[list[bytes]]:
    yield [body]
    yield [body[i : i + 1] for i in range(len(body))]
    for pieces in case.get("chunks_hex", ()):
        yield [bytes.fromhex(piece) for piece in pieces]
    if len(body) <= 400:
        yield from ([body[:i], b"", body[i:]] for i in range(len(body) + 1))
    rng = random.Random(case["name"])
    for _ in range(3):
        places = sorted(rng.choices(range(len(body) + 1), k=5))
        yield [body[a:b] for a, b in zip([0, *places], [*places, len(body)], strict=True)]


def test_every_case_comes_out_right_at_every_cut(corpus: Path) -> None:
    cases = json.loads((corpus / "sse" / "cases.json").read_text())
    assert len(cases) >= 305
    for case in cases:
        body = bytes.fromhex(case["bytes_hex"])
        events = [(event["event"], event["data"], event["id"]) for event in case["events"]]
        for fragments in cuts(case, body):
            got = read(fragments)
            assert got.events == events, (case["name"], fragments)
            assert got.comments == case["comments"], (case["name"], fragments)
            assert got.last_event_id == case["last_event_id"], (case["name"], fragments)
            if not case.get("retry_impl_defined"):
                assert got.retry == case["retry"], (case["name"], fragments)
        assert interpret(body).events == events, f"the oracle is wrong about {case['name']}"
        if "flush_events" in case:
            flushed = [(event["event"], event["data"], event["id"]) for event in case["flush_events"]]
            assert read([body], flush=True).events == flushed, case["name"]
