"""The forms of frames that were learned, and where the texts of each go.

What is kept is bounded, whatever the stream sends.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from types import BuiltinFunctionType
from typing import Any

from ._dialects._straight import Straight, holes_of, straight_line
from ._dialects.openai_chat import ChatCompletionAccumulator
from ._envelope import Envelope, Hole, learn

MOST_FORMS = 64
LONGEST_FORM = 64 * 1024  # bytes; what repeats is short, and all forms are kept
MOST_BYTES = 4 * 1024 * 1024  # of all forms; no more than the limits of the stream together
FRUITLESS = 8  # forms learned in a row that no later frame had


class Form:
    """A form of frame, and where its texts go; ``line`` is None while that is not certain."""

    __slots__ = ("frame", "holes", "line", "number", "order", "then", "used", "whole")

    def __init__(self, number: int, frame: Envelope, whole: Envelope, holes: list[Hole], order: list[int]) -> None:
        self.number = number
        self.frame = frame  # without its blank line
        self.whole = whole  # with it
        self.holes = holes
        self.order = order
        self.line: Straight | None = None
        self.used = False
        # The number of the form that followed it last, as where choices take turns. No form refers to another,
        # or both would keep the message alive until Python's collector looks for cycles.
        self.then = number


class Forms:
    """What was learned of one stream.

    Args:
        loads: the decoder of its payloads, one that `decodes_apart`.
        largest: bytes of an event, at most.
    """

    __slots__ = (
        "bound",
        "by_head",
        "credit",
        "escapes",
        "first",
        "fruitless",
        "known",
        "largest",
        "last",
        "loads",
        "next",
        "size",
        "told",
        "top",
    )

    def __init__(self, loads: Callable[[str], Any], largest: int) -> None:
        self.loads = loads
        self.escapes = loads is json.loads
        self.largest = largest
        self.told = True  # the events of texts are made; False where nobody reads them
        self.by_head: dict[int, dict[bytes, list[Form]]] = {}  # by the length of their head, and by it
        self.known: list[Form] = []  # by their number
        self.size = 0  # bytes of all forms
        self.last: Form | None = None
        self.next: Form | None = None  # what followed the last one, when it came before
        self.bound: dict[int, Form] = {}  # by choice
        self.top: str | None = None
        self.fruitless = 0
        self.credit = 0  # chunks gone the plain way, which learning has not used up
        self.first: dict[str, Any] = {}  # id and created of the first form: some servers change them

    def find(self, frame: bytes, whole: bool = False) -> tuple[Form | None, list[str] | None]:
        """Find the form of a frame, and its texts; ``whole`` if its blank line is with it."""
        for size, heads in self.by_head.items():
            for form in heads.get(frame[:size], ()):
                texts = (form.whole if whole else form.frame).read(frame, self.escapes)
                if texts is not None:
                    before = self.last or form
                    before.then = form.number
                    return form, texts
        return None, None

    def remember(self, frame: bytes, blank: bytes, payload: dict[str, Any], form: Form | None, chat: Any) -> bool:
        """Bind a payload that has just been merged, and learn its form if that is new; True if it was bound."""
        if not isinstance(chat, ChatCompletionAccumulator):
            return False
        holes = holes_of(payload, self.first)
        if holes is None:
            return False
        if form is None:
            form = self._learn(frame, blank, payload, holes, chat.shared.kept.limit)
        line = straight_line(chat, payload, form.holes, form.order, self.told) if form is not None else None
        if line is None or form is None:
            return False
        if line.top != self.top:
            self.unbind()
            self.top = line.top
        line.top = self.top  # one text for all forms that say the same
        self._bind(line, form)
        return True

    def _learn(
        self, frame: bytes, blank: bytes, payload: dict[str, Any], holes: list[Hole], largest: int
    ) -> Form | None:
        if self.fruitless >= FRUITLESS or len(frame) > LONGEST_FORM:
            return None
        if not self.first:
            self.first = {"id": payload.get("id"), "created": payload.get("created")}
        self.credit = 0
        self.fruitless += 1
        learned = learn(frame, payload, holes, self.loads)
        if learned is None:
            return None
        envelope, order = learned
        known = self.by_head.get(envelope.start, {}).get(envelope.head, [])
        if any(other.used for other in known):
            self.fruitless = 0
        if any(other.frame.literals == envelope.literals for other in known):
            return None  # the form is known, but not with such a text
        if len(self.known) >= MOST_FORMS or self.size + len(frame) > min(MOST_BYTES, self.largest + largest):
            self.unbind()
            self.by_head.clear()
            self.known.clear()
            self.size = 0
            self.last = None
        form = Form(len(self.known), envelope, envelope.followed_by(blank), holes, order)
        self.known.append(form)
        self.size += len(frame)
        self.by_head.setdefault(envelope.start, {}).setdefault(envelope.head, []).append(form)
        before = self.last or form
        before.then = form.number
        self.last = self.next = form
        return form

    def _bind(self, line: Straight, form: Form) -> None:
        before = self.bound.get(line.choice)
        if before is not None:
            before.line = None
        form.line = line
        self.bound[line.choice] = form

    def unbind(self) -> None:
        """Send the next chunk of every form the plain way, from which its straight line is found again."""
        for form in self.bound.values():
            form.line = None
            if form.used:
                self.fruitless = 0
        self.bound.clear()
        self.top = None


def decodes_apart(loads: Callable[[str], Any]) -> bool:
    """True if a decoder is known to decode each string on its own; what one of the caller's own does is not known."""
    if loads is json.loads:
        return True
    # Whatever wraps one of these, by functools.wraps or lru_cache, says that it is of its module.
    module = (getattr(loads, "__module__", None) or "").partition(".")[0]
    return module in ("orjson", "msgspec") and isinstance(loads, BuiltinFunctionType)
