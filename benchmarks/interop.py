"""Compare ssemble with other packages on all recordings and quirks: differences, which one is right, and why.

    SSEMBLE_CORPUS=... python -m benchmarks.interop [PYTHON of another environment]...

Writes `interop.md`. Packages that are not installed are skipped; of several versions the newest one is used. Each
package is used through its public client, with an in-process transport as the server.
"""

from __future__ import annotations

import json
import platform
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import ssemble
from benchmarks.interop_peers import BRIEF, CORPUS, PEERS, Reference, measure, references
from tests.test_providers import right_quirks
from tests.test_shared_quirks import drop, without_nulls

NONE = "(none)"
COLUMNS = ("ok", "lost", "meta", "bad", "crash", "raised", "opaque", "silent", "cut: raised", "cut: silent")
NOTE = {"ok": "no harm"}

# name | what it costs at worst | who is right | why
KINDS = """
whole list entries joined | ok | **the peer** | search results or citations that hold text are whole, each
list entries repeated | ok | either | the server sends the whole list again: once, or as often as it came
several choices become one | bad | ssemble | answers to `n=2` are mixed, or all but one dropped
`<think>` taken out of the text | ok | either | by design: tags in the text become reasoning
content as a list of parts | bad | ssemble | text or thinking in parts, or the plain text that follows them, is gone
index left on tool_calls | ok | ssemble | a finished message has none
type of a call missing | lost | ssemble | no fragment named it, and the API wants it in the history: `function`
id of a call made up | ok | either | the server sent none
empty arguments | ok | either | nothing was sent: ssemble keeps the empty text, the peer makes it `{}` or null
name or id of a call concatenated | bad | ssemble | sent whole with each fragment; no tool has the doubled name
calls dropped | bad | ssemble | a call without an id, or in a form that is not OpenAI's, is a call
fragments in the wrong call | bad | ssemble | index and id together tell them apart; either can be missing or wrong
text repeated | bad | ssemble | each chunk holds all text so far (`cumulative=True`)
text null or empty | ok | either | no text was sent: null as without streaming, or an empty text
text dropped | bad | ssemble | a text as delta, a message instead of deltas, an event the peer did not read
finish_reason concatenated | meta | ssemble | it comes twice, again with the usage; `stopstop` is no reason
finish_reason made up | meta | ssemble | none was sent; the `stop` hides that the answer may be cut
finish_reason in words of the peer's own | ok | either | by design: `stop` for `eos`, `content_filter` for a refusal
finish_reason replaced | meta | ssemble | a plain `stop` behind `length` does not take it back
finish_reason dropped | meta | ssemble | it came in an event that the peer did not read
usage estimated | ok | either | by design: none was sent; it counts by itself, and does not say so
usage summed | meta | ssemble | the counts are running totals, or the same ones twice
usage lost, or an estimate in its place | meta | ssemble | it came in `x_groq`, in pieces, or not at the end
total_tokens recomputed | meta | ssemble | the server's total also has the reasoning
fields of usage dropped | lost | ssemble | costs, times, cached tokens: an allow-list
reasoning under another name | ok | either | by design: one name for all servers
reasoning dropped | lost | ssemble | only some of its names are known, or none
refusal dropped | lost | ssemble | what is left is an empty message
role concatenated | lost | ssemble | it comes with every chunk; `assistantassistant` is no role
model concatenated | lost | ssemble | it is added for each chunk with a finish_reason
constants concatenated | lost | ssemble | `format`, `id`, `channel`, `name`: the same value in every chunk is one value
id, model or time of the peer's own | ok | either | by design: a run's id, the model asked for, the client's clock
another id, of several | ok | either | the id changes inside the stream: ssemble keeps the first
id, model or created of the first chunk only | lost | ssemble | with some servers the first chunk has empty ones
numbers added up | lost | ssemble | a token's id, a time stamp: not every number is a count
list entries merged by index alone | lost | ssemble | they differ by type and id too; a signature gets in the wrong one
fields of the message dropped | lost | ssemble | an allow-list, or entries without an index
fields of the choice dropped or stale | lost | ssemble | an allow-list, or the first chunk's: logprobs, filters
fields beside the choices dropped or stale | lost | ssemble | an allow-list, or the first chunk's: citations, timings
fields added | ok | either | zeros and empty objects of the peer's own types
crash: a call without index | crash | ssemble | the id tells the calls apart
crash: a list entry without index | crash | ssemble | reasoning details, citations, content parts have none
crash: a call without a type | crash | ssemble | it can only be `function`
crash: no choices, or a null delta | crash | ssemble | there is nothing to merge, and no harm
crash: nothing accepted | crash | ssemble | chunks without `object`, or a body in one piece, were skipped
crash: payload is not JSON | crash | ssemble | keep-alives, names of events alone, two payloads in one event
crash: a text instead of an object | crash | ssemble | the text can only be the content
crash: a number or an object instead of text | crash | ssemble | an id is its digits, arguments their JSON
crash: other | crash | ssemble | indexes with gaps, frames cut off
an error of the server in silence | silent | ssemble | an error in a form that is not OpenAI's: the answer looks whole
a cut stream in silence | silent | ssemble | neither a terminator nor a finish_reason came: `IncompleteStream`
"""
TABLE = {row[0]: row[1:] for row in (line.split(" | ") for line in KINDS.strip().splitlines())}

