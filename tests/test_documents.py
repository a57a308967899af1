"""The links of all Markdown files: what they point at exists."""

from __future__ import annotations

import doctest
from pathlib import Path
from urllib.parse import unquote

import pytest

from . import documents
from .rooms import ROOT

PAGES = sorted(
    each for each in ROOT.rglob("*.md") if not any(part.startswith(".") for part in each.parts[len(ROOT.parts) :])
)


def broken(page: Path, text: str) -> list[str]:
    """The relative links of a page to files that are not there, or to headings that are not in them."""
    found = []
    for link in documents.links(text):
        if "://" in link or link.startswith("mailto:"):
            continue
        name, _, anchor = unquote(link).partition("#")
        place = (page.parent / name).resolve() if name else page
        if not place.exists() or ROOT not in (place, *place.parents):
            found.append(link)
        elif anchor and anchor not in documents.anchors(place.read_text(encoding="utf-8") if name else text):
            found.append(link)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_no_link_is_broken(page: Path) -> None:
    assert broken(page, page.read_text(encoding="utf-8")) == []


def test_a_broken_link_is_found() -> None:
    good = "# One\n[a](#one) [b](README.md#ssemble) [c](https://example.com) `[d](code)`\n```\n[e](code)\n```\n"
    bad = '[f](#two) [![g](none.svg)](none.md) <img src="none.png"> [h](README.md#none) [i](../..)\n'
    page = ROOT / "README.md"
    assert broken(page, good) == []
    assert broken(page, good + bad) == ["#two", "none.svg", "none.md", "none.png", "README.md#none", "../.."]


def test_the_links_of_all_folders_are_read() -> None:
    assert {page.parent.relative_to(ROOT).as_posix() for page in PAGES} >= {".", "src", "tests", "benchmarks", "fuzz"}


def test_examples() -> None:
    assert doctest.testmod(documents).failed == 0
