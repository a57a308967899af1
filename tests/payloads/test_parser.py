"""Fragments to payloads: the three ways of a frame, and what the sink is told."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import orjson
import pytest

from ssemble import IncompleteStream, InvalidJSON, LimitExceeded, Limits, ProviderError, SsembleError, StreamError
from ssemble._framing.sse import SSEFraming
from ssemble._payloads.learned import LEARN_AFTER
from ssemble._payloads.parser import PayloadParser
from ssemble._payloads.templates import SKIP, Slot

from ..helpers import sse
from .chunk_cases import FAULTS, WHOLE
from .sinks import Stopping
from .test_server_errors import REPORTED


class Bound:
    """Appends texts to the sink's message, like a payload does."""

    def __init__(self, sink: Sink, slots: tuple[Slot, ...]) -> None:
        self.sink = sink
        self.slots = slots
        self.epoch = sink.epoch

    def apply(self, values: Any, events: list[Any]) -> bool:
        if self.epoch != self.sink.epoch or values == "refuse":
            return False
        self.sink.ways.append("template")
        events.append(values)
        return True

    def apply_run(self, rows: list[Any], events: list[Any]) -> bool:
        if self.epoch != self.sink.epoch or "refuse" in rows:
            return False
        self.sink.ways += ["run"] * len(rows)
        events += rows
        return True


class Sink(Stopping):
    """Merges ``{"a": text}``; an object with other keys changes what bindings rely on."""

    def __init__(self, *, skip: bool = False) -> None:
        super().__init__(skip)
        self.ways: list[str] = []
        self.told: list[tuple[str, int]] = []
        self.epoch = 0

    def add(self, payload: Any, name: str, events: list[Any], size: int) -> bool:
        self.ways.append("payload")
        self.told.append((name, size))
        if not isinstance(payload, dict) or type(payload.get("a")) is not str:
            self.epoch += 1
            events.append(payload)
            return False
        events.append(payload["a"])
        return True

    def bind(self, payload: Any, name: str) -> Bound | None:
        if payload["a"] == "never":
            return None
        slots = [Slot(("a",))] + ([Slot(("p",), SKIP)] if "p" in payload else [])
        return Bound(self, tuple(slots))

    def terminated(self, events: list[Any]) -> None:
        super().terminated(events)
        events.append("terminated")


def taken(fragments: list[bytes], sink: Sink | None = None, *, end: bool = True, **options: Any) -> list[Any]:
    parser, sink = PayloadParser(options.pop("loads", json.loads), **options), sink or Sink()
    events: list[Any] = []
    for fragment in fragments:
        parser.feed(fragment, events, sink)
    if end:
        parser.end(events, sink)
    return events


def texts(*values: str, **more: Any) -> list[bytes]:
    return [sse({"a": value, **more}) for value in values]


LETTERS = list("abcdefghijklmnop")


@pytest.mark.parametrize("named", [b"", b"event: x\n"])
@pytest.mark.parametrize("blank", [b"\n", b"\r\n"])
@pytest.mark.parametrize("more", [{}, {"p": "--"}], ids=["alone", "padded"])
def test_frames_are_read_by_template_as_soon_as_one_is_learned(named: bytes, blank: bytes, more: Any) -> None:
    body = [(named + each).replace(b"\n", blank) for each in texts(*LETTERS, **more)]
    sink = Sink()
    assert taken(body, sink) == LETTERS
    assert sink.ways == ["payload"] * LEARN_AFTER + ["template"] * (len(LETTERS) - LEARN_AFTER)
    assert {name for name, _ in sink.told} == {"x" if named else "message"}
    sink = Sink()
    assert taken([b"".join(body)], sink) == LETTERS
    assert sink.ways.count("payload") == LEARN_AFTER
    assert sink.ways.count("run") >= 8
    sink = Sink()
    assert taken(body, sink, templates=False) == LETTERS
    assert set(sink.ways) == {"payload"}


@pytest.mark.parametrize("named", [b"", b"event: x\n"])
@pytest.mark.parametrize("blank", [b"\n", b"\r\n"])
def test_a_fragment_that_is_one_frame_is_not_split(named: bytes, blank: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SSEFraming, "feed", None)
    body = [(named + each).replace(b"\n", blank) for each in texts(*LETTERS)]
    assert taken(body, templates=False) == LETTERS


@pytest.mark.parametrize(("event", "payload", "raw", "words"), REPORTED.values(), ids=list(REPORTED))
def test_every_form_of_an_error_is_found_in_a_raw_frame(event: str, payload: Any, raw: Any, words: str) -> None:
    named = b"" if event == "message" else b"event: " + event.encode() + b"\n"
    sink = Sink()
    taken([named + sse(payload)], sink)
    assert isinstance(sink.error, ProviderError)
    assert sink.error.raw == raw


