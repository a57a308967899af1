"""Chunks of a chat completion, and what they come to."""

from __future__ import annotations

from typing import Any

from ...helpers import chunk

FIRST = {"id": "m1", "object": "chat.completion.chunk", "created": 7, "model": "gpt", **chunk({"role": "assistant"})}


# chunks -> some fields of the result
RESULTS: dict[str, tuple[list[dict[str, Any]], dict[str, Any]]] = {
    "nothing": ([], {"object": "chat.completion", "choices": []}),
    "null": ([{"id": None, "created": None, "model": None}], {"id": None, "created": None, "model": None}),
    "the first id": ([{"id": ""}, {"id": "1"}, {"id": "2"}], {"id": "1"}),
    "the first time": ([{"created": 0}, {"created": 5}, {"created": 6}], {"created": 5}),
    "the last model": ([{"model": "a"}, {"model": "b"}, {"model": ""}, {"model": None}], {"model": "b"}),
    "odd kinds": ([{"id": 5, "created": "x", "model": ["m"]}], {"id": 5, "created": "x", "model": ["m"]}),
    "other fields": ([{"x": "a", "y": {"z": 1}}, {"x": "b", "y": {"w": 2}}], {"x": "b", "y": {"z": 1, "w": 2}}),
    "no padding": ([{"obfuscation": "x", "p": "y", "error": None}], {"choices": []}),
    "its own object": ([{"object": "x", "choices": []}], {"object": "chat.completion"}),
    "choices null": ([{"choices": None}, {"choices": []}, {"choices": [None]}], {"choices": []}),
}  # fmt: skip


# payload -> is it a chunk?
KNOWN: list[tuple[Any, bool]] = [
    ({"object": "chat.completion.chunk"}, True),
    ({"object": "chat.completion"}, True),
    ({"object": "text_completion", "choices": []}, False),
    ({"object": "", "choices": []}, True),
    ({"object": 5, "choices": []}, True),
    ({"choices": None}, True),
    ({"usage": {}}, True),
    ({"usage": {}, "type": "message_delta"}, False),
    ({"usage": None}, False),
    ({"object": "response"}, False),
    ({"object": "response", "usage": {}}, False),
    ({"object": "thread.run", "usage": {}, "choices": []}, False),
    ({"choices": [{"text": "Hi", "index": 0}]}, False),
    ({"choices": [{"text": "Hi", "delta": {}}]}, True),
    ({"choices": [{"text": "Hi"}, {"message": {}}]}, True),
    ({"object": "chat.completion.chunk", "choices": [{"text": "Hi"}]}, True),
    ({"choices": [None]}, True),
    ({"choices": {"text": "Hi"}}, True),
    ({}, False),
    ([], False),
    ("choices", False),
    (None, False),
]
