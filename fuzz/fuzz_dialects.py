"""Invariant: templates, splits and pickling do not change what a damaged stream of any dialect and framing gives.

Payloads that are added to an accumulator one by one give the same message.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pickle import dumps, loads
from typing import Any

import ssemble
from benchmarks import dialect_shapes
from benchmarks.shapes import chunks
from fuzz.choices import Choices, of_seed
from fuzz.common import cut, run
from ssemble import Limits
from ssemble._dialects.chat.reader import ChatReader
from ssemble._payloads import learned
from tests.clients.official_wire import ANTHROPIC, GEMINI, RESPONSES, encode
from tests.dialects import (
    test_ag_ui,
    test_bedrock_converse,
    test_cohere,
    test_gemini_interactions,
    test_mistral_conversations,
    test_ollama,
    test_openai_completions,
    test_openai_transcription,
    test_vercel_ui,
)
from tests.framing import aws_messages
from tests.helpers import replaced
from tests.trace import Trace, trace, trace_moving

WORDS = ["Zü", 'ri"ch', " \u2028", "漢", "\n", "\\", " a b"]
SHAPES = ["text", "obfuscation", "tool arguments", "eight choices", "reasoning", "usage", "logprobs"]
SMALLER: list[Any] = [
    test_ag_ui, test_bedrock_converse, test_cohere, test_gemini_interactions, test_mistral_conversations, test_ollama,
    test_openai_completions, test_openai_transcription, test_vercel_ui,
]  # fmt: skip
LONGEST = 2  # cases of each smaller dialect: those with the most payloads


def _longest(cases: Any) -> list[list[Any]]:
    """The payloads of the longest cases."""
    found = [[each for each in case.payloads if not isinstance(each, (str, bytes))] for case in cases.CASES.values()]
    return sorted(found, key=len)[-LONGEST:]


WIRES: list[list[Any]] = [
    *(wire for cases in SMALLER for wire in _longest(cases)),
    *(wire.payloads for wire in (ANTHROPIC, RESPONSES, GEMINI)),
    *(list(make(WORDS)) for make in dialect_shapes.SHAPES.values()),
    *(chunks(shape, 8) for shape in SHAPES),
]
DAMAGED = [[[*replaced(one)] for one in wire[:24]] for wire in WIRES]
OTHERS = [other for wire in (ANTHROPIC, RESPONSES, GEMINI) for other in (wire.error, wire.message)]


def _text(payload: Any) -> bytes:
    return json.dumps(payload, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _printed(payload: Any) -> bytes:
    return json.dumps(payload, indent=1).encode() + b"\n"


FRAMINGS: dict[str, Callable[[list[Any]], list[bytes]]] = {
    "LF": lambda payloads: [encode(each) for each in payloads],
    "CRLF": lambda payloads: [encode(each, "\r\n") for each in payloads],
    "data only": lambda payloads: [b"data: %b\n\n" % _text(each) for each in payloads],
    "padded": lambda payloads: [encode(each).replace(b"}\n\n", b"   }\n\n") for each in payloads],
    "lines": lambda payloads: [_text(each) + b"\n" for each in payloads],
    "printed": lambda payloads: [_printed(each) for each in payloads],
    "array": lambda payloads: [(b"," if at else b"[") + _printed(each) for at, each in enumerate(payloads)] + [b"]"],
    "messages": lambda payloads: [aws_messages.chunk(_text(each)) for each in payloads],
}


def chosen(choices: Choices) -> list[Any]:
    """The payloads of a stream, some of them left out, repeated, damaged, or of another stream."""
    number = choices.below(len(WIRES))
    wire, damaged, payloads = WIRES[number], DAMAGED[number], []
    for payload, changed in zip(wire, damaged, strict=False):
        for _ in range(choices.below(4)):  # templates are for repetition
            other = choices.of(choices.of(WIRES) if choices.one_in(4) else wire)
            payloads.append(choices.of((payload, payload, payload, other, choices.of(changed), choices.of(OTHERS))))
    return payloads


def TestOneInput(data: bytes) -> None:
    choices = Choices(data[:320])
    errors, moved = choices.of(("raise", "event")), choices.below(60)
    learned.LEARN_AFTER, limit = choices.of((1, 4)), choices.of((10**6, 10**6, 300))
    framing, payloads = choices.of(list(FRAMINGS)), chosen(choices)
    frames = FRAMINGS[framing](payloads)
    body, options = b"".join(frames), {"errors": errors, "limits": Limits(max_message_size=limit)}
    whole = trace([body], templates=False, **options)
    plain, count = repr(whole), iter(range(len(body) + 2))
    for given in ([body], frames, cut(data[:1] + body)[1], cut(b"\1" + body)[1]):
        assert repr(trace(given, **options)) == plain
    moving = trace_moving(frames, lambda s: loads(dumps(s)) if next(count) == moved else s, **options)
    assert repr(moving) == plain
    if whole.error is None and errors == "raise" and limit > 300 and isinstance(whole.completion.dialect, str):
        # What comes before the dialect is known is no part of the message, unless it is named.
        _equal_one_by_one(payloads, trace([body], dialect=whole.completion.dialect))


def _equal_one_by_one(payloads: list[Any], whole: Trace) -> None:
    """Add the payloads to an accumulator."""
    if whole.error is not None:
        return
    dialect = str(whole.completion.dialect)
    if dialect == "openai-chat" and not all(ChatReader.recognises(each) for each in payloads if isinstance(each, dict)):
        return  # it merges what it is given, while a stream leaves out what is of another shape
    if "\\ud" in json.dumps(payloads):
        return  # bytes that are not UTF-8 are replaced
    merged: Any = ssemble.accumulator(dialect)
    for payload in payloads:
        if isinstance(payload, dict) and not merged.ended:
            merged.add(payload)
    merged.end()
    assert repr(merged.completion().to_dict()) == repr(whole.result)


def inputs(count: int, seed: int) -> Iterator[bytes]:
    return map(of_seed, range(seed, seed + 8 * count))


if __name__ == "__main__":
    run(TestOneInput)