def test_the_sink_is_told_the_size_of_the_json_text() -> None:
    for body in (texts("a")[0], texts("a")[0].replace(b"data: ", b"data:"), b'event: x\ndata: {"a": "a"}\n\n'):
        sink = Sink()
        taken([body], sink)
        assert [size for _, size in sink.told] == [len(b'{"a": "a"}')]


def test_a_binding_that_is_stale_is_made_again() -> None:
    sink = Sink()
    body = [*texts(*LETTERS), sse({"b": 1}), *texts(*LETTERS)]
    assert taken(body, sink) == [*LETTERS, {"b": 1}, *LETTERS]
    assert sink.ways.count("payload") == LEARN_AFTER + 2
    for text in ("refuse", "\ud83d", ""):
        for cut in ([*texts(*LETTERS, text, *LETTERS)], [b"".join(texts(*LETTERS, text, *LETTERS))]):
            assert taken(cut) == [*LETTERS, text, *LETTERS]


def test_a_payload_that_is_never_bound_is_read_as_usual() -> None:
    sink = Sink()
    assert taken(texts(*["never"] * 20), sink) == ["never"] * 20
    assert set(sink.ways) == {"payload"}


ODD: dict[str, bytes] = {
    "a comment": b": hi\n\n",
    "a comment in an event": b': hi\ndata: {"a": "x"}\n\n',
    "an id": b"id: 1\n\n",
    "a retry": b'retry: 5\ndata: {"a": "x"}\n\n',
    "two data lines": b'data: {"a":\ndata: "x"}\n\n',
    "no space": b'data:{"a": "x"}\n\n',
    "CR": b'data: {"a": "x"}\r\r',
    "another blank line": b'data: {"a": "x"}\r\n\n',
    "no object": b"data: [1, 2]\n\n",
    "not JSON": b"data: {bad\n\n",
    "more after the JSON": b'data: {"a": "x"}{"a": "y"}\n\n',
    "a reported error": b'data: {"error": {"message": "busy"}}\n\n',
    "an error event": b"event: error\ndata: busy\n\n",
    "deep": sse("[" * 300 + "]" * 300),
    "many brackets": sse({"a": "x", "z": [[]] * 200}),
    "a body": b'{"a": "x"}\n\n',
    "a body over lines": b'{\n"a": "x"\n}\n\n',
    "invalid UTF-8": b'data: {"a": "\xff"}\n\n',
    "empty data": b"data:\n\n",
}


@pytest.mark.parametrize("piece", ODD.values(), ids=list(ODD))
@pytest.mark.parametrize("skip", [False, True], ids=["raise", "event"])
@pytest.mark.parametrize("loads", [json.loads, orjson.loads], ids=["json", "orjson"])
def test_all_else_is_the_same_on_all_ways(piece: bytes, skip: bool, loads: Any) -> None:
    body = b"".join([*texts(*LETTERS), piece, *texts(*LETTERS), piece, sse("[DONE]"), *texts("late")])
    plain, sink = [], Sink(skip=skip)
    plain = taken([body], sink, templates=False, loads=loads)
    cuts = [[body], [each + b"\n\n" for each in body.split(b"\n\n") if each]]
    cuts += [[body[at : at + size] for at in range(0, len(body), size)] for size in (1, 7, 40)]
    for cut in cuts:
        for templates in (True, False):
            again = Sink(skip=skip)
            found = taken(cut, again, templates=templates, loads=loads)
            if b"".join(cut) == body:
                assert (found, str(again.error)) == (plain, str(sink.error)), len(cut)


@pytest.mark.parametrize("error", [InvalidJSON, ProviderError])
def test_nothing_is_handed_over_after_an_error(error: type[SsembleError]) -> None:
    piece = sse("{bad") if error is InvalidJSON else sse({"error": "busy"})
    for body in ([*texts("a"), piece, *texts("b")], [b"".join([*texts("a"), piece, *texts("b")])]):
        sink = Sink()
        assert taken(body, sink) == ["a"]
        assert isinstance(sink.error, error)
        assert taken(body, Sink(skip=True)) == ["a", error, "b"]


