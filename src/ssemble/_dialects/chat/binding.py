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

from typing import Any

from ..._model.budget import SizeBudget
from ..._model.events import ReasoningDelta, StreamEvent, TextDelta, ToolCallDelta, UsageUpdate
from ..._model.text import Text
from ..._payloads.templates import NUMBER, TEXT, Binding, Slot
from .call import Call
from .choice import ChoiceState
from .merge import MergedList
from .object_scanner import UNREAD
from .reasoning import REASONING_FIELDS, Kind, block_of
from .slots import Path, slots_of

REASONING_KEYS = ("reasoning_details", *REASONING_FIELDS)  # the first present makes the event, like in `reasoning_of`


def bind(chat: Any, chunk: dict[str, Any]) -> Binding | None:
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
        return None
    entry = chunk["choices"][0]
    choice = chat.choices.get(0 if chat.n == 1 else entry["index"])
    if choice is None:
        return None
    found: ContentBinding | ArgumentsBinding | SeveralBinding | None
    if paths == [("content",)]:
        found = ContentBinding.of(choice)
    elif paths == [("tool_calls", 0, "function", "arguments")]:
        calls = choice.calls
        call = None if calls is None else calls.by_index.get(entry["delta"]["tool_calls"][0]["index"])
        found = None if call is None else ArgumentsBinding.of(choice, call)
    else:
        found = SeveralBinding.of(choice, entry["delta"], paths)
    if found is None:
        return None
    found.slots = tuple(slots)
    counts = [slot.path[1:] for slot in slots if slot.kind == NUMBER] if chunk.get("usage") else []
    return found if not chunk.get("usage") else CountedBinding(found, chat, counts, chat.usage)


class TextBinding:
    """Appends to one text of a choice."""

    __slots__ = ("budget", "epoch", "feeds", "index", "slots", "text")
    slots: tuple[Slot, ...]

    def __init__(self, choice: ChoiceState, text: Text) -> None:
        self.budget: SizeBudget = choice.context.budget
        self.epoch = self.budget.epoch
        self.feeds = choice.context.partial_feeds
        self.index = choice.index
        self.text = text


class ContentBinding(TextBinding):
    """Appends to the content of a choice."""

    __slots__ = ()

    @classmethod
    def of(cls, choice: ChoiceState) -> ContentBinding | None:
        text = choice.text
        return None if choice.content is not text or text.pending_surrogate else cls(choice, text)

    def apply(self, values: str, events: list[StreamEvent]) -> bool:
        budget, text, size = self.budget, self.text, len(values)
        total = budget.size + size
        if budget.epoch != self.epoch or not size or total > budget.limit:
            return False
        budget.size = total
        # As `Text.append`; written out, because this runs once for most frames of a stream.
        pieces = text.pieces
        pieces.append(values)
        text.size += size
        if len(pieces) >= text.join_at:
            text.join_newest()
        events.append(TextDelta(values, self.index, 0))
        # Looked up each time: another thread may request a PartialJSON at any time.
        if self.feeds and (feed := self.feeds.get(self.index)) is not None:
            feed.take(values, text, text.size)
        return True

    def apply_run(self, rows: list[str], events: list[StreamEvent]) -> bool:
        budget, new, index = self.budget, "".join(rows), self.index
        total = budget.size + len(new)
        if budget.epoch != self.epoch or total > budget.limit or "" in rows:
            return False
        budget.size = total
        self.text.append(new)
        events += [TextDelta(text, index, 0) for text in rows]
        if self.feeds and (feed := self.feeds.get(index)) is not None:
            feed.take(new, self.text, self.text.size)
        return True


class ArgumentsBinding(TextBinding):
    """Appends to the arguments of a call."""

    __slots__ = ("call", "calls", "ordinal")

    @classmethod
    def of(cls, choice: ChoiceState, call: Call) -> ArgumentsBinding | None:
        ordinal = call.ordinal
        if call.custom or call.pending or call.ended or call.closing or ordinal is None:
            return None
        if call.arguments.pending_surrogate:
            return None
        binding = cls(choice, call.arguments)
        binding.call = call
        binding.calls = choice.calls
        binding.ordinal = ordinal
        return binding

    call: Call
    calls: Any
    ordinal: int

    def apply(self, values: str, events: list[StreamEvent]) -> bool:
        budget, size, call, text = self.budget, len(values), self.call, self.text
        if budget.epoch != self.epoch or not size or budget.size + size > budget.limit:
            return False
        if (size == text.size or call.newest is not None) and values.lstrip().startswith("{"):
            return False  # it may repeat or replace the arguments: the full merge decides
        budget.size += size
        text.pieces.append(values)
        text.size += size
        if len(text.pieces) >= text.join_at:
            text.join_newest()
        call.emitted += size
        self.calls.latest = call
        call.scanner.unread.append(values)
        if len(call.scanner.unread) >= UNREAD:
            call.scanner.is_closed()
        events.append(ToolCallDelta(self.index, self.ordinal, values))
        if call.partial_feed is not None:
            call.partial_feed.take(values, text, call.emitted)
        return True

    def apply_run(self, rows: list[str], events: list[StreamEvent]) -> bool:
        budget, new, call = self.budget, "".join(rows), self.call
        total = budget.size + len(new)
        if budget.epoch != self.epoch or total > budget.limit:
            return False
        if "" in rows or ("{" in new and any([text.lstrip().startswith("{") for text in rows])):
            return False
        budget.size = total
        self.text.append(new)
        call.emitted += len(new)
        self.calls.latest = call
        call.scanner.unread.append(new)
        if len(call.scanner.unread) >= UNREAD:
            call.scanner.is_closed()
        index, ordinal = self.index, self.ordinal
        events += [ToolCallDelta(index, ordinal, text) for text in rows]
        if call.partial_feed is not None:
            call.partial_feed.take(new, self.text, call.emitted)
        return True


