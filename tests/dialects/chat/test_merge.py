"""The one policy for merging fields."""

from __future__ import annotations

import copy
import json
import sys
from collections import OrderedDict
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssemble import LimitExceeded, ProtocolError, SsembleError
from ssemble._dialects.chat.merge import MergedList, is_snapshot, merge_field, merge_fields, to_json
from ssemble._dialects.chat.names import AUDIO, CHUNK, DELTA, LOGPROBS, NESTED, MergeRules, entry_index
from ssemble._model.budget import CONTAINER, MAX_DEPTH, SizeBudget

from ...helpers import MOVES, WRONG, nested, replaced
from .merge_cases import FIELDS, INDEXED, PARTS, entry

NO_LIMIT = 10**9


def merged(updates: list[dict[str, Any]], scope: MergeRules = DELTA, limit: int = NO_LIMIT) -> dict[str, Any]:
    """Merge updates one after the other; they are neither changed nor kept."""
    fields: dict[str, Any] = {}
    budget = SizeBudget(limit)
    for update in updates:
        given = copy.deepcopy(update)
        merge_fields(fields, update, scope, budget)
        assert repr(update) == repr(given)
    result: dict[str, Any] = to_json(fields)
    for update in updates:
        update.clear()
    assert repr(to_json(fields)) == repr(result)
    return result


def values(*each: Any, key: str = "x", scope: MergeRules = DELTA) -> Any:
    """What a field comes to."""
    return merged([{key: value} for value in each], scope)[key]


@pytest.mark.parametrize(("key", "scope", "updates", "result"), FIELDS.values(), ids=list(FIELDS))
def test_fields(key: str, scope: MergeRules, updates: list[Any], result: Any) -> None:
    assert values(*updates, key=key, scope=scope) == result


@pytest.mark.parametrize(("updates", "result"), INDEXED.values(), ids=list(INDEXED))
def test_entries_with_an_index(updates: list[Any], result: Any) -> None:
    assert values(*updates, key="reasoning_details") == result


def test_entries_with_an_index_outside_a_delta_are_never_text() -> None:
    updates = [entry(index=0, text="a"), entry(index=0, text="b")]
    assert values(*updates, key="steps", scope=CHUNK) == [{"index": 0, "text": "b"}]


@pytest.mark.parametrize(("updates", "result"), PARTS.values(), ids=list(PARTS))
@pytest.mark.parametrize("key", ["content", "thinking", "thinking_blocks"])
def test_reasoning(key: str, updates: list[Any], result: Any) -> None:
    assert values(*updates, key=key) == result


@pytest.mark.parametrize(
    "scope", [DELTA, NESTED, CHUNK, AUDIO, LOGPROBS], ids=["delta", "inside", "outside", "audio", "logprobs"]
)
@pytest.mark.parametrize("key", ["x", "content", "images", "reasoning_details", "logprobs", "audio", "data"])
def test_any_value_after_any_value_merges(key: str, scope: MergeRules) -> None:
    for first in WRONG:
        for second in WRONG:
            if "{'index': {}" in f"{first}{second}":
                continue  # see test_a_type_that_cannot_be_a_key
            result = merged([copy.deepcopy({key: value}) for value in (first, second, first)], scope)
            json.dumps(result)


def test_wrong_values_in_every_place_of_an_entry() -> None:
    sound = {"reasoning_details": [{"index": 0, "type": "t", "id": "1", "name": "n", "text": "a", "signature": None}]}
    wrong = [value for value in WRONG if not isinstance(value, (dict, list))]
    for broken in replaced(sound, wrong):
        if isinstance(broken, dict):
            json.dumps(merged(copy.deepcopy([sound, broken, sound, broken])))


@pytest.mark.parametrize("kind", [{"a": 1}, [1]], ids=["object", "list"])
def test_a_type_that_cannot_be_a_key(kind: Any) -> None:
    try:
        merged([{"x": entry(index=0, type=kind)}])
    except SsembleError:
        pass


