"""The blocks of code in Markdown files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from .rooms import ROOT

README = ROOT / "README.md"


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
