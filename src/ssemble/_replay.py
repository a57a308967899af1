"""The events of a finished message."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ._copied import copied
from ._dialects import READERS, accumulator
from ._limits import Limits
from ._model.completion import Choice, Completion
from ._model.events import (
    ChoiceEnd,
    MessageStart,
    ReasoningDelta,
    RefusalDelta,
    StreamEvent,
    TextDelta,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
    UsageUpdate,
)
from ._model.message import ToolCall

NO_LIMITS = Limits(max_event_size=None, max_message_size=None, max_choices=None, max_tool_calls=None)
Cuttable = TextDelta | ReasoningDelta | RefusalDelta | ToolCallDelta
KINDS = (ReasoningDelta, TextDelta, RefusalDelta, ToolCallStart)
"""What a message consists of, in the order for chat completions, where the object does not tell one."""


def replay(completion: Completion, size: int | None) -> Iterator[StreamEvent]:
    """Yield the events of a message; see `Completion.events`.

    The reader of its dialect reads the provider's own object, so that signatures and blocks are told too.
    """
    dialect = completion.dialect if completion._json() is not None else None
    contents = _contents(completion.to_dict(), dialect if dialect in READERS else "openai-chat")
    yield MessageStart(completion.id, completion.model, completion.created)
    for choice in completion.choices:
        for event in contents.get(choice.index, ()):
            yield from _call(event, choice, size) if isinstance(event, ToolCallStart) else _cut(event, size)
        if completion.complete or choice.finish_reason is not None:
            yield ChoiceEnd(choice.index, choice.finish_reason, choice.raw_finish_reason)
    if completion.usage is not None:
        yield UsageUpdate(copied(completion.usage))


def _contents(whole: dict[str, Any], dialect: str) -> dict[int, list[Any]]:
    """Return the events of the texts and calls in a provider's own object, by choice."""
    reader = accumulator(dialect, limits=NO_LIMITS)
    payloads = [whole]
    if dialect == "openai-chat":
        messages = [{"index": choice["index"], "message": choice["message"]} for choice in whole.get("choices", ())]
        payloads = [{"object": "chat.completion", "choices": messages}]
    elif dialect == "anthropic":
        payloads = [{"type": "message_start", "message": whole}]
    elif dialect == "openai-responses":
        items = enumerate(whole.get("output", ()))
        payloads = [{"type": "response.output_item.done", "output_index": at, "item": item} for at, item in items]
    events = [event for payload in payloads for event in reader.add(payload)] + reader.end()
    found = [event for event in events if isinstance(event, KINDS)]
    if dialect == "openai-chat":
        found.sort(key=lambda event: KINDS.index(type(event)))
    contents: dict[int, list[Any]] = {}
    for event in found:
        contents.setdefault(event.choice, []).append(event)
    return contents


def _call(event: ToolCallStart, choice: Choice, size: int | None) -> Iterator[StreamEvent]:
    """Yield a call whole, with its arguments as they came: the object may have them decoded."""
    yield event
    call: ToolCall = choice.message.tool_calls[event.index]
    yield from _cut(ToolCallDelta(choice.index, event.index, call.arguments), size)
    if call.closed:
        yield ToolCallEnd(choice.index, event.index, call)


def _cut(event: Cuttable, size: int | None) -> Iterator[StreamEvent]:
    """Yield an event of new text, in pieces if it is longer than a number of characters."""
    text = event.arguments if isinstance(event, ToolCallDelta) else event.text
    if size is None or len(text) <= size:
        if text or isinstance(event, ReasoningDelta):
            yield event
        return
    for start in range(0, len(text), size):
        piece = text[start : start + size]
        if isinstance(event, ToolCallDelta):
            yield replace(event, arguments=piece)
        else:
            yield replace(event, text=piece)