# Streamed text counts its characters; any other text, a key, an object, a list and a text that may grow 16 more, a
# number 3, any other value and a small number 1; what is replaced counts no more.
@pytest.mark.parametrize(
    ("updates", "scope", "size"),
    [
        ([{"x": "abc"}, {"x": "de"}], DELTA, 17 + 16 + 5),
        ([{"text": "abc"}], NESTED, 20 + 16 + 3),
        ([{"id": "abc"}, {"id": "de"}, {"id": "f"}], DELTA, 18 + 16 + 3),
        ([{"x": 1}, {"x": 2}, {"x": 3}], DELTA, 17 + 1),
        ([{"x": 1000}, {"x": 2.5}, {"x": 3000}], DELTA, 17 + 3),
        ([{"x": {"y": "a"}}], CHUNK, 17 + 16 + 17 + 17),
        ([{"x": ["ab", 1]}], CHUNK, 17 + 16 + 18 + 1),
        ([{"x": [{"k": "ab"}]}], CHUNK, 17 + 16 + 16 + 17 + 18),
        (
            [{"content": [{"type": "t", "text": "ab"}, {"type": "t", "text": "c"}]}],
            NESTED,
            23 + 16 + 16 + 20 + 17 + 20 + 16 + 3,
        ),
        ([{"x": [{"index": 0, "k": "ab"}, {"index": 0, "k": "cd"}]}], CHUNK, 17 + 16 + 16 + 21 + 1 + 17 + 18),
    ],
    ids=lambda value: "" if isinstance(value, MergeRules) else str(value),
)
def test_the_limit_counts_characters(updates: list[dict[str, Any]], scope: MergeRules, size: int) -> None:
    merged(copy.deepcopy(updates), scope, limit=size)
    with pytest.raises(LimitExceeded) as caught:
        merged(updates, scope, limit=size - 1)
    assert (caught.value.what, caught.value.limit) == ("max_message_size", size - 1)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3)


@pytest.mark.parametrize("scope", [DELTA, CHUNK, LOGPROBS], ids=["delta", "outside", "logprobs"])
@given(fields=st.dictionaries(st.text(max_size=3), SCALARS, min_size=1, max_size=5), last=SCALARS)
def test_an_object_merges_as_its_fields_one_by_one(fields: dict[str, Any], last: Any, scope: MergeRules) -> None:
    at_once, apart = SizeBudget(NO_LIMIT), SizeBudget(NO_LIMIT)
    whole: dict[str, Any] = {}
    parts: dict[str, Any] = {"x": {}}
    apart.charge(CONTAINER + len("x") + CONTAINER)
    merge_fields(whole, {"x": fields}, scope, at_once)
    for name, value in fields.items():
        merge_fields(parts, {"x": {name: value}}, scope, apart)
    for name in (*fields, "another"):
        for each, budget in ((whole, at_once), (parts, apart)):
            merge_fields(each, {"x": {name: last}}, scope, budget)
        assert repr(to_json(whole)) == repr(to_json(parts))
        assert at_once.size == apart.size


ENTRIES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", "index", "id"]), inner, max_size=2)
    ),
)


@given(lists=st.lists(st.lists(ENTRIES, max_size=4), min_size=1, max_size=4))
def test_a_snapshot_brings_nothing_when_it_comes_again(lists: list[list[Any]]) -> None:
    budget = SizeBudget(NO_LIMIT)
    fields: dict[str, Any] = {}
    for values in lists:
        for key in ("x", "images", "reasoning_details"):
            merge_fields(fields, {key: values}, CHUNK, budget)
            before = repr(to_json(fields)), budget.size, budget.epoch
            if is_snapshot(key, values):
                merge_fields(fields, {key: values}, CHUNK, budget)
                assert (repr(to_json(fields)), budget.size, budget.epoch) == before


def test_what_is_not_kept_does_not_count() -> None:
    merged([{"x": None} for _ in range(100)], limit=18)


@pytest.mark.parametrize(
    "update",
    [
        lambda depth: nested(depth, key="x"),
        lambda depth: {"x": nested(depth)},
        lambda depth: {"x": [1, nested(depth)]},
        lambda depth: {"content": [{"text": nested(depth)}]},
        lambda depth: {"x": [{"index": 0, "y": nested(depth, key="x")}]},
        lambda depth: {"images": [nested(depth)]},
    ],
    ids=["objects", "lists", "tail", "parts", "indexed", "images"],
)
def test_depth_is_bounded(update: Any) -> None:
    merged([update(MAX_DEPTH - 3)])
    for depth in (MAX_DEPTH + 3, 500, 100_000):
        with pytest.raises(ProtocolError, match=f"expected at most {MAX_DEPTH} levels of nesting, got more"):
            merged_once(update(depth))


