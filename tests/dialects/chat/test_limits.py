"""Limits of a chat completion, and chunks with values of any type."""

from __future__ import annotations

from typing import Any

import pytest

import ssemble
from ssemble import LimitExceeded, Limits, MessageStart, ProtocolError, TextDelta
from ssemble._dialects.chat.choice import CHOICE_COST as CHOICE
from ssemble._dialects.chat.reader import ChatReader

from ...counting import assert_linear
from ...helpers import (
    WRONG,
    accumulate,
    call,
    chunk,
    finished,
    nested,
    only_our_errors,
    replaced,
)
from .chat_cases import FIRST


def test_wrong_values_in_every_place() -> None:
    sound: dict[str, Any] = {**FIRST, "usage": {"a": 1, "b": {"c": 2}}, "x_groq": {"usage": {"a": 1}}, "x": ["y"]}
    for broken in replaced(sound):
        if isinstance(broken, dict):
            for chunks in ([broken], [sound, broken, sound]):
                only_our_errors(chunks)
                only_our_errors(chunks, n=1)


@pytest.mark.parametrize("key", ["id", "model", "created", "usage", "choices", "x", "object", "error", "x_groq"])
def test_any_value_in_a_field_of_a_chunk(key: str) -> None:
    for value in WRONG:
        only_our_errors([{key: value}, chunk({"content": "a"}), {key: value}])


@pytest.mark.parametrize(
    "broken",
    [
        {"id": nested(2000)},
        {"model": nested(2000)},
        {"created": nested(2000)},
        {"x": nested(2000)},
        {"usage": nested(2000, key="a")},
        chunk({"x": nested(2000, key="y")}),
        chunk({"content": [nested(2000)]}),
        {"choices": [{"message": nested(2000, key="content")}]},
    ],
    ids=lambda broken: str(next(iter(broken))),
)
def test_deep_nesting(broken: dict[str, Any]) -> None:
    only_our_errors([broken])


def test_max_message_size_is_one_for_all_choices() -> None:
    chunks = [{"id": "m"}, chunk({"content": "1234"}), chunk({"content": "567"}, index=1)]
    size = 2 * CHOICE + 17 + 7
    accumulate(chunks, limits=Limits(max_message_size=size))
    chat = ChatReader(limits=Limits(max_message_size=size - 1))
    assert chat.add(chunks[0]) + chat.add(chunks[1]) == [MessageStart("m", None), TextDelta("1234")]
    with pytest.raises(LimitExceeded) as caught:
        chat.add(chunks[2])
    assert (caught.value.what, caught.value.limit) == ("max_message_size", size - 1)
    assert chat.completion().text == "1234"
    assert finished(chat, False) == []


def test_no_limits() -> None:
    lifted = Limits(max_message_size=None, max_choices=None, max_tool_calls=None)
    chunks = [chunk({}, index=index) for index in range(1100)] + [call(index, name="f") for index in range(1100)]
    _, completion, _ = accumulate(chunks, limits=lifted)
    assert (len(completion.choices), len(completion.tool_calls)) == (1100, 1100)


def test_what_is_missing_does_not_count() -> None:
    accumulate([{"choices": []} for _ in range(100)], limits=Limits(max_message_size=10))


def test_usage_is_bounded() -> None:
    chat = ChatReader()
    chat.add({"usage": {f"k{number}": 1 for number in range(250)}})
    with pytest.raises(ProtocolError) as caught:
        chat.add({"usage": {f"m{number}": 1 for number in range(250)}})
    assert caught.value.where == "$.usage"
    assert len(chat.completion().usage or {}) == 250


def test_empty_texts_leave_nothing_behind() -> None:
    chat = ChatReader()
    chat.add(chunk({"content": ""}))
    size = len(repr(chat.__getstate__()[1]["choices"][0].__getstate__()[1]["content"].pieces))
    for _ in range(10):
        chat.add(chunk({"content": ""}))
    assert len(repr(chat.__getstate__()[1]["choices"][0].__getstate__()[1]["content"].pieces)) == size


