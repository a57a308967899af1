"""What a framing has read, to payloads: what the sink is told, and when."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ssemble import IncompleteStream, InvalidJSON, LimitExceeded, ProviderError
from ssemble._framing.base import Fault, Item, JSONText
from ssemble._framing.event import ServerSentEvent, UnknownField
from ssemble._payloads.decoder import Decoder
from ssemble._payloads.items import Items

from .sinks import Stopping

BUSY = {"error": {"message": "busy"}}


class Sink(Stopping):
    """Lists payloads with their sizes, and how it ended; ``{"end": true}`` is the terminator."""

    def add(self, payload: Any, name: str, events: list[Any], size: int) -> bool:
        events.append((name, payload, size))
        if payload == {"end": True}:
            self.open = False
        return False

    def fail(self, error: Any, events: list[Any]) -> None:
        super().fail(error, events)
        events.append("failed")

    def terminated(self, events: list[Any]) -> None:
        super().terminated(events)
        events.append("terminated")


class Taken:
    """What comes of some items."""

    def __init__(self, *items: Item, bare: bool = False, skip: bool = False, limit: int = 1_000) -> None:
        self.decoder = Decoder(json.loads)
        self.items = Items(self.decoder, limit)
        self.sink = Sink(skip)
        self.events: list[Any] = []
        for item in items:
            self.take(item, bare)

    def take(self, item: Item, bare: bool = False, last: bool = False) -> Taken:
        self.items.take(item, bare, self.events, self.sink, last=last)
        return self

    def finish(self) -> Taken:
        self.items.finish(self.events, self.sink)
        return self


def data(text: str, name: str = "message") -> ServerSentEvent:
    return ServerSentEvent(text, name, offset=7)


def test_payloads_come_with_their_names_and_the_bytes_of_their_text() -> None:
    taken = Taken(data("{}"), data('{"a": "\u00e9"}', "x"), JSONText("[1, 2]", 0), data("[{}, {}]"))
    assert taken.events == [
        ("message", {}, 2), ("x", {"a": "\u00e9"}, 11), ("message", 1, 6), ("message", 2, 6),
        ("message", {}, 8), ("message", {}, 8),
    ]  # fmt: skip
    assert (taken.decoder.count, taken.decoder.events, taken.decoder.repairs) == (6, 4, {"array_of_payloads": 1})


def test_half_a_surrogate_pair_in_the_text_has_a_size_too() -> None:
    assert Taken(data('{"a": "\ud83d"}')).events == [("message", {"a": "\ud83d"}, 12)]


@pytest.mark.parametrize("done", [data("[DONE]"), JSONText(" [DONE]", 0)])
def test_the_terminator_is_told_once(done: Item) -> None:
    taken = Taken(data("1"), done, data(""), JSONText(" ", 0), done)
    assert (taken.events, taken.decoder.done, taken.decoder.repairs) == ([("message", 1, 1), "terminated"], True, {})
    for late in (data("2"), JSONText("2", 0), UnknownField("what")):
        again = Taken(done, late, late)
        assert again.events == ["terminated"]
        assert again.decoder.repairs == {"bytes_after_terminator": 1}


def test_a_payload_can_be_the_terminator() -> None:
    taken = Taken(data('{"end": true}'), data("2"))
    assert (taken.events, taken.decoder.done) == ([("message", {"end": True}, 13)], True)
    assert taken.decoder.repairs == {"bytes_after_terminator": 1}


def test_nothing_is_taken_after_an_error() -> None:
    taken = Taken(data('[1, {"error": "busy"}, 2]'), data("3"), UnknownField("what")).finish()
    assert (taken.events, type(taken.sink.error)) == ([("message", 1, 25), "failed"], ProviderError)
    assert (taken.decoder.done, taken.items.has_lines) == (False, False)


def test_an_error_that_is_skipped_stands_in_its_place() -> None:
    fault = Fault(InvalidJSON("no"))
    taken = Taken(data("1"), fault, data("{bad"), data(json.dumps(BUSY)), data("2"), skip=True)
    assert taken.events == [("message", 1, 1), InvalidJSON, InvalidJSON, ProviderError, ("message", 2, 1)]
    assert (taken.decoder.events, taken.decoder.done) == (5, False)


def test_an_error_tells_where_it_is() -> None:
    for item in (data("{bad"), JSONText("{bad", 7)):
        error: Any = Taken(data("1"), item).sink.error
        assert (type(error), error.offset, error.event) == (InvalidJSON, 7, 2)


@pytest.mark.parametrize("item", [data('{"a": '), JSONText('{"a": ', 7)])
def test_only_the_last_item_may_be_truncated(item: Item) -> None:
    last = Taken().take(item, last=True)
    assert (last.events, type(last.sink.error), last.decoder.done) == (["failed"], IncompleteStream, False)
    assert (Taken().take(item).events, type(Taken().take(item).sink.error)) == (["failed"], InvalidJSON)


def test_a_plain_framing_has_bodies_of_errors() -> None:
    text = JSONText('{"message": "busy"}', 0)
    assert type(Taken(text, bare=True).sink.error) is ProviderError
    assert Taken(text).events == [("message", {"message": "busy"}, 19)]


def test_lines_that_are_no_fields() -> None:
    none = Taken(data("1"))
    assert (none.items.has_lines, none.items.open, none.items.last_line, none.items.doubt) == (False, False, "", "")
    body = Taken(UnknownField('{"a": 1'))
    assert (body.items.has_lines, body.items.open, body.events) == (True, True, [])
    assert body.take(UnknownField("}")).finish().events == [("message", {"a": 1}, 0)]
    log = Taken(UnknownField("what"), UnknownField("INFO data: {}"), data("1"))
    assert (log.items.has_lines, log.items.open) == (True, False)
    assert (log.items.last_line, log.items.doubt) == ("what", "INFO data: {}")
    assert log.events == [("message", {}, 0), ("message", 1, 1)]


def test_a_truncated_field_is_no_line() -> None:
    assert Taken().take(UnknownField("dat"), last=True).items.last_line == ""
    assert Taken().take(UnknownField("dat")).items.last_line == "dat"


def test_a_page_is_an_error_at_the_end() -> None:
    page = Taken(UnknownField("<html><title>Bad Gateway</title>"))
    assert page.events == []
    assert (page.finish().events, type(page.sink.error)) == (["failed"], ProviderError)


def test_a_line_in_an_event_is_part_of_its_data() -> None:
    taken: Any = Taken(UnknownField('is "low"}', 0, True), data('{"error": "memory'))
    assert (taken.events, type(taken.sink.error)) == (["failed"], ProviderError)
    assert 'memory\nis "low' in str(taken.sink.error.message)


def test_lines_are_held_to_the_limit() -> None:
    taken = Taken(UnknownField('{"a": "' + "b" * 50), UnknownField("b" * 60), limit=100)
    assert (taken.events, type(taken.sink.error)) == (["failed"], LimitExceeded)
