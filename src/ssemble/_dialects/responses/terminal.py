"""The terminal event: its items are paired with the streamed ones."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

from ..._model.events import StreamEvent
from ..tree import to_json
from .calls import arguments_text, keep_names
from .items import CALL_FIELDS, KEPT, LISTS, TEXT_PARTS, Item, is_filled, keep, kind_of
from .output import Output
from .texts import Texts

ANY = object()


def settle_output(output: Output, listed: list[Any], completed: bool, events: list[StreamEvent]) -> list[Item]:
    """Return the items of the finished response, after telling what the terminal event adds.

    Args:
        output: the streamed items.
        listed: the items of the terminal event.
        completed: it is ``response.completed``.
        events: the events are appended.

    Raises:
        ProtocolError: it has arguments for a call that was closed without any; nothing was changed.
    """
    streamed, texts = output.in_order(), output.texts
    found = [data for data in listed if isinstance(data, dict)]
    if len(found) < len(listed):
        texts.answer.repair("bad_item")
    if not found:
        if streamed:
            texts.answer.repair("empty_terminal_output")
        for item in streamed:
            _close_given(item, texts, events)
        return streamed
    partners = _pair(streamed, found)
    for partner, item in zip(partners, streamed, strict=True):
        if partner is not None and item.call is not None and item.call.ended:
            texts.is_late(item, arguments_text(found[partner].get(CALL_FIELDS[item.type])))
    final: list[Item] = []
    for known, data in _in_order(streamed, partners, found):
        item = known or output.begin(0, data or {}, events)
        if data is None:
            _close_given(item, texts, events)
        else:
            _take(item, data, texts, completed, events)
        final.append(item)
    return final


def _pair(streamed: list[Item], found: list[dict[str, Any]]) -> list[int | None]:
    """Pair each streamed item with the first terminal item of its type that is free and no other call."""
    queues: dict[Any, deque[int]] = {}
    for at, data in enumerate(found):
        for key in (ANY, _called(data)):
            queues.setdefault((kind_of(data), key), deque()).append(at)
    taken: set[int] = set()
    partners: list[int | None] = []
    for item in streamed:
        called = _called(item.data)
        heads = []
        for key in (ANY,) if called is None else (called, None):
            queue = queues.get((item.type, key), deque())
            while queue and queue[0] in taken:
                queue.popleft()
            heads += [queue[0]] if queue else []
        partners.append(min(heads, default=None))
        taken.update(sorted(heads)[:1])
    return partners


def _called(data: dict[str, Any]) -> str | None:
    """Return the call_id of a call that the caller is to run."""
    called = data.get("call_id")
    return called if kind_of(data) in CALL_FIELDS and isinstance(called, str) and called else None


def _in_order(
    streamed: list[Item], partners: list[int | None], found: list[dict[str, Any]]
) -> Iterator[tuple[Item | None, dict[str, Any] | None]]:
    """Yield the finished items in order: each as streamed, if it was, and in the terminal event, if it is there.

    A streamed item without a partner stands before the first terminal item whose partner came after it.
    """
    number = {at: position for position, at in enumerate(partners) if at is not None}
    latest = list(accumulate((number.get(at, -1) for at in range(len(found))), max))
    before: dict[int, list[Item]] = {}
    for position, item in enumerate(streamed):
        if partners[position] is None and _is_kept(item):
            before.setdefault(bisect_right(latest, position), []).append(item)
    for at, data in enumerate(found):
        for item in before.get(at, ()):
            yield item, None
        if at in number:
            yield streamed[number[at]], data
        elif not (before and kind_of(data) == "message" and not _text(data.get("content"))):
            yield None, data  # vLLM sends an empty message in place of one that it lost
    for item in before.get(len(found), ()):
        yield item, None


def _is_kept(item: Item) -> bool:
    return item.done or item.type.endswith("_call") or item.holds_text()


def _close_given(item: Item, texts: Texts, events: list[StreamEvent]) -> None:
    """Close a call that had the event with its whole arguments, but no output_item.done."""
    if item.given and not item.done:
        texts.close(item, events)


def _take(item: Item, data: dict[str, Any], texts: Texts, completed: bool, events: list[StreamEvent]) -> None:
    """Take the terminal's copy of an item."""
    if not item.done:
        status = data.get("status")
        # Without a status, the item of a response that is completed has ended.
        known = {key: value for key, value in item.data.items() if key != "status" or key in data}
        keep(texts.answer.budget, known, data)
        texts.adopt(item, data, 0, events, final=True)
        if status == "completed" or (completed and status is None):
            texts.close(item, events)
        texts.sign(item, events)
        return
    # What output_item.done said stays. Ids and encrypted_content always differ.
    if item.call is not None and not item.call.ended and not item.call.arguments.size:
        texts.settle_call(item, data.get(CALL_FIELDS[item.type]), events)
    for key in KEPT:
        said = item.data.get(key)
        if key in LISTS:
            _keep_texts(item, key, data, texts, events)
        elif is_filled(said):
            data[key] = said
    keep_names(item, data)
    item.data = data
    texts.name(item)


def _keep_texts(item: Item, key: str, data: dict[str, Any], texts: Texts, events: list[StreamEvent]) -> None:
    said, copy = item.data.get(key), data.get(key)
    said = said if isinstance(said, list) else []
    if not isinstance(copy, list) or not copy:
        if said:
            data[key] = said
    elif not _text(said):
        for at, part in enumerate(copy):
            texts.settle_part(item, key, at, part, None, events, final=True)
    elif [kind_of(part) for part in said] != [kind_of(part) for part in copy]:
        if _text(said) != _text(copy):
            data[key] = said
    else:
        for before, part in zip(said, copy, strict=True):
            field = TEXT_PARTS.get(kind_of(part))
            if field is not None and is_filled(before.get(field)):
                part[field] = before[field]


def _text(parts: Any) -> str:
    """Return the texts of a list of parts, joined."""
    found = []
    for part in parts if isinstance(parts, list) else ():
        if isinstance(part, dict):
            found += [to_json(part.get(key)) for key in ("text", "refusal")]
    return "".join(text for text in found if isinstance(text, str))
