"""How deep a frame may be nested."""

from __future__ import annotations

import pytest

from ssemble._payloads.nesting import MAY_NEST, is_deep


@pytest.mark.parametrize(
    ("text", "deep"),
    [
        (b"[" * 100 + b"]" * 100, False),
        (b"[" * 100, False),
        (b"{}" * 101 + b"[" * 100, False),
        (b"{}" * 101 + b"[" * 101, True),
        (b"[" * 45 + b"{}" * 80 + b"]" * 45, False),
        (b"{}" * 500, False),
        (b"[" * 101 + b"]" * 101, True),
        (b"[" * 50 + b"]" * 50, False),
        (b'{"a":[' * 60 + b"]}" * 60, True),
        (b'"' + b"[" * 200 + b'"', True),
        (b'{"a":[1,"X"]}' * 101, False),
        ((b"[" * 8 + b"]" * 8) * 51, False),
        ((b"[" * 9 + b"]" * 9) * 51, True),  # it might be: no more passes are made
    ],
)
def test_what_may_be_nested_deep(text: bytes, deep: bool) -> None:
    assert is_deep(text) is deep


def test_a_frame_that_is_not_asked_about_is_not_deep() -> None:
    assert not any(is_deep(b"[" * deep + b"]" * (MAY_NEST - deep)) for deep in range(101))
