"""The reference of the public names: nothing is missing in it, and its examples run."""

from __future__ import annotations

import doctest
import re
from importlib.util import find_spec

import pytest

import ssemble

from .needed import needed
from .rooms import ROOT
from .test_exports import MEMBERS

PAGE = (ROOT / "src" / "API.md").read_text(encoding="utf-8")
ENTRIES = dict(re.findall(r"^### `(\w+)`\n(.*?)(?=^###? |\Z)", PAGE, re.MULTILINE | re.DOTALL))
EXAMPLES = [(name, block) for name in ENTRIES for block in re.findall(r"```pycon\n(.*?)```", ENTRIES[name], re.DOTALL)]


def test_it_is_up_to_date() -> None:
    needed("griffe", "docs")
    from .reference.page import page

    assert page() == PAGE, "python -m tests.reference writes it anew"


def test_every_public_name_has_an_entry() -> None:
    assert sorted(ENTRIES) == sorted(ssemble.__all__)


@pytest.mark.parametrize("name", ssemble.__all__)
def test_every_entry_has_a_signature_a_text_and_an_example(name: str) -> None:
    entry = ENTRIES[name]
    assert "```pycon\n>>> " in entry
    assert re.search(r"^[A-Z].*\.$", entry, re.MULTILINE)
    # Nobody creates these: a method returns them.
    assert ("```python\n" in entry.partition("#### ")[0]) != (name in ("PartialToolCall", "TextWatch", "Watch"))


@pytest.mark.parametrize(("name", "example"), EXAMPLES, ids=[name for name, _ in EXAMPLES])
def test_its_examples_run_with_the_public_names_alone(name: str, example: str) -> None:
    if name == "arrow_schema" and find_spec("pyarrow") is None:
        pytest.skip("the extra 'arrow' brings pyarrow")
    known = {each: getattr(ssemble, each) for each in ssemble.__all__}
    test = doctest.DocTestParser().get_doctest(example, known, name, "API.md", 0)
    assert test.examples
    assert doctest.DocTestRunner().run(test).failed == 0


@pytest.mark.parametrize("name", MEMBERS)
def test_every_public_member_is_in_its_entry(name: str) -> None:
    missing = [
        each
        for each in MEMBERS[name].split()
        if f"`{each}`" not in ENTRIES[name] and f"`{name}.{each}`" not in ENTRIES[name]
    ]
    assert missing == []


def test_every_mark_became_a_link() -> None:
    assert "](@" not in PAGE
