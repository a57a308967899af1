"""Anthropic Messages: the object without streaming, live views, and defects of the start."""

from __future__ import annotations

import copy
import gc
import pickle
from typing import Any

import pytest

import ssemble
from ssemble import (
    ChoiceEnd,
    IncompleteStream,
    MessageStart,
    MessageStream,
    ProtocolError,
    ProviderError,
    RawEvent,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
    UsageUpdate,
    accumulator,
)
from ssemble._dialects.anthropic.reader import AnthropicReader

from .messages import (
    END,
    WORKED,
    WORKED_CONTENT,
    Run,
    Untemplated,
    args,
    block,
    delta,
    of,
    reason,
    sse,
    start,
    stop,
    text,
    tool,
    typed,
)


@pytest.mark.parametrize("names", [True, False])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_object_is_that_of_the_response_without_streaming(names: bool, end: str) -> None:
    run = Run(sse(*WORKED, names=names, end=end))
    assert run.error is None
    assert run.object == {
        "id": "m1", "type": "message", "role": "assistant", "model": "c", "content": WORKED_CONTENT,
        "stop_reason": "tool_use", "usage": {"input_tokens": 5, "output_tokens": 9},
    }  # fmt: skip
    assert run.completion.dialect == "anthropic"
    assert run.completion.complete
    assert run.stream.ended
    assert run.stream.repairs == {}


def test_typed_events() -> None:
    run = Run(sse(*WORKED))
    events = [event for event in run.events if not isinstance(event, RawEvent)]
    assert events[:6] == [
        MessageStart("m1", "c"),
        UsageUpdate({"input_tokens": 5}),
        ReasoningDelta("Hm", 0, "text", 0),
        ReasoningDelta(".", 0, "text", 0),
        ReasoningDelta("", 0, "text", 0, "S1"),
        TextDelta("Look", 0, 1),
    ]
    first, second = run.completion.tool_calls
    assert typed(run, ToolCallStart) == [ToolCallStart(0, 0, "t1", "f"), ToolCallStart(0, 1, "t2", "g")]
    assert typed(run, ToolCallEnd) == [ToolCallEnd(0, 0, first), ToolCallEnd(0, 1, second)]
    assert "".join(e.arguments for e in typed(run, ToolCallDelta)) == second.arguments == '{"a": [1, 2, 3]}'
    assert (first.arguments, first.complete, first.parse_arguments()) == ("", True, {})
    assert events[-2:] == [
        UsageUpdate({"input_tokens": 5, "output_tokens": 9}),
        ChoiceEnd(0, "tool_calls", "tool_use"),
    ]
    assert "".join(e.text for e in typed(run, TextDelta)) == run.completion.text == WORKED_CONTENT[1]["text"]
    assert run.completion.reasoning == "Hm."
    # What the server ran, and what has no typed event, is handed out raw.
    raw = [event.event for event in typed(run, RawEvent)]
    assert raw == ["content_block_delta", "content_block_start", "content_block_delta", "content_block_start"]


@pytest.mark.parametrize("cls", [MessageStream, Untemplated])
def test_no_cut_matters(cls: type[MessageStream]) -> None:
    failing = (*WORKED[:-9], {"type": "error", "error": {"type": "x"}}, *WORKED[-9:])
    for payloads, errors, step in ((WORKED, "raise", 1), (failing, "raise", 11), (failing, "event", 11)):
        body = sse(*payloads)
        whole = Run(body, errors=errors).facts()
        for cut in range(0, len(body) + 1, step):
            assert Run((body[:cut], body[cut:]), cls, errors=errors).facts() == whole
        for size in (1, 7, 64):
            fragments = [body[at : at + size] for at in range(0, len(body), size)]
            assert Run(fragments, cls, errors=errors).facts() == whole


