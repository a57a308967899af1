"""Invariant: SSEParser equals the specification's oracle for any bytes and splits."""

from __future__ import annotations

from fuzz.common import cut, run
from tests.framing.whatwg import interpret
from tests.property.test_sse import read


def TestOneInput(data: bytes) -> None:
    body, fragments = cut(data)
    assert read(fragments) == interpret(body)


if __name__ == "__main__":
    run(TestOneInput)
