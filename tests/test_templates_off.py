"""Streams with templates and without: all that a caller can see is the same, and templates are used."""

from __future__ import annotations

import contextlib
import functools
import json
import re
import sys
from collections.abc import Callable
from typing import Any

import msgspec
import orjson
import pytest

import ssemble
from ssemble import Limits, MessageStream
from ssemble._payloads import learned

from .differential import both, by_template, counts, events, merging, said
from .frame_cases import ABC, CALLS, DONE, FRAMES, LINE, MERGED, forms, like
from .helpers import MOVES, call, chunk, run
from .plain import make_stream
from .trace import trace

pytestmark = pytest.mark.usefixtures("learning_at_once")
frames = pytest.mark.parametrize("body", FRAMES.values(), ids=list(FRAMES))


def pieces(body: bytes) -> list[bytes]:
    """The events of a body, more or less: each fragment ends where a blank line does."""
    return re.split(rb"(?<=\n\n)|(?<=\r\n\r\n)", body)


OPTIONS: dict[str, dict[str, Any]] = {
    "by default": {},
    "errors as events": {"errors": "event"},
    "one answer": {"n": 1},
    "cumulative": {"cumulative": True},
    "a named dialect": {"dialect": "openai-chat"},
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=list(OPTIONS))
@frames
def test_nothing_differs(body: bytes, options: dict[str, Any]) -> None:
    both(pieces(body), **options)


