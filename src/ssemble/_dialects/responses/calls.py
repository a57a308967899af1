"""The calls that the caller is to run: their arguments, and when they are closed."""

from __future__ import annotations

import json
from typing import Any

from ..._errors import ProtocolError
from ..._model.events import StreamEvent
from ..._model.message import ToolCall
from ..._model.result import with_raw
from ..._pickling import Picklable
from ..answer import Answer
from .items import Item, begins_with, is_text, text_of


class Calls(Picklable):
    """The calls of a response.

    Args:
        answer: makes the events.
    """

    __slots__ = ("answer",)

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def name(self, item: Item) -> None:
        """Take the id and the name of a call from its item."""
        if item.call is not None:
            item.call.id, item.call.name = call_id(item.data), call_name(item.data)

    def settle_call(self, item: Item, value: Any, events: list[StreamEvent]) -> bool:
        """Settle the arguments of a call that the caller is to run.

        Returns:
            False if they came too late: the call was closed with others.

        Raises:
            ProtocolError: the call was closed without any: it would have been run without them.
        """
        call = item.call
        text = arguments_text(value)
        if call is None or not text:
            return True
        if call.ended:
            late = self.is_late(item, text)
            if late:
                self.answer.repair("late_delta")
            return not late
        told = item.told.get(("", 0), call.arguments)
        if begins_with(text, told):
            call.arguments = text_of(text[: told.size])
            if item.told.pop(("", 0), None) is not None:
                call.feed = None
            self.answer.add_arguments(call, text[told.size :], events)
        elif not is_text(text, call.arguments):
            self.answer.budget.charge(len(text))
            self.answer.budget.refund(call.arguments.size)
            item.told["", 0] = text_of(told.slice(0, told.size)) if told is call.arguments else told
            call.arguments = text_of(text)
            call.feed = None  # a view that is asked for from now on has what the object says
        return True

    def is_late(self, item: Item, text: str) -> bool:
        """Check text for a call that was closed: False if it says nothing new.

        Raises:
            ProtocolError: the call was closed without any arguments.
        """
        if item.final and text.strip() != item.final:
            return True
        if not item.final and text.strip() not in ("", "{}"):
            found = "its arguments arrived after it was closed without any"
            raise ProtocolError(f"call {call_id(item.data)!r}: {found}; do not run it", where="$.output_index")
        return False

    def close(self, item: Item, events: list[StreamEvent]) -> None:
        """End a call that the wire closed."""
        call = item.call
        if call is not None and not call.ended:
            self.answer.end_call(call, events)
            item.final = call.arguments.to_json().strip()
            events[-1].tool_call = view(item)  # type: ignore[union-attr]  # it is the ToolCallEnd


def view(item: Item) -> ToolCall:
    """Return the call of an item as a result in the provider's shape."""
    assert item.call is not None
    return with_raw(item.call.view(), item.to_json())


def arguments_text(value: Any) -> str:
    """Return arguments as text; some proxies send an object."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else ""


def call_id(data: dict[str, Any]) -> str | None:
    """Return the id of a call: its call_id, else the item's id."""
    found = data.get("call_id") or data.get("id")
    return found if isinstance(found, str) else None


def keep_names(item: Item, new: dict[str, Any]) -> None:
    """Keep the id and the name of a call that the caller is to run, if a later copy of its item has none."""
    for key in ("call_id", "name"):
        if item.call is not None and item.data.get(key) and not new.get(key):
            new[key] = item.data[key]


def call_name(data: dict[str, Any]) -> str:
    found = data.get("name")
    return found if isinstance(found, str) else ""
