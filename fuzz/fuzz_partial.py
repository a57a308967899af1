"""Invariant: PartialJSON equals the oracle at every split, and close() equals json.loads or raises."""

from __future__ import annotations

from fuzz.common import cut, run
from ssemble import PartialJSON
from tests.partial.checks import assert_closes, fed
from tests.partial.oracle import safe_repr, seen


def TestOneInput(data: bytes) -> None:
    _, fragments = cut(data)
    # Each byte becomes one character, so that splits can be anywhere. The oracle takes quadratic time.
    pieces = [fragment[:200].decode("utf-8", "surrogateescape") for fragment in fragments][:100]
    partial, text = PartialJSON(), ""
    for piece in pieces:
        partial.feed(piece)
        text += piece
        assert seen(partial) == safe_repr(text)
    whole = fed(text)
    assert seen(whole) == seen(partial)
    assert str(whole.error) == str(partial.error)
    assert_closes(text, safe_repr(text))


if __name__ == "__main__":
    run(TestOneInput)