class SeveralBinding(TextBinding):
    """Appends several texts of one delta: content, and reasoning under one or more names with one event."""

    __slots__ = ("block", "content", "kind", "reasoning", "targets", "thought")
    block: int
    content: int | None
    kind: Kind
    targets: list[Text]
    thought: int

    @classmethod
    def of(cls, choice: ChoiceState, delta: dict[str, Any], paths: list[Path]) -> SeveralBinding | None:
        places = {path[0]: number for number, path in enumerate(paths)}
        thought = next((places[name] for name in REASONING_KEYS if name in places), None)
        targets = [_target(choice, delta, path) for path in paths]
        texts: list[Text] = [each for each in targets if isinstance(each, Text) and not each.pending_surrogate]
        reasoning = choice.reasoning
        if thought is None or len(texts) < len(paths) or reasoning is None or reasoning.pending_surrogate:
            return None
        binding = cls(choice, reasoning)
        binding.targets = texts
        binding.thought = thought
        binding.content = places.get("content")
        binding.kind = "summary" if paths[thought][-1] == "summary" else "text"
        first = paths[thought][0] == "reasoning_details"
        binding.block = block_of(delta["reasoning_details"][0]) if first else 0
        return binding

    def apply(self, values: Any, events: list[StreamEvent]) -> bool:
        texts: list[str] = [values] if len(self.targets) == 1 else values
        budget, size = self.budget, len(texts[self.thought])
        for text in texts:
            if not text:
                return False
            size += len(text)
        if budget.epoch != self.epoch or budget.size + size > budget.limit:
            return False
        budget.size += size
        for target, text in zip(self.targets, texts, strict=True):
            _append(target, text)
        if self.content is not None:
            self._follow(texts[self.content], events)
        text = texts[self.thought]
        _append(self.text, text)
        events.append(ReasoningDelta(text, self.index, self.kind, self.block))
        return True

    def _follow(self, text: str, events: list[StreamEvent]) -> None:
        events.append(TextDelta(text, self.index))
        if self.feeds and (feed := self.feeds.get(self.index)) is not None:
            content = self.targets[self.content or 0]
            feed.take(text, content, content.size)

    def apply_run(self, rows: list[Any], events: list[StreamEvent]) -> bool:
        if len(self.targets) > 1:
            return False
        budget, new = self.budget, "".join(rows)
        total = budget.size + 2 * len(new)
        if budget.epoch != self.epoch or total > budget.limit or "" in rows:
            return False
        budget.size = total
        self.targets[0].append(new)
        self.text.append(new)
        index, kind, block = self.index, self.kind, self.block
        events += [ReasoningDelta(text, index, kind, block) for text in rows]
        return True


class CountedBinding:
    """Appends texts, and takes the token counts that come with each of them."""

    __slots__ = ("chat", "counts", "inner", "slots", "texts", "usage")

    def __init__(self, inner: Binding, chat: Any, paths: list[Path], usage: dict[str, Any]) -> None:
        self.inner = inner
        self.chat = chat
        self.slots = inner.slots
        wanted = [slot.kind for slot in inner.slots if slot.kind in (TEXT, NUMBER)]
        self.texts = [at for at, kind in enumerate(wanted) if kind == TEXT]
        places = [at for at, kind in enumerate(wanted) if kind == NUMBER]
        self.counts = list(zip(places, paths, strict=True))
        self.usage = usage  # no merge changes it, so its unchanged parts are shared

    def apply(self, values: Any, events: list[StreamEvent]) -> bool:
        usage = self.usage
        if self.counts:
            usage = usage.copy()
            for at, (*path, last) in self.counts:
                owner: dict[Any, Any] = usage
                for key in path:
                    owner[key] = owner = owner[key].copy()
                owner[last] = values[at]
            texts = values[self.texts[0]] if len(self.texts) == 1 else [values[at] for at in self.texts]
        else:
            texts = values
        if not self.inner.apply(texts, events):
            return False
        if usage != self.chat.usage:
            self.chat.usage = usage
            events.append(UsageUpdate(_copied(usage)))
        return True

    def apply_run(self, rows: list[Any], events: list[StreamEvent]) -> bool:
        return False


def _copied(usage: dict[Any, Any]) -> dict[Any, Any]:
    """Copy token counts, which are objects of numbers."""
    copy = usage.copy()
    for key, value in usage.items():
        if type(value) is dict:
            copy[key] = _copied(value)
    return copy


def _append(target: Text, text: str) -> None:
    target.pieces.append(text)
    target.size += len(text)
    if len(target.pieces) >= target.join_at:
        target.join_newest()


def _target(choice: ChoiceState, delta: dict[str, Any], path: Path) -> Any:
    """The place where a text of the delta was merged."""
    if path == ("content",):
        return choice.content if choice.content is choice.text else None
    if path[0] != "reasoning_details":
        return choice.message.get(str(path[0]))
    entry = delta["reasoning_details"][0]
    entries = choice.message.get("reasoning_details")
    merged = entries.last.get(entry["index"]) if isinstance(entries, MergedList) else None
    return None if merged is None else merged.get(str(path[-1]))
