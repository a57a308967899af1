"""What was finished under a path, and the new characters of a string."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ssemble import PartialJSON
from ssemble._partial.watch import Watch, find, steps

from ..counting import assert_linear
from ..helpers import MOVES

TEXT = json.dumps({
    "title": "some",
    "items": [{"name": "a", "tags": ["x", "y"]}, {"name": "b\n", "tags": []}, 3, "four", [], {"tags": ["z"]}],
    "more": {"p": {"q": 1}, "r": {"q": [2]}, "items": "no"},
    "last": True,
})  # fmt: skip
VALUE = json.loads(TEXT)


def finished(value: Any, pattern: tuple[Any, ...], path: tuple[Any, ...] = ()) -> list[tuple[Any, Any]]:
    """All pairs of a finished value, found in the plainest way."""
    if not pattern:
        return [(path, value)]
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [
        found
        for step, child in pairs
        if pattern[0] in ("*", step)
        for found in finished(child, pattern[1:], (*path, step))
    ]


PATTERNS: list[tuple[Any, ...]] = [
    (), ("*",), ("title",), ("items",), ("items", "*"), ("items", 1), ("items", 5, "tags", "*"), ("items", "*", "tags", "*"), ("items", "*", "name"),
    ("more", "*"), ("more", "*", "q"), ("more", "*", "q", "*"), ("*", "*"), ("*", "*", "*", "*"), ("last",), ("no",), ("items", 99), ("items", -1), ("title", "*"), (0,), ("last", "x"),
]  # fmt: skip


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
def test_each_value_is_told_once_when_it_is_finished(pattern: tuple[Any, ...]) -> None:
    expected = finished(VALUE, pattern)
    for size in (1, 2, 5, 17, len(TEXT)):
        for every in (1, 3, 10**6):
            partial = PartialJSON()
            watch = partial.watch(*pattern)
            told = []
            for number, at in enumerate(range(0, len(TEXT), size)):
                partial.feed(TEXT[at : at + size])
                if number % every == 0:
                    new = watch.read()
                    assert all(partial.is_complete(*path) for path, _ in new)
                    told += new
                    assert watch.read() == []
            assert [*told, *watch.read()] == expected
            assert partial.watch(*pattern).read() == expected, "a late one is told everything"


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
@pytest.mark.parametrize("move", MOVES.values(), ids=list(MOVES))
def test_a_watch_moves_at_every_character(pattern: tuple[Any, ...], move: Any) -> None:
    partial = PartialJSON()
    watch, told = partial.watch(*pattern), []
    for char in TEXT:
        partial.feed(char)
        told += watch.read()
        left = len(told)
        partial, watch = move((partial, watch)) if move is not MOVES["copy"] else MOVES["deepcopy"]((partial, watch))
        assert watch.read() == []
        assert len(told) == left
    assert told == finished(VALUE, pattern)


def test_what_is_told_is_yours() -> None:
    partial = PartialJSON()
    watch = partial.watch("items", "*")
    for char in TEXT:
        partial.feed(char)
        for _, item in watch.read():
            if isinstance(item, (dict, list)):
                item.clear()
    assert partial.value == partial.close() == VALUE
    assert partial.watch("items", "*").read() == finished(VALUE, ("items", "*"))


def test_what_is_open_hides_nothing_of_another_item_that_is_finished() -> None:
    partial = PartialJSON()
    watch = partial.watch("*", "*")
    partial.feed('[[1, [2]], [3, ["x')
    assert watch.read() == [((0, 0), 1), ((0, 1), [2]), ((1, 0), 3)]


@pytest.mark.parametrize(
    ("pattern", "text", "more"),
    [
        (("items", "*"), '{"title": "some', " more"),
        (("title", "*"), '{"title": "some', " more"),
        (("*",), '[{"a": 1', ', "b": [2, 3'),
        (("*", "a"), '[{"a": [1', ', "x'),
        (("*", "*"), '{"a": [1, "x', "y"),
    ],
)
def test_where_nothing_can_be_finished_nothing_is_visited(
    pattern: tuple[Any, ...], text: str, more: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*given: Any) -> None:  # pragma: no cover  # only where the test fails
        raise AssertionError(given)

    partial = PartialJSON()
    watch = partial.watch(*pattern)
    partial.feed(text)
    watch.read()
    monkeypatch.setattr(Watch, "_visit", fail)
    partial.feed(more)
    assert watch.read() == []


def test_nothing_is_told_of_what_a_fault_left_open() -> None:
    partial = PartialJSON()
    watch = partial.watch("*")
    partial.feed("[1, 2, [3, 4 5], 6]")
    assert watch.read() == [((0,), 1), ((1,), 2)]
    assert partial.watch(2, "*").read() == [((2, 0), 3), ((2, 1), 4)]
    assert partial.watch().read() == []


@pytest.mark.parametrize("fragments", [
    ['{"a": 1, "b": 2, "a": 3, "c": 4}'],
    ['{"a": 1,', '"b": 2,', '"a": ', '3, "c":', ' 4}'],
    ['{"a": 1,', '"b": 2, "a": [', "3], ", '"c": 4}'],
    ['{"a": 1, "b": 2, "a": [', '3], "c": 4}'],
    ['{"a": [1, [2', ']], "a": 1, ', '"a": {"x": 1}, "b": 2, "c": 4', "}"],
])  # fmt: skip
def test_of_equal_keys_each_path_comes_once(fragments: list[str]) -> None:
    partial = PartialJSON()
    watch, deeper, literal = partial.watch("*"), partial.watch("*", "*"), partial.watch("a")
    told = []
    for fragment in fragments:
        partial.feed(fragment)
        told += watch.read()
        deeper.read()
        literal.read()
    assert sorted(path for path, _ in told) == [("a",), ("b",), ("c",)]


@pytest.mark.parametrize("path", [(), ("a",), ("b", 0), ("none",), (0,), ("n",)], ids=str)
def test_new_characters_of_a_string(path: tuple[Any, ...]) -> None:
    text = '"x\\ud83d\\ude00y\\n"' if not path else '{"a": "x\\ud83d\\ude00y", "b": ["\\u00e9 z"], "n": 5}'
    whole: Any = find(json.loads(text), path)
    for size in (1, 3, 100):
        partial = PartialJSON()
        new, got = partial.watch_text(*path), []
        assert new.read() == ""
        for at in range(0, len(text), size):
            partial.feed(text[at : at + size])
            got.append(new.read())
            assert new.read() == ""
            partial, new = MOVES["pickle"]((partial, new))
        assert ["".join(got)] == (whole if whole and isinstance(whole[0], str) else [""])
        assert partial.watch_text(*path).read() == "".join(got)


def test_a_string_that_gets_shorter_by_an_equal_key_tells_nothing_twice() -> None:
    partial = PartialJSON()
    new = partial.watch_text("a")
    partial.feed('{"a": "long", ')
    assert new.read() == "long"
    partial.feed('"a": "x"')
    assert new.read() == ""


def test_paths_are_made_of_keys_and_indices() -> None:
    partial = PartialJSON()
    wrong_steps: list[Any] = [("a", "b"), None, 1.5, b"a"]
    for wrong in wrong_steps:
        for method in (partial.watch, partial.watch_text, partial.is_complete):
            with pytest.raises(TypeError, match="pass each as an argument"):
                method(wrong)
    assert steps(["a", 1]) == ("a", 1)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ((), [VALUE]),
        (("items", 2), [3]),
        (("items", "2"), []),
        (("items", -1), []),
        (("items", 6), []),
        ((0,), []),
        (("title", 0), []),
        (("no",), []),
    ],
)
def test_a_value_is_found_or_not(path: Any, found: Any) -> None:
    assert find(VALUE, path) == found


@pytest.mark.parametrize("pattern", [("*",), ("*", "*"), (0,), ("k", "*")], ids=str)
@pytest.mark.parametrize("item", ["1,", "[2,{}],", '"k%d":3,'])
def test_looking_often_at_many_items_is_linear(pattern: tuple[Any, ...], item: str) -> None:
    def work(count: int) -> None:
        partial = PartialJSON()
        watch = partial.watch(*pattern)
        partial.feed("{" if "%" in item else "[")
        for number in range(count):
            partial.feed(item % number if "%" in item else item)
            watch.read()

    assert_linear(work, 150)


LONG = "x" * 80
EQUAL_KEYS = {
    "of scalars": ('{"cmd":"rm","cmd":"ls"}', ("cmd",), [(("cmd",), "rm")], "rm"),
    "three times": ('{"cmd":"rm","cmd":"ls","cmd":1}', ("cmd",), [(("cmd",), "rm")], "rm"),
    "of another type": ('{"cmd":1,"cmd":"ls"}', ("cmd",), [(("cmd",), 1)], ""),
    "null first": ('{"cmd":null,"cmd":"ls"}', ("cmd",), [(("cmd",), None)], ""),
    "empty first": ('{"cmd":"","cmd":"ls"}', ("cmd",), [(("cmd",), "")], ""),
    "with an escape": ('{"c\\u006dd":"rm","\\u0063md" : "ls"}', ("cmd",), [(("cmd",), "rm")], "rm"),
    "any": ('{"a":1,"b":2,"a":3,"c":4,"b":5}', ("*",), [(("a",), 1), (("b",), 2), (("c",), 4)], ""),
    "of lists": ('{"a":[1,2],"a":[3,4,5]}', ("a", "*"), [(("a", 0), 1), (("a", 1), 2)], ""),
    "of objects": ('{"a":{"b":1},"a":{"c":2}}', ("a", "*"), [(("a", "b"), 1)], ""),
    "above": ('{"a":{"b":"x"},"a":{"b":"y"}}', ("a", "b"), [(("a", "b"), "x")], "x"),
    "below": ('[{"b":"x","b":"y"},{"b":"z"}]', (0, "b"), [((0, "b"), "x")], "x"),
    "in what is finished": ('{"a":{"b":1,"b":2}}', ("a",), [(("a",), {"b": 2})], ""),
    "in a long object": (f'[{{"b":"{LONG}","b":"y"}}]', (0, "b"), [((0, "b"), LONG)], LONG),
    "deep in a long object": (f'{{"a":{{"b":{{"c":"{LONG}"}},"b":{{"c":2}}}}}}', ("a", "b", "c"), [(("a", "b", "c"), LONG)], LONG),
    "behind a long object": (f'[{{"a":1,"b":"{LONG}"}},{{"b":3,"b":4}}]', ("*", "b"), [((0, "b"), LONG), ((1, "b"), 3)], ""),
    "before a fault": ('{"a":"1","a":"2",]', ("a",), [(("a",), "1")], "1"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "path", "told", "string"), EQUAL_KEYS.values(), ids=list(EQUAL_KEYS))
@pytest.mark.parametrize("looker", [None, lambda partial: partial.value, lambda partial: partial.snapshot()])
def test_of_equal_keys_the_first_is_told_however_cut(
    text: str, path: tuple[Any, ...], told: list[Any], string: str, looker: Any
) -> None:
    for pieces in ([text], list(text), *([text[:at], text[at:]] for at in range(1, len(text)))):
        partial = PartialJSON()
        watch, characters = partial.watch(*path), partial.watch_text(*path)
        found, given = [], ""
        for piece in pieces:
            partial.feed(piece)
            if looker is None:
                found += watch.read()
                given += characters.read()
            else:
                looker(partial)
        assert (found + watch.read(), given + characters.read()) == (told, string), pieces


def test_a_watch_made_late_sees_what_is_there() -> None:
    partial = PartialJSON()
    partial.feed('{"a":1,"a":2,"b":"xy')
    assert partial.value == {"a": 2, "b": "xy"}
    watch, characters = partial.watch("a"), partial.watch_text("b")
    assert (watch.read(), characters.read()) == ([(("a",), 2)], "xy")
    partial.feed('z"}')
    assert (watch.read(), characters.read()) == ([], "z")


@pytest.mark.parametrize("text", ["12", '"ab"'])
def test_what_the_end_alone_proves_whole_is_told_behind_it(text: str) -> None:
    partial = PartialJSON()
    watch, characters = partial.watch(), partial.watch_text()
    partial.feed(text)
    partial.close()
    assert watch.read() == [((), json.loads(text))]
    assert characters.read() == text.strip('"12')
