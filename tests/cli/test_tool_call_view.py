"""The live view of tool calls."""

from __future__ import annotations

import io
import json
import math
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssemble._cli import tool_call_view as _tool_call_view
from ssemble._cli.tool_call_view import fit_line

from .command import DONE, HELLO, Source, Terminal, call, chunk, run

ORDER = json.dumps({"to": "Ana", "items": [{"n": "tea"}, {"n": "milk"}], "note": {}, "size": 12, "tags": {"a": [1]}})


def calls(*texts: str, size: int = 5) -> bytes:
    body = b""
    for index, text in enumerate(texts):
        body += call(index, "", name=f"f{index}")
        body += b"".join(call(index, text[at : at + size]) for at in range(0, len(text), size))
    return body


def events(body: bytes) -> list[bytes]:
    return [event + b"\n\n" for event in body.split(b"\n\n")[:-1]]


END = chunk(finish_reason="tool_calls") + DONE


def drawn(out: io.StringIO) -> list[str]:
    """Each line of the terminal as it was drawn last."""
    return [line.rpartition("\r\x1b[2K")[2] for line in out.getvalue().split("\n")]


@pytest.fixture
def every_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_tool_call_view, "REDRAW_INTERVAL", 0)
    monkeypatch.setattr(_tool_call_view, "MAX_DRAW_SHARE", math.inf)


def test_pipe_gets_a_line_per_value() -> None:
    result = run("--arguments", data=HELLO.removesuffix(DONE) + calls(ORDER) + END)
    head = {"choice": 0, "index": 0, "name": "f0"}
    values = [(each.get("path"), each.get("value")) for each in result.lines[:-1]]
    assert values == [
        (["to"], "Ana"),
        (["items", 0], {"n": "tea"}),
        (["items", 1], {"n": "milk"}),
        (["note"], {}),
        (["size"], 12),
        (["tags", "a"], [1]),
    ]
    assert all(head.items() <= each.items() for each in result.lines)
    assert result.lines[-1] == {**head, "arguments": json.loads(ORDER), "complete": True}
    assert result.code == 0
    assert "call 0" in result.err


def test_values_are_written_as_they_complete() -> None:
    out = io.StringIO()
    seen: list[int] = []

    class Watched(Source):
        def read1(self, size: int) -> bytes:
            seen.append(out.getvalue().count("\n"))
            return super().read1(size)

    run("--arguments", data=Watched(*events(calls('{"a": "x", "b": 7}', size=1) + END)), out=out)
    first, second, last = (seen.index(lines) for lines in (1, 2, 3))
    assert (first, second, last) == (1 + len('{"a": "x"'), 1 + 18, 1 + 18 + 1)


@pytest.mark.parametrize(
    ("body", "last"),
    [
        (calls('{"a": "x'), {"arguments": '{"a": "x', "complete": False}),
        (calls("{bad") + END, {"arguments": "{bad", "complete": False}),
        (calls("") + END, {"arguments": {}, "complete": True}),
        (calls("[1, 2]") + END, {"arguments": [1, 2], "complete": True}),
    ],
    ids=["truncated", "malformed", "empty", "a list"],
)
def test_last_line_of_a_call(body: bytes, last: dict[str, Any]) -> None:
    result = run("--arguments", data=body)
    assert last.items() <= result.lines[-1].items()


def test_custom_tool_input_is_text() -> None:
    entry = {"index": 0, "id": "c", "type": "custom", "custom": {"name": "sh", "input": "12"}}
    result = run("--arguments", data=chunk({"tool_calls": [entry]}) + END)
    assert result.lines == [{"choice": 0, "index": 0, "name": "sh", "arguments": "12", "complete": True}]


def test_arguments_after_end_are_ignored() -> None:
    body = calls('{"a": 1}') + call(1, "{}", name="g") + call(0, " ") + END
    assert len(run("--arguments", data=body).lines) == 3


