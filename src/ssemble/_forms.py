"""The templates that were learned from one stream, and where the texts of each go.

A `Form` is a template and its binding (``line``): the places in the message where its texts are
appended. The template is proven once and stays valid. The binding is valid only as long as merging
the rest of the frame again would change nothing. It becomes stale, and is removed, when

- a payload is merged that cannot be bound (it may end a call or change a field): `unbind`;
- a frame says something else about the message as a whole, such as another ``model``: `remember`;
- another form is bound to the same choice: `_bind`.

The next frame of such a form is decoded and merged as usual, and then bound again. A binding also
refuses single texts that it cannot append, for example at a limit.

The number of templates and their bytes are limited, whatever the server sends.
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
LONGEST_FORM = 64 * 1024  # bytes; frames that repeat are short, and all templates are stored
MOST_BYTES = 4 * 1024 * 1024  # of all forms, and at most the sum of the limits of the stream
FRUITLESS = 8  # learning stops after so many forms in a row that no later frame matched


class Form:
    """A template and its binding; ``line`` is None while it has none."""

    __slots__ = ("frame", "holes", "line", "number", "order", "then", "used", "whole")

    def __init__(self, number: int, frame: Envelope, whole: Envelope, holes: list[Hole], order: list[int]) -> None:
        self.number = number
        self.frame = frame  # the template without the blank line
        self.whole = whole  # the template with the blank line
        self.holes = holes
        self.order = order
        self.line: Straight | None = None
        self.used = False
        # The number of the form that last followed this one (choices may take turns). It is a number because
        # forms that refer to each other would be a cycle, and keep the message alive until a collection.
        self.then = number


class Forms:
    """The forms of one stream.

    Args:
        loads: the decoder of its payloads; it must pass `decodes_apart`.
        largest: maximum size of an event in bytes.
    """

    __slots__ = (
        "bound",
        "by_head",
        "credit",
        "emit",
        "escapes",
        "first",
        "fruitless",
        "known",
        "largest",
        "last",
        "loads",
        "next",
        "size",
        "top",
    )

    def __init__(self, loads: Callable[[str], Any], largest: int) -> None:
        self.loads = loads
        self.escapes = loads is json.loads
        self.largest = largest
        self.emit = True  # make events; False if only the message is wanted
        self.by_head: dict[int, dict[bytes, list[Form]]] = {}  # by the length of their head, then by the head
        self.known: list[Form] = []  # by number
        self.size = 0  # bytes of all forms
        self.last: Form | None = None
        self.next: Form | None = None  # the form that followed `last` the last time
        self.bound: dict[int, Form] = {}  # by choice
        self.top: str | None = None
        self.fruitless = 0
        self.credit = 0  # chunks merged in the slow path since a form was learned
        self.first: dict[str, Any] = {}  # id and created of the first form: Groq changes the id, Azure created

    def find(self, frame: bytes, whole: bool = False) -> tuple[Form | None, list[str] | None]:
        """Find the form of a frame, and its texts; ``whole``: the frame includes its blank line."""
        for size, heads in self.by_head.items():
            for form in heads.get(frame[:size], ()):
                texts = (form.whole if whole else form.frame).read(frame, self.escapes)
                if texts is not None:
                    before = self.last or form
                    before.then = form.number
                    return form, texts
        return None, None

    def remember(self, frame: bytes, blank: bytes, payload: dict[str, Any], form: Form | None, chat: Any) -> bool:
        """Bind the form of a payload that was just merged, and learn it if it is new; True if it was bound."""
        if not isinstance(chat, ChatCompletionAccumulator):
            return False
        holes = holes_of(payload, self.first)
        if holes is None:
            return False
        if form is None:
            form = self._learn(frame, blank, payload, holes, chat.context.budget.limit)
        line = straight_line(chat, payload, form.holes, form.order, self.emit) if form is not None else None
        if line is None or form is None:
            return False
        if line.top != self.top:
            self.unbind()
            self.top = line.top
        line.top = self.top  # all forms share one copy of the text
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
            return None  # the form is known, but did not match this text
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
        """Remove all bindings: the next chunk of every form is merged as usual, and bound again."""
        for form in self.bound.values():
            form.line = None
            if form.used:
                self.fruitless = 0
        self.bound.clear()
        self.top = None


def decodes_apart(loads: Callable[[str], Any]) -> bool:
    """True if a decoder is known to decode each string on its own; of a custom one, that is not known."""
    if loads is json.loads:
        return True
    # A wrapper made by functools.wraps or lru_cache has the same __module__, so check the type too.
    module = (getattr(loads, "__module__", None) or "").partition(".")[0]
    return module in ("orjson", "msgspec") and isinstance(loads, BuiltinFunctionType)
