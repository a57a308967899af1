"""Hostile bodies of Anthropic Messages, OpenAI Responses and Gemini: events without end in the places they have."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable

from benchmarks import attack_messages
from benchmarks.attack_bodies import CALL_LIMIT, MESSAGE_LIMIT, ROOMY, Attack, each, event, repeated

LATE = "IncompleteStream: the stream ended before the message was complete"


def block(index: int, fields: str) -> bytes:
    return event(f'{{"type":"content_block_start","index":{index},"content_block":{{{fields}}}}}')


def of_block(kind: str, fields: str, index: int = 0) -> bytes:
    delta = f'"delta":{{"type":"{kind}_delta",{fields}}}'
    return event(f'{{"type":"content_block_delta","index":{index},{delta}}}')


def tool(index: int) -> bytes:
    return block(index, f'"type":"tool_use","id":"{index}","name":"f"')


def response(kind: str, fields: str, index: int = 0) -> bytes:
    return event(f'{{"type":"response.{kind}","output_index":{index},{fields}}}')


def item(index: int, fields: str, verb: str = "added") -> bytes:
    return response(f"output_item.{verb}", f'"item":{{{fields}}}', index)


def of_call(fields: str) -> str:
    return f'"type":"function_call","call_id":"c","name":"f",{fields}'


def gemini(parts: str, index: int = 0, more: str = "") -> bytes:
    return event(f'{{"candidates":[{{"index":{index},"content":{{"parts":[{parts}]}}{more}}}]}}')


def partial(path: str, value: str, more: bool = True) -> bytes:
    entry = f'{{"jsonPath":"{path}",{value},"willContinue":true}}'
    return gemini(f'{{"functionCall":{{"partialArgs":[{entry}],"willContinue":{str(more).lower()}}}}}')


def lasting(*fragments: bytes, start: bytes = b"") -> Callable[[int], Iterable[bytes]]:
    """Fragments in turn, of a message that does not end."""
    return repeated(*fragments, first=start, last=b"")


def behind(start: Callable[[str], bytes], fragment: bytes) -> Callable[[int], Iterable[bytes]]:
    """A fragment again and again, behind a start with a text that is as long as all of them."""
    return lambda n: itertools.chain((start("x" * 10 * n),), itertools.repeat(fragment, n))


def many(make: Callable[[int], bytes], start: bytes = b"") -> Callable[[int], Iterable[bytes]]:
    return each(make, first=start, last=b"")


OPEN_CALL = gemini('{"functionCall":{"name":"f","willContinue":true}}')

ATTACKS: dict[str, Attack] = {
    **attack_messages.ATTACKS,
    "anthropic: blocks that end at once": Attack(
        many(lambda n: block(n, '"type":"text"') + event(f'{{"type":"content_block_stop","index":{n}}}')), 4000, 500,
        LATE,
    ),
    "anthropic: stops of one block": Attack(
        lasting(event('{"type":"content_block_stop","index":0}'), start=block(0, '"type":"text"')), 40_000, 500, LATE
    ),
    "anthropic: deltas between blocks of one index": Attack(
        lasting(of_block("text", '"text":"a"'), of_block("thinking", '"thinking":"a"')), 60_000, 500, LATE
    ),
    "anthropic: late input": Attack(
        lasting(of_block("input_json", '"partial_json":"a"'), start=tool(0)
                + of_block("input_json", '"partial_json":"{}"') + event('{"type":"content_block_stop","index":0}')),
        40_000, 500, LATE,
    ),
    "anthropic: a signature that changes": Attack(
        many(lambda n: of_block("signature", f'"signature":"{n}"')), 40_000, 500, LATE
    ),
    "responses: items in reverse": Attack(many(lambda n: item(10**7 - n, '"type":"x"')), 6000, 300, MESSAGE_LIMIT),
    "responses: items of many types at one index": Attack(
        many(lambda n: item(0, f'"type":"x{n}"') + response("output_text.delta", '"content_index":0,"delta":"a"')),
        6000, 300, MESSAGE_LIMIT,
    ),
    "responses: items without an index": Attack(
        many(lambda n: item(n, f'"type":"x","id":"{n}"')
             + event('{"type":"response.output_text.delta","item_id":"0","content_index":0,"delta":"a"}')),
        6000, 300, MESSAGE_LIMIT,
    ),
    "responses: items that are done at one index": Attack(
        many(lambda n: item(0, '"type":"mcp_call"') + item(0, '"type":"mcp_call"', "done")), 6000, 300, MESSAGE_LIMIT
    ),
    "responses: open items with call_ids at one index": Attack(
        many(lambda n: item(0, f'"type":"mcp_call","call_id":"{n}"')), 6000, 300, MESSAGE_LIMIT
    ),
    "responses: text behind one that was replaced": Attack(
        behind(lambda text: response("output_text.delta", f'"content_index":0,"delta":"{text}"')
               + response("output_text.done", '"content_index":0,"text":"y"'),
               response("output_text.delta", '"content_index":0,"delta":"ab"')),
        20_000, 500, LATE,
    ),
    "responses: arguments behind those that were replaced": Attack(
        behind(lambda text: item(0, of_call(f'"arguments":"{text}"'))
               + response("function_call_arguments.done", '"arguments":"y"'),
               response("function_call_arguments.delta", '"delta":"ab"')),
        20_000, 500, LATE,
    ),
    "responses: late arguments": Attack(
        behind(lambda text: item(0, of_call(f'"arguments":" {text}"'), "done"),
               response("function_call_arguments.delta", '"delta":"ab"')),
        20_000, 500, LATE,
    ),
    "responses: log probabilities of each text": Attack(
        lasting(response("output_text.delta", '"content_index":0,"delta":"a","logprobs":[{"token":"a"}]')),
        60_000, 500, MESSAGE_LIMIT,
    ),
    "responses: parts without an announcement, and copies": Attack(
        many(lambda n: response("reasoning_text.delta", f'"content_index":{n},"delta":"a"')
             + item(0, '"type":"reasoning","summary":[{}]')), 20_000, 500, MESSAGE_LIMIT,
    ),
    "responses: texts that are done again": Attack(
        lasting(response("output_text.done", '"content_index":0,"text":"a"'),
                response("output_text.done", '"content_index":0,"text":"b"')), 30_000, 500, LATE,
    ),
    "gemini: a call that is sent again": Attack(
        behind(lambda text: gemini(f'{{"functionCall":{{"name":"f","id":"a","args":{{"x":"{text}"}}}}}}'),
               gemini('{"functionCall":{"name":"f","id":"a","args":{}}}')),
        10_000, 300, LATE,
    ),
    "gemini: text and thoughts in turn": Attack(
        lasting(gemini('{"text":"a"}'), gemini('{"text":"a","thought":true}')), 60_000, 1000, MESSAGE_LIMIT
    ),
    "gemini: calls that are signed later": Attack(
        many(lambda n: gemini('{"x":{}}') + gemini('{"functionCall":{"name":"f","willContinue":true}}')
             + gemini('{"functionCall":{"willContinue":true},"thoughtSignature":"a"}')),
        3000, 1100, CALL_LIMIT, options=ROOMY,
    ),
    "gemini: arguments that grow": Attack(
        lasting(partial("$.a", '"stringValue":"ab"'), start=OPEN_CALL), 12_000, 500, LATE
    ),
    "gemini: arguments in turn": Attack(
        lasting(partial("$.a", '"stringValue":"ab"'), partial("$.b", '"stringValue":"ab"'), start=OPEN_CALL),
        12_000, 500, LATE,
    ),
    "gemini: an argument that is set again": Attack(
        lasting(partial("$.a[0]", '"numberValue":1'), start=OPEN_CALL + partial("$.a[999]", '"numberValue":1')),
        30_000, 500, LATE,
    ),
}  # fmt: skip
