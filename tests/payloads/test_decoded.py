"""What comes of the data of one event, in every field."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest

from ssemble import ErrorEvent, RawEvent
from ssemble._framing.base import JSONText
from ssemble._payloads.decoder import Decoder

from .told import All, said

EVENT = "the stream ends inside an event: "
BAD = "the data is not JSON: "


def fault(text: str, where: bool = True) -> str:
    return f"{BAD}'{text}' (event 3{', byte 7' if where else ''})"


@pytest.mark.parametrize(
    ("name", "text", "last", "wanted"),
    [
        ("x", '{"n": 1}', False, All([("x", {"n": 1})])),
        ("x", " [DONE]\n", False, All([], done=True)),
        ("x", '"[DONE]"', False, All([], done=True)),
        ("error", "[DONE]", False, All([], done=True)),
        ("x", "5", False, All([("x", 5)])),
        ("x", "null", False, All([], {"null_data": 1})),
        ("error", "null", False, All(["error"])),
        ("error", "5", False, All(["5"])),
        ("error", '"busy"', False, All(["busy"])),
        ("error", "", False, All(["error"])),
        ("error", "busy", False, All(["busy"])),
        ("error", "[]", False, All(["error"], {"array_of_payloads": 1})),
        ("x", "[]", False, All([], {"array_of_payloads": 1})),
        ("x", " ", False, All([], {"empty_data": 1})),
        ("x", '[{"n": 1}, [2], null]', False, All([("x", {"n": 1}), ("x", [2])], {"array_of_payloads": 1, "null_data": 1})),
        ("error", '["a", {"n": 1}]', False, All(["a", ("message", {"n": 1})], {"array_of_payloads": 1})),
        ("x", r'"{\"n\": 1}"', False, All([("x", {"n": 1})], {"encoded_twice": 1})),
        ("x", r'"{\"n\": 1"', False, All([("x", '{"n": 1')])),
        ("x", r'"{1}"', False, All([("x", "{1}")])),
        ("x", '{"error": "a "b""}', False, All(['a "b"'], {"unescaped_error": 1})),
        ("x", ": ping", False, All([], {"comment_as_data": 1})),
        ("x", "data: 5", False, All([("x", 5)], {"doubled_data_prefix": 1})),
        ("x", "data: {", True, All([], {"doubled_data_prefix": 1, "truncated_tail": 1}, f"{EVENT}'{{' (event 3, byte 7)")),
        ("x", "1\n{}", False, All([("x", 1), ("x", {})], {"missing_blank_line": 1})),
        ("x", "1\n[DONE]\n2", False, All([("x", 1)], {"missing_blank_line": 1}, done=True)),
        ("x", '1\n{"n"\n3', True, All([("x", 1), fault('{"n"'), ("x", 3)], {"missing_blank_line": 1})),
        (
            "x", '1\n{"n"', True,
            All([("x", 1)], {"missing_blank_line": 1, "truncated_tail": 1}, EVENT + "'{\"n\"' (event 3, byte 7)"),
        ),
        ("x", '1\n{"n"', False, All([("x", 1), fault('{"n"')], {"missing_blank_line": 1})),
        ("ping", "12:00", False, All([("ping", "12:00")])),
        ("ping", "{12", False, All([fault("{12")])),
        ("message", "12:00", False, All([fault("12:00")])),
        ("x", "{}{}", False, All([("x", {}), ("x", {})], {"glued_texts": 1})),
        ("x", "{}{}5", False, All([("x", {}), ("x", {}), fault("5")], {"glued_texts": 1})),
        ("x", "{}[DONE]{}", False, All([("x", {})], {"glued_texts": 1}, done=True)),
        ("x", "{x data: {}", False, All([("x", {})], {"truncated_frame": 1})),
        ("x", '{x\n{"n": 1}', False, All([("message", {"n": 1})], {"truncated_frame": 1})),
        ("x", "{x data: {}\n{}", False, All([("x", {}), ("x", {})], {"truncated_frame": 1})),
        ("message", "{}{", True, All([("message", {})], {"glued_texts": 1, "truncated_tail": 1}, EVENT + "'{}{' (event 3, byte 7)")),
        ("message", "{}[D", True, All([("message", {})], {"glued_texts": 1})),
        ("message", "{}[", True, All([("message", {})], {"glued_texts": 1, "truncated_tail": 1}, EVENT + "'{}[' (event 3, byte 7)")),
        ("x", '{"error": "busy", "n": 1}', False, All(["busy"])),
        ("x", '{"error": "busy", "choices": []}', False, All([("x", {"error": "busy", "choices": []}), "busy"])),
        ("x", '{"message": "busy"}', False, All([("x", {"message": "busy"})])),
        ("x", "{}[NaN]{}", False, All([("x", {}), fault("[NaN]", False), ("x", {})], {"glued_texts": 1})),
    ],
)  # fmt: skip
def test_the_data_of_an_event(name: str, text: str, last: bool, wanted: All) -> None:
    decoder, items = Decoder(orjson.loads if "NaN" in text else json.loads), list[RawEvent | ErrorEvent]()
    decoder.advance(1)
    decoder.count -= 1
    decoder.begin()
    decoder.begin()
    decoder.event(name, text, 7, items, last)
    assert said(decoder, items) == wanted


@pytest.mark.parametrize(
    ("item", "last", "bare", "wanted"),
    [
        (JSONText("{}", 7, "x"), False, False, All([("x", {})])),
        (JSONText(" [DONE]", 7), False, False, All([], done=True)),
        (JSONText('"[DONE]"', 7), False, False, All([], done=True)),
        (JSONText("[1, {}, [2], null]", 7, "x"), False, False, All([("x", 1), ("x", {}), ("x", [2]), ("x", None)])),
        (JSONText("5", 7, "x", "m"), False, False, All([("x", {"m": 5})])),
        (JSONText('{"message": "busy"}', 7), False, True, All(["busy"])),
        (JSONText('{"message": "busy"}', 7), False, False, All([("message", {"message": "busy"})])),
        (JSONText('"busy"', 7, "x", "message"), False, True, All(["busy"])),
        (JSONText('[{"message": "busy"}]', 7), False, True, All(["busy"])),
        (JSONText("{1", 7), True, False, All([fault("{1")])),
        (JSONText('{"n"', 7), False, False, All([fault('{"n"')])),
        (
            JSONText('{"n"', 7), True, False,
            All([], {}, "the stream ends inside a JSON text: '{\"n\"' (event 3, byte 7)"),
        ),
    ],
)  # fmt: skip
def test_a_frame_that_must_be_json(item: JSONText, last: bool, bare: bool, wanted: All) -> None:
    decoder, items = Decoder(json.loads), list[RawEvent | ErrorEvent]()
    for _ in range(3):
        decoder.begin()
    decoder.text(item, items, bare, last)
    assert said(decoder, items) == wanted


def test_a_text_that_is_not_json_has_its_cause() -> None:
    decoder, items = Decoder(json.loads), list[Any]()
    decoder.bad_json("{", None, items)
    (item,) = items
    assert (str(item.error), type(item.error.__cause__)) == (f"{BAD}'{{' (event 1)", json.JSONDecodeError)
    assert item.error.__cause__.__traceback__ is None
