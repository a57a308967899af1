"""Hostile bodies of chunks that are well formed: fields, texts and lists without end."""

from __future__ import annotations

import itertools
import sys

from benchmarks.attack_bodies import (
    CALLS,
    CHOICES,
    DONE,
    FRAMING,
    MESSAGE_LIMIT,
    NO_CHOICE,
    PAYLOADS,
    ROOMY,
    TEXT,
    Attack,
    delta,
    each,
    event,
    packed,
    repeated,
    whole,
)

PRIME = sys.hash_info.modulus

TEXTS: dict[str, Attack] = {
    "text without end": Attack(packed(repeated(delta('"content":"' + "x" * 1000 + '"'))), 20_000, 500, MESSAGE_LIMIT),
    "text without end, in one fragment": Attack(
        whole(repeated(delta('"content":"' + "x" * 100 + '"'))), 50_000, 3000, MESSAGE_LIMIT
    ),
    "halves of surrogate pairs": Attack(
        repeated(delta(r'"content":"\ud83d"'), delta(r'"content":"\ude00"')), 60_000, 1000
    ),
    "first halves only": Attack(repeated(delta(r'"content":"\ud83d"')), 60_000, 1000),
    "text of one character": Attack(repeated(delta('"content":"世"')), 100_000, 2000),
    "cumulative text that grows": Attack(
        each(lambda i: delta('"content":"' + "ab" * i + '"')), 2000, 300, options={"cumulative": True}
    ),
    "cumulative text that does not": Attack(
        repeated(TEXT, delta('"content":"x"')), 50_000, 1000, options={"cumulative": True}
    ),
    "reasons that change": Attack(
        repeated(*(event(f'{{"choices":[{{"index":0,"finish_reason":"{w}"}}]}}') for w in ("length", "stop"))),
        50_000, 1000,
    ),
    "base64 that ends each time": Attack(repeated(delta('"audio":{"data":"QQ=="}')), 50_000, 1000),
}  # fmt: skip

FIELDS: dict[str, Attack] = {
    "chunk ids that change": Attack(
        each(lambda i: event(f'{{"id":"{i}","choices":[{{"index":0,"delta":{{"content":"ab"}}}}]}}')), 50_000, 1000
    ),
    "models that change": Attack(each(lambda i: event(f'{{"model":"{i}","choices":[]}}')), 50_000, 1000, NO_CHOICE),
    "unknown keys without end": Attack(
        each(lambda i: event(f'{{"choices":[],"k{i:07}":1}}')), 1_000_000, 20_000, MESSAGE_LIMIT
    ),
    "unknown keys that hold nothing": Attack(
        each(lambda i: event(f'{{"choices":[],"k{i:07}":null}}')), 1_000_000, 20_000, MESSAGE_LIMIT
    ),
    "unknown lists without end": Attack(
        each(lambda i: delta(f'"k{i:07}":[0]')), 1_000_000, 20_000, MESSAGE_LIMIT
    ),
    "unknown texts without end": Attack(
        each(lambda i: delta(f'"k{i:07}":"x"')), 1_000_000, 20_000, MESSAGE_LIMIT
    ),
    "a constant without end": Attack(repeated(delta('"x":"constant"')), 50_000, 1000),
    "usage of more counts each time": Attack(
        each(lambda i: event(f'{{"choices":[],"usage":{{"k{i}":1}}}}')),
        12_000, 1200, "ProtocolError: expected at most 256 counts in usage", NO_CHOICE, ROOMY,
    ),
    "usage of 250 counts": Attack(
        each(lambda i: event(f'{{"choices":[],"usage":{{"k{i % 250}":{i}}}}}')),
        16_000, 3000, MESSAGE_LIMIT, options=ROOMY,
    ),
    "usage texts that grow": Attack(
        each(lambda i: event('{"choices":[],"usage":{"x":"' + "y" * i + '"}}')), 1000, 200, NO_CHOICE
    ),
    "snapshots that grow": Attack(
        each(lambda i: event(f'{{"choices":[{{"index":0,"message":{{"content":"{"ab" * i}"}}}}]}}')), 2000, 300
    ),
    "one field name after another": Attack(
        each(lambda i: delta('"content":"ab"', more=f',"k{i % 500}":1')), 40_000, 1000
    ),
    "forms that alternate": Attack(
        each(lambda i: delta('"content":"ab"', i % 3, f',"x{i % 70}":{i // 7}')), 40_000, 1000
    ),
    "forms with one beginning": Attack(each(lambda i: delta('"content":"ab"', more=f',"x":{i // 6}')), 40_000, 2000),
    "long forms, each used": Attack(
        each(lambda i: delta('"content":"ab"', more=f',"x":"{i // 6}{"y" * 20_000}"')), 2000, 100
    ),
    "a million runs of two": Attack(
        packed(each(lambda i: delta('"content":"ab"', i // 2 % 2))), 60_000, 1000
    ),
}  # fmt: skip

LISTS_FIRST = '{{"choices":[{{"index":0,"logprobs":{{"c":[1,2,3,4,5,6]}},"k{}":null,"delta":{{"content":"ab"}}}}]}}'
LISTS: dict[str, Attack] = {
    "lists before forms with one beginning": Attack(
        each(lambda i: event(LISTS_FIRST.format(i // 6 % 60))), 16_000, 2000, options=ROOMY
    ),
    "logprobs without end": Attack(
        repeated(event('{"choices":[{"index":0,"logprobs":{"content":[{"token":"a","bytes":[97]}]}}]}')),
        1_000_000, 20_000, MESSAGE_LIMIT,
    ),
    "empty logprobs without end": Attack(
        repeated(event('{"choices":[{"index":0,"logprobs":{"content":[[],[],[],[],[],[],[],[]]}}]}')),
        1_000_000, 20_000, MESSAGE_LIMIT,
    ),
    "parts of content without end": Attack(
        each(lambda i: delta(f'"content":[{{"type":"t{i % 2}","text":"x"}}]')), 1_000_000, 20_000, MESSAGE_LIMIT
    ),
    "a full message, then a full event": Attack(
        lambda n: itertools.chain(
            (delta(f'"content":[{{"type":"t{i % 2}","text":"x"}}]') for i in range(n)),
            (event('{"choices":[],"x":[' + ",".join(["{}"] * (28 * n)) + "]}"), DONE),
        ),
        11_500, 300, MESSAGE_LIMIT,
    ),
    "types of reasoning without end": Attack(
        each(lambda i: delta(f'"reasoning_details":[{{"type":"t{i}","text":"x"}}]')), 1_000_000, 20_000, MESSAGE_LIMIT
    ),
    "indexes of reasoning without end": Attack(
        each(lambda i: delta(f'"reasoning_details":[{{"type":"t","index":{i},"text":"x"}}]')),
        1_000_000, 20_000, MESSAGE_LIMIT,
    ),
    "indexes of colliding hash": Attack(
        each(lambda i: delta(f'"reasoning_details":[{{"type":"t","index":{i * PRIME},"data":"{i}"}}]')),
        4_000, 700, options=ROOMY,
    ),
    "a list that is new each time": Attack(
        each(lambda i: delta(f'"images":[{{"x":{i}}}]')), 1_000_000, 12_000, MESSAGE_LIMIT
    ),
    "a list sent anew, growing": Attack(
        each(lambda i: delta('"images":[' + ",".join(map(str, ['"a"'] * (i + 1))) + "]")), 1000, 200
    ),
}  # fmt: skip

ATTACKS = {**FRAMING, **PAYLOADS, **CHOICES, **CALLS, **TEXTS, **FIELDS, **LISTS}
