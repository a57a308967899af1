"""Where a server itself answers otherwise when it streams: every such field by name, with the reason.

A stream put together is compared with the server's unstreamed answer field by field. Each field that
differs must be one of `DIFFERENCES`, or the stream was put together wrongly.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple


class Absent:
    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent()


class Field(NamedTuple):
    """A field that differs between the two answers.

    ``path`` has ``[]`` for any place in a list; ``streamed`` or ``unstreamed`` is `ABSENT` where one
    answer lacks it; ``choice`` is the streamed choice around it; ``wire`` are the chunks as sent.
    """

    path: str
    streamed: Any
    unstreamed: Any
    choice: dict[str, Any]
    request: dict[str, Any]
    wire: list[dict[str, Any]]


class Difference(NamedTuple):
    """A difference that is the server's own: patterns for the server and the path, and what must hold."""

    name: str
    server: str
    path: str
    holds: Callable[[Field], bool]
    why: str


def of_kind(*kinds: type) -> Callable[[Field], bool]:
    return lambda field: type(field.streamed) in kinds and type(field.unstreamed) in kinds


def pair(streamed: Any, unstreamed: Any) -> Callable[[Field], bool]:
    return lambda field: field.streamed == streamed and field.unstreamed == unstreamed


def no_usage_sent(field: Field) -> bool:
    return field.streamed is ABSENT and not any(chunk.get("usage") for chunk in field.wire)


def usage_as_sent(field: Field) -> bool:
    """The value is that of the last usage on the wire, whatever the unstreamed answer counts."""
    sent: Any = next((chunk["usage"] for chunk in reversed(field.wire) if chunk.get("usage")), {})
    for key in field.path.removeprefix("$.usage.").split("."):
        sent = sent.get(key, ABSENT) if isinstance(sent, dict) else ABSENT
    return bool(field.streamed == sent)


def text_as_sent(field: Field) -> bool:
    """The text is what the deltas of its choice say one after the other."""
    key = field.path.rpartition(".")[2]
    index = field.choice.get("index", 0)
    deltas = [each for chunk in field.wire for each in chunk.get("choices") or () if each.get("index", 0) == index]
    sent = "".join((each.get("delta") or {}).get(key) or "" for each in deltas)
    return isinstance(field.unstreamed, str) and (field.streamed or "") == sent


def one_side_only(field: Field) -> bool:
    return ABSENT in (field.streamed, field.unstreamed)


def same_json(field: Field) -> bool:
    if not_json(field.streamed) or not_json(field.unstreamed):
        return False
    return bool(json.loads(field.streamed) == json.loads(field.unstreamed))


def only_the_end_is_broken(field: Field) -> bool:
    return of_kind(str)(field) and field.streamed == field.unstreamed.rstrip("\ufffd")


def trimmed(field: Field) -> bool:
    return of_kind(str)(field) and field.unstreamed == field.streamed.strip()


def some_left_out(field: Field) -> bool:
    """The streamed list is the other one without some of its entries, in the same order."""
    if not of_kind(list)(field) or not field.streamed:
        return False
    rest = iter(field.unstreamed)
    return all(entry in rest for entry in field.streamed)


def call_cut_in_its_name(field: Field) -> bool:
    return not field.streamed and str(field.unstreamed).startswith("<tool_call>")


def unreadable_call(field: Field) -> bool:
    """A call of the streamed choice has arguments that are not JSON; as plain text its name must be there."""
    functions = [call["function"] for call in field.choice["message"].get("tool_calls") or ()]
    if not any(not_json(function.get("arguments")) for function in functions):
        return False
    if field.path.endswith("finish_reason"):
        return field.streamed in ("tool_calls", "length") and field.unstreamed in ("stop", "tool_calls")
    if field.path.endswith("tool_calls"):
        return field.unstreamed in (ABSENT, None, [])
    return not field.streamed and all(function["name"] in str(field.unstreamed) for function in functions)


def not_json(text: Any) -> bool:
    try:
        json.loads(text)
    except (ValueError, TypeError):  # TypeError: no text at all
        return True
    return False


