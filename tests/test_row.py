"""A body as one flat row, whatever is in it."""

from __future__ import annotations

import json
import pickle
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ssemble
from ssemble import ROW_COLUMNS, row

from .helpers import call, chunk, cuts, sse
from .needed import needed
from .poison import DONE, HELLO, POISON
from .property.quirky import quirky_streams
from .recordings import committed
from .rows import check
from .strategies import cuttings, sse_bytes

USAGE = {
    "prompt_tokens": 9, "completion_tokens": 12, "total_tokens": 21,
    "prompt_tokens_details": {"cached_tokens": 4}, "completion_tokens_details": {"reasoning_tokens": 5},
}  # fmt: skip
FULL = sse(
    chunk({"role": "assistant", "reasoning_content": "Hm", "refusal": "No"}, id="c1", model="m", created=1767225600),
    chunk({"content": "Hi"}),
    call(0, id="a", name="f", arguments="{}"),
    chunk({}, "tool_calls"),
    chunk({"tool_calls": [{"index": 0, "id": "b", "function": {"name": "g", "arguments": '{"x'}}]}, index=1),
    {"choices": [], "usage": USAGE},
    DONE,
)


def test_every_column_of_a_whole_message() -> None:
    found = check(row(FULL))
    completion = ssemble.assemble(FULL)
    for name in ("id", "model", "created", "dialect", "finish_reason", "text", "reasoning", "refusal"):
        assert found[name] == getattr(completion, name) is not None
    assert (found["status"], found["raw_finish_reason"], found["choices"]) == ("whole", "tool_calls", 2)
    assert found["tool_calls"] == [
        {"choice": 0, "index": 0, "id": "a", "type": "function", "name": "f", "arguments": "{}", "complete": True},
        {"choice": 1, "index": 0, "id": "b", "type": "function", "name": "g", "arguments": '{"x', "complete": False},
    ]
    counts = {"input": 9, "output": 12, "total": 21, "cached": 4, "reasoning": 5}
    assert {name: found[f"{name}_tokens"] for name in counts} == counts
    assert json.loads(found["usage"]) == USAGE
    assert json.loads(found["completion"]) == completion.to_dict()
    assert json.loads(found["repairs"]) == {"missing_finish_reason": 1}
    assert (found["bytes"], found["chunks"]) == (len(FULL), 6)
    unset = {name for name, value in found.items() if value is None}
    assert unset == {name for name in ROW_COLUMNS if name.startswith("error")} | {
        "fragments", "first_byte", "first_event", "duration", "longest_gap"
    }  # fmt: skip


@pytest.mark.parametrize("name", POISON)
def test_poison_is_a_row(name: str) -> None:
    check(row(POISON[name]))


STATUSES = {
    "null": "cut",
    "empty": "cut",
    "a heartbeat": "cut",
    "cut in the first event": "cut",
    "cut in an event": "cut",
    "HTML": "error",
    "gzip": "unrecognised",
    "a dialect that is not known": "unrecognised",
    "another JSON": "unrecognised",
    "half a pair": "whole",
    "a bad chunk between": "error",
    "an error after text": "error",
    "a response that was not streamed": "whole",
    "two responses": "whole",
}


@pytest.mark.parametrize(("name", "status"), STATUSES.items())
def test_status(name: str, status: str) -> None:
    assert row(POISON[name])["status"] == status


@pytest.mark.parametrize(
    ("name", "columns"),
    {
        "half a pair": {"text": "a\ufffd", "model": "m\ufffd"},
        "a count of 40 digits": {"total_tokens": None, "usage": '{"total_tokens": ' + "1" * 40 + "}"},
        "a negative count": {"total_tokens": None},
        "NaN": {"total_tokens": None, "usage": '{"total_tokens": null}'},
        "created in the far future": {"created": None},
        "an error after text": {
            "text": "a", "error": "ProviderError", "error_type": "x", "error_code": "429", "error_message": "slow",
            "error_offset": None, "error_event": None,
        },
        "an error with a code of 40 digits": {"error_code": str(10**40), "error_message": "slow\ufffd"},
        "an error response": {"error_code": "rate_limit", "completion": None},
        "a bad chunk between": {"text": "ab", "error": "ProtocolError"},
        "JSON cut between": {"text": "ab", "error": "InvalidJSON", "error_offset": 85, "error_event": 2},
        "two responses": {"text": "Hello", "repairs": '{"bytes_after_terminator": 1}', "bytes": 2 * len(HELLO)},
    }.items(),
)  # fmt: skip
def test_what_becomes_of_poison(name: str, columns: dict[str, Any]) -> None:
    found = row(POISON[name])
    assert {column: found[column] for column in columns} == columns


