"""The one policy for merging fields."""

from __future__ import annotations

import copy
import json
from collections import OrderedDict
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from ssemble import LimitExceeded, ProtocolError, SsembleError
from ssemble._merge import (
    AUDIO,
    DELTA,
    INSIDE,
    LOGPROBS,
    MAX_DEPTH,
    OUTSIDE,
    Entries,
    Kept,
    Scope,
    entry_index,
    merge_field,
    merge_fields,
    plain,
)

from .helpers import WRONG, nested, replaced
from .merge_cases import FIELDS, INDEXED, PARTS, entry

NO_LIMIT = 10**9


def merged(updates: list[dict[str, Any]], scope: Scope = DELTA, limit: int = NO_LIMIT) -> dict[str, Any]:
    """Merge updates one after the other; they are neither changed nor kept."""
    fields: dict[str, Any] = {}
    kept = Kept(limit)
    for update in updates:
        given = copy.deepcopy(update)
        merge_fields(fields, update, scope, kept)
        assert repr(update) == repr(given)
    result: dict[str, Any] = plain(fields)
    for update in updates:
        update.clear()
    assert repr(plain(fields)) == repr(result)
    return result


def values(*each: Any, key: str = "x", scope: Scope = DELTA) -> Any:
    """What a field comes to."""
    return merged([{key: value} for value in each], scope)[key]


@pytest.mark.parametrize(("key", "scope", "updates", "result"), FIELDS.values(), ids=list(FIELDS))
def test_fields(key: str, scope: Scope, updates: list[Any], result: Any) -> None:
    assert values(*updates, key=key, scope=scope) == result


@pytest.mark.parametrize(("updates", "result"), INDEXED.values(), ids=list(INDEXED))
def test_entries_with_an_index(updates: list[Any], result: Any) -> None:
    assert values(*updates, key="reasoning_details") == result


def test_entries_with_an_index_outside_a_delta_are_never_text() -> None:
    updates = [entry(index=0, text="a"), entry(index=0, text="b")]
    assert values(*updates, key="steps", scope=OUTSIDE) == [{"index": 0, "text": "b"}]


@pytest.mark.parametrize(("updates", "result"), PARTS.values(), ids=list(PARTS))
@pytest.mark.parametrize("key", ["content", "thinking", "thinking_blocks"])
def test_parts(key: str, updates: list[Any], result: Any) -> None:
    assert values(*updates, key=key) == result


@pytest.mark.parametrize(
    "scope", [DELTA, INSIDE, OUTSIDE, AUDIO, LOGPROBS], ids=["delta", "inside", "outside", "audio", "logprobs"]
)
@pytest.mark.parametrize("key", ["x", "content", "images", "reasoning_details", "logprobs", "audio", "data"])
def test_any_value_after_any_value_merges(key: str, scope: Scope) -> None:
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


# A key and streamed text count their characters, any other text 1 more; an object, a list and a text that may grow 16
# more, any other value 1; what is replaced counts no more.
@pytest.mark.parametrize(
    ("updates", "scope", "size"),
    [
        ([{"x": "abc"}, {"x": "de"}], DELTA, 16 + 6),
        ([{"text": "abc"}], INSIDE, 16 + 7),
        ([{"id": "abc"}, {"id": "de"}, {"id": "f"}], DELTA, 6),
        ([{"x": 1}, {"x": 2}, {"x": 3}], DELTA, 2),
        ([{"x": {"y": "a"}}], OUTSIDE, 16 + 4),
        ([{"x": ["ab", 1]}], OUTSIDE, 16 + 5),
        ([{"x": [{"k": "ab"}]}], OUTSIDE, 16 + 16 + 5),
        ([{"content": [{"type": "t", "text": "ab"}, {"type": "t", "text": "c"}]}], INSIDE, 3 * 16 + 7 + 4 + 2 + 4 + 3),
        ([{"x": [{"index": 0, "k": "ab"}, {"index": 0, "k": "cd"}]}], OUTSIDE, 2 * 16 + 1 + 5 + 1 + 1 + 3),
    ],
    ids=str,
)
def test_the_limit_counts_characters(updates: list[dict[str, Any]], scope: Scope, size: int) -> None:
    merged(copy.deepcopy(updates), scope, limit=size)
    with pytest.raises(LimitExceeded) as caught:
        merged(updates, scope, limit=size - 1)
    assert (caught.value.what, caught.value.limit) == ("max_message_size", size - 1)