# How deep the values of each place go before the first is too deep.
@pytest.mark.parametrize(
    ("update", "deepest"),
    [
        (lambda depth: nested(depth, key="x"), MAX_DEPTH + 1),
        (lambda depth: {"x": nested(depth)}, MAX_DEPTH + 1),
        (lambda depth: {"x": [1, nested(depth)]}, MAX_DEPTH),
        (lambda depth: {"x": ["a", nested(depth, key="x")]}, MAX_DEPTH),
        (lambda depth: {"content": [{"text": nested(depth)}]}, MAX_DEPTH - 1),
        (lambda depth: {"content": [{"text": "a", "y": nested(depth, key="x")}]}, MAX_DEPTH - 2),
        (lambda depth: {"content": [{"y": nested(depth)}]}, MAX_DEPTH - 1),
        (lambda depth: {"x": [{"index": 0, "y": nested(depth, key="x")}]}, MAX_DEPTH - 2),
        (lambda depth: {"reasoning_details": [{"y": nested(depth, key="x")}]}, MAX_DEPTH - 2),
        (lambda depth: {"reasoning_details": [{"text": "a", "y": nested(depth, key="x")}]}, MAX_DEPTH - 2),
        (lambda depth: {"images": [nested(depth)]}, MAX_DEPTH - 1),
        (lambda depth: {"logprobs": {"x": nested(depth)}}, MAX_DEPTH - 1),
    ],
    ids=[
        "objects",
        "lists",
        "tail",
        "objects in a list",
        "parts",
        "beside a text",
        "parts without text",
        "indexed",
        "fragments",
        "fragments of text",
        "images",
        "logprobs",
    ],
)
def test_so_deep_and_no_deeper(update: Any, deepest: int) -> None:
    merged_once(update(deepest))
    with pytest.raises(ProtocolError, match=f"expected at most {MAX_DEPTH} levels of nesting, got more"):
        merged_once(update(deepest + 1))


def merged_once(update: dict[str, Any]) -> None:
    budget = SizeBudget(NO_LIMIT)
    fields: dict[str, Any] = {"x": MergedList(), "images": MergedList()}
    fields["images"].merge("images", ["a", "b"], DELTA, budget, 0)
    merge_fields(fields, update, DELTA, budget)


def test_a_copy_goes_on_by_itself() -> None:
    budget = SizeBudget(NO_LIMIT)
    source: Any = {"a": [{"b": [1]}]}
    copied = budget.copy(source)
    source["a"][0]["b"].append(2)
    source["a"].append(3)
    assert copied == {"a": [{"b": [1]}]}


@pytest.mark.parametrize(
    ("values", "size"),
    [([True], 1), ([0.5], 3), ([None], 1), ([7, True, 8], 1), (["ab", "c"], 17), ([2**53], 6), (["ab", 1], 1)],
)
def test_the_last_scalar_alone_counts(values: list[Any], size: int) -> None:
    budget = SizeBudget(NO_LIMIT)
    fields: dict[str, Any] = {}
    for value in values:
        merge_field(fields, "x", value, CHUNK, budget)
    assert (fields, budget.size) == ({"x": values[-1]}, 17 + size)


def test_how_deep_is_too_deep() -> None:
    """Containers in containers: what is at depth 0 counts too."""
    budget = SizeBudget(NO_LIMIT)
    for key in ("", "x"):
        assert budget.copy(nested(MAX_DEPTH + 1, key=key)) == nested(MAX_DEPTH + 1, key=key)
        with pytest.raises(ProtocolError, match=f"expected at most {MAX_DEPTH} levels of nesting, got more"):
            budget.copy(nested(MAX_DEPTH + 2, key=key))
    merge_field({}, "x", nested(MAX_DEPTH, key="y"), CHUNK, budget)
    with pytest.raises(ProtocolError, match=f"expected at most {MAX_DEPTH} levels of nesting, got more"):
        merge_field({}, "x", nested(MAX_DEPTH + 1, key="y"), CHUNK, budget)
    MergedList().part([], DELTA, budget, MAX_DEPTH)
    with pytest.raises(ProtocolError, match=f"expected at most {MAX_DEPTH} levels of nesting, got more"):
        MergedList().part([[]], DELTA, budget, MAX_DEPTH)


