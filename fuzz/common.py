"""Shared by the targets: split a body into fragments, and run a target."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import Any

Target = Callable[[bytes], None]


def cut(data: bytes) -> tuple[bytes, list[bytes]]:
    """Read a body and its fragments from fuzzer input. The first byte is the size of the fragments.

    0 splits before every line end.
    """
    size, body = data[:1], data[1:]
    if size in (b"", b"\0"):
        pieces = body.split(b"\n")
        return body, [pieces[0], *(b"\n" + piece for piece in pieces[1:])]
    return body, [body[i : i + size[0]] for i in range(0, len(body), size[0])]


def run(target: Target) -> None:
    """Run one target under atheris."""
    atheris: Any = importlib.import_module("atheris")  # imported here, since the smoke run does not need it
    atheris.instrument_all()
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()
