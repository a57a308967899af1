"""Every machine here can be pickled, copied and forked between any two bytes."""

from __future__ import annotations

import copy
from typing import Any

STATE = 2
"""Version of what the machines keep; raised whenever a field changes its meaning."""


class Movable:
    """A machine of ``__slots__`` whose copies go on independently."""

    __slots__ = ()

    def __copy__(self) -> Any:
        # A shallow copy would share buffers, and two forks would write into one.
        return copy.deepcopy(self)

    def __getstate__(self) -> tuple[int, dict[str, Any]]:
        names = [name for cls in type(self).__mro__ for name in getattr(cls, "__slots__", ())]
        return STATE, {name: getattr(self, name) for name in names if hasattr(self, name)}

    def __setstate__(self, state: tuple[int, dict[str, Any]]) -> None:
        version, fields = state
        if version != STATE:
            raise ValueError(
                f"this {type(self).__name__} was pickled by another version of ssemble "
                f"(state {version}, not {STATE}): finish it there, or feed the bytes again here"
            )
        for name, value in fields.items():
            setattr(self, name, value)
