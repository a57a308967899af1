"""The google-genai package: it gives no bytes of a stream, so the transport below it does; and its typed chunks."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2

from ..needed import needed
from .official import OfficialClient, Row, assert_table
from .official_wire import GEMINI

genai = needed("google.genai")

VERSION = "3.6.1"  # of the package, for which the table holds
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # given, or each client reads all certificates
NOT_SENT = {"sdk_http_response", "parsed", "automatic_function_calling_history"}  # the package's own fields

# Recordings of which the package reads something else from its chunks than from the message of the library.
TABLE = [
    Row(
        "candidate 0.citationMetadata.citations",
        "G3: citations are a union; the last chunk has only its own",
        ("firebaseextended-vertexai-sdk-test-data__002.sse",),
    ),
    Row(
        "candidate 0.safetyRatings",
        "G3: safety ratings are the last of each category; the last chunk lacks one",
        (
            "firebaseextended-vertexai-sdk-test-data__016.sse",
            "firebaseextended-vertexai-sdk-test-data__027.sse",
        ),
    ),
    Row(
        "ValidationError: 1 validation error for GenerateContentResponse",
        "G4: a signature is text and kept as it came; the package wants base64, which this one is not",
        ("prism-php-prism__003.sse",),
    ),
    Row(
        "AttributeError: 'int' object has no attribute 'upper'",
        "P3: a value is kept as it came; the package wants the name of a modality, not its number",
        ("tmc-langchaingo__001.sse", "tmc-langchaingo__002.sse", "tmc-langchaingo__003.sse"),
    ),
]


class Tee(httpx2.HTTPTransport):
    """Keeps each piece of a body as the package reads it."""

    def __init__(self, seen: list[bytes]) -> None:
        super().__init__()
        self._seen = seen

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        response = super().handle_request(request)
        assert isinstance(response.stream, httpx2.SyncByteStream)
        response.stream = TeeStream(response.stream, self._seen)
        return response


class TeeStream(httpx2.SyncByteStream):
    def __init__(self, stream: httpx2.SyncByteStream, seen: list[bytes]) -> None:
        self._stream = stream
        self._seen = seen

    def __iter__(self) -> Iterator[bytes]:
        for data in self._stream:
            self._seen.append(data)
            yield data

    def close(self) -> None:
        self._stream.close()


def models(http: httpx2.Client, url: str) -> Any:
    verify = {"verify": NO_TLS}
    options = genai.types.HttpOptions(
        base_url=url, httpx_client=http, client_args=verify, async_client_args={**verify, "ssl": NO_TLS}
    )
    return genai.Client(api_key="k", vertexai=False, http_options=options).models


def joined(responses: Any) -> dict[str, Any]:
    """Join chunks, since the package has nothing that does: texts and parts in order, otherwise the last value of a key."""
    result: dict[str, Any] = {}
    for response in responses:
        chunk = response.model_dump(mode="json", by_alias=True, exclude_none=True, exclude=NOT_SENT)
        for candidate in chunk.pop("candidates", []):
            place = f"candidate {candidate.pop('index', 0)}"
            target = result.setdefault(place, {"parts": [], "signatures": []})
            for part in (candidate.get("content") or {}).pop("parts", []):
                add_part(target, part)
            overlay(target, candidate)
        overlay(result, chunk)
    return result


def add_part(target: dict[str, Any], part: dict[str, Any]) -> None:
    """Append a part, or a text to the last part if that is a text of the same kind."""
    if "thoughtSignature" in part:
        target["signatures"].append(part.pop("thoughtSignature"))
    if not part.keys() <= {"text", "thought"}:
        target["parts"].append(part)
    elif part.get("text"):
        parts, kind = target["parts"], "thought" if part.get("thought") else "text"
        if not parts or parts[-1].keys() != {f"joined {kind}"}:
            parts.append({f"joined {kind}": ""})
        parts[-1][f"joined {kind}"] += part["text"]


def overlay(target: dict[str, Any], update: dict[str, Any]) -> None:
    for key, value in update.items():
        both = isinstance(target.get(key), dict) and isinstance(value, dict)
        target[key] = {**target[key], **value} if both else value


class TestGemini(OfficialClient):
    wire = GEMINI
    error = genai.errors.APIError

    def body(self, url: str) -> Iterator[bytes]:
        seen: list[bytes] = []
        with httpx2.Client(transport=Tee(seen)) as http:
            chunks = models(http, url).generate_content_stream(model="m-1", contents="Hi")
            reading = True
            while reading:
                try:
                    reading = next(chunks, None) is not None
                except self.error:  # read by the library too
                    reading = False
                yield from seen
                seen.clear()

    def own(self, http: httpx2.Client, url: str) -> Any:
        return joined(models(http, url).generate_content_stream(model="m-1", contents="Hi"))

    def viewed(self, message: dict[str, Any]) -> Any:
        """What the package reads from the message as the answer to a request without streaming."""
        transport = httpx2.MockTransport(lambda request: httpx2.Response(200, json=message))
        with httpx2.Client(transport=transport) as http:
            return joined([models(http, "http://127.0.0.1").generate_content(model="m-1", contents="Hi")])

    def told(self, error: Any) -> Any:
        return error.details["error"]


def test_recordings(corpus: Path) -> None:
    assert_table(TestGemini(), TABLE, 120, same_version=genai.__version__ == VERSION)
