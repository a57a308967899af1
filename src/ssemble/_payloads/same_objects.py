"""Chunk objects that differ from an earlier one in few values only: compared as they are.

To make JSON of a model costs more than all that comes after. Most models of a stream have the same fields
as an earlier one, but for the values in the slots of its binding; then only these are read. No package is
imported: a model of pydantic is known by its attributes.
"""

from __future__ import annotations

from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple

from .._model.budget import LEAVES
from .repeated import Path, Slots
from .templates import Binding

# The names of the fields that were set, the fields that the class has, and the others.
PARTS: Any = attrgetter("__pydantic_fields_set__", "__dict__", "__pydantic_extra__")


class Level(NamedTuple):
    """A model or dict in a chunk, and what another one in its place must be."""

    kind: type
    above: int  # the number of the fields that it is in; -1 for the chunk itself
    key: str  # where it is there
    listed: bool  # it is alone in a list
    names: frozenset[str]  # of the fields that were set


class SameObject:
    """A chunk object, and where the values of another one go that is equal but for these."""

    __slots__ = ("_below", "_levels", "_slots")

    def __init__(self, binding: Binding) -> None:
        self._slots = Slots(binding)
        self._levels: list[Level] = []  # each has two entries in `Slots.own`
        self._below: list[tuple[int, str]] = []  # where models are in others

    @classmethod
    def of(cls, chunk: object, binding: Binding) -> SameObject | None:
        """Remember a chunk object; None if there is something in it that cannot be compared."""
        same = cls(binding)
        try:
            found = same._add(chunk, -1, "", False, ())
        except AttributeError:  # a model that was never filled
            return None
        return same if found and same._slots.complete else None

    def apply(self, chunk: Any, events: list[Any]) -> bool:
        """Merge a chunk object; False if it is not the same one with other values."""
        found: list[Any] = []
        own = self._slots.own
        try:
            for kind, above, key, listed, names in self._levels:
                model = chunk if above < 0 else found[above][key]
                if listed:
                    if type(model) is not list or len(model) != 1:
                        return False
                    model = model[0]
                if type(model) is not kind:
                    return False
                if kind is dict:
                    found += (model, {})
                    continue
                present, fields, others = PARTS(model)
                if present != names:
                    return False
                found += (fields, others or {})
            for at, name in self._below:
                own[at][name] = found[at][name]
            values = self._slots.take(found)
            if values is None or own != found:
                return False
        except (KeyError, TypeError, AttributeError, RecursionError):  # a field is missing, or all are
            return False
        return self._slots.merge(values, events)

    def _add(self, model: Any, above: int, key: str, listed: bool, path: Path) -> bool:
        """Add a level and those below it; False if it cannot be compared."""
        kind: Any = type(model)
        if kind is not dict and not _serializes_as_is(kind):
            return False
        names, *parts = (model, model, None) if kind is dict else PARTS(model)
        self._levels.append(Level(kind, above, key, listed, frozenset(names)))
        below: list[tuple[Any, int, str, bool, Path]] = []
        for fields in parts:
            own = {} if fields is None else fields.copy()
            at = len(self._slots.own)
            self._slots.add(own, path)
            for name, value in own.items():
                empty = not value if type(value) in (list, dict) else type(value) in LEAVES
                if not empty and (name in names or fields is parts[1]):
                    alone = type(value) is list and len(value) == 1
                    place = (*path, name, 0) if alone else (*path, name)
                    below.append((value[0] if alone else value, at, name, alone, place))
        self._below += [(at, name) for _, at, name, *_ in below]
        return all([self._add(*each) for each in below])


@lru_cache(maxsize=1024)
def _serializes_as_is(kind: Any) -> bool:
    """True for a model that becomes an object with its fields as they are, under their names."""
    if not hasattr(kind, "__pydantic_serializer__") or kind.__pydantic_root_model__:
        return False
    made = kind.__pydantic_decorators__
    return not (made.field_serializers or made.model_serializers or made.computed_fields) and all(
        field.alias is None and field.serialization_alias is None and not field.exclude and not field.metadata
        for field in kind.model_fields.values()
    )
