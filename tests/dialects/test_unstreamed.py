"""The walk through a response that was not streamed: a table says what is told."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from ssemble import LimitExceeded, Limits, ProtocolError, SsembleError
from ssemble._dialects import accumulator
from ssemble._dialects.tree import to_json
from ssemble._dialects.unstreamed import CallPlace, Places, SignaturePlace, Teller

from ..helpers import replaced
from ..trace import events_match_result
from ..vectors.bodies import BODIES
from .suite import Json, called, told
from .tiny import TinyReader

PLACES: Places = {
    "says": {"": "text", "=a": {"words": "text"}, "words": "reasoning", "signature": SignaturePlace("text")},
    "calls": {"function": {"arguments": CallPlace("key", 2)}},
}
EACH = pytest.mark.parametrize("dialect", BODIES)


def tell(body: Any, limits: Limits = Limits()) -> list[Any]:
    """Tell a body; return the events in short form. The object is the body."""
    reader = TinyReader(limits=limits)
    reader.fields = {}
    events: list[Any] = []
    Teller(reader, events).tell(reader.fields, body, PLACES, "$")
    assert to_json(reader.fields) == body
    reader.release(events)
    return told(events)


def call(given: Any, **fields: Any) -> Json:
    return {"key": "t", "type": "function", "function": {"arguments": given, "name": "f"}, **fields}


@pytest.mark.parametrize(
    ("body", "rows"),
    [
        ({"other": [{"words": "no"}], "says": None}, []),
        ({"says": "Hi"}, [["text", 0, "Hi"]]),
        ({"says": [{"type": "a", "words": "Hi"}, {"words": "Hm"}]}, [["text", 0, "Hi"], ["reasoning", 0, "Hm"]]),
        ({"says": {"type": "b", "words": "Hm", "signature": "S"}}, [["reasoning", 0, "Hm"], ["signature", "S"]]),
        ({"says": [{"type": [], "words": None, "signature": "S"}]}, [["signature", "S"]]),
        ({"says": [{"type": "a", "signature": "S"}, {"signature": ""}, {"signature": 5}]}, []),
        ({"says": "a\ud83d"}, [["text", 0, "a\ud83d"]]),
        ({"calls": [call({"a": 1})]}, called('{"a": 1}')),
        ({"calls": call("{}")}, called("{}")),
        ({"calls": [call({}), call(None)]}, [*called(""), *called("", 1)]),
        ({"calls": [{"key": "t", "function": {"name": "f"}}]}, called("")),
        ({"calls": [{"key": 5, "function": {}}]}, called("", call_id="5", name="")),
    ],
)
def test_what_is_told(body: Json, rows: list[Any]) -> None:
    assert tell(body) == rows


def test_a_signature_has_the_part_of_its_reasoning() -> None:
    reader = TinyReader()
    events: list[Any] = []
    body = {"says": [{"words": "a"}, {"words": "b", "signature": "S"}, {"signature": "T"}]}
    Teller(reader, events).tell({}, body, PLACES, "$")
    assert [event.part for event in events] == [0, 1, 1, 0]


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"says": 5}, "$.says"),
        ({"says": [5]}, "$.says"),
        ({"says": [{"words": 5}]}, "$.says.words"),
        ({"calls": [{"function": "f"}]}, "$.calls.function"),
    ],
)
def test_what_is_of_the_wrong_kind_is_an_error(body: Json, where: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        tell(body)
    assert caught.value.where == where


def test_the_size_counts() -> None:
    body = {"says": [{"words": "Hm"}] * 9, "calls": [call({"a": "b" * 90})], "x": "y" * 90}
    assert tell(body, Limits(max_message_size=3000))
    for limit in range(1, 900, 30):
        with pytest.raises(LimitExceeded):
            tell(body, Limits(max_message_size=limit))


@EACH
def test_the_body_is_the_message(dialect: str) -> None:
    reader = accumulator(dialect)
    events = [*reader.add(BODIES[dialect]), *reader.end()]
    completion = reader.completion()
    assert (completion.to_dict(), completion.complete, reader.repairs) == (BODIES[dialect], True, {})
    events_match_result(events, completion)
    assert reader.add(BODIES[dialect]) == []
    assert reader.completion() == completion


@EACH
def test_what_was_told_before_an_error_is_the_message(dialect: str) -> None:
    for changed in replaced(BODIES[dialect], [5, "x", [], [5], {}, None]):
        reader = accumulator(dialect)
        events: list[Any] = []
        with contextlib.suppress(SsembleError):
            events = reader.add(changed if isinstance(changed, dict) else {})
        events += reader.end()
        rows, completion = told(events), reader.completion()
        assert "".join(row[-1] for row in rows if row[0] == "text") == completion.text
        assert len([row for row in rows if row[0] == "call"]) == len(completion.tool_calls)
