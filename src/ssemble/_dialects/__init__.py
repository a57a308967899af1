"""The known wire shapes: each has one module or package, and one line here."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from .._limits import Limits
from .base import Accumulator, Reader
from .recognition import recognise as recognise

if TYPE_CHECKING:
    from .writing import DialectWriter, Head

# The module and the class that read each dialect. A module is imported when its dialect is first used.
READERS = {
    "openai-chat": ("chat.reader", "ChatReader"),
    "anthropic": ("anthropic.reader", "AnthropicReader"),
    "openai-responses": ("responses.reader", "ResponsesReader"),
    "gemini": ("gemini.reader", "GeminiReader"),
    "bedrock-converse": ("bedrock_converse", "ConverseReader"),
    "ollama": ("ollama", "OllamaReader"),
    "cohere": ("cohere", "CohereReader"),
    "openai-completions": ("openai_completions", "CompletionsReader"),
    "gemini-interactions": ("gemini_interactions", "InteractionsReader"),
    "mistral-conversations": ("mistral_conversations", "ConversationsReader"),
    "openai-transcription": ("openai_transcription", "TranscriptionReader"),
    "vercel-ui": ("vercel_ui.reader", "UIMessageReader"),
    "ag-ui": ("ag_ui.reader", "RunReader"),
}
# The same for the writers.
WRITERS = {
    "openai-chat": ("chat.writer", "ChatWriter"),
    "anthropic": ("anthropic.writer", "AnthropicWriter"),
    "openai-responses": ("responses.writer", "ResponsesWriter"),
    "gemini": ("gemini.writer", "GeminiWriter"),
    "vercel-ui": ("vercel_ui.writer", "VercelUIWriter"),
}
DIALECTS: tuple[str, ...] = tuple(READERS)
"""The names of the supported wire shapes.

>>> DIALECTS[:4]
('openai-chat', 'anthropic', 'openai-responses', 'gemini')
"""


def reader(dialect: str, *, limits: Limits, n: int | None, cumulative: bool) -> Reader:
    """Create the reader of a dialect."""
    made: Reader = _found(*READERS[dialect])(limits=limits, n=n, cumulative=cumulative)
    return made


def is_typed(dialect: str) -> bool:
    """True if each payload of a dialect has a type."""
    typed: bool = _found(*READERS[dialect]).typed  # type: ignore[attr-defined]  # it is the class of the reader
    return typed


def writer(dialect: str, given: Head) -> DialectWriter:
    """Create the writer of a dialect; ValueError if there is none.

    Args:
        given: id, model and time that the caller wants.
    """
    if dialect not in WRITERS:
        raise ValueError(f"unknown dialect to write {dialect!r}: expected one of {', '.join(WRITERS)}")
    made: DialectWriter = _found(*WRITERS[dialect])(given)
    return made


@cache
def _found(module: str, name: str) -> Callable[..., Any]:
    found: Callable[..., Any] = getattr(import_module(f".{module}", __name__), name)
    return found


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

    Returns:
        An accumulator without any payload.

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
