"""A record compares and shows itself like a dataclass that `dataclasses` made whole."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssemble._record import Record


@dataclass(slots=True, eq=False, repr=False)
class Point(Record):
    x: int
    y: object = None
    line: int | None = None
    _unseen = frozenset(("line",))


@dataclass(slots=True, eq=False, repr=False)
class Twin(Record):
    x: int
    y: object = None
    line: int | None = None


class Whole:
    """The oracle, of the same names."""

    @dataclass
    class Point:
        x: int
        y: object = None
        line: int | None = field(default=None, compare=False, repr=False)


VALUES = st.tuples(st.integers(0, 2), st.sampled_from([None, 1.0, "a", float("nan"), [1]]), st.sampled_from([None, 1]))


@given(a=VALUES, b=VALUES)
def test_as_dataclasses_does_it(a: tuple[int, object, int | None], b: tuple[int, object, int | None]) -> None:
    # Until Python 3.12 a dataclass compares its fields as a tuple does: what is the same object is equal, NaN too.
    assert (Point(*a) == Point(*b)) == (a[:2] == b[:2])
    assert (Point(*a) != Point(*b)) == (a[:2] != b[:2])
    if a[1] == a[1]:
        assert (Point(*a) == Point(*b)) == (Whole.Point(*a) == Whole.Point(*b))
    assert repr(Point(*a)) == repr(Whole.Point(*a)).removeprefix("Whole.")


def test_one_field_compares_as_several_do() -> None:
    @dataclass(slots=True, eq=False, repr=False)
    class One(Record):
        x: object

    nan = float("nan")
    assert One(nan) == One(nan), "the same object"
    assert One(nan) != One(float("nan"))
    assert repr(One(1)).endswith(".One(x=1)")


def test_another_class_is_never_equal() -> None:
    assert Point(1) != Twin(1)
    assert Point(1) != (1, None, None)
    assert Point(1).__eq__(Twin(1)) is NotImplemented


def test_a_usual_value_is_not_shown() -> None:
    class Usual(Point):
        __slots__ = ()
        _usual = (("y", None), ("y", 0))

    assert repr(Usual(1)).endswith(".Usual(x=1)")
    assert repr(Usual(1, 0)).endswith(".Usual(x=1)")
    assert repr(Usual(1, 2)).endswith(".Usual(x=1, y=2)")


def test_it_is_not_hashable() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(Point(1))
