"""Text that arrives in pieces."""

from __future__ import annotations

import base64
import binascii

from ._movable import Movable

MANY = 16  # pieces of a text that are not joined: one of a single character takes 90 bytes


class Text(Movable):
    """Streamed text: pieces, joined when asked, since ``+=`` on an attribute copies it all.

    Half a surrogate pair at the end of a fragment is held until the other half can join it.

    One thread appends, others may read meanwhile. So all text is in one list, which only grows at
    its end or has some of its pieces replaced by what they join to, in one step; readers join the
    list and change nothing.
    """

    __slots__ = ("held", "pieces", "room", "size")

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.room = MANY  # when there are as many pieces, the last `MANY` are joined
        self.size = 0
        self.held = ""

    def add(self, text: str) -> str:
        """Append a fragment; return the part of it that is certain."""
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
            self.held = half  # after the text before it, which a reader would miss else
        return text

    def extend(self, texts: list[str]) -> None:
        """Append fragments that are certain as they are: none is empty or holds half a pair, nor does this one."""
        self.pieces += texts
        self.size += sum(map(len, texts))
        if len(self.pieces) >= self.room:
            self.pack()

    def pack(self) -> None:
        """Join the newest pieces, since a short one takes ten times its text; for who appends only.

        What was joined before is not joined again, so that each character is copied once.
        """
        newest = self.room - MANY
        self.pieces[newest:] = ["".join(self.pieces[newest:])]
        self.room += 1

    def whole(self) -> str:
        """As `plain`, but join the pieces for good; for who appends only."""
        text = "".join(self.pieces)
        if len(self.pieces) > 1:
            self.pieces[:] = [text]
            self.room = MANY + 1
        return text + self.held

    def release(self) -> str:
        """Give up waiting; return the half that was held."""
        half, self.held = self.held, ""
        if half:
            self.pieces.append(half)
            self.size += 1
        return half

    def between(self, start: int, end: int) -> str:
        """Return the characters between two places that are certain, as far as they have come."""
        return "".join(self.pieces)[start:end]

    def plain(self) -> str:
        while True:
            held = self.held
            text = "".join(self.pieces)
            if held is self.held:  # else it may have joined the pieces meanwhile
                return text + held


def _joined(high: str, text: str) -> str:
    if "\udc00" <= text[0] <= "\udfff":
        return chr(0x10000 + (ord(high) - 0xD800) * 0x400 + ord(text[0]) - 0xDC00) + text[1:]
    return high + text


class Guess(Text):
    """Text nobody named: the values of a constant are all the same, those of a text are not."""

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
        # The pieces of a constant are all the same, so joining them loses nothing that is shown.
        constant = self.constant
        return super().plain() if constant is None else constant


class Base64(Text):
    """Streamed base64. A server that encodes each fragment alone pads in the middle."""

    __slots__ = ("ends", "starts")

    def __init__(self) -> None:
        super().__init__()
        self.starts: list[int] = []  # of what was encoded alone, but for the first
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
            starts.pop()  # it begins just now, in another thread
        if not starts:
            return text
        try:
            groups = [text[start:end] for start, end in zip([0, *starts], [*starts, None], strict=True)]
            return base64.b64encode(b"".join(map(base64.b64decode, groups))).decode()
        except (binascii.Error, ValueError):
            return text  # not base64: joined as it came
