"""What every framing must do, whatever its bytes are: a test class for each framing derives from `Framings`."""

from __future__ import annotations

import json
import pickle
import random
from collections.abc import Iterable
from itertools import pairwise
from typing import Any, ClassVar, NamedTuple

import pytest

import ssemble

from ..counting import assert_linear

DAMAGE = "damage"  # a plain StreamError


class Case(NamedTuple):
    """A body and what it gives.

    Args:
        body: its bytes.
        payloads: of ``errors="raise"``.
        error: the class of the error, or `DAMAGE`.
        facts: attributes of the error; "says" is a part of its message.
        skipped: the payloads of ``errors="event"``, if the error can be skipped.
        limit: ``max_event_size``.
    """

    body: bytes
    payloads: list[Any]
    error: type[ssemble.SsembleError] | str | None = None
    facts: dict[str, Any] = {}
    skipped: list[Any] | None = None
    limit: int | None = None


class Read(NamedTuple):
    payloads: list[Any]
    reported: list[str]
    error: ssemble.SsembleError | None

    def trace(self) -> tuple[str, list[str], str, Any]:
        return repr(self.payloads), self.reported, repr(self.error), vars(self.error) if self.error else None


def parser(errors: Any, limit: int | None = None, framing: str | None = None, **options: Any) -> ssemble.ChunkParser:
    limits = ssemble.Limits() if limit is None else ssemble.Limits(max_event_size=limit)
    return ssemble.ChunkParser(errors=errors, limits=limits, framing=framing, **options)


def read(fragments: Iterable[bytes], chunks: ssemble.ChunkParser, pickled: bool = False) -> Read:
    """Read a stream to its end, and sort what came."""
    items: list[Any] = []
    try:
        for fragment in fragments:
            items += chunks.feed(fragment)
            if pickled:
                chunks = pickle.loads(pickle.dumps(chunks))
    except ssemble.SsembleError:
        pass
    items += chunks.end()
    assert chunks.end() == []
    reported = [repr(item.error) for item in items if isinstance(item, ssemble.ErrorEvent)]
    return Read([item for item in items if not isinstance(item, ssemble.ErrorEvent)], reported, chunks.error)


def bytewise(body: bytes) -> list[bytes]:
    return [body[at : at + 1] for at in range(len(body))]


