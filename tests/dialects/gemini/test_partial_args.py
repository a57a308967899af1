"""Arguments of a call that arrive as values at JSON paths."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import ssemble
from ssemble._dialects.gemini.partial_args import steps_of

from ..suite import Json, read
from .gemini_cases import arg, call, frames, of


def slow_text(values: list[tuple[str, Any, bool]]) -> tuple[Json, str, bool]:
    """The arguments, the text that is given out, and whether it is linear: by the definition."""
    args: Json = {}
    text, linear = "", True
    for path, value, more in values:
        steps = steps_of(path)
        assert steps is not None
        if not put(args, steps, value):
            continue
        now = json.dumps(args, separators=(",", ":"), ensure_ascii=False).rstrip("}]")
        now = now[:-1] if more and isinstance(value, str) and now.endswith('"') else now
        linear = linear and now.startswith(text)
        text = now if linear else text
    return args, text, linear


def put(node: Any, steps: list[Any], value: Any) -> bool:
    probe = node
    for step in steps:  # first see whether the shapes fit
        if not isinstance(probe, dict if isinstance(step, str) else list):
            return False
        if (step not in probe) if isinstance(step, str) else step >= len(probe):
            break
        probe = probe[step]
    for step, following in itertools.pairwise([*steps, None]):
        if isinstance(step, int):
            node += [None] * (step + 1 - len(node))
        old = node.get(step) if isinstance(step, str) else node[step]
        if following is None:
            node[step] = old + value if isinstance(old, str) and isinstance(value, str) else value
        elif not isinstance(old, (dict, list)):
            node[step] = {} if isinstance(following, str) else []
        node = node[step]
    return True


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                ["$.a", "$.b", "$.b.c", "$.l[0]", "$.l[1]", "$.l[2].x", "$['c d']", "$.m[0][1]", "$.l[0].y"]
            ),
            st.text(max_size=4) | st.integers(-5, 20) | st.booleans() | st.none(),
            st.booleans(),
        ),
        max_size=8,
    ),
    st.booleans(),
)
@example([("$.l[0].x", 1, False), ("$.l[1].x", 2, False), ("$.l[0].x", 12, False)], False)
@example([("$.a", "x", True), ("$.a", 1, False), ("$.b", 2, False)], True)
@example([("$.a", 5, True), ("$.b", "x", False), ("$.b", "y", False)], False)
def test_partial_arguments_are_those_of_the_definition(values: list[tuple[str, Any, bool]], at_once: bool) -> None:
    entries = [arg(*value) for value in values]
    payloads = [of(call("f", more=True)), *[of(call(None, entry, more=True)) for entry in entries]]
    if at_once:
        payloads = [of(call("f", *entries, more=True))]
    events = read(frames(payloads)).events
    args, text, linear = slow_text(values)
    deltas = "".join(event.arguments for event in events if isinstance(event, ssemble.ToolCallDelta))
    done = read(frames([*payloads, of(end="STOP")]))
    assert done.completion.to_dict()["candidates"][0]["content"]["parts"][0]["functionCall"]["args"] == args
    assert done.completion.tool_calls[0].parse_arguments() == args
    assert done.completion.tool_calls[0].complete
    if linear:
        assert deltas == text
        whole = "".join(event.arguments for event in done.events if isinstance(event, ssemble.ToolCallDelta))
        assert json.loads(whole) == args
        assert whole == done.completion.tool_calls[0].arguments


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        ("$.a.b[0]", ["a", "b", 0]),
        ("$['a b'][\"c\"]", ["a b", "c"]),
        (r"""$['it\'s "x"']""", ['it\'s "x"']),
        (r'$["\u00e9\""]', ['é"']),
        ("$['a\nb']", ["a\nb"]),
        ("$.l[10000]", ["l", 10000]),
        ("$.l[10001]", None),
        ("$", None),
        ("", None),
        ("a", None),
        ("$a", None),
        ("$..a", None),
        ("$.a[", None),
        ("$.a[-1]", None),
        (r"$['\x']", None),
        ("$.a" * 40, None),
        ("$" + ".a" * 40, None),
    ],
)
def test_paths(path: str, steps: list[Any] | None) -> None:
    assert steps_of(path) == steps


def test_a_streamed_text_is_linear() -> None:
    """The text of a long string is not made again for each piece: that would take minutes."""
    payloads = [of(call("f", more=True)), *[of(call(None, arg("$.a", "x" * 20, more=True), more=True))] * 20_000]
    assert len(read(frames(payloads)).completion.tool_calls[0].arguments) == 400_006
