"""What a delta says in several ways."""

from __future__ import annotations

from typing import Any

import pytest

from ssemble._dialects.chat.reasoning import DEEPEST, is_reasoning, reasoning_of, texts_of

from ...helpers import WRONG, replaced


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
    assert reasoning_of(delta) == found


def test_wrong_values_in_every_place() -> None:
    sound = {
        **details({"text": "a", "summary": "b"}),
        "reasoning": "a",
        "thinking_blocks": [{"thinking": "a"}],
        "content": [{"thinking": [{"text": "a"}]}],
    }
    for delta in replaced(sound, WRONG):
        if isinstance(delta, dict):
            for text, kind in reasoning_of(delta):
                assert type(text) is str
                assert text
                assert kind in ("text", "summary")


def test_how_deep_reasoning_is_looked_for() -> None:
    deep: Any = "a"
    for level in range(2 * DEEPEST):
        found = reasoning_of({"thinking": deep})
        assert found == ([("a", "text")] if level <= DEEPEST else [])
        deep = [{"x": 1}, deep] if level % 2 else {"text": deep}
