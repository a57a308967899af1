"""A JSON text that is still arriving."""

from __future__ import annotations

import doctest
import json
import pickle
import sys
import traceback
from typing import Any

import pytest

import ssemble._partial
from ssemble import IncompleteJSON, JSONTextError, MalformedJSON, PartialJSON
from ssemble._partial.reading import JOIN_EVERY
from ssemble._pickling import STATE

from ..counting import assert_linear
from ..helpers import MOVES, assert_same_error, memory, nested
from .checks import fed
from .json_cases import BAD, CUT, WHOLE
from .oracle import safe_repr, seen

TEXT = '{"path": "a.py", "edits": [{"old": "x", "new": "\\u00e9\\n"}, [1, 2.5, -3e2]], "deep": {"er": [true, null]}} '


def test_the_examples_run() -> None:
    failed, tried = doctest.testmod(ssemble._partial.json)
    assert tried > 10
    assert failed == 0


def test_nothing_has_come() -> None:
    for partial in (PartialJSON(), fed(""), fed(" ", "\n"), fed("1"), fed("-"), fed("tru"), fed("", "")):
        assert (partial.value, partial.snapshot(), partial.started, partial.complete) == (None, None, False, False)
        assert (partial.open_path, partial.error, partial.is_complete()) == (None, None, False)


@pytest.mark.parametrize("strict", [True, False])
def test_it_can_be_made_without_its_module(strict: bool) -> None:
    for text, max_depth, refused in (('["a\n", ', None, strict), ('["a", ', 1, False), ("[[", 1, True)):
        partial = ssemble._partial.partial_json(strict=strict, max_depth=max_depth)
        partial.feed(text)
        assert (partial.error is not None) is refused


def test_null_is_a_value() -> None:
    partial = fed("null")
    assert (partial.value, partial.started, partial.complete, partial.is_complete()) == (None, True, True, True)


def test_a_bare_number_is_proven_by_white_space_or_by_the_end() -> None:
    assert (fed("12 ").value, fed("12 ").complete) == (12, True)
    partial = fed("1", "2")
    assert (partial.value, partial.complete, partial.started) == (None, False, False)
    assert partial.close() == 12
    assert (partial.value, partial.complete, partial.started, partial.raw) == (12, True, True, "12")


@pytest.mark.parametrize(
    ("text", "open_path", "complete", "open_or_unknown"),
    [
        ('{"items": [{"a": "x"}, {"text": "ab', ("items", 1, "text"), [("items", 0), ("items", 0, "a")], [(), ("items",), ("items", 1), ("items", 1, "text"), ("items", 2)]),
        ('{"items": [1, 2', ("items",), [("items", 0)], [("items", 1), ("items", "0"), ("items", -1), ("no",)]),
        ('{"a": 1, "b"', (), [("a",)], [(), ("b",)]),
        ("[[[", (0, 0), [], [(), (0,), (0, 0), (0, 0, 0)]),
        ('"ab', (), [], [(), (0,)]),
        ('"ab"', None, [()], [(0,)]),
        ('{"a": [1]}', None, [(), ("a",), ("a", 0)], [("a", 1)]),
        ('{"a": [1]} x', None, [(), ("a",), ("a", 0)], []),
        ('{"a": [1], "b": [2}', ("b",), [("a",)], [(), ("b",), ("b", 0)]),
    ],
)  # fmt: skip
def test_what_is_open(text: str, open_path: Any, complete: list[Any], open_or_unknown: list[Any]) -> None:
    for look in (False, True):
        partial = fed(*text, look=look)
        assert partial.open_path == open_path
        assert all(partial.is_complete(*path) for path in complete)
        assert not any(partial.is_complete(*path) for path in open_or_unknown)


def test_a_fault_leaves_the_last_good_value_and_stays() -> None:
    partial = fed('{"a": [1, 2, "x" "y"]', '}, {"b": ')
    error = partial.error
    assert isinstance(error, MalformedJSON)
    assert isinstance(error, (JSONTextError, ValueError))
    assert error.pos == 17
    assert str(error) == (
        "not JSON at character 17, expected ',' or ']': '{\"a\": [1, 2, \"x\" \"'; "
        "value holds what came before, ask for the text again"
    )
    assert isinstance(error.__cause__, json.JSONDecodeError)
    assert error.__cause__.pos == 17
    partial.feed("anything")
    assert partial.error is error
    assert (partial.value, partial.complete, partial.open_path) == ({"a": [1, 2, "x"]}, False, ("a",))
    for _ in range(3):
        with pytest.raises(MalformedJSON) as raised:
            partial.close()
        assert_same_error(raised.value, error)
        assert len(raised.traceback) == 2
    assert partial.raw.endswith("anything")