def test_templates_are_used() -> None:
    stream = MessageStream()
    taken = 0
    fragments = [sse(start(), block(0, "text", text="")), *[sse(text(0, f"word {n}")) for n in range(50)]]
    fragments += [sse(tool(1)), sse(args(1, "[")), *[sse(args(1, "1,")) for _ in range(50)]]
    for fragment in fragments:
        stream.feed(fragment)
        template = stream._payloads._templates.last
        taken += bool(template and template.used)
    assert taken > 80
    padded = [{**delta(2, "thinking", thinking="x"), "p": "a" * n} for n in range(9)]
    stream.feed(sse(block(2, "thinking", thinking="")))
    events = [event for payload in padded for event in stream.feed(sse(payload))]
    assert events == [ReasoningDelta("x", 0, "text", 2)] * 9
    assert stream.completion().text == "".join(f"word {n}" for n in range(50))
    assert stream.tool_call().arguments == "[" + "1," * 50


def test_a_stream_can_be_pickled_between_any_two_bytes() -> None:
    body = sse(*WORKED)
    whole = Run(body)
    for cut in range(0, len(body), 5):
        stream = MessageStream()
        events = stream.feed(body[:cut])
        for other in (pickle.loads(pickle.dumps(stream)), copy.copy(stream)):
            assert events + other.feed(body[cut:]) + other.end() == whole.events
            assert other.close() == whole.completion
            assert other.completion().to_dict() == whole.object
    assert pickle.loads(pickle.dumps(whole.completion)).to_dict() == whole.object


def test_results_share_nothing_with_the_stream() -> None:
    stream = MessageStream()
    events = stream.feed(sse(*WORKED[:-1]))
    for event in events:
        if isinstance(event, UsageUpdate):
            event.usage.clear()
        elif isinstance(event, RawEvent):
            event.data.clear()
    stream.completion().to_dict()["content"].clear()
    stream.completion().usage.clear()  # type: ignore[union-attr]  # it has come
    stream.feed(sse(END))
    assert stream.close().to_dict()["content"] == WORKED_CONTENT


def test_there_is_no_reference_cycle() -> None:
    gc.collect()
    gc.disable()
    try:
        for body in (sse(*WORKED), sse(*WORKED[:-3]), sse(start(), args(0, "x"))):
            stream = MessageStream()
            stream.feed(body)
            stream.end()
            stream.completion().to_dict()
            assert stream.error is None or stream.error.partial is not None
            del stream
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_live_views() -> None:
    stream = MessageStream()
    value = stream.partial_json()
    other = stream.partial_json(1)
    with pytest.raises(LookupError, match="ToolCallStart"):
        stream.tool_call()
    stream.feed(sse(start(), block(0, "text", text='{"a": "x'), text(0, "y"), tool(1), args(1, '{"b": [1, ')))
    assert value.value == {"a": "xy"}
    assert other.value is None
    call = stream.tool_call()
    assert (call.name, call.closed, call.partial_arguments.value) == ("f", False, {"b": [1]})
    stream.feed(sse(args(1, "2]}")))
    assert call.partial_arguments.value == {"b": [1, 2]}
    for choice, index in ((0, 1), (1, 0), (0, -1)):
        with pytest.raises(LookupError):
            stream.tool_call(choice, index)


def test_the_loop_ends_at_the_terminator() -> None:
    def source() -> Any:
        yield sse(*WORKED)
        raise AssertionError("asked for more")

    assert ssemble.assemble(source()).to_dict()["content"] == WORKED_CONTENT


def test_what_comes_after_the_terminator_is_ignored() -> None:
    for rest in (
        sse("[DONE]"),
        sse(text(1, "x")),
        sse({"type": "error", "error": {"message": "x"}}),
        sse(start(id="2")),
    ):
        run = Run(sse(*WORKED) + rest)
        assert run.error is None
        assert run.content == WORKED_CONTENT


