"""Gemini: how candidates end, and the result."""

from __future__ import annotations

from typing import Any

import pytest

from ssemble import ChoiceEnd, LimitExceeded, Limits, ProviderError, ToolCall, accumulator

from .gemini_cases import call, of

WORDS = {
    "STOP": "stop", "MAX_TOKENS": "length", "CONTINUATION": "pause", "SAFETY": "content_filter", "SPII": "content_filter",
    "RECITATION": "content_filter", "BLOCKLIST": "content_filter", "PROHIBITED_CONTENT": "content_filter",
    "MODEL_ARMOR": "content_filter", "IMAGE_SAFETY": "content_filter", "MALFORMED_FUNCTION_CALL": "error", "UNEXPECTED_TOOL_CALL": "error",
    "TOO_MANY_TOOL_CALLS": "error", "MISSING_THOUGHT_SIGNATURE": "error", "MALFORMED_RESPONSE": "error",
    "OTHER": "other", "NEW": "other", "image_": "other",
    1: "stop", 2: "length", 3: "content_filter", 4: "content_filter", 5: "other", 6: "other",
    7: "content_filter", 8: "content_filter", 9: "other", 10: "other",
}  # fmt: skip


@pytest.mark.parametrize("raw", [*WORDS, None, "", 0, 1.0, True, ["STOP"]])
@pytest.mark.parametrize("called", [False, True])
def test_why_a_candidate_ended(raw: Any, called: bool) -> None:
    """Protobuf's own JSON writers write the number of the word."""
    reader = accumulator("gemini")
    reader.add(of(call("f", args={}) if called else {"text": "a"}, end=raw))
    word = WORDS.get(raw) if isinstance(raw, (str, int)) and type(raw) is not bool else None
    shown = "tool_calls" if called and word == "stop" else word
    choice = reader.completion().choices[0]
    assert (choice.finish_reason, choice.raw_finish_reason) == (shown, None if word is None else str(raw))
    assert reader.end() == ([] if word is None else [ChoiceEnd(0, shown, str(raw))])  # type: ignore[arg-type]  # a word
    assert reader.end() == []
    assert reader.complete is (word not in (None, "pause"))


@pytest.mark.parametrize(
    ("role", "shown"), [("model", "assistant"), ("", "assistant"), (5, "assistant"), ("user", "user")]
)
def test_the_result_in_every_field(role: Any, shown: str) -> None:
    reader: Any = accumulator("gemini")
    assert reader.completion().to_dict() == {}
    reader.add(of({"text": "a"}, {"text": "b", "thought": True}, {"text": "c"}, responseId="r", modelVersion="m"))
    reader.add(
        {
            "candidates": [{"index": 1, "content": {"role": role, "parts": [call("f", args={})]}}],
            "usageMetadata": {"n": 1},
        }
    )
    for completion in (reader.completion(), reader.completion(final=True)):
        assert (completion.id, completion.model, completion.created, completion.usage) == ("r", "m", None, {"n": 1})
        assert (completion.dialect, completion.complete) == ("gemini", False)
        first, second = [choice.message for choice in completion.choices]
        assert (first.role, first.text, first.reasoning, first.refusal) == ("assistant", "ac", "b", "")
        assert (second.role, second.tool_calls) == (shown, (ToolCall(None, "function", "f", "{}", 0, True),))
        assert second.to_dict() == {"parts": [call("f", args={})], "role": role}
        assert [choice.index for choice in completion.choices] == [0, 1]
    assert reader.completion(True).complete


def test_candidates_are_held_to_their_limit() -> None:
    reader = accumulator("gemini", limits=Limits(max_choices=2))
    for index in (0, 5, 0):
        reader.add({"candidates": [{"index": index}]})
    with pytest.raises(LimitExceeded) as caught:
        reader.add({"candidates": [{"index": 1}]})
    assert (caught.value.what, caught.value.limit) == ("max_choices", 2)


def test_an_error_in_the_wrapper_is_raised() -> None:
    reader = accumulator("gemini")
    with pytest.raises(ProviderError, match="no") as caught:
        reader.add({"response": {"error": {"code": 5, "message": "no"}}})
    assert caught.value.code == 5
