"""The calls of a UI message: one part each, from its input to its output."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..._model.events import StreamEvent
from ..fields import Fields, text_in, text_of
from ..tree import UNKNOWN, Arguments, assign

if TYPE_CHECKING:
    from .reader import UIMessageReader

CALL_FIELDS = ("title", "toolMetadata", "providerExecuted")


def part_of(reader: UIMessageReader, payload: Fields, events: list[StreamEvent]) -> Fields:
    """Return the part of a call in this step; a new one if there is none."""
    call_id = payload.get("toolCallId")
    step, part = reader.tools.get(text_of(call_id), (-1, {}))
    if step != reader.step:
        name = payload.get("toolName")
        name = name if isinstance(name, str) else ""
        kind = {"type": "dynamic-tool", "toolName": name} if payload.get("dynamic") else {"type": f"tool-{name}"}
        part = reader.append({**kind, "toolCallId": call_id, "state": "input-streaming"})
        if payload.get("providerExecuted"):
            part["input"] = Arguments(None, UNKNOWN, True)
        else:
            part["input"] = reader.start_call(call_id, name, UNKNOWN, True, events)
        reader.put(reader.tools, text_of(call_id), (reader.step, part))
    for key in CALL_FIELDS:
        assign(part, key, payload.get(key), reader.budget)
    return part


def input_start(reader: UIMessageReader, kind: str, payload: Fields, events: list[StreamEvent]) -> bool:
    part = part_of(reader, payload, events)
    assign(part, "callProviderMetadata", payload.get("providerMetadata"), reader.budget)
    return part["input"].call is not None


def input_delta(reader: UIMessageReader, kind: str, payload: Fields, events: list[StreamEvent]) -> bool:
    text = text_in(payload, "inputTextDelta", "$")
    _, part = reader.tools.get(text_of(payload.get("toolCallId")), (0, None))
    if part is None or not part["input"].open:
        reader.repair("unknown_index" if part is None else "late_delta")
        return False
    if text and "rawInput" not in part:
        part["rawInput"] = part["input"].text
    return reader.argue(part["input"], text, ("inputTextDelta",), events)


def input_available(reader: UIMessageReader, kind: str, payload: Fields, events: list[StreamEvent]) -> bool:
    part = part_of(reader, payload, events)
    arguments: Arguments = part["input"]
    if not arguments.open:
        reader.repair("duplicate_call_id")
        return False
    assign(part, "callProviderMetadata", payload.get("providerMetadata"), reader.budget)
    _settle(reader, part, payload, events)
    assign(part, "state", "input-available", reader.budget)
    return arguments.call is not None


def input_error(reader: UIMessageReader, kind: str, payload: Fields, events: list[StreamEvent]) -> bool:
    """The input is not what the tool takes. A client keeps that of a known tool as raw input."""
    part = part_of(reader, payload, events)
    arguments: Arguments = part["input"]
    if not arguments.open:
        reader.repair("duplicate_call_id")
        return False
    _settle(reader, part, payload, events)
    if part["type"] != "dynamic-tool":
        arguments.given = UNKNOWN
        assign(part, "rawInput", payload.get("input"), reader.budget)
    _result(reader, part, payload, "output-error", "errorText")
    return arguments.call is not None


def _settle(reader: UIMessageReader, part: Fields, payload: Fields, events: list[StreamEvent]) -> None:
    """End a call with its whole input."""
    given = payload.get("input")
    reader.settle_call(part["input"], given, events)
    part.pop("rawInput", None)


def output(reader: UIMessageReader, kind: str, payload: Fields, events: list[StreamEvent]) -> bool:
    """Take what became of a call; only the object has it."""
    _, part = reader.tools.get(text_of(payload.get("toolCallId")), (0, None))
    if part is None:
        reader.repair("unknown_index")
    elif kind == "tool-output-available":
        _result(reader, part, payload, "output-available", "output")
    elif kind == "tool-output-error":
        _result(reader, part, payload, "output-error", "errorText")
    elif kind == "tool-output-denied":
        assign(part, "state", "output-denied", reader.budget)
    else:
        assign(part, "state", "approval-requested", reader.budget)
        approval = {"id": payload.get("approvalId"), "signature": payload.get("signature")}
        assign(part, "approval", {key: value for key, value in approval.items() if value is not None}, reader.budget)
    return False


def _result(reader: UIMessageReader, part: Fields, payload: Fields, state: str, key: str) -> None:
    """Store the result of a call, which replaces a preliminary one."""
    reader.answer.changed()
    for name in ("output", "errorText", "preliminary"):
        part.pop(name, None)
    if key in payload:
        part[key] = reader.budget.copy(payload[key])
    assign(part, "state", state, reader.budget)
    for name, source in (("preliminary", "preliminary"), ("providerExecuted", "providerExecuted"),
                         ("resultProviderMetadata", "providerMetadata")):  # fmt: skip
        assign(part, name, payload.get(source), reader.budget)


EVENTS: dict[str, Callable[[Any, str, Fields, list[StreamEvent]], bool]] = {
    "tool-input-start": input_start,
    "tool-input-delta": input_delta,
    "tool-input-available": input_available,
    "tool-input-error": input_error,
    "tool-output-available": output,
    "tool-output-error": output,
    "tool-output-denied": output,
    "tool-approval-request": output,
}
