"""What a delta says in several ways."""

from __future__ import annotations

from typing import Any

import pytest

from ssemble import ReasoningDelta, ToolCallStart, assemble, iter_events
from ssemble._dialects.chat.reasoning import DEEPEST, is_reasoning, marks_of, reasoning_of, texts_of

from ...helpers import WRONG, chunk, replaced, sse


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        ([{"type": "text", "text": "a"}], ["a"]),
        ([{"type": "text", "text": ""}], []),
        ([{"type": "text", "text": 5}], ["5"]),
        ([{"type": "text", "text": True}], ["true"]),
        ([{"type": "text", "text": False}], []),
        ([{"type": "text", "text": ["a"]}], []),
        ([{"type": "text"}], []),
        ([{"type": "output_text", "text": "a"}], ["a"]),
        ([{"type": 7, "text": "a"}], ["a"]),
        ([{"text": "a"}, {"text": "b"}], ["a", "b"]),
        ([{"type": "thinking", "text": "a"}], []),
        ([{"type": "reasoning", "text": "a"}], []),
        ([{"type": "reasoning.text", "text": "a"}], []),
        ([{"type": "summary_text", "text": "a"}], []),
        ([{"thinking": "b", "text": "a"}], []),
        ({"type": "text", "text": "a"}, ["a"]),
        (["a", "", None, 5], ["a"]),
        ("a", []),
        (None, []),
    ],
    ids=str,
)
def test_texts_of_parts(content: Any, texts: list[str]) -> None:
    assert texts_of(content) == texts


@pytest.mark.parametrize("part", [{"type": "reasoning"}, {"type": "thinking"}, {"thinking": None}], ids=str)
def test_parts_of_reasoning(part: dict[str, Any]) -> None:
    assert is_reasoning(part)


def details(*entries: Any) -> dict[str, Any]:
    return {"reasoning_details": list(entries)}


@pytest.mark.parametrize(
    ("delta", "found"),
    [
        ({}, []),
        ({"content": "a"}, []),
        ({"reasoning_content": "a"}, [("a", "text")]),
        ({"reasoning": "a"}, [("a", "text")]),
        ({"reasoning_text": "a"}, [("a", "text")]),
        ({"thinking": "a"}, [("a", "text")]),
        ({"reasoning": "a", "reasoning_content": "a"}, [("a", "text")]),
        ({"reasoning": "a", "reasoning_content": ""}, [("a", "text")]),
        (details({"text": "a"}), [("a", "text")]),
        (details({"summary": "a"}, {"text": "b"}), [("a", "summary"), ("b", "text")]),
        ({**details({"text": "a"}), "reasoning": "a"}, [("a", "text")]),
        ({**details({"data": "x"}), "reasoning": "a"}, [("a", "text")]),
        ({**details("x", None), "reasoning": "a"}, [("a", "text")]),
        ({"reasoning_details": {"text": "x"}}, [("x", "text")]),
        ({"reasoning_details": "x"}, []),
        (
            details({"type": "reasoning.summary", "summary": [{"text": "a"}, {"text": "b"}]}),
            [("a", "summary"), ("b", "summary")],
        ),
        (details({"text": "a", "summary": "b"}), [("a", "text"), ("b", "summary")]),
        (details({"text": 5}), [("5", "text")]),
        ({"thinking_blocks": [{"thinking": "a"}, {"signature": "s"}, "x"]}, [("a", "text")]),
        ({"thinking_blocks": [{"thinking": "a"}], "reasoning_content": "a"}, [("a", "text")]),
        ({"thinking_blocks": {"thinking": "x"}}, [("x", "text")]),
        (
            {"content": [{"type": "thinking", "thinking": [{"text": "a"}, "x", {"text": "b"}]}]},
            [("a", "text"), ("b", "text")],
        ),
        ({"content": [{"thinking": "a"}, {"type": "text", "text": "b"}]}, [("a", "text")]),
        ({"content": [{"thinking": "a"}], "thinking_blocks": [{"thinking": "a"}]}, [("a", "text")]),
        ({"thinking": {"text": "x"}}, [("x", "text")]),
        ({"thinking": {"type": "enabled", "budget_tokens": 5}}, []),
        ({"reasoning_content": {"text": "x", "signature": "s"}}, [("x", "text")]),
        ({"reasoning_content": {"signature": "s"}}, []),
        ({"reasoning": [{"text": "a"}, {"text": "b"}]}, [("a", "text"), ("b", "text")]),
        ({"reasoning": 5}, [("5", "text")]),
        ({"reasoning": False, "thinking": "a"}, [("a", "text")]),
        ({"content": {"type": "thinking", "thinking": "a"}}, [("a", "text")]),
        ({"content": [{"type": "reasoning", "summary": [{"type": "summary_text", "text": "a"}]}]}, [("a", "summary")]),
        ({"content": [{"type": "reasoning", "text": "a"}]}, [("a", "text")]),
        ({"content": [{"type": "reasoning", "content": [{"type": "reasoning_text", "text": "a"}]}]}, [("a", "text")]),
        ({"content": [{"type": "reasoning", "reasoning": "a"}, {"type": "text", "text": "b"}]}, [("a", "text")]),
        ({"content": [{"type": "text", "text": "b"}]}, []),
    ],
    ids=str,
)
def test_reasoning_is_found_once(delta: dict[str, Any], found: list[tuple[str, str]]) -> None:
    assert [(text, kind) for text, kind, _ in reasoning_of(delta)] == found


