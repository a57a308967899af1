"""The reader of Anthropic Messages.

Source: https://docs.anthropic.com/en/docs/build-with-claude/streaming
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from ..._copied import copied
from ..._errors import ProtocolError, StreamError, safe_repr
from ..._limits import Limits
from ..._model.completion import Completion
from ..._model.events import ChoiceEnd, MessageStart, StreamEvent, UsageUpdate
from ..._model.result import with_raw
from ..._payloads.server_errors import from_value
from ..._payloads.templates import Binding
from ..counts import check_keys, extra_weight
from ..fields import erases, replace_field, text_or_repr, type_of
from ..one_answer import OneAnswerReader
from ..recognition import is_message
from . import binding
from .content import Content
from .results import completion_of, reason_of

SKELETON: dict[str, Any] = {
    "id": None, "type": "message", "role": "assistant", "model": None, "stop_reason": None, "stop_sequence": None,
}  # fmt: skip
"""The message of a stream without a message_start; its content and usage are kept elsewhere."""
NOT_STORED = frozenset(("type", "delta", "usage", "error", "content"))  # of a message_delta
AT_THE_END = frozenset(("message_delta", "message_stop", "error"))
Start = Callable[[dict[str, Any], list[StreamEvent]], bool]


class AnthropicReader(OneAnswerReader):
    """Merge the events of a message into the message.

    Args:
        limits: memory limits.
        n, cumulative: not used: there is one answer, and only new text is sent.

    Attributes:
        error: the error that ended the message, or None.
        ended: message_stop came.

    >>> reader = AnthropicReader()
    >>> _ = reader.add({"type": "message_start", "message": {"id": "m1", "content": []}})
    >>> reader.add({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "Hi"}})
    [TextDelta(text='Hi', choice=0)]
    >>> reader.completion().to_dict()
    {'id': 'm1', 'usage': {}, 'content': [{'type': 'text', 'text': 'Hi'}]}
    """

    __slots__ = ("_complete", "_content", "_message", "_spliced")

    dialect: ClassVar[str] = "anthropic"
    typed: ClassVar[bool] = True
    done_is_terminator: ClassVar[bool] = False  # gateways send [DONE] behind anything

    def __init__(self, *, limits: Limits = Limits(), n: int | None = None, cumulative: bool = False) -> None:
        super().__init__(limits)
        self._content = Content(self.answer)
        self._message: dict[str, Any] | None = None  # all but the content
        self._complete = False
        self._spliced = False  # another message began

    @property
    def begun(self) -> bool:
        """True if the message started."""
        return self._message is not None

    @property
    def complete(self) -> bool:
        """True if message_stop came, or the end after a stop_reason with every block closed."""
        return self._complete

    def merge(self, payload: Any, name: str, events: list[StreamEvent], size: int) -> bool:
        """Merge an event; False for one that has no typed event, whether it was stored or not."""
        if self.ended:
            return True
        if self._spliced or not isinstance(payload, dict):
            return False
        kind = type_of(payload, name)
        if kind == "content_block_delta":
            return self._begin(events)._content.delta(payload, events)
        if not kind and isinstance(payload.get("message"), str) and payload["message"]:
            raise from_value(payload)  # neither a type nor a name: an error of a gateway
        if kind == "message_start":
            return self._start(payload, events)
        if kind == "content_block_start":
            return self._begin(events)._block_start(payload, events)
        if kind == "content_block_stop":
            return self._begin(events)._content.stop(payload, events)
        if kind == "message_delta":
            return self._begin(events)._message_delta(payload, events)
        if kind == "message_stop":
            return self._begin(events)._stop(events)
        if self._message is None and is_message(payload):
            return self._unstreamed(payload, events)
        return kind == "ping"

    def end_of(self, payload: Any, name: str) -> Any:
        """Return what of an event says how the message ends, and its token counts."""
        self.budget.fill()
        return payload if isinstance(payload, dict) and type_of(payload, name) in AT_THE_END else None

    def finish(self, terminated: bool, events: list[StreamEvent], failed: bool = False) -> StreamError | None:
        """End a message whose message_stop did not come.

        Proxies drop it, so the message is complete if a stop_reason came and every block is closed.
        """
        if self._message is not None and not self._complete:
            if not failed:
                self._content.end_waiting(events)
            self._complete = bool(self._stop_reason) and not self._content.is_open and not failed
            self._content.release(events)
            if self._complete:
                self._end_choice(events)
        return None

    def completion(self, complete: bool | None = None, *, final: bool = False) -> Completion:
        """Return the message so far as a `Completion`.

        Args:
            complete: overrides what the payloads say.
            final: nothing will change any more, so that the JSON can be made when it is wanted.
        """
        complete = self._complete if complete is None else complete
        if self._message is None:
            return with_raw(Completion(dialect=self.dialect, complete=complete), {})
        return completion_of(self._message, self._content.blocks.copy(), complete, final)

    def bind(self, payload: Any, name: str) -> Binding | None:
        """Say how another payload like the one that was just merged can be merged; None if that is not certain."""
        return binding.bind(self._content, payload)

    def _begin(self, events: list[StreamEvent]) -> AnthropicReader:
        """Make sure that there is a message: the start may be missing."""
        if self._message is None:
            self.repair("missing_start")
            self._open(SKELETON, None, events)
        return self

    def _start(self, payload: dict[str, Any], events: list[StreamEvent]) -> bool:
        message = payload.get("message")
        if not isinstance(message, dict):
            self.repair("bad_start")
            return False
        if self._message is not None:
            if message.get("id") == self._message.get("id"):
                self.repair("duplicate_start")
                return True
            self._spliced = True
            self.answer.changed()
            found = f"the start of another message with id {safe_repr(message.get('id'))}"
            raise ProtocolError(f"expected one message, got {found}: use a new stream for each", where="$.message.id")
        self._open(message, message.get("usage"), events)
        content = message.get("content") or ()
        if not isinstance(content, (list, tuple)):
            self.repair("bad_start")
            content = ()
        self._blocks(content, self._block_start, events)
        return True

    def _unstreamed(self, message: dict[str, Any], events: list[StreamEvent]) -> bool:
        """Take a message that came at once; its own fields count, whatever the blocks say."""
        self._open(message, message.get("usage"), events)
        self._blocks(message["content"], self._content.start, events)
        return self._stop(events) if self._stop_reason else True

    def _blocks(self, content: Iterable[Any], start: Start, events: list[StreamEvent]) -> None:
        """Tell whole blocks as if they had streamed."""
        for index, block in enumerate(content):
            start({"index": index, "content_block": block}, events)
            self._content.stop({"index": index}, events)

    def _open(self, message: dict[str, Any], usage: Any, events: list[StreamEvent]) -> None:
        self.answer.changed()
        fields = {key: value for key, value in message.items() if key not in ("content", "usage")}
        self._message = {**self.budget.copy(fields), "usage": {}}
        events.append(MessageStart(text_or_repr(fields.get("id")), text_or_repr(fields.get("model"))))
        self._usage(usage, events)

    def _block_start(self, payload: dict[str, Any], events: list[StreamEvent]) -> bool:
        block = payload.get("content_block")
        if isinstance(block, dict) and block.get("type") == "fallback":
            to = block.get("to")  # another model answers from here on
            if isinstance(to, dict) and isinstance(to.get("model"), str):
                self._overlay({"model": to["model"]})
        return self._content.start(payload, events)

    def _message_delta(self, payload: dict[str, Any], events: list[StreamEvent]) -> bool:
        self._content.end_waiting(events)
        self.answer.changed()
        delta = payload.get("delta")
        if isinstance(delta, dict):
            self._overlay({key: value for key, value in delta.items() if key not in ("content", "usage")})
        rest = {key: value for key, value in payload.items() if key not in NOT_STORED and value is not None}
        self._overlay(rest)
        self._usage(payload.get("usage"), events)
        return True

    def _overlay(self, source: dict[str, Any]) -> None:
        assert self._message is not None
        self._message.update(self._news(self._message, source))

    def _usage(self, usage: Any, events: list[StreamEvent]) -> None:
        """Overwrite token counts: they are cumulative, and may fall when the context is compacted."""
        assert self._message is not None
        if isinstance(usage, dict) and usage:
            known = self._message["usage"]
            known = self._message["usage"] = check_keys({**known, **self._news(known, usage)})
            self.budget.charge(extra_weight(known, usage))
            events.append(UsageUpdate(copied(known)))

    def _news(self, known: dict[str, Any], source: dict[str, Any]) -> dict[str, Any]:
        """Return copies of the values that overwrite known ones: null and empty values erase nothing."""
        if not known:
            first: dict[str, Any] = self.budget.copy(source)
            return first
        return {
            key: replace_field(known, key, value, self.budget)
            for key, value in source.items()
            if not (key in known if value is None else not value and erases(known.get(key), value))
        }

    def _stop(self, events: list[StreamEvent]) -> bool:
        self._content.end(self._stop_reason == "tool_use", events)
        self.ended = self._complete = True
        self._end_choice(events)
        return True

    def _end_choice(self, events: list[StreamEvent]) -> None:
        self.answer.changed()
        events.append(ChoiceEnd(0, *reason_of(self._stop_reason)))

    @property
    def _stop_reason(self) -> Any:
        return self._message and self._message.get("stop_reason")
