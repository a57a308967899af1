"""Anthropic Messages: what each payload comes to, in every field."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, ClassVar

import pytest

from ssemble import (
    Choice,
    ChoiceEnd,
    Completion,
    Message,
    MessageStart,
    MessageStream,
    ProviderError,
    RawEvent,
    ReasoningDelta,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
    UsageUpdate,
    accumulator,
)
from ssemble._dialects.tool_input import as_text

from ..steps_suite import RAW, Refused, StepByStep, Steps
from .messages import END, args, block, delta, reason, start, stop, text, tool

BEGUN: list[Any] = [MessageStart("m1", "c"), UsageUpdate({"input_tokens": 5})]
NO_START: list[Any] = [MessageStart(None, None)]
MISSING = {"missing_start": 1}


def call(arguments: str = "", index: int = 0, call_id: str | None = "t1", name: str = "f") -> ToolCall:
    return ToolCall(call_id, "function", name, arguments, index, True)


SKELETON = {"type": "text", "text": ""}
THOUGHT = {"type": "thinking", "thinking": "", "signature": ""}
SERVERS = {"type": "server_tool_use", "id": "s1"}
FALLBACK = {"type": "fallback", "to": {"model": "d"}}
COMPACTED = {"type": "compaction", "content": None}


class TestEvents(StepByStep):
    dialect: ClassVar[str] = "anthropic"
    key: ClassVar[str] = "content"
    cases: ClassVar[dict[str, Steps]] = {
        "thoughts": Steps(
            [
                (start(), BEGUN),
                ({"type": "ping"}, []),
                (block(0, "thinking", thinking="a"), [ReasoningDelta("a", 0, "text", 0)]),
                (delta(0, "thinking", thinking="b"), [ReasoningDelta("b", 0, "text", 0)]),
                (delta(0, "thinking", thinking=None), []),
                (delta(0, "thinking", thinking=5), RAW),
                (delta(0, "signature", signature=None), RAW),
                (delta(0, "signature", signature="S"), [ReasoningDelta("", 0, "text", 0, "S")]),
                (delta(0, "signature", signature=5), RAW),
                (stop(0), []),
                (block(1, "thinking", thinking="", signature="T"), [ReasoningDelta("", 0, "text", 1, "T")]),
                (delta(1, "thinking", thinking="c"), [ReasoningDelta("c", 0, "text", 1)]),
                (delta(1, "signature", signature=""), [ReasoningDelta("", 0, "text", 1, "")]),
                (delta(1, "signature", signature=None), RAW),
            ],
            [{"type": "thinking", "thinking": "ab", "signature": 5}, {"type": "thinking", "thinking": "c", "signature": "T"}],
        ),
        "a signature that is not there": Steps(
            [(start(), BEGUN), (block(0, "thinking"), []), (delta(0, "signature", signature=None), RAW)],
            [{"type": "thinking", "signature": None}],
        ),
        "texts": Steps(
            [
                (start(), BEGUN),
                (block(0, "text", text="a"), [TextDelta("a", 0, 0)]),
                (text(0, "b"), [TextDelta("b", 0, 0)]),
                (text(0, 5), RAW),
                (delta(0, "citations", citation=None), RAW),
                (delta(0, "novel", text="x"), RAW),
                ({"type": "content_block_delta", "index": 0, "delta": "x"}, RAW),
                (block(1, "text", text=""), []),
                (delta(None, "citations", citation={"n": 1}), RAW),
                (text(1, "c"), [TextDelta("c", 0, 1)]),
                (stop(0), []),
                (stop(None), []),
                (stop(7), []),
            ],
            [{"type": "text", "text": "ab"}, {"type": "text", "text": "c", "citations": [{"n": 1}]}],
            {"missing_index": 2, "stop_without_start": 1},
        ),
        "blocks that were not started": Steps(
            [
                (start(), BEGUN),
                (text(4, "a"), [TextDelta("a", 0, 0)]),
                (delta(4, "thinking", thinking="b"), [ReasoningDelta("b", 0, "text", 1)]),
                (delta(5, "citations", citation={"n": 1}), RAW),
                (delta(6, "signature", signature="S"), [ReasoningDelta("", 0, "text", 3, "S")]),
                (text(4, "c"), [TextDelta("c", 0, 0)]),
            ],
            [
                {**SKELETON, "text": "ac"},
                {**THOUGHT, "thinking": "b"},
                {**SKELETON, "citations": [{"n": 1}]},
                {**THOUGHT, "signature": "S"},
            ],
            {"unknown_index": 3, "delta_type_mismatch": 1},
        ),
        "other blocks": Steps(
            [
                (start(), BEGUN),
                (block(0, "compaction", content=None), RAW),
                (delta(None, "compaction", content="a"), RAW),
                (delta(0, "compaction", content="b", more=1), RAW),
                (delta(1, "compaction", content="lost"), RAW),
                (block(2, "fallback", to={"model": "d"}), RAW),
                (block(2, "novel", x=1), RAW),
                (block(3, "server_tool_use", id="s1"), RAW),
                (args(3, '{"q":'), RAW),
                (args(3, ""), []),
                (args(3, "1}"), RAW),
                (stop(3), []),
                (args(3, "late"), RAW),
                ({"type": "content_block_start", "index": 9, "content_block": "x"}, RAW),
                ({"type": "content_block_start", "content_block": {"type": "text", "text": "z"}}, [TextDelta("z", 0, 4)]),
            ],
            [
                {**COMPACTED, "content": "b", "more": 1}, FALLBACK, {"type": "novel", "x": 1},
                {**SERVERS, "input": {"q": 1}}, {"type": "text", "text": "z"},
            ],
            {"missing_index": 2, "index_gap": 1, "duplicate_index": 1, "late_delta": 1, "bad_block": 1},
        ),
        "calls": Steps(
            [
                (start(), BEGUN),
                (tool(0), [ToolCallStart(0, 0, "t1", "f", "function")]),
                (args(0, '{"a"'), [ToolCallDelta(0, 0, '{"a"')]),
                (args(0, None), []),
                (args(0, ": 1}"), [ToolCallDelta(0, 0, ": 1}")]),
                (stop(0), [ToolCallEnd(0, 0, call('{"a": 1}'))]),
                (stop(0), []),
                (block(1, "tool_use", id=5, name=None), [ToolCallStart(0, 1, "5", "", "function")]),
                (stop(1), []),
                (args(7, "{}"), [ToolCallDelta(0, 1, "{}")]),
                (stop(1), []),
                (tool(2, "t3", input={"b": 2}), [ToolCallEnd(0, 1, call("{}", 1, "5", "")), ToolCallStart(0, 2, "t3", "f")]),
                (stop(2), [ToolCallDelta(0, 2, '{"b": 2}'), ToolCallEnd(0, 2, call('{"b": 2}', 2, "t3"))]),
                (block(3, "tool_use", name="g"), [ToolCallStart(0, 3, None, "g", "function")]),
                (stop(3), []),
                (reason("tool_use"), [ToolCallEnd(0, 3, call("", 3, None, "g"))]),
            ],
            [
                {"type": "tool_use", "id": "t1", "name": "f", "input": {"a": 1}},
                {"type": "tool_use", "id": 5, "name": None, "input": {}},
                {"type": "tool_use", "id": "t3", "name": "f", "input": {"b": 2}},
                {"type": "tool_use", "name": "g", "input": {}},
            ],
            {"orphan_arguments": 1},
        ),
        "no start": Steps(
            [
                (reason("end_turn", {"output_tokens": 1}), [*NO_START, UsageUpdate({"output_tokens": 1})]),
                (text(0, "a"), [TextDelta("a", 0, 0)]),
                (END, [ChoiceEnd(0, "stop", "end_turn")]),
                (text(0, "late"), []),
            ],
            [{**SKELETON, "text": "a"}],
            {**MISSING, "unknown_index": 1},
        ),
        "no start before a stop": Steps([(stop(0), NO_START)], [], {**MISSING, "stop_without_start": 1}),
        "no start before a block": Steps([(block(0, "text", text=""), NO_START)], [SKELETON], MISSING),
        "no start before the end": Steps([(END, [*NO_START, ChoiceEnd(0, None, None)])], [], MISSING),
        "starts": Steps(
            [
                ({"type": "message_start", "message": None}, RAW),
                (start(model=5, usage=None), [MessageStart("m1", "5")]),
                (start(), []),
                ({"type": "novel"}, RAW),
                ({"type": "message_delta", "delta": 5}, []),
            ],
            [],
            {"bad_start": 1, "duplicate_start": 1},
        ),
    }  # fmt: skip
    refused: ClassVar[dict[str, Refused]] = {
        "arguments that are no text": Refused(
            [start(), args(0, {"a": 1})], "expected arguments as text, got dict", "$.delta.partial_json"
        ),
        "arguments of a call that are no text": Refused(
            [start(), tool(0), args(0, 5)], "expected arguments as text, got int", "$.delta.partial_json"
        ),
        "arguments of no call": Refused(
            [start(), args(3, "{")], "expected arguments of an open tool block, got some for index 3", "$.index"
        ),
        "another message": Refused(
            [start(), start(id="m2")],
            "expected one message, got the start of another message with id 'm2': use a new stream for each",
            "$.message.id",
        ),
    }


def test_the_result_in_every_field() -> None:
    reader: Any = accumulator("anthropic")
    assert reader.completion() == Completion(dialect="anthropic")
    assert not reader.begun
    for payload in (
        start(stop_reason="x"),
        block(0, "thinking", thinking="a"),
        block(1, "text", text="b"),
        block(2, "thinking", thinking="c"),
        tool(3),
        args(3, '{"d'),
        block(4, "text", text="e"),
        reason("max_tokens", {"output_tokens": 9}),
    ):
        reader.add(payload)
    calls = (ToolCall("t1", "function", "f", '{"d', 0, False),)
    message = Message("assistant", "be", "ac", tool_calls=calls)
    found = Completion(
        "m1", "c", None, (Choice(0, message, "length", "max_tokens"),), {"input_tokens": 5, "output_tokens": 9},
        dialect="anthropic", complete=False,
    )  # fmt: skip
    assert reader.completion() == reader.completion(final=True) == found
    assert list(reader.completion().to_dict()) == ["id", "type", "role", "model", "stop_reason", "usage", "content"]
    assert [reader.completion(complete).complete for complete in (None, False, True)] == [False, False, True]
    assert reader.begun
    reader.add(END)
    assert [reader.completion(complete).complete for complete in (None, False, True)] == [True, False, True]
    assert (reader.complete, reader.ended) == (True, True)


@pytest.mark.parametrize(("role", "shown"), [("tool", "tool"), ("", ""), (None, "assistant"), (5, "assistant")])
def test_the_role_is_that_of_the_message(role: Any, shown: str) -> None:
    reader = accumulator("anthropic")
    reader.add(start(role=role))
    assert reader.completion().message.role == shown


def test_an_input_of_another_decoder_is_written() -> None:
    assert as_text({"a": Decimal("1.5"), "b": "é"}) == '{"a": "1.5", "b": "\\u00e9"}'


@pytest.mark.parametrize("kind", [None, "", 5, ["message_stop"]])
def test_without_a_type_the_name_of_the_event_is_it(kind: Any) -> None:
    reader: Any = accumulator("anthropic")
    events: list[Any] = []
    assert reader.merge({"type": kind}, "message_stop", events, 0)
    assert (events, reader.ended) == ([*NO_START, ChoiceEnd(0, None, None)], True)
    assert not accumulator("anthropic").merge({"type": kind}, "message", events, 0)  # type: ignore[attr-defined]  # a reader


@pytest.mark.parametrize(
    ("payload", "name", "words"),
    [
        ({"error": {"x": 1}}, "message", "the server reported an error: {'x': 1}"),
        ({"type": "error", "error": {"x": 1}}, "message", "error"),
        ({"error": {"x": 1}}, "error", "error"),
        ({"message": "busy"}, "message", "busy"),
    ],
)
def test_the_words_of_an_error(payload: Any, name: str, words: str) -> None:
    stream = MessageStream("anthropic")
    stream.feed(f"event: {name}\ndata: {json.dumps(payload)}\n\n".encode())
    assert isinstance(stream.error, ProviderError)
    assert stream.error.message == words


def test_a_message_without_words_is_no_error() -> None:
    """SPEC section 1, P11 (a): "`{}`, "" and null are none"."""
    assert accumulator("anthropic").add({"message": ""}) == [RawEvent("message", {"message": ""})]
    assert accumulator("openai-responses").add({"message": ""}) == [RawEvent("message", {"message": ""})]