def test_wrong_values_in_every_place() -> None:
    sound = {
        **details({"text": "a", "summary": "b"}),
        "reasoning": "a",
        "thinking_blocks": [{"thinking": "a"}],
        "content": [{"thinking": [{"text": "a"}]}],
    }
    for delta in replaced(sound, WRONG):
        if isinstance(delta, dict):
            for text, kind, _ in reasoning_of(delta):
                assert type(text) is str
                assert text
                assert kind in ("text", "summary")


def test_how_deep_reasoning_is_looked_for() -> None:
    deep: Any = "a"
    for level in range(2 * DEEPEST):
        found = reasoning_of({"thinking": deep})
        assert found == ([("a", "text", 0)] if level <= DEEPEST else [])
        deep = [{"x": 1}, deep] if level % 2 else {"text": deep}


@pytest.mark.parametrize(
    ("delta", "marks"),
    [
        ({}, []),
        ({"reasoning_details": "x", "thinking_blocks": {}}, []),
        (
            details({"signature": "s"}, "x", {"text": "a", "signature": "t", "index": 2}),
            [("s", "text", 0), ("t", "text", 2)],
        ),
        (details({"signature": ""}, {"signature": 5}, {"data": ""}, {"data": 5}), []),
        (details({"type": "reasoning.encrypted", "data": "d", "index": -3}), [("d", "redacted", 0)]),
        ({"thinking_blocks": [{"thinking": "a", "signature": "s"}]}, [("s", "text", 0)]),
        ({**details({"signature": "s"}), "thinking_blocks": [{"signature": "t"}]}, [("s", "text", 0)]),
    ],
    ids=str,
)
def test_signatures_and_opaque_reasoning(delta: dict[str, Any], marks: list[tuple[str, str, int]]) -> None:
    assert marks_of(delta) == marks


def test_the_blocks_of_reasoning() -> None:
    delta = details({"summary": "a", "index": 1}, {"summary": "b", "index": 2.0}, {"text": "c", "index": -1})
    assert reasoning_of(delta) == [("a", "summary", 1), ("b", "summary", 2), ("c", "text", 0)]
    assert reasoning_of({"reasoning_details": {"text": "a", "index": 4}}) == [("a", "text", 4)]


def test_their_events() -> None:
    chunks = [chunk(details({"type": "reasoning.text", "text": text, "index": 1})) for text in ("A", "B", "C", "D")]
    signed = chunk({**details({"type": "reasoning.text", "signature": "s", "index": 1})})
    opaque = chunk({**details({"type": "reasoning.encrypted", "data": "d", "index": 2})}, "stop")
    events = [event for event in iter_events(sse(*chunks, signed, opaque)) if isinstance(event, ReasoningDelta)]
    assert events == [
        *(ReasoningDelta(text, 0, "text", 1) for text in "ABCD"),
        ReasoningDelta("", 0, "text", 1, "s"),
        ReasoningDelta("", 0, "redacted", 2, "d"),
    ]
    assert assemble(sse(*chunks, signed, opaque)).reasoning == "ABCD"


@pytest.mark.parametrize(
    ("extra", "signature"),
    [
        ({"google": {"thought_signature": "s"}}, "s"),
        ({"google": {"thought_signature": 5}}, None),
        ({"google": "x"}, None),
        ("x", None),
    ],
)
def test_the_signature_of_a_call_comes_before_it(extra: Any, signature: str | None) -> None:
    call = {"index": 0, "id": "c", "function": {"name": "f", "arguments": "{}"}, "extra_content": extra}
    events = list(iter_events(sse(chunk({"tool_calls": [call]}, "tool_calls"))))
    told = [] if signature is None else [ReasoningDelta("", 0, "text", -1, signature)]
    assert events[1:-3] == [*told, ToolCallStart(0, 0, "c", "f")]
