"""What fills a limit in Anthropic Messages, OpenAI Responses and Gemini, and in the framings that carry them."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from benchmarks import attack_limits
from benchmarks.attack_bodies import event
from benchmarks.attack_dialects import OPEN_CALL, block, gemini, item, of_block, of_call, partial, response, tool
from benchmarks.attack_limits import (
    CALLS,
    DEEPER,
    FRAGMENT,
    MESSAGE,
    PIECES,
    Filling,
    array,
    endless,
    fragment,
    grouped,
    ideographs,
    nested,
)
from tests.framing import aws_messages


def first(start: bytes, filling: Filling) -> Filling:
    """The same after a first event."""
    return filling._replace(body=lambda limits: itertools.chain((start,), filling.body(limits)))


def counts(wrap: Callable[[str], bytes], last: str) -> Filling:
    """Events that each repeat all token counts, since each has another one."""
    start = wrap(",".join(f'"{name}":{{}}' for name in itertools.islice(ideographs(), 200)))
    return Filling(
        MESSAGE,
        lambda limits: itertools.chain((start,), (wrap(f'"{last}":{n}') for n in itertools.count(1))),
        endless=True,
    )


def calls(make: Callable[[int], bytes]) -> Filling:
    """Every call that one answer may have."""
    return Filling(CALLS, lambda limits: map(make, range(limits.max_tool_calls or 0)), one_answer=True)


def elements(entry: str) -> Filling:
    """A JSON array in pieces."""
    more = itertools.repeat(f",{entry}".encode())
    return Filling(FRAGMENT, lambda limits: itertools.chain((b"[{}",), more), endless=True)


EMPTY = ",".join(["{}"] * 200)
DEEP_INPUT = nested(DEEPER).replace('"', '\\"')
ANTHROPIC_USAGE = '{{"type":"message_delta","usage":{{{}}}}}'.format
GEMINI_USAGE = '{{"usageMetadata":{{{}}}}}'.format
LOGPROBS = '{{"candidates":[{{"logprobsResult":{{"chosenCandidates":[{}]}}}}]}}'.format

FILLINGS: dict[str, Filling] = {
    **attack_limits.FILLINGS,
    # Anthropic Messages
    "anthropic: usage on every event": counts(lambda fields: event(ANTHROPIC_USAGE(fields)), "a"),
    "anthropic: blocks without anything": endless(lambda n, c: block(n, "")),
    "anthropic: blocks of text": endless(lambda n, c: block(n, f'"type":"text","text":"{c}"')),
    "anthropic: blocks at one index": endless(lambda n, c: block(0, f'"type":"text","text":"{c}"')),
    "anthropic: blocks of empty objects": endless(lambda n, c: block(n, f'"type":"x","x":[{EMPTY}]')),
    "anthropic: texts in pieces": endless(lambda n, c: of_block("text", f'"text":"{c}"', n // PIECES)),
    "anthropic: texts of two blocks in turn": endless(lambda n, c: of_block("text", f'"text":"{c}"', n % 2)),
    "anthropic: thinking in pieces": endless(lambda n, c: of_block("thinking", f'"thinking":"{c}"', n // PIECES)),
    "anthropic: citations": endless(lambda n, c: of_block("citations", '"citation":{}')),
    "anthropic: fields of a compaction": first(
        block(0, '"type":"compaction"'), endless(lambda n, c: of_block("compaction", f'"{c}":null'))
    ),
    "anthropic: fields of the message": endless(
        lambda n, c: event(f'{{"type":"message_delta","delta":{{"{c}":null}}}}')
    ),
    "anthropic: the value of deep input": first(
        tool(0),
        endless(lambda n, c: of_block("input_json", f'"partial_json":"{",["[not n]}{DEEP_INPUT}"'), looked_at=True),
    ),
    "anthropic: input of server tools": first(
        block(0, '"type":"server_tool_use"'),
        endless(lambda n, c: of_block("input_json", f'"partial_json":"{c}"')),
    ),
    "anthropic: calls": calls(tool),
    "anthropic: starts, in one event": array('{"type":"content_block_start"}'),
    "anthropic: pings": fragment(event('{"type":"ping"}')),
    "anthropic: signatures": fragment(of_block("signature", '"signature":"a"')),
    "anthropic: deltas of no known type": fragment(event('{"type":"content_block_delta"}')),
    # OpenAI Responses
    "responses: items without anything": endless(lambda n, c: item(n, "")),
    "responses: items at one index": endless(lambda n, c: item(0, f'"type":"{n}"')),
    "responses: items of empty objects": endless(lambda n, c: item(n, f'"type":"message","x":[{EMPTY}]')),
    "responses: items of a type that is not known": endless(lambda n, c: item(n, f'"type":"x","x":[{EMPTY}]')),
    "responses: indexes with gaps": endless(
        lambda n, c: response("output_text.delta", f'"content_index":{9 * n + 8},"delta":"{c}"')
    ),
    "responses: indexes far apart": endless(
        lambda n, c: response("output_text.delta", f'"content_index":{n}000,"delta":"{c}"')
    ),
    "responses: texts in pieces": endless(
        lambda n, c: response("output_text.delta", f'"content_index":0,"delta":"{c}"', n // PIECES)
    ),
    "responses: annotations": endless(
        lambda n, c: response("output_text.annotation.added", f'"annotation_index":{n},"annotation":{{}}')
    ),
    "responses: annotations far apart": endless(
        lambda n, c: response("output_text.annotation.added", f'"annotation_index":{n}000,"annotation":1')
    ),
    "responses: commands of a shell": endless(
        lambda n, c: response("shell_call_command.delta", f'"command_index":{n},"delta":"{c}"')
    ),
    "responses: commands far apart": endless(
        lambda n, c: response("shell_call_command.delta", f'"command_index":{n}000,"delta":"{c}"')
    ),
    "responses: outputs of a shell": endless(
        lambda n, c: response("shell_call_output_content.delta", f'"command_index":{n},"stdout":"{c}","stderr":"{c}"')
    ),
    "responses: code in pieces": endless(
        lambda n, c: response("code_interpreter_call_code.delta", f'"delta":"{c}"', n // PIECES)
    ),
    "responses: logprobs": grouped(
        lambda n, c: "{}",
        lambda items: response("output_text.delta", f'"content_index":0,"delta":"a","logprobs":[{items}]'),
    ),
    "responses: texts that are replaced": endless(
        lambda n, c: response("output_text.done", f'"content_index":0,"text":"{c}"', n)
    ),
    "responses: calls": calls(lambda n: item(n, of_call('"arguments":""'), "done")),
    "responses: items of one event": array('{"type":"response.output_item.added","item":{}}'),
    "responses: parts of one item": array(
        "{}", '{"type":"response.output_item.added","item":{"type":"message","content":[', "]}}"
    ),
    "responses: items of the last event": array("{}", '{"type":"response.completed","response":{"output":[', "]}}"),
    "responses: deltas of no known type": fragment(event('{"type":"response.x.delta"}')),
    # Gemini
    "gemini: usage on every chunk": counts(lambda fields: event(GEMINI_USAGE(fields)), "a"),
    "gemini: parts without anything": grouped(lambda n, c: '{"x":{}}', gemini),
    "gemini: parts of one character": grouped(lambda n, c: f'{{"text":"{c}","thought":{n % 2}}}', gemini, 90),
    "gemini: signatures": grouped(lambda n, c: f'{{"thoughtSignature":"{c}{n}"}}', gemini, 90),
    "gemini: candidates of texts in pieces": endless(lambda n, c: gemini(f'{{"text":"{c}"}}', n // PIECES)),
    "gemini: log probabilities": grouped(lambda n, c: "{}", lambda items: event(LOGPROBS(items))),
    "gemini: citations": grouped(
        lambda n, c: f"{n}", lambda items: gemini("", more=f',"citationMetadata":{{"citationSources":[{items}]}}')
    ),
    "gemini: ratings": grouped(lambda n, c: f"{n}", lambda items: gemini("", more=f',"safetyRatings":[{items}]')),
    "gemini: fields of the response": endless(lambda n, c: event(f'{{"modelVersion":"a","{c}{n}":{{}}}}')),
    "gemini: paths of arguments": first(
        OPEN_CALL, endless(lambda n, c: partial(f"$.{c}{n}", '"stringValue":"a"'))
    ),
    "gemini: indexes of arguments": first(
        OPEN_CALL, endless(lambda n, c: partial(f"$.a{n}[9999]", '"numberValue":1'))
    ),
    "gemini: deep arguments": first(
        OPEN_CALL, endless(lambda n, c: partial(f"$.{c}{n}" + ".a" * 30, '"nullValue":null'))
    ),
    "gemini: calls": calls(lambda n: gemini('{"functionCall":{"name":"f"}}')),
    "gemini: calls with ids": calls(lambda n: gemini(f'{{"functionCall":{{"name":"f","id":"{n}"}}}}')),
    "gemini: parts of one event": array('{"text":"a"}', '{"candidates":[{"content":{"parts":[', "]}}]}"),
    "gemini: chunks of one event": array('{"candidates":[{}]}'),
    "gemini: text of one character": fragment(gemini('{"text":"a"}')),
    # Framings
    "lines of empty objects": fragment(b'{"x":{}}\n', b"{}\n"),
    "elements of empty objects": elements("{}"),
    "elements of numbers": elements('{"":0}'),
    "messages without anything": fragment(aws_messages.message(b"")),
    "messages of events": fragment(aws_messages.event("x")),
    "messages of empty objects": fragment(aws_messages.chunk(b"{}")),
    "messages of exceptions": fragment(aws_messages.message({":message-type": "exception"})),
    "comments": fragment(b":\n\n"),
}  # fmt: skip
