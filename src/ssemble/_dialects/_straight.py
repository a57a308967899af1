"""The accumulator's straight line: a chunk like one before it, but for the text it brings.

A chunk is *settled* if merging it again changes nothing but the streamed texts: every other field
only says again what was said. Then the texts go where that merge would put them, and nothing else
needs to be looked at, for as long as only such chunks come.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .._envelope import Hole
from .._events import ReasoningDelta, StreamEvent, TextDelta, ToolCallDelta
from .._merge import CONSTANT, Kept, entry_index
from .._text import MANY, Text
from ._choice import ChoiceState
from ._parts import REASONING_FIELDS
from ._tool_calls import Call
from .openai_chat import ChatCompletionAccumulator

Apply = Callable[[Sequence[str], list[StreamEvent]], bool]
ApplyRun = Callable[[list[str], list[StreamEvent]], bool]

PADDING = ("obfuscation", "p")
APART = ("choices", "created", "id", *PADDING)  # what a line need not agree in with the message as a whole
SCALARS = (str, int, float, bool, type(None))
DETAIL_TEXTS = ("text", "summary")
EMPTY = (None, "")
EMPTIES: tuple[Any, ...] = (None, "", [], {})
SPOKEN = frozenset(("content", *REASONING_FIELDS))
NUMBERS = frozenset((bool, int, float))


class Straight:
    """Where the texts of one form of chunk go."""

    __slots__ = ("apply", "apply_run", "choice", "top")

    def __init__(self, top: list[Any], choice: int, apply: Apply, apply_run: ApplyRun | None) -> None:
        self.top = top  # what the chunk says of the message as a whole
        self.choice = choice
        self.apply = apply  # the texts of one chunk
        self.apply_run = apply_run  # the one text of each of several chunks


def holes_of(chunk: dict[str, Any], first: dict[str, Any]) -> list[Hole] | None:
    """Name the leaves of a chunk that may change; None if the chunk is not settled without them.

    The texts of the delta come first, then what is passed over: padding, and an ``id`` or a time that
    is another than in the first chunk of such a form; the message keeps its first one.
    """
    choices = chunk.get("choices")
    if type(choices) is not list or len(choices) != 1 or type(choices[0]) is not dict:
        return None
    choice = choices[0]
    if type(choice.get("index")) is not int or type(choice.get("delta")) is not dict:
        return None
    if choice.get("finish_reason") not in EMPTY or choice.get("usage") or "message" in choice or "error" in choice:
        return None
    extra = chunk.get("x_groq")
    if chunk.get("usage") or chunk.get("error") or (type(extra) is dict and extra.get("usage")):
        return None
    texts = _delta_holes(choice["delta"])
    if texts is None or not _settled(choice, ("index", "delta", "finish_reason", "usage")) or "text" in choice:
        return None
    if not _settled(chunk, ("choices", "usage", "error", *PADDING)):
        return None
    passed = [Hole((key,), wanted=False) for key in PADDING if type(chunk.get(key)) is str]
    now, id = chunk.get("created"), chunk.get("id")
    if first and type(now) is int and 0 < now < 10**18 and now != first.get("created"):
        passed.append(Hole(("created",), wanted=False))
    if first and type(id) is str and id and id != first.get("id"):
        passed.append(Hole(("id",), wanted=False))
    return [Hole(("choices", 0, "delta", *path)) for path in texts] + passed


def _settled(fields: dict[str, Any], apart: Sequence[str] = ()) -> bool:
    """True if merging the fields again, outside a delta, changes nothing: the last scalar wins."""
    for key, value in fields.items():
        if key in apart or type(value) in SCALARS or value == []:
            continue
        if type(value) is not dict or not _settled(value) or (key == "logprobs" and any(value.values())):
            return False
    return True


def _delta_holes(delta: dict[str, Any]) -> list[tuple[str | int, ...]] | None:
    """Find the texts of a delta; None if it has none, or another field that is not settled."""
    paths: list[tuple[str | int, ...]] = []
    for key, value in delta.items():
        if key in ("role", "index") or value in EMPTIES:
            continue
        if key in SPOKEN and type(value) is str:
            paths.append((key,))
        elif key == "tool_calls" and _is_fragment(value):
            paths.append(("tool_calls", 0, "function", "arguments"))
        elif key == "reasoning_details" and (text := _detail_text(value)) is not None:
            paths.append(("reasoning_details", 0, text))
        elif type(value) not in NUMBERS and not (key in CONSTANT and type(value) is str):
            return None
    return paths or None


def _is_fragment(calls: Any) -> bool:
    """True if ``tool_calls`` is one fragment that only adds to the arguments of a known call."""
    if type(calls) is not list or len(calls) != 1 or type(calls[0]) is not dict:
        return False
    entry = calls[0]
    body = entry.get("function")
    if type(entry.get("index")) is not int or entry.get("id") not in EMPTY or type(body) is not dict:
        return False
    if not entry.keys() <= {"index", "id", "type", "function"} or not body.keys() <= {"name", "arguments"}:
        return False
    if body.get("name") not in EMPTY or entry.get("type") not in (None, "", "function"):
        return False
    return type(body.get("arguments")) is str and body["arguments"] != ""


def _detail_text(details: Any) -> str | None:
    """Name the text of ``reasoning_details`` that is one indexed entry with one text."""
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
    told: bool = True,
) -> Straight | None:
    """Bind a chunk that has just been merged to the places where its texts went.

    Args:
        told: make the events of these texts; off where nobody reads them.
    """
    top = [(key, type(value), value) for key, value in chunk.items() if key not in APART]
    entry = chunk["choices"][0]
    choice = chat.choices.get(0 if chat.n == 1 else entry["index"])
    if choice is None or chat.shared.cumulative:
        return None
    paths = [hole.path[3:] for hole in holes if hole.wanted]
    run: ApplyRun | None = None
    apply: Apply | None
    if len(paths) == 1 and paths[0] == ("content",):
        apply = _content(choice, chat.shared.kept, told)
        run = _content_run(choice, chat.shared.kept, told)
    elif len(paths) == 1 and paths[0][0] == "tool_calls":
        call = choice.calls.by_index.get(entry["delta"]["tool_calls"][0]["index"])
        apply = None if call is None else _arguments(choice, call, chat.shared.kept, told)
        run = None if call is None else _arguments_run(choice, call, chat.shared.kept, told)
    else:
        apply = _texts(choice, chat.shared.kept, entry["delta"], [paths[i] for i in order], told)
        run = None if len(paths) > 1 or apply is None else _reasoning_run(choice, chat.shared.kept, paths[0], told)
    return None if apply is None else Straight(top, choice.index, apply, run)


def _content(choice: ChoiceState, kept: Kept, told: bool) -> Apply | None:
    content = choice.spoken
    if choice.content is not content or content.held or not choice.carried:
        return None
    pieces, index = content.pieces, choice.index
    follow = None if choice.partial is None else choice.partial.follow

    def apply(texts: Sequence[str], events: list[StreamEvent]) -> bool:
        text = texts[0]
        size = len(text)
        if not size or kept.size + size > kept.limit:
            return False
        kept.size += size
        content.size += size
        pieces.append(text)
        if len(pieces) >= MANY:
            content.pack()
        if told:
            events.append(TextDelta(text, index))
        if follow is not None:
            follow(text)
        return True

    return apply


def _content_run(choice: ChoiceState, kept: Kept, told: bool) -> ApplyRun:
    content, index = choice.spoken, choice.index
    follow = None if choice.partial is None else choice.partial.follow

    def apply_run(texts: list[str], events: list[StreamEvent]) -> bool:
        size = sum(map(len, texts))
        if kept.size + size > kept.limit:
            return False
        kept.size += size
        content.extend(texts)
        if told:
            events += [TextDelta(text, index) for text in texts]
        if follow is not None:
            follow("".join(texts))
        return True

    return apply_run


def _reasoning_run(choice: ChoiceState, kept: Kept, path: tuple[str | int, ...], told: bool) -> ApplyRun | None:
    reasoning, sink, index = choice.reasoning, choice.message.get(str(path[0])), choice.index
    if not isinstance(sink, Text):
        return None

    def apply_run(texts: list[str], events: list[StreamEvent]) -> bool:
        size = sum(map(len, texts))
        if kept.size + 2 * size > kept.limit:
            return False
        kept.size += 2 * size
        reasoning.extend(texts)
        sink.extend(texts)
        if told:
            events += [ReasoningDelta(text, index) for text in texts]
        return True

    return apply_run


def _arguments_run(choice: ChoiceState, call: Call, kept: Kept, told: bool) -> ApplyRun | None:
    ordinal, index = call.ordinal, choice.index
    if ordinal is None:
        return None
    follow = _follower(call)

    def apply_run(texts: list[str], events: list[StreamEvent]) -> bool:
        size = sum(map(len, texts))
        if kept.size + size > kept.limit or any(text[0] == "{" for text in texts):
            return False
        kept.size += size
        call.arguments.extend(texts)
        call.extent.unread += texts
        if len(call.extent.unread) >= MANY:
            call.extent.read()
        if told:
            events += [ToolCallDelta(index, ordinal, text) for text in texts]
        if follow is not None:
            follow("".join(texts))
        return True

    return apply_run


def _arguments(choice: ChoiceState, call: Call, kept: Kept, told: bool) -> Apply | None:
    if call.custom or call.held or call.ended or call.ordinal is None or call.arguments.held or not choice.carried:
        return None
    arguments, ordinal, index = call.arguments, call.ordinal, choice.index
    pieces, unread = arguments.pieces, call.extent.unread
    follow = _follower(call)

    def apply(texts: Sequence[str], events: list[StreamEvent]) -> bool:
        text = texts[0]
        size = len(text)
        # A fragment that opens an object may replay or replace what came; the plain way knows.
        if not size or text[0] == "{" or kept.size + size > kept.limit:
            return False
        kept.size += size
        arguments.size += size
        pieces.append(text)
        if len(pieces) >= MANY:
            arguments.pack()
        unread.append(text)
        if len(unread) >= MANY:
            call.extent.read()
        if told:
            events.append(ToolCallDelta(index, ordinal, text))
        if follow is not None:
            follow(text)
        return True

    return apply


def _follower(call: Call) -> Callable[[str], None] | None:
    """Who is to have the arguments: a value, whoever may ask for one yet, or nobody."""
    if call.partial is not None:
        return call.partial.follow
    return call.follow if call.viewed else None


def _texts(
    choice: ChoiceState, kept: Kept, delta: dict[str, Any], paths: list[tuple[str | int, ...]], told: bool
) -> Apply | None:
    """Several texts in one delta: content, and reasoning under one or more names, told once."""
    sinks = [_sink(choice, delta, path) for path in paths]
    thought = _thought(paths)
    if thought is None or choice.reasoning.held or not choice.carried:
        return None
    if any(not isinstance(sink, Text) or sink.held for sink in sinks):
        return None
    spoken = paths.index(("content",)) if ("content",) in paths else None
    kind = "summary" if paths[thought][-1] == "summary" else "text"
    reasoning, index = choice.reasoning, choice.index
    texts_of: list[Text] = [sink for sink in sinks if isinstance(sink, Text)]
    follow = None if choice.partial is None else choice.partial.follow

    def apply(texts: Sequence[str], events: list[StreamEvent]) -> bool:
        size = len(texts[thought])
        for text in texts:
            if not text:
                return False
            size += len(text)
        if kept.size + size > kept.limit:
            return False
        kept.size += size
        for sink, text in zip(texts_of, texts, strict=True):
            sink.pieces.append(text)
            sink.size += len(text)
            if len(sink.pieces) >= MANY:
                sink.pack()
        if spoken is not None:
            if told:
                events.append(TextDelta(texts[spoken], index))
            if follow is not None:
                follow(texts[spoken])
        text = texts[thought]
        reasoning.pieces.append(text)
        reasoning.size += len(text)
        if len(reasoning.pieces) >= MANY:
            reasoning.pack()
        if told:
            events.append(ReasoningDelta(text, index, kind))
        return True

    return apply


def _sink(choice: ChoiceState, delta: dict[str, Any], path: tuple[str | int, ...]) -> Any:
    if path == ("content",):
        return choice.content
    if path[0] != "reasoning_details":
        return choice.message.get(str(path[0]))
    entry = delta["reasoning_details"][0]
    merged = choice.message["reasoning_details"].at[entry["type"], entry["index"]]
    return merged.get(str(path[-1]))


def _thought(paths: list[tuple[str | int, ...]]) -> int | None:
    """Which of the texts is told as reasoning: the rule of `reasoning_of`."""
    for name in ("reasoning_details", *REASONING_FIELDS):
        for number, path in enumerate(paths):
            if path[0] == name:
                return number
    return None