# What else may stand for a body.


@pytest.mark.parametrize("body", [HELLO.decode(), bytearray(HELLO), memoryview(HELLO), [HELLO[:9], HELLO[9:].decode()]])
def test_other_forms_of_a_body(body: Any) -> None:
    assert row(body) == row(HELLO)


def test_text_with_half_a_pair() -> None:
    body = 'data: {"choices": [{"delta": {"content": "a\ud83d"}}]}\n\n'
    assert check(row(body))["text"] == "a\ufffd"


def test_every_cut_gives_the_same_row() -> None:
    for body in (HELLO, FULL, HELLO[:-60], POISON["a bad chunk between"] or b"", b""):
        whole = row(body)
        for fragments in cuts(body):
            assert row(fragments) == whole


@given(st.data(), st.sampled_from([body for body in POISON.values() if body and len(body) < 9000]) | sse_bytes())
def test_any_bytes_cut_anywhere(data: st.DataObject, body: bytes) -> None:
    assert check(row(body)) == row(data.draw(cuttings(body)))


@given(quirky_streams())
def test_it_has_what_assemble_returns(stream: tuple[bytes, dict[str, Any]]) -> None:
    _same_as_assemble(stream[0])


def test_recordings() -> None:
    for recording in committed():
        _same_as_assemble(recording.body)


def _same_as_assemble(body: bytes) -> None:
    found = check(row(body))
    try:
        completion = ssemble.assemble(body, errors="event")
    except ssemble.SsembleError as error:
        completion = error.partial or ssemble.Completion()
        assert found["status"] != "whole"
    assert found["text"] == completion.text
    assert len(found["tool_calls"]) == sum(len(choice.message.tool_calls) for choice in completion.choices)


TWO_CHOICES = sse(chunk({"content": "Hel"}), chunk({"content": "Hello"}, "stop", index=1), DONE)


def test_dialect_and_options() -> None:
    assert row(HELLO, "anthropic")["status"] == "unrecognised"
    assert row(HELLO, limits=ssemble.Limits(max_message_size=3))["error"] == "LimitExceeded"
    assert row(HELLO, framing="aws")["status"] == "unrecognised"
    assert row(HELLO, loads=lambda data: {**json.loads(data), "model": "another"})["model"] == "another"
    assert row(TWO_CHOICES)["choices"] == 2
    assert (row(TWO_CHOICES, n=1)["choices"], row(TWO_CHOICES, n=1)["text"]) == (1, "HelHello")
    assert row(TWO_CHOICES, n=1, cumulative=True)["text"] == "Hello"
    with pytest.raises(ValueError, match="unknown dialect"):
        row(HELLO, "klingon")


@pytest.mark.parametrize(
    "body",
    [7, float("nan"), [7], [None], [("x", HELLO)], [(1.0,)], {"a": 1}, object()],
    ids=lambda body: type(body).__name__,
)
def test_what_is_no_body_is_an_error_in_its_row(body: Any) -> None:
    found = check(row(body))
    assert found["status"] in ("error", "cut")
    assert found["error"]


def test_an_error_says_what_is_no_body() -> None:
    found = row(7)  # type: ignore[arg-type]  # what is tested
    assert found["error_message"] == "expected bytes, a str, None or an iterable of fragments, got int"


