"""What each payload comes to, in every field: a test class for each dialect derives from `StepByStep`."""

from __future__ import annotations

import copy
from typing import Any, ClassVar, NamedTuple

import pytest

from ssemble import ProtocolError, RawEvent, accumulator

RAW = "raw"  # the payload itself is handed out


class Steps(NamedTuple):
    """Payloads and their events, then the content of the provider's object, and the repairs."""

    steps: list[tuple[Any, Any]]
    content: Any
    repairs: dict[str, int] = {}


class Refused(NamedTuple):
    """Payloads of which the last cannot be merged, and the error."""

    payloads: list[Any]
    told: str
    where: str


class StepByStep:
    """The suite. Subclasses set these.

    Attributes:
        dialect: its name.
        key: of the content in the provider's object.
        cases: by name.
        refused: by name.
    """

    dialect: ClassVar[str]
    key: ClassVar[str]
    cases: ClassVar[dict[str, Steps]]
    refused: ClassVar[dict[str, Refused]] = {}

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        for fixture, table in (("case", self.cases), ("fault", self.refused)):
            if fixture in metafunc.fixturenames:
                metafunc.parametrize(fixture, table.values(), ids=table.keys())

    def test_each_payload_has_its_events(self, case: Steps) -> None:
        reader = accumulator(self.dialect)
        for payload, events in case.steps:
            given = copy.deepcopy(payload)
            assert reader.add(payload) == ([RawEvent("message", payload)] if events == RAW else events), payload
            assert payload == given
        assert reader.completion().to_dict().get(self.key) == case.content
        assert reader.repairs == case.repairs

    def test_what_cannot_be_merged(self, fault: Refused) -> None:
        reader = accumulator(self.dialect)
        for payload in fault.payloads[:-1]:
            reader.add(payload)
        with pytest.raises(ProtocolError) as caught:
            reader.add(fault.payloads[-1])
        assert (str(caught.value), caught.value.where) == (fault.told, fault.where)
