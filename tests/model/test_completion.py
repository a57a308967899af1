"""The typed views of the finished message."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import itertools
import json
from typing import Any

import pytest

from ssemble import Choice, Completion, IncompleteJSON, JSONTextError, Message, MessageStream, ToolCall, assemble
from ssemble._model.result import with_raw

from ..helpers import MOVES, chunk, sse

CALL = with_raw(
    ToolCall("c1", "function", "add", '{"a": 1}'), {"id": "c1", "function": {"name": "add"}, "x": [{"y": 1}]}
)
SAID = with_raw(Message(text="t", reasoning="r", refusal="f", tool_calls=(CALL,)), {"content": "t", "x": [{"y": 1}]})
CHOICE = with_raw(Choice(2, SAID, "stop", "eos"), {"index": 2, "message": {"content": "t"}})
WHOLE = with_raw(Completion(choices=(CHOICE, Choice(3))), {"choices": [{"index": 2}]})
VIEWS = [CALL, SAID, CHOICE, WHOLE]
each_view = pytest.mark.parametrize("view", VIEWS, ids=lambda view: type(view).__name__)


def test_the_shortcuts_are_those_of_the_first_choice() -> None:
    assert WHOLE.message is SAID
    assert (WHOLE.text, WHOLE.reasoning, WHOLE.refusal, WHOLE.tool_calls) == ("t", "r", "f", (CALL,))
    assert WHOLE.finish_reason == "stop"


def test_an_empty_completion_has_empty_shortcuts() -> None:
    empty = Completion()
    assert (empty.text, empty.reasoning, empty.refusal, empty.tool_calls, empty.finish_reason) == ("", "", "", (), None)
    assert empty.message == Message()
    assert empty.message.role == "assistant"
    assert (empty.complete, empty.dialect, empty.usage) == (False, None, None)


@each_view
def test_to_dict_is_fresh_all_the_way_down(view: Any) -> None:
    first = view.to_dict()
    kept = copy.deepcopy(first)
    for value in first.values():
        if isinstance(value, list):
            value[0].clear()
        elif isinstance(value, dict):
            value.clear()
    first["new"] = 1
    assert view.to_dict() == kept


@each_view
def test_views_are_read_only_and_move(view: Any) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(view, dataclasses.fields(view)[0].name, "other")
    for move in MOVES.values():
        twin = move(view)
        assert twin == view
        assert twin.to_dict() == view.to_dict()


@each_view
def test_the_json_that_came_is_no_field(view: Any) -> None:
    bare = dataclasses.replace(view)
    assert bare == view
    assert bare.to_dict() != view.to_dict(), "a copy with other fields must not keep the JSON of the first"
    for shown in (repr(view), str(dataclasses.asdict(view)), str(inspect.signature(type(view)))):
        assert "_raw" not in shown
    assert "x" not in dataclasses.asdict(view)


@each_view
def test_no_view_is_hashable(view: Any) -> None:
    with pytest.raises(TypeError, match=f"unhashable type: '{type(view).__name__}'"):
        hash(view)


def test_views_with_other_fields_differ() -> None:
    assert dataclasses.replace(SAID, text="u") != SAID
    assert dataclasses.replace(WHOLE, complete=True) != WHOLE


def test_what_is_not_given_is_empty() -> None:
    call = ToolCall(None, "function", "f", "")
    assert (call.index, call.closed) == (0, True)
    assert dataclasses.astuple(Choice()) == (0, ("assistant", "", "", "", ()), None, None)
    assert dataclasses.astuple(Completion()) == (None, None, None, (), None, None, False)


# What was made by hand.

FUNCTION = {"id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}}
CUSTOM = {"id": None, "type": "custom", "custom": {"name": "sh", "input": "ls"}}
HAND = ToolCall("c1", "function", "add", '{"a": 1}')
BY_HAND: list[tuple[Any, dict[str, Any]]] = [
    (HAND, FUNCTION),
    (ToolCall(None, "custom", "sh", "ls", 3, closed=False), CUSTOM),
    (Message(), {"role": "assistant", "content": ""}),
    (Message(text="hi"), {"role": "assistant", "content": "hi"}),
    (Message("tool", "hi"), {"role": "tool", "content": "hi"}),
    (Message(refusal="no"), {"role": "assistant", "content": None, "refusal": "no"}),
    (Message(text="hi", reasoning="hm"), {"role": "assistant", "content": "hi", "reasoning_content": "hm"}),
    (Message(tool_calls=(HAND,)), {"role": "assistant", "content": None, "tool_calls": [FUNCTION]}),
    (Message(text="hi", tool_calls=(CALL,)), {"role": "assistant", "content": "hi", "tool_calls": [CALL.to_dict()]}),
    (Choice(), {"index": 0, "message": {"role": "assistant", "content": ""}, "finish_reason": None}),
    (Choice(1, SAID, "length"), {"index": 1, "message": SAID.to_dict(), "finish_reason": "length"}),
    (Choice(1, SAID, "stop", "eos"), {"index": 1, "message": SAID.to_dict(), "finish_reason": "eos"}),
    (Completion(), {"object": "chat.completion", "choices": []}),
    (
        Completion("m1", "gpt", 5, (CHOICE,), {"total_tokens": 3}, "openai-chat", True),
        {
            "id": "m1", "object": "chat.completion", "created": 5, "model": "gpt",
            "choices": [CHOICE.to_dict()], "usage": {"total_tokens": 3},
        },
    ),
]  # fmt: skip


@pytest.mark.parametrize(("view", "plain"), BY_HAND)
def test_a_view_made_by_hand_has_the_shape_of_chat(view: Any, plain: dict[str, Any]) -> None:
    assert view.to_dict() == plain
    for value in view.to_dict().values():
        if isinstance(value, (dict, list)):
            value.clear()
    assert view.to_dict() == plain
    for move in MOVES.values():
        assert move(view).to_dict() == plain


def test_a_view_made_by_hand_reads_as_the_stream_that_says_the_same() -> None:
    completion = assemble(sse({"id": "m1", "model": "gpt", **chunk({"content": "hi"}, "stop")}, "[DONE]"))
    twin = dataclasses.replace(completion, choices=tuple(map(dataclasses.replace, completion.choices)))
    assert twin == completion
    assert twin.to_dict() == {**completion.to_dict(), "choices": [{**completion.to_dict()["choices"][0]}]}


def test_usage_belongs_to_the_caller() -> None:
    stream = MessageStream()
    stream.feed(sse({**chunk({"content": "hi"}), "usage": {"total_tokens": 3, "details": {"a": 1}}}))
    completion = stream.completion()
    assert completion.usage is not None
    completion.usage["details"].clear()
    expected = {"total_tokens": 3, "details": {"a": 1}}
    assert completion.to_dict()["usage"] == stream.completion().usage == expected


def test_a_choice_of_a_stream_is_the_one_of_its_completion() -> None:
    body = sse(chunk({"content": "a"}, "stop", logprobs=None), chunk({"content": "b"}, "eos", index=2), "[DONE]")
    completion = assemble(body)
    assert [choice.to_dict() for choice in completion.choices] == completion.to_dict()["choices"]


# A history holds complete calls only.

WRITTEN = [
    ({"id": "a", "name": "f", "arguments": "{}"}, True),
    ({"id": "c", "name": "f", "arguments": '{"a": '}, False),
    ({"id": "b", "name": "f", "arguments": "no JSON"}, False),
    ({"name": "g", "arguments": '{"a": 1}'}, True),
]


def entry(of: dict[str, Any]) -> dict[str, Any]:
    head = {"id": of["id"]} if "id" in of else {}
    return {**head, "type": "function", "function": {"name": of["name"], "arguments": of["arguments"]}}


@pytest.mark.parametrize("way", ["streamed", "unstreamed", "by hand"])
@pytest.mark.parametrize("content", [None, "hi"])
@pytest.mark.parametrize("picked", [each for n in range(4) for each in itertools.permutations(range(4), n)], ids=str)
def test_half_written_calls_can_be_left_out(picked: tuple[int, ...], content: str | None, way: str) -> None:
    written = [WRITTEN[at] for at in picked]
    entries = [entry(of) for of, _ in written]
    if way == "by hand":
        calls = [ToolCall(of.get("id"), "function", of["name"], of["arguments"]) for of, _ in written]
        message = Message(text=content or "", tool_calls=tuple(calls))
    elif way == "unstreamed":
        said = {"role": "assistant", "content": content, "tool_calls": entries}
        message = assemble(sse({"choices": [{"index": 0, "message": said, "finish_reason": "tool_calls"}]})).message
    else:
        deltas = [{"tool_calls": [{"index": at, **each}]} for at, each in enumerate(entries)]
        body = sse(chunk({"content": content}), *map(chunk, deltas), chunk({}, "tool_calls"), "[DONE]")
        message = assemble(body).message
    before, kept = message.to_dict(), message.to_dict(complete=True)
    left = [at for at, (_, complete) in enumerate(written) if complete]
    assert kept.get("tool_calls", []) == [before["tool_calls"][at] for at in left]
    assert ("tool_calls" in kept) is bool(left)
    assert kept["content"] == (before["content"] if left or not written else content or "")
    assert {**before, "tool_calls": 0, "content": 0} == {**kept, "tool_calls": 0, "content": 0}
    assert message.to_dict() == before


@pytest.mark.parametrize("arguments", ['{"a": ', '{"a": 1}'])
def test_a_function_call_is_left_out_where_it_is_cut(arguments: str) -> None:
    call = {"name": "f", "arguments": arguments}
    message = assemble(sse(chunk({"content": None}), chunk({"function_call": call}, "function_call"), "[DONE]")).message
    complete = arguments.endswith("}")
    assert message.to_dict(complete=True) == (message.to_dict() if complete else {"role": "assistant", "content": ""})


@pytest.mark.parametrize("key", ["tool_calls", "function_call"])
def test_an_entry_that_is_cut_is_left_out_whatever_the_views_are(key: str) -> None:
    """Two entries of one id are read as one call."""
    body = {"name": "f", "arguments": '{"a": '}
    cut = [{"id": "a", "type": "function", "function": body}] if key == "tool_calls" else body
    message = with_raw(Message(text="hi"), {"content": "hi", key: cut})
    assert message.to_dict(complete=True) == {"content": "hi"}


def test_of_two_equal_calls_the_one_that_was_cut_is_left_out() -> None:
    twin = ToolCall(None, "function", "f", "")
    message = Message(tool_calls=(twin, dataclasses.replace(twin, index=1, closed=False)))
    assert message.to_dict(complete=True)["tool_calls"] == [twin.to_dict()]


@pytest.mark.parametrize(
    "odd",
    ["x", None, {}, {"id": "c1"}, {"id": "c1", "function": "f"}, {"id": "c1", "function": {"name": "other"}}],
    ids=repr,
)
def test_entries_that_are_no_call_stay(odd: Any) -> None:
    cut = ToolCall("c1", "function", "f", "{")
    message = with_raw(Message(tool_calls=(cut,)), {"tool_calls": [odd, cut.to_dict()]})
    assert message.to_dict(complete=True) == {"tool_calls": [odd]}
    for calls in ([odd], "x"):
        message = with_raw(Message(tool_calls=(cut,)), {"tool_calls": calls, "content": "hi"})
        assert message.to_dict(complete=True) == message.to_dict()


def test_arguments_that_came_as_an_object_are_found() -> None:
    call = ToolCall(None, "function", "f", '{"a": 1}', closed=False)
    raw = {"content": "hi", "tool_calls": [{"function": {"name": "f", "arguments": {"a": 1}}}]}
    assert with_raw(Message(text="hi", tool_calls=(call,)), raw).to_dict(complete=True) == {"content": "hi"}


@pytest.mark.parametrize("closed", [True, False])
def test_a_custom_call_is_left_out_if_it_is_not_closed(closed: bool) -> None:
    """Its input is free text; one that came without any is empty."""
    for body, text in (({"name": "g", "input": "ls -l {"}, "ls -l {"), ({"name": "g"}, "")):
        entries = [
            {"id": "c1", "type": "custom", "custom": body},
            {"id": "c1", "type": "custom", "custom": {**body, "input": "x"}},
        ]
        call = ToolCall("c1", "custom", "g", text, closed=closed)
        message = with_raw(Message(text="hi", tool_calls=(call,)), {"content": "hi", "tool_calls": entries})
        assert message.to_dict(complete=True) == {"content": "hi", "tool_calls": entries if closed else entries[1:]}


def test_another_decoder_reads_the_arguments() -> None:
    call = ToolCall("c1", "function", "f", '{"a": 1}')
    assert call.parse_arguments(lambda text: [text]) == ['{"a": 1}']


def test_an_empty_list_of_calls_is_left_out() -> None:
    message = with_raw(Message(), {"content": None, "tool_calls": []})
    assert message.to_dict() == {"content": None, "tool_calls": []}
    assert message.to_dict(complete=True) == {"content": None}


# Arguments.


@pytest.mark.parametrize(
    ("value", "arguments"),
    [
        ({}, ""),
        ({}, " \n"),
        ({"a": 1}, '{"a": 1}'),
        ([1], "[1]"),
        (None, "null"),
        ({"e": "é\ud83d"}, '{"e": "é\\ud83d"}'),
    ],
)
def test_arguments_are_parsed(value: object, arguments: str) -> None:
    call = dataclasses.replace(CALL, arguments=arguments)
    assert call.parse_arguments() == value
    assert call.complete


RAW = '{"text": "two\nlines\tand a \x01"}'
"""Raw control characters in a string, which RFC 8259 forbids and models write."""


@pytest.mark.parametrize("arguments", [RAW, '{"a": 1}', "[", '{"a": "\n', "{}{}", '"\ud83d', "1" * 10_000, "\0", "nul"])
@pytest.mark.parametrize("closed", [True, False])
def test_complete_arguments_are_those_that_can_be_parsed(arguments: str, closed: bool) -> None:
    call = ToolCall("c1", "function", "f", arguments, closed=closed)
    try:
        call.parse_arguments()
    except JSONTextError:
        assert not call.complete
    else:
        assert call.complete is closed


def test_the_value_that_grows_is_the_one_that_is_parsed() -> None:
    stream = MessageStream()
    function = {"name": "f", "arguments": RAW}
    call = {"index": 0, "id": "c1", "type": "function", "function": function}
    stream.feed(sse({"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]}))
    partial = stream.tool_call(0).partial_arguments
    assert partial.value == partial.close() == json.loads(RAW, strict=False)


@pytest.mark.parametrize("arguments", ["", " \n"])
@pytest.mark.parametrize("loads", [None, json.loads, str.strip])
def test_arguments_that_have_not_begun_when_the_stream_is_cut_are_not_empty(arguments: str, loads: Any) -> None:
    call = ToolCall("c1", "function", "f", arguments, closed=False)
    with pytest.raises(IncompleteJSON):
        call.parse_arguments(loads)
    assert dataclasses.replace(call, closed=True).parse_arguments(loads) == {}


@pytest.mark.parametrize(
    ("kind", "arguments", "closed", "complete"),
    [
        ("function", '{"a": 1}', True, True),
        ("function", '{"a": 1}', False, False),
        ("function", '{"a": ', True, False),
        ("function", "", True, True),
        ("custom", "free text {", True, True),
        ("custom", "free text", False, False),
    ],
)
def test_complete_needs_both_the_wire_and_the_text(kind: str, arguments: str, closed: bool, complete: bool) -> None:
    assert ToolCall("c1", kind, "f", arguments, closed=closed).complete is complete


@pytest.mark.parametrize("arguments", ["", " ", "\n"])
def test_nothing_is_no_arguments_unless_the_call_was_closed(arguments: str) -> None:
    """A call that was cut behind its name must not be run with ``{}``."""
    call = ToolCall("1", "function", "rm", arguments, closed=False)
    with pytest.raises(IncompleteJSON, match="the arguments of 'rm' are cut short"):
        call.parse_arguments()
    assert not call.complete
    assert ToolCall("1", "function", "rm", arguments).parse_arguments() == {}


def test_structured_output_is_parsed() -> None:
    body = [chunk({"content": '{"a": '}), chunk({"content": "1}"}, "stop"), "[DONE]"]
    assert assemble(sse(*body)).message.parse_json() == {"a": 1}
    with pytest.raises(IncompleteJSON):
        assemble(sse(body[0], chunk({}, "length"), "[DONE]")).message.parse_json()
    with pytest.raises(IncompleteJSON):
        Message(refusal="no").parse_json()


def test_a_call_is_left_out_of_any_list_of_its_message() -> None:
    block = {"type": "tool_use", "id": "c1", "name": "f", "input": {}}
    call = with_raw(ToolCall("c1", "function", "f", '{"a'), block)
    raw = {"role": "assistant", "content": [{"type": "text", "text": "hi"}, block]}
    message = with_raw(Message(text="hi", tool_calls=(call,)), raw)
    assert message.to_dict(complete=True) == {"role": "assistant", "content": [{"type": "text", "text": "hi"}]}
    assert message.to_dict() == raw


@pytest.mark.parametrize(
    ("kind", "text", "closed", "expected"),
    [
        ("function", '{"a": 1}', True, {"a": 1}),
        ("function", '{"a": 1}', False, {"a": 1}),
        ("function", '{"a"', True, '{"a"'),
        ("function", "not JSON", False, "not JSON"),
        ("function", "", True, {}),
        ("function", "", False, None),
        ("custom", '{"a": 1}', True, '{"a": 1}'),
        ("custom", "", True, None),
    ],
)
def test_arguments_for_a_log(kind: str, text: str, closed: bool, expected: Any) -> None:
    assert ToolCall("c", kind, "f", text, closed=closed).arguments_or_text() == expected


def test_fields_that_no_attribute_has() -> None:
    body = sse({**chunk({"content": "Hi"}, "stop"), "id": "c", "service_tier": "flex", "usage": {"a": 1}, "x": [1]})
    completion = assemble(body)
    assert completion.extra == {"service_tier": "flex", "x": [1]}
    completion.extra["x"].append(2)
    assert completion.extra["x"] == [1]
    assert Completion(id="c", usage={}).extra == {}


def test_the_events_of_a_message() -> None:
    completion = Completion(choices=(Choice(message=Message(text="Hello"), finish_reason="stop"),))
    assert [event.type for event in completion.events()] == ["message.start", "text.delta", "choice.end"]
    assert len(list(completion.events(2))) == 5
    with pytest.raises(ValueError, match="size is 0"):
        completion.events(0)
