"""The stream that ``ssemble demo`` plays: like a recorded one, with everything in it at once.

Two choices that take turns, reasoning, text in several scripts, parallel tool calls in pieces,
token counts: and all of it cut at random, inside words, characters and JSON alike.
"""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

SECONDS = 7.0
"""How long the bytes take at reading speed."""

LARGEST = 90
"""Bytes of the largest fragment; one event has about 200."""

REASONING = (
    "Two cities, so two calls, and neither needs the other: they can go out side by side. "
    "A word first, so that nobody waits in front of an empty screen."
)
TEXT = (
    "These bytes were cut at random: inside words, inside JSON, inside characters. "
    "Yet ż, 字, ह and even 👩🏽‍🚀 arrive whole.\n\n"
    "Now the weather in Kraków and in 東京, both at once:"
)
CALLS = (
    ("get_weather", {"city": "Kraków", "country": "PL", "unit": "°C", "days": 2}),
    ("get_weather", {"city": "東京", "country": "JP", "unit": "°C", "days": 2}),
)
SECOND = (
    "The other answer came in between, on the same wire.\n"
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
    """Prepare a replay.

    Args:
        seed: of the cuts; None takes one that nobody chose.
        fast: all at once, not at reading speed.

    Returns:
        A line that says what is going to happen, and the fragments.
    """
    if seed is None:
        seed = random.randrange(1000)
    data = body()
    fragments = cut(data, seed)
    notice = f"{len(data):,} bytes, cut at random into {len(fragments)} fragments (again: --seed {seed})"
    return notice, replay(fragments, 0 if fast else SECONDS)


def body() -> bytes:
    """Write the whole stream, as a server of chat completions sends it."""
    turns = zip_longest(_first_choice(), _second_choice())
    chunks = [_chunk([choice]) for pair in turns for choice in pair if choice is not None]
    chunks.append({**_chunk([]), "usage": USAGE})
    lines = [": connected", ""]
    for chunk in chunks:
        # Compact and not ASCII only, so that there are characters to be cut through.
        lines += ["data: " + json.dumps(chunk, ensure_ascii=False, separators=(",", ":")), ""]
    return "\n".join([*lines, "data: [DONE]", "", ""]).encode()


def cut(data: bytes, seed: int) -> list[bytes]:
    """Cut bytes at random; the same seed gives the same fragments."""
    rng = random.Random(seed)
    fragments = []
    start = 0
    while start < len(data):
        end = start + rng.randint(1, LARGEST)
        fragments.append(data[start:end])
        start = end
    return fragments


def replay(fragments: list[bytes], seconds: float) -> Iterator[bytes]:
    """Give the fragments one by one, each after a wait that fits its size; 0 for no waiting."""
    size = sum(map(len, fragments))
    for fragment in fragments:
        if seconds:
            time.sleep(seconds * len(fragment) / size)
        yield fragment


def _first_choice() -> Iterator[dict[str, Any]]:
    yield _choice(0, {"role": "assistant", "content": None})
    for piece in _pieces(REASONING):
        yield _choice(0, {"reasoning_content": piece})
    for piece in _pieces(TEXT):
        yield _choice(0, {"content": piece})
    for index, (name, arguments) in enumerate(CALLS):
        function = {"name": name, "arguments": ""}
        opening = {"index": index, "id": f"call_{index + 1}", "type": "function", "function": function}
        yield _choice(0, {"tool_calls": [opening]})
        for piece in _pieces(json.dumps(arguments, ensure_ascii=False)):
            yield _choice(0, {"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
    yield _choice(0, {}, "tool_calls")


def _second_choice() -> Iterator[dict[str, Any]]:
    yield _choice(1, {"role": "assistant", "content": ""})
    for piece in _pieces(SECOND):
        yield _choice(1, {"content": piece})
    yield _choice(1, {}, "stop")


def _pieces(text: str) -> list[str]:
    """Split text about as a model's tokens would."""
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
