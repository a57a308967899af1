"""What may import what. The rooms stand in `tests.rooms`."""

from __future__ import annotations

import ast
import functools
from collections import Counter
from collections.abc import Iterator
from graphlib import TopologicalSorter

import pytest

from ssemble._assembly import Assembly
from ssemble._dialects import READERS, WRITERS
from ssemble._dialects.base import Reader
from ssemble._dialects.writing import DialectWriter
from ssemble._framing.base import Framing
from ssemble._payloads.parser import PayloadParser
from ssemble._payloads.sink import Sink
from ssemble._payloads.templates import Binding

from .rooms import ACROSS, DIALECTS, EXCEPTIONS, PACKAGE, ROOMS, TESTS, files_of, path, room_of

MODULES = [module for room in ROOMS.values() for module in room.modules]
ORDER = list(ROOMS)
CLOCKS = {"_observer"}  # modules that read the time unless they are told it
INPUT_OUTPUT = set(
    "asyncio concurrent ctypes fileinput glob http io logging mmap multiprocessing os pathlib pty queue random "
    "select selectors shutil signal socket socketserver ssl subprocess tempfile threading time urllib".split()
)


@functools.cache
def imports(name: str) -> list[tuple[str, str]]:
    """Where each imported name comes from: "ssemble" and the module, or the module and ""."""
    return [*_imports(name)]


def _imports(name: str) -> Iterator[tuple[str, str]]:
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


def inside(name: str) -> set[str]:
    """The modules of the package that a module imports."""
    return {module for package, module in imports(name) if package == "ssemble"}


def test_every_module_is_in_one_room() -> None:
    found = {file.relative_to(PACKAGE).with_suffix("").as_posix().replace("/", ".") for file in PACKAGE.rglob("*.py")}
    assert sorted(MODULES) == sorted(name.removesuffix(".__init__") for name in found)


def test_every_test_file_is_in_one_room_or_across() -> None:
    listed = Counter(file for names in (ACROSS, *(room.tests for room in ROOMS.values())) for file in files_of(names))
    assert listed == Counter(TESTS.rglob("test_*.py"))


@pytest.mark.parametrize("name", MODULES)
def test_imports_come_from_this_room_or_one_before(name: str) -> None:
    room = room_of(name)
    allowed = [each for each in ORDER[: ORDER.index(room) + 1] if each == room or not each.startswith("dialects.")]
    later = {module for module in inside(name) if room_of(module) not in allowed}
    assert later == {module for importing, module in EXCEPTIONS if importing == name}
    assert "ssemble" not in {package.partition(".")[0] for package, module in imports(name) if not module}


def test_imports_have_no_cycle() -> None:
    TopologicalSorter({name: inside(name) for name in MODULES}).prepare()


@pytest.mark.parametrize("name", [name for name in MODULES if room_of(name) != "cli"])
def test_only_the_command_knows_input_and_output(name: str) -> None:
    outside = {package.partition(".")[0] for package, module in imports(name) if not module}
    assert not outside & (INPUT_OUTPUT - ({"time"} if name in CLOCKS else set()))
    for node in ast.walk(ast.parse(path(name).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("open", "print", "input", "exec", "eval", "__import__"), node.lineno


@pytest.mark.parametrize("name", MODULES)
def test_every_module_has_a_docstring(name: str) -> None:
    assert ast.get_docstring(ast.parse(path(name).read_text(encoding="utf-8")))


def test_the_walk_sees_imports_of_every_kind() -> None:
    assert ("ssemble", "_errors") in set(imports("_dialects.chat.choice"))
    assert ("ssemble", "_dialects.chat.context") in set(imports("_dialects.chat.choice"))
    assert ("ssemble", "_dialects.base") in set(imports("_dialects"))
    assert ("ssemble", "_dialects.base") in set(imports("__init__"))
    assert ("json", "") in set(imports("_chunks"))
    assert ("ssemble", "_model.completion") not in set(imports("_errors")), "only for type checkers"


def test_a_dialect_is_known_by_name_only() -> None:
    """Of its package, nothing outside knows more than the registry: the name of a module and a class."""
    for dialect in DIALECTS:
        own = ROOMS[f"dialects.{dialect}"].modules
        assert [name for name in MODULES if name not in own and inside(name).intersection(own)] == []
    known = [*READERS.values(), *WRITERS.values()]
    assert {module.partition(".")[0] for module, _ in known} >= set(DIALECTS)


def public(kind: type) -> set[str]:
    """The names that one may use of a class from another room."""
    names = {name for each in kind.__mro__[:-1] for name in (*vars(each), *vars(each).get("__annotations__", {}))}
    return {name for name in names if not name.startswith("_") and not name.isupper()}


DOORS: list[tuple[type, str]] = [
    (Framing, "advance at_boundary bare blank end error feed read rest text_in"),
    (Sink, "add bind error fail fault framed open terminated typed"),
    (PayloadParser, "count decode_all done doubt end feed framing last_line repairs"),
    (Binding, "apply apply_run slots"),
    (
        Reader,
        "add attach_partial begun bind complete completion dialect done_is_terminator end end_of ended error expect_body "
        "finish goes_on merge repairs tool_call typed",
    ),
    (
        DialectWriter,
        "add_arguments always_counts arguments begin call call_end calls calls_of count counts dialect end "
        "end_call fail finish head lose lose_cut_calls losses message_id own_reasons reasoning reasons redacted "
        "refusal several_choices start start_call sums text word",
    ),
    (
        Assembly,
        "add bind complete completion dialect end error fail fault framed full open partial_json reader repairs reported "
        "state terminated typed",
    ),
]


@pytest.mark.parametrize(("kind", "names"), DOORS, ids=lambda value: getattr(value, "__name__", ""))
def test_the_doors_between_the_rooms_are_pinned(kind: type, names: str) -> None:
    assert sorted(public(kind)) == names.split()
