"""Chunks as objects: what an accumulator makes of them is what it makes of their payloads."""

from __future__ import annotations

import base64
from collections import ChainMap, OrderedDict
from collections.abc import Callable
from dataclasses import field, make_dataclass
from datetime import datetime, timedelta, timezone
from enum import Enum, IntEnum
from types import MappingProxyType, SimpleNamespace
from typing import Any

import msgspec
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssemble import ProtocolError, accumulator
from ssemble._dialects import objects
from ssemble._dialects.objects import as_json, payload_of

KEYS = st.sampled_from("id choices delta content type from_ camelCase x".split())
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5)
)
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)
PAYLOADS = st.dictionaries(KEYS, JSON, max_size=5)
Make = Callable[[dict[str, Any]], Any]


def dataclass(fields: dict[str, Any]) -> Any:
    names = [(name, object, field(default=None)) for name in ("unset", *fields)]
    return make_dataclass("Chunk", names)(**fields)


def struct(fields: dict[str, Any]) -> Any:
    names: list[Any] = [("unset", object, msgspec.UNSET), *((name, object) for name in fields)]
    kind = msgspec.defstruct("Chunk", names, kw_only=True, rename=str.upper)
    return kind(**fields)


def upper(value: Any) -> Any:
    """The payload that a Struct above stands for."""
    if isinstance(value, dict):
        return {key.upper(): upper(item) for key, item in value.items()}
    return [upper(item) for item in value] if isinstance(value, list) else value


