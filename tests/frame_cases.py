"""Bodies in which some frames can go a short way, and others look as if they could."""

from __future__ import annotations

import json
from typing import Any

from .differential import events, said
from .helpers import call, chunk, nested

DONE = b"data: [DONE]\n\n"
ABC = events(*said("a", "bc", "é", "d"))
LINE = b"".join(ABC)
CALLS = b"".join(
    events(call(0, id="x", name="f", arguments=""), *(call(0, arguments=text) for text in ['{"a', '":', " 1", "}"]))
)
TIERED = b"".join(events(*said("a", "b", "c", tier="low")))


def like(end: bytes, count: int = 4) -> bytes:
    """The chunks with another end of their events."""
    return b"".join(event.rstrip(b"\n") + end for event in ABC[:count])


def raw(*payloads: str | bytes) -> bytes:
    frames = [payload.encode() if isinstance(payload, str) else payload for payload in payloads]
    return b"".join(b"data: " + frame + b"\n\n" for frame in frames)


A = json.dumps(said("a")[0])
FRAMES: dict[str, bytes] = {
    "nothing": b"",
    "LF": LINE + DONE,
    "CRLF": like(b"\r\n\r\n") + b"data: [DONE]\r\n\r\n",
    "CR": like(b"\r\r") + b"data: [DONE]\r\r",
    "LF and CRLF mixed": like(b"\n\r\n") + like(b"\r\n\n") + DONE,
    "LF, then CRLF": LINE + like(b"\r\n\r\n") + LINE,
    "CRLF, then LF": like(b"\r\n\r\n") + LINE + like(b"\r\n\r\n"),
    "more blank lines than needed": like(b"\n\n\n") + like(b"\n\n\n\n") + DONE,
    "more blank lines than needed, CRLF": like(b"\r\n\r\n\r\n") + like(b"\r\n\r\n\r\n\r\n") + DONE,
    "a blank line first": b"\n\n" + LINE + b"\r\n\r\n" + LINE,
    "a byte order mark first": b"\xef\xbb\xbf" + LINE + DONE,
    "half a byte order mark first": b"\xef\xbb" + LINE + LINE + DONE,
    "a byte order mark in the middle": LINE + b"\xef\xbb\xbf" + LINE + DONE,
    "no last blank line": LINE[:-1],
    "no last line end": LINE[:-2],
    "CRLF without its last LF": like(b"\r\n\r\n")[:-1],
    "cut inside the last event": LINE[:-20],
    "two data lines": LINE + b"data: {\ndata: }\n\n" + LINE + b'data: {"choices":\ndata: []}\n\n' + LINE,
    "another field on the plain way": TIERED + TIERED.replace(b"data: ", b"data:").replace(b"low", b"high") + TIERED,
    "half a pair on the plain way": LINE + b"data:" + json.dumps(said("\ud83d")[0]).encode() + b"\n\n" + LINE,
    "no space behind the colon": LINE.replace(b"data: ", b"data:") + LINE + DONE,
    "two spaces behind the colon": LINE.replace(b"data: ", b"data:  ") + LINE + DONE,
    "spaces around the payload": raw(A, A, A + " ", A + "\t", " " + A, A) + DONE,
    "done in the middle": LINE + DONE + LINE,
    "done as a text": LINE + b'data: "[DONE]"\n\n' + LINE,
    "done with a space": LINE + b"data: [DONE] \n\n" + LINE,
    "done without a space": LINE + b"data:[DONE]\n\n" + LINE,
    "done in CRLF": like(b"\r\n\r\n") + b"data: [DONE]\r\n\r\n" + LINE,
    "done in two lines": LINE + b"data: [DONE]\ndata: x\n\n" + LINE,
    "done as an error event": LINE + b"event: error\ndata: [DONE]\n\n" + LINE,
    "done alone": DONE,
    "done without its blank line": LINE + b"data: [DONE]",
    "half of done": LINE + b"data: [DO",
    "done before the texts": DONE + LINE,
    "done and a finish": LINE + b"".join(events(chunk({}, "stop"))) + DONE,
    "comments": b": a\n\n" + LINE + b": keep-alive\n\n:\n\n" + LINE + b": x\n" + LINE + b":\r\n\r\n" + LINE,
    "fields between": LINE + b"id: 1\n\n" + LINE + b"retry: 5\n" + LINE + b"event: x\n" + LINE + b"event\n\n" + LINE,
    "an error event": LINE + b"event: error\n" + LINE,
    "an error field": LINE + b"error: busy\n\n" + LINE,
    "bad JSON behind comments": LINE + b": a\n\n" + LINE + raw("{bad"),
    "an error": LINE + raw('{"error": "busy"}') + LINE,
    "an error beside choices": LINE + raw(json.dumps({**said("z")[0], "error": "busy"})) + LINE,
    "bad JSON": LINE + raw("{bad", "{}}", "{", "[", "nul", "{} {}") + LINE,
    "an empty payload": LINE + b"data:\n\ndata: \n\ndata\n\n" + LINE,
    "null": LINE + raw("null", "{}") + LINE,
    "payloads that are no objects": LINE + raw("[]", "7", '"x"', f"[{A}, {A}]", "true") + LINE,
    "payloads of something else": LINE + raw('{"type": "ping"}', '{"a": 1}', '{"object": "text_completion"}') + LINE,
    "something else first": raw('{"type": "ping"}', '{"type": "ping"}') + LINE + raw('{"type": "ping"}') + LINE,
    "a shape that cannot be merged": LINE + raw('{"choices": 7}', '{"choices": [7]}') + LINE,
    "doubled prefixes": LINE + raw("data: " + A, "data: data: " + A) + LINE,
    "a missing blank line": LINE + raw(A + "\ndata: " + A) + LINE,
    "a frame cut off and glued": LINE + raw(A[:20] + "data: " + A) + LINE,
    "no UTF-8": raw(A, A) + LINE.replace(b"bc", b"\xff") + LINE.replace(b"bc", b"\xed\xa0\x80") + LINE,
    "half a character": raw(A, A) + raw(A.encode().replace(b'"a"', b'"\xc3"')) * 2 + LINE,
    "control characters": raw(A, A) + LINE.replace(b"bc", b"\t") + LINE,
    "a NUL": raw(A, A) + LINE.replace(b"bc", b"\0") + LINE,
    "a CR inside": raw(A, A) + LINE.replace(b"bc", b"\r") + LINE,
    "an escaped key": raw(A, A) + raw(*[A.replace("content", "c\\u006fntent")] * 4) + LINE,
    "a duplicate key": raw(A, A) + raw(*[A.replace('"content"', '"content": "x", "content"')] * 4) + LINE,
    "a duplicate key that wins": raw(A, A) + raw(*[A.replace('"content": "a"', '"content": "a", "content": null')] * 4),
    "duplicate choices": raw(*[A[:-1] + ', "choices": []}'] * 4) + LINE,
    "escapes in the text": raw(A, A, *(A.replace('"a"', json.dumps(text)) for text in ('"', "\\", "é", "\n", "\ud83d"))),
    "bad escapes in the text": raw(A, A, *(A.replace('"a"', f'"{text}"') for text in ("\\x", "\\u12", 'a"b', "a\\"))),
    "a text that looks like the end": raw(A, A, A.replace('"a"', '"\\"}}]}"'), A.replace('"a"', '"data: [DONE]"'), A),
    "deep payloads": LINE + raw('{"x":' * 2000 + "0" + "}" * 2000, json.dumps({**said("a")[0], "x": nested(90, key="x")})) + LINE,
    "calls": CALLS + CALLS.replace(b"a", b"b") + DONE,
    "calls among texts": CALLS + LINE + CALLS + LINE + DONE,
    "a whole body of JSON": json.dumps({"choices": [{"message": {"content": "a"}, "finish_reason": "stop"}]}).encode(),
    "a body of JSON lines": b"\n".join([A.encode()] * 4),
    "a body of JSON over lines": json.dumps(said("a")[0], indent=1).encode(),
    "a body of JSON over lines, blank ones among them": json.dumps(said("a")[0], indent=1).replace("\n", "\n\n").encode(),
    "a page": b"<html>\n\n<title>502</title>\n\n</html>",
    "a bare payload between": LINE + A.encode() + b"\n\n" + LINE + b"{\n\n" + LINE + b"}\n\n" + LINE,
    "words": b"Not Found\n\nreally\n\n",
    "a BOM and done": b"\xef\xbb\xbf" + DONE,
    "a tail of a text": raw(A, A) + b"data: " + A[:-4].encode() + b"\n\n" + LINE,
}  # fmt: skip


