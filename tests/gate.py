"""What streams come to, against the kept base ``gate.json``: ``python -m tests.gate [--quick | --write | --item NAME]``.

It reads the project's own vectors and recordings, and the shared recordings, quirks and bugs
where ``SSEMBLE_CORPUS`` names their folder. Each is read whole, frame by frame and in 7-byte fragments,
with both values of ``errors``, and put into the normal form of `tests.gate_form`. It fails where a
form is not that of the base or depends on the cuts, and where `benchmarks.instructions` fails.
Items that the base does not know, and items of the base that are not here, do not fail.

To see what a change did to an item, print its form with two checkouts and compare::

    PYTHONPATH=OTHER/src python -m tests.gate --item "vectors/stream/stop and done"
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import ssemble
from benchmarks import instructions

from .gate_form import form, written
from .gate_items import Item, own, shared

BASE = Path(__file__).with_name("gate.json")
FRAME = re.compile(rb"(?:(?!\r\n\r\n|\n\n|\r\r).)*(?:\r\n\r\n|\n\n|\r\r|.\Z)", re.DOTALL)
CUTTINGS: dict[str, Callable[[bytes], list[bytes]]] = {
    "whole": lambda body: [body],
    "frames": lambda body: FRAME.findall(body),
    "sevens": lambda body: [body[at : at + 7] for at in range(0, len(body), 7)],
}


class Seen(NamedTuple):
    """An item, and the digest of its form at each cutting."""

    item: Item
    digests: dict[str, str]


Group = dict[str, Seen]  # by the keys of the items


def digest(*texts: str) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def forms(item: Item, cutting: str) -> dict[str, Any]:
    """Give the form of an item with each value of ``errors``."""
    fragments = CUTTINGS[cutting](item.body)
    return {errors: form(fragments, {"errors": errors, **item.loaded}) for errors in ("raise", "event")}


def see(items: Iterable[Item]) -> dict[str, Group]:
    """Read every item at every cutting; give what was seen by group."""
    groups: dict[str, Group] = defaultdict(dict)
    for item in items:
        try:
            digests = {cutting: digest(written(forms(item, cutting))) for cutting in CUTTINGS}
        except Exception:  # nothing but an SsembleError may escape a stream
            print(f"gate: {item.group}/{item.name} is at fault:")
            raise
        groups[item.group][item.key] = Seen(item, digests)
    return groups


def to_base(group: Group) -> dict[str, Any]:
    """Give what the base keeps of a group."""
    digests = {key: group[key].digests["whole"] for key in sorted(group)}
    items = {key: each[:8] for key, each in digests.items()}
    return {"count": len(items), "digest": digest(*digests.values())[:16], "items": items}


def cut_faults(group: Group) -> Iterator[str]:
    """Tell the items whose form depends on the cuts."""
    for item, digests in group.values():
        for cutting in CUTTINGS:
            if digests[cutting] != digests["whole"]:
                yield f"cut: {item.group}/{item.name}: {cutting} is not as whole"


def changes(group: Group, base: dict[str, Any]) -> Iterator[str]:
    """Tell the items whose form is not that of the base."""
    known = base["items"]
    changed = [key for key in group if key in known and known[key] != group[key].digests["whole"][:8]]
    for key in changed:
        yield f"changed: {group[key].item.group}/{group[key].item.name}"
    if not changed and group.keys() == known.keys() and to_base(group) != base:
        yield f"changed: {next(iter(group.values())).item.group}: the digest of the group"


def compare(groups: dict[str, Group], base: dict[str, Any]) -> list[str]:
    """Print each group; return the faults."""
    faults = []
    for name, group in groups.items():
        kept = base.get(name, {"items": {}})
        found = [*cut_faults(group), *changes(group, kept)]
        new, absent = len(group.keys() - kept["items"].keys()), len(kept["items"].keys() - group.keys())
        print(f"{name:32} {len(group):5} items {new:5} new {absent:5} absent {len(found):5} faults")
        faults += found
    for name in sorted(base.keys() - groups.keys()):
        print(f"{name:32} is not here")
    return faults


def show(items: Iterable[Item], name: str) -> int:
    """Print the form of an item, and of each cutting at which it is another."""
    item = next((item for item in items if f"{item.group}/{item.name}" == name), None)
    if item is None:
        print(f"gate: no item is named {name!r}")
        return 1
    whole = written(forms(item, "whole"), indent=1)
    print(whole)
    for cutting in CUTTINGS:
        if (other := written(forms(item, cutting), indent=1)) != whole:
            print(f"== {cutting}\n{other}")
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.gate", description="Compare streams with the kept base.")
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--quick", action="store_true", help="count no instructions")
    only.add_argument("--write", action="store_true", help="renew the base of the groups that are here")
    only.add_argument("--item", metavar="NAME", help="print the form of one item, as group/name")
    options = parser.parse_args(argv)
    corpus = os.environ.get("SSEMBLE_CORPUS")
    items = [*own(), *(shared(Path(corpus)) if corpus else ())]
    if options.item:
        return show(items, options.item)
    print(f"gate: {Path(ssemble.__file__).parent}")
    groups = see(items)
    base = json.loads(BASE.read_text()) if BASE.exists() else {}
    if options.write:
        base |= {name: to_base(group) for name, group in groups.items()}
        BASE.write_text(json.dumps(base, indent=0) + "\n")
    faults = compare(groups, base)
    print(*faults, f"gate: {len(faults)} faults", sep="\n")
    counted = 0 if options.quick or options.write else instructions.main()
    return int(bool(faults) or counted > 0)


if __name__ == "__main__":
    raise SystemExit(main())
