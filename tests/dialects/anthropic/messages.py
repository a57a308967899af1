"""Payloads of Anthropic Messages, and what comes of them."""

from __future__ import annotations

import json
from typing import Any

from ssemble import (
    MessageStream,
    SsembleError,
)


class Untemplated(MessageStream):
    __slots__ = ()
    _templates = False


def start(content: Any = None, **fields: Any) -> dict[str, Any]:
    message = {
        "id": "m1",
        "type": "message",
        "role": "assistant",
        "model": "c",
        "content": [] if content is None else content,
    }
    return {"type": "message_start", "message": {**message, "usage": {"input_tokens": 5}, **fields}}


def block(index: Any, kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": {"type": kind, **fields}}


def tool(index: Any, call_id: str = "t1", name: str = "f", **fields: Any) -> dict[str, Any]:
    return block(index, "tool_use", id=call_id, name=name, **{"input": {}, **fields})


def delta(index: Any, kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": {"type": f"{kind}_delta", **fields}}


def text(index: Any, words: Any) -> dict[str, Any]:
    return delta(index, "text", text=words)


def args(index: Any, words: Any) -> dict[str, Any]:
    return delta(index, "input_json", partial_json=words)


def stop(index: Any) -> dict[str, Any]:
    return {"type": "content_block_stop", "index": index}


def reason(word: Any = "end_turn", usage: Any = None, **fields: Any) -> dict[str, Any]:
    return {"type": "message_delta", "delta": {"stop_reason": word}, **({"usage": usage} if usage else {}), **fields}


END = {"type": "message_stop"}


def sse(*payloads: Any, names: bool = True, end: str = "\n") -> bytes:
    lines = []
    for payload in payloads:
        if names and isinstance(payload, dict) and isinstance(payload.get("type"), str):
            lines.append(f"event: {payload['type']}{end}")
        lines.append(f"data: {payload if isinstance(payload, str) else json.dumps(payload)}{end}{end}")
    return "".join(lines).encode("utf-8", "surrogatepass")


class Run:
    def __init__(self, fragments: Any, cls: type[MessageStream] = MessageStream, **options: Any) -> None:
        self.stream = cls(**options)
        self.events: list[Any] = []
        self.error: SsembleError | None = None
        try:
            for fragment in [fragments] if isinstance(fragments, bytes) else fragments:
                self.events += self.stream.feed(fragment)
            self.events += self.stream.end()
            self.stream.close()
        except SsembleError as error:
            self.error = error
        self.completion = self.stream.completion()
        self.object = self.completion.to_dict()
        self.content: Any = self.object.get("content")

    def facts(self) -> Any:
        found = (repr(self.events), repr(self.completion), repr(self.error), self.stream.chunk_count)
        return *found, json.dumps(self.object, sort_keys=True), self.stream.repairs


def of(*payloads: Any, **options: Any) -> Run:
    """A message of these payloads, with the start and the end around them."""
    return Run(sse(start(), *payloads, END), **options)


def typed(run: Run, *kinds: type) -> list[Any]:
    return [event for event in run.events if isinstance(event, kinds)]


WORKED = (
    start(),
    {"type": "ping"},
    block(0, "thinking", thinking="", signature=""),
    delta(0, "thinking", thinking="Hm", estimated_tokens=4),
    delta(0, "thinking", thinking=".", estimated_tokens=9),
    delta(0, "signature", signature="S1"),
    stop(0),
    block(1, "text", text=""),
    *[text(1, word) for word in ("Look", "ing ", "\u00fcp", " \U0001f600", ' "it"')],
    delta(1, "citations", citation={"cited_text": "it"}),
    stop(1),
    tool(2),
    stop(2),
    tool(3, "t2", "g"),
    *[args(3, part) for part in ("", '{"a"', ": [", "1, ", "2, ", "3", "]}")],
    stop(3),
    block(4, "server_tool_use", id="s1", name="web", input={}),
    args(4, '{"q": "x"}'),
    stop(4),
    block(5, "web_search_tool_result", tool_use_id="s1", content=[{"title": "T"}]),
    stop(5),
    reason("tool_use", {"output_tokens": 9}),
    END,
)


WORKED_CONTENT: list[dict[str, Any]] = [
    {"type": "thinking", "thinking": "Hm.", "signature": "S1"},
    {"type": "text", "text": 'Looking \u00fcp \U0001f600 "it"', "citations": [{"cited_text": "it"}]},
    {"type": "tool_use", "id": "t1", "name": "f", "input": {}},
    {"type": "tool_use", "id": "t2", "name": "g", "input": {"a": [1, 2, 3]}},
    {"type": "server_tool_use", "id": "s1", "name": "web", "input": {"q": "x"}},
    {"type": "web_search_tool_result", "tool_use_id": "s1", "content": [{"title": "T"}]},
]