def model(fields: dict[str, Any]) -> Any:
    """A model with aliases, an unset field, and the second half of the fields as extra ones."""
    known: dict[str, Any] = dict.fromkeys(list(fields)[: len(fields) // 2], (Any, ...))
    known["unset"] = int | None, None
    config = pydantic.ConfigDict(extra="allow", alias_generator=lambda name: f"{name}_alias", populate_by_name=True)
    kind = pydantic.create_model("Chunk", __config__=config, **known)
    return kind.model_construct(**{f"{name}_alias" if name in known else name: item for name, item in fields.items()})


def aliased(value: Any) -> Any:
    """The payload that a model above stands for."""
    if isinstance(value, dict):
        known = list(value)[: len(value) // 2]
        return {f"{key}_alias" if key in known else key: aliased(item) for key, item in value.items()}
    return [aliased(item) for item in value] if isinstance(value, list) else value


def nested(value: Any, make: Make) -> Any:
    """Make an object of each object in a payload, as SDKs nest them."""
    if isinstance(value, dict):
        return make({key: nested(item, make) for key, item in value.items()})
    return [nested(item, make) for item in value] if isinstance(value, list) else value


def without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_none(item) for key, item in value.items() if item is not None}
    return [without_none(item) for item in value] if isinstance(value, list) else value


def itself(value: Any) -> Any:
    return value


KINDS: dict[str, tuple[Make, Callable[[Any], Any]]] = {
    "dict": (itself, itself),
    "OrderedDict": (OrderedDict, itself),
    "MappingProxyType": (MappingProxyType, itself),
    "ChainMap": (ChainMap, itself),
    "SimpleNamespace": (lambda fields: SimpleNamespace(**fields), itself),
    "dataclass": (dataclass, without_none),
    "msgspec": (struct, lambda payload: upper(without_none(payload))),
    "pydantic": (model, aliased),
}


@pytest.mark.parametrize("kind", KINDS)
@given(payload=PAYLOADS)
def test_an_object_is_its_payload(kind: str, payload: dict[str, Any]) -> None:
    make, expected = KINDS[kind]
    assert payload_of(nested(payload, make)) == expected(payload)
    assert payload_of({"holder": nested(payload, make)}) == {"holder": expected(payload)}
    assert payload_of(SimpleNamespace(holder=(nested(payload, make),))) == {"holder": [expected(payload)]}


@given(PAYLOADS)
def test_an_object_and_its_payload_share_nothing(payload: dict[str, Any]) -> None:
    made = payload_of(OrderedDict(payload))
    assert made == payload
    assert not ids(made) & ids(payload)


def ids(value: Any) -> set[int]:
    """The containers in a value."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return set() if inner is None else {id(value)}.union(*map(ids, inner))


class Reason(Enum):
    STOP = "stop"


class Number(IntEnum):
    ONE = 1


class Blob(pydantic.BaseModel):
    """As google-genai has it: the serializer would write base64 with "-" and "_"."""

    model_config = pydantic.ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")
    data: bytes
    reason: Reason = Reason.STOP


DATA = b"\xfb\xff\xfe"
MOMENT = datetime(2026, 11, 25, 12, 30, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Reason.STOP, "stop"),
        (Number.ONE, 1),
        (DATA, base64.b64encode(DATA).decode()),
        (bytearray(DATA), base64.b64encode(DATA).decode()),
        (MOMENT, "2026-11-25T12:30:00Z"),
        (MOMENT.astimezone(timezone(timedelta(hours=2))), "2026-11-25T14:30:00+02:00"),
        (Blob(data=DATA), {"data": "+//+"}),
        (Blob(data=DATA, reason=Reason.STOP), {"data": "+//+", "reason": "stop"}),
        ((1, Reason.STOP), [1, "stop"]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_that_are_not_json(value: Any, expected: Any) -> None:
    assert as_json(value) == expected
    assert payload_of({"value": value}) == {"value": expected}


def test_what_no_rule_knows_stays() -> None:
    thing = object()
    assert as_json(thing) is thing


def test_what_google_genai_adds_is_no_part_of_the_payload() -> None:
    class Response(pydantic.BaseModel):
        candidates: list[int]
        sdk_http_response: dict[str, str]

    assert payload_of(Response(candidates=[1], sdk_http_response={"cookie": "c"})) == {"candidates": [1]}


def test_the_chunk_in_an_event_of_a_helper() -> None:
    chunk = {"choices": [{"delta": {"content": "Hi"}}]}
    assert payload_of(SimpleNamespace(type="chunk", chunk=SimpleNamespace(**chunk), snapshot=None)) == chunk
    assert payload_of({"type": "chunk"}) == {"type": "chunk"}


def test_a_model_of_pydantic_1() -> None:
    pydantic_1 = pytest.importorskip("pydantic.v1", reason="not on Python 3.14")
    inner = pydantic_1.create_model("Inner", reason=(Reason, ...), unset=(int, 5))
    kind = pydantic_1.create_model("Chunk", from_=(inner, pydantic_1.Field(alias="from")))
    made = kind(**{"from": {"reason": "stop"}})
    assert payload_of(made) == {"from": {"reason": "stop"}}


def test_an_object_in_a_circle() -> None:
    circle = SimpleNamespace()
    circle.inner = circle
    with pytest.raises(ProtocolError, match="nested too deep"):
        payload_of(circle)
    payload: dict[str, Any] = {}
    payload["inner"] = payload
    assert payload_of(payload) is payload, "the reader says where it is nested too deep"
    deep = accumulator("openai-chat")
    with pytest.raises(ProtocolError, match="nested too deep"):
        deep.add(circle)
    assert isinstance(deep.error, ProtocolError)


def test_a_program_that_makes_classes_needs_no_more_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "MAX_WAYS", 8)
    for number in range(20):
        assert payload_of(dataclass({"number": number})) == {"number": number}
    assert len(objects.WAYS) <= 8


CHUNKS = [
    {"id": "c", "choices": [{"index": 0, "delta": {"role": "assistant", "content": "Hi"}}]},
    {"id": "c", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "service_tier": "default"},
]


@pytest.mark.parametrize("kind", ["dict", "OrderedDict", "SimpleNamespace", "dataclass"])
def test_an_accumulator_takes_them(kind: str) -> None:
    chat, plain = accumulator("openai-chat"), accumulator("openai-chat")
    for chunk in CHUNKS:
        assert chat.add(nested(chunk, KINDS[kind][0])) == plain.add(chunk)
    assert chat.end() == plain.end()
    assert chat.completion() == plain.completion()
    assert chat.completion().to_dict() == plain.completion().to_dict()
