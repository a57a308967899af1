"""Invariant: results are the same with and without templates."""

from __future__ import annotations

from typing import Any

from fuzz.common import cut, run
from ssemble import Limits
from ssemble._payloads import learned
from tests.trace import trace


def TestOneInput(data: bytes) -> None:
    # Templates are for repetition: each event comes several times, and is learned at once.
    control, data = (data[:1] or b"\0")[0], data[1:]
    again = 1 + control % 4
    whole, _ = cut(data)
    body = b"\n\n".join(piece for piece in whole.split(b"\n\n") for _ in range(again))
    _, fragments = cut(data[:1] + body)
    options: dict[str, Any] = {"errors": "event" if control & 4 else "raise", "n": 1 if control & 8 else None}
    if control & 16:
        options["limits"] = Limits(max_message_size=200, max_event_size=400)
    learned.LEARN_AFTER = 4 if control & 32 else 1
    plain = trace([body], templates=False, **options)
    for given in (fragments, [body], body.splitlines(keepends=True)):
        assert repr(trace(given, **options)) == repr(plain)


if __name__ == "__main__":
    run(TestOneInput)
