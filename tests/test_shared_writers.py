"""The shared cases of the writers, and every recording through every writer and back."""

from __future__ import annotations

import collections
import importlib.util
import json
import os
from pathlib import Path
from typing import Any

import pytest

import ssemble
from ssemble import Choice, Completion, ProviderError, SsembleError

from .property.grammars import chat_grammar
from .property.test_normaliser import normalised
from .recordings import Recording, committed, of_providers, of_servers
from .test_shared_quirks import wire
from .vectors.written import frames, read

CORPUS = os.environ.get("SSEMBLE_CORPUS")
needs_corpus = pytest.mark.skipif(CORPUS is None, reason="SSEMBLE_CORPUS does not name the shared cases")
TARGETS = ("openai-chat", "anthropic", "openai-responses", "gemini")
# Both thoughts have a signature. The case has only the last one, since its chat reader knew one block of reasoning.
KNOWN = "gemini>openai-chat:think_call_think_call"


@needs_corpus
def test_the_shared_cases(capsys: pytest.CaptureFixture[str]) -> None:
    spec = importlib.util.spec_from_file_location("shared_check", Path(CORPUS or "", "writers", "check.py"))
    assert spec is not None
    assert spec.loader is not None
    check = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(check)
    count, wrong = check.main(ssemble)
    assert count > 300
    assert wrong == [KNOWN], capsys.readouterr().out


@needs_corpus
def test_the_case_that_differs_has_both_signatures() -> None:
    source, _, name = KNOWN.partition(">openai-chat:")
    cases = json.loads(Path(CORPUS or "", "writers", "cases.json").read_text(encoding="utf-8"))["end_to_end"]
    case = next(each for each in cases if (each["from"], each["name"]) == (source, name))
    written = b"".join(ssemble.transcode(case["in"].encode(), to="openai-chat"))
    got, want = ssemble.assemble(written).to_dict(), case["to"]["openai-chat"]["object"]
    details = got["choices"][0]["message"].pop("reasoning_details")
    last = want["choices"][0]["message"].pop("reasoning_details")
    assert [(each["index"], each["signature"]) for each in details] == [(0, "czE="), (1, last[0]["signature"])]
    assert got == want


# Why a message is another one after it was written and read: each reason is seen in the recordings.
EXPECTED = {
    "choices": "only the first choice",
    "call_cut": "a truncated call is left out",
    "malformed": "a call whose arguments are no object is left out",
    "custom": "a custom call becomes JSON",
    "refusal": "a refusal becomes text, and the reason of it",
    "reason": "calls end a choice with tool_calls, and other words become those of the dialect",
    "counts": "more tokens are cached than there are, or reasoned than said",
    "blocked": "a prompt was blocked, so there is no message",
}


def reasons(before: Completion, after: Completion, to: str) -> set[str]:
    """Say why two messages differ; "unknown" if no reason is known."""
    found = set()
    if len(before.choices) > len(after.choices) and to in ("anthropic", "openai-responses"):
        found.add("choices")
    for one, other in zip(before.choices, after.choices, strict=False):
        found |= _reasons(one, other, to)
    old, new = before.tokens, after.tokens
    for name in ("input", "cached", "output", "reasoning"):
        if (getattr(old, name) or 0) != (getattr(new, name) or 0):
            odd = (old.cached or 0) + (old.cache_write or 0) > (old.input or 0) or (old.reasoning or 0) > (
                old.output or 0
            )
            found.add("counts" if odd else "unknown counts")
    return found


def _reasons(before: Choice, after: Choice, to: str) -> set[str]:
    found = set()
    old, new = before.message, after.message
    if old.refusal and to in ("anthropic", "gemini"):
        found.add("refusal")
        assert new.text == old.text + old.refusal
    elif (old.text, old.refusal) != (new.text, new.refusal):
        found.add("unknown text")
    if old.reasoning != new.reasoning:
        found.add("unknown reasoning")
    calls = list(old.tool_calls)
    if to == "gemini":
        kept = [
            call
            for call in calls
            if call.type == "custom" or (call.complete and isinstance(call.parse_arguments(), dict))
        ]
        found |= {"malformed" if call.closed else "call_cut" for call in calls if call not in kept}
        calls = kept
    for one, other in zip(calls, new.tool_calls, strict=True):
        if one.type == "custom" and to in ("anthropic", "gemini"):
            found.add("custom")
            assert other.parse_arguments() == {"input": one.arguments}
        elif (one.name, _value(one)) != (other.name, _value(other)) or one.id not in (None, other.id):
            found.add("unknown call")
    if before.finish_reason != after.finish_reason:
        found.add("reason")
    return found


def _value(call: ssemble.ToolCall) -> Any:
    try:
        return call.parse_arguments()
    except ssemble.JSONTextError:
        return call.arguments


def compare(recording: Recording, to: str) -> set[str]:
    """Transcode a recording, and say how its message differs."""
    before = read(recording.dialect, recording.body)
    out: list[bytes] = []
    error = None
    try:
        out.extend(ssemble.transcode(recording.body, to=to, dialect=recording.dialect))
    except SsembleError as caught:
        error = caught
    after = read(to, b"".join(out))
    if error is not None:
        assert isinstance(after.error, ProviderError)
        assert before.error is not None or not before.completion().choices
        return {"error told"} if before.error is not None else {"blocked"}
    assert after.error is None, after.error
    return reasons(before.completion(), after.completion(), to)


def table(recordings: list[Recording]) -> dict[tuple[str, str], collections.Counter[str]]:
    """For each pair of dialects, how many messages are equal, and why the others are not."""
    found: dict[tuple[str, str], collections.Counter[str]] = {}
    for recording in recordings:
        if recording.dialect in TARGETS:
            for to in TARGETS:
                counts = found.setdefault((recording.dialect, to), collections.Counter())
                counts[", ".join(sorted(compare(recording, to))) or "equal"] += 1
    return found


def check(recordings: list[Recording]) -> int:
    found = table(recordings)
    for counts in found.values():
        for why in counts:
            assert why in ("equal", "error told") or set(why.split(", ")) <= EXPECTED.keys(), found
    return sum(counts["equal"] for counts in found.values())


def test_the_recordings_of_this_repository() -> None:
    assert check(committed()) > 100


@needs_corpus
def test_all_recordings() -> None:
    assert check([*of_servers(), *of_providers()]) > 5000


# The quirks after which a call is another one: it is written as soon as it starts.
LATE = {
    "tc-id-late": "its id comes later",
    "tc-name-in-pieces": "its name comes in pieces",
    "tc-name-cumulative": "its name becomes longer",
    "tc-index-out-of-order": "calls are numbered as they start",
}


@needs_corpus
def test_the_shared_quirks_come_out_clean() -> None:
    different = set()
    for quirk in json.loads(Path(CORPUS or "", "quirks", "quirks.json").read_text(encoding="utf-8")):
        options, fragments = quirk.get("options") or {}, wire(quirk)
        before = ssemble.MessageStream(**options)
        for fragment in fragments:
            before.feed(fragment)
        before.end()
        data, error = normalised(fragments, **options)
        after = read("openai-chat", data)
        assert (error is None) == (before.error is None) == (after.error is None), quirk["id"]
        if error is None:
            chat_grammar(frames(data))
            if "unknown call" in reasons(before.completion(), after.completion(), "openai-chat"):
                different.add(quirk["id"])
            else:
                assert reasons(before.completion(), after.completion(), "openai-chat") <= {"reason"}, quirk["id"]
    assert different == LATE.keys()
