"""The picture of the demo shows what the demo prints."""

from __future__ import annotations

import re
import sys
from html import unescape

import pytest

from .needed import needed

needed("rich", "docs")

from benchmarks import demo_picture  # noqa: E402  # it imports rich


def rows(svg: str) -> list[str]:
    """The text of each row, without spaces."""
    found: dict[int, str] = {}
    for number, text in re.findall(r"#demo-line-(\d+)\)\">(.*?)</text>", svg, re.DOTALL):
        found[int(number)] = found.get(int(number), "") + "".join(unescape(text).split())
    return [found[number] for number in sorted(found)]


def test_each_row_is_hidden_until_it_is_printed() -> None:
    states = [(0.5, "one "), (1.0, "one \x1b[2mtwo\x1b[0m\n"), (2.0, "one \x1b[2mtwo\x1b[0m\nthree\n")]
    svg = demo_picture.picture(states, "it")
    assert rows(svg)[:3] == ["$it", "onetwo", "three"]
    delays = re.findall(r"hide ([\d.]+)s\" .*?>(.*?)<", svg)
    assert {unescape(text).split()[0]: delay for delay, text in delays if unescape(text).split()} == {
        "$": "0.50",
        "one": "1.00",
        "two": "1.00",
        "three": "2.00",
    }
    assert "@font-face" not in svg, "it would be fetched from elsewhere"


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_the_picture_is_up_to_date() -> None:
    command = demo_picture.COMMAND
    fresh = rows(demo_picture.picture(demo_picture.recorded([*command, "--fast"]), " ".join(["ssemble", *command])))
    stored = rows(demo_picture.PLACE.read_text(encoding="utf-8"))
    # The last rows say how long it took.
    end = next(number for number, row in enumerate(fresh) if row.startswith("stream"))
    assert stored[:end] == fresh[:end], "python -m benchmarks.demo_picture records it anew"
    assert "complete" in stored
    assert len([row for row in stored if row.startswith("repairs")]) == 2
