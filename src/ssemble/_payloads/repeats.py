"""Decoded payloads that differ from the last one in few values only: the fast way for chunk objects.

It is to payloads what templates are to frames. Most payloads of a stream are the last one with another
text. A reader that has merged a payload says by its binding which values may change (see `templates`).
If the next payload is equal in all others, only these are merged, as the binding does it.
"""

from __future__ import annotations

from typing import Any

from .._partial.watch import copied
from .._pickling import Picklable
from .server_errors import Known, nobody, reported_error
from .sink import Sink
from .templates import SKIP, SURROGATE, TEXT, WANTED, Binding, leaf

MAX_WAIT = 64  # payloads that are not asked about, after many in vain
NUMBERS = frozenset((int, float, bool))
Path = tuple[Any, ...]


class Repeats(Picklable):
    """Hands decoded payloads to a sink, and remembers the last one that has a binding.

    Args:
        known: tells the wire shape of a payload; "" if it has none that is known.
    """

    __slots__ = ("_known", "_last", "_vain", "_wait")

    def __init__(self, known: Known = nobody) -> None:
        self._known = known
        self._last: Repeated | None = None
        self._vain = 0  # payloads in a row that were asked about, and were of no use
        self._wait = 0  # payloads that are not asked about

    def __getstate__(self) -> tuple[int, dict[str, Any]]:
        # A copy has its own: a binding belongs to the message that it writes to.
        version, fields = super().__getstate__()
        return version, {**fields, "_last": None}

    def take(self, payload: dict[str, Any], events: list[Any], sink: Sink) -> None:
        """Hand a payload, which is given away, and the error in it to the sink; or merge it as the last one was."""
        last = self._last
        if last is not None:
            if last.apply(payload, events):
                self._vain = 0
                return
            self._last = None
        error = reported_error("message", payload, False, self._known)
        merged = (error is None or "choices" in payload) and sink.add(payload, "message", events, 0)
        if error is not None and sink.open:
            sink.fault(error, events)
        elif self._wait:
            self._wait -= 1
        elif merged and sink.open:
            self._vain += 1
            self._wait = min(2 ** (self._vain // 4) - 1, MAX_WAIT)
            binding = sink.bind(payload, "message")
            self._last = None if binding is None else Repeated(copied(payload), binding)


class Repeated:
    """A payload, and where the values of another one go that is equal but for these."""

    __slots__ = ("_binding", "_numbers", "_payload", "_slots", "_unpack")

    def __init__(self, payload: dict[str, Any], binding: Binding) -> None:
        self._payload = payload
        slots = [(slot.path[:-1], slot.path[-1], slot.kind) for slot in binding.slots]
        self._slots = [(leaf(payload, path), path, key, kind) for path, key, kind in slots]
        kinds = [kind for _, _, kind in slots if kind in WANTED]
        self._unpack = kinds == [TEXT]
        # 1, 1.0 and True are equal, but not the same.
        places = {slot.path for slot in binding.slots}
        self._numbers = [
            (path[:-1], path[-1], type(value))
            for path, value in leaves(payload)
            if type(value) in NUMBERS and path not in places
        ]
        self._binding = binding

    def apply(self, payload: dict[str, Any], events: list[Any]) -> bool:
        """Merge a payload; False if it is not the same one with other values."""
        values: list[Any] = []
        try:
            for own, path, key, kind in self._slots:
                value = leaf(payload, path)[key]
                if kind == TEXT or kind == SKIP:
                    # Half a surrogate pair needs the usual way.
                    if type(value) is not str or not (value.isprintable() or SURROGATE.search(value) is None):
                        return False
                elif type(value) is not int or not 0 < value < 10**18:
                    return False
                own[key] = value
                if kind in WANTED:
                    values.append(value)
            if self._payload != payload:
                return False
            for path, key, number in self._numbers:
                if type(leaf(payload, path)[key]) is not number:
                    return False
        except (LookupError, TypeError):
            return False
        return self._binding.apply(values[0] if self._unpack else values, events)


def leaves(value: Any, path: Path = ()) -> list[tuple[Path, Any]]:
    """Return the values in JSON that are no containers, with their paths."""
    if isinstance(value, (dict, list)):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        return [found for key, item in items for found in leaves(item, (*path, key))]
    return [(path, value)]
