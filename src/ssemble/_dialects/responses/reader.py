"""OpenAI Responses.

Source: https://platform.openai.com/docs/api-reference/responses-streaming
"""

from __future__ import annotations

from typing import Any, ClassVar

from ..._errors import StreamError
from ..._limits import Limits
from ..._model.completion import Choice, Completion
from ..._model.events import StreamEvent
from ..._model.message import Message
from ..._model.result import with_raw
from ..._model.text import Text
from ..._payloads.server_errors import from_value
from ..._payloads.templates import Binding
from ..fields import text_or_none, type_of
from ..one_answer import OneAnswerReader
from ..recognition import is_response, shape
from ..tree import to_json
from . import contents, fields
from .binding import bind
from .calls import view
from .fields import take_status
from .items import BY_ITEM, BY_PART, Item, kind_of
from .output import Output
from .response import LIFECYCLE, TERMINAL, Response, created
from .texts import Texts

EVENTS = {**contents.EVENTS, **fields.EVENTS}


class ResponsesReader(OneAnswerReader):
    """Merge the events of a response.

    Args:
        limits: memory limits.
        n, cumulative: make no difference.

    >>> responses = ResponsesReader()
    >>> delta = {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": "Hi"}
    >>> responses.add({"type": "response.created", "response": {"id": "r1", "model": "m"}}) + responses.add(delta)
    [MessageStart(id='r1', model='m'), TextDelta(text='Hi', choice=0)]
    >>> responses.completion().text
    'Hi'
    """

    __slots__ = ("output", "response", "sequence", "texts")

    dialect: ClassVar[str] = "openai-responses"
    typed: ClassVar[bool] = True
    done_is_terminator: ClassVar[bool] = False

    def __init__(self, *, limits: Limits = Limits(), n: int | None = None, cumulative: bool = False) -> None:
        super().__init__(limits)
        self.texts = Texts(self.answer)
        self.output = Output(self.texts)
        self.response = Response(self.output)
        self.sequence: int | None = None  # number of the last event

    @property
    def begun(self) -> bool:
        """True if a response or an item came."""
        return self.response.head is not None

    @property
    def complete(self) -> bool:
        """True if the terminal event came."""
        return self.ended

    def merge(self, payload: Any, name: str, events: list[StreamEvent], size: int) -> bool:
        """Merge an event; an error is raised after its events are appended."""
        if self.ended or not isinstance(payload, dict):
            return self.ended
        kind = _kind(payload, name)
        number = payload.get("sequence_number")
        if type(number) is int:
            if self.sequence is not None and number <= self.sequence:
                self.repair("sequence_not_increasing")
            self.sequence = number
        if not kind.endswith(".delta"):
            self.answer.changed()
        if (found := EVENTS.get(kind)) is not None:
            if self.response.head is None:
                self.response.begin(events)
            handler, how = found
            return handler(self.output, how, payload, events, size)
        if kind in LIFECYCLE:
            return self.response.lifecycle(payload, events, size)
        if kind in TERMINAL:
            return self._terminal(kind, payload, events, size)
        take_status(self.output, kind, payload)
        if is_gateways(payload, kind):
            raise from_value(payload["error"], event=kind)
        return False

    def _terminal(self, kind: str, payload: dict[str, Any], events: list[StreamEvent], size: int) -> bool:
        self.ended = True
        try:
            self.response.terminal(kind, payload, events, size)
        except StreamError:
            self.ended = False
            raise
        return True

    def end_of(self, payload: Any, name: str) -> Any:
        """Return what of an event says how the message ends, and its token counts."""
        self.budget.fill()
        if not isinstance(payload, dict):
            return None
        kind = type_of(payload, name)
        if kind not in TERMINAL:
            return payload if is_gateways(payload, kind) else None
        response = payload.get("response")
        return {**payload, "response": {**response, "output": []}} if isinstance(response, dict) else payload

    def finish(self, terminated: bool, events: list[StreamEvent], failed: bool = False) -> StreamError | None:
        """End the message: tell what was held back. Without the terminal event nothing else ends."""
        for item in self.output.in_order():
            for key, at in item.numbers:
                parts = item.data.get(key)
                part = parts[at] if isinstance(parts, list) and at < len(parts) else None
                place = BY_PART.get((key, kind_of(part)))
                if place is not None and isinstance(part, dict) and isinstance(text := part.get(place.field), Text):
                    self.texts.end(item, place, at, text, events)
            if item.call is not None:
                self.answer.flush_call(item.call, events)
        return None

    def bind(self, payload: Any, name: str) -> Binding | None:
        """Say how another payload like the one that was just merged can be merged; None if that is not certain."""
        return bind(self, payload, name)

    def object(self) -> dict[str, Any]:
        """Return the response so far as a fresh object; ``{}`` before it begins."""
        if self.response.head is None:
            return {}
        return {**to_json(self.response.head), "output": [item.to_json() for item in self.output.in_order()]}

    def completion(self, complete: bool | None = None, *, final: bool = False) -> Completion:
        """Return the message so far.

        Args:
            complete: overrides what the events say.
            final: nothing will change any more, so that the JSON can be made when it is wanted.
        """
        response, items = self.response, self.output.in_order()
        raw = self.object if final else self.object()
        done = self.complete if complete is None else complete
        if response.head is None:
            return with_raw(Completion(dialect=self.dialect, complete=done), raw)
        calls = tuple([view(item) for item in items if item.call is not None])
        usage = response.head.get("usage")
        completion = Completion(
            id=text_or_none(response.head.get("id")),
            model=text_or_none(response.head.get("model")),
            created=created(response.head),
            choices=(Choice(0, Message(tool_calls=calls, **_texts(items)), *response.reasons),),
            usage=to_json(usage) if isinstance(usage, dict) and usage else None,
            dialect=self.dialect,
            complete=done,
        )
        return with_raw(completion, raw)


def is_gateways(payload: dict[str, Any], kind: str) -> bool:
    """True for an error of a gateway, in an event that no dialect has."""
    error = payload.get("error")
    return bool(error) and isinstance(error, dict) and not kind.startswith("response.") and not shape(payload)


def _kind(payload: dict[str, Any], name: str) -> str:
    """Return the type of an event; raise the error of a gateway, which has neither a type nor a name.

    Some proxies say it in the name only. A response that was not streamed has ended as its status says.
    """
    kind = payload.get("type")
    if isinstance(kind, str) and kind:
        return kind
    if not name.startswith("response.") and is_response(payload):
        ended = "response.failed" if payload.get("error") else f"response.{payload['status']}"
        return ended if ended in TERMINAL else "response.in_progress"
    if name == "message" and isinstance(payload.get("message"), str) and payload["message"]:
        raise from_value(payload)
    return name


def _texts(items: list[Item]) -> dict[str, str]:
    """Return the texts of the items, by the field of a message."""
    said: dict[str, list[str]] = {"text": [], "refusal": [], "reasoning": []}
    for item in items:
        for place in BY_ITEM.get(item.type, ()):
            into = said["reasoning" if place.item == "reasoning" else place.field]
            found = [part.get(place.field) for part in item.parts(place.key) if kind_of(part) == place.part]
            into += [text for text in map(to_json, found) if isinstance(text, str)]
    return {field: "".join(texts) for field, texts in said.items()}
