"""The states of a stream: each cell of the table in `_stream`."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable
from typing import Any

import pytest

from ssemble import (
    ErrorEvent,
    IncompleteStream,
    InvalidJSON,
    LimitExceeded,
    Limits,
    MessageStream,
    ProviderError,
    RawEvent,
    SsembleError,
    StreamError,
    TextDelta,
    UnknownDialect,
)
from ssemble._assembly import MAX_ERRORS, State

from .helpers import call, chunk, sse

SAY = sse(chunk({"content": "Hi"}))
STOP = sse(chunk({}, "stop"))
DONE = sse("[DONE]")
BAD = sse("{bad")
BUSY = sse({"error": {"message": "busy"}})


def fed(*fragments: bytes, **options: Any) -> MessageStream:
    stream = MessageStream(**options)
    for fragment in fragments:
        stream.feed(fragment)
    return stream


def state(stream: MessageStream) -> State:
    return stream._assembly.state


def ended(*fragments: bytes, **options: Any) -> MessageStream:
    stream = fed(*fragments, **options)
    stream.end()
    return stream


STATES: dict[State, list[Callable[[], MessageStream]]] = {
    State.OPEN: [lambda: fed(), lambda: fed(SAY), lambda: fed(SAY, STOP), lambda: fed(SAY, BAD, errors="event")],
    State.TERMINATED: [lambda: fed(SAY, DONE), lambda: fed(DONE), lambda: fed(SAY, BAD, DONE, errors="event")],
    State.ENDED: [
        lambda: ended(SAY, DONE),
        lambda: ended(SAY, STOP),
        lambda: ended(SAY, STOP, BAD),
        lambda: ended(b"what\n\n", SAY, STOP),
    ],
    State.FAILED: [
        lambda: ended(),
        lambda: ended(SAY),
        lambda: ended(DONE),
        lambda: fed(SAY, BAD),
        lambda: fed(BUSY),
        lambda: ended(SAY, BAD, DONE, errors="event"),
        lambda: fed(SAY, limits=Limits(max_message_size=1), errors="event"),
        lambda: fed(b"\x1f\x8b\x08", errors="event"),
        lambda: ended(sse({"a": 1})),
    ],
}
EACH = [pytest.param(kind, make, id=f"{kind.value}-{n}") for kind, all in STATES.items() for n, make in enumerate(all)]
each_state = pytest.mark.parametrize(("kind", "make"), EACH)


@each_state
def test_a_stream_is_in_this_state(kind: State, make: Callable[[], MessageStream]) -> None:
    stream = make()
    assert state(stream) is kind
    assert (stream.error is not None) is (kind is State.FAILED)
    assert stream._assembly.open is (kind is State.OPEN)
    word = "ended" if kind is State.TERMINATED else kind.value
    assert f", {word}," in repr(stream)


@each_state
def test_feed(kind: State, make: Callable[[], MessageStream]) -> None:
    stream = make()
    before = stream.completion()
    if kind is State.FAILED:
        with pytest.raises(SsembleError) as caught:
            stream.feed(SAY)
        assert type(caught.value) is type(stream.error)
    elif kind is State.ENDED:
        with pytest.raises(RuntimeError, match=r"feed\(\) after end\(\)"):
            stream.feed(SAY)
    elif kind is State.TERMINATED:
        assert stream.feed(SAY) == []
        assert stream.repairs["bytes_after_terminator"] == 1
    else:
        events = stream.feed(sse(chunk({"content": "more"}, index=5)))
        assert TextDelta("more", 5) in events
        return
    assert (state(stream), stream.completion()) == (kind, before)


@each_state
def test_end(kind: State, make: Callable[[], MessageStream]) -> None:
    stream = make()
    complete = stream.complete
    events = stream.end()
    assert kind in (State.OPEN, State.TERMINATED) or events == []
    expected = kind if kind in (State.ENDED, State.FAILED) else State.ENDED if complete else State.FAILED
    assert state(stream) is expected
    assert stream.complete is (complete and expected is State.ENDED) or kind is State.FAILED
    assert stream.end() == []
    assert state(stream) is expected


@each_state
def test_close(kind: State, make: Callable[[], MessageStream]) -> None:
    stream, twin = make(), make()
    twin.end()
    if state(twin) is State.ENDED:
        assert stream.close() == stream.close() == stream.completion()
        assert stream.close().complete
    else:
        for _ in range(2):
            with pytest.raises(SsembleError) as caught:
                stream.close()
            assert caught.value.partial == stream.completion()
    assert state(stream) is state(twin)


@pytest.mark.parametrize(
    ("fragments", "complete"),
    [
        ((), False),
        ((SAY,), False),
        ((SAY, STOP), True),
        ((SAY, DONE), True),
        ((DONE,), False),
        ((SAY, STOP, sse(chunk({"content": "x"}, index=1))), False),
        ((SAY, BAD, DONE), False),
        ((SAY, BAD, STOP), True),
        ((SAY, BUSY, DONE), False),
        ((SAY, STOP, BAD, DONE), True),
        ((b"10:00 " + SAY, DONE), False),
    ],
)
def test_when_a_message_is_complete(fragments: tuple[bytes, ...], complete: bool) -> None:
    stream = fed(*fragments, errors="event")
    assert stream.complete is stream.completion().complete is complete
    stream.end()
    assert (stream.error is None) is complete
    assert stream.completion().complete is complete


def test_a_message_with_a_reported_error_of_the_server_may_be_complete() -> None:
    stream = fed(SAY, STOP, BUSY)
    assert isinstance(stream.error, ProviderError)
    assert stream.complete
    assert not fed(SAY, BUSY).complete


@pytest.mark.parametrize(
    ("fragments", "error", "words"),
    [
        ((), IncompleteStream, "before any message began"),
        ((DONE,), IncompleteStream, "before any message began"),
        ((SAY,), IncompleteStream, "no terminator, and no finish_reason"),
        ((SAY, BAD, DONE), IncompleteStream, "an error came before the terminator; reported before: .*not JSON"),
        ((sse({"choices": []}), DONE), IncompleteStream, "before any choice began"),
        ((sse({"a": 1}),), UnknownDialect, r"the first is .*'a': 1"),
        ((sse({"a": 1}), sse({"object": "thread.run"})), UnknownDialect, "look like OpenAI Assistants; the first is"),
        ((b"10:00 " + SAY,), StreamError, "has data after other text"),
    ],
)
def test_what_is_missing_is_told(fragments: tuple[bytes, ...], error: type[SsembleError], words: str) -> None:
    stream = ended(*fragments, errors="event")
    with pytest.raises(error, match=words) as caught:
        stream.close()
    assert type(caught.value) is error
    assert [type(each) for each in stream.errors] == [InvalidJSON] * fragments.count(BAD)


@pytest.mark.parametrize("piece", [BAD, BUSY, sse({"choices": 7})], ids=["JSON", "server", "shape"])
def test_an_error_ends_the_stream_or_is_skipped(piece: bytes) -> None:
    stream = fed(SAY, piece)
    assert state(stream) is State.FAILED
    skipping = MessageStream(errors="event")
    told = [event for fragment in (SAY, piece, SAY) for event in skipping.feed(fragment)]
    assert [type(event).__name__ for event in told] == ["MessageStart", "TextDelta", "ErrorEvent", "TextDelta"]
    assert state(skipping) is State.OPEN
    assert [type(each) for each in skipping.errors] == [type(stream.error)]


def test_an_error_that_always_ends_the_stream() -> None:
    both: list[Any] = ["raise", "event"]
    for errors in both:
        stream = MessageStream(errors=errors, limits=Limits(max_message_size=200))
        events = stream.feed(SAY + sse(chunk({"content": "x" * 300})) + SAY)
        assert [type(event).__name__ for event in events] == ["MessageStart", "TextDelta"]
        assert isinstance(stream.error, LimitExceeded)


def test_errors_are_kept_up_to_a_number() -> None:
    stream = MessageStream(errors="event")
    events = stream.feed(BAD * (MAX_ERRORS + 5))
    assert sum(isinstance(event, ErrorEvent) for event in events) == MAX_ERRORS + 5
    assert len(stream.errors) == MAX_ERRORS


def test_data_that_is_not_json_takes_nothing_from_a_message_that_ended() -> None:
    stream = fed(SAY, STOP, BAD, BAD)
    assert (stream.error, stream.repairs) == (None, {"bad_frame_after_end": 2})
    assert stream.close().text == "Hi"


@pytest.mark.parametrize("begin", [b"data: ", b""], ids=["events", "lines"])
def test_data_that_is_not_json_may_take_something_from_a_message_that_goes_on(begin: bytes) -> None:
    """With code execution, Gemini sends a finishReason and more parts behind it."""
    end = b"\n\n" if begin else b"\n"
    part = {"candidates": [{"content": {"parts": [{"text": "A"}]}, "finishReason": "STOP"}]}
    body = begin + json.dumps(part).encode() + end + begin + b'{"candidates": [{"cont' + end
    stream = MessageStream()
    stream.feed(body)
    assert isinstance(stream.error, InvalidJSON)
    stream = MessageStream(errors="event")
    events = stream.feed(body + begin + json.dumps(part).encode() + end)
    assert [event.type for event in events].count("error") == 1
    assert stream.completion().text == "AA"


@pytest.mark.parametrize("dialect", [None, "anthropic"])
@pytest.mark.parametrize(
    "payload",
    [{"type": "content_block_new", "index": 0}, {"type": "response.keep_alive"}],
    ids=lambda each: each["type"],
)
def test_a_stream_of_a_known_shape_without_a_message_is_incomplete(payload: Any, dialect: str | None) -> None:
    stream = MessageStream(dialect)
    stream.feed(sse(payload))
    with pytest.raises(StreamError) as caught:
        stream.close()
    known = dialect is None or payload["type"].startswith("content")
    assert type(caught.value) is (IncompleteStream if known else UnknownDialect)


def test_payloads_of_another_shape_are_raw_events() -> None:
    stream = MessageStream()
    assert stream.feed(b"event: x\n" + sse({"a": 1})) == [RawEvent("x", {"a": 1})]
    assert (stream.dialect, stream.completion().to_dict()) == (None, {})
    stream.feed(SAY)
    assert stream.dialect == "openai-chat"
    assert stream.feed(sse({"a": 1})) == [RawEvent("message", {"a": 1})]
    named = MessageStream("openai-chat")
    assert named.feed(sse({"a": 1})) == [RawEvent("message", {"a": 1})]
    assert named.dialect == "openai-chat"


def test_a_view_may_be_asked_for_before_the_dialect_is_known() -> None:
    stream = MessageStream()
    partial = stream.partial_json()
    with pytest.raises(LookupError, match="no tool call so far"):
        stream.tool_call()
    stream.feed(sse(chunk({"content": "[1"})))
    assert partial is stream.partial_json()
    assert (partial.raw, stream.partial_json(3).raw) == ("[1", "")


def test_an_error_found_at_the_end_ends_the_stream() -> None:
    """A message that came at once is merged at the terminator."""
    whole = {"choices": [{"index": 0, "message": {"content": "Hi", "tool_calls": 7}, "finish_reason": "stop"}]}
    for last in (DONE, b""):
        stream = ended(sse(whole), last)
        assert state(stream) is State.FAILED
        with pytest.raises(StreamError):
            stream.close()


def test_a_stream_leaves_no_reference_cycles() -> None:
    bodies = [[SAY] * 9 + [DONE], [SAY, BAD], [sse(call(0, id="x", name="f", arguments="{"))] * 9]
    gc.collect()
    gc.disable()
    try:
        for body in bodies:
            stream = fed(*body)
            stream.end()
            del stream
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_a_reader_that_needs_too_much_stack_to_bind_is_not_bound() -> None:
    def below(left: int, stream: MessageStream, data: bytes) -> Any:
        return below(left - 1, stream, data) if left else stream.feed(data)

    for levels in range(600, 950):
        stream = MessageStream()
        nested: Any = 1
        for _ in range(90):
            nested = {"a": nested}
        body = sse({**chunk({"content": "x"}), "object": nested})
        try:
            for _ in range(6):
                below(levels, stream, body)
        except (RecursionError, SsembleError):
            break
        assert stream.completion().text == "x" * 6
