"""The shared recordings of fifty providers, each at five cuttings."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.trace import events_match_result, trace

# Bodies whose calls end in arguments that are not JSON: cut by a length limit, or written so by the model.
BAD_ARGUMENTS = {
    "openai-chat/0xplaygrounds-rig__024.sse": "cut at finish_reason length",
    "openai-chat/maruel-genai__233.sse": "the model leaked its own markup into the arguments",
    "openai-chat/maruel-genai__234.sse": "the model leaked its own markup into the arguments",
}


def rows(corpus: Path, dialect: str) -> list[dict[str, Any]]:
    lines = (corpus / "corpus" / "index.jsonl").read_text().splitlines()
    return [row for row in map(json.loads, lines) if row["dialect"] == dialect]


def cuttings(body: bytes, recorded: list[int] | None, rng: random.Random) -> Iterator[list[bytes]]:
    yield by_sizes(body, iter(lambda: 1400, None))
    yield by_sizes(body, iter(lambda: rng.randint(1, 200), None))
    yield by_sizes(body, iter(lambda: 3, None))
    yield by_sizes(body, iter(recorded) if recorded else iter(lambda: 16384, None))


def by_sizes(body: bytes, sizes: Iterator[int]) -> list[bytes]:
    fragments, start = [], 0
    while start < len(body):
        end = start + next(sizes)
        fragments.append(body[start:end])
        start = end
    return fragments


def test_every_recording_is_put_together(corpus: Path) -> None:
    recordings = rows(corpus, "openai-chat")
    assert len(recordings) >= 757
    bad_arguments = set()
    for row in recordings:
        body = (corpus / "corpus" / row["file"]).read_bytes()
        whole = trace([body])
        assert (whole.error is None) or row["has_error"] or "ProviderError" in whole.error, (row["file"], whole.error)
        for fragments in cuttings(body, row["recorded_chunks"], random.Random(row["file"])):
            assert trace(fragments) == whole, row["file"]
        events_match_result(whole.events, whole.completion)
        calls = [call for choice in whole.completion.choices for call in choice.message.tool_calls]
        if not all(call.complete for call in calls):
            bad_arguments.add(row["file"])
    assert bad_arguments == set(BAD_ARGUMENTS)


def test_bodies_of_other_dialects_end_in_a_clear_error_or_whole(corpus: Path) -> None:
    for dialect in ("anthropic", "openai-responses", "gemini", "cohere", "other"):
        for row in rows(corpus, dialect):
            body = (corpus / "corpus" / row["file"]).read_bytes()
            assert trace([body]) == trace(by_sizes(body, iter(lambda: 997, None))), row["file"]
