"""The public names."""

from __future__ import annotations

import ast
import builtins
import collections.abc
import dataclasses
import doctest
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
import typing
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import ssemble

NAMES = [
    "DIALECTS",
    "FRAMINGS",
    "ROW_COLUMNS",
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
    "MessageWriter",
    "Observer",
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
    "Timing",
    "Tokens",
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
    "arrow_schema",
    "assemble",
    "atranscode",
    "iter_chunks",
    "iter_events",
    "iter_sse",
    "row",
    "transcode",
    "write_events",
]
# Imported when one is first used.
LAZY = {
    "ChunkParser",
    "MessageWriter",
    "Observer",
    "PartialJSON",
    "ROW_COLUMNS",
    "SSEParser",
    "Timing",
    "Tokens",
    "aiter_chunks",
    "aiter_sse",
    "arrow_schema",
    "atranscode",
    "iter_chunks",
    "iter_sse",
    "row",
    "transcode",
    "write_events",
}


def test_the_names_are_pinned() -> None:
    assert ssemble.__all__ == NAMES
    assert len(set(NAMES)) == len(NAMES)


def test_nothing_else_is_public() -> None:
    public = {name for name, value in vars(ssemble).items() if not name.startswith("_") and not inspect.ismodule(value)}
    assert public - LAZY == set(NAMES) - LAZY
    assert set(NAMES) <= set(dir(ssemble))


def test_lazy_names() -> None:
    script = "import sys, ssemble; print('ssemble._observer' in sys.modules, ssemble.Observer().ended, *sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    before, ended, *modules = run.stdout.split()
    assert (before, ended) == ("False", "open")
    assert {"ssemble._observer", "ssemble._timing"} <= set(modules)
    assert "ssemble._watched" not in modules
    assert ssemble.PartialJSON is vars(ssemble)["PartialJSON"], "it is imported once"
    with pytest.raises(AttributeError, match="'ssemble' has no attribute 'Observers'"):
        ssemble.Observers  # type: ignore[attr-defined]  # noqa: B018  # no such name


def test_a_stream_needs_no_partial_json_unless_asked_for() -> None:
    script = """if True:
        import sys, ssemble
        stream = ssemble.MessageStream()
        stream.feed(b'data: {"choices": [{"index": 0, "delta": {"content": "{}"}, "finish_reason": "stop"}]}\\n\\n')
        print(stream.close().text, *sys.modules)
        stream.partial_json()
        print(*sys.modules)
    """
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    before, after = map(str.split, run.stdout.splitlines())
    assert before[0] == "{}"
    assert not {"ssemble._partial.json", "ssemble._partial.machine", "ssemble._model.tokens"} & set(before)
    assert "ssemble._partial.json" in after


def test_rows_are_made_without_pyarrow() -> None:
    script = "import sys, ssemble; print('ssemble._row' in sys.modules, ssemble.row(b'')['status'], *sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    before, status, *modules = run.stdout.split()
    assert (before, status) == ("False", "cut")
    assert "ssemble._row" in modules
    assert "pyarrow" not in modules


def test_the_version_is_the_newest_in_the_changes() -> None:
    assert all(part.isdigit() for part in ssemble.__version__.split("."))
    changes = (Path(__file__).parent.parent / "src" / "CHANGES.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## (.+)$", changes, re.MULTILINE)
    assert versions[0] == ssemble.__version__


CLASSES = [
    name
    for name in NAMES
    if inspect.isclass(getattr(ssemble, name)) and not typing.is_typeddict(getattr(ssemble, name))
]
FUNCTIONS = [name for name in NAMES if inspect.isfunction(getattr(ssemble, name))]

# What a machine lets its user do. A hook for the fast way or for another layer is private, whatever its docstring says.
MEMBERS = {
    "Accumulator": "add complete completion dialect end error repairs",
    "ChunkParser": "chunk_count end ended error feed framing repairs",
    "MessageStream": (
        "aevents chunk_count close complete completion dialect end end_chunks ended error errors events feed feed_chunks "
        "framing partial_json repairs tool_call"
    ),
    "Observer": (
        "add chunk_count complete completion dialect end ended errors feed note repairs row size timing tokens watch"
    ),
    "MessageWriter": "close dialect failed losses write",
    "PartialJSON": "close complete error feed is_complete open_path raw snapshot started value watch watch_text",
    "PartialToolCall": "arguments closed complete id index name partial_arguments view",
    "SSEParser": "end error feed last_event_id pending retry",
    "TextWatch": "read",
    "Timing": "duration end first_byte first_content fragments last_content longest_gap longest_gap_in note",
    "Watch": "read",
}
MADE_HERE = {"PartialToolCall", "TextWatch", "Watch"}  # by a method of another class: their constructors are not public


def own_classes(kind: type) -> list[type]:
    """Give a class and those of its bases that are of this package."""
    return [each for each in kind.__mro__ if each.__module__.startswith("ssemble")]


def public_members(kind: type) -> dict[str, Any]:
    """Give the public members of a class: methods, properties, fields, and what an error sets when it is made."""
    found: dict[str, Any] = vars(kind("m")).copy() if issubclass(kind, Exception) else {}
    for each in reversed(own_classes(kind)):
        found.update(vars(each))
    return {name: value for name, value in found.items() if not name.startswith("_")}


