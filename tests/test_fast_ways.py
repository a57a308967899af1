"""What fast ways through the layers get wrong easily, and the one place where bodies are compared. It is stated of what anybody can see, so that any fast way must pass.

Events, errors, results, repairs and counts are compared with templates and without, however the bytes are cut.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import itertools
import json
import sys
from collections.abc import Callable, Iterable
from typing import Any

import orjson
import pytest

import ssemble
from benchmarks.attack_bodies import SMALL, Attack
from benchmarks.attacks import cases, strike
from ssemble import Limits, MessageStream

from .counting import counted
from .differential import both, events, said
from .helpers import call, chunk, sse
from .plain import make_stream
from .profiles import LONG
from .stream_cases import CALLS, FAULTS, SAY, STOP, WHOLE
from .trace import trace

STEP = 1 if LONG else 3  # every length of a stream, or every third
LEARNED = events(*said(*"abcdefgh"))  # a form that every fast way knows by now
DONE = b"data: [DONE]\n\n"
IN_CRLF = [event.replace(b"\n", b"\r\n") for event in LEARNED]


def everywhere(head: bytes, tail: bytes, **options: Any) -> None:
    """Cut the tail in two and in three at every place, and compare with the plain way."""
    plain = trace([head + tail], templates=False, **options)
    single = [tail[at : at + 1] for at in range(len(tail))]
    assert trace([head, *single], **options) == plain
    for at in range(len(tail) + 1):
        for fragments in ([head, tail[:at], tail[at:]], [head + tail[:at], tail[at:]]):
            assert trace(fragments, **options) == plain, at
    for one, two in itertools.combinations(range(0, len(tail), 7), 2):
        assert trace([head, tail[:one], tail[one:two], tail[two:]], **options) == plain, (one, two)


# Bodies of every kind.

TOLD = [chunk({"content": f"{number}é\\n"}, id="m", model="x", created=7) for number in range(9)]
BODIES: dict[str, bytes] = {
    **{name: body for name, (body, *_) in WHOLE.items()},
    **{name: body for name, (body, *_) in FAULTS.items()},
    "calls": CALLS,
    "long": sse(*TOLD, {"error": None, **SAY}, *TOLD[:3], {"usage": {"a": 1}, **SAY}, *TOLD, STOP),
}


@pytest.mark.parametrize("body", BODIES.values(), ids=list(BODIES))
def test_nothing_differs(body: bytes) -> None:
    plain = trace([body], templates=False)
    for size in (1, 2, 3, 7, 50, 170, len(body) + 1):
        assert trace([body[at : at + size] for at in range(0, len(body), size)]) == plain


@pytest.mark.parametrize(
    ("attack", "errors"), [pytest.param(attack, errors, id=f"{name}, {errors}") for name, errors, attack in cases("")]
)
def test_no_attack_comes_to_another_end(attack: Attack, errors: str, monkeypatch: pytest.MonkeyPatch) -> None:
    count = min(attack.small, 300)
    fast = strike(attack, count, errors, SMALL).error
    monkeypatch.setattr(MessageStream, "_templates", False)
    assert strike(attack, count, errors, SMALL).error == fast


# Behind the end.

LATE = events(*said("LATE"))[0]
ENDS: dict[str, bytes] = {
    "done": DONE,
    "done in CRLF": b"data: [DONE]\r\n\r\n",
    "done in CR": b"data: [DONE]\r\r",
    "done in LF and CRLF": b"data: [DONE]\n\r\n",
    "done without a space": b"data:[DONE]\n\n",
    "done, named": b"event: x\ndata: [DONE]\n\n",
    "done as a text": b'data: "[DONE]"\n\n',
    "an error": b'data: {"error": "x"}\n\n',
    "an error event": b"event: error\ndata: x\n\n",
    "bad JSON": b"data: {bad\n\n",
}
AFTER: dict[str, bytes] = {
    "a chunk": LATE,
    "a chunk in CRLF": LATE.replace(b"\n", b"\r\n"),
    "a comment": b": late\n\n" + LATE,
    "another form": events(chunk({"content": "LATE", "role": "x"}, index=1))[0],
    "done again": DONE + LATE,
    "an error": b'data: {"error": "late"}\n\n',
    "a body": b"{\n" + LATE,
}


@pytest.mark.parametrize("after", AFTER.values(), ids=list(AFTER))
@pytest.mark.parametrize("end", ENDS.values(), ids=list(ENDS))
def test_nothing_behind_the_end_is_read(end: bytes, after: bytes) -> None:
    everywhere(b"".join(LEARNED), end + after)


@pytest.mark.parametrize("end", list(ENDS.values())[:7], ids=list(ENDS)[:7])
def test_what_comes_in_pieces_behind_the_end_joins_nothing(end: bytes) -> None:
    for at in range(1, len(end)):
        stream = MessageStream()
        for fragment in (*LEARNED, end[:at], end[at:] + LATE[:40], LATE[40:], LATE):
            stream.feed(fragment)
        completion = stream.close()
        assert (completion.text, completion.complete, stream.chunk_count) == ("abcdefgh", True, 8)


@pytest.mark.parametrize("end", ENDS.values(), ids=list(ENDS))
@pytest.mark.parametrize("errors", ["raise", "event"])
def test_what_stands_behind_an_end_that_fails_is_not_looked_at(end: bytes, errors: Any) -> None:
    """The message of a choice is taken at the end, and may be more than a limit allows."""
    whole = {"choices": [{"index": 0, "message": {"role": "assistant", "content": "x"}, "finish_reason": "stop"}]}
    failed = []
    for limit in range(100, 500, 4):
        found = both([*events(whole), end, LATE], errors=errors, limits=Limits(max_message_size=limit))
        failed.append("bytes_after_terminator" not in found.repairs)
    assert True in failed


# Payloads of another shape that look like chunks.

FOREIGN: dict[str, dict[str, Any]] = {
    "an older object": {"object": "text_completion"},
    "of another choice": {"object": "text_completion", "choices": [{"index": 3, "delta": {"content": "x"}}]},
    "of no choice": {"object": "text_completion", "choices": []},
    "with a call": {"object": "text_completion", **call(5, arguments="x")},
    "with reasoning": {"object": "text_completion", **chunk({"reasoning": "x"}, index=1)},
    "with details": {
        "object": "text_completion",
        **chunk({"reasoning_details": [{"type": "r", "index": 4, "text": "x"}]}),
    },
    "with two texts": {"object": "text_completion", **chunk({"content": "x", "reasoning": "y"}, index=2)},
    "no choices": {"delta": {"content": "x"}},
    "an event of another dialect": {"type": "content_block_delta", "index": 0, "delta": {"text": "x"}},
    "usage of another dialect": {"type": "message_delta", "usage": {"output_tokens": 1}},
}
PLACES: dict[str, Callable[[dict[str, Any]], list[dict[str, Any]]]] = {
    "in a run": lambda foreign: [*said(*"ab"), *[foreign] * 9, *said(*"cdefg")],
    "first": lambda foreign: [*[foreign] * 9, *said(*"abcdefghij")],
    "in turn": lambda foreign: [each for text in "abcdefghij" for each in (*said(text), foreign)],
    "behind a form": lambda foreign: [*said(*"abcdefghij"), *[foreign] * 9],
    "alone": lambda foreign: [foreign] * 9,
}


@pytest.mark.parametrize("place", PLACES.values(), ids=list(PLACES))
@pytest.mark.parametrize("errors", ["raise", "event"])
@pytest.mark.parametrize("foreign", FOREIGN.values(), ids=list(FOREIGN))
def test_what_is_no_chunk_stays_none(foreign: dict[str, Any], errors: Any, place: Callable[[Any], Any]) -> None:
    whole = {**said("x")[0], **foreign}
    for payload in (foreign, whole):
        body = events(*place(payload))
        both([*body, DONE], errors=errors)
        both([event.replace(b"\n", b"\r\n") for event in body], errors=errors)


# Values that are equal and not the same.

EQUAL: tuple[tuple[Any, ...], ...] = (
    (1, True, 1.0),
    (0, False, 0.0, -0.0),
    (2**53, float(2**53)),
    ([1], [True], [1.0]),
)
HOLDERS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "at the top": lambda value: {"m": value},
    "in an object": lambda value: {"m": {"x": value}},
    "deep in objects": lambda value: {"m": {"x": {"y": {"z": value, "w": 1}}}},
    "beside a null": lambda value: {"m": None, "n": {"x": value}},
}


@pytest.mark.parametrize("hold", HOLDERS.values(), ids=list(HOLDERS))
@pytest.mark.parametrize("values", EQUAL, ids=repr)
@pytest.mark.parametrize("choices", [1, 2, 3])
def test_the_last_value_wins_also_over_an_equal_one(values: Any, hold: Any, choices: int) -> None:
    for few in itertools.permutations(values, 2):
        turns = [
            chunk({"content": text}, index=n % choices, **hold(few[n % 2])) for n, text in enumerate("abcdefghijklmno")
        ]
        for count in range(8, 16, STEP):
            both(events(*turns[:count]))
        runs = [
            chunk({"content": text}, index=n % choices, **hold(few[n // 5 % 2]))
            for n, text in enumerate("abcdefghijklmno" * 2)
        ]
        for count in range(21, 30, STEP):
            both(events(*runs[:count]))


@pytest.mark.parametrize("place", ["delta", "choice"])
@pytest.mark.parametrize("values", EQUAL[:3], ids=repr)
def test_so_it_does_inside_a_choice(values: Any, place: str) -> None:
    for few in itertools.permutations(values, 2):
        body = []
        for n, text in enumerate("abcdefghijklmno" * 2):
            each = chunk({"content": text}, index=n % 2)
            (each["choices"][0]["delta"] if place == "delta" else each["choices"][0])["m"] = few[n // 3 % 2]
            body.append(each)
        for count in range(21, 30, STEP):
            both(events(*body[:count]))


# Nesting near the limit of the stack.


@pytest.mark.parametrize("place", ["p", "object", "index", "unknown", "logprobs"])
@pytest.mark.parametrize("one", ["[%s]", '{"a":%s}', '[{"a":%s}]'], ids=["lists", "objects", "both"])
def test_what_can_be_decoded_does_not_depend_on_the_cut(place: str, one: str) -> None:
    head, tail = one.split("%s")
    limit = sys.getrecursionlimit()
    for levels in (*range(70, 130, 5), *range(limit - 130, limit + 10, 2)):
        nested = head * levels + "1" + tail * levels
        event = events(json.dumps({**said("a")[0], place: 0}).replace(f'"{place}": 0', f'"{place}": {nested}'))[0]
        told = []
        for fragments in ([event], [event[:-1], event[-1:]], [event[:30], event[30:]], [event * 2], [*LEARNED, event]):
            for templates in (True, False):
                found = trace(fragments, templates=templates, errors="event")
                told.append((any(each.type == "raw" and each.event == "error" for each in found.events), found.repairs))
        assert all(each == told[0] for each in told), levels


@pytest.mark.parametrize("levels", [0, 300, 600])
def test_nor_does_it_for_a_caller_that_is_deep_itself(levels: int) -> None:
    def below(left: int, work: Callable[[], Any]) -> Any:
        return below(left - 1, work) if left else work()

    for deep in range(50, sys.getrecursionlimit() - levels, 5):
        event = events(json.dumps(said("a", p=0)[0]).replace('"p": 0', f'"p": {"[" * deep}{"]" * deep}'))[0]
        told = set()
        for fragments in ([event], [event[:-1], event[-1:]], [event + event[:9], event[9:]]):
            for templates in (True, False):
                work = functools.partial(trace, fragments, templates=templates, errors="event")
                told.add(below(levels, work).completion.text[:1])
        assert len(told) == 1, deep


# Views that are asked for at any moment, in every way there is.


@pytest.mark.parametrize("when", range(1, 14))
@pytest.mark.parametrize("where", ["the stream", "the accumulator"])
def test_a_view_hears_all_whenever_and_wherever_it_was_asked_for(when: int, where: str) -> None:
    arguments = [call(0, id="c", name="f", arguments="["), *(call(0, arguments=f"{n},") for n in range(12))]
    texts = [chunk({"content": text}, index=1) for text in ["[", *(f"{n}," for n in range(12))]]
    for chunks, follow in itertools.product(
        (arguments, texts, [each for pair in zip(arguments, texts, strict=True) for each in pair]), ("event", "rest")
    ):
        body = events(*chunks)
        for templates in (True, False):
            stream = make_stream(templates=templates)
            for event in body[:when]:
                stream.feed(event)
            source: Any = stream if where == "the stream" else stream._assembly.reader
            values = []
            with contextlib.suppress(LookupError):
                values.append(source.tool_call(0, 0).partial_arguments)
            if where == "the stream":
                values.append(source.partial_json(1))
            else:
                values.append(ssemble.PartialJSON())
                source.attach_partial(1, values[-1])
            for fragment in body[when:] if follow == "event" else [b"".join(body[when:])]:
                stream.feed(fragment)
            completion = stream.completion()
            made = [each.arguments for choice in completion.choices for each in choice.message.tool_calls]
            made += [choice.message.text for choice in completion.choices if choice.index == 1]
            assert [value.raw for value in values if value.raw] == made[-len(values) :]


# How often a payload is decoded.

ONCE: dict[str, bytes] = {
    "chunks": b"".join(LEARNED) + DONE,
    "an in-band error": b"".join(LEARNED) + b'data: {"error": "x"}\n\n' + LATE,
    "an error in a choice": b"".join(LEARNED) + b'data: {"choices": [{"index": 0, "error": "x"}]}\n\n',
    "an error of another kind": b"".join(LEARNED) + b'data: {"object": "error", "message": "x"}\n\n',
    "bad JSON": b"".join(LEARNED) + b"data: {bad\n\n" + LATE,
    "a list": b"".join(LEARNED) + b'data: [{"a": 1}]\n\n' + LATE,
    "two payloads in one event": LEARNED[0][:-1] + LEARNED[1] + LATE,
    "in CRLF": b"".join(IN_CRLF) + b'data: {"error": "x"}\r\n\r\n',
}


@pytest.mark.parametrize("decode", [json.loads, orjson.loads], ids=["json", "orjson"])
@pytest.mark.parametrize("errors", ["raise", "event"])
@pytest.mark.parametrize("body", ONCE.values(), ids=list(ONCE))
def test_a_payload_is_decoded_as_often_as_without_templates(body: bytes, errors: Any, decode: Any) -> None:
    def decoded(fragments: Iterable[bytes], templates: bool) -> list[str]:
        texts: list[str] = []

        def loads(text: str) -> Any:
            texts.append(text)
            return decode(text)

        trace(fragments, loads=loads, templates=templates, errors=errors)
        return texts

    single = [body[at : at + 1] for at in range(len(body))]
    for fragments in ([body], single, [body[:100], body[100:]], body.splitlines(keepends=True)):
        assert decoded(fragments, True) == decoded(fragments, False)


# Work and memory within one fragment.

SHORT = b"".join(events(*said(*"abcd"), *said("e", m=1)))
MIXED: dict[str, bytes] = {
    "runs of four": SHORT,
    "runs of two": b"".join(events(*said(*"ab"), *said(*"cd", m=1))),
    "a run, and an escape": b"".join(events(*said(*"abcde", "\n"))),
    "a run, and half a pair": b"".join(events(*said(*"abcde", "\ud83d"))),
    "a run, and an empty text": b"".join(events(*said(*"abcde", ""))),
    "a run, and a comment": b"".join(events(*said(*"abcde"))) + b": x\n\n",
    "a run, and a named event": b"".join(events(*said(*"abcde"))) + b"event: x\n" + events({"a": 1})[0],
    "a run, and something else": b"".join(events(*said(*"abcde"), {"type": "ping"})),
    "a run, and a body": b"".join(events(*said(*"abcde"))) + b"{\n\n}\n\n",
    "runs of calls": b"".join(
        events(*(call(0, arguments=text) for text in "abcd"), call(0, arguments="{"), *said(*"ab"))
    ),
    "choices in turn": b"".join(events(*(chunk({"content": text}, index=n % 3) for n, text in enumerate("abcabc")))),
    "in CRLF": SHORT.replace(b"\n", b"\r\n"),
    "CRLF and LF in turn": SHORT + SHORT.replace(b"\n", b"\r\n"),
    "deep ones in turn": b"".join(
        events(*said(*"abcd"), json.dumps(said("e", p=0)[0]).replace('"p": 0', f'"p": {"[" * 150}{"]" * 150}'))
    ),
    "a form, and another with two texts": b"".join(events(*said(*"abcd"), chunk({"content": "x", "reasoning": "y"}))),
}


@pytest.mark.parametrize("piece", MIXED.values(), ids=list(MIXED))
def test_work_within_one_fragment_is_linear(piece: bytes) -> None:
    found = []
    for times in (16, 64):
        body = b"".join([*events(call(0, id="c", name="f", arguments="[")), piece * times])
        found.append(counted(lambda: MessageStream(errors="event").feed(body)))  # noqa: B023  # it runs before the loop goes on
    assert found[1].steps <= 4.2 * found[0].steps
    assert found[1].read <= 4.2 * found[0].read
    assert found[1].allocated <= 4.6 * found[0].allocated


def test_learned_forms_are_bounded_by_the_limits() -> None:
    """Each of many long forms is used, so that a fast way would keep it."""
    limits = Limits(max_event_size=20_000, max_message_size=20_000)
    allowed = 40_000
    form = '{"choices":[{"index":%d,"delta":{"content":"a"}}],"zz":"' + "\u4e00" * 5000 + '"}'
    body = [event for n in range(40) for event in events(form % n) * 12]
    stream = MessageStream(limits=limits)
    for event in body:
        stream.feed(event)
    assert reachable(stream) <= 6 * allowed
    both(body[: 12 * 5], limits=limits)


def reachable(root: object) -> int:
    """Bytes of all text that an object leads to."""
    seen: set[int] = set()
    size, left = 0, [root]
    while left:
        each = left.pop()
        if id(each) in seen or isinstance(each, type) or (callable(each) and not hasattr(each, "__closure__")):
            continue
        seen.add(id(each))
        if isinstance(each, (str, bytes, bytearray)):
            size += sys.getsizeof(each)
        elif hasattr(each, "__closure__"):
            left += [cell.cell_contents for cell in each.__closure__ or ()]
        else:
            left += gc.get_referents(each)
    return size
