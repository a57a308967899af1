"""The known wire shapes: each has one module, and one line here."""

from __future__ import annotations

from typing import Any

from .._limits import Limits
from ._base import Accumulator, Reader
from .openai_chat import ChatCompletionAccumulator

READERS = {
    ChatCompletionAccumulator.dialect: ChatCompletionAccumulator,
}
DIALECTS = tuple(READERS)
"""The names of the supported wire shapes."""


def recognise(payload: Any) -> str | None:
    """Return the dialect of a stream that starts with this payload, or None."""
    for name, reader in READERS.items():
        if reader.begins(payload):
            return name
    return None


def reader(dialect: str, *, limits: Limits, n: int | None, cumulative: bool) -> Reader:
    """Create the reader of a dialect."""
    return READERS[dialect](limits=limits, n=n, cumulative=cumulative)


def check_dialect(dialect: str) -> None:
    """Raise ValueError for an unknown name."""
    if dialect not in READERS:
        raise ValueError(f"unknown dialect {dialect!r}: expected one of {', '.join(DIALECTS)}, or None")


def accumulator(
    dialect: str, *, limits: Limits = Limits(), n: int | None = None, cumulative: bool = False
) -> Accumulator:
    """Create the accumulator of a dialect: it merges payloads that were decoded elsewhere.

    Args:
        dialect: a name in `DIALECTS`.
        limits: memory limits.
        n: the number of answers that were requested, if known. With 1, every choice is choice 0.
        cumulative: the provider sends all text so far in each chunk, not only the new text.

    Raises:
        ValueError: the dialect is unknown.

    >>> chat = accumulator("openai-chat")
    >>> chat.add({"choices": [{"index": 0, "delta": {"content": "Hi"}}]})[1:]
    [TextDelta(text='Hi', choice=0)]
    >>> chat.completion().text
    'Hi'
    """
    check_dialect(dialect)
    return reader(dialect, limits=limits, n=n, cumulative=cumulative)
