"""The rooms of the package: which modules stand in each, and which tests cover them.

This one table serves ``test_imports`` (who may import whom), ``tests.coverage_by_room`` and ``tests.mutation``.
A module or a test file that is added must be added here; ``test_imports`` says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

TESTS = Path(__file__).parent
ROOT = TESTS.parent
PACKAGE = ROOT / "src" / "ssemble"


class Room(NamedTuple):
    """Modules, in any order, and the test files and folders that take every branch of them."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]


def _room(modules: str, tests: str) -> Room:
    return Room(tuple(modules.split()), tuple(tests.split()))


# A module imports only from its own room and from the rooms before it.
ROOMS: dict[str, Room] = {
    "ground": _room(
        "_errors _limits _pickling",
        "test_errors.py test_limits.py test_pickling.py",
    ),
    "framing": _room(
        "_lines _event _sse _event_reader",
        "test_lines.py test_event.py test_sse.py test_event_reader.py",
    ),
    "partial": _room(
        "_partial_tokens _partial_machine _partial_watch _partial_reading _partial _json_text",
        "test_partial_tokens.py test_partial_machine.py test_partial_watch.py test_partial_reading.py test_partial.py "
        "test_json_text.py",
    ),
    "model": _room(
        "_result _completion _events _text _flat _budget _merge _usage",
        "test_result.py test_completion.py test_events.py test_text.py test_flat.py test_budget.py test_merge.py "
        "test_usage.py",
    ),
    "payloads": _room(
        "_provider_errors _glued _body _payloads _stray _chunks _payload_reader _envelope _forms _shortcut",
        "test_provider_errors.py test_glued.py test_body.py test_payloads.py test_stray.py test_chunks.py "
        "test_payload_reader.py test_envelope.py test_forms.py test_shortcut.py",
    ),
    "dialects": _room(
        "_dialects _dialects._base _dialects._call _dialects._choice _dialects._context _dialects._finish "
        "_dialects._foreign _dialects._object_scanner _dialects._partial_call _dialects._partial_feed "
        "_dialects._reasoning _dialects._straight _dialects._tool_calls _dialects.openai_chat",
        "dialects",
    ),
    "stream": _room(
        "_iterate _ending _stream _functions __init__",
        "test_iterate.py test_ending.py test_stream.py test_functions.py test_exports.py",
    ),
    "command": _room(
        "_strict_json _descriptors _terminal _tool_call_view _session _summary _demo _cli __main__",
        "test_strict_json.py test_descriptors.py test_terminal.py test_tool_call_view.py test_session.py "
        "test_summary.py test_demo.py test_cli.py test_main.py",
    ),
}

# Imports from a later room, each with its reason.
EXCEPTIONS: dict[tuple[str, str], str] = {
    ("_forms", "_dialects._straight"): "the fast path knows one dialect; both modules go with it",
    ("_forms", "_dialects.openai_chat"): "the fast path knows one dialect; it goes",
}

# Tests of several rooms together, of the tools, and of the repository: they count for the coverage of no room.
ACROSS = (
    "property clients servers typing "
    "test_attacks.py test_fast_ways.py test_garbage.py test_linear.py test_openai_package.py test_providers.py "
    "test_readme.py test_shapes.py test_shared_quirks.py test_shared_sse.py test_shared_suites.py test_streams.py "
    "test_threads.py test_counting.py test_fuzz_smoke.py test_gate.py test_imports.py test_distribution.py "
    "test_modes.py"
).split()


def path(module: str) -> Path:
    """The file of a module, which is named as in an import: "_lines", "_dialects._choice"."""
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
