"""What dialects made of blocks share, through a small dialect: texts, calls, events, bindings.

Its payloads come under ``event:`` lines, so this also shows that templates serve other dialects than chat.
"""

from __future__ import annotations

import json
import pickle
from typing import Any, ClassVar

import pytest

from ssemble import (
    LimitExceeded,
    Limits,
    MessageStream,
    PartialJSON,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
)
from ssemble._assembly import Assembly
from ssemble._dialects.answer import CALL_COST, Answer
from ssemble._dialects.base import BaseReader
from ssemble._dialects.bindings import bind_arguments, bind_reasoning, bind_refusal, bind_text
from ssemble._dialects.live_call import LiveCall
from ssemble._errors import StreamError
from ssemble._limits import limit_or_max
from ssemble._model.budget import SizeBudget
from ssemble._model.completion import Choice, Completion
from ssemble._model.events import StreamEvent
from ssemble._model.message import Message
from ssemble._model.result import with_raw
from ssemble._model.text import Text
from ssemble._payloads.learned import LEARN_AFTER
from ssemble._payloads.templates import SKIP, TEXT, Binding, Slot

from ..plain import make_stream

EVENTS: dict[str, tuple[Any, ...]] = {"text": (TextDelta,), "thought": (ReasoningDelta,), "refusal": (RefusalDelta,)}


class SmallReader(BaseReader):
    """Reads ``{"block": n, "text": "…"}`` and ``{"call": n, "text": "…"}``; the event's name is the kind of block."""

    __slots__ = ("answer", "blocks", "budget", "closed")
    dialect: ClassVar[str] = "small"

    def __init__(self, *, limits: Limits = Limits(), n: int | None = None, cumulative: bool = False) -> None:
        super().__init__()
        self.budget = SizeBudget(limit_or_max(limits.max_message_size))
        self.answer = Answer(limits, self.budget)
        self.blocks: dict[int, Text] = {}
        self.closed = False

    def end_of(self, payload: Any, name: str) -> None:
        return None

    @property
    def begun(self) -> bool:
        return bool(self.blocks or self.answer.calls)

    @property
    def complete(self) -> bool:
        return self.closed

    @property
    def repairs(self) -> dict[str, int]:
        return {}

    def merge(self, payload: Any, name: str, events: list[StreamEvent], size: int) -> bool:
        answer = self.answer
        if name == "close":
            self.closed = True
            for call in answer.calls:
                answer.end_call(call, events)
        elif name == "call":
            if payload["call"] == len(answer.calls):
                answer.start_call(f"c{payload['call']}", "f", "function", events)
            answer.add_arguments(answer.calls[payload["call"]], payload["text"], events)
        elif name in EVENTS:
            block = self.blocks.get(payload["block"])
            if block is None:
                answer.changed()
                block = self.blocks[payload["block"]] = Text()
            self.write(name, block, payload["block"], payload["text"], events)
        else:
            return False
        return True

    def write(self, name: str, block: Text, part: int, text: str, events: Any) -> None:
        if name == "text":
            self.answer.add_text(block, part, text, events)
        elif name == "thought":
            self.answer.add_reasoning(block, part, text, "text", events)
        else:
            self.answer.add_refusal(block, part, text, events)

    def bind(self, payload: Any, name: str) -> Binding | None:
        slots = tuple(Slot((key,), TEXT if key == "text" else SKIP) for key in payload if key in ("text", "p"))
        if name == "call":
            call = self.answer.calls[payload["call"]]
            return None if call.arguments.pending_surrogate else bind_arguments(self.answer, slots, call)
        if name not in EVENTS or self.blocks[payload["block"]].pending_surrogate:
            return None
        block, part = self.blocks[payload["block"]], payload["block"]
        if name == "thought":
            return bind_reasoning(self.answer, slots, block, part, "text")
        return (bind_text if name == "text" else bind_refusal)(self.answer, slots, block, part)

    def find_call(self, choice: int, index: int) -> LiveCall | None:
        return self.answer.find_call(index)

    def finish(self, terminated: bool, events: list[StreamEvent], failed: bool = False) -> StreamError | None:
        for part, block in self.blocks.items():
            self.answer.end_text(block, part, events)
        for call in self.answer.calls:
            self.answer.flush_call(call, events)
        return None

    def completion(self, complete: bool | None = None, *, final: bool = False) -> Completion:
        raw: dict[str, Any] = {
            "text": all_text(self.answer),
            "blocks": {str(key): block.to_json() for key, block in self.blocks.items()},
            "calls": [call.arguments.to_json() for call in self.answer.calls],
        }
        message = Message("assistant", raw["text"], "", "", tuple(call.view() for call in self.answer.calls))
        choice = with_raw(Choice(0, with_raw(message, raw), None, None), raw)
        return with_raw(Completion(choices=(choice,), dialect="small", complete=bool(complete)), raw)

    def attach_partial(self, choice: int, partial: PartialJSON) -> None:
        self.answer.attach_partial(partial)


