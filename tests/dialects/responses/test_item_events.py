"""OpenAI Responses: what each payload with an item or a call comes to, in every field."""

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
)

from ..steps_suite import RAW, Refused, StepByStep, Steps
from .responses import (
    BEGUN,
    CREATED,
    MADE,
    added,
    arguments,
    arguments_done,
    call,
    completed,
    done,
    ev,
    message,
    said,
    summary,
    text,
)

CUSTOM = {"type": "custom_tool_call", "id": "i9", "call_id": "c9", "name": "g", "input": ""}


def search(word: str, index: int) -> Any:
    return ev(f"web_search_call.{word}", output_index=index)


def ended(index: int, call_id: str, arguments: str, kind: Any = "function", name: str = "f") -> ToolCallEnd:
    return ToolCallEnd(0, index, ToolCall(call_id, kind, name, arguments, index, True))


class TestEvents(StepByStep):
    dialect: ClassVar[str] = "openai-responses"
    key: ClassVar[str] = "output"
    cases: ClassVar[dict[str, Steps]] = {
        "calls": Steps(
            [
                BEGUN,
                (added(0, call()), [ToolCallStart(0, 0, "c1", "f", "function")]),
                (arguments('{"a"'), [ToolCallDelta(0, 0, '{"a"')]),
                (arguments(None), []),  # type: ignore[arg-type]  # some proxies send it
                (arguments(5), RAW),  # type: ignore[arg-type]  # no text
                (arguments_done('{"a":1}', name="g"), [ToolCallDelta(0, 0, ":1}")]),
                (done(0, call('{"a":1}')), [ended(0, "c1", '{"a":1}')]),
                (arguments("x"), RAW),
                (done(0, call('{"a":1}')), []),
                (arguments_done("{}"), RAW),
                (arguments_done(""), []),
                (added(1, CUSTOM), [ToolCallStart(0, 1, "c9", "g", "custom")]),
                (ev("custom_tool_call_input.delta", output_index=1, delta="ls"), [ToolCallDelta(0, 1, "ls")]),
                (done(1, {**CUSTOM, "input": "rm"}), [ended(1, "c9", "rm", "custom", "g")]),
                (done(2, call({"é": 1}, "c3")), [  # type: ignore[arg-type]  # some proxies send an object
                    ToolCallStart(0, 2, "c3", "f"), ToolCallDelta(0, 2, '{"é": 1}'), ended(2, "c3", '{"é": 1}'),
                ]),
                (done(3, call("{", "c4", "incomplete")), [ToolCallStart(0, 3, "c4", "f"), ToolCallDelta(0, 3, "{")]),
            ],
            [
                call('{"a":1}'), {**CUSTOM, "input": "rm"}, call({"é": 1}, "c3"),  # type: ignore[arg-type]  # an object
                call("{", "c4", "incomplete"),
            ],
            {"late_delta": 2},
        ),
        "arguments that are replaced": Steps(
            [
                BEGUN,
                (added(0, call()), [ToolCallStart(0, 0, "c1", "f")]),
                (arguments('{"a'), [ToolCallDelta(0, 0, '{"a')]),
                (arguments_done("{}"), []),
                (arguments("x"), [ToolCallDelta(0, 0, "x")]),
                (arguments_done("{}x"), []),
                (done(0, call('{"ax": 1}')), [ToolCallDelta(0, 0, '": 1}'), ended(0, "c1", '{"ax": 1}')]),
            ],
            [call('{"ax": 1}')],
        ),
        "calls that were not announced": Steps(
            [
                BEGUN,
                (arguments("{", 2), [ToolCallStart(0, 0, None, "", "function"), ToolCallDelta(0, 0, "{")]),
                (arguments_done("{}", 2, name="late"), [ToolCallDelta(0, 0, "}")]),
                (added(5, {"type": "function_call", "call_id": 5, "name": 5}), [ToolCallStart(0, 1, None, "")]),
                (added(5, call("", "c5")), [ToolCallStart(0, 2, "c5", "f")]),
                (added(5, call("", "c6")), [ToolCallStart(0, 3, "c6", "f")]),
                (done(5, call("{}", "c5")), [ToolCallDelta(0, 2, "{}"), ended(2, "c5", "{}")]),
                (
                    ev("custom_tool_call_input.done", output_index=6, input="x", item_id="i6"),
                    [ToolCallStart(0, 4, "i6", "", "custom"), ToolCallDelta(0, 4, "x")],
                ),
            ],
            [
                {"id": None, "type": "function_call", "arguments": "{}", "name": "late"},
                {"type": "function_call", "call_id": 5, "name": 5, "arguments": ""},
                call("{}", "c5"),
                call("", "c6"),
                {"id": "i6", "type": "custom_tool_call", "input": "x"},
            ],
            {"missing_item_added": 2, "index_reused": 2},
        ),
        "items": Steps(
            [
                (added(0, 5), [MessageStart(None, None)]),
                (done(0, None), []),
                (ev("output_item.added", item=message("a")), [TextDelta("a", 0, 0)]),
                (added(3, message("c")), [TextDelta("c", 0, 1)]),
                ({**text("d"), "output_index": None}, [TextDelta("d", 0, 1)]),
                ({**text("b"), "output_index": None, "item_id": "i0"}, [TextDelta("b", 0, 1)]),
                (added(3, message("cc")), []),
                (done(3, message("x")), []),
                (added(3, {**message("new"), "id": "i7"}), [TextDelta("new", 0, 2)]),
                (text("e"), [TextDelta("e", 0, 0)]),
                ({**text("!"), "output_index": "3", "item_id": "i7"}, [TextDelta("!", 0, 2)]),
            ],
            [message("ae"), message("x"), {**message("new!"), "id": "i7"}],
            {"missing_start": 1, "bad_item": 2, "missing_output_index": 4, "duplicate_index": 1, "index_reused": 1},
        ),
        "items that were not announced": Steps(
            [
                BEGUN,
                (text("a", 8), [TextDelta("a", 0, 0)]),
                (summary("text.delta", 0, 8, delta="b"), [ReasoningDelta("b", 0, "summary", 1)]),
                (added(2, {"type": "web_search_call", "status": "in_progress"}), RAW),
                (search("searching", 2), RAW),
                (search("novel", 2), RAW),
                ({**text("q", 2), "sequence_number": 5}, [TextDelta("q", 0, 2)]),
                ({**text("r", 2), "sequence_number": 5}, [TextDelta("r", 0, 2)]),
                ({**text("s", 2), "sequence_number": 6}, [TextDelta("s", 0, 2)]),
            ],
            [
                {"type": "web_search_call", "status": "searching"},
                {**MADE, "content": [said("qrs")]},
                {**MADE, "content": [said("a")]},
                {"id": None, "type": "reasoning", "summary": [{"type": "summary_text", "text": "b"}]},
            ],
            {
                "missing_item_added": 1, "item_type_mismatch": 2, "missing_part_added": 3, "sequence_not_increasing": 1,
            },
        ),
        "calls of the provider": Steps(
            [
                BEGUN,
                (ev("mcp_call_arguments.delta", output_index=0, delta="{"), RAW),
                (done(0, {"type": "mcp_call", "arguments": "{}"}), RAW),
                (done(0, {"type": "mcp_call", "arguments": "[]"}), RAW),
                (done(0, {"type": "mcp_call", "arguments": "", "output": "o"}), RAW),
                (ev("mcp_call_arguments.done", output_index=0, arguments="{1}"), RAW),
                (ev("mcp_call_arguments.done", output_index=0, arguments="{}"), RAW),
                (done(1, {"type": "code_interpreter_call", "code": "a"}), RAW),
                (done(1, {"type": "code_interpreter_call", "code": "b"}), RAW),
            ],
            [
                {"type": "mcp_call", "arguments": "{}", "output": "o"},
                {"type": "code_interpreter_call", "code": "a"},
            ],
            {"missing_item_added": 1, "late_delta": 3},
        ),
    }  # fmt: skip
    refused: ClassVar[dict[str, Refused]] = {
        name: Refused(
            [CREATED, added(0, call()), done(0, call("")), late],
            "call 'c1': its arguments arrived after it was closed without any; do not run it",
            "$.output_index",
        )
        for name, late in {
            "late": arguments("{"),
            "late and done": done(0, call('{"a":1}')),
            "late at the end": completed(call('{"a":1}')),
        }.items()
    }
