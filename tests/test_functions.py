"""One call from bytes to whatever is wanted."""

from __future__ import annotations

import asyncio
import inspect
import json
import typing
from collections.abc import Callable
from typing import Any

import pytest

import ssemble
from ssemble import (
    ChoiceEnd,
    Completion,
    IncompleteStream,
    InvalidJSON,
    LimitExceeded,
    Limits,
    MessageStart,
    MessageStream,
    ServerSentEvent,
    TextDelta,
    _functions,
    aassemble,
    aiter_chunks,
    aiter_events,
    aiter_sse,
    assemble,
    iter_chunks,
    iter_events,
    iter_sse,
)

from .helpers import async_source, chunk, cuts, gather, sse
from .trace import comparable

HI = chunk({"content": "Hi"})
STOP = chunk({}, "stop")
BODY = sse(HI, STOP, "[DONE]")
START, END = MessageStart(None, None), ChoiceEnd(0, "stop", "stop")

PAIRS: list[tuple[Callable[..., Any], Callable[..., Any]]] = [
    (iter_sse, aiter_sse),
    (iter_chunks, aiter_chunks),
    (iter_events, aiter_events),
    (assemble, aassemble),
]


def outcome(both: tuple[Callable[..., Any], Callable[..., Any]], fragments: list[bytes], **options: Any) -> Any:
    """What the synchronous one gives or raises; the asynchronous one does the same."""
    plain, asynchronous = both

    async def run(source: Any) -> Any:
        result = asynchronous(source, **options)
        return await result if inspect.iscoroutine(result) else await gather(result)

    def told(call: Callable[[], Any]) -> Any:
        try:
            result = call()
            return result if isinstance(result, Completion) else list(map(comparable, result))
        except ssemble.SsembleError as error:
            return type(error), str(error)

    found = told(lambda: plain(iter(fragments), **options))
    whole = b"".join(fragments)
    assert told(lambda: plain(whole, **options)) == found
    assert told(lambda: asyncio.run(run(async_source(fragments)))) == found
    assert told(lambda: asyncio.run(run(whole))) == found
    return found


