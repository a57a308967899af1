"""Server-sent events to decoded payloads."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import orjson
import pytest

import ssemble
from ssemble import (
    ChunkParser,
    ErrorEvent,
    IncompleteStream,
    InvalidJSON,
    LimitExceeded,
    Limits,
    ProviderError,
    SsembleError,
    iter_chunks,
)
from ssemble._chunks import Collector
from ssemble._payloads.sink import Sink

from .counting import assert_linear
from .helpers import all_chunkings, assert_movable, assert_same_error, assert_sticky, cuts, memory, run, sse
from .payloads.chunk_cases import FAULTS, WHOLE, A, B, C

whole = pytest.mark.parametrize(("data", "payloads", "repairs"), WHOLE.values(), ids=list(WHOLE))
faults = pytest.mark.parametrize(("data", "payloads", "error", "words", "offset"), FAULTS.values(), ids=list(FAULTS))


@whole
def test_payloads_however_cut(data: bytes, payloads: list[Any], repairs: dict[str, int]) -> None:
    assert all_chunkings(ChunkParser, data) == (payloads, None)
    for fragments in cuts(data):
        parser = ChunkParser()
        run(parser, fragments)
        assert parser.repairs == repairs
        assert parser.chunk_count == len(payloads)
        assert parser.ended is (b"[DONE]" in data)


@faults
def test_payloads_first_then_the_error(
    data: bytes, payloads: list[Any], error: type[SsembleError], words: str, offset: int | None
) -> None:
    items, described = all_chunkings(ChunkParser, data)
    assert items == payloads
    assert described is not None
    assert described.startswith(f"{error.__name__}: ")
    parser = ChunkParser()
    run(parser, [data])
    fault = assert_sticky(parser, error)
    assert parser.error is not None
    assert_same_error(fault, parser.error)
    assert words in str(fault)
    assert len(str(fault)) < 220
    assert getattr(fault, "offset", None) == offset
    if error is InvalidJSON:
        assert fault.__cause__ is not None


@whole
def test_a_parser_moves_at_every_byte(data: bytes, payloads: list[Any], repairs: dict[str, int]) -> None:
    assert_movable(ChunkParser, data)


@faults
def test_a_parser_with_a_fault_moves(
    data: bytes, payloads: list[Any], error: type[SsembleError], words: str, offset: int | None
) -> None:
    assert_movable(ChunkParser, data[:1000], step=1 if len(data) < 200 else 97)


@whole
def test_a_correct_stream_has_no_error_events(data: bytes, payloads: list[Any], repairs: dict[str, int]) -> None:
    assert run(ChunkParser(errors="event"), [data]) == (payloads, None)


def test_half_a_terminator_holds_no_payload() -> None:
    assert run(ChunkParser(), [sse(A) + b"data: [DO"]) == ([A], None)


def skipping(**options: Any) -> ChunkParser:
    return ChunkParser(errors="event", **options)


@pytest.mark.parametrize(
    ("data", "kinds"),
    [
        (sse(A, "{bad", B), [dict, InvalidJSON, dict]),
        (sse(A, {"error": "busy"}, B), [dict, ProviderError, dict]),
        (sse({**C, "error": "busy"}, B), [dict, ProviderError, dict]),
        (sse([A, {"error": "busy"}, B]), [dict, ProviderError, dict]),
        (b"event: error\ndata: busy\n\n" + sse(A), [ProviderError, dict]),
        (b"<h1>\n" + sse(A), [ProviderError, dict]),
        (sse(A) + b"{oh\n" + sse(A), [dict, InvalidJSON, dict]),
        (sse(A) + b"{oh\nerror: busy\n" + sse(A), [dict, InvalidJSON, ProviderError, dict]),
        (b"data: x\n\ndata: 1\ndata: x\ndata: 2\n\n", [InvalidJSON, int, InvalidJSON, int]),
    ],
)
def test_with_errors_as_events_the_stream_goes_on(data: bytes, kinds: list[type]) -> None:
    items, error = all_chunkings(skipping, data)
    assert error is None
    found = [type(item.error) if isinstance(item, ErrorEvent) else type(item) for item in skipping().feed(data)]
    assert found == kinds
    assert len(items) == len(kinds)


def test_errors_at_the_end_are_events_too() -> None:
    parser = skipping()
    assert parser.feed(b'<h1>\ndata: {"n') == []
    (event,) = parser.end()
    assert isinstance(event.error, ProviderError)
    assert isinstance(parser.error, IncompleteStream)


def test_an_error_that_no_event_can_tell_is_raised() -> None:
    for make in (ChunkParser, skipping):
        assert run(make(), [sse(A) + b"data: {"])[1] is not None
        parser = make(limits=Limits(max_event_size=10))
        parser.feed(b"data: 12345\n\n")
        assert_sticky(parser, LimitExceeded)


@pytest.mark.parametrize(
    ("data", "waited"), [(b'data: {"n": 1}\ndata: {"n', [A]), (b'data: {"n', [])], ids=["a payload", "nothing"]
)
def test_the_end_returns_what_waited_and_keeps_the_error(data: bytes, waited: list[Any]) -> None:
    parser = ChunkParser()
    assert parser.feed(data) == []
    assert parser.error is None
    assert parser.end() == waited
    assert_sticky(parser, IncompleteStream)


@pytest.mark.parametrize("data", [b"", sse(A), sse("[DONE]"), sse(A, "[DONE]")], ids=repr)
def test_what_comes_after_the_end_is_misuse(data: bytes) -> None:
    parser = ChunkParser()
    parser.feed(data)
    assert parser.end() == parser.end() == []
    for late in (b"", sse(A)):
        with pytest.raises(RuntimeError, match=r"feed\(\) after end\(\): make a new parser"):
            parser.feed(late)
    assert parser.error is None


@pytest.mark.parametrize(
    ("data", "event", "offset"),
    [
        (b'data: {"n', 1, 0),
        (sse(A) + b'data: {"n', 2, 16),
        (b'{"n":', 1, 0),
        (sse(A) + b'{"n":', 2, 16),
        (sse(A, "x"), 2, 16),
        (b"{oh\n" + sse(A), 1, 0),
    ],
    ids=repr,
)
def test_an_error_tells_which_event_and_where(data: bytes, event: int, offset: int) -> None:
    parser = ChunkParser()
    run(parser, [data])
    fault = parser.error
    assert isinstance(fault, (IncompleteStream, InvalidJSON))
    assert (fault.event, fault.offset) == (event, offset)
    repaired = isinstance(fault, IncompleteStream) and parser.framing == "sse"
    assert parser.repairs == ({"truncated_tail": 1} if repaired else {})


def test_an_error_field_is_a_repair() -> None:
    parser = ChunkParser()
    run(parser, [b"error: busy\n"])
    assert parser.repairs == {"error_field": 1}


def test_a_page_is_kept_whole_in_its_error() -> None:
    parser = ChunkParser()
    run(parser, [b"<h1>\noh</h1>\n"])
    fault = parser.error
    assert isinstance(fault, ProviderError)
    assert fault.raw == {"message": fault.message, "body": "<h1>\noh</h1>"}


@pytest.mark.parametrize("prefix", [b"data: ", b'{"te data: data: '], ids=["doubled", "glued"])
def test_what_is_put_right_and_still_bad_is_where_it_was_sent(prefix: bytes) -> None:
    parser = ChunkParser()
    parser.feed(sse(A, prefix + b"{bad"))
    assert isinstance(parser.error, InvalidJSON)
    assert (parser.error.offset, parser.error.event) == (16, 2)


@pytest.mark.parametrize(
    ("data", "payloads", "fails"),
    [
        (b"data: 1234\n\n", [1234], False),
        (b"data: 12345\n\n", [], True),
        (b"data: 1\n\n" * 9, [1] * 9, False),
        (b"data: 1\n\n{\n" + b"x\n" * 4, [1], True),  # a body counts as one event
        (b"data: 1\n\n{\n" + b"x\n" * 5, [1], True),
    ],
)
def test_max_event_size(data: bytes, payloads: list[Any], fails: bool) -> None:
    items, error = all_chunkings(lambda: ChunkParser(limits=Limits(max_event_size=10)), data)
    assert items == payloads
    assert bool(error) is fails


def test_a_body_is_bounded_as_one_event() -> None:
    at_the_limit = b"{\n" + b"x\n" * 4  # 10 characters, line ends included
    assert ChunkParser(limits=Limits(max_event_size=10)).feed(at_the_limit) == []
    parser = ChunkParser(limits=Limits(max_event_size=10), framing="sse")
    parser.feed(at_the_limit)
    assert parser.error is None
    parser.feed(b"x\n")
    fault = assert_sticky(parser, LimitExceeded)
    assert isinstance(fault, LimitExceeded)
    assert "max_event_size (10 bytes)" in str(fault)
    cut = ChunkParser(limits=Limits(max_event_size=10))
    run(cut, [b'{"a":\n"bcde'])
    assert isinstance(cut.error, LimitExceeded), "not that the body is cut off"
    wide = ChunkParser(limits=Limits(max_event_size=10))
    wide.feed("{\néééé\n".encode())
    assert isinstance(wide.error, LimitExceeded), "bytes, not characters"
    again = skipping(limits=Limits(max_event_size=10), framing="sse")
    assert [type(item) for item in again.feed(b"{\n\n" + sse("1") + at_the_limit)] == [ErrorEvent, int]
    assert again.error is None, "each body by itself"
    assert (fault.offset, fault.event) == (0, 1)
    with pytest.raises(ValueError, match=r"^max_event_size is 0"):
        ChunkParser(limits=Limits(max_event_size=0))
    ChunkParser(limits=Limits(max_event_size=None)).feed(b"data: " + b"1" * 1000 + b"\n\n")


@pytest.mark.parametrize("loads", [json.loads, orjson.loads, msgspec.json.decode], ids=["json", "orjson", "msgspec"])
def test_decoders_that_plug_in(loads: Any) -> None:
    for data, payloads, _ in WHOLE.values():
        assert run(ChunkParser(loads=loads), [data]) == (payloads, None)
    parser = ChunkParser(loads=loads)
    parser.feed(sse("{bad"))
    fault = assert_sticky(parser, InvalidJSON)
    assert isinstance(fault.__cause__, ValueError)
    assert_movable(lambda: ChunkParser(loads=loads), sse(A, "{bad"))


def test_what_a_decoder_raises_means_bad_json() -> None:
    def loads(text: str) -> Any:
        raise LookupError(text)

    parser = ChunkParser(loads=loads)
    parser.feed(sse(A))
    assert isinstance(assert_sticky(parser, InvalidJSON).__cause__, LookupError)


def test_a_decoder_that_is_wrong_in_itself_is_not_hidden() -> None:
    wrong: Any = json.load
    with pytest.raises(AttributeError):
        ChunkParser(loads=wrong).feed(sse(A))
    with pytest.raises(AttributeError):
        ssemble.ToolCall("c", "function", "f", "{}").parse_arguments(wrong)


@pytest.mark.parametrize("loads", [orjson.loads, msgspec.json.decode])
def test_half_a_pair_is_read_by_json_where_a_decoder_refuses_it(loads: Any) -> None:
    assert ChunkParser(loads=loads).feed(sse(r'{"t": "\ud83d"}')) == [{"t": "\ud83d"}]
    parser = ChunkParser(loads=loads)
    assert parser.feed(sse(r'{"t": "\ud83d", "n": NaN}')) == []
    assert isinstance(parser.error, InvalidJSON)


def test_a_decoder_that_changes_its_mind_still_makes_an_error() -> None:
    causes = []
    for refusals in range(1, 6):
        answers = iter([ValueError("no")] * refusals)

        def loads(text: str, answers: Any = answers) -> Any:
            for error in answers:
                raise error
            return {}

        parser = ChunkParser(loads=loads)
        items = parser.feed(b"data: {bad\n\n")
        if parser.error is not None:
            causes.append(assert_sticky(parser, InvalidJSON).__cause__)
        assert items == [{}] or parser.error is not None
    assert None in causes


@pytest.mark.parametrize("errors", ["ignore", None, True])
def test_another_way_with_errors_is_refused(errors: Any) -> None:
    with pytest.raises(ValueError, match=r"errors is .*'raise' or 'event'"):
        ChunkParser(errors=errors)


def test_a_wrong_type_changes_nothing() -> None:
    parser = ChunkParser()
    wrong: Any = "data: 1\n\n"
    with pytest.raises(TypeError, match="takes bytes"):
        parser.feed(wrong)
    assert parser.feed(b"data: 1\n\n") == [1]


@pytest.mark.parametrize(
    "payload",
    ['[{"n": ' * 400 + "1" + "}]" * 400, '{"error": ' * 900 + "1" + "}" * 900, "[" * 970 + "]" * 970],
    ids=["both", "errors", "lists"],
)
@pytest.mark.parametrize("loads", [json.loads, msgspec.json.decode], ids=["json", "msgspec"])
def test_deep_nesting_raises_only_our_errors(payload: str, loads: Any) -> None:
    for errors in ("raise", "event"):
        run(ChunkParser(loads=loads, errors=errors), [sse(payload)])


@pytest.mark.parametrize(
    "payload",
    ["[" * 1010 + "]" * 1010, '{"error":' + "[" * 1010 + "]" * 1010 + "}", '{"message":' * 1010 + "1" + "}" * 1010],
    ids=["list", "repr", "words"],
)
def test_nesting_that_only_the_decoder_bounds(payload: str) -> None:
    for parser in (ChunkParser(loads=orjson.loads), ChunkParser(loads=orjson.loads, errors="event")):
        events = parser.feed(b"event: error\n" + sse(payload))
        found: list[SsembleError] = [event.error for event in events if isinstance(event, ErrorEvent)]
        if parser.error is not None:
            found.append(assert_sticky(parser, ProviderError))
        assert all(len(str(error)) < 200 for error in found)
        assert [type(error) for error in found] == [ProviderError]


@pytest.mark.parametrize("head", [b"<title", b"<title>", b"<html><title>", b"<p>"])
@pytest.mark.parametrize("repeated", [b"<title", b"<title>", b" ", b"\t<title> ", b"</titl"])
def test_a_page_is_searched_for_its_title_with_linear_work(head: bytes, repeated: bytes) -> None:
    def work(count: int) -> None:
        with pytest.raises(ProviderError):
            list(iter_chunks(head + repeated * count))

    assert_linear(work, 100)


def test_doubled_prefixes_are_taken_off_with_linear_work() -> None:
    def work(count: int) -> None:
        assert list(iter_chunks(b"data: " + b"data: " * count + b"{}\n\n")) == [{}]

    assert_linear(work, 1000)


def test_an_error_is_freed_without_the_garbage_collector() -> None:
    items = ChunkParser(errors="event").feed(b"data: {\n\n")
    assert items[0].error.__cause__.__traceback__ is None


def test_short_lines_of_a_body_take_no_more_than_their_text() -> None:
    parser = ChunkParser()
    line = "字\n".encode()
    fragments = [b"<p>\n"] + [line * 100] * 200

    def work() -> None:
        for fragment in fragments:
            parser.feed(fragment)

    assert memory(work) < 10 * sum(map(len, fragments))  # each line alone would take 80 bytes
    assert parser.end() == []
    fault = assert_sticky(parser, ProviderError)
    assert isinstance(fault, ProviderError)
    assert fault.raw["body"].split("\n") == ["<p>"] + ["字"] * 20_000


def test_bytes_after_the_end_are_told_at_the_end_too() -> None:
    for tail, after in ((b"data: 1", 1), (b"data: [DONE]", 0), (b": hi", 0), (b"<h1>", 1)):
        parser = ChunkParser()
        parser.feed(sse(A, "[DONE]") + tail)
        assert parser.end() == []
        assert parser.repairs == ({"bytes_after_terminator": 1} if after else {})
        assert parser.ended


def test_an_event_larger_than_the_limit_after_the_end_is_no_error() -> None:
    parser = ChunkParser(limits=Limits(max_event_size=20))
    assert parser.feed(sse("[DONE]") + b"data: " + b"x" * 100) == []
    assert (parser.feed(b"x"), parser.end(), parser.error) == ([], [], None)


def test_after_an_error_at_the_end_nothing_is_read() -> None:
    parser = ChunkParser()
    assert parser.feed(b"event: x\nerror: busy") == []
    assert parser.end() == []
    assert isinstance(parser.error, ProviderError)


@pytest.mark.parametrize(
    ("data", "end", "shown"),
    [
        (b"", False, "<ChunkParser open, 0 chunks>"),
        (sse(A, A), False, "<ChunkParser open, 2 chunks>"),
        (sse(A), True, "<ChunkParser ended, 1 chunks>"),
        (sse(A, "[DONE]"), False, "<ChunkParser ended, 1 chunks>"),
        (sse(A, "{bad"), True, "<ChunkParser failed, 1 chunks>"),
    ],
)
def test_it_shows_how_far_it_is(data: bytes, end: bool, shown: str) -> None:
    parser = ChunkParser()
    parser.feed(data)
    if end:
        parser.end()
    assert repr(parser) == shown


def test_payloads_are_never_bound() -> None:
    """A parser of payloads gives each of them; templates would hide them."""
    sink: Sink = Collector(skip=True)
    assert sink.bind({"a": 1}, "message") is None
    parser = ChunkParser()
    assert [parser.feed(sse({"a": text})) for text in "abcdefgh"] == [[{"a": text}] for text in "abcdefgh"]
