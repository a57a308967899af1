"""Templates of one text, which are most: they are read without a pattern.

Runs
    Frames of one such template that follow each other are decoded together: their texts are joined to
    one JSON array, with a raw line feed between the items. A line feed is invalid inside a JSON string,
    so no text can hide or forge a border: if the array has as many items as there are frames, each item
    is the text of its frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .templates import (
    DIGITS,
    LARGEST,
    NO_VALUE,
    NUMBER,
    NUMBER_TEXT,
    SKIP,
    SPACE,
    TEXT,
    Slot,
    Template,
    can_be_encoded,
    padding_of,
    scan_once,
    scanstring,
)

NO_SIZE = -1


def is_one_text(kinds: list[int]) -> bool:
    """True for a text with at most one value beside it that is padding."""
    return kinds in ([TEXT], [TEXT, SKIP], [SKIP, TEXT], [TEXT, SPACE])


def is_numbered(kinds: list[int]) -> bool:
    """True for a number before a text, and at most one value after it that is padding."""
    return kinds[0] in (NUMBER, DIGITS) and kinds[1:2] == [TEXT] and is_one_text(kinds[1:])


class OneText(Template):
    """A template of one text, perhaps with padding beside it.

    Attributes:
        before: what is expected before the text and its padding.
        size: bytes of ``before`` and ``end``.
    """

    __slots__ = ("before", "joint", "padded")

    def __init__(self, literals: list[bytes], kinds: list[int], slots: tuple[Slot, ...], blank: bytes) -> None:
        super().__init__(literals, kinds, slots, blank)
        self.before = self.head
        self.padded = SPACE in kinds or SKIP in kinds
        # Between the text and a padding that is a text: without the quote of the padding.
        self.joint = b""
        if self.padded:
            self.joint = self.between[0][1:] if kinds[0] == SKIP else self.between[-1][:-1]

    def read(self, frame: bytes) -> Any:
        # These two copy what is left only if they remove something, and take no tuple of arguments.
        value = frame.removeprefix(self.before).removesuffix(self.end)
        if len(frame) - len(value) != self.size:
            return None
        if self.padded:
            value = self._without_padding(value)
        # As `text_of`; written out, because this runs once for most frames of a stream.
        try:
            text = value.decode()
            if "\\" not in text and '"' not in text and text.isprintable():
                return text
            found, end = scanstring(text + '"', 0)
        except ValueError:
            return None
        whole = end > len(text)
        return found if whole and (found.isascii() or "\\u" not in text or can_be_encoded(found)) else None

    def _without_padding(self, value: bytes) -> bytes:
        """Return the text alone; `NO_VALUE` if there is more beside it than the literal and the padding."""
        if SPACE in self.kinds:
            return self.without_spaces(value)
        if self.kinds[0] == SKIP:
            skipped, _, value = value.partition(b'"')
            text = value.removeprefix(self.joint)
        else:
            value, _, skipped = value.rpartition(b'"')
            text = value.removesuffix(self.joint)
        return text if len(text) < len(value) and padding_of(skipped) is not None else NO_VALUE

    def read_run(self, frames: Sequence[bytes], joined: bytes) -> list[Any]:
        head, tail = self.head, self.tail
        values = [frame.removeprefix(head).removesuffix(tail) for frame in frames]
        return self._texts(values, len(joined) - len(frames) * (len(head) + len(tail)))

    def _texts(self, values: list[bytes], size: int) -> list[str]:
        """Return the texts in what is left of some frames; [] if one needs the usual way.

        Args:
            values: the frames without what is before and after the values, if they had it.
            size: bytes of all values if each frame had it: then they are the fewest that can be left.
        """
        if len(b"".join(values)) != size:
            return []
        if self.padded:
            values = [self._without_padding(value) for value in values]
        try:
            array = (b'["' + b'"\n,"'.join(values) + b'"]').decode()
            texts, end = scan_once(array, 0)
        except (ValueError, StopIteration):  # not UTF-8, or not JSON
            return []
        if end != len(array) or len(texts) != len(values):
            return []
        return [] if "\\u" in array and not all(map(can_be_encoded, texts)) else texts


class NumberedText(OneText):
    """A template of a number and one text, perhaps with padding after it.

    Most numbers rise by the same step, or stay as they are. So the next one is expected, and compared as
    a part of what is before the text. Another one is looked for.
    """

    __slots__ = ("expected", "form", "step", "wanted")

    def __init__(
        self, literals: list[bytes], kinds: list[int], slots: tuple[Slot, ...], blank: bytes, number: int
    ) -> None:
        super().__init__(literals, kinds, slots, blank)
        self.form = b"%d".join(literal.replace(b"%", b"%%") for literal in literals[:2])
        self.wanted = kinds[0] == NUMBER
        self.step = int(self.wanted)  # by how much the number rises; events are counted, a time often stays
        self._expect(number + self.step)

    def read(self, frame: bytes) -> Any:
        text = OneText.read(self, frame)
        if text is None:
            return self._read_other(frame)
        number = self.expected
        if self.step:
            self._expect(number + self.step)
        return [number, text] if self.wanted else text

    def _read_other(self, frame: bytes) -> Any:
        """Read a frame whose number is not the expected one."""
        found = NUMBER_TEXT.match(frame, len(self.head)) if frame.startswith(self.head) else None
        if found is None:
            return None
        number, expected = int(found[0]), self.expected
        self._expect(number)
        text = OneText.read(self, frame)
        if text is None:
            self._expect(expected)
            return None
        self.step += number - expected
        self._expect(number + self.step)
        return [number, text] if self.wanted else text

    def _expect(self, number: int) -> None:
        self.expected = number
        self.before = self.form % number
        self.size = len(self.before) + len(self.end) if 0 < number <= LARGEST else NO_SIZE

    def read_run(self, frames: Sequence[bytes], joined: bytes) -> list[Any]:
        numbers = [self.expected + self.step * at for at in range(len(frames))]
        if self.size == NO_SIZE or not 0 < numbers[-1] <= LARGEST:
            return []
        tail, heads = self.tail, [self.form % number for number in numbers]
        values = [frame.removeprefix(head).removesuffix(tail) for frame, head in zip(frames, heads, strict=True)]
        texts = self._texts(values, len(joined) - len(b"".join(heads)) - len(frames) * len(tail))
        if texts:
            self._expect(numbers[-1] + self.step)
        return list(zip(numbers, texts, strict=False)) if self.wanted else texts
