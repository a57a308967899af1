"""Streams of Gemini, and what they come to: parts, and the fields of a response."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from ..suite import Json


def of(*parts: Any, end: str | int | None = None, **more: Any) -> Json:
    """A payload with one candidate."""
    candidate: Json = {"content": {"parts": list(parts), "role": "model"}}
    return {"candidates": [candidate if end is None else {**candidate, "finishReason": end}], **more}


def call(name: str | None = None, *values: Any, more: bool = False, **fields: Any) -> Json:
    """A functionCall part; values are partial arguments."""
    found: Json = {} if name is None else {"name": name}
    if values:
        found["partialArgs"] = list(values)
    return {"functionCall": {**found, **({"willContinue": True} if more else {}), **fields}}


def arg(path: str, value: Any, more: bool = False) -> Json:
    kind = {str: "stringValue", bool: "boolValue", type(None): "nullValue"}.get(type(value), "numberValue")
    return {"jsonPath": path, kind: value, **({"willContinue": True} if more else {})}


def frames(payloads: list[Any]) -> list[bytes]:
    return [b"data: " + json.dumps(payload).encode() + b"\r\n\r\n" for payload in payloads]


class Case(NamedTuple):
    payloads: list[Any]
    candidates: list[Json] | None  # of the object; a single one is given as its parts in `one`
    events: list[Any]  # without message.start
    rest: Json = {}
    complete: bool = True
    error: str = ""


def one(*parts: Json, end: str | int | None = "STOP", **more: Any) -> list[Json]:
    found: Json = {"content": {"role": "model", **({"parts": list(parts)} if parts else {})}, **more}
    return [found if end is None else {**found, "finishReason": end}]


STOP = ["finish", 0, "stop", "STOP"]
CALLS = ["finish", 0, "tool_calls", "STOP"]
RAW = ["raw"]
FIELD_CASES: dict[str, Case] = {
    "text": Case(
        [of({"text": "Te"}), of({"text": "a"}, end="STOP")], one({"text": "Tea"}), [["text", 0, 0, "Tea"], STOP]
    ),
    "head: the last that is not null": Case(
        [of({"text": "a"}, responseId="r", modelVersion="m", createTime=None), of(end="STOP", responseId="", new=0)],
        one({"text": "a"}),
        [["text", 0, 0, "a"], STOP],
        {"responseId": "r", "modelVersion": "m", "new": 0},
    ),
    "thoughts and text are parts of their own": Case(
        [
            of({"text": "Hm", "thought": True}),
            of({"text": "m", "thought": True}, {"text": "A"}),
            of({"text": "B"}, end="STOP"),
        ],
        one({"text": "Hmm", "thought": True}, {"text": "AB"}),
        [["thought", 0, 0, "Hmm"], ["text", 0, 1, "AB"], STOP],
    ),
    "a signature signs the whole text": Case(
        [
            of({"text": "A", "thoughtSignature": "S"}),
            of({"text": "B"}),
            of({"text": "", "thoughtSignature": "S"}, end="STOP"),
        ],
        one({"text": "AB", "thoughtSignature": "S"}),
        [["text", 0, 0, "A"], ["signature", -1, "S"], ["text", 0, 0, "B"], STOP],
    ),
    "a signature that is no text is kept and not told": Case(
        [of({"text": "A", "thoughtSignature": 5}, end="STOP")],
        one({"text": "A", "thoughtSignature": 5}),
        [["text", 0, 0, "A"], STOP],
    ),
    "a signature at the end": Case(
        [of({"text": "A"}), of({"text": "", "thoughtSignature": "S"}, end="STOP")],
        one({"text": "A", "thoughtSignature": "S"}),
        [["text", 0, 0, "A"], ["signature", -1, "S"], STOP],
    ),
    "all in one chunk": Case(
        [
            of(
                {"text": "A"},
                {"text": ""},
                {"text": "B", "thoughtSignature": "S"},
                call("f", args={}),
                {"text": ""},
                end="STOP",
            )
        ],
        one({"text": "AB", "thoughtSignature": "S"}, call("f", args={})),
        [
            ["text", 0, 0, "AB"],
            ["signature", -1, "S"],
            ["call", 0, None, "f"],
            ["args", 0, "{}"],
            ["end", 0, "{}"],
            CALLS,
        ],
    ),
    "another signature is another part": Case(
        [
            of({"text": "A", "thoughtSignature": "S"}, {"text": "B", "thoughtSignature": "T"}, {"text": "C"}),
            of(end="STOP"),
        ],
        one({"text": "A", "thoughtSignature": "S"}, {"text": "BC", "thoughtSignature": "T"}),
        [
            ["text", 0, 0, "A"],
            ["signature", -1, "S"],
            ["text", 0, 1, "B"],
            ["signature", -1, "T"],
            ["text", 0, 1, "C"],
            STOP,
        ],
    ),
    "a signature behind a thought is a part of its own": Case(
        [of({"text": "A", "thought": True}), of({"text": "", "thoughtSignature": "S"}, end="MAX_TOKENS")],
        one({"text": "A", "thought": True}, {"text": "", "thoughtSignature": "S"}, end="MAX_TOKENS"),
        [["thought", 0, 0, "A"], ["signature", -1, "S"], ["finish", 0, "length", "MAX_TOKENS"]],
    ),
    "a signature without a text, then text": Case(
        [of({"thoughtSignature": "S"}), of({"text": "A"}, end="STOP")],
        one({"thoughtSignature": "S", "text": "A"}),
        [["signature", -1, "S"], ["text", 0, 0, "A"], STOP],
    ),
    "empty texts are dropped": Case(
        [of({"text": ""}), of({"text": "A"}, {"text": ""}), of({"inlineData": {}}, {"text": ""}, end="STOP")],
        one({"text": "A"}, {"inlineData": {}}),
        [["text", 0, 0, "A"], RAW, STOP],
    ),
    "a lone empty text stays": Case([of({"text": ""}), of({"text": ""}, end="STOP")], one({"text": ""}), [STOP]),
    "no parts": Case([of(end="STOP")], [{"content": {"role": "model", "parts": []}, "finishReason": "STOP"}], [STOP]),
    "no list of parts": Case(
        [{"candidates": [{"content": {"role": "model"}, "finishReason": "STOP"}], "usageMetadata": {}}],
        [{"content": {"role": "model"}, "finishReason": "STOP"}],
        [STOP],
        {"usageMetadata": {}},
    ),
    "no content": Case(
        [{"candidates": [{"index": 0, "content": None, "finishReason": "MALFORMED_FUNCTION_CALL"}]}],
        [{"index": 0, "finishReason": "MALFORMED_FUNCTION_CALL"}],
        [["finish", 0, "error", "MALFORMED_FUNCTION_CALL"]],
    ),
    "other parts are kept, and their text is told": Case(
        [
            of({"text": "A"}),
            of({"text": "B", "new": [1]}),
            of({"text": "C"}, {"executableCode": {"code": "1"}}, end="STOP"),
        ],
        one({"text": "A"}, {"text": "B", "new": [1]}, {"text": "C"}, {"executableCode": {"code": "1"}}),
        [["text", 0, 0, "A"], ["text", 0, 1, "B"], ["text", 0, 2, "C"], STOP],
    ),
    "the provider's own calls are no calls": Case(
        [of({"toolCall": {"id": "t"}}), of({"toolResponse": {"id": "t"}}, {"functionCall": None}, end="STOP")],
        one({"toolCall": {"id": "t"}}, {"toolResponse": {"id": "t"}}, {"functionCall": None}),
        [RAW, RAW, STOP],
    ),
    "finishReason is not the end": Case(
        [of({"executableCode": {}}, end="STOP"), of({"text": "A"}), of({"text": "B"}, end="MAX_TOKENS")],
        one({"executableCode": {}}, {"text": "AB"}, end="MAX_TOKENS"),
        [RAW, ["text", 0, 1, "AB"], ["finish", 0, "length", "MAX_TOKENS"]],
    ),
    "CONTINUATION is not complete": Case(
        [of({"text": "A"}, end="CONTINUATION")],
        one({"text": "A"}, end="CONTINUATION"),
        [["text", 0, 0, "A"], ["finish", 0, "pause", "CONTINUATION"]],
        complete=False,
        error="IncompleteStream",
    ),
    "[DONE] is not an end": Case(
        [of({"text": "A"}), "[DONE]"],
        one({"text": "A"}, end=None),
        [["text", 0, 0, "A"]],
        complete=False,
        error="IncompleteStream",
    ),
    "[DONE] after the end": Case(
        [of({"text": "A"}, end="STOP"), "[DONE]"], one({"text": "A"}), [["text", 0, 0, "A"], STOP]
    ),
    "several candidates": Case(
        [
            {"candidates": [{"index": 1, "content": {"parts": [{"text": "B"}]}}, None]},
            {
                "candidates": [
                    {"content": {"parts": [{"text": "A"}]}, "finishReason": "STOP"},
                    {"index": 1, "finishReason": "OTHER"},
                ]
            },
        ],
        [
            {"content": {"parts": [{"text": "A"}]}, "finishReason": "STOP"},
            {"index": 1, "content": {"parts": [{"text": "B"}]}, "finishReason": "OTHER"},
        ],
        [["text", 1, 0, "B"], ["text", 0, 0, "A"], STOP, ["finish", 1, "other", "OTHER"]],
    ),
    "one candidate of two has no end": Case(
        [of({"text": "A"}, end="STOP"), {"candidates": [{"index": 1, "content": {"parts": [{"text": "B"}]}}]}],
        [*one({"text": "A"}), {"index": 1, "content": {"parts": [{"text": "B"}]}}],
        [["text", 0, 0, "A"], ["text", 1, 0, "B"], STOP],
        complete=False,
        error="IncompleteStream",
    ),
    "metadata": Case(
        [
            {
                "candidates": [
                    {
                        "groundingMetadata": {"a": [1], "b": {}, "c": "x"},
                        "safetyRatings": [{"category": "A", "p": 1}, {"category": "B"}],
                    }
                ]
            },
            {
                "candidates": [
                    {
                        "groundingMetadata": {"a": [], "b": {"z": 1}, "c": None},
                        "safetyRatings": [{"category": "A", "p": 2}],
                    }
                ]
            },
            {
                "candidates": [
                    {"citationMetadata": {"citations": [{"u": 1}], "k": 1}, "logprobsResult": {"chosen": [1], "sum": 2}}
                ]
            },
            {
                "candidates": [
                    {
                        "citationMetadata": {"citations": [{"u": 1}, {"u": 2}]},
                        "logprobsResult": {"chosen": [1], "sum": 3},
                    }
                ]
            },
            of({"text": "A"}, end="STOP"),
        ],
        one(
            {"text": "A"},
            groundingMetadata={"a": [1], "b": {"z": 1}, "c": "x"},
            safetyRatings=[{"category": "A", "p": 2}, {"category": "B"}],
            citationMetadata={"citations": [{"u": 1}, {"u": 2}], "k": 1},
            logprobsResult={"chosen": [1, 1], "sum": 3},
        ),
        [RAW, RAW, RAW, RAW, ["text", 0, 0, "A"], STOP],
    ),
    "metadata of other types": Case(
        [
            {
                "candidates": [
                    {"groundingMetadata": 1, "safetyRatings": {}, "citationMetadata": [], "logprobsResult": "x"}
                ]
            },
            {
                "candidates": [
                    {"safetyRatings": ["odd"], "citationMetadata": {"citations": "x"}, "finishReason": "STOP"}
                ]
            },
        ],
        [
            {
                "groundingMetadata": 1,
                "safetyRatings": ["odd"],
                "citationMetadata": {"citations": "x"},
                "logprobsResult": "x",
                "finishReason": "STOP",
            }
        ],
        [RAW, RAW, STOP],
    ),
    "a blocked prompt": Case(
        [{"promptFeedback": {"blockReason": "SAFETY", "a": 1}}, {"promptFeedback": {"b": 2}}],
        None,
        [RAW, RAW],
        {"promptFeedback": {"blockReason": "SAFETY", "a": 1, "b": 2}},
    ),
    "usage": Case(
        [
            of({"text": "A"}, usageMetadata={"promptTokenCount": 9, "x": [{"n": 1}], "old": 4}),
            of({"text": "B"}, usageMetadata={"promptTokenCount": 7, "x": None, "candidatesTokenCount": 0}, end="STOP"),
            {"usageMetadata": {"promptTokenCount": 7}},
        ],
        one({"text": "AB"}),
        [
            ["text", 0, 0, "A"],
            ["usage", {"promptTokenCount": 9, "x": [{"n": 1}], "old": 4}],
            ["text", 0, 0, "B"],
            ["usage", {"promptTokenCount": 7, "x": [{"n": 1}], "old": 4, "candidatesTokenCount": 0}],
            STOP,
        ],
        {"usageMetadata": {"promptTokenCount": 7, "x": [{"n": 1}], "old": 4, "candidatesTokenCount": 0}},
    ),
    "Code Assist": Case(
        [
            {"response": of({"text": "A"}, modelVersion="m"), "traceId": "t"},
            {"response": of({"text": "B"}, end="STOP")},
        ],
        one({"text": "AB"}),
        [["text", 0, 0, "AB"], STOP],
        {"modelVersion": "m"},
    ),
    "an error under response": Case(
        [of({"text": "A"}), {"response": {"error": {"code": 500, "message": "No."}}}],
        one({"text": "A"}, end=None),
        [["text", 0, 0, "A"]],
        complete=False,
        error="ProviderError",
    ),
    "an error": Case(
        [of({"text": "A"}), {"error": {"code": 503, "message": "Busy.", "status": "UNAVAILABLE"}}],
        one({"text": "A"}, end=None),
        [["text", 0, 0, "A"]],
        complete=False,
        error="ProviderError",
    ),
    "no error": Case(
        [of({"text": "A"}, error=None), {"error": {}}, of({"text": "B"}, end="STOP", error="")],
        one({"text": "AB"}),
        [["text", 0, 0, "A"], RAW, ["text", 0, 0, "B"], STOP],
    ),
    "payloads of others": Case(
        [
            of({"text": "A"}),
            {"type": "keepalive", "responseId": "x"},
            {"event_type": "interaction.created", "modelVersion": "x"},
            {"choices": [], "responseId": "x"},
            {"object": "response", "responseId": "x"},
            {"type": "response.failed", "response": {"error": {"message": "Not ours."}}},
            [1],
            of({"text": "B"}, end="STOP", object="mine"),
        ],
        one({"text": "AB"}),
        [["text", 0, 0, "A"], RAW, RAW, RAW, RAW, RAW, RAW, ["text", 0, 0, "B"], STOP],
        {"object": "mine"},
    ),
    "numbered reasons": Case(
        [of({"text": "A"}, end=2)],
        one({"text": "A"}, end=2),
        [["text", 0, 0, "A"], ["finish", 0, "length", "2"]],
    ),
    "half a surrogate pair": Case(
        [of({"text": "A\ud83d"}), of({"text": "\ude00\ud83d"}), of({"text": "T\ud83d", "thought": True}, end="STOP")],
        one({"text": "A\U0001f600\ud83d"}, {"text": "T\ud83d", "thought": True}),
        [["text", 0, 0, "A\U0001f600\ud83d"], ["thought", 0, 1, "T\ud83d"], STOP],
    ),
}
