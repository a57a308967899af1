"""What is given to the world: a wheel and a source distribution, the same bytes each time, with nothing left out or in."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email.message import Message
from email.parser import HeaderParser
from importlib.util import find_spec
from pathlib import Path

import pytest

import ssemble

from .distribution import ROOT, build
from .needed import needed
from .pyodide.__main__ import PYTHON

pytestmark = [
    pytest.mark.release,
    pytest.mark.skipif(find_spec("hatchling") is None, reason="the extra 'test' brings hatchling"),
]

NAME = f"ssemble-{ssemble.__version__}"
INFO = f"{NAME}.dist-info"
FOLDERS = ("src", "tests", "benchmarks", "fuzz")
FILES = ("README.md", "LICENSE", "pyproject.toml", ".gitignore", ".ci/run")
MADE = ("__pycache__", ".hypothesis", ".pytest_cache", ".mypy_cache", ".ruff_cache")


def kept(folder: Path) -> set[str]:
    """The files below a folder that are not made by running something."""
    found = (file.relative_to(folder) for file in folder.rglob("*") if file.is_file())
    return {file.as_posix() for file in found if not set(MADE) & set(file.parts)}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("sdist", ROOT, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def unpacked(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the source distribution unpacks to."""
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        assert all(member.isfile() for member in archive)
        for member in archive:  # the filters of extractall are not in every 3.10
            place = folder / member.name
            assert folder in place.resolve().parents
            place.parent.mkdir(parents=True, exist_ok=True)
            source = archive.extractfile(member)
            assert source is not None
            place.write_bytes(source.read())
            place.chmod(member.mode)
    (inside,) = folder.iterdir()
    return inside


def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        return HeaderParser().parsestr(archive.read(f"{INFO}/METADATA").decode())


def test_the_names_say_what_they_are(wheel: Path, sdist: Path) -> None:
    assert wheel.name == f"{NAME}-py3-none-any.whl"
    assert sdist.name == f"{NAME}.tar.gz"


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        assert archive.testzip() is None
        assert archive.read("ssemble/py.typed") == b""
        assert archive.read(f"{INFO}/licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()
        assert archive.read(f"{INFO}/entry_points.txt").decode().split("\n") == [
            "[console_scripts]",
            "ssemble = ssemble._cli.main:main",
            "",
        ]
        assert "Root-Is-Purelib: true" in archive.read(f"{INFO}/WHEEL").decode()
    about = {f"{INFO}/{name}" for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE")}
    package = {f"ssemble/{name}" for name in kept(ROOT / "src" / "ssemble") if not name.endswith(".md")}
    assert sorted(names) == sorted(package | about)


def test_the_source_holds_all_that_its_tests_need_and_nothing_else(unpacked: Path) -> None:
    assert unpacked.name == NAME
    expected = {f"{folder}/{name}" for folder in FOLDERS for name in kept(ROOT / folder)}
    expected |= {"PKG-INFO", *FILES}
    assert kept(unpacked) == expected


def test_what_the_wheel_says_of_itself(wheel: Path) -> None:
    said = metadata(wheel)
    assert said["Name"] == "ssemble"
    assert said["Version"] == ssemble.__version__
    assert said["Requires-Python"] == ">=3.10"
    assert said["License-Expression"] == "MIT"
    assert said["License-File"] == "LICENSE"
    assert said["Description-Content-Type"] == "text/markdown"
    assert said.get_payload() == (ROOT / "README.md").read_text(encoding="utf-8")
    needed = said.get_all("Requires-Dist", [])
    assert needed
    assert [each for each in needed if "extra ==" not in each] == [], "the library has no dependencies"


@pytest.mark.parametrize(
    "command",
    ["twine check --strict {wheel} {sdist}", "check_wheel_contents {wheel}", "validate_pyproject pyproject.toml"],
    ids=lambda command: command.split()[0],
)
def test_the_usual_tools_find_no_fault(command: str, wheel: Path, sdist: Path) -> None:
    module, *arguments = command.split()
    needed(module, "release")
    given = [each.format(wheel=wheel, sdist=sdist) for each in arguments]
    done = subprocess.run([sys.executable, "-m", module, *given], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_newest_python_of_the_classifiers_is_the_newest_that_is_tested(wheel: Path) -> None:
    named = [each for each in metadata(wheel).get_all("Classifier", []) if "Python :: 3." in each]
    assert named[-1].endswith(f" {PYTHON}")
    assert [int(each.rpartition(".")[2]) for each in named] == list(range(10, int(PYTHON.partition(".")[2]) + 1))


def test_the_same_bytes_from_another_folder_at_another_time(
    wheel: Path, sdist: Path, unpacked: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "a folder of another name"
    shutil.copytree(unpacked, elsewhere)
    for file in elsewhere.rglob("*"):
        if file.is_file():
            file.chmod(file.stat().st_mode & 0o700)
            os.utime(file, (1_000_000_000, 1_000_000_000))
    assert build("wheel", elsewhere, tmp_path / "wheel").read_bytes() == wheel.read_bytes()
    assert build("sdist", elsewhere, tmp_path / "sdist").read_bytes() == sdist.read_bytes()


def test_the_date_is_what_is_given(wheel: Path, unpacked: Path, tmp_path: Path) -> None:
    dated = build("wheel", unpacked, tmp_path, {"SOURCE_DATE_EPOCH": "1767225600"})
    assert dated.read_bytes() != wheel.read_bytes()
    with zipfile.ZipFile(dated) as archive:
        assert {each.date_time for each in archive.infolist()} == {(2026, 1, 1, 0, 0, 0)}


def test_it_installs_without_a_network_and_works(wheel: Path, tmp_path: Path) -> None:
    def run(*command: str | Path) -> str:
        # Nothing of this checkout may be found by way of the environment or of the folder.
        env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PIP_", "VIRTUAL"))}
        done = subprocess.run([*map(str, command)], cwd=tmp_path, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run(sys.executable, "-m", "venv", "empty")
    scripts = tmp_path / "empty" / ("Scripts" if os.name == "nt" else "bin")
    python = scripts / "python"
    run(python, "-m", "pip", "install", "--no-index", "--no-deps", wheel)
    script = "import ssemble; print(ssemble.__version__, ssemble.__file__)"
    version, _, place = run(python, "-W", "error", "-c", script).strip().partition(" ")
    assert version == ssemble.__version__
    assert (tmp_path / "empty").resolve() in Path(place).resolve().parents
    assert "ssemble" in run(scripts / "ssemble", "--version")
    assert run(scripts / "ssemble", "demo", "--fast")


def test_the_source_runs_its_own_tests(unpacked: Path) -> None:
    env = {**os.environ, "PYTHONPATH": f"{unpacked / 'src'}{os.pathsep}{unpacked}"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    few = ["tests/test_readme.py", "tests/test_imports.py", "tests/test_limits.py", "tests/model/test_events.py"]
    done = subprocess.run([*command, *few], cwd=unpacked, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
