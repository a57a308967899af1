"""Gemini's Interactions API."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

import ssemble

from .suite import Case, Dialects, Json, read, sse


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


def summary(words: Any, index: Any = 0) -> Json:
    return delta("thought_summary", index, content={"type": "text", "text": words})


def args(words: Any, index: Any = 0) -> Json:
    return delta("arguments_delta", index, arguments=words)


def stop(index: Any = 0, **fields: Any) -> Json:
    return {"event_type": "step.stop", "index": index, **fields}


def completed(status: Any = "completed", **fields: Any) -> Json:
    return {"event_type": "interaction.completed", "interaction": {"id": "n", "status": status, **fields}}


def output(words: str) -> Json:
    return {"type": "model_output", "content": [{"type": "text", "text": words}]}


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
        {
            "id": "n",
            "model": "v",
            "status": "completed",
            "usage": {"total_tokens": 3},
            "steps": [{"type": "model_output", "content": [{"type": "text", "text": "Tea"}]}],
        },
        [["text", 0, "Tea"], ["usage", {"total_tokens": 3}], ["finish", 0, "stop", "completed"]],
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
        {
            "id": "n",
            "model": "v",
            "status": "completed",
            "steps": [
                {
                    "type": "thought",
                    "summary": [
                        {"type": "text", "text": "Hm"},
                        {"type": "image", "data": "A"},
                        {"type": "text", "text": "."},
                    ],
                    "signature": "S",
                }
            ],
        },
        [
            ["summary", 0, "Hm"],
            ["raw"],
            ["signature", "S"],
            ["raw"],
            ["summary", 0, "."],
            ["raw"],
            ["finish", 0, "stop", "completed"],
        ],
    ),
    "an empty signature": Case(
        [created(), step("thought"), delta("thought_signature", signature=""), stop(), completed()],
        {"id": "n", "model": "v", "status": "completed", "steps": [{"type": "thought"}]},
        [["raw"], ["finish", 0, "stop", "completed"]],
    ),
    "a signature before the thought": Case(
        [created(), step("thought"), delta("thought_signature", signature="S"), summary("Hm"), completed("incomplete")],
        {
            "id": "n",
            "model": "v",
            "status": "incomplete",
            "steps": [{"type": "thought", "signature": "S", "summary": [{"type": "text", "text": "Hm"}]}],
        },
        [["signature", "S"], ["summary", 0, "Hm"], ["finish", 0, "length", "incomplete"]],
    ),
    "a call": Case(
        [created(), call(signature=""), args('{"a"'), args(": 1}"), args(""), stop(), completed("requires_action")],
        {
            "id": "n",
            "model": "v",
            "status": "requires_action",
            "steps": [{"type": "function_call", "id": "t", "name": "f", "arguments": {"a": 1}}],
        },
        [
            ["call", 0, "t", "f"],
            ["args", 0, '{"a": 1}'],
            ["end", 0, '{"a": 1}'],
            ["finish", 0, "tool_calls", "requires_action"],
        ],
    ),
    "a call without arguments": Case(
        [created(), call(), stop(), call(1, "u", "g", arguments=None), stop(1), completed("requires_action")],
        {
            "id": "n",
            "model": "v",
            "status": "requires_action",
            "steps": [
                {"type": "function_call", "id": "t", "name": "f", "arguments": {}},
                {"type": "function_call", "id": "u", "name": "g", "arguments": {}},
            ],
        },
        [
            ["call", 0, "t", "f"],
            ["end", 0, ""],
            ["call", 1, "u", "g"],
            ["end", 1, ""],
            ["finish", 0, "tool_calls", "requires_action"],
        ],
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
        {
            "id": "n",
            "model": "v",
            "status": "requires_action",
            "steps": [
                {"type": "function_call", "id": "t", "name": "f", "arguments": {"a": 1}},
                {"type": "function_call", "id": "u", "name": "f", "arguments": {"c": 2}},
            ],
        },
        [
            ["call", 0, "t", "f"],
            ["args", 0, '{"a": 1}'],
            ["end", 0, '{"a": 1}'],
            ["call", 1, "u", "f"],
            ["args", 1, '{"c": 2}'],
            ["end", 1, '{"c": 2}'],
            ["finish", 0, "tool_calls", "requires_action"],
        ],
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
        {
            "id": "n",
            "model": "v",
            "status": "requires_action",
            "steps": [{"type": "function_call", "id": "t", "name": "g", "arguments": {"a": 1}}],
        },
        [
            ["call", 0, "t", "f"],
            ["raw"],
            ["args", 0, '{"a": 1}'],
            ["end", 0, '{"a": 1}'],
            ["raw"],
            ["finish", 0, "tool_calls", "requires_action"],
        ],
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
        {
            "id": "n",
            "model": "v",
            "status": "completed",
            "steps": [
                {"type": "google_search_call", "id": "g", "arguments": {"q": "x"}},
                {"type": "google_search_result", "call_id": "g", "result": [1], "is_error": False},
                {"type": "code_execution_call", "arguments": {"code": "1"}},
                {"type": "novel_call", "arguments": {"a": 1}, "id": "x"},
            ],
        },
        [
            ["raw"],
            ["raw"],
            ["raw"],
            ["raw"],
            ["raw"],
            ["raw"],
            ["raw"],
            ["raw"],
            ["raw"],
            ["finish", 0, "stop", "completed"],
        ],
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
        {
            "id": "n",
            "model": "v",
            "status": "completed",
            "steps": [
                {
                    "type": "model_output",
                    "content": [
                        {"type": "text", "text": "AB", "annotations": [{"n": 1}, {"n": 2}]},
                        {"type": "image", "data": "AA"},
                        {"type": "text", "text": "C"},
                    ],
                }
            ],
        },
        [
            ["raw"],
            ["text", 0, "A"],
            ["raw"],
            ["text", 0, "B"],
            ["raw"],
            ["text", 0, "C"],
            ["raw"],
            ["finish", 0, "stop", "completed"],
        ],
    ),
    "a start with content": Case(
        [
            created(),
            step("model_output", content=[{"type": "text", "text": "A"}, {"type": "image", "data": "B"}, 5]),
            text("C"),
            step("thought", 1, summary=[{"type": "text", "text": "H"}]),
            summary("m", 1),
            completed(),
        ],
        {
            "id": "n",
            "model": "v",
            "status": "completed",
            "steps": [
                {
                    "type": "model_output",
                    "content": [
                        {"type": "text", "text": "A"},
                        {"type": "image", "data": "B"},
                        5,
                        {"type": "text", "text": "C"},
                    ],
                },
                {"type": "thought", "summary": [{"type": "text", "text": "Hm"}]},
            ],
        },
        [["text", 0, "AC"], ["summary", 0, "Hm"], ["finish", 0, "stop", "completed"]],
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
        {
            "id": "n",
            "model": "v",
            "status": "completed",
            "steps": [
                {"type": "model_output", "content": [{"type": "text", "text": "A"}]},
                {"type": "thought", "summary": [{"type": "text", "text": "Hm"}]},
                {"type": "model_output", "id": "g"},
            ],
        },
        [["text", 0, "A"], ["summary", 0, "Hm"], ["raw"], ["raw"], ["finish", 0, "stop", "completed"]],
        repairs={"unknown_index": 3},
    ),
    "deltas in the wrong place": Case(
        [created(), step("thought"), text("A"), summary("Hm"), call(1), text("B", 1), completed()],
        {
            "id": "n",
            "model": "v",
            "status": "completed",
            "steps": [
                {"type": "thought", "summary": [{"type": "text", "text": "Hm"}]},
                {"type": "model_output", "content": [{"type": "text", "text": "A"}]},
                {"type": "function_call", "id": "t", "name": "f", "arguments": {}},
                {"type": "model_output", "content": [{"type": "text", "text": "B"}]},
            ],
        },
        [
            ["text", 0, "A"],
            ["summary", 0, "Hm"],
            ["call", 0, "t", "f"],
            ["text", 0, "B"],
            ["finish", 0, "stop", "completed"],
        ],
        repairs={"item_type_mismatch": 2},
    ),
    "arguments behind their stop": Case(
        [created(), call(), args("{}"), stop(), args("x"), completed("requires_action")],
        {
            "id": "n",
            "model": "v",
            "status": "requires_action",
            "steps": [{"type": "function_call", "id": "t", "name": "f", "arguments": {}}],
        },
        [
            ["call", 0, "t", "f"],
            ["args", 0, "{}"],
            ["end", 0, "{}"],
            ["raw"],
            ["finish", 0, "tool_calls", "requires_action"],
        ],
        repairs={"late_delta": 1},
    ),
    "arguments of no call": Case(
        [created(), step("model_output"), args("{}")],
        {"id": "n", "model": "v", "steps": [{"type": "model_output"}]},
        [],
        error="ProtocolError",
    ),
    "an index again": Case(
        [created(), step("model_output"), text("A"), step("model_output"), text("B"), completed("budget_exceeded")],
        {
            "id": "n",
            "model": "v",
            "status": "budget_exceeded",
            "steps": [
                {"type": "model_output", "content": [{"type": "text", "text": "A"}]},
                {"type": "model_output", "content": [{"type": "text", "text": "B"}]},
            ],
        },
        [["text", 0, "AB"], ["finish", 0, "length", "budget_exceeded"]],
        repairs={"index_reused": 1},
    ),
    "steps stand in the order of their index": Case(
        [created(), step("model_output", 1), text("B", 1), step("model_output", 0), text("A", 0), completed()],
        {
            "id": "n",
            "model": "v",
            "status": "completed",
            "steps": [
                {"type": "model_output", "content": [{"type": "text", "text": "A"}]},
                {"type": "model_output", "content": [{"type": "text", "text": "B"}]},
            ],
        },
        [["text", 0, "BA"], ["finish", 0, "stop", "completed"]],
        contrary=True,
    ),
    "no index": Case(
        [created(), step("model_output", None), text("A", None), stop(None), completed()],
        {
            "id": "n",
            "model": "v",
            "status": "completed",
            "steps": [{"type": "model_output", "content": [{"type": "text", "text": "A"}]}],
        },
        [["text", 0, "A"], ["finish", 0, "stop", "completed"]],
        repairs={"missing_index": 3},
    ),
    "starts without an object": Case(
        [created(), {"event_type": "step.start", "index": 0, "step": None}, completed(None)],
        {"id": "n", "model": "v"},
        [["raw"], ["finish", 0, None, None]],
        repairs={"bad_start": 1},
    ),
    "the steps of the end win": Case(
        [
            created(),
            step("model_output"),
            text("A"),
            completed(steps=[output("A!"), {"type": "novel", "arguments": {"a": 1}}, 5]),
        ],
        {
            "id": "n",
            "model": "v",
            "status": "completed",
            "steps": [
                {"type": "model_output", "content": [{"type": "text", "text": "A!"}]},
                {"type": "novel", "arguments": {"a": 1}},
            ],
        },
        [["text", 0, "A"], ["finish", 0, "stop", "completed"]],
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
                    {"type": "function_call", "id": "t", "name": "f", "arguments": {"c": 3}},
                    {"type": "function_call", "id": "u", "name": "f", "arguments": {"a": 1}},
                    {"type": "function_call", "id": "w", "name": "f", "arguments": {"b": 2}},
                    {"type": "function_call", "id": "x", "name": "g"},
                ],
            ),
        ],
        {
            "id": "n",
            "model": "v",
            "status": "requires_action",
            "steps": [
                {"type": "function_call", "id": "t", "name": "f", "arguments": {"c": 3}},
                {"type": "function_call", "id": "u", "name": "f", "arguments": {"a": 1}},
                {"type": "function_call", "id": "w", "name": "f", "arguments": {"b": 2}},
                {"type": "function_call", "id": "x", "name": "g", "arguments": {}},
            ],
        },
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
            ["call", 3, "x", "g"],
            ["args", 3, "{}"],
            ["end", 3, "{}"],
            ["finish", 0, "tool_calls", "requires_action"],
        ],
        contrary=True,
    ),
    "a call of the end that has ended": Case(
        [
            created(),
            call(),
            args("{}"),
            stop(),
            completed("requires_action", steps=[{"type": "function_call", "id": "t", "name": "f", "arguments": {}}]),
        ],
        {
            "id": "n",
            "model": "v",
            "status": "requires_action",
            "steps": [{"type": "function_call", "id": "t", "name": "f", "arguments": {}}],
        },
        [["call", 0, "t", "f"], ["args", 0, "{}"], ["end", 0, "{}"], ["finish", 0, "tool_calls", "requires_action"]],
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
        {
            "id": "n",
            "model": "v",
            "status": "requires_continuation",
            "continuation_token": "k",
            "usage": {"total_tokens": 2},
        },
        [["usage", {"total_tokens": 2}]],
        error="IncompleteStream",
    ),
    "other statuses": Case(
        [created(id=""), step("model_output"), text("A"), completed("requires_continuation", id="", usage={})],
        {
            "model": "v",
            "status": "requires_continuation",
            "usage": {},
            "steps": [{"type": "model_output", "content": [{"type": "text", "text": "A"}]}],
        },
        [["text", 0, "A"], ["finish", 0, "pause", "requires_continuation"]],
    ),
    "no created": Case(
        [step("model_output"), text("A"), completed("failed")],
        {
            "id": "n",
            "status": "failed",
            "steps": [{"type": "model_output", "content": [{"type": "text", "text": "A"}]}],
        },
        [["text", 0, "A"], ["finish", 0, "error", "failed"]],
        repairs={"missing_start": 1},
    ),
    "two created": Case(
        [created(), created(extra=1), completed("novel")],
        {"id": "n", "model": "v", "extra": 1, "status": "novel"},
        [["finish", 0, "other", "novel"]],
    ),
    "an error": Case(
        [
            created(),
            step("model_output"),
            text("A"),
            {"event_type": "error", "error": {"code": "BUSY", "message": "No."}},
        ],
        {"id": "n", "model": "v", "steps": [{"type": "model_output", "content": [{"type": "text", "text": "A"}]}]},
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
        {"id": "n", "model": "v", "status": "completed"},
        [["raw"], ["raw"], ["raw"], ["finish", 0, "stop", "completed"]],
    ),
    "a cut": Case(
        [created(), call(), args('{"a": "x", "b')],
        {
            "id": "n",
            "model": "v",
            "steps": [{"type": "function_call", "id": "t", "name": "f", "arguments": {"a": "x"}}],
        },
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
        {
            "id": "n",
            "model": "v",
            "status": "completed",
            "steps": [
                {"type": "model_output", "content": [{"type": "text", "text": "A😀\ud83d"}]},
                {"type": "thought", "summary": [{"type": "text", "text": "\ud83d"}]},
                {"type": "function_call", "id": "t", "name": "f", "arguments": {}},
            ],
        },
        [
            ["text", 0, "A😀\ud83d"],
            ["call", 0, "t", "f"],
            ["args", 0, "\ud83d"],
            ["end", 0, "\ud83d"],
            ["summary", 0, "\ud83d"],
            ["finish", 0, "stop", "completed"],
        ],
    ),
    "nothing behind the end": Case(
        [created(), completed(), text("A")],
        {"id": "n", "model": "v", "status": "completed"},
        [["finish", 0, "stop", "completed"]],
        repairs={"bytes_after_terminator": 1},
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
