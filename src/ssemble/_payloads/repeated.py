"""A payload, and others that are equal but for the values in the slots of its binding."""

from __future__ import annotations

from typing import Any

from .._copied import copied
from .templates import SKIP, TEXT, WANTED, Binding, can_be_encoded, is_number

NUMBERS = frozenset((int, float, bool))
Path = tuple[Any, ...]


class Slots:
    """Where the values of slots are in some objects and arrays, and what must stay as it is.

    Attributes:
        own: the remembered objects and arrays.
    """

    __slots__ = ("_binding", "_kinds", "_numbers", "_slots", "_unpack", "_wanted", "own")

    def __init__(self, binding: Binding) -> None:
        self._binding = binding
        self._kinds = {slot.path: slot.kind for slot in binding.slots}
        self._wanted: list[Any] = [path for path, kind in self._kinds.items() if kind in WANTED]
        self._unpack = [self._kinds[path] for path in self._wanted] == [TEXT]
        self._slots: list[tuple[int, Any, int, int]] = []
        self._numbers: list[tuple[int, Any, type]] = []
        self.own: list[Any] = []

    @property
    def complete(self) -> bool:
        """True if all slots were found."""
        return len(self._slots) == len(self._kinds)

    def has(self, path: Path) -> bool:
        """True if the value at this path may change."""
        return path in self._kinds

    def add(self, own: Any, path: Path) -> None:
        """Remember an object or array, and the slots and numbers in it."""
        at = len(self.own)
        self.own.append(own)
        for key, value in own.items() if type(own) is dict else enumerate(own):
            place = (*path, key)
            if self.has(place):
                number = self._wanted.index(place) if place in self._wanted else -1
                self._slots.append((at, key, self._kinds[place], number))
            elif type(value) in NUMBERS:
                self._numbers.append((at, key, type(value)))

    def take(self, found: list[Any]) -> list[Any] | None:
        """Copy the values of slots to the remembered objects, which are compared later.

        Args:
            found: the objects and arrays in their places.

        Returns:
            The wanted values; None if a value is of another kind than its slot, or a number of another type.
        """
        values, own = self._wanted.copy(), self.own
        for at, key, kind, number in self._slots:
            value = found[at][key]
            if kind == TEXT or kind == SKIP:
                # Half a surrogate pair needs the usual way.
                if type(value) is not str or not (value.isprintable() or can_be_encoded(value)):
                    return None
            elif not is_number(value):
                return None
            own[at][key] = value
            if number >= 0:
                values[number] = value
        for at, key, same in self._numbers:  # 1, 1.0 and True are equal, but not the same
            if type(found[at][key]) is not same:
                return None
        return values

    def merge(self, values: list[Any], events: list[Any]) -> bool:
        """Merge the wanted values; False if the binding does not hold any more."""
        return self._binding.apply(values[0] if self._unpack else values, events)


class Repeated:
    """A payload, and where the values of another one go that is equal but for these."""

    __slots__ = ("_paths", "_payload", "_slots")

    def __init__(self, payload: dict[str, Any], binding: Binding) -> None:
        self._payload = copied(payload)
        self._slots = Slots(binding)
        self._paths: list[Path] = []
        self._add(self._payload, ())

    def apply(self, payload: Any, events: list[Any]) -> bool:
        """Merge a payload; False if it is not the same one with other values."""
        if type(payload) is not dict:
            return False
        found = []
        try:
            for path in self._paths:
                place: Any = payload
                for step in path:
                    place = place[step]
                found.append(place)
            values = self._slots.take(found)
            if values is None or self._payload != payload:
                return False
        except (LookupError, TypeError, RecursionError):
            return False
        return self._slots.merge(values, events)

    def _add(self, own: Any, path: Path) -> None:
        """Add the objects and arrays that hold values of slots, or numbers."""
        items = own.items() if type(own) is dict else enumerate(own)
        if any(type(value) in NUMBERS or self._slots.has((*path, key)) for key, value in items):
            self._slots.add(own, path)
            self._paths.append(path)
        for key, value in own.items() if type(own) is dict else enumerate(own):
            if type(value) is dict or type(value) is list:
                self._add(value, (*path, key))
