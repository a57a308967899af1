"""The counters find planted quadratic work, and only that."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .counting import assert_linear, growth, planted
from .counting.planted import LINEAR, QUADRATIC

COUNT = 100


@pytest.mark.parametrize(("work", "counter"), QUADRATIC.items(), ids=lambda each: getattr(each, "__name__", each))
def test_quadratic_work_is_found(work: Callable[[int], None], counter: str) -> None:
    found = growth(lambda factor: (COUNT * factor, lambda: work(COUNT * factor)), planted)
    assert getattr(found, counter) > 1.5, found
    with pytest.raises(AssertionError, match="Growth"):
        assert_linear(work, COUNT, planted)


@pytest.mark.parametrize("work", LINEAR, ids=lambda each: each.__name__)
def test_linear_work_is_not(work: Callable[[int], None]) -> None:
    assert_linear(work, COUNT, planted)
