"""Quadratic work, each beside the linear work that comes to the same: what the counters must tell apart."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import islice
from typing import Any

PIECE = 'word "quoted", '
scan: Any = json.JSONDecoder().scan_once  # type: ignore[attr-defined]  # not in its stub
in_tags = re.compile("<title.*?</title>").search
tag = re.compile("</title>").search


def looks_at_all_pieces(count: int) -> None:
    pieces: list[str] = []
    for _ in range(count):
        pieces.append(PIECE)
        for piece in pieces:
            assert piece


def looks_at_all_pieces_in_an_expression(count: int) -> None:
    pieces: list[str] = []
    for _ in range(count):
        pieces.append(PIECE)
        assert all(piece for piece in pieces)


def looks_at_the_last_piece(count: int) -> None:
    pieces: list[str] = []
    for _ in range(count):
        pieces.append(PIECE)
        assert pieces[-1]


def joins_all(count: int) -> None:
    pieces: list[str] = []
    for _ in range(count):
        pieces.append(PIECE)
        "".join(pieces)


def joins_once(count: int) -> None:
    "".join([PIECE for _ in range(count)])


def appends_to_shared_text(count: int) -> None:
    text = ""
    shared: list[str] = [""]
    for _ in range(count):
        text += PIECE
        shared[0] = text  # the second reference: the text is copied at the next turn


def appends_to_text_of_its_own(count: int) -> None:
    text = ""
    for _ in range(count):
        text += PIECE


def cuts_off_the_beginning(count: int) -> None:
    text = PIECE * count
    while text:
        text = text[len(PIECE) :]


def searches_all(count: int) -> None:
    held = bytearray()
    for _ in range(count):
        held += PIECE.encode()
        assert b"\n\n" not in held


def finds_from_the_start(count: int) -> None:
    text = PIECE * count
    for at in range(count):
        assert text.find("\n", 0, at * len(PIECE)) < 0


def finds_from_where_it_was(count: int) -> None:
    text, at = PIECE * count, 0
    while (at := text.find(",", at)) >= 0:
        at += 1


def counts_quotes_in_all(count: int) -> None:
    text = ""
    for _ in range(count):
        text += PIECE
        text.count('"')


def matches_from_the_start(count: int) -> None:
    text = PIECE * count
    for at in range(count):
        assert tag(text, 0, at * len(PIECE)) is None


def backtracks(count: int) -> None:
    assert in_tags("<title" * count) is None


def searches_once(count: int) -> None:
    assert tag("<title" * count) is None


def decodes_from_the_start(count: int) -> None:
    text = "[" + "1," * count
    for _ in range(count):
        try:
            scan(text, 0)
        except StopIteration:
            pass


def decodes_each_once(count: int) -> None:
    text, at = "[1]" * count, 0
    while at < len(text):
        at = scan(text, at)[1]


def skips_from_the_start(count: int) -> None:
    items: dict[int, int] = {}
    for number in range(count):
        items[number] = number
        assert list(islice(items.values(), number, None)) == [number]


def skips_from_the_end(count: int) -> None:
    items: dict[int, int] = {}
    for number in range(count):
        items[number] = number
        assert list(islice(reversed(items.values()), 1)) == [number]


def sums_all(count: int) -> None:
    pieces: list[str] = []
    for _ in range(count):
        pieces.append(PIECE)
        sum(map(len, pieces))


def takes_from_the_front(count: int) -> None:
    pieces = [PIECE] * count
    while pieces:
        pieces.pop(0)


def deletes_from_the_front(count: int) -> None:
    pieces = [PIECE] * count
    while pieces:
        del pieces[:1]


def takes_from_the_end(count: int) -> None:
    pieces = [PIECE] * count
    while pieces:
        pieces.pop()


def compares_all(count: int) -> None:
    mine = yours = ""
    for _ in range(count):
        mine += PIECE
        yours += PIECE
        assert mine == yours


def unpacks_all(count: int) -> None:
    pieces: tuple[str, ...] = ()
    for _ in range(count):
        pieces = (*pieces, PIECE)


STEPS, ALLOCATED, READ = "steps", "allocated", "read"
QUADRATIC: dict[Callable[[int], None], str] = {
    looks_at_all_pieces: STEPS,
    looks_at_all_pieces_in_an_expression: STEPS,
    skips_from_the_start: STEPS,
    sums_all: STEPS,
    joins_all: ALLOCATED,
    appends_to_shared_text: ALLOCATED,
    cuts_off_the_beginning: ALLOCATED,
    unpacks_all: ALLOCATED,
    searches_all: READ,
    finds_from_the_start: READ,
    counts_quotes_in_all: READ,
    matches_from_the_start: READ,
    backtracks: READ,
    decodes_from_the_start: READ,
    takes_from_the_front: READ,
    deletes_from_the_front: READ,
    compares_all: READ,
}
LINEAR = (
    looks_at_the_last_piece, joins_once, appends_to_text_of_its_own, finds_from_where_it_was, searches_once,
    decodes_each_once, skips_from_the_end, takes_from_the_end,
)  # fmt: skip
