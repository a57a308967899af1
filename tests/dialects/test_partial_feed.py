"""Who follows a text hears each character once, whichever way it comes."""

from __future__ import annotations

from typing import Any

import pytest

from ssemble import PartialJSON
from ssemble._dialects.partial_feed import PartialFeed
from ssemble._model.text import Text

from ..helpers import MOVES

PIECES = ["[1", ", 2", ", 3", "]"]


@pytest.mark.parametrize("begun", range(len(PIECES) + 1))
@pytest.mark.parametrize("late", [0, 1, 2], ids=["at once", "one later", "two later"])
def test_what_came_before_is_caught_up_once(begun: int, late: int) -> None:
    """Between the look at the text and the catching up, more may have come, and have been brought or not."""
    text, partial_feed = Text(), PartialFeed(PartialJSON())
    ends = []
    for number, piece in enumerate(PIECES):
        text.add(piece)
        ends.append(text.size)
        if number >= begun:
            partial_feed.take(piece, text, text.size)
        if number == begun + late:
            partial_feed.catch_up(text, ends[begun])
    partial_feed.catch_up(text, text.size)
    assert partial_feed.partial.raw == text.to_json()
    assert partial_feed.partial.value == [1, 2, 3]


def test_nothing_that_has_not_come_counts_as_taken() -> None:
    text, partial_feed = Text(), PartialFeed(PartialJSON())
    text.add("[1")
    partial_feed.catch_up(text, 5)
    text.add(", 2]")
    partial_feed.catch_up(text, 6)
    partial_feed.catch_up(text, 3)
    assert (partial_feed.taken, partial_feed.partial.raw) == (6, "[1, 2]")


def test_no_more_than_asked_for_is_caught_up() -> None:
    text, partial_feed = Text(), PartialFeed(PartialJSON())
    text.add("[1, 2]")
    partial_feed.catch_up(text, 2)
    assert (partial_feed.taken, partial_feed.partial.raw) == (2, "[1")
    partial_feed.take("]", text, 6)
    assert (partial_feed.taken, partial_feed.partial.raw) == (6, "[1, 2]")


@pytest.mark.parametrize("move", MOVES.values(), ids=list(MOVES))
def test_a_follower_moves(move: Any) -> None:
    text, partial_feed = Text(), PartialFeed(PartialJSON())
    for piece in PIECES:
        twin = move(partial_feed)
        text.add(piece)
        partial_feed.take(piece, text, text.size)
        twin.take(piece, text, text.size)
        assert twin.partial.raw == partial_feed.partial.raw == text.to_json()
        assert twin.lock is not partial_feed.lock
