"""Strategies that several tests share."""

from __future__ import annotations

import itertools

from hypothesis import strategies as st

SSE_TOKENS = [
    b"data", b"event", b"id", b"retry", b"error", b":", b": ", b" ", b"\n", b"\n\n", b"\r", b"\r\n", b"\r\n\r\n",
    b"\xef\xbb\xbf", b"\xef", b"\xbb", b"\xbf", b"\0", b"7", b"007", b"x", b"{}", b"[DONE]", b'{"a":1}', b"null",
    "é".encode(), "😀".encode(), "\u2028".encode(), "\x85".encode(), b"\x0b", b"\x0c", b"\x1c", b"\xff", b"\xe2\x80",
    b"data: ", b"data:", b"data: {", b"}", b"<html>",
]  # fmt: skip
"""Everything that an event stream's reader may trip over."""


def sse_bytes(max_tokens: int = 40) -> st.SearchStrategy[bytes]:
    """Bytes that look like an event stream, mostly."""
    return st.lists(st.sampled_from(SSE_TOKENS) | st.binary(max_size=3), max_size=max_tokens).map(b"".join)


@st.composite
def cuttings(draw: st.DrawFn, body: bytes) -> list[bytes]:
    """The body, cut anywhere, empty fragments among them."""
    places = sorted(draw(st.lists(st.integers(0, len(body)), max_size=12)))
    bounds = [0, *places, len(body)]
    return [body[start:end] for start, end in itertools.pairwise(bounds)]


@st.composite
def cut_sse_bytes(draw: st.DrawFn) -> tuple[bytes, list[bytes]]:
    """Bytes like an event stream, whole and cut."""
    body = draw(sse_bytes())
    return body, draw(cuttings(body))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
