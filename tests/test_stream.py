"""The layers behind one feed and close."""

from __future__ import annotations

import asyncio
import copy
import json
import pickle
from collections.abc import Callable
from typing import Any

import msgspec
import orjson
import pytest

import ssemble
from ssemble import (
    DIALECTS,
    Completion,
    ErrorEvent,
    IncompleteStream,
    InvalidJSON,
    LimitExceeded,
    Limits,
    MessageStart,
    MessageStream,
    ProtocolError,
    ProviderError,
    RawEvent,
    SsembleError,
)
from ssemble._assembly import MAX_ERRORS
from ssemble._model.budget import MAX_DEPTH

from .counting import assert_linear
from .differential import by_template
from .helpers import (
    MOVES,
    all_chunkings,
    assert_movable,
    assert_same_error,
    assert_sticky,
    async_source,
    call,
    chunk,
    cuts,
    gather,
    run,
    sse,
)
from .plain import make_stream
from .stream_cases import CALLS, END, FAULTS, HI, SAY, START, STOP, WHOLE

whole = pytest.mark.parametrize(("data", "events"), WHOLE.values(), ids=list(WHOLE))
faults = pytest.mark.parametrize(("data", "events", "error", "words", "text"), FAULTS.values(), ids=list(FAULTS))


@whole
def test_events_and_message_however_cut(data: bytes, events: list[Any]) -> None:
    assert all_chunkings(MessageStream, data, trailing=sse(SAY)) == (events, None)
    for fragments in cuts(data):
        stream = MessageStream()
        for fragment in fragments:
            stream.feed(fragment)
        completion = stream.close()
        assert completion == stream.close() == stream.completion()
        assert completion.complete
        assert stream.complete
        assert completion.text == ("Hi" if HI in events else "")


@faults
def test_events_first_then_the_error(
    data: bytes, events: list[Any], error: type[SsembleError], words: str, text: str
) -> None:
    found, described = all_chunkings(MessageStream, data)
    assert found == events
    assert described is not None
    assert described.startswith(error.__name__)
    stream = MessageStream()
    run(stream, [data])
    fault = assert_sticky(stream, error)
    assert words in str(fault)
    for _ in range(2):
        with pytest.raises(error) as caught:
            stream.close()
        assert_same_error(caught.value, fault)
    assert isinstance(fault.partial, Completion)
    assert fault.partial.text == stream.completion().text == text
    # An error that the server reports after the end leaves the message whole.
    assert stream.complete is fault.partial.complete is (error is ProviderError and END in events)


@pytest.mark.parametrize("name", [*WHOLE, *FAULTS])
def test_a_stream_moves_at_every_byte(name: str) -> None:
    data = WHOLE[name][0] if name in WHOLE else FAULTS[name][0]
    assert_movable(MessageStream, data, step=3)


def test_a_stream_without_templates_moves() -> None:
    assert_movable(lambda: make_stream(templates=False), sse(SAY, "{bad"), step=7)


def test_a_moved_stream_keeps_its_options_and_its_error() -> None:
    stream = MessageStream("openai-chat", loads=orjson.loads, errors="event", limits=Limits(max_choices=1), n=2)
    stream.feed(sse("{bad", SAY, chunk(index=1)))
    twin = copy.copy(stream)
    with pytest.raises(LimitExceeded) as caught:
        twin.close()
    assert (caught.value.what, twin.dialect, twin.repairs, twin.chunk_count) == ("max_choices", "openai-chat", {}, 2)


def test_a_message_of_calls_however_cut() -> None:
    events, error = all_chunkings(MessageStream, CALLS)
    assert error is None
    assert [event.type for event in events] == [
        "message.start", "tool_call.start", "tool_call.delta", "tool_call.delta", "tool_call.end", "choice.end",
    ]  # fmt: skip
    completion = ssemble.assemble(CALLS)
    assert completion.tool_calls[0].parse_arguments() == {"a": "é😀"}


