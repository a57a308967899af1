"""Machines that pickle, copy and fork."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from ssemble._movable import STATE, Movable

from .helpers import MOVES


class Base(Movable):
    __slots__ = ("kept", "unset")

    def __init__(self, kept: list[int]) -> None:
        self.kept = kept


class Machine(Base):
    __slots__ = ("more",)

    def __init__(self, kept: list[int]) -> None:
        super().__init__(kept)
        self.more = {"a": kept}


@pytest.mark.parametrize("move", MOVES.values(), ids=list(MOVES))
def test_every_slot_moves_also_those_of_the_bases(move: Any) -> None:
    machine = Machine([1])
    twin = move(machine)
    assert type(twin) is Machine
    assert (twin.kept, twin.more) == ([1], {"a": [1]})
    assert not hasattr(twin, "unset")


@pytest.mark.parametrize("move", MOVES.values(), ids=list(MOVES))
def test_a_twin_shares_nothing_with_the_original(move: Any) -> None:
    machine = Machine([1])
    twin = move(machine)
    twin.kept.append(2)
    assert machine.kept == [1]
    assert twin.more["a"] is twin.kept, "what was one object inside stays one"


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_every_pickle_protocol(protocol: int) -> None:
    assert pickle.loads(pickle.dumps(Machine([1]), protocol)).kept == [1]


def test_a_state_of_another_version_is_refused_with_a_way_out() -> None:
    machine = Machine([1])
    version, fields = machine.__getstate__()
    assert version == STATE
    with pytest.raises(ValueError, match=rf"this Machine was pickled .*\(state {STATE + 1}, not {STATE}\).*again here"):
        copy.copy(machine).__setstate__((STATE + 1, fields))
