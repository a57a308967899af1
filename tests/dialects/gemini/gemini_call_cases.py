"""Streams of Gemini with calls, and what they come to."""

from __future__ import annotations

from .gemini_cases import CALLS, RAW, STOP, Case, arg, call, of, one

CALL_CASES: dict[str, Case] = {
    "calls come whole": Case(
        [
            of(call("f", args={"a": 1}), call("f", args={"a": 1})),
            of({**call("g"), "thoughtSignature": "S"}, end="STOP"),
        ],
        one(call("f", args={"a": 1}), call("f", args={"a": 1}), {**call("g", args={}), "thoughtSignature": "S"}),
        [
            *(["call", 0, None, "f"], ["args", 0, '{"a": 1}'], ["end", 0, '{"a": 1}']),
            *(["call", 1, None, "f"], ["args", 1, '{"a": 1}'], ["end", 1, '{"a": 1}']),
            *(["signature", -1, "S"], ["call", 2, None, "g"], ["args", 2, "{}"], ["end", 2, "{}"], CALLS),
        ],
    ),
    "willContinue false is whole": Case(
        [of(call("f", willContinue=False), end="STOP")],
        one(call("f", args={})),
        [["call", 0, None, "f"], ["args", 0, "{}"], ["end", 0, "{}"], CALLS],
    ),
    "streamed arguments": Case(
        [
            of({**call("f", more=True, id="c"), "thoughtSignature": "S"}),
            of(call(None, arg("$.q", "te", more=True), more=True)),
            of(call(None, arg("$.q", "a\n"), more=True)),
            of(call(None, arg("$.n[0].x", 2), arg("$['n'][1]", None), arg('$["a b"]', True), more=True)),
            of(call()),
            of(end="STOP"),
        ],
        one({**call("f", id="c", args={"q": "tea\n", "n": [{"x": 2}, None], "a b": True}), "thoughtSignature": "S"}),
        [
            ["signature", -1, "S"],
            ["call", 0, "c", "f"],
            ["args", 0, '{"q":"tea\\n","n":[{"x":2},null],"a b":true}'],
            ["end", 0, '{"q":"tea\\n","n":[{"x":2},null],"a b":true}'],
            CALLS,
        ],
    ),
    "streamed arguments begin with the name": Case(
        [of(call("f", arg("$.b", 1), more=True, args={"a": {"x": []}})), of(call(None, arg("$.c", "")), end="STOP")],
        one(call("f", args={"a": {"x": []}, "b": 1, "c": ""})),
        [
            ["call", 0, None, "f"],
            ["args", 0, '{"a":{"x":[]},"b":1,"c":""}'],
            ["end", 0, '{"a":{"x":[]},"b":1,"c":""}'],
            CALLS,
        ],
    ),
    "a next call and a finishReason close a call": Case(
        [of(call("f", more=True)), of(call("g", arg("$.a", "x", more=True), more=True)), of(end="STOP")],
        one(call("f", args={}), call("g", args={"a": "x"})),
        [
            *(["call", 0, None, "f"], ["args", 0, "{}"], ["end", 0, "{}"]),
            *(["call", 1, None, "g"], ["args", 1, '{"a":"x"}'], ["end", 1, '{"a":"x"}'], CALLS),
        ],
    ),
    "the end of the stream does not close a call": Case(
        [of(call("f", arg("$.a", "hal", more=True), more=True))],
        one(call("f", args={"a": "hal"}), end=None),
        [["call", 0, None, "f"], ["args", 0, '{"a":"hal']],
        complete=False,
        error="IncompleteStream",
    ),
    "text inside a streamed call": Case(
        [
            of(call("f", more=True)),
            of({"text": "A"}),
            of({"text": "B"}, {**call(id="c"), "thoughtSignature": "S"}, end="STOP"),
        ],
        one({**call("f", id="c", args={}), "thoughtSignature": "S"}, {"text": "A"}, {"text": "B"}),
        [
            ["call", 0, None, "f"],
            ["text", 0, 1, "A"],
            ["text", 0, 2, "B"],
            *(["signature", -1, "S"], ["args", 0, "{}"], ["end", 0, "{}"], CALLS),
        ],
    ),
    "arguments that are not in order": Case(
        [
            of(call("f", arg("$.a", "x"), arg("$.b", 1), arg("$.a", "y"), arg("$.c", 2), more=True)),
            of(call(), end="STOP"),
        ],
        one(call("f", args={"a": "xy", "b": 1, "c": 2})),
        [["call", 0, None, "f"], ["args", 0, '{"a":"x","b":1'], ["end", 0, '{"a":"xy","b":1,"c":2}'], CALLS],
    ),
    "paths that cannot be used": Case(
        [
            of(
                call(
                    "f",
                    arg("$.a", 1),
                    arg("$.a.b", 2),
                    arg("$[0]", 3),
                    arg("$.x[10001]", 4),
                    arg("a", 5),
                    {"jsonPath": "$.b"},
                    7,
                ),
                end="STOP",
            )
        ],
        one(call("f", args={"a": 1})),
        [["call", 0, None, "f"], ["args", 0, '{"a":1}'], ["end", 0, '{"a":1}'], CALLS],
    ),
    "arguments without a name that are not partial": Case(
        [of(call("f", more=True, args={"a": 1})), of(call(args={"a": 2, "b": [3]}), end="STOP")],
        one(call("f", args={"a": 1, "b": [3]})),
        [["call", 0, None, "f"], ["args", 0, '{"a":1,"b":[3]}'], ["end", 0, '{"a":1,"b":[3]}'], CALLS],
    ),
    "arguments of no call": Case(
        [of({"text": "A"}), of(call(None, arg("$.a", 1)))],
        one({"text": "A"}, end=None),
        [["text", 0, 0, "A"]],
        complete=False,
        error="ProtocolError",
    ),
    "an end of no call": Case(
        [of({"text": "A"}), of(call()), of(end="STOP")], one({"text": "A"}), [["text", 0, 0, "A"], RAW, STOP]
    ),
}
