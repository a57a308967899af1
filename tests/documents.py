"""The code, the headings and the links of Markdown files, as forges read them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from .rooms import ROOT

README = ROOT / "README.md"
FENCED = re.compile(r"^(```+|~~~+).*?^\1[ ]*$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)
CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)", re.DOTALL)
LINK = re.compile(r'\]\(([^()\s]+)(?: "[^"]*")?\)|\b(?:src|href)="([^"]+)"')
MARKUP = re.compile(r"\[([^\]]*)\]\([^)]*\)|[`*]")


class Block(NamedTuple):
    """A block between fences."""

    language: str
    code: str


def blocks(page: Path) -> list[Block]:
    """Return the blocks of a page."""
    text = page.read_text(encoding="utf-8")
    return [Block(*found) for found in re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)]


def program(page: Path, name: str) -> str:
    """Return the only block that defines a function of this name."""
    [code] = [block.code for block in blocks(page) if re.search(rf"^(async )?def {name}\(", block.code, re.MULTILINE)]
    return code


def anchors(text: str) -> list[str]:
    """The anchors of the headings, in order: lower case, with hyphens for spaces, and a number if there was the same one.

    >>> anchors("# A title\\n## `Name.of` it\\n## A title")
    ['a-title', 'nameof-it', 'a-title-1']
    """
    seen: Counter[str] = Counter()
    found = []
    for heading in HEADING.findall(FENCED.sub("", text)):
        words = MARKUP.sub(r"\1", heading).strip().lower()
        anchor = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        found.append(f"{anchor}-{seen[anchor]}" if seen[anchor] else anchor)
        seen[anchor] += 1
    return found


def links(text: str) -> Iterator[str]:
    """The targets of links and pictures that are not in code.

    >>> list(links("[a](b.md#c) ![d](e.svg) `[f](g)`"))
    ['b.md#c', 'e.svg']
    """
    for target, source in LINK.findall(CODE.sub("", FENCED.sub("", text))):
        yield target or source
