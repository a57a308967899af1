"""Fields as they come, and what they merge to."""

from __future__ import annotations

from typing import Any

from ssemble._dialects.chat.names import CHUNK, DELTA, NESTED, MergeRules


def entry(**fields: Any) -> list[dict[str, Any]]:
    return [fields]


# field, scope, values, what they come to
FIELDS: dict[str, tuple[str, MergeRules, list[Any], Any]] = {
    "null stays where it is all": ("x", DELTA, [None, None], None),
    "empty text stays where it is all": ("x", DELTA, ["", ""], ""),
    "empty text before a constant": ("x", DELTA, ["", "a", "a"], "a"),
    "null takes nothing back": ("x", DELTA, ["a", None, "", [], {}], "a"),
    "null gives way": ("x", DELTA, [None, 5], 5),
    "known text": ("refusal", DELTA, ["a", "a", "b"], "aab"),
    "known text inside": ("text", NESTED, ["a", "b"], "ab"),
    "known text outside a delta": ("text", CHUNK, ["a", "b"], "b"),
    "unknown constant": ("x", DELTA, ["low", "low", "low"], "low"),
    "unknown text": ("x", DELTA, ["a", "a", "b", "a"], "aaba"),
    "unknown text inside": ("x", NESTED, ["a", "b"], "b"),
    "an enum": ("status", DELTA, ["a", "b"], "b"),
    "a signature": ("signature", DELTA, ["a", "", "b"], "b"),
    "numbers": ("x", DELTA, [1, 2.5, 2], 2),
    "zero wins": ("x", DELTA, [1, 0], 0),
    "false wins": ("x", DELTA, [True, False], False),
    "huge number": ("x", DELTA, [1, 10**4000], 10**4000),
    "number to text": ("x", DELTA, [1, "a", "b"], "ab"),
    "text to number": ("x", DELTA, ["a", 1], 1),
    "object to text": ("x", DELTA, [{"a": 1}, "b"], "b"),
    "text to object": ("x", DELTA, ["b", {"a": 1}], {"a": 1}),
    "list to object": ("x", DELTA, [["b"], {"a": 1}], {"a": 1}),
    "object to list": ("x", DELTA, [{"a": 1}, ["b"]], ["b"]),
    "objects": ("x", DELTA, [{"a": 1, "b": {"c": 2}}, {"b": {"c": 3, "d": 4}}], {"a": 1, "b": {"c": 3, "d": 4}}),
    "text in an object": ("x", DELTA, [{"text": "a", "y": "p"}, {"text": "b", "y": "q"}], {"text": "ab", "y": "q"}),
    "object outside a delta": ("x", CHUNK, [{"text": "a"}, {"text": "b"}], {"text": "b"}),
    "audio": ("audio", DELTA, [{"data": "YQ==", "transcript": "a"}, {"data": "Yg==", "transcript": "b"}], {"data": "YWI=", "transcript": "ab"}),
    "audio, other text": ("audio", DELTA, [{"id": "a", "text": "p"}, {"id": "b", "text": "q"}], {"id": "b", "text": "q"}),
    "data elsewhere": ("x", DELTA, [{"data": "YQ=="}, {"data": "Yg=="}], {"data": "Yg=="}),
    "logprobs": ("logprobs", CHUNK, [{"content": [{"t": 1}]}, {"content": [{"t": 1}, None]}], {"content": [{"t": 1}, {"t": 1}, None]}),
    "logprobs of a delta": ("logprobs", DELTA, [{"tokens": ["a"]}, {"tokens": ["a"]}], {"tokens": ["a", "a"]}),
    "deep in logprobs": ("logprobs", CHUNK, [{"a": {"b": ["c"]}}, {"a": {"b": ["c"]}}], {"a": {"b": ["c", "c"]}}),
    "lists of numbers": ("token_ids", DELTA, [[1, 2], [2, 0.5]], [1, 2, 2, 0.5]),
    "booleans are no numbers": ("x", DELTA, [[True], [True, False]], [True, False]),
    "equal snapshots": ("citations", CHUNK, [["a", "b"], ["a", "b"]], ["a", "b"]),
    "longer snapshots": ("citations", CHUNK, [["a"], ["a", "b"], ["a", "b", "b"]], ["a", "b", "b"]),
    "other snapshots": ("citations", CHUNK, [["a", "b"], ["b", "c"], ["c", "d"]], ["a", "b", "c", "d"]),
    "shorter snapshots": ("citations", CHUNK, [["a", "b"], ["b"], ["c"]], ["a", "b", "c"]),
    "snapshot behind another": ("citations", CHUNK, [["a", "b"], ["c"], ["a", "b", "c", "d"], ["d"]], ["a", "b", "c", "d"]),
    "repeats inside one list": ("x", CHUNK, [["a", "a"], ["b", "b"]], ["a", "a", "b"]),
    "objects in snapshots": ("x", CHUNK, [[{"u": 1}], [{"u": 2}], [{"u": 1}]], [{"u": 1}, {"u": 2}]),
    "the order of keys makes no other entry": ("x", CHUNK, [[{"u": 1, "v": 2}], [{"w": 0}], [{"v": 2, "u": 1}]], [{"u": 1, "v": 2}, {"w": 0}]),
    "images are whole": ("images", DELTA, [entry(index=0, text="a"), entry(index=0, text="b"), entry(index=0, text="a")], [{"index": 0, "text": "a"}, {"index": 0, "text": "b"}]),
}  # fmt: skip

