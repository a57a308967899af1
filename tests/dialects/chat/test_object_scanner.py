"""Where a JSON object ends."""

from __future__ import annotations

import json

import pytest

from ssemble._dialects.chat.object_scanner import ObjectScanner

from ...counting import assert_linear
from ...helpers import MOVES

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
            scanner = ObjectScanner()
            for number, at in enumerate(range(0, len(text), size)):
                scanner.unread += [text[at : at + size], ""]
                if number % ask == 0:
                    scanner.is_closed()
                    assert scanner.is_closed() == scanner.is_closed()
            assert scanner.is_closed() is closed


@pytest.mark.parametrize("move", MOVES.values(), ids=list(MOVES))
def test_it_moves_at_every_character(move: object) -> None:
    assert callable(move)
    text = '{"a": "\\"}", "b": [{}]} '
    for at in range(len(text)):
        scanner = ObjectScanner()
        scanner.unread.append(text[:at])
        scanner.is_closed()
        twin = move(scanner)
        twin.unread.append(text[at:])
        assert twin.is_closed()
        assert scanner.is_closed() is (at == len(text) - 1)


def test_what_is_broken_stays_so() -> None:
    scanner = ObjectScanner()
    scanner.unread.append("{}}")
    assert not scanner.is_closed()
    scanner.unread.append("{}")
    assert not scanner.is_closed()


def test_each_character_is_read_once() -> None:
    def read(count: int) -> None:
        scanner = ObjectScanner()
        for piece in json.dumps({"a": "x" * count}):
            scanner.unread.append(piece)
            scanner.is_closed()

    assert_linear(read, 500)
