"""Bindings of what may come beside the texts of a chunk: token counts, and lists such as log probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..._errors import ProtocolError
from ..._model.budget import plain_size
from ..._model.events import StreamEvent, UsageUpdate
from ..._payloads.templates import TEXT, WANTED, Binding, leaf
from .choice import ChoiceState
from .merge import MergedList
from .slots import COUNTS

if TYPE_CHECKING:
    from .reader import ChatReader

NUMBERS_LEVEL = 1  # of a list in a choice: only one of numbers is extended, except under logprobs


class BesideBinding:
    """Appends texts by another binding, and takes what comes beside them."""

    __slots__ = ("inner", "places", "slots", "texts")

    def __init__(self, inner: Binding) -> None:
        self.inner = inner
        self.slots = inner.slots
        wanted = [slot for slot in inner.slots if slot.kind in WANTED]
        self.texts = [at for at, slot in enumerate(wanted) if slot.kind == TEXT]
        # The others: their number among the values, and their path.
        self.places = [(at, slot.path) for at, slot in enumerate(wanted) if slot.kind != TEXT]

    def append(self, values: Any, events: list[StreamEvent]) -> bool:
        """Append the texts among the values."""
        if not self.places:
            return self.inner.apply(values, events)
        texts = values[self.texts[0]] if len(self.texts) == 1 else [values[at] for at in self.texts]
        return self.inner.apply(texts, events)

    def apply_run(self, rows: list[Any], events: list[StreamEvent]) -> bool:
        return False


class CountedBinding(BesideBinding):
    """Appends texts, and takes the token counts that come with each of them."""

    __slots__ = ("chat", "usage")

    def __init__(self, inner: Binding, chat: ChatReader, usage: dict[str, Any]) -> None:
        super().__init__(inner)
        self.chat = chat
        self.usage = usage  # no merge changes it, so its unchanged parts are shared

    def apply(self, values: Any, events: list[StreamEvent]) -> bool:
        usage = self.usage.copy() if self.places else self.usage
        for at, (_, *path, last) in self.places:
            owner: dict[Any, Any] = usage
            for key in path:
                owner[key] = owner = owner[key].copy()
            owner[last] = values[at]
        if not self.append(values, events):
            return False
        if usage != self.chat.usage:
            self.chat.usage = usage
            events.append(UsageUpdate(_copied(usage)))
        return True


def _copied(usage: dict[Any, Any]) -> dict[Any, Any]:
    """Copy token counts, which are objects of numbers."""
    copy = usage.copy()
    for key, value in usage.items():
        if type(value) is dict:
            copy[key] = _copied(value)
    return copy


class ListsBinding(BesideBinding):
    """Appends texts, and extends the lists that come with each of them."""

    __slots__ = ("budget", "lists")

    def __init__(self, inner: Binding, choice: ChoiceState) -> None:
        super().__init__(inner)
        self.budget = choice.context.budget
        # For each list: its number among the values, where it goes, and the level of its entries.
        self.lists: list[tuple[int, MergedList, int]] = [
            (at, leaf(choice.fields, path[2:]), len(path) - 2) for at, path in self.places
        ]

    def apply(self, values: Any, events: list[StreamEvent]) -> bool:
        size = 0
        for at, _, level in self.lists:
            more = _size(values[at], level)
            if more < 0:
                return False
            size += more
        self.budget.size += size
        if not self.append(values, events):
            self.budget.size -= size
            return False
        for at, target, _ in self.lists:
            target.items += values[at]
        return True


def _size(values: list[Any], level: int) -> int:
    """Return what a list costs; -1 if it does not just extend the one before it."""
    if not values or (level == NUMBERS_LEVEL and any(type(value) not in COUNTS for value in values)):
        return -1
    try:
        return plain_size(values, level)
    except ProtocolError:  # nested too deep
        return -1
