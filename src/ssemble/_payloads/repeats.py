"""Decoded payloads that differ from one of the last two in few values only: the fast way for chunk objects.

It is to payloads what templates are to frames. Most payloads of a stream are an earlier one with another
text. A reader that has merged a payload says by its binding which values may change (see `templates`).
If the next payload is equal in all others, only these are merged, as the binding does it.
"""

from __future__ import annotations

from collections.abc import Container
from typing import TYPE_CHECKING, Any, NamedTuple

from .._partial.watch import copied
from .._pickling import Picklable
from .server_errors import Known, nobody, reported_error
from .templates import LIST, SKIP, TEXT, WANTED, Binding, is_whole, leaf

if TYPE_CHECKING:
    from .sink import Sink

MAX_WAIT = 64  # payloads that are not asked about, after many in vain
NUMBERS = frozenset((int, float, bool))
Path = tuple[Any, ...]


class Repeats(Picklable):
    """Hands decoded payloads to a sink, and remembers the last two that have a binding: they may take turns.

    Args:
        known: tells the wire shape of a payload; "" if it has none that is known.
    """

    __slots__ = ("_known", "_remembered", "_vain", "_wait")

    def __init__(self, known: Known = nobody) -> None:
        self._known = known
        self._remembered: list[Repeated] = []  # the one that matched last is the first
        self._vain = 0  # payloads in a row that were asked about, and were of no use
        self._wait = 0  # payloads that are not asked about

    def __getstate__(self) -> tuple[int, dict[str, Any]]:
        # A copy has its own: a binding belongs to the message that it writes to.
        version, fields = super().__getstate__()
        return version, {**fields, "_remembered": []}

    def take(self, payload: dict[str, Any], events: list[Any], sink: Sink, *, shared: bool = False) -> None:
        """Hand a payload and the error in it to the sink, or merge it as one before it was.

        Args:
            payload: decoded JSON.
            events: gets the new events.
            sink: takes the payload.
            shared: it is the caller's, and must be copied before it is given away.
        """
        for repeated in self._remembered:
            if repeated.apply(payload, events):
                self._vain = 0
                if repeated is not self._remembered[0]:
                    self._remembered.reverse()
                return
        if shared:
            payload = copied(payload)
        error = reported_error("message", payload, False, self._known)
        merged = (error is None or "choices" in payload) and sink.add(payload, "message", events, 0)
        binding = None
        if error is not None and sink.open:
            sink.fault(error, events)
        elif self._wait:
            self._wait -= 1
        elif merged and sink.open:
            self._vain += 1
            self._wait = min(2 ** (self._vain // 4) - 1, MAX_WAIT)
            binding = sink.bind(payload, "message")
            if binding is not None and any(slot.kind == LIST for slot in binding.slots):
                binding = None  # a list of the caller's must be copied first
        self._remembered = [] if binding is None else [Repeated(payload, binding), *self._remembered[:1]]


class Place(NamedTuple):
    """An object or array of a payload that holds values of slots, or numbers."""

    own: Any
    path: Path
    slots: list[tuple[Any, int, int]]  # the key, the kind, and the number of the value among those that are wanted
    numbers: list[tuple[Any, type]]  # 1, 1.0 and True are equal, but not the same


class Repeated:
    """A payload, and where the values of another one go that is equal but for these."""

    __slots__ = ("_binding", "_payload", "_places", "_unpack", "_wanted")

    def __init__(self, payload: dict[str, Any], binding: Binding) -> None:
        self._binding = binding
        self._payload = copied(payload)
        places: dict[Path, Place] = {}
        _find_numbers(self._payload, (), {slot.path for slot in binding.slots}, places)
        self._wanted: list[Any] = []
        for path, kind in binding.slots:
            above, key = path[:-1], path[-1]
            if above not in places:
                places[above] = Place(leaf(self._payload, above), above, [], [])
            places[above].slots.append((key, kind, len(self._wanted)))
            if kind in WANTED:
                self._wanted.append(kind)
        self._unpack = self._wanted == [TEXT]
        self._places = list(places.values())

    def apply(self, payload: dict[str, Any], events: list[Any]) -> bool:
        """Merge a payload; False if it is not the same one with other values."""
        values = self._wanted.copy()
        try:
            for own, path, slots, numbers in self._places:
                found: Any = payload
                for step in path:
                    found = found[step]
                for key, kind, number in slots:
                    value = found[key]
                    if kind == TEXT or kind == SKIP:
                        # Half a surrogate pair needs the usual way.
                        if type(value) is not str or not (value.isprintable() or is_whole(value)):
                            return False
                    elif type(value) is not int or not 0 < value < 10**18:
                        return False
                    own[key] = value
                    if kind in WANTED:
                        values[number] = value
                for key, same in numbers:
                    if type(found[key]) is not same:
                        return False
            if self._payload != payload:
                return False
        except (LookupError, TypeError):
            return False
        return self._binding.apply(values[0] if self._unpack else values, events)


def _find_numbers(value: Any, path: Path, slots: Container[Path], places: dict[Path, Place]) -> None:
    """Find the numbers in JSON that are not in slots."""
    numbers: list[tuple[Any, type]] = []
    for key, item in value.items() if type(value) is dict else enumerate(value):
        kind = type(item)
        if kind is dict or kind is list:
            _find_numbers(item, (*path, key), slots, places)
        elif kind in NUMBERS and (*path, key) not in slots:
            numbers.append((key, kind))
    if numbers:
        places[path] = Place(value, path, [], numbers)
