"""OpenAI Responses: limits, and events with values of any type."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssemble import (
    LimitExceeded,
    Limits,
    MessageStream,
    ProtocolError,
)

from ..suite import Plain
from .proxies import PROXIES
from .responses import (
    BROKEN,
    CORRECT,
    CREATED,
    PART,
    Event,
    added,
    call,
    completed,
    done,
    ev,
    message,
    read,
    run,
    text,
    wire,
)


@pytest.mark.parametrize(
    "event",
    [
        added(0, None), done(0, "x"), ev("created", response=None), ev("content_part.added", part=3),
        ev("output_text.delta", delta=[1]), ev("function_call_arguments.delta", delta=5), ev("completed", response=[])
    ],
)  # fmt: skip
def test_wrong_types(event: Event) -> None:
    _, completion, stream = read([CREATED, added(1, message()), text("Hi", 1), event])
    assert completion.text == "Hi"
    assert not isinstance(stream.error, ProtocolError)


JUNK: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 0, -1, 10**18, 1.5, "", "x", [], {}, [1], [None], {"a": 1}, [{}], "\ud83d"]
)


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, child in children for found in paths(child, (*path, key)))]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_hostile_types(data: st.DataObject) -> None:
    source = [event for events, _, _ in PROXIES.values() for event in events] + CORRECT
    events = json.loads(json.dumps(data.draw(st.lists(st.sampled_from(source), min_size=1, max_size=12))))
    for _ in range(data.draw(st.integers(0, 3))):
        target = data.draw(st.sampled_from(events))
        where = data.draw(st.sampled_from(paths(target)[1:]))
        for step in where[:-1]:
            target = target[step]
        target[where[-1]] = copy.deepcopy(data.draw(JUNK))
    body = wire(events, names=False)
    cut = data.draw(st.integers(0, len(body)))
    stream = MessageStream("openai-responses", errors="event")
    wanted = run([body], stream)
    assert run([body[:cut], body[cut:]], Plain("openai-responses", errors="event")) == wanted
    json.dumps(wanted[1])
    assert wanted[2].message.text == "".join(
        part["text"]
        for item in wanted[1].get("output", ())
        if item.get("type") == "message"
        for part in (item["content"] if isinstance(item.get("content"), list) else ())
        if isinstance(part, dict) and part.get("type") == "output_text" and isinstance(part.get("text"), str)
    )
    assert pickle.loads(pickle.dumps(stream)).completion() == wanted[2]


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 6000))
def test_limits_do_not_depend_on_the_cuts(limit: int) -> None:
    body = wire(CORRECT[:-1] + BROKEN, numbered=True)
    frames = [frame + b"\n\n" for frame in body.split(b"\n\n")[:-1]]
    limits = Limits(max_message_size=limit)
    wanted = run([body], Plain(limits=limits))
    for fragments in (frames, [body[at : at + 7] for at in range(0, len(body), 7)], [body]):
        assert run(fragments, MessageStream(limits=limits)) == wanted


@pytest.mark.parametrize("limits", [Limits(max_message_size=300), Limits(max_tool_calls=1)])
def test_limits(limits: Limits) -> None:
    events = [CREATED, *(added(number, call("x" * 9, f"c{number}")) for number in range(9))]
    _, completion, stream = read(events, limits=limits)
    assert isinstance(stream.error, LimitExceeded)
    assert not completion.complete


def test_a_long_response_is_charged_once() -> None:
    long = "word " * 2000
    deltas = [text(long[at : at + 100]) for at in range(0, len(long), 100)]
    item = message(long)
    ends = [ev("output_text.done", output_index=0, content_index=0, text=long), done(0, item), completed(item)]
    _, completion, _ = read([CREATED, added(0, message()), PART, *deltas, *ends], limits=Limits(max_message_size=25000))
    assert completion.complete
    assert completion.text == long


def test_nesting_is_limited() -> None:
    deep: Any = []
    for _ in range(40):
        deep = [deep]
    for event in (added(0, {"type": "message", "x": deep}), ev("created", response={"x": deep}), completed(x=deep)):
        stream = MessageStream()
        stream.feed(wire([CREATED, event]))
        assert isinstance(stream.error, ProtocolError)
