"""Anthropic Messages: the input of calls."""

from __future__ import annotations

from typing import Any

import pytest

from ssemble import (
    ErrorEvent,
    MessageStream,
    ProtocolError,
    ToolCallEnd,
)

from .messages import END, Run, args, block, of, reason, sse, start, stop, tool, typed


@pytest.mark.parametrize(
    ("payloads", "arguments", "value"),
    [
        ((tool(0, input={"a": 1}), stop(0)), '{"a": 1}', {"a": 1}),
        ((tool(0, input={"a": 1}), args(0, '{"b": 2}'), stop(0)), '{"b": 2}', {"b": 2}),
        ((block(0, "tool_use", id="t1", name="f"), stop(0)), "", {}),
        ((tool(0, input='{"a": 1}'), stop(0)), '{"a": 1}', '{"a": 1}'),
        ((tool(0), args(0, '{"a": 1} {"b": 2}'), stop(0)), '{"a": 1} {"b": 2}', {}),
        ((tool(0), args(0, "[1]"), stop(0)), "[1]", {}),
        ((tool(0), stop(0), args(0, '{"a": 1}')), '{"a": 1}', {"a": 1}),  # behind its stop
        ((tool(0), stop(0), args(1, '{"a"'), args(1, ": 1}"), stop(1)), '{"a": 1}', {"a": 1}),  # for the next index
    ],
)
def test_the_input_of_a_call(payloads: Any, arguments: str, value: Any) -> None:
    run = of(*payloads, reason("tool_use"))
    (call,) = run.completion.tool_calls
    assert (call.arguments, call.closed) == (arguments, True)
    assert run.content[0]["input"] == value
    assert typed(run, ToolCallEnd) == [ToolCallEnd(0, 0, call)]


@pytest.mark.parametrize(
    "after",
    [
        (block(1, "text", text=""),),
        (reason("tool_use"),),
        (tool(0, "t2"),),
        (END,),
        (),
    ],
)
def test_a_call_without_input_ends_when_something_else_comes(after: Any) -> None:
    stream = MessageStream()
    events = stream.feed(sse(start(), tool(0), stop(0), {"type": "ping"}))
    assert not any(isinstance(event, ToolCallEnd) for event in events)
    events = stream.feed(sse(*after)) + stream.end()
    assert isinstance(events[0], ToolCallEnd)


def test_an_error_does_not_end_a_call_that_waits() -> None:
    for errors in ("raise", "event"):
        run = Run(sse(start(), tool(0), stop(0), {"type": "error", "error": {"type": "x"}}), errors=errors)
        assert not run.completion.tool_calls[0].closed


def test_late_arguments_are_left_out() -> None:
    run = of(tool(0), args(0, "{}"), stop(0), args(0, '{"b": 1}'), args(0, ""), reason("tool_use"))
    assert run.completion.tool_calls[0].arguments == "{}"
    assert run.stream.repairs == {"late_delta": 1}


@pytest.mark.parametrize(
    "payloads",
    [
        (args(0, "{}"),),
        (block(0, "text", text=""), args(0, "{}")),
        (tool(0), args(1, "{}")),
        (tool(0), args(0, {"a": 1})),
    ],
)
def test_arguments_for_no_open_call_are_an_error(payloads: Any) -> None:
    run = of(*payloads)
    assert isinstance(run.error, ProtocolError)
    assert not any(call.complete for call in run.completion.tool_calls)
    assert len(typed(of(*payloads, errors="event"), ErrorEvent)) == 1


@pytest.mark.parametrize(
    ("word", "text_so_far", "closed", "value"),
    [
        ("tool_use", '{"a": 1}', True, {"a": 1}),
        ("tool_use", "", True, {}),
        ("tool_use", '{"a": 1, "b', False, {"a": 1}),
        ("max_tokens", '{"a": 1}', False, {"a": 1}),
        ("max_tokens", "", False, {}),
    ],
)
def test_calls_without_a_stop(word: str, text_so_far: str, closed: bool, value: Any) -> None:
    run = of(block(0, "text", text="x"), tool(1), args(1, text_so_far), reason(word))
    (call,) = run.completion.tool_calls
    assert (call.arguments, call.closed) == (text_so_far, closed)
    assert len(typed(run, ToolCallEnd)) == closed
    assert run.content[1]["input"] == value
    assert run.error is None