@frames
def test_nothing_differs_wherever_it_is_cut(body: bytes) -> None:
    errors: Any = "event"
    plain = trace([body], templates=False, errors=errors)
    for at in range(0, len(body), 1 + len(body) // 120):
        assert trace([body[:at], body[at:]], errors=errors) == plain
    single = [body[at : at + 1] for at in range(min(len(body), 1500))]
    assert trace(single, errors=errors) == trace(single, errors=errors, templates=False)
    assert counts(single, errors=errors) == counts(single, errors=errors, templates=False)


@pytest.mark.parametrize("kind", [bytearray, memoryview])
@frames
def test_nothing_differs_where_kinds_of_bytes_take_turns(body: bytes, kind: Any) -> None:
    for parts in (pieces(body), [body[at : at + 70] for at in range(0, len(body), 70)]):
        for first in (0, 1):
            turns = [part if number % 2 == first else kind(part) for number, part in enumerate(parts)]
            assert trace(turns) == trace(parts)
            assert counts(turns) == counts(parts)


@functools.wraps(orjson.loads)
def wrapping(text: str) -> Any:
    """By its module, one of orjson's."""
    return orjson.loads(text.replace("bc", "BC"))


DECODERS: dict[str, Callable[[str], Any]] = {
    "json": json.loads,
    "orjson": orjson.loads,
    "msgspec": msgspec.json.decode,
    "a method": msgspec.json.Decoder().decode,
    "a function": lambda text: json.loads(text),
    "a partial": functools.partial(json.loads, parse_float=str),
    "one of no module": json.loads.__call__,  # type: ignore[operator]  # a function has this method
    "lax": functools.partial(json.loads, strict=False),
    "one that upper-cases": lambda text: json.loads(text.replace("bc", "BC")),
    "one that wraps another": wrapping,
    "one that remembers": functools.lru_cache(orjson.loads),
    "one that gives nothing": lambda text: None,
}


@pytest.mark.parametrize("loads", DECODERS.values(), ids=list(DECODERS))
@frames
def test_nothing_differs_with_another_decoder(body: bytes, loads: Any) -> None:
    plain = trace([body], loads=loads, errors="event", templates=False)
    for cut in ([body], pieces(body)):
        assert trace(cut, loads=loads, errors="event") == plain


@pytest.mark.parametrize(
    ("decoder", "short"), [("json", 3), ("orjson", 3), ("msgspec", 3), ("a function", 0), ("one that wraps another", 0)]
)
def test_only_known_decoders_are_learned_from(decoder: str, short: int) -> None:
    assert by_template(events(*said(*"abcd")), loads=DECODERS[decoder]) == short


# How often templates are used.


@pytest.mark.parametrize(("fragments", "texts"), MERGED.values(), ids=list(MERGED))
def test_few_chunks_are_merged_as_a_whole(fragments: list[bytes], texts: str) -> None:
    for cut in (fragments, [b"".join(fragments)]):
        with merging() as chunks:
            counts(cut, errors="event")
        assert len(chunks) <= len(texts) + 2
    both(fragments, errors="event")


@pytest.mark.parametrize(
    ("fragments", "short"),
    [
        (events(*said(*"abcdefghij")), 9),
        ([b"".join(events(*said(*"abcdefghij")))], 9),
        (pieces(like(b"\r\n\r\n")), 3),
        ([like(b"\r\n\r\n")], 3),
        ([LINE[at : at + 30] for at in range(0, len(LINE), 30)], 3),
        ([LINE[:70], LINE[70:]], 3),
        (pieces(CALLS), 3),
        ([b": hi\n\n", *ABC, b": hi\n\n", *ABC], 7),
        ([LINE, *events({"type": "ping"}), LINE], 6),
        ([*ABC, *events(chunk({}, "stop")), *ABC], 6),
        (events(*(chunk({"content": text}, index=n % 2) for n, text in enumerate("abcdefgh"))), 6),
        ([memoryview(each) for each in ABC], 0),
        ([bytearray(each) for each in ABC], 0),
    ],
    ids=["by event", "at once", "CRLF by event", "CRLF at once", "in pieces", "in two", "calls", "comments", "something else between", "a finish between", "turns", "memory views", "byte arrays"],
)  # fmt: skip
def test_how_many_chunks_are_merged_by_template(fragments: list[bytes], short: int) -> None:
    assert by_template(fragments) >= short - 1
    both([bytes(each) for each in fragments])


@pytest.mark.parametrize("errors", ["raise", "event"])
@pytest.mark.parametrize("place", ["object", "p", "obfuscation", "index"])
def test_nesting_that_the_decoder_takes_but_learning_does_not(place: str, errors: Any) -> None:
    for depth in range(sys.getrecursionlimit() - 150, sys.getrecursionlimit()):
        deep = '{"a":' * depth + "1" + "}" * depth
        text = said("a")[0]
        (text["choices"][0]["delta"] if place == "index" else text)[place] = "deep"
        stream = MessageStream(errors=errors)
        with contextlib.suppress(ssemble.SsembleError):
            for event in events(*[json.dumps(text).replace('"deep"', deep)] * 3):
                stream.feed(event)


def test_nesting_that_learning_does_not_take_is_merged_as_usual() -> None:
    """What such a chunk says of the message holds until another says otherwise."""
    shallow = said("a", x=1)[0]
    for depth in range(sys.getrecursionlimit() - 150, sys.getrecursionlimit()):
        deep = json.dumps({**shallow, "x": 2, "object": "deep"}).replace('"deep"', '{"a":' * depth + "1" + "}" * depth)
        stream = MessageStream(errors="event")
        for event in events(shallow, shallow, deep, shallow):
            stream.feed(event)
        assert stream.completion().to_dict()["x"] == 1


def test_a_caller_that_is_so_deep_that_learning_fails_gets_the_same() -> None:
    nested = '{"a":' * 90 + "1" + "}" * 90
    body = events(*(json.dumps(each).replace('"deep"', nested) for each in said(*"abcdef", object="deep")))

    def below(left: int, stream: MessageStream, fragment: bytes) -> Any:
        return below(left - 1, stream, fragment) if left else stream.feed(fragment)

    def told(levels: int, templates: bool) -> str | None:
        stream = make_stream(templates=templates)
        try:
            for fragment in body:
                below(levels, stream, fragment)
        except (RecursionError, ssemble.SsembleError):
            return None
        return stream.completion().text

    for levels in range(sys.getrecursionlimit() - 250, sys.getrecursionlimit() - 100):
        plain = told(levels, False)
        assert plain is None or told(levels, True) == plain, levels


def test_nothing_differs_where_learning_begins_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learned, "LEARN_AFTER", 3)
    both([*forms(9), *forms(9), *events(*said(*"abc"))])
    both([*events(*said(*"abcdefgh")), *events(chunk({}, "stop")), *events(*said(*"ab", x=1))])


@pytest.mark.parametrize("texts", ["ab", "abcde"], ids=len)
@pytest.mark.parametrize("place", ["chunk", "choice"])
def test_a_form_that_is_used_keeps_the_learning_alive(place: str, texts: str) -> None:
    chunks = [each for n in range(30) for each in said(*texts, x=n)]
    if place == "choice":
        for each in chunks:
            each["choices"][0]["x"] = each.pop("x")
    body = events(*chunks)
    both(body)
    assert by_template(body) == 30 * (len(texts) - 1)


def test_an_event_that_is_whole_but_not_of_the_last_form_is_found() -> None:
    body = events(*(chunk({"content": text}, index=n % 3) for n, text in enumerate("abcdefghijkl")))
    assert by_template(body) >= 7
    both(body)


# Limits.


