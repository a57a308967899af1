"""Amazon Bedrock's ConverseStream."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, ClassVar

import pytest

import ssemble

from ..framing import aws_messages
from ..vectors import bodies
from .suite import RAW, Case, Dialects, Json, called, read, sse


def frames(payloads: Iterable[Any]) -> list[bytes]:
    """Write each event as a message of the event stream."""
    out = []
    for payload in payloads:
        name, body = next(iter(payload.items())) if len(payload) == 1 else ("", None)
        headers = {":message-type": "exception", ":exception-type": name} if name.endswith("Exception") else None
        raw = payload if body is None else body
        if headers is None:
            headers = {":message-type": "event", **({":event-type": name} if body is not None else {})}
        out.append(aws_messages.message(headers, json.dumps(raw).encode()))
    return out


def start(**fields: Any) -> Json:
    return {"messageStart": {"role": "assistant", "p": "ab", **fields}}


def block(index: Any, **starts: Any) -> Json:
    return {"contentBlockStart": {"contentBlockIndex": index, "start": starts, "p": "abc"}}


def tool(index: Any, call_id: Any = "t", name: Any = "f", **fields: Any) -> Json:
    return block(index, toolUse={"toolUseId": call_id, "name": name, **fields})


def delta(index: Any, pad: str = "abcd", **deltas: Any) -> Json:
    return {"contentBlockDelta": {"contentBlockIndex": index, "delta": deltas, "p": pad}}


def text(index: Any, words: Any) -> Json:
    return delta(index, text=words)


def args(index: Any, words: Any) -> Json:
    return delta(index, toolUse={"input": words})


def thought(index: Any, **fields: Any) -> Json:
    return delta(index, reasoningContent=fields)


def stop(index: Any) -> Json:
    return {"contentBlockStop": {"contentBlockIndex": index, "p": "a"}}


def end(reason: Any = "end_turn", **fields: Any) -> Json:
    return {"messageStop": {"stopReason": reason, **fields}}


def meta(**fields: Any) -> Json:
    return {"metadata": fields}


def used(value: Any, call_id: str = "t", name: str = "f", **fields: Any) -> Json:
    return {"toolUse": {"toolUseId": call_id, "name": name, **fields, "input": value}}


def reasoned(**fields: str) -> Json:
    return {"reasoningContent": {"reasoningText": fields}}


def response(*content: Json, reason: str | None = "end_turn", **fields: Any) -> Json:
    message = {"role": "assistant", "content": list(content)}
    return {**({} if reason is None else {"stopReason": reason}), **fields, "output": {"message": message}}


STOP = ["finish", 0, "stop", "end_turn"]
CALLS = ["finish", 0, "tool_calls", "tool_use"]
BODY = bodies.BODIES["bedrock-converse"]
CASES: dict[str, Case] = {
    "text": Case(
        [
            start(),
            text(0, "Te"),
            text(0, "a"),
            stop(0),
            end(additionalModelResponseFields={"a": 1}),
            meta(usage={"totalTokens": 3}, metrics={"latencyMs": 5}, p="x"),
        ],
        response(
            {"text": "Tea"}, additionalModelResponseFields={"a": 1}, metrics={"latencyMs": 5}, usage={"totalTokens": 3}
        ),
        [["text", 0, "Tea"], STOP, ["usage", {"totalTokens": 3}]],
    ),
    "reasoning and its signature": Case(
        [
            start(),
            thought(0, text="H"),
            thought(0, text="m"),
            thought(0, signature="S"),
            thought(0, signature="T"),
            stop(0),
            text(1, "A"),
            stop(1),
            end(),
        ],
        response(reasoned(text="Hm", signature="ST"), {"text": "A"}),
        [["reasoning", 0, "Hm"], ["signature", "S"], ["signature", "T"], ["text", 0, "A"], STOP],
    ),
    "a signature before reasoning": Case(
        [start(), thought(0, signature="S"), thought(0, text="Hm"), end("stop_sequence")],
        response(reasoned(signature="S", text="Hm"), reason="stop_sequence"),
        [["signature", "S"], ["reasoning", 0, "Hm"], ["finish", 0, "stop", "stop_sequence"]],
    ),
    "reasoning that is hidden": Case(
        [
            start(),
            thought(0, redactedContent="AA"),
            thought(0, redactedContent="BB"),
            thought(1, redactedContent=None, more=1),
            thought(0, text="Hm"),
            end(),
        ],
        response({"reasoningContent": {"redactedContent": "AABB"}}, reasoned(text="Hm")),
        [RAW, RAW, RAW, ["reasoning", 0, "Hm"], STOP],
        repairs={"delta_type_mismatch": 1},
    ),
    "calls": Case(
        [
            start(),
            tool(0),
            args(0, '{"a"'),
            args(0, ": 1}"),
            stop(0),
            tool(1, "u", "g"),
            args(1, ""),
            stop(1),
            end("tool_use"),
        ],
        response(used({"a": 1}), used({}, "u", "g"), reason="tool_use"),
        [*called('{"a": 1}'), *called("", 1, "u", "g"), CALLS],
    ),
    "a call whose start has its input": Case(
        [
            start(),
            tool(0, input={"a": 1}),
            stop(0),
            tool(1, "u", input={"b": 1}),
            args(1, '{"c": 2}'),
            stop(1),
            end("tool_use"),
        ],
        response(used({"a": 1}), used({"c": 2}, "u"), reason="tool_use"),
        [*called('{"a": 1}'), *called('{"c": 2}', 1, "u"), CALLS],
    ),
    "a call of the server's, and its result": Case(
        [
            start(),
            tool(0, type="server_tool_use"),
            args(0, '{"q": 1}'),
            stop(0),
            block(1, toolResult={"toolUseId": "t"}),
            delta(1, toolResult=[{"json": 1}]),
            delta(1, toolResult=[{"text": "x"}]),
            stop(1),
            text(2, "A"),
            end(),
        ],
        response(
            used({"q": 1}, type="server_tool_use"),
            {"toolResult": {"toolUseId": "t", "content": [{"json": 1}, {"text": "x"}]}},
            {"text": "A"},
        ),
        [*[RAW] * 5, ["text", 0, "A"], STOP],
    ),
    "calls that have no stop": Case(
        [start(), tool(0), args(0, '{"a": 1}'), tool(1, "u"), tool(2, "v"), args(2, '{"b": 1'), end("tool_use")],
        response(used({"a": 1}), used({}, "u"), used({}, "v"), reason="tool_use"),
        [
            ["call", 0, "t", "f"],
            ["args", 0, '{"a": 1}'],
            ["call", 1, "u", "f"],
            ["call", 2, "v", "f"],
            ["args", 2, '{"b": 1'],
            ["end", 0, '{"a": 1}'],
            ["end", 1, ""],
            CALLS,
        ],
    ),
    "calls that a limit cut": Case(
        [start(), tool(0), args(0, '{"a": 1}'), end("max_tokens")],
        response(used({"a": 1}), reason="max_tokens"),
        [["call", 0, "t", "f"], ["args", 0, '{"a": 1}'], ["finish", 0, "length", "max_tokens"]],
    ),
    "arguments behind their stop": Case(
        [start(), tool(0), args(0, "{}"), stop(0), args(0, "x"), args(0, ""), end("tool_use")],
        response(used({}), reason="tool_use"),
        [*called("{}"), RAW, CALLS],
        repairs={"late_delta": 1},
    ),
    "arguments of no call": Case(
        [start(), text(0, "A"), args(0, "{}")],
        response({"text": "A"}, reason=None),
        [["text", 0, "A"]],
        error="ProtocolError",
    ),
    "empty blocks": Case(
        [start(), block(0), stop(0), text(1, ""), stop(1), block(2, toolUse=5), stop(9), end()],
        response({"text": ""}),
        [RAW, STOP],
        repairs={"bad_block": 1},
    ),
    "a block again": Case(
        [start(), tool(0), args(0, "{}"), tool(0, "u", "g"), args(0, "[]"), stop(0), end("tool_use")],
        response(used({}), used({}, "u", "g"), reason="tool_use"),
        [*called("{}"), *called("[]", 1, "u", "g"), CALLS],
        repairs={"duplicate_index": 1},
    ),
    "text in the wrong place": Case(
        [
            start(),
            tool(0),
            text(0, "A"),
            args(0, "{}"),
            text(0, "B"),
            thought(0, text="Hm"),
            stop(0),
            text(0, "C"),
            end("tool_use"),
        ],
        response(used({}), {"text": "ABC"}, reasoned(text="Hm"), reason="tool_use"),
        [
            ["call", 0, "t", "f"],
            ["text", 0, "A"],
            ["args", 0, "{}"],
            ["text", 0, "B"],
            ["reasoning", 0, "Hm"],
            ["end", 0, "{}"],
            ["text", 0, "C"],
            CALLS,
        ],
        repairs={"delta_type_mismatch": 2},
    ),
    "citations": Case(
        [
            start(),
            text(0, "A"),
            delta(0, citation={"title": "T"}),
            text(0, "B"),
            delta(0, citation={"title": "U"}),
            delta(0, citation=None),
            delta(1, citation={"title": "V"}),
            end("guardrail_intervened"),
        ],
        response(
            {"citationsContent": {"content": [{"text": "AB"}], "citations": [{"title": "T"}, {"title": "U"}]}},
            {"citationsContent": {"content": [{"text": ""}], "citations": [{"title": "V"}]}},
            reason="guardrail_intervened",
        ),
        [
            ["text", 0, "A"],
            RAW,
            ["text", 0, "B"],
            RAW,
            RAW,
            RAW,
            ["finish", 0, "content_filter", "guardrail_intervened"],
        ],
    ),
    "images and results without a start": Case(
        [
            start(),
            block(0, image={"format": "png"}),
            delta(0, image={"source": {"bytes": "AA"}}),
            delta(1, image={"source": {"bytes": "BB"}}),
            delta(2, toolResult=[{"text": "x"}]),
            delta(3, novel=1),
            delta(4, toolResult="x", image=None),
            end(),
        ],
        response(
            {"image": {"format": "png", "source": {"bytes": "AA"}}},
            {"image": {"source": {"bytes": "BB"}}},
            {"toolResult": {"content": [{"text": "x"}]}},
        ),
        [*[RAW] * 6, STOP],
    ),
    "other blocks": Case(
        [
            start(),
            block(0, novel={"input": 1, "x": 2}),
            delta(0, text=None),
            {"contentBlockDelta": {"contentBlockIndex": 0}},
            end("content_filtered"),
        ],
        response({"novel": {"input": 1, "x": 2}}, {"text": ""}, reason="content_filtered"),
        [RAW, RAW, ["finish", 0, "content_filter", "content_filtered"]],
        repairs={"delta_type_mismatch": 1},
    ),
    "blocks stand in the order of their index": Case(
        [start(), text(1, "B"), text(0, "A"), end()],
        response({"text": "A"}, {"text": "B"}),
        [["text", 0, "BA"], STOP],
        contrary=True,
    ),
    "no index": Case(
        [
            start(),
            {"contentBlockDelta": {"delta": {"text": "A"}}},
            text(None, "B"),
            {"contentBlockStop": {}},
            {"contentBlockStart": {"start": {"toolUse": {"toolUseId": "t", "name": "f"}}}},
            end("malformed_tool_use"),
        ],
        response({"text": "AB"}, used({}), reason="malformed_tool_use"),
        [["text", 0, "AB"], ["call", 0, "t", "f"], ["finish", 0, "error", "malformed_tool_use"]],
        repairs={"missing_index": 4},
    ),
    "no start": Case(
        [text(0, "A"), end()],
        {"stopReason": "end_turn", "output": {"message": {"content": [{"text": "A"}]}}},
        [["text", 0, "A"], STOP],
        repairs={"missing_start": 1},
    ),
    "two starts": Case(
        [start(), start(extra=1), text(0, "A"), end("model_context_window_exceeded")],
        {
            "stopReason": "model_context_window_exceeded",
            "output": {"message": {"role": "assistant", "extra": 1, "content": [{"text": "A"}]}},
        },
        [["text", 0, "A"], ["finish", 0, "length", "model_context_window_exceeded"]],
        repairs={"duplicate_start": 1},
    ),
    "metadata first and in between": Case(
        [
            start(),
            meta(usage={"inputTokens": 1}),
            text(0, "A"),
            meta(usage={"outputTokens": 2}, trace={"a": 1}),
            end("odd"),
        ],
        response({"text": "A"}, reason="odd", trace={"a": 1}, usage={"inputTokens": 1, "outputTokens": 2}),
        [
            ["usage", {"inputTokens": 1}],
            ["text", 0, "A"],
            ["usage", {"inputTokens": 1, "outputTokens": 2}],
            ["finish", 0, "other", "odd"],
        ],
    ),
    "behind the end": Case(
        [start(), text(0, "A"), end(), text(0, "B"), end("tool_use"), {"novel": {}}, meta(usage={"totalTokens": 3})],
        response({"text": "A"}, usage={"totalTokens": 3}),
        [["text", 0, "A"], STOP, RAW, RAW, RAW, ["usage", {"totalTokens": 3}]],
    ),
    "other payloads": Case(
        [start(), {"x": 1, "messageStop": {}}, {"messageStop": 5}, {}, text(0, "A"), end()],
        response({"text": "A"}),
        [RAW, RAW, RAW, ["text", 0, "A"], STOP],
    ),
    "an exception": Case(
        [start(), text(0, "A"), {"throttlingException": {"message": "Slow.", "originalStatusCode": 429}}],
        response({"text": "A"}, reason=None),
        [["text", 0, "A"]],
        error="ProviderError",
    ),
    "a cut": Case(
        [start(), tool(0), args(0, '{"a": "x", "b": "y')],
        response(used({"a": "x"}), reason=None),
        [["call", 0, "t", "f"], ["args", 0, '{"a": "x", "b": "y']],
        error="IncompleteStream",
    ),
    "half a surrogate pair": Case(
        [
            start(),
            text(0, "A\ud83d"),
            text(0, "\ude00\ud83d"),
            thought(1, text="B\ud83d"),
            thought(1, signature="\ud83d"),
            tool(2),
            args(2, "\ud83d"),
            stop(2),
            end(),
        ],
        response({"text": "A😀\ud83d"}, reasoned(text="B\ud83d", signature="\ud83d"), used({})),
        [["text", 0, "A😀\ud83d"], ["reasoning", 0, "B\ud83d"], ["signature", "\ud83d"], *called("\ud83d"), STOP],
    ),
    "starts of what only deltas make": Case(
        [
            start(),
            block(0, citationsContent={}),
            text(0, "A"),
            block(1, citationsContent={"content": [{"text": "x"}]}),
            delta(1, citation={"n": 1}),
            block(2, reasoningContent={"reasoningText": {"text": "x"}}),
            thought(2, text="H"),
            block(3, reasoningContent={"reasoningText": {"text": "x"}}),
            thought(3, signature="S"),
            end(),
        ],
        {
            "stopReason": "end_turn",
            "output": {
                "message": {
                    "role": "assistant",
                    "content": [
                        {"citationsContent": {}},
                        {"text": "A"},
                        {"citationsContent": {"content": [{"text": "x"}]}},
                        {"citationsContent": {"content": [{"text": ""}], "citations": [{"n": 1}]}},
                        {"reasoningContent": {"reasoningText": {"text": "x"}}},
                        {"reasoningContent": {"reasoningText": {"text": "H"}}},
                        {"reasoningContent": {"reasoningText": {"text": "x"}}},
                        {"reasoningContent": {"reasoningText": {"signature": "S"}}},
                    ],
                }
            },
        },
        [
            ["raw"],
            ["text", 0, "A"],
            ["raw"],
            ["raw"],
            ["raw"],
            ["reasoning", 0, "H"],
            ["raw"],
            ["signature", "S"],
            ["finish", 0, "stop", "end_turn"],
        ],
        repairs={"delta_type_mismatch": 4},
    ),
    "not streamed": Case(
        [BODY],
        BODY,
        [
            ["reasoning", 0, "Hm"],
            ["signature", "c2ln"],
            ["text", 0, bodies.TEXT + "!"],
            *called(json.dumps(bodies.ARGUMENTS), 0, "t1", "weather"),
            *called("", 1, "t2", "ping"),
            ["usage", BODY["usage"]],
            ["finish", 0, "tool_calls", "tool_use"],
        ],
    ),
}


class TestConverse(Dialects):
    dialect: ClassVar[str] = "bedrock-converse"
    cases: ClassVar[dict[str, Case]] = CASES

    @staticmethod
    def frames(payloads: Iterable[Any]) -> list[bytes]:
        return frames(payloads)

    @staticmethod
    def long(texts: list[str]) -> dict[str, list[Any]]:
        return {
            "text": [start(), *[text(0, each) for each in texts]],
            "reasoning": [start(), *[thought(0, text=each) for each in texts]],
            "arguments": [start(), tool(0), *[args(0, each) for each in texts]],
        }


@pytest.mark.parametrize(
    "payload", [text(0, 5), thought(0, text=[]), thought(0, signature=1), args(1, {}), thought(0, redactedContent=5)]
)
def test_texts_of_another_type(payload: Json) -> None:
    seen = read(frames([start(), tool(1), payload, end()]), dialect="bedrock-converse")
    hidden = "redactedContent" in json.dumps(payload)
    assert isinstance(seen.error, type(None) if hidden else ssemble.ProtocolError)


def test_what_boto3_gives_can_be_added() -> None:
    """Its events are the payloads, with bytes for base64; errors are raised elsewhere."""
    reader = ssemble.accumulator("bedrock-converse")
    for event in (start(), thought(0, redactedContent=b"AA"), thought(0, redactedContent=b"AA"), text(1, "A"), end()):
        reader.add(event)
    assert reader.completion().to_dict()["output"]["message"]["content"] == [
        {"reasoningContent": {"redactedContent": "QUFBQQ=="}},
        {"text": "A"},
    ]
    with pytest.raises(ssemble.ProviderError, match=r"Slow\.") as caught:
        ssemble.accumulator("bedrock-converse").add({"throttlingException": {"message": "Slow."}})
    assert (caught.value.type, caught.value.code) == ("throttlingException", None)


def test_the_words_of_an_exception() -> None:
    error = read(frames(CASES["an exception"].payloads)).error
    assert isinstance(error, ssemble.ProviderError)
    assert (error.type, error.code, error.message) == ("throttlingException", 429, "Slow.")


def test_other_framings() -> None:
    payloads = CASES["text"].payloads
    assert read(sse(payloads)).completion == read(frames(payloads)).completion


def test_the_message_is_what_is_sent_back() -> None:
    completion = read(frames(CASES["calls that have no stop"].payloads)).completion
    message = completion.to_dict()["output"]["message"]
    assert completion.message.to_dict() == message
    assert [call.to_dict() for call in completion.tool_calls] == message["content"]
    assert completion.message.to_dict(complete=True)["content"] == message["content"][:2]
    tokens = read(frames(CASES["text"].payloads)).completion.tokens
    assert tokens.total == 3


@pytest.mark.parametrize(
    ("reason", "word"), [("malformed_future_thing", "error"), ("malformed", "other"), ("new", "other")]
)
def test_every_malformed_answer_is_an_error(reason: str, word: str) -> None:
    """SPEC section 9.4: "malformed_*"."""
    assert read(frames([start(), text(0, "A"), end(reason)])).completion.finish_reason == word
