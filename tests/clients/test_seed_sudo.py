"""Sudo: one API for several models, streams as chat chunks, token counts in the last one."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
import tenacity

import ssemble

from .server import LoopbackServer, Reply
from .suite import drain
from .wire import DONE, chunk, event, one_event_each, story, usage

ASK: dict[str, Any] = {
    "model": "gpt-4o",
    "messages": [{"role": "user", "content": "How is the weather in Bern?"}],
    "stream": True,
    "stream_options": {"include_usage": True},
}
CALL = {"index": 0, "id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"city":"Bern"}'}}
EVERYTHING = [
    *map(event, [chunk("", role="assistant", model="gpt-4o"), chunk("I look"), chunk(" it up.")]),
    *map(event, [chunk(tool_calls=[CALL]), chunk(finish="tool_calls"), usage(11, 7)]),
    DONE,
]


def test_live_text(server: LoopbackServer, capsys: pytest.CaptureFixture[str]) -> None:
    reply = Reply([*one_event_each("Once", " upon", " a time"), DONE[3:]], gated=True)
    printed = []
    with httpx.stream("POST", server.url(reply), json=ASK) as r:
        for event in ssemble.iter_events(r.iter_bytes()):
            if isinstance(event, ssemble.TextDelta):
                print(event.text, end="", flush=True)
                printed.append(capsys.readouterr().out)
                reply.go()
    assert printed == ["Once", " upon", " a time"]
    assert reply.overdue == 0


def test_role_content_tool_calls_finish_reason_model_and_total_tokens_as_they_come(server: LoopbackServer) -> None:
    stream = ssemble.MessageStream()
    seen: list[object] = []
    with httpx.stream("POST", server.url(Reply(EVERYTHING)), json=ASK) as r:
        for event in stream.events(r.iter_bytes()):
            match event:
                case ssemble.MessageStart(model=model):
                    seen += [("model", model), ("role", stream.completion().message.role)]
                case ssemble.TextDelta(text=text):
                    seen.append(text)
                case ssemble.ToolCallEnd(tool_call=call):
                    seen.append((call.name, call.parse_arguments()))
                case ssemble.ChoiceEnd(choice=number, finish_reason=reason):
                    seen.append((number, reason))
                case ssemble.UsageUpdate(usage=tokens):
                    seen.append(tokens["total_tokens"])
    assert seen[:5] == [("model", "gpt-4o"), ("role", "assistant"), "I look", " it up.", ("weather", {"city": "Bern"})]
    assert sorted(seen[5:], key=str) == [(0, "tool_calls"), 18]
    completion = stream.close()
    assert (completion.text, completion.usage and completion.usage["total_tokens"]) == ("I look it up.", 18)


async def ask(client: httpx.AsyncClient, url: str, on_text: Any = lambda text: None) -> ssemble.Completion:
    stream = ssemble.MessageStream()
    async with client.stream("POST", url, json=ASK) as r:
        async for event in stream.aevents(r.aiter_bytes()):
            if isinstance(event, ssemble.TextDelta):
                on_text(event.text)
    return stream.close()


def test_async(server: LoopbackServer) -> None:
    async def main() -> ssemble.Completion:
        async with httpx.AsyncClient() as client:
            return await ask(client, server.url(Reply(EVERYTHING)))

    assert asyncio.run(main()).text == "I look it up."


def test_three_streams_at_once_each_labelled(server: LoopbackServer) -> None:
    replies = [Reply([*one_event_each(f"{name}-1 ", f"{name}-2 "), DONE[3:]], gated=True) for name in "ABC"]
    printed: list[str] = []

    def label(number: int, text: str) -> None:
        printed.append(f"[Q{number}] {text}")
        if len(printed) % 3 == 0:  # no stream goes on before all three have spoken
            for reply in replies:
                reply.go()

    async def main() -> list[str]:
        async with httpx.AsyncClient() as client:
            streams = [
                ask(client, server.url(reply), lambda text, number=number: label(number, text))
                for number, reply in enumerate(replies, 1)
            ]
            return [completion.text for completion in await asyncio.gather(*streams)]

    assert asyncio.run(main()) == ["A-1 A-2 ", "B-1 B-2 ", "C-1 C-2 "]
    assert sorted(printed[:3]) == ["[Q1] A-1 ", "[Q2] B-1 ", "[Q3] C-1 "]
    assert sorted(printed[3:]) == ["[Q1] A-2 ", "[Q2] B-2 ", "[Q3] C-2 "]
    assert [reply.overdue for reply in replies] == [0, 0, 0]


@pytest.mark.parametrize("model", ["gpt-4o", "claude-sonnet-4-20250514", "gpt-4o-mini"])
def test_several_models_behind_one_api(server: LoopbackServer, model: str) -> None:
    with httpx.stream("POST", server.url(Reply(story("Hi", model=model))), json={**ASK, "model": model}) as r:
        completion = ssemble.assemble(r.iter_bytes())
    assert (completion.model, completion.text) == (server.requests[0].json()["model"], "Hi")


@tenacity.retry(
    retry=tenacity.retry_if_exception_type((httpx.HTTPError, ssemble.SsembleError)),
    wait=tenacity.wait_exponential(multiplier=0.001),
    stop=tenacity.stop_after_attempt(3),
    reraise=True,
)
def ask_again(url: str) -> ssemble.Completion:
    with httpx.stream("POST", url, json=ASK, timeout=httpx.Timeout(5, read=0.5)) as r:
        r.raise_for_status()
        return ssemble.assemble(r.iter_bytes())


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"fragments": one_event_each("half"), "cut": "end"},
        {"fragments": one_event_each("half"), "framing": "close"},
        {"fragments": [event({"error": {"message": "overloaded", "code": 503}})]},
        {"fragments": one_event_each("half", "never"), "gated": True},
    ],
    ids=["status", "cut", "cut unseen", "error inside", "stalled"],
)
def test_retry_with_exponential_backoff(server: LoopbackServer, fault: dict[str, Any]) -> None:
    assert ask_again(server.url(Reply(**fault), Reply(story("whole")))).text == "whole"
    assert len(server.requests) == 2


def test_retry_gives_up_with_what_the_last_attempt_brought(server: LoopbackServer) -> None:
    url = server.url(Reply(status=500), Reply(status=500), Reply(one_event_each("half"), framing="close"))
    with pytest.raises(ssemble.IncompleteStream) as caught:
        ask_again(url)
    assert caught.value.partial is not None
    assert caught.value.partial.text == "half"
    assert len(server.requests) == 3


def test_idle_limit_keeps_what_came_so_far(server: LoopbackServer) -> None:
    stalled = Reply(one_event_each("so far", "never"), gated=True)
    stream = ssemble.MessageStream()
    with httpx.stream("POST", server.url(stalled), json=ASK, timeout=httpx.Timeout(5, read=0.5)) as r:
        with pytest.raises(httpx.ReadTimeout):
            drain(stream.events(r.iter_bytes()))
    assert stream.completion().text == "so far"
    assert not stream.complete


@pytest.mark.skipif(sys.platform == "win32", reason="signals to another process are POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_clean_stop_on_a_signal_with_what_came_so_far_kept(server: LoopbackServer, number: signal.Signals) -> None:
    stalled = Reply(one_event_each("so far", "never"), gated=True)
    program = [sys.executable, str(Path(__file__).with_name("interruptible.py")), server.url(stalled)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        try:
            assert child.stdout.read(6) == "so far"
            child.send_signal(number)
            out, err = child.communicate(timeout=10)
        finally:
            child.kill()
    assert (child.returncode, err) == (0, "")
    assert out.split("\n")[1] == "stopped"
    assert json.loads(out.split("\n")[2]) == {"kept": "so far", "complete": False}
    stalled.go()
