"""Forms of chunks: trees with slots for texts, and variants of these trees."""

from __future__ import annotations

import copy
from enum import Enum, auto
from typing import Any

from fuzz.choices import Choices


class Place(Enum):
    """A slot that is filled again in each chunk of a form."""

    TEXT = auto()
    ARGUMENTS = auto()
    COUNT = auto()


TEXT, ARGUMENTS, COUNT = Place
TEXTS = [
    "a",
    " b",
    "é",
    "世",
    "😀",
    "\ud83d",
    "\ude00",
    "",
    "{",
    '{"a":[',
    "1,",
    '"',
    "\\",
    "\n",
    "\u2028",
    "null",
    "b",
    "c",
    "<2>",
    "x" * 300,
]
PIECES = ["[", "1,", "2]", "{", "}", '{"a":', '"b', 'c"', "{}", "", "é", "\ud83d", "3,", "x" * 100]
# Each has neighbours that compare equal in Python but are different JSON values.
ODD: list[Any] = [
    1, True, 1.0, 0, False, 0.0, -0.0, None, "", "a", [], {}, [1], [True], [1.0], {"x": 1}, {"x": True}, {"x": 1.0},
    {"x": 0.0}, {"x": -0.0}, {"x": {"y": 0}}, {"x": {"y": False}}, [{"index": 0, "a": 1}], 10**20, 1e20, "x" * 300,
]  # fmt: skip
EQUAL: list[tuple[Any, Any]] = [
    (1, True), (1, 1.0), (0.0, -0.0), (False, 0), ({"x": 1}, {"x": True}), ({"x": 1.0}, {"x": 1}),
    ({"x": {"y": 0.0}}, {"x": {"y": -0.0}}), ({"x": []}, {"x": []}),
]  # fmt: skip
OBJECTS = ["chat.completion.chunk", "text_completion", "chat.completion", "response", None, 7]
INDEXES: list[Any] = [0, 1, 2, 3, 0, 1, "1", None, True, -1, 1.5]
DEEP = "@deep {}@"  # becomes that many nested lists, more than `json.dumps` can write
REASONS = ["stop", "length", "tool_calls", "", None, "odd"]


