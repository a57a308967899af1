"""A response that was not streamed: its body is the object already.

Its texts and calls are told as if they had streamed, in their order; all else is kept as it is. A dialect
says in one table where they are.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, Union

from .._errors import ProtocolError
from .._model.budget import CONTAINER, key_length
from .._model.events import ReasoningDelta, StreamEvent
from .answer import ReasoningKind
from .fields import Fields
from .tree import UNKNOWN, Kind
from .tree_answer import TreeAnswer


class CallPlace(NamedTuple):
    """The arguments of a call.

    Attributes:
        id: the key of the call's id.
        levels: how many objects above the arguments the object of the call is.
    """

    id: str
    levels: int


class SignaturePlace(NamedTuple):
    """The signature of the reasoning that is in the same object."""

    kind: ReasoningKind


Place = Union[Kind, CallPlace, SignaturePlace, "Places"]
Places = dict[str, Place]
"""What is where in an object, or in each object of a list, by key.

An object of a type is read with the table at "=" and its type, if there is one. "" is for a text in place of objects.
"""


class Teller:
    """Stores a body, and tells what is in it.

    Args:
        answer: makes the events.
        events: they are appended to it.
    """

    __slots__ = ("_answer", "_events", "_part")

    def __init__(self, answer: TreeAnswer, events: list[StreamEvent]) -> None:
        self._answer = answer
        self._events = events
        self._part = 0  # number of the last text

    def tell(self, into: Fields, source: Fields, places: Places, where: str, above: tuple[Fields, ...] = ()) -> None:
        """Store an object.

        Args:
            into: where it is stored.
            source: the object.
            places: what is where in it.
            where: its JSON path.
            above: the objects that it is in.
        """
        self._part = 0
        for key, value in source.items():
            self._answer.budget.charge(CONTAINER + key_length(key))
            place = places.get(key)
            self._tell(partial(into.__setitem__, key), value, place, f"{where}.{key}", (*above, source))
        for key, place in places.items():
            if isinstance(place, CallPlace) and key not in source:  # the call has no arguments
                self._call(partial(into.__setitem__, key), UNKNOWN, place, (*above, source))
        place, signature = places.get("signature"), source.get("signature")
        if isinstance(place, SignaturePlace) and signature and isinstance(signature, str):
            self._events.append(ReasoningDelta("", 0, place.kind, self._part, signature))

    def _tell(
        self, put: Callable[[Any], None], value: Any, place: Place | None, where: str, above: tuple[Fields, ...]
    ) -> None:
        """Store a value. It is stored before what is in it, so that the message has all that was told."""
        budget = self._answer.budget
        if isinstance(place, dict) and isinstance(value, str):
            place = place.get("", place)
        if isinstance(place, CallPlace):
            self._call(put, value, place, above)
        elif value is None or place is None or isinstance(place, SignaturePlace):
            put(budget.copy(value))
        elif isinstance(place, str):
            self._text(put, value, place, where)
        elif isinstance(value, list):
            entries: list[Any] = []
            put(entries)
            budget.charge(CONTAINER)
            for entry in value:
                self._entry(entries.append, entry, place, where, above)
        else:
            self._entry(put, value, place, where, above)

    def _entry(
        self, put: Callable[[Any], None], entry: Any, places: Places, where: str, above: tuple[Fields, ...]
    ) -> None:
        if not isinstance(entry, dict):
            raise ProtocolError(f"expected an object, got {type(entry).__name__}", where=where)
        kind = entry.get("type")
        found = places.get(f"={kind}") if isinstance(kind, str) else None
        fields: Fields = {}
        put(fields)
        self._answer.budget.charge(CONTAINER)
        self.tell(fields, entry, found if isinstance(found, dict) else places, where, above)

    def _text(self, put: Callable[[Any], None], text: Any, kind: Kind, where: str) -> None:
        if not isinstance(text, str):
            raise ProtocolError(f"expected text, got {type(text).__name__}", where=where)
        said = self._answer.start_text(kind)
        put(said)
        self._part = said.part
        self._answer.say(said, text, (), self._events)

    def _call(self, put: Callable[[Any], None], given: Any, place: CallPlace, above: tuple[Fields, ...]) -> None:
        owners = above[: -place.levels - 1 : -1]
        call_id, name = (next((owner[key] for owner in owners if key in owner), None) for key in (place.id, "name"))
        arguments = self._answer.start_call(call_id, name, None, True, self._events)
        put(arguments)
        arguments.given = self._answer.budget.copy(given)
        self._answer.close(arguments, self._events)
