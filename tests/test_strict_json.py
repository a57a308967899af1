"""Strict JSON output of the command."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ssemble._strict_json import dumps, whole

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=5)
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4)
)
INDENTS = st.sampled_from([None, 0, 2])


@given(VALUES, INDENTS)
def test_same_as_json_dumps(value: Any, indent: int | None) -> None:
    plain = json.dumps(value, ensure_ascii=False, indent=indent)
    assert dumps(value, indent) == plain


@given(VALUES, INDENTS, st.sampled_from([math.inf, -math.inf, math.nan, Decimal("NaN"), Decimal("-Infinity")]))
def test_nan_and_infinity_become_null(value: Any, indent: int | None, number: Any) -> None:
    for around in (
        lambda inner: inner,
        lambda inner: [value, inner, value],
        lambda inner: {"a": value, "b": {"c": inner}, "d": [value]},
    ):
        assert dumps(around(number), indent) == json.dumps(around(None), ensure_ascii=False, indent=indent)


EXACT: dict[str, tuple[Any, str]] = {
    "more digits than str() allows": ([10**5000], f"[1{'0' * 5000}]"),
    "the same, negative": (-(10**5000), f"-1{'0' * 5000}"),
    "with a boolean": ([True, 10**5000 + 7], f"[true, 1{'0' * 4999}7]"),
    "a fraction that keeps its digits": ({"a": Decimal("1.50")}, '{"a": 1.50}'),
    "a large exponent": (Decimal("1E+999"), "1E+999"),
    "a tuple": ((math.nan, "é"), '[null, "é"]'),
    "half a surrogate pair": (["\ud83d", math.nan], '["\ud83d", null]'),
    "empty containers": ([{}, [], math.nan], "[{}, [], null]"),
}


@pytest.mark.parametrize(("value", "text"), EXACT.values(), ids=list(EXACT))
def test_numbers_of_any_size(value: Any, text: str) -> None:
    assert dumps(value) == text


@pytest.mark.parametrize("indent", [None, 2])
def test_depth_has_no_limit(indent: int | None) -> None:
    depth = 3000
    value: Any = 1
    for _ in range(depth):
        value = [{"a": value}]
    text = "".join(dumps(value, indent).split())
    assert text == '[{"a":' * depth + "1" + "}]" * depth


def test_non_json_value_raises_type_error() -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        dumps([object()])


# Text that UTF-8 can encode.


@given(st.text(st.characters(exclude_categories=()) | st.sampled_from("\ud83d\ude00\ud800\udfff"), max_size=8))
@example("\ud83d\ude00")
def test_halves_of_pairs_become_whole(text: str) -> None:
    found = whole(text)
    units = text.encode("utf-16-le", "surrogatepass")
    assert found.encode().decode() == found
    # Each half that is left alone is one character, and nothing else changes.
    expected, at = "", 0
    while at < len(units):
        size = 4 if 0xD8 <= units[at + 1] < 0xDC and 0xDC <= (units[at + 3 : at + 4] or b"\0")[0] < 0xE0 else 2
        expected += units[at : at + size].decode("utf-16-le", "replace")
        at += size
    assert found == expected


def test_text_without_halves_is_not_copied() -> None:
    text = "é😀" * 5
    assert whole(text) is text
