"""The gate sees what it is for, and nothing else."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

import ssemble
from benchmarks import instructions

from . import gate, gate_items
from .gate_form import OURS, Server
from .gate_items import Item
from .helpers import call, chunk, sse

STREAM = ssemble.MessageStream
SAY, STOP = chunk({"content": "Hi"}), chunk({}, "stop")
ITEMS = [
    Item("a", "text", sse(SAY, STOP, "[DONE]")),
    Item("a", "call", sse(call(id="1", name="f", arguments="{}"), chunk({}, "tool_calls"), "[DONE]")),
    Item("a", "repaired", b" " + sse(SAY, STOP, "[DONE]")),
    Item("b", "cut", sse(SAY)),
    Item("b", "bad JSON", sse(SAY, "{bad", STOP, "[DONE]")),
    Item("b", "error", sse(SAY, {"error": {"message": "busy", "code": 5}})),
    Item("b", "page", b"Not Found\n"),
]


def faults(base: dict[str, Any]) -> set[str]:
    return set(gate.compare(gate.see(ITEMS), base))


@pytest.fixture(scope="module")
def base() -> dict[str, Any]:
    return {name: gate.to_base(group) for name, group in gate.see(ITEMS).items()}


class Changed(ssemble.MessageStream):
    """A stream with a change to be seen, or not."""

    __slots__ = ()

    def feed(self, data: Any) -> list[Any]:
        try:
            return [self.event(event) for event in super().feed(data)]
        except ssemble.SsembleError as error:
            raise self.fault(error) from None

    def event(self, event: Any) -> Any:
        return event

    def close(self) -> ssemble.Completion:
        try:
            return super().close()
        except ssemble.SsembleError as error:
            raise self.fault(error) from None

    def fault(self, error: Any) -> ssemble.SsembleError:
        fault: ssemble.SsembleError = error
        return fault


class Text(Changed):
    def event(self, event: Any) -> Any:
        return dataclasses.replace(event, text="Ho") if isinstance(event, ssemble.TextDelta) else event


class NoEnd(Changed):
    def feed(self, data: Any) -> list[Any]:
        return [event for event in super().feed(data) if not isinstance(event, ssemble.ChoiceEnd)]


class Closed(Changed):
    def event(self, event: Any) -> Any:
        if isinstance(event, ssemble.ToolCallEnd):
            event.tool_call = dataclasses.replace(event.tool_call, closed=False)
        return event


class ErrorClass(Changed):
    def fault(self, error: Any) -> ssemble.SsembleError:
        if not isinstance(error, ssemble.IncompleteStream):
            return super().fault(error)
        return ssemble.ProtocolError(error.args[0], offset=error.offset, event=error.event)


class Offset(Changed):
    def fault(self, error: Any) -> ssemble.SsembleError:
        if isinstance(error, ssemble.InvalidJSON):
            error.offset = 1
        return super().fault(error)


class ServersWords(Changed):
    def fault(self, error: Any) -> ssemble.SsembleError:
        if error.args[0] == "busy":
            error.message = "idle"
        return super().fault(error)


class Reported(Changed):
    def event(self, event: Any) -> Any:
        if isinstance(event, ssemble.ErrorEvent) and isinstance(event.error, ssemble.InvalidJSON):
            event.error.event = 7
        return event


class Repairs(Changed):
    @property
    def repairs(self) -> dict[str, int]:
        return {code: 2 for code in super().repairs}


class Incomplete(Changed):
    def completion(self) -> ssemble.Completion:
        completion = super().completion()
        completion.to_dict()  # a completion is filled when it is first read
        object.__setattr__(completion, "complete", False)  # replace() would drop the JSON that came
        return completion


class Dict(Changed):
    def completion(self) -> ssemble.Completion:
        completion = super().completion()
        raw = completion._raw
        (raw() if callable(raw) else raw).pop("object", None)
        return completion


SEEN = {
    Text: {"a/text", "a/repaired", "b/cut", "b/bad JSON", "b/error"},
    NoEnd: {"a/text", "a/call", "a/repaired", "b/bad JSON"},
    Closed: {"a/call"},
    ErrorClass: {"b/cut", "b/error", "b/page"},
    Offset: {"b/bad JSON"},
    ServersWords: {"b/error"},
    Reported: {"b/bad JSON"},
    Repairs: {"a/repaired", "b/page"},
    Incomplete: {"a/text", "a/call", "a/repaired", "b/bad JSON"},
    Dict: {"a/text", "a/call", "a/repaired", "b/cut", "b/bad JSON", "b/error"},
}


@pytest.mark.parametrize("change", SEEN, ids=lambda change: change.__name__)
def test_a_change_is_seen(change: type[Changed], base: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ssemble, "MessageStream", change)
    assert faults(base) == {f"changed: {name}" for name in SEEN[change]}


class Reworded(Changed):
    def fault(self, error: Any) -> ssemble.SsembleError:
        error.args = ("other words",)
        if isinstance(error, ssemble.ProviderError) and error.message != "busy":
            error.message = error.raw["message"] = "other words"
        return super().fault(error)


class Renamed:
    """The API with ``flush`` in place of ``end``, as it was in 0.1.0."""

    def __init__(self, **options: Any) -> None:
        self.stream = STREAM(**options)

    def __getattr__(self, name: str) -> Any:
        if name == "end":
            raise AttributeError(name)
        return getattr(self.stream, "end" if name == "flush" else name)


@dataclasses.dataclass
class TextDelta(ssemble.TextDelta):
    extra: int | None = None


class NewField(Changed):
    def event(self, event: Any) -> Any:
        return TextDelta(event.text, event.choice) if isinstance(event, ssemble.TextDelta) else event


@pytest.mark.parametrize("change", [Changed, Reworded, Renamed, NewField])
def test_words_names_and_new_fields_are_no_change(
    change: type, base: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ssemble, "MessageStream", change)
    assert faults(base) == set()


class Joined(Changed):
    """Events depend on the cuts: none for a whole body."""

    def feed(self, data: Any) -> list[Any]:
        events = super().feed(data)
        return events if len(data) < 100 else []


def test_a_form_that_depends_on_the_cuts_is_told(base: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ssemble, "MessageStream", Joined)
    found = faults(base)
    assert {"cut: a/text: frames is not as whole", "cut: a/text: sevens is not as whole"} <= found
    assert not any("b/page" in fault for fault in found)


class Escaped(Changed):
    def fault(self, error: Any) -> ssemble.SsembleError:
        raise RecursionError


def test_an_item_that_raises_what_it_must_not_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ssemble, "MessageStream", Escaped)
    with pytest.raises(RecursionError):
        gate.see(ITEMS)
    assert capsys.readouterr().out == "gate: b/cut is at fault:\n"


def test_new_and_absent_items_are_no_faults(base: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert gate.compare(gate.see([ITEMS[0], Item("a", "other", sse(SAY, SAY))]), base) == []
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["a", "2", "items", "1", "new", "2", "absent", "0", "faults"],
        ["b", "is", "not", "here"],
    ]


def test_a_digest_of_a_group_goes_beyond_those_of_its_items(base: dict[str, Any]) -> None:
    assert faults({**base, "a": {**base["a"], "digest": "0"}}) == {"changed: a: the digest of the group"}


@pytest.mark.parametrize(
    ("body", "words", "said"),
    [
        (b'{"error": "busy"}', "busy", True),
        (rb'{"error": "a \"b\" \u003c\ud83d\ude00\n2"}', 'a "b" <\U0001f600\n2', True),
        (b"data: one\ndata: two\n\n", "one\ntwo", True),
        (b'{"error": "busy"}', "the server reported an error", False),
    ],
)
def test_words_of_the_server_are_in_the_body(body: bytes, words: str, said: bool) -> None:
    assert Server(body).said(words) is said


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The command with three items, without shared data, with a base of its own."""
    monkeypatch.delenv("SSEMBLE_CORPUS", raising=False)
    monkeypatch.setattr(gate, "own", lambda: ITEMS)
    monkeypatch.setattr(gate, "BASE", tmp_path / "gate.json")
    monkeypatch.setattr(instructions, "main", lambda: 0)
    return tmp_path / "gate.json"


