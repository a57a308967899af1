"""Payloads in every framing: what the room of the payloads makes of frames that are one JSON text."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ssemble import (
    ErrorEvent,
    IncompleteStream,
    InvalidJSON,
    ProtocolError,
    ProviderError,
    RawEvent,
)
from ssemble._framing.base import JSONText
from ssemble._payloads.decoder import Decoder
from ssemble._payloads.parser import PayloadParser

from ..framing.aws_messages import EXCEPTION, event, message
from ..helpers import cuts
from .sinks import Stopping


class Sink(Stopping):
    """Lists payloads; ``{"end": true}`` is the terminator, ``{"bad": true}`` cannot be merged."""

    def add(self, payload: Any, name: str, events: list[Any], size: int) -> bool:
        if payload == {"end": True}:
            self.open = False
        if payload == {"bad": True}:
            self.fail(ProtocolError("no", where="$"), events)
        return super().add(payload, name, events, size)


def read(body: bytes, **options: Any) -> list[tuple[Any, ...]]:
    """Return what a body comes to, in each of its cuts: items, error, terminated, count, framing."""
    found = []
    for fragments in cuts(body):
        sink, items = Sink(**options), list[Any]()
        parser = PayloadParser(json.loads)
        for fragment in fragments:
            parser.feed(fragment, items, sink)
        parser.end(items, sink)
        found.append((items, type(sink.error), parser.done, parser.count, parser.framing))
    return found


NONE = type(None)
NAMED = message({":message-type": "event", ":event-type": "x"}, {"n": 1})


@pytest.mark.parametrize(
    ("body", "items", "error", "done", "framing"),
    [
        (b'{"n": 1}\n{"end": true}\n{"n": 2}\n', [{"n": 1}, {"end": True}], NONE, True, "json-lines"),
        (b'{"n": 1}\n{"bad": true}\n{"n": 2}\n', [{"n": 1}, {"bad": True}], ProtocolError, False, "json-lines"),
        (b'data: {"n": 1}\n\ndata: {"end": true}\n\ndata: 5\n\n', [{"n": 1}, {"end": True}], NONE, True, "sse"),
        (b'data: {"bad": true}\n\ndata: 5\n\n', [{"bad": True}], ProtocolError, False, "sse"),
        (b'{"n": 1}\n5\n[{"n": 2}, 6]\n', [{"n": 1}, 5, {"n": 2}, 6], NONE, False, "json-lines"),
        (b"[1", [], InvalidJSON, False, "json-array"),  # an array of objects
        (b"[", [], IncompleteStream, False, "json-array"),
        (b"\xef\xbb\xbf", [], NONE, False, None),
        (b"", [], NONE, False, None),
    ],
)
def test_bodies(body: bytes, items: list[Any], error: Any, done: bool, framing: str | None) -> None:
    wanted = [("message", item) for item in items]
    for found in read(body):
        assert found == (wanted, error, done, len(items), framing)


def test_messages_of_aws_have_names_and_are_put_under_them() -> None:
    for found in read(NAMED + event("y", {"n": 2})):
        assert found == ([("x", {"x": {"n": 1}}), ("y", {"y": {"n": 2}})], NONE, False, 2, "aws")


def test_an_exception_of_aws_is_an_error_in_its_place() -> None:
    body = NAMED + message(EXCEPTION, {"message": "slow down"}) + NAMED
    for found in read(body):
        assert found == ([("x", {"x": {"n": 1}})], ProviderError, False, 1, "aws")
    for found in read(body, skip=True):
        assert found == ([("x", {"x": {"n": 1}}), ProviderError, ("x", {"x": {"n": 1}})], NONE, False, 2, "aws")


@pytest.mark.parametrize(
    ("item", "last", "items", "error", "done"),
    [
        (JSONText('{"n": 1}', 0), False, [{"n": 1}], NONE, False),
        (JSONText('{"n": 1}', 0, "x", "x"), False, [{"x": {"n": 1}}], NONE, False),
        (JSONText("7", 0), False, [7], NONE, False),
        (JSONText('["a", {"n": 1}]', 0), False, ["a", {"n": 1}], NONE, False),
        (JSONText(" [DONE] ", 0), False, [], NONE, True),
        (JSONText('{"n"', 0), True, [], IncompleteStream, False),
        (JSONText('{"n"', 0), False, [InvalidJSON], NONE, False),
        (JSONText("{n", 0), True, [InvalidJSON], NONE, False),
        (JSONText('{"error": {"message": "busy"}}', 0), False, [ProviderError], NONE, False),
    ],
)
def test_a_frame_that_must_be_one_json_text(item: JSONText, last: bool, items: Any, error: Any, done: bool) -> None:
    decoder, found = Decoder(json.loads), list[RawEvent | ErrorEvent]()
    decoder.begin()
    decoder.text(item, found, False, last)
    assert [type(each.error) if isinstance(each, ErrorEvent) else each.data for each in found] == items
    assert (type(decoder.error), decoder.done, decoder.repairs) == (error, done, {})