def forms(count: int, each: int = 3, **more: Any) -> list[bytes]:
    """Chunks of many forms, each of them a few times."""
    return events(
        *({**chunk({"content": text}), "id": "c", "x": n, **more} for n in range(count) for text in "abcdef"[:each])
    )


CRLF = like(b"\r\n\r\n")
IN_CRLF = [event[:-2] + b"\r\n\r\n" for event in ABC]
PIECES = [LINE[at : at + 30] for at in range(0, len(LINE), 30)]
NAMED = b"event: x\n" + ABC[0]
BROKEN = ABC[1].replace(b"bc", b"\xff")

# Fragments, which of their bytes go through every layer, and the options.


def with_ids(texts: str, ids: str, **more: Any) -> list[bytes]:
    """Chunks, each with another id."""
    return events(*({**said(text)[0], "id": id, **more} for text, id in zip(texts, ids, strict=True)))


def with_times(texts: str, times: str, **more: Any) -> list[bytes]:
    """Chunks, each of another time."""
    return events(*(said(text, created=int(time), **more)[0] for text, time in zip(texts, times, strict=True)))


def in_turn(choices: int, texts: str) -> list[bytes]:
    """A chunk for each text, of one choice after the other."""
    return events(*(chunk({"content": text}, index=n % choices) for n, text in enumerate(texts)))