@pytest.mark.parametrize("function", [iter_events, aiter_events, assemble, aassemble], ids=lambda f: f.__name__)
def test_every_option_reaches_the_stream(function: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    made: dict[str, Any] = {}

    class Recording(MessageStream):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            made.update(inspect.signature(MessageStream).bind(*args, **options).arguments)

    monkeypatch.setattr(_functions, "MessageStream", Recording)
    options = {
        "dialect": "openai-chat",
        "framing": "sse",
        "loads": lambda text: json.loads(text),
        "errors": "event",
        "limits": Limits(max_choices=5),
        "n": 3,
        "cumulative": True,
    }
    result = function(BODY, **options)
    if inspect.iscoroutine(result):
        asyncio.run(result)
    assert made == options
    assert list(inspect.signature(MessageStream).parameters) == list(options)


def test_the_options_are_those_of_a_stream() -> None:
    told = inspect.signature(MessageStream).parameters
    assert list(typing.get_type_hints(ssemble.StreamOptions)) == list(told)[1:]
    for function in (iter_events, aiter_events, assemble, aassemble):
        call: Callable[..., Any] = function
        with pytest.raises(TypeError, match="unexpected keyword argument 'templates'"):
            asyncio.run(call(BODY, templates=False))


@pytest.mark.parametrize("both", PAIRS, ids=lambda both: both[0].__name__)
def test_the_two_worlds_take_the_same_arguments(both: tuple[Callable[..., Any], Callable[..., Any]]) -> None:
    plain, asynchronous = (list(inspect.signature(each).parameters.values()) for each in both)
    assert plain[1:] == asynchronous[1:]
    assert (plain[0].name, plain[0].annotation, asynchronous[0].annotation) == ("source", "Source", "AsyncSource")


@pytest.mark.parametrize("fragments", [[BODY], [BODY[at : at + 1] for at in range(len(BODY))]], ids=["whole", "bytes"])
def test_a_body(fragments: list[bytes]) -> None:
    events = outcome(PAIRS[0], fragments)
    assert [event.data for event in events] == [json.dumps(HI), json.dumps(STOP), "[DONE]"]
    assert outcome(PAIRS[1], fragments) == [HI, STOP]
    typed = outcome(PAIRS[2], fragments)
    assert typed == [START, TextDelta("Hi"), END]
    completion = outcome(PAIRS[3], fragments)
    assert (completion.text, completion.finish_reason, completion.complete) == ("Hi", "stop", True)


def test_iter_sse_discards_an_unfinished_event() -> None:
    for fragments in cuts(b"data: a\n\ndata: b\n"):
        assert list(iter_sse(fragments)) == [ServerSentEvent("a")]


def test_options_of_iter_sse() -> None:
    assert outcome(PAIRS[0], [b"data: a\n\n"], last_event_id="7")[0].id == "7"
    assert outcome(PAIRS[0], [b"data: 12345\n\n"], limits=Limits(max_event_size=5))[0] is LimitExceeded
    assert len(outcome(PAIRS[0], [b"data: 12345\n\n"], limits=Limits(max_event_size=None))) == 1


def test_options_of_iter_chunks() -> None:
    assert outcome(PAIRS[1], [sse("1")], loads=lambda text: [text]) == ["1"]
    skipped, one = outcome(PAIRS[1], [sse("x", "1")], errors="event")
    assert (skipped.type, skipped.event, one) == ("raw", "error", 1), "the description of an ErrorEvent"
    assert outcome(PAIRS[1], [sse("x", "1")])[0] is InvalidJSON
    assert outcome(PAIRS[1], [sse("12345")], limits=Limits(max_event_size=5))[0] is LimitExceeded
    assert outcome(PAIRS[1], [sse("12345")], limits=Limits(max_event_size=None)) == [12345]


@pytest.mark.parametrize("both", PAIRS[2:], ids=["events", "assemble"])
def test_options_of_a_message(both: tuple[Callable[..., Any], Callable[..., Any]]) -> None:
    assert outcome(both, [BODY], limits=Limits(max_message_size=1))[0] is LimitExceeded
    assert outcome(both, [BODY], limits=Limits(max_event_size=10))[0] is LimitExceeded
    assert outcome(both, [sse("x") + BODY])[0] is InvalidJSON
    with pytest.raises(ValueError, match="unknown dialect 'x'"):
        outcome(both, [BODY], dialect="x")


def test_options_of_assemble() -> None:
    both = PAIRS[3]
    assert outcome(both, [sse("x") + BODY], errors="event").text == "Hi"
    cumulative = sse(HI, chunk({"content": "Hi!"}), "[DONE]")
    assert outcome(both, [cumulative], cumulative=True).text == "Hi!"
    assert len(outcome(both, [sse(HI, chunk({"content": "!"}, index=1), "[DONE]")], n=1).choices) == 1
    assert outcome(both, [BODY], dialect="openai-chat").dialect == "openai-chat"
    assert outcome(both, [BODY], loads=lambda text: {**STOP, "x": text} if "stop" in text else HI).to_dict()[
        "x"
    ] == json.dumps(STOP)


def test_options_of_iter_events() -> None:
    both = PAIRS[2]
    assert outcome(both, [sse("x") + BODY], errors="event")[0].event == "error", "the description of an ErrorEvent"
    cumulative = outcome(both, [sse(HI, chunk({"content": "Hi!"}), "[DONE]")], cumulative=True)
    assert [event.text for event in cumulative if isinstance(event, TextDelta)] == ["Hi", "!"]
    merged = outcome(both, [sse(chunk({"content": "!"}, index=1), "[DONE]")], n=1)
    assert merged[1] == TextDelta("!", 0)
    assert outcome(both, [sse("1")], loads=lambda text: {**HI, **STOP}, dialect="openai-chat") == [START, END]


@pytest.mark.parametrize("both", PAIRS[2:], ids=["events", "assemble"])
def test_a_cut_body_raises_with_the_message_so_far(both: tuple[Callable[..., Any], Callable[..., Any]]) -> None:
    assert outcome(both, [sse(HI)])[0] is IncompleteStream
    with pytest.raises(IncompleteStream) as caught:
        list(both[0](sse(HI)))
    assert caught.value.partial is not None
    assert caught.value.partial.text == "Hi"


def test_a_wrong_source_is_misuse() -> None:
    wrong: Any = "data: {}\n\n"
    for plain, _ in PAIRS:
        with pytest.raises(TypeError, match="got str: pass the body"):
            list(plain(wrong))
    for lines in (["data: {}"], [None], [1]):
        with pytest.raises(TypeError, match="takes bytes"):
            assemble(lines)  # type: ignore[arg-type]  # what is tested
