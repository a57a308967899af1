"""What the tests of the modules share: bodies, cuts, moves and wrong values."""

from __future__ import annotations

import copy
import gc
import json
import pickle
import traceback
import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import Any, Protocol

import pytest

import ssemble
from ssemble._dialects.base import Reader
from ssemble._dialects.chat.reader import ChatReader
from ssemble._dialects.chat.tool_calls import ToolCalls

from .trace import comparable, describe, events_match_result

USUAL = gc.get_threshold()  # of a program that sets nothing: when the tests begin, they set another one

WRONG: tuple[Any, ...] = (
    None, True, False, 0, -1, 7, 10**30, 0.5, float("nan"), float("inf"), "", "x", "0", "\ud83d", "\ude00\0",
    [], [None], [0], [0.5, True], [""], ["x"], [[]], [{}], [{"index": 0, "text": "x"}], [{"index": {}, "type": []}],
    {}, {"": None}, {"type": {"a": 1}}, {"index": 0}, {"text": ["x"]}, {"content": {"content": "x"}},
)  # fmt: skip
"""Values of every kind that JSON has, for every place of a payload."""

MOVES: dict[str, Callable[[Any], Any]] = {
    "pickle": lambda machine: pickle.loads(pickle.dumps(machine)),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}


class Layer(Protocol):
    """Bytes in, items out."""

    def feed(self, data: bytes) -> list[Any]: ...

    def end(self) -> list[Any]: ...

    @property
    def error(self) -> ssemble.SsembleError | None: ...


def sse(*payloads: Any) -> bytes:
    """Write payloads as events; bytes and text as they are."""
    lines = [
        each if isinstance(each, bytes) else (each if isinstance(each, str) else json.dumps(each)).encode()
        for each in payloads
    ]
    return b"".join(b"data: " + line + b"\n\n" for line in lines)


def chunk(delta: Any = None, finish_reason: Any = None, index: int = 0, **more: Any) -> dict[str, Any]:
    """A chunk with one choice."""
    return {
        "choices": [{"index": index, "delta": {} if delta is None else delta, "finish_reason": finish_reason}]
    } | more


def call(index: Any = 0, **entry: Any) -> dict[str, Any]:
    """A chunk with one entry of a tool call; ``name`` and ``arguments`` go into its function."""
    function = {key: entry.pop(key) for key in ("name", "arguments") if key in entry}
    place = {} if index is None else {"index": index}
    return chunk({"tool_calls": [{**place, **entry, **({"function": function} if function else {})}]})


def run(layer: Layer, fragments: Iterable[bytes]) -> tuple[list[Any], str | None]:
    """Feed and end a layer; give its items and a description of what it raised."""
    items: list[Any] = []
    error = None
    try:
        for fragment in fragments:
            items += layer.feed(fragment)
        items += layer.end()
    except ssemble.SsembleError as caught:
        error = describe(caught)
    if layer.error is not None:
        assert error in (None, describe(layer.error)), "what is raised is what is kept"
        error = describe(layer.error)
    return [comparable(item) for item in items], error


