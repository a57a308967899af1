"""Bindings of chat completions: where the values of a frame go when its template matches.

A chunk is *settled* if merging it a second time would change nothing but the streamed texts and the
token counts: every other field repeats its value. After a settled chunk was merged, a frame with the
same template can be merged by appending its texts at the same places. This is a binding. It holds as
long as nothing else changes: everything that changes increases ``budget.epoch``, and a binding is
valid in the epoch in which it was made. Appending to a text and counting tokens change no epoch.

A binding does exactly what the merge would do: charge the size, append, make the events. If it cannot,
for example at a limit, it returns False before it has changed anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..._model.budget import SizeBudget
from ..._model.events import StreamEvent
from ..._payloads.templates import LIST, TEXT, Binding, Slot
from .beside_binding import CountedBinding, ListsBinding
from .choice import ChoiceState
from .reasoning_binding import reasoning_binding
from .slots import Path, slots_of
from .text_binding import arguments_binding, content_binding

if TYPE_CHECKING:
    from .reader import ChatReader


class NothingBinding:
    """Changes nothing, as merging the chunk again would."""

    __slots__ = ("budget", "epoch", "slots")

    def __init__(self, budget: SizeBudget, slots: tuple[Slot, ...]) -> None:
        self.budget = budget
        self.epoch = budget.epoch
        self.slots = slots

    def apply(self, values: Any, events: list[StreamEvent]) -> bool:
        return self.budget.epoch == self.epoch

    def apply_run(self, rows: list[Any], events: list[StreamEvent]) -> bool:
        return self.budget.epoch == self.epoch


def bind(chat: ChatReader, chunk: dict[str, Any]) -> Binding | None:
    """Make the binding of a chunk that was just merged; None if it cannot have one.

    Args:
        chat: the accumulator of chat completions that merged it.
    """
    if chat.context.cumulative:
        return None
    slots = slots_of(chat, chunk)
    if slots is None:
        return None
    paths = [slot.path[3:] for slot in slots if slot.kind == TEXT]
    if not paths:
        return _of_nothing(chat, chunk, slots)
    entry = chunk["choices"][0]
    choice = chat.choices.get(0 if chat.n == 1 else entry["index"])
    found = None if choice is None else _of_texts(choice, entry["delta"], paths)
    if choice is None or found is None:
        return None
    found.slots = tuple(slots)
    lists = any(slot.kind == LIST for slot in slots)
    if chunk.get("usage") and chat.usage is not None:
        return None if lists else CountedBinding(found, chat, chat.usage)
    return ListsBinding(found, choice) if lists else found


def _of_nothing(chat: ChatReader, chunk: dict[str, Any], slots: list[Slot]) -> Binding | None:
    """Make the binding of a chunk that brought nothing new: xAI sends many while the model thinks."""
    if not slots or chunk.get("usage") or any(slot.kind == LIST for slot in slots):
        return None
    return NothingBinding(chat.context.budget, tuple(slots))


def _of_texts(choice: ChoiceState, delta: dict[str, Any], paths: list[Path]) -> Binding | None:
    """Make the binding of the texts of a delta."""
    if paths == [("content",)]:
        return content_binding(choice)
    if paths == [("tool_calls", 0, "function", "arguments")]:
        calls = choice.calls
        call = None if calls is None else calls.by_index.get(delta["tool_calls"][0]["index"])
        return None if calls is None or call is None else arguments_binding(choice, calls, call)
    return reasoning_binding(choice, delta, paths)
