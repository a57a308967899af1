"""Gemini: what each payload comes to, in every field."""

from __future__ import annotations

from typing import Any, ClassVar

from ssemble import (
    MessageStart,
    ReasoningDelta,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
    UsageUpdate,
)

from ..steps_suite import RAW, Refused, StepByStep, Steps
from ..suite import Json
from .gemini_cases import arg, call, of

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
                (of({"text": "c", "thoughtSignature": "S"}), [TextDelta("c", 0, 2), signed(-1, "S")]),
                (of({"thoughtSignature": "S"}), []),
                (of({"thoughtSignature": "T"}), [signed(-1, "T")]),
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
                    signed(-1, "S"), ToolCallStart(0, 3, None, "s"), ToolCallDelta(0, 3, "{}"), ended(3, None, "s", "{}"),
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
                    [signed(-1, "S"), ToolCallStart(0, 1, None, "i"), ToolCallDelta(0, 1, '{"b":"x')],
                ),
                (of(call(None, arg("$.b", "y"), more=True)), [ToolCallDelta(0, 1, 'y"')]),
                (of({"text": "t"}), [TextDelta("t", 0, 2)]),
                (of({**call(None, id="c4"), "new": 1}), [ToolCallDelta(0, 1, "}"), ended(1, "c4", "i", '{"b":"xy"}')]),
                (of(call("j", args={"a": 1}, more=True)), [ToolCallStart(0, 2, None, "j"), ToolCallDelta(0, 2, '{"a":1')]),
                (of({**call(None, args={"a": 2, "b": 3}, more=True), "thoughtSignature": "T"}), [
                    signed(-1, "T"), ToolCallDelta(0, 2, ',"b":3'),
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
        "a call that begins with an empty list": Steps(
            [
                (
                    of(call("f", args={"s": "x", "a": []}, more=True)),
                    [*BEGUN, ToolCallStart(0, 0, None, "f"), ToolCallDelta(0, 0, '{"s":"x","a":[')],
                ),
                (of(call(None, arg("$.s", "", True), more=True)), []),
                (of(call(None, arg("$.b", 1), more=True)), [ToolCallDelta(0, 0, '],"b":1')]),
                (of(end="STOP"), [ToolCallDelta(0, 0, "}"), ended(0, None, "f", '{"s":"x","a":[],"b":1}')]),
            ],
            [
                {
                    "content": {"parts": [call("f", args={"s": "x", "a": [], "b": 1})], "role": "model"},
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
