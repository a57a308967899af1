"""Chunks as objects: the JSON that an SDK made an object from.

SDKs decode a payload and hand out objects. No package is imported here: a class is known by what its
kind of class has. The rules::

    dict, any Mapping      its items
    list, tuple            its items
    pydantic model         the fields that were set, under their aliases, and the extra ones
    dataclass, Struct      its fields, but not None or UNSET: they do not say whether it was sent
    SimpleNamespace        its attributes
    Enum                   its value
    bytes                  base64, as JSON has them
    datetime               RFC 3339

Any other value stays as it is. What an SDK adds to a model (`ADDED`) is left out.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from functools import partial
from types import SimpleNamespace
from typing import Any

from .._errors import ProtocolError
from .._model.budget import LEAVES

ADDED = frozenset(("sdk_http_response", "automatic_function_calling_history", "parsed"))  # by google-genai
MAX_WAYS = 1024  # classes that are remembered: a program may make more and more of them
Way = Callable[[Any], Any]
KINDS = "a dict, a Mapping, a pydantic model, a dataclass, a msgspec Struct or a SimpleNamespace"


def payload_of(chunk: object) -> dict[str, Any]:
    """Return the payload that a chunk was made from: new JSON, or the chunk itself if that is JSON.

    Raises:
        TypeError: the chunk is of no such kind.
        ProtocolError: it is nested too deep.
    """
    try:
        payload: Any = chunk if type(chunk) is dict and _is_json(chunk) else as_json(chunk)
    except RecursionError:
        if type(chunk) is dict:
            return chunk  # the reader says where it is nested too deep
        raise ProtocolError(f"expected a chunk, got a {type(chunk).__name__} that is nested too deep") from None
    if type(payload) is dict:
        # An event of openai's chat.completions.stream() has the chunk inside.
        inner = payload.get("chunk") if payload.get("type") == "chunk" else None
        return inner if type(inner) is dict else payload
    hint = "bytes go to MessageStream.feed()" if isinstance(chunk, (bytes, str)) else f"it can be {KINDS}"
    raise TypeError(f"add() takes a decoded chunk, not {type(chunk).__name__}: {hint}")


def _is_json(value: Any) -> bool:
    """True if there are no objects of an SDK in a dict or list."""
    for item in value.values() if type(value) is dict else value:
        kind = type(item)
        if kind not in LEAVES and not ((kind is dict or kind is list) and _is_json(item)):
            return False
    return True


def as_json(value: Any) -> Any:
    """Return a value as new JSON."""
    way = WAYS[type(value)]
    return value if way is None else way(value)


class Ways(dict[type, Way | None]):
    """What makes JSON of the values of each class; None for values that are JSON, or of no known kind."""

    def __missing__(self, kind: type) -> Way | None:
        if len(self) >= MAX_WAYS:
            self.clear()
        way = self[kind] = _way(kind)
        return way


WAYS = Ways()


# These two look up each value themselves: most values of a chunk are JSON, and a call costs more.
def _object(value: Mapping[Any, Any]) -> dict[Any, Any]:
    return {key: item if (way := WAYS[type(item)]) is None else way(item) for key, item in value.items()}


def _array(value: Iterable[Any]) -> list[Any]:
    return [item if (way := WAYS[type(item)]) is None else way(item) for item in value]


def _way(kind: Any) -> Way | None:
    """Return what makes JSON of the values of a class."""
    if kind in LEAVES:
        return None
    if issubclass(kind, Enum):
        return lambda value: as_json(value.value)
    if issubclass(kind, Mapping):
        return _object
    if issubclass(kind, (list, tuple)):
        return _array
    if hasattr(kind, "__pydantic_serializer__"):
        return _model(kind)
    if hasattr(kind, "__fields_set__"):  # pydantic 1
        return lambda model: _object(model.dict(by_alias=True, exclude_unset=True))
    if hasattr(kind, "__struct_fields__"):
        names, unset = kind.__struct_fields__, sys.modules["msgspec"].UNSET
        return _record(list(zip(names, kind.__struct_encode_fields__, strict=True)), unset)
    if hasattr(kind, "__dataclass_fields__"):
        return _record([(name, name) for name in kind.__dataclass_fields__], None)
    if issubclass(kind, SimpleNamespace):
        return lambda value: _object(vars(value))
    if issubclass(kind, (bytes, bytearray, memoryview)):
        return _base64
    return _time if hasattr(kind, "isoformat") else None


def _model(kind: Any) -> Way:
    """Read a pydantic model. Its own serializer is not written in Python, and costs least.

    An SDK makes most objects without validation, so a field may hold anything.
    """
    dump = partial(
        kind.__pydantic_serializer__.to_python, exclude_unset=True, by_alias=True, warnings=False, serialize_as_any=True
    )
    added = ADDED & kind.model_fields.keys()
    if added or kind.model_config.get("ser_json_bytes") == "base64":
        # The serializer writes base64 with other characters than a server.
        return lambda model: _object(dump(model, exclude=added))
    return partial(dump, mode="json")


def _record(keys: list[tuple[str, str]], unset: object) -> Way:
    """Read a dataclass or a Struct: the names of its fields, and their keys."""

    def read(record: Any) -> dict[str, Any]:
        fields = [(key, getattr(record, name)) for name, key in keys]
        return {key: as_json(value) for key, value in fields if value is not None and value is not unset}

    return read


def _base64(value: Any) -> str:
    from binascii import b2a_base64  # only for images and signatures

    return b2a_base64(value, newline=False).decode()


def _time(value: Any) -> str:
    text: str = value.isoformat()
    return f"{text[:-6]}Z" if text.endswith("+00:00") else text
