"""The machine that reads JSON piece by piece."""

from __future__ import annotations

import json
import string
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ssemble._partial import machine as _partial_machine
from ssemble._partial.machine import MANY_NUMBERS, WORTHWHILE, deeper, whole_container
from ssemble._partial.tokens import LONG, SCANNERS

from ..counting import assert_linear
from ..helpers import nested
from .checks import assert_as_the_oracle_says, fed
from .json_cases import BAD, CUT, WHOLE
from .oracle import seen


@pytest.fixture(params=["as it is", "every try is made"])
def eager(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let short texts, too, go the ways of long ones: the oracle is too slow for long texts."""
    if request.param == "every try is made":
        monkeypatch.setattr(_partial_machine, "WORTHWHILE", 0)
        monkeypatch.setattr(_partial_machine, "MANY_NUMBERS", 0)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[tuple[Any, ...]]]:
    """Note what a function of the machine is called with from now on.

    Work that is saved shows in nothing else; without these tests a seventh of the small faults survives.
    """

    def of(name: str) -> list[tuple[Any, ...]]:
        noted: list[tuple[Any, ...]] = []
        honest = getattr(_partial_machine, name)

        def noting(*given: Any) -> Any:
            noted.append(given)
            return honest(*given)

        monkeypatch.setattr(_partial_machine, name, noting)
        return noted

    return of


def test_there_are_many_cases() -> None:
    assert len(set(WHOLE)) + len(set(CUT)) + len(BAD) > 200


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("text", WHOLE, ids=ascii)
def test_whole_texts(text: str) -> None:
    assert json.loads(text) is not ...
    assert assert_as_the_oracle_says(text).fault is None


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("text", CUT, ids=ascii)
def test_cut_texts(text: str) -> None:
    shown = assert_as_the_oracle_says(text)
    assert (shown.fault, shown.complete) == (None, False)


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize(("text", "fault"), BAD.items(), ids=list(map(ascii, BAD)))
def test_bad_texts(text: str, fault: int) -> None:
    for rest in ("", "]", '"}', " [1, 2]"):
        assert assert_as_the_oracle_says(text + rest).fault == fault


@pytest.mark.parametrize(
    ("good", "reason"),
    [
        ("", "expected a value"), ("[", "expected a value or ']'"), ("[1,", "expected a value"), ('{"a":', "expected a value"),
        ("{", "expected a key in quotes or '}'"), ('{"a":1,', "expected a key in quotes"), ('{"a"', "expected ':'"), ('{"a" ', "expected ':'"),
        ('["a"', "expected ',' or ']'"), ("[[]", "expected ',' or ']'"), ('{"a":{}', "expected ',' or '}'"), ("[]", "extra data after the document"),
        ("[1", "invalid number or literal"), ("[tru", "invalid number or literal"),
        ('["\\', "invalid escape"), ('{"\\', "invalid escape"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("bad", ["x", "X"])
def test_a_fault_tells_what_was_expected(good: str, reason: str, bad: str) -> None:
    for look in (False, True):
        error = fed(good, bad, look=look).error
        assert str(error).startswith(f"not JSON at character {len(good)}, {reason}: ")


@pytest.mark.parametrize(
    "text", ['"\n"', '["a\tb\x00", "\\n\x1f"]', '{"\n": "\\ud83d\n"}', '"\\\n"', '"\x01\\x'], ids=ascii
)
def test_control_characters_where_they_are_allowed(text: str) -> None:
    assert_as_the_oracle_says(text, strict=False)


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize(
    "text", ["[[]]", "[[[]]]", '{"a":{"b":[]},"c":[[1]]}', '[[],[],{"a":"[["},[["]"]]]', '["[[[[", [["\\"[["]]]']
)
@pytest.mark.parametrize("max_depth", [1, 2, 3, 4])
def test_the_limit_of_depth_does_not_depend_on_the_cuts(text: str, max_depth: int) -> None:
    assert_as_the_oracle_says(text, max_depth=max_depth)


@pytest.mark.parametrize(
    ("text", "depth"),
    [
        ("[]", 1),
        ('{"a":[{}]}', 3),
        ('["[[[[[["]', 1),
        ('["\\"[[", ["\\\\"]]', 2),
        ("[[], [], [[]], {}]", 3),
        (json.dumps(nested(40)), 41 - 1),
        (json.dumps(nested(30, key="[")), 30),
        ('{"\\\\": ["\ud83d", "\\\\\\"[", {"]": "["}]}', 3),
    ],
)
def test_depth_is_counted_in_the_text(text: str, depth: int) -> None:
    for limit in range(1, 60):
        assert deeper(text, limit) is (depth > limit)
        assert deeper(f"[[[{text}]]]", limit, 3, 3 + len(text)) is (depth > limit)


TOO_MANY_DIGITS = "1" * 4301


@pytest.mark.parametrize(
    ("text", "pos"),
    [(f"[{TOO_MANY_DIGITS},", 1), (f'{{"a": -{TOO_MANY_DIGITS} ', 6), (f"[0, 1, {TOO_MANY_DIGITS}, 2]", 7)],
)
def test_more_digits_than_an_integer_may_have(text: str, pos: int) -> None:
    for size in (1, 7, 4000, len(text)):
        partial = fed(*(text[at : at + size] for at in range(0, len(text), size)), look=True)
        assert partial.error is not None
        assert partial.error.pos == pos
        assert "digits" in str(partial.error.__cause__)


def test_as_many_digits_as_a_float_likes() -> None:
    text = f"[{TOO_MANY_DIGITS}.5, {TOO_MANY_DIGITS}e-4300]"
    for size in (1, 50, len(text)):
        partial = fed(*(text[at : at + size] for at in range(0, len(text), size)), look=True)
        assert repr(partial.value) == repr(json.loads(text)) == repr(partial.close())


DEEP = [
    json.dumps(value)
    for depth in (1, 2, 5, 9, 12)
    for key in ("", "[", '}"')
    for value in ([nested(depth, key=key)] * 4, {"a": nested(depth, ["]"], key), "b": nested(depth + 1, key=key)})
]


@pytest.mark.parametrize("text", DEEP, ids=range(len(DEEP)))
def test_depth_is_as_great_as_it_is_in_what_json_reads(text: str) -> None:
    def depth(value: Any) -> int:
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
        return 0 if inner is None else 1 + max(map(depth, inner), default=0)

    for limit in range(1, 20):
        assert deeper(text, limit) is (depth(json.loads(text)) > limit)


@pytest.mark.parametrize("text", ["[" + "[]," * 10 + "[]]", '{"a":{},"b":{},"c":{},"d":{}}', '["[[[["]'])
@pytest.mark.parametrize("around", ["", "[[[", "{{{"])
def test_of_few_brackets_nothing_is_copied(text: str, around: str, calls: Any) -> None:
    copied = calls("in_quotes")
    brackets = text.count("[") + text.count("{")
    assert not deeper(around + text + around, brackets, len(around), len(around) + len(text))
    assert copied == []
    deeper(text, brackets - 1)
    assert len(copied) == 1


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ('["[[[["]', 1),
        ("[[],[],[],[]]", 3),
        ('{"a":{},"b":{},"c":{},"d":{}}', 3),
        (json.dumps([nested(4)] * 5), 9),
        (json.dumps([nested(4, key="k")] * 5), 9),
        (json.dumps([{"a": [{"b": []}]}] * 5), 9),
    ],
)
def test_the_levels_of_a_flat_text_are_not_counted_one_by_one(text: str, limit: int, calls: Any) -> None:
    counted = calls("accumulate")
    assert not deeper(text, limit)
    assert counted == []


def test_strings_without_brackets_are_left_out_at_once(calls: Any) -> None:
    searched = calls("in_quotes")
    plain = "".join(char for char in string.printable if char not in "[]{}")
    deeper(json.dumps([plain, "", {plain: "\\"}]), 0)
    assert searched == [(b"", b"[{}]")]


@pytest.mark.parametrize(
    ("text", "at", "depth", "whole"),
    [
        ("[]", 0, 1, ([], 2)),
        ('{"a": [1]}', 0, 2, ({"a": [1]}, 10)),
        ('} {"a": 1} ]', 2, 1, ({"a": 1}, 10)),
        ("[[1]]", 1, 1, ([1], 4)),
        ("[[1]]", 0, 1, (None, 0)),
        ("[1}]", 0, 1, (None, 0)),
        ("[1, 2", 0, 1, (None, 0)),
        ("x[" * 2, 1, 1, (None, 1)),
    ],
)
def test_a_container_is_whole_or_left_alone(text: str, at: int, depth: int, whole: Any) -> None:
    assert whole_container(text, at, SCANNERS[True], depth) == whole


@pytest.mark.parametrize(("text", "at"), [("[1}", 0), ("] [1}", 2), ('{"a": []', 0), ('} {"a": []', 2)])
def test_a_container_without_its_end_is_not_tried(text: str, at: int) -> None:
    def scan_once(text: str, at: int) -> tuple[Any, int]:  # pragma: no cover  # only where the test fails
        raise AssertionError("an error that is raised takes long")

    assert whole_container(text, at, scan_once, 9) == (None, at)


@pytest.mark.parametrize(
    ("name", "text", "shortest"),
    [("whole_container", "[", WORTHWHILE), ("numbers", "1", MANY_NUMBERS)],
)
@pytest.mark.parametrize("short_of", [0, 1])
def test_what_is_short_is_not_tried_whole(name: str, text: str, shortest: int, short_of: int, calls: Any) -> None:
    tried = calls(name)
    fed("[", " " * 100 + text + " " * (shortest - 1 - short_of), look=True)
    assert len(tried) == 1 - short_of


@pytest.mark.parametrize("strict", [True, False])
def test_whole_tokens_take_the_short_way(strict: bool, calls: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_partial_machine, "WORTHWHILE", 10**9)
    long_ways = [calls("string"), calls("scalar"), calls("after_space")]
    text = '{"a": "b", "": ["", "c", 1, -2.5, true, null, -Infinity], "d" :{"e": 1e5} }'
    if not strict:
        text = text.replace("a", "\t", 1).replace("b", "\n")
    assert fed(text, strict=strict).value == json.loads(text, strict=strict)
    assert long_ways == [[], [], []]


def test_a_string_without_its_end_is_not_tried(calls: Any) -> None:
    tried = calls("scanstring")
    assert fed('{"a', 'b": "c', 'd", "e', 'f": 1', look=True).value == {"ab": "cd"}
    assert [text[at:] for text, at, _ in tried] == ['ab": "c', 'ef": 1']


@pytest.mark.parametrize(
    ("name", "begun", "token", "rest"),
    [("string", '{"', "k", 'ey": 1}'), ("scalar", "[", "1", "2]"), ("scalar", '{"a": ', "1e", "9}"), ("scalar", "[", "tru", "e]")],
)  # fmt: skip
def test_what_is_short_waits_for_its_rest(name: str, begun: str, token: str, rest: str, calls: Any) -> None:
    read = calls(name)
    text = " " * 100 + begun + token
    assert fed(text, rest, look=True).value == json.loads(text + rest)
    assert read == []
    if len(token) == 1:
        fed(text + token * (LONG - 2), rest, look=True)
        assert read == []
        fed(text + token * (LONG - 1), rest, look=True)
        assert len(read) == 1


def fragments(text: str, size: int) -> Iterator[str]:
    return (text[at : at + size] for at in range(0, len(text), size))


TRAPS = {
    "a long string": lambda n: '["' + "x" * n,
    "a string that turns wide": lambda n: '["' + "x" * (n // 2) + "é" + "y" * (n // 2) + "😀",
    "a string of escapes": lambda n: '["' + "\\n\\u00e9" * (n // 8),
    "surrogate pairs": lambda n: '["' + "\\ud83d\\ude00" * (n // 12),
    "a long key": lambda n: '{"' + "k" * n,
    "a key of escapes": lambda n: '{"' + '\\"' * (n // 2),
    "a long number": lambda n: "[0." + "1" * n,
    "white space": lambda n: "[1," + " \n" * (n // 2),
    "numbers": lambda n: "[" + "1.5," * (n // 4),
    "open lists": lambda n: "[" * n,
    "open objects": lambda n: '{"a":' * (n // 5),
    "strings": lambda n: "[" + '"a",' * (n // 4),
    "escaped strings": lambda n: "[" + '"\\"",' * (n // 5),
    "infinities": lambda n: "[" + "-Infinity," * (n // 10),
    "tries to read a list at once": lambda n: "[" * (n // 2) + '"]' + "x" * (n // 2),
    "short lists": lambda n: "[" + "[[],{}]," * (n // 8),
}


@pytest.mark.parametrize("trap", TRAPS)
@pytest.mark.parametrize("size", [4, 1_000_000])
def test_work_is_linear_where_it_easily_is_not(trap: str, size: int) -> None:
    def work(count: int) -> None:
        partial = fed(*fragments(TRAPS[trap](count), size), look=True, max_depth=None)
        assert partial.error is None

    # One token takes few steps, so that more of it is needed to see what is copied again and again.
    assert_linear(work, 1000 if trap.startswith("a ") else 300)


@pytest.mark.parametrize(
    "brackets", ["[" * 100_000, '{"a":' * 20_000, "[" * 100_000 + "]" * 100_000, "[" * 50_000 + "}"]
)
@pytest.mark.parametrize("size", [1, 7, 1_000_000])
def test_any_depth_is_read_without_a_stack(brackets: str, size: int) -> None:
    limited = fed(*fragments(brackets, size), look=True)
    assert limited.error is not None
    assert "deeper than max_depth=512" in str(limited.error)
    assert limited.error.__cause__ is None
    free = fed(*fragments(brackets, size), look=True, max_depth=None)
    assert (free.error is not None) is ("}" in brackets)
    assert free.complete is ("]" in brackets)


def test_a_try_that_fails_is_not_made_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[str] = []
    honest = _partial_machine.whole_container

    def counted(text: str, at: int, scan_once: Any, depth: int) -> tuple[Any, int]:
        tries.append(text)
        return honest(text, at, scan_once, depth)

    monkeypatch.setattr(_partial_machine, "whole_container", counted)
    partial = fed("[" * 300 + '"]' + "x" * 300, look=True)
    assert len(tries) == _partial_machine.TRIES
    assert seen(partial).open_path == (0,) * 300


class Noting:
    """Stands in for a watch: notes what is there and open each time."""

    def __init__(self) -> None:
        self.noted: list[tuple[Any, Any]] = []

    def itself(self) -> Noting:
        return self

    def _note(self, top: list[Any], opened: list[Any]) -> None:
        self.noted.append((json.dumps(top[0]), [step for _, step in opened]))


@pytest.mark.parametrize(
    ("text", "noted"),
    [
        ('{"a": 1, "b": 2, "a": 3', [('{"a": 1, "b": 2}', [0])]),
        ('[{"a": 1, "\\u0061": 3', [('[{"a": 1}]', [0, 0])]),
        ('{"a": [], "a": {"a": 1, "b": 2}}', [('{"a": []}', [0])]),
        (f'[{{"b": "{"x" * WORTHWHILE}", "b": 1}}]', [(json.dumps([{"b": "x" * WORTHWHILE}]), [0, 0])]),
        (f'[{{"b": "{"x" * WORTHWHILE}", "c": {{"b": 1}}}}]', []),
        ('{"a": 1, "b": {"a": 2}}', []),
    ],
    ids=ascii,
)
def test_watches_are_told_before_a_value_is_replaced(text: str, noted: list[Any]) -> None:
    for pieces in ([text], list(text)):
        watch = Noting()
        top: list[Any] = []
        machine = _partial_machine.read(top, [], True, 512, [watch.itself, lambda: None])
        next(machine)
        for piece in pieces:
            machine.send(piece)
        assert watch.noted == noted
    plain: list[Any] = []
    machine = _partial_machine.read(plain, [], True, 512)
    next(machine)
    machine.send(text)
    assert plain == top, "who looks changes nothing"
