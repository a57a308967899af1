"""Gemini's Interactions API."""

from __future__ import annotations

import json
from typing import Any, ClassVar

import pytest

import ssemble
from ssemble import Limits

from ..counting import assert_linear
from ..vectors import bodies
from .suite import RAW, Case, Dialects, Json, called, read, sse


def created(**fields: Any) -> Json:
    return {"event_type": "interaction.created", "interaction": {"id": "n", "model": "v", **fields}}


def step(kind: Any, index: Any = 0, **fields: Any) -> Json:
    return {"event_type": "step.start", "index": index, "step": {"type": kind, **fields}}


def call(index: Any = 0, call_id: Any = "t", name: Any = "f", **fields: Any) -> Json:
    return step("function_call", index, **{"id": call_id, "name": name, "arguments": {}, **fields})


def delta(kind: Any, index: Any = 0, **fields: Any) -> Json:
    return {"event_type": "step.delta", "index": index, "delta": {"type": kind, **fields}}


def text(words: Any, index: Any = 0, **fields: Any) -> Json:
    return delta("text", index, text=words, **fields)


def part(words: Any) -> Json:
    return {"type": "text", "text": words}


def summary(words: Any, index: Any = 0) -> Json:
    return delta("thought_summary", index, content=part(words))


def args(words: Any, index: Any = 0) -> Json:
    return delta("arguments_delta", index, arguments=words)


def stop(index: Any = 0, **fields: Any) -> Json:
    return {"event_type": "step.stop", "index": index, **fields}


def completed(status: Any = "completed", **fields: Any) -> Json:
    return {"event_type": "interaction.completed", "interaction": {"id": "n", "status": status, **fields}}


def output(*words: str) -> Json:
    return {"type": "model_output", "content": [part(each) for each in words]}


def thought(words: str, **fields: Any) -> Json:
    return {"type": "thought", "summary": [part(words)], **fields}


def function(arguments: Any, call_id: str = "t", name: str = "f") -> Json:
    return {"type": "function_call", "id": call_id, "name": name, "arguments": arguments}


def interaction(*steps: Any, status: str | None = "completed", **fields: Any) -> Json:
    """Build the object; what is None, and no steps, is absent."""
    shown = {"status": status, "steps": list(steps) or None}
    return {"id": "n", "model": "v", **fields, **{key: value for key, value in shown.items() if value is not None}}


