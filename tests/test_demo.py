"""The stream that ``ssemble demo`` plays."""

from __future__ import annotations

import json
import random
import time

import pytest

import ssemble
from ssemble import _demo


def test_it_adds_up_to_what_was_written() -> None:
    first, second = ssemble.assemble(_demo.body()).choices
    assert (first.message.reasoning, first.message.text) == (_demo.REASONING, _demo.TEXT)
    assert [(call.name, call.parse_arguments()) for call in first.message.tool_calls] == list(_demo.CALLS)
    assert (first.finish_reason, second.finish_reason) == ("tool_calls", "stop")
    assert second.message.text == _demo.SECOND
    assert ssemble.assemble(_demo.body()).usage == _demo.USAGE


def test_it_needs_no_repairs() -> None:
    stream = ssemble.MessageStream()
    list(stream.events(_demo.body()))
    assert (stream.repairs, stream.complete) == ({}, True)


def test_the_choices_take_turns() -> None:
    seen = [chunk["choices"][0]["index"] for chunk in ssemble.iter_chunks(_demo.body()) if chunk["choices"]]
    assert seen[:6] == [0, 1, 0, 1, 0, 1]


@pytest.mark.parametrize("seed", range(20))
def test_cuts_do_not_matter(seed: int) -> None:
    fragments = _demo.cut(_demo.body(), seed)
    assert b"".join(fragments) == _demo.body()
    assert max(map(len, fragments)) <= _demo.LARGEST
    assert all(fragments)
    assert ssemble.assemble(fragments).to_dict() == ssemble.assemble(_demo.body()).to_dict()


def test_a_seed_says_where_to_cut() -> None:
    body = _demo.body()
    assert _demo.cut(body, 1) == _demo.cut(body, 1)
    assert _demo.cut(body, 1) != _demo.cut(body, 2)


def test_some_cut_falls_inside_a_character() -> None:
    def whole(fragment: bytes) -> bool:
        return fragment.decode(errors="ignore").encode() == fragment

    assert not all(map(whole, _demo.cut(_demo.body(), 1)))


def test_at_reading_speed_the_waits_fit_the_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    notice, fragments = _demo.start(5, fast=False)
    first = next(fragments)
    assert len(waits) == 1
    assert waits[0] == pytest.approx(_demo.SECONDS * len(first) / len(_demo.body()))
    rest = list(fragments)
    assert sum(waits) == pytest.approx(_demo.SECONDS)
    assert 6 <= _demo.SECONDS <= 8
    assert [first, *rest] == _demo.cut(_demo.body(), 5)
    assert notice == f"{len(_demo.body()):,} bytes, cut at random into {len(waits)} fragments (again: --seed 5)"


def test_fast_waits_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(seconds: float) -> None:
        raise AssertionError("slept")

    monkeypatch.setattr(time, "sleep", never)
    assert b"".join(_demo.start(0, fast=True)[1]) == _demo.body()


def test_a_seed_that_nobody_chose_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "randrange", lambda stop: 41)
    notice, fragments = _demo.start(None, fast=True)
    assert notice.endswith("(again: --seed 41)")
    assert list(fragments) == _demo.cut(_demo.body(), 41)


def test_the_text_is_not_ascii_on_the_wire() -> None:
    assert "東京".encode() in _demo.body()
    assert json.dumps("東京").encode() not in _demo.body()
