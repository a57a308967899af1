"""Text that arrives in pieces."""

from __future__ import annotations

import base64
import binascii

from ._movable import Movable

MANY = 1000  # pieces


class Text(Movable):
    """Streamed text: pieces, joined when asked, since ``+=`` on an attribute copies it all.

    Half a surrogate pair at the end of a fragment is held until the other half can join it.
    """

    __slots__ = ("blocks", "held", "pieces", "size")

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.blocks: list[str] = []  # pieces that were joined, since a short one takes ten times its text
        self.size = 0
        self.held = ""

    def add(self, text: str) -> str:
        """Append a fragment; return the part of it that is certain."""
        if self.held and text:
            high, self.held = self.held, ""
            text = _joined(high, text)
        if text and "\ud800" <= text[-1] <= "\udbff":
            text, self.held = text[:-1], text[-1]
        if text:
            self.pieces.append(text)
            self.size += len(text)
            if len(self.pieces) >= MANY:
                self.pack()
        return text

    def extend(self, texts: list[str]) -> None:
        """Append fragments that are certain as they are: none is empty or holds half a pair, nor does this one."""
        self.pieces += texts
        self.size += sum(map(len, texts))
        if len(self.pieces) >= MANY:
            self.pack()

    def pack(self) -> None:
        """Join the pieces so far into a block."""
        self.blocks.append("".join(self.pieces))
        self.pieces.clear()

    def release(self) -> str:
        """Give up waiting; return the half that was held."""
        half, self.held = self.held, ""
        if half:
            self.pieces.append(half)
            self.size += 1
        return half

    def plain(self) -> str:
        if self.pieces:
            self.pack()
        if len(self.blocks) > 1:
            self.blocks[:] = ["".join(self.blocks)]
        return (self.blocks[0] if self.blocks else "") + self.held


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
        return super().plain() if self.constant is None else self.constant


class Base64(Text):
    """Streamed base64. A server that encodes each fragment alone pads in the middle."""

    __slots__ = ("ends", "groups")

    def __init__(self) -> None:
        super().__init__()
        self.groups: list[str] = []
        self.ends = ""  # the last fragment

    def add(self, text: str) -> str:
        if self.ends and self.ends[-1] == "=":
            self.groups.append(super().plain())
            self.blocks.clear()
        self.ends = text
        return super().add(text)

    def plain(self) -> str:
        groups = [*self.groups, super().plain()]
        if len(groups) > 1:
            try:
                groups = [base64.b64encode(b"".join(map(base64.b64decode, groups))).decode()]
            except (binascii.Error, ValueError):
                pass  # not base64: joined as it came
        return "".join(groups)