STOP = ["finish", 0, "stop", "completed"]
CALLS = ["finish", 0, "tool_calls", "requires_action"]
BODY = bodies.BODIES["gemini-interactions"]
EARLIER = {
    **{"id": "n", "object": "interaction", "model": "v", "role": "model", "status": "completed"},
    "outputs": [
        part("A"),
        thought("B"),
        {"type": "function_call", "id": "t", "name": "f"},
        {"type": "image", "data": "x"},
    ],
}
RUNNING = {"id": "n", "object": "interaction", "status": "in_progress", "usage": None}
CASES: dict[str, Case] = {
    "text": Case(
        [
            created(status="in_progress"),
            step("model_output"),
            text("Te"),
            text("a"),
            stop(usage={"a": 1}),
            completed(usage={"total_tokens": 3}),
            "[DONE]",
        ],
        interaction(output("Tea"), usage={"total_tokens": 3}),
        [["text", 0, "Tea"], ["usage", {"total_tokens": 3}], STOP],
    ),
    "thoughts": Case(
        [
            created(),
            step("thought", signature=""),
            summary("H"),
            summary("m"),
            delta("thought_signature", signature=""),
            delta("thought_signature", signature="S"),
            delta("thought_summary", content={"type": "image", "data": "A"}),
            summary("."),
            delta("thought_signature", signature=None),
            stop(),
            completed(),
        ],
        interaction(
            {"type": "thought", "summary": [part("Hm"), {"type": "image", "data": "A"}, part(".")], "signature": "S"}
        ),
        [["summary", 0, "Hm"], RAW, ["signature", "S"], RAW, ["summary", 0, "."], RAW, STOP],
    ),
    "an empty signature": Case(
        [created(), step("thought"), delta("thought_signature", signature=""), stop(), completed()],
        interaction({"type": "thought"}),
        [RAW, STOP],
    ),
    "a signature before the thought": Case(
        [created(), step("thought"), delta("thought_signature", signature="S"), summary("Hm"), completed("incomplete")],
        interaction(thought("Hm", signature="S"), status="incomplete"),
        [["signature", "S"], ["summary", 0, "Hm"], ["finish", 0, "length", "incomplete"]],
    ),
    "a call": Case(
        [created(), call(signature=""), args('{"a"'), args(": 1}"), args(""), stop(), completed("requires_action")],
        interaction(function({"a": 1}), status="requires_action"),
        [*called('{"a": 1}'), CALLS],
    ),
    "a call without arguments": Case(
        [created(), call(), stop(), call(1, "u", "g", arguments=None), stop(1), completed("requires_action")],
        interaction(function({}), function({}, "u", "g"), status="requires_action"),
        [*called(""), *called("", 1, "u", "g"), CALLS],
    ),
    "a call whose start has its arguments": Case(
        [
            created(),
            call(arguments={"a": 1}),
            stop(),
            call(1, "u", arguments={"b": 1}),
            args('{"c": 2}', 1),
            stop(1),
            completed("requires_action"),
        ],
        interaction(function({"a": 1}), function({"c": 2}, "u"), status="requires_action"),
        [*called('{"a": 1}'), *called('{"c": 2}', 1, "u"), CALLS],
    ),
    "a delta with a whole call": Case(
        [
            created(),
            call(),
            delta("function_call", name="g", arguments={"a": 1}),
            stop(),
            delta("function_call", arguments={"b": 1}),
            completed("requires_action"),
        ],
        interaction(function({"a": 1}, "t", "g"), status="requires_action"),
        [["call", 0, "t", "f"], RAW, ["args", 0, '{"a": 1}'], ["end", 0, '{"a": 1}'], RAW, CALLS],
        repairs={"late_delta": 1},
    ),
    "calls of the server's": Case(
        [
            created(),
            step("google_search_call", id="g", signature=""),
            delta("google_search_call", arguments={"q": "x"}),
            stop(),
            step("google_search_result", 1, call_id="g"),
            delta("google_search_result", 1, result=[1], is_error=False),
            stop(1),
            step("code_execution_call", 2),
            args('{"code": "1"', 2),
            args("}", 2),
            stop(2),
            step("novel_call", 3, arguments={"a": 1}),
            delta("novel_call", 3, id="x"),
            stop(3),
            completed(),
        ],
        interaction(
            {"type": "google_search_call", "id": "g", "arguments": {"q": "x"}},
            {"type": "google_search_result", "call_id": "g", "result": [1], "is_error": False},
            {"type": "code_execution_call", "arguments": {"code": "1"}},
            {"type": "novel_call", "arguments": {"a": 1}, "id": "x"},
        ),
        [*[RAW] * 9, STOP],
    ),
    "media and annotations": Case(
        [
            created(),
            step("model_output"),
            delta("text_annotation_delta", annotations=[{"n": 0}]),
            text("A"),
            delta("text_annotation_delta", annotations=[{"n": 1}]),
            text("B", annotations=[{"n": 2}]),
            delta("image", data="AA"),
            text("C"),
            delta("text_annotation_delta", annotations=None),
            stop(),
            completed(),
        ],
        interaction(
            {
                "type": "model_output",
                "content": [
                    {**part("AB"), "annotations": [{"n": 1}, {"n": 2}]},
                    {"type": "image", "data": "AA"},
                    part("C"),
                ],
            }
        ),
        [RAW, ["text", 0, "A"], RAW, ["text", 0, "B"], RAW, ["text", 0, "C"], RAW, STOP],
    ),
    "a start with content": Case(
        [
            created(),
            step("model_output", content=[part("A"), {"type": "image", "data": "B"}, 5]),
            text("C"),
            step("thought", 1, summary=[part("H")]),
            summary("m", 1),
            completed(),
        ],
        interaction(
            {"type": "model_output", "content": [part("A"), {"type": "image", "data": "B"}, 5, part("C")]},
            thought("Hm"),
        ),
        [["text", 0, "AC"], ["summary", 0, "Hm"], STOP],
    ),
    "steps that never started": Case(
        [
            created(),
            text("A", 0),
            summary("Hm", 1),
            delta("novel", 0, x=1),
            delta("google_search_call", 2, id="g"),
            completed(),
        ],
        interaction(output("A"), thought("Hm"), {"type": "model_output", "id": "g"}),
        [["text", 0, "A"], ["summary", 0, "Hm"], RAW, RAW, STOP],
        repairs={"unknown_index": 3},
    ),
    "deltas in the wrong place": Case(
        [created(), step("thought"), text("A"), summary("Hm"), call(1), text("B", 1), completed()],
        interaction(thought("Hm"), output("A"), function({}), output("B")),
        [["text", 0, "A"], ["summary", 0, "Hm"], ["call", 0, "t", "f"], ["text", 0, "B"], STOP],
        repairs={"item_type_mismatch": 2},
    ),
    "steps that came whole": Case(
        [
            created(),
            step("model_output", content=[part("A"), part("B")]),
            text("C"),
            stop(),
            step("thought", 1, summary=[]),
            stop(1),
            completed("completed"),
        ],
        interaction(output("A", "BC"), {"type": "thought", "summary": []}),
        [["text", 0, "ABC"], STOP],
    ),
    "steps that come with the end": Case(
        [created(), step("model_output", content=[part("A"), part("B")]), completed(steps=[output("A", "B")])],
        interaction(output("A", "B")),
        [["text", 0, "AB"], STOP],
    ),
    "arguments behind their stop": Case(
        [created(), call(), args("{}"), stop(), args("x"), completed("requires_action")],
        interaction(function({}), status="requires_action"),
        [*called("{}"), RAW, CALLS],
        repairs={"late_delta": 1},
    ),
    "arguments behind the stop of a call without any": Case(
        [created(), call(), stop(), args(" {} "), args('{"a":1}'), completed("requires_action")],
        interaction(function({}), status=None),
        called(""),
        error="ProtocolError",
    ),
    "arguments of no call": Case(
        [created(), step("model_output"), args("{}")],
        interaction({"type": "model_output"}, status=None),
        [],
        error="ProtocolError",
    ),
    "an index again": Case(
        [created(), step("model_output"), text("A"), step("model_output"), text("B"), completed("budget_exceeded")],
        interaction(output("A"), output("B"), status="budget_exceeded"),
        [["text", 0, "AB"], ["finish", 0, "length", "budget_exceeded"]],
        repairs={"index_reused": 1},
    ),
    "steps stand in the order of their index": Case(
        [created(), step("model_output", 1), text("B", 1), step("model_output", 0), text("A", 0), completed()],
        interaction(output("A"), output("B")),
        [["text", 0, "BA"], STOP],
        contrary=True,
    ),
    "no index": Case(
        [created(), step("model_output", None), text("A", None), stop(None), completed()],
        interaction(output("A")),
        [["text", 0, "A"], STOP],
        repairs={"missing_index": 3},
    ),
    "starts without an object": Case(
        [created(), {"event_type": "step.start", "index": 0, "step": None}, completed(None)],
        interaction(status=None),
        [RAW, ["finish", 0, None, None]],
        repairs={"bad_start": 1},
    ),
    "the steps of the end win": Case(
        [
            created(),
            step("model_output"),
            text("A"),
            completed(steps=[output("A!"), {"type": "novel", "arguments": {"a": 1}}, 5]),
        ],
        interaction(output("A!"), {"type": "novel", "arguments": {"a": 1}}),
        [["text", 0, "A"], STOP],
        contrary=True,
    ),
    "calls in the steps of the end": Case(
        [
            created(),
            call(),
            call(1, "u"),
            args('{"a": 1}', 1),
            call(2, "w"),
            args('{"b"', 2),
            completed(
                "requires_action",
                steps=[
                    function({"c": 3}),
                    function({"a": 1}, "u"),
                    function({"b": 2}, "w"),
                    {"type": "function_call", "id": "x", "name": "g"},
                ],
            ),
        ],
        interaction(
            function({"c": 3}),
            function({"a": 1}, "u"),
            function({"b": 2}, "w"),
            function({}, "x", "g"),
            status="requires_action",
        ),
        [
            ["call", 0, "t", "f"],
            ["call", 1, "u", "f"],
            ["args", 1, '{"a": 1}'],
            ["call", 2, "w", "f"],
            ["args", 2, '{"b"'],
            ["args", 0, '{"c": 3}'],
            ["end", 0, '{"c": 3}'],
            ["end", 1, '{"a": 1}'],
            ["end", 2, '{"b": 2}'],
            *called("{}", 3, "x", "g"),
            CALLS,
        ],
        contrary=True,
    ),
    "a call of the end that has ended": Case(
        [created(), call(), args("{}"), stop(), completed("requires_action", steps=[function({})])],
        interaction(function({}), status="requires_action"),
        [*called("{}"), CALLS],
    ),
    "a status": Case(
        [
            created(),
            {
                "event_type": "interaction.status_update",
                "interaction_id": "n",
                "status": "requires_continuation",
                "continuation_token": "k",
                "usage": {"total_tokens": 2},
            },
        ],
        interaction(status="requires_continuation", continuation_token="k", usage={"total_tokens": 2}),
        [["usage", {"total_tokens": 2}]],
        error="IncompleteStream",
    ),
    "other statuses": Case(
        [created(id=""), step("model_output"), text("A"), completed("requires_continuation", id="", usage={})],
        {"model": "v", "status": "requires_continuation", "usage": {}, "steps": [output("A")]},
        [["text", 0, "A"], ["finish", 0, "pause", "requires_continuation"]],
    ),
    "no created": Case(
        [step("model_output"), text("A"), completed("failed")],
        {"id": "n", "status": "failed", "steps": [output("A")]},
        [["text", 0, "A"], ["finish", 0, "error", "failed"]],
        repairs={"missing_start": 1},
    ),
    "two created": Case(
        [created(), created(extra=1), completed("novel")],
        interaction(status="novel", extra=1),
        [["finish", 0, "other", "novel"]],
    ),
    "an error": Case(
        [
            created(),
            step("model_output"),
            text("A"),
            {"event_type": "error", "error": {"code": "BUSY", "message": "No."}},
        ],
        interaction(output("A"), status=None),
        [["text", 0, "A"]],
        error="ProviderError",
    ),
    "other payloads": Case(
        [
            created(),
            {"event_type": "interaction.novel"},
            {"event_type": "novel"},
            {"event_type": "step.delta", "index": 0},
            completed(),
        ],
        interaction(),
        [RAW, RAW, RAW, STOP],
    ),
    "a cut": Case(
        [created(), call(), args('{"a": "x", "b')],
        interaction(function({"a": "x"}), status=None),
        [["call", 0, "t", "f"], ["args", 0, '{"a": "x", "b']],
        error="IncompleteStream",
    ),
    "half a surrogate pair": Case(
        [
            created(),
            step("model_output"),
            text("A\ud83d"),
            text("\ude00\ud83d"),
            step("thought", 1),
            summary("\ud83d", 1),
            call(2),
            args("\ud83d", 2),
            stop(2),
            completed(),
        ],
        interaction(output("A😀\ud83d"), thought("\ud83d"), function({})),
        [["text", 0, "A😀\ud83d"], *called("\ud83d"), ["summary", 0, "\ud83d"], STOP],
    ),
    "nothing behind the end": Case(
        [created(), completed(), text("A")], interaction(), [STOP], repairs={"bytes_after_terminator": 1}
    ),
    "deltas that lay something else over texts": Case(
        [
            created(),
            step("model_output"),
            delta("novel_call", content=5),
            text("A"),
            step("thought", 1),
            delta("novel_call", 1, summary=5),
            delta("thought_signature", 1, signature="S"),
            delta("image", 2, annotations=5),
            delta("text_annotation_delta", 2, annotations=[1]),
            completed(),
        ],
        {
            "id": "n",
            "model": "v",
            "status": "completed",
            "steps": [
                {"type": "model_output", "content": 5},
                {"type": "model_output", "content": [{"type": "text", "text": "A"}]},
                {"type": "thought", "summary": 5},
                {"type": "thought", "signature": "S"},
                {"type": "model_output", "content": [{"type": "image", "annotations": [1]}]},
            ],
        },
        [["raw"], ["text", 0, "A"], ["raw"], ["signature", "S"], ["raw"], ["raw"], ["finish", 0, "stop", "completed"]],
        repairs={"item_type_mismatch": 2, "unknown_index": 1},
    ),
    "not streamed": Case(
        [BODY],
        BODY,
        [
            ["summary", 0, "Hm"],
            ["signature", "c2ln"],
            ["text", 0, bodies.TEXT],
            *called(json.dumps(bodies.ARGUMENTS), 0, "t1", "weather"),
            *called("", 1, "t2", "ping"),
            ["usage", BODY["usage"]],
            CALLS,
        ],
    ),
    "not streamed, in the earlier version": Case(
        [EARLIER], EARLIER, [["text", 0, "A"], ["summary", 0, "B"], ["call", 0, "t", "f"], ["end", 0, ""], STOP]
    ),
    "not streamed, and still running": Case([RUNNING], RUNNING, [], "IncompleteStream"),
}


