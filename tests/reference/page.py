"""The page of the reference. Griffe reads the names, signatures and docstrings; this is their order and their look."""

from __future__ import annotations

import logging
import re
import textwrap
from collections.abc import Iterable, Iterator
from typing import Any

import griffe

from tests.documents import anchors
from tests.rooms import ROOT

PLACE = ROOT / "src" / "API.md"
HEAD = """\
# API

Everything in `ssemble.__all__`, in the order in which you may need it. The examples run after `from ssemble import *`.
Modules with an underscore are private.

<!-- Written by python -m tests.reference from the docstrings: edit these, not this page. -->
"""
SECTIONS = {
    "Read a body": "assemble aassemble iter_events aiter_events iter_chunks aiter_chunks iter_sse aiter_sse "
    "Source AsyncSource StreamOptions",
    "Read a stream as it arrives": "MessageStream BytesLike",
    "The message": "Completion Choice Message ToolCall Tokens FinishReason",
    "Events": "StreamEvent MessageStart TextDelta ReasoningDelta RefusalDelta ToolCallStart ToolCallDelta ToolCallEnd "
    "ChoiceEnd UsageUpdate ErrorEvent RawEvent",
    "JSON that is still arriving": "PartialJSON Watch TextWatch PartialToolCall",
    "Write a stream": "transcode atranscode write_events MessageWriter",
    "Watch a stream": "Observer Timing",
    "Rows": "row ROW_COLUMNS arrow_schema",
    "Parts": "accumulator Accumulator ChunkParser SSEParser ServerSentEvent Comment",
    "Options": "DIALECTS FRAMINGS Limits Loads",
    "Errors": "SsembleError StreamError LimitExceeded InvalidJSON ProtocolError UnknownDialect IncompleteStream "
    "JSONTextError IncompleteJSON MalformedJSON ProviderError",
}
MADE_BY_OTHERS = {"PartialToolCall", "TextWatch", "Watch"}  # their constructors are not public
WIDTH = 100
# `Name`, `Name.member` or `text <Name.member>`; not ``code``.
REFERENCE = re.compile(r"(?<!`)`(?:([^`<>\n]+) <)?([A-Za-z_][\w.]*)>?`(?!`)")
TITLES = {"parameters": "Arguments", "other parameters": "Arguments"}


def page() -> str:
    """Return the page as Markdown."""
    logging.getLogger("griffe").setLevel(logging.CRITICAL)  # several arguments may share a line of a docstring
    options = {"returns_multiple_items": False, "returns_named_value": False}
    package = griffe.load(
        "ssemble",
        search_paths=[ROOT / "src"],
        docstring_parser="google",
        docstring_options=options,  # type: ignore[arg-type]  # typed for all styles at once
    )
    parts = [HEAD]
    for title, names in SECTIONS.items():
        parts.append(f"- **{title}:** " + ", ".join(f"[`{name}`](@:{name})" for name in names.split()))
    parts[1:] = ["\n".join(parts[1:])]
    for title, names in SECTIONS.items():
        parts.append(f"## {title}")
        for name in names.split():
            parts += _entry(name, _target(package[name]))
    return _linked("\n\n".join(part.strip("\n") for part in parts) + "\n")


def _target(found: Any) -> Any:
    return found.final_target if found.is_alias else found


def _entry(name: str, thing: Any) -> Iterator[str]:
    """Describe a public name: signature, docstring and, of a class, its members."""
    yield f"### `{name}`"
    if thing.is_function:
        yield _code(_signature(thing, name))
    elif thing.is_attribute:
        yield _code(_assignment(name, thing))
    elif name not in MADE_BY_OTHERS:
        yield _code(_constructor(name, thing))
        if bases := [str(base) for base in thing.bases if "Error" in str(base)]:
            yield "**Base:** " + ", ".join(f"[`{base}`](@:{base})" for base in bases)
    yield from _docstring(thing, name)
    if thing.is_class:
        yield from _members(name, thing)


def _code(code: str, language: str = "python") -> str:
    return f"```{language}\n{code}\n```"


def _assignment(name: str, thing: Any) -> str:
    if thing.annotation is not None:
        return f"{name}: {thing.annotation}"
    value = str(thing.value)
    if len(value) > WIDTH:
        value = value.replace("[", "[\n    ", 1).replace(", ", ",\n    ").replace("]", ",\n]")
    return f"{name} = {value}"


def _constructor(name: str, thing: Any) -> str:
    if "TypedDict" in map(str, thing.bases):
        fields = "\n".join(f"    {field.name}: {field.annotation}" for field in thing.attributes.values())
        return f"class {name}(TypedDict, total=False):\n{fields}"
    # The keywords that all errors share are described once, at the first that has them.
    shown = [each for each in thing.parameters if each.name != "self" and "Where" not in str(each.annotation)]
    return f"class {_signature(thing, name, shown)}" if shown else f"class {name}"


