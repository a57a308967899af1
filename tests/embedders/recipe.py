"""The recipes of the page beside this file, as functions made of its own text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.documents import program

RECIPES = Path(__file__).parent / "README.md"


def recipe(name: str, **names: Any) -> Callable[..., Any]:
    """Return the function of a recipe.

    Args:
        names: what it has in place of its own, such as ``print``.
    """
    exec(compile(program(RECIPES, name), str(RECIPES), "exec"), names)
    found: Callable[..., Any] = names[name]
    return found