class Framings:
    """The suite. Subclasses set these.

    Attributes:
        framing: its name.
        cases: by name.
        long: two bodies of one long frame and of many small ones, by their number of bytes.
    """

    framing: ClassVar[str]
    cases: ClassVar[dict[str, Case]]

    @staticmethod
    def long(size: int) -> dict[str, bytes]:
        raise NotImplementedError

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        if "case" in metafunc.fixturenames:
            metafunc.parametrize("case", self.cases.values(), ids=self.cases.keys())
        if "shape" in metafunc.fixturenames:
            metafunc.parametrize("shape", self.long(100))

    def test_what_it_gives(self, case: Case) -> None:
        chunks = parser("raise", case.limit)
        found = read([case.body], chunks)
        assert found.payloads == case.payloads
        assert json.dumps(found.payloads) == json.dumps(case.payloads), "numbers and order too"
        if case.error is None:
            assert found.error is None
        else:
            kind = ssemble.StreamError if case.error == DAMAGE else case.error
            assert type(found.error) is kind
        for name, value in case.facts.items():
            if name == "says":
                assert value in str(found.error)
            else:
                assert getattr(found.error, name) == value
        assert chunks.repairs == {}
        assert chunks.framing == self.framing

    def test_errors_that_can_be_skipped(self, case: Case) -> None:
        chunks = parser("event", case.limit)
        found = read([case.body], chunks)
        if case.skipped is None:
            assert (found.payloads, found.reported) == (case.payloads, [])
            assert found.error is None or case.error is not None
        else:
            assert found.payloads == case.skipped
            assert found.reported
            assert found.error is None

    @pytest.mark.parametrize("errors", ["raise", "event"])
    def test_cuts_do_not_matter(self, case: Case, errors: str) -> None:
        whole = read([case.body], parser(errors, case.limit)).trace()
        assert read(bytewise(case.body), parser(errors, case.limit)).trace() == whole
        for at in range(len(case.body)):
            assert read([case.body[:at], case.body[at:]], parser(errors, case.limit)).trace() == whole, at
        assert read([case.body], parser(errors, case.limit, self.framing)).trace() == whole, "named"
        assert read([b"", case.body, b""], parser(errors, case.limit)).trace() == whole

    @pytest.mark.parametrize("errors", ["raise", "event"])
    def test_it_moves_at_any_byte(self, case: Case, errors: str) -> None:
        whole = read([case.body], parser(errors, case.limit)).trace()
        assert read(bytewise(case.body), parser(errors, case.limit), pickled=True).trace() == whole

    def test_a_limit_is_met_at_every_cut(self, case: Case) -> None:
        for limit in (1, 7, 20, 45):
            traces = [
                read(fragments, parser("event", limit)).trace()
                for fragments in ([case.body], bytewise(case.body), [case.body[:9], case.body[9:]])
            ]
            assert traces[0] == traces[1] == traces[2]

    def test_hostile_bytes(self, case: Case) -> None:
        rng = random.Random(len(case.body))
        for _ in range(30):
            body = bytearray(case.body)
            for _ in range(rng.randint(1, 4)):
                at = rng.randrange(len(body) + 1)
                body[at : at + rng.randrange(2)] = rng.choice(
                    [b"", bytes([rng.randrange(256)]), b'"', b"{", b"]", b"\n"]
                )
            cut = sorted(rng.randrange(len(body) + 1) for _ in range(3))
            fragments = [bytes(body[start:end]) for start, end in pairwise([0, *cut, len(body)])]
            for errors in ("raise", "event"):
                whole = read([bytes(body)], parser(errors)).trace()
                assert read(fragments, parser(errors)).trace() == whole
                read([bytes(body)], parser(errors, framing=self.framing))

    def test_a_stream_reads_the_same(self, case: Case) -> None:
        """With templates and without; and no more than the payloads."""
        seen = []
        for kind in (ssemble.MessageStream, Untemplated):
            stream = kind("openai-chat", errors="event", limits=parser_limits(case.limit))
            events: list[Any] = []
            try:
                events = stream.feed(case.body)
                events += stream.end()
            except ssemble.SsembleError:
                pass
            seen.append((repr(events), repr(stream.error), stream.repairs, stream.framing))
        assert seen[0] == seen[1]
        assert seen[0][3] == self.framing

    def test_chat_in_this_framing(self) -> None:
        """Templates are learned and used, or not: the message is the same."""
        chunks = [
            {"id": "a", "choices": [{"index": 0, "delta": {"content": text}}]} for text in ("w", "é\n", '"', "\\") * 9
        ]
        body = self.frames([*chunks, {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}])
        for kind in (ssemble.MessageStream, Untemplated):
            for fragments in ([body], bytewise(body), [body[at : at + 50] for at in range(0, len(body), 50)]):
                stream = kind()
                for fragment in fragments:
                    stream.feed(fragment)
                    if len(fragments) < 100:
                        stream = pickle.loads(pickle.dumps(stream))
                assert stream.close().text == 'wé\n"\\' * 9
                assert (stream.dialect, stream.framing, stream.repairs) == ("openai-chat", self.framing, {})

    @staticmethod
    def frames(payloads: list[Any]) -> bytes:
        """Write payloads in this framing."""
        raise NotImplementedError

    @pytest.mark.parametrize("step", [1, 100, 10**9])
    def test_it_is_linear(self, shape: str, step: int) -> None:
        def work(size: int) -> object:
            body = self.long(size)[shape]
            return read([body[at : at + step] for at in range(0, len(body), step)], parser("raise"))

        assert_linear(work, 300 if step == 1 else 3000)


class Untemplated(ssemble.MessageStream):
    _templates = False


def parser_limits(limit: int | None) -> ssemble.Limits:
    return ssemble.Limits() if limit is None else ssemble.Limits(max_event_size=limit)
