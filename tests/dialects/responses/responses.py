"""Events of OpenAI Responses, and what comes of them."""

from __future__ import annotations

import json
from typing import Any

from ssemble import MessageStart, MessageStream, SsembleError

Event = dict[str, Any]


def ev(kind: str, **fields: Any) -> Event:
    return {"type": f"response.{kind}", **fields}


def response(status: str = "in_progress", output: Any = (), **fields: Any) -> dict[str, Any]:
    items = list(output) if isinstance(output, (list, tuple)) else output
    return {
        "id": "r1",
        "object": "response",
        "created_at": 7,
        "model": "m",
        "status": status,
        "output": items,
        **fields,
    }


def message(text: str = "", status: str = "completed", **part: Any) -> dict[str, Any]:
    parts = [{"type": "output_text", "text": text, "annotations": [], **part}] if text or part else []
    return {"id": "i1", "type": "message", "status": status, "role": "assistant", "content": parts}


def call(arguments: str = "", call_id: str = "c1", status: str = "completed", **fields: Any) -> dict[str, Any]:
    head = {"id": "i2", "type": "function_call", "status": status, "call_id": call_id, "name": "f"}
    return {**head, "arguments": arguments, **fields}


def added(index: int, item: Any) -> Event:
    return ev("output_item.added", output_index=index, item=item)


def done(index: int, item: Any) -> Event:
    return ev("output_item.done", output_index=index, item=item)


def text(delta: str, index: int = 0, part: int = 0, **fields: Any) -> Event:
    return ev("output_text.delta", output_index=index, content_index=part, delta=delta, **fields)


def arguments(delta: str, index: int = 0) -> Event:
    return ev("function_call_arguments.delta", output_index=index, delta=delta)


def text_done(text: str, part: int = 0, **fields: Any) -> Event:
    return ev("output_text.done", output_index=0, content_index=part, text=text, **fields)


def arguments_done(arguments: str, index: int = 0, **fields: Any) -> Event:
    return ev("function_call_arguments.done", output_index=index, arguments=arguments, **fields)


def summary(kind: str, at: int, index: int = 0, **fields: Any) -> Event:
    return ev(f"reasoning_summary_{kind}", output_index=index, summary_index=at, **fields)


def said(text: str, **more: Any) -> dict[str, Any]:
    return {**EMPTY, "text": text, **more}


CREATED = ev("created", response=response())


BEGUN = (CREATED, [MessageStart("r1", "m", 7)])  # a step of `StepByStep`


EMPTY = {"type": "output_text", "text": "", "annotations": []}


MADE = {"id": None, "type": "message", "status": "in_progress", "role": "assistant"}  # where none was announced


PART = ev("content_part.added", output_index=0, content_index=0, part=EMPTY)


def completed(*output: Any, kind: str = "completed", **fields: Any) -> Event:
    return ev(kind, response=response(fields.pop("status", kind), output, **fields))


def wire(events: list[Event], numbered: bool = False, names: bool = True) -> bytes:
    frames = []
    for number, event in enumerate(events):
        payload = {**event, "sequence_number": number} if numbered and isinstance(event, dict) else event
        name = f"event: {event['type']}\n" if names and isinstance(event, dict) and "type" in event else ""
        frames.append(f"{name}data: {json.dumps(payload)}\n\n")
    return "".join(frames).encode()


def run(fragments: list[bytes], stream: MessageStream) -> tuple[Any, ...]:
    """Return what a stream comes to: events as JSON, object, completion, error, repairs."""
    return shown(*taken(fragments, stream), stream)


def shown(events: list[Any], error: SsembleError | None, stream: MessageStream) -> tuple[Any, ...]:
    completion = stream.completion()
    rows = [event.to_dict() for event in events]
    return rows, completion.to_dict(), completion, type(error), str(error), stream.repairs


def taken(fragments: list[bytes], stream: MessageStream) -> tuple[list[Any], SsembleError | None]:
    """Feed a stream to its end; return its events and the error that it raised."""
    events: list[Any] = []
    error: SsembleError | None = None
    try:
        for fragment in fragments:
            events += stream.feed(fragment)
        events += stream.end()
        stream.close()
    except SsembleError as fault:
        error = fault
    return events, error


