"""The items of a response, and where their texts are."""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

from ..._model.budget import CONTAINER, LEAVES, SizeBudget, check_depth, key_length
from ..._model.text import Text
from ..._pickling import Picklable
from ..answer import ReasoningKind
from ..fields import ensure_list, keep_known
from ..live_call import LiveCall
from ..tree import to_json


class TextPlace(NamedTuple):
    """Where a kind of text is: in a part of a list of an item."""

    item: str  # type of the item
    key: str  # of the list
    part: str  # type of the part
    field: str
    wire: str  # the key of the part's index in events

    @property
    def kind(self) -> ReasoningKind:
        """The kind of the reasoning, if it is one."""
        return "summary" if self.key == "summary" else "text"


# The texts that have typed events, by the events that bring them.
PLACES = {
    "response.output_text": TextPlace("message", "content", "output_text", "text", "content_index"),
    "response.refusal": TextPlace("message", "content", "refusal", "refusal", "content_index"),
    "response.reasoning_summary_text": TextPlace("reasoning", "summary", "summary_text", "text", "summary_index"),
    "response.reasoning_text": TextPlace("reasoning", "content", "reasoning_text", "text", "content_index"),
}
# The same for the arguments of calls that the caller is to run: the type of the item.
CALLS = {"response.function_call_arguments": "function_call", "response.custom_tool_call_input": "custom_tool_call"}
BY_PART = {(place.key, place.part): place for place in PLACES.values()}
BY_ITEM = {kind: [place for place in PLACES.values() if place.item == kind] for kind in ("message", "reasoning")}
TEXT_PARTS = {place.part: place.field for place in PLACES.values()}
# The text of the calls that the caller is to run.
CALL_FIELDS = {"function_call": "arguments", "custom_tool_call": "input"}
# An empty one of these in a later copy of an item leaves what is known.
KEPT = ("arguments", "input", "code", "content", "summary")
LISTS = ("content", "summary")
PARENTS = (dict, list)


class Item(Picklable):
    """One item.

    Attributes:
        index: its output_index.
        type: of the item.
        data: the object. A streamed text in it is a `Text`; the text of a call is in ``call``.
        call: the call, if the caller is to run it.
        done: its output_item.done came.
        given: the event with its whole arguments came.
        size: characters charged for ``data`` without streamed texts.
        told: for texts that differ from what their events said: what these said.
        final: the arguments of a call that was closed, without blanks around them.
        numbers: for each text, the number of its block in the events.
        places: positions in lists that differ from the index on the wire.
        moved: these positions: no other index means them.
        filled: positions of parts that were not announced yet.
    """

    __slots__ = (
        "call", "data", "done", "filled", "final", "given", "index", "moved", "numbers", "places", "size", "told",
        "type",
    )  # fmt: skip

    def __init__(self, index: int, data: dict[str, Any]) -> None:
        self.index = index
        self.type = kind_of(data)
        self.data = data
        self.call: LiveCall | None = None
        self.done = False
        self.given = False
        self.size = 0
        self.told: dict[tuple[str, int], Text] = {}
        self.final = ""
        self.numbers: dict[tuple[str, int], int] = {}
        self.places: dict[tuple[Any, ...], int] = {}
        self.moved: set[tuple[str, int]] = set()
        self.filled: set[tuple[str, int]] = set()

    def listed(self, key: str) -> list[Any]:
        """Return a list of the item, made if it has none."""
        return ensure_list(self.data, key)

    def parts(self, key: str) -> list[dict[str, Any]]:
        """Return the objects in a list of the item, if it has one."""
        found = self.data.get(key)
        return [part for part in found.copy() if isinstance(part, dict)] if isinstance(found, list) else []

    def holds_text(self) -> bool:
        """True if there is any text in it."""
        parts = [part for key in LISTS for part in self.parts(key)]
        fields = [self.data.get(key) for key in ("arguments", "input", "code")]
        return any(map(is_filled, fields)) or any(not is_empty_part(part) for part in parts)

    def to_json(self) -> dict[str, Any]:
        found: dict[str, Any] = to_json(self.data)
        if self.call is not None:
            field = CALL_FIELDS[self.type]
            if not isinstance(found.get(field), (dict, list)):
                found[field] = self.call.arguments.to_json()
        return found


def kind_of(data: Any) -> str:
    """Return the type of an item or a part; "" if it has none."""
    kind = data.get("type") if isinstance(data, dict) else None
    return kind if isinstance(kind, str) else ""


def text_of(value: str) -> Text:
    """Make a `Text` that holds a text."""
    text = Text()
    text.add(value)
    return text


def begins_with(value: str, text: Text) -> bool:
    """True if a value continues a text. A text that is longer is not read."""
    return text.size <= len(value) and value.startswith(text.slice(0, text.size))


def is_text(value: str, text: Text) -> bool:
    """True if a value is all of a text. A text of another length is not read."""
    return text.size + len(text.pending_surrogate) == len(value) and text.to_json() == value


def is_filled(value: Any) -> bool:
    """True if a value is neither absent nor empty."""
    return bool(value.size or value.pending_surrogate) if isinstance(value, Text) else bool(value)


def is_empty_part(part: Any) -> bool:
    """True for a part without text. One of an unknown type is not empty."""
    if not isinstance(part, dict) or is_filled(part.get("text")) or is_filled(part.get("refusal")):
        return False
    return part.keys() <= {"type"} or kind_of(part) in TEXT_PARTS


def skeleton(part: str) -> dict[str, Any]:
    """Make an empty part of a type."""
    made: dict[str, Any] = {"type": part}
    if part in TEXT_PARTS:
        made[TEXT_PARTS[part]] = ""
    return {**made, "annotations": []} if part == "output_text" else made


def check_nesting(value: dict[str, Any] | list[Any], depth: int = 0) -> None:
    """Raise ProtocolError if JSON is nested too deep to be pickled."""
    check_depth(depth)
    for item in value.values() if isinstance(value, dict) else value:
        if type(item) not in LEAVES and isinstance(item, PARENTS):
            check_nesting(item, depth + 1)


def weight(value: Any) -> int:
    """Return the characters to charge for JSON if the size of its text is not known."""
    budget = SizeBudget(sys.maxsize)
    budget.copy(value)
    return budget.size


def keep(budget: SizeBudget, old: dict[str, Any], new: dict[str, Any]) -> None:
    """Keep what a later copy of an object does not say; it is charged each time, since each copy walks over it."""
    for key in keep_known(old, new):
        budget.charge(CONTAINER + key_length(key) + (0 if key in KEPT else weight(to_json(new[key]))))
