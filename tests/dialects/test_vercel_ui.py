"""The UI message stream of Vercel's AI SDK."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

import ssemble

from ..counting import assert_linear
from .suite import RAW, Case, Dialects, Json, called, read, sse


def chunk(kind: str, **fields: Any) -> Json:
    return {"type": kind, **fields}


def start(**fields: Any) -> Json:
    return chunk("start", messageId="u", **fields)


def text(kind: str, words: Any = None, id: Any = "a", **fields: Any) -> Json:
    return chunk(f"text-{kind}", id=id, **({} if words is None else {"delta": words}), **fields)


def thought(kind: str, words: Any = None, id: Any = "r", **fields: Any) -> Json:
    return chunk(f"reasoning-{kind}", id=id, **({} if words is None else {"delta": words}), **fields)


def tool(kind: str, call_id: Any = "t", **fields: Any) -> Json:
    return chunk(f"tool-{kind}", toolCallId=call_id, **fields)


def first(call_id: Any = "t", name: Any = "f", **fields: Any) -> Json:
    return tool("input-start", call_id, toolName=name, **fields)


def args(words: Any, call_id: Any = "t") -> Json:
    return tool("input-delta", call_id, inputTextDelta=words)


def ready(value: Any, call_id: Any = "t", name: Any = "f", **fields: Any) -> Json:
    return tool("input-available", call_id, toolName=name, input=value, **fields)


def said(words: str, state: str = "done", **fields: Any) -> Json:
    return {"type": "text", "text": words, "state": state, **fields}


def part(state: str, call_id: str = "t", name: str = "f", **fields: Any) -> Json:
    return {"type": f"tool-{name}", "toolCallId": call_id, "state": state, **fields}


def message(*parts: Json, **fields: Any) -> Json:
    return {"role": "assistant", "parts": list(parts), "id": "u", **fields}


STEP, END_STEP, END = chunk("start-step"), chunk("finish-step"), chunk("finish", finishReason="stop")
STOP = ["finish", 0, "stop", "stop"]
CASES: dict[str, Case] = {
    "text": Case(
        [start(), STEP, text("start"), text("delta", "Te"), text("delta", "a"), text("end"), END_STEP, END, "[DONE]"],
        message({"type": "step-start"}, said("Tea")),
        [["text", 0, "Tea"], STOP],
    ),
    "reasoning and text in turn": Case(
        [
            start(),
            thought("start"),
            text("start"),
            thought("delta", "H"),
            text("delta", "A"),
            thought("delta", "m"),
            thought("end", providerMetadata={"s": 1}),
            text("delta", "B", providerMetadata={"x": 1}),
            text("end"),
            END,
        ],
        message(
            {"type": "reasoning", "id": "r", "text": "Hm", "state": "done", "providerMetadata": {"s": 1}},
            said("AB", providerMetadata={"x": 1}),
        ),
        [["reasoning", 0, "H"], ["text", 0, "A"], ["reasoning", 0, "m"], ["text", 0, "B"], STOP],
        contrary=True,
    ),
    "metadata": Case(
        [
            start(messageMetadata={"a": 1, "n": {"x": 1}}),
            chunk("message-metadata", messageMetadata={"n": {"y": 2, "x": None}, "a": None}),
            chunk("finish", messageMetadata={"b": [1]}),
        ],
        message(metadata={"a": 1, "n": {"x": 1, "y": 2}, "b": [1]}),
        [["finish", 0, None, None]],
    ),
    "metadata of another type": Case(
        [start(messageMetadata=[1]), chunk("message-metadata", messageMetadata={"a": 1}), END],
        message(metadata={"a": 1}),
        [STOP],
    ),
    "a call": Case(
        [
            start(),
            first(title="T"),
            args('{"a"'),
            args(": 1}"),
            ready({"a": 1}, providerMetadata={"m": 1}),
            tool("output-available", output="ok"),
            chunk("finish", finishReason="tool-calls"),
        ],
        message(part("output-available", input={"a": 1}, title="T", callProviderMetadata={"m": 1}, output="ok")),
        [*called('{"a": 1}'), RAW, ["finish", 0, "tool_calls", "tool-calls"]],
    ),
    "a call that comes whole": Case(
        [start(), ready({"a": 1}), ready({}, "u", "g"), ready({"b": 2}), chunk("finish", finishReason="tool-calls")],
        message(part("input-available", input={"a": 1}), part("input-available", "u", "g", input={})),
        [*called('{"a": 1}'), *called("", 1, "u", "g"), RAW, ["finish", 0, "tool_calls", "tool-calls"]],
        repairs={"duplicate_call_id": 1},
    ),
    "input that is not what was streamed": Case(
        [
            start(),
            first(),
            args('{"a'),
            ready({"a": 1}),
            first("u"),
            args('{"b": 1}', "u"),
            ready({"b": 2}, "u"),
            chunk("finish", finishReason="length"),
        ],
        message(part("input-available", input={"a": 1}), part("input-available", "u", input={"b": 2})),
        [
            ["call", 0, "t", "f"],
            ["args", 0, '{"a'],
            ["end", 0, '{"a": 1}'],
            ["call", 1, "u", "f"],
            ["args", 1, '{"b": 1}'],
            ["end", 1, '{"b": 2}'],
            ["finish", 0, "length", "length"],
        ],
        contrary=True,
    ),
    "no input": Case(
        [start(), first(), args(""), ready(None), END],
        message(part("input-available", input=None)),
        [*called(""), STOP],
    ),
    "dynamic tools, and calls that are run elsewhere": Case(
        [
            start(),
            first("t", "f", dynamic=True, toolMetadata={"m": 1}),
            args("{}"),
            ready({}, "t", "f", dynamic=True),
            first("u", "web", providerExecuted=True),
            args('{"q": 1', "u"),
            args("}", "u"),
            ready({"q": 1}, "u", "web", providerExecuted=True),
            tool("output-error", "u", errorText="no", providerExecuted=True, providerMetadata={"r": 1}),
            END,
        ],
        message(
            {
                "type": "dynamic-tool",
                "toolName": "f",
                "toolCallId": "t",
                "state": "input-available",
                "input": {},
                "toolMetadata": {"m": 1},
            },
            part(
                "output-error",
                "u",
                "web",
                input={"q": 1},
                providerExecuted=True,
                errorText="no",
                resultProviderMetadata={"r": 1},
            ),
        ),
        [*called("{}"), *[RAW] * 5, STOP],
    ),
    "outputs": Case(
        [
            start(),
            ready({"a": 1}),
            tool("output-available", output=1, preliminary=True),
            tool("output-available", output=None),
            tool("output-error", errorText="E"),
            tool("output-available"),
            tool("output-available", output=2),
            tool("output-denied"),
            tool("approval-request", approvalId="p", signature="s"),
            tool("output-available", "z", output=1),
            END,
        ],
        message(part("approval-requested", input={"a": 1}, output=2, approval={"id": "p", "signature": "s"})),
        [*called('{"a": 1}'), *[RAW] * 8, STOP],
        repairs={"unknown_index": 1},
    ),
    "input that is wrong": Case(
        [
            start(),
            first(),
            args('{"a'),
            tool("input-error", toolName="f", input='{"a', errorText="bad"),
            tool("input-error", "u", toolName="g", dynamic=True, input={"b": 1}, errorText="bad"),
            tool("input-error", "u", toolName="g", errorText="bad"),
            chunk("finish", finishReason="error"),
        ],
        message(
            part("output-error", rawInput='{"a', errorText="bad"),
            {
                "type": "dynamic-tool",
                "toolName": "g",
                "toolCallId": "u",
                "state": "output-error",
                "input": {"b": 1},
                "errorText": "bad",
            },
        ),
        [*called('{"a'), *called('{"b": 1}', 1, "u", "g"), RAW, ["finish", 0, "error", "error"]],
        repairs={"duplicate_call_id": 1},
        contrary=True,
    ),
    "input of a call that the provider ran, and is wrong": Case(
        [start(), tool("input-error", "u", toolName="g", providerExecuted=True, input=1, errorText="bad"), END],
        message(part("output-error", "u", "g", providerExecuted=True, rawInput=1, errorText="bad")),
        [RAW, STOP],
    ),
    "the same call in two steps": Case(
        [
            start(),
            STEP,
            ready({"a": 1}),
            END_STEP,
            STEP,
            tool("output-available", output="ok"),
            ready({"b": 1}),
            tool("output-available", output="ok2"),
            first("t"),
            args("x"),
            END,
        ],
        message(
            {"type": "step-start"},
            part("output-available", input={"a": 1}, output="ok"),
            {"type": "step-start"},
            part("output-available", input={"b": 1}, output="ok2"),
        ),
        [*called('{"a": 1}'), RAW, *called('{"b": 1}', 1, "t"), RAW, RAW, STOP],
        repairs={"late_delta": 1},
    ),
    "arguments of no call, and behind the end": Case(
        [start(), args("x"), ready({}), args("x"), END],
        message(part("input-available", input={})),
        [RAW, *called(""), RAW, STOP],
        repairs={"unknown_index": 1, "late_delta": 1},
    ),
    "parts that come whole": Case(
        [
            start(),
            chunk("file", url="u", mediaType="m"),
            chunk("reasoning-file", url="u"),
            chunk("source-url", sourceId="s", url="u"),
            chunk("source-document", sourceId="d"),
            chunk("custom", value=1),
            END,
        ],
        message(
            {"type": "file", "url": "u", "mediaType": "m"},
            {"type": "reasoning-file", "url": "u"},
            {"type": "source-url", "sourceId": "s", "url": "u"},
            {"type": "source-document", "sourceId": "d"},
            {"type": "custom", "value": 1},
        ),
        [*[RAW] * 5, STOP],
    ),
    "data": Case(
        [
            start(),
            chunk("data-x", id="1", data={"a": 1}),
            chunk("data-x", id="1", data={"b": 2}),
            chunk("data-x", data=3),
            chunk("data-x", data=4),
            chunk("data-y", id="1", data=5),
            chunk("data-x", id="2", data=6, transient=True),
            END,
        ],
        message(
            {"type": "data-x", "id": "1", "data": {"b": 2}},
            {"type": "data-x", "data": 3},
            {"type": "data-x", "data": 4},
            {"type": "data-y", "id": "1", "data": 5},
        ),
        [*[RAW] * 6, STOP],
    ),
    "a step again": Case(
        [
            start(),
            STEP,
            text("start"),
            text("delta", "A"),
            text("end"),
            STEP,
            text("start"),
            text("delta", "B"),
            ready({}),
            chunk("reset-step"),
            text("start"),
            text("delta", "C"),
            text("end"),
            END,
        ],
        message({"type": "step-start"}, said("A"), {"type": "step-start"}, said("C")),
        [["text", 0, "AB"], *called(""), RAW, ["text", 0, "C"], STOP],
        contrary=True,
    ),
    "data that becomes empty": Case(
        [
            start(),
            chunk("data-w", id="a", data={"x": 1}),
            chunk("data-w", id="a", data={}),
            chunk("data-w", id="b", data="x"),
            chunk("data-w", id="b", data=None),
            END,
        ],
        message({"type": "data-w", "id": "a", "data": {}}, {"type": "data-w", "id": "b", "data": None}),
        [RAW] * 4 + [STOP],
    ),
    "a step again, behind calls and data of another": Case(
        [
            start(),
            STEP,
            first(),
            ready({}),
            chunk("data-w", id="d", data=1),
            text("start", id="z"),
            END_STEP,
            STEP,
            first("t2"),
            ready({}, "t2"),
            chunk("data-w", id="e", data=1),
            chunk("reset-step"),
            tool("output-available", "t", output="x"),
            tool("output-available", "t2", output="y"),
            chunk("data-w", id="d", data=2),
            chunk("data-w", id="e", data=3),
            text("delta", "A", "z"),
            END,
        ],
        message(
            {"type": "step-start"},
            part("output-available", input={}, output="x"),
            {"type": "data-w", "id": "d", "data": 2},
            said("A", "streaming"),
            {"type": "step-start"},
            {"type": "data-w", "id": "e", "data": 3},
        ),
        [*called(""), RAW, *called("", 1, "t2"), RAW, RAW, RAW, RAW, RAW, RAW, ["text", 0, "A"], STOP],
        contrary=True,
        repairs={"unknown_index": 1},
    ),
    "deltas without a start": Case(
        [start(), text("delta", "A"), thought("delta", "Hm"), text("end"), text("end"), text("delta", "B"), END],
        message(
            said("A"), {"type": "reasoning", "id": "r", "text": "Hm", "state": "streaming"}, said("B", "streaming")
        ),
        [["text", 0, "A"], ["reasoning", 0, "Hm"], ["text", 0, "B"], STOP],
        repairs={"missing_start": 3, "stop_without_start": 1},
    ),
    "no start": Case(
        [text("start"), text("delta", "A"), END],
        {"role": "assistant", "parts": [said("A", "streaming")]},
        [["text", 0, "A"], STOP],
    ),
    "an empty text": Case(
        [start(), text("start"), text("delta", ""), text("delta"), text("end"), END], message(said("")), [STOP]
    ),
    "[DONE] without a finish": Case(
        [start(), text("start"), text("delta", "A"), text("end"), "[DONE]"],
        message(said("A")),
        [["text", 0, "A"], ["finish", 0, None, None]],
    ),
    "a cut": Case(
        [start(), first(), args('{"a": [1, 2'), args(', 3], "b": "x')],
        message(part("input-streaming", input={"a": [1, 2, 3]}, rawInput='{"a": [1, 2, 3], "b": "x')),
        [["call", 0, "t", "f"], ["args", 0, '{"a": [1, 2, 3], "b": "x']],
        error="IncompleteStream",
    ),
    "an error": Case(
        [start(), text("start"), text("delta", "A"), chunk("error", errorText="No.")],
        message(said("A", "streaming")),
        [["text", 0, "A"]],
        error="ProviderError",
    ),
    "an error without words": Case([start(), chunk("error"), "[DONE]"], message(), [], error="ProviderError"),
    "other payloads": Case(
        [
            start(),
            chunk("abort"),
            chunk("novel"),
            {"x": 1},
            text("start"),
            text("delta", "A"),
            chunk("finish", finishReason="novel"),
        ],
        message(said("A", "streaming")),
        [RAW, RAW, RAW, ["text", 0, "A"], ["finish", 0, "other", "novel"]],
    ),
    "names of tools that are no text": Case(
        [start(), first("t", 5), first("u", None, dynamic=True), END],
        message(
            part("input-streaming", "t", ""),
            {"type": "dynamic-tool", "toolName": "", "toolCallId": "u", "state": "input-streaming"},
        ),
        [["call", 0, "t", ""], ["call", 1, "u", ""], STOP],
    ),
    "half a surrogate pair": Case(
        [
            start(),
            text("start"),
            text("delta", "A\ud83d"),
            text("delta", "\ude00\ud83d"),
            text("end"),
            thought("start"),
            thought("delta", "\ud83d"),
            first(),
            args("\ud83d"),
            END,
        ],
        message(
            said("A😀\ud83d"),
            {"type": "reasoning", "id": "r", "text": "\ud83d", "state": "streaming"},
            part("input-streaming", input={}, rawInput="\ud83d"),
        ),
        [["text", 0, "A😀\ud83d"], ["call", 0, "t", "f"], ["reasoning", 0, "\ud83d"], ["args", 0, "\ud83d"], STOP],
    ),
    "nothing behind the end": Case(
        [start(), END, text("delta", "A")], message(), [STOP], repairs={"bytes_after_terminator": 1}
    ),
}


class TestUIMessages(Dialects):
    dialect: ClassVar[str] = "vercel-ui"
    cases: ClassVar[dict[str, Case]] = CASES

    @staticmethod
    def long(texts: list[str]) -> dict[str, list[Any]]:
        return {
            "text": [start(), text("start"), *[text("delta", each) for each in texts]],
            "reasoning": [start(), thought("start"), *[thought("delta", each) for each in texts]],
            "arguments": [start(), first(), *map(args, texts)],
        }


@pytest.mark.parametrize("payload", [text("delta", 5), thought("delta", []), args({})])
def test_texts_of_another_type(payload: Json) -> None:
    assert isinstance(read(sse([start(), first(), payload])).error, ssemble.ProtocolError)


def test_the_words_of_an_error() -> None:
    for name, words in (("an error", "No."), ("an error without words", "error")):
        error = read(sse(CASES[name].payloads)).error
        assert isinstance(error, ssemble.ProviderError)
        assert error.message == words
    with pytest.raises(ssemble.ProviderError, match=r"No\."):
        ssemble.accumulator("vercel-ui").add(chunk("error", errorText="No."))


def test_a_call_is_a_part() -> None:
    completion = read(sse(CASES["a call that comes whole"].payloads)).completion
    assert [each.to_dict() for each in completion.tool_calls] == completion.to_dict()["parts"]
    assert [each.parse_arguments() for each in completion.tool_calls] == [{"a": 1}, {}]


def test_the_input_is_what_is_run() -> None:
    """What was streamed may be another, or only its beginning."""
    completion = read(sse(CASES["input that is not what was streamed"].payloads)).completion
    assert [each.parse_arguments() for each in completion.tool_calls] == [{"a": 1}, {"b": 2}]


@pytest.mark.parametrize("inside", [False, True])
def test_metadata_that_grows(inside: bool) -> None:
    def work(count: int) -> None:
        updates = [{str(number): number} for number in range(count)]
        chunks = [chunk("message-metadata", messageMetadata={"a": each} if inside else each) for each in updates]
        metadata = read(sse([start(), *chunks])).completion.to_dict()["metadata"]
        assert len(metadata["a"] if inside else metadata) == count

    assert_linear(work, 600)


def test_a_call_again_in_a_step_that_is_dropped_leaves_the_first() -> None:
    steps = [STEP, first(), ready({"a": 1}), END_STEP, STEP, first(), ready({"a": 2}), chunk("reset-step")]
    seen = read(sse([start(), *steps, tool("output-available", output="x"), END]))
    wanted = part("output-available", input={"a": 1}, output="x")
    assert seen.completion.to_dict()["parts"] == [{"type": "step-start"}, wanted, {"type": "step-start"}]
    assert seen.repairs == {}