CRASHES = {
    "a call without index": r"indices must be integers or slices, not NoneType|not an integer; None",
    "a list entry without index": r"to have an `index` key",
    "no choices, or a null delta": r"NoneType' object (is not iterable|has no attribute)|KeyError: 'choices'",
    "a call without a type": r"new_tool.type",
    "nothing accepted": r"AssertionError|No generation chunks|ended without content",
    "payload is not JSON": r"Expecting |Extra data|JSONDecode",
    "a text instead of an object": r"'str' object has no attribute|indices must be integers, not 'str'",
    "a number or an object instead of text": r"valid string",
    "other": "",
}


class Difference(NamedTuple):
    """One place where a peer's object is not ours, and what a rule looks at beside it."""

    peer: str
    path: str
    ours: Any
    theirs: Any
    content: Any
    choices: int

    def at(self, *patterns: str) -> bool:
        return any(re.fullmatch(pattern, self.path) for pattern in patterns)


def kind(d: Difference) -> str:
    """Name the kind of a difference, the most specific first."""
    added, lost = d.ours == NONE, d.theirs in (NONE, [], {}, "")
    both = isinstance(d.ours, str) and isinstance(d.theirs, str) and d.ours and not added
    repeated = both and d.theirs.count(d.ours) > 1
    message, call = "choices.message.", "choices.message.tool_calls."
    texts = d.at(message + "content.*", message + "reasoning(_content)?", message + "thinking_blocks")
    if isinstance(d.ours, list) and isinstance(d.theirs, list) and 0 < len(d.ours) < len(d.theirs):
        if d.at(".*(annotations|results|citations)"):
            different = len({json.dumps(entry, sort_keys=True) for entry in d.theirs})
            return "whole list entries joined" if different > len(d.ours) else "list entries repeated"
    if d.choices > 1 and d.at("choices.*") and d.peer not in ("openai", "openai .stream()"):
        return "several choices become one"
    if texts and "<think>" in str(d.content):
        return "`<think>` taken out of the text"
    if texts and isinstance(d.content, list):
        return "content as a list of parts"
    if d.at(call + "index"):
        return "index left on tool_calls"
    if d.at(call + "type") and lost:
        return "type of a call missing"
    if d.at(call + "id") and added:
        return "id of a call made up"
    if d.at(call + "function.arguments") and d.ours == "" and d.theirs in ("{}", NONE):
        return "empty arguments"
    if d.at(call + "(id|function.name)") and repeated:
        return "name or id of a call concatenated"
    if d.at("choices.message.(tool_calls|function_call).*"):
        return "calls dropped" if lost and "." not in d.path[len(message) :] else "fragments in the wrong call"
    if d.at(message + "content"):
        if d.ours in (NONE, ""):
            return "text null or empty"
        return "text repeated" if repeated or (both and len(d.theirs) > 2 * len(d.ours)) else "text dropped"
    if d.at("choices.finish_reason"):
        if added or lost:
            return "finish_reason made up" if added else "finish_reason dropped"
        if d.theirs != d.ours and d.theirs.startswith(d.ours):
            return "finish_reason concatenated"
        own = d.theirs == "content_filter" or d.ours not in ("stop", "length", "tool_calls", "content_filter")
        return "finish_reason in words of the peer's own" if own else "finish_reason replaced"
    if d.at("usage", "usage.(prompt|completion)_tokens"):
        if d.path == "usage" and added:
            return "usage estimated"
        summed = type(d.ours) is int and type(d.theirs) is int and d.theirs > d.ours
        return "usage summed" if summed and d.peer in BRIEF else "usage lost, or an estimate in its place"
    if d.at("usage.total_tokens"):
        return "total_tokens recomputed"
    if d.at("usage.*") and not added:
        return "fields of usage dropped"
    if d.at(message + "reasoning_content") and added:
        return "reasoning under another name"
    if lost and d.at(message + "(reasoning.*|thinking.*)"):
        return "reasoning dropped"
    if lost and not added and d.at(message + "refusal"):
        return "refusal dropped"
    if repeated and d.at(message + "role", "model"):
        return "role concatenated" if "role" in d.path else "model concatenated"
    if d.at("id", "model", "created"):
        if d.peer in ("openai", "openai .stream()"):
            return "id, model or created of the first chunk only"
        another = d.peer == "pydantic-ai-slim" and not added
        return "another id, of several" if another else "id, model or time of the peer's own"
    if added or d.at("object"):
        return "fields added"
    if repeated or d.at(".*executed_tools.(name|arguments)", ".*audio.id"):
        return "constants concatenated"
    if d.at(message + ".*"):
        if lost:
            return "fields of the message dropped"
        return "numbers added up" if type(d.ours) in (int, float) else "list entries merged by index alone"
    return f"fields {'of the choice' if d.at('choices.*') else 'beside the choices'} dropped or stale"


