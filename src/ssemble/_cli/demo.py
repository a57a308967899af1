"""The replay of ``ssemble demo``: a sample stream, split at random places, also inside words, characters and JSON."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

from .samples import body
from .terminal import DIM, ON_A_LINE, Output, escaped

REPLAY_SECONDS = 7.0
"""Duration of the replay at reading speed."""

MAX_FRAGMENT = 90
"""Bytes of the largest fragment; an event of chat completions has about 200."""


def start(dialect: str | None, seed: int | None, fast: bool) -> tuple[str, Iterator[bytes]]:
    """Prepare a replay of a sample stream.

    Args:
        dialect: its wire format; None takes chat completions.
        seed: seed of the random splits; None picks one at random.
        fast: send everything at once, not at reading speed.

    Returns:
        A line that announces the replay, and the fragments.
    """
    dialect = dialect or "openai-chat"
    if seed is None:
        seed = random.randrange(1000)
    data = body(dialect)
    fragments = split_randomly(data, seed)
    notice = f"{len(data):,} bytes of {dialect}, split at random into {len(fragments)} fragments"
    return f"{notice} (repeat with --seed {seed})", replay(fragments, 0 if fast else REPLAY_SECONDS)


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


def shown(fragments: Iterator[bytes], err: Output) -> Iterator[bytes]:
    """Yield the fragments, and print each before it is read: each on a line that is no wider than the terminal."""
    for fragment in fragments:
        line = escaped(f"< {fragment.decode(errors='replace')}", table=ON_A_LINE)
        err.write(line[: err.columns - 1] + "\n", DIM)
        yield fragment
