"""The headers of a message of an AWS event stream.

Each header::

    length of its name (1)   name (UTF-8)   type (1)   value

Source: https://smithy.io/2.0/aws/amazon-eventstream.html
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

TEXT = 7
SHORT = 256  # bytes of headers that are kept
# Bytes of a value by its type: true, false, byte, short, integer, long, timestamp, UUID.
SIZES = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
MEASURED = (6, TEXT)  # bytes and text: 2 bytes tell the length


class Damage(Exception):
    """A message does not follow the format."""


def read_headers(data: bytes) -> Mapping[str, str]:
    """Return the headers that are texts; those of other types are only checked.

    A stream has few kinds of messages, so the headers of most are known.

    Raises:
        Damage: they do not follow the format.
    """
    return _known(data) if len(data) <= SHORT else _read(data)


def _read(data: bytes) -> Mapping[str, str]:
    headers: dict[str, str] = {}
    at = 0
    while at < len(data):
        size = data[at]
        if not size:
            raise Damage("a header has no name")
        at, name = at + 1 + size, data[at + 1 : at + 1 + size]
        kind = data[at] if at < len(data) else None
        at += 1
        if kind in MEASURED:
            size = int.from_bytes(data[at : at + 2], "big")
            at += 2
        elif kind in SIZES:
            size = SIZES[kind]
        else:
            raise Damage("its headers end inside one" if kind is None else f"a header has the unknown type {kind}")
        value = data[at : at + size]
        at += size
        if at > len(data):
            raise Damage("its headers end inside one")
        try:
            key = name.decode()
            if kind == TEXT:
                headers[key] = value.decode()
        except UnicodeDecodeError:
            raise Damage("a header is not UTF-8") from None
    return MappingProxyType(headers)


_known = lru_cache(maxsize=64)(_read)
