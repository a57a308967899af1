"""What is nested, written as a list without nesting.

A copy or a pickle takes several frames of the stack for each level. A caller may have used most of
them, so what may be nested by the wire is moved flat.
"""

from __future__ import annotations

from typing import Any

Place = tuple[int]  # stands for the container at this place of the list; no JSON value is a tuple


def flatten(root: dict[str, Any], kind: type) -> list[tuple[str, Any]]:
    """Write the tree of objects, lists and machines of one kind that hangs from ``root``; a shared one is written once.

    Args:
        kind: a class of ``__slots__`` of its own, made without arguments.
    """
    written: list[tuple[str, Any]] = []
    places: dict[int, Place] = {}
    waiting: list[Any] = []

    def place(value: Any) -> Any:
        if type(value) not in (dict, list, kind):
            return value
        if id(value) not in places:
            places[id(value)] = (len(places),)
            waiting.append(value)
        return places[id(value)]

    place(root)
    for value in waiting:  # which grows meanwhile
        if type(value) is list:
            written.append(("list", [place(item) for item in value]))
        elif type(value) is dict:
            written.append(("dict", {key: place(item) for key, item in value.items()}))
        else:
            written.append(("kind", {name: place(getattr(value, name)) for name in kind.__slots__}))  # type: ignore[attr-defined]
    return written


def unflatten(written: list[tuple[str, Any]], kind: type) -> dict[str, Any]:
    """Make the tree again that `flatten` wrote."""
    made: list[Any] = [{} if name == "dict" else [] if name == "list" else kind() for name, _ in written]

    def found(value: Any) -> Any:
        return made[value[0]] if type(value) is tuple else value

    for target, (name, value) in zip(made, written, strict=True):
        if name == "list":
            target += map(found, value)
        elif name == "dict":
            target.update((key, found(item)) for key, item in value.items())
        else:
            for slot, item in value.items():
                setattr(target, slot, found(item))
    root: dict[str, Any] = made[0]
    return root
