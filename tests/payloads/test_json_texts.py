"""JSON texts in data that is not one JSON text."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ssemble._payloads.json_texts import DONE, Glued, split, taken, without_prefixes

CASES: dict[str, tuple[str, list[str], bool, str]] = {
    "nothing": ("", [], False, ""),
    "blanks": (" \n\t", [], False, ""),
    "one": ('{"a": 1}', ['{"a": 1}'], False, ""),
    "two": ("{}[]", ["{}", "[]"], False, ""),
    "a prefix between": ("{}data: {}", ["{}", "{}"], False, ""),
    "a comma between": ("{}, {}", ["{}", "{}"], False, ""),
    "fields between": ("{}event: a\nid: 3\nretry: 1\n: hi\n{}", ["{}", "{}"], False, ""),
    "escaped line ends": (r"{}\n\n", ["{}"], False, ""),
    "NUL": ("{}\0", ["{}"], False, ""),
    "the terminator": ("{}[DONE]{}", ["{}", DONE, "{}"], False, ""),
    "half a terminator": ("{}[DO", ["{}"], False, "[DO"),
    "rest": ("{}x", ["{}"], False, "x"),
    "a scalar is no text": ("5", [], False, "5"),
    "torn": ('{"a": "x data: {}', ["{}"], True, ""),
    "torn twice": ("{x data: {y data: {}", ["{}"], True, ""),
    "torn, and no text behind": ("{x data: y", [], True, "y"),
    "torn in the first of two lines": ('{"a":\n{}', ["{}"], True, ""),
    "torn in the last of two lines": ("{x\n{y", [], True, "{y"),
    "torn, and the last line no object": ("{x\n5", [], False, "{x\n5"),
    "a prefix in a text": ('{"a": "data: {}"}', ['{"a": "data: {}"}'], False, ""),
    "too deep": ("[" * 100_000, [], False, "[" * 100_000),
}


@pytest.mark.parametrize(("data", "texts", "dropped", "rest"), CASES.values(), ids=list(CASES))
def test_cases(data: str, texts: list[str], dropped: bool, rest: str) -> None:
    assert split(data) == Glued(texts, dropped, rest)


objects = st.dictionaries(st.text(max_size=5), st.text(max_size=9) | st.integers() | st.none(), max_size=3)
between = st.sampled_from(
    ["", " ", "\n", "data: ", "data:data: ", "event: x\n", "id: 3\n", r"\n\n", "\0", ",", ": hi\n"]
)


@given(st.lists(st.tuples(between, objects), max_size=5), between)
def test_every_whole_text_is_found(pairs: list[tuple[str, Any]], end: str) -> None:
    data = "".join(f"{before}{json.dumps(value)}" for before, value in pairs) + end
    found = split(data)
    assert [json.loads(text) for text in found.texts] == [value for _, value in pairs]
    assert (found.dropped, found.rest) == (False, "")


@given(objects, objects, st.data())
def test_what_is_torn_hides_nothing_behind_it(first: Any, second: Any, data: st.DataObject) -> None:
    text = json.dumps(first)
    torn = text[: data.draw(st.integers(1, len(text) - 1))]
    assume(not re.search(r"\\u...?\Z", torn))  # "da" is the other half of this escape, or "d" its last digit
    assert json.loads(split(f"{torn}data: {json.dumps(second)}").texts[-1]) == second


@pytest.mark.parametrize(
    "repeated",
    [
        "data:",
        'data:{"',
        "data:[1,",
        'data:["',
        'data:[",",",',
        '{"a":',
        "[",
        "\n[",
        "\n{",
        "{}",
        ": ",
        "\\n",
        'data:{"\\"',
        "data: x",
    ],
)
def test_it_reads_each_character_a_bounded_number_of_times(repeated: str, monkeypatch: pytest.MonkeyPatch) -> None:
    read = 0

    def counting(data: str, start: int) -> tuple[Any, int]:
        nonlocal read
        try:
            value, end = json.JSONDecoder().raw_decode(data, start)
        except json.JSONDecodeError as error:
            read += error.pos - start
            raise
        read += end - start
        return value, end

    monkeypatch.setattr("ssemble._payloads.json_texts.whole_text", counting)
    data = "x" + repeated * 900
    split(data)
    assert read <= 4 * len(data)


@pytest.mark.parametrize(
    ("data", "bare"), [("data: 1", "1"), ("data:data:  x", "x"), ("data:", ""), ("dat: 1", "dat: 1"), ("", "")]
)
def test_prefixes_are_stripped(data: str, bare: str) -> None:
    assert without_prefixes(data) == bare


def test_texts_are_let_go_of_one_by_one() -> None:
    texts = ["a", "b", "c"]
    left = [(text, len(texts)) for text in taken(texts)]
    assert left == [("a", 2), ("b", 1), ("c", 0)]
