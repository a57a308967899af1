"""The provider's own object while it arrives: JSON whose texts and arguments are still growing.

The readers that share `TreeReader` keep one such tree. Its leaves know what they are, so text, reasoning
and calls of a message are what a walk through the tree finds, in the order of the object.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, Literal

from .._model.budget import CONTAINER, LEAVES, NUMBERS, SizeBudget, key_length
from .._model.text import Text
from .._pickling import Picklable
from .fields import EMPTY, Fields, replace_field
from .live_call import LiveCall
from .tool_input import parse_input

Kind = Literal["text", "reasoning", "summary", ""]
RECENT = 4  # blocks of an index that deltas can belong to
UNKNOWN = ...
"""The arguments of a call of which nothing came: the object does not have them yet."""


class Live(Picklable, ABC):
    """A value of the object that is not plain JSON yet."""

    __slots__ = ()

    @abstractmethod
    def to_json(self) -> Any:
        """Return the value so far as new JSON. Another thread may be adding to it."""


class Said(Text):
    """A text that arrives in pieces.

    Attributes:
        kind: ``"text"``, ``"reasoning"``, ``"summary"`` of the reasoning; "" if it is no part of the answer.
        choice: index of its choice.
        part: number of the text in its choice.
    """

    __slots__ = ("choice", "kind", "part")

    def __init__(self, kind: Kind, choice: int = 0, part: int = 0) -> None:
        super().__init__()
        self.kind: Kind = kind
        self.choice = choice
        self.part = part


class Arguments(Live):
    """The arguments of a call: as its start gave them, or as text that arrives in pieces.

    Attributes:
        call: the call, if the caller is to run it.
        text: the text so far.
        given: the arguments of the start, or `UNKNOWN`; text that arrives later replaces them.
        parsed: the object has the value of the text, not the text.
        streamed: text arrived.
        open: the wire has not closed the call.
    """

    __slots__ = ("call", "given", "open", "parsed", "streamed", "text")

    def __init__(self, call: LiveCall | None, given: Any, parsed: bool) -> None:
        self.call = call
        self.text = Text() if call is None else call.arguments
        self.given = given
        self.parsed = parsed
        self.streamed = False
        self.open = True

    def to_json(self) -> Any:
        if not self.streamed:
            return to_json(self.given)
        text = self.text.to_json()
        return parse_input(text) if self.parsed else text


class Ordered(Live):
    """A list whose order its arrival does not tell."""

    __slots__ = ()

    @abstractmethod
    def ordered(self) -> list[Fields]:
        """Return the entries so far in the order of the object."""

    def to_json(self) -> list[Any]:
        return [to_json(entry) for entry in self.ordered()]


class Blocks(Ordered):
    """A list of blocks in the order of their index on the wire.

    An index is a key, not a position, and may be used again: then it has several blocks, in the order of
    their arrival.
    """

    __slots__ = ("_by",)

    def __init__(self) -> None:
        self._by: dict[int, list[Fields]] = {}

    def __contains__(self, index: int) -> bool:
        return index in self._by

    def __len__(self) -> int:
        return len(self._by)

    def at(self, index: int) -> list[Fields]:
        """Return the last blocks of an index, the newest first. Only a few, so that looking for one takes no time."""
        return self._by.get(index, [])[: -RECENT - 1 : -1]

    def add(self, index: int, block: Fields) -> None:
        self._by.setdefault(index, []).append(block)

    def ordered(self) -> list[Fields]:
        return [block for _, blocks in sorted(self._by.copy().items()) for block in blocks.copy()]


def to_json(value: Any) -> Any:
    """Return a tree as new JSON. Each container is copied first: another thread may be merging."""
    if isinstance(value, dict):
        fields = {**value}
        for key, item in [(key, item) for key, item in fields.items() if type(item) not in LEAVES]:
            if is_absent(item):
                del fields[key]
            else:
                fields[key] = to_json(item)
        return fields
    if isinstance(value, list):
        return [item if type(item) in LEAVES else to_json(item) for item in value.copy()]
    return value.to_json() if isinstance(value, (Text, Live)) else value


def is_absent(value: Any) -> bool:
    return type(value) is Arguments and value.given is UNKNOWN and not value.streamed


def leaves(value: Any, above: tuple[Fields, ...] = ()) -> Iterator[tuple[Said | Arguments, tuple[Fields, ...]]]:
    """Give the texts and arguments in a tree in its order, each with the objects that it is in."""
    if isinstance(value, dict):
        for item in value.copy().values():
            if type(item) not in LEAVES:
                yield from leaves(item, (*above, value))
    elif isinstance(value, list):
        for item in value.copy():
            if type(item) not in LEAVES:
                yield from leaves(item, above)
    elif isinstance(value, Ordered):
        for item in value.ordered():
            yield from leaves(item, above)
    elif isinstance(value, (Said, Arguments)):
        yield value, above


def is_same(old: Any, value: Any) -> bool:
    """True if storing a value again changes nothing. Containers are not compared."""
    if type(value) is not type(old) or not (isinstance(value, str) or type(value) in NUMBERS):
        return False
    return bool(value == old) and (type(value) is not float or repr(value) == repr(old))


def assign(fields: Fields, key: str, value: Any, budget: SizeBudget) -> None:
    """Store a value: null never erases, and an empty value never erases a filled one.

    A new value counts as a change of the message; one that is already there does not.
    """
    old = fields.get(key)
    if value is None or (old and value in EMPTY) or is_same(old, value):
        return
    budget.epoch += 1
    fields[key] = replace_field(fields, key, value, budget)


def fill(fields: Fields, source: Fields, budget: SizeBudget) -> None:
    """Store a null where nothing is known: the key is in the object."""
    for key, value in source.items():
        if value is None and key not in fields:
            budget.epoch += 1
            budget.charge(CONTAINER + key_length(key))
            fields[key] = None
