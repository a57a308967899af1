"""What a delta says in several ways."""

from __future__ import annotations

from typing import Any

import pytest

from ssemble._dialects._parts import reasoning_of, text_of

from ..helpers import WRONG, replaced


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ({"type": "text", "text": "a"}, "a"),
        ({"type": "text", "text": ""}, ""),
        ({"type": "text", "text": 5}, ""),
        ({"type": "text"}, ""),
        ({"type": "thinking", "text": "a"}, ""),
        ({"text": "a"}, ""),
        ("a", ""),
        (None, ""),
    ],
    ids=str,
)
def test_text_of_a_part(part: Any, text: str) -> None:
    assert text_of(part) == text


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
        ({"reasoning_details": {"text": "x"}}, []),
        ({"thinking_blocks": [{"thinking": "a"}, {"signature": "s"}, "x"]}, [("a", "text")]),
        ({"thinking_blocks": [{"thinking": "a"}], "reasoning_content": "a"}, [("a", "text")]),
        ({"thinking_blocks": {"thinking": "x"}}, []),
        (
            {"content": [{"type": "thinking", "thinking": [{"text": "a"}, "x", {"text": "b"}]}]},
            [("a", "text"), ("b", "text")],
        ),
        ({"content": [{"thinking": "a"}, {"type": "text", "text": "b"}]}, [("a", "text")]),
        ({"content": [{"thinking": "a"}], "thinking_blocks": [{"thinking": "a"}]}, [("a", "text")]),
        ({"thinking": {"text": "x"}}, []),
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