@pytest.mark.parametrize("done", [b"data: [DONE]\n\n", b"data:[DONE]\n\n", b"event: x\ndata: [DONE]\r\n\r\n"])
def test_the_terminator_is_told_once_and_later_bytes_are_a_repair(done: bytes) -> None:
    for late, repairs in ((b"", {}), (done, {}), (texts("late")[0], {"bytes_after_terminator": 1})):
        parser, sink, events = PayloadParser(json.loads), Sink(), list[Any]()
        for fragment in [*texts("a", "b"), done, late, late]:
            parser.feed(fragment, events, sink)
        parser.end(events, sink)
        assert (events, parser.done, parser.count) == (["a", "b", "terminated"], True, 2)
        assert parser.repairs == repairs
        whole = Sink()
        assert taken([b"".join([*texts("a", "b"), done, late])], whole) == events


def test_the_end_hands_over_what_was_waiting() -> None:
    for waiting in (texts("z")[0][:-1], texts("z")[0][:-2], b'{"a":\n"z"}', b'{"a": "z"}'):
        for before in ([], texts(*LETTERS)):
            assert taken([*before, waiting])[len(before) :] == ["z"]
            assert taken([*before, waiting], end=False)[len(before) :] == [] or waiting.startswith(b"{")
    sink = Sink()
    assert taken([texts("a")[0], b'data: {"a": "trunc'], sink) == ["a"]
    assert sink.error is not None


def test_after_the_end_no_more_is_taken() -> None:
    parser, sink, events = PayloadParser(json.loads), Sink(), list[Any]()
    for fragment in texts("a"):
        parser.feed(fragment, events, sink)
    parser.end(events, sink)
    parser.end(events, sink)
    with pytest.raises(RuntimeError, match=r"feed\(\) after end\(\)"):
        parser.feed(b"data", events, sink)
    wrong: Any = "text"
    with pytest.raises(TypeError, match="takes bytes, not str"):
        PayloadParser(json.loads).feed(wrong, events, sink)
    assert events == ["a"]


def test_bytes_of_any_kind_are_taken() -> None:
    for kind in (bytearray, memoryview):
        assert taken([kind(each) for each in texts(*LETTERS)]) == LETTERS  # type: ignore[misc]  # any kind of bytes


@pytest.mark.parametrize(
    ("head", "error", "name"),
    [
        (b"\x1f\x8b\x08\x00", StreamError, "gzip"),
        (b"\x28\xb5\x2f\xfd", StreamError, "zstd"),
        (b"\xff\xfed\x00", StreamError, "UTF-16"),
        (b"d\x00a\x00", StreamError, "UTF-16"),
        (b"\x00\x00\x00v", IncompleteStream, "AWS event stream"),
    ],
)
def test_a_body_in_another_encoding_is_told_by_its_first_bytes(head: bytes, error: Any, name: str) -> None:
    for cut in ([head], [head[at : at + 1] for at in range(len(head))], [b"", head[:1], b"", head[1:]]):
        sink = Sink(skip=True)
        assert taken(cut, sink) == []
        assert type(sink.error) is error
        assert name in str(sink.error)


@pytest.mark.parametrize("templates", [True, False])
def test_a_frame_is_held_to_the_limit(templates: bool) -> None:
    body = [*texts(*LETTERS), *texts("x" * 30), *texts("y")]
    size = len(body[-2])
    for limit, fits in ((size, True), (size - 2, True), (size - 8, False), (size - 20, False)):
        for cut in (body, [b"".join(body)], [*body[:-2], body[-2][:9], body[-2][9:], body[-1]]):
            sink = Sink()
            found = taken(cut, sink, templates=templates, limits=Limits(max_event_size=limit))
            assert (found == [*LETTERS, "x" * 30, "y"]) is (sink.error is None)
            assert (sink.error is None) is fits, limit
            assert fits or isinstance(sink.error, LimitExceeded)


def test_an_unfinished_frame_is_held_to_the_limit() -> None:
    for before in ([], texts(*LETTERS)):
        for step in (1, 50):
            parser, sink, events = PayloadParser(json.loads, limits=Limits(max_event_size=100)), Sink(), list[Any]()
            for fragment in [*before, b"data: "]:
                parser.feed(fragment, events, sink)
            fed = 0
            while sink.error is None and fed < 300:
                parser.feed(b"x" * step, events, sink)
                fed += step
            assert isinstance(sink.error, LimitExceeded)
            assert fed <= 100 + step
            parser.feed(b"x", events, sink)
            parser.end(events, sink)


def test_a_decoder_of_ones_own_is_called_for_each_payload() -> None:
    called: list[str] = []

    def loads(text: str) -> Any:
        called.append(text)
        return json.loads(text)

    assert taken(texts(*LETTERS), loads=loads) == LETTERS
    assert len(called) == len(LETTERS)
    assert taken(texts(*LETTERS), loads=orjson.loads) == LETTERS