@pytest.mark.parametrize(
    ("index", "found"),
    [
        (0, 0),
        (-1, -1),
        (2**31 - 2, 2**31 - 2),
        (2 - 2**31, 2 - 2**31),
        (2**31 - 1, None),
        (1 - 2**31, None),
        (True, None),
        (1.0, 1),
        (0.5, None),
        (float("inf"), None),
        ("1", None),
        (None, None),
    ],
)
def test_which_indexes_mean_a_place(index: Any, found: int | None) -> None:
    assert entry_index({"index": index}) == found


def test_a_list_that_is_sent_again_is_not_looked_into() -> None:
    budget, images = SizeBudget(NO_LIMIT), MergedList()
    for _ in range(2):
        images.merge("images", [{"n": 10**5000}], DELTA, budget, 0)
    assert images.to_json() == [{"n": 10**5000}]


def test_only_base64_is_joined_as_such() -> None:
    budget = SizeBudget(NO_LIMIT)
    fields: dict[str, Any] = {}
    for text in ("QQ==", "Qg=="):
        merge_field(fields, "audio", {"data": text, "transcript": text}, DELTA, budget)
    assert to_json(fields["audio"]) == {"data": "QUI=", "transcript": "QQ==Qg=="}


def test_a_number_that_cannot_be_written_is_no_entry() -> None:
    with pytest.raises(ProtocolError, match=r"expected a list entry that can be compared, got \w+: .*digits"):
        merged_once({"images": ["c", {"n": 10**5000}]})


@pytest.mark.parametrize("kind", [dict, OrderedDict])
@pytest.mark.parametrize("key", ["x", "content", "reasoning_details", "logprobs"])
def test_what_is_gathered_is_handed_out_fresh(key: str, kind: Any) -> None:
    fields: dict[str, Any] = {}
    given = kind(a=[kind(b=kind(c=1), text="t")])
    merge_fields(fields, {key: [given], "y": given}, DELTA, SizeBudget(NO_LIMIT))
    first, expected = to_json(fields), copy.deepcopy(to_json(fields))
    for spoilt in (given, first["y"], first[key][0]):
        spoilt["a"][0]["b"]["c"] = 2
    assert to_json(fields) == expected


class Row(list[Any]):
    """A list of a class of its own."""


def test_values_of_a_class_of_their_own_become_plain_json() -> None:
    given = OrderedDict(a=Row([OrderedDict(b=1), Row(["c"])]))
    for fresh in (to_json(given), SizeBudget(NO_LIMIT).copy(given)):
        assert fresh == {"a": [{"b": 1}, ["c"]]}
        assert [type(fresh), type(fresh["a"]), *map(type, fresh["a"])] == [dict, list, dict, list]
    with pytest.raises(ProtocolError, match="levels of nesting"):
        SizeBudget(NO_LIMIT).copy(Row([nested(MAX_DEPTH + 1)]))


def test_a_number_of_a_class_of_its_own_is_kept_as_it_is() -> None:
    number = Decimal("1.50")
    budget = SizeBudget(NO_LIMIT)
    assert budget.copy({"a": number, "b": [number]}) == {"a": number, "b": [number]}
    assert budget.size == 6 * 16 + 2
    assert to_json({"a": number}) == {"a": number}


def test_lists_of_such_numbers_merge_as_those_of_others_do() -> None:
    for make in (float, Decimal):
        one, two = make(1), make(2)
        assert values([one], [one, two], key="x") == [one, one, two]
        assert values([{"n": one}], [{"n": one}, {"n": two}], [{"n": two}], key="images") == [{"n": one}, {"n": two}]
        assert values(["a"], [two, "b"], [two, "c"], key="images") == ["a", two, "b", "c"]


