"""Small faults that the tests of a room must find: ``python -m tests.mutation _framing.lines _dialects.chat.finish``.

The faults are those of mutmut (``pip install 'ssemble[mutation]'``). Each is tried against the tests of the
module's room (see `tests.rooms`), in a fork of a process in which pytest has collected them: there the code of
the one function is exchanged, and only the tests that call this function run. Where the fault is outside
functions, or in a function that runs before the tests do, the fork imports everything again instead.

Left out, for they say nothing about the tests:

- annotations, aliases of types, ``TypeVar``, ``cast``, ``@overload``, ``TYPE_CHECKING``, imports, decorators,
  ``__slots__``, ``__all__``, docstrings;
- ``None`` for ``False``: only the truth of a flag is asked, and mypy finds the other places;
- the ``strict`` of a ``zip``, which asserts what holds anyway;
- faults that only take time: the tests that count work are not run, since counting compiles the code again,
  without the fault;
- the wording of messages: literals with two spaces or more. That a message is there is tried: its argument becomes None.

It fails where fewer than 95 % of a module's faults are found; mutation.md has the figures, and says which kinds
of faults survive and why.

A name alone tries all faults of the module; ``_framing.lines:12`` only that one, ``_framing.lines//5`` every fifth. With
``--with=property``, or another file or folder of ``tests``, its tests run too.
"""

from __future__ import annotations

import ast
import gc
import importlib
import importlib.machinery
import importlib.util
import json
import os
import re
import resource
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import CodeType, FunctionType, ModuleType
from typing import IO, Any

import pytest
from hypothesis import HealthCheck, settings

from . import rooms
from .rooms import PACKAGE, ROOMS, ROOT, TESTS, room_of

OPTIONS = ["-q", "-x", "-s", "--tb=no", "--assert=plain", "-p", "no:cacheprovider", "-o", "addopts=--strict-markers"]
SECONDS = 120  # of the processor, at most; of the clock, ten times as many
ENOUGH = 0.95  # the share of faults to be found
BYTES = 3 * 2**30
SAYS_NOTHING = re.compile(r"«False → None»|\bzip\(.*(strict=«|«strict=)")
NEVER_CHANGED = {"len", "isinstance"}  # as in mutmut: the argument None is noticed by whatever runs the line
NAMES_FOR_TYPES = {"TypeVar", "cast"}
WORD = re.compile(r"[\w.]")


@dataclass
class Mutant:
    """A module with one fault."""

    number: int
    before: str
    after: str
    source: str
    function: str | None  # whose body holds the fault
    first_line: int

    @property
    def line(self) -> int:
        """Where the fault is, from 1 on."""
        return self.before.count("\n", 0, _agreement(self.before, self.after)) + 1

    def __str__(self) -> str:
        """The line with the fault: what is there, and what the fault puts in its place."""
        old, new = (text.splitlines()[self.line - 1].strip() for text in (self.before, self.after))
        start = _agreement(old, new)
        end = _agreement(old[start:][::-1], new[start:][::-1])
        while start and WORD.fullmatch(old[start - 1]):
            start -= 1
        while end and WORD.fullmatch(old[-end]):
            end -= 1
        stop = -end or None
        return f"{old[:start]}«{old[start:stop]} → {new[start:stop]}»{old[stop:] if stop else ''}"


