"""Bindings of the readers that share `Answer`: the same as its own methods do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ssemble import Limits, PartialJSON
from ssemble._dialects.answer import Answer
from ssemble._dialects.bindings import TextBinding, bind_arguments, bind_reasoning, bind_refusal, bind_text
from ssemble._model.budget import SizeBudget
from ssemble._model.text import Text
from ssemble._payloads.templates import Slot

SLOTS = (Slot(("a",)),)
LIMIT = 1_000


class Parts:
    """An answer with one block of each kind and one call, written by its methods or by bindings."""

    def __init__(self, limit: int = LIMIT) -> None:
        self.answer = answer = Answer(Limits(), SizeBudget(limit), 3)
        self.events: list[Any] = []
        answer.start_call("c0", "f", "function", [])
        self.call = call = answer.start_call("c1", "f", "function", [])
        self.partials = {"text": PartialJSON(), "arguments": call.partial_json()}
        answer.attach_partial(self.partials["text"])
        self.texts = {kind: Text() for kind in ("text", "reasoning", "refusal")}
        texts, events = self.texts, self.events
        self.add: dict[str, Callable[[str], None]] = {
            "text": lambda text: answer.add_text(texts["text"], 4, text, events),
            "reasoning": lambda text: answer.add_reasoning(texts["reasoning"], 5, text, "summary", events),
            "refusal": lambda text: answer.add_refusal(texts["refusal"], 6, text, events),
            "arguments": lambda text: answer.add_arguments(call, text, events),
        }
        self.add["text"]("-")
        self.bind: dict[str, Callable[[], TextBinding | None]] = {
            "text": lambda: bind_text(answer, SLOTS, texts["text"], 4),
            "reasoning": lambda: bind_reasoning(answer, SLOTS, texts["reasoning"], 5, "summary"),
            "refusal": lambda: bind_refusal(answer, SLOTS, texts["refusal"], 6),
            "arguments": lambda: bind_arguments(answer, SLOTS, call),
        }

    def bound(self, kind: str) -> TextBinding:
        binding = self.bind[kind]()
        assert binding is not None
        return binding

    def state(self, pieces: bool = True) -> Any:
        texts, written = [*self.texts.values(), self.call.arguments], self.answer.written
        return (
            written.slice(0, written.size),
            [(text.to_json(), text.size, pieces and len(text.pieces)) for text in texts],
            [partial.raw for partial in self.partials.values()],
            self.answer.budget.size,
            self.events,
        )


KINDS = ("text", "reasoning", "refusal", "arguments")
WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=9)


@pytest.mark.parametrize("kind", KINDS)
@given(rows=st.lists(WORDS, min_size=1, max_size=20))
@example(rows=list("abcd") * 10)
def test_a_binding_does_what_the_answer_does_after_each_text(kind: str, rows: list[str]) -> None:
    one, other = Parts(), Parts()
    binding = other.bound(kind)
    assert binding.slots == SLOTS
    for row in rows:
        one.add[kind](row)
        assert binding.apply(row, other.events)
        assert other.state() == one.state()


@pytest.mark.parametrize("kind", KINDS)
@given(rows=st.lists(WORDS, min_size=1, max_size=12))
def test_a_run_is_the_same_as_its_texts_one_by_one(kind: str, rows: list[str]) -> None:
    one, other = Parts(), Parts()
    for row in rows:
        one.add[kind](row)
    assert other.bound(kind).apply_run(rows, other.events)
    assert other.state(pieces=False) == one.state(pieces=False), "a run is stored in one piece"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("run", [False, True])
def test_up_to_the_limit_and_no_further(kind: str, run: bool) -> None:
    room = LIMIT - Parts().answer.budget.size
    for size, fits in ((room, True), (room + 1, False)):
        written = Parts()
        before = repr(written.state())
        binding = written.bound(kind)
        rows = ["a", "b" * (size - 1)]
        done = binding.apply_run(rows, written.events) if run else binding.apply("".join(rows), written.events)
        assert done is fits
        assert fits is (written.answer.budget.size == LIMIT)
        assert fits is (repr(written.state()) != before)


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_text_is_left_to_the_reader(kind: str) -> None:
    written = Parts()
    before = repr(written.state())
    binding = written.bound(kind)
    assert not binding.apply("", written.events)
    assert not binding.apply_run(["a", ""], written.events)
    assert repr(written.state()) == before


@pytest.mark.parametrize("run", [False, True])
def test_who_follows_the_text_hears_that_of_all_blocks(run: bool) -> None:
    answer, first, second = Parts().answer, Text(), Text()
    partial = PartialJSON()
    answer.add_text(first, 0, "12", [])
    answer.add_text(second, 1, "3", [])
    binding = bind_text(answer, SLOTS, second, 1)
    assert binding is not None
    answer.attach_partial(partial)
    assert binding.apply_run(["45", "6"], []) if run else binding.apply("456", [])
    assert (partial.raw, second.to_json()) == ("-123456", "3456")
