"""The response around the items: its beginning, its fields and its end."""

from __future__ import annotations

from typing import Any

from ..._model.completion import FinishReason
from ..._model.events import ChoiceEnd, MessageStart, StreamEvent, UsageUpdate
from ..._payloads.server_errors import from_value
from ..._pickling import Picklable
from ..fields import text_or_none
from ..tree import to_json
from .items import check_nesting, keep, weight
from .output import Output
from .terminal import settle_output

LIFECYCLE = frozenset(("response.created", "response.queued", "response.in_progress"))
TERMINAL = frozenset(("response.completed", "response.incomplete", "response.failed", "response.cancelled"))
FINISH: dict[str, FinishReason] = {
    "completed": "stop",
    "max_output_tokens": "length",
    "max_messages": "length",
    "incomplete": "length",
    "content_filter": "content_filter",
    "failed": "error",
    "cancelled": "error",
}


class Response(Picklable):
    """The response.

    Attributes:
        head: the object, with an empty output; None before it begins.
        reasons: why it ended, in words that all dialects share and in its own.
    """

    __slots__ = ("_output", "_size", "head", "reasons")

    def __init__(self, output: Output) -> None:
        self._output = output
        self._size = 0  # characters charged for the head
        self.head: dict[str, Any] | None = None
        self.reasons: tuple[FinishReason | None, str | None] = (None, None)

    def begin(self, events: list[StreamEvent]) -> None:
        """Begin a response with one of its items, as after a reconnection."""
        self._output.answer.repair("missing_start")
        self._set_head({"id": None, "object": "response", "status": "in_progress", "output": []}, events)

    def lifecycle(self, payload: dict[str, Any], events: list[StreamEvent], size: int) -> bool:
        """Take a state of the response. It never erases items: some servers send a late in_progress."""
        response = _response(payload)
        if response is None:
            self._output.answer.repair("bad_start")
            return False
        check_nesting(response)
        size = size or weight(response)
        self._output.answer.budget.charge(size - self._size)
        self._size = size
        listed = response.get("output")
        self._set_head(response, events)
        if not self._output.items and isinstance(listed, list):
            for index, data in enumerate(listed):
                if isinstance(data, dict):
                    self._output.add(index, data, 0, events)
        return True

    def terminal(self, kind: str, payload: dict[str, Any], events: list[StreamEvent], size: int) -> None:
        """Take the terminal event.

        Raises:
            ProviderError: it is ``response.failed``.
            ProtocolError: see `settle_output`; nothing was taken.
        """
        response = _response(payload) or {}
        check_nesting(response)
        budget = self._output.answer.budget
        budget.charge(max(0, (size or weight(response)) - budget.size))  # it replaces what was streamed
        listed = response.get("output")
        if not isinstance(response.get("status"), str):
            response["status"] = kind.rpartition(".")[2]
        if self.head is None:
            self._set_head(response, events)
        listed = listed if isinstance(listed, list) else []
        items = settle_output(self._output, listed, kind == "response.completed", events)
        self._set_head(response, events)
        self._output.final = items
        usage = response.get("usage")
        if isinstance(usage, dict) and usage:
            events.append(UsageUpdate(to_json(usage)))
        self._end(response, events)
        if kind == "response.failed":
            raise from_value(response.get("error") or payload.get("error") or {}, event=kind)

    def _set_head(self, response: dict[str, Any], events: list[StreamEvent]) -> None:
        if self.head is None:
            named = text_or_none(response.get("id")), text_or_none(response.get("model"))
            events.append(MessageStart(*named, created(response)))
        elif not response.get("id"):
            keep(self._output.answer.budget, self.head, response)  # one without an id is laid over the last one
        response["output"] = []
        self.head = response

    def _end(self, response: dict[str, Any], events: list[StreamEvent]) -> None:
        details = response.get("incomplete_details")
        reason = text_or_none(details.get("reason")) if isinstance(details, dict) else None
        raw = reason or response["status"]
        calls = raw == "completed" and any(item.call is not None for item in self._output.in_order())
        self.reasons = ("tool_calls" if calls else FINISH.get(raw, "other"), raw)
        events.append(ChoiceEnd(0, *self.reasons))


def _response(payload: dict[str, Any]) -> dict[str, Any] | None:
    """Return the response object of an event; some proxies send it without its wrapper."""
    response = payload.get("response")
    if isinstance(response, dict):
        return response
    if payload.get("object") != "response":
        return None
    return {key: value for key, value in payload.items() if key not in ("type", "sequence_number", "obfuscation")}


def created(head: dict[str, Any]) -> int | None:
    """Return when a response was created, in seconds since 1970."""
    value = head.get("created_at")
    if type(value) is float and value.is_integer():
        return int(value)  # as in the objects of the openai package
    return value if type(value) is int else None
