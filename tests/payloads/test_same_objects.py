"""Chunk objects that repeat an earlier one: merged as their payloads are, and mostly not read."""

from __future__ import annotations

import pickle
from types import SimpleNamespace
from typing import Any

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssemble import Limits
from ssemble._assembly import Assembly
from ssemble._payloads.repeats import Repeats
from ssemble._payloads.same_objects import SameObject

from ..helpers import call, chunk
from ..trace import comparable
from .test_repeats import Counting, payloads


class Model(pydantic.BaseModel):
    """As the openai package makes them: without validation, and with fields that it does not know."""

    model_config = pydantic.ConfigDict(extra="allow")


class Delta(Model):
    content: Any = None
    role: Any = None
    tool_calls: Any = None


class Choice(Model):
    index: Any = 0
    delta: Any = None
    finish_reason: Any = None


class Chunk(Model):
    id: Any = None
    choices: Any = None
    created: Any = None
    usage: Any = None
    seen: list[str] = []


def made(payload: dict[str, Any], kind: Any = Chunk, inner: Any = Choice) -> Any:
    """Make the objects of a payload."""
    choices = [
        inner.model_construct(
            **{key: Delta.model_construct(**value) if key == "delta" else value for key, value in choice.items()}
        )
        for choice in payload.get("choices", [])
    ]
    return kind.model_construct(**payload | ({"choices": choices} if "choices" in payload else {}))


class Watching:
    """Takes objects, and counts those that it had to read."""

    def __init__(self, limits: Limits = Limits()) -> None:
        self.assembly = Counting(None, errors="skip", limits=limits, n=None, cumulative=False)
        self.repeats = Repeats()
        self.events: list[Any] = []
        self.read = 0

    def take(self, model: Any) -> None:
        if not self.repeats.repeats(model, self.events):
            self.read += 1
            payload = model.model_dump(exclude_unset=True, by_alias=True, warnings=False, serialize_as_any=True)
            self.repeats.take(payload, self.events, self.assembly, model)

    @property
    def result(self) -> tuple[Any, ...]:
        self.assembly.end(self.events, "", "")
        whole = self.assembly.completion(self.assembly.complete)
        return [comparable(event) for event in self.events], whole, whole.to_dict(), self.assembly.repairs


def watched(models: list[Any], limits: Limits = Limits()) -> Watching:
    watching = Watching(limits)
    for model in models:
        watching.take(model)
    return watching


def merged(chunks: list[dict[str, Any]], limits: Limits = Limits()) -> tuple[Any, ...]:
    """What comes of the payloads without any fast way."""
    plain = Watching(limits)
    for each in chunks:
        plain.assembly.add(made(each).model_dump(exclude_unset=True), "message", plain.events, 0)
    return plain.result


@given(
    st.lists(payloads(), max_size=6).flatmap(
        lambda few: st.lists(st.sampled_from(few), max_size=25) if few else st.just([])
    ),
    st.sampled_from([Limits(), Limits(max_message_size=120)]),
)
def test_the_fast_way_is_invisible(chunks: list[dict[str, Any]], limits: Limits) -> None:
    assert watched([made(each) for each in chunks], limits).result == merged(chunks, limits)


def detailed(text: str) -> dict[str, Any]:
    details = {"type": "reasoning.text", "text": text, "index": 0}
    return chunk({"content": "", "reasoning": text, "reasoning_details": [details]})


@pytest.mark.parametrize(
    "chunks",
    [
        [chunk({"content": f"text {n}"}, id="c", created=5, obfuscation="x" * n) for n in range(100)],
        [call(arguments=f"{n} ") if n else call(arguments="{", id="c", name="f") for n in range(100)],
        [chunk({"content": f"{n}", "reasoning": f"{n}", "x": []}, filter={"a": {"b": False}}) for n in range(100)],
        [chunk({"content": f"{n}"}, usage={"completion_tokens": n + 1, "prompt_tokens": 3}) for n in range(100)],
        [chunk({"content": f"{n}"}, index=n % 2) for n in range(100)],
        [detailed(f"{n}") for n in range(100)],
    ],
    ids=["text", "arguments", "two texts", "counts", "two that take turns", "details"],
)
def test_most_objects_of_a_stream_are_not_read(chunks: list[dict[str, Any]]) -> None:
    watching = watched([made(each) for each in chunks])
    assert watching.read <= 5
    assert watching.result == merged(chunks)


TEXTS = [chunk({"content": text}, id="c", created=1) for text in "abcd"]


class Child(Choice):
    pass


