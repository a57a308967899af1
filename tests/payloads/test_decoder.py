"""The data of one event to its payloads; most cases are in test_chunks.py."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import orjson
import pytest

from ssemble import (
    ChunkParser,
    ErrorEvent,
    IncompleteStream,
    InvalidJSON,
    MessageStream,
    ProviderError,
    RawEvent,
    SsembleError,
)
from ssemble._payloads.decoder import BAD, Decoder

from .chunk_cases import FAULTS, WHOLE


class Read(NamedTuple):
    """What a decoder found, as far as a stream would take it."""

    items: list[Any]
    error: SsembleError | None
    decoder: Decoder


def read(text: str, name: str = "message", errors: str = "raise", last: bool = False, loads: Any = json.loads) -> Read:
    decoder, items = Decoder(loads), list[RawEvent | ErrorEvent]()
    decoder.begin()
    decoder.event(name, text, 0, items, last)
    found: list[Any] = []
    for item in items:
        if isinstance(item, ErrorEvent) and errors == "raise":
            return Read(found, item.error, decoder)
        found.append(item.data if isinstance(item, RawEvent) else item.error)
    return Read(found, decoder.error, decoder)


def test_the_data_of_an_event_that_is_merged_is_json() -> None:
    """SPEC section 1, P8: "Not JSON: `InvalidJSON`". A ping may have a time, and an event of another shape anything."""
    body = b"event: content_block_delta\ndata: Bad Gateway\n\nevent: ping\ndata: 12:00\n\n"
    for dialect, kinds in (("anthropic", ["error", "raw"]), ("openai-chat", ["raw", "raw"]), (None, ["raw", "raw"])):
        stream = MessageStream(dialect, errors="event")
        assert [event.type for event in stream.feed(body)] == kinds
    assert ChunkParser().feed(body) == ["Bad Gateway", "12:00"]


@pytest.mark.parametrize(
    ("text", "found", "repairs"),
    [
        ('{"n": 1}', [{"n": 1}], {}),
        ("", [], {"empty_data": 1}),
        (": hi", [], {"comment_as_data": 1}),
        ("data: data: 1", [1], {"doubled_data_prefix": 1}),
        ("1\n2", [1, 2], {"missing_blank_line": 1}),
        ("[DONE]\n2", [], {"missing_blank_line": 1}),
        ("{}{}", [{}, {}], {"glued_texts": 1}),
        ("{x data: {}", [{}], {"truncated_frame": 1}),
        ('"{\\"n\\": 1}"', [{"n": 1}], {"encoded_twice": 1}),
        ('"{n"', ["{n"], {}),
        ("null", [], {"null_data": 1}),
        ('[1, "[DONE]", 2]', [1], {"array_of_payloads": 1}),
    ],
)
def test_what_is_certain_is_mended(text: str, found: list[Any], repairs: dict[str, int]) -> None:
    items, fault, decoder = read(text)
    assert (items, decoder.repairs, fault) == (found, repairs, None)
    assert decoder.count == len(found)
    assert decoder.done is ("[DONE]" in text)


@pytest.mark.parametrize(
    ("text", "name", "error", "before"),
    [
        ("{bad", "message", InvalidJSON, 0),
        ("{}bad", "message", InvalidJSON, 1),
        ("[1" + "0" * 5000 + "]x", "message", InvalidJSON, 0),
        ('{"error": "busy"}', "message", ProviderError, 0),
        ("busy", "error", ProviderError, 0),
        ("[]", "error", ProviderError, 0),
        ("null", "error", ProviderError, 0),
        ('{"error": "a "b""}', "message", ProviderError, 0),
    ],
)
def test_what_is_not_is_an_error(text: str, name: str, error: type[SsembleError], before: int) -> None:
    found = read(text, name)
    assert isinstance(found.error, error)
    assert len(found.items) == before
    skipped = read(text, name, "event")
    assert skipped.error is None
    assert [type(item) for item in skipped.items[before:]] == [error]


def test_glued_texts_that_the_decoder_refuses_are_errors() -> None:
    found = read("{}[NaN]", loads=orjson.loads)
    assert len(found.items) == 1
    assert isinstance(found.error, InvalidJSON)


def test_what_is_glued_behind_the_end_is_not_read() -> None:
    assert read("{}[DONE]{}").items == [{}]
    found = read('{}{"error": "busy"}{}')
    assert (found.items, type(found.error)) == ([{}], ProviderError)
    assert read("[1]\n[2]\n[DONE]\n[3]")[0] == [1, 2]


def test_a_decoder_that_is_wrong_in_itself_is_not_hidden() -> None:
    wrong: Any = json.load
    with pytest.raises(AttributeError):
        Decoder(wrong).json("{}")


@pytest.mark.parametrize(
    ("text", "name", "told"),
    [
        ("[1,2,{},[]]", "error", ["1", 2, {}, []]),
        ('[{"message":"x"},{"message":"y"},{"error":"busy"}]', "error", ["x", {"message": "y"}, "busy"]),
        ("[[]]", "error", ["[]"]),
        ("[1,2]", "message", [1, 2]),
        ("1\nx\n2\n{\nx", "message", [1, "x", 2]),
        ("x\ny", "message", ["x\\ny"]),
        ('1\nx\n{"error":"busy"}\nx', "message", [1, "x", "busy"]),
        ("{}{bad", "message", [{}, "{bad"]),
    ],
)
def test_an_event_tells_one_fault_of_each_kind(text: str, name: str, told: list[Any]) -> None:
    """An error takes some 1,000 bytes of memory, and an entry of an array or a line may have two."""
    items = read(text, name, "event").items
    words = [
        str(item).partition(": '")[2].partition("'")[0] if isinstance(item, InvalidJSON) else item for item in items
    ]
    assert [item.message if isinstance(item, ProviderError) else item for item in words] == told


def test_the_next_event_tells_its_own_fault() -> None:
    parser = ChunkParser(errors="event")
    stream = b"data: {x\n\ndata: {x\n\n{x\ndata: {x\n\n data: {} data: {x\ndata: {x\n\n{x\nerror: 1\n{x\n"
    items = [*parser.feed(stream), *parser.end()]
    faults = [item for item in items if isinstance(item, ErrorEvent) and isinstance(item.error, InvalidJSON)]
    assert len(faults) == 7


def test_many_texts_that_the_decoder_refuses_are_one_fault() -> None:
    found = read("[NaN]" * 3, errors="event", loads=orjson.loads)
    assert [type(item) for item in found.items] == [InvalidJSON]


def test_the_end_of_the_bytes_makes_bad_data_cut_data() -> None:
    assert isinstance(read("{bad", last=True).error, IncompleteStream)
    assert read("{}[DON", last=True).error is None
    assert isinstance(read("{}[D", last=False).error, InvalidJSON)


def test_a_name_makes_text_a_payload() -> None:
    assert read("10:00", "ping")[0] == ["10:00"]
    assert isinstance(read("{10:00", "ping").error, InvalidJSON)


def test_surrogates_and_depth() -> None:
    payloads = Decoder(orjson.loads)
    assert payloads.json(r'"\ud83d"') == "\ud83d"
    assert payloads.json(r'["\ud83d", Infinity]') is BAD
    assert payloads.json("{") is BAD
    assert Decoder(json.loads).json("[" * 100_000) is BAD


def test_errors_has_two_values() -> None:
    wrong: Any = "ignore"
    with pytest.raises(ValueError, match="errors is 'ignore': give 'raise' or 'event'"):
        ChunkParser(errors=wrong)


def test_the_cases_of_the_parser_are_many() -> None:
    assert len(WHOLE) + len(FAULTS) > 100


def test_of_a_list_nothing_is_read_behind_an_error() -> None:
    found = read('[1, {"error": "busy"}, 2]')
    assert (found.items, type(found.error)) == ([1], ProviderError)


def test_a_list_that_stands_alone_is_no_repair() -> None:
    payloads = Decoder(json.loads)
    items: list[RawEvent | ErrorEvent] = []
    payloads.payload("message", [1, 2], items, bare=True)
    assert (len(items), payloads.repairs) == (2, {})
