"""A dialect of its own, small enough to show what `TreeReader` does."""

from __future__ import annotations

from typing import Any, ClassVar

from ssemble import Limits
from ssemble._dialects.fields import Fields, text_in
from ssemble._dialects.tree import UNKNOWN, Arguments, Said
from ssemble._dialects.tree_reader import TreeReader
from ssemble._model.completion import FinishReason
from ssemble._model.events import StreamEvent


class TinyReader(TreeReader):
    """``{"type": "say", "kind": …, "text": …}``, and the same for calls."""

    __slots__ = ("calls", "texts")

    dialect: ClassVar[str] = "tiny"
    ignored: ClassVar[frozenset[str]] = frozenset(("pad",))
    ends: ClassVar[frozenset[str]] = frozenset(("end",))
    message_path: ClassVar[tuple[str, ...] | None] = ("message",)
    reasons: ClassVar[dict[str, FinishReason]] = {"fine": "stop"}

    def __init__(self, *, limits: Limits = Limits(), n: int | None = None, cumulative: bool = False) -> None:
        super().__init__(limits=limits)
        self.texts: dict[Any, Said] = {}
        self.calls: dict[Any, Arguments] = {}
        self.fields: Fields = {"message": {"list": []}}

    def take(self, payload: Fields, kind: str, events: list[StreamEvent]) -> bool:
        self.begin(payload.get("id"), payload.get("model"), events)
        index = self.index_in(payload, "index", 0) if "index" in payload else 0
        entries = self.fields["message"]["list"]
        if kind == "say":
            name = payload.get("kind", "text")
            if name not in self.texts:
                self.texts[name] = self.start_text(name)
                entries.append({"text": self.texts[name]})
            said = self.texts[name]
            self.say(said, text_in(payload, "text", "$"), ("text",), events)
        elif kind == "call":
            if payload.get("server"):
                self.calls[index] = Arguments(None, payload.get("given", UNKNOWN), True)
            else:
                self.calls[index] = self.start_call(
                    payload.get("call"),
                    payload.get("name"),
                    payload.get("given", {}),
                    payload.get("parsed", True),
                    events,
                )
            entries.append({"args": self.calls[index]})
        elif kind == "args":
            return self.argue(self.calls[index], text_in(payload, "deep", "$"), ("deep",), events)
        elif kind == "listed":
            self.say(self.texts["text"], payload["list"][1]["text"], ("list", 1, "text"), events)
        elif kind == "whole":
            entries.append(
                {"args": self.whole_call(payload.get("call"), payload.get("name"), payload["given"], events)}
            )
        elif kind == "stop":
            self.close(self.calls[index], events)
        elif kind == "settle":
            self.settle_call(self.calls[index], payload.get("given"), events)
        elif kind == "stop all":
            self.close_all(events, only_whole=bool(payload.get("whole")))
        elif kind == "count":
            self.count(payload.get("usage"), events)
        elif kind == "end":
            self.ended = True
            self.end_answer(payload.get("reason"), events)
        elif kind == "fail":
            raise self.coded_error(payload, kind)
        else:
            return False
        return True

    def settle(self, terminated: bool, events: list[StreamEvent]) -> None:
        if self.fields.get("settles"):
            self.count(self.fields.get("late"), events)
            self.end_answer("settled", events, "length")
