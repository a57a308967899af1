"""Tool calls as they come, and what they come to."""

from __future__ import annotations

from typing import Any

from ...helpers import call, chunk

# entries -> id, name, arguments of each call; repairs
CASES: dict[str, tuple[list[dict[str, Any]], list[tuple[str | None, str, str]], dict[str, int]]] = {
    "pieces": (
        [call(id="1", name="f", arguments=""), call(arguments='{"a"'), call(arguments=": 1}")],
        [("1", "f", '{"a": 1}')],
        {},
    ),
    "nulls and empty texts go on": (
        [call(id="1", name="f", arguments="{"), call(id="", type="", name="", arguments="}"), call(id=None, name=None, arguments=None)],
        [("1", "f", "{}")],
        {},
    ),
    "by index, interleaved": (
        [call(0, id="1", name="f"), call(1, id="2", name="g"), call(0, arguments="{}"), call(1, arguments="[]")],
        [("1", "f", "{}"), ("2", "g", "[]")],
        {},
    ),
    "in the order of the indexes": ([call(5, id="1", name="f"), call(2, id="2", name="g")], [("2", "g", ""), ("1", "f", "")], {}),
    "index as text": ([call("0", name="f"), call(0, arguments="{}")], [(None, "f", "{}")], {"text_index": 1}),
    "id and name repeated": ([call(id="1", name="f", arguments="{"), call(id="1", name="f", arguments="}")], [("1", "f", "{}")], {}),
    "id late": ([call(name="f", arguments="{"), call(id="1", arguments="}")], [("1", "f", "{}")], {}),
    "name late": ([call(id="1", arguments="{"), call(name="f", arguments="}")], [("1", "f", "{}")], {}),
    "id never": ([call(name="f", arguments="{}")], [(None, "f", "{}")], {}),
    "name never": ([call(id="1", arguments="{}")], [("1", "", "{}")], {}),
    "no text as id": ([call(id=["x"], name="f"), call(id={"a": 1}, arguments="{}"), call(id=False)], [(None, "f", "{}")], {"unknown_shape": 2}),
    "a name that is no text": ([call(name=5, arguments="{}"), call(1, name=True, arguments="{}")], [(None, "5", "{}"), (None, "true", "{}")], {"number_as_text": 2}),
    "a fraction as index": ([call(0.0, name="f"), call(0, arguments="{}")], [(None, "f", "{}")], {"fraction_as_index": 1}),
    "nothing as arguments": ([call(name="f", arguments=False), call(name=False, arguments="{}")], [(None, "f", "{}")], {}),
    "number as id": ([call(id=12, name="f"), call(id=12, arguments="{}")], [("12", "f", "{}")], {"number_as_text": 2}),
    # Rule 2: a known id at another index
    "id goes on elsewhere": (
        [call(0, id="1", name="f", arguments="{"), call(1, id="1", arguments="}")],
        [("1", "f", "{}")],
        {"id_at_other_index": 1},
    ),
    "id and name go on elsewhere": (
        [call(0, id="1", name="f", arguments="{"), call(1, id="1", name="f", arguments="}")],
        [("1", "f", "{}")],
        {"id_at_other_index": 1},
    ),
    "id given twice": (
        [call(0, id="1", name="f", arguments="{}"), call(1, id="1", name="g", arguments="{}")],
        [("1", "f", "{}"), ("1", "g", "{}")],
        {"duplicate_id": 1},
    ),
    "id without an index, then with one": (
        [call(None, id="1", name="f", arguments="{}"), call(1, id="1", name="f", arguments=" ")],
        [("1", "f", "{} ")],
        {"id_at_other_index": 1, "arguments_after_end": 0},
    ),
    # Rule 3: a known index
    "id changes": (
        [call(id="1", name="f", arguments="{"), call(id="2", arguments="}")],
        [("1", "f", "{}")],
        {"changing_id": 1},
    ),
    "id changes, name stays": (
        [call(id="1", name="f", arguments="{"), call(id="2", name="f", arguments="}")],
        [("1", "f", "{}")],
        {"changing_id": 1},
    ),
    "another call at one index": (
        [call(id="1", name="f", arguments="{}"), call(id="2", name="f", arguments="{}"), call(arguments=" ")],
        [("1", "f", "{}"), ("2", "f", "{} ")],
        {"reused_index": 1},
    ),
    "another name at one index": (
        [call(id="1", name="f", arguments="{"), call(id="2", name="g", arguments="{}")],
        [("1", "f", "{"), ("2", "g", "{}")],
        {"reused_index": 1},
    ),
    "another call without arguments": (
        [call(id="1", name="f"), call(id="2", name="f", arguments="{}")],
        [("1", "f", ""), ("2", "f", "{}")],
        {"reused_index": 1},
    ),
    "another call without ids": (
        [call(name="f", arguments="{}"), call(name="f", arguments='{"a": 1}')],
        [(None, "f", "{}"), (None, "f", '{"a": 1}')],
        {"reused_index": 1},
    ),
    "a name again inside the arguments": (
        [call(name="f", arguments='{"a": "'), call(name="f", arguments="{}"), call(arguments='"}')],
        [(None, "f", '{"a": "{}"}')],
        {},
    ),
    # Rules 5 and 6: no index
    "no index, ids": (
        [call(None, id="1", name="f"), call(None, id="2", name="g"), call(None, id="1", arguments="{}")],
        [("1", "f", "{}"), ("2", "g", "")],
        {},
    ),
    "no index, a late id": (
        [call(None, name="f"), call(None, id="1", arguments="{}")],
        [("1", "f", "{}")],
        {},
    ),
    "no index, a late id with a name": ([call(None, name="f"), call(None, id="1", name="g")], [(None, "f", ""), ("1", "g", "")], {}),
    "no index, names": ([call(None, name="f", arguments="{}"), call(None, name="f", arguments="{}")], [(None, "f", "{}")] * 2, {}),
    "no index, other names": ([call(None, name="f"), call(None, name="g")], [(None, "f", ""), (None, "g", "")], {}),
    "no index, name again": ([call(None, name="f", arguments="{"), call(None, name="f", arguments="}")], [(None, "f", "{}")], {}),
    "no index, name late": ([call(None, id="1", arguments="{"), call(None, name="f", arguments="}")], [("1", "f", "{}")], {}),
    "no index, nothing": (
        [call(None, id="1", name="f"), call(None, arguments="{"), call(None, arguments="}")],
        [("1", "f", "{}")],
        {"missing_index": 2},
    ),
    "no index, a new object": (
        [call(None, id="1", name="f", arguments='{"b": 2}'), call(None, arguments='{"a": 1}')],
        [("1", "f", '{"b": 2}'), (None, "", '{"a": 1}')],
        {},
    ),
    "no index, a placeholder": (
        [call(None, id="1", name="f", arguments="{}"), call(None, arguments=' {"a": 1}')],
        [("1", "f", ' {"a": 1}')],
        {"missing_index": 1, "placeholder_arguments": 1},
    ),
    # One id for several calls
    "one id, two names, at one index": (
        [call(0, id="1", name="f", arguments='{"a": 1}'), call(0, id="1", name="g", arguments='{"b": 2}')],
        [("1", "f", '{"a": 1}'), ("1", "g", '{"b": 2}')],
        {"duplicate_id": 1},
    ),
    "one id, two names, without an index": (
        [call(None, id="1", name="f", arguments='{"a": 1}'), call(None, id="1", name="g", arguments='{"b"'), call(None, id="1", arguments=": 2}")],
        [("1", "f", '{"a": 1}'), ("1", "g", '{"b": 2}')],
        {"duplicate_id": 1},
    ),
    "one id, two names, empty objects": (
        [call(0, id="1", name="f", arguments="{}"), call(0, id="1", name="g", arguments="{}")],
        [("1", "f", "{}"), ("1", "g", "{}")],
        {"duplicate_id": 1},
    ),
    "one id, two names, arguments later": (
        [call(0, id="1", name="f", arguments='{"a": 1}'), call(0, id="1", name="g", arguments=""), call(0, arguments='{"b": 2}')],
        [("1", "f", '{"a": 1}'), ("1", "g", '{"b": 2}')],
        {"duplicate_id": 1},
    ),
    "one id, another name inside the arguments": (
        [call(0, id="1", name="f", arguments='{"a": '), call(0, id="1", name="g", arguments="{}}")],
        [("1", "f", '{"a": {}}')],
        {"changed_name": 1},
    ),
    "one id, another name and a blank": (
        [call(0, id="1", name="f", arguments='{"a": 1}'), call(0, id="1", name="g", arguments=" ")],
        [("1", "f", '{"a": 1} ')],
        {"changed_name": 1},
    ),
    # A call without arguments, and what comes next
    "arguments at another index": (
        [call(0, id="1", name="f", arguments=""), call(1, id=None, name=None, arguments='{"a"'), call(1, arguments=": 1}")],
        [("1", "f", '{"a": 1}')],
        {"arguments_at_other_index": 1},
    ),
    "arguments at another index, behind a placeholder": (
        [call(0, id="1", name="f", arguments="{ }"), call(1, arguments='{"a": 1}')],
        [("1", "f", '{"a": 1}')],
        {"arguments_at_other_index": 1, "placeholder_arguments": 1},
    ),
    "arguments at another index, of the latest without": (
        [call(0, id="1", name="f"), call(1, id="2", name="g"), call(2, id="3", name="h", arguments="{}"), call(3, arguments="[1]")],
        [("1", "f", ""), ("2", "g", "[1]"), ("3", "h", "{}")],
        {"arguments_at_other_index": 1},
    ),
    "arguments at another index, and nobody waits": (
        [call(0, id="1", name="f", arguments="[2]"), call(1, arguments="[1]")],
        [("1", "f", "[2]"), (None, "", "[1]")],
        {},
    ),
    "two without ids and arguments": (
        [call(0, name="f", arguments=""), call(0, name="g", arguments="")],
        [(None, "f", ""), (None, "g", "")],
        {"reused_index": 1},
    ),
    "two without ids and arguments, of a type": (
        [call(0, type="function", name="f"), call(0, type="function", name="g", arguments='{"a": 1}')],
        [(None, "f", ""), (None, "g", '{"a": 1}')],
        {"reused_index": 1},
    ),
    "two without ids, empty objects": (
        [call(0, name="f", arguments="{}"), call(0, name="g", arguments="{}")],
        [(None, "f", "{}"), (None, "g", "{}")],
        {"reused_index": 1},
    ),
    "a late id of another name": (
        [call(0, name="f", arguments=""), call(0, id="1", name="g", arguments="{}")],
        [(None, "f", ""), ("1", "g", "{}")],
        {"reused_index": 1},
    ),
    "a late id after a placeholder": (
        [call(0, name="f", arguments="{}"), call(0, id="1", name="f", arguments='{"a": 1}')],
        [("1", "f", '{"a": 1}')],
        {"placeholder_arguments": 1},
    ),
    # Fragments that restate all so far
    "all so far each time": (
        [call(id="1", name="f", arguments='{"a"'), call(arguments='{"a": 1'), call(arguments='{"a": 1}'), call(arguments='{"a": 1}')],
        [("1", "f", '{"a": 1}')],
        {"cumulative_arguments": 1},
    ),
    "all so far each time, with the name": (
        [call(name="f", arguments='{"a"'), call(name="f", arguments='{"a": 1}'), call(name="f", arguments='{"a": 1}')],
        [(None, "f", '{"a": 1}')],
        {"cumulative_arguments": 1},
    ),
    "all so far each time, twice at one index": (
        [call(name=name, arguments=text) for name in "fg" for text in ('{"a"', '{"a": 1}')],
        [(None, "f", '{"a": 1}'), (None, "g", '{"a": 1}')],
        {"cumulative_arguments": 2, "reused_index": 1},
    ),
    "all so far before the name": (
        [call(id="1", arguments='{"a"'), call(arguments='{"a": 1}'), call(name="f")],
        [("1", "f", '{"a": 1}')],
        {"cumulative_arguments": 1},
    ),
    "all so far, and never whole": ([call(name="f", arguments='{"a"'), call(arguments='{"a": 1')], [(None, "f", '{"a"{"a": 1')], {}),
    "an object in an object": (
        [call(name="f", arguments='{"a":'), call(arguments='{"a":1}'), call(arguments="}")],
        [(None, "f", '{"a":{"a":1}}')],
        {},
    ),
    "an object in an object, at once": ([call(name="f", arguments='{"a":'), call(arguments='{"a":1}}')], [(None, "f", '{"a":{"a":1}}')], {}),
    # Names
    "name in pieces": ([call(name="get_"), call(name="wea"), call(name="ther", arguments="{}")], [(None, "get_weather", "{}")], {}),
    "name grows": ([call(name="get"), call(name="get_weather", arguments="{}")], [(None, "get_weather", "{}")], {"cumulative_name": 1}),
    "name null": ([call(name="f", arguments="{"), call(name="null", arguments="}")], [(None, "f", "{}")], {"null_name": 1}),
    "a call named null": ([call(name="null", arguments="{}")], [(None, "null", "{}")], {}),
    "name changes too late": ([call(name="f", arguments="{"), call(name="g", arguments="}")], [(None, "f", "{}")], {"changed_name": 1}),
    "name too long": ([call(name="n" * 999), call(name="m"), call(name="o", arguments="{}")], [(None, "n" * 999 + "m", "{}")], {"changed_name": 1}),
    # Arguments
    "arguments as an object": ([call(name="f", arguments={"a": "é"})], [(None, "f", '{"a":"é"}')], {"arguments_not_text": 1}),
    "arguments as a number": ([call(name="f", arguments=5)], [(None, "f", "5")], {"arguments_not_text": 1}),
    "placeholder": ([call(name="f", arguments="{}"), call(arguments='{"a": 1}')], [(None, "f", '{"a": 1}')], {"placeholder_arguments": 1}),
    "placeholder with a blank": ([call(name="f", arguments="{ }"), call(arguments='{"a"'), call(arguments=": 1}")], [(None, "f", '{"a": 1}')], {"placeholder_arguments": 1}),
    "placeholders": ([call(name="f", arguments="{}"), call(arguments="{ }")], [(None, "f", "{}")], {"replayed_arguments": 1}),
    "no placeholder": ([call(name="f", arguments="{}"), call(arguments="{}")], [(None, "f", "{}")], {"replayed_arguments": 1}),
    "replayed": ([call(name="f", arguments='{"a"'), call(arguments=": 1}"), call(arguments='{"a": 1}')], [(None, "f", '{"a": 1}')], {"replayed_arguments": 1}),
    "not replayed": ([call(name="f", arguments='{"a": 1}'), call(arguments='{"a": 2}')], [(None, "f", '{"a": 1}{"a": 2}')], {}),
    "no replay inside a text": ([call(name="f", arguments='{"a"'), call(arguments='{"a"')], [(None, "f", '{"a"{"a"')], {}),
    "surrogate pair": ([call(name="f", arguments='{"a": "\ud83d'), call(arguments='\ude00"}')], [(None, "f", '{"a": "😀"}')], {}),
    "half a pair": ([call(name="f", arguments="\ud83d")], [(None, "f", "\ud83d")], {}),
    "many pieces": (
        [call(name="f", arguments='{"a": "'), *[call(arguments="x")] * 1100, call(arguments='"}'), call(arguments=f'{{"a": "{"x" * 1100}"}}')],
        [(None, "f", f'{{"a": "{"x" * 1100}"}}')],
        {"replayed_arguments": 1},
    ),
    "flat": (
        [chunk({"tool_calls": [{"index": 0, "id": "1", "name": "f", "arguments": "{"}]}), chunk({"tool_calls": [{"index": 0, "arguments": "}"}]})],
        [("1", "f", "{}")],
        {"flat_call": 2},
    ),
    "flat, the name alone": (
        [chunk({"tool_calls": [{"index": 0, "name": "f"}]}), call(arguments="{}")],
        [(None, "f", "{}")],
        {"flat_call": 1},
    ),
    # What is no call
    "phantoms": ([call(7), call(8, type="function"), call(name="f"), chunk({"tool_calls": [None]})], [(None, "f", "")], {}),
    "no list": ([chunk({"tool_calls": {"index": 0, "function": {"name": "f"}}})], [(None, "f", "")], {"object_instead_of_list": 1}),
    "nothing": ([chunk({"tool_calls": []}), chunk({"tool_calls": None})], [], {}),
}  # fmt: skip
