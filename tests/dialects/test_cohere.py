"""Cohere's chat API, version 2."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

import ssemble

from ..vectors import bodies
from .suite import RAW, Case, Dialects, Json, called, read, sse


def start(**seeds: Any) -> Json:
    message = {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": []}
    return {"type": "message-start", "id": "m", "delta": {"message": {**message, **seeds}}}


def content(kind: str, index: Any = 0, **fields: Any) -> Json:
    return {"type": f"content-{kind}", "index": index, "delta": {"message": {"content": fields}}}


def plan(text: Any) -> Json:
    return {"type": "tool-plan-delta", "delta": {"message": {"tool_plan": text}}}


def call(kind: str, index: Any = 0, arguments: Any = "", **fields: Any) -> Json:
    name = fields.pop("name", None)
    function = {"arguments": arguments, **({} if name is None else {"name": name})}
    return {
        "type": f"tool-call-{kind}",
        "index": index,
        "delta": {"message": {"tool_calls": {**fields, "function": function}}},
    }


def first(name: str, index: Any = 0, arguments: Any = "") -> Json:
    return call("start", index, arguments, id=f"t{index}", type="function", name=name)


def stop(kind: str, index: Any = 0) -> Json:
    return {"type": f"{kind}-end", "index": index}


def end(reason: Any = "COMPLETE", **delta: Any) -> Json:
    return {"type": "message-end", "delta": {"finish_reason": reason, **delta}}


def said(text: str) -> Json:
    return {"type": "text", "text": text}


def message(*content: Json, reason: str | None = "COMPLETE", **fields: Any) -> Json:
    """Build the object; no content and a reason of None are absent."""
    head = {"role": "assistant", **({"content": list(content)} if content else {})}
    return {"id": "m", "message": {**head, **fields}, **({} if reason is None else {"finish_reason": reason})}


def entry(name: str, arguments: str, index: int = 0) -> Json:
    return {"id": f"t{index}", "type": "function", "function": {"name": name, "arguments": arguments}}


STOP = ["finish", 0, "stop", "COMPLETE"]
CALLS = ["finish", 0, "tool_calls", "TOOL_CALL"]
BODY = bodies.BODIES["cohere"]
CASES: dict[str, Case] = {
    "text": Case(
        [
            start(),
            content("start", type="text", text=""),
            content("delta", text="Te"),
            content("delta", text="a"),
            stop("content"),
            end(usage={"tokens": {"output_tokens": 2}}),
            "[DONE]",
        ],
        {**message(said("Tea")), "usage": {"tokens": {"output_tokens": 2}}},
        [["text", 0, "Tea"], ["usage", {"tokens": {"output_tokens": 2}}], STOP],
    ),
    "a plan and calls": Case(
        [
            start(),
            plan("Look "),
            plan(None),
            plan("up."),
            first("f"),
            call("delta", arguments='{"a"'),
            call("delta", arguments=": 1}"),
            stop("tool-call"),
            first("g", 1, '{"b"'),
            call("delta", 1, ":2}"),
            stop("tool-call", 1),
            end("TOOL_CALL"),
        ],
        message(
            reason="TOOL_CALL", tool_plan="Look up.", tool_calls=[entry("f", '{"a": 1}'), entry("g", '{"b":2}', 1)]
        ),
        [["reasoning", 0, "Look up."], *called('{"a": 1}', 0, "t0"), *called('{"b":2}', 1, "t1", "g"), CALLS],
    ),
    "thinking and text at one index": Case(
        [
            start(),
            content("start", type="thinking", thinking=""),
            content("delta", thinking="Hm"),
            stop("content"),
            content("start", type="text", text="Y"),
            content("delta", text="es"),
            stop("content"),
            end(),
        ],
        message({"type": "thinking", "thinking": "Hm"}, said("Yes")),
        [["reasoning", 0, "Hm"], ["text", 0, "Yes"], STOP],
        repairs={"index_reused": 1},
    ),
    "blocks stand in the order of their index": Case(
        [
            start(),
            content("start", 1, type="text", text="B"),
            content("start", 0, type="text", text="A"),
            content("delta", 1, text="!"),
            end(),
        ],
        message(said("A"), said("B!")),
        [["text", 0, "BA!"], STOP],
        contrary=True,
    ),
    "text in the wrong place": Case(
        [
            start(),
            content("start", type="text", text="A"),
            content("delta", thinking="Hm"),
            content("delta", text="B"),
            content("delta", None, text="C"),
            content("delta", 5, text="D"),
            end(),
        ],
        message(said("ABC"), {"type": "thinking", "thinking": "Hm"}, said("D")),
        [["text", 0, "A"], ["reasoning", 0, "Hm"], ["text", 0, "BCD"], STOP],
        repairs={"delta_type_mismatch": 1, "missing_index": 1, "unknown_index": 1},
    ),
    "a block without a text": Case(
        [
            start(),
            content("start", type="text"),
            content("delta", text="A"),
            content("delta", text=None, more=1),
            content("start", 1, type="image", url="u"),
            end(),
        ],
        message(said("A"), {"type": "image", "url": "u"}),
        [RAW, ["text", 0, "A"], RAW, RAW, STOP],
    ),
    "citations": Case(
        [
            start(),
            content("start", type="text", text="Hi"),
            {"type": "citation-start", "index": 0, "delta": {"message": {"citations": {"start": 0, "text": "Hi"}}}},
            stop("citation"),
            {"type": "citation-start", "index": 1, "delta": {"message": {"citations": None}}},
            end(),
        ],
        message(said("Hi"), citations=[{"start": 0, "text": "Hi"}]),
        [["text", 0, "Hi"], RAW, RAW, STOP],
    ),
    "log probabilities": Case(
        [
            start(),
            content("start", type="text", text=""),
            {**content("delta", text="A"), "logprobs": {"token_ids": [1]}},
            {**content("delta", text="B"), "logprobs": {"token_ids": [2]}},
            end(),
        ],
        {**message(said("AB")), "logprobs": [{"token_ids": [1]}, {"token_ids": [2]}]},
        [["text", 0, "AB"], STOP],
    ),
    "no arguments": Case(
        [start(), first("f"), stop("tool-call"), first("g", 1), end("TOOL_CALL")],
        message(reason="TOOL_CALL", tool_calls=[entry("f", ""), entry("g", "", 1)]),
        [*called("", 0, "t0"), ["call", 1, "t1", "g"], CALLS],
    ),
    "arguments behind the end, and of no call": Case(
        [
            start(),
            first("f", 0, "{}"),
            stop("tool-call"),
            call("delta", arguments="x"),
            call("delta", 7, "x"),
            stop("tool-call", 7),
            stop("tool-call"),
            end("TOOL_CALL"),
        ],
        message(reason="TOOL_CALL", tool_calls=[entry("f", "{}")]),
        [*called("{}", 0, "t0"), RAW, RAW, CALLS],
        repairs={"unknown_index": 2, "stop_without_start": 2},
    ),
    "a call at a used index": Case(
        [
            start(),
            first("f", 0, "{}"),
            stop("tool-call"),
            call("start", 0, "", id=7, name="g"),
            call("delta", arguments="[]"),
            stop("tool-call"),
            end("TOOL_CALL"),
        ],
        message(
            reason="TOOL_CALL", tool_calls=[entry("f", "{}"), {"id": 7, "function": {"arguments": "[]", "name": "g"}}]
        ),
        [*called("{}", 0, "t0"), *called("[]", 1, "7", "g"), CALLS],
        repairs={"index_reused": 1},
    ),
    "starts without an object": Case(
        [
            start(),
            content("start"),
            {"type": "tool-call-start", "index": 0, "delta": {"message": {"tool_calls": None}}},
            end(),
        ],
        message(),
        [RAW, RAW, STOP],
        repairs={"bad_start": 2},
    ),
    "no start": Case(
        [content("start", type="text", text="A"), end("MAX_TOKENS")],
        {"message": {"content": [said("A")]}, "finish_reason": "MAX_TOKENS"},
        [["text", 0, "A"], ["finish", 0, "length", "MAX_TOKENS"]],
        repairs={"missing_start": 1},
    ),
    "two starts": Case(
        [start(), start(), content("start", type="text", text="A"), end("STOP_SEQUENCE")],
        message(said("A"), reason="STOP_SEQUENCE"),
        [["text", 0, "A"], ["finish", 0, "stop", "STOP_SEQUENCE"]],
        repairs={"duplicate_start": 1},
    ),
    "the start of another message": Case(
        [start(), content("start", type="text", text="A"), {**start(), "id": "other"}, end()],
        message(said("A"), reason=None),
        [["text", 0, "A"]],
        error="ProtocolError",
    ),
    "seeds that are not empty": Case(
        [start(tool_plan="", content=None, extra=[1]), end("TIMEOUT")],
        message(reason="TIMEOUT", extra=[1]),
        [["finish", 0, "error", "TIMEOUT"]],
    ),
    "other events": Case(
        [
            {"type": "debug", "prompt": "p"},
            start(),
            {"type": "novel", "x": 1},
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "x"}},
            content("start", type="text", text="A"),
            end("ODD"),
        ],
        message(said("A"), reason="ODD"),
        [RAW, RAW, ["text", 0, "A"], ["finish", 0, "other", "ODD"]],
    ),
    "a start that says something": Case(
        [
            start(tool_plan="I ", content=[said("He")], tool_calls=[entry("f", '{"a"')], citations=[{"start": 0}], x=1),
            plan("will"),
            content("delta", text="y"),
            call("delta", 0, ": 1}"),
            stop("tool-call"),
            end("TOOL_CALL"),
        ],
        message(
            said("Hey"),
            reason="TOOL_CALL",
            tool_plan="I will",
            tool_calls=[entry("f", '{"a": 1}')],
            citations=[{"start": 0}],
            x=1,
        ),
        [
            ["reasoning", 0, "I "],
            ["text", 0, "He"],
            ["call", 0, "t0", "f"],
            ["args", 0, '{"a"'],
            ["reasoning", 0, "will"],
            ["text", 0, "y"],
            ["args", 0, ": 1}"],
            ["end", 0, '{"a": 1}'],
            CALLS,
        ],
    ),
    "calls that never started": Case(
        [start(), call("delta", 0, "{}"), stop("tool-call"), end()],
        message(),
        [RAW, STOP],
        repairs={"unknown_index": 1, "stop_without_start": 1},
    ),
    "an error at the end": Case(
        [start(), content("start", type="text", text="A"), end("ERROR", error="No.", error_type="BAD", usage={})],
        {**message(said("A"), reason="ERROR"), "error_type": "BAD", "usage": {}},
        [["text", 0, "A"], ["finish", 0, "error", "ERROR"]],
        error="ProviderError",
    ),
    "an error without words": Case(
        [start(), end("ERROR")], message(reason="ERROR"), [["finish", 0, "error", "ERROR"]], error="ProviderError"
    ),
    "an error in the stream": Case(
        [start(), content("start", type="text", text="A"), {"type": "error", "message": "No."}, end()],
        message(said("A"), reason=None),
        [["text", 0, "A"]],
        error="ProviderError",
    ),
    "a cut": Case(
        [start(), content("start", type="text", text="A"), first("f", 0, '{"a')],
        message(said("A"), reason=None, tool_calls=[entry("f", '{"a')]),
        [["text", 0, "A"], ["call", 0, "t0", "f"], ["args", 0, '{"a']],
        error="IncompleteStream",
    ),
    "half a surrogate pair": Case(
        [
            start(),
            content("start", type="text", text="A\ud83d"),
            content("delta", text="\ude00\ud83d"),
            content("start", 1, type="text", text="B"),
            first("f", 0, "\ud83d"),
            end("TOOL_CALL"),
        ],
        message(said("A😀\ud83d"), said("B"), reason="TOOL_CALL", tool_calls=[entry("f", "\ud83d")]),
        [["text", 0, "A😀\ud83dB"], ["call", 0, "t0", "f"], ["args", 0, "\ud83d"], CALLS],
    ),
    "nothing behind the end": Case(
        [start(), end(), content("start", type="text", text="A")],
        message(),
        [STOP],
        repairs={"bytes_after_terminator": 1},
    ),
    "not streamed": Case(
        [BODY],
        BODY,
        [
            ["reasoning", 0, "H"],
            *called(bodies.ARGUMENTS_TEXT, 0, "t1", "weather"),
            *called("", 1, "t2", "ping"),
            ["reasoning", 0, "m"],
            ["text", 0, bodies.TEXT],
            ["usage", BODY["usage"]],
            CALLS,
        ],
    ),
    "not streamed, and an error": Case(
        [{**message(said("A"), reason="ERROR"), "usage": None}],
        {**message(said("A"), reason="ERROR"), "usage": None},
        [["text", 0, "A"], ["finish", 0, "error", "ERROR"]],
        "ProviderError",
    ),
}


class TestCohere(Dialects):
    dialect: ClassVar[str] = "cohere"
    cases: ClassVar[dict[str, Case]] = CASES

    @staticmethod
    def long(texts: list[str]) -> dict[str, list[Any]]:
        return {
            "text": [start(), content("start", type="text", text=""), *[content("delta", text=text) for text in texts]],
            "thinking": [
                start(),
                content("start", type="thinking", thinking=""),
                *[content("delta", thinking=text) for text in texts],
            ],
            "plan": [start(), *map(plan, texts)],
            "arguments": [start(), first("f"), *[call("delta", arguments=text) for text in texts]],
        }


@pytest.mark.parametrize(
    "payload", [content("delta", text=5), plan([]), call("start", arguments=1), call("delta", arguments={})]
)
def test_texts_of_another_type(payload: Json) -> None:
    seen = read(sse([start(), first("f", 0), payload]), dialect="cohere")
    assert isinstance(seen.error, ssemble.ProtocolError)


def test_the_words_of_an_error() -> None:
    error = read(sse(CASES["an error at the end"].payloads)).error
    assert isinstance(error, ssemble.ProviderError)
    assert (error.type, error.code, error.message) == ("BAD", None, "No.")
    assert error.raw["finish_reason"] == "ERROR"
    error = read(sse(CASES["an error without words"].payloads)).error
    assert isinstance(error, ssemble.ProviderError)
    assert (error.type, error.message) == ("ERROR", "ERROR")


def test_the_message_is_what_is_sent_back() -> None:
    completion = read(sse(CASES["a plan and calls"].payloads)).completion
    assert completion.message.to_dict() == completion.to_dict()["message"]
    assert completion.tool_calls[1].to_dict() == completion.to_dict()["message"]["tool_calls"][1]
    assert completion.message.to_dict(complete=True)["tool_calls"] == completion.to_dict()["message"]["tool_calls"]
