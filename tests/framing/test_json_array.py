"""A JSON array that comes in pieces."""

from __future__ import annotations

import json
from typing import Any, ClassVar

import pytest

from ssemble import IncompleteStream, InvalidJSON, LimitExceeded, ProviderError
from ssemble._framing.json_array import JSONArray

from .suite import Case, Framings, parser, read


class TestJSONArray(Framings):
    framing: ClassVar[str] = "json-array"
    cases: ClassVar[dict[str, Case]] = {
        "one element": Case(b'[{"n": 1}]', [{"n": 1}]),
        "as printed": Case(b'[{\n  "n": 1\n}\r\n,\r\n{\n  "n": {"m": [2]}\n}\n]\n', [{"n": 1}, {"n": {"m": [2]}}]),
        "blanks": Case(b' \n[\t{"n": 1} , {"n": 2}\r\n]  \n', [{"n": 1}, {"n": 2}]),
        "BOM": Case(b'\xef\xbb\xbf[{"n": 1}]', [{"n": 1}]),
        "empty": Case(b"[ \n ]\n", []),
        "brackets in strings": Case(b'[{"n": "}]\\"{[\\\\"},{"\\\\": "\\u005d"}]', [{"n": '}]"{[\\'}, {"\\": "]"}]),
        "not UTF-8": Case(b'[{"n": "\xff"}]', [{"n": "\ufffd"}]),
        "error": Case(
            b'[{"n": 1},{"error": {"code": 503, "message": "m", "status": "S"}},{"n": 2}]',
            [{"n": 1}], ProviderError, {"code": 503, "message": "m"}, [{"n": 1}, {"n": 2}],
        ),
        "plain error": Case(b'[{"message": "m"}]', [], ProviderError, {"message": "m"}, []),
        "not JSON": Case(b'[{"n": 1},{oh},{"n": 2}]', [{"n": 1}], InvalidJSON, {"offset": 10}, [{"n": 1}, {"n": 2}]),
        "wrong brackets": Case(b'[{"n": [}],{"n": 2}]', [], InvalidJSON, {"offset": 1}, [{"n": 2}]),
        "text for an element": Case(b'[{"n": 1}, "x"]', [{"n": 1}], InvalidJSON, {"offset": 11, "event": 2}),
        "number for an element": Case(b"[ 1, 2]", [], InvalidJSON, {"offset": 2}),
        "array for an element": Case(b"[[]]", [], InvalidJSON, {"offset": 1}),
        "null for an element": Case(b"[null]", [], InvalidJSON, {"offset": 1}),
        "no comma": Case(b'[{"n": 1} {"n": 2}]', [{"n": 1}], InvalidJSON, {"offset": 10}),
        "two commas": Case(b'[{"n": 1},,{"n": 2}]', [{"n": 1}], InvalidJSON, {"offset": 10}),
        "comma first": Case(b'[,{"n": 2}]', [], InvalidJSON, {"offset": 1}),
        "comma last": Case(b'[{"n": 1},]', [{"n": 1}], InvalidJSON, {"offset": 10}),
        "text after it": Case(b'[{"n": 1}]\n{"n": 2}', [{"n": 1}], InvalidJSON, {"offset": 11}),
        "another array after it": Case(b"[][]", [], InvalidJSON, {"offset": 2}),
        "cut after the bracket": Case(b"[\n", [], IncompleteStream, {"offset": 2}),
        "cut in an element": Case(b'[{"n": 1},{"n": 2', [{"n": 1}], IncompleteStream, {"offset": 17, "event": 2}),
        "cut in an escape": Case(b'[{"n": 1},{"n": "\\', [{"n": 1}], IncompleteStream),
        "cut after an element": Case(b'[{"n": 1}', [{"n": 1}], IncompleteStream),
        "cut after a comma": Case(b'[{"n": 1}\n,', [{"n": 1}], IncompleteStream),
        "largest element": Case(b'[{"n": 1},{"n": 2}]', [{"n": 1}, {"n": 2}], limit=8),
        "element too large": Case(
            b'[{"n": 1},{"n": 22}]', [{"n": 1}], LimitExceeded, {"offset": 18, "event": 2}, limit=8
        ),
    }  # fmt: skip

    @staticmethod
    def long(size: int) -> dict[str, bytes]:
        return {
            "one element": b'[{"n": "' + b"x\\\\" * (size // 3) + b'"}]',
            "many elements": b"[" + b'{"n": 1}\n,\n' * (size // 11) + b"{}]",
            "many brackets": b'[{"n": [' + b'{"n": [[]]},' * (size // 12) + b"0]}]",
            "blanks": b"[" + b" \n" * (size // 2) + b"]",
        }

    @staticmethod
    def frames(payloads: list[Any]) -> bytes:
        return json.dumps(payloads, indent=1).encode()


def test_an_element_comes_with_its_bracket() -> None:
    chunks = parser("raise")
    assert [chunks.feed(piece) for piece in (b'[{"n"', b": [1]", b"}", b", {", b"}")] == [
        [],
        [],
        [{"n": [1]}],
        [],
        [{}],
    ]


def test_deep_elements() -> None:
    deep = b'{"n":' * 50_000 + b"0" + b"}" * 50_000
    found = read([b"[", deep, b',{"n": 1}]'], parser("event"))
    assert found.payloads == [{"n": 1}]
    assert len(found.reported) == 1


def test_a_named_framing_wants_an_array() -> None:
    found = read([b'\n {"n": 1}'], parser("event", framing="json-array"))
    assert type(found.error) is InvalidJSON
    assert found.error.offset == 2
    assert read([b" \n"], parser("raise", framing="json-array")) == ([], [], None)


@pytest.mark.parametrize("flush", [True, False])
def test_there_are_no_raw_frames(flush: bool) -> None:
    array = JSONArray()
    array.begin(b"[")
    array.advance(2, 0)
    assert list(array.feed(b"[{}")) == [("{}", 3, "message", None)]
    assert array.read(b"{}") == []
    assert array.text_in(b"{}") is None
    assert not array.rest
    assert not array.at_boundary
    assert array.end(flush) == []
    assert array.error is not None
    assert array.error.offset == 5
