"""Strings, numbers and literals that are cut."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from ssemble._partial import tokens as _partial_tokens
from ssemble._partial.tokens import (
    CAREFUL_SCANNERS,
    SCANNERS,
    STOPS,
    WHITE,
    WHOLE_WORDS,
    WORDS,
    Fault,
    certainly,
    digits,
    scalar,
    scalar_so_far,
    string,
)

from ..counting import assert_linear
from .checks import cuts
from .oracle import could_be_number

BAD_ESCAPE = "invalid escape"
BAD_CHARACTER = "control character in a string (strict=False allows it)"


def test_a_fault_holds_what_is_known_of_it() -> None:
    fault = Fault("why", 3)
    assert (str(fault), fault.reason, fault.remaining, fault.cause, fault.not_in_json_loads) == (
        "why",
        "why",
        3,
        None,
        False,
    )
    cause = ValueError()
    fault = Fault("why", 3, cause, not_in_json_loads=True)
    assert (fault.cause, fault.not_in_json_loads) == (cause, True)


def test_the_words_are_those_of_json() -> None:
    assert [*WHOLE_WORDS] == ["true", "false", "null", "NaN", "Infinity", "-Infinity"]
    for word, value in WHOLE_WORDS.items():
        assert repr(value) == repr(json.loads(word))
    assert {letter: word for letter, (word, _) in WORDS.items()} == {word[0]: word for word in [*WHOLE_WORDS][:-1]}
    assert all(value is WHOLE_WORDS[word] for word, value in WORDS.values())


@pytest.mark.parametrize(
    ("closer", "before", "behind"),
    [("", "1", [""]), ("]", "[1", ["", "]", "2]"]), ("}", '{"a":1', ["", "}", '"b":2}'])],
)
def test_a_number_stops_where_json_reads_it_to_an_end(closer: str, before: str, behind: list[str]) -> None:
    def readable(text: str) -> bool:
        try:
            json.loads(text)
        except ValueError:
            return False
        return True

    others = [char for char in map(chr, range(256)) if char not in "0123456789.eE"]
    assert {*STOPS[closer]} == {char for char in others if any(readable(before + char + rest) for rest in behind)}
    assert {*STOPS[closer]} - {*",]}"} == {*WHITE}


def test_the_beginning_of_a_scalar_is_as_long_as_it_can_be() -> None:
    def could_be(text: str) -> bool:
        return text == "" or any(word.startswith(text) for word in WHOLE_WORDS) or could_be_number(text)

    signs = ["".join(several) for several in itertools.product("-+.eE05x", repeat=4)]
    signs += [number + sign for number in ("-1.5e", "0.25E-", "10e+0", "-20.") for sign in "-+.eE05x"]
    words = [word[:cut] + rest for word in WHOLE_WORDS for cut in range(9) for rest in ("", "x", "XXXX", word, "None")]
    for text in [*signs, *words, *(word.upper() for word in words), *(word.lower() for word in words)]:
        longest = max(size for size in range(len(text) + 1) if could_be(text[:size]))
        assert scalar_so_far(text).end() == longest, text


def test_of_a_long_number_one_digit_of_each_run_is_enough() -> None:
    assert digits("1", "-1203.4567e+089") == "-1.1e+1"
    assert digits("1", "0.5") == "0.5"


def grown(fragments: list[str], strict: bool = True) -> tuple[list[str], str | Fault]:
    """What a string shows after each fragment, and the text behind it, or its fault."""
    place = [""]
    shown: list[str] = []
    machine = string(fragments[0], 0, place, 0, strict)
    try:
        next(machine)
        for fragment in fragments[1:]:
            shown.append(place[0])
            machine.send(fragment)
    except StopIteration as stop:
        text, end = stop.value
        return [*shown, place[0]], text[end:]
    except Fault as fault:
        return [*shown, place[0]], fault
    return [*shown, place[0]], "open"


@pytest.mark.parametrize(
    ("fragments", "shown", "rest"),
    [
        (["ab", "cd", '"'], ["ab", "abcd", "abcd"], ""),
        (["ab", "", 'c", 1'], ["ab", "ab", "abc"], ", 1"),
        (["a\\", 'n"'], ["a", "a\n"], ""),
        (["a\\\\", '"'], ["a\\", "a\\"], ""),
        (["\\\\\\", '"', '"]'], ["\\", '\\"', '\\"'], "]"),
        (["\\u", "00", 'e9"'], ["", "", "é"], ""),
        (["\\u0", '0E9"'], ["", "é"], ""),
        (["\\uD83", "D\\uDE0", '0"'], ["", "", "😀"], ""),
        (["\\u0041X", "\\u0042X"], ["AX", "AXBX"], "open"),
        (["x\\ud8", "3d", "\\", "u", "de00", '"'], ["x", "x", "x", "x", "x😀", "x😀"], ""),
        (["\\ud83d", "x"], ["", "\ud83dx"], "open"),
        (["\\ud83d", '"'], ["", "\ud83d"], ""),
        (["\\ud83dX\\u00"], ["\ud83dX"], "open"),
        (["\\ud83d\\", "n"], ["", "\ud83d\n"], "open"),
        (["\\ud83d\\u0041", "b"], ["\ud83dA", "\ud83dAb"], "open"),
        (["\\ud83d\\ud83d", "\\ude00"], ["\ud83d", "\ud83d😀"], "open"),
        (["\ud83d", "\ude00"], ["\ud83d", "\ud83d\ude00"], "open"),
        (["\x7f\xa0\u2028", "b"], ["\x7f\xa0\u2028", "\x7f\xa0\u2028b"], "open"),
    ],
)
def test_a_string_grows_by_certain_characters(fragments: list[str], shown: list[str], rest: str) -> None:
    assert grown(fragments) == (shown, rest)


@pytest.mark.parametrize(
    ("text", "value", "reason", "left"),
    [
        ("ab\ncd", "ab", BAD_CHARACTER, 3),
        ("\x00", "", BAD_CHARACTER, 1),
        ("a\\x12", "a", BAD_ESCAPE, 3),
        ("a\\\n", "a", BAD_ESCAPE, 1),
        ("\\u12\n", "", BAD_ESCAPE, 1),
        ("\\u12g4x", "", BAD_ESCAPE, 3),
        ("\\ud83d\n", "", BAD_CHARACTER, 1),
        ("\\ud83d\\q", "", BAD_ESCAPE, 1),
        ('\\ud83d\\u"', "", BAD_ESCAPE, 1),
    ],
)
def test_a_fault_is_found_at_its_character(text: str, value: str, reason: str, left: int) -> None:
    for fragments in cuts(text):
        shown, fault = grown(fragments)
        assert isinstance(fault, Fault)
        assert (shown[-1], fault.reason) == (value, reason)
        if fragments == [text]:
            assert fault.remaining == left


def test_control_characters_are_allowed_on_demand() -> None:
    assert grown(["a\n", '\x00\\n"'], strict=False) == (["a\n", "a\n\x00\n"], "")
    assert grown(["\\u0041X\n", '\\ud83d\n\\u0042"'], strict=False) == (["AX\n", "AX\n\ud83d\nB"], "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ab", ("ab", "", 0)),
        ('ab"c', ("ab", "", 3)),
        ('a\\"b"c', ('a"b', "", 5)),
        ("a\\", ("a", "\\", 0)),
        ('a"\\', ("a", "", 2)),
        ("\\u0041", ("A", "", 0)),
        ('\\u0041"', ("A", "", 7)),
        ('\\u0041"b', ("A", "", 7)),
        ("\\u004", ("", "\\u004", 0)),
        ("a\nb", ("a", "\nb", 0)),
    ],
)
def test_what_is_certain(text: str, expected: tuple[str, str, int]) -> None:
    assert certainly(text, strict=True) == expected


@pytest.mark.parametrize("begun", ["", "a", "X", "\\n", '\\"', " "])
@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 6])
def test_half_a_short_escape_is_told_without_an_error(begun: str, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(_partial_tokens.certain, True)  # what is read when the short way has failed
    expected = (json.loads(f'"{begun}"') + "\\" * (count // 2), "\\" * (count % 2), 0)
    if begun or count:
        assert certainly(begun + "\\" * count, strict=True) == expected


def test_a_control_character_that_is_allowed_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(_partial_tokens.certain, False)
    assert certainly('a\n\\"', strict=False) == ('a\n"', "", 0)


def read(fragments: list[str], stops: str = ",] ") -> Any:
    machine = scalar(fragments[0], 0, stops)
    try:
        next(machine)
        for fragment in fragments[1:]:
            machine.send(fragment)
    except StopIteration as stop:
        value, text, end = stop.value
        return value, text[end:]
    except Fault as fault:
        return fault.reason, fault.remaining
    return None


TOO_MANY_DIGITS = "more digits than int() accepts"
LONG_NUMBERS = [
    "-0." + "1" * 80,
    "1" * 90,
    "0e" + "0" * 70,
    "12345678901234567890e-" + "00000000000000000000000000000005",
]


@pytest.mark.parametrize("text", ["0", "-0", "12", "1.5", "-1.25e-3", "1E+05", *LONG_NUMBERS])
def test_a_number_ends_with_the_character_behind_it(text: str) -> None:
    for fragments in cuts(text):
        assert read(fragments) is None
        assert repr(read([*fragments, ", 2"])) == repr((json.loads(text), ", 2"))
    for fragments in cuts(text + "x"):
        assert read(fragments) == ("invalid number or literal", 1)


@pytest.mark.parametrize("word", WHOLE_WORDS)
def test_a_literal_ends_with_its_last_letter(word: str) -> None:
    for fragments in cuts(word):
        assert repr(read(fragments)) == repr((WHOLE_WORDS[word], ""))
    for fragments in cuts(word[:-1]):
        assert read(fragments) is None


@pytest.mark.parametrize(
    ("text", "left"), [("tx", 1), ("-,", 1), ("1.]", 1), ("nul ", 1), ("1e5.5", 2), ("0" * 2, 1), ("1" * 80 + "..", 1)]
)
def test_other_things_are_faults(text: str, left: int) -> None:
    assert read([text]) == ("invalid number or literal", left)


def test_too_many_digits_are_the_fault_of_the_whole_number() -> None:
    for fragments in ["1" * 5000 + ","], ["1" * 4999, "1", ",  "], ["1" * 2500, "", "1" * 2500, ","]:
        reason, left = read(fragments)
        assert (reason, left - len(fragments[-1].lstrip("1"))) == (TOO_MANY_DIGITS, 5000)


def test_too_many_digits_are_told_by_int() -> None:
    with pytest.raises(Fault) as raised:
        next(scalar("1" * 5000 + ",", 0, ","))
    assert isinstance(raised.value.cause, ValueError)
    assert raised.value.__cause__ is raised.value.cause


def test_the_scanners_differ_in_strictness() -> None:
    assert SCANNERS[False]('"\n"', 0) == ("\n", 3)
    with pytest.raises(json.JSONDecodeError):
        SCANNERS[True]('"\n"', 0)


@pytest.mark.parametrize("piece", ["abcd", "é\\n\\t", "\\u00e9\\ud", "1234", "1111e"[:4]])
def test_a_token_is_read_once(piece: str) -> None:
    def work(count: int) -> None:
        place = [""]
        machine = string(piece, 0, place, 0, True) if not piece.isdigit() else scalar(piece, 0, ",")
        next(machine)
        for _ in range(count):
            try:
                machine.send(piece if piece[-1] != "d" else "83d\\ude00\\ud")
            except (StopIteration, Fault):  # pragma: no cover  # only where the test is about to fail
                raise AssertionError(piece) from None

    assert_linear(work, 500)


@pytest.mark.parametrize("strict", [True, False])
def test_the_careful_scanner_refuses_equal_keys_and_nothing_else(strict: bool) -> None:
    text = '[{"a": {"b": 1}, "c": [{"b": 2}]}, {}, 1.5, NaN][1]'
    assert repr(CAREFUL_SCANNERS[strict](text, 0)) == repr(SCANNERS[strict](text, 0))
    for equal in ('{"a": 1, "a": 1}', '[{"b": {"a": 1, "c": 2, "\\u0061": 3}}]'):
        assert SCANNERS[strict](equal, 0)[1] == len(equal)
        with pytest.raises(ValueError, match="repeated key"):
            CAREFUL_SCANNERS[strict](equal, 0)
