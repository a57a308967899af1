"""The wire shapes that are known: one file and one line here for each."""

from __future__ import annotations

from typing import Any

from .openai_chat import ChatCompletionAccumulator

DIALECTS = {
    ChatCompletionAccumulator.dialect: ChatCompletionAccumulator,
}


def recognise(payload: Any) -> str | None:
    """Name the dialect of a stream that begins with this payload, or None."""
    for name, accumulator in DIALECTS.items():
        if accumulator.begins(payload):
            return name
    return None
