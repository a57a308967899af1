"""The asynchronous paths are the synchronous ones, trace for trace."""

from __future__ import annotations

from collections.abc import AsyncIterator, Coroutine, Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

import ssemble
from tests.helpers import async_source
from tests.property.quirky import quirky_streams
from tests.property.test_chunks import chat_bytes
from tests.strategies import cuttings
from tests.trace import comparable, describe

BODIES = st.one_of(chat_bytes().map(lambda drawn: drawn[0]), quirky_streams().map(lambda drawn: drawn[0]))
PATHS: dict[str, tuple[Any, Any]] = {
    "iter_sse": (ssemble.iter_sse, ssemble.aiter_sse),
    "iter_chunks": (ssemble.iter_chunks, ssemble.aiter_chunks),
    "iter_events": (ssemble.iter_events, ssemble.aiter_events),
    "MessageStream.iter": (
        lambda source: ssemble.MessageStream().events(source),
        lambda source: ssemble.MessageStream().aevents(source),
    ),
}


def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run what never waits, without the cost of an event loop."""
    try:
        coroutine.send(None)
    except StopIteration as ended:
        return ended.value
    raise AssertionError("it waits, though its source never does")


def read(items: Iterator[Any]) -> list[str]:
    """The items, and what was raised behind them."""
    found: list[str] = []
    try:
        found.extend(repr(comparable(item)) for item in items)
    except ssemble.SsembleError as error:
        found.append(describe(error))
    return found


async def aread(items: AsyncIterator[Any]) -> list[str]:
    found: list[str] = []
    try:
        async for item in items:
            found += [repr(comparable(item))]
    except ssemble.SsembleError as error:
        found.append(describe(error))
    return found


def ended(completion: ssemble.Completion) -> str:
    return f"{completion!r} {completion.to_dict()}"


def put_together(assemble: Any, source: Any) -> str:
    try:
        return ended(assemble(source))
    except ssemble.SsembleError as error:
        return f"{describe(error)} {error.partial and ended(error.partial)}"


@given(BODIES, st.data())
def test_the_same_items_error_and_message(body: bytes, data: st.DataObject) -> None:
    fragments = data.draw(cuttings(body))
    for synchronous, asynchronous in PATHS.values():
        assert run(aread(asynchronous(async_source(fragments)))) == read(synchronous(fragments))
        assert run(aread(asynchronous(body))) == read(synchronous(body))
    expected = put_together(ssemble.assemble, fragments)
    assert put_together(lambda source: run(ssemble.aassemble(async_source(source))), fragments) == expected