def cut_call(field: Field) -> bool:
    """The call was cut by the length limit: its arguments so far are streamed, and the unstreamed input lacks them."""
    ends = [chunk["delta"] for chunk in field.wire if chunk.get("type") == "message_delta"]
    return field.unstreamed is ABSENT and bool(ends) and ends[-1].get("stop_reason") == "max_tokens"


def call_cut_in_its_name_alone(field: Field) -> bool:
    """Nothing is streamed, and the unstreamed answer is one text."""
    if field.streamed != [] or not of_kind(list)(field) or len(field.unstreamed) != 1:
        return False
    (part,) = field.unstreamed[0].get("content", field.unstreamed)
    return str(part.get("text")).startswith("<tool_call>")


def several_answers(field: Field) -> bool:
    return field.request.get("n", 1) > 1 and field.streamed is None and isinstance(field.unstreamed, str)


ANY = ".*"
CHOICE = r"\$\.choices\[\]"
MESSAGE = rf"{CHOICE}\.message"
BLOCK = r"\$\.(content|output)\[\]"
TEXT = rf"{MESSAGE}\.(content|reasoning|reasoning_content)"
EXTRA = r"provider_specific_fields|citations|x_groq|images|search_results|text|thinking_blocks|vertex_ai_\w+"

DIFFERENCES = (
    Difference("own id", ANY, rf"\$\.id|{MESSAGE}\.tool_calls\[\]\.id|{BLOCK}\.(id|call_id)", of_kind(str), "every request gets ids of its own"),
    Difference("own time", ANY, r"\$\.(created|created_at|completed_at)", lambda field: True, "the second in which each was asked"),
    Difference("own speed", "llamacpp.*|litellm", r"\$\.timings(\..+)?", lambda field: True, "how long each took"),
    Difference("build", ANY, r"\$\.system_fingerprint", one_side_only, "named in one of the two only"),
    Difference("null not streamed", ANY, ANY, pair(ABSENT, None), "a null that was never on the wire"),
    Difference("null streamed only", "llmock", ANY, pair(None, ABSENT), "a null that was on the wire only"),
    Difference("usage not streamed", ANY, r"\$\.usage", no_usage_sent, "most streams have it by include_usage only"),
    Difference("cached tokens", ANY, r"\$\.usage\..*cached_tokens", of_kind(int), "the second request found the first in the cache"),
    Difference("cache counted apart", "llamacpp.*", r"\$\.usage\.(cache_read_input_tokens|input_tokens)", of_kind(int), "the second request found the first in the cache"),
    Difference("null text", "llamacpp.*|transformers.*|litellm", rf"{MESSAGE}\.content", pair(None, ""), "nothing or null in the stream, an empty text without"),
    Difference("empty text", "vllm.*|litellm", rf"{MESSAGE}\.content", lambda field: field.streamed in ("", "\n\n") and field.unstreamed is None, "an empty text, or the line ends behind the reasoning, are streamed"),
    Difference("broken end", "transformers.*", rf"{MESSAGE}\.content", only_the_end_is_broken, "its streamer drops a last token that is no whole character"),
    Difference("not trimmed", "transformers.*", TEXT, trimmed, "it trims only without streaming"),
    Difference("logprobs of swallowed tokens", "llamacpp.*", rf"{CHOICE}\.logprobs\.content", some_left_out, "its stream has none for tokens that show no text, as the end"),
    Difference("call cut in its name", "llamacpp.*|vllm.*", rf"{MESSAGE}\.content", call_cut_in_its_name, "cut before the name is whole: nothing in the stream, plain text without"),
    Difference("call cut in its name, in blocks", "llamacpp.*", r"\$\.(content|output)", call_cut_in_its_name_alone, "cut before the name is whole: nothing in the stream, plain text without"),
    Difference("arguments of a cut call", "llamacpp.*", r"\$\.content\[\]\.input\..+", cut_call, "unstreamed, arguments that are no JSON are an empty input"),
    Difference("status not streamed", "llamacpp.*", r"\$\.output\[\]\.status", pair(ABSENT, "completed"), "the finished item of its reasoning has none in the stream"),
    Difference("no arguments sent", "llamacpp.*", rf"{MESSAGE}\.tool_calls\[\]\.function\.arguments", lambda field: field.streamed in (ABSENT, "") and field.unstreamed == "{}", "its stream has no arguments for a call that the request began"),
    Difference("unreadable call", "vllm.*", rf"{MESSAGE}\.(content|tool_calls)|{CHOICE}\.finish_reason", unreadable_call, "its parser of whole texts takes a bad or cut call for plain text, the other one for a call"),
    Difference("reason dropped", "litellm", rf"{CHOICE}\.finish_reason", several_answers, "of several answers it ends only the first"),
    Difference("arguments written anew", "litellm", rf"{MESSAGE}\.tool_calls\[\]\.function\.arguments", same_json, "other spaces in the same JSON"),
    Difference("index of a call", "litellm", rf"{MESSAGE}\.tool_calls\[\]\.index", lambda field: field.streamed is ABSENT and type(field.unstreamed) is int, "a field of the stream left in the unstreamed answer"),
    Difference("index of a block", "litellm", rf"{CHOICE}.*thinking_blocks\[\]\.index", lambda field: type(field.streamed) is int and field.unstreamed is ABSENT, "a field of the stream that names no place in the result"),
    Difference("extra field", "litellm|llmock", rf"(.*\.)?({EXTRA})", one_side_only, "on the wire only, or never on it"),
    Difference("usage counted otherwise", "litellm|llmock|mockllm", r"\$\.usage\..+", usage_as_sent, "it counts anew, or adds to it, when it streams"),
    Difference("another answer", "mockllm|transformers-serve|llamacpp", TEXT, text_as_sent, "random, or another reply, when it streams"),
)  # fmt: skip


