"""Texts that arrive in pieces."""

from __future__ import annotations

from .._pickling import Picklable

JOIN_EVERY = 16  # pieces are joined when there are so many: one of a single character needs 90 bytes


class Text(Picklable):
    """A streamed text: a list of pieces, joined on demand, because ``+=`` on an attribute copies all of it.

    Half a surrogate pair at the end of a fragment is held back until the other half arrives.

    One thread appends while others may read. So all text is in one list: it only grows at its end,
    or some pieces are replaced by their joined text in one step. Readers join the list and modify
    nothing.
    """

    __slots__ = ("join_at", "pending_surrogate", "pieces", "size")

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.join_at = JOIN_EVERY  # at this number of pieces, the last `JOIN_EVERY` are joined
        self.size = 0
        self.pending_surrogate = ""

    def add(self, text: str) -> str:
        """Append a fragment; return it without half a surrogate pair at its end."""
        if text and not self.pending_surrogate and not "\ud800" <= text[-1] <= "\udbff":
            # As `append`; written out, because almost every text comes this way.
            self.pieces.append(text)
            self.size += len(text)
            if len(self.pieces) >= self.join_at:
                self.join_newest()
            return text
        half = ""
        if self.pending_surrogate and text:
            high, self.pending_surrogate = self.pending_surrogate, ""
            text = _joined(high, text)
        if text and "\ud800" <= text[-1] <= "\udbff":
            text, half = text[:-1], text[-1]
        if text:
            self.append(text)
        if half:
            self.pending_surrogate = half  # set last: a reader that sees it must also see the text before it
        return text

    def append(self, text: str) -> None:
        """Append a text that is not empty and splits no surrogate pair; ``pending_surrogate`` must be empty."""
        self.pieces.append(text)
        self.size += len(text)
        if len(self.pieces) >= self.join_at:
            self.join_newest()

    def join_newest(self) -> None:
        """Join the newest pieces: a short one needs ten times its text. Only the appending thread may call it.

        Joined text is not joined again, so each character is copied once.
        """
        newest = self.join_at - JOIN_EVERY
        self.pieces[newest:] = ["".join(self.pieces[newest:])]
        self.join_at += 1

    def join(self) -> str:
        """Return all text, and keep it joined. Only the appending thread may call it."""
        text = "".join(self.pieces)
        if len(self.pieces) > 1:
            self.pieces[:] = [text]
            self.join_at = JOIN_EVERY + 1
        return text + self.pending_surrogate

    def release(self) -> str:
        """Append and return the half pair that was held back: its other half will not come."""
        half, self.pending_surrogate = self.pending_surrogate, ""
        if half:
            self.pieces.append(half)
            self.size += 1
        return half

    def slice(self, start: int, end: int) -> str:
        """Return the characters from ``start`` to ``end``, as far as they have arrived."""
        return "".join(self.pieces)[start:end]

    def to_json(self) -> str:
        while True:
            pending_surrogate = self.pending_surrogate
            text = "".join(self.pieces)
            if (
                pending_surrogate is self.pending_surrogate
            ):  # otherwise another thread may have moved it into the pieces
                return text + pending_surrogate


def _joined(high: str, text: str) -> str:
    if "\udc00" <= text[0] <= "\udfff":
        return chr(0x10000 + (ord(high) - 0xD800) * 0x400 + ord(text[0]) - 0xDC00) + text[1:]
    return high + text


class MaybeConstantText(Text):
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

    def to_json(self) -> str:
        # The pieces of a constant are equal, so joining them loses nothing that is returned.
        constant = self.constant
        return super().to_json() if constant is None else constant


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

    def to_json(self) -> str:
        starts = self.starts.copy()
        text = super().to_json()
        if starts and starts[-1] == len(text):
            starts.pop()  # another thread is about to append it
        if not starts:
            return text
        from base64 import b64decode, b64encode  # not at the top: few messages have audio

        try:
            groups = [text[start:end] for start, end in zip([0, *starts], [*starts, None], strict=True)]
            return b64encode(b"".join(map(b64decode, groups))).decode()
        except ValueError:
            return text  # not base64: return it as received
