"""How deep a frame may be nested."""

from __future__ import annotations

import pytest

from ssemble._payloads.nesting import is_deep


@pytest.mark.parametrize(
    ("text", "deep"),
    [
        (b"{}" * 500, False),
        (b"[" * 101 + b"]" * 101, True),
        (b"[" * 50 + b"]" * 50, False),
        (b'{"a":[' * 60 + b"]}" * 60, True),
        (b'"' + b"[" * 200 + b'"', True),
    ],
)
def test_what_may_be_nested_deep(text: bytes, deep: bool) -> None:
    assert is_deep(text) is deep
