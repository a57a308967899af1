"""The typed events."""

from __future__ import annotations

import copy
import dataclasses
import json
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

from ..helpers import nested

EVENTS: list[tuple[Any, str, list[str]]] = [
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

# Fields that only some dialects fill: they have a default, and are not in the repr.
BESIDES: dict[str, dict[str, Any]] = {
    "message.start": {"created": None},
    "text.delta": {"part": 0},
    "reasoning.delta": {"part": 0, "signature": None},
    "refusal.delta": {"part": 0},
    "tool_call.start": {"tool_type": "function"},
}


def test_the_union_is_the_eleven() -> None:
    assert list(get_args(StreamEvent)) == [type(event) for event, _, _ in EVENTS]


@pytest.mark.parametrize(("event", "kind", "fields"), EVENTS, ids=[kind for _, kind, _ in EVENTS])
def test_type_and_fields_are_pinned(event: Any, kind: str, fields: list[str]) -> None:
    assert type(event).type == event.type == kind
    assert [field.name for field in dataclasses.fields(event)] == [*fields, *BESIDES.get(kind, {})]
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


PLAIN: list[dict[str, Any]] = [
    {"type": "message.start", "id": "m1", "model": "gpt"},
    {"type": "text.delta", "text": "Hi", "choice": 0},
    {"type": "reasoning.delta", "text": "Hm", "choice": 0, "kind": "text"},
    {"type": "refusal.delta", "text": "No", "choice": 0},
    {"type": "tool_call.start", "choice": 0, "index": 1, "id": "c1", "name": "f"},
    {"type": "tool_call.delta", "choice": 0, "index": 1, "arguments": "{}"},
    {
        "type": "tool_call.end", "choice": 0, "index": 1, "complete": True,
        "tool_call": {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}},
    },
    {"type": "choice.end", "choice": 0, "finish_reason": "stop", "raw_finish_reason": "eos"},
    {"type": "usage", "usage": {"total_tokens": 3}},
    {
        "type": "error",
        "error": {"class": "ProviderError", "message": "busy", "code": None, "type": None, "raw": {"message": "busy"}},
    },
    {"type": "raw", "event": "ping", "data": {}},
]  # fmt: skip


@pytest.mark.parametrize(("event", "plain"), [(each[0], plain) for each, plain in zip(EVENTS, PLAIN, strict=True)])
def test_an_event_as_json(event: StreamEvent, plain: dict[str, Any]) -> None:
    plain = {**plain, **BESIDES.get(event.type, {})}
    assert event.to_dict() == plain
    assert next(iter(event.to_dict())) == "type"
    assert json.loads(json.dumps(event.to_dict())) == plain


def test_an_event_as_json_shares_nothing_with_it() -> None:
    value: dict[str, Any] = {"a": [{"b": 1}]}
    made = [UsageUpdate(value), RawEvent("x", value), ErrorEvent(ProviderError("busy", raw=value))]
    for event, field in zip(made, ["usage", "data", "error"], strict=True):
        plain = event.to_dict()[field]
        plain.get("raw", plain)["a"][0].clear()
        assert value == {"a": [{"b": 1}]}


def test_a_payload_of_any_depth_is_written_as_json() -> None:
    value = nested(50_000)
    for event in (RawEvent("x", value), ErrorEvent(ProviderError("busy", raw={"x": value}))):
        copy = event.to_dict()
        assert copy["type"] == event.type


@pytest.mark.parametrize(("text", "complete"), [("{}", True), ('{"a": ', False), ("", True)])
def test_an_ended_call_as_json_says_whether_it_is_complete(text: str, complete: bool) -> None:
    plain = ToolCallEnd(0, 0, ToolCall("c1", "function", "f", text)).to_dict()
    assert (plain["complete"], plain["tool_call"]["function"]["arguments"]) == (complete, text)
