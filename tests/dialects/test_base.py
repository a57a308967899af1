"""What every accumulator offers."""

from __future__ import annotations

import inspect

import pytest

from ssemble import StreamError
from ssemble._dialects import READERS
from ssemble._dialects._base import Accumulator, Reader

OFFERED = [name for name in vars(Accumulator) if not name.startswith("_")]
INSIDE = [name for name in vars(Reader) if not name.startswith("_")]


def test_the_contract_is_pinned() -> None:
    assert sorted(OFFERED) == ["add", "complete", "completion", "end", "repairs"]
    assert sorted(INSIDE) == ["attach_partial", "begins", "begun", "completion", "finish", "recognises", "tool_call"]


@pytest.mark.parametrize("name", READERS)
def test_every_dialect_keeps_it(name: str) -> None:
    accumulator: Reader = READERS[name]()
    assert accumulator.dialect == name
    error: StreamError | None = accumulator.error
    assert error is None
    for protocol, method in [*((Accumulator, each) for each in OFFERED), *((Reader, each) for each in INSIDE)]:
        wanted, offered = getattr(protocol, method), getattr(type(accumulator), method)
        if callable(wanted):
            names = list(inspect.signature(wanted).parameters)
            assert list(inspect.signature(offered).parameters)[: len(names)] == names
            assert offered.__doc__


@pytest.mark.parametrize("name", READERS)
def test_an_empty_message(name: str) -> None:
    accumulator = READERS[name]()
    assert (accumulator.complete, accumulator.repairs, accumulator.finish(True)) == (False, {}, [])
    assert accumulator.completion(True).complete is True
    assert accumulator.completion(False).choices == ()
    assert accumulator.completion(False).to_dict() == accumulator.result()