def read(events: list[Event], **options: Any) -> tuple[list[Any], Any, MessageStream]:
    stream = MessageStream("openai-responses", **options)
    return taken([wire(events)], stream)[0], stream.completion(), stream


def told(events: list[Any]) -> list[Any]:
    """Return the typed events but the raw ones, as short rows; neighbours that are one text are joined."""
    rows: list[Any] = []
    for event in events:
        fields = event.to_dict()
        kind = fields["type"]
        if kind == "text.delta" or kind == "refusal.delta":
            row = [kind[:-6], fields["text"]]
        elif kind == "reasoning.delta" and fields["text"]:
            row = [fields["kind"], fields["text"]]
        elif kind == "tool_call.start":
            row = ["start", fields["index"], fields["id"], fields["name"]]
        elif kind == "tool_call.delta":
            row = ["args", fields["index"], fields["arguments"]]
        elif kind == "tool_call.end":
            row = ["end", fields["index"], event.tool_call.arguments]
        elif kind == "choice.end":
            row = ["finish", fields["finish_reason"], fields["raw_finish_reason"]]
        else:
            continue
        if rows and row[0] in ("text", "refusal", "text", "summary", "args") and rows[-1][:-1] == row[:-1]:
            rows[-1][-1] += row[-1]
        else:
            rows.append(row)
    return rows


REASONING = {"id": "i0", "type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm"}]}


SEARCH = {"id": "i3", "type": "web_search_call", "status": "completed", "action": {"query": "q"}}


CORRECT = [
    CREATED,
    ev("in_progress", response=response()),
    added(0, {"id": "i0", "type": "reasoning", "summary": []}),
    ev("reasoning_summary_part.added", output_index=0, summary_index=0, part={"type": "summary_text", "text": ""}),
    *[ev("reasoning_summary_text.delta", output_index=0, summary_index=0, delta=d, obfuscation="x") for d in "Hm"],
    ev("reasoning_summary_text.done", output_index=0, summary_index=0, text="Hm"),
    ev("reasoning_summary_part.done", output_index=0, summary_index=0, part={"type": "summary_text", "text": "Hm"}),
    done(0, {**REASONING, "encrypted_content": "E1"}),
    added(1, {**SEARCH, "status": "in_progress"}),
    ev("web_search_call.searching", output_index=1, item_id="i3"),
    done(1, SEARCH),
    added(2, message(status="in_progress")),
    ev("content_part.added", output_index=2, content_index=0, part={"type": "output_text", "text": ""}),
    *[text(d, 2, logprobs=[], obfuscation=f"p{n}") for n, d in enumerate(["On", " it", "", " é", " \n", "\ud83d", "\ude00", ","])],
    *[text(d, 2, logprobs=[], obfuscation=f"p{n}") for n, d in enumerate(["a", "b", "c", "d", "e"])],
    ev("output_text.done", output_index=2, content_index=0, text="On it é \n😀,abcde"),
    done(2, message("On it é \n😀,abcde")),
    added(3, call(status="in_progress")),
    *[arguments(d, 3) for d in ['{"', "a", '":', " [", "1", "]", "}"]],
    ev("function_call_arguments.done", output_index=3, arguments='{"a": [1]}'),
    done(3, call('{"a": [1]}')),
    completed(
        {**REASONING, "encrypted_content": "E2"}, SEARCH, message("On it é \n😀,abcde"), call('{"a": [1]}'),
        usage={"input_tokens": 3, "output_tokens": 4},
    ),
]  # fmt: skip


BROKEN = [
    added(5, {"id": "i9", "type": "custom_tool_call", "call_id": "c9", "name": "g", "input": ""}),
    *[ev("custom_tool_call_input.delta", output_index=5, item_id=f"r{n}", delta=d) for n, d in enumerate("ls -l /")],
    text("stray", 5),
    text("more", 7, 40),
    text("and more", 7, 41),
    ev("refusal.delta", output_index=8, content_index=3, delta="No"),
    ev("reasoning_text.delta", output_index=8, content_index=0, delta="Why"),
    ev("output_text.done", output_index=7, content_index=40, text="mo"),
    text("!", 7, 40),
    arguments("{}"),
    {"type": "keepalive"},
    ev("mcp_call_arguments.delta", output_index=9, delta="{}"),
]