@pytest.mark.parametrize("templates", [True, False])
@pytest.mark.parametrize("wrong", [{"choices": 5}, {"choices": [SAY["choices"][0], 5]}], ids=["first", "later"])
def test_an_error_that_was_reported_holds_no_payload(wrong: Any, templates: bool) -> None:
    events = make_stream(errors="event", templates=templates).feed(sse(wrong))
    error = events[-1]
    assert isinstance(error, ErrorEvent)
    assert error.error.__traceback__ is None


def skipping() -> MessageStream:
    return MessageStream(errors="event")


@pytest.mark.parametrize(
    ("data", "events", "complete"),
    [
        (sse(SAY, "{bad", STOP), ["start", "delta", InvalidJSON, "end"], True),
        (sse({"error": "busy"}, SAY, STOP), [ProviderError, "start", "delta", "end"], True),
        (sse(SAY, {"choices": 5}, STOP), ["start", "delta", ProtocolError, "end"], True),
        (sse({"choices": [SAY["choices"][0], 5]}, STOP), ["start", "delta", ProtocolError, "end"], True),
        (sse(SAY, "{bad", "[DONE]"), ["start", "delta", InvalidJSON], False),
        (sse(SAY, STOP, {"error": "busy"}, "[DONE]"), ["start", "delta", ProviderError, "end"], True),
    ],
)
def test_with_errors_as_events_the_stream_goes_on(data: bytes, events: list[Any], complete: bool) -> None:
    _, error = all_chunkings(skipping, data)
    assert (error is None) is complete, "a terminator behind an error does not make the message whole"
    stream = skipping()
    found = stream.feed(data)
    found += stream.end()
    assert [
        type(event.error) if isinstance(event, ErrorEvent) else event.type.split(".")[1] for event in found
    ] == events
    assert stream.complete is complete
    assert stream.completion().text == "Hi"


@pytest.mark.parametrize("errors", ["raise", "event"])
def test_a_limit_ends_the_stream_whatever_follows(errors: Any) -> None:
    def make() -> MessageStream:
        return MessageStream(errors=errors, limits=Limits(max_message_size=20))

    events, error = all_chunkings(make, sse({"id": "m", **SAY}, "{bad", {"error": "busy"}, SAY))
    assert events == [MessageStart("m", None)]
    assert error is not None
    assert "max_message_size (20 characters)" in error


def test_half_a_terminator_is_no_half_of_a_message() -> None:
    assert ssemble.assemble(sse(SAY, STOP) + b"data: [DO").complete


@pytest.mark.parametrize(
    "tail",
    [
        b"",
        b"data: [DONE]",
        b"data: [DONE]\n\n",
    ],
    ids=["cut", "done", "done before the end"],
)
def test_a_message_that_cannot_be_merged_is_told_at_the_end(tail: bytes) -> None:
    with pytest.raises(ProtocolError):
        ssemble.assemble(sse({"choices": [{"message": {"content": "Hi", "tool_calls": 5}}]}) + tail)


def test_limits_of_one_event() -> None:
    events, error = all_chunkings(lambda: MessageStream(limits=Limits(max_event_size=100)), sse(SAY, "x" * 100))
    assert events == [START, HI]
    assert error is not None
    assert "max_event_size (100 bytes)" in error


def test_limits_of_one_event_among_others_like_it() -> None:
    small, large = sse(SAY), sse(chunk({"content": "x" * 100}))
    stream = MessageStream(limits=Limits(max_event_size=len(small)))
    events = [event for frame in (small, small, large) for event in stream.feed(frame)]
    assert events == [START, HI, HI]
    assert_sticky(stream, LimitExceeded)


def test_options_reach_the_layers() -> None:
    texts = [chunk({"content": text}, index=index) for text, index in (("a", 0), ("ab", 0), ("x", 3))]
    body = sse(*texts, STOP, "[DONE]")

    def choices(**options: Any) -> list[tuple[int, str]]:
        return [(each.index, each.message.text) for each in ssemble.assemble(body, **options).choices]

    assert choices() == [(0, "aab"), (3, "x")]
    assert choices(n=1) == [(0, "aabx")]
    assert choices(cumulative=True) == [(0, "ab"), (3, "x")]
    assert choices(loads=lambda text: json.loads(text.replace('"x"', '"y"'))) == [(0, "aab"), (3, "y")]


