"""The values that a stream feeds hold just what its events told, whenever one begins to look."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ssemble
from tests.plain import make_stream
from tests.property.quirky import quirky_streams
from tests.property.test_chunks import chat_bytes
from tests.property.test_templates import regular_streams
from tests.strategies import cuttings

pytestmark = pytest.mark.usefixtures("learning_at_once")


def follow(fragments: list[bytes], look: int, **options: Any) -> None:
    """Begin to look behind some fragment; compare each value with the events behind every one."""
    stream = make_stream(**options)
    texts: dict[int, str] = {}
    calls: dict[tuple[int, int], str] = {}
    partials: dict[int, ssemble.PartialJSON] = {}
    with contextlib.suppress(ssemble.SsembleError):
        for number, fragment in enumerate([*fragments, None]):
            for event in stream.feed(fragment) if fragment is not None else stream.end():
                if isinstance(event, ssemble.TextDelta):
                    texts[event.choice] = texts.get(event.choice, "") + event.text
                elif isinstance(event, ssemble.ToolCallStart):
                    calls[event.choice, event.index] = ""
                elif isinstance(event, ssemble.ToolCallDelta):
                    calls[event.choice, event.index] += event.arguments
            if number >= look:
                for choice in (0, 1, 7):
                    partials[choice] = stream.partial_json(choice)
                    assert partials[choice].raw == texts.get(choice, "")
                for place, told in calls.items():
                    view = stream.tool_call(*place)
                    assert view.partial_arguments.raw == told
                    assert view.arguments.startswith(told)


BODIES = st.one_of(
    regular_streams(), quirky_streams().map(lambda drawn: drawn[0]), chat_bytes().map(lambda drawn: drawn[0])
)


@given(BODIES, st.data())
def test_what_is_told_is_what_is_shown(body: bytes, data: st.DataObject) -> None:
    events = body.split(b"\n\n")
    for fragments in (data.draw(cuttings(body)), [event + b"\n\n" for event in events]):
        look = data.draw(st.integers(0, len(fragments)))
        for templates in (True, False):
            follow(fragments, look, errors="event", templates=templates)
