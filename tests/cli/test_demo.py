"""The replay of ``ssemble demo``."""

from __future__ import annotations

import random
import time

import pytest

import ssemble
from ssemble._cli import demo as _demo
from ssemble._cli.samples import body
from ssemble._cli.terminal import Output

from .command import Terminal

BODY = body("openai-chat")


@pytest.mark.parametrize("seed", range(20))
def test_splits_do_not_matter(seed: int) -> None:
    fragments = _demo.split_randomly(BODY, seed)
    assert b"".join(fragments) == BODY
    assert max(map(len, fragments)) <= _demo.MAX_FRAGMENT
    assert all(fragments)
    assert ssemble.assemble(fragments).to_dict() == ssemble.assemble(BODY).to_dict()


def test_seed_determines_splits() -> None:
    assert _demo.split_randomly(BODY, 1) == _demo.split_randomly(BODY, 1)
    assert _demo.split_randomly(BODY, 1) != _demo.split_randomly(BODY, 2)


def test_splits_inside_characters() -> None:
    def intact(fragment: bytes) -> bool:
        return fragment.decode(errors="ignore").encode() == fragment

    assert not all(map(intact, _demo.split_randomly(BODY, 1)))


def test_delays_at_reading_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    notice, fragments = _demo.start(None, 5, fast=False)
    first = next(fragments)
    assert len(waits) == 1
    assert waits[0] == pytest.approx(_demo.REPLAY_SECONDS * len(first) / len(BODY))
    rest = list(fragments)
    assert sum(waits) == pytest.approx(_demo.REPLAY_SECONDS)
    assert 6 <= _demo.REPLAY_SECONDS <= 8
    assert [first, *rest] == _demo.split_randomly(BODY, 5)
    assert (
        notice
        == f"{len(BODY):,} bytes of openai-chat, split at random into {len(waits)} fragments (repeat with --seed 5)"
    )


def test_fast_does_not_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(seconds: float) -> None:
        raise AssertionError("slept")

    monkeypatch.setattr(time, "sleep", never)
    assert b"".join(_demo.start(None, 0, fast=True)[1]) == BODY


def test_random_seed_is_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "randrange", lambda stop: 41)
    notice, fragments = _demo.start(None, None, fast=True)
    assert notice.endswith("(repeat with --seed 41)")
    assert list(fragments) == _demo.split_randomly(BODY, 41)


def test_another_dialect() -> None:
    notice, fragments = _demo.start("gemini", 0, fast=True)
    assert b"".join(fragments) == body("gemini")
    assert " bytes of gemini, split at random" in notice


def test_fragments_are_shown_before_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "20")
    terminal = Terminal()
    fragments = _demo.shown(iter([b"data: \n", b"\xff\x1b[2J", b"x" * 50]), Output(terminal, required=False))
    assert next(fragments) == b"data: \n"
    assert terminal.getvalue() == "< data: \\n\n"
    assert list(fragments) == [b"\xff\x1b[2J", b"x" * 50]
    assert terminal.getvalue().splitlines()[1:] == ["< \N{REPLACEMENT CHARACTER}\\u001b[2J", "< " + "x" * 17]
