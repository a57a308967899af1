"""Base class of the parsers, which can be pickled and copied between any two bytes."""

from __future__ import annotations

import copy
from functools import lru_cache
from typing import Any

STATE = 2
"""Version of the pickled state. Increase it whenever the meaning of a field changes."""


class Picklable:
    """A class with ``__slots__`` whose copies are independent; a subclass may have a ``__dict__``."""

    __slots__ = ()

    def __copy__(self) -> Any:
        # A shallow copy would share its buffers with the original.
        return copy.deepcopy(self)

    def __getstate__(self) -> tuple[int, dict[str, Any]]:
        names = _all_slots(type(self))  # type: ignore[arg-type]  # a class is hashable
        fields = {name: getattr(self, name) for name in names if hasattr(self, name)}
        return STATE, {**fields, **getattr(self, "__dict__", {})}

    def __setstate__(self, state: tuple[int, dict[str, Any]]) -> None:
        version, fields = state
        if version != STATE:
            raise ValueError(
                f"this {type(self).__name__} was pickled by another version of ssemble "
                f"(state {version}, not {STATE}): load it with that version, or parse the bytes again"
            )
        for name, value in fields.items():
            setattr(self, name, value)


@lru_cache
def _all_slots(kind: type) -> list[str]:
    return [name for cls in kind.__mro__ for name in _slots(cls)]


def _slots(cls: type) -> list[str]:
    """The attributes in ``__slots__`` of a class, with private names mangled."""
    names = vars(cls).get("__slots__", ())
    names = [names] if isinstance(names, str) else list(names)
    private = f"_{cls.__name__.lstrip('_')}"
    return [
        private + name if name.startswith("__") and not name.endswith("__") else name
        for name in names
        if name not in ("__dict__", "__weakref__")
    ]