def stream_of(*, templates: bool = True, **options: Any) -> MessageStream:
    """A stream of the small dialect."""
    stream = make_stream(templates=templates, **options)
    reader = SmallReader(limits=options.get("limits", Limits()))
    assembly: Assembly = stream._assembly
    untyped: Any = reader
    assembly.reader, assembly.dialect = untyped, reader.dialect
    return stream


def frame(kind: str, text: str = "x", number: int = 0, **more: Any) -> bytes:
    payload = {"call" if kind == "call" else "block": number, "text": text, **more}
    return f"event: {kind}\ndata: {json.dumps(payload)}\n\n".encode()


CLOSE = b"event: close\ndata: {}\n\n"
LETTERS = "abcdefghijklmnopqrstuv"


def told(fragments: list[bytes], **options: Any) -> tuple[Any, ...]:
    stream = stream_of(**options)
    events = [event for fragment in fragments if stream.error is None for event in stream.feed(fragment)]
    events += stream.end()
    completion = stream.completion()
    return events, completion.to_dict(), str(stream.error), stream.chunk_count, completion.complete


def both(body: list[bytes], **options: Any) -> tuple[Any, ...]:
    """With templates and without, and by event and at once, all is the same."""
    plain = told(body, templates=False, **options)
    for cut in (body, [b"".join(body)], [each[at:end] for each in body for at, end in ((0, 9), (9, None))]):
        assert told(cut, **options) == plain
    return plain