INDEXED: dict[str, tuple[list[Any], list[Any]]] = {
    "same index": ([entry(index=0, text="a"), entry(index=0, text="b")], [{"index": 0, "text": "ab"}]),
    "other index": ([entry(index=1, text="a"), entry(index=0, text="b")], [{"index": 1, "text": "a"}, {"index": 0, "text": "b"}]),
    "other type": (
        [entry(index=0, type="t", text="a"), entry(index=0, type="u", text="b"), entry(index=0, type="t", text="c")],
        [{"index": 0, "type": "t", "text": "a"}, {"index": 0, "type": "u", "text": "b"}, {"index": 0, "type": "t", "text": "c"}],
    ),
    "other types, at places of their own": (
        [entry(index=n, type=kind, text=text) for text in "ab" for n, kind in enumerate("tu")],
        [{"index": 0, "type": "t", "text": "ab"}, {"index": 1, "type": "u", "text": "ab"}],
    ),
    "other types in turn": (
        [entry(index=0, type=kind, text=text) for kind in "tut" for text in "ab"],
        [{"index": 0, "type": kind, "text": "ab"} for kind in "tut"],
    ),
    "a fraction as index": ([entry(index=0.0, type="t", text="a"), entry(index=0, type="t", text="b")], [{"index": 0, "type": "t", "text": "ab"}]),
    "no type goes on": (
        [entry(index=0, type="t", text="a"), entry(index=0, text="b")],
        [{"index": 0, "type": "t", "text": "ab"}],
    ),
    "other id": (
        [entry(index=0, id="1", text="a"), entry(index=0, id="2", text="b")],
        [{"index": 0, "id": "1", "text": "a"}, {"index": 0, "id": "2", "text": "b"}],
    ),
    "an id once": ([entry(index=0, id="1", text="a"), entry(index=0, text="b")], [{"index": 0, "id": "1", "text": "ab"}]),
    "an id late": ([entry(index=0, text="a"), entry(index=0, id="1", text="b")], [{"index": 0, "text": "ab", "id": "1"}]),
    "announced again": (
        [entry(index=0, type="search", name="s", arguments="{}"), entry(index=0, type="found", name="s", arguments="{}")],
        [{"index": 0, "type": "found", "name": "s", "arguments": "{}"}],
    ),
    "another name": (
        [entry(index=0, type="t", name="a"), entry(index=0, type="u", name="b")],
        [{"index": 0, "type": "t", "name": "a"}, {"index": 0, "type": "u", "name": "b"}],
    ),
    "a true index is none": ([entry(index=True, text="a"), entry(index=True, text="b")], [{"index": True, "text": "ab"}]),
    "some without": (
        [[{"index": 0, "text": "a"}, {"text": "b"}, 5, "x", {"u": 1}, {"u": 1}]],
        [{"index": 0, "text": "ab"}, 5, "x", {"u": 1}],
    ),
}  # fmt: skip

PARTS: dict[str, tuple[list[Any], list[Any]]] = {
    "same type": ([entry(type="text", text="a"), entry(type="text", text="b")], [{"type": "text", "text": "ab"}]),
    "other type": (
        [entry(type="text", text="a"), entry(type="note", text="b"), entry(type="text", text="c")],
        [{"type": "text", "text": "a"}, {"type": "note", "text": "b"}, {"type": "text", "text": "c"}],
    ),
    "until signed": (
        [entry(thinking="a"), entry(thinking="b", signature="s"), entry(thinking="c")],
        [{"thinking": "ab", "signature": "s"}, {"thinking": "c"}],
    ),
    "other id": ([entry(id="1", text="a"), entry(id="2", text="b")], [{"id": "1", "text": "a"}, {"id": "2", "text": "b"}]),
    "end marker": ([entry(type="text", text="a"), entry(type="note", text="")], [{"type": "text", "text": "a"}]),
    "no text": ([entry(type="image", url="u"), entry(type="image", url="u")], [{"type": "image", "url": "u"}] * 2),
    "no object": ([["a"], ["a", None]], ["a", "a", None]),
    "behind what is no object": ([["a"], entry(text="b")], ["a", {"text": "b"}]),
    "parts inside parts": (
        [entry(type="thinking", thinking=entry(type="text", text="a")), entry(type="thinking", thinking=entry(type="text", text="b"))],
        [{"type": "thinking", "thinking": [{"type": "text", "text": "ab"}]}],
    ),
}  # fmt: skip
