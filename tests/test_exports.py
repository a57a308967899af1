"""The public names."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
import subprocess
import sys
import typing

import pytest

import ssemble

NAMES = [
    "DIALECTS",
    "Accumulator",
    "AsyncSource",
    "BytesLike",
    "Choice",
    "ChoiceEnd",
    "ChunkParser",
    "Comment",
    "Completion",
    "ErrorEvent",
    "FinishReason",
    "IncompleteJSON",
    "IncompleteStream",
    "InvalidJSON",
    "JSONTextError",
    "LimitExceeded",
    "Limits",
    "Loads",
    "MalformedJSON",
    "Message",
    "MessageStart",
    "MessageStream",
    "PartialJSON",
    "PartialToolCall",
    "ProtocolError",
    "ProviderError",
    "RawEvent",
    "ReasoningDelta",
    "RefusalDelta",
    "SSEParser",
    "ServerSentEvent",
    "Source",
    "SsembleError",
    "StreamError",
    "StreamEvent",
    "StreamOptions",
    "TextDelta",
    "TextWatch",
    "ToolCall",
    "ToolCallDelta",
    "ToolCallEnd",
    "ToolCallStart",
    "UnknownDialect",
    "UsageUpdate",
    "Watch",
    "aassemble",
    "accumulator",
    "aiter_chunks",
    "aiter_events",
    "aiter_sse",
    "assemble",
    "iter_chunks",
    "iter_events",
    "iter_sse",
]


def test_the_names_are_pinned() -> None:
    assert ssemble.__all__ == NAMES
    assert len(set(NAMES)) == len(NAMES)


def test_nothing_else_is_public() -> None:
    public = {name for name, value in vars(ssemble).items() if not name.startswith("_") and not inspect.ismodule(value)}
    assert public == set(NAMES)


def test_the_version_is_one() -> None:
    assert all(part.isdigit() for part in ssemble.__version__.split("."))


ALIASES = {
    "DIALECTS",
    "AsyncSource",
    "BytesLike",
    "FinishReason",
    "Loads",
    "Source",
    "StreamEvent",
}  # these have neither a name nor a docstring at run time


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ALIASES])
def test_every_name_is_documented_with_its_members(name: str) -> None:
    thing = getattr(ssemble, name)
    assert thing.__name__ == name
    assert thing.__doc__
    assert thing.__doc__[0].isupper()
    assert not thing.__doc__.startswith(f"{name}("), "the doc that a dataclass makes by itself"
    described = thing.__doc__
    if inspect.isclass(thing):
        for member, value in vars(thing).items():
            if not member.startswith("_") and (inspect.isfunction(value) or isinstance(value, property)):
                assert value.__doc__ or member in described + str(thing.__mro__[-3:]), f"{name}.{member}"


def test_every_example_runs() -> None:
    modules = [each.name for each in pkgutil.walk_packages(ssemble.__path__, "ssemble.")]
    results = [doctest.testmod(importlib.import_module(name)) for name in modules]
    assert sum(result.attempted for result in results) > 40
    assert sum(result.failed for result in results) == 0


def test_the_union_is_made_of_public_events() -> None:
    assert {each.__name__ for each in typing.get_args(ssemble.StreamEvent)} < set(NAMES)


def test_importing_it_imports_the_standard_library_alone() -> None:
    script = (
        "import sys; before = set(sys.modules); import ssemble; "
        "print(*sorted({name.partition('.')[0] for name in set(sys.modules) - before}))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stderr == ""
    imported = set(run.stdout.split())
    assert "ssemble" in imported
    assert imported - {"ssemble"} <= sys.stdlib_module_names
    assert not imported & {"asyncio", "socket", "ssl", "threading", "http", "urllib", "logging"}


def test_the_command_line_is_not_imported_unasked() -> None:
    script = "import sys, ssemble; print(*[name for name in sys.modules if name.startswith('ssemble')])"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not {"ssemble._cli", "ssemble._demo", "ssemble.__main__"} & set(run.stdout.split())
