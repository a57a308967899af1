"""The texts and the calls of a tree: what is appended to them, with their events and their bindings.

A payload can be bound if merging it did nothing but append to one text or to the arguments of one call:
then the tree has not changed, and there is one event. So the readers themselves say nothing of bindings.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from .._limits import Limits
from .._model.events import StreamEvent
from .._model.text import Text
from .._payloads.templates import DIGITS, SKIP, Binding, Slot, is_number
from .answer import Answer, ReasoningKind
from .bindings import bind_arguments, bind_reasoning, bind_text
from .fields import Fields, index_or, text_or_none, text_or_repr
from .live_call import LiveCall
from .one_answer import OneAnswerReader
from .tool_input import as_text, is_whole, says
from .tree import UNKNOWN, Arguments, Kind, Said, leaves

LEAF_COST = 64  # characters charged for a text besides its pieces, and for arguments: about the memory they need
Path = tuple["str | int", ...]


class TreeAnswer(OneAnswerReader):
    """The growing part of a tree.

    Attributes:
        ignored: keys of payloads that are not stored and may change from payload to payload.
        fields: the object.
        usage: the token counts so far.
    """

    __slots__ = ("_bound", "_last", "_said", "fields", "usage")

    ignored: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, *, limits: Limits = Limits(), n: int | None = None, cumulative: bool = False) -> None:
        super().__init__(limits)
        self.fields: Fields = {}
        self.usage: Fields | None = None
        self._said: list[Said] = []
        self._last: Said | None = None  # the text that was appended to last
        self._bound: tuple[Said | LiveCall, Path] | None = None  # what the last payload appended to

    def tree(self) -> Fields:
        """Return the object in the provider's shape."""
        return self.fields if self.usage is None else {**self.fields, "usage": self.usage}

    def index_in(self, payload: Fields, key: str, default: int) -> int:
        """Return an index on the wire."""
        index = payload.get(key)
        if type(index) is not int:
            self.repair("missing_index")
        return index_or(index, default)

    def start_text(self, kind: Kind, choice: int = 0, part: int | None = None) -> Said:
        """Make a text of the object; its number in its choice counts up, if none is given."""
        self.budget.charge(LEAF_COST)
        self.answer.changed()
        said = Said(kind, choice, len(self._said) if part is None else part)
        self._said.append(said)
        return said

    def say(self, said: Said, text: str, path: Path, events: list[StreamEvent]) -> None:
        """Append to a text of the object.

        Args:
            said: the text.
            text: what is new.
            path: where it is in the payload.
            events: its event is appended.
        """
        if self._last is not said:
            if self._last is not None and self._last.pending_surrogate:
                self._end_text(self._last, events)
            self._last = said
        if said.kind == "text":
            self.answer_of(said.choice).add_text(said, said.part, text, events)
        elif said.kind:
            self.answer_of(said.choice).add_reasoning(said, said.part, text, _reasoning(said), events)
        else:
            self.budget.charge(len(text))
            said.add(text)
            return
        if text:
            self._bound = said, path

    def start_call(self, call_id: Any, name: Any, given: Any, parsed: bool, events: list[StreamEvent]) -> Arguments:
        """Start a call that the caller is to run; return its arguments for the object."""
        self.budget.charge(LEAF_COST)
        call = self.answer.start_call(text_or_repr(call_id), text_or_none(name) or "", "function", events)
        return Arguments(call, self.budget.copy(given), parsed)

    def whole_call(self, call_id: Any, name: Any, given: Any, events: list[StreamEvent]) -> Arguments:
        """Add a call that came whole; return its arguments for the object."""
        arguments = self.start_call(call_id, name, given, True, events)
        assert arguments.call is not None
        self.answer.add_arguments(arguments.call, as_text(arguments.given), events)
        arguments.open = False
        self.answer.end_call(arguments.call, events)
        return arguments

    def argue(self, arguments: Arguments, text: str, path: Path, events: list[StreamEvent]) -> bool:
        """Append to the arguments of an open call; False if there is no event for it."""
        if not text:
            return True
        if not arguments.streamed:
            self.answer.changed()
            arguments.streamed = True
        if arguments.call is None:
            self.budget.charge(len(text))
            arguments.text.add(text)
            return False
        self.answer.add_arguments(arguments.call, text, events)
        self._bound = arguments.call, path
        return True

    def close(self, arguments: Arguments, events: list[StreamEvent]) -> None:
        """End a call that the wire closed. What its start gave is told now: text could still replace it."""
        if not arguments.open or self.budget.full:
            return
        self.answer.changed()
        arguments.open = False
        call = arguments.call
        if call is not None:
            if arguments.given and arguments.given is not UNKNOWN and not arguments.streamed:
                self.answer.add_arguments(call, as_text(arguments.given), events)
            self.answer.end_call(call, events)

    def settle_call(self, arguments: Arguments, given: Any, events: list[StreamEvent]) -> None:
        """End a call with its whole arguments: the object has these, whatever was streamed."""
        if not arguments.open:
            return
        self.answer.changed()
        arguments.given = self.budget.copy(given)
        if not arguments.streamed:
            self.close(arguments, events)
            return
        if arguments.call is not None and not says(arguments.text.to_json(), arguments.given):
            # What is run is what the object says.
            arguments.text = arguments.call.arguments = Text()
            arguments.call.feed = None
            arguments.call.append(as_text(arguments.given))
        self.close(arguments, events)
        arguments.streamed = False

    def close_all(self, events: list[StreamEvent], only_whole: bool = False) -> None:
        """End the calls that are open.

        Args:
            events: their events are appended.
            only_whole: not those whose arguments are not complete JSON. Those without any are complete.
        """
        for leaf, _ in leaves(self.tree()):
            if isinstance(leaf, Arguments) and leaf.open:
                if not (only_whole and leaf.streamed) or is_whole(leaf.text.to_json()):
                    self.close(leaf, events)

    def release(self, events: list[StreamEvent]) -> None:
        """Give out what was held back."""
        for said in self._said:
            if said.pending_surrogate:
                self._end_text(said, events)
        for call in self.answer.calls:
            self.answer.flush_call(call, events)

    def _end_text(self, said: Said, events: list[StreamEvent]) -> None:
        if said.kind == "text":
            self.answer_of(said.choice).end_text(said, said.part, events)
        elif said.kind:
            self.answer_of(said.choice).end_reasoning(said, said.part, _reasoning(said), events)

    def bind(self, payload: Any, name: str) -> Binding | None:
        """Say how another payload like the one that was just merged can be merged; None if that is not certain."""
        if self._bound is None:
            return None
        target, path = self._bound
        slots = tuple(self._slots(payload, path, 0))
        if isinstance(target, LiveCall):
            return bind_arguments(self.answer, slots, target)
        answer = self.answer_of(target.choice)
        if target.kind == "text":
            return bind_text(answer, slots, target, target.part)
        return bind_reasoning(answer, slots, target, target.part, _reasoning(target))

    def _slots(self, holder: Any, path: Path, depth: int) -> Iterator[Slot]:
        """Give the values that may change: the text at a path, and what is not stored."""
        if depth == len(path):
            yield Slot(path)
        elif isinstance(holder, dict):
            for key, value in holder.items():
                if key == path[depth]:
                    yield from self._slots(value, path, depth + 1)
                elif key in self.ignored and isinstance(value, str):
                    yield Slot((*path[:depth], key), SKIP)
                elif key in self.ignored and is_number(value):
                    yield Slot((*path[:depth], key), DIGITS)
        else:
            yield from self._slots(holder[path[depth]], path, depth + 1)

    def answer_of(self, choice: int) -> Answer:
        """Return the answer of a choice; most dialects have one."""
        return self.answer


def _reasoning(said: Said) -> ReasoningKind:
    return "summary" if said.kind == "summary" else "text"
