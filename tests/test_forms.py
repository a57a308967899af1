"""What is learned of a stream, and that it stays bounded."""

from __future__ import annotations

import functools
import json
from typing import Any

import msgspec
import orjson
import pytest

from ssemble import Limits, MessageStream, _forms

from .differential import both, events, said, straight
from .helpers import chunk
from .shortcut_cases import FRUITFUL, forms, in_choice

pytestmark = pytest.mark.usefixtures("learning_at_once")


def test_more_forms_than_are_kept() -> None:
    both(forms(70), errors="event")
    again = [*forms(70), *forms(70)]
    both(again)
    assert straight(again) >= 140, "two of three, and those that are forgotten are learned again"
    heads = events(*({"id": "c", **{f"key{n}": 1}, **said(text)[0]} for n in range(70) for text in "abc"))
    both([*heads, *heads])


def test_forms_with_one_beginning_are_counted_too() -> None:
    """Each is read for each frame that none of them fits, so that their number must be bounded."""
    body = events(*(each for n in range(200) for each in said(*"ab", x=n)))
    stream = MessageStream()
    shortcut: Any = stream._shortcut
    most = 0
    for event in body:
        stream.feed(event)
        most = max(most, sum(len(known) for heads in shortcut.forms.by_head.values() for known in heads.values()))
    assert most == _forms.MOST_FORMS
    assert straight(body) == 200
    both(body[:200])


def test_a_long_frame_is_not_kept_as_a_form() -> None:
    rest = _forms.LONGEST_FORM - len(events(*said("a", x=""))[0].rstrip())
    for size, short in ((rest, 3), (rest + 1, 0)):
        body = events(*said(*"abcd", x="y" * size))
        assert straight(body) == short
        both([*body, *events(*said(*"ab", x="z")), *body[:1], *events(*said(*"ab", x="z"))])


def test_forms_that_come_back() -> None:
    turns = [each for _ in range(10) for each in forms(6, each=1)]
    both(turns)


@pytest.mark.parametrize(("before", "more"), FRUITFUL.values(), ids=list(FRUITFUL))
def test_learning_stops_where_it_is_fruitless(before: list[bytes], more: int) -> None:
    """Forms that no later frame has are not learned for ever: a proof costs more than it may bring."""
    most = _forms.FRUITLESS + more
    for count, short in ((most - 1, 5), (most, 0), (40, 0)):
        body = [*before, *forms(count, each=1), *events(*said(*"abcdef"))]
        both(body)
        assert straight(body) == straight(before) + short


def test_a_form_that_is_used_counts_for_those_that_begin_like_it() -> None:
    used = [*in_choice("ab", x=0), *in_choice("a", x=1)]
    for count, short in ((_forms.FRUITLESS - 1, 5), (_forms.FRUITLESS, 0)):
        others = [each for n in range(count) for each in in_choice("a", index=1, x=n)]
        body = [*used, *others, *in_choice("abcdef", index=1, x="last")]
        both(body)
        assert straight(body) == 1 + short


def kept(stream: Any) -> list[int]:
    return [len(form.frame.head) for form in stream._shortcut.forms.known]


def test_forms_are_bounded_in_bytes_by_the_limits_together() -> None:
    """Where there would be more, all are forgotten and learning begins anew."""
    body = [event for n in range(6) for event in events(*said(*"abc", x=f"{n}" * 2000))]
    size = len(body[0]) - 2
    for message in (size * 2, size * 3, size * 9):
        limits = Limits(max_event_size=size + 2, max_message_size=message)
        stream = MessageStream(limits=limits)
        seen = 0
        for event in body:
            stream.feed(event)
            seen = max(seen, len(kept(stream)))
        assert seen == min(6, (size + 2 + message) // size)
        both(body, limits=limits)


@pytest.mark.parametrize(
    ("loads", "apart"),
    [
        (json.loads, True),
        (orjson.loads, True),
        (msgspec.json.decode, True),
        (msgspec.json.Decoder().decode, False),
        (functools.partial(json.loads), False),
        (functools.lru_cache(orjson.loads), False),
        (lambda text: json.loads(text), False),
    ],
    ids=["json", "orjson", "msgspec", "a method", "a partial", "one that remembers", "a function"],
)
def test_which_decoders_are_learned_from(loads: Any, apart: bool) -> None:
    assert loads("1") == 1
    assert _forms.decodes_apart(loads) is apart
    assert (straight(events(*said(*"abcd")), loads=loads) > 0) is apart


def test_only_what_an_accumulator_of_chats_has_merged_is_learned() -> None:
    found = _forms.Forms(json.loads, 1000)
    (payload,) = said("a")
    assert not found.remember(events(payload)[0][:-2], b"\n\n", payload, None, object())
    assert found.known == []


@pytest.mark.parametrize(
    "body",
    [
        events(*(chunk({}, "stop") for _ in range(6))),
        [event.replace(b"content", rb"c\u006fntent") for event in events(*said(*"abcdef"))],
    ],
    ids=["a finish", "an escaped key"],
)
def test_what_is_not_settled_or_not_proven_is_not_learned(body: list[bytes]) -> None:
    assert straight(body) == 0
    both(body)