def test_a_fault_behind_which_all_is_json_again_keeps_no_tracebacks() -> None:
    partial = PartialJSON(max_depth=1)
    partial.feed("[[]]")
    for _ in range(3):
        with pytest.raises(MalformedJSON) as raised:
            partial.close()
        assert len(raised.traceback) == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[1", "the text ends too early, at character 2: '[1'; value holds what arrived, ask for the text again"),
        ("", "the text ends too early, at character 0: ''"),
        ('{"a": [{"b": "x', """at character 15 in ['a'][0]['b']: '{"a": [{"b": "x'"""),
        ("[" * 300, f"at character 300 in {'[0]' * 26}[…: '{'[' * 60}'"),
        ('{"' + "k" * 500 + '": [', "ends too early"),
    ],
)
def test_a_cut_text_tells_where(text: str, words: str) -> None:
    with pytest.raises(IncompleteJSON) as raised:
        fed(text).close()
    assert words in str(raised.value)
    assert raised.value.pos == len(text)
    assert len(str(raised.value)) < 300
    assert isinstance(raised.value.__cause__, json.JSONDecodeError)


@pytest.mark.parametrize("text", [*BAD, *CUT], ids=ascii)
def test_messages_are_short_and_printable(text: str) -> None:
    with pytest.raises(JSONTextError) as raised:
        fed(text).close()
    assert len(str(raised.value)) < 250
    assert str(raised.value).isprintable()


@pytest.mark.parametrize("text", ["1" * 5000, " -" + "1" * 5000 + "\n", " \n-" + "1" * 5000])
def test_a_bare_integer_may_have_too_many_digits(text: str) -> None:
    for look in (False, True):
        with pytest.raises(MalformedJSON, match="digits") as raised:
            fed(text, look=look).close()
        assert raised.value.pos == len(text) - len(text.lstrip())
    with pytest.raises(IncompleteJSON):
        fed("[" + "1" * 5000).close()


@pytest.mark.parametrize("text", ["[1}", "[[1]]"])
def test_an_error_raised_again_does_not_grow_by_the_frames_of_each_raise(text: str) -> None:
    partial = fed(text, look=True, max_depth=1)
    depths = set()
    for _ in range(3):
        with pytest.raises(MalformedJSON) as raised:
            partial.close()
        assert partial.error is not None
        assert_same_error(raised.value, partial.error)
        depths.add(len(list(traceback.walk_tb(raised.value.__traceback__))))
    assert len(depths) == 1


def test_deeper_than_the_stack_is_an_error_of_ours() -> None:
    text = "[" * 100_000 + "]" * 100_000
    for partial in (fed(text, max_depth=None), fed(*text, look=True, max_depth=None)):
        assert partial.complete
        snapshot = partial.snapshot()
        assert type(snapshot) is list
        with pytest.raises(MalformedJSON, match=r"json\.loads cannot read this text of 200000 characters") as raised:
            partial.close()
        assert isinstance(raised.value.__cause__, RecursionError)
        assert partial.error is None
    with pytest.raises(IncompleteJSON) as cut:
        fed(text[:100_000], max_depth=None).close()
    assert isinstance(cut.value.__cause__, RecursionError)


def test_a_text_within_the_limit_is_read_once_only() -> None:
    partial = fed(json.dumps(nested(511)))

    def fail(text: str) -> None:  # pragma: no cover  # only where the test fails
        raise AssertionError("json.loads has read it already")

    partial._send = fail
    assert partial.close() == nested(511)


@pytest.mark.parametrize("look", [False, True])
def test_the_limit_of_depth_is_that_of_close_too(look: bool) -> None:
    for depth, fine in ((512, True), (513, False)):
        text = json.dumps([nested(depth - 1), [[]] * 600])
        partial = fed(text, look=look)
        if fine:
            assert partial.close() == json.loads(text)
        else:
            with pytest.raises(MalformedJSON, match="deeper than max_depth=512"):
                partial.close()
    assert fed("[[1]]", max_depth=2).close() == [[1]]
    with pytest.raises(ValueError, match="max_depth is 0"):
        PartialJSON(max_depth=0)


