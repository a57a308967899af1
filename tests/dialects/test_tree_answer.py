"""Texts and calls of a tree: their events, and what can be bound."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssemble import (
    LimitExceeded,
    Limits,
    PartialJSON,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
)
from ssemble._payloads.templates import DIGITS, SKIP, TEXT, Slot

from .tiny import TinyReader

Json = dict[str, Any]


def say(text: Any, kind: str = "text", **fields: Any) -> Json:
    return {"type": "say", "kind": kind, "text": text, **fields}


def made(*payloads: Json, **options: Any) -> tuple[TinyReader, list[Any]]:
    reader = TinyReader(**options)
    events: list[Any] = []
    for payload in payloads:
        reader.merge(copy.deepcopy(payload), "message", events, 0)
    return reader, events[1:]


def test_texts_of_each_kind() -> None:
    reader, events = made(say("a"), say("b", "reasoning"), say("c", "summary"), say("d", ""), say(""), say(None))
    assert events == [TextDelta("a"), ReasoningDelta("b", 0, "text", 1), ReasoningDelta("c", 0, "summary", 2)]
    message = reader.completion().message
    assert (message.text, message.reasoning) == ("a", "bc")
    assert [entry["text"] for entry in message.to_dict()["list"]] == ["a", "b", "c", "d"]


def test_half_a_surrogate_pair_is_given_out_when_another_text_goes_on() -> None:
    _, events = made(say("a\ud83d"), say("b", "reasoning"), say("c"))
    assert [event.text for event in events] == ["a", "\ud83d", "b", "c"]
    reader, events = made(say("a\ud83d", "summary"), say("\ud83d", ""), say("\ud83d"))
    reader.finish(False, events)
    assert [event.text for event in events] == ["a", "\ud83d", "\ud83d"]
    assert reader.completion().text == "\ud83d"
    reader, events = made({"type": "call"}, {"type": "args", "deep": "a\ud83d"})
    reader.finish(False, events)
    assert events[-1] == ToolCallDelta(0, 0, "\ud83d")


def test_a_call_that_streams() -> None:
    reader, events = made(
        {"type": "call", "call": "t", "name": "f", "given": {"x": 1}},
        {"type": "args", "deep": '{"a"'},
        {"type": "args", "deep": ": 1}"},
        {"type": "args", "deep": ""},
        {"type": "stop"},
        {"type": "stop"},
    )
    call = reader.completion().tool_calls[0]
    assert events == [
        ToolCallStart(0, 0, "t", "f"), ToolCallDelta(0, 0, '{"a"'), ToolCallDelta(0, 0, ": 1}"), ToolCallEnd(0, 0, call),
    ]  # fmt: skip
    assert call.to_dict() == {"args": {"a": 1}}


@pytest.mark.parametrize(
    ("given_before", "text"), [({}, ""), (None, ""), ({"x": 1}, '{"x": 1}'), ('{"x":1}', '{"x":1}')]
)
def test_what_the_start_gave_is_told_at_the_end(given_before: Any, text: str) -> None:
    reader, events = made({"type": "call", "given": given_before}, {"type": "stop"})
    assert "".join(event.arguments for event in events if isinstance(event, ToolCallDelta)) == text
    assert reader.completion().tool_calls[0].arguments == text
    assert reader.completion().tool_calls[0].to_dict() == {"args": given_before}


def test_a_call_that_comes_whole() -> None:
    reader, events = made({"type": "whole", "call": 5, "name": 7, "given": {"a": 1}})
    assert [type(event) for event in events] == [ToolCallStart, ToolCallDelta, ToolCallEnd]
    (call,) = reader.completion().tool_calls
    assert (call.id, call.name, call.arguments, call.closed) == ("5", "", '{"a": 1}', True)


def test_a_call_of_the_servers_has_no_events() -> None:
    reader, events = made({"type": "call", "server": True}, {"type": "args", "deep": '{"a": 1}'}, {"type": "stop"})
    assert events == []
    assert reader.completion().tool_calls == ()
    assert reader.completion().to_dict()["message"]["list"] == [{"args": {"a": 1}}]


@pytest.mark.parametrize(
    ("streamed", "given_at_last", "arguments"),
    [
        ("", {"a": 1}, '{"a": 1}'),
        ('{"a": 1}', {"a": 1}, '{"a": 1}'),
        ('{"a', {"a": 1}, '{"a": 1}'),
        ("{}", {"b": 1}, '{"b": 1}'),
    ],
)
def test_whole_arguments_win(streamed: str, given_at_last: Any, arguments: str) -> None:
    reader, events = made(
        {"type": "call"},
        {"type": "args", "deep": streamed},
        {"type": "settle", "given": given_at_last},
        {"type": "settle"},
    )
    (call,) = reader.completion().tool_calls
    assert (call.arguments, call.closed) == (arguments, True)
    assert call.to_dict() == {"args": given_at_last}
    assert isinstance(events[-1], ToolCallEnd)
    assert events[-1].tool_call.arguments == arguments
    server, _ = made({"type": "call", "server": True}, {"type": "args", "deep": "{"}, {"type": "settle", "given": [1]})
    assert server.completion().to_dict()["message"]["list"] == [{"args": [1]}]


@pytest.mark.parametrize(("whole", "closed"), [(True, [True, True, False]), (False, [True, True, True])])
def test_all_calls_can_be_ended(whole: bool, closed: list[bool]) -> None:
    starts = [say("a"), *[{"type": "call", "index": index} for index in range(3)], {"type": "stop", "index": 1}]
    texts = [{"type": "args", "index": 0, "deep": "{}"}, {"type": "args", "index": 2, "deep": "{"}]
    reader, _ = made(*starts, *texts, {"type": "stop all", "whole": whole})
    assert [call.closed for call in reader.completion().tool_calls] == closed


def test_an_index_that_is_missing_is_counted() -> None:
    reader, _ = made({"type": "call", "index": None}, {"type": "args", "index": "0", "deep": "x"})
    assert reader.repairs == {"missing_index": 2}


def test_views() -> None:
    reader, _ = made(say('{"a": [1'))
    partial = PartialJSON()
    reader.attach_partial(0, partial)
    reader.attach_partial(1, PartialJSON())
    reader.merge(say(", 2]}"), "message", [], 0)
    assert partial.value == {"a": [1, 2]}
    assert reader.find_call(0, 0) is None
    reader.merge({"type": "call"}, "message", [], 0)
    assert reader.find_call(0, 0) is not None
    assert reader.find_call(1, 0) is None


def bound(*payloads: Json) -> tuple[Slot, ...] | None:
    """The slots of the binding of the last payload."""
    reader, _ = made(*payloads)
    binding = reader.bind(payloads[-1], "message")
    return None if binding is None else binding.slots


CALL: Json = {"type": "call", "index": 0}


@pytest.mark.parametrize(
    ("payloads", "slots"),
    [
        ([say("a")], None),
        ([say("a"), say("b")], (Slot(("text",), TEXT),)),
        ([say("a"), say("")], None),
        ([say("a"), say("b\ud83d")], None),
        ([say("a", "reasoning"), say("b", "reasoning")], (Slot(("text",), TEXT),)),
        ([say("a", "summary"), say("b", "summary")], (Slot(("text",), TEXT),)),
        ([say("a", ""), say("b", "")], None),
        ([CALL, {"type": "args", "deep": "a"}], None),
        ([CALL, {"type": "args", "deep": "a"}, {"type": "args", "deep": "b"}], (Slot(("deep",), TEXT),)),
        ([say("a"), say("b", pad="x")], (Slot(("text",), TEXT), Slot(("pad",), SKIP))),
        ([say("a"), {"pad": 7, **say("b", other=5)}], (Slot(("pad",), DIGITS), Slot(("text",), TEXT))),
        ([say("a"), say("b", pad=0)], (Slot(("text",), TEXT),)),
        ([say("a"), say("b", pad=[])], (Slot(("text",), TEXT),)),
        ([say("a"), {"type": "listed", "list": [{"text": "b"}, {"text": "b"}]}], (Slot(("list", 1, "text"), TEXT),)),
        ([{"type": "novel"}], None),
    ],
)
def test_what_can_be_bound(payloads: list[Json], slots: Any) -> None:
    assert bound(*payloads) == slots


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5), min_size=1))
def test_a_binding_does_what_merging_does(texts: list[str]) -> None:
    for first in (say("x"), say("x", "reasoning"), say("x", "summary")):
        for at_once in (True, False):
            plain, before = made(first, first, *[{**first, "text": text} for text in texts])
            fast, events = made(first, first)
            binding = fast.bind(first, "message")
            assert binding is not None
            if at_once:
                assert binding.apply_run(texts, events)
            else:
                assert all(binding.apply(text, events) for text in texts)
            assert [repr(event) for event in events] == [repr(event) for event in before]
            assert fast.completion() == plain.completion()
            assert fast.budget.size == plain.budget.size


def test_limits() -> None:
    for payloads in (
        [say("x" * 300)],
        [say("x" * 300, "")],
        [{"type": "call", "server": True}, {"type": "args", "deep": "x" * 300}],
    ):
        with pytest.raises(LimitExceeded):
            made(*payloads, limits=Limits(max_message_size=250))
    with pytest.raises(LimitExceeded):
        made(*[say("x", kind) for kind in "abcdefgh"], limits=Limits(max_message_size=250))
