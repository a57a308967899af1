"""Payloads that repeat the last one but for few values: merged as the usual way merges them."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssemble import Limits
from ssemble._assembly import Assembly
from ssemble._payloads import repeats as repeats_module
from ssemble._payloads.repeated import Repeated
from ssemble._payloads.repeats import MAX_WAIT, Repeats
from ssemble._payloads.templates import Slot

from ..helpers import call, chunk
from ..trace import comparable
from .test_learned import Bound

TEXTS = st.sampled_from(["a", "Hi", "", "é😀", "\ud83d", "\ude00", "\n", "x" * 50, None, 5, True])
NUMBERS = st.sampled_from([0, 0.0, False, None, 1, True, 7, 10**20, "0"])


@st.composite
def payloads(draw: st.DrawFn) -> dict[str, Any]:
    """A chunk that is like most others, or nearly."""
    text, index = draw(TEXTS), draw(st.just(0) | NUMBERS)
    choice: Any = {"index": index, "delta": {"content": text}, "finish_reason": None}
    made = draw(
        st.sampled_from(
            [
                chunk({"content": text}),
                {"choices": [choice]},
                chunk({"content": text, "reasoning": text}),
                chunk({"content": text}, p="ab"),
                chunk({"content": text}, p=text, created=index),
                {"choices": [{"index": 0, "delta": {"content": text}, "logprobs": {"content": [text, index]}}]},
                chunk({"content": text}, usage={"prompt_tokens": 3, "completion_tokens": index}),
                call(arguments=text, id="c", name="f"),
                call(arguments=text),
                chunk({}, "stop"),
                {"choices": []},
                {"type": "ping"},
            ]
        )
    )
    return copy.deepcopy(made)


def give(repeats: Repeats, payload: dict[str, Any], events: list[Any], sink: Assembly) -> None:
    if not repeats.repeats(payload, events):
        repeats.take(payload, events, sink, payload)


def taken(chunks: list[dict[str, Any]], limits: Limits, repeats: bool, move: bool = False) -> tuple[Any, ...]:
    assembly, fast = Assembly(None, errors="skip", limits=limits, n=None, cumulative=False), Repeats()
    events: list[Any] = []
    for payload in copy.deepcopy(chunks):
        if move:
            assembly, fast = pickle.loads(pickle.dumps((assembly, fast)))
        if repeats:
            give(fast, payload, events, assembly)
        else:
            assembly.add(payload, "message", events, 0)
    assembly.end(events, "", "")
    completion = assembly.completion(assembly.complete)
    return [comparable(event) for event in events], completion, completion.to_dict(), assembly.repairs


@given(
    st.lists(payloads(), max_size=6).flatmap(
        lambda few: st.lists(st.sampled_from(few), max_size=25) if few else st.just([])
    ),
    st.sampled_from([Limits(), Limits(max_message_size=120)]),
    st.booleans(),
)
def test_the_fast_way_is_invisible(chunks: list[dict[str, Any]], limits: Limits, move: bool) -> None:
    assert taken(chunks, limits, repeats=True, move=move) == taken(chunks, limits, repeats=False)


class Counting(Assembly):
    """Counts what comes the usual way."""

    added = asked = 0

    def add(self, *args: Any) -> bool:
        self.added += 1
        return super().add(*args)

    def bind(self, payload: Any, name: str) -> Any:
        assert name == "message"
        self.asked += 1
        return super().bind(payload, name)


def tracked(chunks: list[dict[str, Any]]) -> Counting:
    sink = Counting(None, errors="skip", limits=Limits(), n=None, cumulative=False)
    repeats = Repeats()
    for payload in copy.deepcopy(chunks):
        give(repeats, payload, [], sink)
    return sink


@pytest.mark.parametrize(
    "chunks",
    [
        [chunk({"content": f"text {n}"}, id="c", created=5, obfuscation="x" * n) for n in range(100)],
        [call(arguments=f"{n} ") if n else call(arguments="{", id="c", name="f") for n in range(100)],
        [chunk({"content": f"{n}", "reasoning": f"{n}"}, index=3) for n in range(100)],
        [chunk({"content": f"{n}"}, usage={"completion_tokens": n + 1, "prompt_tokens": 3}) for n in range(100)],
        [chunk({"content": f"{n}"}, index=n % 2) for n in range(100)],
    ],
    ids=["text", "arguments", "two texts", "counts", "two that take turns"],
)
def test_most_payloads_of_a_stream_go_the_fast_way(chunks: list[dict[str, Any]]) -> None:
    assert tracked(chunks).added <= 5


@pytest.mark.parametrize(
    ("one", "other"),
    [(0, False), (1, True), (1, 1.0), ({"a": {"b": 1}}, {"a": {"b": 1.0}})],
    ids=["0 and false", "1 and true", "1 and 1.0", "deep inside"],
)
def test_what_is_equal_but_not_the_same_goes_the_usual_way(one: Any, other: Any) -> None:
    said = [chunk({"content": f"text {n}"}, more=one) for n in range(4)]
    assert tracked(said).added < 4
    assert tracked([*said, chunk({"content": "text"}, more=other)]).added == tracked(said).added + 1


def test_a_payload_of_the_caller_is_not_changed() -> None:
    sink, repeats = Assembly(None, errors="skip", limits=Limits(), n=None, cumulative=False), Repeats()
    said = [chunk({"content": f"{n}", "more": {"a": [n]}}) for n in range(2)] + [
        chunk({"content": f"{n}"}) for n in "345"
    ]
    before = copy.deepcopy(said)
    for payload in said:
        give(repeats, payload, [], sink)
    whole = sink.completion(False).to_dict()
    assert said == before
    for payload in said:
        payload["choices"][0]["delta"].clear()
    assert sink.completion(False).to_dict() == whole


def test_a_payload_that_is_too_deep_to_be_compared_is_not_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_deep(*_: Any) -> None:
        raise RecursionError

    monkeypatch.setattr(repeats_module, "Repeated", too_deep)
    assert tracked([chunk({"content": "a"})] * 3).added == 3


def test_a_payload_with_lists_is_not_remembered_in_vain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeats_module, "Repeated", lambda *_: pytest.fail("it would never match"))
    listed = {"choices": [{"index": 0, "delta": {"content": "a"}, "logprobs": {"content": [1]}}]}
    assert tracked([listed] * 3).added == 3


@pytest.mark.parametrize("beside", [{}, chunk({"content": "Hi"})], ids=["alone", "beside a choice"])
def test_an_error_is_told_after_what_came_with_it(beside: dict[str, Any]) -> None:
    sink = tracked([chunk({"content": "a"}), {**beside, "error": {"message": "no"}}, chunk({"content": "b"})])
    assert [str(error) for error in sink.reported] == ["no"]
    assert sink.completion(False).text == ("aHib" if beside else "ab")


def test_what_was_not_merged_is_not_asked_about() -> None:
    assert tracked([chunk({"content": "a"}), {"type": "ping"}, {"type": "ping"}]).asked == 1


def test_a_reader_is_asked_less_and_less_often() -> None:
    vain = tracked([chunk({"content": f"{n}"}, index=n % 3) for n in range(1000)])
    assert vain.added == 1000
    assert 1000 / MAX_WAIT + 10 < vain.asked < 1000 / MAX_WAIT + 60


@pytest.mark.parametrize(
    "odd",
    [
        chunk({"content": "c"}, usage={"completion_tokens": 0, "prompt_tokens": 3}),
        chunk({"content": "c"}, usage={"completion_tokens": 4, "prompt_tokens": 3.0}),
        chunk({"content": "c", "x": 1}, usage={"completion_tokens": 4, "prompt_tokens": 3}),
        chunk({"content": "\ud83d"}, usage={"completion_tokens": 4, "prompt_tokens": 3}),
        {"choices": None},
    ],
    ids=["no positive number", "equal but not the same", "more", "half a pair", "no choice"],
)
def test_a_payload_that_is_not_the_same_goes_the_usual_way(odd: dict[str, Any]) -> None:
    usual = [chunk({"content": f"{n}"}, usage={"completion_tokens": n + 1, "prompt_tokens": 3}) for n in range(5)]
    assert tracked([*usual, odd]).added == tracked(usual).added + 1


def test_how_many_texts_and_times_go_the_fast_way() -> None:
    said = [chunk({"content": text}, created=time) for text, time in zip("abcd", (5, 6, 7, 8), strict=True)]
    before = tracked(said).added
    for text, time, fits in (
        ("e\n", 1, True), ("\u2028", 10**18 - 1, True), ("e", 0, False), ("e", 10**18, False), ("\ud83d\n", 9, False),
    ):  # fmt: skip
        assert (tracked([*said, chunk({"content": text}, created=time)]).added == before) == fits, (text, time)


def test_a_payload_that_a_dialect_knows_is_no_error() -> None:
    def known(payload: Any, event: str) -> str:
        assert event == "message"
        return str(payload.get("known", ""))

    for payload, errors in (
        ({"type": "x", "error": {"message": "no"}}, 1),
        ({"type": "x", "error": {"message": "no"}, "known": "mine"}, 0),
        ({"message": "Hi"}, 0),
        ({"message": "no", "code": "bad"}, 1),
    ):
        sink = Counting(None, errors="skip", limits=Limits(), n=None, cumulative=False)
        give(Repeats(known), payload, [], sink)
        assert len(sink.reported) == errors, payload


def test_values_in_arrays() -> None:
    bound = Bound(Slot(("l", 1)), Slot(("l", 2, "a")))
    repeated = Repeated({"l": [1, "x", {"a": "y"}, []]}, bound)
    assert repeated.apply({"l": [1, "z", {"a": ""}, []]}, [])
    others: list[Any] = [
        [True, "x", {"a": "y"}, []], [1, "x", {"a": "y"}, [1]], [1, "x"], [1, 2, {"a": "y"}, []], {}, "xyz",
    ]  # fmt: skip
    for other in others:
        assert not repeated.apply({"l": other}, [])
    assert bound.values == [["z", ""]]
