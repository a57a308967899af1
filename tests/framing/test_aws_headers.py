"""The headers of a message of an AWS event stream."""

from __future__ import annotations

import pytest

import ssemble
from ssemble._framing.aws_headers import Damage, read_headers

from .aws_messages import header, message
from .suite import parser, read

CUT = "its headers end inside one"
UNKNOWN = "a header has the unknown type"
# A value of each type.
VALUES = (b"", b"", b"1", b"12", b"1234", b"12345678", b"\xff" * 300, "é".encode() * 200, b"12345678", b"1" * 16)


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        (b"\0", "a header has no name"),
        (header(b"a", b"1") + b"\0\7", "a header has no name"),
        (b"\5ab", CUT),
        (b"\1a", CUT),
        (b"\1a\x0a", f"{UNKNOWN} 10"),
        (b"\1a\xff", f"{UNKNOWN} 255"),
        (b"\1a\7", CUT),
        (b"\1a\7\0", CUT),
        (b"\1a\7\0\2x", CUT),
        (b"\1a\x05123", CUT),
        (b"\1\xff\0", "a header is not UTF-8"),
        (b"\1a\7\0\1\xff", "a header is not UTF-8"),
    ],
)
def test_headers_that_are_damaged(headers: bytes, reason: str) -> None:
    with pytest.raises(Damage) as caught:
        read_headers(headers)
    assert str(caught.value) == reason
    error = read([message(headers)], parser("event")).error
    assert type(error) is ssemble.StreamError
    assert reason in str(error)


def test_headers_that_are_texts() -> None:
    assert read_headers(b"") == {}
    assert read_headers(header(b"a", "é".encode()) + header(b"b", b"1", 2) + header(b"c", b"")) == {"a": "é", "c": ""}


def test_headers_are_whole_up_to_each_byte() -> None:
    """Each type is as long as its description says: the headers may end behind a header, and nowhere else."""
    data, ends, texts = b"", {0: dict[str, str]()}, dict[str, str]()
    for kind, value in enumerate(VALUES):
        data += header(b"h%d" % kind, value, kind)
        if kind == 7:
            texts[f"h{kind}"] = value.decode()
        ends[len(data)] = dict(texts)
    for at in range(len(data) + 1):
        if at in ends:
            assert read_headers(data[:at]) == ends[at]
        else:
            with pytest.raises(Damage, match=f"^{CUT}$"):
                read_headers(data[:at])