def cuts(data: bytes) -> Iterator[list[bytes]]:
    """Ways to cut bytes: whole, one by one, with empty fragments between, and in two at many places."""
    single = [data[at : at + 1] for at in range(len(data))]
    yield [data]
    yield single
    yield [fragment for each in single for fragment in (b"", each)]
    for at in range(1, len(data), max(1, len(data) // 150)):
        yield [data[:at], data[at:]]


def all_chunkings(
    make: Callable[[], Layer], data: bytes, trailing: bytes = b"data: {}\n\n"
) -> tuple[list[Any], str | None]:
    """Run bytes in every way of cutting; assert that all come to the same; give what that is.

    With more bytes behind them, what was certain of the first stays as it was.
    """
    whole = run(make(), [data])
    for fragments in cuts(data):
        assert run(make(), fragments) == whole, fragments
    layer = make()
    certain = [comparable(item) for item in layer.feed(data)]
    longer = data + trailing
    followed = run(make(), [longer])
    assert run(make(), [data, trailing]) == followed
    assert run(make(), [longer[at : at + 1] for at in range(len(longer))]) == followed
    assert followed[0][: len(certain)] == certain
    return whole


def assert_movable(make: Callable[[], Layer], data: bytes, step: int = 1) -> None:
    """At every byte, a copy goes on as the original does, and neither notices the other."""
    whole = run(make(), [data])
    for move in MOVES.values():
        for at in range(0, len(data) + 1, step):
            layer = make()
            before = [comparable(item) for item in layer.feed(data[:at])]
            twin = move(layer)
            for each in (twin, layer):
                items, error = run(each, [data[at:]])
                assert (before + items, error) == whole


def assert_sticky(layer: Layer, error: type[ssemble.SsembleError]) -> ssemble.SsembleError:
    """A layer that failed keeps its error, and raises it by every `feed` from then on."""
    first = layer.error
    assert type(first) is error
    assert first.__traceback__ is None, "its frames would hold what it is about"
    depths = []
    for _ in range(3):
        with pytest.raises(error) as again:
            layer.feed(b"data: {}\n\n")
        assert_same_error(again.value, first)
        depths.append(len(list(traceback.walk_tb(again.value.__traceback__))))
    assert depths == depths[:1] * 3, "each raise adds its frames to those of the last"
    assert layer.end() == []
    with pytest.raises(error):
        layer.feed(b"")
    with pytest.raises(error) as own:
        raise first
    last = layer.error
    assert last is not None
    assert_same_error(last, own.value)
    assert last.__traceback__ is None, "the caller raised another one"
    assert last.partial is first.partial, "made once, or who goes on feeding would pay for the message each time"
    return first


def assert_same_error(one: ssemble.SsembleError, other: ssemble.SsembleError) -> None:
    """Two raises of one fault: equal in all, but not one exception, whose frames would hold what keeps it."""
    assert one is not other
    assert (type(one), one.args, one.__cause__) == (type(other), other.args, other.__cause__)
    assert vars(one) == vars(other)


def replaced(value: Any, wrong: Iterable[Any] = WRONG) -> Iterator[Any]:
    """Copies of a payload with each place in turn replaced by each wrong value, or taken out."""
    wrong = list(wrong)
    for path in _paths(value):
        for item in wrong:
            changed = copy.deepcopy({"": value})
            place: Any = changed
            for key in path[:-1]:
                place = place[key]
            place[path[-1]] = copy.deepcopy(item)
            yield changed[""]


def _paths(value: Any, path: tuple[Any, ...] = ("",)) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, (dict, list)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _paths(item, (*path, key))


def nested(depth: int, leaf: Any = 0, key: str = "") -> Any:
    """Lists in lists, or objects under one key."""
    for _ in range(depth):
        leaf = {key: leaf} if key else [leaf]
    return leaf


def memory(work: Callable[[], object]) -> int:
    """Bytes at most while it works, with cycles collected as often as in a program that sets nothing."""
    often = gc.get_threshold()
    gc.set_threshold(*USUAL)
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        gc.set_threshold(*often)


async def async_source(fragments: Iterable[bytes]) -> AsyncIterator[bytes]:
    """An asynchronous body."""
    for fragment in fragments:
        yield fragment


async def gather(items: AsyncIterator[Any]) -> list[Any]:
    """All items of an asynchronous iterator."""
    return [item async for item in items]


def finished(reader: Reader, terminated: bool = False) -> list[ssemble.StreamEvent]:
    """End a message, and keep its error as a stream does; give the last events."""
    events: list[ssemble.StreamEvent] = []
    reader.error = reader.finish(terminated, events) or reader.error
    return events


def made_calls(chat: ChatReader, choice: int = 0) -> ToolCalls:
    """The calls of a choice that has some."""
    calls = chat.choices[choice].calls
    assert calls is not None
    return calls


def accumulate(
    chunks: Iterable[dict[str, Any]], terminated: bool | None = True, **options: Any
) -> tuple[list[ssemble.StreamEvent], ssemble.Completion, dict[str, int]]:
    """Merge chunks; give the events, the message and the repairs.

    What was handed in is not changed, and what becomes of it later changes nothing.
    """
    chat = ChatReader(**options)
    events: list[ssemble.StreamEvent] = []
    for each in chunks:
        given = copy.deepcopy(each)
        events += chat.add(given)
        assert repr(given) == repr(each)
        _spoil(given)
    if chat.error is not None:
        raise chat.error
    events += finished(chat, bool(terminated))
    completion = chat.completion()
    json.dumps(completion.to_dict())
    before = repr(completion), chat.result()
    _spoil(chat.result())
    _spoil(completion.to_dict())
    assert repr((repr(chat.completion()), chat.result())) == repr(before)
    events_match_result(events, completion)
    return events, completion, dict(chat.repairs)


def only_our_errors(chunks: Iterable[dict[str, Any]], **options: Any) -> None:
    """Chunks of any shape merge or raise an `SsembleError`; the message so far is there either way."""
    chat = ChatReader(**options)
    try:
        for each in chunks:
            chat.add(each)
    except ssemble.SsembleError:
        pass
    finished(chat)
    completion = chat.completion()
    json.dumps(completion.to_dict())
    for choice in completion.choices:
        said = choice.message
        texts = [said.role, said.text, said.reasoning, said.refusal]
        texts += [text for call in said.tool_calls for text in (call.type, call.name, call.arguments)]
        assert all(type(text) is str for text in texts)
        assert all(type(each) in (str, type(None)) for each in (choice.finish_reason, choice.raw_finish_reason))
    assert all(type(each) in (str, type(None)) for each in (completion.id, completion.model))
    assert type(completion.created) in (int, type(None))


def _spoil(value: Any) -> None:
    """Change JSON in every place."""
    if isinstance(value, (dict, list)):
        for item in list(value.values() if isinstance(value, dict) else value):
            _spoil(item)
        value.clear()
