"""JSON lines, and JSON texts that span lines."""

from __future__ import annotations

import json
from typing import Any, ClassVar

import pytest

import ssemble
from ssemble import IncompleteStream, InvalidJSON, LimitExceeded, ProviderError
from ssemble._framing.json_lines import BEGINNING, NEITHER, WHOLE, JSONLines, form

from .suite import Case, Framings, parser, read

PRINTED = b'{\r\n  "n": [\n    1,\n    "}\\"{"\n  ]\n}\n'


class TestJSONLines(Framings):
    framing: ClassVar[str] = "json-lines"
    cases: ClassVar[dict[str, Case]] = {
        "one line": Case(b'{"n": 1}\n', [{"n": 1}]),
        "lines": Case(b'{"n": 1}\n{"n": 2.0}\n{"n": "x"}\n', [{"n": 1}, {"n": 2.0}, {"n": "x"}]),
        "CRLF": Case(b'{"n": 1}\r\n{"n": 2}\r\n\r\n', [{"n": 1}, {"n": 2}]),
        "line ends of both kinds": Case(b'{"n": 1}\r\n{"n": 2}\n{"n": 3}\r\n', [{"n": 1}, {"n": 2}, {"n": 3}]),
        "blanks": Case(b'\n \r\n {"n": 1} \t\n\n   \n\t{"n": 2}\n \n', [{"n": 1}, {"n": 2}]),
        "BOM": Case(b'\xef\xbb\xbf\n{"n": 1}\n', [{"n": 1}]),
        "no end of the last line": Case(b'{"n": 1}\n{"n": 2}', [{"n": 1}, {"n": 2}]),
        "one line without an end": Case(b'{"n": 1}', [{"n": 1}]),
        "line ends in texts": Case('{"n": "\u2028\x85\\n\u2029"}\n'.encode(), [{"n": "\u2028\x85\n\u2029"}]),
        "not UTF-8": Case(b'{"n": "\xff"}\n{"n": "\xe2\x82"}\n', [{"n": "\ufffd"}, {"n": "\ufffd"}]),
        "other values": Case(b'{"n": 1}\n2\nnull\n"x"\n[{"n": 3}, 4]\n', [{"n": 1}, 2, None, "x", {"n": 3}, 4]),
        "printed": Case(PRINTED, [{"n": [1, '}"{']}]),
        "printed without the last end": Case(PRINTED.rstrip(), [{"n": [1, '}"{']}]),
        "printed twice, then lines": Case(
            PRINTED * 2 + b'{"n": 1}\n{"n": 2}\n', [{"n": [1, '}"{']}] * 2 + [{"n": 1}, {"n": 2}]
        ),
        "printed after a line": Case(
            b'{"n": 1}\n{\n"n": 2}\n{"n": 3}\n', [{"n": 1}], InvalidJSON, {"offset": 9}, [{"n": 1}, {"n": 3}]
        ),
        "a torn line": Case(
            b'{"n": 1}\n{"n": "ha\n{"n": 2}\n', [{"n": 1}], InvalidJSON, {"offset": 9, "event": 2}, [{"n": 1}, {"n": 2}]
        ),
        "a torn first line": Case(b'{"n": "ha\n{"n": 2}\n', [], InvalidJSON, {"offset": 0}, [{"n": 2}]),
        "printed after a torn line": Case(
            b'{oh\n{\n"n": 1\n}\n{"n": 2}\n', [], InvalidJSON, {"offset": 0, "event": 1}, [{"n": 1}, {"n": 2}]
        ),
        "torn inside a literal": Case(b'{"n": tr\n{"n": 2}\n', [], InvalidJSON, {"offset": 0}, [{"n": 2}]),
        "two texts on a line": Case(b'{"n": 1}{"n": 2}\n{"n": 3}\n', [], InvalidJSON, {}, [{"n": 3}]),
        "printed, but not JSON": Case(b'{\n"n": 1,\n}\n{"n": 2}\n', [], InvalidJSON, {"offset": 0}, [{"n": 2}]),
        "text behind a printed one": Case(b'{\n"n": 1\n} HTTP 200\n', [{"n": 1}], InvalidJSON, {"offset": 10}, [{"n": 1}]),
        "another line": Case(b'{"n": 1}\n: ping\n{"n": 2}\n', [{"n": 1}], InvalidJSON, {}, [{"n": 1}, {"n": 2}]),
        "cut in a line": Case(b'{"n": 1}\n{"n": 2', [{"n": 1}], IncompleteStream, {"offset": 9, "event": 2}),
        "cut in the first line": Case(b'{"n": "x', [], IncompleteStream, {"offset": 0}),
        "cut in a printed text": Case(b'{\n "n": [\n1', [], IncompleteStream, {"offset": 0}),
        "cut at an end in a printed text": Case(b'{\n "n": [\n', [], IncompleteStream, {"offset": 0}),
        "no beginning of JSON at the end": Case(b'{"n": 1}\n{oh', [{"n": 1}], InvalidJSON, {"offset": 9}, [{"n": 1}]),
        "terminator": Case(b'{"n": 1}\n[DONE]\n', [{"n": 1}]),
        "terminator without an end": Case(b'{"n": 1}\n[DONE]', [{"n": 1}]),
        "terminator of an event stream": Case(b'{"n": 1}\n\ndata: [DONE]\n\n', [{"n": 1}]),
        "terminator of an event stream, without a blank": Case(b'{"n": 1}\ndata:[DONE]\n', [{"n": 1}]),
        "error": Case(b'{"n": 1}\n{"error": "no"}\n{"n": 2}\n', [{"n": 1}], ProviderError, {"message": "no"}, [{"n": 1}, {"n": 2}]),
        "error object": Case(
            b'{"error": {"code": 5, "type": "t", "message": "m"}}',
            [], ProviderError, {"code": 5, "type": "t", "message": "m"}, [],
        ),
        "no error": Case(b'{"error": null}\n{"error": {}}\n{"error": ""}\n', [{"error": None}, {"error": {}}, {"error": ""}]),
        "plain error body": Case(b'{\n"type": "t",\n"message": "m"}', [], ProviderError, {"message": "m", "type": "t"}, []),
        "detail": Case(b'{"detail": "m"}\n', [], ProviderError, {"message": "m"}, []),
        "a message of a known shape": Case(
            b'{"model": "m", "message": "hi", "done": false}\n{"choices": [], "detail": "x"}\n',
            [{"model": "m", "message": "hi", "done": False}, {"choices": [], "detail": "x"}],
        ),
        "largest line": Case(b'{"n": 1}\r\n{"n": 2}\n', [{"n": 1}, {"n": 2}], limit=8),
        "line too large": Case(
            b'{"n": 1}\n{"n": 22}\n', [{"n": 1}], LimitExceeded, {"offset": 17, "what": "max_event_size", "event": 2}, limit=8
        ),
        "third line too large": Case(
            b'{"n": 1}\n{"n": 2}\n{"n": 33}\n', [{"n": 1}, {"n": 2}], LimitExceeded, {"offset": 26, "event": 3}, limit=8
        ),
        "last line too large": Case(
            b'{"n": 1}\n\n{"n": 2}\n{"n": 33}', [{"n": 1}, {"n": 2}], LimitExceeded, {"offset": 27, "event": 3}, limit=8
        ),
        "largest printed text": Case(b'{\r\n"n":1\r\n}\r\n{\n"n":  2\n}\n', [{"n": 1}, {"n": 2}], limit=11),
        "printed text too large, with CRLF": Case(b'{\r\n"n":1\r\n}\r\n', [], LimitExceeded, {"offset": 10}, limit=10),
        "printed text too large": Case(b'{\n"n": 1\n}\n', [], LimitExceeded, {"offset": 8, "event": 1}, limit=8),
        "printed text too large after another": Case(
            b'{\n"n":1}\n{\n"n": 11\n}\n', [{"n": 1}], LimitExceeded, {"offset": 18, "event": 2}, limit=9
        ),
    }  # fmt: skip

    @staticmethod
    def long(size: int) -> dict[str, bytes]:
        return {
            "one line": b'{"n": "' + b"x\\\\" * (size // 3) + b'"}\n',
            "many lines": b'{"n": 1}\n' * (size // 9),
            "printed": b'{"n": [\n' + b'"}\\"",\n{},\n' * (size // 11) + b"0\n]}\n",
            "printed on one line": b'{"n":\n["' + b"x" * size + b'"]}\n',
            "blank lines": b"\n" * size + b'{"n": 1}\n',
            "torn lines": b'{"n": "\n' * (size // 8),
        }

    @staticmethod
    def frames(payloads: list[Any]) -> bytes:
        return b"".join(json.dumps(payload).encode() + b"\n" for payload in payloads)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("{}", WHOLE), ("[1]", WHOLE), ("5", WHOLE), ("{", BEGINNING), ('{"n"', BEGINNING), ('{"n":', BEGINNING),
        ('{"n":1', BEGINNING), ('{"n":1,', BEGINNING), ('{"n":[{}', BEGINNING), ('{"n', NEITHER), ('{"n":tru', NEITHER),
        ('{"n":1}}', NEITHER), ("{]", NEITHER), ("[", NEITHER), ("", NEITHER), ("[" * 100_000, NEITHER), ("{n", NEITHER),
    ],
)  # fmt: skip
def test_what_a_line_is(line: str, kind: int) -> None:
    assert form(line.encode()) == kind
    assert form(f" {line}\t\r\n".encode()) == kind


def test_a_line_is_a_payload_at_once() -> None:
    chunks = parser("raise")
    assert [chunks.feed(piece) for piece in (b'{"n": 1}', b"\n", b'{"n"', b": 2}", b"\n{")] == [
        [], [{"n": 1}], [], [], [{"n": 2}],
    ]  # fmt: skip


def test_custom_decoder_sees_every_text() -> None:
    seen: list[str] = []

    def loads(text: str) -> Any:
        seen.append(text)
        return json.loads(text)

    assert read([b'{"n": 1}\n\n{"n": 2}\r\n{\n'], parser("event", loads=loads)).payloads == [{"n": 1}, {"n": 2}]
    assert seen[:2] == ['{"n": 1}', '{"n": 2}']


def test_a_named_framing_takes_any_first_line() -> None:
    found = read([b'oh\n[{"n": 1}]\n'], parser("event", framing="json-lines"))
    assert (found.payloads, len(found.reported)) == ([{"n": 1}], 1)
    chunks = parser("raise", framing="json-lines")
    assert chunks.feed(b"[DONE]\n") == []
    assert chunks.ended


def test_end_without_flush_drops_the_last_line() -> None:
    lines = JSONLines()
    assert list(lines.feed(b'{"n"')) == []
    assert lines.end(flush=False) == []
    assert lines.rest == b""


def test_bytes_after_the_terminator_are_ignored() -> None:
    for body in (b'{"n": 1}\n[DONE]\n{"n": 2}\noh\n', b'{"n": 1}\n[DONE]\n\n'):
        chunks = parser("raise")
        assert chunks.feed(body) == [{"n": 1}]
        assert chunks.end() == []
        assert chunks.error is None


def test_at_a_boundary_nothing_is_kept() -> None:
    lines = JSONLines(limits=ssemble.Limits(max_event_size=100))
    assert not lines.at_boundary
    for _ in lines.feed(b'{"n": 1}\n'):
        lines.advance(9, 1)
    assert lines.at_boundary
    assert list(lines.feed(b"{")) == []
    assert not lines.at_boundary
