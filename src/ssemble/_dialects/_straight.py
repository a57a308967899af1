"""Bindings: where the texts of a frame go when its template matches (see `_envelope`).

A chunk is *settled* if merging it a second time would change nothing but the streamed texts: every
other field repeats its value. After a settled chunk was merged, a frame with the same template can
be merged by appending its texts at the same places. This is a binding (`Straight`). It holds as long
as only such chunks come; `_forms` removes it otherwise.

A binding does exactly what the merge would do: charge the size, append, make the events. If it
cannot, for example at a limit, it returns False before it has changed anything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .._budget import SizeBudget
from .._envelope import Hole
from .._events import ReasoningDelta, StreamEvent, TextDelta, ToolCallDelta
from .._merge import CONSTANT, MergedList, entry_index
from .._text import Text
from ._call import Call
from ._choice import ChoiceState
from ._object_scanner import UNREAD
from ._reasoning import REASONING_FIELDS, Kind
from .openai_chat import ChatCompletionAccumulator

Apply = Callable[[Sequence[str], list[StreamEvent]], bool]
ApplyRun = Callable[[list[str], list[StreamEvent]], bool]
Lines = tuple[Apply, ApplyRun | None]

PADDING = ("obfuscation", "p")
APART = ("choices", "created", "id", *PADDING)  # top-level fields that may differ between chunks
SCALARS = (str, int, float, bool, type(None))
DETAIL_TEXTS = ("text", "summary")
EMPTY = (None, "")
EMPTIES: tuple[Any, ...] = (None, "", [], {})
SPOKEN = frozenset(("content", *REASONING_FIELDS))
TOLD = SPOKEN | {"refusal", "text", "tool_calls", "function_call"}  # other types in these need the full merge
THOUGHTS = ("reasoning_details", *REASONING_FIELDS)  # the first one present makes the event, like in `reasoning_of`
NUMBERS = frozenset((bool, int, float))


class Straight:
    """The binding of one form of chunk."""

    __slots__ = ("apply", "apply_run", "choice", "top")

    def __init__(self, top: str, choice: int, apply: Apply, apply_run: ApplyRun | None) -> None:
        self.top = top  # repr of the other top-level fields; text, because 1 == True == 1.0
        self.choice = choice
        self.apply = apply  # append the texts of one chunk
        self.apply_run = apply_run  # append one text of each of several chunks


def holes_of(chunk: dict[str, Any], first: dict[str, Any]) -> list[Hole] | None:
    """Return the leaves of a chunk that may change; None if the rest of the chunk is not settled.

    The texts of the delta come first, then skipped values: padding, and an ``id`` or ``created`` that
    differs from the first chunk (the message keeps the first one).
    """
    choices = chunk.get("choices")
    if type(choices) is not list or len(choices) != 1 or type(choices[0]) is not dict:
        return None
    choice = choices[0]
    if type(choice.get("index")) is not int or type(choice.get("delta")) is not dict:
        return None
    extra = chunk.get("x_groq")
    if chunk.get("usage") or choice.get("usage") or (type(extra) is dict and extra.get("usage")):
        return None
    texts = _delta_holes(choice["delta"])
    if texts is None or choice.get("finish_reason") not in EMPTY or "text" in choice:
        return None
    if not _settled(choice, ("delta",)) or not _settled(chunk, ("choices", *PADDING)):
        return None
    passed = [Hole((key,), wanted=False) for key in PADDING if type(chunk.get(key)) is str]
    now, id = chunk.get("created"), chunk.get("id")
    if first and type(now) is int and 0 < now < 10**18 and now != first.get("created"):
        passed.append(Hole(("created",), wanted=False))
    if first and type(id) is str and id and id != first.get("id"):
        passed.append(Hole(("id",), wanted=False))
    return [Hole(("choices", 0, "delta", *path)) for path in texts] + passed


def _settled(fields: dict[str, Any], apart: Sequence[str] = ()) -> bool:
    """True if merging these fields outside a delta again changes nothing."""
    for key, value in fields.items():
        if key in apart or type(value) in SCALARS or value == []:
            continue
        if type(value) is not dict or not _settled(value):
            return False
    return True


def _delta_holes(delta: dict[str, Any]) -> list[tuple[str | int, ...]] | None:
    """Return the paths of the texts in a delta; None if there are none, or another field is not settled."""
    paths: list[tuple[str | int, ...]] = []
    for key, value in delta.items():
        if value in EMPTIES:
            continue
        if key in SPOKEN and type(value) is str:
            paths.append((key,))
        elif key == "tool_calls" and _is_fragment(value):
            paths.append(("tool_calls", 0, "function", "arguments"))
        elif key == "reasoning_details" and (text := _detail_text(value)) is not None:
            paths.append(("reasoning_details", 0, text))
        elif key in TOLD or (type(value) not in NUMBERS and not (key in CONSTANT and type(value) is str)):
            return None
    return paths or None


def _is_fragment(calls: Any) -> bool:
    """True if ``tool_calls`` is a single fragment that only continues the arguments of a call."""
    if type(calls) is not list or len(calls) != 1 or type(calls[0]) is not dict:
        return False
    entry = calls[0]
    body = entry.get("function")
    if type(entry.get("index")) is not int or entry.get("id") not in EMPTY or type(body) is not dict:
        return False
    if not entry.keys() <= {"index", "id", "type", "function"} or not body.keys() <= {"name", "arguments"}:
        return False
    return body.get("name") in EMPTY and type(body.get("arguments")) is str and body["arguments"] != ""


def _detail_text(details: Any) -> str | None:
    """Return the key of the text if ``reasoning_details`` is one indexed entry with one text; else None."""
    if type(details) is not list or len(details) != 1 or type(details[0]) is not dict:
        return None
    entry = details[0]
    texts = [key for key in DETAIL_TEXTS if type(entry.get(key)) is str and entry[key]]
    if entry_index(entry) is None or type(entry.get("type")) is not str or len(texts) != 1:
        return None
    for key, value in entry.items():
        if key not in ("index", texts[0]) and value is not None:
            if key not in ("type", "format", "id") or type(value) is not str:
                return None
    return texts[0]


def straight_line(
    chat: ChatCompletionAccumulator,
    chunk: dict[str, Any],
    holes: Sequence[Hole],
    order: Sequence[int],
    emit: bool,
) -> Straight | None:
    """Make the binding of a chunk that was just merged; None if it cannot have one.

    Args:
        told: make events; False if only the message is wanted.
    """
    top = repr([(key, value) for key, value in chunk.items() if key not in APART])
    entry = chunk["choices"][0]
    choice, budget = chat.choices.get(0 if chat.n == 1 else entry["index"]), chat.context.budget
    if choice is None or chat.context.cumulative:
        return None
    paths = [hole.path[3:] for hole in holes if hole.wanted]
    if paths == [("content",)]:
        found = _content(choice, budget, emit)
    elif paths == [("tool_calls", 0, "function", "arguments")]:
        call = choice.calls.by_index.get(entry["delta"]["tool_calls"][0]["index"])
        found = None if call is None else _arguments(choice, call, budget, emit)
    else:
        found = _texts(choice, budget, entry["delta"], [paths[i] for i in order], emit)
    return None if found is None else Straight(top, choice.index, *found)


def _content(choice: ChoiceState, budget: SizeBudget, emit: bool) -> Lines | None:
    content, index = choice.text, choice.index
    if choice.content is not content or content.pending_surrogate:
        return None
    pieces, partial_feeds = content.pieces, choice.context.partial_feeds

    def apply(texts: Sequence[str], events: list[StreamEvent]) -> bool:
        text = texts[0]
        size = len(text)
        if not size or budget.size + size > budget.limit:
            return False
        budget.size += size
        pieces.append(text)
        content.size += size
        if len(pieces) >= content.join_at:
            content.join_newest()
        if emit:
            events.append(TextDelta(text, index))
        # Looked up each time: another thread may request a PartialJSON at any time.
        if partial_feeds and (partial_feed := partial_feeds.get(index)) is not None:
            partial_feed.take(text, content, content.size)
        return True

    def apply_run(texts: list[str], events: list[StreamEvent]) -> bool:
        size = sum(map(len, texts))
        if budget.size + size > budget.limit:
            return False
        budget.size += size
        content.extend(texts)
        if emit:
            events += [TextDelta(text, index) for text in texts]
        if partial_feeds and (partial_feed := partial_feeds.get(index)) is not None:
            partial_feed.take("".join(texts), content, content.size)
        return True

    return apply, apply_run


def _arguments(choice: ChoiceState, call: Call, budget: SizeBudget, emit: bool) -> Lines | None:
    arguments, ordinal, index = call.arguments, call.ordinal, choice.index
    if call.custom or call.pending or call.ended or call.closing or ordinal is None or arguments.pending_surrogate:
        return None
    pieces, unread = arguments.pieces, call.scanner.unread

    def apply(texts: Sequence[str], events: list[StreamEvent]) -> bool:
        text = texts[0]
        size = len(text)
        # A fragment that opens an object may repeat or replace the arguments: the full merge decides.
        if not size or text[0] == "{" or budget.size + size > budget.limit:
            return False
        budget.size += size
        pieces.append(text)
        arguments.size += size
        call.emitted += size
        if len(pieces) >= arguments.join_at:
            arguments.join_newest()
        unread.append(text)
        if len(unread) >= UNREAD:
            call.scanner.is_closed()
        if emit:
            events.append(ToolCallDelta(index, ordinal, text))
        if call.partial_feed is not None:
            call.partial_feed.take(text, arguments, call.emitted)
        return True

    def apply_run(texts: list[str], events: list[StreamEvent]) -> bool:
        size = sum(map(len, texts))
        if budget.size + size > budget.limit or any(text[0] == "{" for text in texts):
            return False
        budget.size += size
        arguments.extend(texts)
        call.emitted += size
        unread.extend(texts)
        if len(unread) >= UNREAD:
            call.scanner.is_closed()
        if emit:
            events += [ToolCallDelta(index, ordinal, text) for text in texts]
        if call.partial_feed is not None:
            call.partial_feed.take("".join(texts), arguments, call.emitted)
        return True

    return apply, apply_run


def _texts(
    choice: ChoiceState, budget: SizeBudget, delta: dict[str, Any], paths: list[tuple[str | int, ...]], emit: bool
) -> Lines | None:
    """Several texts in one delta: content, and reasoning under one or more names but with one event."""
    places = {path[0]: number for number, path in enumerate(paths)}
    thought = next((places[name] for name in THOUGHTS if name in places), None)
    sinks = [_sink(choice, delta, path) for path in paths]
    texts_of: list[Text] = [sink for sink in sinks if isinstance(sink, Text) and not sink.pending_surrogate]
    if thought is None or len(texts_of) < len(paths):
        return None
    spoken = places.get("content")
    kind: Kind = "summary" if paths[thought][-1] == "summary" else "text"
    reasoning, index = choice.reasoning, choice.index
    partial_feeds, content = choice.context.partial_feeds, choice.text

    def apply(texts: Sequence[str], events: list[StreamEvent]) -> bool:
        size = len(texts[thought])
        for text in texts:
            if not text:
                return False
            size += len(text)
        if budget.size + size > budget.limit:
            return False
        budget.size += size
        for sink, text in zip(texts_of, texts, strict=True):
            sink.pieces.append(text)
            sink.size += len(text)
            if len(sink.pieces) >= sink.join_at:
                sink.join_newest()
        if spoken is not None:
            if emit:
                events.append(TextDelta(texts[spoken], index))
            if partial_feeds and (partial_feed := partial_feeds.get(index)) is not None:
                partial_feed.take(texts[spoken], content, content.size)
        text = texts[thought]
        reasoning.pieces.append(text)
        reasoning.size += len(text)
        if len(reasoning.pieces) >= reasoning.join_at:
            reasoning.join_newest()
        if emit:
            events.append(ReasoningDelta(text, index, kind))
        return True

    def apply_run(texts: list[str], events: list[StreamEvent]) -> bool:
        size = 2 * sum(map(len, texts))
        if budget.size + size > budget.limit:
            return False
        budget.size += size
        texts_of[0].extend(texts)
        reasoning.extend(texts)
        if emit:
            events += [ReasoningDelta(text, index, kind) for text in texts]
        return True

    return apply, apply_run if len(paths) == 1 else None


def _sink(choice: ChoiceState, delta: dict[str, Any], path: tuple[str | int, ...]) -> Any:
    """The place where a text of the delta was merged."""
    if path == ("content",):
        return choice.content
    if path[0] != "reasoning_details":
        return choice.message.get(str(path[0]))
    entry = delta["reasoning_details"][0]
    entries = choice.message.get("reasoning_details")
    merged = entries.last.get(entry["index"]) if isinstance(entries, MergedList) else None
    return None if merged is None else merged.get(str(path[-1]))
