"""Frames of server-sent events, for the writers of all dialects."""

from __future__ import annotations

import json
from collections.abc import Mapping
from json.encoder import encode_basestring_ascii
from typing import Any

Fields = dict[str, Any]
Around = tuple[bytes, bytes]
"""The bytes before and after a text in a frame: only the text is encoded for each delta."""
HOLE = "\0"
"""Stands for the text in the fields of a frame, see `around`."""
DONE = b"data: [DONE]\n\n"
quoted = encode_basestring_ascii
"""A text as JSON in ASCII: no line reader can split it, and any cut of its bytes decodes."""
to_text = json.JSONEncoder(separators=(",", ":")).encode


def frame(data: Mapping[str, Any], event: str = "") -> bytes:
    """Return a server-sent event.

    Args:
        data: its JSON.
        event: its name, in dialects whose events have one.
    """
    name = f"event: {event}\n" if event else ""
    return f"{name}data: {to_text(data)}\n\n".encode()


def around(data: Mapping[str, Any], event: str = "") -> Around:
    """Return the bytes of a frame around its text, which is `HOLE` in its JSON."""
    before, _, after = frame(data, event).rpartition(quoted(HOLE).encode())  # the last one: an id could be it too
    return before, after


def fill(envelope: Around, text: str) -> bytes:
    """Return a frame with a text in it."""
    return envelope[0] + quoted(text).encode() + envelope[1]


def known(fields: Mapping[str, Any]) -> Fields:
    """Return the fields that are not None."""
    return {key: value for key, value in fields.items() if value is not None}
