"""Framing equals the specification, on any bytes, cut anywhere."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ssemble import Comment, Limits, ServerSentEvent, SSEParser
from ssemble._framing.lines import LineSplitter
from tests.framing.framed import Framed
from tests.framing.whatwg import Outcome, interpret
from tests.helpers import run
from tests.strategies import cut_sse_bytes, cuttings, sse_bytes


def read(fragments: list[bytes], flush: bool = False) -> Outcome:
    parser = SSEParser(comments=True, flush=flush)
    items = [item for fragment in fragments for item in parser.feed(fragment)] + parser.end()
    events = [item for item in items if isinstance(item, ServerSentEvent)]
    told = [(event.event, event.data, event.id) for event in events]
    comments = [item.text for item in items if isinstance(item, Comment)]
    return Outcome(told, comments, parser.retry, parser.last_event_id, [event.retry for event in events])


@given(cut_sse_bytes())
def test_equals_the_oracle_at_any_cut(body: tuple[bytes, list[bytes]]) -> None:
    whole, fragments = body
    expected = interpret(whole)
    assert read([whole]) == expected
    assert read(fragments) == expected
    assert read([whole[i : i + 1] for i in range(len(whole))]) == expected


@given(cut_sse_bytes())
def test_flush_equals_the_oracle_with_the_blank_line_that_is_missing(body: tuple[bytes, list[bytes]]) -> None:
    whole, fragments = body
    assert read(fragments, flush=True) == interpret(whole + b"\n\n")


@given(cut_sse_bytes())
def test_lines_do_not_depend_on_the_cuts(body: tuple[bytes, list[bytes]]) -> None:
    whole, fragments = body

    def split(pieces: list[bytes]) -> list[bytes]:
        lines = LineSplitter()
        return [line for piece in pieces for line in lines.feed(piece)] + lines.end(flush=True)

    assert split(fragments) == split([whole])
    assert b"\n".join(split([whole])).count(b"\r") == 0


@given(cut_sse_bytes())
def test_offsets_and_pending_point_into_the_bytes(body: tuple[bytes, list[bytes]]) -> None:
    whole, fragments = body
    parser = SSEParser()
    fed = 0
    offsets = []
    for fragment in fragments:
        offsets += [event.offset for event in parser.feed(fragment)]
        fed += len(fragment)
        assert 0 <= parser.pending <= fed
    assert offsets == [event.offset for event in SSEParser().feed(whole)]
    for offset in offsets:
        assert offset is not None
        assert whole[offset : offset + 1] not in (b"\n", b"\r", b"")
        assert offset == 0 or whole[:offset].endswith((b"\n", b"\r", b"\xef\xbb\xbf"))


values = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
names = values.filter(lambda value: not set(value) & set("\r\n"))


@given(sse_bytes())
def test_a_stream_that_is_encoded_event_by_event_parses_back(body: bytes) -> None:
    events = SSEParser().feed(body)
    assert SSEParser().feed(b"".join(event.encode() for event in events)) == events


ids = names.filter(lambda value: "\0" not in value)
retries = st.none() | st.integers(0, 10**640 - 1)
plain_data = values.map(lambda value: value.replace("\r", "\n"))


@given(st.lists(st.builds(ServerSentEvent, plain_data, names.filter(bool), ids, retry=retries), max_size=6))
def test_any_events_with_ids_parse_back_in_sequence(events: list[ServerSentEvent]) -> None:
    assert SSEParser().feed(b"".join(event.encode() for event in events)) == events


@given(data=values, event=names.filter(bool), id=names.filter(lambda value: "\0" not in value))
def test_what_is_encoded_parses_back(data: str, event: str, id: str) -> None:
    written = ServerSentEvent(data, event, id)
    normal = data.replace("\r\n", "\n").replace("\r", "\n")
    assert SSEParser().feed(written.encode()) == [ServerSentEvent(normal, event, id)]


@given(values)
def test_a_comment_that_is_encoded_parses_back(text: str) -> None:
    items = SSEParser(comments=True).feed(Comment(text).encode())
    normal = text.replace("\r\n", "\n").replace("\r", "\n")
    assert items == [Comment(line) for line in normal.split("\n")]


@given(st.data(), sse_bytes(), st.integers(1, 12), st.booleans(), st.booleans(), st.booleans(), st.booleans())
def test_a_limit_is_met_at_the_same_byte_at_any_cut(
    data: st.DataObject, body: bytes, limit: int, comments: bool, ignored: bool, flush: bool, templates: bool
) -> None:
    def read_in(fragments: list[bytes], templates: bool) -> tuple[Any, ...]:
        limits = Limits(max_event_size=limit)
        parser = Framed(limits=limits, comments=comments, unknown=ignored, flush=flush, raw=templates)
        outcome = run(parser, fragments)
        return *outcome, str(parser.error), parser.blocks.retry, parser.blocks.last_event_id

    whole = read_in([body], False)
    assert read_in(data.draw(cuttings(body)), templates) == whole
    assert read_in([body[i : i + 1] for i in range(len(body))], templates) == whole


@given(cut_sse_bytes())
def test_what_nobody_wants_changes_nothing_and_is_not_kept(body: tuple[bytes, list[bytes]]) -> None:
    fragments = body[1]
    wanting = Framed(comments=True)
    plain = Framed(unknown=False)
    for fragment in fragments:
        expected = [item for item in wanting.feed(fragment) if isinstance(item, ServerSentEvent)]
        told = plain.feed(fragment)
        assert told == expected
        assert [getattr(item, "offset", None) for item in told] == [item.offset for item in expected]
        assert plain.state() == wanting.state()
