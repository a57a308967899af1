"""Lines that are no fields of an event stream."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ssemble import (
    ChunkParser,
    ErrorEvent,
    IncompleteStream,
    InvalidJSON,
    LimitExceeded,
    ProviderError,
    RawEvent,
    SsembleError,
)
from ssemble._framing.event import ServerSentEvent, UnknownField
from ssemble._payloads.decoder import Decoder
from ssemble._payloads.stray import LINE, StrayLines

from ..helpers import cuts, run, sse
from .chunk_cases import FAULTS, WHOLE

BODIES = {**{name: case[0] for name, case in WHOLE.items()}, **{name: case[0] for name, case in FAULTS.items()}}


@pytest.mark.parametrize("data", BODIES.values(), ids=list(BODIES))
@pytest.mark.parametrize("errors", ["raise", "event"])
def test_no_cut_changes_what_lines_mean(data: bytes, errors: Any) -> None:
    results = []
    for fragments in cuts(data):
        parser = ChunkParser(errors=errors)
        items, error = run(parser, fragments)
        results.append((items, error, parser.repairs, parser._payloads.last_line, parser._payloads.doubt))
    assert all(repr(result) == repr(results[0]) for result in results)


class Reader:
    """Stray lines with what stands around them."""

    def __init__(self, errors: str = "raise", limit: int = 1000) -> None:
        self.errors = errors
        self.payloads = Decoder(json.loads)
        self.stray = StrayLines(self.payloads, limit)
        self.items: list[RawEvent | ErrorEvent] = []

    def line(self, text: str, in_event: bool = False, last: bool = False) -> Reader:
        self.stray.line(UnknownField(text, 0, in_event), self.items, last)
        return self

    def event(self, data: str, name: str = "message") -> tuple[str, str]:
        return self.stray.event(ServerSentEvent(data, name), self.items)

    def finish(self) -> SsembleError | None:
        self.stray.finish(self.items)
        return self.error

    @property
    def error(self) -> SsembleError | None:
        """The first error, as a stream meets it that stops there."""
        faults = [item.error for item in self.items if isinstance(item, ErrorEvent)]
        return faults[0] if faults and self.errors == "raise" else self.payloads.error


@pytest.mark.parametrize(
    ("texts", "is_open"),
    [
        ([""], False),
        (["hello"], False),
        (["{"], True),
        (["{}"], False),
        (["event: error"], True),
        (["event: x"], False),
    ],
)
def test_it_is_open_while_more_may_belong_to_it(texts: list[str], is_open: bool) -> None:
    reader = Reader()
    for text in texts:
        reader.line(text)
    assert reader.stray.open is is_open


def test_the_beginning_of_a_field_is_no_line_at_the_end() -> None:
    for text in ("d", "data", "even", "retry", "id"):
        assert Reader().line(text, last=True).finish() is None
    assert isinstance(Reader().line("dates", last=True).finish(), ProviderError)
    assert isinstance(Reader().line("d").finish(), ProviderError), "this one is whole"


def test_lines_in_an_event_belong_to_it_only_if_its_data_is_an_error_not_escaped() -> None:
    reader = Reader().line("x", in_event=True).line("y", in_event=True)
    assert reader.stray.open
    assert reader.event('{"error": "a') == ("message", '{"error": "a\nx\ny')
    reader = Reader().line("x", in_event=True)
    assert reader.event("{}") == ("message", "{}")
    assert reader.payloads.repairs == {"ignored_line": 1}
    reader = Reader().line("x", in_event=True)
    assert isinstance(reader.finish(), ProviderError)


def test_lines_are_bounded() -> None:
    for begin in ("{", "<p>"):
        reader = Reader(limit=10).line(begin)
        for _ in range(9):
            reader.line("x")
        assert isinstance(reader.error, LimitExceeded)
    reader = Reader(limit=10)
    for _ in range(6):
        reader.line("x", in_event=True)
    assert isinstance(reader.error, LimitExceeded)
    reader = Reader(limit=3 * (LINE + 1))  # a line that is kept on its own takes more than its text
    for _ in range(3):
        assert reader.line("x", in_event=True).error is None
    reader.line("x", in_event=True)
    assert isinstance(reader.error, LimitExceeded)
    assert isinstance(Reader(limit=10).line("{" + "x" * 20).error, LimitExceeded)


def test_an_event_named_an_error_takes_the_data_that_follows() -> None:
    reader = Reader().line("event: error")
    assert reader.event('{"reason": "busy"}') == ("error", '{"reason": "busy"}')
    for text, name in (('{"choices": [{}]}', "message"), ("[DONE]", "message"), ('{"a": 1}', "ping")):
        reader = Reader("event").line("event: error")
        assert reader.event(text, name) == (name, text)
        (item,) = reader.items
        assert isinstance(item, ErrorEvent)
        assert "gave no reason" in str(item.error)
    reader = Reader("event").line("event: error")
    reader.payloads.done = True
    reader.stray.event(ServerSentEvent("x"), reader.items)
    assert reader.items == []


def test_a_body_ends_with_the_next_event_or_error() -> None:
    reader = Reader("event").line('{"a":')
    reader.event("{}")
    (item,) = reader.items
    assert isinstance(item, ErrorEvent)
    assert isinstance(item.error, InvalidJSON)
    assert isinstance(Reader().line("{oh").line("error: busy").error, InvalidJSON)
    reader = Reader().line('{"a":').line("1}").line("{").line('"b": [DONE]').line("x")
    assert isinstance(reader.finish(), InvalidJSON)


def test_of_several_texts_in_a_body_none_is_read_after_an_error() -> None:
    reader = Reader().line('{"error":').line('"busy"}').line('{"a": 1}')
    assert isinstance(reader.finish(), ProviderError)
    parser = ChunkParser()
    assert parser.feed(b'{"error":\n"busy"}\n{"a": 1}\n') + parser.end() == []
    assert isinstance(parser.error, ProviderError)


@pytest.mark.parametrize(
    ("status", "error"), [("HTTP/2 200", None), ("HTTP/2 429 Slow down", ProviderError)], ids=["fine", "refused"]
)
def test_headers_alone_are_an_error_only_if_they_say_so(status: str, error: Any) -> None:
    found = Reader().line(status).line("server: x").finish()
    assert found is None if error is None else isinstance(found, error)


def test_lines_after_the_end_are_not_read() -> None:
    reader = Reader()
    reader.payloads.done = True
    reader.line("error: busy").line("{}")
    assert (reader.items, reader.finish(), reader.payloads.repairs) == ([], None, {})


def test_a_page_of_text_is_none_once_a_payload_came() -> None:
    parser = ChunkParser()
    assert parser.feed(b"oh\n" + sse({"n": 1})) == [{"n": 1}]
    assert parser.end() == []
    assert parser.error is None


def test_a_bare_body_in_the_middle_of_a_stream_is_a_repair() -> None:
    parser = ChunkParser()
    assert parser.feed(sse({"n": 1}) + b'{"n": 2}\n') == [{"n": 1}, {"n": 2}]
    assert parser.repairs == {"bare_json": 1}


def test_what_follows_a_whole_body_is_ignored_unless_it_may_be_json() -> None:
    reader = Reader().line('{"n":').line("1}").line("200 0.1s")
    assert reader.finish() is None
    assert (reader.payloads.count, reader.stray.last) == (1, "200 0.1s\n".strip())
    assert reader.payloads.repairs == {"ignored_line": 1}
    assert isinstance(Reader().line('{"n":').line("1}").line("{x").finish(), InvalidJSON)


def test_a_body_that_ends_inside_its_json_is_incomplete() -> None:
    parser = ChunkParser(framing="sse")
    assert parser.feed(b'{"n":\n[1,\n') + parser.end() == []
    assert isinstance(parser.error, IncompleteStream)


def refusing(text: str) -> Any:
    """A decoder that is stricter than the search for texts."""
    if "2" in text:
        raise ValueError("no 2")
    return json.loads(text)


@pytest.mark.parametrize(
    ("data", "items", "error", "repairs"),
    [
        (b'{"n": 1}\n{data:[DONE]\n', [{"n": 1}], None, {"truncated_frame": 1}),
        (b"{data:[DONE]", [], None, {"truncated_frame": 1}),
        (b'{"n":\n1}{"n": 2}\n{"n": 3}\n', [{"n": 1}], InvalidJSON, {}),
    ],
)
def test_what_is_found_in_a_body_is_a_payload_the_terminator_or_an_error(
    data: bytes, items: list[Any], error: type[SsembleError] | None, repairs: dict[str, int]
) -> None:
    for fragments in cuts(data):
        parser = ChunkParser(loads=refusing, framing="sse")
        found = [item for fragment in fragments for item in parser.feed(fragment)] + parser.end()
        assert (found, parser.repairs, parser.ended) == (items, repairs, error is None)
        assert isinstance(parser.error, error or type(None))