def test_results_in_the_shape_of_the_provider() -> None:
    completion = of(text(0, "Hi"), tool(1), stop(1), tool(2, "t2"), args(2, '{"a'), reason("max_tokens")).completion
    content = completion.to_dict()["content"]
    assert completion.message.to_dict() == {"role": "assistant", "content": [] if content is None else content}
    assert completion.choices[0].to_dict() == completion.to_dict()
    assert [call.to_dict() for call in completion.tool_calls] == content[1:]
    assert completion.message.to_dict(complete=True) == {"role": "assistant", "content": content[:2]}


def test_the_reader_alone() -> None:
    reader = accumulator("anthropic")
    events = [event for payload in WORKED for event in reader.add(payload)]
    assert events + reader.end() == [
        event if not isinstance(event, RawEvent) else RawEvent("message", event.data)
        for event in Run(sse(*WORKED)).events
    ]
    assert reader.complete
    assert reader.add(text(1, "late")) == []
    assert reader.completion().to_dict()["content"] == WORKED_CONTENT
    with pytest.raises(ProviderError, match="Over"):
        accumulator("anthropic").add({"type": "error", "error": {"type": "overloaded_error", "message": "Over"}})


def test_a_start_may_hold_the_whole_message() -> None:
    content = [
        {"type": "thinking", "thinking": "Hm", "signature": "S"},
        {"type": "text", "text": "Hi"},
        {"type": "tool_use", "id": "t1", "name": "f", "input": {"a": 1}},
        {"type": "tool_use", "id": "t2", "name": "f", "input": {}},
    ]
    run = Run(sse(start(content, stop_reason="tool_use"), END))
    assert run.content == content
    assert run.stream.repairs == {}
    assert [type(event) for event in run.events[2:]] == [
        ReasoningDelta, ReasoningDelta, TextDelta, ToolCallStart, ToolCallDelta, ToolCallEnd, ToolCallStart,
        ToolCallEnd, ChoiceEnd,
    ]  # fmt: skip
    assert [call.parse_arguments() for call in run.completion.tool_calls] == [{"a": 1}, {}]


@pytest.mark.parametrize(
    ("payloads", "code"),
    [
        ((start(), start(), text(0, "Hi")), "duplicate_start"),
        ((block(0, "text", text=""), text(0, "Hi")), "missing_start"),
        (({"type": "message_start", "message": None}, text(0, "Hi")), "bad_start"),
        ((start(content=5), text(0, "Hi")), "bad_start"),
    ],
)
def test_defects_of_the_start(payloads: Any, code: str) -> None:
    run = Run(sse(*payloads, END))
    assert code in run.stream.repairs
    assert run.error is None
    assert run.completion.text == "Hi"


def test_a_message_without_a_start_is_a_skeleton() -> None:
    assert Run(sse(reason(), END)).object == {
        "id": None, "type": "message", "role": "assistant", "model": None, "content": [],
        "stop_reason": "end_turn", "stop_sequence": None, "usage": {},
    }  # fmt: skip


def test_another_message_is_refused() -> None:
    payloads = (start(), text(0, "one"), start(id="m2"), text(0, "two"), END)
    run = Run(sse(*payloads))
    assert isinstance(run.error, ProtocolError)
    assert run.error.where == "$.message.id"
    assert run.completion.text == "one"
    run = Run(sse(*payloads), errors="event")
    assert isinstance(run.error, IncompleteStream)
    assert [event.event for event in typed(run, RawEvent)] == ["content_block_delta", "message_stop"]
    assert run.completion.text == "one"


@pytest.mark.parametrize("kind", ["message_delta", "message_stop", "error"])
def test_what_counts_of_an_event_when_the_message_is_full(kind: str) -> None:
    reader = AnthropicReader()
    for payload, name in (({"type": kind}, "message"), ({"x": 1}, kind)):
        assert reader.end_of(payload, name) is payload
    assert reader.end_of({"type": "content_block_delta"}, kind) is None
    assert reader.end_of(5, "message") is None
