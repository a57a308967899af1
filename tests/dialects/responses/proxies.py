"""Streams of OpenAI Responses as servers and proxies send them, and what comes of them."""

from __future__ import annotations

from typing import Any

from .responses import (
    CREATED,
    PART,
    REASONING,
    Event,
    added,
    arguments,
    call,
    completed,
    done,
    ev,
    message,
    response,
    text,
)


def two_texts(first: str, second: str) -> dict[str, Any]:
    return message() | {"content": message(first)["content"] + message(second)["content"]}


PART_1 = {**PART, "output_index": 1}
PROXIES: dict[str, tuple[list[Event], list[Any], dict[str, Any]]] = {
    "everything only in the terminal": (
        [completed(REASONING, message("Hi"), call("{}"), call("", "c2", "incomplete"))],
        [["summary", "Hm"], ["text", "Hi"], ["start", 0, "c1", "f"], ["args", 0, "{}"], ["end", 0, "{}"],
         ["start", 1, "c2", "f"], ["finish", "tool_calls", "completed"]],
        {},
    ),
    "arguments only in done": (
        [CREATED, added(0, call()), ev("function_call_arguments.done", output_index=0, arguments='{"a":1}'),
         done(0, call('{"a":1}')), completed(call(""))],
        [["start", 0, "c1", "f"], ["args", 0, '{"a":1}'], ["end", 0, '{"a":1}'], ["finish", "tool_calls", "completed"]],
        {"output": [call('{"a":1}')]},
    ),
    "an empty terminal output": (
        [CREATED, added(0, call()), arguments("{}"), ev("function_call_arguments.done", output_index=0, arguments="{}"),
         added(1, call("", "c2")), arguments("{", 1), completed()],
        [["start", 0, "c1", "f"], ["args", 0, "{}"], ["start", 1, "c2", "f"], ["args", 1, "{"], ["end", 0, "{}"],
         ["finish", "tool_calls", "completed"]],
        {"output": [call("{}"), call("{", "c2")]},
    ),
    "a longer done": (
        [CREATED, added(0, message()), PART, text("On "), ev("output_text.done", output_index=0, content_index=0, text="On it."),
         ev("content_part.done", output_index=0, content_index=0, part=message("On it. Now")["content"][0]),
         done(0, message("On it. Now!")), completed(message("On it. Now!"))],
        [["text", "On it. Now!"], ["finish", "stop", "completed"]],
        {"output": [message("On it. Now!")]},
    ),
    "a shorter done": (
        [CREATED, added(0, message()), PART, text("On it."), ev("output_text.done", output_index=0, content_index=0, text="On")],
        [["text", "On it."]],
        {"output": [message("On")]},
    ),
    "a done that differs, and a later one that agrees": (
        [CREATED, added(0, message()), PART, text("ac"), ev("output_text.done", output_index=0, content_index=0, text="abc"),
         text("d"), ev("output_text.done", output_index=0, content_index=0, text="acd!")],
        [["text", "acd!"]],
        {"output": [message("acd!")]},
    ),
    "empty dones": (
        [CREATED, added(0, {**REASONING, "summary": []}),
         ev("reasoning_summary_text.delta", output_index=0, summary_index=0, delta="Hm"),
         ev("reasoning_summary_text.done", output_index=0, summary_index=0, text=""),
         ev("reasoning_summary_part.done", output_index=0, summary_index=0, part={"type": "summary_text", "text": ""}),
         done(0, {**REASONING, "summary": []}), ev("completed", response=response("completed", None))],
        [["summary", "Hm"], ["finish", "stop", "completed"]],
        {"output": [REASONING]},
    ),
    "an index used again": (
        [CREATED, added(0, call()), arguments("1"), done(0, call("1")), added(0, call("", "c2")), arguments("2"),
         done(0, call("2", "c2")), completed(call("1"), call("2", "c2"))],
        [["start", 0, "c1", "f"], ["args", 0, "1"], ["end", 0, "1"], ["start", 1, "c2", "f"], ["args", 1, "2"],
         ["end", 1, "2"], ["finish", "tool_calls", "completed"]],
        {"output": [call("1"), call("2", "c2")]},
    ),
    "an item announced again": (
        [CREATED, added(0, call()), arguments("1"), added(0, call("", id="other"))],
        [["start", 0, "c1", "f"], ["args", 0, "1"]],
        {"output": [call("1", id="other")]},
    ),
    "an item done again, with other arguments": (
        [CREATED, added(0, call()), arguments("1"), done(0, call("1")), done(0, call("2", name="g")), arguments("3"), arguments("1")],
        [["start", 0, "c1", "f"], ["args", 0, "1"], ["end", 0, "1"]],
        {"output": [call("1", name="g")]},
    ),
    "items done out of order": (
        [CREATED, added(1, call()), done(1, call("{}")), added(0, message()), done(0, message("Hi"))],
        [["start", 0, "c1", "f"], ["args", 0, "{}"], ["end", 0, "{}"], ["text", "Hi"]],
        {"output": [message("Hi"), call("{}")]},
    ),
    "a call done as incomplete": (
        [CREATED, added(0, call()), done(0, call("", status="incomplete")), completed(kind="incomplete")],
        [["start", 0, "c1", "f"], ["finish", "length", "incomplete"]],
        {"output": [call("", status="incomplete")]},
    ),
    "a terminal that differs from what was done": (
        [CREATED, done(0, message("said")), done(1, call("1")), completed(message("other", note=1), call("2", id="new"))],
        [["text", "said"], ["start", 0, "c1", "f"], ["args", 0, "1"], ["end", 0, "1"], ["finish", "tool_calls", "completed"]],
        {"output": [message("said", note=1), call("1", id="new")]},
    ),
    "a terminal without streamed items": (
        [CREATED, done(0, {**REASONING}), added(1, call()), arguments("{", 1), added(2, message()), text("kept", 2),
         added(3, {"type": "reasoning", "summary": []}), completed(message(""), call("{}", "c2"))],
        [["summary", "Hm"], ["start", 0, "c1", "f"], ["args", 0, "{"], ["text", "kept"], ["start", 1, "c2", "f"],
         ["args", 1, "{}"], ["end", 1, "{}"], ["finish", "tool_calls", "completed"]],
        {"output": [REASONING, call("{"), message("kept"), call("{}", "c2")]},
    ),
    "a terminal without an id": (
        [ev("created", response=response(tools=[1], instructions="be", note=None)),
         ev("completed", response={"output": [], "usage": {"n": 1}, "tools": [], "instructions": None, "note": 2})],
        [["finish", "stop", "completed"]],
        {"tools": [1], "instructions": "be", "note": 2, "usage": {"n": 1}, "status": "completed"},
    ),
    "a late in_progress": (
        [CREATED, added(0, message()), PART, text("Hi"), ev("in_progress", response=response())],
        [["text", "Hi"]],
        {"output": [message("Hi")]},
    ),
    "items in created": (
        [ev("created", response=response(output=[message("He")])), text("y")],
        [["text", "Hey"]],
        {"output": [message("Hey")]},
    ),
    "a far index": (
        [CREATED, added(0, message()), text("a", 0, 3), text("b", 0, 900), text("c", 0, 900), text("d", 0, 4)],
        [["text", "abcd"]],
        {"output": [message("", content=None) | {"content": [
            *[{"type": "output_text", "text": "", "annotations": []}] * 3,
            *[{"type": "output_text", "text": t, "annotations": []} for t in ("a", "bc", "d")]]}]},
    ),
    "a part of another kind": (
        [CREATED, added(0, message()), PART, ev("refusal.delta", output_index=0, content_index=0, delta="No"),
         text("a"), ev("refusal.delta", output_index=0, content_index=0, delta="!"), text("b")],
        [["refusal", "No"], ["text", "a"], ["refusal", "!"], ["text", "b"]],
        {"output": [message() | {"content": [{"type": "refusal", "refusal": "No!"},
                                             {"type": "output_text", "text": "ab", "annotations": []}]}]},
    ),
    "no output_index": (
        [CREATED, added(0, message() | {"id": "m0"}), added(2, message() | {"id": "m2"}),
         {**text("a"), "output_index": None, "item_id": "m0"}, {**text("b"), "output_index": None}],
        [["text", "ab"]],
        {"output": [message("ab", status="completed") | {"id": "m0"}, message() | {"id": "m2"}]},
    ),
    "arguments as an object": (
        [CREATED, done(0, call() | {"arguments": {"a": 1}})],
        [["start", 0, "c1", "f"], ["args", 0, '{"a": 1}'], ["end", 0, '{"a": 1}']],
        {"output": [call() | {"arguments": {"a": 1}}]},
    ),
    "a resumed stream": (
        [text("ell"), ev("function_call_arguments.done", output_index=1, item_id="i2", name="g", arguments="1")],
        [["text", "ell"], ["start", 0, "i2", ""], ["args", 0, "1"]],
        {"id": None, "output": [
            {"id": None, "type": "message", "status": "in_progress", "role": "assistant",
             "content": [{"type": "output_text", "text": "ell", "annotations": []}]},
            {"id": "i2", "type": "function_call", "arguments": "1", "name": "g"}]},
    ),
    "no types and no wrapper": (
        [ev("created", **response()), ev("completed", **response("completed", [message("Hi")]))],
        [["text", "Hi"], ["finish", "stop", "completed"]],
        {"output": [message("Hi")], "status": "completed"},
    ),
    "vLLM announces text for reasoning": (
        [CREATED, added(0, {"type": "reasoning", "summary": []}), PART,
         ev("reasoning_text.delta", output_index=0, content_index=0, delta="Hm"),
         ev("content_part.done", output_index=0, content_index=0, part={"type": "reasoning_text", "text": "Hm"})],
        [["text", "Hm"]],
        {"output": [{"type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": "Hm"}]}]},
    ),
    "calls that the provider runs": (
        [CREATED, added(0, {"type": "mcp_call", "arguments": ""}), ev("mcp_call_arguments.delta", output_index=0, delta="{"),
         ev("mcp_call_arguments.delta", output_index=0, delta="}"), ev("mcp_call.completed", output_index=0),
         added(1, {"type": "code_interpreter_call", "code": ""}), ev("code_interpreter_call_code.delta", output_index=1, delta="1"),
         ev("code_interpreter_call_code.done", output_index=1, code="1+1"),
         done(1, {"type": "code_interpreter_call", "code": ""}), ev("code_interpreter_call_code.delta", output_index=1, delta="x"),
         added(2, {"type": "shell_call", "action": {"commands": []}}),
         ev("shell_call_command.added", output_index=2, command_index=0, command="l"),
         ev("shell_call_command.delta", output_index=2, command_index=0, delta="s"),
         ev("shell_call_command.done", output_index=2, command_index=1, command="pwd"),
         ev("shell_call_output_content.delta", output_index=3, command_index=0, delta={"stdout": "a", "stderr": "b"}),
         ev("shell_call_output_content.delta", output_index=3, command_index=0, delta={"stdout": "c"}),
         ev("shell_call_output_content.done", output_index=3, command_index=1, output=[{"stdout": "d"}]),
         ev("apply_patch_call_operation_diff.delta", output_index=4, delta="+"),
         ev("apply_patch_call_operation_diff.delta", output_index=4, delta="x"), ev("mcp_list_tools.completed", output_index=0)],
        [],
        {"output": [
            {"type": "mcp_call", "arguments": "{}", "status": "completed"}, {"type": "code_interpreter_call", "code": "1+1"},
            {"type": "shell_call", "action": {"commands": ["ls", "pwd"]}},
            {"id": None, "type": "shell_call_output", "output": [{"stdout": "ac", "stderr": "b"}, {"stdout": "d"}]},
            {"id": None, "type": "apply_patch_call", "operation": {"diff": "+x"}}]},
    ),
    "what says nothing new about calls that the provider runs": (
        [CREATED, done(0, {"type": "code_interpreter_call", "code": "1"}),
         ev("code_interpreter_call_code.done", output_index=0, code="1"),
         done(0, {"type": "code_interpreter_call", "code": "1"}),
         ev("web_search_call.searching", output_index=9), ev("web_search_call.unknown", output_index=0),
         ev("shell_call_command.added", output_index=1, command_index=0, command="ls"),
         ev("shell_call_command.added", output_index=1, command_index=0, command="rm"),
         ev("shell_call_command.delta", output_index=1, delta=" -l"),
         ev("shell_call_output_content.done", output_index=2, command_index=0, output=[]),
         ev("output_text.annotation.added", output_index=3, content_index=0, annotation_index=0, annotation=None)],
        [],
        {"output": [
            {"type": "code_interpreter_call", "code": "1"},
            {"id": None, "type": "shell_call", "action": {"commands": ["ls -l"]}},
            {"id": None, "type": "shell_call_output", "output": [None]},
            {"id": None, "type": "message", "status": "in_progress", "role": "assistant",
             "content": [{"type": "output_text", "text": "", "annotations": []}]}]},
    ),
    "code done again": (
        [CREATED, done(0, {"type": "code_interpreter_call", "code": "1"}),
         done(0, {"type": "code_interpreter_call", "code": "2", "x": 1})],
        [],
        {"output": [{"type": "code_interpreter_call", "code": "1", "x": 1}]},
    ),
    "a done of another type, and one with another call": (
        [CREATED, done(0, message("Hi")), done(0, call("1")), done(0, call("2", "c2"))],
        [["text", "Hi"], ["start", 0, "c1", "f"], ["args", 0, "1"], ["end", 0, "1"],
         ["start", 1, "c2", "f"], ["args", 1, "2"], ["end", 1, "2"]],
        {"output": [message("Hi"), call("1"), call("2", "c2")]},
    ),
    "arguments that contradict themselves": (
        [CREATED, added(0, call()), arguments("12"), ev("function_call_arguments.done", output_index=0, arguments="34"),
         arguments("5"), ev("function_call_arguments.done", output_index=0, arguments="1256"), done(0, call("1256"))],
        [["start", 0, "c1", "f"], ["args", 0, "1256"], ["end", 0, "1256"]],
        {"output": [call("1256")]},
    ),
    "dones that differ from the deltas, twice": (
        [CREATED, added(0, call()), arguments("12"), added(1, message()), PART_1, text("ab", 1),
         *[ev("function_call_arguments.done", output_index=0, arguments="34")] * 2,
         *[ev("output_text.done", output_index=1, content_index=0, text="cd")] * 2],
        [["start", 0, "c1", "f"], ["args", 0, "12"], ["text", "ab"]],
        {"output": [call("34"), message("cd")]},
    ),
    "arguments done after the call was closed with others": (
        [CREATED, done(0, call("1")), ev("function_call_arguments.done", output_index=0, arguments="2")],
        [["start", 0, "c1", "f"], ["args", 0, "1"], ["end", 0, "1"]],
        {"output": [call("1")]},
    ),
    "items in created that are none": (
        [ev("created", response=response(output=[None, message("Hi"), 5]))],
        [["text", "Hi"]],
        {"output": [message("Hi")]},
    ),
    "an empty message in a terminal that has lost another": (
        [CREATED, added(0, call()), arguments("{}"), done(1, {**REASONING}), completed(message(), {**REASONING})],
        [["start", 0, "c1", "f"], ["args", 0, "{}"], ["summary", "Hm"], ["finish", "tool_calls", "completed"]],
        {"output": [call("{}"), REASONING]},
    ),
    "a terminal with parts that are none": (
        [CREATED, done(0, message("a") | {"content": [*message("a")["content"], None, {"type": "refusal", "refusal": ""}]}),
         completed(message("b") | {"content": [*message("b")["content"], None, {"type": "refusal", "refusal": "no"}]})],
        [["text", "a"], ["finish", "stop", "completed"]],
        {"output": [message("a") | {"content": [*message("a")["content"], None, {"type": "refusal", "refusal": "no"}]}]},
    ),
    "a call that was done as incomplete, and is whole in the terminal": (
        [CREATED, added(0, call()), done(0, call("", status="incomplete")), completed(call("1"), kind="incomplete")],
        [["start", 0, "c1", "f"], ["args", 0, "1"], ["finish", "length", "incomplete"]],
        {"output": [call("1")]},
    ),
    "a terminal with less, with more and with other parts": (
        [CREATED, done(0, message("said")), done(1, message()), done(2, message("a")), done(3, message("b")),
         done(4, {"type": "message", "content": [{"type": "audio"}]}),
         completed(message(), message("new"), message("a") | {"content": [{"type": "refusal", "refusal": "no"}]},
                   message("b") | {"content": [*message("b")["content"], {"type": "image"}]},
                   {"type": "message", "content": [{"type": "output_text", "text": "c"}]}, None, "junk")],
        [["text", "saidabnewc"], ["finish", "stop", "completed"]],
        {},
    ),
    "an announced gap, and parts of unknown kinds": (
        [CREATED, added(0, message()),
         ev("content_part.added", output_index=0, content_index=2, part={"type": "audio", "data": "x"}),
         ev("content_part.added", output_index=0, content_index=0, part={"type": "output_text", "text": "a"}),
         ev("content_part.added", output_index=0, content_index=0, part={"type": "output_text", "text": "again"}),
         ev("content_part.added", output_index=1, content_index=0, part={"type": "audio"}),
         ev("reasoning_summary_part.added", output_index=2, summary_index=0, part={"type": "other"}), text("b", 0, 2)],
        [["text", "ab"]],
        {"output": [
            message() | {"content": [{"type": "output_text", "text": "a"}, {"type": "audio"}, {"type": "audio", "data": "x"},
                                     {"type": "output_text", "text": "b", "annotations": []}]},
            {"id": None, "type": "message", "status": "in_progress", "role": "assistant", "content": [{"type": "audio"}]},
            {"id": None, "type": "reasoning", "summary": [{"type": "other"}]}]},
    ),
    "half a surrogate pair at the end of each text": (
        [CREATED, text("a\ud83d"), ev("refusal.delta", output_index=0, content_index=1, delta="b\ud83d"),
         ev("reasoning_text.delta", output_index=1, content_index=0, delta="c\ud83d"),
         added(2, call()), arguments("d\ud83d", 2)],
        [["text", "a"], ["refusal", "b"], ["text", "c"], ["start", 0, "c1", "f"], ["args", 0, "d"],
         ["text", "\ud83d"], ["refusal", "\ud83d"], ["text", "\ud83d"], ["args", 0, "\ud83d"]],
        {},
    ),
    "half a surrogate pair that a done completes": (
        [CREATED, text("a\ud83d"), ev("output_text.done", output_index=0, content_index=0, text="a\U0001f600\ud83d")],
        [["text", "a\U0001f600\ud83d"]],
        {},
    ),
    "parts that count from 1, then the item": (
        [CREATED, added(0, message()), text("Hi", part=1), done(0, message("Hi")), completed(message("Hi"))],
        [["text", "Hi"], ["finish", "stop", "completed"]],
        {"output": [message("Hi")]},
    ),
    "parts that count from 1, then the terminal": (
        [CREATED, added(0, message()), text("H", part=1), completed(message("Hi"))],
        [["text", "Hi"], ["finish", "stop", "completed"]],
        {"output": [message("Hi")]},
    ),
    "two texts that count from 1, the first corrected": (
        [CREATED, added(0, message()), text("a", part=1), ev("output_text.done", output_index=0, content_index=1, text="x"),
         text("b", part=2), done(0, two_texts("xy", "bc"))],
        [["text", "abc"]],
        {"output": [two_texts("xy", "bc")]},
    ),
    "annotations and logprobs": (
        [CREATED, added(0, message()), PART, text("a", logprobs=[1]), text("b", logprobs=[2]),
         ev("output_text.annotation.added", output_index=0, content_index=0, annotation_index=0, annotation={"u": 1}),
         ev("output_text.annotation.added", output_index=0, content_index=0, annotation_index=0, annotation={"u": 2}),
         ev("output_text.done", output_index=0, content_index=0, text="ab", logprobs=[3]),
         ev("content_part.done", output_index=0, content_index=0, part={"type": "output_text", "text": "ab"})],
        [["text", "ab"]],
        {"output": [message("ab", annotations=[{"u": 2}], logprobs=[3])]},
    ),
}  # fmt: skip
