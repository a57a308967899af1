"""The base of the views: the JSON that they were made from."""

from __future__ import annotations

import weakref
from dataclasses import dataclass, replace
from typing import Any

import pytest

from ssemble._model.result import Result, when_read, with_raw

from ..helpers import MOVES


@dataclass(frozen=True, slots=True)
class View(Result):
    """The least that a view can be."""

    name: str
    size: int = 0

    def _from_fields(self) -> dict[str, Any]:
        return {"name": self.name, "size": self.size}


@pytest.mark.parametrize("view", [View("a"), View("a", 2), with_raw(View("b"), {"b": [1]}), with_raw(View("c"), {})])
@pytest.mark.parametrize("move", MOVES.values(), ids=list(MOVES))
def test_a_view_moves_with_its_json(view: View, move: Any) -> None:
    twin = move(view)
    assert (type(twin), twin, twin._to_dict()) == (View, view, view._to_dict())


def test_the_json_that_came_wins_and_nobody_can_change_it() -> None:
    view = with_raw(View("a"), {"b": [1]})
    view._to_dict()["b"].clear()
    assert view._to_dict() == {"b": [1]}
    assert with_raw(View("a"), {})._to_dict() == {}


def test_a_changed_view_is_written_from_its_fields() -> None:
    view = replace(with_raw(View("a"), {"b": [1]}), size=7)
    assert view._to_dict() == {"name": "a", "size": 7}


def test_a_view_must_say_how_it_is_written() -> None:
    base: Any = Result
    with pytest.raises(TypeError, match=r"abstract.*_from_fields"):
        base()


# Views that are made when they are first read.

READS = {
    "a field": lambda view: view.size,
    "the JSON": lambda view: view._to_dict(),
    "a comparison": lambda view: view == View("a", 2),
    "a comparison from the other side": lambda view: View("a", 2) == view,
    "repr": repr,
    "replace": lambda view: replace(view, size=3),
    **{f"a copy: {name}": move for name, move in MOVES.items()},
}


@pytest.mark.parametrize("read", READS.values(), ids=list(READS))
def test_it_is_made_at_the_first_look_and_once(read: Any) -> None:
    made: list[View] = []

    def make() -> View:
        made.append(with_raw(View("a", 2), {"b": 1}))
        return made[-1]

    view = when_read(View, make)
    assert not made
    read(view)
    assert len(made) == 1
    assert (view, view._to_dict()) == (View("a", 2), {"b": 1})
    assert (read(view) == read(made[0])) is True
    assert len(made) == 1


def test_what_no_view_has_is_missing_here_too() -> None:
    for view in (View("a"), when_read(View, lambda: View("a"))):
        with pytest.raises(AttributeError, match="no attribute 'other'"):
            getattr(view, "other")  # noqa: B009  # of a name that is written out, a type checker knows
    assert when_read(View, lambda: View("a"))._to_dict() == {"name": "a", "size": 0}


def test_its_maker_is_released() -> None:
    class Reader:
        def view(self) -> View:
            return View("a")

    reader = Reader()
    alive = weakref.ref(reader)
    view = when_read(View, reader.view)
    del reader
    assert alive() is not None
    assert view.name == "a"
    assert alive() is None


def test_two_threads_may_look_first() -> None:
    second: list[View] = []

    def make() -> View:
        if not second:  # another thread looks meanwhile, and is the first that has made it
            second.append(View("b"))
            assert view.name == "a"
        return View("a")

    view = when_read(View, make)
    assert view == View("a")
