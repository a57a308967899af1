"""What every reader's bindings must do: a test class for each dialect derives from `Bindings`."""

from __future__ import annotations

import copy
from typing import Any, ClassVar, NamedTuple

import pytest

from ssemble import accumulator
from ssemble._dialects.base import Reader
from ssemble._payloads.templates import DIGITS, NUMBER, SKIP, TEXT, Binding

Found = list[tuple[str, int]]


class Bound(NamedTuple):
    """A payload that is merged, and what may change in the next one.

    Args:
        before: the payloads before it.
        payload: the payload.
        slots: the paths of the values that may change, and their kinds; None if there is no binding.
    """

    before: list[Any]
    payload: Any
    slots: Found | None = None


def dotted(binding: Binding | None) -> Found | None:
    return None if binding is None else [(".".join(map(str, slot.path)), slot.kind) for slot in binding.slots]


def another(payload: Any, slots: Found, text: str) -> tuple[Any, list[Any]]:
    """Return the payload with other values in its slots, and those that are wanted."""
    payload, wanted = copy.deepcopy(payload), []
    for number, (path, kind) in enumerate(slots):
        *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
        owner = payload
        for step in steps:
            owner = owner[step]
        owner[last] = text if kind in (TEXT, SKIP) else owner[last] + number + 1
        assert kind in (TEXT, NUMBER, SKIP, DIGITS)
        wanted += [owner[last]] if kind in (TEXT, NUMBER) else []
    return payload, wanted


class Bindings:
    """The suite. Subclasses set these.

    Attributes:
        dialect: its name.
        bound: by name.
    """

    dialect: ClassVar[str]
    bound: ClassVar[dict[str, Bound]]

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        metafunc.parametrize("bound", self.bound.values(), ids=self.bound.keys())

    def merged(self, bound: Bound) -> Reader:
        reader: Any = accumulator(self.dialect)
        for payload in (*bound.before, bound.payload):
            reader.add(payload)
        return reader  # type: ignore[no-any-return]  # every accumulator is a reader

    def test_which_values_may_change(self, bound: Bound) -> None:
        assert dotted(self.merged(bound).bind(bound.payload, "message")) == bound.slots

    def test_a_binding_does_what_the_reader_does(self, bound: Bound) -> None:
        usual, quick = self.merged(bound), self.merged(bound)
        binding = quick.bind(bound.payload, "message")
        if binding is None or bound.slots is None:
            return
        for text in ("ab", "c\n", "é"):
            payload, wanted = another(bound.payload, bound.slots, text)
            events: list[Any] = []
            assert binding.apply(wanted if len(wanted) > 1 else wanted[0], events)
            assert [event.to_dict() for event in events] == [event.to_dict() for event in usual.add(payload)]
            assert quick.completion() == usual.completion()
            assert quick.completion().to_dict() == usual.completion().to_dict()
            bound = bound._replace(payload=payload)
        assert [event.to_dict() for event in quick.end()] == [event.to_dict() for event in usual.end()]

    def test_a_run_does_what_the_reader_does_or_nothing(self, bound: Bound) -> None:
        usual, quick = self.merged(bound), self.merged(bound)
        binding = quick.bind(bound.payload, "message")
        if binding is None or bound.slots is None:
            return
        payload, slots = bound.payload, bound.slots
        payloads, rows, before = [], [], quick.completion().to_dict()
        for text in ("ab", "c\n", "é"):
            payload, wanted = another(payload, slots, text)
            payloads.append(payload)
            rows.append(tuple(wanted) if len(wanted) > 1 else wanted[0])
        events: list[Any] = []
        if binding.apply_run(rows, events):
            expected = [event for payload in payloads for event in usual.add(payload)]
            assert [event.to_dict() for event in events] == [event.to_dict() for event in expected]
            assert quick.completion().to_dict() == usual.completion().to_dict()
            assert [event.to_dict() for event in quick.end()] == [event.to_dict() for event in usual.end()]
        else:
            assert (events, quick.completion().to_dict()) == ([], before)
