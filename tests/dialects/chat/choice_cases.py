"""Deltas, and the messages and events they come to."""

from __future__ import annotations

from typing import Any

from ssemble import ChoiceEnd, MessageStart, ReasoningDelta, RefusalDelta, StreamEvent, TextDelta

from ...helpers import chunk


def entry(**fields: Any) -> dict[str, Any]:
    """A chunk with one choice of these fields."""
    return {"choices": [{"index": 0, **fields}]}


def part(text: str, kind: str = "text") -> dict[str, str]:
    return {"type": kind, "text": text}


# deltas -> the message without its role
MESSAGES: dict[str, tuple[list[Any], dict[str, Any]]] = {
    "nothing": ([{}], {"content": None}),
    "text": ([{"role": "assistant", "content": ""}, {"content": "a"}, {"content": "a"}], {"content": "aa"}),
    "empty text": ([{"content": ""}], {"content": ""}),
    "null text": ([{"content": None}, {"content": "a"}, {"content": None}], {"content": "a"}),
    "text as delta": (["a", "b", ""], {"content": "ab"}),
    "null as delta": ([None, {"content": "a"}], {"content": "a"}),
    "parts": ([{"content": [part("a")]}, {"content": [part("b")]}], {"content": [part("ab")]}),
    "a part alone": ([{"content": part("a")}], {"content": [part("a")]}),
    "parts, then text": ([{"content": [part("a")]}, {"content": "b"}, {"content": ""}], {"content": [part("ab")]}),
    "text, then parts": ([{"content": "a"}, {"content": [part("b"), part("c", "x")]}], {"content": [part("ab"), part("c", "x")]}),
    "empty text, then parts": ([{"content": ""}, {"content": [part("b")]}], {"content": [part("b")]}),
    "other parts": ([{"content": [{"type": "image", "url": "u"}]}], {"content": [{"type": "image", "url": "u"}]}),
    "no parts": ([{"content": []}], {"content": None}),
    "refusal": ([{"refusal": ""}, {"refusal": "a"}, {"refusal": "b"}], {"content": None, "refusal": "ab"}),
    "refusal null": ([{"content": "a", "refusal": None}], {"content": "a", "refusal": None}),
    "reasoning": ([{"reasoning": "a", "content": None}, {"reasoning": "b"}], {"content": None, "reasoning": "ab"}),
    "unknown": ([{"x": 1, "y": "p"}, {"x": 2, "y": "q", "z": []}], {"content": None, "x": 2, "y": "pq", "z": []}),
    "index in the delta": ([{"index": 0, "content": "a"}], {"content": "a"}),
    "legacy call": (
        [{"function_call": {"name": "f", "arguments": ""}}, {"function_call": {"arguments": "{}"}}, {"function_call": None}],
        {"content": None, "function_call": {"name": "f", "arguments": "{}"}},
    ),
    "empty texts where calls belong": ([{"content": "a", "tool_calls": "", "function_call": ""}], {"content": "a"}),
    "no legacy call": ([{"function_call": {}}], {"content": None}),
    "calls": (
        [{"tool_calls": [{"index": 0, "id": "1", "function": {"name": "f", "arguments": "{}"}}]}],
        {"content": None, "tool_calls": [{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
    ),
    "surrogate pair": ([{"content": "\ud83d"}, {"content": "\ude00"}], {"content": "😀"}),
    "half a pair": ([{"content": "a\ud83d"}], {"content": "a\ud83d"}),
}  # fmt: skip


START = MessageStart(None, None)

EVENTS: dict[str, tuple[list[dict[str, Any]], list[StreamEvent]]] = {
    "text": (
        [chunk({"content": ""}), chunk({"content": "a"}), chunk({"content": "b"}, "stop")],
        [START, TextDelta("a"), TextDelta("b"), ChoiceEnd(0, "stop", "stop")],
    ),
    "text of parts": (
        [chunk({"content": [part("a"), part("x", "y"), part("")]}), chunk({"content": "b"})],
        [START, TextDelta("a"), TextDelta("x", part=1), TextDelta("b", part=2), ChoiceEnd(0, None, None)],
    ),
    "reasoning under two names": (
        [chunk({"reasoning": "a", "reasoning_content": "a", "content": "b"})],
        [START, TextDelta("b"), ReasoningDelta("a"), ChoiceEnd(0, None, None)],
    ),
    "a summary": (
        [chunk({"reasoning_details": [{"summary": "a"}]})],
        [START, ReasoningDelta("a", 0, "summary"), ChoiceEnd(0, None, None)],
    ),
    "refusal": (
        [chunk({"refusal": "a"}), chunk({"refusal": ""}), chunk({"refusal": "b"})],
        [START, RefusalDelta("a"), RefusalDelta("b"), ChoiceEnd(0, None, None)],
    ),
    "halves are joined": (
        [chunk({"content": "\ud83d", "refusal": "\ud83d", "reasoning": "\ud83d"}), chunk({"content": "\ude00"})],
        [
            START,
            TextDelta("😀"),
            ReasoningDelta("\ud83d"),
            RefusalDelta("\ud83d"),
            ChoiceEnd(0, None, None),
        ],
    ),
    "more behind the end": (
        [chunk({"content": "a"}, "stop"), chunk({"content": "b"})],
        [START, TextDelta("a"), TextDelta("b"), ChoiceEnd(0, "stop", "stop")],
    ),
}
