"""OpenAI's transcriptions of audio.

Source: https://platform.openai.com/docs/api-reference/audio/transcript-text-delta-event
"""

from __future__ import annotations

from typing import Any, ClassVar

from .._model.events import StreamEvent
from .fields import Fields, list_in, text_in
from .tree import Said, assign
from .tree_reader import TreeReader

DELTA, SEGMENT, DONE = (f"transcript.text.{name}" for name in ("delta", "segment", "done"))


class TranscriptionReader(TreeReader):
    """Merge the events of a transcription into the transcription that is not streamed.

    >>> transcription = TranscriptionReader()
    >>> transcription.add({"type": "transcript.text.delta", "delta": "Hel"})
    [MessageStart(id=None, model=None), TextDelta(text='Hel', choice=0)]
    >>> transcription.add({"type": "transcript.text.done", "text": "Hello"})
    [TextDelta(text='lo', choice=0), ChoiceEnd(choice=0, finish_reason='stop', raw_finish_reason=None)]
    """

    __slots__ = ()

    dialect: ClassVar[str] = "openai-transcription"
    typed: ClassVar[bool] = True
    ends: ClassVar[frozenset[str]] = frozenset((DONE,))

    def end_of(self, payload: Any, name: str) -> Any:
        """Return the last event without the whole text."""
        end = super().end_of(payload, name)
        return None if end is None else {**end, "text": ""}

    def take(self, payload: Fields, kind: str, events: list[StreamEvent]) -> bool:
        """Merge an event."""
        if kind not in (DELTA, SEGMENT, DONE):
            return False
        self.begin(None, None, events)
        if kind == SEGMENT:
            self.answer.changed()
            self.fields.setdefault("segments", []).append(self.budget.copy(payload))
            return False
        if "text" not in self.fields:
            self.fields["text"] = self.start_text("text")
        if kind == DELTA:
            self.say(self.fields["text"], text_in(payload, "delta", "$"), ("delta",), events)
            if logprobs := list_in(payload, "logprobs", "$"):
                self.answer.changed()
                self.fields.setdefault("logprobs", []).extend(self.budget.copy(logprobs))
            return True
        self._end(payload, events)
        return True

    def _end(self, payload: Fields, events: list[StreamEvent]) -> None:
        """Take the whole text: it wins. What it adds to the deltas is told."""
        said, text = self.fields["text"], text_in(payload, "text", "$")
        self.release(events)
        so_far = said.to_json()
        if text.startswith(so_far):
            self.say(said, text[len(so_far) :], (), events)
        elif text:
            whole = Said("text")
            whole.add(text)
            self.fields["text"] = whole
            self.budget.charge(len(text))
        for key, value in payload.items():
            if key not in ("type", "text", "usage"):
                assign(self.fields, key, value, self.budget)
        self.count(payload.get("usage"), events)
        self.ended = True
        self.end_answer(None, events, "stop")