def differences(ours: Any, theirs: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in {**ours, **theirs}:
            yield from differences(ours.get(key, NONE), theirs.get(key, NONE), f"{path}.{key}".lstrip("."))
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for mine, other in zip(ours, theirs, strict=True):
            yield from differences(mine, other, path)
    elif ours != theirs:
        yield path, ours, theirs


def judge(peer: str, outcome: dict[str, Any], reference: Reference) -> tuple[str, set[str]]:
    """The class of one outcome, and the kinds of its differences."""
    words = outcome.get("error")
    if isinstance(reference.error, ssemble.ProviderError):
        if words is None:
            return "silent", {"an error of the server in silence"}
        return ("raised" if reference.error.message[:40] in words else "opaque"), set()
    if isinstance(reference.error, ssemble.SsembleError):
        return ("cut: silent", {"a cut stream in silence"}) if words is None else ("cut: raised", set())
    if words is not None:
        return "crash", {"crash: " + next(name for name, text in CRASHES.items() if re.search(text, words))}
    ours, theirs = (without_nulls(x) for x in (reference.brief if peer in BRIEF else reference.full, outcome["result"]))
    for path in reference.ignore:
        for value in (ours, theirs):
            with suppress(KeyError, IndexError, TypeError):
                drop(value, path)
    several = len(reference.full.get("choices", ()))
    kinds = {kind(Difference(peer, *found, reference.content, several)) for found in differences(ours, theirs or {})}
    return max((TABLE[name][0] for name in kinds), key=COLUMNS.index, default="ok"), kinds


def line(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def report(versions: dict[str, str], outcomes: dict[str, list[dict[str, Any]]]) -> str:
    found = references()
    classes: defaultdict[tuple[str, bool], Counter[str]] = defaultdict(Counter)
    kinds: defaultdict[str, Counter[tuple[str, bool]]] = defaultdict(Counter)
    examples: dict[str, str] = {}
    for peer, lines in outcomes.items():
        for outcome in lines:
            case = outcome["case"]
            verdict, names = judge(peer, outcome, found[case])
            classes[peer, "/" in case][verdict] += 1
            for name in names:
                kinds[name][peer, "/" in case] += 1
                examples[name] = min(examples.get(name, case), case, key=lambda text: "/" not in text)
    peers = [peer for peer in PEERS if peer in versions]
    missing = [f" `{peer}` was not installed: left out." for peer in PEERS if peer not in versions]
    first = [line("package", "of", *COLUMNS), line(*["---"] * (len(COLUMNS) + 2))]
    for is_recording, name in ((True, "recordings"), (False, "quirks")):
        for peer in peers:
            count = classes[peer, is_recording]
            first.append(line(peer, f"{count.total()} {name}", *(count[column] for column in COLUMNS)))
    second = [line("what differs", "costs", *peers, "example", "right", "why"), line(*["---"] * (len(peers) + 5))]
    for name, (cost, right, why) in TABLE.items():
        if name in kinds:
            numbers = [(kinds[name][peer, True], kinds[name][peer, False]) for peer in peers]
            cells = [f"{recordings} + {others}" if recordings or others else "" for recordings, others in numbers]
            second.append(line(name, NOTE.get(cost, cost), *cells, f"`{examples[name]}`", right, why))
    return HEAD.format(
        versions=",\n".join(f"{peer} {versions[peer]}" for peer in peers if " " not in peer),
        ssemble=ssemble.__version__,
        right=right_quirks(CORPUS),
        python=platform.python_version(),
        missing="".join(missing),
        first="\n".join(first),
        second="\n".join(second),
    )


HEAD = """# Other packages on the same streams

{versions};
ssemble {ssemble}; Python {python}. No network: each package's own client reads from a transport in the process. Made by

    SSEMBLE_CORPUS=... python -m benchmarks.interop OTHER_PYTHON

`openai` is `create(stream=True)` with `ChatCompletionStreamState`, `openai .stream()` its helper of that name, litellm
`completion(stream=True)` with `stream_chunk_builder`, langchain-openai `ChatOpenAI.stream` with the chunks added,
pydantic-ai `OpenAIChatModel.request_stream`, all with their defaults. litellm and pydantic-ai ask for different major
versions of `openai`, hence two environments.{missing}

## What came of it

Against what ssemble makes of the same bytes. {right}
openai and litellm give OpenAI's object, and all of it is compared; langchain-openai and pydantic-ai have messages of
their own: only id, model, text, reasoning, refusal, calls, finish_reason and token counts are.

- **ok**: the same, or a difference that does no harm; **lost**: text, calls, finish_reason and usage are right, other
  fields wrong or gone; **meta**: finish_reason or usage is wrong; **bad**: text or calls are; **crash**: an exception
  where the server reported no error. A case counts once, in its worst class.
- Streams in which a server reports an error: **raised** with its words, **opaque** another exception, **silent** none.
- Streams that end too early (`IncompleteStream` or bad JSON with ssemble): **cut: raised**, **cut: silent**.

{first}

## Where they differ

Recordings + quirks, each at most once in a row. Shown is one case, a recording where there is one.

{second}
"""


def main() -> None:
    versions, outcomes = measure([sys.executable, *sys.argv[1:]])
    Path(__file__).with_suffix(".md").write_text(report(versions, outcomes), encoding="utf-8")


if __name__ == "__main__":
    main()