def _anthropic(kind: str, index: int, **delta: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": {"type": f"{kind}_delta", **delta}}


def _responses(kind: str, index: int = 0, **fields: Any) -> dict[str, Any]:
    return {"type": f"response.{kind}", "sequence_number": COUNT, "output_index": index, **fields}


def _gemini(*parts: Any, index: int = 0, **more: Any) -> dict[str, Any]:
    content = {"parts": list(parts), "role": "model"}
    return {"candidates": [{"content": content, "index": index}], "modelVersion": "m", **more}


# The forms of the other dialects.
OF_DIALECTS: dict[str, list[dict[str, Any]]] = {
    "anthropic": [
        _anthropic("text", 0, text=TEXT),
        _anthropic("text", 2, text=TEXT),
        _anthropic("input_json", 1, partial_json=ARGUMENTS),
        _anthropic("thinking", 3, thinking=TEXT),
        _anthropic("signature", 3, signature=TEXT),
        {"type": "ping"},
        {"type": "content_block_start", "index": 1, "content_block": {"type": "tool_use", "id": TEXT, "name": "f"}},
        {"type": "content_block_stop", "index": 1},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": COUNT}},
    ],
    "openai-responses": [
        _responses("output_text.delta", content_index=0, delta=TEXT, logprobs=[]),
        _responses("output_text.delta", content_index=1, delta=TEXT, obfuscation=TEXT),
        _responses("function_call_arguments.delta", 1, delta=ARGUMENTS, item_id=TEXT),
        _responses("reasoning_summary_text.delta", 2, summary_index=0, delta=TEXT),
        _responses("refusal.delta", content_index=2, delta=TEXT),
        _responses("output_text.done", content_index=0, text=TEXT),
        _responses("output_item.added", 1, item={"type": "function_call", "call_id": TEXT, "name": "f"}),
        _responses("output_item.done", 1, item={"type": "function_call", "call_id": "a", "arguments": "{}"}),
        _responses("content_part.done", content_index=0, part={"type": "output_text", "text": TEXT}),
    ],
    "gemini": [
        _gemini({"text": TEXT}),
        _gemini({"text": TEXT}, usageMetadata={"totalTokenCount": COUNT, "promptTokenCount": 3}),
        _gemini({"text": TEXT, "thought": True}),
        _gemini({"text": TEXT, "thoughtSignature": "s"}),
        _gemini({"text": TEXT}, index=1),
        _gemini({"text": TEXT}, {"text": TEXT}),
        _gemini({"functionCall": {"name": "f", "args": {"x": TEXT}}}),
        _gemini({"functionCall": {"name": "f", "willContinue": True}}),
        _gemini({
            "functionCall": {"partialArgs": [{"jsonPath": "$.x", "stringValue": TEXT}], "willContinue": True}
        }),
        {"usageMetadata": {"totalTokenCount": COUNT}},
        {"candidates": [{"finishReason": "STOP", "index": 0}]},
    ],
}  # fmt: skip
ENDS: dict[str, dict[str, Any]] = {
    "anthropic": {"type": "message_stop"},
    "openai-responses": {"type": "response.completed", "response": {"id": "r", "output": []}},
    "gemini": {"candidates": [{"finishReason": "STOP", "index": 0}], "usageMetadata": {"totalTokenCount": 3}},
}


def form(choices: Choices, dialect: str = "") -> dict[str, Any]:
    """Return a form of a payload: of a chunk with one choice, unless it is of another dialect."""
    if dialect:
        return choices.of(OF_DIALECTS[dialect])
    entry: dict[str, Any] = {"index": choices.below(3), "delta": delta(choices)}
    if choices.one_in(2):
        entry["finish_reason"] = None
    if choices.one_in(6):
        entry["logprobs"] = choices.of(
            [None, {"content": [{"token": TEXT, "bytes": [97], "logprob": -0.5}]}, {"content": None}]
        )
        entry["token_ids"] = choices.of([None, [COUNT], [COUNT, 2], []])
    made: dict[str, Any] = {}
    if choices.below(3):
        made = {"id": "c1", "object": "chat.completion.chunk", "created": 5, "model": "m"}
    made["choices"] = [entry]
    if choices.one_in(5):
        made["usage"] = choices.of([None, {"total_tokens": COUNT}, {"a": {"b": COUNT}, "c": 0}])
    return made


def delta(choices: Choices) -> dict[str, Any]:
    """Return a delta with one or more texts."""
    index = choices.below(3)
    made: dict[str, Any] = choices.of([
        {"content": TEXT},
        {"tool_calls": [{"index": index, "function": {"arguments": ARGUMENTS}}]},
        {"content": TEXT},
        {"reasoning": TEXT},
        {"reasoning_content": TEXT, "content": TEXT},
        {"reasoning": TEXT, "reasoning_details": [{"type": "reasoning.text", "index": index, "text": TEXT}]},
        {"reasoning_details": [{"type": "reasoning.summary", "index": index, "summary": TEXT, "format": None}]},
        {"refusal": TEXT},
        {"content": [{"type": "text", "text": TEXT}]},
        {"x": TEXT},
        {"function_call": {"arguments": ARGUMENTS}},
        {"reasoning": TEXT, "reasoning_content": TEXT},
        {"tool_calls": [{"function": {"arguments": ARGUMENTS}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": ARGUMENTS}}]},
        {"audio": {"data": "QQ==", "transcript": TEXT}},
    ])  # fmt: skip
    for _ in range(choices.below(3)):
        made.setdefault(choices.of(["role", "content", "tool_calls", "refusal"]), choices.of([None, "assistant"]))
    return made


def opening(made: dict[str, Any]) -> dict[str, Any] | None:
    """Return the chunk that opens the call of a form."""
    whole: dict[str, Any] = copy.deepcopy(made)
    for entry in entries(whole, "tool_calls"):
        number = entry.get("index", 0)
        entry.update(id=f"call_{number}", type="function", function={"name": "f", "arguments": ""})
        return whole
    return None


def entries(made: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """Yield the entries of a list in the delta of a form."""
    found = choice_of(made).get("delta")
    items = found.get(key) if isinstance(found, dict) else None
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def choice_of(made: dict[str, Any]) -> dict[str, Any]:
    found = made.get("choices")
    return found[0] if isinstance(found, list) and found and isinstance(found[0], dict) else {}


def changed(made: dict[str, Any], choices: Choices) -> dict[str, Any]:
    """Return a form that differs in one place."""
    other: dict[str, Any] = copy.deepcopy(made)
    choice, kind = choice_of(other), choices.below(15)
    if kind == 0:
        choice["index"] = choices.of(INDEXES)
    elif kind == 1:
        other["object"] = choices.of(OBJECTS)
    elif kind == 2:
        other[choices.of(["m", "n", "system_fingerprint"])] = choices.of(ODD)
    elif kind == 3:
        choice[choices.of(["m", "logprobs", "text"])] = choices.of(ODD)
    elif kind == 4 and isinstance(choice.get("delta"), dict):
        choice["delta"][choices.of(["m", "id", "phase", "images"])] = choices.of(ODD)
    elif kind == 5:
        other[choices.of(["id", "created", "obfuscation", "p"])] = choices.of([COUNT, TEXT])
    elif kind == 6:
        for key in ("tool_calls", "reasoning_details"):
            for entry in entries(other, key):
                entry["index"] = choices.of([0, 1, 2, 5, "1", None])
    elif kind == 7:
        other["usage"] = choices.of([None, {"total_tokens": COUNT}, {}, 7, {"a": {}}])
    elif kind == 8:
        other["type"] = choices.of(["content_block_delta", "response.output_text.delta", None])
    elif kind == 9:
        other = dict(reversed(other.items()))
    elif kind == 10:
        other.pop(choices.of([*other, "none"]), None)
    elif kind == 11:
        choice["finish_reason"] = choices.of(REASONS)
    elif kind == 12:
        other["created"] = COUNT
        choice["delta"] = choices.of([{}, {"role": "assistant", "content": ""}])  # nothing new
    elif kind == 13:
        # As Perplexity: what was found, and all text so far.
        other["usage"] = {"prompt_tokens": 3, "completion_tokens": COUNT, "size": choices.of(["low", "high", ""])}
        other["citations"] = choices.of([["a"], ["a", "b"], [1], [{"index": 0, "x": 1}], [[1], "a"]])
        choice["message"] = {"role": "assistant", "content": choices.of([TEXT, "all", None, ["a"]])}
    elif choices.one_in(2):
        other["deep"] = DEEP.format(choices.of([50, 100, 101, 840 + choices.below(60), 850 + choices.below(40)]))
    else:
        choice["delta"] = choices.of([None, "a", [], {"role": "assistant"}, {"content": 7}, {"tool_calls": {}}])
    return other


def twins(made: dict[str, Any], choices: Choices) -> list[dict[str, Any]]:
    """Return two forms for two choices, with another field whose values compare equal but are different JSON."""
    key = choices.of(["m", "system_fingerprint", "service_tier"])
    both = [copy.deepcopy(made), copy.deepcopy(made)]
    for number, (each, value) in enumerate(zip(both, choices.of(EQUAL), strict=True)):
        choice_of(each)["index"] = number
        each[key] = value
    return both


def fill(tree: Any, choices: Choices, count: int) -> Any:
    """Return a chunk of a form, with its slots filled."""
    if tree is TEXT:
        return choices.of(TEXTS)
    if tree is ARGUMENTS:
        return choices.of(PIECES)
    if tree is COUNT:
        return count
    if isinstance(tree, dict):
        return {key: fill(item, choices, count) for key, item in tree.items()}
    return [fill(item, choices, count) for item in tree] if isinstance(tree, list) else tree
