"""The templates of one stream: what is found, what comes next, and that they stay bounded."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ssemble._payloads import learned
from ssemble._payloads.learned import LEARN_AFTER, LONGEST, MAX_MISSES, MAX_TEMPLATES, Templates
from ssemble._payloads.templates import DIGITS, LIST, NUMBER, TEXT, UNBOUND, Slot, Unbound

A = Slot(("a",))
BLANK = b"\n\n"


class Bound:
    """A binding that keeps what it gets."""

    def __init__(self, *slots: Slot) -> None:
        self.slots = slots or (A,)
        self.values: list[Any] = []

    def apply(self, values: Any, events: list[Any]) -> bool:
        self.values.append(values)
        return True

    def apply_run(self, rows: list[Any], events: list[Any]) -> bool:
        self.values += rows
        return True


def frame(text: str = "x", **more: Any) -> bytes:
    return b"data: " + json.dumps({**more, "a": text}).encode()


def take(templates: Templates, data: bytes, binding: Any = None) -> bool:
    """Take a frame as the parser does; True if a template matched and was used."""
    template, values = templates.match(data) if templates.known else (None, None)
    if template is not None and template.binding.apply(values, []):
        template.used = True
        return True
    if template is not None or templates.due(data):
        binding = Bound() if binding is None else binding
        templates.merged(data, 6, BLANK, json.loads(data[6:]), template, binding or None)
    return False


def teach(templates: Templates, data: bytes) -> None:
    templates.merged(data, 6, BLANK, json.loads(data[6:]), None, Bound())


def test_a_template_is_learned_after_some_payloads() -> None:
    templates = Templates(json.loads, 10**6)
    assert [take(templates, frame(text)) for text in "abcdefg"] == [False] * LEARN_AFTER + [True] * 3
    assert [len(templates.known), templates.known[0].binding is not UNBOUND] == [1, True]


def test_a_frame_is_found_by_its_head_whatever_is_expected() -> None:
    templates = Templates(json.loads, 10**6)
    for n in range(5):
        teach(templates, frame(n=n))
    for n in (3, 1, 1, 4, 0):
        template, values = templates.match(frame("y", n=n))
        assert template is not None
        assert (template.number, values) == (n, "y")
        assert templates.last is template
    assert templates.match(frame("y", n=7)) == (None, None)
    assert templates.match(b'data: {"n": 1, "a": "\xff"}') == (None, None)


def test_what_followed_last_is_expected_next() -> None:
    templates = Templates(json.loads, 10**6)
    for n in (0, 1, 0, 1):
        if templates.match(frame(n=n))[0] is None:
            teach(templates, frame(n=n))
    for n in (0, 1, 0, 1):
        template = templates.next
        assert template is not None
        assert template.number == n
        templates.matched(template)
    templates.match(frame(n=0))
    templates.match(frame(n=0))
    assert templates.known[0].then == 0, "it follows itself"
    assert [template.turns for template in templates.known] == [False, True]


def test_a_stale_template_is_bound_again_and_not_learned_again() -> None:
    templates = Templates(json.loads, 10**6)
    teach(templates, frame())
    (template,) = templates.known
    again = Bound()
    templates.merged(frame(), 6, BLANK, {"a": "x"}, template, again)
    assert template.binding is again
    for other in (None, Bound(Slot(("b",)))):
        templates.merged(frame(), 6, BLANK, {"a": "x"}, template, other)
        assert isinstance(template.binding, Unbound), "these slots are not the proven ones"
    events: list[Any] = []
    assert not template.binding.apply("x", events)
    assert not template.binding.apply_run(["x", "y"], events)
    assert not events
    assert templates.known == [template]


def test_a_template_that_is_known_is_not_stored_twice() -> None:
    templates = Templates(json.loads, 10**6)
    for text in ("x", "\ud83d", "y"):
        teach(templates, frame(text))
    assert len(templates.known) == 1


def test_a_reader_that_refuses_is_asked_less_often() -> None:
    templates = Templates(json.loads, 10**6)
    asked = 0
    for _ in range(100):
        if templates.due(frame()):
            asked += 1
            templates.merged(frame(), 6, BLANK, {"a": "x"}, None, None)
    assert asked <= 1 + 100 / (LEARN_AFTER // 2)
    assert templates.known == []


@pytest.mark.parametrize("used", [False, True])
def test_learning_stops_if_no_template_is_used(used: bool) -> None:
    templates = Templates(json.loads, 10**6)
    for n in range(MAX_MISSES + 4):
        for _ in range(LEARN_AFTER):
            take(templates, frame(n=n))
        if used:
            assert take(templates, frame(n=n))
    assert len(templates.known) == (MAX_MISSES + 4 if used else MAX_MISSES)


def test_their_number_is_bounded() -> None:
    templates = Templates(json.loads, 10**9)
    most = 0
    for n in range(3 * MAX_TEMPLATES):
        teach(templates, frame(n=n))
        most = max(most, len(templates.known))
        assert templates.match(frame("y", n=n))[1] == "y"
    assert most == MAX_TEMPLATES


@pytest.mark.parametrize("limit", [1000, 3000, learned.MAX_BYTES * 2])
def test_their_bytes_are_bounded(limit: int) -> None:
    templates = Templates(json.loads, limit)
    long = "z" * (400 if limit < 10_000 else LONGEST // 2)
    for n in range(2 * MAX_TEMPLATES):
        teach(templates, frame(n=n, z=long))
        assert sum(len(b"".join(each.literals)) for each in templates.known) <= min(limit, learned.MAX_BYTES)
    assert templates.known


def test_a_long_frame_is_not_learned() -> None:
    templates = Templates(json.loads, 10**9)
    size = LONGEST - len(frame(z=""))
    for more, due in ((0, True), (1, False)):
        assert [templates.due(frame(z="z" * (size + more))) for _ in range(LEARN_AFTER)][-1] is due


def test_a_proof_that_needs_too_much_stack_is_given_up() -> None:
    data = frame(z=json.loads("[" * 80 + "]" * 80))
    payload = json.loads(data[6:])
    templates = Templates(json.loads, 10**9)

    def loads(text: str) -> Any:
        raise RecursionError

    templates = Templates(loads, 10**9)
    templates.merged(data, 6, BLANK, payload, None, Bound())
    assert templates.known == []


def test_what_is_not_proven_is_not_stored() -> None:
    templates = Templates(json.loads, 10**6)
    templates.merged(frame(), 6, BLANK, {"a": "other"}, None, Bound())
    assert (templates.known, templates.next) == ([], None)


def test_a_frame_that_is_not_expected_may_be_of_the_first_template() -> None:
    templates = Templates(json.loads, 10**6)
    teach(templates, frame())
    templates.last = None
    template, values = templates.match(frame("y"))
    assert template is templates.last is templates.known[0]
    assert values == "y"
    templates.next = templates.last = None
    assert templates.match(frame("z"))[1] == "z"


def test_the_same_bytes_with_other_kinds_are_another_template() -> None:
    templates = Templates(json.loads, 10**6)
    data = frame(n=5)
    for kind in (NUMBER, DIGITS, NUMBER):
        templates.merged(data, 6, BLANK, {"n": 5, "a": "x"}, None, Bound(Slot(("n",), kind), A))
    assert [template.kinds for template in templates.known] == [(NUMBER, TEXT), (DIGITS, TEXT)]


def test_of_the_templates_with_lists_and_one_head_only_the_last_is_tried() -> None:
    templates = Templates(json.loads, 10**6)
    frames = [b'data: {"l":[1],"k%d":0,"a":"x"}' % n for n in range(4)]
    for data in frames:
        templates.merged(data, 6, BLANK, json.loads(data[6:]), None, Bound(Slot(("l",), LIST), A))
    assert len(templates.known) == len(frames)
    for n, data in enumerate(frames):
        templates.next = None
        assert templates.match(data)[1] == ([[1], "x"] if n == 3 else None)
    templates.next = templates.known[0]
    assert templates.match(frames[0])[0] is templates.known[0], "if it is expected"


@pytest.mark.parametrize(("room", "kept"), [(0, 2), (-1, 1)])
def test_the_bytes_of_all_templates_have_a_limit(room: int, kept: int) -> None:
    frames = [frame(k="b"), frame(k="c")]
    templates = Templates(json.loads, sum(map(len, frames)) + room)
    for data in frames:
        templates.merged(data, 6, BLANK, json.loads(data[6:]), None, Bound())
    assert len(templates.known) == kept


def test_nothing_is_learned_by_one_that_does_not_learn() -> None:
    templates = Templates(json.loads, 10**6, learns=False)
    assert not any([templates.due(frame()) for _ in range(100)])
