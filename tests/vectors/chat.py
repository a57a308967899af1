"""Chat completions as OpenAI documents them: the deltas of the answer, and the answer."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

HEAD = {"id": "chatcmpl-7", "object": "chat.completion.chunk", "created": 1767225600, "model": "gpt-x"}


class Vector(NamedTuple):
    """A stream and the object that it must come to."""

    name: str
    choices: list[dict[str, Any]]  # one chunk each
    message: dict[str, Any]
    finish_reason: str
    more: list[dict[str, Any]] = []  # chunks that follow the choices
    result: dict[str, Any] = {}  # fields of the result beside the choices

    def chunks(self) -> list[dict[str, Any]]:
        ends = {"index": 0, "delta": {}, "finish_reason": self.finish_reason, "logprobs": None}
        choices = [{"index": 0, "finish_reason": None, "logprobs": None, **choice} for choice in self.choices]
        return [{**HEAD, "choices": [choice]} for choice in [*choices, ends]] + [{**HEAD, **more} for more in self.more]

    def body(self) -> bytes:
        return (
            b"".join(b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in self.chunks()) + b"data: [DONE]\n\n"
        )

    def expected(self) -> dict[str, Any]:
        message = {"role": "assistant", "content": None, **self.message}
        logprobs = [entry for choice in self.choices for entry in (choice.get("logprobs") or {}).get("content", ())]
        choice = {"index": 0, "message": message, "finish_reason": self.finish_reason}
        choice["logprobs"] = {"content": logprobs, "refusal": None} if logprobs else None
        return {**HEAD, "object": "chat.completion", "choices": [choice], **self.result}


def deltas(*fields: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"delta": delta} for delta in fields]


def call(index: int, arguments: str, **head: Any) -> dict[str, Any]:
    name = {"name": head.pop("name")} if head else {}
    return {"tool_calls": [{"index": index, **head, "function": {**name, "arguments": arguments}}]}


def token(text: str) -> dict[str, Any]:
    entry = {"token": text, "logprob": -0.25, "bytes": list(text.encode()), "top_logprobs": []}
    return {"delta": {"content": text}, "logprobs": {"content": [entry], "refusal": None}}


USAGE = {"prompt_tokens": 9, "completion_tokens": 12, "total_tokens": 21}

VECTORS = [
    Vector(
        "text",
        deltas({"role": "assistant", "content": ""}, {"content": "Grüße"}, {"content": ", 世界 "}, {"content": "🌍\n"}),
        {"content": "Grüße, 世界 🌍\n"},
        "stop",
    ),
    Vector(
        "usage in the last chunk",
        deltas({"role": "assistant", "content": ""}, {"content": "Hi"}),
        {"content": "Hi"},
        "length",
        [{"choices": [], "usage": USAGE, "system_fingerprint": "fp_1"}],
        {"usage": USAGE, "system_fingerprint": "fp_1"},
    ),
    Vector(
        "refusal",
        deltas({"role": "assistant", "refusal": ""}, {"refusal": "I "}, {"refusal": "won't."}),
        {"refusal": "I won't."},
        "stop",
    ),
    Vector(
        "parallel tool calls",
        deltas(
            {"role": "assistant", "content": None},
            call(0, "", id="call_a", type="function", name="weather"),
            call(0, '{"city": "Mün'),
            call(0, 'chen"}'),
            call(1, "", id="call_b", type="function", name="time"),
            call(1, "{}"),
        ),
        {
            "tool_calls": [
                {
                    "id": "call_a",
                    "type": "function",
                    "function": {"name": "weather", "arguments": '{"city": "München"}'},
                },
                {"id": "call_b", "type": "function", "function": {"name": "time", "arguments": "{}"}},
            ]
        },
        "tool_calls",
    ),
    Vector(
        "legacy function call",
        deltas(
            {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": ""}},
            {"function_call": {"arguments": '{"x"'}},
            {"function_call": {"arguments": ": 1}"}},
        ),
        {"function_call": {"name": "f", "arguments": '{"x": 1}'}},
        "function_call",
    ),
    Vector(
        "logprobs", [{"delta": {"role": "assistant", "content": ""}}, token("A"), token("é")], {"content": "Aé"}, "stop"
    ),
]

CITATIONS = [
    {"type": "url_citation", "url": "https://a.example", "title": "A", "summary": "About A."},
    {"type": "url_citation", "url": "https://b.example", "title": "B", "summary": "About B."},
]
VECTORS.append(
    Vector(
        "citations with texts of their own",
        deltas({"role": "assistant", "content": "Hi"}, {"annotations": CITATIONS[:1]}, {"annotations": CITATIONS[1:]}),
        {"content": "Hi", "annotations": CITATIONS},
        "stop",
    )
)
