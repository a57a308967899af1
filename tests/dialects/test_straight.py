"""Chunks that only add texts to what was said, and chunks that only look so."""

from __future__ import annotations

import copy
import itertools
import json
from collections.abc import Callable
from itertools import cycle, islice
from typing import Any

import msgspec
import orjson
import pytest

from ssemble import Limits, MessageStream, RawEvent, ToolCallStart
from ssemble._dialects._object_scanner import UNREAD
from ssemble._dialects.openai_chat import ChatCompletionAccumulator
from ssemble._text import JOIN_EVERY

from ..differential import both, counts, events, merging, said, straight
from ..helpers import WRONG, replaced
from ..plain import make_stream
from ..profiles import LONG
from ..trace import Trace, trace
from .straight_cases import BASES, ODD, STRAIGHT, TAKEN, WHOLE

OPTIONS: dict[str, dict[str, Any]] = {
    "by default": {},
    "errors as events": {"errors": "event"},
    "one answer": {"n": 1},
    "cumulative": {"cumulative": True},
}
pytestmark = pytest.mark.usefixtures("learning_at_once")
options = pytest.mark.parametrize("options", OPTIONS.values(), ids=list(OPTIONS))
forms = pytest.mark.parametrize(("before", "make"), STRAIGHT.values(), ids=list(STRAIGHT))
Make = Callable[[str], dict[str, Any]]

TEXTS = ["a", " b", "é", "}", '"', "\\", "\n", "\u2028", "~", "null", "ab"]
# Empty, what may open an object, half a surrogate pair.
APART = ["", "{", "{}", "\ud83d", "\ude00", "a\ud83d", "\ud83d\ud83d", "\ude00a"]


@forms
def test_chunks_that_only_add_texts_go_the_straight_line(before: list[Any], make: Make) -> None:
    body = events(*before, *map(make, "abcdef"))
    assert straight(body) >= 4, "all but those it learned from"


@pytest.mark.parametrize(("chunks", "short", "options"), TAKEN.values(), ids=list(TAKEN))
def test_how_many_chunks_go_the_straight_line(chunks: list[Any], short: int, options: dict[str, Any]) -> None:
    assert straight(events(*chunks), **options) == short
    both(events(*chunks), **options)


@forms
def test_events_that_nobody_reads_are_not_made(before: list[Any], make: Make) -> None:
    body = events(*before, *map(make, "abcdefgh"), "[DONE]")
    for fragments in (body, [b"".join(body)]):
        heard, unheard = MessageStream(), MessageStream()._without_events()
        told = [event for fragment in fragments for event in heard.feed(fragment)]
        left = [event for fragment in fragments for event in unheard.feed(fragment)]
        assert unheard.close() == heard.close()
        assert unheard.close().to_dict() == heard.close().to_dict()
        assert len(left) < len(told)


@forms
def test_who_follows_a_text_hears_all_of_it(before: list[Any], make: Make) -> None:
    body = events(*before, *map(make, "abcdefgh"), "[DONE]")
    for fragments in (body, [*body[:4], b"".join(body[4:])]):
        stream = MessageStream()
        partials = {choice: stream.partial_json(choice) for choice in (0, 3)}
        calls = {}
        for fragment in fragments:
            for event in stream.feed(fragment):
                if isinstance(event, ToolCallStart):
                    calls[event.index] = stream.tool_call(event.choice, event.index).partial_arguments
        choice = stream.close().choices[0]
        assert partials[choice.index].raw == choice.message.text
        assert [calls[call.index].raw for call in choice.message.tool_calls] == [
            call.arguments for call in choice.message.tool_calls
        ]


@forms
def test_a_view_that_is_asked_for_its_value_late_hears_all_of_it(before: list[Any], make: Make) -> None:
    """The straight line was found when there was a view, and nobody had looked at the value."""
    body = events(*before, *map(make, "abcdefgh"), "[DONE]")
    for rest in (body[-5:], [b"".join(body[-5:])]):
        stream = MessageStream()
        started = [
            event for fragment in body[:-7] for event in stream.feed(fragment) if isinstance(event, ToolCallStart)
        ]
        views = [stream.tool_call(event.choice, event.index) for event in started]
        for fragment in body[-7:-5]:
            stream.feed(fragment)
        values = [view.partial_arguments for view in views]
        for fragment in rest:
            stream.feed(fragment)
        assert [value.raw for value in values] == [view.arguments for view in views]