@pytest.fixture
def merges(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The payloads that the reader merges."""
    seen: list[Any] = []
    merge = SmallReader.merge

    def listing(self: SmallReader, payload: Any, name: str, events: Any, size: int) -> bool:
        seen.append(payload)
        return merge(self, payload, name, events, size)

    monkeypatch.setattr(SmallReader, "merge", listing)
    return seen


KINDS = ["text", "thought", "refusal", "call"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("more", [{}, {"p": "--"}], ids=["alone", "padded"])
def test_texts_are_appended_by_template(kind: str, more: Any, merges: list[Any]) -> None:
    body = [frame(kind, text, **more) for text in LETTERS]
    for cut in (body, [b"".join(body)]):
        merges.clear()
        told([*cut, CLOSE])
        assert len(merges) == LEARN_AFTER + 1
    events, raw, _, count, complete = both([*body, CLOSE])
    deltas = [event for event in events if not isinstance(event, (ToolCallStart, ToolCallEnd))]
    expected = {"text": TextDelta("a", 0, 0), "thought": ReasoningDelta("a"), "refusal": RefusalDelta("a")}
    assert deltas[0] == expected.get(kind, ToolCallDelta(0, 0, "a"))
    assert len(deltas) == len(LETTERS)
    assert (count, complete) == (len(LETTERS) + 1, True)
    assert raw["text"] == (LETTERS if kind == "text" else "")
    assert (raw["calls"] if kind == "call" else list(raw["blocks"].values())) == [LETTERS]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", ["", "\ud83d", "a\ud83d", "\ude00a", '"', "\\", "\n", "é", "😀"], ids=ascii)
def test_texts_of_every_kind(kind: str, text: str) -> None:
    texts = ["a", "b", "c", "d", "e", text, "f", text, text, "\ude00", "g", *LETTERS, text]
    both([*(frame(kind, each) for each in texts), CLOSE])
    both([frame(kind, each) for each in texts])
    both([frame(kind, each, n % 2) for n, each in enumerate(texts * 2)])


@pytest.mark.parametrize("kind", KINDS)
def test_the_limit_is_met_at_the_same_text(kind: str) -> None:
    body = [frame(kind, text) for text in ["abc", "de", "f", "ghi", "j", "kl", "mno", "p"] * 2]
    needed = sum(len(json.loads(each.partition(b"data: ")[2])["text"]) for each in body)
    needed += CALL_COST if kind == "call" else 0
    for limit in range(needed - 25, needed + 2):
        error = both(body, limits=Limits(max_message_size=limit))[2]
        assert ("max_message_size" in error) is (limit < needed)


def test_blocks_and_calls_take_turns() -> None:
    both([frame(kind, text, number) for text in LETTERS for number, kind in enumerate(["text", "thought"])])
    body = [frame(kind, text) for text in LETTERS for kind in ("call", "text")]
    both(body)
    both([*body[:20], CLOSE, *body[20:]])


def test_the_number_of_calls_is_limited() -> None:
    body = [frame("call", "a", number) for number in (0, 0, 1, 1, 2)]
    assert "max_tool_calls" in both(body, limits=Limits(max_tool_calls=2))[2]


@pytest.mark.parametrize("kind", ["text", "call"])
@pytest.mark.parametrize("when", [1, 3, 7, 20])
def test_who_follows_a_text_hears_all_of_it(kind: str, when: int) -> None:
    body = [frame(kind, text) for text in ["[", *(f"{n}," for n in range(19)), "\ud83d"]]
    for rest in (body[when:], [b"".join(body[when:])]):
        stream = stream_of()
        for fragment in body[:when]:
            stream.feed(fragment)
        partial = stream.partial_json() if kind == "text" else stream.tool_call().partial_arguments
        again = stream.partial_json() if kind == "text" else stream.tool_call().partial_arguments
        assert partial is again
        for fragment in rest:
            stream.feed(fragment)
        stream.end()
        completion = stream.completion().to_dict()
        assert partial.raw == (completion["text"] if kind == "text" else completion["calls"][0])


# The answer alone.


def all_text(each: Answer) -> str:
    return each.written.slice(0, each.written.size)


def answer(**limits: Any) -> Answer:
    made = Limits(**limits)
    return Answer(made, SizeBudget(limit_or_max(made.max_message_size)), 2)


def test_events_have_the_choice_and_the_part() -> None:
    each, (text, thought, refusal), events = answer(), (Text(), Text(), Text()), list[Any]()
    each.add_text(text, 3, "a", events)
    each.add_reasoning(thought, 4, "b", "summary", events)
    each.add_refusal(refusal, 5, "c", events)
    each.add_text(text, 3, "", events)
    assert events == [TextDelta("a", 2, 3), ReasoningDelta("b", 2, "summary", 4), RefusalDelta("c", 2, 5)]
    assert [block.to_json() for block in (text, thought, refusal)] == ["a", "b", "c"]
    assert (all_text(each), each.budget.size) == ("a", 3)


@pytest.mark.parametrize("kind", ["text", "reasoning", "refusal"])
def test_half_a_pair_is_held_back_until_the_end(kind: str) -> None:
    each, block, events = answer(), Text(), list[Any]()
    kinds: tuple[Any, ...] = ("summary",) if kind == "reasoning" else ()
    event = {"text": TextDelta, "reasoning": ReasoningDelta, "refusal": RefusalDelta}[kind]
    epoch = each.budget.epoch
    getattr(each, f"add_{kind}")(block, 7, "a\ud83d", *kinds, events)
    assert each.budget.epoch > epoch, "a later text may not overtake it"
    assert events == [event("a", 2, *kinds, 7)]
    getattr(each, f"end_{kind}")(block, 7, *kinds, events)
    getattr(each, f"end_{kind}")(block, 7, *kinds, events)
    assert events == [event("a", 2, *kinds, 7), event("\ud83d", 2, *kinds, 7)]
    assert block.to_json() == "a\ud83d"
    assert all_text(each) == ("a\ud83d" if kind == "text" else "")


def test_half_a_pair_is_given_out_behind_the_text_of_other_blocks() -> None:
    each, (first, second), events = answer(), (Text(), Text()), list[Any]()
    partial = PartialJSON()
    each.attach_partial(partial)
    each.add_text(first, 0, '"a\ud83d', events)
    each.add_text(second, 1, "b", events)
    each.end_text(first, 0, events)
    assert [event.text for event in events] == ['"a', "b", "\ud83d"]
    assert all_text(each) == partial.raw == '"ab\ud83d'
    assert first.to_json() == '"a\ud83d'


def test_a_call_begins_grows_and_ends() -> None:
    each, events = answer(), list[Any]()
    other = each.start_call(None, "g", "function", [])
    call = each.start_call("c", "f", "custom", events)
    assert [each.find_call(index) for index in (-1, 0, 1, 2)] == [None, other, call, None]
    each.add_arguments(call, "{\ud83d", events)
    each.add_arguments(call, "", events)
    assert call.append("") == ""
    each.end_call(call, events)
    each.end_call(call, events)
    assert events == [
        ToolCallStart(2, 1, "c", "f", "custom"),
        ToolCallDelta(2, 1, "{"),
        ToolCallDelta(2, 1, "\ud83d"),
        ToolCallEnd(2, 1, ToolCall("c", "custom", "f", "{\ud83d", 1, True)),
    ]
    assert other.view() == ToolCall(None, "function", "g", "", 0, False)
    assert each.budget.size == 2 * CALL_COST + 2


def test_events_of_the_first_call() -> None:
    each, events = answer(), list[Any]()
    call = each.start_call("c", "f", "function", events)
    each.add_arguments(call, "{\ud83d", events)
    each.flush_call(call, events)
    each.flush_call(call, events)
    each.end_call(call, events)
    assert events == [
        ToolCallStart(2, 0, "c", "f", "function"),
        ToolCallDelta(2, 0, "{"),
        ToolCallDelta(2, 0, "\ud83d"),
        ToolCallEnd(2, 0, ToolCall("c", "function", "f", "{\ud83d", 0, True)),
    ]


def test_a_call_over_the_limit_is_refused() -> None:
    each = answer(max_tool_calls=1)
    each.start_call("c", "f", "function", [])
    with pytest.raises(LimitExceeded) as caught:
        each.start_call("d", "f", "function", [])
    assert (caught.value.what, caught.value.limit, len(each.calls)) == ("max_tool_calls", 1, 1)


def test_the_arguments_of_a_call_may_have_raw_line_ends() -> None:
    call = LiveCall(0, "c", "f", "function")
    call.append('["a\nb"]')
    assert (call.partial_json().value, call.partial_json().error) == (["a\nb"], None)


@pytest.mark.parametrize(
    "change",
    [
        lambda each, block, call: each.changed(),
        lambda each, block, call: each.start_call(None, "g", "function", []),
        lambda each, block, call: each.end_call(call, []),
        lambda each, block, call: each.end_text(block, 0, []),
        lambda each, block, call: each.end_reasoning(block, 0, "text", []),
        lambda each, block, call: each.end_refusal(block, 0, []),
        lambda each, block, call: each.add_text(block, 0, "\ud83d", []),
        lambda each, block, call: each.add_arguments(call, "\ud83d", []),
    ],
)
def test_a_change_makes_bindings_stale(change: Any) -> None:
    each, block = answer(), Text()
    call = each.start_call("c", "f", "function", [])
    each.add_text(block, 0, "-", [])
    made: list[Any] = [
        bind_text(each, (Slot(("a",)),), block, 0),
        bind_arguments(each, (Slot(("a",)),), call),
    ]
    for text in ("a", "b"):
        each.add_text(block, 0, text, [])
        each.add_arguments(call, text, [])
    assert [binding.apply("c", []) for binding in made] == [True, True]
    assert [binding.apply_run(["d", "e"], []) for binding in made] == [True, True]
    change(each, block, call)
    before = (each.budget.size, block.to_json(), call.arguments.to_json(), all_text(each))
    events: list[Any] = []
    assert [binding.apply("f", events) for binding in made] == [False, False]
    assert [binding.apply_run(["g"], events) for binding in made] == [False, False]
    assert (each.budget.size, block.to_json(), call.arguments.to_json(), all_text(each)) == before
    assert events == []


def test_many_short_texts_are_joined() -> None:
    each, block = answer(), Text()
    each.add_text(block, 0, "ab", [])
    binding = bind_text(each, (Slot(("a",)),), block, 0)
    assert binding is not None
    for _ in range(499):
        assert binding.apply("ab", [])
    assert binding.apply_run(["c"] * 500, [])
    assert block.to_json() == all_text(each) == "ab" * 500 + "c" * 500
    assert len(block.pieces) < 200


def test_a_live_call_moves_with_its_view() -> None:
    call = LiveCall(0, "c", "f", "function")
    partial = call.partial_json()
    call.append("[1")
    twin = pickle.loads(pickle.dumps(call))
    assert twin.partial_json().raw == partial.raw == "[1"
    twin.append(", 2]")
    assert (twin.partial_json().value, partial.raw) == ([1, 2], "[1")
    assert call.release() == ""


def test_a_new_partial_gets_all_of_the_text() -> None:
    each, events = answer(), list[Any]()
    each.add_text(Text(), 0, "[1", events)
    for _ in range(2):
        partial = PartialJSON()
        each.attach_partial(partial)
        each.attach_partial(partial)
        assert partial.raw == "[1"


def test_over_the_limit_nothing_is_appended() -> None:
    each, block = answer(max_message_size=3), Text()
    with pytest.raises(LimitExceeded):
        each.add_text(block, 0, "abcd", [])
    assert block.to_json() == ""
