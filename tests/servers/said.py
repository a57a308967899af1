"""What a server said in a body, read as simply as can be and with nothing of the library."""

from __future__ import annotations

import json
import re
from typing import Any

from .differences import chunks_of


def is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def reported(status: int | None, body: bytes) -> str | None:
    """The words of the error that the server reported, in place of the stream or in it; None if it did not."""
    for chunk in chunks_of(body):
        error = chunk.get("error")
        if isinstance(error, dict):
            return str(error.get("message") or "")
        if error:
            return str(error)
    return body.decode() if (status or 0) >= 400 else None


def ended(body: bytes) -> bool:
    """A choice began, and the terminator came, or a reason for every choice."""
    reasons: dict[int, bool] = {}
    for chunk in chunks_of(body):
        for choice in chunk.get("choices") or ():
            index = choice.get("index", 0)
            reasons[index] = reasons.get(index, False) or choice.get("finish_reason") is not None
    return bool(reasons) and (b"data: [DONE]" in body or all(reasons.values()))


def readable(body: bytes) -> bool:
    """The body is one JSON text, or its lines are those of a stream of events whose data is JSON or the terminator."""
    if is_json(body.decode(errors="replace")):
        return True
    lines = [line.strip() for line in body.decode(errors="replace").split("\n")]
    data = [line.removeprefix("data:").strip() for line in lines if line.startswith("data:")]
    rest = [line for line in lines if line and not line.startswith(("data:", "event:", "id:", "retry:", ":"))]
    return not rest and all(text == "[DONE]" or is_json(text) for text in data)


def unescaped_error(body: bytes) -> list[str]:
    """The lines of an error event's text that was put between quotes without escaping it; none if there is no such."""
    text = body.decode(errors="replace")
    begin = text.find('data: {"error": "')
    data = text[begin:].partition("\n\n")[0].removeprefix("data: ")
    return [] if begin < 0 or is_json(data) else data.removeprefix('{"error": "').removesuffix('"}').split("\n")


def refusals(status: int | None, body: bytes) -> set[str]:
    """The errors that a body of another dialect may end in; none of them is a success, or a broken connection's."""
    chunks: list[dict[str, Any]] = chunks_of(body)
    if not body:
        return {"IncompleteStream"}
    if reported(status, body) is not None:
        return {"ProviderError"}
    if any(chunk.get("type") in ("error", "response.failed") for chunk in chunks):
        return {"ProviderError", "UnknownDialect"}
    if not chunks and body.startswith(b"{"):
        return {"ProviderError", "InvalidJSON"}
    return {"UnknownDialect"}


# What a body must have, if its server ended the message; Gemini sends no terminator.
TERMINATORS = {
    "anthropic": rb'"type": ?"message_stop"',
    "openai-responses": rb'"type": ?"response\.(completed|incomplete)"',
    "gemini": rb'"finishReason"',
    "openai-completions": rb"data: \[DONE\]|\"finish_reason\": ?\"",
}


def terminated(dialect: str, body: bytes) -> bool:
    """The end of the message came, in a dialect other than chat."""
    return re.search(TERMINATORS[dialect], body) is not None


def value(arguments: Any) -> Any:
    """The arguments of a call, decoded where they are JSON; none are an empty object."""
    if arguments == "":
        return {}
    return json.loads(arguments) if isinstance(arguments, str) and is_json(arguments) else arguments


def parts_of(dialect: str, answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The parts and calls of an unstreamed answer, in a dialect other than chat."""
    if dialect == "anthropic":
        return list(answer["content"])
    if dialect == "openai-completions":
        return list(answer["choices"])[:1]
    if dialect == "gemini":
        return list(answer["candidates"][0]["content"].get("parts", []))
    nested = [item.get("content") if item["type"] == "message" else [item] for item in answer["output"]]
    return [part for parts in nested for part in parts or []]


def answered(dialect: str, answer: dict[str, Any]) -> tuple[str, list[tuple[str, Any]]]:
    """The text and the calls of an unstreamed answer, in a dialect other than chat."""
    text, calls = "", []
    for part in parts_of(dialect, answer):
        call = part.get("functionCall", part)
        if part.get("type") in ("tool_use", "function_call") or "functionCall" in part:
            calls.append((call["name"], value(call.get("args", call.get("input", call.get("arguments"))))))
        elif part.get("type", "text") in ("text", "output_text") and not part.get("thought"):
            text += part.get("text", "")
    return text, calls