@pytest.mark.parametrize("modulus", [2**61 - 1, 2**31 - 1])  # sys.hash_info.modulus of 64 bits and of 32
def test_a_number_that_is_too_large_for_a_place_is_no_index(modulus: int) -> None:
    """All multiples of this have one hash: as keys, each would be compared with all before it."""
    numbers = [modulus * n for n in range(1, 50)]
    entries = merged([{"reasoning_details": [{"index": n, "type": "a", "data": str(n)} for n in numbers]}])
    assert [entry["index"] for entry in entries["reasoning_details"]] == numbers
    fields: dict[str, Any] = {}
    merge_fields(
        fields, {"reasoning_details": [{"index": n, "text": "x"} for n in numbers]}, DELTA, SizeBudget(NO_LIMIT)
    )
    assert not fields["reasoning_details"].last


@pytest.mark.parametrize(
    "value", [[10**4000], {"n": -(10**4000)}, [{"n": 10**4000}], 10**4000], ids=["list", "object", "both", "alone"]
)
def test_a_number_counts_by_its_length(value: Any) -> None:
    with pytest.raises(LimitExceeded):
        merged([{"x": value}], limit=1000)
    assert merged([{"x": value}], limit=2000) == {"x": value}


SIGNED = {"type": "thinking", "thinking": "a", "signature": "s1"}


@pytest.mark.parametrize("key", ["thinking_blocks", "content", "reasoning_details"])
@pytest.mark.parametrize("index", [{}, {"index": 0}], ids=["no index", "index"])
@pytest.mark.parametrize(
    ("updates", "blocks"),
    [
        ([{"type": "thinking", "thinking": None, "signature": "s1"}], [SIGNED]),
        ([{"type": "thinking", "thinking": "", "signature": "s1"}], [SIGNED]),
        ([{"type": "thinking", "signature": "s1"}], [SIGNED]),
        ([{"signature": "s1"}], [SIGNED]),
        ([{"type": "thinking", "signature": "s"}, {"type": "thinking", "signature": "1"}], [SIGNED]),
        ([{"type": "thinking", "signature": each} for each in ("s", "1", "s1", "s1")], [SIGNED]),
        ([{"type": "thinking", "signature": each} for each in ("s", "s1", "s1", "s1x", "y")], [{**SIGNED, "signature": "s1xy"}]),
        ([{"type": "thinking", "signature": "s1"}, {"type": "thinking", "thinking": "b"}], [SIGNED, {"type": "thinking", "thinking": "b"}]),
        ([{"type": "thinking", "thinking": "b", "signature": "s1"}] * 2, [{**SIGNED, "thinking": "abb"}]),
        (
            [{"type": "thinking", "signature": each} for each in ("s", "1")] + [{"type": "thinking", "thinking": "b", "signature": "s1"}],
            [{**SIGNED, "thinking": "ab"}],
        ),
        (
            [{"type": "redacted", "data": "x", "signature": "t"}, {"type": "thinking", "thinking": "b"}],
            [{"type": "thinking", "thinking": "a"}, {"type": "redacted", "data": "x", "signature": "t"}, {"type": "thinking", "thinking": "b"}],
        ),
    ],
    ids=str,
)  # fmt: skip
def test_where_a_signed_block_ends(
    key: str, index: dict[str, int], updates: list[dict[str, Any]], blocks: list[dict[str, Any]]
) -> None:
    first = {"type": "thinking", "thinking": "a"}
    found = values(*([{**each, **index}] for each in [first, *updates]), key=key)
    assert found == [{**each, **index} for each in blocks]


def test_a_signature_with_nothing_before_it_is_kept() -> None:
    for key in ("thinking_blocks", "reasoning_details"):
        assert values([{"signature": "s"}], key=key) == [{"signature": "s"}]
        assert values(["x"], [{"signature": "s"}], key=key) == ["x", {"signature": "s"}]
        assert values(
            [{"type": "t", "text": "a", "signature": {"x": 1}}], [{"type": "t", "signature": "s"}], key=key
        ) == [{"type": "t", "text": "a", "signature": "s"}]


def test_pieces_of_a_signature_count() -> None:
    def update(**fields: str) -> dict[str, Any]:
        return {"thinking_blocks": [{"type": "thinking", **fields}]}

    merged([update(thinking="a"), *[update(signature="x" * 20)] * 9], limit=300)
    with pytest.raises(LimitExceeded):
        merged([update(thinking="a"), update(signature="-"), *[update(signature="x" * 20)] * 9], limit=300)


