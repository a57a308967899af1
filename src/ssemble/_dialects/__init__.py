"""The wire shapes that are known: one file and one line here for each."""

from __future__ import annotations

from typing import Any

from .._limits import Limits
from ._base import Accumulator, Reader
from .openai_chat import ChatCompletionAccumulator

READERS = {
    ChatCompletionAccumulator.dialect: ChatCompletionAccumulator,
}
DIALECTS = tuple(READERS)
"""The names of the wire shapes that are read."""


def recognise(payload: Any) -> str | None:
    """Name the dialect of a stream that begins with this payload, or None."""
    for name, reader in READERS.items():
        if reader.begins(payload):
            return name
    return None


def reader(dialect: str, *, limits: Limits, n: int | None, cumulative: bool) -> Reader:
    """Make the reader of a dialect."""
    return READERS[dialect](limits=limits, n=n, cumulative=cumulative)


def check_dialect(dialect: str) -> None:
    """Refuse a name that is not known."""
    if dialect not in READERS:
        raise ValueError(f"dialect {dialect!r} is not known: give one of {', '.join(DIALECTS)}, or None")


def accumulator(
    dialect: str, *, limits: Limits = Limits(), n: int | None = None, cumulative: bool = False
) -> Accumulator:
    """Make the accumulator of a dialect: it merges payloads that were decoded elsewhere.

    Args:
        dialect: a name in `DIALECTS`.
        limits: bounds on what is kept.
        n: how many answers were asked for, if known. With 1, every choice is choice 0.
        cumulative: the provider sends all text so far in each chunk, not only what is new.

    Raises:
        ValueError: the dialect is not known.

    >>> chat = accumulator("openai-chat")
    >>> chat.add({"choices": [{"index": 0, "delta": {"content": "Hi"}}]})[1:]
    [TextDelta(text='Hi', choice=0)]
    >>> chat.completion().text
    'Hi'
    """
    check_dialect(dialect)
    return reader(dialect, limits=limits, n=n, cumulative=cumulative)
