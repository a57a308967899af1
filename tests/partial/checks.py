"""What the tests of `PartialJSON` share: the comparison with the oracle, however cut."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from ssemble import IncompleteJSON, MalformedJSON, PartialJSON

from ..helpers import assert_same_error
from .oracle import Shown, safe_repr, seen


def fed(*fragments: str, look: bool = False, **options: Any) -> PartialJSON:
    """Feed fragments; look after each, or not at all."""
    partial = PartialJSON(**options)
    for fragment in fragments:
        partial.feed(fragment)
        if look:
            partial.value  # noqa: B018  # looking is what it is for
    return partial


def cuts(text: str) -> Iterator[list[str]]:
    """Ways to cut a text: whole, into pieces of one size, with empty ones between, in two anywhere."""
    yield [text]
    for size in (1, 2, 3, 5):
        yield [text[at : at + size] for at in range(0, len(text), size)]
    yield [piece for char in text for piece in ("", char)]
    for at in range(1, len(text)):
        yield [text[:at], text[at:]]


def assert_as_the_oracle_says(text: str, **options: Any) -> Shown:
    """However it is cut, a text shows what the oracle does: at its end, and on the way."""
    expected = safe_repr(text, **options)
    words = str(fed(text, **options).error)
    for fragments in cuts(text):
        partial = fed(*fragments, look=True, **options)
        assert seen(partial) == expected, (text, fragments)
        assert str(partial.error) == words, fragments
        assert partial.raw == text
    growing = PartialJSON(**options)
    for at, char in enumerate(text):
        assert seen(growing) == safe_repr(text[:at], **options), text[:at]
        growing.feed(char)
    assert_closes(text, expected, **options)
    return expected


def assert_closes(text: str, expected: Shown, **options: Any) -> None:
    """`close` returns what `json.loads` does, or tells a text that is cut from one that is bad."""
    strict = options.get("strict", True)
    for look in (False, True):
        partial = fed(*text, look=look, **options)
        if expected.fault is not None:
            with pytest.raises(MalformedJSON) as bad:
                partial.close()
            assert bad.value.pos == expected.fault
            assert partial.error is not None
            assert_same_error(bad.value, partial.error)
        elif not readable(text, strict):
            with pytest.raises(IncompleteJSON) as cut:
                partial.close()
            assert cut.value.pos == len(text)
            assert isinstance(cut.value.__cause__, ValueError)
        else:
            result = partial.close()
            assert repr(result) == repr(json.loads(text, strict=strict)) == repr(partial.value)
            assert partial.complete
            assert repr(partial.close()) == repr(result)


def readable(text: str, strict: bool) -> bool:
    try:
        json.loads(text, strict=strict)
    except ValueError:
        return False
    return True
