"""The value so far does not depend on the cuts, equals the oracle's, and ends as `json.loads` ends.

``SSEMBLE_EXHAUSTIVE`` adds to the length of the texts that are searched one and all.
"""

from __future__ import annotations

import copy
import itertools
import json
import os
import pickle
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssemble import JSONTextError, PartialJSON
from ssemble._partial import machine as _partial_machine
from tests.partial.checks import assert_closes, fed
from tests.partial.oracle import safe_repr, seen
from tests.partial.test_json import spoil
from tests.profiles import LONG

TOKENS = [
    "{", "}", "[", "]", ",", ":", '"', '"a"', '"b":', '{"a":', "1", "-", "0", ".5", "e", "+", "true", "nul", "l", "NaN", "Infinity", " ", "\n", "\\", "\\n", "\\u00e9",
    "\\u", "\\ud83d", "\\ude00", "\ud83d", "\ude00", "é", "😀", "\x00", "\x7f", "[1, 2, 3]", '{"a": 1}', "123456789012345678901234567890", "x",
]  # fmt: skip
ESCAPES = ["\\", "\\\\", '\\"', "u", "\\u", "d83d", "de00", "\\ud83d", "\\ude00", "0041", "a", "é", '"', "\n", "\ud83d"]

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=6)
    | st.sampled_from(["\ud83d", "😀\n", "x" * 40]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text('abé\\"', max_size=2), inner, max_size=4),
    max_leaves=15,
)


@st.composite
def json_texts(draw: st.DrawFn) -> str:
    """Valid JSON, valid JSON with something changed, or a soup of tokens or of escapes."""
    kind = draw(st.integers(0, 4))
    if kind == 0:
        return "".join(draw(st.lists(st.sampled_from(TOKENS), max_size=25)))
    if kind == 1:
        return '["' + "".join(draw(st.lists(st.sampled_from(ESCAPES), max_size=20))) + draw(st.sampled_from(['"]', ""]))
    text = json.dumps(draw(values), ensure_ascii=draw(st.booleans()), indent=draw(st.none() | st.just(1)))
    if kind == 2 and text:
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(st.sampled_from(["", *TOKENS])) + text[at + draw(st.integers(0, 3)) :]
    if kind == 3:
        text = text.replace('"b"', '"a"') + draw(st.sampled_from(["", " ", "\n", "]", "{}"]))
    return text


@st.composite
def cut_texts(draw: st.DrawFn) -> list[str]:
    text = draw(json_texts())
    places = sorted(draw(st.lists(st.integers(0, len(text)), max_size=15)))
    return [text[start:end] for start, end in itertools.pairwise([0, *places, len(text)])]


