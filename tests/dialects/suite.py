"""What every reader that shares `TreeReader` must do: a test class for each dialect derives from `Dialects`."""

from __future__ import annotations

import contextlib
import copy
import gc
import json
import pickle
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ssemble
from ssemble import Limits, MessageStream

from ..counting import assert_linear
from ..trace import events_match_result
from ..vectors.full import FULL, LIMIT, NO_COUNTS

Json = dict[str, Any]
JUNK: list[Any] = [
    None, True, 0, -1, 10**18, 1.5, "", "x", [], {}, [1], ["s"], [None], {"a": 1}, [{}], "\ud83d", "9" * 40,
]  # fmt: skip

RAW = ["raw"]  # the row of an event that hands out its payload

# One test serves several classes.
SHARED = settings(deadline=None, suppress_health_check=[HealthCheck.differing_executors])


class Case(NamedTuple):
    """Payloads, and what they come to.

    Attributes:
        payloads: what is sent; a text is sent as it is.
        object: what ``to_dict()`` returns.
        told: the events in short form (see `told`), without the start.
        error: the class of the error.
        repairs: the repairs.
        contrary: the wire contradicts itself, so that the deltas are not the text.
    """

    payloads: list[Any]
    object: Json
    told: list[Any]
    error: str = ""
    repairs: dict[str, int] = {}
    contrary: bool = False


class Seen(NamedTuple):
    """What came of a body."""

    events: list[Any]
    completion: ssemble.Completion
    error: ssemble.SsembleError | None
    repairs: Json

    def same(self) -> Any:
        return (
            [repr(event) for event in self.events],
            self.completion,
            json.dumps(self.completion.to_dict()),
            repr(self.error),
            self.repairs,
        )


class Plain(MessageStream):
    """A stream that decodes every frame."""

    __slots__ = ()
    _templates = False


def read(fragments: Iterable[bytes], *, templates: bool = True, pickled: bool = False, **options: Any) -> Seen:
    kind = MessageStream if templates else Plain
    stream = kind(**options)
    events: list[Any] = []
    for fragment in fragments:
        if stream.error is not None:
            break
        events += stream.feed(fragment)
        if pickled:
            stream = pickle.loads(pickle.dumps(stream))
    events += stream.end()
    return Seen(events, stream.completion(), stream.error, stream.repairs)


def sse(payloads: Iterable[Any]) -> list[bytes]:
    """One event for each payload."""
    texts = (payload if isinstance(payload, str) else json.dumps(payload) for payload in payloads)
    return [f"data: {text}\n\n".encode("utf-8", "surrogatepass") for text in texts]


def json_lines(payloads: Iterable[Any]) -> list[bytes]:
    return [json.dumps(payload).encode() + b"\n" for payload in payloads]


def told(events: list[Any]) -> list[Any]:
    """The events in short form; deltas that follow each other are joined."""
    out: list[Any] = []
    for event in events:
        row: list[Any]
        if isinstance(event, ssemble.TextDelta):
            row = ["text", event.choice, event.text]
        elif isinstance(event, ssemble.ReasoningDelta):
            row = ["reasoning" if event.kind == "text" else event.kind, event.choice, event.text]
            row = row if event.signature is None else ["signature", event.signature]
        elif isinstance(event, ssemble.ToolCallStart):
            row = ["call", event.index, event.id, event.name]
        elif isinstance(event, ssemble.ToolCallDelta):
            row = ["args", event.index, event.arguments]
        elif isinstance(event, ssemble.ToolCallEnd):
            row = ["end", event.index, event.tool_call.arguments]
        elif isinstance(event, ssemble.ChoiceEnd):
            row = ["finish", event.choice, event.finish_reason, event.raw_finish_reason]
        elif isinstance(event, ssemble.UsageUpdate):
            row = ["usage", event.usage]
        elif isinstance(event, ssemble.MessageStart):
            row = ["start", event.id, event.model]
        else:
            row = [event.type]
        if out and row[0] in ("text", "reasoning", "summary", "args") and out[-1][:-1] == row[:-1]:
            out[-1][-1] += row[-1]
        else:
            out.append(row)
    return out


