"""Nested values as a flat list, for pickle and copy.

Both need several stack frames for each level of nesting, and the caller may have used most of the
stack. So values whose depth depends on the server are flattened first.
"""

from __future__ import annotations

from typing import Any

Place = tuple[int]  # a reference to the container at this position of the list; no JSON value is a tuple


def flatten(root: dict[str, Any], kind: type) -> list[tuple[str, Any]]:
    """Flatten the dicts, lists and instances of ``kind`` under ``root``. A shared one is written once.

    Args:
        kind: a class with ``__slots__`` whose constructor needs no arguments.
    """
    slots: tuple[str, ...] = kind.__slots__  # type: ignore[attr-defined]  # it has them
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
    for value in waiting:  # the list grows during the loop
        if type(value) is list:
            written.append(("list", [place(item) for item in value]))
        elif type(value) is dict:
            written.append(("dict", {key: place(item) for key, item in value.items()}))
        else:
            written.append(("kind", {name: place(getattr(value, name)) for name in slots}))
    return written


def unflatten(written: list[tuple[str, Any]], kind: type) -> dict[str, Any]:
    """Rebuild the tree from the result of `flatten`."""
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
