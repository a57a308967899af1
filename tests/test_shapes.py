"""What is measured is what it says: the shapes are the same at every call, and whole streams."""

from __future__ import annotations

import json

import pytest

import ssemble
from benchmarks.contenders import events_and_completion, payloads_of
from benchmarks.picture import picture
from benchmarks.shapes import CUTTINGS, SHAPES, body_of_lines, chunks, frames
from tests.trace import trace


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_is_seeded_and_whole(shape: str) -> None:
    events = frames(shape, 16)
    assert events == frames(shape, 16)
    assert [json.loads(payload) for payload in payloads_of(events)] == chunks(shape, 16)
    completion = ssemble.assemble(events)
    assert completion.complete
    assert completion.to_dict() == trace(events, templates=False).result


@pytest.mark.parametrize("cutting", CUTTINGS)
def test_a_cutting_keeps_every_byte(cutting: str) -> None:
    events = frames("text", 40)
    fragments = CUTTINGS[cutting](events)
    assert b"".join(fragments) == b"".join(events)
    assert events_and_completion(fragments) == events_and_completion(events)


def test_a_body_of_lines_is_one_event() -> None:
    assert list(ssemble.iter_chunks(body_of_lines(100))) == [1] * 101


def test_the_picture_has_a_bar_for_each_figure() -> None:
    assert picture({"ssemble: a": 1.0, "floor: b": 10.0}).count("<rect") == 3
