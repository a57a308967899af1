"""The fuzz targets run, so that they cannot rot, and the one of mixed shapes finds what is planted."""

from __future__ import annotations

from typing import Any

import pytest

import ssemble
from fuzz import fuzz_mixed
from fuzz.choices import of_seed
from fuzz.mixed import scenario
from fuzz.mixed_checks import findings
from fuzz.smoke import NAMES, smoke

SEEDS = range(60)  # seeds


@pytest.mark.parametrize("name", NAMES)
def test_target_finds_nothing_in_its_seeds_and_a_few_mutants(name: str) -> None:
    assert smoke(name, count=20) > 100


class CountsFragments(ssemble.MessageStream):
    """What it tells depends on the cuts."""

    def feed(self, data: Any) -> list[ssemble.StreamEvent]:
        events = super().feed(data)
        return events[:-1] if len(data) < 100 and events else events


class KeyErrors(ssemble.MessageStream):
    """Something that is no `SsembleError` escapes."""

    def feed(self, data: Any) -> list[ssemble.StreamEvent]:
        if b"[DONE]" in data:
            raise KeyError("planted")
        return super().feed(data)


class Unstable(ssemble.MessageStream):
    """The message changes when it is looked at."""

    def completion(self) -> ssemble.Completion:
        self.__class__.looked += 1
        return ssemble.Completion(id=str(self.looked))

    looked = 0


class Cyclic(ssemble.MessageStream):
    """Left for the collector."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.me = self


@pytest.mark.parametrize(
    ("planted", "kind"),
    [
        (CountsFragments, "plain, cut: events"),
        (KeyErrors, "escapes: KeyError"),
        (Unstable, "stable after the end"),
        (Cyclic, "cycles are left"),
    ],
)
def test_mixed_shapes_show_a_planted_fault(
    planted: type[ssemble.MessageStream], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ssemble, "MessageStream", planted)
    assert any(kind in found.kind for seed in SEEDS for found in findings(scenario(of_seed(seed))))


def test_a_finding_is_made_small_and_can_be_run_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ssemble, "MessageStream", KeyErrors)
    seed = next(seed for seed in SEEDS if b"[DONE]" in scenario(of_seed(seed)).body)
    given = scenario(of_seed(seed))
    kind = next(findings(given)).kind
    small = fuzz_mixed.shrunk(given, kind)
    assert len(small.pieces) == len(small.fragments()) == 1
    assert b"[DONE]" in small.body
    assert fuzz_mixed.main(["--seed", str(seed)]) == 1
    assert f"python -m fuzz.fuzz_mixed --seed {seed}\n" in capsys.readouterr().out


def test_any_bytes_make_a_scenario() -> None:
    for size in (0, 1, 10, 100):
        made = scenario(of_seed(0)[:size])
        assert b"".join(data for data, _ in made.fragments()) == made.body
        assert made.body