@pytest.mark.parametrize(
    ("updates", "result"),
    [
        (["a", 1, "b"], "a1b"),
        (["a", 1.5, True, False, None, "b"], "a1.5trueb"),
        ([1, "b"], "1b"),
        ([True, "b"], "trueb"),
        ([False, "b"], "b"),
        ([Decimal("1.50"), "b"], "1.50b"),
        (["a", Decimal("1.50")], "a1.50"),
        ([1, 2], 2),
    ],
)
def test_a_number_among_texts_is_text(updates: list[Any], result: Any) -> None:
    assert values(*updates, key="reasoning") == result
    assert values(*({"text": each} for each in updates), key="x") == {"text": result}
    assert values(*([{"type": "t", "text": each}] for each in updates if each not in (None, False)), key="content") == [
        {"type": "t", "text": result}
    ]


def test_a_number_that_cannot_be_written_is_no_text() -> None:
    with pytest.raises(ProtocolError, match="expected text, got"):
        values("a", 10**5000, key="reasoning")


@pytest.mark.parametrize("key", ["summary", "text", "thinking", "content"])
def test_lists_inside_a_part_are_parts(key: str) -> None:
    updates = [[{"type": "reasoning", key: [{"type": "t", "text": text}]}] for text in ("a", "b")]
    assert values(*updates, key="content") == [{"type": "reasoning", key: [{"type": "t", "text": "ab"}]}]


@pytest.mark.parametrize("key", ["reasoning_opaque", "encrypted_content", "thought_signature"])
def test_what_is_encrypted_is_never_joined(key: str) -> None:
    assert values("OP1", "OP2", key=key) == "OP2"


@pytest.mark.parametrize(
    "update", [{1: 2}, {"a": {1: 2}}, {"a": [{1: 2}]}, {"images": ["a", {1: 2}]}, {"content": [{1: 2}]}], ids=str
)
def test_keys_are_text(update: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError, match="expected a key of type str, got int"):
        merged_once(update)


@pytest.mark.parametrize("move", MOVES.values(), ids=list(MOVES))
def test_entries_move_with_what_hangs_together(move: Callable[[Any], Any]) -> None:
    budget, fields = SizeBudget(NO_LIMIT), dict[str, Any]()
    update = {"x": [{"index": 0, "type": "t", "a": [{"index": 1, "text": "a"}], "b": {"c": [1, "d"]}}], "images": ["u"]}
    merge_fields(fields, {**update, "images": ["u", "v"]}, DELTA, budget)
    merge_fields(fields, {**update, "images": ["w"]}, DELTA, budget)
    twin = move(fields["x"]), move(fields["images"])
    before = to_json(fields)
    for entries, key in zip(twin, ("x", "images"), strict=True):
        assert entries.to_json() == before[key]
        entries.merge(key, update[key], DELTA, budget, 0)
        fields[key].merge(key, update[key], DELTA, budget, 0)
        assert entries.to_json() == fields[key].to_json() != ([] if key == "x" else None)


def test_entries_move_from_deep_in_the_stack() -> None:
    """What may be nested is moved flat, so that a caller who is deep himself can still copy and pickle."""
    fields: dict[str, Any] = {}
    deepest: Any = 1
    for _ in range(MAX_DEPTH // 2 - 1):
        deepest = [{"index": 0, "a": deepest}]
    merge_fields(fields, {"x": deepest}, DELTA, SizeBudget(NO_LIMIT))
    frames = []
    for move in MOVES.values():
        deep: Any = fields["x"]
        shallow = MergedList()
        shallow.merge("x", [{"index": 0, "a": 1}], DELTA, SizeBudget(NO_LIMIT), 0)
        frames.append((most_frames(lambda: move(deep)), most_frames(lambda: move(shallow))))  # noqa: B023  # it runs before the loop goes on
    assert all(deep == shallow for deep, shallow in frames)


def most_frames(work: Callable[[], object]) -> int:
    """How deep the stack becomes."""
    deepest, depth = 0, 0

    def watch(frame: Any, event: str, argument: object) -> None:
        nonlocal deepest, depth
        depth += {"call": 1, "return": -1}.get(event, 0)
        deepest = max(deepest, depth)

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        work()
    finally:
        sys.setprofile(before)
    return deepest