@pytest.mark.parametrize(
    "broken",
    [{"id": 10**5000}, {"choices": [{"index": [10**5000]}]}, call(id=10**5000), chunk(None, 10**5000)],
    ids=["id", "index", "call", "reason"],
)
def test_huge_numbers(broken: dict[str, Any]) -> None:
    chat = ChatReader()
    try:
        chat.add(broken)
    except ssemble.SsembleError:
        pass
    chat.completion()


def test_work_is_linear_in_the_number_of_chunks() -> None:
    def work(count: int) -> None:
        chat = ChatReader()
        for number in range(count):
            chat.add(chunk({"content": "text", "x": str(number), "reasoning_details": [{"index": 0, "text": "a"}]}))
        chat.completion()

    assert_linear(work, 150)


@pytest.mark.parametrize("field", ["id", "object", "created", "model", "usage", "error", "obfuscation", "p"])
@pytest.mark.parametrize("empty", [None, "", {}, []], ids=repr)
def test_an_empty_field_with_a_rule_of_its_own_leaves_nothing_behind(field: str, empty: Any) -> None:
    named = {"id": "i", "created": 5, "model": "m"}
    chat = ChatReader()
    chat.add({**named, "choices": []})
    before = chat.result()
    chat.add({**named, "choices": [], field: empty})
    assert chat.result() == before


def test_long_texts_among_the_counts_count() -> None:
    with pytest.raises(LimitExceeded, match=r"max_message_size \(5000 characters\)"):
        accumulate([{"usage": {"x": "y" * 6000}}], limits=Limits(max_message_size=5000))


def test_a_field_with_a_rule_of_its_own_counts_once() -> None:
    chat = ChatReader()
    chat.add({"id": "ab", "model": "abc", "created": 5})
    assert chat.context.budget.size == 18 + 19 + 1


@pytest.mark.parametrize("place", ["chunk", "choice", "delta", "call"])
def test_keys_are_text(place: str) -> None:
    odd: dict[Any, Any] = {1: 2, "x": {3: 4}}
    entry: dict[str, Any] = {"index": 0, "id": "1", **(odd if place == "call" else {})}
    delta = {"tool_calls": [entry], **(odd if place == "delta" else {})}
    choice = {"index": 0, "delta": delta, **(odd if place == "choice" else {})}
    with pytest.raises(ProtocolError, match="expected a key of type str"):
        accumulate([{"choices": [choice], **(odd if place == "chunk" else {})}])


def test_empty_calls_and_choices_count() -> None:
    calls = {"tool_calls": [{"index": index} for index in range(100)]}
    with pytest.raises(LimitExceeded, match="max_message_size"):
        accumulate([chunk(calls, index=index) for index in range(10)], limits=Limits(max_message_size=20_000))
    with pytest.raises(LimitExceeded, match="max_message_size"):
        accumulate([chunk({}, index=index) for index in range(1000)], limits=Limits(max_message_size=20_000))


def test_a_model_that_is_replaced_counts_no_more() -> None:
    chat = ChatReader(limits=Limits(max_message_size=60))
    for name in ["first", "second"] * 10:
        chat.add({"model": name, "choices": []})
    assert (chat.completion().model, chat.context.budget.size) == ("second", len("second") + 16)


def test_what_counts_of_a_chunk_when_the_message_is_full() -> None:
    chat = ChatReader()
    chat.add(chunk({"content": "a"}, index=1))
    usage = {"total_tokens": 3}
    entries = [
        {"index": 7, "finish_reason": "stop"},
        {"delta": {"content": "b"}, "finish_reason": "stop", "x": 1},
        None,
        5,
    ]
    payload = {"id": "c", "x": 1, "choices": entries, "usage": usage}
    assert chat.end_of(payload, "message") == {
        "id": "c", "choices": [None, {"finish_reason": "stop"}, None, None], "usage": usage,
    }  # fmt: skip
    assert chat.end_of({"choices": [{"index": [1]}, {"index": None}]}, "message") == {
        "choices": [None, {"index": None}]
    }
    assert chat.end_of({"choices": None}, "message") == {"choices": []}
    assert chat.end_of({"type": "ping"}, "message") is None
    assert ChatReader(n=1).end_of({"choices": [{"index": 7, "delta": {}}]}, "message") == {"choices": [{"index": 7}]}