def test_an_empty_body_is_not_quoted() -> None:
    with pytest.raises(IncompleteStream, match=r"the stream ended before any message began$"):
        MessageStream().close()


def test_the_dialect_is_given_or_recognised() -> None:
    stream = MessageStream()
    assert stream.dialect is None
    stream.feed(sse({"type": "ping"}))
    assert (stream.dialect, stream.completion()) == (None, Completion())
    stream.feed(sse(SAY))
    assert stream.dialect == stream.completion().dialect == "openai-chat"
    given = MessageStream("openai-chat")
    assert given.dialect == given.completion().dialect == "openai-chat"
    assert given.feed(sse({"a": 1}, SAY)) == [RawEvent("message", {"a": 1}), START, HI]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"dialect": "x"}, f"unknown dialect 'x': expected one of {', '.join(DIALECTS)}, or None"),
        ({"dialect": ""}, "unknown dialect ''"),
        ({"errors": "ignore"}, "errors is 'ignore'"),
    ],
    ids=str,
)
def test_options_of_other_values_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        MessageStream(**options)


def test_repairs_of_all_layers_are_counted_and_handed_out_fresh() -> None:
    stream = MessageStream()
    assert stream.repairs == {}
    stream.feed(sse("null", call("0", name="f"), "[DONE]"))
    stream.repairs.clear()
    assert stream.repairs == {"null_data": 1, "text_index": 1, "missing_finish_reason": 1}
    assert stream.chunk_count == 1


def test_the_message_so_far_at_any_moment() -> None:
    stream = MessageStream()
    texts = []
    for byte in sse(SAY, SAY, STOP):
        stream.feed(bytes([byte]))
        completion = stream.completion()
        if completion.text not in texts:
            texts.append(completion.text)
        assert completion.complete is stream.complete is (completion.finish_reason is not None)
    assert texts == ["", "Hi", "HiHi"]


@pytest.mark.parametrize("data", [b"", sse(SAY)], ids=["nothing", "an event"])
@pytest.mark.parametrize("templates", [True, False])
@pytest.mark.parametrize("over", [MessageStream.end, MessageStream.close])
def test_what_comes_after_the_end_is_misuse(
    data: bytes, over: Callable[[MessageStream], object], templates: bool
) -> None:
    stream = make_stream(templates=templates)
    stream.feed(sse(SAY, STOP))
    over(stream)
    with pytest.raises(RuntimeError, match=r"feed\(\) after end\(\).* new "):
        stream.feed(data)


def test_misuse() -> None:
    stream = MessageStream()
    wrong: Any = "data: {}\n\n"
    with pytest.raises(TypeError, match="takes bytes"):
        stream.feed(wrong)
    stream.feed(sse(SAY, STOP)[:-1])
    stream.close()
    with pytest.raises(RuntimeError, match=r"feed\(\) after end\(\).* new "):
        stream.feed(b"")


def test_text_behind_the_terminator_is_misuse_too() -> None:
    stream = MessageStream()
    stream.feed(sse(SAY, "[DONE]"))
    wrong: Any = "data: {}\n\n"
    with pytest.raises(TypeError, match="takes bytes"):
        stream.feed(wrong)


def test_a_decoder_that_takes_the_terminator_for_a_list() -> None:
    def loads(text: str) -> Any:
        return ["DONE"] if text == "[DONE]" else SAY

    short, plain = (make_stream(loads=loads, templates=templates) for templates in (True, False))
    body = [sse(SAY), sse("[DONE]")]
    assert run(short, body) == run(plain, body)


@pytest.mark.parametrize("loads", [orjson.loads, msgspec.json.decode], ids=["orjson", "msgspec"])
@pytest.mark.parametrize("name", [*WHOLE, *FAULTS])
def test_decoders_that_plug_in(name: str, loads: Any) -> None:
    data = WHOLE[name][0] if name in WHOLE else FAULTS[name][0]
    plain, plugged = MessageStream(), MessageStream(loads=loads)
    assert run(plugged, [data]) == run(plain, [data])
    assert plugged.completion() == plain.completion()


