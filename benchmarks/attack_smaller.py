"""Hostile bodies of the smaller dialects: events without end in the places they have."""

from __future__ import annotations

import sys
from collections.abc import Callable

from benchmarks import attack_dialects
from benchmarks.attack_bodies import CALL_LIMIT, MESSAGE_LIMIT, ROOMY, Attack, event
from benchmarks.attack_dialects import LATE, behind, lasting, many
from tests.framing import aws_messages


def cohere(kind: str, fields: str = "", index: int = 0) -> bytes:
    return event(f'{{"type":"{kind}","index":{index},"delta":{{"message":{{{fields}}}}}}}')


def cohere_text(text: str, index: int = 0, key: str = "text") -> bytes:
    return cohere("content-delta", f'"content":{{"{key}":"{text}"}}', index)


def cohere_call(text: str, index: int = 0, verb: str = "start") -> bytes:
    name = '"name":"f",' if verb == "start" else ""
    return cohere(f"tool-call-{verb}", f'"tool_calls":{{"function":{{{name}"arguments":"{text}"}}}}', index)


def ollama(fields: str, more: str = "") -> bytes:
    return f'{{"model":"m","message":{{{fields}}},"done":false{more}}}\n'.encode()


def legacy(fields: str, index: int = 0, more: str = "") -> bytes:
    return event(f'{{"object":"text_completion","choices":[{{"index":{index},{fields}}}]{more}}}')


def converse(kind: str, fields: str, index: int = 0) -> bytes:
    return aws_messages.event(kind, f'{{"contentBlockIndex":{index},{fields}}}'.encode())


def of_converse(fields: str, index: int = 0) -> bytes:
    return converse("contentBlockDelta", f'"delta":{{{fields}}}', index)


def step(fields: str, index: int = 0) -> bytes:
    return event(f'{{"event_type":"step.start","index":{index},"step":{{{fields}}}}}')


def of_step(kind: str, fields: str, index: int = 0) -> bytes:
    return event(f'{{"event_type":"step.delta","index":{index},"delta":{{"type":"{kind}",{fields}}}}}')


def mistral(kind: str, fields: str, index: int = 0) -> bytes:
    return event(f'{{"type":"{kind}","output_index":{index},{fields}}}')


def mistral_text(value: str, index: int = 0) -> bytes:
    return mistral("message.output.delta", f'"content":{value}', index)


def transcript(kind: str, fields: str) -> bytes:
    return event(f'{{"type":"transcript.text.{kind}",{fields}}}')


def typed(kind: str, fields: str = '"x":1') -> bytes:
    """An event of Vercel's UI messages or of AG-UI."""
    return event(f'{{"type":"{kind}",{fields}}}')


def snapshot(*messages: str) -> bytes:
    return typed("MESSAGES_SNAPSHOT", f'"messages":[{",".join(messages)}]')


def colliding(make: Callable[[int], bytes]) -> Attack:
    """Indexes whose hashes are equal, unless they are looked up by something else."""
    return Attack(many(lambda n: make(n * sys.hash_info.modulus)), 20_000, 2000, MESSAGE_LIMIT)


VERCEL_START, RUN_START = typed("start"), typed("RUN_STARTED", '"threadId":"t","runId":"r"')
SAID = '{{"id":"a","role":"assistant","content":"{}"}}'.format

