"""Bytes, and the server-sent events they come to."""

from __future__ import annotations

from ssemble import ServerSentEvent

Event = ServerSentEvent

# bytes -> events
CASES: dict[str, tuple[bytes, list[Event]]] = {
    "nothing": (b"", []),
    "one": (b"data: a\n\n", [Event("a")]),
    "no space": (b"data:a\n\n", [Event("a")]),
    "one space of two": (b"data:  a\n\n", [Event(" a")]),
    "a tab stays": (b"data:\ta\n\n", [Event("\ta")]),
    "no colon": (b"data\n\n", [Event("")]),
    "two lines": (b"data: a\ndata: b\n\n", [Event("a\nb")]),
    "three empty lines": (b"data\ndata:\ndata: \n\n", [Event("\n\n")]),
    "capitals at the end": (b"data: XX\n\n", [Event("XX")]),
    "colons in the value": (b"data: a: b:c\n\n", [Event("a: b:c")]),
    "crlf": (b"data: a\r\n\r\ndata: b\r\n\r\n", [Event("a"), Event("b")]),
    "cr": (b"data: a\r\rdata: b\r\r", [Event("a"), Event("b")]),
    "line ends mixed": (b"data: a\r\n\ndata: b\n\rdata: c\r\r\n", [Event("a"), Event("b"), Event("c")]),
    "bom": (b"\xef\xbb\xbfdata: a\n\n", [Event("a")]),
    "second bom": (b"\xef\xbb\xbf\xef\xbb\xbfdata: a\n\n", []),
    "many blank lines": (b"\n\n\ndata: a\n\n\n\n", [Event("a")]),
    "no blank line at the end": (b"data: a\n\ndata: b\n", [Event("a")]),
    "no line end at the end": (b"data: a\n\ndata: b", [Event("a")]),
    "type": (b"event: x\ndata: a\n\ndata: b\n\n", [Event("a", "x"), Event("b")]),
    "type after data": (b"data: a\nevent: x\n\n", [Event("a", "x")]),
    "the last type counts": (b"event: x\nevent: y\ndata: a\n\n", [Event("a", "y")]),
    "empty type": (b"event: x\nevent\ndata: a\n\n", [Event("a")]),
    "a type without data is forgotten": (b"event: x\n\ndata: a\n\n", [Event("a")]),
    "id is sticky": (b"id: 1\ndata: a\n\ndata: b\n\n", [Event("a", id="1"), Event("b", id="1")]),
    "id without data": (b"id: 1\n\ndata: b\n\n", [Event("b", id="1")]),
    "id taken back": (b"id: 1\ndata: a\n\nid\ndata: b\n\n", [Event("a", id="1"), Event("b")]),
    "id with NUL": (b"id: 1\nid: 2\0\ndata: a\n\n", [Event("a", id="1")]),
    "id after data": (b"data: a\nid: 1\n\n", [Event("a", id="1")]),
    "retry is no event": (b"retry: 5\n\n", []),
    "comments": (b": x\n:\ndata: a\n:y\ndata: b\n\n: z\n\n", [Event("a\nb")]),
    "names are exact": (b"Data: a\n data: b\ndata : c\ndatax: d\nDATA\n\n", []),
    "NUL in data": (b"data: a\0b\n\n", [Event("a\0b")]),
    "no other line ends": ("data: a\x0b\x0c\x85\u2028b\n\n".encode(), [Event("a\x0b\x0c\x85\u2028b")]),
    "wide characters": ("event: é\nid: ü\ndata: 😀\n\n".encode(), [Event("😀", "é", "ü")]),
    "not utf-8": (b"event: \xff\nid: \x80\ndata: a\xf0\x9f\x98\n\n", [Event("a�", "�", "�")]),
    "surrogate bytes": (b"data: \xed\xa0\xbd\n\n", [Event("���")]),
    "a field cut off": (b"dat\n\nda\n\ndata: a\n\n", [Event("a")]),
}

