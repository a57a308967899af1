"""`Observer`: what it sees is what a `MessageStream` reads, and nothing makes it raise."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ssemble
from ssemble import IncompleteStream, LimitExceeded, Limits, MessageStream, Observer, ProtocolError, ProviderError
from ssemble._assembly import MAX_ERRORS

from .helpers import MOVES, WRONG, call, chunk, sse
from .recordings import committed, of_providers
from .strategies import cuttings, sse_bytes
from .stream_cases import FAULTS, WHOLE
from .vectors.full import CUT, FULL, LIMIT, LONG, NO_COUNTS

SAY, STOP = chunk({"content": "Hi"}), chunk({}, "stop")
USAGE = {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}}


def fed(*fragments: bytes, end: bool = True, **options: Any) -> Observer:
    observer = Observer(**options)
    for fragment in fragments:
        observer.feed(fragment)
    if end:
        observer.end()
    return observer


def added(*chunks: Any, end: bool = True, **options: Any) -> Observer:
    observer = Observer(**options)
    for each in chunks:
        observer.add(each)
    if end:
        observer.end()
    return observer


def seen(observer: Observer) -> tuple[Any, ...]:
    """All that can be seen but times."""
    return (
        observer.completion(),
        observer.completion().to_dict(),
        [(type(error), str(error)) for error in observer.errors],
        observer.repairs,
        observer.chunk_count,
        observer.ended,
        observer.complete,
    )


def by_stream(body: bytes) -> tuple[Any, ...]:
    """The same from a `MessageStream`."""
    stream = MessageStream(errors="event")
    if body:
        stream.feed(body)
    stream.end()
    errors = [(type(error), str(error)) for error in [*stream.errors, *filter(None, [stream.error])]]
    completion = stream.completion()
    return completion, completion.to_dict(), errors, stream.repairs, stream.chunk_count, "ended", stream.complete


BODIES = [body for body, *_ in (*WHOLE.values(), *FAULTS.values())]


@pytest.mark.parametrize("body", BODIES, ids=[*WHOLE, *FAULTS])
@given(data=st.data())
def test_it_sees_what_a_stream_reads(body: bytes, data: st.DataObject) -> None:
    observer = fed(*data.draw(cuttings(body)))
    assert seen(observer) == by_stream(body)
    assert observer.size == len(body)
    assert bool(observer.errors) is not observer.complete or observer.errors[0] != observer.errors[-1]


@given(sse_bytes())
def test_bytes_of_every_kind(body: bytes) -> None:
    assert seen(fed(body)) == by_stream(body)


def test_recordings_as_bytes_and_as_chunks() -> None:
    for recording in committed():
        body = recording.body
        observer = fed(body)
        assert seen(observer) == by_stream(body), recording.name
        if observer.errors:
            continue
        chunks = [each for each in ssemble.iter_chunks(body) if isinstance(each, dict)]
        watched = added(*chunks)
        assert watched.dialect == recording.dialect
        assert watched.completion().to_dict() == observer.completion().to_dict(), recording.name
        assert watched.tokens == observer.tokens


@given(st.lists(st.sampled_from([*WRONG, SAY, STOP, USAGE, *({"choices": wrong} for wrong in WRONG)]), max_size=8))
def test_chunks_of_every_kind(chunks: list[Any]) -> None:
    observer = added(*chunks)
    assert observer.complete or observer.errors
    assert observer.ended == "ended"


def test_a_chunk_that_cannot_be_merged_is_noted_and_skipped() -> None:
    observer = added(SAY, {"choices": 5}, {"error": {"message": "busy"}}, None, SAY, STOP, USAGE)
    assert [type(error) for error in observer.errors] == [ProtocolError, ProviderError, TypeError]
    assert (observer.completion().text, observer.complete) == ("HiHi", True)
    assert observer.tokens.total == 5


def test_wrong_input_is_noted() -> None:
    observer = Observer()
    observer.feed("data: {}")  # type: ignore[arg-type]  # as a caller may do it
    observer.add(b"data: {}")
    assert [str(error).partition(":")[0] for error in observer.errors] == [
        "feed() takes bytes, not str", "add() takes a decoded chunk, not bytes",
    ]  # fmt: skip
    for _ in range(2 * MAX_ERRORS):
        observer.add(5)
    assert len(observer.errors) == MAX_ERRORS


class Neither:
    """Neither true nor false, as an array of numpy."""

    def __bool__(self) -> bool:
        raise ValueError("ambiguous")


def test_what_is_no_bytes_has_no_size_and_no_time() -> None:
    observer = Observer()
    observer.feed(Neither())  # type: ignore[arg-type]  # as a caller may do it
    assert [type(error) for error in observer.errors] == [TypeError]
    assert (observer.size, observer.timing.fragments) == (0, 0)


def test_the_size_is_that_of_the_bytes() -> None:
    data = sse(SAY) + b"\n" * (-len(sse(SAY)) % 4)
    observer = fed(memoryview(data).cast("I"))  # type: ignore[arg-type]  # the bytes of numbers
    assert (observer.size, observer.completion().text) == (len(data), "Hi")


@pytest.mark.parametrize("beside", [{}, {"other": object()}], ids=["JSON", "with an object"])
def test_a_chunk_is_not_kept(beside: dict[str, object]) -> None:
    inner = {**chunk({"content": "Hi"}), "usage": {"details": {"text": 1}}}
    observer = Observer()
    observer.add({"type": "chunk", "chunk": inner, **beside})
    before = observer.completion().to_dict()
    inner["usage"]["details"]["text"] = 2
    assert observer.completion().to_dict() == before


def test_a_wrong_option_is_misuse() -> None:
    for wrong in ({"dialect": "x"}, {"framing": "x"}):
        with pytest.raises(ValueError, match="unknown"):
            Observer(**wrong)  # type: ignore[arg-type]  # either of them
    observer = added(SAY, end=False)
    with pytest.raises(ValueError, match="how is 'gone': expected 'ended', 'left' or an exception"):
        observer.end("gone")  # type: ignore[arg-type]  # as a caller may do it
    assert (observer.ended, observer.errors) == ("open", [])


@pytest.mark.parametrize("ways", ["feed", "add"])
@pytest.mark.parametrize("dialect", FULL)
def test_at_a_limit_the_text_stops_and_the_rest_goes_on(dialect: str, ways: str) -> None:
    limits = Limits(max_message_size=LIMIT)
    chunks = FULL[dialect]
    observer = fed(sse(*chunks), limits=limits) if ways == "feed" else added(*chunks, limits=limits)
    assert observer.dialect == dialect
    assert observer.completion().text == "Hi", "nothing is missing inside it"
    assert observer.completion().finish_reason == "stop"
    assert (observer.tokens.input, observer.tokens.output) == ((None, None) if dialect in NO_COUNTS else (3, 2))
    assert observer.chunk_count == len(chunks)
    assert [type(error) for error in observer.errors] == [LimitExceeded, IncompleteStream]
    assert not observer.complete
    assert not observer.completion().complete


@pytest.mark.parametrize("dialect", CUT)
def test_a_call_that_a_limit_cut_is_not_closed(dialect: str) -> None:
    observer = added(*CUT[dialect], limits=Limits(max_message_size=LIMIT))
    assert isinstance(observer.errors[0], LimitExceeded)
    call = observer.completion().tool_calls[-1]
    assert (call.name, call.closed, call.complete) == ("rm", False, False)
    assert observer.completion().finish_reason == "tool_calls"


@pytest.mark.parametrize("dialect", ["openai-chat", "gemini", "openai-completions"])
@pytest.mark.parametrize("ways", ["feed", "add"])
def test_an_end_that_cannot_be_merged_is_skipped(dialect: str, ways: str) -> None:
    chunks = list(FULL[dialect])
    key = "candidates" if dialect == "gemini" else "choices"
    chunks.insert(3, {**chunks[2], key: [{**chunks[2][key][0], "index": ["x"]}]})
    limits = Limits(max_message_size=LIMIT)
    observer = fed(sse(*chunks), limits=limits) if ways == "feed" else added(*chunks, limits=limits)
    assert (observer.completion().finish_reason, observer.tokens.output) == ("stop", 2)
    assert not any(isinstance(error, TypeError) for error in observer.errors)


def test_the_room_for_the_end_is_limited_too() -> None:
    chunks = [chunk({"content": LONG}), *({"choices": [], "usage": {f"k{n}": "v" * 1000}} for n in range(200)), STOP]
    observer = added(SAY, *chunks, limits=Limits(max_message_size=LIMIT))
    assert 20 < len(observer.completion().usage or ()) < 80
    assert [type(error) for error in observer.errors] == [LimitExceeded, IncompleteStream], "it is told once"


@pytest.mark.parametrize(
    ("limits", "chunks"),
    [
        (Limits(max_choices=1), [SAY, chunk({"content": "No"}, index=1), SAY]),
        (Limits(max_tool_calls=1), [SAY, call(id="1", name="f"), call(1, id="2", name="g")]),
    ],
    ids=["choices", "calls"],
)
def test_other_limits(limits: Limits, chunks: list[Any]) -> None:
    observer = added(*chunks, chunk({}, "stop"), USAGE, limits=limits)
    assert (observer.completion().text, observer.completion().finish_reason) == ("Hi", "stop")
    assert observer.tokens.total == 5
    assert not observer.complete


def test_an_event_that_is_too_large_ends_the_reading() -> None:
    observer = fed(sse(SAY), sse(chunk({"content": LONG})), sse(SAY), limits=Limits(max_event_size=500))
    assert observer.completion().text == "Hi"
    assert isinstance(observer.errors[0], LimitExceeded)
    assert not observer.complete


HOWS: list[tuple[Any, str]] = [
    ("ended", "ended"), ("left", "left"), (ValueError("x"), "failed"), (GeneratorExit(), "left"), (KeyboardInterrupt(), "left"),
]  # fmt: skip


@pytest.mark.parametrize(("how", "ended"), HOWS, ids=lambda value: type(value).__name__)
def test_how_it_ended(how: Any, ended: str) -> None:
    observer = added(SAY, end=False)
    assert (observer.ended, observer.errors) == ("open", [])
    observer.end(how)
    observer.end("ended")
    observer.add(SAY)
    observer.feed(sse(SAY))
    assert (observer.ended, observer.completion().text) == (ended, "Hi"), "only the first end counts"
    [error] = observer.errors
    assert isinstance(error, ValueError if ended == "failed" else IncompleteStream)
    assert error is not how


@pytest.mark.parametrize(("how", "ended"), [("left", "ended"), ("ended", "ended"), (ValueError("x"), "failed")])
def test_nothing_is_left_behind_the_terminator(how: Any, ended: str) -> None:
    observer = fed(sse(SAY, STOP, "[DONE]"), end=False)
    observer.end(how)
    assert (observer.ended, observer.complete) == (ended, True)


def test_what_waited_for_its_end_is_not_lost() -> None:
    observer = fed(sse(SAY, STOP)[:-2], end=False)
    observer.end("left")
    assert (observer.completion().finish_reason, observer.complete, observer.errors) == ("stop", True, [])


class Odd(Exception):
    """Neither copied nor pickled."""

    def __init__(self, one: int, two: int) -> None:
        super().__init__("odd")
        self.lock = (one for _ in range(two))


def test_errors_that_do_not_pickle() -> None:
    observer = added(SAY, end=False)
    observer.end(Odd(1, 2))
    observer.note(ProtocolError("mine"))
    moved = pickle.loads(pickle.dumps(observer))
    assert [str(error) for error in observer.errors] == ["Odd: odd", "mine"]
    assert [str(error) for error in moved.errors] == ["Odd: odd", "mine"]
    left = added(SAY, end=False)
    left.end(ValueError(lambda: None))
    assert str(pickle.loads(pickle.dumps(left)).errors[0]).startswith("ValueError: <function")


@pytest.mark.parametrize("move", MOVES.values(), ids=list(MOVES))
@pytest.mark.parametrize("body", [WHOLE["usage behind stop"][0], FAULTS["two faults"][0]])
def test_it_moves_at_any_byte(body: bytes, move: Callable[[Observer], Observer]) -> None:
    expected = fed(body)
    observer = Observer()
    for place in range(len(body)):
        observer.feed(body[place : place + 1], at=float(place))
        observer = move(observer)
    observer.end(at=float(len(body)))
    assert seen(observer) == seen(expected)
    assert (observer.timing.first_byte, observer.timing.duration) == (0.0, float(len(body)))


def test_times_on_its_own_clock() -> None:
    times = iter([10.0, 11.0, 12.0, 13.0, 20.0, 21.0])
    observer = Observer(clock=lambda: next(times))
    for data in (b": hi\n\n", sse(SAY), b": hi\n\n", sse(STOP)):
        observer.feed(data)
    observer.end()
    timing = observer.timing
    assert (timing.first_byte, timing.first_content, timing.last_content, timing.duration) == (1.0, 2.0, 2.0, 11.0)
    assert (timing.longest_gap, timing.longest_gap_in) == (9.0, "text")


def test_times_on_the_callers_clock() -> None:
    for start, zero in ((None, 0.0), (99.0, 1.0)):
        observer = Observer(start=start)
        observer.add(SAY, at=100.0)
        observer.add(STOP, at=103.0)
        observer.end(at=104.0)
        assert (observer.timing.first_content, observer.timing.duration) == (zero, zero + 4)


def test_a_clock_is_not_changed_on_the_way() -> None:
    observer = Observer(clock=lambda: 7.0)
    observer.add(SAY)
    observer.add(SAY, at=9.0)
    assert (observer.timing.first_byte, observer.timing.longest_gap) == (0.0, 2.0)


@pytest.mark.parametrize("start", [None, 100.0])
def test_an_end_without_a_time_is_not_on_another_clock(start: float | None) -> None:
    observer = Observer(clock=lambda: 10**6, start=start)
    observer.feed(sse(SAY), at=100.0)
    observer.feed(sse(STOP), at=103.0)
    observer.end()
    assert (observer.timing.duration, observer.timing.longest_gap) == (3.0, 3.0)


def test_an_end_alone_is_on_the_callers_clock() -> None:
    observer = Observer(clock=lambda: 10**6, start=1.0)
    observer.end(at=4.0)
    observer.feed(sse(SAY), at=9.0)
    assert (observer.timing.duration, observer.timing.fragments) == (3.0, 0)


def test_without_a_clock() -> None:
    observer = added(SAY, STOP, clock=None)
    assert (observer.timing.fragments, observer.timing.duration) == (0, None)
    assert fed(sse(SAY, STOP), clock=None).timing.first_byte is None


def test_bytes_after_the_terminator_have_no_times() -> None:
    observer = Observer(clock=None)
    observer.feed(sse(SAY, "[DONE]"), at=1.0)
    observer.feed(b": hi\n\n", at=50.0)
    observer.feed(b"", at=60.0)
    observer.add(SAY, at=70.0)
    observer.end("left", at=80.0)
    assert (observer.timing.duration, observer.timing.fragments, observer.chunk_count) == (0.0, 1, 1)


def test_a_bug_in_the_callers_decoder_is_noted() -> None:
    observer = Observer(loads=json.load)  # type: ignore[arg-type]  # the bug
    observer.feed(sse(SAY))
    observer.feed(b"data: {}")
    assert [type(error) for error in observer.errors] == [AttributeError]
    observer.end()
    assert [type(error) for error in observer.errors] == [IncompleteStream, AttributeError, AttributeError]
    assert (observer.timing.fragments, observer.size) == (2, len(sse(SAY)) + 8)


def test_what_it_looks_like() -> None:
    assert repr(Observer()) == "<Observer of no dialect yet, open, 0 chunks>"
    assert repr(added(SAY)) == "<Observer openai-chat, ended, 1 chunks>"


def test_recordings_of_providers(corpus: Path) -> None:
    for recording in of_providers()[::7]:
        assert seen(fed(recording.body)) == by_stream(recording.body), recording.name