@pytest.fixture(params=[(64, 32), (0, 0)], ids=["as it is", "every try is made"], autouse=True)
def eager(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let short texts, too, go the ways of long ones: Hypothesis draws few long texts."""
    monkeypatch.setattr(_partial_machine, "WORTHWHILE", request.param[0])
    monkeypatch.setattr(_partial_machine, "MANY_NUMBERS", request.param[1])


options = st.fixed_dictionaries(
    {"strict": st.sampled_from([True, True, False]), "max_depth": st.sampled_from([512, 512, 2])}
)


@given(cut_texts(), options)
def test_at_every_fragment_it_shows_what_the_oracle_says(fragments: list[str], options: Any) -> None:
    looking, text = PartialJSON(**options), ""
    for fragment in fragments:
        looking.feed(fragment)
        text += fragment
        assert seen(looking) == safe_repr(text, **options)
        once = fed(text, **options)
        assert seen(once) == seen(looking)
        assert str(once.error) == str(looking.error)
    assert_closes(text, safe_repr(text, **options), **options)


@given(cut_texts())
def test_what_was_shown_neither_vanishes_nor_changes_its_type(fragments: list[str]) -> None:
    if len(set(keys := [*map(str, _keys("".join(fragments)))])) < len(keys):
        return
    partial, before = PartialJSON(), None
    for fragment in fragments:
        partial.feed(fragment)
        after = partial.snapshot()
        if partial.started and before is not None:
            assert _goes_on(before, after)
        before = after


def _keys(text: str) -> Iterator[Any]:
    """The keys of each object of a text, so far as it is JSON."""
    for number, pairs in enumerate(_objects(text)):
        yield from ((number, key) for key, _ in pairs)


def _objects(text: str) -> list[list[Any]]:
    found: list[list[Any]] = []
    try:
        json.loads(text, object_pairs_hook=found.append)
    except ValueError:
        found.append([("same", 0), ("same", 0)])
    return found


def _goes_on(before: Any, after: Any) -> bool:
    if isinstance(before, dict):
        return type(after) is dict and all(key in after and _goes_on(item, after[key]) for key, item in before.items())
    if isinstance(before, list):
        return type(after) is list and len(before) <= len(after) and all(map(_goes_on, before, after))
    if isinstance(before, str):
        return type(after) is str and after.startswith(before)
    return repr(before) == repr(after)


@given(cut_texts(), st.integers(0, 15))
def test_snapshots_stay_and_spoiling_them_spoils_no_result(fragments: list[str], at: int) -> None:
    partial, kept = PartialJSON(), []
    for fragment in fragments[:at]:
        partial.feed(fragment)
        snapshot = partial.snapshot()
        kept.append((snapshot, repr(snapshot)))
    assert all(repr(snapshot) == then for snapshot, then in kept)
    for fragment in fragments[at:]:
        partial.feed(fragment)
        spoil(partial.snapshot())
    text = "".join(fragments)
    try:
        assert repr(partial.close()) == repr(json.loads(text))
    except JSONTextError:
        with pytest.raises(ValueError):  # noqa: PT011  # any that json.loads raises
            json.loads(text)


@given(
    cut_texts(),
    st.integers(0, 15),
    st.sampled_from([copy.copy, copy.deepcopy, lambda p: pickle.loads(pickle.dumps(p))]),
)
def test_forks_go_on_independently(fragments: list[str], at: int, move: Any) -> None:
    partial = fed(*fragments[:at], look=True)
    fork, other = move(partial), move(partial)
    other.feed("elsewhere")
    for each in (fork, partial):
        for fragment in fragments[at:]:
            each.feed(fragment)
    assert seen(fork) == seen(partial) == safe_repr("".join(fragments))


@given(cut_texts(), st.lists(st.sampled_from(["*", "a", 0, 1]), max_size=3), st.lists(st.integers(1, 4), max_size=15))
def test_a_watch_that_looks_often_is_told_what_a_late_one_is(
    fragments: list[str], path: list[Any], every: list[int]
) -> None:
    if len(set(keys := [*map(str, _keys("".join(fragments)))])) < len(keys):
        return
    partial, told = PartialJSON(), []
    watch, new, characters = partial.watch(*path), partial.watch_text(*path), ""
    for fragment, look in itertools.zip_longest(fragments, every[: len(fragments)], fillvalue=1):
        partial.feed(str(fragment))
        if look == 1:
            told += watch.read()
            characters += new.read()
    assert repr(told + watch.read()) == repr(partial.watch(*path).read())
    assert characters + new.read() == partial.watch_text(*path).read()


SEARCHES = {
    "structure": (["{", "}", "[", "]", ",", ":", '"a"', '"b', '"', "1", " ", "null"], 5),
    "numbers": (["[", "]", "1", "0", "-", "+", ".", "e", ",", " ", "I", "x"], 6),
    "strings": (['"', "\\", "u", "n", "0", "\\u00", "d83d", "\\ude00", "\x01", "é", "\ud83d"], 5),
    "literals": (["t", "r", "u", "e", "NaN", "n", "ul", "l", "-", "Infinit", "y", "[", "]"], 6),
}


@pytest.mark.parametrize("name", SEARCHES)
def test_every_short_text(name: str) -> None:
    symbols, length = SEARCHES[name]
    assert search(symbols, length + int(os.environ.get("SSEMBLE_EXHAUSTIVE", "0" if LONG else "-1"))) > 300


def search(symbols: list[str], length: int) -> int:
    """Compare all texts that may become JSON, and each with one more symbol behind it."""
    count, grown = 0, [""]
    for _ in range(length):
        texts = [text + symbol for text in grown for symbol in symbols]
        grown = [text for text in texts if check(text)]
        count += len(texts)
    return count


def check(text: str) -> bool:
    """Compare one text fed whole, by characters and by threes; tell whether it may become JSON."""
    expected = safe_repr(text)
    whole = fed(text)
    threes = [text[at : at + 3] for at in range(0, len(text), 3)]
    for partial in (whole, fed(*text, look=True), fed(*threes, look=True)):
        assert seen(partial) == expected, text
        assert str(partial.error) == str(whole.error), text
    return expected.fault is None