def in_choice(texts: str, **more: Any) -> list[bytes]:
    """Chunks with more fields in their choice."""
    return events(*({"choices": [{**each["choices"][0], **more}]} for each in said(*texts)))


OTHER = events(*(chunk({"content": text}, index=1) for text in "abcd"))
# What comes before forms that nothing follows, and how many of these are learned, as against nothing before.
FRUITFUL: dict[str, tuple[list[bytes], int]] = {
    "nothing": ([], 0),
    "a form that is used": (OTHER, 1),
    "a form that is used, in one fragment": ([OTHER[0] + OTHER[1]], 1),
    "a form that is used, in a run": ([b"".join(OTHER)], 1),
    "a form that nothing follows": (OTHER[:1], -1),
}


def faulty(texts: str) -> list[bytes]:
    """Chunks that cannot be merged whole, each of them with a text."""
    return events(*(chunk({"content": text, "refusal": 7}) for text in texts))


# Chunks, and the texts of those that are merged as a whole, event by event and all at once.
MERGED: dict[str, tuple[list[bytes], str]] = {
    "one form": (events(*said(*"abcd")), "a"),
    "one form in CRLF": (IN_CRLF, "a"),
    "ids that change": (with_ids("abcde", "12312"), "ab"),
    "an id that is the first one": (with_ids("abc", "111") + with_ids("defg", "1123", x=1), "adf"),
    "times that change": (with_times("abcde", "12345"), "ab"),
    "a time that is the first one": (with_times("abc", "111") + with_times("defg", "1123", x=1), "adf"),
    "two texts": (events(*(chunk({"content": text, "reasoning": text + "."}) for text in "abc")), "a"),
    "another field": (events(*said(*"abc", x=1), *said(*"def", x=2), *said(*"gh", x=1)), "adg"),
    "another field of the choice": (in_choice("abc", x=1) + in_choice("def", x=2) + in_choice("gh", x=1), "adg"),
    "two choices in turn": (in_turn(2, "abcdefgh"), "ab"),
    "three choices in turn": (in_turn(3, "abcdefghi"), "abc"),
    "a comment between": ([*events(*said(*"abc")), b": hi\n\n", *events(*said(*"def"))], "a"),
    "an id field between": ([*events(*said(*"abc")), b"id: 7\n\n", *events(*said(*"def"))], "a"),
    "a named event between": ([*ABC, NAMED, *ABC], "aaa"),
    "something else between": ([*ABC, *events({"type": "ping"}), *ABC], "aa"),
    "a finish between": ([*ABC, *events(chunk({"content": "."}, "stop")), *ABC], "a.a"),
    "an empty text": (events(*said("a", "b", "", "c", "d")), "ac"),
    "half a pair": (events(*said("a", "b", "\ud83d", "\ude00", "c", "d")), "a\ud83d\ude00c"),
    "an escape": (events(*said("a", "b", "\n", "c")), "a"),
    "an escape in turn": (in_turn(2, "abcd\n\t\n"), "ab"),
    "faults": ([*ABC, *faulty("efgh"), *ABC], "aefgha"),
}

X1, X2 = events(*said(*"abc", x=1)), events(*said(*"de", x=2))
AAB = events(*(chunk({"content": text}, index=index) for text, index in zip("abcdefghi", [0, 0, 1] * 3, strict=True)))
# Fragments, and the comparisons with a form: "1" for that of a frame, "[abc]" for that of a run and its texts;
# and the limit of an event.
