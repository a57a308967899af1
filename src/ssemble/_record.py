"""What the dataclasses share: generating it for each of them would take a tenth of the time of an import."""

from __future__ import annotations

from functools import lru_cache
from operator import attrgetter
from typing import ClassVar


class Record:
    """Compares the fields of a dataclass as a tuple of them, and shows them as `dataclasses` does.

    A record is not hashable, unless its class says so: it can be changed, or may hold a dict.
    """

    __slots__ = ()
    __match_args__: ClassVar[tuple[str, ...]]
    __hash__ = None  # type: ignore[assignment]  # as of every class with its own __eq__ alone
    _unseen: ClassVar[frozenset[str]] = frozenset()
    """Fields that are not compared, nor shown."""
    _usual: ClassVar[tuple[tuple[str, object], ...]] = ()
    """Values that are not shown."""

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Record) or type(other) is not type(self):
            return NotImplemented
        _, seen = _fields(type(self))  # type: ignore[arg-type]  # a class is hashable, whatever its objects are
        return bool(seen(self) == seen(other))

    def __repr__(self) -> str:
        names, _ = _fields(type(self))  # type: ignore[arg-type]  # a class is hashable
        fields = [(name, getattr(self, name)) for name in names]
        usual = self._usual
        shown = [f"{name}={value!r}" for name, value in fields if (name, value) not in usual]
        return f"{type(self).__qualname__}({', '.join(shown)})"


@lru_cache
def _fields(kind: type[Record]) -> tuple[list[str], attrgetter[object]]:
    """Return the names of the fields that are seen, and what reads them: as a tuple, also if there is only one."""
    names = [name for name in kind.__match_args__ if name not in kind._unseen]
    return names, attrgetter(*names, *names[:1])
