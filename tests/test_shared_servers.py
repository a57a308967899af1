"""The shared recordings of servers that nobody here wrote, each with its request and, mostly, the unstreamed answer."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.servers.differences import chunks_of, explain
from tests.trace import Trace, events_match_result, trace

SMALL = 3000  # bytes that are also fed one by one


def rows(corpus: Path, *dialects: str) -> Iterator[tuple[dict[str, Any], bytes]]:
    """Each recording of these dialects, or of all but chat: what is known about it, and its body."""
    folder = corpus / "servers" / "recordings"
    for line in (folder / "index.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["dialect"] in dialects if dialects else row["dialect"] != "openai-chat":
            yield row, (folder / row["file"]).read_bytes()


def cuttings(body: bytes, rng: random.Random) -> Iterator[list[bytes]]:
    yield re.split(rb"(?<=\n\n)", body)
    yield [body[at : at + 7] for at in range(0, len(body), 7)]
    places = sorted(rng.choices(range(len(body) + 1), k=30))
    yield [body[a:b] for a, b in zip([0, *places], [*places, len(body)], strict=True)]
    if len(body) <= SMALL:
        yield [body[at : at + 1] for at in range(len(body))]


def however_cut(row: dict[str, Any], body: bytes) -> Trace:
    """What the body comes to, the same at each cutting."""
    whole = trace([body])
    for fragments in cuttings(body, random.Random(row["file"])):
        assert trace(fragments) == whole, row["file"]
    return whole


def reported(row: dict[str, Any], body: bytes) -> str | None:
    """The words of the error that the server reported, in place of the stream or in it; None if it did not."""
    for chunk in chunks_of(body):
        error = chunk.get("error")
        if isinstance(error, dict):
            return str(error.get("message") or "")
        if error:
            return str(error)
    return body.decode() if (row["http_status"] or 0) >= 400 else None


def is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def ended(body: bytes) -> bool:
    """A choice began, and the terminator came, or a reason for every choice."""
    reasons: dict[int, bool] = {}
    for chunk in chunks_of(body):
        for choice in chunk.get("choices") or ():
            index = choice.get("index", 0)
            reasons[index] = reasons.get(index, False) or choice.get("finish_reason") is not None
    return bool(reasons) and (b"data: [DONE]" in body or all(reasons.values()))


def readable(body: bytes) -> bool:
    """The body is one JSON text, or its lines are those of a stream of events whose data is JSON or the terminator."""
    if is_json(body.decode(errors="replace")):
        return True
    lines = [line.strip() for line in body.decode(errors="replace").split("\n")]
    data = [line.removeprefix("data:").strip() for line in lines if line.startswith("data:")]
    rest = [line for line in lines if line and not line.startswith(("data:", "event:", "id:", "retry:", ":"))]
    return not rest and all(text == "[DONE]" or is_json(text) for text in data)


def test_a_whole_stream_is_the_unstreamed_answer_or_the_difference_is_the_servers_own(corpus: Path) -> None:
    compared = 0
    for row, body in rows(corpus, "openai-chat"):
        if row["http_status"] != 200 or row["transport_error"] or row["twin_status"] != 200:
            continue
        if reported(row, body) is not None or not ended(body):
            continue
        seen = trace([body])
        assert seen.error is None, (row["file"], seen.error)
        assert seen.completion.complete, row["file"]
        twin = json.loads((corpus / "servers" / "recordings" / row["twin"]).read_text(encoding="utf-8"))
        _, unexplained = explain(row["server"], row["request"], chunks_of(body), seen.result, twin)
        assert unexplained == [], row["file"]
        compared += 1
    assert compared > 100


def test_every_body_comes_to_the_same_at_each_cutting(corpus: Path) -> None:
    for row, body in rows(corpus, "openai-chat"):
        seen = however_cut(row, body)
        assert trace([body], shortcuts=False) == seen, row["file"]
        events_match_result(seen.events, seen.completion)
        assert trace([body], errors="event").completion.complete <= (seen.error is None), row["file"]


def test_a_body_is_whole_only_if_its_server_ended_it(corpus: Path) -> None:
    cut = 0
    for row, body in rows(corpus, "openai-chat"):
        seen = trace([body])
        if not ended(body) or reported(row, body) is not None:
            assert seen.error is not None, row["file"]
            assert not seen.completion.complete, row["file"]
            cut += 1
        elif readable(body):
            assert seen.error is None, (row["file"], seen.error)
            assert seen.completion.complete, row["file"]
        else:
            assert seen.error is not None or seen.repairs, row["file"]
    assert cut > 20


def test_a_connection_that_broke_is_never_a_whole_message(corpus: Path) -> None:
    for row, body in rows(corpus, "openai-chat"):
        if row["transport_error"] and not ended(body):
            seen = trace([body])
            assert not seen.completion.complete, row["file"]
            assert seen.error is not None, row["file"]
            assert seen.error.startswith("IncompleteStream") or reported(row, body), row["file"]


def test_an_error_of_the_server_is_told_in_its_words(corpus: Path) -> None:
    told = 0
    for row, body in rows(corpus, "openai-chat"):
        words = reported(row, body)
        if words is not None and chunks_of(body) and "detail" not in chunks_of(body)[0]:
            seen = trace([body])
            assert seen.error is not None
            assert seen.error.startswith(f"ProviderError: {words}"), (row["file"], seen.error)
            told += 1
    assert told > 10


def twins(corpus: Path) -> Iterator[tuple[dict[str, Any], bytes]]:
    """Each recording with an unstreamed answer of status 200, and the bytes of that."""
    folder = corpus / "servers" / "recordings"
    for line in (folder / "index.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["twin_status"] == 200:
            yield row, (folder / row["twin"]).read_bytes()


def test_an_unstreamed_answer_comes_back_as_it_was(corpus: Path) -> None:
    compared = 0
    for row, body in twins(corpus):
        if row["dialect"] == "openai-chat":
            seen = trace([body])
            assert seen.error is None, row["twin"]
            assert seen.result == json.loads(body), row["twin"]
            compared += 1
    assert compared > 100


def test_a_page_of_text_is_an_error_in_the_servers_words(corpus: Path) -> None:
    told = 0
    for row, body in rows(corpus, "openai-chat"):
        words = reported(row, body)
        if words and not chunks_of(body):
            seen = trace([body])
            assert seen.error is not None, row["file"]
            assert not seen.error.startswith("IncompleteStream"), (row["file"], seen.error)
            assert words in seen.error, (row["file"], seen.error)
            told += 1
    assert told > 0


def test_an_error_event_that_is_not_json_is_told_whole(corpus: Path) -> None:
    told = 0
    for row, body in rows(corpus, "openai-chat"):
        text = body.decode(errors="replace")
        begin = text.find('data: {"error": "')
        data = text[begin:].partition("\n\n")[0].removeprefix("data: ")
        if begin >= 0 and not is_json(data):
            seen = trace([body])
            assert seen.error is not None, row["file"]
            assert seen.error.startswith("ProviderError"), (row["file"], seen.error)
            for line in data.removeprefix('{"error": "').removesuffix('"}').split("\n"):
                assert line in seen.error, (row["file"], seen.error)
            told += 1
    assert told > 0


def refusals(row: dict[str, Any], body: bytes) -> set[str]:
    """The errors that a body of another dialect may end in; none of them is a success, or a broken connection's."""
    chunks = chunks_of(body)
    if not body:
        return {"IncompleteStream"}
    if reported(row, body) is not None:
        return {"ProviderError"}
    if any(chunk.get("type") in ("error", "response.failed") for chunk in chunks):
        return {"ProviderError", "UnknownDialect"}
    if not chunks and body.startswith(b"{"):
        return {"ProviderError", "InvalidJSON", "MalformedJSON"}
    return {"UnknownDialect"}


def test_a_stream_of_another_dialect_is_never_a_success(corpus: Path) -> None:
    wrong, refused = [], 0
    for row, body in rows(corpus):
        seen = however_cut(row, body)
        name = (seen.error or "nothing").partition(":")[0]
        assert seen.result == {} or not seen.completion.complete, row["file"]
        refused += 1
        if name not in refusals(row, body):
            wrong.append((row["file"], seen.error))
    assert wrong == []
    assert refused > 100


def test_an_unstreamed_answer_of_another_dialect_is_never_a_success(corpus: Path) -> None:
    for row, body in twins(corpus):
        if row["dialect"] != "openai-chat":
            seen = trace([body])
            name = (seen.error or "nothing").partition(":")[0]
            assert name in refusals({**row, "http_status": 200}, body), (row["twin"], seen.error)
