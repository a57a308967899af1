"""Where a JSON object ends."""

from __future__ import annotations

import json

import pytest

from ssemble._dialects._extent import Extent

from ..counting import assert_linear
from ..helpers import MOVES

TEXTS: dict[str, bool] = {
    "": False,
    "{}": True,
    " { } ": True,
    "{": False,
    "{}}": False,
    "{}{}": False,
    "{} x": False,
    "x{}": False,
    "[]": False,
    "[{}]": False,
    "1": False,
    '"{}"': False,
    "{]": True,  # the kinds of brackets are not told apart
    "{X}": True,  # and what is no text between them is not read
    '{"a": [1, {"b": 2}]}': True,
    '{"a": [1, {"b": 2}]': False,
    '{"a": "}"}': True,
    '{"a": "}': False,
    '{"a": "\\"}': False,
    '{"a": "\\"}"}': True,
    '{"a": "\\\\"}': True,
    '{"a": "\\\\\\"}': False,
    '{"a": "\\u007d{"}': True,
    '{"é": "😀\u2028"}\n': True,
}


@pytest.mark.parametrize(("text", "closed"), TEXTS.items(), ids=list(map(ascii, TEXTS)))
def test_closed_however_cut_and_whenever_asked(text: str, closed: bool) -> None:
    for size in (1, 2, 3, len(text) + 1):
        for ask in (1, 2, len(text) + 1):
            extent = Extent()
            for number, at in enumerate(range(0, len(text), size)):
                extent.unread += [text[at : at + size], ""]
                if number % ask == 0:
                    extent.read()
                    assert extent.read() == extent.read()
            assert extent.read() is closed


@pytest.mark.parametrize("move", MOVES.values(), ids=list(MOVES))
def test_it_moves_at_every_character(move: object) -> None:
    assert callable(move)
    text = '{"a": "\\"}", "b": [{}]} '
    for at in range(len(text)):
        extent = Extent()
        extent.unread.append(text[:at])
        extent.read()
        twin = move(extent)
        twin.unread.append(text[at:])
        assert twin.read()
        assert extent.read() is (at == len(text) - 1)


def test_what_is_broken_stays_so() -> None:
    extent = Extent()
    extent.unread.append("{}}")
    assert not extent.read()
    extent.unread.append("{}")
    assert not extent.read()


def test_each_character_is_read_once() -> None:
    def read(count: int) -> None:
        extent = Extent()
        for piece in json.dumps({"a": "x" * count}):
            extent.unread.append(piece)
            extent.read()

    assert_linear(read, 500)
