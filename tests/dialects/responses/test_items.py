"""OpenAI Responses: items that come in parts, twice, or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from ssemble import (
    MessageStream,
    ProtocolError,
    ReasoningDelta,
    accumulator,
)
from ssemble._dialects.responses.items import Item, is_empty_part, text_of
from ssemble._dialects.responses.output import MEANT

from .proxies import PROXIES
from .responses import (
    CREATED,
    REASONING,
    Event,
    added,
    arguments,
    call,
    completed,
    done,
    message,
    read,
    text,
    told,
    wire,
)


@pytest.mark.parametrize("name", PROXIES)
def test_what_servers_and_proxies_do(name: str) -> None:
    events, rows, fields = PROXIES[name]
    found, completion, _ = read(events, errors="event")
    assert told(found) == rows
    assert {key: value for key, value in completion.to_dict().items() if key in fields} == fields
    assert [part["type"] for part in map(lambda e: e.to_dict(), found) if part["type"] == "error"] == []
    assert [call.index for call in completion.tool_calls] == sorted(call.index for call in completion.tool_calls)


@pytest.mark.parametrize("late", [arguments("{"), done(0, call('{"a":1}')), completed(call('{"a":1}'))])
@pytest.mark.parametrize("errors", ["raise", "event"])
def test_arguments_after_a_call_was_closed_without_any(late: Event, errors: Any) -> None:
    stream = MessageStream(errors=errors)
    events = stream.feed(wire([CREATED, added(0, call()), done(0, call("")), late]))
    faults = [event.error for event in events if event.type == "error"]
    assert isinstance(stream.error or faults[0], ProtocolError)
    assert stream.completion().tool_calls[0].arguments == ""
    assert not stream.complete


@pytest.mark.parametrize("late", [arguments("{}"), done(0, call("{}")), completed(call("{}"))])
def test_an_empty_object_after_a_call_was_closed_without_arguments(late: Event) -> None:
    _, completion, stream = read([CREATED, added(0, call()), done(0, call("")), late])
    assert completion.tool_calls[0].parse_arguments() == {}
    assert not isinstance(stream.error, ProtocolError)


def test_many_items_at_one_index_are_in_the_order_of_their_arrival() -> None:
    numbers = range(2 * MEANT)
    _, completion, _ = read([CREATED, *(added(0, {"type": f"x{number}"}) for number in numbers), added(-1, call())])
    assert [item["type"] for item in completion.to_dict()["output"]] == ["function_call", *(f"x{n}" for n in numbers)]


def test_nothing_is_merged_after_the_end() -> None:
    reader = accumulator("openai-responses")
    for event in (CREATED, added(0, message("a")), completed(message("a"))):
        reader.add(event)
    before = repr(reader.completion())
    assert reader.add(added(1, call())) == reader.add(text("b")) == []
    assert repr(reader.completion()) == before


def test_an_event_means_one_of_the_newest_items_at_its_index() -> None:
    items = [added(0, {"type": f"x{number}"}) for number in range(MEANT - 1)]
    first = added(0, {"type": "message", "content": []})
    assert len(read([CREATED, first, *items, text("a")])[1].to_dict()["output"]) == MEANT
    assert len(read([CREATED, first, *items, items[0], text("a")])[1].to_dict()["output"]) == MEANT + 2


@pytest.mark.parametrize(
    ("data", "holds", "empty"),
    [
        ({}, False, True), ({"type": "output_text"}, False, True), ({"type": "output_text", "text": ""}, False, True),
        ({"type": "output_text", "text": "a"}, True, False), ({"type": "refusal", "refusal": "a"}, True, False),
        ({"type": "refusal", "refusal": "", "x": 1}, False, True), ({"type": "novel"}, False, True),
        ({"type": "novel", "x": None}, True, False), ({"type": "output_text", "text": text_of("")}, False, True),
        ({"type": "output_text", "text": text_of("a")}, True, False),
        ({"type": "output_text", "text": text_of("\ud83d")}, True, False),
    ],
)  # fmt: skip
def test_what_holds_text(data: Any, holds: bool, empty: bool) -> None:
    assert is_empty_part(data) is empty
    for key in ("content", "summary"):
        item = Item(0, {"type": "message", key: [data]})
        assert item.holds_text() is holds
        for field in ("arguments", "input", "code"):
            assert Item(0, {**item.data, field: "x"}).holds_text()
            assert Item(0, {**item.data, field: ""}).holds_text() is holds
    assert not Item(0, {"content": [5], "summary": "x"}).holds_text()


OPAQUE = {"id": "i0", "type": "reasoning", "summary": [], "encrypted_content": "E"}


@pytest.mark.parametrize("events", [[done(0, OPAQUE)], [completed(OPAQUE)], [done(0, OPAQUE), completed(OPAQUE)]])
def test_reasoning_that_is_only_opaque_data(events: list[Event]) -> None:
    stream = MessageStream()
    found = stream.feed(wire(events))
    assert [each for each in found if isinstance(each, ReasoningDelta)] == [ReasoningDelta("", 0, "redacted", 0, "E")]
    assert stream.completion().reasoning == ""


def test_the_signature_of_an_item_that_only_the_end_has() -> None:
    found = MessageStream().feed(wire([completed({**REASONING, "encrypted_content": "E"})]))
    assert [each for each in found if isinstance(each, ReasoningDelta)] == [
        ReasoningDelta("Hm", 0, "summary", 0),
        ReasoningDelta("", 0, "summary", 0, "E"),
    ]
