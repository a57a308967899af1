"""Finds where a JSON object ends, in one pass, whatever the cuts."""

from __future__ import annotations

import re

from .._pickling import Picklable

TOKEN = re.compile(rb'["{}\[\]]')
OPENING = frozenset(b"{[")
QUOTE = ord('"')


class Brackets(Picklable):
    """Counts the brackets outside of strings. It does not tell which kind of bracket closes which.

    Attributes:
        depth: brackets that are open.
        in_string: inside a string.
    """

    __slots__ = ("_escaped", "depth", "in_string")

    def __init__(self) -> None:
        self.depth = 0
        self.in_string = False
        self._escaped = False  # the next byte follows a backslash

    def close(self, data: bytes, at: int) -> int:
        """Read on from an index; return the index after the bracket that closes the last open one, or -1.

        After -1, everything was read, and the next data continues it.
        """
        while True:
            if self.in_string:
                at = self._string(data, at)
                if at < 0:
                    return -1
            token = TOKEN.search(data, at)
            if token is None:
                return -1
            at = token.end()
            byte = data[at - 1]
            if byte == QUOTE:
                self.in_string = True
            elif byte in OPENING:
                self.depth += 1
            else:
                self.depth -= 1
                if self.depth <= 0:
                    self.depth = 0
                    return at

    def _string(self, data: bytes, at: int) -> int:
        """Return the index after the end of the string, or -1."""
        if self._escaped and at < len(data):
            self._escaped = False
            at += 1
        quote = data.find(b'"', at)
        while True:
            escape = data.find(b"\\", at, quote if quote >= 0 else len(data))
            if escape < 0:
                break
            at = escape + 2
            if at > len(data):
                self._escaped = True
                return -1
            if 0 <= quote < at:
                quote = data.find(b'"', at)
        if quote < 0:
            return -1
        self.in_string = False
        return quote + 1
