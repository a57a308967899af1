"""What fills a limit in the smaller dialects."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from benchmarks import attack_dialect_limits
from benchmarks.attack_bodies import event
from benchmarks.attack_dialect_limits import DEEP_INPUT, EMPTY, calls, counts, first
from benchmarks.attack_limits import EVENT, PIECES, Filling, array, endless, fragment, grouped
from benchmarks.attack_smaller import (
    RUN_START,
    VERCEL_START,
    cohere,
    cohere_call,
    cohere_text,
    converse,
    legacy,
    mistral,
    mistral_text,
    of_converse,
    of_step,
    ollama,
    step,
    transcript,
    typed,
)
from ssemble import Limits
from tests.framing import aws_messages

MOST_HEADERS = 2**17  # bytes that a message can have


def _headers(limits: Limits) -> Iterator[bytes]:
    """One message of as many headers as it can have, each of a name of its own."""
    size = min(limits.max_event_size or 0, MOST_HEADERS) - 16
    yield aws_messages.message(b"".join(aws_messages.header(struct.pack(">I", n)[1:], b"") for n in range(size // 7)))


TOOL = '"toolCallId":"{}","toolName":"f"'.format
RAN = '"toolCallId":"{}","toolName":"f","providerExecuted":true'.format

FILLINGS: dict[str, Filling] = {
    **attack_dialect_limits.FILLINGS,
    # Cohere
    "cohere: blocks without anything": endless(lambda n, c: cohere("content-start", '"content":{"x":0}', n)),
    "cohere: blocks at one index": endless(lambda n, c: cohere("content-start", f'"content":{{"text":"{c}"}}')),
    "cohere: blocks of empty objects": endless(lambda n, c: cohere("content-start", f'"content":{{"x":[{EMPTY}]}}', n)),
    "cohere: texts in pieces": endless(lambda n, c: cohere_text(c, n // PIECES)),
    "cohere: thinking in pieces": endless(lambda n, c: cohere_text(c, n // PIECES, "thinking")),
    "cohere: citations": endless(lambda n, c: cohere("citation-start", '"citations":{"x":0}', n)),
    "cohere: log probabilities": endless(
        lambda n, c: typed("content-delta", f'"index":0,"delta":{{}},"logprobs":[{EMPTY}]')
    ),
    "cohere: calls": calls(lambda n: cohere_call("", n)),
    "cohere: deltas without anything": fragment(cohere("content-delta")),
    # Ollama
    "ollama: images": grouped(lambda n, c: f'"{c}"', lambda items: ollama(f'"images":[{items}]')),
    "ollama: log probabilities": grouped(lambda n, c: "{}", lambda items: ollama("", f',"logprobs":[{items}]')),
    "ollama: fields of the answer": endless(lambda n, c: ollama("", f',"{c}{n}":{{}}')),
    "ollama: fields of the message": endless(lambda n, c: ollama(f'"{c}{n}":""')),
    "ollama: text, a character in each line": endless(lambda n, c: ollama(f'"content":"{c}"')),
    "ollama: calls": calls(lambda n: ollama('"tool_calls":[{"function":{"name":"f"}}]')),
    "ollama: text of one character": fragment(ollama('"content":"a"')),
    # The older completions
    "completions: choices of texts in pieces": endless(
        lambda n, c: legacy(f'"text":"{c}","reasoning":"{c}"', n // PIECES)
    ),
    "completions: log probabilities": grouped(
        lambda n, c: f'"{c}"', lambda items: legacy(f'"text":"","logprobs":{{"tokens":[{items}]}}')
    ),
    "completions: fields of a choice": endless(lambda n, c: legacy(f'"text":"","{c}{n}":null')),
    "completions: fields of the completion": endless(lambda n, c: legacy('"text":""', more=f',"{c}{n}":null')),
    "completions: choices of one event": array('{"text":"a"}', '{"object":"text_completion","choices":[', "]}"),
    "completions: token counts": fragment(legacy('"text":""', more=',"usage":{"a":1}')),
    # Bedrock Converse
    "messages of many headers": Filling(EVENT, _headers),
    "converse: blocks of text": endless(lambda n, c: of_converse(f'"text":"{c}"', n)),
    "converse: blocks at one index": endless(lambda n, c: converse("contentBlockStart", '"start":{"x":{}}')),
    "converse: starts of empty objects": endless(
        lambda n, c: converse("contentBlockStart", f'"start":{{"x":{{"x":[{EMPTY}]}}}}', n)
    ),
    "converse: texts in pieces": endless(lambda n, c: of_converse(f'"text":"{c}"', n // PIECES)),
    "converse: reasoning and signatures in pieces": endless(
        lambda n, c: of_converse(f'"reasoningContent":{{"text":"{c}","signature":"{c}"}}', n // PIECES)
    ),
    "converse: reasoning that is hidden": endless(
        lambda n, c: of_converse('"reasoningContent":{"redactedContent":"QQ=="}', n // 2)
    ),
    "converse: citations": endless(lambda n, c: of_converse('"citation":{}')),
    "converse: results": endless(lambda n, c: of_converse(f'"toolResult":[{EMPTY}]')),
    "converse: fields of an image": endless(lambda n, c: of_converse(f'"image":{{"{c}{n}":0}}')),
    "converse: usage on every event": first(
        of_converse('"text":"a"'),
        counts(lambda fields: aws_messages.event("metadata", f'{{"usage":{{{fields}}}}}'.encode()), "a"),
    ),
    "converse: input of server tools": endless(
        lambda n, c: converse("contentBlockStart", '"start":{"toolUse":{"type":"server_tool_use"}}', n)
        + of_converse(f'"toolUse":{{"input":"{c}"}}', n)
    ),
    "converse: the value of deep input": first(
        converse("contentBlockStart", '"start":{"toolUse":{"toolUseId":"a","name":"f"}}'),
        endless(lambda n, c: of_converse(f'"toolUse":{{"input":"{",["[not n]}{DEEP_INPUT}"}}'), looked_at=True),
    ),
    "converse: calls": calls(lambda n: converse("contentBlockStart", '"start":{"toolUse":{"name":"f"}}', n)),
    "converse: signatures": fragment(of_converse('"reasoningContent":{"signature":"a"}')),
    "converse: text of one character": fragment(of_converse('"text":"a"')),
    # Interactions
    "interactions: steps without anything": endless(lambda n, c: step('"type":""', n)),
    "interactions: steps at one index": endless(lambda n, c: step(f'"type":"{c}"')),
    "interactions: steps of empty objects": endless(lambda n, c: step(f'"type":"x","x":[{EMPTY}]', n)),
    "interactions: steps that nothing starts": endless(lambda n, c: of_step("thought_signature", '"x":0', n)),
    "interactions: texts in pieces": endless(lambda n, c: of_step("text", f'"text":"{c}"', n // PIECES)),
    "interactions: summaries in pieces": endless(
        lambda n, c: of_step("thought_summary", f'"content":{{"type":"text","text":"{c}"}}', n // PIECES)
    ),
    "interactions: annotations": grouped(
        lambda n, c: "{}", lambda items: of_step("text", f'"text":"","annotations":[{items}]')
    ),
    "interactions: images and texts in turn": endless(
        lambda n, c: of_step("image", '"x":0') + of_step("text", f'"text":"{c}"')
    ),
    "interactions: fields of a step": endless(lambda n, c: of_step("x_call", f'"{c}{n}":0')),
    "interactions: arguments of server tools": endless(
        lambda n, c: step('"type":"x_call"', n) + of_step("arguments_delta", f'"arguments":"{c}"', n)
    ),
    "interactions: usage on every event": counts(
        lambda fields: event(f'{{"event_type":"interaction.status_update","usage":{{{fields}}}}}'), "a"
    ),
    "interactions: calls": calls(lambda n: step('"type":"function_call","name":"f"', n)),
    "interactions: steps of the last event": array(
        "{}", '{"event_type":"interaction.completed","interaction":{"steps":[', "]}}"
    ),
    "interactions: signatures": fragment(of_step("thought_signature", '"signature":"a"')),
    # Mistral's conversations
    "mistral: entries": endless(lambda n, c: mistral("agent.handoff.started", '"x":0', n)),
    "mistral: types in turn at one index": endless(
        lambda n, c: mistral("agent.handoff.started", '"x":0') + mistral("tool.execution.started", '"x":0')
    ),
    "mistral: texts in pieces": endless(lambda n, c: mistral_text(f'"{c}"', n // PIECES)),
    "mistral: chunks without anything": endless(lambda n, c: mistral_text("{}")),
    "mistral: chunks and texts in turn": endless(lambda n, c: mistral_text("{}") + mistral_text(f'"{c}"')),
    "mistral: thinking without anything": endless(
        lambda n, c: mistral_text("{}") + mistral_text('{"type":"thinking","thinking":[]}')
    ),
    "mistral: thinking in pieces": endless(
        lambda n, c: mistral_text(
            f'{{"type":"thinking","thinking":[{{"type":"text","text":"{c}"}}]}}', n // PIECES
        )
    ),
    "mistral: arguments of tools that ran": endless(
        lambda n, c: mistral("tool.execution.delta", f'"arguments":"{c}"', n)
    ),
    "mistral: fields of an entry": endless(lambda n, c: mistral("message.output.delta", f'"{c}{n}":0')),
    "mistral: calls": calls(lambda n: mistral("function.call.delta", '"name":"f"', n)),
    "mistral: text of one character": fragment(mistral_text('"a"')),
    # Transcriptions
    "transcription: segments": endless(lambda n, c: transcript("segment", f'"text":"{c}"')),
    "transcription: log probabilities": grouped(
        lambda n, c: "{}", lambda items: transcript("delta", f'"delta":"","logprobs":[{items}]')
    ),
    "transcription: text of one character": fragment(transcript("delta", '"delta":"a"')),
    # Vercel's UI messages
    "vercel: steps": endless(lambda n, c: typed("start-step")),
    "vercel: texts in pieces": endless(lambda n, c: typed("text-delta", f'"id":"{n // PIECES}","delta":"{c}"')),
    "vercel: data": first(VERCEL_START, endless(lambda n, c: typed("data-x", f'"id":"{c}{n}"'))),
    "vercel: data of empty objects": first(
        VERCEL_START, endless(lambda n, c: typed("data-x", f'"data":[{EMPTY}]'))
    ),
    "vercel: sources": endless(lambda n, c: typed("source-url", f'"url":"{c}"')),
    "vercel: metadata": endless(lambda n, c: typed("message-metadata", f'"messageMetadata":{{"{c}{n}":0}}')),
    "vercel: input of tools that ran": endless(
        lambda n, c: typed("tool-input-start", RAN(n))
        + typed("tool-input-delta", f'"toolCallId":"{n}","inputTextDelta":"{c}"')
    ),
    "vercel: results": endless(
        lambda n, c: typed("tool-input-start", RAN(n))
        + typed("tool-output-available", f'"toolCallId":"{n}","output":{{}}')
    ),
    "vercel: calls": calls(lambda n: typed("tool-input-start", TOOL(n))),
    "vercel: text of one character": fragment(typed("text-delta", '"id":"a","delta":"a"')),
    # AG-UI
    "ag-ui: messages": endless(lambda n, c: typed("TEXT_MESSAGE_START", f'"messageId":"{c}{n}"')),
    "ag-ui: messages of no id": endless(lambda n, c: typed("TOOL_CALL_RESULT", f'"content":"{c}"')),
    "ag-ui: texts in pieces": endless(
        lambda n, c: typed("TEXT_MESSAGE_CONTENT", f'"messageId":"{n // PIECES}","delta":"{c}"')
    ),
    "ag-ui: metadata": endless(
        lambda n, c: typed("TEXT_MESSAGE_START", f'"messageId":"a","metadata":{{"{c}{n}":0}}')
    ),
    "ag-ui: results": endless(lambda n, c: typed("TOOL_CALL_RESULT", f'"toolCallId":"{c}{n}","content":{{}}')),
    "ag-ui: snapshots": first(
        RUN_START, endless(lambda n, c: typed("MESSAGES_SNAPSHOT", '"messages":[{"role":"assistant","content":"a"}]'))
    ),
    "ag-ui: calls": calls(lambda n: typed("TOOL_CALL_START", f'"toolCallId":"{n}","toolCallName":"f"')),
    "ag-ui: messages of one snapshot": array("{}", '{"type":"MESSAGES_SNAPSHOT","messages":[', "]}"),
    "ag-ui: patches of one event": array("{}", '{"type":"STATE_DELTA","delta":[', "]}", first=RUN_START),
    "ag-ui: state that is patched": fragment(typed("STATE_DELTA", '"delta":[{}]')),
    "ag-ui: text of one character": fragment(typed("TEXT_MESSAGE_CHUNK", '"messageId":"a","delta":"a"')),
}  # fmt: skip