class TestInteractions(Dialects):
    dialect: ClassVar[str] = "gemini-interactions"
    cases: ClassVar[dict[str, Case]] = CASES

    @staticmethod
    def long(texts: list[str]) -> dict[str, list[Any]]:
        return {
            "text": [created(), step("model_output"), *map(text, texts)],
            "numbered": [
                created(),
                step("model_output"),
                *[{**text(each), "event_id": f"e{n}"} for n, each in enumerate(texts)],
            ],
            "summary": [created(), step("thought"), *map(summary, texts)],
            "arguments": [created(), call(), *map(args, texts)],
        }


@pytest.mark.parametrize(
    "payload",
    [
        text(5),
        args([]),
        step("model_output", 1, content=5),
        delta("text_annotation_delta", annotations=5),
        completed(steps=5),
    ],
)
def test_fields_of_another_type(payload: Json) -> None:
    seen = read(sse([created(), step("model_output"), text("A"), payload]))
    assert isinstance(seen.error, ssemble.ProtocolError)


def test_the_words_of_an_error() -> None:
    error = read(sse(CASES["an error"].payloads)).error
    assert isinstance(error, ssemble.ProviderError)
    assert (error.code, error.message) == ("BUSY", "No.")


def test_a_call_is_a_step() -> None:
    completion = read(sse(CASES["a call whose start has its arguments"].payloads)).completion
    assert [each.to_dict() for each in completion.tool_calls] == completion.to_dict()["steps"]