def called(arguments: str, index: int = 0, call_id: str | None = "t", name: str = "f") -> list[Any]:
    """The rows of a call from its start to its end, with no other between."""
    rows: list[Any] = [["call", index, call_id, name], ["args", index, arguments], ["end", index, arguments]]
    return rows if arguments else [rows[0], rows[2]]


def nodes(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all values inside a value."""
    if path:
        yield path
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from nodes(item, (*path, key))


def at(value: Any, path: Iterable[Any]) -> Any:
    """The value at a path."""
    for step in path:
        value = value[step]
    return value


def spoilt(payloads: list[Any], data: st.DataObject) -> list[Any]:
    """The payloads with one or two values of another type or at another place, sometimes in another order or repeated."""
    payloads = copy.deepcopy(payloads)
    if data.draw(st.integers(0, 1)):
        places = list(nodes(payloads))
        owners = [owner for place in places if isinstance(owner := at(payloads, place), dict)]
        keys = sorted({place[-1] for place in places if isinstance(place[-1], str)})
        value = at(payloads, data.draw(st.sampled_from(places)))
        taken = copy.deepcopy(data.draw(st.sampled_from([*JUNK, value])))
        data.draw(st.sampled_from(owners))[data.draw(st.sampled_from(keys))] = taken
    for _ in range(data.draw(st.integers(1, 2))):
        *path, last = data.draw(st.sampled_from(list(nodes(payloads))))
        at(payloads, path)[last] = copy.deepcopy(data.draw(st.sampled_from(JUNK)))
    if data.draw(st.integers(0, 3)) == 0:
        payloads = data.draw(st.permutations(payloads))
    if data.draw(st.integers(0, 3)) == 0:
        payloads.insert(data.draw(st.integers(0, len(payloads))), copy.deepcopy(data.draw(st.sampled_from(payloads))))
    return payloads


class Dialects:
    """The suite. Subclasses set these.

    Attributes:
        dialect: its name.
        cases: by name.
    """

    dialect: ClassVar[str]
    cases: ClassVar[dict[str, Case]]

    @staticmethod
    def frames(payloads: Iterable[Any]) -> list[bytes]:
        """Write each payload in the framing of the dialect."""
        return sse(payloads)

    @staticmethod
    def long(texts: list[str]) -> dict[str, list[Any]]:
        """Long streams, by the kind of what they append: payloads before it, one for each text."""
        raise NotImplementedError

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        if "name" in metafunc.fixturenames:
            metafunc.parametrize("name", self.cases)
        if "kind" in metafunc.fixturenames:
            metafunc.parametrize("kind", self.long([""]))

    def test_rules(self, name: str) -> None:
        case = self.cases[name]
        seen = read(self.frames(case.payloads), dialect=self.dialect)
        assert seen.completion.to_dict() == case.object
        assert json.dumps(seen.completion.to_dict(), sort_keys=True) == json.dumps(case.object, sort_keys=True)
        rows = told(seen.events)
        assert [row for row in rows if row[0] != "start"] == case.told
        assert [row[0] for row in rows].count("start") <= 1
        assert (type(seen.error).__name__ if seen.error else "") == case.error
        assert seen.repairs == case.repairs
        assert seen.completion.complete or case.error
        assert seen.completion.dialect == self.dialect

    def test_the_first_payload_tells_the_dialect(self, name: str) -> None:
        body = self.frames(self.cases[name].payloads)
        assert read(body).completion == read(body, dialect=self.dialect).completion

    def test_the_events_are_the_message(self, name: str) -> None:
        seen = read(self.frames(self.cases[name].payloads), dialect=self.dialect)
        if not self.cases[name].contrary:
            events_match_result(seen.events, seen.completion)
        if seen.error is not None:
            assert seen.error.partial is not None
            assert seen.error.partial.to_dict() == seen.completion.to_dict()
        for call in seen.completion.tool_calls:
            assert (not call.complete) or call.closed
            assert call.to_dict()

    def test_cuts_templates_and_pickles_do_not_matter(self, name: str) -> None:
        frames = self.frames(self.cases[name].payloads)
        body = b"".join(frames)
        for errors in ("raise", "event"):
            options: Json = {"dialect": self.dialect, "errors": errors}
            whole = read([body], **options).same()
            for cut in range(1, len(body), 1 if errors == "raise" and len(body) < 2000 else 17):
                assert read([body[:cut], body[cut:]], **options).same() == whole, cut
            for more in ({}, {"templates": False}, {"pickled": True}):
                assert read(frames, **more, **options).same() == whole
                assert read([body[at : at + 7] for at in range(0, len(body), 7)], **more, **options).same() == whole
            assert read([body[at : at + 1] for at in range(len(body))], **options).same() == whole

    @pytest.mark.usefixtures("learning_at_once")
    def test_a_payload_that_comes_again_is_merged_again(self, name: str) -> None:
        frames = self.frames([each for payload in self.cases[name].payloads for each in [payload] * 3])
        for errors in ("raise", "event"):
            options: Json = {"dialect": self.dialect, "errors": errors}
            assert read(frames, **options).same() == read(frames, templates=False, **options).same()

    def test_objects_can_be_added(self, name: str) -> None:
        """The payloads of another decoder come to the same, and are neither changed nor kept."""
        case = self.cases[name]
        reader = ssemble.accumulator(self.dialect)
        for payload in case.payloads:
            if isinstance(payload, dict) and reader.error is None:
                own = json.loads(json.dumps(payload))
                with contextlib.suppress(ssemble.SsembleError):
                    reader.add(own)
                assert json.dumps(own) == json.dumps(payload)
                spoil(own)
        assert reader.error is None or type(reader.error).__name__ == case.error
        reader.end()
        assert reader.end() == []
        seen = read(self.frames(case.payloads), dialect=self.dialect)
        assert reader.completion().to_dict() == seen.completion.to_dict()
        assert reader.repairs.items() <= seen.repairs.items()

    def test_results_can_be_taken_at_any_moment(self, name: str) -> None:
        frames = self.frames(self.cases[name].payloads)
        stream = MessageStream(self.dialect, errors="event")
        for fragment in frames:
            stream.feed(fragment)
            before = copy.deepcopy(stream.completion().to_dict())
            taken = stream.completion()
            spoil(taken.to_dict())
            assert stream.completion().to_dict() == before
        stream.end()
        assert stream.completion() == read(frames, dialect=self.dialect, errors="event").completion

    def test_nothing_is_shared_with_the_caller(self, name: str) -> None:
        stream = MessageStream(self.dialect, errors="event")
        for fragment in self.frames(self.cases[name].payloads):
            for event in stream.feed(fragment):
                before = json.dumps(stream.completion().to_dict())
                if isinstance(event, (ssemble.RawEvent, ssemble.UsageUpdate)):
                    spoil(event.data if isinstance(event, ssemble.RawEvent) else event.usage)
                    assert json.dumps(stream.completion().to_dict()) == before

    def test_a_limit_is_met_the_same_way(self, name: str) -> None:
        frames = self.frames(self.cases[name].payloads)
        met = []
        for limit in range(1, 900, 37):
            options: Json = {"dialect": self.dialect, "limits": Limits(max_message_size=limit)}
            plain = read(frames, templates=False, **options)
            assert read(frames, **options).same() == plain.same()
            assert isinstance(plain.error, ssemble.LimitExceeded) or plain.error is None or self.cases[name].error
            met.append(isinstance(plain.error, ssemble.LimitExceeded))
        assert met[0]
        assert met == sorted(met, reverse=True), "and no larger one"

    def test_only_the_end_of_a_full_message_counts(self) -> None:
        observer = ssemble.Observer(limits=Limits(max_message_size=LIMIT))
        *payloads, last = FULL[self.dialect]
        for payload in (*payloads, {"x": 1}, last):
            observer.add(payload)
        completion = observer.completion()
        assert (completion.text, completion.finish_reason) == ("Hi", "stop")
        assert completion.tokens.output == (None if self.dialect in NO_COUNTS else 2)

    @SHARED
    @given(data=st.data())
    def test_wrong_types(self, data: st.DataObject) -> None:
        """Whatever comes, only errors of the package are raised, and cuts and templates do not matter."""
        case = self.cases[data.draw(st.sampled_from(sorted(self.cases)))]
        try:
            frames = self.frames(spoilt(case.payloads, data))
        except (AttributeError, TypeError):  # what cannot be written in this framing
            return
        body = b"".join(frames)
        cut = data.draw(st.integers(0, len(body)))
        for errors in ("raise", "event"):
            whole = read([body], dialect=self.dialect, errors=errors).same()
            assert read([body[:cut], body[cut:]], dialect=self.dialect, errors=errors).same() == whole
            assert read(frames, dialect=self.dialect, errors=errors, templates=False).same() == whole

    def test_what_is_appended_has_a_template(self, kind: str) -> None:
        texts = [f"word {number} é\n" for number in range(60)]
        frames = self.frames(self.long(texts)[kind])
        stream = MessageStream()
        events = [event for fragment in frames for event in stream.feed(fragment)]
        plain = read(frames, templates=False)
        assert [repr(event) for event in events + stream.end()] == [repr(event) for event in plain.events]
        for fragments in ([b"".join(frames)], [*frames[:9], b"".join(frames[9:])]):
            assert read(fragments).same() == plain.same()
        assert read(frames, pickled=True).same() == plain.same()
        for limit in range(200, 2000, 97):
            limits = Limits(max_message_size=limit)
            expected = read(frames, templates=False, limits=limits).same()
            assert read(frames, limits=limits).same() == expected
            assert read([b"".join(frames)], limits=limits).same() == expected

    def test_templates_are_used(self, kind: str) -> None:
        stream = MessageStream()
        for fragment in self.frames(self.long([f"word {number}" for number in range(60)])[kind]):
            stream.feed(fragment)
        templates = stream._payloads._templates
        assert any(template.used for template in templates.known) is self.templated

    templated: ClassVar[bool] = True

    @SHARED
    @given(
        texts=st.lists(
            st.text(max_size=5) | st.sampled_from(['"', "\\", "é", "\n", "\ud83d", "\ude00"]), min_size=8, max_size=24
        )
    )
    def test_any_text(self, texts: list[str]) -> None:
        for payloads in self.long(texts).values():
            frames = self.frames(payloads)
            plain = read(frames, templates=False)
            assert read(frames).same() == plain.same()
            assert read([b"".join(frames)]).same() == plain.same()
            events_match_result(plain.events, plain.completion)

    def test_it_is_linear(self, kind: str) -> None:
        def work(size: int) -> object:
            frames = self.frames(self.long(["word "] * size)[kind])
            return [read(frames, templates=templates) for templates in (True, False)]

        assert_linear(work, 60)

    def test_live_views(self) -> None:
        for kind, payloads in self.long(['{"a": [1', ", 2", "]}"]).items():
            frames = self.frames(payloads)
            stream = MessageStream(self.dialect)
            partial = stream.partial_json()
            values = []
            for fragment in frames:
                stream.feed(fragment)
                if kind == "arguments" and stream.completion().tool_calls:
                    values.append(copy.deepcopy(stream.tool_call().partial_arguments.value))
                elif kind == "text":
                    values.append(copy.deepcopy(partial.value))
            if kind in ("arguments", "text"):
                assert {"a": [1, 2]} in values or {"a": [1]} in values
                assert values[-1] == {"a": [1, 2]}
            late = MessageStream(self.dialect)
            late.feed(b"".join(frames))
            if kind == "text":
                assert late.partial_json().value == {"a": [1, 2]}
                assert late.partial_json(5).value is None or late.dialect == "openai-completions"
            with pytest.raises(LookupError):
                late.tool_call(7, 0)

    def test_no_cycles(self) -> None:
        gc.collect()
        gc.disable()
        try:
            for case in self.cases.values():
                read(self.frames(case.payloads), dialect=self.dialect)
            assert gc.collect() == 0
        finally:
            gc.enable()


def spoil(value: Any) -> None:
    """Change every container in a value."""
    for item in list(value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()):
        spoil(item)
    if isinstance(value, dict):
        value["spoilt"] = 1
    elif isinstance(value, list):
        value.append("spoilt")