def test_what_is_not_kept_does_not_count() -> None:
    merged([{"x": None} for _ in range(100)], limit=10)


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
        with pytest.raises(ProtocolError, match="nested deeper than 100 levels"):
            merged_once(update(depth))


# How deep the values of each place go before the first is too deep.
@pytest.mark.parametrize(
    ("update", "deepest"),
    [
        (lambda depth: nested(depth, key="x"), 101),
        (lambda depth: {"x": nested(depth)}, 101),
        (lambda depth: {"x": [1, nested(depth)]}, 100),
        (lambda depth: {"x": ["a", nested(depth, key="x")]}, 100),
        (lambda depth: {"content": [{"text": nested(depth)}]}, 99),
        (lambda depth: {"content": [{"text": "a", "y": nested(depth, key="x")}]}, 98),
        (lambda depth: {"content": [{"y": nested(depth)}]}, 99),
        (lambda depth: {"x": [{"index": 0, "y": nested(depth, key="x")}]}, 98),
        (lambda depth: {"reasoning_details": [{"y": nested(depth, key="x")}]}, 98),
        (lambda depth: {"reasoning_details": [{"text": "a", "y": nested(depth, key="x")}]}, 98),
        (lambda depth: {"images": [nested(depth)]}, 99),
        (lambda depth: {"logprobs": {"x": nested(depth)}}, 99),
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
    with pytest.raises(ProtocolError, match="nested deeper than 100 levels"):
        merged_once(update(deepest + 1))


def merged_once(update: dict[str, Any]) -> None:
    kept = Kept(NO_LIMIT)
    fields: dict[str, Any] = {"x": Entries(), "images": Entries()}
    fields["images"].merge("images", ["a", "b"], DELTA, kept, 0)
    merge_fields(fields, update, DELTA, kept)


LARGE = 2**53  # as is said of numbers in RFC 8259, section 6
# what holds a number, and what that itself counts
AROUND: list[tuple[Callable[[int], Any], int]] = [
    (lambda number: number, 0), (lambda number: [number], 16), (lambda number: {"a": number}, 16 + 1),
]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "size"),
    [
        (None, 1),
        (True, 1),
        (10**15, 1),
        (10**5000, (10**5000).bit_length() // 8),
        ("", 1),
        ("abc", 4),
        ([], 16),
        ([1, None, "ab", 0.5], 16 + 6),
        ({}, 16),
        ({"key": "ab", "": [1, [2]]}, 16 + 3 + 3 + 0 + 16 + 1 + 16 + 1),
        ({"a": 1, "b": 2.5}, 16 + 4),
        *((make(number), more + 1) for make, more in AROUND for number in (LARGE - 1, 1 - LARGE)),
        *((make(number), more + 6) for make, more in AROUND for number in (LARGE, -LARGE)),
    ],
    ids=lambda value: str(value)[:20] if type(value) is not int else type(value).__name__,
)
def test_a_copy_is_counted_and_shares_nothing(value: Any, size: int) -> None:
    kept = Kept(size)
    assert kept.copy(value) == value
    assert kept.size == size
    assert not isinstance(value, (dict, list)) or kept.limit == size
    with pytest.raises(LimitExceeded, match=f"max_message_size is {size} characters"):
        kept.copy(value)


def test_a_copy_goes_on_by_itself() -> None:
    kept = Kept(NO_LIMIT)
    source: Any = {"a": [{"b": [1]}]}
    copied = kept.copy(source)
    source["a"][0]["b"].append(2)
    source["a"].append(3)
    assert copied == {"a": [{"b": [1]}]}


@pytest.mark.parametrize(
    ("values", "size"),
    [([True], 2), ([0.5], 2), ([None], 2), ([7, True, 8], 2), (["ab", "c"], 3), ([LARGE], 7), (["ab", 1], 2)],
)
def test_the_last_scalar_alone_counts(values: list[Any], size: int) -> None:
    kept = Kept(NO_LIMIT)
    fields: dict[str, Any] = {}
    for value in values:
        merge_field(fields, "x", value, OUTSIDE, kept)
    assert (fields, kept.size) == ({"x": values[-1]}, size)


def test_how_deep_is_too_deep() -> None:
    """Containers in containers, 101 of them: what is at depth 0 counts too."""
    kept = Kept(NO_LIMIT)
    for key in ("", "x"):
        assert kept.copy(nested(101, key=key)) == nested(101, key=key)
        with pytest.raises(ProtocolError, match="deeper than 100"):
            kept.copy(nested(102, key=key))
    merge_field({}, "x", nested(100, key="y"), OUTSIDE, kept)
    with pytest.raises(ProtocolError, match="deeper than 100"):
        merge_field({}, "x", nested(101, key="y"), OUTSIDE, kept)
    Entries().part([], DELTA, kept, 100)
    with pytest.raises(ProtocolError, match="deeper than 100"):
        Entries().part([[]], DELTA, kept, 100)


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
        (1.0, None),
        ("1", None),
        (None, None),
    ],
)
def test_which_indexes_mean_a_place(index: Any, found: int | None) -> None:
    assert entry_index({"index": index}) == found


