"""Gemini: what each payload comes to, in every field."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from ssemble import (
    ChoiceEnd,
    LimitExceeded,
    Limits,
    MessageStart,
    ProviderError,
    ReasoningDelta,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
    UsageUpdate,
    accumulator,
)

from ..steps_suite import RAW, Refused, StepByStep, Steps
from .gemini_cases import Json, arg, call, of

BEGUN: list[Any] = [MessageStart(None, None)]
DETAILS = [{"modality": "TEXT", "tokenCount": 1}]


def candidate(**fields: Any) -> Json:
    return {"candidates": [fields]}


def usage(**counts: Any) -> Json:
    return {"usageMetadata": counts}


def signed(part: int, signature: str) -> ReasoningDelta:
    return ReasoningDelta("", 0, "text", part, signature)


def ended(index: int, call_id: str | None, name: str, arguments: str) -> ToolCallEnd:
    return ToolCallEnd(0, index, ToolCall(call_id, "function", name, arguments, index, True))


def refused(payload: Any, told: str, where: str) -> Refused:
    return Refused([of({"text": "a"}), payload], told, where)


class TestEvents(StepByStep):
    dialect: ClassVar[str] = "gemini"
    key: ClassVar[str] = "candidates"
    cases: ClassVar[dict[str, Steps]] = {
        "texts": Steps(
            [
                (of({"text": "a"}, responseId="r", modelVersion="m"), [MessageStart("r", "m"), TextDelta("a", 0, 0)]),
                (of({"text": "b", "thought": True}), [ReasoningDelta("b", 0, "text", 1)]),
                (of({"text": "B", "thought": True, "thoughtSignature": "R"}), [ReasoningDelta("B", 0, "text", 1), signed(1, "R")]),
                (of({"text": "c", "thoughtSignature": "S"}), [TextDelta("c", 0, 2), signed(2, "S")]),
                (of({"thoughtSignature": "S"}), []),
                (of({"thoughtSignature": "T"}), [signed(3, "T")]),
                (of({"text": "d", "new": 1}), [TextDelta("d", 0, 4)]),
                (
                    of({"text": "e"}, {"inlineData": {}}, {"text": "f", "thoughtSignature": 5}),
                    [TextDelta("e", 0, 5), TextDelta("f", 0, 7)],
                ),
                (of({"inlineData": {}}), RAW),
                (of({"text": 5}), RAW),
                (of({"text": ""}, None), []),
            ],
            [
                {
                    "content": {
                        "parts": [
                            {"text": "a"}, {"text": "bB", "thought": True, "thoughtSignature": "R"}, {"text": "c", "thoughtSignature": "S"},
                            {"thoughtSignature": "T"}, {"text": "d", "new": 1}, {"text": "e"}, {"inlineData": {}},
                            {"text": "f", "thoughtSignature": 5}, {"inlineData": {}}, {"text": 5},
                        ],
                        "role": "model",
                    }
                }
            ],
        ),
        "candidates": Steps(
            [
                (candidate(index=1, content={"parts": [{"text": "g"}], "role": "x", "more": 1}), [*BEGUN, TextDelta("g", 1, 0)]),
                (candidate(index=1, content={"role": "y", "parts": [], "more": 2}), []),
                (candidate(index=1, finishReason="MAX_TOKENS", avgLogprobs=-1.5), RAW),
                (candidate(index=1, tokenCount=None), []),
                (candidate(index=2, content={"role": "", "new": 1}), []),
                (candidate(index=2, content={"role": "model", "parts": None}), []),
                ({"candidates": None}, []),
                ({"candidates": [None, {"index": 3}], "promptFeedback": None}, []),
                ({"promptFeedback": {}}, RAW),
            ],
            [
                {
                    "index": 1, "finishReason": "MAX_TOKENS", "avgLogprobs": -1.5,
                    "content": {"role": "x", "more": 2, "parts": [{"text": "g"}]},
                },
                {"index": 2, "content": {"role": "model", "new": 1}},
                {"index": 3},
            ],
        ),
        "calls": Steps(
            [
                (
                    of(call("f", args={"é": 1}, id="c1")),
                    [*BEGUN, ToolCallStart(0, 0, "c1", "f"), ToolCallDelta(0, 0, '{"é": 1}'), ended(0, "c1", "f", '{"é": 1}')],
                ),
                (of(call("f", args={"é": 2}, id="c1", x=1)), RAW),
                (of(call("g", args=None)), [ToolCallStart(0, 1, None, "g"), ToolCallDelta(0, 1, "{}"), ended(1, None, "g", "{}")]),
                (of(call("k", args=[1])), [ToolCallStart(0, 2, None, "k"), ToolCallDelta(0, 2, "[1]"), ended(2, None, "k", "[1]")]),
                (of({"text": "t"}), [TextDelta("t", 0, 3)]),
                (of({**call("s", args={}), "thoughtSignature": "S"}), [
                    signed(4, "S"), ToolCallStart(0, 3, None, "s"), ToolCallDelta(0, 3, "{}"), ended(3, None, "s", "{}"),
                ]),
                (of(call(None)), RAW),
            ],
            [
                {
                    "content": {
                        "parts": [
                            call("f", id="c1", args={"é": 2}, x=1), call("g", args={}), call("k", args=[1]), {"text": "t"},
                            {**call("s", args={}), "thoughtSignature": "S"},
                        ],
                        "role": "model",
                    }
                }
            ],
            {"duplicate_call_id": 1},
        ),
        "calls that stream": Steps(
            [
                (of(call("h", more=True, id="c3")), [*BEGUN, ToolCallStart(0, 0, "c3", "h")]),
                (
                    of(call(None, arg("$.a", 1))),
                    [ToolCallDelta(0, 0, '{"a":1'), ToolCallDelta(0, 0, "}"), ended(0, "c3", "h", '{"a":1}')],
                ),
                (
                    of({**call("i", arg("$.b", "x", True), more=True), "thoughtSignature": "S"}),
                    [signed(1, "S"), ToolCallStart(0, 1, None, "i"), ToolCallDelta(0, 1, '{"b":"x')],
                ),
                (of(call(None, arg("$.b", "y"), more=True)), [ToolCallDelta(0, 1, 'y"')]),
                (of({"text": "t"}), [TextDelta("t", 0, 2)]),
                (of({**call(None, id="c4"), "new": 1}), [ToolCallDelta(0, 1, "}"), ended(1, "c4", "i", '{"b":"xy"}')]),
                (of(call("j", args={"a": 1}, more=True)), [ToolCallStart(0, 2, None, "j"), ToolCallDelta(0, 2, '{"a":1')]),
                (of({**call(None, args={"a": 2, "b": 3}, more=True), "thoughtSignature": "T"}), [
                    signed(3, "T"), ToolCallDelta(0, 2, ',"b":3'),
                ]),
                (of({**call(None, more=True), "thoughtSignature": "U"}), []),
                (of(call("k", args={})), [
                    ToolCallDelta(0, 2, "}"), ended(2, None, "j", '{"a":1,"b":3}'),
                    ToolCallStart(0, 3, None, "k"), ToolCallDelta(0, 3, "{}"), ended(3, None, "k", "{}"),
                ]),
                (of(call("l", more=True)), [ToolCallStart(0, 4, None, "l")]),
                (of(end="STOP"), [ToolCallDelta(0, 4, "{}"), ended(4, None, "l", "{}")]),
            ],
            [
                {
                    "content": {
                        "parts": [
                            call("h", id="c3", args={"a": 1}),
                            {**call("i", args={"b": "xy"}, id="c4"), "thoughtSignature": "S", "new": 1},
                            {"text": "t"},
                            {**call("j", args={"a": 1, "b": 3}), "thoughtSignature": "T"},
                            call("k", args={}),
                            call("l", args={}),
                        ],
                        "role": "model",
                    },
                    "finishReason": "STOP",
                }
            ],
        ),
        "counts": Steps(
            [
                (usage(totalTokenCount=3), [*BEGUN, UsageUpdate({"totalTokenCount": 3})]),
                (usage(totalTokenCount=3, d=DETAILS), [UsageUpdate({"totalTokenCount": 3, "d": DETAILS})]),
                (usage(), []),
                (usage(totalTokenCount=3, d=[], e=None), []),
                (usage(totalTokenCount=3.0), [UsageUpdate({"totalTokenCount": 3.0, "d": DETAILS})]),
                ({"new": 1}, RAW),
                ({"type": "t", "candidates": []}, RAW),
                ({"event_type": "t", "candidates": []}, RAW),
                ({"object": "x", "usageMetadata": {"totalTokenCount": 9}}, [UsageUpdate({"totalTokenCount": 9, "d": DETAILS})]),
                ({"choices": [], "usageMetadata": {"totalTokenCount": 9}}, RAW),
            ],
            None,
        ),
    }  # fmt: skip
    refused: ClassVar[dict[str, Refused]] = {
        "counts": refused({"usageMetadata": 5}, "expected an object, got int", "$.usageMetadata"),
        "candidates": refused({"candidates": 5}, "expected a list, got int", "$.candidates"),
        "candidate": refused({"candidates": [None, 5]}, "expected an object, got int", "$.candidates[1]"),
        "index": refused(candidate(index=-1), "expected an index of 0 or more", "$.candidates[0].index"),
        "text for an index": refused(candidate(index="0"), "expected an index of 0 or more", "$.candidates[0].index"),
        "content": refused(candidate(content=5), "expected an object, got int", "$.candidates[0].content"),
        "parts": refused(
            candidate(content={"parts": {}}), "expected a list, got dict", "$.candidates[0].content.parts"
        ),
        "part": refused(
            candidate(content={"parts": [None, 5]}), "expected an object, got int", "$.candidates[0].content.parts[1]"
        ),
        "no call": refused(
            of(call(None, arg("$.a", 1))),
            "expected an open call for these arguments: they belong to none",
            "$.candidates[0].content.parts[0].functionCall",
        ),
        "arguments": Refused(
            [candidate(index=0), of({"text": "a"}, call("k", args=[1], more=True)), of()],
            "expected an object, got list",
            "$.candidates[0].content.parts[1].functionCall.args",
        ),
    }


WORDS = {
    "STOP": "stop", "MAX_TOKENS": "length", "CONTINUATION": "pause", "SAFETY": "content_filter", "SPII": "content_filter",
    "RECITATION": "content_filter", "BLOCKLIST": "content_filter", "PROHIBITED_CONTENT": "content_filter",
    "IMAGE_SAFETY": "content_filter", "MALFORMED_FUNCTION_CALL": "error", "UNEXPECTED_TOOL_CALL": "error",
    "TOO_MANY_TOOL_CALLS": "error", "MISSING_THOUGHT_SIGNATURE": "error", "MALFORMED_RESPONSE": "error",
    "OTHER": "other", "NEW": "other", "image_": "other",
    1: "stop", 2: "length", 3: "content_filter", 4: "content_filter", 5: "other", 6: "content_filter",
    7: "content_filter", 8: "content_filter", 9: "error", 10: "other",
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
    assert reader.complete is (word not in (None, "pause"))


@pytest.mark.parametrize(
    ("role", "shown"), [("model", "assistant"), ("", "assistant"), (5, "assistant"), ("user", "user")]
)
def test_the_result_in_every_field(role: Any, shown: str) -> None:
    reader: Any = accumulator("gemini")
    assert reader.completion().to_dict() == {}
    reader.add(of({"text": "a"}, {"text": "b", "thought": True}, {"text": "c"}, responseId="r", modelVersion="m"))
    reader.add({"candidates": [{"index": 1, "content": {"role": role, "parts": [call("f", args={})]}}], **usage(n=1)})
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
        reader.add(candidate(index=index))
    with pytest.raises(LimitExceeded) as caught:
        reader.add(candidate(index=1))
    assert (caught.value.what, caught.value.limit) == ("max_choices", 2)


def test_an_error_in_the_wrapper_is_raised() -> None:
    reader = accumulator("gemini")
    with pytest.raises(ProviderError, match="no") as caught:
        reader.add({"response": {"error": {"code": 5, "message": "no"}}})
    assert caught.value.code == 5