def _agreement(one: str, other: str) -> int:
    """How many characters two texts begin with in common."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


class Mutator:
    """The faults that mutmut's operators make in a source."""

    def __init__(self, source: str) -> None:
        self._cst: Any = importlib.import_module("libcst")
        metadata: Any = importlib.import_module("libcst.metadata")
        self._operators: Any = importlib.import_module("mutmut.mutation.mutators").mutation_operators
        wrapper = metadata.MetadataWrapper(self._cst.parse_module(source))
        self._positions = wrapper.resolve(metadata.PositionProvider)
        self._tree = wrapper.module
        self._source = source
        self._seen = {ast.dump(ast.parse(source))}

    def __iter__(self) -> Iterator[Mutant]:
        for number, (path, new) in enumerate(self._walk((self._tree,))):
            try:
                source = self._put(path, new).code
                tree = ast.dump(ast.parse(source))
                compile(source, "", "exec")
            except (SyntaxError, self._cst.CSTValidationError):
                continue
            if tree in self._seen:
                continue
            self._seen.add(tree)
            function, first_line = self._function(path)
            mutant = Mutant(number, self._source, source, source, function, first_line)
            if not SAYS_NOTHING.search(str(mutant)):
                yield mutant

    def _walk(self, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Any]]:
        node = path[-1]
        if self._left_out(path):
            return
        if not (self._is(node, "Call") and self._name(node.func) in NEVER_CHANGED):
            for kind, operator in self._operators:
                if isinstance(node, kind):
                    for new in operator(node):
                        yield path, new
        for child in node.children:
            yield from self._walk((*path, child))

    def _left_out(self, path: tuple[Any, ...]) -> bool:
        node = path[-1]
        if any(self._is(node, kind) for kind in ("Annotation", "Decorator", "Import", "ImportFrom")):
            return True
        if self._is(node, "SimpleString"):
            return bool(node.value.count(" ") > 1)
        if self._is(node, "FunctionDef"):
            return any(self._name(each.decorator) == "overload" for each in node.decorators)
        if self._is(node, "If"):
            return bool(self._name(node.test) == "TYPE_CHECKING")
        if self._is(node, "Assign"):
            if self._name(node.targets[0].target) in ("__slots__", "__all__"):
                return True
            if not self._within(path, "FunctionDef"):
                value = node.value
                return self._is(value, "Subscript") or (
                    self._is(value, "Call") and self._name(value.func) in NAMES_FOR_TYPES
                )
        return self._is(node, "Arg") and self._is(path[-2], "Call") and self._name(path[-2].func) in NAMES_FOR_TYPES

    def _put(self, path: tuple[Any, ...], new: Any) -> Any:
        """The tree with another node at the end of a path."""
        for parent, old in zip(path[-2::-1], path[:0:-1], strict=True):
            for field in parent.__dataclass_fields__:
                value = getattr(parent, field)
                if value is old:
                    new = parent.with_changes(**{field: new})
                    break
                if isinstance(value, (list, tuple)) and any(each is old for each in value):
                    new = parent.with_changes(**{field: [new if each is old else each for each in value]})
                    break
        return new

    def _function(self, path: tuple[Any, ...]) -> tuple[str | None, int]:
        for at, outer in enumerate(path[:-1]):
            if self._is(outer, "FunctionDef"):
                inner = path[at + 1]
                first = outer.decorators[0] if outer.decorators else outer
                return (outer.name.value, self._positions[first].start.line) if inner is outer.body else (None, 0)
        return None, 0

    def _within(self, path: tuple[Any, ...], kind: str) -> bool:
        return any(self._is(node, kind) for node in path)

    def _is(self, node: Any, kind: str) -> bool:
        return isinstance(node, getattr(self._cst, kind))

    def _name(self, node: Any) -> Any:
        return node.value if self._is(node, "Name") else None


class Anew(importlib.machinery.SourceFileLoader):
    """Imports one module from another source."""

    def __init__(self, name: str, path: str, source: str) -> None:
        super().__init__(name, path)
        self._source = source

    def find_spec(self, name: str, path: Any = None, target: ModuleType | None = None) -> Any:
        if name != self.name:
            return None
        return importlib.util.spec_from_file_location(name, self.path, loader=self)

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._source, self.path, "exec", dont_inherit=True)


class Chosen:
    """Leaves out the tests that count work, which would run the code without the fault, and sorts the others."""

    def __init__(self, order: list[str] | None = None) -> None:
        self._order = order

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [each for each in items if isinstance(each, pytest.Function) and not self._counts(each)]
        if self._order is not None:
            places = {name: place for place, name in enumerate(self._order)}
            items[:] = sorted((item for item in items if item.nodeid in places), key=lambda item: places[item.nodeid])

    def _counts(self, item: pytest.Function) -> bool:
        codes: list[CodeType] = [item.function.__code__]
        for code in codes:
            codes += [each for each in code.co_consts if isinstance(each, CodeType)]
        return any(name in ("assert_linear", "counted", "growth") for code in codes for name in code.co_names)


