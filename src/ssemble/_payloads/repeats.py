"""Payloads and chunk objects that differ from one of the last two in few values only: the fast way for them.

It is to payloads what templates are to frames. Most payloads of a stream are an earlier one with another
text. A reader that has merged a payload says by its binding which values may change (see `templates`).
If the next payload is equal in all others, only these are merged, as the binding does it.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from .._copied import copied
from .._pickling import Picklable
from .repeated import Repeated
from .same_objects import SameObject
from .server_errors import Known, is_merged, nobody, reported_error
from .templates import LIST

if TYPE_CHECKING:
    from .sink import Sink

MAX_WAIT = 64  # payloads that are not asked about, after many in vain


class Repeats(Picklable):
    """Hands decoded payloads to a sink, and remembers the last two that have a binding: they may take turns.

    Args:
        known: tells the wire shape of a payload; "" if it has none that is known.
    """

    __slots__ = ("_known", "_remembered", "_vain", "_wait")

    def __init__(self, known: Known = nobody) -> None:
        self._known = known
        self._remembered: list[Repeated | SameObject] = []  # the one that matched last is the first
        self._vain = 0  # payloads in a row that were asked about, and were of no use
        self._wait = 0  # payloads that are not asked about

    def __getstate__(self) -> tuple[int, dict[str, Any]]:
        # A copy has its own: a binding belongs to the message that it writes to.
        version, fields = super().__getstate__()
        return version, {**fields, "_remembered": []}

    def repeats(self, chunk: object, events: list[Any]) -> bool:
        """Merge a payload, or the object that an SDK made of one, as one before it was; False if it is another one."""
        for repeated in self._remembered:
            if repeated.apply(chunk, events):
                self._vain = 0
                if repeated is not self._remembered[0]:
                    self._remembered.reverse()
                return True
        return False

    def take(self, payload: dict[str, Any], events: list[Any], sink: Sink, chunk: object) -> None:
        """Hand a payload and the error in it to the sink, unless it repeats one.

        Args:
            payload: decoded JSON.
            events: gets the new events.
            sink: takes the payload.
            chunk: what the caller gave: the payload, or what it was read from. It repeats none.
        """
        if payload is not chunk and self.repeats(payload, events):
            return
        shared = type(chunk) is dict  # the payload may be the caller's
        if shared:
            payload = copied(payload)
        error = reported_error("message", payload, False, self._known, sink.typed)
        merged = is_merged(payload, error) and sink.add(payload, "message", events, 0)
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
        new: Repeated | SameObject | None = None
        if binding is not None:
            # No merge looks at some fields, but these do: too deep for the free stack, they are not compared.
            with suppress(RecursionError):
                new = (None if shared else SameObject.of(chunk, binding)) or Repeated(payload, binding)
        self._remembered = [] if new is None else [new, *self._remembered[:1]]