@pytest.mark.usefixtures("every_change")
def test_terminal_redraws_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    out = Terminal()
    run("--arguments", data=Source(*events(calls('{"a": "xyz", "b": [1, 22]}', '{"c": 3}') + END)), out=out)
    assert drawn(out)[:2] == ['f0 {"a": "xyz", "b": [1, 22]}', 'f1 {"c": 3}']
    frames = out.getvalue().split("\r\x1b[2K")[1:]
    assert frames[:4] == ["f0 {}", 'f0 {"a": "xyz"}', 'f0 {"a": "xyz"}', 'f0 {"a": "xyz", "b": []}']


@pytest.mark.parametrize("each", [20, 0], ids=["by interval", "by share of time"])
def test_redraw_rate_is_limited(each: int, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(1000))
    monkeypatch.setattr(_tool_call_view, "REDRAW_INTERVAL", each)
    monkeypatch.setattr(_tool_call_view, "monotonic", lambda: next(clock))
    out = Terminal()
    run("--arguments", data=Source(*events(calls(json.dumps({"a": "x" * 100}), size=1) + END)), out=out)
    assert 3 < out.getvalue().count("\x1b[2K") < 20
    assert drawn(out)[0].endswith('xxx"}')


def test_redraw_rate_of_interleaved_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(1000))
    monkeypatch.setattr(_tool_call_view, "REDRAW_INTERVAL", 20)
    monkeypatch.setattr(_tool_call_view, "monotonic", lambda: next(clock))
    out = Terminal()
    turns = b"".join(
        call(index, "1" if each else "[1", name="f" * (not each)) for each in range(50) for index in (0, 1)
    )
    run("--arguments", data=Source(*events(turns + END)), out=out)
    assert 3 < out.getvalue().count("\x1b[2K") < 20


@pytest.mark.usefixtures("every_change")
def test_interleaved_calls_on_separate_lines() -> None:
    out = Terminal()
    head = call(0, "", name="f") + call(1, "", name="g")
    body = head + call(0, '{"a"') + call(1, "[1") + call(0, ": 1}") + call(1, ", 2]") + END
    run("--arguments", data=Source(*events(body)), out=out)
    assert drawn(out)[:4] == ["f {}", "g []", 'f {"a": 1}', "g [1, 2]"]
    assert drawn(out)[4:6] == ['f {"a": 1}', "g [1, 2]"]


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (calls('{"a": "x'), 'f0 {"a": "x"}  (truncated)'),
        (calls('{"a": 1 x') + END, 'f0 {"a": 1}  (not JSON)'),
        (calls("") + END, "f0 {}"),
        (calls('{"a": "\\u001b[2J"}') + END, 'f0 {"a": "\\u001b[2J"}'),
        (chunk({"tool_calls": [{"index": 0, "id": "c", "function": {"name": "a\n\x1bb", "arguments": "1"}}]}) + END, "a\\n\\u001bb 1"),
    ],
    ids=["truncated", "malformed", "empty", "escapes", "control characters in the name"],
)  # fmt: skip
def test_final_drawing_of_a_call(body: bytes, line: str) -> None:
    out = Terminal()
    run("--arguments", data=body, out=out)
    assert drawn(out)[0] == line


def test_dumb_terminal_gets_lines() -> None:
    out = Terminal()
    run("--arguments", data=calls('{"a": 1}') + END, out=out, env={"TERM": "dumb"})
    assert "\x1b" not in out.getvalue()
    assert json.loads(out.getvalue().splitlines()[0])["value"] == 1


@pytest.mark.parametrize(
    ("text", "columns", "line"),
    [
        ("abcdef", 8, "f abcdef"),
        ("abcdefg", 8, "f …cdefg"),
        ("日本語テスト", 14, "f 日本語テスト"),
        ("日本語テスト", 13, "f …本語テスト"),
        ("日本語テスト", 12, "f …語テスト"),
        ("abc", 4, "f …c"),
        ("abc", 3, "f …"),
        ("abc", 2, "f "),
        ("", 2, "f "),
    ],
)
def test_fit_line(text: str, columns: int, line: str) -> None:
    assert fit_line("f", text, columns) == line


