"""The typed events."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any, get_args

import pytest

from ssemble import (
    ChoiceEnd,
    ErrorEvent,
    MessageStart,
    ProviderError,
    RawEvent,
    ReasoningDelta,
    RefusalDelta,
    StreamEvent,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
    UsageUpdate,
)

EVENTS = [
    (MessageStart("m1", "gpt"), "message.start", ["id", "model"]),
    (TextDelta("Hi"), "text.delta", ["text", "choice"]),
    (ReasoningDelta("Hm"), "reasoning.delta", ["text", "choice", "kind"]),
    (RefusalDelta("No"), "refusal.delta", ["text", "choice"]),
    (ToolCallStart(0, 1, "c1", "f"), "tool_call.start", ["choice", "index", "id", "name"]),
    (ToolCallDelta(0, 1, "{}"), "tool_call.delta", ["choice", "index", "arguments"]),
    (ToolCallEnd(0, 1, ToolCall("c1", "function", "f", "{}")), "tool_call.end", ["choice", "index", "tool_call"]),
    (ChoiceEnd(0, "stop", "eos"), "choice.end", ["choice", "finish_reason", "raw_finish_reason"]),
    (UsageUpdate({"total_tokens": 3}), "usage", ["usage"]),
    (ErrorEvent(ProviderError("busy")), "error", ["error"]),
    (RawEvent("ping", {}), "raw", ["event", "data"]),
]


def test_the_union_is_the_eleven() -> None:
    assert list(get_args(StreamEvent)) == [type(event) for event, _, _ in EVENTS]


@pytest.mark.parametrize(("event", "kind", "fields"), EVENTS, ids=[kind for _, kind, _ in EVENTS])
def test_type_and_fields_are_pinned(event: Any, kind: str, fields: list[str]) -> None:
    assert type(event).type == event.type == kind
    assert [field.name for field in dataclasses.fields(event)] == fields
    assert not hasattr(event, "__dict__"), "slots: making one is cheap"


@pytest.mark.parametrize(("event", "kind", "fields"), EVENTS[:9], ids=[kind for _, kind, _ in EVENTS[:9]])
def test_an_event_moves(event: Any, kind: str, fields: list[str]) -> None:
    for twin in (pickle.loads(pickle.dumps(event)), copy.deepcopy(event), copy.copy(event)):
        assert twin == event


def test_kinds_of_the_same_content_differ() -> None:
    same_content: list[StreamEvent] = [TextDelta("a"), ReasoningDelta("a"), RefusalDelta("a")]
    for at, event in enumerate(same_content):
        assert [event == other for other in same_content].count(True) == 1
        assert event == same_content[at]


def test_matching_by_class_and_field() -> None:
    event: StreamEvent = ToolCallStart(0, 1, "c1", "add")
    match event:
        case ToolCallStart(name=name, index=index):
            found = name, index
    assert found == ("add", 1)


def test_defaults() -> None:
    assert TextDelta("a") == TextDelta("a", 0)
    assert ReasoningDelta("a") == ReasoningDelta("a", 0, "text")
    assert RefusalDelta("a") == RefusalDelta("a", 0)


@pytest.mark.parametrize(("event", "kind", "fields"), EVENTS, ids=[kind for _, kind, _ in EVENTS])
def test_an_event_shows_and_compares_as_any_dataclass(event: Any, kind: str, fields: list[str]) -> None:
    shown = ", ".join(f"{name}={getattr(event, name)!r}" for name in fields)
    assert repr(event) == f"{type(event).__name__}({shown})"
    for name in fields:
        other = dataclasses.replace(event, **{name: "another"})
        assert other != event
        assert dataclasses.replace(other, **{name: getattr(event, name)}) == event
    with pytest.raises(TypeError, match="unhashable"):
        hash(event)