def test_a_list_that_is_sent_again_is_not_looked_into() -> None:
    kept, images = Kept(NO_LIMIT), Entries()
    for _ in range(2):
        images.merge("images", [{"n": 10**5000}], DELTA, kept, 0)
    assert images.plain() == [{"n": 10**5000}]


def test_only_base64_is_joined_as_such() -> None:
    kept = Kept(NO_LIMIT)
    fields: dict[str, Any] = {}
    for text in ("QQ==", "Qg=="):
        merge_field(fields, "audio", {"data": text, "transcript": text}, DELTA, kept)
    assert plain(fields["audio"]) == {"data": "QUI=", "transcript": "QQ==Qg=="}


def test_what_is_taken_back_counts_no_more() -> None:
    kept = Kept(5)
    kept.add(5)
    kept.take_back(3)
    kept.add(3)
    with pytest.raises(LimitExceeded):
        kept.add(1)


def test_a_number_that_cannot_be_written_is_no_entry() -> None:
    with pytest.raises(ProtocolError, match=r"a list holds .*digits"):
        merged_once({"images": ["c", {"n": 10**5000}]})


@pytest.mark.parametrize("kind", [dict, OrderedDict])
@pytest.mark.parametrize("key", ["x", "content", "reasoning_details", "logprobs"])
def test_what_is_gathered_is_handed_out_fresh(key: str, kind: Any) -> None:
    fields: dict[str, Any] = {}
    given = kind(a=[kind(b=kind(c=1), text="t")])
    merge_fields(fields, {key: [given], "y": given}, DELTA, Kept(NO_LIMIT))
    first, expected = plain(fields), copy.deepcopy(plain(fields))
    for spoilt in (given, first["y"], first[key][0]):
        spoilt["a"][0]["b"]["c"] = 2
    assert plain(fields) == expected


class Row(list[Any]):
    """A list of a class of its own."""


def test_values_of_a_class_of_their_own_become_plain_json() -> None:
    given = OrderedDict(a=Row([OrderedDict(b=1), Row(["c"])]))
    for fresh in (plain(given), Kept(NO_LIMIT).copy(given)):
        assert fresh == {"a": [{"b": 1}, ["c"]]}
        assert [type(fresh), type(fresh["a"]), *map(type, fresh["a"])] == [dict, list, dict, list]
    with pytest.raises(ProtocolError, match="nested deeper"):
        Kept(NO_LIMIT).copy(Row([nested(MAX_DEPTH + 1)]))


def test_a_number_of_a_class_of_its_own_is_kept_as_it_is() -> None:
    number = Decimal("1.50")
    kept = Kept(NO_LIMIT)
    assert kept.copy({"a": number, "b": [number]}) == {"a": number, "b": [number]}
    assert kept.size == 2 * 16 + 4
    assert plain({"a": number}) == {"a": number}


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
    merge_fields(fields, {"reasoning_details": [{"index": n, "text": "x"} for n in numbers]}, DELTA, Kept(NO_LIMIT))
    assert not fields["reasoning_details"].at


@pytest.mark.parametrize(
    "value", [[10**4000], {"n": -(10**4000)}, [{"n": 10**4000}], 10**4000], ids=["list", "object", "both", "alone"]
)
def test_a_number_counts_by_its_length(value: Any) -> None:
    with pytest.raises(LimitExceeded):
        merged([{"x": value}], limit=1000)
    assert merged([{"x": value}], limit=2000) == {"x": value}
