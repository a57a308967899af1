"""Fields of JSON objects: read with the type that they should have, and stored."""

from __future__ import annotations

import sys
from typing import Any

from .._errors import ProtocolError, safe_repr
from .._model.budget import CONTAINER, SizeBudget, key_length

Fields = dict[str, Any]
EMPTY: tuple[Any, ...] = ("", [], {})
"""The values that erase no filled one."""

MODULUS = sys.hash_info.modulus


class LargeIndex(int):
    """An index whose hash is that of its digits: such numbers can be crafted to have one hash, as ints."""

    def __hash__(self) -> int:
        return hash(hex(self))


def index_or(value: Any, default: int) -> int:
    """Return an index on the wire, which is a key of a dict; the default for a value that is none."""
    if type(value) is int:
        return value if -MODULUS < value < MODULUS else LargeIndex(value)
    return value if type(value) is LargeIndex else default


def type_of(payload: Fields, name: str, key: str = "type") -> str:
    """Return the type of a payload: it is in the payload, or the name of its event; "" if there is none."""
    kind = payload.get(key)
    if isinstance(kind, str) and kind:
        return kind
    return "" if name == "message" else name


def text_in(holder: Fields, key: str, where: str) -> str:
    """Return the text of a field; null is no text."""
    text = holder.get(key)
    if text is None or isinstance(text, str):
        return text or ""
    raise ProtocolError(f"expected text, got {type(text).__name__}", where=f"{where}.{key}")


def list_in(holder: Fields, key: str, where: str) -> list[Any]:
    """Return the list of a field; null is an empty one."""
    entries = holder.get(key)
    if entries is None or isinstance(entries, list):
        return entries or []
    raise ProtocolError(f"expected a list, got {type(entries).__name__}", where=f"{where}.{key}")


def ensure_list(holder: Fields, key: str) -> list[Any]:
    """Return the list of a field, made if there is none."""
    found = holder.get(key)
    if not isinstance(found, list):
        found = holder[key] = []
    return found


def erases(old: Any, new: Any) -> bool:
    """True if a value would erase a known one: null and what is empty never do."""
    return old is not None and (new is None or (bool(old) and new in EMPTY))


def keep_known(old: Fields, new: Fields) -> list[str]:
    """Put the values back that a later object does not have, has as null, or has empty; return their keys."""
    kept = [key for key, value in old.items() if key not in new or erases(value, new[key])]
    for key in kept:
        new[key] = old[key]
    return kept


def object_in(holder: Fields, *path: str) -> Fields:
    """Return the object at a path; an empty one if there is none."""
    for key in path:
        inner = holder.get(key)
        if not isinstance(inner, dict):
            return {}
        holder = inner
    return holder


def check_object(value: Any, where: str) -> Fields:
    """Return a value that must be an object."""
    if isinstance(value, dict):
        return value
    raise ProtocolError(f"expected an object, got {type(value).__name__}", where=where)


def text_or_none(value: Any) -> str | None:
    """Return a field that should be text; anything else is none."""
    return value if isinstance(value, str) else None


def text_of(value: Any) -> str:
    """Return an id or a name as text: what is of another type in short form, as deep as it may be."""
    return value if isinstance(value, str) else safe_repr(value)


def text_or_repr(value: Any) -> str | None:
    """Return a field that should be text; anything else in short form."""
    return None if value is None else text_of(value)


def replace_field(fields: Fields, key: str, value: Any, budget: SizeBudget) -> Any:
    """Return a copy of a value that is to replace a field, and charge the difference; a new key is charged too."""
    if key in fields:
        return budget.replace(fields[key], value)
    budget.charge(CONTAINER + key_length(key))
    return budget.copy(value)
