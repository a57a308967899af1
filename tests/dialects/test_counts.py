"""Token counts that are given out with each change."""

from __future__ import annotations

import pytest

from ssemble import ProtocolError
from ssemble._dialects.counts import MAX_KEYS, check_keys, extra_weight


def test_an_object_has_at_most_so_many_keys() -> None:
    fields = {str(number): number for number in range(MAX_KEYS)}
    assert check_keys(fields) is fields
    with pytest.raises(ProtocolError):
        check_keys({**fields, "one": "more"})


def test_counts_that_an_update_repeats_are_not_charged() -> None:
    usage = {"a": 1, "b": [{"c": 2}, "xyz"], "d": None}
    assert extra_weight(usage, usage) == 4  # a null says nothing
    assert extra_weight(usage, {}) == 4 + (4 + (4 + 4) + (4 + 3)) + 4
    assert extra_weight(usage, {"b": 0}) == 8
