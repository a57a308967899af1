"""Gemini's Interactions API.

Source: https://ai.google.dev/gemini-api/docs/interactions
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from .._errors import ProtocolError
from .._limits import Limits
from .._model.completion import FinishReason
from .._model.events import ReasoningDelta, StreamEvent
from .fields import Fields, ensure_list, list_in, object_in, text_in, text_of, text_or_none, text_or_repr
from .tree import UNKNOWN, Arguments, Blocks, Said, assign, leaves
from .tree_answer import LEAF_COST, Path
from .tree_reader import TreeReader
from .unstreamed import CallPlace, Places, SignaturePlace

CALL = "function_call"
TEXT: Places = {"=text": {"text": "text"}}
STEPS: Places = {
    "=model_output": {"content": TEXT},
    "=thought": {"summary": {"=text": {"text": "summary"}}, "signature": SignaturePlace("summary")},
    "=function_call": {"arguments": CallPlace("id", 1)},
}
LISTS = {"model_output": "content", "thought": "summary"}
"""Where the texts of a step are."""
PUSHED = frozenset(("image", "audio", "video", "document"))
NO_ID = frozenset(("id", "signature"))  # an empty one is left out
DELTA = "$.delta"


class InteractionsReader(TreeReader):
    """Merge the events of an interaction into the interaction that is not streamed.

    >>> interactions = InteractionsReader()
    >>> created = {"event_type": "interaction.created", "interaction": {"id": "n1", "model": "v"}}
    >>> interactions.add(created)
    [MessageStart(id='n1', model='v')]
    >>> interactions.add({"event_type": "step.start", "index": 0, "step": {"type": "model_output"}})
    []
    >>> interactions.add({"event_type": "step.delta", "index": 0, "delta": {"type": "text", "text": "Hi"}})
    [TextDelta(text='Hi', choice=0)]
    >>> interactions.completion().to_dict()["steps"]
    [{'type': 'model_output', 'content': [{'type': 'text', 'text': 'Hi'}]}]
    """

    __slots__ = ("_final", "_steps")

    dialect: ClassVar[str] = "gemini-interactions"
    typed: ClassVar[bool] = True
    type_key: ClassVar[str] = "event_type"
    ignored: ClassVar[frozenset[str]] = frozenset(("event_id",))
    ends: ClassVar[frozenset[str]] = frozenset(("interaction.status_update", "interaction.completed", "error"))
    reasons: ClassVar[dict[str, FinishReason]] = {
        "completed": "stop",
        "incomplete": "length",
        "budget_exceeded": "length",
        "requires_action": "tool_calls",
        "requires_continuation": "pause",
        "failed": "error",
        "cancelled": "error",
    }

    # An earlier version of the API has contents in place of steps.
    places: ClassVar[Places] = {"steps": STEPS, "outputs": {**STEPS, **TEXT}}
    reason_key: ClassVar[str] = "status"

    def __init__(self, *, limits: Limits = Limits(), n: int | None = None, cumulative: bool = False) -> None:
        super().__init__(limits=limits)
        self._steps = Blocks()
        self._final: list[Fields] | None = None  # the steps that came with the end

    def end_of(self, payload: Any, name: str) -> Any:
        """Return an event that says how the interaction ends, or its token counts, without the steps."""
        end = super().end_of(payload, name)
        return None if end is None else {**end, "interaction": {**object_in(end, "interaction"), "steps": []}}

    def take(self, payload: Fields, kind: str, events: list[StreamEvent]) -> bool:
        """Merge an event."""
        if kind not in EVENTS:
            return False
        if not self._begun and kind != "interaction.created":
            self.repair("missing_start")
        interaction = object_in(payload, "interaction")
        self.begin(interaction.get("id") or None, interaction.get("model"), events)
        return EVENTS[kind](self, payload, events)

    def _overlay(self, fields: Fields, source: Fields) -> None:
        for key, value in source.items():
            if key not in NO_ID or value != "":
                assign(fields, key, value, self.budget)

    def _interaction(self, payload: Fields, events: list[StreamEvent]) -> bool:
        found = object_in(payload, "interaction")
        self._overlay(self.fields, {key: value for key, value in found.items() if key not in ("steps", "usage")})
        self.count(found.get("usage"), events)
        return True

    def _status(self, payload: Fields, events: list[StreamEvent]) -> bool:
        self._overlay(self.fields, {key: payload.get(key) for key in ("status", "continuation_token")})
        self.count(payload.get("usage"), events)
        return True

    def _start(self, payload: Fields, events: list[StreamEvent]) -> bool:
        start = object_in(payload, "step")
        if not start:
            self.repair("bad_start")
            return False
        index = self.index_in(payload, "index", len(self._steps))
        if index in self._steps:
            self.repair("index_reused")
        step = self._step(start, events)
        given = start.get("arguments")
        if start.get("type") == CALL:
            given = {} if given is None else given
            step["arguments"] = self.start_call(start.get("id"), start.get("name"), given, True, events)
        elif given is not None:
            step["arguments"] = Arguments(None, self.budget.copy(given), True)
        self._steps.add(index, step)
        return start.get("type") in (CALL, *LISTS)

    def _step(self, start: Fields, events: list[StreamEvent] | None) -> Fields:
        """Make a step of the object: its texts can grow.

        Args:
            start: the step as it came.
            events: its events are appended; None if its texts were told before.
        """
        self.answer.changed()
        listed = LISTS.get(text_of(start.get("type")), "")
        step: Fields = {}
        self._overlay(step, {key: value for key, value in start.items() if key not in (listed, "arguments")})
        entries = list_in(start, listed, "$.step")
        if isinstance(start.get(listed), list):
            step[listed] = []
        for entry in entries:
            self._push(step, listed, entry, (), events, joined=False)
        return step

    def _push(
        self,
        step: Fields,
        key: str,
        entry: Any,
        path: Path,
        events: list[StreamEvent] | None,
        *,
        joined: bool = True,
    ) -> bool:
        """Add an entry to the content or the summary of a step; streamed text is joined to text before it."""
        entries = ensure_list(step, key)
        if not isinstance(entry, dict) or entry.get("type") != "text":
            self.answer.changed()
            entries.append(self.budget.copy(entry))
            return False
        text = text_in(entry, "text", DELTA)
        last = entries[-1] if entries and joined else {}
        if not isinstance(last, dict) or not isinstance(last.get("text"), Said):
            last = {"type": "text", "text": self.start_text("text" if key == "content" else "summary")}
            entries.append(last)
        self._overlay(last, {name: value for name, value in entry.items() if name not in ("text", "annotations")})
        self._annotate(last, entry)
        if events is None:
            self.budget.charge(len(text))
            last["text"].add(text)
        else:
            self.say(last["text"], text, path, events)
        return True

    def _annotate(self, block: Fields, source: Fields) -> None:
        if annotations := list_in(source, "annotations", DELTA):
            self.answer.changed()
            ensure_list(block, "annotations").extend(self.budget.copy(annotations))

    def _at(self, index: int, wanted: str) -> Fields:
        """Return the step of a type at an index; a delta in the wrong place has a step of its own."""
        for step in self._steps.at(index):
            if step.get("type") == wanted and isinstance(step.get(LISTS[wanted], []), list):
                return step
        self.repair("item_type_mismatch" if index in self._steps else "unknown_index")
        self.answer.changed()
        self.budget.charge(LEAF_COST)
        step = {"type": wanted}
        self._steps.add(index, step)
        return step

    def _delta(self, payload: Fields, events: list[StreamEvent]) -> bool:
        delta = object_in(payload, "delta")
        index = self.index_in(payload, "index", max(0, len(self._steps) - 1))
        kind = text_of(delta.get("type"))
        if kind == "text":
            return self._push(self._at(index, "model_output"), "content", delta, ("delta", "text"), events)
        if kind in PUSHED:
            return self._push(self._at(index, "model_output"), "content", delta, (), events)
        if kind == "thought_summary":
            path = ("delta", "content", "text")
            return self._push(self._at(index, "thought"), "summary", delta.get("content"), path, events)
        if kind == "thought_signature":
            return self._sign(self._at(index, "thought"), delta, events)
        if kind == "text_annotation_delta":
            content = self._at(index, "model_output").get("content")
            if content and isinstance(content[-1], dict):
                self._annotate(content[-1], delta)
        elif kind == "arguments_delta":
            return self._arguments(index, text_in(delta, "arguments", DELTA), events)
        elif kind.endswith(("_call", "_result")):
            steps = self._steps.at(index)
            self._lay(steps[0] if steps else self._at(index, "model_output"), delta)
        return False

    def _sign(self, step: Fields, delta: Fields, events: list[StreamEvent]) -> bool:
        signature = delta.get("signature")
        assign(step, "signature", signature, self.budget)
        if not signature or not isinstance(signature, str):
            return False
        last = step.get("summary", [])[-1:]
        said = last[0].get("text") if last and isinstance(last[0], dict) else None
        events.append(ReasoningDelta("", 0, "summary", said.part if isinstance(said, Said) else 0, signature))
        return True

    def _arguments(self, index: int, text: str, events: list[StreamEvent]) -> bool:
        if not text:
            return True
        for step in self._steps.at(index):
            arguments = step.get("arguments")
            if not isinstance(arguments, Arguments) and text_of(step.get("type")).endswith("_call"):
                arguments = step["arguments"] = Arguments(None, UNKNOWN if arguments is None else arguments, True)
            if isinstance(arguments, Arguments):
                if arguments.open:
                    return self.argue(arguments, text, ("delta", "arguments"), events)
                if arguments.call is not None and not arguments.streamed and not arguments.given:
                    if text.strip() in ("", "{}"):
                        return True
                    break  # it would be run without them
                self.repair("late_delta")
                return False
        raise ProtocolError(f"expected arguments of an open call, got some for step {index}", where=DELTA)

    def _lay(self, step: Fields, delta: Fields) -> None:
        """Lay a delta over its step."""
        arguments = step.get("arguments")
        rest = {key: value for key, value in delta.items() if key != "type"}
        if not isinstance(arguments, Arguments):
            self._overlay(step, rest)
            return
        given = rest.pop("arguments", None)
        self._overlay(step, rest)
        if arguments.call is not None:
            arguments.call.name = text_or_none(step.get("name")) or ""
        if given and arguments.open:
            self.answer.changed()
            arguments.given = self.budget.replace(arguments.given, given)
        elif given:
            self.repair("late_delta")

    def _stop(self, payload: Fields, events: list[StreamEvent]) -> bool:
        for step in self._steps.at(self.index_in(payload, "index", max(0, len(self._steps) - 1))):
            if isinstance(arguments := step.get("arguments"), Arguments):
                self.close(arguments, events)
            if step.get("signature") == "":
                self.answer.changed()
                del step["signature"]
        return True

    def _end(self, payload: Fields, events: list[StreamEvent]) -> bool:
        steps = list_in(object_in(payload, "interaction"), "steps", "$.interaction")
        if steps:
            self._replace([step for step in steps if isinstance(step, dict)], events)
        self._interaction(payload, events)
        self.ended = True
        self.end_answer(self.fields.get("status"), events)
        return True

    def end_body(self, raw: Any, events: list[StreamEvent]) -> None:
        """End an interaction that was not streamed, unless it still runs."""
        if raw != "in_progress":
            super().end_body(raw, events)

    def _replace(self, steps: list[Fields], events: list[StreamEvent]) -> None:
        """Take the steps that come with the end: they win. A call that did not stream is told whole."""
        waiting: dict[Any, list[Arguments]] = {}
        for leaf, _ in leaves(self._steps):
            if isinstance(leaf, Arguments) and leaf.call is not None:
                waiting.setdefault(leaf.call.id, []).append(leaf)
        final = []
        for entry in steps:
            step = self._step(entry, None)
            final.append(step)
            if entry.get("type") != CALL:
                assign(step, "arguments", entry.get("arguments"), self.budget)
                continue
            given = {} if entry.get("arguments") is None else entry["arguments"]
            same = waiting.get(text_or_repr(entry.get("id")))
            if not same:
                step["arguments"] = self.whole_call(entry.get("id"), entry.get("name"), given, events)
                continue
            arguments = same.pop(0)
            self.settle_call(arguments, given, events)
            step["arguments"] = Arguments(arguments.call, self.budget.copy(given), True)
        self.answer.changed()
        self._final = final

    def tree(self) -> Fields:
        """Return the object in the provider's shape."""
        steps = self._steps if self._final is None else self._final
        return {**({"steps": steps} if len(steps) else {}), **super().tree()}


EVENTS: dict[str, Callable[[InteractionsReader, Fields, list[StreamEvent]], bool]] = {
    "interaction.created": InteractionsReader._interaction,
    "interaction.status_update": InteractionsReader._status,
    "interaction.completed": InteractionsReader._end,
    "step.start": InteractionsReader._start,
    "step.delta": InteractionsReader._delta,
    "step.stop": InteractionsReader._stop,
}