@pytest.mark.parametrize("name", [*WHOLE, *FAULTS])
def test_both_worlds(name: str) -> None:
    data = WHOLE[name][0] if name in WHOLE else FAULTS[name][0]
    expected = run(MessageStream(), [data])[0]

    def synchronous(stream: MessageStream) -> list[Any]:
        return list(stream.events([data]))

    def asynchronous(stream: MessageStream) -> list[Any]:
        return asyncio.run(gather(stream.aevents(async_source([data]))))

    for items in (synchronous, asynchronous):
        stream = MessageStream()
        if name in WHOLE:
            assert items(stream) == expected
            assert stream.close().complete
        else:
            with pytest.raises(FAULTS[name][2]):
                items(stream)


def test_what_was_handed_out_stays_as_it_is() -> None:
    stream = MessageStream()
    first = stream.feed(sse({"a": [1]}, SAY))
    kept, completion = copy.deepcopy(first), stream.completion()
    stream.feed(sse(SAY, {"a": [2]}, STOP))
    assert first == kept
    assert (completion.text, completion.finish_reason) == ("Hi", None)
    completion.to_dict()["choices"].clear()
    assert len(stream.completion().to_dict()["choices"]) == 1


HUGE = {"n": 10**5000}


@pytest.mark.parametrize(
    "payloads",
    [
        ["{bad"],
        [{"choices": [{"index": []}]}],
        [chunk({"images": ["x"]}), chunk({"images": ["y", HUGE]})],
        [call(arguments=HUGE)],
    ],
    ids=["no JSON", "an index", "a list", "arguments"],
)
def test_an_error_that_is_told_holds_no_frames(payloads: list[Any]) -> None:
    """Frames hold what they worked on: who keeps the errors would keep every bad payload."""

    def loads(text: str) -> Any:
        return payloads[int(text)] if type(payloads[int(text)]) is dict else json.loads(payloads[int(text)])

    stream = MessageStream(errors="event", loads=loads)
    told = [event for event in stream.feed(sse(*range(len(payloads)))) if isinstance(event, ErrorEvent)]
    assert len(told) == 1
    fault: BaseException | None = told[0].error
    while fault is not None:
        assert fault.__traceback__ is None
        fault = fault.__cause__ or fault.__context__


@pytest.mark.parametrize("cut", range(0, len(CALLS), 5))
def test_a_cut_never_passes_as_whole(cut: int) -> None:
    data = CALLS[:cut]
    stream = MessageStream()
    stream.feed(data)
    if b'"finish_reason": "tool_calls"}]}' in data:
        return
    with pytest.raises(IncompleteStream) as caught:
        stream.close()
    assert caught.value.partial is not None
    assert not any(each.closed for each in caught.value.partial.tool_calls)


def test_templates_are_on_by_default() -> None:
    assert by_template([sse(SAY)] * 50) > 40


def test_bytes_behind_the_end_cost_nothing_for_each_choice() -> None:
    """Finishing looks at every choice, so that doing it for each fragment behind the end would be quadratic."""

    def work(count: int) -> None:
        stream = MessageStream(limits=Limits(max_choices=None))
        stream.feed(sse(*(chunk({"content": "a"}, index=index) for index in range(count)), "[DONE]"))
        for _ in range(count):
            stream.feed(b"x")

    assert_linear(work, 30)


def said_json(*texts: str) -> list[bytes]:
    return [
        b"data: " + json.dumps({"choices": [{"index": 0, "delta": {"content": text}}]}).encode() + b"\n\n"
        for text in texts
    ]