def test_token_counts() -> None:
    usage = {"total_tokens": 9, "total_input_tokens": 4, "total_output_tokens": 3, "total_thought_tokens": 2}
    tokens = read(sse([created(), completed(usage=usage)])).completion.tokens
    assert (tokens.input, tokens.output, tokens.reasoning, tokens.total) == (4, 5, 2, 9)


def test_a_signature_does_not_read_the_summary_before_it() -> None:
    def work(count: int) -> None:
        read(
            sse([step("thought", summary=[{"x": [{}] * count}]), *[delta("thought_signature", signature="s")] * count])
        )

    assert_linear(work, 50)


def test_calls_that_come_again_are_found_by_id() -> None:
    def work(count: int) -> None:
        calls = [(number, str(number)) for number in range(count)]
        again = [{"type": "function_call", "id": call_id, "name": "f"} for _, call_id in reversed(calls)]
        seen = read(sse([*(call(*each) for each in calls), completed(steps=again)]), limits=Limits(max_tool_calls=None))
        assert [each.id for each in seen.completion.tool_calls] == [each["id"] for each in again]

    assert_linear(work, 50)


def test_a_step_without_anything_counts_against_the_limit() -> None:
    payloads = [delta("thought_signature", number) for number in range(40)]
    assert isinstance(read(sse(payloads), limits=Limits(max_message_size=1000)).error, ssemble.LimitExceeded)