def test_every_payload_is_decoded_when_it_is_asked_for() -> None:
    parser, sink, events = PayloadParser(json.loads), Sink(), list[Any]()
    for at, fragment in enumerate(texts(*LETTERS)):
        if at == LEARN_AFTER + 2:
            assert sink.ways[-2:] == ["template"] * 2
            parser.decode_all()
        parser.feed(fragment, events, sink)
    assert events == LETTERS
    assert set(sink.ways[LEARN_AFTER + 2 :]) == {"payload"}


@pytest.mark.parametrize("move", [copy.deepcopy, lambda parser: pickle.loads(pickle.dumps(parser))])
@pytest.mark.parametrize("templates", [True, False])
def test_a_copy_continues_and_learns_its_own_templates(move: Any, templates: bool) -> None:
    body = [*texts(*LETTERS), b'data: {"a": "z', b'z"}\n\n']
    for at in range(len(body)):
        parser, sink, events = PayloadParser(json.loads, templates=templates), Sink(), list[Any]()
        for fragment in body[:at]:
            parser.feed(fragment, events, sink)
        twin, other, others = move(parser), Sink(), list(events)
        for fragment in body[at:]:
            parser.feed(fragment, events, sink)
            twin.feed(fragment, others, other)
        assert others == events == [*LETTERS, "zz"]
        assert (twin.count, twin.repairs) == (parser.count, parser.repairs)
        assert at == 0 or other.ways[:1] == ["payload"]


@pytest.mark.parametrize("body", [case[0] for case in (*WHOLE.values(), *FAULTS.values())])
def test_cases_of_all_kinds_with_and_without_templates(body: bytes) -> None:
    told = []
    for templates in (True, False):
        for cut in ([body], [body[at : at + 3] for at in range(0, len(body), 3)]):
            sink = Sink(skip=True)
            told.append(repr((taken(cut, sink, templates=templates), str(sink.error))))
    assert set(told) == set(told[:1])


def test_a_comment_read_by_template_or_not_is_not_a_payload() -> None:
    parser, sink, events = PayloadParser(json.loads), Sink(), list[Any]()
    for fragment in [*texts(*LETTERS), b": hi\n\n", *texts("z")]:
        parser.feed(fragment, events, sink)
    assert (events, parser.count) == ([*LETTERS, "z"], len(LETTERS) + 1)


def test_templates_that_take_turns_are_each_expected() -> None:
    """A fragment that is one frame of the expected template changes what is expected next."""
    body = [sse({"i": n % 2, "a": text}) for n, text in enumerate(LETTERS * 2)]
    sink = Sink()
    assert taken(body, sink) == LETTERS * 2
    assert sink.ways[-8:] == ["template"] * 8


def test_a_frame_over_the_limit_in_a_run_is_an_error() -> None:
    body = texts(*LETTERS, *"12345678", "x" * 40, "y")
    sink = Sink()
    found = taken([*body[:16], b"".join(body[16:])], sink, limits=Limits(max_event_size=30))
    assert found == [*LETTERS, *"12345678"]
    assert isinstance(sink.error, LimitExceeded)
    sink = Sink()
    assert taken([*body[:16], b"".join([body[16], body[-2], *body[17:]])], sink, limits=Limits(max_event_size=30))
    assert isinstance(sink.error, LimitExceeded)


def test_the_terminator_in_other_forms_and_what_an_event_holds_after_it() -> None:
    for last in (b'data: [DONE]\ndata: {"a": "x"}\n\n', b'{"a": "x"}[DONE]{"a": "y"}\n', b"[DONE]\nwhat\n"):
        plain = Sink()
        found = taken([*texts("a"), last, *texts("late")], plain, templates=False)
        again = Sink()
        assert taken([b"".join([*texts("a"), last, *texts("late")])], again) == found
        assert found[-1] == "terminated"


def test_an_event_named_an_error_ends_before_the_terminator() -> None:
    sink = Sink(skip=True)
    assert taken([b"event: error\n\ndata: [DONE]\n\n"], sink)[-1:] == ["terminated"]


@pytest.mark.parametrize(
    "body", [b'data: {"n"', b'data: {}\n\ndata: {"n"\n', b'{"n"', b'{}\n{"n"', b'[{}\n,{"n"', b"[1"]
)
def test_what_the_end_cuts_is_incomplete(body: bytes) -> None:
    sink, parser = Sink(), PayloadParser(json.loads)
    events: list[Any] = []
    parser.feed(body, events, sink)
    before = sink.error
    parser.end(events, sink)
    assert before is None
    assert isinstance(sink.error, InvalidJSON if body == b"[1" else IncompleteStream)
