"""A snapshot of the messages of an AG-UI run: it replaces them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..._model.events import ReasoningDelta, StreamEvent
from ..._model.text import Text
from ..fields import Fields, check_object, list_in, object_in, text_of
from ..tree import Arguments, Said
from ..tree_answer import LEAF_COST

if TYPE_CHECKING:
    from .reader import RunReader


def take(reader: RunReader, payload: Fields, events: list[StreamEvent]) -> None:
    """Replace the messages; what the snapshot adds to what was told is told now.

    Reasoning stays if the snapshot has none: most agents do not send it again.
    """
    messages = reader.messages
    fresh: dict[str | int, Fields] = {}  # by id, or by number without one
    for number, entry in enumerate(list_in(payload, "messages", "$")):
        entry = check_object(entry, f"$.messages[{number}]")
        fresh[number if entry.get("id") is None else text_of(entry["id"])] = _message(reader, entry, events)
    keeps = all(message.get("role") != "reasoning" for message in fresh.values())
    known = messages.ordered()
    reader.budget.charge(LEAF_COST * len(known))  # so that many snapshots of many messages have a limit
    before = {kind: _joined(_texts(known, kind)) for kind in ("text", "reasoning") if kind == "text" or not keeps}
    order = []
    for message in known:
        key = text_of(message.get("id"))
        if key in fresh or (keeps and message.get("role") == "reasoning"):
            order.append(fresh.pop(key, message))
    reader.answer.changed()
    messages.replace([*order, *fresh.values()])
    for kind, old in before.items():
        texts = _texts(messages.ordered(), kind)
        new = _joined(texts)
        if new != old and new.startswith(old):
            _tell(reader, texts[-1], new[len(old) :], events)


def _texts(messages: list[Fields], kind: str) -> list[Said]:
    """Return the texts of a kind; only what was just replaced is joined, so that kept reasoning costs nothing."""
    found = [message.get("content") for message in messages]
    return [said for said in found if isinstance(said, Said) and said.kind == kind]


def _joined(texts: list[Said]) -> str:
    return "".join([said.to_json() for said in texts])


def _tell(reader: RunReader, said: Said, text: str, events: list[StreamEvent]) -> None:
    """Make the event of text that is in the object already."""
    if said.kind == "text":
        reader.answer.tell_text(text, said.part, events)
    else:
        events.append(ReasoningDelta(text, 0, "text", said.part))


def _message(reader: RunReader, given: Fields, events: list[StreamEvent]) -> Fields:
    """Make a message of the snapshot: its text and its calls can still grow."""
    rest = {key: value for key, value in given.items() if key not in ("content", "toolCalls")}
    message: Fields = reader.budget.copy(rest)
    known = reader.messages.by_id.get(text_of(given.get("id")), {}).get("content")
    content = given.get("content")
    if isinstance(content, str):
        if not isinstance(known, Said) or known.to_json() != content:
            known = reader.start_text(reader.kind_of(message))
            reader.budget.charge(len(content))
            known.add(content)
        message["content"] = known
    elif "content" in given:
        message["content"] = reader.budget.copy(content)
    for entry in list_in(given, "toolCalls", "$.messages"):
        known = isinstance(entry, dict) and isinstance(entry.get("function"), dict)
        call = _call(reader, entry, events) if known else reader.budget.copy(entry)
        message.setdefault("toolCalls", []).append(call)
    return message


def _call(reader: RunReader, given: Fields, events: list[StreamEvent]) -> Fields:
    """Make the entry of a call: one that streams goes on, another comes whole."""
    entry: Fields = reader.budget.copy(given)
    function = entry["function"]
    known: Any = object_in(reader.messages.calls.get(text_of(given.get("id")), {}), "function").get("arguments")
    text = function.get("arguments")
    if isinstance(known, Arguments):
        _update(reader, known, text if isinstance(text, str) else "", events)
        function["arguments"] = known
    else:
        function["arguments"] = reader.whole_call(given.get("id"), function.get("name"), text or "", events)
    return entry


def _update(reader: RunReader, known: Arguments, text: str, events: list[StreamEvent]) -> None:
    """Take the arguments that a snapshot has of a call which is known; what it adds to what was told is told now."""
    call, told = known.call, known.text.to_json() if text else ""
    assert call is not None
    if text == told:
        return
    if known.open and text.startswith(told):
        reader.argue(known, text[len(told) :], (), events)
        return
    reader.answer.changed()
    reader.budget.charge(len(text))
    reader.budget.refund(len(told))
    known.text = call.arguments = Text()
    call.feed = None  # a view that is asked for from now on has what the object says
    call.append(text)
