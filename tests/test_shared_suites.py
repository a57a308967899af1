"""The data of other packages' test suites: their expectations, or the difference is deliberate and has a reason."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import ssemble
from tests.helpers import accumulate, sse
from tests.property.test_sse import read
from tests.trace import trace

NOTHING = "<nothing yet>"  # as the data has it


class Deliberate(NamedTuple):
    """What comes out here instead, by path, and why."""

    name: str
    values: dict[str, Any]
    why: str


CHUNKS = {
    "three headers, then 600 interleaved fragments": Deliberate(
        "A5", {"choices.0.message.tool_calls.2.function.arguments": ""}, "no arguments were sent, so none are made up"
    ),
    "only chunks with empty choices": Deliberate(
        "A6",
        {"choices.0.message.role": NOTHING, "choices.0.finish_reason": NOTHING},
        "no choice was sent, so none is made up that ended",
    ),
    "merge_dicts: equal lists are joined, too": Deliberate(
        "A7", {"choices.0.message.x": ["a"]}, "an unknown list that comes again is a snapshot, as citations are"
    ),
    "merge_dicts: two integers are added": Deliberate(
        "A7", {"choices.0.message.x": 2}, "numbers in a delta are ids, indexes and running totals"
    ),
    "merge_lists: entries with an index": Deliberate(
        "A7",
        {"choices.0.message.x": [{"index": 0, "b": "c"}]},
        "whether an unknown text in an entry streams nobody can know: the last one counts",
    ),
}
BODIES = {
    "vercel: a name never comes": Deliberate(
        "A8", {"raises": "nothing raised"}, "a call without a name is in the message, and the caller sees that it has none"
    ),
}  # fmt: skip


def cases(corpus: Path, name: str) -> Any:
    return json.loads((corpus / "suites" / name).read_text(encoding="utf-8"))


def at(value: Any, path: str) -> Any:
    """The value at a path of keys and places, `NOTHING` where there is none."""
    for step in path.split("."):
        try:
            value = value[int(step) if isinstance(value, list) else step]
        except (IndexError, KeyError):
            return NOTHING
    return value


def pieces(body: bytes, rng: random.Random) -> Iterator[list[bytes]]:
    yield [body]
    yield [body[i : i + 1] for i in range(len(body))]
    for _ in range(3):
        places = sorted(rng.choices(range(len(body) + 1), k=6))
        yield [body[a:b] for a, b in zip([0, *places], [*places, len(body)], strict=True)]


def test_chunks_come_to_what_the_peers_expect(corpus: Path) -> None:
    told, wrong = Counter[str](), []
    for case in cases(corpus, "accumulate.json"):
        _, completion, _ = accumulate(case["chunks"], **case["kw"])
        result = completion.to_dict()
        deliberate = CHUNKS.get(case["test"])
        expected = {**case["expect"], **(deliberate.values if deliberate else {})}
        got = {path: at(result, path) for path in expected}
        if got != expected:
            wrong.append((case["peer"], case["test"], got))
        told[deliberate.name if deliberate else "equal"] += 1
        # The same chunks as a stream.
        body = sse(*case["chunks"], "[DONE]")
        for fragments in pieces(body, random.Random(case["test"])):
            assert trace(fragments).result == result, case["test"]
    assert wrong == []
    assert told["equal"] >= 55
    assert {*told} == {"equal"} | {each.name for each in CHUNKS.values()}


def facts(body: list[bytes]) -> dict[str, Any]:
    """What the data asks of a body, of the first choice and the first call."""
    stream = ssemble.MessageStream()
    raised = "nothing raised"
    try:
        for fragment in body:
            stream.feed(fragment)
        stream.close()
    except ssemble.SsembleError as error:
        raised = type(error).__name__
    completion = stream.completion()
    found: dict[str, Any] = {"raises": raised, "text": completion.text, "reasoning": completion.reasoning}
    found["role"] = completion.message.role
    for call in completion.tool_calls[:1]:
        found |= {"call": [call.name, call.arguments], "extra": call.to_dict().get("extra_content")}
        found["parsed"] = call.parse_arguments()
    return found


def test_bodies_come_to_what_the_peers_expect(corpus: Path) -> None:
    bodies = cases(corpus, "bodies.json")
    for case in bodies:
        deliberate = BODIES.get(case["test"])
        expected = deliberate.values if deliberate else case["expect"]
        for fragments in pieces(case["body"].encode(), random.Random(case["test"])):
            found = facts(fragments)
            assert {key: found.get(key) for key in expected} == expected, case["test"]
    assert len(bodies) >= 17


def test_event_streams_come_to_what_the_peers_expect(corpus: Path) -> None:
    streams = cases(corpus, "wpt_format.json")
    for case in streams:
        body = bytes.fromhex(case["body_hex"])
        for fragments in pieces(body, random.Random(case["test"])):
            got = read(fragments)
            events = [[data, event, last_id] for event, data, last_id in got.events]
            assert (events, got.retry) == (case["events"], case["retry"]), case["test"]
    assert len(streams) >= 20


def test_events_that_are_written_again_come_back(corpus: Path) -> None:
    # S5: assel writes an empty id, so that a reset of the last event ID comes back.
    for case in cases(corpus, "wpt_format.json"):
        written = [event.encode() for event in ssemble.iter_sse(bytes.fromhex(case["body_hex"]))]
        events = [[data, event, last_id] for event, data, last_id in read(written).events]
        assert events == case["events"], case["test"]


# Where other packages read events otherwise. WHATWG, "Interpreting an event stream", is followed here:
# "If the data buffer is an empty string, set the data buffer and the event type buffer to the empty
# string and return."
FRAMES: dict[str, tuple[bytes, list[tuple[str, str, str]]]] = {
    "S1: a retry alone is no event": (b"retry: 10000\n\n", []),
    "S1: a name alone is no event": (b"event: ping\n\ndata: a\n\n", [("message", "a", "")]),
    "S7: the id is the last one, of this event or of one before": (
        b"id: 7\ndata: a\n\ndata: b\n\nid: 8\0\ndata: c\n\n",
        [("message", "a", "7"), ("message", "b", "7"), ("message", "c", "7")],
    ),
}


@pytest.mark.parametrize("name", FRAMES)
def test_the_specification_goes_before_the_peers(name: str) -> None:
    body, events = FRAMES[name]
    assert read([body]).events == events
    assert read([body[i : i + 1] for i in range(len(body))]).events == events


# What a peer makes of a text that has not ended, and PartialJSON deliberately does not.


class Value(NamedTuple):
    """A text, what the peer makes of it, and what is certain of it here."""

    text: str
    theirs: Any
    ours: Any
    error: ssemble.JSONTextError | None


def without_last(value: Any) -> Any:
    """The value without its last leaf."""
    if isinstance(value, list) and value:
        last = without_last(value[-1])
        return value[:-1] + ([] if last is NOTHING else [last])
    if isinstance(value, dict) and value:
        key = list(value)[-1]
        last = without_last(value[key])
        rest = {other: value[other] for other in value if other != key}
        return rest if last is NOTHING else {**rest, key: last}
    return NOTHING


def same(one: Any, other: Any) -> bool:
    return json.dumps(one) == json.dumps(other)


def ends_in(pattern: str) -> Callable[[Value], bool]:
    return lambda value: bool(re.search(pattern, value.text)) and same(without_last(value.theirs), value.ours)


PARTIAL: dict[str, tuple[Callable[[Value], bool], str]] = {
    "J1": (ends_in(r"\d[\d.eE+-]*$"), "a number that may go on is not shown: 1 could still become 12"),
    "J2": (ends_in(r"(?<![\w\"])[a-z]{1,4}$"), "a literal that has not ended is not guessed"),
    "J3": (
        lambda value: same(without_last(value.ours), value.theirs) and value.error is None,
        "a text is shown while it grows: that is what streaming is for",
    ),
    "J4": (
        ends_in(r'"\w*$|:$'),
        "a key without a value is not there yet, and not null",
    ),
    "J5": (
        lambda value: isinstance(value.error, ssemble.MalformedJSON),
        "what no JSON has is an error, and what came before it is kept",
    ),
    "nothing": (lambda value: value.text == "" and value.theirs is None, "nothing is not null"),
}


def partial_value(fragments: list[str]) -> tuple[Any, ssemble.JSONTextError | None]:
    partial = ssemble.PartialJSON()
    for fragment in fragments:
        partial.feed(fragment)
    return (partial.snapshot() if partial.started else NOTHING), partial.error


def test_partial_values_are_those_of_the_peers_or_deliberately_others(corpus: Path) -> None:
    told = Counter[str]()
    for case in cases(corpus, "partial_json.json")["cases"]:
        text = case["text"]
        ours, error = partial_value([text])
        one_by_one, error_then = partial_value(list(text))
        assert same(one_by_one, ours), text
        assert str(error_then) == str(error), text
        if same(ours, case["expected"]):
            told["equal"] += 1
            continue
        value = Value(text, case["expected"], ours, error)
        names = [name for name, (holds, _) in PARTIAL.items() if holds(value)]
        assert names, case
        told[names[0]] += 1
    assert told["equal"] >= 65
    assert {*told} == {"equal", *PARTIAL}
