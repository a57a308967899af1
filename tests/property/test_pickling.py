"""Every machine pickles, copies and forks at any byte, and goes on from there."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ssemble
from tests.helpers import MOVES
from tests.profiles import LONG
from tests.property.quirky import quirky_streams
from tests.property.test_chunks import chat_bytes
from tests.trace import comparable, describe
from tests.vectors.chat import VECTORS, Vector

STEP = 1 if LONG else 7  # every byte, or every seventh


def rest(stream: ssemble.MessageStream, body: bytes) -> tuple[Any, ...]:
    """Feed the rest; tell all that can be seen."""
    events: list[ssemble.StreamEvent] = []
    error = None
    try:
        events += stream.feed(body)
        events += stream.end()
        stream.close()
    except ssemble.SsembleError as caught:
        error = describe(caught)
    return [comparable(event) for event in events], error, stream.completion(), stream.repairs


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES.keys())
def test_a_stream_moves_at_any_byte(vector: Vector, move: Callable[[Any], Any]) -> None:
    body = vector.body()
    expected = ssemble.assemble(body).to_dict()
    stream = ssemble.MessageStream()
    for place in range(0, len(body), STEP):
        moved = move(stream)
        before = stream.completion()
        _events, error, completion, _ = rest(moved, body[place:])
        assert error is None
        assert completion.to_dict() == expected
        assert stream.completion() == before  # the fork left the original alone
        stream.feed(body[place : place + STEP])
    assert stream.close().complete


@given(chat_bytes() | quirky_streams().map(lambda pair: (pair[0], [])), st.floats(0, 1), st.sampled_from(sorted(MOVES)))
def test_forks_go_on_independently(body: tuple[bytes, list[bytes]], where: float, name: str) -> None:
    whole = body[0]
    place = int(len(whole) * where)
    stream = ssemble.MessageStream(errors="event")
    stream.feed(whole[:place])
    fork = MOVES[name](stream)
    other = MOVES[name](stream)
    expected = rest(stream, whole[place:])
    rest(other, b'data: {"choices": [{"delta": {"content": "elsewhere"}}]}\n\n')
    assert rest(fork, whole[place:]) == expected


@pytest.mark.parametrize("error", [
    ssemble.LimitExceeded("m", what="w", limit=1, offset=3, event=4),
    ssemble.ProtocolError("m", where="$.a", offset=1),
    ssemble.IncompleteStream("m", partial=ssemble.Completion(id="x")),
    ssemble.InvalidJSON("m", event=2),
    ssemble.IncompleteJSON("m", pos=2, partial=ssemble.Completion(id="x")),
    ssemble.ProviderError("m", raw={"code": 5, "type": "t"}),
])  # fmt: skip
def test_errors_move_with_all_they_tell(error: ssemble.SsembleError) -> None:
    error.__cause__ = ValueError("why")
    for move in MOVES.values():
        moved = move(error)
        assert type(moved) is type(error)
        assert str(moved) == str(error)
        assert describe(moved) == describe(error)
        assert moved.partial == error.partial
        assert str(moved.__cause__) == "why"


def test_a_pickle_of_another_version_is_refused() -> None:
    stream = ssemble.MessageStream()
    _, fields = stream.__getstate__()
    with pytest.raises(ValueError, match="another version of ssemble"):
        ssemble.MessageStream().__setstate__((999, fields))


def test_an_idle_stream_pickles_small() -> None:
    assert len(pickle.dumps(ssemble.MessageStream())) < 1500
