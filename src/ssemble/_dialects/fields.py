"""The fields of a payload, each with the type that it should have."""

from __future__ import annotations

from typing import Any

from .._errors import ProtocolError

Fields = dict[str, Any]


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


def object_in(holder: Fields, *path: str) -> Fields:
    """Return the object at a path; an empty one if there is none."""
    for key in path:
        inner = holder.get(key)
        if not isinstance(inner, dict):
            return {}
        holder = inner
    return holder


def text_or_none(value: Any) -> str | None:
    """Return a field that should be text; anything else is none."""
    return value if isinstance(value, str) else None
