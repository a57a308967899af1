"""Every machine here can be pickled, copied and forked between any two bytes."""

from __future__ import annotations

import copy
from typing import Any

STATE = 2
"""Version of what the machines keep; raised whenever a field changes its meaning."""


class Movable:
    """A machine of ``__slots__`` whose copies go on independently; a subclass may have a ``__dict__``."""

    __slots__ = ()

    def __copy__(self) -> Any:
        # A shallow copy would share buffers, and two forks would write into one.
        return copy.deepcopy(self)

    def __getstate__(self) -> tuple[int, dict[str, Any]]:
        names = [name for cls in type(self).__mro__ for name in _slots(cls)]
        fields = {name: getattr(self, name) for name in names if hasattr(self, name)}
        return STATE, {**fields, **getattr(self, "__dict__", {})}

    def __setstate__(self, state: tuple[int, dict[str, Any]]) -> None:
        version, fields = state
        if version != STATE:
            raise ValueError(
                f"this {type(self).__name__} was pickled by another version of ssemble "
                f"(state {version}, not {STATE}): finish it there, or feed the bytes again here"
            )
        for name, value in fields.items():
            setattr(self, name, value)


def _slots(cls: type) -> list[str]:
    """The attributes that a class keeps in ``__slots__``, by the names that they have inside."""
    names = vars(cls).get("__slots__", ())
    names = [names] if isinstance(names, str) else list(names)
    private = f"_{cls.__name__.lstrip('_')}"
    return [
        private + name if name.startswith("__") and not name.endswith("__") else name
        for name in names
        if name not in ("__dict__", "__weakref__")
    ]
