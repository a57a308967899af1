"""What the targets share: how bytes become a cut body, and how a target is run."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import Any

Target = Callable[[bytes], None]


def cut(data: bytes) -> tuple[bytes, list[bytes]]:
    """Read a body and its cuts from fuzzer input: the first byte picks the size of the fragments.

    0 cuts before every line end; any other number cuts into pieces of that many bytes.
    """
    size, body = data[:1], data[1:]
    if size in (b"", b"\0"):
        pieces = body.split(b"\n")
        return body, [pieces[0], *(b"\n" + piece for piece in pieces[1:])]
    return body, [body[i : i + size[0]] for i in range(0, len(body), size[0])]


def run(target: Target) -> None:
    """Run one target under atheris."""
    atheris: Any = importlib.import_module("atheris")  # only here: the smoke run does without
    atheris.instrument_all()
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()
