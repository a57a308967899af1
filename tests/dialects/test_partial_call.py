"""A tool call so far, and its arguments as a value."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest

from ssemble import IncompleteJSON, MessageStream, PartialToolCall, ToolCall, ToolCallDelta, ToolCallStart
from ssemble._dialects.chat.reader import ChatReader

from ..differential import events
from ..helpers import MOVES, call, chunk, finished
from ..plain import make_stream

START = call(0, id="x", name="order", arguments="")
TEXT = '{"items": [{"n": "tea"}, {"n": "\\u00e9t\\ud83d\\ude00"}], "size": 12, "note": "a\\nb"}'
PIECES = [TEXT[at : at + 3] for at in range(0, len(TEXT), 3)]
BODY = events(START, *(call(0, arguments=piece) for piece in PIECES), chunk({}, "tool_calls"), "[DONE]")


def test_a_call_while_it_arrives() -> None:
    stream = MessageStream()
    stream.feed(BODY[0])
    view = stream.tool_call()
    assert (view.id, view.name, view.index, view.arguments, view.closed) == ("x", "order", 0, "", False)
    partial = view.partial_arguments
    items = partial.watch("items", "*")
    assert (partial.value, partial.raw) == (None, "")
    told, found = "", []
    for event in BODY[1:]:
        for each in stream.feed(event):
            if isinstance(each, ToolCallDelta):
                told += each.arguments
                assert partial.raw == told == view.arguments
                found += items.read()
    assert stream.tool_call().partial_arguments is partial
    assert [value for _, value in found] == json.loads(TEXT)["items"]
    assert (view.closed, view.complete, view.view()) == (True, True, stream.close().tool_calls[0])
    assert partial.close() == partial.value == view.view().parse_arguments() == json.loads(TEXT)


@pytest.mark.parametrize("templates", [True, False])
@pytest.mark.parametrize("at", range(1, len(BODY)))
def test_the_value_is_the_same_whenever_one_begins_to_look(at: int, templates: bool) -> None:
    stream = make_stream(templates=templates)
    for event in BODY[:at]:
        stream.feed(event)
    partial = stream.tool_call().partial_arguments
    whole = "".join(PIECES)
    for number, event in enumerate(BODY[at:], at):
        stream.feed(event)
        assert partial.raw == whole[: 3 * number]
    assert partial.value == json.loads(TEXT)


def test_many_calls_in_runs() -> None:
    """Several calls and choices, read at once: each value gets its own fragments."""

    def of(choice: int, payload: dict[str, Any]) -> dict[str, Any]:
        payload["choices"][0]["index"] = choice
        return payload

    places = [(choice, index) for choice in (0, 2) for index in (0, 1)]
    texts = {place: json.dumps({"of": place, "long": "abc " * 30}) for place in places}
    stream = MessageStream()
    partials = {}
    for choice, index in places:
        stream.feed(events(of(choice, call(index, id=f"{choice}{index}", name="f", arguments="")))[0])
        partials[choice, index] = stream.tool_call(choice, index).partial_arguments
    for (choice, index), text in texts.items():
        pieces = [of(choice, call(index, arguments=text[at : at + 4])) for at in range(0, len(text), 4)]
        stream.feed(b"".join(events(*pieces)))
        assert partials[choice, index].close() == json.loads(text)


def test_a_call_is_found_by_the_number_that_its_events_have() -> None:
    chat = ChatReader()
    for wire_index, name in ((7, "late"), (3, "early"), (5, "")):
        chat.add(call(wire_index, id=f"c{wire_index}", name=name, arguments="{}"))
    assert [chat.tool_call(0, index).name for index in (0, 1)] == ["late", "early"]
    for choice, index in ((0, 2), (0, -1), (1, 0)):
        with pytest.raises(
            LookupError, match=f"no tool call {index} of choice {choice} so far: wait for its ToolCallStart"
        ):
            chat.tool_call(choice, index)
    chat.add(call(5, name="last"))
    assert chat.tool_call(0, 2).name == "last"


def test_a_legacy_function_call_is_a_call_too() -> None:
    chat = ChatReader()
    chat.add(chunk({"function_call": {"name": "f", "arguments": '{"a": '}}))
    partial = chat.tool_call().partial_arguments
    chat.add(chunk({"function_call": {"arguments": "1}"}}))
    assert (partial.value, chat.tool_call().index) == ({"a": 1}, 0)


def test_a_placeholder_is_not_shown_before_it_is_certain() -> None:
    chat = ChatReader()
    chat.add(call(0, id="x", name="f", arguments="{}"))
    partial = chat.tool_call().partial_arguments
    assert (partial.raw, chat.tool_call().arguments) == ("", "{}")
    chat.add(call(0, arguments='{"a":'))
    assert partial.raw == '{"a":'
    other = ChatReader()
    other.add(call(0, id="x", name="f", arguments="{}"))
    empty = other.tool_call().partial_arguments
    finished(other)
    assert (empty.raw, empty.close()) == ("{}", {})


def test_half_a_pair_waits_for_the_other() -> None:
    chat = ChatReader()
    chat.add(call(0, id="x", name="f", arguments='"\ud83d'))
    partial = chat.tool_call().partial_arguments
    assert partial.raw == '"'
    chat.add(call(0, arguments='\ude00"'))
    assert partial.close() == "😀"
    chat.add(call(0, arguments=" \ud83d"))
    finished(chat)
    assert partial.raw == '"😀"', "what is closed hears no more"
    late = chat.tool_call().partial_arguments
    assert late is partial


def test_a_call_cut_short_says_so() -> None:
    stream = MessageStream()
    stream.feed(BODY[0] + BODY[1])
    view = stream.tool_call()
    stream.end()
    assert (view.closed, view.complete) == (False, False)
    with pytest.raises(IncompleteJSON):
        view.view().parse_arguments()
    with pytest.raises(IncompleteJSON):
        view.partial_arguments.close()
    cut = MessageStream()
    for event in [*BODY[:3], *events(chunk({}, "length"), "[DONE]")]:
        cut.feed(event)
    assert (cut.tool_call().closed, cut.tool_call().complete) == (False, False)


@pytest.mark.parametrize("at", range(1, len(BODY)))
def test_a_view_may_be_asked_for_the_value_later(at: int) -> None:
    stream = MessageStream()
    stream.feed(BODY[0])
    view = stream.tool_call()
    for event in BODY[1:at]:
        stream.feed(event)
    partial = view.partial_arguments
    for event in BODY[at:]:
        stream.feed(event)
        assert partial.raw == view.arguments
    assert partial.value == json.loads(TEXT)


@pytest.mark.parametrize("move", MOVES.values(), ids=list(MOVES))
def test_a_copy_of_the_stream_goes_on_with_its_own_value(move: Any) -> None:
    for at in range(1, len(BODY)):
        stream = MessageStream()
        for event in BODY[:at]:
            stream.feed(event)
        mine = stream.tool_call().partial_arguments
        seen = mine.snapshot()
        twin = move(stream)
        theirs = twin.tool_call().partial_arguments
        assert theirs is not mine
        for event in BODY[at:]:
            twin.feed(event)
        assert (theirs.value, mine.value) == (json.loads(TEXT), seen)


def test_a_view_moves_alone_too() -> None:
    stream = MessageStream()
    stream.feed(b"".join(BODY[:8]))
    view = stream.tool_call()
    for twin in (copy.copy(view), pickle.loads(pickle.dumps(view))):
        assert isinstance(twin, PartialToolCall)
        assert (repr(twin), twin.view()) == (repr(view), view.view())
    assert repr(view) == "<PartialToolCall 'order', 21 characters, closed=False>"
    assert isinstance(view.view(), ToolCall)


def test_the_text_of_a_call_that_nobody_looks_at_is_not_read() -> None:
    stream = MessageStream()
    for event in BODY:
        for each in stream.feed(event):
            assert (
                not isinstance(each, ToolCallStart)
                or getattr(stream.tool_call(each.choice, each.index)._call, "feed") is None  # noqa: B009  # mypy: not in the protocol
            )


def test_each_view_is_of_its_own_call() -> None:
    chat = ChatReader()
    for index in range(3):
        chat.add(call(index, id=f"c{index}", name="f", arguments='{"a": 1' if index == 1 else "{}"))
    chat.add(chunk({}, "tool_calls"))
    finished(chat)
    views = [chat.tool_call(0, index) for index in range(3)]
    assert [(view.id, view.index) for view in views] == [("c0", 0), ("c1", 1), ("c2", 2)]
    assert [(view.closed, view.complete) for view in views] == [(True, True), (True, False), (True, True)]
