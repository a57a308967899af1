"""`Written`: all text of an answer, as stretches of the texts of its blocks."""

from __future__ import annotations

import contextlib
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssemble import LimitExceeded, PartialJSON, StreamEvent, TextDelta
from ssemble._dialects.answer import STRETCH_COST
from ssemble._dialects.written import Written
from ssemble._model.text import Text

from .test_answer import answer

WRITES = st.lists(st.tuples(st.integers(0, 2), st.text("abc", min_size=1, max_size=3)), max_size=12)


@given(writes=WRITES, early=st.integers(0, 12))
def test_the_text_is_that_of_the_events_in_their_order(writes: list[tuple[int, str]], early: int) -> None:
    each, blocks, all_text = answer(), [Text(), Text(), Text()], ""
    partials = [PartialJSON(), PartialJSON()]
    for number, (block, text) in enumerate(writes):
        if number == early:
            each.attach_partial(partials[0])
        each.add_text(blocks[block], block, text, [])
        all_text += text
        assert each.written.size == len(all_text)
    for start in range(len(all_text) + 1):
        for end in range(start, len(all_text) + 1):
            assert each.written.slice(start, end) == all_text[start:end]
    each.attach_partial(partials[1])
    assert partials[1].raw == all_text
    assert early >= len(writes) or partials[0].raw == all_text
    copy: Written = pickle.loads(pickle.dumps(each.written))
    assert copy.slice(0, copy.size) == all_text


def test_text_that_a_block_has_already_is_told_without_it() -> None:
    each, block, events = answer(), Text(), list[StreamEvent]()
    each.add_text(block, 0, "ab", events)
    each.tell_text("xy", 0, events)
    each.add_text(block, 0, "c", events)
    assert events == [TextDelta("ab", 2), TextDelta("xy", 2), TextDelta("c", 2)]
    assert (each.written.slice(0, 9), block.to_json()) == ("abxyc", "abc")


@pytest.mark.parametrize("taking_turns", [False, True])
def test_taking_turns_is_charged(taking_turns: bool) -> None:
    """Otherwise one character would need the memory of a stretch."""
    count = 10
    needed = count + (count - 1) * STRETCH_COST * taking_turns
    for limit in (needed - 1, needed):
        each, blocks, events = answer(max_message_size=limit), [Text(), Text()], list[StreamEvent]()
        with contextlib.suppress(LimitExceeded):
            for number in range(count):
                each.add_text(blocks[number % 2 if taking_turns else 0], 0, "x", events)
        assert len(events) == (count if limit == needed else count - 1)
        assert sum(block.size for block in blocks) == each.written.size == len(events), "no text without its event"
