"""Shortcuts are invisible: off or on, the events, the errors, the results and the repairs are the same."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ssemble
from tests.framing.framed import Framed
from tests.property.quirky import quirky_streams
from tests.property.test_chunks import chat_bytes, hostile_chunks
from tests.strategies import cut_sse_bytes, cuttings
from tests.trace import describe, trace

pytestmark = pytest.mark.usefixtures("learning_at_once")

TEXTS = st.sampled_from(
    [
        " a",
        "b",
        "",
        "é",
        "😀",
        '"',
        "\\",
        "\n",
        "\u2028",
        "\x7f",
        "\ud83d",
        "\ude00",
        "{",
        "{}",
        "}",
        '{"a":1}',
        "~",
        "a~",
        "data: x",
        "\0",
        "null",
    ]
)
KEYS = ["content", "reasoning_content", "reasoning", "refusal", "unknown", "channel"]


@st.composite
def regular_chunks(draw: st.DrawFn, calls: bool) -> dict[str, Any]:
    """One of a few forms that a stream repeats; each value may now and then be another."""
    delta: dict[str, Any] = draw(st.sampled_from([{}, {}, {"role": "assistant"}, {"content": None}, {"token_id": 5}]))
    delta = {
        **delta,
        **{key: draw(TEXTS) for key in draw(st.lists(st.sampled_from(KEYS[:3]), max_size=2, unique=True))},
    }
    if calls and draw(st.booleans()):
        entry: dict[str, Any] = {"index": draw(st.integers(0, 1)), "function": {"arguments": draw(TEXTS)}}
        if draw(st.integers(0, 3)) == 0:
            entry = {
                **entry,
                "id": draw(st.sampled_from(["x", "y", ""])),
                "function": {"name": "f", **entry["function"]},
            }
        delta["tool_calls"] = [entry]
    if draw(st.integers(0, 5)) == 0:
        text = draw(st.sampled_from(["text", "summary"]))
        delta["reasoning_details"] = [{"type": "r", text: draw(TEXTS), "index": 0, "format": "unknown"}]
    choice: dict[str, Any] = {"index": draw(st.sampled_from([0, 0, 0, 1])), "delta": delta}
    choice["finish_reason"] = draw(st.sampled_from([None] * 9 + ["", "stop", "length"]))
    if draw(st.integers(0, 2)) == 0:
        choice["logprobs"] = draw(st.sampled_from([None, {}, {"content": None}]))
        if draw(st.booleans()):
            entry = {
                "token": draw(TEXTS),
                "logprob": draw(st.sampled_from([-0.5, -0.0, 1, float("nan")])),
                "bytes": [9],
            }
            choice["logprobs"] = {"content": draw(st.sampled_from([[entry], [entry, 7], [], [None]]))}
    if draw(st.integers(0, 5)) == 0:
        choice["token_ids"] = draw(st.sampled_from([[1], [2, 3], [1.5], [True], ["a"], []]))
    chunk: dict[str, Any] = {"id": "c", "model": draw(st.sampled_from(["m"] * 9 + ["n"])), "choices": [choice]}
    if draw(st.booleans()):
        chunk["obfuscation"] = draw(TEXTS)
    if draw(st.booleans()):
        chunk["created"] = draw(st.sampled_from([5, 5, 6, 10**30, 0, -1, 1.5, True]))
    if draw(st.integers(0, 3)) == 0:
        chunk["object"] = draw(st.sampled_from(["chat.completion.chunk", "text_completion"]))
    if draw(st.integers(0, 3)) == 0:
        chunk["equal"] = draw(st.sampled_from([{"x": 1}, {"x": True}, {"x": 1.0}, 0.0, -0.0]))
    if draw(st.integers(0, 9)) == 0:
        chunk["usage"] = {"total_tokens": draw(st.integers(0, 3))}
    if draw(st.integers(0, 19)) == 0:
        chunk = draw(hostile_chunks())
    return chunk


@st.composite
def regular_streams(draw: st.DrawFn) -> bytes:
    """A stream of few forms, mostly framed alike, with noise in between."""
    calls = draw(st.booleans())
    chunks = draw(st.lists(regular_chunks(calls), min_size=2, max_size=25))
    ascii_only = draw(st.booleans())
    end = draw(st.sampled_from(["\n\n"] * 4 + ["\r\n\r\n", "\r\r", "\n\r\n"]))
    frames = []
    for chunk in chunks:
        try:
            data = json.dumps(chunk, ensure_ascii=ascii_only, separators=(",", ":")).encode()
        except UnicodeEncodeError:
            data = json.dumps(chunk, separators=(",", ":")).encode()
        noise = draw(st.integers(0, 40))
        if noise == 0:
            data = data.replace(b'"content":"', b'"content":"x","content":"', 1)  # a duplicate key
        elif noise == 1:
            data = data.replace(b'"content"', b'"c\\u006fntent"', 1)
        elif noise == 2:
            data = data[: draw(st.integers(0, len(data)))]
        elif noise == 3:
            data = data.replace(b" a", b"\xff", 1)
        elif noise == 4:
            data = data.replace(b"b", b"\t", 1)
        prefix = "data:" if noise == 5 else "data: "
        frames.append(prefix.encode() + data + (b"\n\n" if noise == 6 else end.encode()))
        if noise == 7:
            frames.append(
                draw(
                    st.sampled_from(
                        [b": ping\n\n", b"event: error\n", b"id: 1\n", b"{}\n", b"data: [DONE]\n\n", b"\n", b"{\n"]
                    )
                )
            )
    return b"".join(frames)


LIMITS = st.just(ssemble.Limits()) | st.builds(
    ssemble.Limits,
    max_event_size=st.none() | st.integers(60, 200),
    max_message_size=st.none() | st.integers(1, 90),
    max_choices=st.none() | st.integers(1, 2),
    max_tool_calls=st.none() | st.integers(1, 2),
)


@given(
    st.data(), regular_streams() | chat_bytes().map(lambda pair: pair[0]) | quirky_streams().map(lambda pair: pair[0])
)
def test_off_or_on_all_is_the_same(data: st.DataObject, body: bytes) -> None:
    options = data.draw(
        st.fixed_dictionaries(
            {
                "errors": st.sampled_from(["raise", "event"]),
                "limits": LIMITS,
                "n": st.sampled_from([None, None, 1]),
                "cumulative": st.sampled_from([False] * 5 + [True]),
            }
        )
    )
    expected = trace([body], templates=False, **options)
    for fragments in ([body], data.draw(cuttings(body))):
        assert repr(trace(fragments, **options)) == repr(expected), "as they print: 1 == True == 1.0"
    events = [event for event in body.split(b"\n\n") if event]
    by_event = [event + b"\n\n" for event in events[:-1]] + events[-1:]
    if b"".join(by_event) == body:
        assert trace(by_event, **options) == expected
    assert trace([body[i : i + 1] for i in range(len(body))], **options) == expected


@given(regular_streams())
def test_other_decoders_see_the_same(body: bytes) -> None:
    def own(text: str) -> Any:
        return json.loads(text)

    expected = trace([body], loads=own, templates=False)
    assert trace([body], loads=own) == expected
    assert trace([body]) == expected


@given(st.data(), regular_streams() | cut_sse_bytes().map(lambda pair: pair[0]), st.none() | st.integers(1, 60))
def test_whole_events_are_read_as_line_by_line(data: st.DataObject, body: bytes, limit: int | None) -> None:
    def read(fragments: list[bytes], templates: bool) -> tuple[Any, ...]:
        parser = Framed("7", limits=ssemble.Limits(max_event_size=limit), comments=True, raw=templates)
        items: list[Any] = []
        with contextlib.suppress(ssemble.LimitExceeded):
            for fragment in fragments:
                items += parser.feed(fragment)
        items += parser.end()
        error = describe(parser.error) if parser.error is not None else None
        offsets = [getattr(item, "offset", None) for item in items]
        pending = parser.pending if error is None else None
        return items, offsets, error, parser.blocks.last_event_id, parser.blocks.retry, pending

    expected = read([body], False)
    assert read([body], True) == expected
    assert read(data.draw(cuttings(body)), True) == expected
    events = [event + b"\n\n" for event in body.split(b"\n\n")]
    assert read(events, True) == read([b"".join(events)], False)
