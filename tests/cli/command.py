"""The command run inside the test, with standard streams that the test holds."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest

from ssemble._cli.main import main

from .. import helpers

MODES = ("--json", "--events", "--chunks", "--sse")
DONE = b"data: [DONE]\n\n"
PLAIN = {"NO_COLOR": "1"}


def chunk(delta: dict[str, Any] | None = None, finish_reason: str | None = None, choice: int = 0, **more: Any) -> bytes:
    """An event with one chunk."""
    return helpers.sse(helpers.chunk(delta, finish_reason, choice, **more))


def text(content: str, choice: int = 0) -> bytes:
    return chunk({"content": content}, choice=choice)


def call(index: int, arguments: str, name: str | None = None) -> bytes:
    head = {"id": f"c{index}", "name": name} if name else {}
    return helpers.sse(helpers.call(index, arguments=arguments, **head))


HELLO = text("Hel") + text("lo") + chunk(finish_reason="stop") + DONE


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Gone(io.StringIO):
    """A standard output that fails from the given write on."""

    def __init__(self, error: int, after: int = 0) -> None:
        super().__init__()
        self.error = error
        self.left = after

    def write(self, s: str) -> int:
        if not self.left:
            raise OSError(self.error, os.strerror(self.error))
        self.left -= 1
        return super().write(s)


class Source:
    """Standard input: these fragments, then an exception, or the end."""

    def __init__(self, *fragments: bytes | BaseException, tty: bool = False) -> None:
        self.fragments = iter(fragments)
        self.tty = tty
        self.buffer = self

    def isatty(self) -> bool:
        return self.tty

    def read1(self, size: int) -> bytes:
        item = next(self.fragments, b"")
        if isinstance(item, BaseException):
            raise item
        return item


class Result(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def rows(self) -> dict[str, str]:
        """The summary, by label."""
        return {line[:11].strip(): line[11:] for line in self.err.splitlines()}


def run(
    *argv: str,
    data: bytes | Source | None = b"",
    out: io.StringIO | None = None,
    err: io.StringIO | None = None,
    env: Mapping[str, str] = {},
) -> Result:
    """Run the command on these bytes, and see what it wrote; the streams are no terminals unless given as such."""
    out, err = out or io.StringIO(), err or io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("NO_COLOR", raising=False)
        for name, value in {"TERM": "xterm", **env}.items():
            patch.setenv(name, value)
        patch.setattr(sys, "stdin", Source(data) if isinstance(data, bytes) else data)
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        return Result(main(argv), out.getvalue(), err.getvalue())