def test_the_size_of_an_event_is_bounded_alike_on_every_way() -> None:
    texts = said("a", "b", "c", "d" * 30, "e")
    body = events(*texts)
    sizes = sorted({len(event) - 2 for event in body})
    seen = set()
    for limit in [size + off for size in sizes for off in (-8, -7, -6, -1, 0, 1)]:
        for given in (body, pieces(like(b"\r\n\r\n")), [b": " + b"x" * 40 + b"\n\n", *body]):
            found = both(given, limits=Limits(max_event_size=limit))
            seen.add(found.error is not None and "LimitExceeded" in found.error)
    assert seen == {True, False}


def test_the_size_of_an_unfinished_line_is_bounded_alike() -> None:
    line = b"data: " + b"x" * 60
    for limit in (59, 60, 61, 65, 66, 67):
        for cut in ([line], [line[:10], line[10:]], [line[:-1], line[-1:]], [line[at : at + 1] for at in range(66)]):
            for before in ([], ABC[:2]):
                both([*before, *cut, b"\n\n"], limits=Limits(max_event_size=max(limit, 59)))
                assert counts([*before, *cut], limits=Limits(max_event_size=limit)) == counts(
                    [*before, *cut], limits=Limits(max_event_size=limit), templates=False
                )


@pytest.mark.parametrize(
    "limits",
    [Limits(max_choices=2), Limits(max_tool_calls=1), Limits(max_message_size=None, max_event_size=None)],
    ids=str,
)
def test_other_limits(limits: Limits) -> None:
    both(events(*(chunk({"content": "a"}, index=n) for n in (0, 1, 0, 1, 0, 1, 2, 0))), limits=limits)
    both(events(*(call(n, name="f", arguments="a") for n in (0, 0, 0, 1, 0)), *said("a", "b")), limits=limits)


def test_the_size_of_the_message_is_met_at_the_same_event() -> None:
    body = [*ABC, *pieces(CALLS), *events(*said("x", "yz", reasoning_effort="low")), DONE]
    for limit in range(1, 120):
        for errors in ("raise", "event"):
            options: dict[str, Any] = {"limits": Limits(max_message_size=limit), "errors": errors}
            assert trace(body, **options) == trace(body, templates=False, **options)


# Copies, closed streams, wrong arguments.


@pytest.mark.parametrize("move", MOVES.values(), ids=list(MOVES))
@pytest.mark.parametrize("name", ["LF", "CRLF", "calls among texts", "two data lines", "a byte order mark first"])
def test_a_copy_goes_on_as_the_original_does(move: Any, name: str) -> None:
    body = FRAMES[name]
    whole = run(make_stream(templates=False), [body])
    for at in range(0, len(body) + 1, 13):
        stream = MessageStream()
        before: list[Any] = []
        for fragment in pieces(body[:at]):
            before += stream.feed(fragment)
        twin = move(stream)
        for each in (twin, stream):
            assert each.chunk_count == counts([body[:at]], templates=False)[0]
            items, error = run(each, pieces(body[at:]))
            assert (before + items, error) == whole


def test_a_copy_made_between_any_two_events() -> None:
    stream = MessageStream()
    events_seen = []
    for fragment in [*ABC, *pieces(CALLS), *ABC]:
        stream = MOVES["pickle"](stream)
        events_seen += stream.feed(fragment)
    assert events_seen == trace([LINE + CALLS + LINE], templates=False).events


def test_empty_fragments_change_nothing() -> None:
    spread = [each for fragment in [*ABC, DONE] for each in (b"", fragment[:9], b"", fragment[9:], b"")]
    assert both(spread) == both([*ABC, DONE])


@pytest.mark.parametrize("templates", [True, False])
def test_text_is_refused_and_changes_nothing(templates: bool) -> None:
    stream = make_stream(templates=templates)
    seen = stream.feed(ABC[0]) + stream.feed(ABC[1])
    with pytest.raises(TypeError, match="takes bytes, not str"):
        stream.feed("data: {}\n\n")  # type: ignore[arg-type]  # what is tested
    for fragment in (*ABC[2:], DONE):
        seen += stream.feed(fragment)
    assert seen == trace([LINE + DONE], templates=False).events
    assert stream.close().complete


@pytest.mark.parametrize("templates", [True, False])
def test_a_closed_stream_takes_no_more(templates: bool) -> None:
    stream = make_stream(templates=templates)
    for fragment in (*ABC, DONE):
        stream.feed(fragment)
    stream.close()
    with pytest.raises(RuntimeError, match="after end"):
        stream.feed(ABC[0])
    early = make_stream(templates=templates)
    early.feed(LINE)
    with pytest.raises(ssemble.IncompleteStream):
        early.close()