@forms
def test_who_follows_a_text_from_its_middle_hears_what_came_too(before: list[Any], make: Make) -> None:
    body = events(*before, *map(make, "abcdefgh"), "[DONE]")
    for fragments in (body, [body[0], b"".join(body[1:-3]), *body[-3:]]):
        stream = MessageStream()
        for fragment in fragments[:-3]:
            stream.feed(fragment)
        choice = stream.completion().choices[0]
        partials = [stream.partial_json(choice.index)]
        partials += [stream.tool_call(choice.index, call.index).partial_arguments for call in choice.message.tool_calls]
        for more in ([], fragments[-3:]):
            for fragment in more:
                stream.feed(fragment)
            message = stream.completion().choices[0].message
            assert [each.raw for each in partials] == [message.text, *(call.arguments for call in message.tool_calls)]


@forms
def test_none_does_where_each_says_all_so_far(before: list[Any], make: Make) -> None:
    assert straight(events(*before, *map(make, "abcdef")), cumulative=True) == 0


@options
@forms
def test_whatever_the_texts_are(before: list[Any], make: Make, options: dict[str, Any]) -> None:
    both(events(*before, *map(make, TEXTS), "[DONE]"), **options)


@pytest.mark.parametrize("text", APART, ids=ascii)
@forms
def test_a_text_that_is_not_just_appended(before: list[Any], make: Make, text: str) -> None:
    for texts in (["a", "b", text, "c", text, text, "\ude00", "d"], [text, "a", "b", text]):
        body = events(*before, *map(make, texts), "[DONE]")
        assert trace(body) == trace([b"".join(body)]) == trace(body, shortcuts=False)


def kept_by(body: list[bytes]) -> int:
    """What the message of these events counts against its limit."""
    stream = make_stream(shortcuts=False)
    for each in body:
        stream.feed(each)
    chat = stream._accumulator
    assert isinstance(chat, ChatCompletionAccumulator)
    return chat.context.budget.size


@forms
def test_the_limit_is_met_at_the_same_character(before: list[Any], make: Make) -> None:
    body = events(*before, *map(make, ["abc", "de", "f", "ghi", "jkl"]))
    needed = kept_by(body)
    errors = []
    for limit in range(needed - 40, needed + 1):
        limits = Limits(max_message_size=limit)
        found = trace(body, shortcuts=False, limits=limits)
        assert trace(body, limits=limits) == trace([b"".join(body)], limits=limits) == found
        errors.append(found.error)
    assert "LimitExceeded" in str(errors[0])
    assert "LimitExceeded" not in str(errors[-1]), "the scan came to the end of the message"


many = pytest.mark.parametrize(
    "name", ["content", "reasoning", "arguments", "content and reasoning", "details and reasoning"]
)


@many
def test_so_many_that_they_are_joined_on_the_way(name: str) -> None:
    """Thousands of short texts are packed; where that happens changes nothing."""
    before, make = STRAIGHT[name]
    body = events(*before, *map(make, "abcdefg" * 330), "[DONE]")
    found = trace(body, shortcuts=False)
    assert "abcdefg" * 330 in str(found.result)
    for size in (1, 400, 999, 1000, len(body)):
        fragments = [b"".join(body[at : at + size]) for at in range(0, len(body), size)]
        with merging() as chunks:
            assert trace(fragments) == found
        assert len(chunks) <= 10
        assert counts(fragments) == counts(fragments, shortcuts=False)


@many
def test_no_more_pieces_are_kept_than_must(name: str) -> None:
    before, make = STRAIGHT[name]
    body = events(*before, *map(make, islice(cycle("abcdefghij"), UNREAD)))
    for fragments in (body, [b"".join(body)]):
        stream: Any = MessageStream()
        for fragment in fragments:
            stream.feed(fragment)
        choice = stream._accumulator.choices[0]
        calls = choice.calls.calls
        details = choice.message.get("reasoning_details")
        texts = [choice.text, choice.reasoning, choice.message.get("reasoning"), *(call.arguments for call in calls)]
        texts += [entry["text"] for entry in details.items] if details else []
        texts = [text for text in texts if text is not None]
        assert [text.pieces for text in texts if min(map(len, text.pieces), default=JOIN_EVERY) < JOIN_EVERY] == []
        assert [text.size for text in texts] == [len(text.to_json()) for text in texts]
        assert max(text.size for text in texts) >= UNREAD
        assert [call.scanner.unread for call in calls if call.scanner.unread] == []


