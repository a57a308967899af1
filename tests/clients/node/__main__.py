"""Node's official packages read what `MessageWriter` writes, over loopback and in small pieces.

    python -m tests.clients.node > tests/clients/node/results.md

npm installs the packages into a temporary folder. Where node and npm are missing it says so and passes. It prints a table
and fails if a client reads something else than the library does, for no reason that is known.
"""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import ssemble
from ssemble import StreamEvent, TextDelta
from tests.recordings import by_sizes
from tests.vectors.written import MESSAGES, START, body

from ..server import LoopbackServer, Reply
from ..test_writers import BUSY, Seen, expected

PACKAGES = ["openai@6.49.0", "@anthropic-ai/sdk@1.14.0", "ai@6.0.326"]
CLIENTS = {
    "openai chat.completions.stream": "openai-chat",
    "openai responses.stream": "openai-responses",
    "@anthropic-ai/sdk messages.stream": "anthropic",
    "ai readUIMessageStream": "vercel-ui",
}
ERRORS: dict[str, list[StreamEvent]] = {"error": [START, TextDelta("A"), BUSY], "cut": [START, TextDelta("A")]}
TOLD, FAILED = "raises the error", "gives the failed response"
LAST_THOUGHT = "keeps only the last delta of the reasoning"
NO_CUSTOM = "raises: it knows no custom calls in chat streams"
REPAIRED = "completes truncated arguments by itself"
# What a client does differently, and why.
OWN_WAYS = {
    **{("openai-chat", name): LAST_THOUGHT for name in ("reasoning", "signed twice", "summaries")},
    **{("openai-chat", name): NO_CUSTOM for name in ("custom call", "cut calls")},
    **{(dialect, name): REPAIRED for dialect in ("anthropic", "vercel-ui") for name in ("cut call", "cut calls")},
    ("anthropic", "no JSON"): "raises on arguments that are not JSON",
}


def seen_by_node(folder: str, streams: list[dict[str, str]]) -> list[Any]:
    """Install the packages, and read the streams with them."""
    install = ["npm", "install", "--silent", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", folder]
    subprocess.run([*install, *PACKAGES], check=True, timeout=300, stdout=sys.stderr)
    script = shutil.copy(Path(__file__).with_name("read.mjs"), folder)
    (Path(folder) / "streams.json").write_text(json.dumps(streams), encoding="utf-8")
    run = subprocess.run(["node", script, "streams.json"], cwd=folder, check=True, timeout=120, stdout=subprocess.PIPE)
    return [json.loads(line) for line in run.stdout.splitlines()]


def versions(folder: str) -> str:
    """The versions of node and of the packages."""
    found = [f"node {subprocess.check_output(['node', '--version'], text=True).strip()}"]
    for package in PACKAGES:
        name = package.rpartition("@")[0]
        manifest = (Path(folder) / "node_modules" / name / "package.json").read_text(encoding="utf-8")
        found.append(f"{name} {json.loads(manifest)['version']}")
    return ", ".join(found)


def verdict(dialect: str, name: str, got: Any) -> str:
    """Say whether a client has read a message as the library does: "right", its own way, or what is wrong."""
    raised = got["raised"] if isinstance(got, dict) else None
    if name in ERRORS:
        return TOLD if raised else FAILED if got[3] == "failed" else f"WRONG: {got}"
    want = expected(dialect, body(dialect, MESSAGES[name]))
    if dialect == "vercel-ui":
        want = want._replace(reason=None, output=None)
    if raised is None and Seen(got[0], got[1], [tuple(call) for call in got[2]], *got[3:]) == want:
        return "right"
    return OWN_WAYS.get((dialect, name)) or f"WRONG: {raised or got}, not {want}"


def table(verdicts: dict[tuple[str, str], str]) -> str:
    rows = (f"| {name} | {' | '.join(verdicts[client, name] for client in CLIENTS)} |" for name in (*MESSAGES, *ERRORS))
    return "\n".join([f"| message | {' | '.join(CLIENTS)} |", "|---" * (len(CLIENTS) + 1) + "|", *rows])


def main() -> int:
    if not shutil.which("node") or not shutil.which("npm"):
        print("skipped: node and npm are not here")
        return 0
    cases = [(client, name) for client in CLIENTS for name in (*MESSAGES, *ERRORS)]
    with tempfile.TemporaryDirectory() as folder, LoopbackServer() as server:
        streams = []
        for client, name in cases:
            data = body(CLIENTS[client], MESSAGES.get(name) or ERRORS[name])
            streams.append({"client": client, "url": server.url(Reply(by_sizes(data, iter(lambda: 13, None))))})
        seen = seen_by_node(folder, streams)
        used = versions(folder)
    verdicts = {case: verdict(CLIENTS[case[0]], case[1], got) for case, got in zip(cases, seen, strict=True)}
    print("# Node's official packages on what is written\n")
    print(f"`python -m tests.clients.node`, ssemble {ssemble.__version__}, Python {platform.python_version()}; {used}.")
    print()
    print("Each client reads each message of `tests/vectors/written.py` from a server on loopback, 13 bytes at a time.")
    print("It is right if text, reasoning, calls, reason and tokens of the answer are those that ssemble reads.\n")
    print(table(verdicts))
    right = sum(each in ("right", TOLD, FAILED) for each in verdicts.values())
    print(
        f"\n{right} of {len(verdicts)} as ssemble reads them; in the others the client has a way of its own, as said."
    )
    return int(any(each.startswith("WRONG") for each in verdicts.values()))


if __name__ == "__main__":
    raise SystemExit(main())
