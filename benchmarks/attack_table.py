"""The attacks, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.attack_bodies import LIMITS
from benchmarks.attack_limits import MESSAGE, PROMISED, VALUE
from benchmarks.attack_memory import CUTTINGS, LINEAR, MIXED, MIXED_TO, SHORT
from benchmarks.attack_smaller_limits import FILLINGS
from benchmarks.table import head, line

AS_A_VALUE = f"{MESSAGE} that is read as a value so far"


def table(report: dict[str, Any], most: int) -> str:
    lines = [
        "# Attacks", "",
        f"`python -m benchmarks.attacks --most {most}`: bodies that a hostile server could send.", "",
        "## Limits, filled", "",
        "Each row fills one limit, the others being too small to matter. Memory is the peak, divided by the bytes, "
        "characters, choices or calls that the limit allows; the bytes of the largest fragment, which the caller "
        "chooses, are allowed as well. What is filled by \"the fragment\" is bounded by nothing else: `feed` returns "
        "all that one fragment brings. With errors reported, the stream also keeps the first 100, of up to 1 KB each: "
        "up to 100 bytes more for each byte of a fragment of 1 KiB. "
        f"The exponent is that of CPU time within one fragment of 1 to {most} MB, "
        f"of 1 to {MIXED_TO} MB for {', '.join(MIXED)}; of three runs the least counts, "
        f"of up to 12 where it is above {LINEAR}. "
        "Texts of one character take 0.010 µs a byte where all fits into the caches of the processor, "
        "and 0.014 where it does not.", "",
        *head("attack", "limit", "MB", *CUTTINGS, "exponent", "outcome"),
        *limits(report["limits"]), "",
        *worst(report["limits"]), "",
        "## Bodies of every kind", "",
        f"max_event_size is {LIMITS.max_event_size:,}, max_message_size {LIMITS.max_message_size:,}, unless the name "
        "says otherwise. The exponents are those of CPU time over bytes, event by event and within one fragment of 1 "
        f"to {most} MB with the limits on sizes lifted; none where a limit came first, or in less than {SHORT} s.", "",
        *head("attack", "errors", "MB", "seconds", "exponent", "in one", "peak, MB", "÷ limits", "outcome"),
        *bodies(report["bodies"]),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def limits(rows: dict[str, Any]) -> Iterator[str]:
    for name, row in rows.items():
        ratios = [f"{ratio:.1f}" for ratio in row["peak ÷ allowed"].values()]
        yield line(
            name,
            row["fills"],
            f"{row['MB']:.2f}",
            *ratios,
            number(row["exponent in one fragment"]),
            said(row["outcome"]),
        )


def worst(rows: dict[str, Any]) -> Iterator[str]:
    """The most that any attack took of each limit."""
    most: dict[str, float] = {}
    for name, row in rows.items():
        limit = AS_A_VALUE if FILLINGS[name].looked_at else row["fills"]
        most[limit] = max(most.get(limit, 0), *row["peak ÷ allowed"].values())
    promised = {**PROMISED, AS_A_VALUE: VALUE}
    told = (f"{ratio:.0f} bytes for each unit of {limit} ({promised[limit]})" for limit, ratio in most.items())
    yield f"At worst (and promised): {', '.join(told)}."


def bodies(rows: dict[str, Any]) -> Iterator[str]:
    for name, row in rows.items():
        attack, _, errors = name.rpartition(", errors=")
        exponents = (number(row["exponent"]), number(row.get("exponent in one fragment")))
        memory = (f"{row['peak, MB']:.1f}", f"{row['peak ÷ limits']:.1f}")
        yield line(
            attack, errors, f"{row['MB']:.2f}", f"{row['seconds']:.2f}", *exponents, *memory, said(row["outcome"])
        )


def number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def said(outcome: str) -> str:
    return outcome.replace("|", "\\|")[:90]
