"""What every reader offers."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from ssemble import Limits, ProtocolError, RawEvent, TextDelta
from ssemble._dialects import DIALECTS, reader
from ssemble._dialects.base import Accumulator, BaseReader, Reader
from ssemble._errors import StreamError

from ..helpers import finished

OFFERED = [name for name in vars(Accumulator) if not name.startswith("_")]
INSIDE = [name for name in vars(Reader) if not name.startswith("_")]


def made(name: str, **options: Any) -> Any:
    return reader(name, limits=Limits(), n=None, cumulative=False)


def test_the_contract_is_pinned() -> None:
    assert sorted(OFFERED) == ["add", "complete", "completion", "end", "repairs"]
    assert sorted(INSIDE) == [
        "attach_partial",
        "begun",
        "bind",
        "completion",
        "end_of",
        "expect_body",
        "finish",
        "merge",
        "tool_call",
    ]


@pytest.mark.parametrize("name", DIALECTS)
def test_every_dialect_keeps_it(name: str) -> None:
    accumulator = made(name)
    assert (accumulator.dialect, accumulator.error, accumulator.begun) == (name, None, False)
    for protocol, method in [*((Accumulator, each) for each in OFFERED), *((Reader, each) for each in INSIDE)]:
        wanted, offered = getattr(protocol, method), getattr(type(accumulator), method)
        if callable(wanted):
            names = list(inspect.signature(wanted).parameters)
            assert len(inspect.signature(offered).parameters) >= len(names)
            assert offered.__doc__


@pytest.mark.parametrize("name", DIALECTS)
def test_an_empty_message(name: str) -> None:
    accumulator = made(name)
    assert (accumulator.complete, accumulator.repairs, finished(accumulator, True)) == (False, {}, [])
    assert accumulator.completion(True).complete is True
    assert accumulator.completion(False).choices == ()
    with pytest.raises(LookupError):
        accumulator.tool_call(0, 0)


@pytest.mark.parametrize("name", DIALECTS)
def test_add_takes_chunks_only(name: str) -> None:
    wrongs: tuple[Any, ...] = (b"data: {}", [], None, "{}", 5)
    for wrong in wrongs:
        hint = "bytes go to MessageStream.feed" if isinstance(wrong, (bytes, str)) else "it can be a dict, "
        with pytest.raises(TypeError, match=rf"add\(\) takes a decoded chunk, not {type(wrong).__name__}: {hint}"):
            made(name).add(wrong)


def test_a_reader_alone_says_nothing_of_its_dialect() -> None:
    base: Any = BaseReader
    with pytest.raises(TypeError, match=r"abstract.*end_of.*find_call.*finish.*merge"):
        base()


class Refusing(BaseReader):
    """Gives an event for ``{"a": …}``, and then refuses what is not 1; others are not its own."""

    def merge(self, payload: Any, name: str, events: list[Any], size: int) -> bool:
        if "a" in payload:
            events.append(TextDelta("a"))
        if payload.get("b", 1) != 1:
            raise ProtocolError("no", where="$.b")
        return "a" in payload

    def end_of(self, payload: Any, name: str) -> None:
        return None

    def finish(self, terminated: bool, events: list[Any], failed: bool = False) -> StreamError | None:
        return ProtocolError("late", where="$")

    def find_call(self, choice: int, index: int) -> None:
        return None


def test_add_gives_the_events_before_a_fault_and_raises_next_time() -> None:
    base = Refusing()
    foreign = {"c": [1]}
    assert base.add(foreign) == [RawEvent("message", foreign)]
    assert base.add({"a": 1, "b": 2}) == [TextDelta("a")]
    for _ in range(2):
        with pytest.raises(ProtocolError, match="no"):
            base.add({"a": 1})
    with pytest.raises(ProtocolError, match="no"):
        Refusing().add({"b": 2})
    assert (base.end(), str(base.error).partition(" ")[0]) == ([], "late")


class Recording(Refusing):
    """Keeps what it is called with."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Any] = []

    def merge(self, payload: Any, name: str, events: list[Any], size: int) -> bool:
        self.calls.append((payload, name, size))
        return super().merge(payload, name, events, size)

    def finish(self, terminated: bool, events: list[Any], failed: bool = False) -> StreamError | None:
        self.calls.append((terminated, failed))
        return None


def test_a_reader_is_told_no_name_and_no_size_and_whether_it_failed() -> None:
    for payload, failed in (({"a": 1}, False), ({"a": 1, "b": 2}, True)):
        base = Recording()
        base.add(payload)
        error = base.error
        base.end()
        assert base.calls == [(payload, "message", 0), (False, failed)]
        assert base.error is error
        assert (error is not None) is failed
