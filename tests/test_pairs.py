"""`MessageStream.feed_chunks`: each chunk beside its events, and the same stream otherwise."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ssemble
from ssemble import ChunkParser, ErrorEvent, MessageStream, TextDelta
from ssemble._assembly import Assembly
from ssemble._pairs import Pairs

from .helpers import WRONG, chunk, sse
from .strategies import cuttings
from .stream_cases import FAULTS, WHOLE
from .trace import comparable

Found = list[tuple[Any, list[ssemble.StreamEvent]]]
BODIES = [body for body, *_ in (*WHOLE.values(), *FAULTS.values())]


def paired(stream: MessageStream, fragments: list[bytes]) -> Found:
    pairs: Found = []
    for fragment in fragments:
        if stream.error is None:
            pairs += stream.feed_chunks(fragment)
    return pairs + stream.end_chunks()


def fed(stream: MessageStream, fragments: list[bytes]) -> list[ssemble.StreamEvent]:
    events: list[ssemble.StreamEvent] = []
    for fragment in fragments:
        if stream.error is None:
            events += stream.feed(fragment)
    return events + stream.end()


@pytest.mark.parametrize("body", BODIES, ids=[*WHOLE, *FAULTS])
@pytest.mark.parametrize("errors", ["raise", "event"])
@given(data=st.data())
def test_the_events_and_the_chunks_are_those_of_the_layers(body: bytes, errors: Any, data: st.DataObject) -> None:
    fragments = data.draw(cuttings(body))
    stream, usual, chunks = MessageStream(errors=errors), MessageStream(errors=errors), ChunkParser(errors="event")
    pairs = paired(stream, fragments)
    events = fed(usual, fragments)
    assert [comparable(event) for _, found in pairs for event in found] == [comparable(event) for event in events]
    assert (stream.completion(), stream.repairs, stream.chunk_count) == (
        usual.completion(), usual.repairs, usual.chunk_count,
    )  # fmt: skip
    found = [each for each in (*chunks.feed(body), *chunks.end()) if not isinstance(each, ErrorEvent)]
    given = [each for each, _ in pairs if each is not None]
    assert given == found[: len(given)]
    assert len(given) == len(found) or stream.error is not None


def test_a_chunk_is_the_callers() -> None:
    stream = MessageStream()
    for payload in (chunk({"content": "a", "x": [{"y": 1}]}), {"type": "other", "x": [1]}):
        [(given, events)] = stream.feed_chunks(sse(payload))
        assert given == payload
        given.clear()
        if events[-1].type == "raw":
            assert events[-1].data == payload
    assert stream.completion().to_dict()["choices"][0]["message"]["x"] == [{"y": 1}]


def test_no_payload_may_be_taken_without_being_decoded() -> None:
    assembly = Assembly(None, errors="raise", limits=ssemble.Limits(), n=None, cumulative=False)
    assembly.add(chunk({"content": "a"}), "message", [], 0)
    assembly.add(chunk({"content": "b"}), "message", [], 0)
    assert Pairs(assembly).bind(chunk({"content": "b"}), "message") is None


def test_it_may_follow_feed() -> None:
    stream = MessageStream()
    texts = [sse(chunk({"content": f"{number}"})) for number in range(9)]
    for data in texts[:5]:
        stream.feed(data)
    assert [stream.feed_chunks(data) for data in texts[5:]] == [
        [(chunk({"content": f"{number}"}), [TextDelta(f"{number}")])] for number in range(5, 9)
    ]
    assert stream.feed(texts[0]) == [TextDelta("0")]


def test_after_an_error_and_after_the_end() -> None:
    stream = MessageStream()
    assert stream.feed_chunks(sse("{bad")) == []
    with pytest.raises(ssemble.InvalidJSON):
        stream.feed_chunks(b"")
    assert stream.end_chunks() == []
    ended = MessageStream()
    ended.feed(sse(chunk({"content": "a"}, "stop")))
    ended.end()
    with pytest.raises(RuntimeError, match="use a new MessageStream"):
        ended.feed_chunks(b"x")


@given(st.lists(st.sampled_from(WRONG), max_size=5))
def test_payloads_of_every_kind(payloads: list[Any]) -> None:
    body = sse(*({"choices": each} for each in payloads))
    stream, usual = MessageStream(errors="event"), MessageStream(errors="event")
    events = [comparable(event) for _, found in paired(stream, [body]) for event in found]
    assert events == [comparable(event) for event in fed(usual, [body])]
