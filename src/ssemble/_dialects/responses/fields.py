"""Events of calls that the provider runs, and annotations: they are in the object and in raw events only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..._model.budget import CONTAINER
from ..._model.events import StreamEvent
from ..._model.text import Text
from ..fields import ensure_list
from ..tree import to_json
from .items import Item, is_filled, text_of
from .output import Output

STATUSES = frozenset("in_progress searching interpreting generating completed failed incomplete".split())
Payload = dict[str, Any]
Handler = Callable[[Output, Any, Payload, list[StreamEvent], int], bool]


def take_status(output: Output, kind: str, payload: Payload) -> None:
    """Store the status of a call: of the newest of its type, or else of what is at its index."""
    head, _, word = kind.rpartition(".")
    if word in STATUSES and head.endswith("_call") and output.items:
        index, named = output.place(payload)
        item = named or output.newest(index, head.removeprefix("response.")) or output.newest(index)
        if item is not None:
            item.data["status"] = word


def annotation(output: Output, _: Any, payload: Payload, events: list[StreamEvent], size: int) -> bool:
    """Store an annotation of a text at its index."""
    item = output.item(payload, "message", events)
    at, _known = output.texts.part(item, "content", payload.get("content_index"), "output_text")
    listed = ensure_list(item.listed("content")[at], "annotations")
    if payload.get("annotation") is not None:
        value = output.answer.budget.copy(payload["annotation"])
        wire = payload.get("annotation_index")
        wire = len(listed) if wire is None else wire
        listed[_position(output, item, f"annotations {at}", wire, listed)] = value
    return False


def field(output: Output, how: Any, payload: Payload, events: list[StreamEvent], size: int) -> bool:
    """Append to a text of an item, or replace it."""
    kind, name, verb = how
    item = output.item(payload, kind, events)
    value = payload.get("delta" if verb == "delta" else name)
    known = item.data.get(name)
    if isinstance(value, str) and item.done and is_filled(known):
        if value and value != to_json(known):
            output.answer.repair("late_delta")  # a closed call takes no more
    else:
        _write(output, item.data, name, value, verb)
    return False


def diff(output: Output, verb: Any, payload: Payload, events: list[StreamEvent], size: int) -> bool:
    """Append to the diff of a patch, or replace it."""
    operation = _object_in(output.item(payload, "apply_patch_call", events).data, "operation")
    _write(output, operation, "diff", payload.get("delta" if verb == "delta" else "diff"), verb)
    return False


def command(output: Output, verb: Any, payload: Payload, events: list[StreamEvent], size: int) -> bool:
    """Begin a command of a shell, append to it, or replace it."""
    item = output.item(payload, "shell_call", events)
    listed = ensure_list(_object_in(item.data, "action"), "commands")
    at = _position(output, item, "commands", payload.get("command_index"), listed, "")
    if verb != "added" or not is_filled(listed[at]):
        _write(output, listed, at, payload.get("delta" if verb == "delta" else "command"), verb)
    return False


def shell_output(output: Output, verb: Any, payload: Payload, events: list[StreamEvent], size: int) -> bool:
    """Append to the output of a command, or replace it."""
    item = output.item(payload, "shell_call_output", events)
    listed = item.listed("output")
    at = _position(output, item, "output", payload.get("command_index"), listed)
    given = payload.get("output" if verb == "done" else "delta")
    if verb == "done":
        if isinstance(given, list) and given:
            listed[at] = output.answer.budget.copy(given[0])
        return False
    if not isinstance(listed[at], dict):
        output.answer.budget.charge(CONTAINER)
        listed[at] = {}
    for key in ("stdout", "stderr"):
        _write(output, listed[at], key, (given if isinstance(given, dict) else payload).get(key), "delta")
    return False


def _object_in(owner: Payload, key: str) -> Payload:
    found = owner.get(key)
    if not isinstance(found, dict):
        found = owner[key] = {}
    return found


def _position(output: Output, item: Item, key: str, wire: Any, listed: list[Any], empty: Any = None) -> int:
    at, _ = output.texts.place(item, key, wire, "", listed)
    while len(listed) <= at:
        output.answer.budget.charge(1)
        listed.append(empty)
    return at


def _write(output: Output, owner: Any, at: Any, value: Any, verb: str) -> None:
    """Append to a text in an object or a list, or replace it; an empty text changes nothing."""
    if not isinstance(value, str) or not value:
        return
    known = owner[at] if isinstance(owner, list) else owner.get(at)
    output.answer.budget.charge(len(value) + (0 if known else CONTAINER))
    if verb != "delta":
        owner[at] = value
        return
    if not isinstance(known, Text):
        known = owner[at] = text_of(known if isinstance(known, str) else "")
    known.add(value)


EVENTS: dict[str, tuple[Handler, Any]] = {"response.output_text.annotation.added": (annotation, None)}
for _verb in ("delta", "done"):
    EVENTS[f"response.mcp_call_arguments.{_verb}"] = (field, ("mcp_call", "arguments", _verb))
    EVENTS[f"response.code_interpreter_call_code.{_verb}"] = (field, ("code_interpreter_call", "code", _verb))
    EVENTS[f"response.apply_patch_call_operation_diff.{_verb}"] = (diff, _verb)
    EVENTS[f"response.shell_call_output_content.{_verb}"] = (shell_output, _verb)
for _verb in ("added", "delta", "done"):
    EVENTS[f"response.shell_call_command.{_verb}"] = (command, _verb)
"""How each event is merged: a function, and its argument. It returns False, so that the event is handed out too."""
