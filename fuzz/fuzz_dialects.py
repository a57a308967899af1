"""Invariant: templates, splits and pickling do not change what a damaged stream of the other dialects gives."""

from __future__ import annotations

from collections.abc import Iterator
from pickle import dumps, loads

from fuzz.choices import Choices, of_seed
from fuzz.common import cut, run
from ssemble import Limits
from ssemble._payloads import learned
from tests.clients.official_wire import ANTHROPIC, GEMINI, RESPONSES, encode
from tests.helpers import replaced
from tests.trace import trace, trace_moving

WIRES = [(wire, [[*replaced(one)] for one in wire.payloads]) for wire in (ANTHROPIC, RESPONSES, GEMINI)]


def TestOneInput(data: bytes) -> None:
    choices, body = Choices(data[:160]), b""
    (wire, damaged), errors, moved = choices.of(WIRES), choices.of(("raise", "event")), choices.below(60)
    learned.LEARN_AFTER, limits = choices.of((1, 4)), Limits(max_message_size=choices.of((10**6, 10**6, 300)))
    for payload, changed in zip(wire.payloads, damaged, strict=True):
        for _ in range(choices.below(4)):  # some are left out, some repeated, and templates are for repetition
            rare = choices.of(wire.payloads), choices.of(changed), wire.error, wire.message
            body += encode(choices.of((payload, payload, payload, *rare)), wire.line_end)
    plain = repr(trace([body], templates=False, errors=errors, limits=limits))
    lines, count = body.splitlines(keepends=True), iter(range(len(body)))
    for given in ([body], lines, cut(data[:1] + body)[1], cut(b"\1" + body)[1]):
        assert repr(trace(given, errors=errors, limits=limits)) == plain
    moving = trace_moving(lines, lambda s: loads(dumps(s)) if next(count) == moved else s, errors=errors, limits=limits)
    assert repr(moving) == plain


def inputs(count: int, seed: int) -> Iterator[bytes]:
    return map(of_seed, range(seed, seed + 8 * count))


if __name__ == "__main__":
    run(TestOneInput)
