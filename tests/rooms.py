"""The rooms of the package: which modules are in each, and which tests cover them.

This one table serves ``test_imports`` (who may import whom), ``tests.coverage_by_room`` and ``tests.mutation``.
A room is a package of `ssemble`, and its tests are the folder of the same name; each dialect is a room. The
modules and tests that are in no such folder are listed here; ``test_imports`` says if one is missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

TESTS = Path(__file__).parent
ROOT = TESTS.parent
PACKAGE = ROOT / "src" / "ssemble"


class Room(NamedTuple):
    """Modules, and the test files and folders that take every branch of them."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]


def modules_of(folder: str) -> tuple[str, ...]:
    """The modules of a package, without those of the packages in it: "_framing", "_framing.lines"."""
    files = sorted((PACKAGE / folder).glob("*.py"))
    names = [folder.replace("/", "."), *(f"{folder}/{file.stem}".replace("/", ".") for file in files)]
    return tuple(name for name in names if not name.endswith(".__init__"))


def _room(modules: str, tests: str) -> Room:
    return Room(tuple(modules.split()), tuple(tests.split()))


def _folder(folder: str, *tests: str) -> Room:
    return Room(modules_of(folder), tests)


# Tests of the dialects that serve all of them.
DIALECT_TESTS = (
    "dialects/test_base.py dialects/test_partial_call.py dialects/test_partial_feed.py dialects/test_registry.py "
    "dialects/test_answer.py dialects/test_reported.py dialects/test_bindings.py dialects/test_counts.py dialects/test_recognition.py "
    "dialects/test_objects.py dialects/test_tool_input.py dialects/test_fields.py dialects/test_tree.py "
    "dialects/test_tree_answer.py dialects/test_tree_reader.py dialects/test_full.py "
    "dialects/test_frames.py dialects/test_writing.py dialects/test_sequence.py dialects/test_unstreamed.py "
    "dialects/test_written.py"
).split()
# A dialect is a package, or a module. The registry is read, not imported: coverage must see its import.
REGISTRY = (PACKAGE / "_dialects" / "__init__.py").read_text(encoding="utf-8")
DIALECTS = sorted(set(re.findall(r'": \("(\w+)(?:\.\w+)?", "', REGISTRY)))


def _dialect(name: str) -> Room:
    tests = tuple(f"dialects/{each}" for each in (name, f"test_{name}.py") if (TESTS / "dialects" / each).exists())
    packaged = (PACKAGE / "_dialects" / name).is_dir()
    return Room(modules_of(f"_dialects/{name}") if packaged else (f"_dialects.{name}",), tests)


def _shared() -> Room:
    """What the dialects share: the modules of their folder that are no dialect."""
    modules = modules_of("_dialects")
    return Room(tuple(each for each in modules if each.partition(".")[2] not in DIALECTS), tuple(DIALECT_TESTS))


# A module imports only from its own room and from the rooms before it.
ROOMS: dict[str, Room] = {
    "ground": _room(
        "_copied _errors _limits _pickling _record _strict_json",
        "test_copied.py test_errors.py test_limits.py test_pickling.py test_record.py test_strict_json.py",
    ),
    "framing": _folder("_framing", "framing"),
    "partial": _folder("_partial", "partial"),
    "model": _folder("_model", "model"),
    "payloads": _folder("_payloads", "payloads"),
    "dialects": _shared(),
    **{f"dialects.{name}": _dialect(name) for name in DIALECTS},
    "stream": _room(
        "_hints _iterate _ending _assembly _pairs _chunks _stream _functions _layers _timing _columns _watched _observer _row "
        "_replay _writer _transcode __init__",
        "test_hints.py test_iterate.py test_ending.py test_assembly.py test_pairs.py test_chunks.py test_stream.py "
        "test_functions.py test_timing.py test_row.py test_observer.py test_watched.py test_exports.py test_replay.py "
        "test_writer.py test_transcode.py",
    ),
    "cli": Room((*modules_of("_cli"), "__main__"), ("cli",)),
}

# Imports from a later room, each with its reason.
EXCEPTIONS: dict[tuple[str, str], str] = {}

# Tests of several rooms together, of the tools, and of the repository: they count for the coverage of no room.
ACROSS = (
    "property clients servers embedders engines typing "
    "test_attacks.py test_fast_ways.py test_garbage.py test_linear.py test_openai_package.py test_providers.py "
    "test_readme.py test_shapes.py test_shared_quirks.py test_shared_sse.py test_shared_suites.py test_streams.py "
    "test_templates_off.py test_threads.py test_counting.py test_fuzz_smoke.py test_gate.py test_imports.py "
    "test_distribution.py test_modes.py test_unstreamed.py test_shared_writers.py test_documents.py test_reference.py "
    "test_demo_picture.py"
).split()


def path(module: str) -> Path:
    """The file of a module, which is named as in an import: "_errors", "_dialects.chat.choice"."""
    place = PACKAGE / module.replace(".", "/")
    return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")


def room_of(module: str) -> str:
    """The name of a module's room."""
    return next(name for name, room in ROOMS.items() if module in room.modules)


def files_of(names: Iterable[str]) -> Iterator[Path]:
    """The test files among files and folders of ``tests``."""
    for name in names:
        place = TESTS / name
        yield from sorted(place.rglob("test_*.py")) if place.is_dir() else [place]
