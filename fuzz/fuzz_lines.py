"""Invariant: lines do not depend on the splits, and contain every byte except line ends and one BOM."""

from __future__ import annotations

import re

from fuzz.common import cut, run
from ssemble._framing.lines import LineSplitter


def TestOneInput(data: bytes) -> None:
    body, fragments = cut(data)
    lines = LineSplitter()
    got = [line for fragment in fragments for line in lines.feed(fragment)]
    *expected, tail = re.split(b"\r\n|\n|\r", body.removeprefix(b"\xef\xbb\xbf"))
    assert got == expected
    assert lines.pending == tail or b"\xef\xbb\xbf".startswith(body)


if __name__ == "__main__":
    run(TestOneInput)