@pytest.mark.parametrize("early", [True, False])
def test_the_text_of_a_choice_as_a_value(early: bool) -> None:
    stream = MessageStream()
    partial = stream.partial_json() if early else None
    first, *rest = said_json('{"items": [1, 2', "3, 4", "] ", "}")
    stream.feed(first)
    partial = partial or stream.partial_json()
    assert partial is stream.partial_json() is not stream.partial_json(1)
    assert partial.value == {"items": [1]}
    items = partial.watch("items", "*")
    for event in rest:
        stream.feed(event)
    assert items.read() == [(("items", 0), 1), (("items", 1), 23), (("items", 2), 4)]
    stream.feed(b"data: [DONE]\n\n")
    assert partial.close() == {"items": [1, 23, 4]} == json.loads(stream.close().text)


def test_half_a_pair_at_the_end_of_the_text_is_told_to_its_value_too() -> None:
    stream = MessageStream()
    stream.feed(said_json("a\ud83d")[0])
    partial = stream.partial_json()
    assert partial.raw == "a"
    stream.end()
    assert partial.raw == "a\ud83d"


def test_a_text_whose_value_is_closed_goes_on_without_it() -> None:
    stream = MessageStream()
    partial = stream.partial_json()
    first, *rest = said_json('{"a": 1}', " and", " more")
    stream.feed(first)
    assert partial.close() == {"a": 1}
    for event in rest:
        stream.feed(event)
    assert (partial.raw, stream.completion().text) == ('{"a": 1}', '{"a": 1} and more')


@pytest.mark.parametrize("templates", [True, False])
def test_a_call_that_has_not_begun(templates: bool) -> None:
    stream = make_stream(templates=templates)
    with pytest.raises(LookupError, match="no tool call so far: wait for its ToolCallStart event"):
        stream.tool_call()
    stream.feed(said_json("a")[0])
    with pytest.raises(LookupError, match="no tool call 2 of choice 1"):
        stream.tool_call(1, 2)


def test_a_copy_of_a_stream_has_values_of_its_own() -> None:
    stream = MessageStream()
    partials = [stream.partial_json(), stream.partial_json(5)]
    first, second = said_json("[1, ", "2]")
    stream.feed(first)
    for twin in (copy.copy(stream), pickle.loads(pickle.dumps(stream))):
        twin.feed(second)
        assert twin.partial_json().close() == [1, 2]
        assert partials[0].value == [1]
        assert twin.partial_json() is not partials[0]


@pytest.mark.parametrize("templates", [True, False])
def test_a_call_so_far(templates: bool) -> None:
    stream = make_stream(templates=templates)
    entry = {"index": 0, "id": "x", "function": {"name": "f", "arguments": "[1, 2"}}
    stream.feed(
        b"data: " + json.dumps({"choices": [{"index": 0, "delta": {"tool_calls": [entry]}}]}).encode() + b"\n\n"
    )
    assert stream.tool_call().partial_arguments.value == [1]
    assert stream.partial_json().value is None


@pytest.mark.parametrize("place", ["delta", "message"])
def test_the_deepest_message_that_is_taken_can_be_shown_and_moved(place: str) -> None:
    deeper: dict[str, Any] = {"index": 0}
    error: SsembleError | None = None
    stream = MessageStream()
    while error is None:
        deepest, deeper = stream, {"index": 0, "x": [deeper]}
        stream = MessageStream()
        stream.feed(sse({"choices": [{"index": 0, place: {"content": "a"}, "x": [deeper]}]}))
        error = stream.error
    assert isinstance(error, ProtocolError)
    assert f"expected at most {MAX_DEPTH} levels of nesting, got more" in str(error)
    for twin in [move(deepest) for move in MOVES.values()]:
        assert twin.completion() == deepest.completion()
    assert deepest.completion().text == "a"


@pytest.mark.parametrize("templates", [True, False])
@pytest.mark.parametrize("kind", [bytearray, memoryview])
def test_other_kinds_of_bytes(kind: Callable[[bytes], Any], templates: bool) -> None:
    stream = make_stream(templates=templates)
    assert stream.feed(kind(sse(SAY))) == [START, HI]
    assert stream.feed(sse(SAY) + sse(STOP)[:9]) == [HI]
    assert stream.feed(kind(sse(STOP)[9:])) == []
    assert stream.end() == [END]