class Trial:
    """The faults of a module, tried."""

    def __init__(self, module: str, tests: list[str], wanted: Callable[[int], bool]) -> None:
        self.path = rooms.path(module)
        self.module = module
        self.name = "ssemble" if module == "__init__" else f"ssemble.{module}"
        self.tests = tests
        mutants = list(Mutator(self.path.read_text()))
        self.mutants = [mutant for at, mutant in enumerate(mutants) if wanted(at)]
        for at, mutant in enumerate(mutants):
            mutant.number = at
        self.of_all = len(mutants)
        self.outcomes: Counter[str] = Counter()
        self._early: Counter[int] = Counter()
        self._seconds = SECONDS

    def run(self) -> int:
        """Try the faults; pytest's exit code for the tests without a fault."""
        sys.settrace(self._noting(self._early))
        return int(pytest.main([*OPTIONS, *self.tests], plugins=[self, Chosen()]))

    def _noting(self, calls: Counter[int]) -> Callable[[Any, str, Any], None]:
        """A trace function that counts calls: of the module's functions, by their first line, and of others, by 0."""

        def note(frame: Any, event: str, argument: Any) -> None:
            calls[frame.f_code.co_firstlineno if frame.f_code.co_filename == str(self.path) else 0] += 1

        return note

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Take the place of pytest's loop over the tests."""
        sys.settrace(None)
        importlib.import_module(self.name)  # a dialect is imported when it is needed first
        functions: dict[tuple[str, int], FunctionType] = {}
        for each in gc.get_objects():
            if isinstance(each, FunctionType) and each.__code__.co_filename == str(self.path):
                functions[each.__name__, each.__code__.co_firstlineno] = each
        gc.collect()
        gc.freeze()  # what is frozen is in no list of `gc` any more
        with tempfile.TemporaryFile("w+") as file:
            outcome, seconds = self._fork(lambda: self._loop(session, session.items, file))
            if outcome != "survived":
                raise AssertionError(f"{self.tests} fail without a fault")
            file.seek(0)
            notes = [Counter(dict(json.loads(line))) for line in file]
        self._seconds = min(SECONDS, int(5 + 4 * seconds))
        # The shortest first, for they find a fault soonest; those that call nothing of the module find none.
        order = sorted((at for at, calls in enumerate(notes) if calls.keys() - {0}), key=lambda at: notes[at].total())
        calling = [(session.items[at], notes[at].keys() - {0}) for at in order]
        names = [item.nodeid for item, _ in calling]
        for mutant in self.mutants:
            function = None
            if mutant.function is not None and mutant.first_line not in self._early:
                function = functions.get((mutant.function, mutant.first_line))
            items = [item for item, lines in calling if mutant.first_line in lines]
            outcome, _ = self._fork(
                (lambda: self._exchanged(session, items, names, mutant, function))  # noqa: B023  # called at once
                if function
                else (lambda: self._anew(mutant, names))  # noqa: B023  # called at once
            )
            self.outcomes[outcome] += 1
            if outcome != "killed":
                print(f"{outcome} {self.module}:{mutant.number} {mutant.function or 'module'}: {mutant}", flush=True)
        return True

    def _fork(self, work: Callable[[], bool]) -> tuple[str, float]:
        """Do the work in a child; return what became of it, and its seconds of the processor."""
        child = os.fork()
        if child:
            _, status, used = os.wait4(child, 0)
            if os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGALRM):
                return "timeout", used.ru_utime
            return "killed" if os.waitstatus_to_exitcode(status) else "survived", used.ru_utime
        code = 1
        try:
            silence = os.open(os.devnull, os.O_WRONLY)
            os.dup2(silence, 1)
            os.dup2(silence, 2)
            signal.alarm(10 * SECONDS)
            resource.setrlimit(resource.RLIMIT_CPU, (self._seconds, SECONDS + 5))
            resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            code = 0 if work() else 1
        finally:
            os._exit(code)

    def _loop(self, session: pytest.Session, items: list[pytest.Item], file: IO[str] | None = None) -> bool:
        """Run tests until one fails; into the file go the calls that each makes."""
        for at, item in enumerate(items):
            calls: Counter[int] = Counter()
            if file is not None:
                sys.settrace(self._noting(calls))
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=items[at + 1] if at + 1 < len(items) else None)
            if file is not None:
                sys.settrace(None)
                print(json.dumps(list(calls.items())), file=file, flush=True)
            if session.testsfailed:
                return False
        return True

    def _exchanged(
        self,
        session: pytest.Session,
        items: list[pytest.Item],
        names: list[str],
        mutant: Mutant,
        function: FunctionType,
    ) -> bool:
        codes = [compile(mutant.source, str(self.path), "exec", dont_inherit=True)]
        for code in codes:
            codes += [each for each in code.co_consts if isinstance(each, CodeType)]
            if code.co_name == mutant.function and code.co_firstlineno == mutant.first_line:
                if code.co_freevars != function.__code__.co_freevars:
                    return self._anew(mutant, names)
                function.__code__ = code
                return self._loop(session, items)
        return self._anew(mutant, names)

    def _anew(self, mutant: Mutant, names: list[str]) -> bool:
        for name in list(sys.modules):
            if name.partition(".")[0] in ("ssemble", "tests") and name != __name__:
                del sys.modules[name]
        sys.meta_path.insert(0, Anew(self.name, str(self.path), mutant.source))
        return pytest.main([*OPTIONS, *self.tests], plugins=[Chosen(names)]) == 0

    def enough(self) -> bool:
        """Whether the share of the faults that were found is high enough; of a few, one may survive."""
        alive = self.outcomes["survived"]
        return alive <= max(1, (1 - ENOUGH) * sum(self.outcomes.values()))

    def row(self) -> str:
        """A line of the table in mutation.md."""
        tried, alive = sum(self.outcomes.values()), self.outcomes["survived"]
        share = f"{100 * (tried - alive) / tried:.1f} %" if tried else ""
        return (
            f"| {room_of(self.module)} | `{self.module}` | {tried:,} of {self.of_all:,} | {tried - alive:,} | {share} |"
        )


