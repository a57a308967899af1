"""The checks of `PartialJSON` find faults that are planted in it."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

import ssemble._partial
import ssemble._partial_reading
from tests.json_cases import BAD, CUT, WHOLE
from tests.partial_checks import fed
from tests.property.test_partial import SEARCHES, check, search

HOUSE = Path(ssemble.__file__).parent
MODULES = ("_partial_tokens", "_partial_machine")

PLANTED = {
    "a fragment's fault is hidden": ("raise Fault(BAD_CHARACTER if between_escapes else BAD_ESCAPE,", "break  #"),
    "half a surrogate pair is shown": (r"|{_HIGH}(?=[^\\{control}]|", r"|{_HIGH}(?=[^{control}]|$|"),
    "half an escape is forgotten": ('else (piece, text[len(body) :], 0)', 'else (piece, "", 0)'),
    "control characters pass": ("(text.isprintable() or not strict)", "True"),
    "numbers are shown early": ("if end < size and text[end] in stops:", "if at < end <= size and text[end : end + 1] in stops:"),
    "numbers may end anywhere": ('"]": f",]{WHITE}"', '"]": f",]}}:{WHITE}"'),
    "a point proves a number whole": (r"(?=[ \t\n\r,\]])", r"(?=[ \t\n\r,\].])"),
    "an exponent may follow a point": (r"(?:(?<=[0-9])[eE]", "(?:[eE]"),
    "digits are forgotten": ("parts.append(known[size:end])", "parts.append(known[size + 1 : end])"),
    "a literal needs its next character": ("if known[:end] in WHOLE_WORDS:", "if known[:end] in WHOLE_WORDS and end < len(known):"),
    "a comma may be left out": ("            elif char == \",\" and closer:\n                expect = KEY", "            elif closer:\n                expect = KEY"),
    "a comma may end a list": ('expect = KEY if closer == "}" else VALUE\n', 'expect = KEY if closer == "}" else VALUE_OR_END\n'),
    "a comma may end an object": ('expect = KEY if closer == "}" else VALUE\n', 'expect = KEY_OR_END if closer == "}" else VALUE\n'),
    "brackets of any kind close": ("            if char == closer:", '            if closer and char in "]}":'),
    "text may follow the document": ('raise Fault(f"expected \',\' or \'{closer}\'" if closer else "extra data after the document", size - at)', "pass"),
    "a string stays open": ("size = len(text)\n                opened.pop()", "size = len(text)"),
    "an object's string is put elsewhere": ('place = key if closer == "}" else len(container)', 'place = "" if closer == "}" else len(container)'),
    "places are counted from one": ("opened.append((container, len(container)))\n                    container.append(value)", "container.append(value)\n                    opened.append((container, len(container)))"),
    "a run of numbers is put twice": ("at = run.end()", "container.append(0)\n                    at = run.end()"),
    "white space is only spaces": ("            if char in WHITE:", '            if char in "\\t\\n":'),
    "depth is off by one": ("if len(opened) >= max_depth:", "if len(opened) > max_depth:"),
    "whole containers may be any depth": ("if not deeper(text, depth, at, end):", "if True:"),
    "two levels vanish as one": ("range(0, FLAT, 2)", "range(0, FLAT)"),
}  # fmt: skip


def plant(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `PartialJSON` run on modules with the fault."""
    sound, faulty = PLANTED[name]
    sources = {module: (HOUSE / f"{module}.py").read_text(encoding="utf-8") for module in MODULES}
    assert sum(source.count(sound) for source in sources.values()) == 1, "the fault no longer fits the source"
    for module, source in sources.items():
        grown = ModuleType(f"ssemble.{module}")
        grown.__package__ = "ssemble"
        monkeypatch.setitem(sys.modules, grown.__name__, grown)
        exec(compile(source.replace(sound, faulty), f"{module}.py, {name}", "exec"), grown.__dict__)
    machine = sys.modules["ssemble._partial_machine"]
    monkeypatch.setattr(ssemble._partial_reading, "read", machine.read)
    monkeypatch.setattr(ssemble._partial, "deeper", machine.deeper)
    monkeypatch.setattr(ssemble._partial_reading, "Fault", sys.modules["ssemble._partial_tokens"].Fault)


def run(monkeypatch: pytest.MonkeyPatch) -> None:
    """All cases, limits of depth, and the shortest of all texts."""
    for worthwhile, many in ((64, 32), (0, 0)):
        monkeypatch.setattr(sys.modules["ssemble._partial_machine"], "WORTHWHILE", worthwhile)
        monkeypatch.setattr(sys.modules["ssemble._partial_machine"], "MANY_NUMBERS", many)
        for text in (*WHOLE, *CUT, *BAD):
            check(text)
        for text in ("[[]]", "[[[]]]", '[{"a":[]}]', '{"a":[{}]}'):
            for limit in (1, 2, 3):
                single, whole = fed(*text, look=True, max_depth=limit), fed(text, max_depth=limit)
                assert str(single.error) == str(whole.error)
                assert (single.error is None) is (text.count("[") + text.count("{") <= limit)
        for symbols, _ in SEARCHES.values():
            search(symbols, 3)


def test_without_a_fault_nothing_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    run(monkeypatch)


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(name, monkeypatch)
    with pytest.raises(Exception):  # noqa: B017, PT011  # a fault may show in any way
        run(monkeypatch)
