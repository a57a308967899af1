"""Cohere's chat API, version 2."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

import ssemble

from .suite import Case, Dialects, Json, read, sse


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


def message(reason: str | None = "COMPLETE", **fields: Any) -> Json:
    rest = {} if reason is None else {"finish_reason": reason}
    return {"id": "m", "message": {"role": "assistant", **fields}, **rest}


def entry(name: str, arguments: str, index: int = 0) -> Json:
    return {"id": f"t{index}", "type": "function", "function": {"name": name, "arguments": arguments}}


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
        {
            "id": "m",
            "message": {"role": "assistant", "content": [{"type": "text", "text": "Tea"}]},
            "finish_reason": "COMPLETE",
            "usage": {"tokens": {"output_tokens": 2}},
        },
        [["text", 0, "Tea"], ["usage", {"tokens": {"output_tokens": 2}}], ["finish", 0, "stop", "COMPLETE"]],
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
        {
            "id": "m",
            "message": {
                "role": "assistant",
                "tool_plan": "Look up.",
                "tool_calls": [
                    {"id": "t0", "type": "function", "function": {"arguments": '{"a": 1}', "name": "f"}},
                    {"id": "t1", "type": "function", "function": {"arguments": '{"b":2}', "name": "g"}},
                ],
            },
            "finish_reason": "TOOL_CALL",
        },
        [
            ["reasoning", 0, "Look up."],
            ["call", 0, "t0", "f"],
            ["args", 0, '{"a": 1}'],
            ["end", 0, '{"a": 1}'],
            ["call", 1, "t1", "g"],
            ["args", 1, '{"b":2}'],
            ["end", 1, '{"b":2}'],
            ["finish", 0, "tool_calls", "TOOL_CALL"],
        ],
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
        {
            "id": "m",
            "message": {
                "role": "assistant",
                "content": [{"type": "thinking", "thinking": "Hm"}, {"type": "text", "text": "Yes"}],
            },
            "finish_reason": "COMPLETE",
        },
        [["reasoning", 0, "Hm"], ["text", 0, "Yes"], ["finish", 0, "stop", "COMPLETE"]],
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
        {
            "id": "m",
            "message": {
                "role": "assistant",
                "content": [{"type": "text", "text": "A"}, {"type": "text", "text": "B!"}],
            },
            "finish_reason": "COMPLETE",
        },
        [["text", 0, "BA!"], ["finish", 0, "stop", "COMPLETE"]],
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
        {
            "id": "m",
            "message": {
                "role": "assistant",
                "content": [
                    {"type": "text", "text": "ABC"},
                    {"type": "thinking", "thinking": "Hm"},
                    {"type": "text", "text": "D"},
                ],
            },
            "finish_reason": "COMPLETE",
        },
        [["text", 0, "A"], ["reasoning", 0, "Hm"], ["text", 0, "BCD"], ["finish", 0, "stop", "COMPLETE"]],
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
        {
            "id": "m",
            "message": {"role": "assistant", "content": [{"type": "text", "text": "A"}, {"type": "image", "url": "u"}]},
            "finish_reason": "COMPLETE",
        },
        [["raw"], ["text", 0, "A"], ["raw"], ["raw"], ["finish", 0, "stop", "COMPLETE"]],
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
        {
            "id": "m",
            "message": {
                "role": "assistant",
                "content": [{"type": "text", "text": "Hi"}],
                "citations": [{"start": 0, "text": "Hi"}],
            },
            "finish_reason": "COMPLETE",
        },
        [["text", 0, "Hi"], ["raw"], ["raw"], ["finish", 0, "stop", "COMPLETE"]],
    ),
    "log probabilities": Case(
        [
            start(),
            content("start", type="text", text=""),
            {**content("delta", text="A"), "logprobs": {"token_ids": [1]}},
            {**content("delta", text="B"), "logprobs": {"token_ids": [2]}},
            end(),
        ],
        {
            "id": "m",
            "message": {"role": "assistant", "content": [{"type": "text", "text": "AB"}]},
            "logprobs": [{"token_ids": [1]}, {"token_ids": [2]}],
            "finish_reason": "COMPLETE",
        },
        [["text", 0, "AB"], ["finish", 0, "stop", "COMPLETE"]],
    ),
    "no arguments": Case(
        [start(), first("f"), stop("tool-call"), first("g", 1), end("TOOL_CALL")],
        {
            "id": "m",
            "message": {
                "role": "assistant",
                "tool_calls": [
                    {"id": "t0", "type": "function", "function": {"arguments": "", "name": "f"}},
                    {"id": "t1", "type": "function", "function": {"arguments": "", "name": "g"}},
                ],
            },
            "finish_reason": "TOOL_CALL",
        },
        [["call", 0, "t0", "f"], ["end", 0, ""], ["call", 1, "t1", "g"], ["finish", 0, "tool_calls", "TOOL_CALL"]],
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
        {
            "id": "m",
            "message": {
                "role": "assistant",
                "tool_calls": [{"id": "t0", "type": "function", "function": {"arguments": "{}", "name": "f"}}],
            },
            "finish_reason": "TOOL_CALL",
        },
        [
            ["call", 0, "t0", "f"],
            ["args", 0, "{}"],
            ["end", 0, "{}"],
            ["raw"],
            ["raw"],
            ["finish", 0, "tool_calls", "TOOL_CALL"],
        ],
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
        {
            "id": "m",
            "message": {
                "role": "assistant",
                "tool_calls": [
                    {"id": "t0", "type": "function", "function": {"arguments": "{}", "name": "f"}},
                    {"id": 7, "function": {"arguments": "[]", "name": "g"}},
                ],
            },
            "finish_reason": "TOOL_CALL",
        },
        [
            ["call", 0, "t0", "f"],
            ["args", 0, "{}"],
            ["end", 0, "{}"],
            ["call", 1, "7", "g"],
            ["args", 1, "[]"],
            ["end", 1, "[]"],
            ["finish", 0, "tool_calls", "TOOL_CALL"],
        ],
        repairs={"index_reused": 1},
    ),
    "starts without an object": Case(
        [
            start(),
            content("start"),
            {"type": "tool-call-start", "index": 0, "delta": {"message": {"tool_calls": None}}},
            end(),
        ],
        {"id": "m", "message": {"role": "assistant"}, "finish_reason": "COMPLETE"},
        [["raw"], ["raw"], ["finish", 0, "stop", "COMPLETE"]],
        repairs={"bad_start": 2},
    ),
    "no start": Case(
        [content("start", type="text", text="A"), end("MAX_TOKENS")],
        {"message": {"content": [{"type": "text", "text": "A"}]}, "finish_reason": "MAX_TOKENS"},
        [["text", 0, "A"], ["finish", 0, "length", "MAX_TOKENS"]],
        repairs={"missing_start": 1},
    ),
    "two starts": Case(
        [start(), start(), content("start", type="text", text="A"), end("STOP_SEQUENCE")],
        {
            "id": "m",
            "message": {"role": "assistant", "content": [{"type": "text", "text": "A"}]},
            "finish_reason": "STOP_SEQUENCE",
        },
        [["text", 0, "A"], ["finish", 0, "stop", "STOP_SEQUENCE"]],
        repairs={"duplicate_start": 1},
    ),
    "the start of another message": Case(
        [start(), content("start", type="text", text="A"), {**start(), "id": "other"}, end()],
        {"id": "m", "message": {"role": "assistant", "content": [{"type": "text", "text": "A"}]}},
        [["text", 0, "A"]],
        error="ProtocolError",
    ),
    "seeds that are not empty": Case(
        [start(tool_plan="", content=None, extra=[1]), end("TIMEOUT")],
        {"id": "m", "message": {"role": "assistant", "extra": [1]}, "finish_reason": "TIMEOUT"},
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
        {
            "id": "m",
            "message": {"role": "assistant", "content": [{"type": "text", "text": "A"}]},
            "finish_reason": "ODD",
        },
        [["raw"], ["raw"], ["text", 0, "A"], ["finish", 0, "other", "ODD"]],
    ),
    "an error at the end": Case(
        [start(), content("start", type="text", text="A"), end("ERROR", error="No.", error_type="BAD", usage={})],
        {
            "id": "m",
            "message": {"role": "assistant", "content": [{"type": "text", "text": "A"}]},
            "finish_reason": "ERROR",
            "error_type": "BAD",
            "usage": {},
        },
        [["text", 0, "A"], ["finish", 0, "error", "ERROR"]],
        error="ProviderError",
    ),
    "an error without words": Case(
        [start(), end("ERROR")],
        {"id": "m", "message": {"role": "assistant"}, "finish_reason": "ERROR"},
        [["finish", 0, "error", "ERROR"]],
        error="ProviderError",
    ),
    "an error in the stream": Case(
        [start(), content("start", type="text", text="A"), {"type": "error", "message": "No."}, end()],
        {"id": "m", "message": {"role": "assistant", "content": [{"type": "text", "text": "A"}]}},
        [["text", 0, "A"]],
        error="ProviderError",
    ),
    "a cut": Case(
        [start(), content("start", type="text", text="A"), first("f", 0, '{"a')],
        {
            "id": "m",
            "message": {
                "role": "assistant",
                "content": [{"type": "text", "text": "A"}],
                "tool_calls": [{"id": "t0", "type": "function", "function": {"arguments": '{"a', "name": "f"}}],
            },
        },
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
        {
            "id": "m",
            "message": {
                "role": "assistant",
                "content": [{"type": "text", "text": "A😀\ud83d"}, {"type": "text", "text": "B"}],
                "tool_calls": [{"id": "t0", "type": "function", "function": {"arguments": "\ud83d", "name": "f"}}],
            },
            "finish_reason": "TOOL_CALL",
        },
        [
            ["text", 0, "A😀\ud83dB"],
            ["call", 0, "t0", "f"],
            ["args", 0, "\ud83d"],
            ["finish", 0, "tool_calls", "TOOL_CALL"],
        ],
    ),
    "nothing behind the end": Case(
        [start(), end(), content("start", type="text", text="A")],
        {"id": "m", "message": {"role": "assistant"}, "finish_reason": "COMPLETE"},
        [["finish", 0, "stop", "COMPLETE"]],
        repairs={"bytes_after_terminator": 1},
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
