"""What every accumulator offers."""

from __future__ import annotations

import inspect

import pytest

from ssemble import StreamError
from ssemble._dialects import DIALECTS
from ssemble._dialects._base import Accumulator

OFFERED = [name for name in vars(Accumulator) if not name.startswith("_")]


def test_the_contract_is_pinned() -> None:
    assert (
        sorted(OFFERED)
        == "add begins begun complete completion finish follow recognises repairs result tool_call".split()
    )


@pytest.mark.parametrize("name", DIALECTS)
def test_every_dialect_keeps_it(name: str) -> None:
    accumulator: Accumulator = DIALECTS[name]()
    assert accumulator.dialect == name
    error: StreamError | None = accumulator.error
    assert error is None
    for method in OFFERED:
        wanted, offered = getattr(Accumulator, method), getattr(type(accumulator), method)
        if callable(wanted):
            names = list(inspect.signature(wanted).parameters)
            assert list(inspect.signature(offered).parameters)[: len(names)] == names
            assert offered.__doc__


@pytest.mark.parametrize("name", DIALECTS)
def test_an_empty_message(name: str) -> None:
    accumulator = DIALECTS[name]()
    assert (accumulator.complete, accumulator.repairs, accumulator.finish(True)) == (False, {}, [])
    assert accumulator.completion(True).complete is True
    assert accumulator.completion(False).choices == ()
    assert accumulator.completion(False).to_dict() == accumulator.result()
