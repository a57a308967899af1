"""Machines that pickle, copy and fork."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from ssemble import PartialJSON
from ssemble._pickling import STATE, Picklable

from .helpers import MOVES


class Base(Picklable):
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
    with pytest.raises(
        ValueError, match=rf"this Machine was pickled .*\(state {STATE + 1}, not {STATE}\).*parse the bytes again"
    ):
        copy.copy(machine).__setstate__((STATE + 1, fields))


class Open(Machine):
    """A subclass as callers write it, without ``__slots__``."""

    def __init__(self, kept: list[int]) -> None:
        super().__init__(kept)
        self.own = kept
        self.__private = 1


class Closed(Machine):
    __slots__ = "__private", "__weakref__", "own"

    def __init__(self, kept: list[int]) -> None:
        super().__init__(kept)
        self.own = kept
        self.__private = 1


class One(Machine):
    __slots__ = "own"  # a single name

    def __init__(self, kept: list[int]) -> None:
        super().__init__(kept)
        self.own = kept


class _Both(One):
    __slots__ = ("__dict__", "__mine")

    def __init__(self, kept: list[int]) -> None:
        super().__init__(kept)
        self.more_of_it = kept
        self.__mine = 1


@pytest.mark.parametrize("move", MOVES.values(), ids=list(MOVES))
@pytest.mark.parametrize("kind", [Open, Closed, One, _Both])
def test_what_a_subclass_keeps_moves(kind: type[Any], move: Any) -> None:
    machine = kind([1])
    twin = move(machine)
    assert type(twin) is kind
    assert twin.own is twin.kept
    assert twin.kept == [1]
    assert twin.kept is not machine.kept
    assert twin.__getstate__() == machine.__getstate__()
    for name in ("_Open__private", "_Closed__private", "_Both__mine"):
        assert getattr(twin, name, None) == getattr(machine, name, None)


class Mine(PartialJSON):
    def __init__(self) -> None:
        super().__init__(strict=False)
        self.own = 1


@pytest.mark.parametrize("move", MOVES.values(), ids=list(MOVES))
def test_what_a_subclass_of_a_machine_with_a_state_of_its_own_keeps_moves(move: Any) -> None:
    partial = Mine()
    partial.feed('{"a": 1')
    twin = move(partial)
    twin.feed("}")
    assert (type(twin), twin.own, twin.close(), partial.raw) == (Mine, 1, {"a": 1}, '{"a": 1')
