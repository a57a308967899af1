"""Assembles tool calls: finds the call of each fragment, and appends to it."""

from __future__ import annotations

import json
from itertools import filterfalse
from typing import Any

from ..._errors import LimitExceeded, ProtocolError, safe_repr
from ..._model.budget import CONTAINER
from ..._model.events import ReasoningDelta, StreamEvent, ToolCallDelta, ToolCallEnd, ToolCallStart
from ..._pickling import Picklable
from ..answer import CALL_COST
from ..live_call import ToolType
from .call import PLACEHOLDER, TYPED, Call
from .context import MessageContext
from .merge import merge_field
from .names import NESTED

LONGEST_NAME = 1000  # characters; OpenAI allows 64
# Fields of a call with a rule of their own; all others are merged as they come.
CALL_FIELDS = frozenset(("index", "id", "type", "function", "custom", "name", "arguments", "input"))


class CallCounter(Picklable):
    """Numbers the calls of one choice; its ``tool_calls`` and its ``function_call`` share one."""

    __slots__ = ("started",)

    def __init__(self) -> None:
        self.started = 0

    def next_index(self) -> int:
        """Return the index of the next call to start."""
        index = self.started
        self.started += 1
        return index


class ToolCalls(Picklable):
    """The tool calls of one choice."""

    __slots__ = ("by_id", "by_index", "calls", "choice", "context", "counter", "latest", "limit")

    def __init__(self, choice: int, context: MessageContext, limit: int, counter: CallCounter) -> None:
        self.choice = choice
        self.counter = counter
        self.context = context
        self.limit = limit
        self.calls: list[Call] = []
        self.by_index: dict[int, Call] = {}  # the latest call at each index
        self.by_id: dict[str, Call] = {}
        self.latest: Call | None = None

    def real(self) -> list[Call]:
        """The calls, ordered by the provider's index, then by arrival."""
        calls = [call for call in self.calls if call.real]
        return sorted(calls, key=lambda call: -1 if call.wire_index is None else call.wire_index)

    def started(self, ordinal: int) -> Call | None:
        """Return the call with this index in its events, or None."""
        likely = self.calls[ordinal : ordinal + 1]
        return next((call for call in (*likely, *self.calls) if call.ordinal == ordinal), None)

    def add(self, entry: dict[str, Any], where: str, events: list[StreamEvent]) -> None:
        """Merge one entry of ``delta.tool_calls``."""
        index, call_id = entry.get("index"), entry.get("id")
        if type(index) is not int:
            index = self.context.index_of(index, f"{where}.index")
        if type(call_id) is not str:
            call_id = self.context.word(call_id)
        body = entry.get("function") or entry.get("custom") or {}
        if not body and ("name" in entry or "arguments" in entry):
            self.context.repair("flat_call")
            body = {key: entry[key] for key in ("name", "arguments") if key in entry}
        if not isinstance(body, dict):
            raise ProtocolError(f"expected an object, got {safe_repr(body)}", where=f"{where}.function")
        name = body.get("name")
        if type(name) is not str:
            name = self.context.text_of(name, f"{where}.function.name")
        if name == "null" and self.latest is not None and self.latest.name:
            self.context.repair("null_name")
            name = ""
        text = body.get("input") if entry.get("custom") else body.get("arguments")
        arguments = text if type(text) is str else self._text(text, f"{where}.function.arguments")
        announced = bool(call_id or entry.get("type") or text == "")
        call = self._find(index, call_id, name, arguments, announced)
        if call is None or self._has_other_object(call, entry):
            call = self._begin(index, events)
        self._identify(call, entry, call_id, name)
        self._append(call, arguments)
        for fields, source in ((call.extras, entry), (call.inner, body)):
            for key in filterfalse(CALL_FIELDS.__contains__, source):
                merge_field(fields, key, source[key], NESTED, self.context.budget)
        self.latest = call
        self._emit(call, events)

    # Which call a fragment belongs to. OpenAI sends id and name once, in the first fragment of a call,
    # and the index in all of them. Other servers leave out, repeat or change each of the three. So the
    # most reliable one that is present decides. The rules, in order, with servers that need them:
    #
    # 1. Known id, same index or no index: that call. (No index, id repeated: Databricks.)
    #    But another name, after its arguments are a complete object, starts a new call: the server
    #    reuses ids. (Relays of Gemini: the id is the function's name.)
    # 2. Known id, other index: that call too. (Oracle's cloud announces a call again.)
    #    But with a name, after its arguments are complete, it is a new call. (OpenRouter.)
    # 3. Known index: its latest call. (OpenAI, and all that follow it. Fragments with id "": Alibaba;
    #    with a new id for each fragment: Poolside.)
    #    But a new id with a name starts a new call (old Ollama, LMDeploy: all calls at index 0), unless
    #    the name is the same and the arguments are incomplete: then the id is noise.
    #    If one of the two has no id, these start a new call: a name with a new object after a complete
    #    one (Ollama through LiteLLM), and another name in what looks like a first fragment, after a
    #    call without id and arguments.
    # 4. New index: a new call. (The first index is 1 at Anthropic's compatible endpoint.)
    #    But arguments without id and name belong to the latest call that has a name and no arguments.
    # 5. No index (Mistral, Google's compatible endpoint, older Ollama): a new id starts a call, unless
    #    the latest call has no id and no name comes. A name starts a call, unless the latest call has
    #    none, or has the same one and incomplete arguments. An object after a complete one does, too.
    # 6. Otherwise the latest call. (Google's compatible endpoint, local servers.)
    def _find(self, index: int | None, call_id: str, name: str, arguments: str, announced: bool) -> Call | None:
        """Return the call that a fragment continues; None if it starts a new one."""
        at_index = None if index is None else self.by_index.get(index)
        here = at_index is not None and at_index.id == call_id
        known = at_index if call_id and here else self.by_id.get(call_id)
        if known is not None:
            elsewhere = index is not None and not here
            if name and known.is_complete():
                if (elsewhere and known.wire_index is not None) or known.another_begins(name, arguments):
                    return self._repaired("duplicate_id", None)
            return self._repaired("id_at_other_index", known) if elsewhere else known
        if at_index is not None:
            if call_id and at_index.id:
                unfinished = name == at_index.name and at_index.arguments.size and not at_index.is_complete()
                if not name or unfinished:
                    return self._repaired("changing_id", at_index)
                return self._repaired("reused_index", None)
            if name and at_index.next_begins(call_id, name, arguments, announced):
                return self._repaired("reused_index", None)
            return at_index
        if index is not None:
            return None if call_id or name or not arguments else self._without_arguments(index, arguments)
        return self._without_index(call_id, name, arguments)

    def _without_arguments(self, index: int, arguments: str) -> Call | None:
        """Return the latest call with a name and no arguments: it gets the arguments from another index."""
        for call in reversed(self.calls):
            if call.name and (not call.arguments.size or (call.placeholder and arguments.lstrip().startswith("{"))):
                self.context.budget.epoch += 1
                self.by_index[index] = call
                return self._repaired("arguments_at_other_index", call)
        return None

    def _without_index(self, call_id: str, name: str, arguments: str) -> Call | None:
        latest = self.latest
        if latest is None:
            return None
        if call_id:
            return latest if latest.id is None and not name else None
        if name:
            return latest if not latest.name or (name == latest.name and not latest.is_complete()) else None
        if arguments.lstrip().startswith("{") and latest.scanner.is_closed() and not latest.placeholder:
            return None
        return self._repaired("missing_index", latest)

    def _has_other_object(self, call: Call, entry: dict[str, Any]) -> bool:
        """True if an entry has the object of another type than the call."""
        kind = entry.get("type")
        if not isinstance(kind, str) or kind.lower() in TYPED or not isinstance(entry.get(kind), dict):
            return False
        return call.type not in ("", kind.lower()) or bool(call.name)

    def _begin(self, index: int | None, events: list[StreamEvent]) -> Call:
        if len(self.calls) >= self.limit:
            raise LimitExceeded._over("max_tool_calls", self.limit)
        self.context.budget.epoch += 1
        self.context.budget.charge(CALL_COST)
        if self.latest is not None:
            self._end_if_complete(self.latest, events)  # "the next call began"
        call = Call(index)
        self.calls.append(call)
        if index is not None:
            self.by_index[index] = call
        return call

    def _identify(self, call: Call, entry: dict[str, Any], call_id: str, name: str) -> None:
        if call_id and call.id is None:
            self.context.budget.epoch += 1
            call.id = call_id
        if call_id and call_id not in self.by_id:
            self.by_id[call_id] = call
            self.context.budget.charge(len(call_id) + CONTAINER)
        elif call_id and call.id == call_id:
            self.by_id[call_id] = call  # the latest of the calls with this id
        kind = entry.get("type")
        if isinstance(kind, str) and kind and not call.type:
            self.context.budget.epoch += 1
            call.type = kind.lower()
            self.context.budget.charge(len(kind))
            if call.type != kind:
                self.context.repair("uppercase_type")
        if not call.custom and isinstance(entry.get("custom"), dict):
            self.context.budget.epoch += 1
            call.custom = True
        if name and name != call.name:
            self._rename(call, name)

    def _rename(self, call: Call, name: str) -> None:
        self.context.budget.epoch += 1
        if not call.name:
            call.name = name
        elif name.startswith(call.name):
            call.name = name
            self.context.repair("cumulative_name")
        elif call.arguments.size or len(call.name) >= LONGEST_NAME:
            return self.context.repair("changed_name")
        else:
            call.name += name  # a name in pieces, before the first argument
        self.context.budget.charge(len(name))

    def _append(self, call: Call, text: str) -> None:
        arguments = call.arguments
        if (
            self.context.cumulative
            and 0 < arguments.size <= len(text)
            and text.startswith(so_far := arguments.to_json())
        ):
            text = text[len(so_far) :]
        elif arguments.size and not call.custom and text.lstrip().startswith("{"):
            if call.placeholder and not PLACEHOLDER.fullmatch(text):
                self.context.repair("placeholder_arguments")
                self.context.budget.refund(arguments.size)
                self.context.budget.epoch += 1
                call.clear()
            elif call.placeholder or (
                len(text) == arguments.size and call.scanner.is_closed() and arguments.to_json() == text
            ):
                return self.context.repair("replayed_arguments")
        if not text:
            return
        if call.ended:
            self.context.repair("arguments_after_end")
        call.closing = False
        self.context.budget.charge(len(text))
        call.append(text)
        if call.arguments.pending_surrogate:
            self.context.budget.epoch += 1

    def _emit(self, call: Call, events: list[StreamEvent], final: bool = False) -> None:
        """Make the events for what cannot change any more; if ``final``, for everything that is held back."""
        if final and (half := call.arguments.release()):
            call.hold(half)
        if call.ordinal is None and not call.foreign and (call.name or (final and call.real)):
            call.ordinal = self.counter.next_index()
            kind: ToolType = "custom" if call.custom else "function"
            if signature := call.thought_signature():
                events.append(ReasoningDelta("", self.choice, "text", -1, signature))
            events.append(ToolCallStart(self.choice, call.ordinal, call.id, call.name, kind))
        if call.ordinal is not None and call.pending and (final or not call.uncertain):
            events.append(ToolCallDelta(self.choice, call.ordinal, call.take_pending()))
        if call.pending:
            self.context.budget.epoch += 1

    def _end(self, call: Call, events: list[StreamEvent]) -> None:
        self._emit(call, events, final=True)
        if call.ordinal is not None and not call.ended:
            self.context.budget.epoch += 1
            call.ended = True
            call.arguments.join()
            events.append(ToolCallEnd(self.choice, call.ordinal, call.view()))

    def _end_if_complete(self, call: Call, events: list[StreamEvent]) -> None:
        """End a call whose arguments are complete, unless they may still be replaced."""
        if not call.ended and not call.uncertain and call.scanner.is_closed():
            self._end(call, events)

    def reason(self, closes: bool, events: list[StreamEvent]) -> None:
        """Handle a finish_reason: end the calls that are complete.

        It may come early (Together sends one after each call), so other calls wait for the end.

        Args:
            closes: with this reason, the model ended its calls itself.
        """
        for call in self.calls:
            call.closing = closes
            self._end_if_complete(call, events)

    def finish(self, closes: bool, closed: bool, terminated: bool, events: list[StreamEvent]) -> None:
        """Handle the end of the stream: end the calls that the server closed, and hold nothing back.

        A call without arguments is only closed by a later finish_reason: if the stream was truncated
        after the name, "" must not be taken for ``{}``.

        Args:
            closes: with this finish_reason, the model ended its calls itself.
            closed: there was a finish_reason or the terminator: end the complete calls.
            terminated: the terminator arrived.
        """
        for call in self.calls:
            if closes and (call.closing or (terminated and call.arguments.size)):
                self._take_newest(call)
                self._end(call, events)
            elif closed and call.scanner.is_closed():
                self._end(call, events)
        for call in self.calls:
            self._emit(call, events, final=True)

    def _take_newest(self, call: Call) -> None:
        """If each fragment restates the previous one, the joined text is not JSON: use the last fragment."""
        if not call.ended and call.newest_is_complete():
            self.context.repair("cumulative_arguments")
            self.context.budget.refund(call.take_newest())

    def _text(self, value: Any, where: str) -> str:
        if value is None or value is False or isinstance(value, str):
            return value or ""
        self.context.repair("arguments_not_text")
        try:
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        except (RecursionError, TypeError, ValueError) as error:
            cause = error.with_traceback(None)  # its frames hold the value
            raise ProtocolError(
                f"expected arguments as JSON, got {type(value).__name__}: {error}", where=where
            ) from cause

    def _repaired(self, code: str, call: Call | None) -> Call | None:
        self.context.repair(code)
        return call
