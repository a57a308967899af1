"""The frames of the writers."""

from __future__ import annotations

import pytest

from ssemble._dialects.frames import HOLE, around, fill, frame, known


@pytest.mark.parametrize("text", ["", "a", '"\\', "\u2028\x85\0", "\ud83d", HOLE])
@pytest.mark.parametrize("name", ["", "x.y"])
def test_a_text_is_filled_into_the_bytes_around_it(text: str, name: str) -> None:
    fields = {"id": HOLE, "delta": text, "last": 0}
    assert fill(around({**fields, "delta": HOLE}, name), text) == frame(fields, name)


def test_the_fields_that_are_known() -> None:
    assert known({"a": 0, "b": None}) == {"a": 0}
