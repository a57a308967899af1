"""The values of a chunk that may change from frame to frame.

A chunk is *settled* if merging it a second time would change nothing but the streamed texts and the
token counts: every other field repeats its value.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..._model.budget import LEAVES
from ..._payloads.templates import DIGITS, LIST, NUMBER, SKIP, Slot, is_number
from .choice import CHOICE_FIELDS
from .merge import is_snapshot
from .names import CONSTANT, entry_index
from .reasoning import REASONING_FIELDS

if TYPE_CHECKING:
    from .reader import ChatReader

PADDING = frozenset(("obfuscation", "p"))
DETAIL_TEXTS = ("text", "summary")
EMPTY = (None, "")
EMPTIES: tuple[Any, ...] = (None, "", [], {})
TEXTS = frozenset(("content", *REASONING_FIELDS))
TYPED = TEXTS | {"refusal", "text", "tool_calls", "function_call"}  # other types in these need the full merge
NUMBERS = frozenset((bool, int, float))
COUNTS = frozenset((int, float))
Path = tuple["str | int", ...]


def slots_of(chat: ChatReader, chunk: dict[str, Any]) -> list[Slot] | None:
    """Return the values of a chunk that may change, in the order of the document; None if it is not settled."""
    texts = _choice_slots(chunk.get("choices"))
    if texts is None:
        return None
    slots: list[Slot] = []
    for key, value in chunk.items():
        kind = type(value)
        if kind is str and key != "usage" and chat.fields.get(key) == value:
            continue
        if key == "choices":
            slots += texts
        elif key in PADDING:
            if kind is str:
                slots.append(Slot((key,), SKIP))
        elif key == "id" and kind is str and value and value != chat.id:
            slots.append(Slot((key,), SKIP))  # Groq changes the id; the message keeps the first one
        elif key == "created" and is_number(value) and (value != chat.created or not texts):
            slots.append(Slot((key,), DIGITS))  # Azure changes the time, and xAI where it brings nothing else
        elif key == "usage" and value:
            if kind is not dict or chat.usage is None or chat.usage != value or not _counts(value):
                return None
            slots += [Slot(("usage", *path), NUMBER) for path in _changing(value, chat.previous_usage)]
        elif kind not in LEAVES:
            # Perplexity repeats its citations in each chunk.
            settled = is_snapshot(key, value) if kind is list and value else _settled_value(value)
            if not settled or (key == "x_groq" and kind is dict and value.get("usage")):
                return None
    return slots


def _choice_slots(choices: Any) -> list[Slot] | None:
    """Return the texts and lists of the only choice; [] if its delta is ``{}``, None if it is not settled."""
    if type(choices) is not list or len(choices) != 1 or type(choices[0]) is not dict:
        return None
    choice = choices[0]
    if type(choice.get("index")) is not int or type(choice.get("delta")) is not dict:
        return None
    if choice.get("usage") or choice.get("finish_reason") not in EMPTY or choice.get("text") not in EMPTY:
        return None
    slots: list[Slot] = []
    for key, value in choice.items():
        if key == "delta":
            paths = _delta_paths(value)
            if paths is None or (not paths and "message" in choice):
                return None
            slots += [Slot(("choices", 0, "delta", *path)) for path in paths]
        elif key == "message" and type(value) is dict and type(value.get("content")) is str:
            # Perplexity repeats all text so far. Behind a delta with text, a message is ignored.
            slots.append(Slot(("choices", 0, key, "content"), SKIP))
        elif key == "logprobs" and type(value) is dict:
            for name, item in value.items():
                if type(item) is list and item:
                    slots.append(Slot(("choices", 0, key, name), LIST))
                elif not _settled_value(item):
                    return None
        elif key not in CHOICE_FIELDS and type(value) is list and value and all(type(item) in COUNTS for item in value):
            slots.append(Slot(("choices", 0, key), LIST))  # the ids of tokens, from vLLM
        elif type(value) not in LEAVES and not _settled_value(value):
            return None
    return slots


def _settled_value(value: Any) -> bool:
    """True if merging this value outside a delta again changes nothing."""
    if type(value) in LEAVES or value == []:
        return True
    return type(value) is dict and all(map(_settled_value, value.values()))


def _counts(usage: dict[str, Any]) -> bool:
    """True if all leaves are token counts or texts, and the total is not computed from parts."""
    total = "total_tokens" in usage
    if total and not (usage.get("prompt_tokens") and usage.get("completion_tokens")):
        return False
    return all(
        _counts(value) if type(value) is dict else type(value) is str or (type(value) is int and 0 <= value < 10**18)
        for value in usage.values()
    )


def _changing(usage: dict[str, Any], before: Any) -> Iterator[Path]:
    """Yield the paths of the counts that differ from the last ones.

    A zero stays literal, since it may mean that nothing was counted; so does a text.
    """
    known = before if type(before) is dict else {}
    for key, value in usage.items():
        if type(value) is dict:
            yield from ((key, *path) for path in _changing(value, known.get(key)))
        elif value and type(value) is not str and value != known.get(key):
            yield (key,)


def _delta_paths(delta: dict[str, Any]) -> list[Path] | None:
    """Return the paths of the texts in a delta; None if there are none in it, or another field is not settled."""
    paths: list[Path] = []
    for key, value in delta.items():
        if value in EMPTIES:
            continue
        if key in TEXTS and type(value) is str:
            paths.append((key,))
        elif key == "tool_calls" and _is_fragment(value):
            paths.append(("tool_calls", 0, "function", "arguments"))
        elif key == "reasoning_details" and (text := _detail_text(value)) is not None:
            paths.append(("reasoning_details", 0, text))
        elif key in TYPED or (type(value) not in NUMBERS and not (key in CONSTANT and type(value) is str)):
            return None
    return paths if paths or not delta else None


def _is_fragment(calls: Any) -> bool:
    """True if ``tool_calls`` is a single fragment that only continues the arguments of a call."""
    if type(calls) is not list or len(calls) != 1 or type(calls[0]) is not dict:
        return False
    entry = calls[0]
    body = entry.get("function")
    if type(entry.get("index")) is not int or entry.get("id") not in EMPTY or type(body) is not dict:
        return False
    if not entry.keys() <= {"index", "id", "type", "function"} or not body.keys() <= {"name", "arguments"}:
        return False
    return body.get("name") in EMPTY and type(body.get("arguments")) is str and body["arguments"] != ""


def _detail_text(details: Any) -> str | None:
    """Return the key of the text if ``reasoning_details`` is one indexed entry with one text; else None."""
    if type(details) is not list or len(details) != 1 or type(details[0]) is not dict:
        return None
    entry = details[0]
    texts = [key for key in DETAIL_TEXTS if type(entry.get(key)) is str and entry[key]]
    if entry_index(entry) is None or type(entry.get("type")) is not str or len(texts) != 1:
        return None
    for key, value in entry.items():
        if key not in ("index", texts[0]) and value is not None:
            if key not in ("type", "format", "id") or type(value) is not str:
                return None
    return texts[0]
