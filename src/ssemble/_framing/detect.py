"""Tells the framing of a stream from its first bytes.

The first byte that is not blank decides, once. No field of server-sent events begins with a bracket,
and no text begins with the byte of an AWS length: 16 MiB are ``01 00 00 00``.
"""

from __future__ import annotations

import re
from importlib import import_module

from .._errors import StreamError
from .._limits import Limits, limit_or_max
from .._pickling import Picklable
from .base import Framing
from .lines import BOM

# The module and the class of each framing. A module is imported when it is needed first.
MODULES = {
    "sse": ("sse", "SSEFraming"),
    "json-lines": ("json_lines", "JSONLines"),
    "json-array": ("json_array", "JSONArray"),
    "aws": ("aws", "AWSEventStream"),
}
FRAMINGS: tuple[str, ...] = tuple(MODULES)
"""The names of the framings: how payloads are laid out in the bytes.

>>> FRAMINGS
('sse', 'json-lines', 'json-array', 'aws')
"""

# After its bracket, an array goes on with a value; a log line with a word or a date: "[INFO]", "[2026-11-25 …".
IN_ARRAY = rb"""\[[ \t\r\n]*([{\[",\]]|(true|false|null|-?[0-9]+([.eE][0-9.eE+-]*)?)[ \t\r\n]*[,\]])"""
MAYBE_ARRAY = rb"\[[ \t\r\n]*[a-z0-9.eE+-]*[ \t\r\n]*"
LONGEST_VALUE = 64  # bytes that are looked at after the bracket
AWS_FIRST_BYTES = (b"\0", b"\1")
BLANKS = b" \t\r\n"
# First bytes of bodies that are not decoded.
ENCODINGS = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
LONGEST_MAGIC = max(map(len, ENCODINGS))


def check_framing(framing: str | None) -> None:
    """Raise ValueError for an unknown name."""
    if framing is not None and framing not in FRAMINGS:
        raise ValueError(f"unknown framing {framing!r}: expected one of {', '.join(FRAMINGS)}, or None")


def make(framing: str, limits: Limits) -> Framing:
    """Create a framing for a stream of payloads."""
    module, name = MODULES[framing]
    kind = getattr(import_module(f".{module}", __package__), name)
    made: Framing = kind(limits=limits, unknown=True) if framing == "sse" else kind(limits=limits)
    return made


class Beginning(Picklable):
    """The first bytes of a stream, until its framing is known.

    Args:
        name: the framing, if the caller says it.
        limits: ``max_event_size`` bounds the bytes that are kept. A stream with more blanks than these is
            read as an event stream.

    Attributes:
        name: the framing; None before it is known.
        skipped: bytes that are not given back: a BOM.
        error: the body is in an encoding that must be decoded first.
    """

    __slots__ = ("_head", "_limit", "_start", "error", "name", "skipped")

    def __init__(self, name: str | None, limits: Limits) -> None:
        self.name = name
        self.skipped = 0
        self.error: StreamError | None = None
        self._head = bytearray()
        self._start: int | None = None  # of what is not blank
        self._limit = limit_or_max(limits.max_event_size) + len(BOM)

    def feed(self, data: bytes) -> bytes | None:
        """Take a fragment; return all bytes so far when the framing is known, else None."""
        at = len(self._head)
        self._head += data
        if at < LONGEST_MAGIC and not self._decodes():
            return None if self.error is None else b""
        if self.name is None:
            self._look(at)
        return None if self.name is None else self._all(b"" if at else data)

    def end(self) -> bytes:
        """No more bytes: return those that were kept. If they are not blank, the framing is known."""
        text = bytes(self._head.removeprefix(BOM).lstrip(BLANKS))
        if self.name is None and text:
            self.name = by_text(text[:LONGEST_VALUE]) or "json-array"
        return self._all()

    def _all(self, data: bytes = b"") -> bytes:
        """Return all bytes so far; they are not copied if one fragment has all of them."""
        data = data or bytes(self._head)
        self._head.clear()
        if self.name not in ("sse", "aws") and data.startswith(BOM):
            self.skipped = len(BOM)
        return data[self.skipped :]

    def _decodes(self) -> bool:
        """True if the body is not in another encoding; False if it is, or if more bytes are needed."""
        head = bytes(self._head[:LONGEST_MAGIC])
        if self.name == "aws" or (self.name is None and head.startswith(AWS_FIRST_BYTES)):
            self.name = "aws"
            return True
        name = encoding_of(head)
        if name:
            hint = "hand over decoded bytes, as from iter_bytes(), or ask the server for identity"
            hint = hint if name != "UTF-16" else "write the file as UTF-8"
            self.error = StreamError(f"the body is {name}, not decoded: {hint}", offset=0)
        return name == "" and not (len(head) < len(BOM) and BOM.startswith(head))

    def _look(self, at: int) -> None:
        """Look for the first byte that is not blank in what came from an index on, and what it begins."""
        head = self._head
        if self._start is None:
            at = at if at > len(BOM) else len(BOM) * head.startswith(BOM)
            text = head[at:].lstrip(BLANKS)
            if len(head) - len(text) > self._limit:
                self.name = "sse"
            elif text:
                self._start = len(head) - len(text)
        if self._start is not None:
            self.name = by_text(head[self._start : self._start + LONGEST_VALUE])


def by_text(text: bytes | bytearray) -> str | None:
    """Return the framing of a text that does not begin with blanks; None if more bytes are needed.

    Args:
        text: its first bytes, at most `LONGEST_VALUE`.
    """
    if text[:1] == b"{":
        return "json-lines"
    if text[:1] != b"[":
        return "sse"
    if re.match(IN_ARRAY, text):
        return "json-array"
    maybe = re.match(MAYBE_ARRAY, text)
    if maybe is None or maybe.end() < len(text):
        return "sse"
    if len(text) < LONGEST_VALUE:
        return None
    return "sse" if text[1:].strip(BLANKS) else "json-array"


def encoding_of(head: bytes) -> str | None:
    """Return the name of the encoding of a body; "" for plain text, None if more bytes are needed."""
    for magic, name in ENCODINGS.items():
        if head.startswith(magic):
            return name
    if len(head) > 1 and head[1] == 0 and head[0]:  # ASCII as UTF-16, little endian
        return "UTF-16"
    return None if len(head) < 2 or any(magic.startswith(head) for magic in ENCODINGS) else ""
