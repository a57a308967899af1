"""Says how deep the JSON in a frame may be nested, before it is decoded."""

from __future__ import annotations

NESTED = 100  # brackets that no other closes at once
MAY_NEST = 2 * NESTED  # bytes of a frame; a shorter one is not deep
PASSES = 8
BRACKETS = b"[]{}"
NO_BRACKETS = bytes(set(range(256)) - set(BRACKETS))


def is_deep(frame: bytes) -> bool:
    """True if a frame may be nested so deep that decoding depends on the free stack."""
    if frame.count(b"[") + frame.count(b"{") <= NESTED:
        return False
    brackets = frame.translate(None, NO_BRACKETS)
    for _ in range(PASSES):
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
    return len(brackets) > NESTED
