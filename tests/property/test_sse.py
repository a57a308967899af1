"""Framing equals the specification, on any bytes, cut anywhere."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ssemble import Comment, LineSplitter, ServerSentEvent, SSEParser
from tests.oracle import Outcome, interpret
from tests.strategies import cut_sse_bytes


def read(fragments: list[bytes], flush: bool = False) -> Outcome:
    parser = SSEParser(comments=True)
    items = [item for fragment in fragments for item in parser.feed(fragment)] + parser.close(flush)
    events = [(item.event, item.data, item.id) for item in items if isinstance(item, ServerSentEvent)]
    comments = [item.text for item in items if isinstance(item, Comment)]
    return Outcome(events, comments, parser.retry, parser.last_event_id)


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
        return [line for piece in pieces for line in lines.feed(piece)] + lines.close(flush=True)

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