def test_control_characters_by_request() -> None:
    assert fed('"a\nb\x00"', strict=False, look=True).close() == "a\nb\x00"
    with pytest.raises(MalformedJSON, match="strict=False allows"):
        fed('"a\nb"').close()


def test_watching_is_looking() -> None:
    partial = fed('[1, "a')
    items, text = partial.watch("*"), partial.watch_text(1)
    assert (items.read(), items.read(), text.read(), text.read()) == ([((0,), 1)], [], "a", "")
    assert partial.value == [1, "a"]


def test_feed_takes_text() -> None:
    class Text(str):
        pass

    partial = fed(Text("[1"))
    assert type(partial.raw) is str
    for wrong in (b"[", None, 1, ["["]):
        with pytest.raises(TypeError, match=rf"takes str, not {type(wrong).__name__}"):
            partial.feed(wrong)  # type: ignore[arg-type]  # that is the point
    partial.feed("]")
    assert partial.close() == [1]


def test_the_end_is_the_end() -> None:
    partial = fed("[1]")
    assert partial.close() == [1]
    for _ in range(2):
        with pytest.raises(RuntimeError, match="create a new PartialJSON"):
            partial.feed(" ")
    assert (partial.raw, partial.value, partial.close(), partial.complete) == ("[1]", [1], [1], True)


@pytest.mark.parametrize("text", [TEXT, *WHOLE[-12:]], ids=ascii)
def test_snapshots_stay_as_they_were(text: str) -> None:
    partial = PartialJSON()
    snapshots = []
    for char in text:
        partial.feed(char)
        snapshots.append((partial.snapshot(), repr(partial.value)))
    assert all(repr(snapshot) == then for snapshot, then in snapshots)


def test_changing_the_open_parts_of_a_snapshot_changes_nothing_else() -> None:
    partial = PartialJSON()
    for char in TEXT:
        partial.feed(char)
        path, chain = partial.open_path, [partial.snapshot()]
        while path and len(chain) <= len(path):
            chain += [chain[-1][path[len(chain) - 1]]]
        for container in reversed(chain):
            if path is not None and isinstance(container, (list, dict)):
                container.clear()
    assert partial.snapshot() == partial.value == partial.close() == json.loads(TEXT)


def test_changing_finished_parts_never_reaches_close() -> None:
    partial = PartialJSON()
    for char in TEXT:
        partial.feed(char)
        spoil(partial.snapshot())
    assert partial.error is None
    assert partial.close() == json.loads(TEXT)
    result = partial.close()
    spoil(result)
    assert partial.close() == json.loads(TEXT)


def spoil(value: Any) -> None:
    """Change everything, innermost first."""
    if isinstance(value, (dict, list)):
        for item in list(value.values() if isinstance(value, dict) else value):
            spoil(item)
        value.clear()


@pytest.mark.parametrize("text", [TEXT, '{"a": "\\ud83d\\ude00"}', "[1, 2 3]", "12", '"x" y'], ids=ascii)
@pytest.mark.parametrize("move", MOVES.values(), ids=list(MOVES))
def test_it_moves_at_every_character(text: str, move: Any) -> None:
    for at in range(len(text) + 1):
        partial = fed(*text[:at], look=True)
        before = seen(partial)
        twin = move(partial)
        assert (seen(twin), twin.raw, str(twin.error)) == (before, text[:at], str(partial.error))
        twin.feed(text[at:])
        assert seen(twin) == safe_repr(text)
        assert seen(partial) == before, "forks do not meet"


def test_options_and_the_end_move_too() -> None:
    partial = fed('["\n", [1]]', strict=False, max_depth=2)
    partial.close()
    twin = pickle.loads(pickle.dumps(partial))
    assert twin.close() == ["\n", [1]]
    with pytest.raises(RuntimeError):
        twin.feed("")
    for text in ('"\n"', "[[1]]"):
        with pytest.raises(MalformedJSON):
            pickle.loads(pickle.dumps(fed(text, max_depth=1))).close()
    assert fed("[1").__getstate__() == (STATE, {"strict": True, "max_depth": 512, "raw": "[1", "closed": False})
    cut = fed("[")
    with pytest.raises(IncompleteJSON):
        cut.close()
    with pytest.raises(RuntimeError):
        pickle.loads(pickle.dumps(cut)).feed("]")
    number = fed("12")
    number.close()
    assert pickle.loads(pickle.dumps(number)).value == 12
    assert len(pickle.dumps(PartialJSON())) < 300
    with pytest.raises(ValueError, match="another version"):
        partial.__setstate__((STATE + 1, {}))


