"""The base of the views: the JSON that they were made from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from ssemble._model.result import Result, with_raw

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
