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

from ssemble import Limits, MessageStream, RawEvent, StreamEvent, ToolCallStart
from ssemble._dialects.chat.object_scanner import UNREAD
from ssemble._dialects.chat.reader import ChatReader
from ssemble._model.text import JOIN_EVERY

from ...differential import both, by_template, counts, events, merging, said
from ...helpers import WRONG, call, chunk, replaced
from ...plain import make_stream
from ...profiles import LONG
from ...trace import Trace, trace
from .binding_cases import BASES, ODD, STRAIGHT, TAKEN, WHOLE, idle

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
def test_chunks_that_only_add_texts_are_merged_by_template(before: list[Any], make: Make) -> None:
    body = events(*before, *map(make, "abcdef"))
    assert by_template(body) >= 4, "all but those it learned from"


@pytest.mark.parametrize(("chunks", "short", "options"), TAKEN.values(), ids=list(TAKEN))
def test_how_many_chunks_are_merged_by_template(chunks: list[Any], short: int, options: dict[str, Any]) -> None:
    assert by_template(events(*chunks), **options) == short
    both(events(*chunks), **options)


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
    """The binding was made when there was a view, and nobody had looked at the value."""
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
    assert by_template(events(*before, *map(make, "abcdef")), cumulative=True) == 0


@options
@forms
def test_whatever_the_texts_are(before: list[Any], make: Make, options: dict[str, Any]) -> None:
    both(events(*before, *map(make, TEXTS), "[DONE]"), **options)


@pytest.mark.parametrize("text", APART, ids=ascii)
@forms
def test_a_text_that_is_not_just_appended(before: list[Any], make: Make, text: str) -> None:
    for texts in (["a", "b", text, "c", text, text, "\ude00", "d"], [text, "a", "b", text]):
        body = events(*before, *map(make, texts), "[DONE]")
        assert trace(body) == trace([b"".join(body)]) == trace(body, templates=False)


def kept_by(body: list[bytes]) -> int:
    """What the message of these events counts against its limit."""
    stream = make_stream(templates=False)
    for each in body:
        stream.feed(each)
    chat = stream._assembly.reader
    assert isinstance(chat, ChatReader)
    return chat.context.budget.size


@forms
def test_the_limit_is_met_at_the_same_character(before: list[Any], make: Make) -> None:
    body = events(*before, *map(make, ["abc", "de", "f", "ghi", "jkl"]))
    needed = kept_by(body)
    errors = []
    for limit in range(needed - 40, needed + 1):
        limits = Limits(max_message_size=limit)
        found = trace(body, templates=False, limits=limits)
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
    found = trace(body, templates=False)
    assert "abcdefg" * 330 in str(found.result)
    for size in (1, 400, 999, 1000, len(body)):
        fragments = [b"".join(body[at : at + size]) for at in range(0, len(body), size)]
        with merging() as chunks:
            assert trace(fragments) == found
        assert len(chunks) <= 10
        assert counts(fragments) == counts(fragments, templates=False)


