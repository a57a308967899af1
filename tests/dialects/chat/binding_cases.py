"""Chunks of one form, over and over, and chunks that only look so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...differential import said
from ...helpers import call, chunk, nested

Chunk = dict[str, Any]

HEAD: Chunk = {"id": "c", "object": "chat.completion.chunk", "created": 5, "model": "m", "system_fingerprint": "f"}
MORE: Chunk = {"usage": None, "obfuscation": "ab", "x_groq": {"id": "r"}, "service_tier": None}
START = call(0, id="x", type="function", name="f", arguments="")


def detail(text: str, kind: str = "text", **more: Any) -> Chunk:
    return {"type": f"reasoning.{kind}", kind: text, "index": 0, "format": "unknown", **more}


def number(text: str) -> int:
    """Another number for most texts."""
    return 1 + sum(map(ord, text)) % 97


def likely(text: str) -> Chunk:
    """The log probabilities of one token."""
    return {"token": text, "logprob": -number(text) / 7, "bytes": [*text.encode(errors="replace")], "top_logprobs": []}


def listed(text: str, **more: Any) -> Chunk:
    """A chunk whose choice has lists beside its text."""
    return {"choices": [{"index": 0, "delta": {"content": text}, **more, "finish_reason": None}]}


def searched(text: str) -> Chunk:
    """A chunk as Perplexity sends it, with all text so far and what was found."""
    count = 1 + number(text)
    return {
        "id": "c",
        "created": count,
        "usage": {"prompt_tokens": 3, "completion_tokens": count, "total_tokens": 3 + count, "size": "low", "cost": {"a": 0, "b": ""}},
        "citations": ["https://a/é", "b"],
        "results": [{"title": "t", "date": None, "tags": [1, "x"]}],
        "object": "chat.completion.chunk",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": f'"{text}\n{text}'}, "delta": {"role": "assistant", "content": text}}],
    }  # fmt: skip


# what comes before, and what makes a chunk of the form from a text
STRAIGHT: dict[str, tuple[list[Chunk], Callable[[str], Chunk]]] = {
    "content": ([], lambda text: said(text)[0]),
    "no id": ([], lambda text: chunk({"content": text})),
    "with a head": ([], lambda text: chunk({"content": text}) | HEAD | MORE),
    "with a role": ([], lambda text: chunk({"role": "assistant", "content": text})),
    "with fields that say nothing": (
        [],
        lambda text: chunk({"content": text, "refusal": None, "tool_calls": [], "x": {}, "reasoning": "", "index": 0}),
    ),
    "with numbers and constants": (
        [],
        lambda text: chunk({"content": text, "token": 5, "score": 0.5, "last": False, "phase": "final", "type": "t"}),
    ),
    "with fields of the choice": (
        [],
        lambda text: chunk({"content": text}) | {"choices": [{
            "index": 0, "delta": {"content": text}, "finish_reason": "", "logprobs": None, "usage": None, "seed": 7,
            "filter": {"hate": {"filtered": False, "severity": "safe", "list": [], "none": {}}},
        }]},
    ),
    "after a chunk with only a role": ([chunk({"role": "assistant", "content": ""})], lambda text: said(text)[0]),
    "another choice": ([], lambda text: chunk({"content": text}, index=3)),
    "logprobs": ([], lambda text: listed(text, logprobs={"content": [likely(text)], "refusal": None})),
    "logprobs of two kinds": (
        [], lambda text: listed(text, logprobs={"tokens": [text], "offsets": [number(text), 0.5], "x": 1}),
    ),
    "logprobs before the text": (
        [], lambda text: {"choices": [{"logprobs": {"content": [likely(text)]}, "index": 0, "delta": {"content": text}}]},
    ),
    "logprobs and padding": (
        [],
        lambda text: {
            **listed(text, logprobs={"content": [likely(text), None]}),
            "obfuscation": "é" * number(text), "created": number(text),
        },
    ),
    "logprobs of reasoning": (
        [],
        lambda text: {"choices": [
            {"index": 3, "delta": {"reasoning": text, "content": text}, "logprobs": {"content": [likely(text)]}}
        ]},
    ),
    "logprobs of arguments": (
        [START], lambda text: {"choices": [
            {**call(0, arguments=text)["choices"][0], "logprobs": {"content": [likely(text)]}}
        ]},
    ),
    "the ids of tokens": ([], lambda text: listed(text, token_ids=[number(text), 2], y=[1.5])),
    "the answer so far and what was found": ([], searched),
    "an empty text beside the delta": ([], lambda text: {"choices": [{"index": 0, "text": "", "delta": {"content": text}}]}),
    "padding": ([], lambda text: said(text, obfuscation="x" * number(text))[0]),
    "two paddings": ([], lambda text: said(text, obfuscation="x" * number(text), p="-" * number(text))[0]),
    "padding that is no text": ([], lambda text: said(text, p=7, obfuscation=None)[0]),
    "changing times": ([], lambda text: said(text, created=number(text))[0]),
    "changing ids": ([], lambda text: said(text)[0] | {"id": f"c-{number(text)}"}),
    "reasoning": ([], lambda text: chunk({"content": None, "reasoning_content": text})),
    "reasoning under two names": ([], lambda text: chunk({"reasoning": text, "reasoning_content": text})),
    "content and reasoning": ([], lambda text: chunk({"content": text, "reasoning": text[::-1] + "!"})),
    "reasoning and content": ([], lambda text: chunk({"thinking": text[::-1] + "!", "content": text})),
    "content, reasoning and counts": (
        [],
        lambda text: chunk(
            {"content": text, "reasoning": text[::-1] + "!"}, usage={"a": {"b": number(text) + 1}, "completion_tokens": 1}
        ),
    ),
    "reasoning of another choice": ([], lambda text: chunk({"reasoning": text}, index=3)),
    "content and reasoning of another choice": ([], lambda text: chunk({"content": text, "reasoning": text}, index=3)),
    "details": ([], lambda text: chunk({"reasoning_details": [detail(text)]})),
    "details and reasoning": (
        [],
        lambda text: chunk({"reasoning": text, "reasoning_details": [detail(text, id="i", signature=None)]}),
    ),
    "details at another index": ([], lambda text: chunk({"reasoning_details": [detail(text) | {"index": 2}]})),
    "content, and details at another index": (
        [], lambda text: chunk({"content": text, "reasoning_details": [detail(text) | {"index": 2}]}),
    ),
    "a summary": ([], lambda text: chunk({"content": "", "reasoning_details": [detail(text, "summary")]})),
    "arguments": ([START], lambda text: call(0, arguments=text)),
    "arguments of a second call": ([START, call(1, id="y", name="g")], lambda text: call(1, arguments=text)),
    "arguments, and fields that say nothing": (
        [START],
        lambda text: chunk({"role": "assistant", "content": None, "tool_calls": [
            {"index": 0, "id": None, "type": "function", "function": {"name": "", "arguments": text}}
        ]}),
    ),
}  # fmt: skip

# Of these, the ones with more than one text in a chunk.
SEVERAL = (
    "reasoning under two names", "content and reasoning", "reasoning and content",
    "content and reasoning of another choice", "details and reasoning",
)  # fmt: skip


def fields(**more: Any) -> Chunk:
    """A chunk with more fields in its choice."""
    return {"choices": [{"index": 0, "delta": {"content": "a"}, **more}]}


def thrice(*chunks: Any) -> list[Any]:
    return [each for each in chunks for _ in range(3)]


def idle(*times: int, delta: Any = None, **more: Any) -> list[Chunk]:
    """Chunks that bring nothing new, as xAI sends them while the model thinks."""
    if delta is None:
        delta = {}
    return [{**chunk(delta), "id": "c", "created": time, **more} for time in times]


A, B = said("a", "b")
MANY: list[Any] = [[1], [2], [], [3], None, [[]], [4], [{}], [5], [True], [6], [7], ["a"], [8, 0.5]]
SO_FAR: list[Any] = ["a", "ab", "abc", "é\n", '"', "\ud83d", "", 7, None, [], {"x": 1}, "a"]
IDS: list[Any] = [1, 1, 2, 2, None, None, "", "", [], {}, True]
WITH_DETAIL = chunk({"reasoning_details": [detail("a")]})

ODD: dict[str, list[Any]] = {
    "choices take turns": [chunk({"content": text}, index=n % 2) for n, text in enumerate("abcdefgh")],
    "choices and kinds of text take turns": [
        chunk({key: text}, index=index)
        for text in "abc" for index in (0, 1) for key in ("content", "reasoning", "content")
    ],
    "calls take turns": [
        START, call(1, id="y", name="g"), *(call(n % 2, arguments=text) for n, text in enumerate('{{""}} ')),
    ],
    "a call that was whole before the next began": [
        START, *thrice(call(0, arguments='{"a":'), call(0, arguments="1}")), call(1, id="y", name="g"),
        *thrice(call(0, arguments="x"), call(1, arguments="z")),
    ],
    "a placeholder, then the arguments": [
        START, *thrice(call(0, arguments="")), call(0, arguments="{}"), *thrice(call(0, arguments='{"a":')),
    ],
    "arguments that are replayed": [START, *thrice(call(0, arguments='{"a": 1}'), call(0, arguments=" "))],
    "arguments before the name": [*thrice(call(0, arguments="a")), START, *thrice(call(0, arguments="b"))],
    "a custom tool": [
        call(0, id="x", type="custom", custom={"name": "f", "input": ""}),
        *thrice(call(0, arguments="a")), *thrice(call(0, custom={"input": "a"})),
    ],
    "arguments behind the finish": [
        START, *thrice(call(0, arguments="a")), chunk({}, "tool_calls"), *thrice(call(0, arguments="b")),
    ],
    "texts behind the finish": [A, B, chunk({}, "stop"), *said("c", "d", "e")],
    "a finish in the form": [A, B, *thrice(chunk({"content": "a"}, "stop"))],
    "another model in between": [*said("a", "b", model="m"), *said("a", "b", model="n"), *said("a", "b", model="m")],
    "another field in between": [*said("a", "b"), *said("a", "b", tier="x"), *said("a", "b"), *said("a", "b", tier="x")],
    "true is not one": [*said("a", "b", x=1), *said("a", "b", x=True), *said("a", "b", x=1.0)],
    "true is not one, where choices take turns": [
        chunk({"content": "a"}, index=n % 2, x=x) for n, x in enumerate([1, 1, 1, True, 1])
    ],
    "two choices, each with another field": [
        {**chunk({"content": text}, index=n % 2), "tier": n % 2} for n, text in enumerate("abcdefghi")
    ],
    "parts, then texts": [chunk({"content": [{"type": "text", "text": "a"}]}), A, B, A],
    "texts, then parts": [A, B, chunk({"content": [{"type": "text", "text": "a"}]}), A, B, A],
    "a message before": [{"choices": [{"index": 0, "message": {"content": "x"}}]}, A, B, A],
    "a message behind": [A, B, {"choices": [{"index": 0, "message": {"content": "x"}}]}, A, B],
    "half a pair held in one of two texts": [
        *thrice(chunk({"content": "a", "reasoning": "b"})), chunk({"content": "a", "reasoning": "\ud83d"}),
        *thrice(chunk({"content": "a", "reasoning": "b"})), chunk({"content": "\ud83d", "reasoning": "b"}),
        *thrice(chunk({"content": "a", "reasoning": "b"})),
    ],
    "half a pair held by another name": [
        chunk({"reasoning": "\ud83d"}), *thrice(chunk({"reasoning_content": "a"})), *thrice(chunk({"thinking": "\ude00"})),
    ],
    "content and a call": [START, *thrice(chunk({"content": "a", "tool_calls": call(0, arguments="a")["choices"][0]["delta"]["tool_calls"]}))],
    "reasoning and a call": [START, *thrice(chunk({"reasoning": "a", "tool_calls": call(0, arguments="a")["choices"][0]["delta"]["tool_calls"]}))],
    "details of two types": [
        *thrice(WITH_DETAIL), *thrice(chunk({"reasoning_details": [detail("a", "summary")]})), *thrice(WITH_DETAIL),
    ],
    "details of two types, one without": [
        *thrice(WITH_DETAIL), *thrice(chunk({"reasoning_details": [detail("a") | {"type": "other"}]})),
        *thrice(chunk({"reasoning_details": [{"text": "a", "index": 0}]})), *thrice(WITH_DETAIL),
    ],
    "details with other ids": [
        *(chunk({"reasoning_details": [detail("a", id=id)]}) for id in "xxyyxx"),
    ],
    "details with a text and a summary": thrice(chunk({"reasoning_details": [detail("a") | {"summary": "b"}]})),
    "details that are signed": thrice(chunk({"reasoning_details": [detail("a", signature="s")]})),
    "two details": thrice(chunk({"reasoning_details": [detail("a"), detail("b") | {"index": 1}]})),
    "details behind a fault": thrice(chunk({"content": 7, "reasoning_details": [detail("a")]})),
    "a call behind a fault": thrice(chunk({"content": 7, "tool_calls": [{"index": 0, "function": {"arguments": "a"}}]})),
    "details without a list": thrice(chunk({"reasoning_details": detail("a")})),
    "details that are texts": thrice(chunk({"reasoning_details": ["a"]})),
    "details without an index": thrice(chunk({"reasoning_details": [detail("a") | {"index": None}]})),
    "details with a text that is none": thrice(chunk({"reasoning_details": [detail("a") | {"text": ["a"]}]})),
    "details without a text": thrice(chunk({"reasoning_details": [{"type": "r", "index": 0, "data": "a"}]})),
    "refusals": thrice(chunk({"refusal": "a"})),
    "unknown text": thrice(chunk({"content": "a", "x": "a"}), chunk({"content": "a", "x": "b"})),
    "an id in the delta": thrice(chunk({"content": "a", "id": "i"})),
    "the text again beside the delta": thrice(fields(text="a")),
    "the text null beside the delta": thrice(fields(text=None)),
    "logprobs": thrice(fields(logprobs={"content": [{"token": "a"}]})),
    "logprobs of nothing": thrice(fields(logprobs={"content": [], "refusal": None})),
    "logprobs and usage": thrice({**fields(logprobs={"content": [{"token": "a"}]}), "usage": {"a": 1}}),
    "logprobs of nothing, then some": [fields(logprobs={"content": items}) for items in MANY],
    "logprobs that are no list": [
        *(fields(logprobs={"content": item}) for item in ([1], [1], "a", [2], {"a": [1]}, [3], 7, [4], [5])),
    ],
    "logprobs that are no numbers": thrice(*(fields(logprobs={"content": [item]}) for item in (1.5, float("nan"), -0.0))),
    "logprobs deep inside": [
        *(fields(logprobs={"content": nested(depth)}) for depth in (1, 1, 1, 29, 30, 31, 32, 40, 120)),
    ],
    "half a pair in logprobs": thrice(fields(logprobs={"content": ["\ud83d"]}), fields(logprobs={"content": ["\ude00"]})),
    "ids of tokens that are none": [
        *(fields(ids=ids) for ids in (*MANY, *MANY, "a", *MANY)),
    ],
    "a list in the choice": thrice(fields(x=[1])),
    "a list deep in the choice": thrice(fields(x={"y": {"z": [1]}})),
    "a list in the chunk": thrice({**A, "x": [1]}, {**A, "x": [2]}),
    "usage in the choice": thrice(fields(usage={"a": 1})),
    "usage in the chunk": thrice({**A, "usage": {"a": 1}}, {**A, "usage": {"a": 2}}),
    "usage in x_groq": thrice({**A, "x_groq": {"usage": {"a": 1}}}),
    "no usage in x_groq": thrice({**A, "x_groq": {"usage": None}}),
    "an error in the choice": thrice(A, fields(error="x")),
    "no error in the choice": thrice(A, fields(error=None)),
    "an error in the chunk": thrice(A, {**A, "error": {"message": "x"}}),
    "no error in the chunk": thrice({**A, "error": None}, {**A, "error": ""}),
    "a message in the choice": thrice(fields(message=None), fields(message={"content": "x"})),
    "no choices": thrice(A, {"choices": []}, {"choices": None}, {"id": "c"}, {"choices": {}}),
    "a choice without a list": thrice({"choices": A["choices"][0]}),
    "two choices in a chunk": thrice({"choices": [*A["choices"], *chunk({"content": "z"}, index=1)["choices"]]}),
    "no choice": thrice(A, {"choices": [None]}),
    "no index": thrice({"choices": [{"delta": {"content": "a"}}]}),
    "an index that is a text": thrice({"choices": [{"index": "0", "delta": {"content": "a"}}]}),
    "no delta": thrice(A, {"choices": [{"index": 0}]}, chunk(None)),
    "a delta that is a text": thrice({"choices": [{"index": 0, "delta": "a"}]}),
    "a delta of nothing but a role": thrice(chunk({"role": "assistant"}), A),
    "calls without a list": [START, *thrice(chunk({"tool_calls": {"index": 0, "function": {"arguments": "a"}}}))],
    "two calls in a chunk": [START, *thrice(chunk({"tool_calls": [
        {"index": 0, "function": {"arguments": "a"}}, {"index": 1, "function": {"arguments": "b"}}]}))],
    "a call that is none": [START, *thrice(chunk({"tool_calls": [None]}))],
    "a call without an index": [START, *thrice(call(None, arguments="a"))],
    "a call with an id again": [START, *thrice(call(0, id="x", arguments="a"))],
    "a call with a name again": [START, *thrice(call(0, name="f", arguments="a"))],
    "a call without a function": [START, *thrice(call(0)), *thrice(chunk({"tool_calls": [{"index": 0, "function": "x"}]}))],
    "a call of another type": [START, *thrice(call(0, type="FUNCTION", arguments="a"), call(0, type="x", arguments="a"))],
    "a call with more fields": [START, *thrice(call(0, x=1, arguments="a"))],
    "a call with more fields inside": [
        START, *thrice(chunk({"tool_calls": [{"index": 0, "function": {"arguments": "a", "x": [1]}}]})),
    ],
    "arguments that are no text": [START, *thrice(call(0, arguments={"a": 1}), call(0, arguments=None))],
    "nothing that fits, and a role deep inside": thrice(A, {**A, "id": nested(120, key="a")}, B),
    "an id that comes late": [chunk({"content": "a"}), chunk({"content": "b"}), *said("c", "d", "e")],
    "a time that comes late": [A, B, *said("c", "d", created=7), *said("e", "f", created=8)],
    "no time": thrice(*said("a", "b", created=0), *said("a", "b", created=None), *said("a", "b", created=1.5)),
    "an id behind an empty one": [{**A, "id": id} for id in (None, "", "c", "c", "")],
    "a time behind none": [*said("a"), *said("a", "b", created=0), *said("a", "b", "c", created=9), *said("a", created=0)],
    "ids that are no text": [{**A, "id": id} for id in IDS],
    "nothing, something, nothing": [
        A, *idle(*range(1, 9)), B, *idle(*range(9, 14)), chunk({}, "stop"), *idle(*range(14, 20)), A,
    ],
    "nothing with an empty role": [*idle(*range(1, 9), delta={"role": "assistant", "content": "", "reasoning": None}), A],
    "nothing, and all choices in turn": [{**each, **chunk({}, index=n % 3)} for n, each in enumerate(idle(*range(1, 12)))],
    "nothing behind a message": [{"choices": [{"index": 0, "message": {"content": "x"}}]}, *idle(*range(1, 9))],
    "nothing and a message": [
        {"created": time, "choices": [{"index": 0, "delta": {}, "message": {"content": "x"}}]} for time in range(1, 9)
    ],
    "nothing and a whole message": thrice(
        {"object": "chat.completion", "created": 5, "choices": [{"index": 0, "delta": {}, "message": {"content": "x"}}]}
    ),
    "nothing but counts": [A, *(each | {"usage": {"a": 1 + n // 3}} for n, each in enumerate(idle(*range(1, 9))))],
    "nothing but lists": [
        {"created": time, "choices": [{"index": 0, "delta": {}, "logprobs": {"content": [likely("a")]}}]}
        for time in range(1, 9)
    ],
    "nothing without a time": [A, *[chunk({})] * 8],
    "citations that grow": [
        {**A, "c": urls} for urls in (["a"], ["a"], ["a"], ["a", "b"], ["a", "b"], ["a"], ["a"], ["b", "a"], ["b", "a"])
    ],
    "citations that look equal": [{**A, "c": [["x"], value]} for value in (1, True, 1, 1.0, 1.0, True)],
    "citations with an index": thrice({**A, "c": [{"index": 0, "a": "x"}]}),
    "citations that are numbers": thrice({**A, "c": [1]}),
    "citations of details": thrice({**A, "reasoning_details": [{"a": "x"}]}),
    "counts with a text that changes": [
        {**A, "usage": {"a": 1 + n, "size": size}, **({"p": "-"} if n % 2 else {})}
        for n, size in enumerate(["low", "low", "low", "high", "high", "low", "low", "", "low"])
    ],
    "counts with a fraction": [{**A, "usage": {"a": 1 + n, "cost": n // 3 / 8}} for n in range(9)],
    "messages so far, and then another": [
        fields(message={"role": "assistant", "content": content})
        for content in SO_FAR
    ],
    "messages so far, and more in them": thrice(fields(message={"content": "a", "x": [1]}), fields(message={"content": "a"})),
    "messages before the first text": [
        *({"choices": [{"index": 0, "message": {"content": text}, "delta": {"content": ""}}]} for text in "abc"), A, B,
    ],
}  # fmt: skip

NAN = float("nan")
CALL = {"index": 0, "id": None, "type": "function", "function": {"name": None, "arguments": "a"}}

# Merging these again is a fault again, a repair again, or adds to a list: the chunks, and the options it takes.
WHOLE: dict[str, tuple[list[Any], dict[str, Any]]] = {
    "a fault each time: content": (thrice(START, chunk({"content": 7, "tool_calls": [CALL]})), {"errors": "event"}),
    "a fault each time: refusal": (thrice(chunk({"content": "a", "refusal": 7})), {"errors": "event"}),
    "a fault each time: function_call": (thrice(chunk({"content": "a", "function_call": 7})), {"errors": "event"}),
    "a fault each time: role": (thrice(chunk({"content": "a", "role": [1]})), {"errors": "event"}),
    "a fault each time: finish_reason": (thrice(chunk({"content": "a"}, False)), {"errors": "event"}),
    "a fault each time: id of a call": ([START, *thrice(call(0, id=[], arguments="a"))], {"errors": "event"}),
    "a repair each time: finish_reason": (thrice(chunk({"content": "a"}, 0)), {}),
    "a repair each time: id of a call": ([START, *thrice(call(0, id=0, arguments="a"))], {}),
    "a list under the name of a constant": (thrice(chunk({"content": "a", "phase": [1]})), {}),
    "an object under the name of a constant": (thrice(chunk({"content": "a", "format": {"text": "a"}})), {}),
    "a list under a constant of details": (thrice(chunk({"reasoning_details": [detail("a", id=None) | {"format": [1]}]})), {}),
    "a list for the id of details": (thrice(chunk({"reasoning_details": [detail("a", id=[1])]})), {}),
    "NaN for the id of details": (thrice(chunk({"reasoning_details": [detail("a", id=NAN)]})), {}),
}  # fmt: skip

# for each place of these, what if it held something else: what comes before, and the chunk
BASES: dict[str, tuple[list[Chunk], Chunk]] = {
    "content": ([], fields(logprobs=None) | HEAD | MORE),
    "delta": ([], chunk({"role": "assistant", "content": "a", "token": 7, "phase": "x", "refusal": None, "zz": ""}) | {"id": "c"}),
    "call": ([START], chunk({"content": None, "tool_calls": [CALL]}) | {"id": "c"}),
    "lists": ([], fields(logprobs={"content": [likely("a")], "x": 1}, token_ids=[1, 2]) | {"id": "c"}),
    "searched": ([], searched("a")),
    "idle": (idle(1, 2, 3, 4, 5), idle(6)[0]),
    "details": ([], chunk({"content": "a", "reasoning": "b", "reasoning_details": [detail("b", id="i", signature=None)]}) | {"id": "c"}),
}  # fmt: skip


def timed(*times: int, **more: Any) -> list[Chunk]:
    return [said("a", created=time, **more)[0] for time in times]


def named(*ids: str, **more: Any) -> list[Chunk]:
    return [{**A, "id": id, **more} for id in ids]


def shifting(count: int) -> list[Chunk]:
    """Choices in turn, and with each chunk another id, another time and other padding."""
    return [
        chunk({"content": "a"}, index=n % 2, id=f"c{n}", created=1_700_000_000 + n, obfuscation="x" * n)
        for n in range(count)
    ]


# Chunks, how many of them go the straight line, and the options.
TAKEN: dict[str, tuple[list[Chunk], int, dict[str, Any]]] = {
    "choices in turn, and whatever may change": (shifting(10), 7, {}),
    "choices in turn that are one": (shifting(10), 7, {"n": 1}),
    "a choice that is the one": ([chunk({"content": "a"}, index=3)] * 3, 2, {"n": 1}),
    "choices in turn, of two answers": (shifting(10), 7, {"n": 2}),
    "times": (timed(1_700_000_000, 1_700_000_001, 1_700_000_002), 1, {}),
    "the first time again": ([*timed(5), *timed(5, 6, 7, x=1)], 1, {}),
    "a time of 0": (timed(5, 0, 0, 6, 0), 2, {}),
    "a time of 1": (timed(5, 1, 6), 1, {}),
    "a time of as many digits as may be": (timed(5, 10**18 - 1, 6), 1, {}),
    "a time of more digits": (timed(5, 10**18, 6, 7), 1, {}),
    "ids": (named("a", "b", "c", "d"), 2, {}),
    "the first id again": ([*named("a"), *named("a", "b", "c", x=1)], 1, {}),
    "nothing but a time": ([A, *idle(*range(1, 11))], 9, {}),
    "nothing but a time and an id": ([A, *({**each, "id": f"x{n}"} for n, each in enumerate(idle(*range(1, 11))))], 9, {}),
    "nothing but a role and a time": ([A, *idle(*range(1, 11), delta={"role": "assistant"})], 0, {}),
    "nothing at all": ([A, *[chunk({}) | {"id": "c"}] * 9], 0, {}),
    "ids that are numbers": ([{**A, "id": id} for id in (1, 2, 3, 4)], 0, {}),
    "an empty id": (named("a", "", "b", "c", ""), 2, {}),
    "a message of null": (thrice(fields(message=None)), 2, {}),
    "errors of null": (thrice({**fields(error=None), "error": None}), 2, {}),
    "usage of nothing": (thrice({**fields(usage={}), "usage": {}, "x_groq": {"usage": {}}}), 2, {}),
    "logprobs of nothing": (thrice(fields(logprobs={"content": [], "refusal": None})), 2, {}),
    "ids of tokens": ([fields(ids=[number]) for number in (1, 2, 2.5, True, "a", 3)], 2, {}),
    "arguments that are empty": ([START, *thrice(call(0, arguments="")), *thrice(call(0, arguments="a"))], 1, {}),
    "a call of any type": ([START, *thrice(call(0, type="FUNCTION", arguments="a"))], 2, {}),
    "a call with its name": ([START, *thrice(call(0, name="f", arguments="a"))], 0, {}),
    "half a pair held": (thrice(chunk({"content": "a", "reasoning": "\ud83d"})), 0, {}),
    "parts": ([chunk({"content": [{"type": "text", "text": "a"}]}), *thrice(chunk({"content": "a", "reasoning": "b"}))], 0, {}),
}  # fmt: skip