def test_a_source_that_fails() -> None:
    def source(fault: BaseException) -> Iterator[bytes]:
        yield HELLO[:-80]
        raise fault

    found = check(row(source(TimeoutError("no data for 60 s"))))
    assert (found["status"], found["error"], found["error_message"]) == ("error", "TimeoutError", "no data for 60 s")
    assert found["text"] == "Hel"
    with pytest.raises(KeyboardInterrupt):
        row(source(KeyboardInterrupt()))


# Of an observer.


@pytest.mark.parametrize("name", ["a bad chunk between", "an error after text", "gzip", "cut in an event"])
def test_an_observer_that_moves_at_every_byte(name: str) -> None:
    body = POISON[name] or b""
    observer = ssemble.Observer(clock=None)
    for at in range(len(body)):
        observer.feed(body[at : at + 1])
        observer = pickle.loads(pickle.dumps(observer))
    observer.end()
    assert observer.row() == row(body)


def test_a_row_at_any_moment() -> None:
    observer = ssemble.Observer(clock=None)
    for at in range(len(FULL)):
        found = check(observer.row())
        assert (found["bytes"], found["error"], found["status"] == "whole") == (at, None, observer.complete)
        observer.feed(FULL[at : at + 1])
    observer.end()
    assert observer.row() == row(FULL)


def test_a_stream_that_somebody_left() -> None:
    observer = ssemble.Observer()
    observer.feed(HELLO[:-80])
    assert (observer.row()["status"], observer.row()["error"]) == ("cut", None)
    observer.end("left")
    found = check(observer.row())
    assert (found["status"], found["error"]) == ("cut", "IncompleteStream")
    assert (found["text"], found["fragments"]) == ("Hel", 1)
    assert found["first_byte"] >= 0


def test_chunks_of_an_sdk() -> None:
    observer = ssemble.Observer(clock=None)
    for item in ssemble.iter_chunks(HELLO):
        observer.add(item)
    observer.end()
    assert {**observer.row(), "bytes": len(HELLO)} == row(HELLO)


# Times.

TIMED = [
    (10.5, b": ping\n\n"), (10.75, b""), (11.0, sse(chunk({"role": "assistant"}))), (12.0, sse(chunk({"content": "a"}))),
    (15.5, sse(chunk({"content": "b"}, "stop"))), (16.0, sse(DONE)), (30.0, b": ping\n\n"),
]  # fmt: skip


def test_times_from_the_first_fragment_or_the_start() -> None:
    times = ("fragments", "first_byte", "first_event", "duration", "longest_gap")
    found = check(row(TIMED))
    assert [found[name] for name in times] == [5, 0.0, 1.5, 5.5, 3.5], "nothing counts after the terminator"
    found = check(row(TIMED, start=10.0))
    assert [found[name] for name in times] == [5, 0.5, 2.0, 6.0, 3.5]
    untimed = row([data for _, data in TIMED])
    assert {**found, **dict.fromkeys(times)} == untimed


def test_times_that_are_no_numbers() -> None:
    found = check(row([(float("nan"), HELLO[:50]), (float("inf"), HELLO[50:])]))
    assert (found["text"], found["duration"]) == ("Hello", None)


# The table.


def test_columns_are_of_the_named_types() -> None:
    assert set(ROW_COLUMNS.values()) == {"int", "str", "float", "json", "calls"}


def test_every_row_fits_the_schema_and_its_json_is_valid() -> None:
    pyarrow = needed("pyarrow", "arrow")
    duckdb = needed("duckdb", "engines")
    bodies = [*POISON.values(), FULL, *(recording.body for recording in committed())]
    rows = [row(body) for body in bodies] + [row(TIMED), row(None)]
    table = pyarrow.Table.from_pylist(rows, ssemble.arrow_schema())
    assert table.to_pylist() == rows
    connection = duckdb.connect()
    connection.register("rows", table)
    for column in (name for name, kind in ROW_COLUMNS.items() if kind == "json"):
        (bad,) = connection.execute(f"SELECT count(*) FROM rows WHERE NOT json_valid({column})").fetchone()
        assert bad == 0, column


def test_the_schema_needs_pyarrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ImportError, match="pyarrow"):
        ssemble.arrow_schema()
