"""When the bytes and the content of a stream came, and the longest time without content."""

from __future__ import annotations

import pickle
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssemble import (
    ChoiceEnd,
    MessageStart,
    RawEvent,
    ReasoningDelta,
    RefusalDelta,
    StreamEvent,
    TextDelta,
    ToolCallDelta,
    ToolCallStart,
    UsageUpdate,
)
from ssemble._timing import Timing

HEARTBEAT: list[StreamEvent] = []
START = MessageStart(None, None)
TEXT = TextDelta("Hi")
OTHERS: list[StreamEvent] = [START, ChoiceEnd(0, "stop", "stop"), UsageUpdate({}), RawEvent("message", {})]
CONTENTS: list[StreamEvent] = [
    TEXT, ReasoningDelta("Hm"), RefusalDelta("No"), ToolCallStart(0, 0, None, "f"), ToolCallDelta(0, 0, "{")
]  # fmt: skip


def timed(*fragments: tuple[float, list[StreamEvent]], start: float | None = 0.0) -> Timing:
    timing = Timing(start)
    for at, events in fragments:
        timing.note(at, events)
    return timing


def facts(timing: Timing) -> dict[str, Any]:
    return {name: getattr(timing, name) for name in Timing.__slots__ if not name.startswith("_")}


def test_what_it_looks_like() -> None:
    timing = timed((1.0, [TEXT]), (3.0, [TEXT]))
    assert repr(timing) == (
        "<Timing first_byte=1.0, first_content=1.0, last_content=3.0, longest_gap=2.0, longest_gap_in='text', duration=3.0>"
    )


def test_nothing_came() -> None:
    timing = timed()
    assert set(facts(timing).values()) == {None, 0}
    timing.end(4.0)
    assert (timing.duration, timing.longest_gap) == (4.0, None)


def test_content_is_not_the_start_nor_the_end() -> None:
    timing = timed((1.0, [START]), (2.0, [TEXT]), (3.0, OTHERS))
    assert (timing.first_byte, timing.first_content, timing.last_content) == (1.0, 2.0, 2.0)
    assert (timing.duration, timing.fragments) == (3.0, 3)


@pytest.mark.parametrize("event", CONTENTS, ids=lambda event: event.type)
def test_each_kind_of_content_counts(event: StreamEvent) -> None:
    timing = timed((1.0, [START, event]))
    assert timing.first_content == 1.0


def test_without_a_start_the_first_fragment_is_zero() -> None:
    timing = timed((1000.5, HEARTBEAT), (1002.0, [TEXT]), start=None)
    assert (timing.first_byte, timing.first_content) == (0.0, 1.5)


PLACES: list[tuple[list[StreamEvent], str]] = [
    ([TEXT], "text"),
    ([ReasoningDelta("Hm")], "reasoning"),
    ([RefusalDelta("No", choice=2)], "refusal of choice 2"),
    ([ToolCallStart(0, 1, "c", "ls"), ToolCallDelta(0, 1, "{")], "call 1 ls"),
    ([ToolCallStart(0, 0, "c", "")], "call 0"),
    ([ToolCallStart(1, 0, "c", "ls"), TEXT, ToolCallDelta(1, 0, "{")], "call 0 ls of choice 1"),
    ([ToolCallDelta(0, 3, "{")], "call 3"),
]


@pytest.mark.parametrize(("events", "place"), PLACES, ids=[place for _, place in PLACES])
def test_where_the_longest_gap_was(events: list[StreamEvent], place: str) -> None:
    timing = timed((0.0, [ReasoningDelta("Hm")]), (1.0, events), (2.0, HEARTBEAT), (9.0, [TEXT]), (12.0, [TEXT]))
    assert (timing.longest_gap, timing.longest_gap_in) == (8.0, place)


def test_a_stream_that_stalls_until_its_end() -> None:
    timing = timed((1.0, [TEXT]), (2.0, [TEXT]), (30.0, HEARTBEAT))
    timing.end(62.0)
    assert (timing.longest_gap, timing.longest_gap_in, timing.duration) == (60.0, "text", 62.0)


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=12))
def test_the_gap_is_the_longest_between_two_contents_or_the_end(steps: list[tuple[int, bool]]) -> None:
    timing, now = Timing(0.0), 0
    contents: list[int] = []
    for seconds, content in steps:
        now += seconds
        timing.note(now, [TEXT] if content else OTHERS)
        timing = pickle.loads(pickle.dumps(timing))
        contents += [now] if content else []
    gaps = [after - before for before, after in pairwise([*contents, now])]
    if steps and contents and steps[-1][1]:
        gaps.pop()  # nothing came after the last content
    assert timing.longest_gap == max(gaps, default=None)
    assert timing.first_content == (contents[0] if contents else None)
    assert timing.last_content == (contents[-1] if contents else None)
