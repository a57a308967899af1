"""What the dataclasses share: generating it for each of them would take a tenth of the time of an import."""

from __future__ import annotations

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
        return self._seen() == other._seen()

    def __repr__(self) -> str:
        shown = [f"{name}={value!r}" for name, value in self._seen() if (name, value) not in self._usual]
        return f"{type(self).__qualname__}({', '.join(shown)})"

    def _seen(self) -> list[tuple[str, object]]:
        return [(name, getattr(self, name)) for name in self.__match_args__ if name not in self._unseen]
