"""``openai-chat`` out of ``openai-chat``: the oddities of servers go in, clean chunks come out."""

from __future__ import annotations

from typing import Any

from hypothesis import given

import ssemble
from ssemble import Completion, SsembleError
from tests.property.grammars import chat_grammar
from tests.property.quirky import quirky_streams
from tests.vectors.written import frames

REASONS = ("length", "content_filter", "stop", "tool_calls")
TEXTS = ("content", "reasoning_content", "refusal")


def normalised(fragments: list[bytes], **options: Any) -> tuple[bytes, SsembleError | None]:
    """What is written, and the error that is raised."""
    out: list[bytes] = []
    try:
        out.extend(ssemble.transcode(fragments, to="openai-chat", **options))
    except SsembleError as error:
        return b"".join(out), error
    return b"".join(out), None


def simply_added(data: bytes) -> dict[int, dict[str, Any]]:
    """The choices as a simple client makes them: texts are added, all else comes once."""
    choices: dict[int, dict[str, Any]] = {}
    for chunk in ssemble.iter_chunks(data):
        for each in chunk["choices"]:
            choice = choices.setdefault(each["index"], {**dict.fromkeys(TEXTS, ""), "calls": {}})
            for key in TEXTS:
                choice[key] += each["delta"].get(key, "")
            for call in each["delta"].get("tool_calls", ()):
                kept = choice["calls"].setdefault(call["index"], {**call, "arguments": ""})
                kept["arguments"] += call["function"]["arguments"]
            choice["reason"] = each["finish_reason"]
    return choices


def said(completion: Completion) -> dict[int, dict[str, Any]]:
    """The same of a message: what a choice has, and the ids and arguments of its calls."""
    found = {}
    for choice in completion.choices:
        message = choice.message
        texts = dict(zip(TEXTS, (message.text, message.reasoning, message.refusal), strict=True))
        calls = [(call.id, call.type, call.arguments or "{}") for call in message.tool_calls]
        found[choice.index] = {**texts, "calls": calls, "reason": reason_of(choice)}
    return found


def reason_of(choice: ssemble.Choice) -> str:
    """The chat API's word: the server's own, if it is one of these."""
    if choice.raw_finish_reason in REASONS:
        return choice.raw_finish_reason
    if choice.finish_reason in REASONS[:2]:
        return choice.finish_reason
    return "tool_calls" if choice.message.tool_calls else "stop"


@given(quirky_streams())
def test_a_simple_client_can_read_what_comes_out(quirky: tuple[bytes, dict[str, Any]]) -> None:
    before, (data, error) = ssemble.assemble(quirky[0]), normalised([quirky[0]])
    assert error is None
    chat_grammar(frames(data))
    after = simply_added(data)
    # A name that comes in pieces is written as it is when the call starts.
    for choice in before.choices:
        for call in choice.message.tool_calls:
            name = after[choice.index]["calls"][call.index]["function"]["name"]
            assert name
            assert call.name.startswith(name)
    for made in after.values():
        calls = (made["calls"][index] for index in sorted(made["calls"]))
        made["calls"] = [(call["id"], call["type"], call["arguments"]) for call in calls]
    assert after == said(before)
    assert ssemble.assemble(data).tokens == before.tokens