LETTERS = st.text("ab日😀\u0301 ", max_size=30)


@given(LETTERS, LETTERS, st.integers(3, 40))
def test_fit_line_width(name: str, text: str, columns: int) -> None:
    line = fit_line(name, text, columns)
    width = sum(1 + (east_asian_width(character) in "WF") for character in line)
    assert width <= columns
    if line != f"{name} {text}":
        assert "…" in line
        assert width >= columns - 3, "no more is left out than necessary"


@pytest.mark.parametrize(
    ("name", "text", "columns", "line"),
    [
        ("get_the_weather", "{}", 12, "get_the_… {}"),
        ("get_the_weather", '{"city": "x"}', 12, 'get_t… …"x"}'),
        ("get_the_weather", "", 12, "get_the_we… "),
        ("get", '{"city": "x"}', 12, 'get …": "x"}'),
        ("天気予報", "[1]", 9, "天気… [1]"),
    ],
)
def test_fit_line_with_long_name(name: str, text: str, columns: int, line: str) -> None:
    assert fit_line(name, text, columns) == line


@pytest.mark.usefixtures("every_change")
@pytest.mark.parametrize(
    "name", ["a" * 300, "\t" * 50, "\x1b" * 50, "\u202e" * 50], ids=["long", "tabs", "escapes", "overrides"]
)
def test_names_do_not_wrap_lines(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    out = Terminal()
    run("--arguments", data=Source(*events(call(0, "", name=name) + call(0, '{"a": 1}') + END)), out=out)
    lines = [line for line in out.getvalue().replace("\n", "\r\x1b[2K").split("\r\x1b[2K") if line]
    assert len(lines) > 1
    assert all(len(line) < 40 and line.isprintable() for line in lines)
    assert drawn(out)[0].endswith('{"a": 1}')


def test_name_in_a_pipe_is_unchanged() -> None:
    name = "a\tb\x1b\u202e"
    assert run("--arguments", data=calls("{}") + call(1, "{}", name=name) + END).lines[-1]["name"] == name


def test_infinity_is_null() -> None:
    result = run("--arguments", data=call(0, '{"a": 1e999, "b": [-1e999]}', name="f") + END)
    assert [line.get("value", 0) for line in result.lines] == [None, None, 0]
    assert result.lines[-1]["arguments"] == {"a": None, "b": [None]}
    out = Terminal()
    run("--arguments", data=call(0, '{"a": 1e999}', name="f") + END, out=out)
    assert drawn(out)[0] == 'f {"a": null}'


def test_several_files_name_the_file_per_line(tmp_path: Path) -> None:
    names = [str(tmp_path / name) for name in "ab"]
    for name in names:
        Path(name).write_bytes(calls('{"a": 1}') + END)
    lines = run("--arguments", *names).lines
    assert [line["file"] for line in lines] == [names[0]] * 2 + [names[1]] * 2
    assert "file" not in run("--arguments", names[0]).lines[0]


def test_order_of_values_completed_together() -> None:
    text = '{"x": 0, "a": 1, "b": [2, 3], "c": 4, "d": {"e": 5}, "f": {}}'
    for at in (0, 9, text.index("5")):
        body = call(0, "", name="f") + call(0, text[:at]) + call(0, text[at:]) + END
        assert [line.get("value") for line in run("--arguments", data=Source(*events(body))).lines[:-1]] == [
            0,
            1,
            2,
            3,
            4,
            5,
            {},
        ]
    found = run("--arguments", data=call(0, "[[1, 2], 3, {}]", name="f") + END).lines[:-1]
    assert [(line["path"], line["value"]) for line in found] == [([0, 0], 1), ([0, 1], 2), ([1], 3), ([2], {})]