Found = tuple[str, Any, Any, dict[str, Any]]
NOTHING: Final[dict[str, Any]] = {}


def differing(streamed: Any, unstreamed: Any, path: str = "$", choice: dict[str, Any] = NOTHING) -> Iterator[Found]:
    """Where two answers differ, as deep as both go; of lists of two lengths the whole."""
    if isinstance(streamed, dict) and isinstance(unstreamed, dict):
        around = streamed if path == "$.choices[]" else choice
        for key in {**streamed, **unstreamed}:
            yield from differing(streamed.get(key, ABSENT), unstreamed.get(key, ABSENT), f"{path}.{key}", around)
    elif isinstance(streamed, list) and isinstance(unstreamed, list) and len(streamed) == len(unstreamed):
        for ours, theirs in zip(streamed, unstreamed, strict=True):
            yield from differing(ours, theirs, f"{path}[]", choice)
    elif type(streamed) is not type(unstreamed) or streamed != unstreamed:
        yield path, streamed, unstreamed, choice


def explain(
    server: str, request: dict[str, Any], wire: list[dict[str, Any]], streamed: Any, unstreamed: Any
) -> tuple[set[str], list[Field]]:
    """Compare two answers of a server; give the names of its own differences, and the fields that are none of them."""
    named, unexplained = set(), []
    for found in differing(streamed, unstreamed):
        field = Field(*found, request=request, wire=wire)
        for rule in DIFFERENCES:
            if re.fullmatch(rule.server, server) and re.fullmatch(rule.path, field.path) and rule.holds(field):
                named.add(rule.name)
                break
        else:
            unexplained.append(field._replace(wire=[], request={}, choice={}))
    return named, unexplained


def chunks_of(body: bytes) -> list[dict[str, Any]]:
    """The objects of a stream's data lines, or the one that the body is, read as simply as can be."""
    text = body.decode(errors="replace")
    found = []
    for line in text.split("\n") if not_json(text) else [text]:
        try:
            value = json.loads(line.removeprefix("data:"))
        except ValueError:
            continue
        if isinstance(value, dict):
            found.append(value)
    return found
