"""The house: what may import what, and how large a room may be."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import ssemble

HOUSE = Path(ssemble.__file__).parent

# A module imports only from those above it.
ORDER = [
    "_errors",
    "_limits",
    "_pickling",
    "_partial_tokens",
    "_partial_machine",
    "_partial_watch",
    "_partial_reading",
    "_partial",
    "_json_text",
    "_result",
    "_completion",
    "_events",
    "_lines",
    "_event",
    "_sse",
    "_event_reader",
    "_provider_errors",
    "_text",
    "_glued",
    "_body",
    "_payloads",
    "_stray",
    "_chunks",
    "_payload_reader",
    "_flat",
    "_budget",
    "_merge",
    "_usage",
    "_dialects._object_scanner",
    "_dialects._finish",
    "_dialects._partial_feed",
    "_dialects._foreign",
    "_dialects._reasoning",
    "_dialects._context",
    "_dialects._call",
    "_dialects._tool_calls",
    "_dialects._partial_call",
    "_dialects._base",
    "_dialects._choice",
    "_dialects.openai_chat",
    "_dialects",
    "_ending",
    "_envelope",
    "_dialects._straight",
    "_iterate",
    "_forms",
    "_shortcut",
    "_stream",
    "_functions",
    "__init__",
    "_strict_json",
    "_descriptors",
    "_terminal",
    "_tool_call_view",
    "_session",
    "_summary",
    "_demo",
    "_cli",
    "__main__",
]
AT_THE_DOOR = {"_descriptors", "_terminal", "_tool_call_view", "_session", "_summary", "_demo", "_cli", "__main__"}
INPUT_OUTPUT = set(
    "asyncio concurrent ctypes fileinput glob http io logging mmap multiprocessing os pathlib pty queue random "
    "select selectors shutil signal socket socketserver ssl subprocess tempfile threading time urllib".split()
)
HARD_CAP = 400


def path(name: str) -> Path:
    folder = HOUSE / name.replace(".", "/")
    return folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")


def imports(name: str) -> Iterator[tuple[str, str]]:
    """Where each imported name comes from: "ssemble" and the module, or the module and ""."""
    package = name.split(".")[:-1] if path(name).name != "__init__.py" or name == "__init__" else name.split(".")
    for node in at_run_time(ast.parse(path(name).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module or "", ""
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1]
            if node.module:
                yield "ssemble", ".".join([*base, node.module])
            else:
                for alias in node.names:
                    module = ".".join([*base, alias.name])
                    yield "ssemble", module if path(module).exists() else ".".join([*base, "__init__"])


def at_run_time(node: ast.AST) -> Iterator[ast.AST]:
    """Every node that is not under ``if TYPE_CHECKING:``."""
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from at_run_time(child)


def test_the_order_names_every_module() -> None:
    found = {file.relative_to(HOUSE).with_suffix("").as_posix().replace("/", ".") for file in HOUSE.rglob("*.py")}
    assert {name.removesuffix(".__init__") for name in found} == set(ORDER)


@pytest.mark.parametrize("name", ORDER)
def test_a_module_imports_only_from_those_above(name: str) -> None:
    inside = {module for package, module in imports(name) if package == "ssemble"}
    assert inside <= set(ORDER[: ORDER.index(name)])
    assert "ssemble" not in {package.partition(".")[0] for package, module in imports(name) if not module}


@pytest.mark.parametrize("name", sorted(set(ORDER) - AT_THE_DOOR))
def test_only_the_door_knows_input_and_output(name: str) -> None:
    outside = {package.partition(".")[0] for package, module in imports(name) if not module}
    assert not outside & INPUT_OUTPUT
    for node in ast.walk(ast.parse(path(name).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("open", "print", "input", "exec", "eval", "__import__"), node.lineno


@pytest.mark.parametrize("name", ORDER)
def test_no_room_is_too_large(name: str) -> None:
    """The docstring of a module does not count: the theory belongs above the code that obeys it."""
    text = path(name).read_text(encoding="utf-8")
    assert len(text.splitlines()) - (ast.parse(text).body[0].end_lineno or 0) <= HARD_CAP


@pytest.mark.parametrize("name", ORDER)
def test_every_room_has_a_sign(name: str) -> None:
    assert ast.get_docstring(ast.parse(path(name).read_text(encoding="utf-8")))


def test_the_walk_sees_imports_of_every_kind() -> None:
    assert ("ssemble", "_errors") in set(imports("_dialects._choice"))
    assert ("ssemble", "_dialects._context") in set(imports("_dialects._choice"))
    assert ("ssemble", "_dialects.openai_chat") in set(imports("_dialects"))
    assert ("ssemble", "_dialects._base") in set(imports("__init__"))
    assert ("json", "") in set(imports("_chunks"))
    assert ("ssemble", "_completion") not in set(imports("_errors")), "only for type checkers"