@pytest.mark.parametrize(
    ("data", "end", "shown"),
    [
        (b"", False, "<MessageStream of no dialect yet, open, 0 chunks>"),
        (sse(SAY), False, "<MessageStream openai-chat, open, 1 chunks>"),
        (sse(SAY, STOP), True, "<MessageStream openai-chat, ended, 2 chunks>"),
        (sse(SAY, "[DONE]"), False, "<MessageStream openai-chat, ended, 1 chunks>"),
        (sse(SAY, "{bad"), False, "<MessageStream openai-chat, failed, 1 chunks>"),
        (sse(SAY), True, "<MessageStream openai-chat, failed, 1 chunks>"),
    ],
)
def test_it_shows_how_far_it_is(data: bytes, end: bool, shown: str) -> None:
    stream = MessageStream()
    stream.feed(data)
    if end:
        stream.end()
    assert repr(stream) == shown


@pytest.mark.parametrize(
    "data", [sse(SAY, STOP), sse(SAY), sse(SAY, "{bad"), b""], ids=["whole", "cut", "bad", "empty"]
)
def test_the_end_never_raises_and_may_be_called_again(data: bytes) -> None:
    stream = MessageStream()
    stream.feed(data)
    events = stream.end()
    assert stream.end() == []
    kinds = [event.type for event in events]
    assert kinds == (["choice.end"] if data == sse(SAY, STOP) else [])
    if stream.error is None:
        assert stream.close().complete
    else:
        assert_sticky(stream, type(stream.error))


def test_errors_that_were_reported_are_listed() -> None:
    stream = MessageStream(errors="event")
    assert stream.errors == []
    told: list[SsembleError] = []
    for payload in (SAY, "{bad", {"error": "busy"}, SAY, {"choices": 5}, STOP):
        told += [event.error for event in stream.feed(sse(payload)) if isinstance(event, ErrorEvent)]
        for one, other in zip(stream.errors, told, strict=True):
            assert_same_error(one, other)
    assert [type(error) for error in stream.errors] == [InvalidJSON, ProviderError, ProtocolError]
    stream.errors.clear()
    with pytest.raises(InvalidJSON):
        raise stream.errors[0]
    assert stream.errors[0].__traceback__ is None
    assert (stream.error, len(stream.errors), stream.close().text) == (None, 3, "HiHi")


def test_of_many_errors_the_first_are_listed() -> None:
    stream = MessageStream(errors="event")
    count = MAX_ERRORS + 5
    told = [
        event for event in stream.feed(sse(*[{"error": f"{n}"} for n in range(count)])) if isinstance(event, ErrorEvent)
    ]
    assert len(told) == count
    assert [str(error) for error in stream.errors] == [str(event.error) for event in told[:MAX_ERRORS]]


def test_with_errors_raised_none_are_listed() -> None:
    stream = MessageStream()
    stream.feed(sse(SAY, "{bad"))
    assert (type(stream.error), stream.errors) == (InvalidJSON, [])


@pytest.mark.parametrize(
    ("data", "framing"),
    [(b"", None), (b"data: {", "sse"), (b'{"a": 1}\n', "json-lines"), (b"[{", "json-array"), (b"\0\0\0\x10", "aws")],
    ids=ascii,
)
def test_the_framing_is_told(data: bytes, framing: str | None) -> None:
    stream = MessageStream()
    stream.feed(data)
    assert stream.framing == framing


def test_an_error_that_ends_a_response_ends_the_reading_too() -> None:
    failed = {"type": "response.failed", "response": {"id": "r", "error": {"code": "x", "message": "m"}, "output": []}}
    stream = MessageStream("openai-responses", errors="event")
    events = stream.feed(sse(failed) + sse({"type": "response.created", "response": {"id": "other"}}))
    assert [type(event).__name__ for event in events if not isinstance(event, RawEvent)][-1] in (
        "ErrorEvent",
        "ChoiceEnd",
    )
    assert stream.feed(sse(failed)) == []
    assert [error.message for error in stream.errors if isinstance(error, ProviderError)] == ["m"]
