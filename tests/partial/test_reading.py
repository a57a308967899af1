"""Text in pieces, and who looks at it: from one thread, from several, and in the middle of a look."""

from __future__ import annotations

import gc
import json
import pickle
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ssemble import MalformedJSON, PartialJSON
from ssemble._partial.reading import JOIN_EVERY, PieceReader

TEXT = json.dumps({"items": [{"n": n, "t": "x\n"} for n in range(400)], "code": "a = 1\n" * 800, "end": [[[]], None]})
VALUE = json.loads(TEXT)


@pytest.fixture
def quick_switches() -> Iterator[None]:
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def looked_at_while_fed(partial: PartialJSON, text: str, size: int, looks: list[Callable[[], object]]) -> None:
    """Feed a text in one thread while each look is taken again and again in its own."""
    raised: list[BaseException] = []
    begun = threading.Barrier(len(looks) + 1)
    over = threading.Event()

    def feed() -> None:
        begun.wait()
        for at in range(0, len(text), size):
            partial.feed(text[at : at + size])
        over.set()

    def look(each: Callable[[], object]) -> None:
        begun.wait()
        try:
            while not over.is_set():
                each()
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=feed), *(threading.Thread(target=look, args=(each,)) for each in looks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert raised == []


@pytest.mark.usefixtures("quick_switches")
@pytest.mark.parametrize("size", [1, 7])
@pytest.mark.parametrize("time", range(10))
def test_looks_from_several_threads_while_another_feeds(time: int, size: int) -> None:
    partial = PartialJSON()
    items, code = partial.watch("items", "*"), partial.watch_text("code")
    found: list[Any] = []
    written: list[str] = []

    def snapshot() -> None:
        value = partial.snapshot()
        if value is not None:
            told = value.get("items", [])[:-1]  # the last one may be open
            assert told == VALUE["items"][: len(told)]
            assert VALUE["code"].startswith(value.get("code", ""))

    looks: list[Callable[[], object]] = [
        snapshot,
        lambda: (partial.value, partial.error),
        lambda: (partial.open_path, partial.is_complete("items", 3), partial.complete),
        lambda: pickle.dumps(partial),
        lambda: found.extend(items.read()),
        lambda: written.append(code.read()),
    ]
    looked_at_while_fed(partial, TEXT, size, looks)
    found += items.read()
    written.append(code.read())
    assert found == [(("items", n), item) for n, item in enumerate(VALUE["items"])]
    assert "".join(written) == VALUE["code"]
    assert partial.raw == TEXT
    assert partial.value == partial.snapshot() == partial.close() == VALUE


@pytest.mark.usefixtures("quick_switches")
@pytest.mark.parametrize("time", range(3))
def test_a_fault_is_found_in_its_place_while_another_thread_feeds(time: int) -> None:
    fault = TEXT.index("a = 1") - 1
    text = TEXT[:fault] + "?" + TEXT[fault:]
    partial = PartialJSON()
    looked_at_while_fed(partial, text, 3, [lambda: partial.error] * 3)
    assert partial.error is not None
    assert partial.error.pos == fault
    assert partial.value == {"items": VALUE["items"]}


def test_feeding_does_not_wait_for_who_looks() -> None:
    """The pieces are joined by a later one."""
    partial = PartialJSON()
    looking, looked = threading.Event(), threading.Event()

    def look() -> None:
        with partial._lock:
            looking.set()
            looked.wait(10)

    thread = threading.Thread(target=look)
    thread.start()
    looking.wait(10)
    for _ in range(2 * JOIN_EVERY):
        partial.feed("1")
    assert len(partial._pieces) == 2 * JOIN_EVERY
    looked.set()
    thread.join()
    partial.feed("1")
    assert (len(partial._pieces), partial.raw) == (0, "1" * (2 * JOIN_EVERY + 1))


def test_a_look_in_the_middle_of_a_look_shows_what_was_read_before() -> None:
    """As from a signal handler, which runs in the same thread."""
    partial = PartialJSON()
    partial.feed('{"a": 1, "b": [')
    assert partial.value == {"a": 1, "b": []}
    send, seen = partial._send, []

    def interrupted(text: str) -> None:
        seen.append((partial.snapshot(), partial.open_path, partial.error, partial.raw))
        for _ in range(JOIN_EVERY):
            partial.feed(" ")
        assert len(partial._pieces) > JOIN_EVERY, "nothing is joined now"
        send(text)

    partial._send = interrupted
    partial.feed("2, ")
    assert partial.value == {"a": 1, "b": [2]}
    assert seen == [({"a": 1, "b": []}, ("b",), None, '{"a": 1, "b": [2, ')]
    partial._send = send
    partial.feed("3]}")
    assert partial.value == partial.close() == {"a": 1, "b": [2, 3]}


@pytest.mark.parametrize("looks", [0, 1, JOIN_EVERY - 1, JOIN_EVERY, JOIN_EVERY + 1])
def test_pieces_are_joined_wherever_the_last_look_was(looks: int) -> None:
    partial = PartialJSON()
    watch = partial.watch("*")
    text = json.dumps(list(range(JOIN_EVERY)))
    for number, char in enumerate(text):
        partial.feed(char)
        if number == looks:
            assert partial.value == json.loads(f"[{text[1 : number + 1].rpartition(',')[0]}]")
    assert len(partial._pieces) < JOIN_EVERY
    assert watch.read() == [((n,), n) for n in range(JOIN_EVERY)]
    assert (partial.value, partial.raw) == (list(range(JOIN_EVERY)), text)


def test_behind_the_end_nothing_is_kept() -> None:
    partial = PartialJSON()
    partial.feed("[1]")
    assert partial.close() == [1]
    with pytest.raises(RuntimeError, match=r"after close.*create a new PartialJSON"):
        partial.feed("2")
    assert partial.raw == "[1]"


def test_an_interrupt_loses_no_text() -> None:
    partial = PartialJSON()
    items = partial.watch("*")
    partial.feed("[1, ")
    assert items.read() == [((0,), 1)]

    def interrupted(text: str) -> None:
        raise KeyboardInterrupt

    partial._send = interrupted
    partial.feed("2, ")
    with pytest.raises(KeyboardInterrupt):
        _ = partial.value
    partial.feed("3]")
    assert partial.value == [1, 2, 3]
    assert items.read() == [((1,), 2), ((2,), 3)]


def test_a_fault_of_the_reader_alone_has_no_cause() -> None:
    partial = PartialJSON(max_depth=1)
    watch = partial.watch("*")
    partial.feed("[1, []]")
    assert isinstance(partial.error, MalformedJSON)
    assert (partial.error.pos, partial.error.__cause__) == (4, None)
    assert watch.read() == [((0,), 1)]
    other = PartialJSON()
    other.feed("[1 2")
    assert isinstance(other.error, MalformedJSON)
    assert isinstance(other.error.__cause__, json.JSONDecodeError)
    far = PartialJSON(max_depth=10**6)
    far.feed("[1" + "[")
    assert far.error is not None


def test_a_fault_behind_which_json_loads_sees_none_has_no_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ssemble._partial.reading.DECODERS", {True: json.JSONDecoder()})
    partial = PartialJSON()
    monkeypatch.setattr(json.JSONDecoder, "decode", lambda self, text: None)
    partial.feed("[1 2")
    assert partial.error is not None
    assert partial.error.__cause__ is None


def test_a_watch_that_nobody_holds_is_let_go() -> None:
    gc.disable()
    try:
        partial = PartialJSON()
        for _ in range(5):
            partial.watch("a").read()
            partial.watch_text("b").read()
        assert len(partial._watches) == 1, "the last one, until the next comes"
        kept = partial.watch("a")
        partial.feed('{"a": 1}')
        assert kept.read() == [(("a",), 1)]
        assert len(partial._watches) == 1
    finally:
        gc.enable()


def test_a_reader_and_its_watch_are_no_cycle() -> None:
    class Seen(PartialJSON):
        gone: list[int] = []

        def __del__(self) -> None:
            self.gone.append(1)

    gc.disable()
    try:
        partial = Seen()
        watch = partial.watch("*")
        partial.feed("[1, 2")
        watch.read()
        del partial, watch
        assert Seen.gone == [1]
    finally:
        gc.enable()


def test_a_reader_that_keeps_its_own_watch_moves_with_it() -> None:
    partial = Watched()
    partial.feed('{"a": 1, ')
    assert partial.own.read() == [(("a",), 1)]
    for twin in (pickle.loads(pickle.dumps(partial)), partial):
        twin.feed('"b": 2}')
        assert twin.own.read() == [(("b",), 2)]
        assert twin.close() == {"a": 1, "b": 2}


class Watched(PartialJSON):
    def __init__(self) -> None:
        super().__init__()
        self.own = self.watch("*")


def test_the_reader_is_the_ground_of_partial_json() -> None:
    assert issubclass(PartialJSON, PieceReader)
    assert not hasattr(PartialJSON(), "__dict__")
