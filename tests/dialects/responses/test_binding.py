"""OpenAI Responses: the templates of its deltas."""

from __future__ import annotations

import re
from typing import Any, Literal

import pytest

from ssemble import (
    MessageStream,
)

from ..suite import Plain
from .responses import (
    BROKEN,
    CORRECT,
    CREATED,
    PART,
    Event,
    added,
    arguments,
    call,
    ev,
    message,
    run,
    text,
    wire,
)


@pytest.mark.parametrize("events", [CORRECT, BROKEN, CORRECT[:-1] + BROKEN], ids=["correct", "broken", "both"])
@pytest.mark.parametrize("numbered", [True, False])
@pytest.mark.parametrize("errors", ["raise", "event"])
def test_neither_cuts_nor_templates_matter(events: list[Event], numbered: bool, errors: Any) -> None:
    body = wire(events, numbered)
    frames = [frame + b"\n\n" for frame in body.split(b"\n\n")[:-1]]
    wanted = run([body], Plain("openai-responses", errors=errors))
    cuttings = [frames, *([body[at : at + size] for at in range(0, len(body), size)] for size in (1, 7))]
    for fragments in [[body], *cuttings, *([body[:at], body[at:]] for at in range(5, len(body), 311))]:
        for stream in (MessageStream(errors=errors), Plain(errors=errors)):
            assert run(fragments, stream) == wanted


def test_templates_are_used() -> None:
    numbers = iter(range(100))
    events = [
        {**event, "sequence_number": next(numbers)}
        for event in [CREATED, added(0, message()), PART, *[text("ab", obfuscation="x")] * 20]
    ]
    stream = MessageStream()
    for event in events:
        stream.feed(wire([event]))
    templates = stream._payloads._templates
    assert templates.last is not None
    assert templates.last.used
    assert stream.completion().text == "ab" * 20
    stream.feed(wire([{**text("late", obfuscation="x"), "sequence_number": 3}]))
    assert stream.repairs == {"sequence_not_increasing": 1}


FRAME = (
    'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","sequence_number":%s,'
    '"item_id":"%s","output_index":0,"content_index":0,"delta":"%s","logprobs":[],"obfuscation":"%s"}\n\n'
)


@pytest.mark.parametrize(
    ("number", "item_id", "delta", "padding"),
    [
        ("99", "a", "x", "p"), ("99", "a", r"\n\u00e9\"", "p"), ("99", "é", "é\u2028\x7f", "é"), ("99", "a", "", ""),
        ("0", "a", "x", "p"), ("07", "a", "x", "p"), ("-1", "a", "x", "p"), ("9" * 19, "a", "x", "p"), ("1.5", "a", "x", "p"),
        ("null", "a", "x", "p"), ("99", r"a\u0041", "x", r"p\"q"), ("99", "a", "x\\", "p"), ("99", "a", r"\ud83d", "p"),
        ("99", "a", r"\q", "p"), ("99", "a", "\t", "p"), ("99", 'a","delta":"b', "x", "p"), ("99", "a", 'x","x":"', "p"),
        ("3", "a", "x", "p"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("numbered", [True, False])
def test_a_template_takes_only_what_is_certain(
    number: str, item_id: str, delta: str, padding: str, numbered: bool
) -> None:
    usual = [FRAME % (at + 1, f"id{at}", "ab", f"p{at}") for at in range(12)]
    odd = FRAME % (number, item_id, delta, padding)
    frames = [*usual, odd, FRAME % (100, "z", "cd", "p")]
    if not numbered:
        frames = [re.sub('"sequence_number":[^,]*,', "", frame) for frame in frames]
    body = wire([CREATED, added(0, message()), PART])
    parts = [body, *(frame.encode() for frame in frames)]
    kinds: tuple[Literal["raise", "event"], ...] = ("raise", "event")
    for errors in kinds:
        wanted = run([b"".join(parts)], Plain(errors=errors))
        assert run(parts, MessageStream(errors=errors)) == wanted
        assert run([b"".join(parts)], MessageStream(errors=errors)) == wanted
    broken = [*parts[:-2], parts[-2].replace(b'"delta":"', b'"delta":"\xff'), parts[-1]]
    assert run(broken, MessageStream()) == run(broken, Plain())


@pytest.mark.parametrize("index", ["0", 1.0, None, True, [1], {}])
def test_odd_indexes_with_templates(index: Any) -> None:
    events = [CREATED, added(0, message()), PART, *[text("ab")] * 8, *[{**text("c"), "content_index": index}] * 8]
    events += [{**text("d"), "output_index": index} for _ in range(8)] + [{**text("e"), "sequence_number": -4}] * 8
    events += [{**text("f"), "sequence_number": None}] * 8
    refused = ev("refusal.delta", output_index=0, content_index=index, delta="No")
    body = wire([*events, refused, refused])
    frames = [frame + b"\n\n" for frame in body.split(b"\n\n")[:-1]]
    assert run(frames, MessageStream()) == run([body], Plain())


def test_live_views_with_templates() -> None:
    stream = MessageStream()
    stream.feed(wire([CREATED, added(0, message()), PART, added(1, call())]))
    partial, live = stream.partial_json(), None
    texts, more = ["[", *["1,"] * 20, "2]"], ["[", *["3,"] * 20, "4]"]
    for delta in texts:
        stream.feed(wire([text(delta)]))
    for delta in more:
        stream.feed(wire([arguments(delta, 1)]))
        live = live or stream.tool_call().partial_arguments
    assert partial.value == [1] * 20 + [2]
    assert live is not None
    assert live.value == [3] * 20 + [4]
    assert stream.partial_json(1).value is not partial.value