def test_the_command(alone: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    alone.write_text('{"shared": {"items": {}}}')
    assert gate.main(["--write"]) == 0
    assert json.loads(alone.read_text()).keys() == {"shared", "a", "b"}, "groups that are not here are kept"
    assert gate.main([]) == 0
    monkeypatch.setattr(ssemble, "MessageStream", Closed)
    assert gate.main(["--quick"]) == 1
    assert capsys.readouterr().out.endswith("changed: a/call\ngate: 1 faults\n")


def test_instructions_above_their_base_fail(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instructions, "main", lambda: 1)
    assert gate.main(["--write"]) == 0
    assert gate.main(["--quick"]) == 0
    assert gate.main([]) == 1


def test_the_form_of_an_item_is_shown(alone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert gate.main(["--item", "b/page"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["raise"]["error"]["class"] == "ProviderError"
    assert shown["raise"]["error"]["message"] == OURS
    assert gate.main(["--item", "nobody"]) == 1


def test_the_form_at_other_cuts_is_shown_where_it_differs(
    alone: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ssemble, "MessageStream", Joined)
    assert gate.main(["--item", "a/text"]) == 0
    assert "\n== sevens\n" in capsys.readouterr().out


@pytest.mark.parametrize("body", [b"", b"a", b"a\n\nb\r\n\r\nc\r\rd\n", b"a\n\n", b"\n\n\n", b"\xff\n\r\n"])
def test_every_cutting_has_all_bytes(body: bytes) -> None:
    for cut in gate.CUTTINGS.values():
        assert b"".join(cut(body)) == body


def test_frames_end_behind_their_blank_line() -> None:
    assert gate.CUTTINGS["frames"](b"a\nb\n\nc\r\n\r\nd\r\re") == [b"a\nb\n\n", b"c\r\n\r\n", b"d\r\r", b"e"]


def test_shared_data_is_read_as_far_as_it_is_there(tmp_path: Path) -> None:
    assert [*gate_items.shared(tmp_path)] == []
    for path, content in {
        "corpus/anthropic/x.sse": "x",
        "servers/recordings/ollama/y.sse": "y",
        "servers/recordings/ollama/y.twin.json": "no stream",
        "quirks/quirks.json": '[{"id": "q", "raw": "z", "options": {"cumulative": true}}]',
        "bugs/cases.jsonl": '{"id": "h", "bytes_hex": "00", "feed": {"options": {"loads": "json"}}}\n'
        '{"id": "u", "bytes_utf8": "é", "feed": {}}\n',
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content)
    items = [*gate_items.shared(tmp_path)]
    assert items == [
        Item("corpus/anthropic", "x.sse", b"x"),
        Item("servers/ollama", "y.sse", b"y"),
        Item("quirks", "q", b"z", {"cumulative": True}),
        Item("bugs", "h", b"\0", {"loads": "json"}),
        Item("bugs", "u", "é".encode()),
    ]
    assert items[3].loaded == {"loads": json.loads}
    assert items[0].key != items[0]._replace(options={"cumulative": True}).key


def test_the_own_vectors_and_recordings_are_read() -> None:
    found = {(item.group, item.name.partition("/")[0]) for item in gate_items.own()}
    assert {("vectors", "chat"), ("vectors", "stream"), ("vectors", "chunk"), ("streams", "openai-chat")} <= found
