"""The sample stream of ``ssemble demo``.

It has two interleaved choices, reasoning, text in several scripts, parallel tool calls and token
counts. It is split at random places, also inside words, characters and JSON.
"""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

REPLAY_SECONDS = 7.0
"""Duration of the replay at reading speed."""

MAX_FRAGMENT = 90
"""Bytes of the largest fragment; an event has about 200."""

REASONING = (
    "Two cities, so two calls. Neither needs the other, so they can run in parallel. "
    "First some text, so that the user does not wait in front of an empty screen."
)
TEXT = (
    "These bytes were split at random: inside words, inside JSON, inside characters. "
    "But ż, 字, ह and even 👩🏽‍🚀 arrive intact.\n\n"
    "Now the weather in Kraków and in 東京, in parallel:"
)
CALLS = (
    ("get_weather", {"city": "Kraków", "country": "PL", "unit": "°C", "days": 2}),
    ("get_weather", {"city": "東京", "country": "JP", "unit": "°C", "days": 2}),
)
SECOND = (
    "This second answer was interleaved with the first, on the same connection.\n"
    "Good morning! Dzień dobry! Доброе утро! Καλημέρα! おはよう! 早上好! 좋은 아침! सुप्रभात! "
    "صباح الخير! בוקר טוב! ☀️"
)
USAGE = {
    "prompt_tokens": 57,
    "completion_tokens": 214,
    "total_tokens": 271,
    "completion_tokens_details": {"reasoning_tokens": 36},
}


def start(seed: int | None, fast: bool) -> tuple[str, Iterator[bytes]]:
    """Prepare a replay of the sample stream.

    Args:
        seed: seed of the random splits; None picks one at random.
        fast: send everything at once, not at reading speed.

    Returns:
        A line that announces the replay, and the fragments.
    """
    if seed is None:
        seed = random.randrange(1000)
    data = body()
    fragments = split_randomly(data, seed)
    notice = f"{len(data):,} bytes, split at random into {len(fragments)} fragments (repeat with --seed {seed})"
    return notice, replay(fragments, 0 if fast else REPLAY_SECONDS)


def body() -> bytes:
    """Return the complete stream as a chat completions server sends it."""
    turns = zip_longest(_first_choice(), _second_choice())
    chunks = [_chunk([choice]) for pair in turns for choice in pair if choice is not None]
    chunks.append({**_chunk([]), "usage": USAGE})
    lines = [": connected", ""]
    for chunk in chunks:
        # Compact, and not ASCII only, so that splits can fall inside characters.
        lines += ["data: " + json.dumps(chunk, ensure_ascii=False, separators=(",", ":")), ""]
    return "\n".join([*lines, "data: [DONE]", "", ""]).encode()


def split_randomly(data: bytes, seed: int) -> list[bytes]:
    """Split bytes at random places; the same seed gives the same fragments."""
    rng = random.Random(seed)
    fragments = []
    start = 0
    while start < len(data):
        end = start + rng.randint(1, MAX_FRAGMENT)
        fragments.append(data[start:end])
        start = end
    return fragments


def replay(fragments: list[bytes], seconds: float) -> Iterator[bytes]:
    """Yield the fragments.

    Each one is delayed in proportion to its size.

    Args:
        fragments: the bytes to send.
        seconds: total duration; 0 for no delay.
    """
    size = sum(map(len, fragments))
    for fragment in fragments:
        if seconds:
            time.sleep(seconds * len(fragment) / size)
        yield fragment


def _first_choice() -> Iterator[dict[str, Any]]:
    yield _choice(0, {"role": "assistant", "content": None})
    for token in _tokens(REASONING):
        yield _choice(0, {"reasoning_content": token})
    for token in _tokens(TEXT):
        yield _choice(0, {"content": token})
    for index, (name, arguments) in enumerate(CALLS):
        function = {"name": name, "arguments": ""}
        opening = {"index": index, "id": f"call_{index + 1}", "type": "function", "function": function}
        yield _choice(0, {"tool_calls": [opening]})
        for token in _tokens(json.dumps(arguments, ensure_ascii=False)):
            yield _choice(0, {"tool_calls": [{"index": index, "function": {"arguments": token}}]})
    yield _choice(0, {}, "tool_calls")


def _second_choice() -> Iterator[dict[str, Any]]:
    yield _choice(1, {"role": "assistant", "content": ""})
    for token in _tokens(SECOND):
        yield _choice(1, {"content": token})
    yield _choice(1, {}, "stop")


def _tokens(text: str) -> list[str]:
    """Split text into pieces of about a token."""
    return re.findall(r"\s*\S{1,6}", text)


def _choice(index: int, delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
    return {"index": index, "delta": delta, "finish_reason": finish_reason}


def _chunk(choices: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": "chatcmpl-demo",
        "object": "chat.completion.chunk",
        "created": 1767225600,
        "model": "demo-1",
        "choices": choices,
    }