# The limit counts the fields kept so far and the line that is being read, without its end.
LIMITED: dict[str, tuple[bytes, list[Event], int | None]] = {
    "a line of the limit": (b"data: 1234\n\n", [Event("1234")], None),
    "one over": (b"data: 12345\n\n", [], 10),
    "one over, unfinished": (b"data: 12345", [], 10),
    "kept and line at the limit": (b"data:12\ndata:345\n\n", [Event("12\n345")], None),
    "kept and line one over": (b"data:12\ndata:3456\n\n", [], 16),
    "the joining line end counts": (b"data\ndata\ndata:1234\n\n", [Event("\n\n1234")], None),
    "the joining line end counts, one over": (b"data\ndata\ndata:12345\n\n", [], 19),
    "the type counts": (b"event:123\ndata:12\n\n", [Event("12", "123")], None),
    "the type counts, one over": (b"event:123\ndata:123\n\n", [], 17),
    "a new type replaces": (b"event:1234\nevent:1\ndata:1234\n\n", [], 17),
    "a shorter type takes less": (b"event:12\nevent:1\ndata:1234\n\n", [Event("1234", "1")], None),
    "the type counts behind data": (b"data:123\nevent:1\ndata:4\n\n", [Event("123\n4", "1")], None),
    "the type counts behind data, one over": (b"data:123\nevent:1\ndata:45\n\n", [], 23),
    "every line counts": (b"data:1\ndata:2\ndata:34\n\n", [Event("1\n2\n34")], None),
    "every line counts, over": (b"data:1\ndata:2\ndata:3456\n\n", [], 21),
    "each event by itself": (b"data:1\n\n" * 9, [Event("1")] * 9, None),
    "comments are not kept": (b":23456789X\n" * 9 + b"data:1\n\n", [Event("1")], None),
    "a comment of one over": (b":23456789XY\n", [], 10),
    "unknown lines are not kept": (b"2345678901\n" * 9 + b"data:1\n\n", [Event("1")], None),
    "ids are not kept": (b"id:4567890\n" * 9 + b"data:1\n\n", [Event("1", id="4567890")], None),
    "events before the fault": (b"data:1\n\ndata:2\n\ndata: 12345\n\n", [Event("1"), Event("2")], 26),
    "nothing behind the fault": (b"data:1\n\ndata: 12345\n\ndata:2\n\n", [Event("1")], 18),
}

# Fragments that the short way takes whole, in part, or leaves to the lines.
FRAGMENTS: dict[str, list[bytes]] = {
    "whole events": [b"data: a\n\n"] * 3,
    "several": [b"data: a\n\ndata: b\n\n", b"data: c\n\ndata: d\n\n"],
    "a line end short": [b"data: a\n\n", b"data: b\n\ndata: c\n", b"\n"],
    "inside a line": [b"data: a\n\n", b"data: b\n\nda", b"ta: c\n\n"],
    "only the rest": [b"data: a\n\n", b"da", b"ta: c", b"\n", b"\n"],
    "a line end at the start": [b"data: a\n", b"\ndata: b\n\n", b"\n\ndata: c\n\n"],
    "more blank lines": [b"data: a\n\n\ndata: b\n\n\n\n", b"data: c\n\n\n"],
    "other fields": [b"\n", b"id: 1\nevent: x\ndata: a\n\ndata: b\n\n", b"data: c\n\nretry: 5\n\ndata: d\n\n"],
    "other forms of data": [b"\n", b"data:a\n\n", b"data\n\n", b"data: \n\n", b"data:  a\n\ndata: b\ndata: c\n\n"],
    "comments": [b"\n", b": x\n\ndata: a\n\n", b":\n\n", b"data: b\n: y\n\n"],
    "unknown lines": [b"\n", b"x\n\ndata: a\n\nxdata: b\n\n"],
    "cr": [b"\n", b"data: a\r\n\r\n", b"data: b\n\ndata: c\r\r", b"\ndata: d\n\n"],
    "not utf-8": [b"\n", b"data: \xff\n\n", b"data: \xf0\x9f\n\ndata: \x98\n\n"],
    "bom": [b"\xef\xbb", b"\xbfdata: a\n\n", b"\xef\xbb\xbfdata: b\n\n"],
    "too large": [b"data: a\n\n", b"data: b\n\ndata: 12345\n\n", b""],
    "too large at first": [b"data: 12345\n\ndata: a\n\n"],
    "too large behind events alone": [b"\n", *[b"data: a\n\n"] * 3, b"data: 12345"],
    "too large behind several": [b"\n", b"data: a\n\ndata: b\n\n" * 2, b"data: 12345"],
    "too large with what is kept": [b"data: 12\n", b"data:", b"34567"],
    "one line end and a byte": [b"\n", b"data: a\nx", b": b\n\n"],
    "nothing": [b"", b"data: a\n\n", b"", b"data: b\n\n"],
}