@options
@pytest.mark.parametrize("chunks", ODD.values(), ids=list(ODD))
def test_chunks_that_only_look_so(chunks: list[Any], options: dict[str, Any]) -> None:
    both(events(*chunks), **options)


@pytest.mark.parametrize(("chunks", "options"), WHOLE.values(), ids=list(WHOLE))
def test_chunks_that_must_be_merged_as_a_whole(chunks: list[Any], options: dict[str, Any]) -> None:
    both(events(*chunks), **options)


LIMITED: dict[str, list[Any]] = {
    "a time of 0": said("abc", "abc", "abc", created=0),
    "a time of false": said("abc", "abc", "abc", created=False),
    "a model that is NaN": said("abc", "abc", "abc", model=float("nan")),
}


@pytest.mark.parametrize("chunks", LIMITED.values(), ids=list(LIMITED))
def test_what_a_chunk_counts_for_each_time(chunks: list[Any]) -> None:
    for limit in range(1, 40):
        limits = Limits(max_message_size=limit)
        assert repr(trace(events(*chunks), limits=limits)) == repr(
            trace(events(*chunks), limits=limits, shortcuts=False)
        )


@pytest.mark.parametrize("loads", [json.loads, orjson.loads, msgspec.json.decode], ids=["json", "orjson", "msgspec"])
@pytest.mark.parametrize("digits", [17, 18, 19, 20, 30, 400, 5000])
def test_a_time_that_no_decoder_takes(digits: int, loads: Any) -> None:
    body = [json.dumps(each) for each in said("a", "b", "c", "d")]
    times = ["1", "2", "9" * digits, "3"]
    both(
        events(*(f'{{"created": {time}, {each[1:]}' for time, each in zip(times, body, strict=True))),
        loads=loads,
    )


@pytest.mark.parametrize("extend", [False, True], ids=["replaced", "extended"])
@pytest.mark.parametrize("base", BASES)
def test_whatever_stands_in_a_place(base: str, extend: bool) -> None:
    before, good = BASES[base]
    every = 1 if LONG else 4
    for odd in itertools.islice(extended(good) if extend else replaced(good), 0, None, every):
        body = events(*map(json.dumps, [*before, good, odd, odd, odd, good, good, odd]))
        plain = trace(body, errors="event", shortcuts=False)
        same(plain, body, "event")
        if any(isinstance(event, RawEvent) for event in plain.events):  # else nothing is raised either
            same(trace(body, errors="raise", shortcuts=False), body, "raise")


def same(plain: Trace, body: list[bytes], errors: Any) -> None:
    for fragments in (body, [b"".join(body)]):
        assert repr(trace(fragments, errors=errors)) == repr(plain), body[-1]


KEYS = (
    "text logprobs content reasoning refusal function_call tool_calls audio usage error x_groq index id type role name "
    "custom input function arguments summary signature format message finish_reason obfuscation p created model zz"
).split()


def extended(payload: Any) -> Any:
    """Copies of a payload with one more key in each of its objects, or one less."""
    for at, fields in enumerate(objects(payload)):
        for key in fields:
            less = copy.deepcopy(payload)
            del list(objects(less))[at][key]
            yield less
        for number, key in enumerate(KEYS):
            if key not in fields:
                for value in ("a", [1], {"text": "a"}, [{"index": 0, "text": "a"}], *WRONG[number % 4 :: 4]):
                    more = copy.deepcopy(payload)
                    list(objects(more))[at][key] = value
                    yield more


def objects(payload: Any) -> Any:
    if isinstance(payload, dict):
        yield payload
    for item in payload.values() if isinstance(payload, dict) else payload if isinstance(payload, list) else ():
        yield from objects(item)
