"""The sample stream of ``ssemble demo``."""

from __future__ import annotations

import json
import random
import time

import pytest

import ssemble
from ssemble._cli import demo as _demo


def test_assembled_message() -> None:
    first, second = ssemble.assemble(_demo.body()).choices
    assert (first.message.reasoning, first.message.text) == (_demo.REASONING, _demo.TEXT)
    assert [(call.name, call.parse_arguments()) for call in first.message.tool_calls] == list(_demo.CALLS)
    assert (first.finish_reason, second.finish_reason) == ("tool_calls", "stop")
    assert second.message.text == _demo.SECOND
    assert ssemble.assemble(_demo.body()).usage == _demo.USAGE


def test_no_repairs() -> None:
    stream = ssemble.MessageStream()
    list(stream.events(_demo.body()))
    assert (stream.repairs, stream.complete) == ({}, True)


def test_choices_are_interleaved() -> None:
    seen = [chunk["choices"][0]["index"] for chunk in ssemble.iter_chunks(_demo.body()) if chunk["choices"]]
    assert seen[:6] == [0, 1, 0, 1, 0, 1]


@pytest.mark.parametrize("seed", range(20))
def test_splits_do_not_matter(seed: int) -> None:
    fragments = _demo.split_randomly(_demo.body(), seed)
    assert b"".join(fragments) == _demo.body()
    assert max(map(len, fragments)) <= _demo.MAX_FRAGMENT
    assert all(fragments)
    assert ssemble.assemble(fragments).to_dict() == ssemble.assemble(_demo.body()).to_dict()


def test_seed_determines_splits() -> None:
    body = _demo.body()
    assert _demo.split_randomly(body, 1) == _demo.split_randomly(body, 1)
    assert _demo.split_randomly(body, 1) != _demo.split_randomly(body, 2)


def test_splits_inside_characters() -> None:
    def intact(fragment: bytes) -> bool:
        return fragment.decode(errors="ignore").encode() == fragment

    assert not all(map(intact, _demo.split_randomly(_demo.body(), 1)))


def test_delays_at_reading_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    notice, fragments = _demo.start(5, fast=False)
    first = next(fragments)
    assert len(waits) == 1
    assert waits[0] == pytest.approx(_demo.REPLAY_SECONDS * len(first) / len(_demo.body()))
    rest = list(fragments)
    assert sum(waits) == pytest.approx(_demo.REPLAY_SECONDS)
    assert 6 <= _demo.REPLAY_SECONDS <= 8
    assert [first, *rest] == _demo.split_randomly(_demo.body(), 5)
    assert notice == f"{len(_demo.body()):,} bytes, split at random into {len(waits)} fragments (repeat with --seed 5)"


def test_fast_does_not_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(seconds: float) -> None:
        raise AssertionError("slept")

    monkeypatch.setattr(time, "sleep", never)
    assert b"".join(_demo.start(0, fast=True)[1]) == _demo.body()


def test_random_seed_is_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "randrange", lambda stop: 41)
    notice, fragments = _demo.start(None, fast=True)
    assert notice.endswith("(repeat with --seed 41)")
    assert list(fragments) == _demo.split_randomly(_demo.body(), 41)


def test_body_is_not_ascii() -> None:
    assert "東京".encode() in _demo.body()
    assert json.dumps("東京").encode() not in _demo.body()
