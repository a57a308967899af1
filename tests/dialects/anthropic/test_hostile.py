"""Anthropic Messages: limits, and payloads with values of any type."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ssemble import (
    LimitExceeded,
    Limits,
    MessageStream,
    ProtocolError,
    ToolCallEnd,
    ToolCallStart,
)

from .messages import WORKED, Run, Untemplated, args, block, delta, of, reason, sse, start, text, tool, typed


def test_limits() -> None:
    many = [tool(n, f"t{n}") for n in range(3)]
    run = of(*many, limits=Limits(max_tool_calls=2))
    assert isinstance(run.error, LimitExceeded)
    assert len(run.completion.tool_calls) == 2
    long = "x" * 300
    for payloads in (
        [block(0, "text", text="")] + [text(0, long)] * 9,
        [block(0, "thinking", thinking="")] + [delta(0, "thinking", thinking=long)] * 9,
        [tool(0)] + [args(0, long)] * 9,
        [block(0, "server_tool_use", input={})] + [args(0, long)] * 9,
        [block(n, "novel", data=long) for n in range(9)],
        [block(0, "text", text="")] + [delta(0, "citations", citation={"x": long})] * 9,
        [reason("end_turn", {f"k{n}": long}) for n in range(9)],
        [text(n, "") for n in range(60)],
    ):
        for cls in (MessageStream, Untemplated):
            run = Run(sse(start(), *payloads), cls, limits=Limits(max_message_size=2000))
            assert isinstance(run.error, LimitExceeded), payloads[-1]
            assert len(json.dumps(run.object)) < 4000


def test_values_that_are_overwritten_are_charged_once() -> None:
    payloads = [reason("end_turn", {"output_tokens": n, "iterations": [{"n": n}]}) for n in range(400)]
    payloads += [delta(0, "signature", signature="S" * 50)] * 400
    assert of(*payloads, limits=Limits(max_message_size=8000)).error is None


def test_nesting_is_limited() -> None:
    deep: Any = 1
    for _ in range(40):
        deep = [deep]
    for payload in (block(0, "novel", x=deep), reason("end_turn", {"x": deep}), tool(0, input={"x": deep})):
        assert isinstance(of(payload).error, ProtocolError)


JUNK: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 0, -1, 10**18, 1.5, "", "x", [], {}, [1], ["s"], [None], {"a": 1}, [{}], "\ud83d", "tool_use", "text"]
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Any:
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*path, key)
        yield from places(item, (*path, key))


@settings(deadline=None)
@given(st.data())
def test_hostile_payloads_raise_only_our_errors_and_cuts_do_not_matter(data: Any) -> None:
    payloads: list[Any] = copy.deepcopy(list(WORKED))
    for _ in range(data.draw(st.integers(1, 3))):
        payload = data.draw(st.sampled_from([p for p in payloads if isinstance(p, dict) and p]))
        *path, last = data.draw(st.sampled_from(list(places(payload))))
        owner = payload
        for step in path:
            owner = owner[step]
        owner[last] = copy.deepcopy(data.draw(JUNK))
    if data.draw(st.booleans()):
        payloads = data.draw(st.permutations(payloads))
    body = sse(*payloads, names=data.draw(st.booleans()))
    cut = data.draw(st.integers(0, len(body)))
    for errors in ("raise", "event"):
        whole = Run(body, dialect="anthropic", errors=errors)
        assert Run((body[:cut], body[cut:]), dialect="anthropic", errors=errors).facts() == whole.facts()
        frames = [frame + b"\n\n" for frame in body.split(b"\n\n")[:-1]]
        assert Run(frames, Untemplated, dialect="anthropic", errors=errors).facts() == whole.facts()
        assert pickle.loads(pickle.dumps(whole.stream)).completion() == whole.completion
        calls = {event.index for event in typed(whole, ToolCallStart)}
        assert calls == {call.index for call in whole.completion.tool_calls}
        ended = {event.index for event in typed(whole, ToolCallEnd)}
        assert ended == {call.index for call in whole.completion.tool_calls if call.closed}