ATTACKS: dict[str, Attack] = {
    **attack_dialects.ATTACKS,
    "anthropic: indexes of colliding hash": colliding(
        lambda n: event(f'{{"type":"content_block_start","index":{n},"content_block":{{"type":"text"}}}}')
    ),
    "responses: indexes of colliding hash": colliding(
        lambda n: event(f'{{"type":"response.output_text.delta","output_index":{n},"content_index":{n},"delta":"a"}}')
    ),
    # Cohere
    "cohere: indexes of colliding hash": colliding(lambda n: cohere_text("a", n)),
    "cohere: text and thinking in turn at one index": Attack(
        lasting(cohere_text("a"), cohere_text("a", key="thinking")), 40_000, 500, LATE
    ),
    "cohere: blocks at one index, and text": Attack(
        lasting(cohere("content-start", '"content":{"type":"x"}'), cohere_text("a")), 20_000, 1500, MESSAGE_LIMIT
    ),
    "cohere: calls at one index": Attack(
        lasting(cohere_call("{}"), cohere_call("", verb="delta")), 4000, 2100, CALL_LIMIT, options=ROOMY
    ),
    "cohere: late arguments": Attack(
        lasting(cohere_call("ab", verb="delta"), start=cohere_call("{}") + cohere("tool-call-end")), 40_000, 500, LATE
    ),
    "cohere: plans in pieces": Attack(lasting(cohere("tool-plan-delta", '"tool_plan":"ab"')), 40_000, 500, LATE),
    # Ollama
    "ollama: times that change": Attack(
        many(lambda n: ollama('"content":"a"', f',"created_at":"{n}"')), 40_000, 500, LATE
    ),
    "ollama: reasons that change": Attack(
        many(lambda n: ollama('"content":"a"', f',"done_reason":"{n}"')), 40_000, 500, "",
    ),
    "ollama: text and thinking in turn": Attack(
        lasting(ollama('"content":"a"'), ollama('"thinking":"a"')), 60_000, 500, LATE
    ),
    "ollama: fields that are replaced": Attack(
        behind(lambda text: ollama("", f',"x":["{text}"]'), ollama("", ',"x":["ab"]')), 40_000, 500, LATE
    ),
    "ollama: calls": Attack(
        lasting(ollama('"tool_calls":[{"function":{"name":"f","arguments":{"a":1}}}]')), 4000, 1100, CALL_LIMIT,
        options=ROOMY,
    ),
    # The older completions
    "completions: choices in turn": Attack(
        many(lambda n: legacy('"text":"a"', n % 500)), 40_000, 1000, LATE, options=ROOMY
    ),
    "completions: reasons that change": Attack(
        many(lambda n: legacy(f'"text":"a","finish_reason":"{n}"')), 40_000, 500
    ),
    "completions: token counts of each chunk": Attack(
        many(lambda n: legacy('"text":"a"', more=f',"usage":{{"total_tokens":{n}}}')), 10_000, 300, LATE, options=ROOMY
    ),
    "completions: log probabilities that are replaced": Attack(
        lasting(legacy('"text":"","logprobs":{"tokens":["a"]}'), legacy('"text":"","logprobs":{"tokens":0}')),
        40_000, 500, LATE,
    ),
    # Bedrock Converse
    "converse: indexes of colliding hash": colliding(lambda n: of_converse('"text":"a"', n)),
    "converse: text and reasoning in turn at one index": Attack(
        lasting(of_converse('"text":"a"'), of_converse('"reasoningContent":{"text":"a"}')), 40_000, 500, LATE
    ),
    "converse: text and citations in turn": Attack(
        lasting(of_converse('"text":"a"'), of_converse('"citation":{}')), 80_000, 4500, MESSAGE_LIMIT
    ),
    "converse: starts and stops at one index": Attack(
        lasting(converse("contentBlockStart", '"start":{"toolUse":{"type":"server_tool_use"}}'),
                of_converse('"toolUse":{"input":"{}"}'), converse("contentBlockStop", '"x":1')),
        20_000, 1500, MESSAGE_LIMIT,
    ),
    "converse: reasoning that is hidden, behind a lot": Attack(
        behind(lambda text: of_converse(f'"reasoningContent":{{"redactedContent":"{text}"}}'),
               of_converse('"reasoningContent":{"redactedContent":"QQ=="}')),
        10_000, 500, MESSAGE_LIMIT,
    ),
    "converse: signatures": Attack(
        lasting(of_converse('"reasoningContent":{"signature":"ab"}')), 40_000, 500, LATE
    ),
    # Interactions
    "interactions: indexes of colliding hash": colliding(lambda n: of_step("text", '"text":"a"', n)),
    "interactions: text and thoughts in turn at one index": Attack(
        lasting(of_step("text", '"text":"a"'), of_step("thought_summary", '"content":{"type":"text","text":"a"}')),
        40_000, 500, LATE,
    ),
    "interactions: signatures behind a long summary": Attack(
        lambda n: [step(f'"type":"thought","summary":[{{"x":[{",".join(["{}"] * n)}]}}]'),
                   *[of_step("thought_signature", '"signature":"a"')] * n],
        1500, 200, LATE,
    ),
    "interactions: signatures without a step": Attack(
        many(lambda n: of_step("thought_signature", '"signature":null', n)), 20_000, 600, MESSAGE_LIMIT
    ),
    "interactions: fields that are replaced": Attack(
        behind(lambda text: step(f'"type":"x_call","x":["{text}"]'), of_step("x_call", '"x":["ab"]')),
        40_000, 500, LATE,
    ),
    "interactions: calls that come again with the end": Attack(
        lambda n: [*(step(f'"type":"function_call","id":"{at}","name":"f"', at) for at in range(n)),
                   event('{"event_type":"interaction.completed","interaction":{"steps":['
                         + ",".join(f'{{"type":"function_call","id":"{at}","name":"f"}}' for at in reversed(range(n)))
                         + "]}}")],
        400, 200, options=ROOMY,
    ),
    # Mistral's conversations
    "mistral: indexes of colliding hash": colliding(lambda n: mistral_text('"a"', n)),
    "mistral: text and thinking in turn": Attack(
        lasting(mistral_text('"a"'), mistral_text('{"type":"thinking","thinking":[{"type":"text","text":"a"}]}')),
        20_000, 1000, MESSAGE_LIMIT,
    ),
    "mistral: types in turn at one index": Attack(
        lasting(mistral_text('"a"'), mistral("tool.execution.delta", '"arguments":"a"')), 20_000, 1000, MESSAGE_LIMIT
    ),
    "mistral: information that is replaced": Attack(
        behind(lambda text: mistral("tool.execution.done", f'"info":["{text}"]'),
               mistral("tool.execution.done", '"info":["ab"]')),
        40_000, 500, LATE,
    ),
    # Transcriptions
    "transcription: text, and the whole again": Attack(
        lambda n: [*[transcript("delta", '"delta":"ab"')] * n, transcript("done", f'"text":"{"ab" * n}!"')],
        40_000, 1000,
    ),
    "transcription: segments": Attack(lasting(transcript("segment", '"text":"a"')), 20_000, 1000, MESSAGE_LIMIT),
    # Vercel's UI messages
    "vercel: metadata that grows": Attack(
        many(lambda n: typed("message-metadata", f'"messageMetadata":{{"{n}":1}}')), 20_000, 2000, MESSAGE_LIMIT
    ),
    "vercel: metadata that grows inside": Attack(
        many(lambda n: typed("message-metadata", f'"messageMetadata":{{"a":{{"{n}":1}}}}')), 20_000, 2000,
        MESSAGE_LIMIT,
    ),
    "vercel: data that is replaced": Attack(
        behind(lambda text: VERCEL_START + typed("data-x", f'"id":"a","data":["{text}"]'),
               typed("data-x", '"id":"a","data":["b"]')),
        40_000, 500, LATE,
    ),
    "vercel: parts that end at once": Attack(
        many(lambda n: typed("text-start", f'"id":"{n}"') + typed("text-end", f'"id":"{n}"')), 10_000, 500,
        MESSAGE_LIMIT,
    ),
    "vercel: texts in turn": Attack(
        many(lambda n: typed("text-delta", f'"id":"{n % 100}","delta":"a"')), 40_000, 1000, LATE
    ),
    "vercel: results that replace each other": Attack(
        behind(lambda text: typed("tool-input-start", '"toolCallId":"a","toolName":"f"')
               + typed("tool-output-available", f'"toolCallId":"a","output":["{text}"],"preliminary":true'),
               typed("tool-output-available", '"toolCallId":"a","output":["b"],"preliminary":true')),
        2500, 200, LATE, options=ROOMY,
    ),
    "vercel: steps that come again": Attack(
        lasting(typed("start-step"), typed("text-delta", '"id":"a","delta":"a"'), typed("reset-step")), 20_000, 2000,
        MESSAGE_LIMIT,
    ),
    "vercel: inputs of one call, in many steps": Attack(
        lasting(typed("start-step"),
                typed("tool-input-available", '"toolCallId":"a","toolName":"f","providerExecuted":true,"input":{}')),
        20_000, 1000, MESSAGE_LIMIT,
    ),
    # AG-UI
    "ag-ui: metadata that grows": Attack(
        many(lambda n: typed("TEXT_MESSAGE_START", f'"messageId":"a","metadata":{{"{n}":1}}'), RUN_START),
        20_000, 2000, MESSAGE_LIMIT,
    ),
    "ag-ui: state that is patched": Attack(
        many(lambda n: typed("STATE_DELTA", f'"delta":[{{"op":"add","path":"/{n}","value":{{}}}}]'), RUN_START),
        20_000, 500, LATE,
    ),
    "ag-ui: chunks of messages in turn": Attack(
        many(lambda n: typed("TEXT_MESSAGE_CHUNK", f'"messageId":"{n % 100}","delta":"a"'), RUN_START),
        20_000, 1000, LATE, options=ROOMY,
    ),
    "ag-ui: chunks of a call and of a text in turn": Attack(
        lasting(typed("TEXT_MESSAGE_CHUNK", '"messageId":"a","delta":"a"'),
                typed("TOOL_CALL_CHUNK", '"toolCallId":"a","toolCallName":"f","delta":"a"'), start=RUN_START),
        20_000, 500, LATE,
    ),
    "ag-ui: results of one call": Attack(
        lasting(typed("TOOL_CALL_RESULT", '"toolCallId":"a","content":"a"'),
                start=RUN_START + typed("TOOL_CALL_START", '"toolCallId":"a","toolCallName":"f"')),
        10_000, 1000, MESSAGE_LIMIT,
    ),
    "ag-ui: a text in each snapshot": Attack(
        lambda n: [RUN_START, *(snapshot(SAID("a" * at)) for at in range(n))], 1500, 300, MESSAGE_LIMIT
    ),
    "ag-ui: snapshots of one text": Attack(
        lasting(snapshot(SAID("a" * 100)), start=RUN_START), 10_000, 1000, MESSAGE_LIMIT
    ),
}  # fmt: skip