@pytest.mark.parametrize(
    "looked_at",
    [
        [],
        [0],
        [1],
        [JOIN_EVERY - 1],
        [JOIN_EVERY - 1, JOIN_EVERY, JOIN_EVERY + 1],
        range(0, 3 * JOIN_EVERY, 7),
        range(0, 3 * JOIN_EVERY, 2),
        range(3 * JOIN_EVERY),
    ],
    ids=str,
)
def test_many_pieces_take_few_places(looked_at: Any) -> None:
    partial, whole = PartialJSON(), ""
    for number in range(3 * JOIN_EVERY):
        partial.feed(piece := chr(97 + number % 26) if number else '["')
        whole += piece
        assert len(partial._pieces) < JOIN_EVERY
        if number in looked_at:
            assert partial.value == [whole[2:]]
            assert partial.raw == whole
    assert len(partial._blocks) < 10
    assert (partial.raw, partial.value) == (whole, [whole[2:]])


@pytest.mark.parametrize(("size", "texts"), [(1, 6), (4, 10), (100, 90)])
@pytest.mark.parametrize("every", [1, 16, 10**9])
def test_work_is_linear_in_the_text(size: int, texts: int, every: int) -> None:
    def work(count: int) -> None:
        partial = PartialJSON()
        text = json.dumps([json.loads(TEXT)] * count)
        for number, at in enumerate(range(0, len(text), size)):
            partial.feed(text[at : at + size])
            if number % every == 0:
                partial.value  # noqa: B018  # a snapshot would copy the list that is open
        partial.close()

    assert_linear(work, texts)


@pytest.mark.parametrize("before", [0, 1, JOIN_EVERY - 3, JOIN_EVERY])
def test_an_interrupt_loses_nothing(before: int) -> None:
    partial = fed(*" " * before, '[1, {"a": ', look=True)
    partial.feed('[2, "b')

    def interrupt(text: str) -> None:
        raise KeyboardInterrupt

    partial._send = interrupt
    with pytest.raises(KeyboardInterrupt):
        partial.value  # noqa: B018  # looking is what fails
    assert partial.value == [1, {"a": [2, "b"]}]
    partial.feed('"]}]')
    assert partial.value == partial.close() == [1, {"a": [2, "b"]}]


def test_a_full_stack_loses_nothing() -> None:
    partial = fed("[" * 30, look=True)

    def down(left: int) -> None:
        if left:
            down(left - 1)
        else:
            partial.value  # noqa: B018  # looking is what fails

    failed = 0
    for spare in range(1, 60):
        partial.feed('"\\u00')
        partial.feed('e9", ')
        try:
            down(sys.getrecursionlimit() - 60 + spare)
        except RecursionError:
            failed += 1
    assert failed
    assert json.dumps(partial.value)[30:-30] == ", ".join(['"\\u00e9"'] * 59)


def test_who_follows_a_stream_hears_nothing_behind_the_close() -> None:
    partial = PartialJSON()
    partial._write("[1]")
    assert partial.close() == [1]
    partial._write(" and more")
    assert partial.raw == "[1]"


@pytest.mark.parametrize(
    "unit", ['{"":' * 400 + "0" + "}" * 400, "[" * 500 + "]" * 500, "{}", '{"":{"":0}}', '"\u4e00"']
)
@pytest.mark.parametrize("size", [1, 1000, None])
def test_the_value_so_far_takes_no_more_memory_than_promised(unit: str, size: int | None) -> None:
    text = f"[{','.join([unit] * (10_000 // len(unit)))}]"
    partial = PartialJSON()

    def look() -> None:
        for at in range(0, len(text), size or len(text)):
            partial.feed(text[at : at + (size or len(text))])
            assert partial.started

    assert 2 * len(text) < memory(look) < 50 * len(text) + 5_000
