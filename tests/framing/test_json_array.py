"""A JSON array that comes in pieces."""

from __future__ import annotations

import json
from typing import Any, ClassVar

import pytest

from ssemble import IncompleteStream, InvalidJSON, LimitExceeded, Limits, ProviderError
from ssemble._framing import json_array
from ssemble._framing.base import JSONText
from ssemble._framing.brackets import Brackets
from ssemble._framing.json_array import JSONArray

from .suite import Case, Framings, parser, read

OPEN = "the body is a JSON array that ends too early: before its closing bracket"
INSIDE = "the body is a JSON array that ends too early: inside an element"


def wants(words: str, offset: int, event: int = 1) -> dict[str, Any]:
    return {
        "offset": offset,
        "event": event,
        "says": f"the body is no JSON array of objects: expected {words} (event {event}, byte {offset})",
    }


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
        "characters of several bytes": Case('[{"é": "😀"},{"n": "\u00a0"}]'.encode(), [{"é": "😀"}, {"n": "\u00a0"}]),
        "error": Case(
            b'[{"n": 1},{"error": {"code": 503, "message": "m", "status": "S"}},{"n": 2}]',
            [{"n": 1}], ProviderError, {"code": 503, "message": "m"}, [{"n": 1}, {"n": 2}],
        ),
        "plain error": Case(b'[{"message": "m"}]', [], ProviderError, {"message": "m"}, []),
        "not JSON": Case(b'[{"n": 1},{oh},{"n": 2}]', [{"n": 1}], InvalidJSON, {"offset": 10}, [{"n": 1}, {"n": 2}]),
        "wrong brackets": Case(b'[{"n": [}],{"n": 2}]', [], InvalidJSON, {"offset": 1}, [{"n": 2}]),
        "text for an element": Case(b'[{"n": 1}, "x"]', [{"n": 1}], InvalidJSON, wants("an object, got '\"'", 11, 2)),
        "number for an element": Case(b"[ 1, 2]", [], InvalidJSON, wants("an object or the end of the array, got '1'", 2)),
        "array for an element": Case(b"[[]]", [], InvalidJSON, wants("an object or the end of the array, got '['", 1)),
        "null for an element": Case(b"[null]", [], InvalidJSON, wants("an object or the end of the array, got 'n'", 1)),
        "no comma": Case(
            b'[{"n": 1} {"n": 2}]', [{"n": 1}], InvalidJSON, wants("a comma or the end of the array, got '{'", 10, 2)
        ),
        "two commas": Case(b'[{"n": 1},,{"n": 2}]', [{"n": 1}], InvalidJSON, wants("an object, got ','", 10, 2)),
        "comma first": Case(b'[,{"n": 2}]', [], InvalidJSON, wants("an object or the end of the array, got ','", 1)),
        "comma last": Case(b'[{"n": 1},]', [{"n": 1}], InvalidJSON, wants("an object, got ']'", 10, 2)),
        "text after it": Case(
            b'[{"n": 1},{}]\n{"n": 2}', [{"n": 1}, {}], InvalidJSON, wants("nothing after the array, got '{'", 14, 3)
        ),
        "another array after it": Case(b"[][]", [], InvalidJSON, wants("nothing after the array, got '['", 2)),
        "a blank that is none of JSON": Case(
            b'[{"n": 1}\x0b]', [{"n": 1}], InvalidJSON, wants(r"a comma or the end of the array, got '\x0b'", 9, 2)
        ),
        "cut after the bracket": Case(b"[\n", [], IncompleteStream, {"offset": 2, "event": 1, "says": OPEN}),
        "cut in an element": Case(
            b'[{"n": 1},{"n": 2', [{"n": 1}], IncompleteStream, {"offset": 17, "event": 2, "says": INSIDE}
        ),
        "cut in an escape": Case(b'[{"n": 1},{"n": "\\', [{"n": 1}], IncompleteStream, {"says": INSIDE}),
        "cut after an element": Case(b'[{"n": 1}', [{"n": 1}], IncompleteStream, {"says": OPEN}),
        "cut after a comma": Case(b'[{"n": 1}\n,', [{"n": 1}], IncompleteStream, {"says": OPEN}),
        "largest element": Case(b'[{"n": 1},{"n": 2}]', [{"n": 1}, {"n": 2}], limit=8),
        "element too large": Case(
            b'[{"n": 1},{"n": 22}]', [{"n": 1}], LimitExceeded, {"offset": 18, "event": 2, "what": "max_event_size"}, limit=8
        ),
        "third element too large": Case(
            b'[{"n": 1},{}, {"n": 222', [{"n": 1}, {}], LimitExceeded, {"offset": 22, "event": 3}, limit=8
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
    assert "expected a JSON array, got '{'" in str(found.error)
    assert read([b" \n"], parser("raise", framing="json-array")) == ([], [], None)


@pytest.mark.parametrize("flush", [True, False])
def test_there_are_no_raw_frames(flush: bool) -> None:
    array = JSONArray()
    array.advance(1, 0)
    array.advance(1, 0)
    assert list(array.feed(b"[{}")) == [("{}", 3, "message", None)]
    assert array.read(b"{}") == []
    assert array.text_in(b"{}") is None
    assert not array.rest
    assert not array.at_boundary
    assert array.end(flush) == []
    assert array.error is not None
    assert array.error.offset == 5


@pytest.mark.parametrize(
    ("fragments", "looked", "counted"),
    [
        ([b'[{"n": 1},{"n": 2}]'], [1, 10], []),
        ([b'[{"n": ', b'1},{"n": 2}]'], [1, 3], [1, 0]),
        ([b"[{oh}]"], [1], [1]),
        ([b'[{"n": "12345678"},{"n": 2}]'], [19], [1]),  # behind the first one there is more than the limit
    ],
    ids=["whole", "in two fragments", "not JSON", "more bytes than the limit"],
)
def test_who_finds_the_end_of_an_element(
    fragments: list[bytes], looked: list[int], counted: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    scan, close = json_array.scan_once, Brackets.close
    decoder: list[int] = []
    brackets: list[int] = []

    def scanning(text: str, at: int) -> tuple[Any, int]:
        decoder.append(at)
        return scan(text, at)

    def closing(self: Brackets, data: bytes, at: int) -> int:
        brackets.append(at)
        return close(self, data, at)

    monkeypatch.setattr(json_array, "scan_once", scanning)
    monkeypatch.setattr(Brackets, "close", closing)
    array = JSONArray(limits=Limits(max_event_size=18))
    texts = [item.data for fragment in fragments for item in array.feed(fragment) if isinstance(item, JSONText)]
    assert "[" + ",".join(texts) + "]" == b"".join(fragments).decode()
    assert (decoder, brackets) == (looked, counted)