def has_text(kind: type, name: str, value: object) -> bool:
    """Tell whether a member has a docstring of its own or, if it is no method, a line in that of its class."""
    if isinstance(value, (classmethod, staticmethod)) or inspect.isroutine(value):
        return bool(value.__doc__)
    if isinstance(value, property) and value.__doc__:
        return True
    docs = "\n".join(each.__doc__ or "" for each in own_classes(kind))
    return re.search(rf"^ +(?:\w+, )*{name}(?:, \w+)*: ", docs, re.MULTILINE) is not None


@pytest.mark.parametrize("name", [*CLASSES, *FUNCTIONS])
def test_every_name_is_documented(name: str) -> None:
    thing = getattr(ssemble, name)
    assert thing.__name__ == name
    assert thing.__doc__
    assert thing.__doc__[0].isupper()
    assert not thing.__doc__.startswith(f"{name}("), "the doc that a dataclass makes by itself"


@pytest.mark.parametrize("name", CLASSES)
def test_every_public_member_is_documented(name: str) -> None:
    kind = getattr(ssemble, name)
    assert [each for each, value in public_members(kind).items() if not has_text(kind, each, value)] == []


@pytest.mark.parametrize("name", CLASSES)
def test_a_machine_has_no_other_public_members(name: str) -> None:
    kind = getattr(ssemble, name)
    if dataclasses.is_dataclass(kind) or issubclass(kind, Exception):
        assert name not in MEMBERS, "the fields of these are pinned where they are tested"
    else:
        assert public_members(kind).keys() - set(MEMBERS[name].split()) == set()


def all_annotations(name: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Give the annotations of all that is public in a name: where each is, its text, and the names that it knows."""
    thing = getattr(ssemble, name)
    if inspect.isfunction(thing):
        yield from of_function(name, thing)
        return
    for each in own_classes(thing):
        known = vars(sys.modules[each.__module__])
        for field, text in vars(each).get("__annotations__", {}).items():
            if not field.startswith("_"):
                yield f"{name}.{field}", text, known
        for member, value in vars(each).items():
            if isinstance(value, property):
                value = value.fget
            function = getattr(value, "__func__", value)
            constructor = member == "__init__" and name not in MADE_HERE and not dataclasses.is_dataclass(each)
            if inspect.isfunction(function) and (constructor or not member.startswith("_")):
                yield from of_function(f"{name}.{member}", function, skip=issubclass(each, Exception))


def of_function(where: str, function: Any, skip: bool = False) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for parameter, text in function.__annotations__.items():
        many = inspect.signature(function).parameters.get(parameter)
        # The keywords that all errors share are written once; nobody passes them on.
        if not (skip and many is not None and many.kind is many.VAR_KEYWORD):
            yield f"{where}({parameter})", text, function.__globals__


def is_public(name: str, known: dict[str, Any]) -> bool:
    """Tell whether a user can write a name in an annotation: ours, or one of the standard library."""
    if name in NAMES or isinstance(known.get(name), typing.TypeVar):
        return True
    # The package of an extra is named by whoever uses what it is for.
    return any(hasattr(module, name) for module in (builtins, typing, collections.abc)) or name in ("Unpack", "pyarrow")


@pytest.mark.parametrize("name", [*CLASSES, *FUNCTIONS])
def test_every_type_of_a_signature_is_exported(name: str) -> None:
    private = [
        f"{where}: {node.id}"
        for where, text, known in all_annotations(name)
        for node in ast.walk(ast.parse(text, mode="eval"))
        if isinstance(node, ast.Name) and not is_public(node.id, known)
    ]
    assert private == []


def test_the_checks_of_signatures_and_members_can_fail() -> None:
    class Odd(ssemble.Limits):
        """A limit."""

        __module__ = "ssemble.odd"
        hook = 1

        def method(self, fault: SomethingPrivate) -> None:  # type: ignore[name-defined]  # noqa: F821  # unknown, as the test needs it
            pass

    members = public_members(Odd)
    assert [each for each, value in members.items() if not has_text(Odd, each, value)] == ["hook", "method"]
    texts = [text for _, text, _ in of_function("method", Odd.method)]
    assert [text for text in texts if not is_public(text, {})] == ["SomethingPrivate"]


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_in_the_readme(name: str) -> None:
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    shown = re.search(rf"\b{name}\b", readme) is not None
    assert shown, name


def test_every_example_runs() -> None:
    modules = [each.name for each in pkgutil.walk_packages(ssemble.__path__, "ssemble.")]
    if find_spec("pyarrow") is None:  # the example of arrow_schema() needs it
        modules.remove("ssemble._columns")
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


def test_the_command_and_the_writers_are_not_imported_unasked() -> None:
    script = "import sys, ssemble; print(*[name for name in sys.modules if name.startswith('ssemble')])"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    imported = set(run.stdout.split())
    assert not {"ssemble._cli", "ssemble._demo", "ssemble.__main__"} & imported
    assert not {"ssemble._writer", "ssemble._transcode", "ssemble._replay", "ssemble._dialects.writing"} & imported