def main(arguments: list[str]) -> int:
    """Try what the arguments name; 0 if enough of the faults of each module are found."""
    sys.path.insert(0, str(PACKAGE.parent))
    os.chdir(ROOT)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    os.environ["HYPOTHESIS_PROFILE"] = "mutation"
    settings.register_profile(
        "mutation",
        max_examples=25,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    more = [str(TESTS / each.removeprefix("--with=")) for each in arguments if each.startswith("--with=")]
    wanted: dict[str, list[str]] = {}
    for argument in arguments:
        if not argument.startswith("--with="):
            module, _, number = argument.partition(":")
            module, every = module.rsplit("//", 1) if "//" in module else (module, "")
            wanted.setdefault(module.replace("/", "."), []).append(number or "/" + (every or "1"))
    rows, code = [], 0
    for module, numbers in wanted.items():
        read, write = os.pipe()
        child = os.fork()  # for a process can collect the tests once only
        if not child:
            trial = Trial(
                module,
                [*(str(TESTS / each) for each in ROOMS[room_of(module)].tests), *more],
                lambda at: any(
                    at % int(each[1:]) == 0 if each[0] == "/" else at == int(each)
                    for each in numbers  # noqa: B023  # called before the loop goes on
                ),
            )
            failed = trial.run()
            os.write(write, trial.row().encode())
            os._exit(0 if not failed and trial.enough() else 1)
        os.close(write)
        code |= os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        rows.append(os.read(read, 1000).decode() or f"{module}: not tried")
        os.close(read)
        print(rows[-1], flush=True)
    print("\n| room | module | tried | killed | share |\n|---|---|---:|---:|---:|")
    print("\n".join(rows))
    return code


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
