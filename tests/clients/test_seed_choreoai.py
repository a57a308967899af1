"""ChoreoAI: role first with an empty text, content, an empty delta with the reason, ``[DONE]``."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

import aiohttp
import pytest
import requests

import ssemble

from .server import LoopbackServer, Reply
from .suite import drain, go_on
from .wire import DONE, chunk, event, one_event_each, story

ASK: dict[str, Any] = {"model": "gpt-4", "messages": [{"role": "user", "content": "Count to 5"}], "stream": True}
COUNT = story("1, ", "2, ", "3, ", "4, ", "5")


def post(url: str, **more: Any) -> requests.Response:
    return requests.post(url, json={**ASK, **more}, stream=True, timeout=10)


def test_sync(server: LoopbackServer) -> None:
    with post(server.url(Reply(COUNT))) as r:
        completion = ssemble.assemble(r.iter_content(None))
    assert (completion.text, completion.message.role, completion.finish_reason) == (
        "1, 2, 3, 4, 5",
        "assistant",
        "stop",
    )


def test_async(server: LoopbackServer) -> None:
    async def main() -> ssemble.Completion:
        async with aiohttp.ClientSession() as session, session.post(server.url(Reply(COUNT)), json=ASK) as r:
            return await ssemble.aassemble(r.content.iter_any())

    assert asyncio.run(main()).text == "1, 2, 3, 4, 5"


def test_partial_response_kept_when_the_connection_breaks(server: LoopbackServer) -> None:
    reply = Reply(one_event_each("1, ", "2, "), gated=True, cut="end")
    stream = ssemble.MessageStream()
    with post(server.url(reply)) as r, pytest.raises(requests.exceptions.ChunkedEncodingError):
        drain(stream.events(r.iter_content(None)), go_on(reply))
    assert stream.completion().text == "1, 2, "
    assert stream.completion().finish_reason is None


@pytest.mark.parametrize(("reason", "words"), [("stop", "[Completed]"), ("length", "[Max tokens reached]")])
def test_stop_against_length(server: LoopbackServer, reason: str, words: str) -> None:
    with post(server.url(Reply(story("1, ", "2", finish=reason)))) as r:
        completion = ssemble.assemble(r.iter_content(None))
    assert {"stop": "[Completed]", "length": "[Max tokens reached]"}[completion.finish_reason or ""] == words
    assert completion.complete


def test_n_2_interleaved_gives_two_final_texts(server: LoopbackServer) -> None:
    pieces = [("Red ", 0), ("Blue ", 1), ("leaves", 0), ("sea", 1)]
    ends = [chunk(finish="stop", index=1), chunk(finish="length", index=0)]
    body = [*(event(chunk(text, index=index)) for text, index in pieces), *map(event, ends), DONE]
    stream = ssemble.MessageStream()
    with post(server.url(Reply(body)), n=2) as r:
        deltas = [item for item in stream.events(r.iter_content(None)) if isinstance(item, ssemble.TextDelta)]
    live = [f"[{delta.choice}] {delta.text}" for delta in deltas]
    assert live == ["[0] Red ", "[1] Blue ", "[0] leaves", "[1] sea"]
    assert [choice.message.text for choice in stream.close().choices] == ["Red leaves", "Blue sea"]
    assert [choice.finish_reason for choice in stream.completion().choices] == ["length", "stop"]


BAD = [*story("1, ")[:2], b'data: {"choices": [{"del\n\n', *story("2")[1:]]


def test_a_bad_json_line_does_not_end_the_story_silently(server: LoopbackServer) -> None:
    with post(server.url(Reply(BAD))) as r, pytest.raises(ssemble.InvalidJSON) as caught:
        ssemble.assemble(r.iter_content(None))
    assert caught.value.event == 3
    assert caught.value.partial is not None
    assert caught.value.partial.text == "1, "


def test_a_bad_json_line_can_be_reported_and_skipped(server: LoopbackServer) -> None:
    stream = ssemble.MessageStream(errors="event")
    with post(server.url(Reply(BAD))) as r:
        kinds = [event.type for event in stream.events(r.iter_content(None))]
    assert kinds == ["message.start", "text.delta", "error", "text.delta", "choice.end"]
    assert stream.completion().text == "1, 2"


def test_an_indicator_until_the_first_chunk(server: LoopbackServer, capsys: pytest.CaptureFixture[str]) -> None:
    reply = Reply([b": waiting\n\n", *COUNT[:-2], b"".join(COUNT[-2:])], gated=True)
    print("Generating", end="")
    with post(server.url(reply)) as r:
        reply.go()  # the role
        for event in ssemble.iter_events(r.iter_content(None)):
            if isinstance(event, ssemble.MessageStart):
                assert capsys.readouterr().out == "Generating"
                print("\r", end="")
            elif isinstance(event, ssemble.TextDelta):
                print(event.text, end="")
            reply.go()
    assert capsys.readouterr().out == "\r1, 2, 3, 4, 5"
    assert reply.overdue == 0


def test_a_count_of_chunks(server: LoopbackServer) -> None:
    stream = ssemble.MessageStream()
    with post(server.url(Reply(COUNT))) as r:
        texts = [event for event in stream.events(r.iter_content(None)) if isinstance(event, ssemble.TextDelta)]
    assert (len(texts), stream.chunk_count) == (5, 7)  # the role and the reason are chunks too


def test_buffered_output(server: LoopbackServer) -> None:
    written: list[str] = []
    buffer: list[str] = []
    with post(server.url(Reply(story(*"abcdefg")))) as r:
        for event in ssemble.iter_events(r.iter_content(None)):
            if isinstance(event, ssemble.TextDelta):
                buffer.append(event.text)
            if len(buffer) == 5 or isinstance(event, ssemble.ChoiceEnd):
                written.append("".join(buffer))
                buffer.clear()
    assert written == ["abcde", "fg"]


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="the alarm signal is POSIX")
def test_an_alarm_keeps_what_came_so_far(server: LoopbackServer) -> None:
    def ring(number: int, frame: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, ring)
    stream = ssemble.MessageStream()
    try:
        with post(server.url(Reply(one_event_each("1, ", "2, "), gated=True))) as r:
            signal.setitimer(signal.ITIMER_REAL, 0.5)
            with pytest.raises((TimeoutError, requests.exceptions.ConnectionError)):  # requests wraps it
                drain(stream.events(r.iter_content(None)))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert stream.completion().text == "1, "
