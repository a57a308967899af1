"""Mistral's Conversations API.

Source: https://docs.mistral.ai/api/#tag/beta.conversations
"""

from __future__ import annotations

from typing import Any, ClassVar

from .._errors import ProtocolError
from .._limits import Limits
from .._model.events import StreamEvent
from .fields import Fields, index_or, text_in, text_or_none
from .tool_input import as_text
from .tree import Arguments, Blocks, Kind, Said, assign
from .tree_answer import LEAF_COST, Path
from .tree_reader import TreeReader
from .unstreamed import CallPlace, Places

RESPONSE = "conversation.response."
MESSAGE, CALL = "message.output", "function.call"
ENTRIES = {
    f"{MESSAGE}.delta": MESSAGE,
    f"{CALL}.delta": CALL,
    **{f"tool.execution.{word}": "tool.execution" for word in ("started", "delta", "done")},
    **{f"agent.handoff.{word}": "agent.handoff" for word in ("started", "done")},
}
"""The type of the entry that each event belongs to."""
TEXT: Places = {"=text": {"text": "text"}}
THINKING: Places = {"=thinking": {"thinking": {"=text": {"text": "reasoning"}}}}
OWN_RULE = frozenset(("type", "output_index", "content_index", "content", "arguments", "info"))


class ConversationsReader(TreeReader):
    """Merge the events of a conversation's response into the response that is not streamed.

    >>> mistral = ConversationsReader()
    >>> mistral.add({"type": "conversation.response.started", "conversation_id": "v1"})
    [MessageStart(id='v1', model=None)]
    >>> mistral.add({"type": "message.output.delta", "output_index": 0, "id": "e1", "content": "Hi"})
    [TextDelta(text='Hi', choice=0)]
    >>> mistral.completion().to_dict()["outputs"]
    [{'object': 'entry', 'type': 'message.output', 'id': 'e1', 'content': 'Hi'}]
    """

    __slots__ = ("_outputs",)

    dialect: ClassVar[str] = "mistral-conversations"
    typed: ClassVar[bool] = True
    ends: ClassVar[frozenset[str]] = frozenset((f"{RESPONSE}done", f"{RESPONSE}error"))

    places: ClassVar[Places] = {
        "outputs": {
            f"={MESSAGE}": {"content": {"": "text", **TEXT, **THINKING}},
            f"={CALL}": {"arguments": CallPlace("tool_call_id", 1)},
        },
    }

    def __init__(self, *, limits: Limits = Limits(), n: int | None = None, cumulative: bool = False) -> None:
        super().__init__(limits=limits)
        self._outputs = Blocks()

    def take(self, payload: Fields, kind: str, events: list[StreamEvent]) -> bool:
        """Merge an event."""
        if kind == f"{RESPONSE}error":
            raise self.coded_error(payload, kind)
        name = ENTRIES.get(kind)
        if name is None and kind not in (f"{RESPONSE}started", f"{RESPONSE}done"):
            return False
        if self._begun == (kind == f"{RESPONSE}started"):
            self.repair("duplicate_start" if self._begun else "missing_start")
        self.begin(payload.get("conversation_id"), None, events)
        if name is not None:
            return self._output(name, payload, events)
        assign(self.fields, "conversation_id", payload.get("conversation_id"), self.budget)
        if kind == f"{RESPONSE}done":
            self.count(payload.get("usage"), events)
            self.close_all(events)
            self.end_body(None, events)
        return True

    def end_body(self, raw: Any, events: list[StreamEvent]) -> None:
        """End the response: nothing in it says why."""
        self.ended = True
        self.end_answer("done", events, "tool_calls" if self.answer.calls else "stop")

    def _output(self, name: str, payload: Fields, events: list[StreamEvent]) -> bool:
        entry = self._entry(name, payload)
        arguments = entry.get("arguments")
        if name == CALL and not isinstance(arguments, Arguments):
            arguments = self.start_call(payload.get("tool_call_id"), payload.get("name"), "", False, events)
            entry["arguments"] = arguments
        for key, value in payload.items():
            if key not in OWN_RULE and entry.get(key) is None:
                assign(entry, key, value, self.budget)
        if name == MESSAGE:
            return self._content(entry, payload.get("content"), ("content",), events)
        if isinstance(arguments, Arguments) and arguments.call is not None:
            arguments.call.id = arguments.call.id or text_in(entry, "tool_call_id", "$") or None
            arguments.call.name = arguments.call.name or text_in(entry, "name", "$")
        assign(entry, "info", payload.get("info"), self.budget)
        if payload.get("arguments") is None:
            return name == CALL
        if not isinstance(arguments, Arguments):
            arguments = entry["arguments"] = Arguments(None, "", False)
        return self.argue(arguments, as_text(payload["arguments"]), ("arguments",), events)

    def _entry(self, name: str, payload: Fields) -> Fields:
        """Return the entry of an event; another type or another call at an index is another entry."""
        index = index_or(payload.get("output_index"), 0)
        for entry in self._outputs.at(index)[:1]:
            old, new = entry.get("tool_call_id"), payload.get("tool_call_id")
            if entry["type"] == name and (old is None or new is None or old == new):
                return entry
            self.repair("index_reused")
        self.answer.changed()
        self.budget.charge(LEAF_COST)
        entry = {"object": "entry", "type": name}
        self._outputs.add(index, entry)
        return entry

    def _content(self, entry: Fields, value: Any, path: Path, events: list[StreamEvent]) -> bool:
        """Append to the content of a message: text is one string, until there is anything else."""
        known = entry.get("content")
        if value is None:
            return True
        if isinstance(value, str):
            if known is None:
                known = entry["content"] = self.start_text("text")
            said = known if isinstance(known, Said) else self._text(known, "text")
            self.say(said, value, path, events)
            return True
        if not isinstance(value, dict):
            raise ProtocolError(f"expected text or an object, got {type(value).__name__}", where="$.content")
        if not isinstance(known, list):
            self.answer.changed()
            known = entry["content"] = [] if known is None else [{"type": "text", "text": known}]
        if value.get("type") == "text":
            said = self._text(known, "text")
            self._rest(known[-1], value, "text")
            self.say(said, text_in(value, "text", "$.content"), (*path, "text"), events)
            return True
        if value.get("type") == "thinking" and isinstance(value.get("thinking"), list):
            return self._thinking(known, value, path, events)
        self.answer.changed()
        known.append(self.budget.copy(value))
        return False

    def _text(self, chunks: list[Any], kind: Kind) -> Said:
        """Return the text chunk at the end of a list: text is joined to text before it."""
        last = chunks[-1] if chunks else None
        if not isinstance(last, dict) or not isinstance(last.get("text"), Said):
            last = {"type": "text", "text": self.start_text(kind)}
            chunks.append(last)
        said: Said = last["text"]
        return said

    def _rest(self, chunk: Fields, source: Fields, key: str) -> None:
        for name, value in source.items():
            if name != key:
                assign(chunk, name, value, self.budget)

    def _thinking(self, chunks: list[Any], value: Fields, path: Path, events: list[StreamEvent]) -> bool:
        last = chunks[-1] if chunks else None
        if not isinstance(last, dict) or last.get("type") != "thinking" or not isinstance(last.get("thinking"), list):
            self.answer.changed()
            last = {"type": "thinking", "thinking": []}
            chunks.append(last)
        self._rest(last, value, "thinking")
        for at, inner in enumerate(value["thinking"]):
            if isinstance(inner, dict) and inner.get("type") == "text":
                said = self._text(last["thinking"], "reasoning")
                self._rest(last["thinking"][-1], inner, "text")
                text = text_in(inner, "text", "$.content.thinking")
                self.say(said, text, (*path, "thinking", at, "text"), events)
            else:
                self.answer.changed()
                last["thinking"].append(self.budget.copy(inner))
        return True

    def tree(self) -> Fields:
        """Return the object in the provider's shape."""
        return {"object": "conversation.response", "outputs": self._outputs, **super().tree()}

    def head(self, tree: Fields) -> Fields:
        """Return id and model of the response: it has no model of its own."""
        return {"id": text_or_none(tree.get("conversation_id"))}