def _signature(function: Any, name: str, parameters: Iterable[Any] | None = None) -> str:
    """Write a signature on one line or, if it is too long, with a line for each parameter."""
    shown = [each for each in function.parameters if each.name != "self"] if parameters is None else [*parameters]
    texts: list[str] = []
    starred = False
    for each in shown:
        if each.kind is griffe.ParameterKind.keyword_only and not starred:
            texts.append("*")
            starred = True
        star = {"variadic positional": "*", "variadic keyword": "**"}.get(each.kind.value, "")
        text = f"{star}{each.name}"
        text += f": {each.annotation}" if each.annotation is not None else ""
        if each.default is not None and not star:
            text += f" = {each.default}" if each.annotation is not None else f"={each.default}"
        texts.append(text)
        starred = starred or star == "*"
    returned = f" -> {function.returns}" if function.is_function and function.returns is not None else ""
    prefix = "async def " if "async" in function.labels else ""
    line = f"{prefix}{name}({', '.join(texts)}){returned}"
    if len(line) <= WIDTH:
        return line
    return f"{prefix}{name}(\n" + "".join(f"    {text},\n" for text in texts) + f"){returned}"


def _docstring(thing: Any, scope: str) -> Iterator[str]:
    """Give the sections of a docstring."""
    for section in thing.docstring.parsed if thing.docstring else ():
        kind = section.kind.value
        if kind == "text":
            yield from _paragraphs(section.value, scope)
        elif kind in ("returns", "yields"):
            yield f"**{kind.title()}:** {_prose(_section(thing, kind), scope)}"
        else:
            items = (f"- {_names(each)}: {_indented(_prose(each.description, scope))}" for each in section.value)
            yield f"**{TITLES.get(kind, kind.title())}:**\n\n" + "\n".join(items)


def _section(thing: Any, kind: str) -> str:
    """Return the text of a section as it is: Griffe takes what precedes a colon for a type."""
    found = re.search(rf"^{kind.title()}:\n((?:    .*\n|\n)+)", f"{thing.docstring.value}\n", re.MULTILINE)
    assert found is not None
    return textwrap.dedent(found[1]).strip()


def _names(item: Any) -> str:
    """Name an argument, an attribute or an error; one line of a docstring may have several."""
    name = str(getattr(item, "name", None) or item.annotation).strip("()")
    return ", ".join(f"[`{each}`](@:{each})" if each[0].isupper() else f"`{each}`" for each in name.split(", "))


def _paragraphs(text: str, scope: str) -> Iterator[str]:
    for paragraph in text.strip().split("\n\n"):
        yield _code(paragraph, "pycon") if paragraph.startswith(">>>") else _prose(paragraph, scope)


def _prose(text: str, scope: str) -> str:
    """Mark the names that have a heading, to be linked when the anchors are known."""

    def mark(found: re.Match[str]) -> str:
        text, name = found[1] or found[2], found[2]
        return f"[`{text}`](@{scope.partition('.')[0]}:{name})"

    return re.sub(r"``([^`]+)``", r"`\1`", REFERENCE.sub(mark, textwrap.dedent(text)))


def _indented(text: str) -> str:
    return text.strip().replace("\n", "\n  ")


def _members(name: str, thing: Any) -> Iterator[str]:
    """Describe the properties in a list, and the methods under headings."""
    told = {each.name for section in _sections(thing, "attributes") for each in section.value}
    own = [each for each in thing.members.values() if not each.name.startswith("_") and each.docstring]
    properties = [each for each in own if each.is_attribute and "property" in each.labels and each.name not in told]
    listed = [each for each in properties if "\n\n" not in each.docstring.value]
    if listed:
        lines = (f"- `{each.name}`: {_indented(_prose(each.docstring.value, name))}" for each in listed)
        yield "**Properties:**\n\n" + "\n".join(lines)
    for each in own:
        if each.is_function or (each in properties and each not in listed):
            yield f"#### `{name}.{each.name}`"
            yield _code(_signature(each, each.name) if each.is_function else f"{each.name}: {each.annotation}")
            yield from _docstring(each, f"{name}.{each.name}")


def _sections(thing: Any, kind: str) -> list[Any]:
    return [each for each in (thing.docstring.parsed if thing.docstring else ()) if each.kind.value == kind]


def _linked(text: str) -> str:
    """Link the marked names to their headings. A name without a heading stays code."""
    headings = re.findall(r"^#{2,4} (.+)$", text, re.MULTILINE)
    places = {heading.strip("`"): anchor for heading, anchor in zip(headings, anchors(text)[1:], strict=True)}

    def link(found: re.Match[str]) -> str:
        scope, _, name = found[2].partition(":")
        place = places.get(f"{scope}.{name}", places.get(name, places.get(name.partition(".")[0])))
        return f"[{found[1]}](#{place})" if place and name != scope else found[1]

    return re.sub(r"\[(`[^`]+`)\]\(@([^)]+)\)", link, text)
