"""Finds the end of a JSON object without decoding it."""

from __future__ import annotations

import re
from json import JSONDecoder

from ..._pickling import Picklable

OUTSIDE_STRING = re.compile(r'["{}\[\]]|[^\s"{}\[\]]')
INSIDE_STRING = re.compile(r'["\\]')
scan_once = JSONDecoder().scan_once  # type: ignore[attr-defined]  # not in its stub
UNREAD = 64  # pieces are scanned when there are so many


class ObjectScanner(Picklable):
    """Tells whether a text is a single closed JSON object; scans each character once."""

    __slots__ = ("broken", "closed", "depth", "escaped", "in_string", "unread")

    def __init__(self) -> None:
        self.unread: list[str] = []
        self.depth = 0
        self.in_string = False
        self.escaped = False
        self.closed = False
        self.broken = False

    def is_closed(self) -> bool:
        """Scan the new pieces; True if the text so far is a single closed object."""
        text = "".join(self.unread)
        self.unread.clear()
        if not self.depth and not self.closed and text[:1] == "{" and self._is_object(text):
            self.closed = True
            return not self.broken
        at = 1 if self.escaped and text else 0
        self.escaped = self.escaped and not text
        while not self.broken:
            found = (INSIDE_STRING if self.in_string else OUTSIDE_STRING).search(text, at)
            if found is None:
                break
            at = found.end()
            self._token(found[0])
            if self.escaped:
                self.escaped = at == len(text)
                at += 1
        return self.closed and not self.broken

    def _is_object(self, text: str) -> bool:
        """True if a text is one JSON object: most calls come in one piece, and this is faster than a scan."""
        try:
            return bool(scan_once(text, 0)[1] == len(text))
        except (ValueError, StopIteration, RecursionError):
            return False

    def _token(self, token: str) -> None:
        if self.in_string:
            self.escaped = token == "\\"
            self.in_string = self.escaped
        elif self.closed or (self.depth == 0 and token != "{"):
            self.broken = True
        elif token == '"':
            self.in_string = True
        elif token in "{[":
            self.depth += 1
        elif token in "}]":
            self.depth -= 1
            self.closed = self.depth == 0