@many
def test_no_more_pieces_are_kept_than_must(name: str) -> None:
    before, make = STRAIGHT[name]
    body = events(*before, *map(make, islice(cycle("abcdefghij"), UNREAD)))
    for fragments in (body, [b"".join(body)]):
        stream: Any = MessageStream()
        for fragment in fragments:
            stream.feed(fragment)
        choice = stream._assembly.reader.choices[0]
        calls = choice.calls.calls if choice.calls else []
        details = choice.message.get("reasoning_details")
        texts = [choice.text, choice.reasoning, choice.message.get("reasoning"), *(call.arguments for call in calls)]
        texts += [entry["text"] for entry in details.items] if details else []
        texts = [text for text in texts if text is not None]
        assert all(len(text.pieces) <= text.size // JOIN_EVERY + JOIN_EVERY for text in texts)
        assert [text.size for text in texts] == [len(text.to_json()) for text in texts]
        assert max(text.size for text in texts) >= UNREAD
        assert all(len(call.scanner.unread) < UNREAD for call in calls)


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
            trace(events(*chunks), limits=limits, templates=False)
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
        plain = trace(body, errors="event", templates=False)
        same(plain, body, "event")
        if any(isinstance(event, RawEvent) for event in plain.events):  # else nothing is raised either
            same(trace(body, errors="raise", templates=False), body, "raise")


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


# What makes a binding stale.

SAID = {"id": "c", "model": "m", "created": 5, "tier": "low", "choices": chunk({"content": "a"})["choices"]}
COUNTED = {**SAID, "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}}
CHANGES: dict[str, list[dict[str, Any]]] = {
    "a new choice": [chunk({"content": "x"}, index=1)],
    "another id": [{**SAID, "id": "d"}],
    "another model": [{**SAID, "model": "n"}],
    "another field": [{**SAID, "tier": "high"}],
    "a new field": [{**SAID, "new": 1}],
    "a value that is equal, and another": [{**SAID, "n": 1}, {**SAID, "n": True}],
    "zero below zero": [{**SAID, "n": 0.0}, {**SAID, "n": -0.0}],
    "a field of the choice": [{**SAID, "choices": [{**SAID["choices"][0], "seed": 7}]}],
    "a field of the delta": [chunk({"content": "x", "new": "y"})],
    "a role": [chunk({"role": "assistant"})],
    "a finish": [chunk({}, "stop")],
    "another finish": [chunk({}, "stop"), chunk({}, "length")],
    "parts": [chunk({"content": [{"type": "text", "text": "x"}]})],
    "half a pair": [chunk({"content": "x\ud83d"})],
    "half a pair of reasoning": [chunk({"reasoning": "x\ud83d"})],
    "a call": [call(0, id="x", name="f", arguments="")],
    "the end of a call": [call(0, id="x", name="f", arguments="{}"), call(1, id="y", name="g", arguments="")],
    "half a pair of arguments": [call(0, id="x", name="f", arguments="\ud83d")],
    "a function call": [chunk({"function_call": {"name": "f", "arguments": ""}})],
    "reasoning": [chunk({"reasoning": "x"})],
    "details": [chunk({"reasoning_details": [{"type": "reasoning.text", "text": "x", "index": 0}]})],
    "other details": [
        chunk({"reasoning_details": [{"type": "reasoning.text", "text": "x", "index": index}]}) for index in (0, 1)
    ],
    "counts of another shape": [{**COUNTED, "usage": {**COUNTED["usage"], "cached": 1}}],
    "a list": [{**SAID, "list": [1]}],
}


@pytest.mark.parametrize("changing", CHANGES.values(), ids=list(CHANGES))
def test_a_change_makes_bindings_stale(changing: list[dict[str, Any]]) -> None:
    reader = ChatReader()
    reader.add(copy.deepcopy(SAID))
    reader.add(copy.deepcopy(SAID))
    for each in changing:
        binding = reader.bind(SAID, "message")
        epoch = reader.context.budget.epoch
        reader.add(copy.deepcopy(each))
    assert reader.context.budget.epoch > epoch
    assert binding is not None or len(changing) > 1
    if binding is not None:
        before, events = repr(reader.result()), list[Any]()
        assert not binding.apply("late", events)
        assert not binding.apply_run(["late"], events)
        assert (repr(reader.result()), events) == (before, [])


@pytest.mark.parametrize(
    "again", [SAID, chunk({"content": "z"}), COUNTED, {"choices": []}, chunk({}), {**SAID, "p": "---"}], ids=repr
)
def test_what_was_said_before_makes_none_stale(again: dict[str, Any]) -> None:
    reader = ChatReader()
    for each in (SAID, COUNTED, SAID, again):
        reader.add(copy.deepcopy(each))
    binding = reader.bind(SAID, "message")
    assert binding is not None
    reader.add(copy.deepcopy(again))
    assert binding.apply("late", [])
    assert reader.completion().text.endswith("late")


def with_counts(number: int, **more: Any) -> dict[str, Any]:
    """A chunk with token counts, as some servers send with each text."""
    usage = {"prompt_tokens": 3, "completion_tokens": number, "total_tokens": 3 + number, **more}
    return {**said("ab"[number % 2])[0], "usage": usage}


def test_counts_left_literal_are_said_again() -> None:
    """Between two frames of one template, another one had changed the count."""
    chunks = [with_counts(n) for n in range(1, 8)]
    other = [{**with_counts(n), "x": 1, "usage": {**with_counts(n)["usage"], "prompt_tokens": 9}} for n in range(1, 8)]
    for body in (
        [each for pair in zip(chunks, other, strict=True) for each in pair],
        [*chunks, *other, *chunks, *other],
        [*chunks, with_counts(0), *chunks],
        [*chunks, with_counts(5, cached=1), *chunks, *[with_counts(5, cached={"n": n}) for n in range(1, 9)]],
    ):
        assert both(events(*body, "[DONE]")).completion.usage == body[-1]["usage"]


def test_counts_that_are_all_the_same_need_no_slot() -> None:
    for usages in ([{"a": 1}, {"a": 1, "b": 0}], [{"a": 0}], [{"a": 1}]):
        for texts in (["ab", "cd", "ef", "gh"], ["a", "b", "c", "d"]):
            both(events(*({**said(text)[0], "usage": usage} for usage in usages for text in texts * 2), "[DONE]"))


@pytest.mark.parametrize("usage", ["x", ["x"], 7, {"a": None}, {"total_tokens": 5}, {"a": True}, {"a": 1.5}, {"a": -1}])
def test_other_counts_are_merged_as_usual(usage: Any) -> None:
    both(events(*({**said(text)[0], "usage": usage} for text in "abcdefgh"), "[DONE]"))


@pytest.mark.parametrize("text", ["\ud83d", "a\ud83d"])
@pytest.mark.parametrize("key", ["content", "reasoning"])
def test_no_text_overtakes_half_a_pair(key: str, text: str) -> None:
    texts = [*"abcdef", text, *"ghi", text, "\ude00", *"jkl"]
    found = both(events(*(chunk({key: each}) for each in texts), "[DONE]"))
    message = found.completion.message
    whole = "".join(texts).encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    assert (message.text if key == "content" else message.reasoning) == whole


def test_reasoning_is_charged_alike_on_all_ways() -> None:
    body = events(*(chunk({"reasoning": text}) for text in ["abc", "de", "f"] * 6))
    needed = kept_by(body)
    for limit in range(needed - 30, needed + 1):
        both(body, limits=Limits(max_message_size=limit))


def test_an_empty_refusal_is_kept_as_it_came() -> None:
    for value in ("", None):
        both(events(*(chunk({"content": text, "refusal": value}) for text in "abcdefgh"), "[DONE]"))


def test_a_message_so_far_or_n_answers_are_not_bound_otherwise() -> None:
    assert ChatReader(cumulative=True).bind(SAID, "message") is None
    one = ChatReader(n=1)
    one.add(chunk({"content": "a"}, index=7))
    assert one.bind(chunk({"content": "a"}, index=7), "message") is not None
    assert ChatReader().bind(chunk({"content": "a"}), "message") is None, "it was not merged"


@pytest.mark.parametrize("name", ["content", "reasoning", "arguments", "content and reasoning"])
def test_runs_of_thousands_and_texts_that_need_the_usual_way(name: str) -> None:
    """With a limit, a view, and texts that a run does not take."""
    before, make = STRAIGHT[name]
    body = events(*before, *map(make, ["a", "b"] * 200), *map(make, ["c"] * 9 + [""] + ["d"] * 9 + ["{"] + ["e"] * 9))
    both(body)
    needed = kept_by(body)
    for limit in (needed // 2, needed - 11, needed - 1, needed):
        both(body, limits=Limits(max_message_size=limit))
    stream = MessageStream()
    stream.feed(b"".join(body[:9]))
    partial = stream.partial_json()
    arguments = [stream.tool_call().partial_arguments] if before else []
    stream.feed(b"".join(body[9:]))
    assert partial.raw == stream.completion().text
    assert [each.raw for each in arguments] == [call.arguments for call in stream.completion().tool_calls]


def test_counts_in_a_run_are_read_frame_by_frame() -> None:
    both(events(*({**said("ab"[n % 2])[0], "usage": {"a": 0}} for n in range(40)), "[DONE]"))
    both(events(*(with_counts(n) for n in range(1, 40)), "[DONE]"))


def test_so_many_runs_that_they_are_scanned_on_the_way() -> None:
    reader, more = ChatReader(), call(arguments="1")
    for each in (call(arguments="[", id="c", name="f"), more):
        reader.add(each)
    binding, events = reader.bind(more, "message"), list[Any]()
    assert binding is not None
    for _ in range(UNREAD + 1):
        assert binding.apply_run(["2", "3"], events)
    assert reader.tool_call().arguments == "[1" + "23" * (UNREAD + 1)
    assert "".join(event.arguments for event in events) == "23" * (UNREAD + 1)


@pytest.mark.parametrize(
    "more",
    [
        chunk({"reasoning": "x", "reasoning_details": [{"type": "reasoning.text", "text": "x", "index": 0}]}),
        {"choices": [{"index": 0, "delta": {"content": "x"}, "logprobs": {"content": ["x"]}}]},
    ],
    ids=["a text in two places", "a list beside it"],
)
def test_more_than_one_value_reads_no_runs(more: Any) -> None:
    reader = ChatReader()
    for _ in range(2):
        reader.add(copy.deepcopy(more))
    binding, events = reader.bind(more, "message"), list[Any]()
    assert binding is not None
    assert not binding.apply_run([["y", "y"], ["z", "z"]], events)
    assert events == []


@pytest.mark.parametrize("run", [False, True])
def test_nothing_is_merged_while_nothing_changes(run: bool) -> None:
    chat, binding = ChatReader(), None
    for chunk_of_nothing in idle(*range(1, 5)):
        chat.merge(chunk_of_nothing, "message", [], 0)
        binding = chat.bind(chunk_of_nothing, "message")
    assert binding is not None
    before = repr(chat.result())
    events: list[StreamEvent] = []
    for holds in (True, False):
        assert (binding.apply_run([[], []], events) if run else binding.apply([], events)) is holds
        assert (repr(chat.result()), events) == (before, [])
        chat.merge(chunk({}, "stop"), "message", [], 0)
        before = repr(chat.result())