@pytest.mark.parametrize(
    "other",
    [
        made(chunk({"content": "e"}, id="c", created=True)),
        made(chunk({"content": "e"}, id="c", created=1.0)),
        made(chunk({"content": "e"}, id="c", created=2, more=1)),
        made(chunk({"content": "e", "role": None}, id="c", created=1)),
        made(chunk({"content": "e", "reasoning": "f"}, id="c", created=1)),
        made(chunk({"content": "\ud83d"}, id="c", created=1)),
        made(chunk({"content": 7}, id="c", created=1)),
        made(chunk({"content": ""}, id="c", created=1)),
        made(chunk({"content": "e"}, id="c")),
        made(chunk({"content": "e"}, id="c", created=1), inner=Child),
        made({**chunk({"content": "e"}), "id": "c", "created": 1, "choices": [*chunk({})["choices"]] * 2}),
        made({"id": "c", "created": 1, "choices": []}),
        made({"choices": [{"index": 0, "delta": {"content": "e"}, "finish_reason": "stop"}], "id": "c", "created": 1}),
    ],
)
def test_another_object_is_read(other: Any) -> None:
    watching = watched([made(each) for each in TEXTS])
    before = watching.read
    watching.take(other)
    assert watching.read == before + 1
    payloads = [*TEXTS, other.model_dump(exclude_unset=True)]
    plain = Watching()
    for each in payloads:
        plain.assembly.add(each, "message", plain.events, 0)
    assert watching.result == plain.result


class Aliased(Chunk):
    more: Any = pydantic.Field(default=None, serialization_alias="moreFields")


class Excluding(Chunk):
    secret: Any = pydantic.Field(default=None, exclude=True)


class Serialized(Chunk):
    @pydantic.field_serializer("created")
    def later(self, value: Any) -> Any:
        return value and value + 1


class Computing(Chunk):
    @pydantic.computed_field
    def size(self) -> int:
        return 7


class Bounded(Chunk):
    created: Any = pydantic.Field(default=None, gt=0)


@pytest.mark.parametrize("kind", [Aliased, Excluding, Serialized, Computing, Bounded])
def test_a_model_that_writes_other_fields_is_read(kind: Any) -> None:
    said = [made(each, kind) for each in TEXTS]
    watching = watched(said)
    assert watching.read == len(said)
    assert watching.assembly.added < len(said), "a payload that was read may repeat one, too"


@pytest.mark.parametrize(
    "odd", [(), ("a",), {"a": {1}}, [1, 2], [[1]], SimpleNamespace(), pydantic.RootModel[int](7), 1j], ids=repr
)
def test_what_cannot_be_compared_is_read(odd: Any) -> None:
    sink = Assembly(None, errors="skip", limits=Limits(), n=None, cumulative=False)
    sink.add(chunk({"content": "a"}), "message", [], 0)
    binding = sink.bind(chunk({"content": "a"}), "message")
    assert binding is not None
    assert SameObject.of(made(chunk({"content": "a"}, more=odd)), binding) is None
    assert SameObject.of(made(chunk({"content": "a"}, more=[])), binding) is not None
    assert SameObject.of(odd, binding) is None
    assert SameObject.of(made({"choices": [{"index": 0}]}), binding) is None, "a slot is missing"


def test_an_object_in_place_of_another() -> None:
    watching = watched([made(each) for each in TEXTS])
    for other in (made(TEXTS[0]), made(TEXTS[0])):
        other.choices = other.choices[0]
        assert not watching.repeats.repeats(other, watching.events)
    for other in (7, None, TEXTS[0], Chunk.model_construct(id="c", created=1, choices=None)):
        assert not watching.repeats.repeats(other, watching.events)
    lone = made(TEXTS[0])
    del lone.choices[0].delta.__dict__["content"]
    assert not watching.repeats.repeats(lone, watching.events)


def test_a_model_that_was_never_filled() -> None:
    watching = watched([made(each) for each in TEXTS])
    empty = made(TEXTS[0])
    empty.choices = [Choice.__new__(Choice)]
    assert not watching.repeats.repeats(empty, watching.events)
    binding = watching.assembly.bind(TEXTS[0], "message")
    assert binding is not None
    assert SameObject.of(empty, binding) is None


def test_an_object_that_is_changed_later_is_remembered_as_it_was() -> None:
    said = [made(each) for each in TEXTS]
    watching = watched(said[:3])
    before = watching.read
    for each in said[:3]:
        each.id = "d"
        each.created = None
        each.choices.clear()
    watching.take(said[3])
    assert watching.read == before
    assert watching.result == merged(TEXTS)


def test_a_copy_has_its_own() -> None:
    watching = watched([made(each) for each in TEXTS])
    watching.assembly, watching.repeats = pickle.loads(pickle.dumps((watching.assembly, watching.repeats)))
    watching.take(made(TEXTS[0]))
    assert watching.result == merged([*TEXTS, TEXTS[0]])
