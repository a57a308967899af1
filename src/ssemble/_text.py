"""Texts that arrive in pieces."""

from __future__ import annotations

import base64
import binascii

from ._movable import Movable

MANY = 16  # pieces are joined when there are so many: one of a single character needs 90 bytes


class Text(Movable):
    """A streamed text: a list of pieces, joined on demand, because ``+=`` on an attribute copies all of it.

    Half a surrogate pair at the end of a fragment is held back until the other half arrives.

    One thread appends while others may read. So all text is in one list: it only grows at its end,
    or some pieces are replaced by their joined text in one step. Readers join the list and modify
    nothing.
    """

    __slots__ = ("held", "pieces", "room", "size")

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.room = MANY  # at this number of pieces, the last `MANY` are joined
        self.size = 0
        self.held = ""

    def add(self, text: str) -> str:
        """Append a fragment; return it without half a surrogate pair at its end."""
        half = ""
        if self.held and text:
            high, self.held = self.held, ""
            text = _joined(high, text)
        if text and "\ud800" <= text[-1] <= "\udbff":
            text, half = text[:-1], text[-1]
        if text:
            self.pieces.append(text)
            self.size += len(text)
            if len(self.pieces) >= self.room:
                self.pack()
        if half:
            self.held = half  # set last: a reader that sees it must also see the text before it
        return text

    def extend(self, texts: list[str]) -> None:
        """Append non-empty fragments without split surrogate pairs; ``held`` must be empty."""
        self.pieces += texts
        self.size += sum(map(len, texts))
        if len(self.pieces) >= self.room:
            self.pack()

    def pack(self) -> None:
        """Join the newest pieces: a short one needs ten times its text. Only the appending thread may call it.

        Joined text is not joined again, so each character is copied once.
        """
        newest = self.room - MANY
        self.pieces[newest:] = ["".join(self.pieces[newest:])]
        self.room += 1

    def whole(self) -> str:
        """Return all text, and keep it joined. Only the appending thread may call it."""
        text = "".join(self.pieces)
        if len(self.pieces) > 1:
            self.pieces[:] = [text]
            self.room = MANY + 1
        return text + self.held

    def release(self) -> str:
        """Append and return the half pair that was held back: its other half will not come."""
        half, self.held = self.held, ""
        if half:
            self.pieces.append(half)
            self.size += 1
        return half

    def between(self, start: int, end: int) -> str:
        """Return the characters from ``start`` to ``end``, as far as they have arrived."""
        return "".join(self.pieces)[start:end]

    def plain(self) -> str:
        while True:
            held = self.held
            text = "".join(self.pieces)
            if held is self.held:  # otherwise another thread may have moved it into the pieces
                return text + held


def _joined(high: str, text: str) -> str:
    if "\udc00" <= text[0] <= "\udfff":
        return chr(0x10000 + (ord(high) - 0xD800) * 0x400 + ord(text[0]) - 0xDC00) + text[1:]
    return high + text


class Guess(Text):
    """An unknown text field: concatenated, unless every chunk repeats the same value."""

    __slots__ = ("constant",)

    def __init__(self) -> None:
        super().__init__()
        self.constant: str | None = None

    def add(self, text: str) -> str:
        if self.constant is None and not self.size:
            self.constant = text
        elif text != self.constant:
            self.constant = None
        return super().add(text)

    def plain(self) -> str:
        # The pieces of a constant are equal, so joining them loses nothing that is returned.
        constant = self.constant
        return super().plain() if constant is None else constant


class Base64(Text):
    """Streamed base64. A server that encodes each fragment on its own leaves padding in the middle."""

    __slots__ = ("ends", "starts")

    def __init__(self) -> None:
        super().__init__()
        self.starts: list[int] = []  # where a new encoding starts, after the first
        self.ends = ""  # the last fragment

    def add(self, text: str) -> str:
        if self.ends and self.ends[-1] == "=":
            self.starts.append(self.size)
        self.ends = text
        return super().add(text)

    def plain(self) -> str:
        starts = self.starts.copy()
        text = super().plain()
        if starts and starts[-1] == len(text):
            starts.pop()  # another thread is about to append it
        if not starts:
            return text
        try:
            groups = [text[start:end] for start, end in zip([0, *starts], [*starts, None], strict=True)]
            return base64.b64encode(b"".join(map(base64.b64decode, groups))).decode()
        except (binascii.Error, ValueError):
            return text  # not base64: return it as received
