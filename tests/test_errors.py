"""The exception tree."""

from __future__ import annotations

import copy
import json
import pickle
import threading
import traceback
from typing import Any

import pytest

from ssemble import (
    Completion,
    IncompleteJSON,
    IncompleteStream,
    InvalidJSON,
    JSONTextError,
    LimitExceeded,
    Limits,
    MalformedJSON,
    ProtocolError,
    ProviderError,
    SsembleError,
    StreamError,
    UnknownDialect,
)
from ssemble._errors import MAX_QUOTE, OVER, check_errors, error_to_dict, fresh_copy, quote, safe_repr, without_frames

from .helpers import MOVES, WRONG, assert_same_error, nested

MADE: dict[str, SsembleError] = {
    "base": SsembleError("m", partial=Completion(id="p")),
    "stream": StreamError("m", offset=3, event=2, partial=Completion(id="p")),
    "limit": LimitExceeded("m", what="max_choices", limit=4, offset=3, event=2),
    "over": LimitExceeded._over("max_choices", 4, offset=3, event=None),
    "json": InvalidJSON("m", offset=0),
    "cut json": IncompleteJSON("m", pos=7, partial=Completion(id="p")),
    "bad json": MalformedJSON("m", pos=3),
    "protocol": ProtocolError("m", where="$.choices", event=1),
    "dialect": UnknownDialect("m", looks_like="Gemini", offset=1),
    "incomplete": IncompleteStream("m", partial=Completion(id="p")),
    "provider": ProviderError("m", raw={"message": "m", "code": 5}, partial=Completion(id="p")),
}


@pytest.mark.parametrize(
    "kind",
    [StreamError, LimitExceeded, InvalidJSON, ProtocolError, UnknownDialect, IncompleteStream],
)
def test_every_error_of_the_stream_keeps_what_it_was_made_with(kind: type[StreamError]) -> None:
    partial = Completion(id="p")
    error = kind("m", offset=3, event=2, partial=partial)
    assert (error.args, error.offset, error.event) == (("m",), 3, 2)
    assert error.partial is partial
    plain = kind("m")
    assert (str(plain), plain.offset, plain.event, plain.partial) == ("m", None, None, None)


@pytest.mark.parametrize("kind", [JSONTextError, IncompleteJSON, MalformedJSON])
def test_an_error_of_a_text_keeps_what_it_was_made_with(kind: type[JSONTextError]) -> None:
    partial = Completion(id="p")
    error = kind("m", pos=3, partial=partial)
    assert (str(error), error.args, error.pos) == ("m", ("m",), 3)
    assert error.partial is partial
    assert not {"offset", "event"} & vars(error).keys()


@pytest.mark.parametrize("kind", [LimitExceeded, InvalidJSON, ProtocolError, UnknownDialect, IncompleteStream])
def test_a_keyword_that_no_error_has_is_refused(kind: Any) -> None:
    with pytest.raises(TypeError, match="ofset"):
        kind("m", ofset=3)


def test_an_error_of_the_provider_keeps_what_it_was_made_with() -> None:
    partial = Completion(id="p")
    error = ProviderError("m", partial=partial)
    assert (error.args, error.message, error.raw) == (("m",), "m", {"message": "m"})
    assert error.partial is partial


@pytest.mark.parametrize(
    ("error", "parents"),
    [
        (StreamError, [SsembleError]),
        (LimitExceeded, [StreamError]),
        (InvalidJSON, [StreamError, ValueError]),
        (JSONTextError, [ValueError]),
        (IncompleteJSON, [JSONTextError, ValueError]),
        (MalformedJSON, [JSONTextError, ValueError]),
        (ProtocolError, [StreamError]),
        (IncompleteStream, [StreamError]),
        (UnknownDialect, [StreamError]),
        (ProviderError, []),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_tree(error: type[SsembleError], parents: list[type[Exception]]) -> None:
    assert all(issubclass(error, parent) for parent in parents)
    assert issubclass(error, SsembleError)
    of_the_bytes = error is StreamError or StreamError in parents
    assert issubclass(error, StreamError) is of_the_bytes, "what the model or the server wrote is no fault of the bytes"


def test_misuse_is_no_error_of_the_stream() -> None:
    assert not issubclass(SsembleError, (TypeError, ValueError, RuntimeError, OSError))


@pytest.mark.parametrize(
    ("where", "text"),
    [
        ({}, "bad"),
        ({"event": 2}, "bad (event 2)"),
        ({"offset": 0}, "bad (byte 0)"),
        ({"offset": 9, "event": 1}, "bad (event 1, byte 9)"),
    ],
)
def test_a_stream_error_tells_where(where: dict[str, int], text: str) -> None:
    assert str(StreamError("bad", **where)) == text  # type: ignore[arg-type]  # offset, event


@pytest.mark.parametrize("cause", [None, KeyError("x")], ids=["", "with a cause"])
@pytest.mark.parametrize("name", MADE)
def test_an_error_is_raised_again_as_a_copy(name: str, cause: Exception | None) -> None:
    kept = copy.copy(MADE[name])
    if cause is not None:
        kept.__cause__ = cause

    def raising() -> None:
        try:
            raise OSError("of the caller")
        except OSError:
            raise fresh_copy(kept)  # noqa: B904  # it has its own cause

    for _ in range(3):
        with pytest.raises(type(kept)) as caught:
            raising()
        assert_same_error(caught.value, kept)
        assert caught.value.__suppress_context__ is (cause is not None)
        assert isinstance(caught.value.__context__, OSError)
        assert len(list(traceback.walk_tb(caught.value.__traceback__))) == 2
    assert (kept.__traceback__, kept.__context__) == (None, None), "or it would keep frames of the caller"


def test_an_exception_that_is_kept_holds_no_frames_however_it_came_about() -> None:
    try:
        try:
            try:
                raise KeyError("context")
            except KeyError:
                raise ValueError("cause")  # noqa: B904  # the implicit context is what is tested
        except ValueError as cause:
            raise TypeError("kept") from cause
    except TypeError as error:
        kept = without_frames(error)
    assert isinstance(kept.__cause__, ValueError)
    assert isinstance(kept.__cause__.__context__, KeyError)
    assert [kept.__traceback__, kept.__cause__.__traceback__, kept.__cause__.__context__.__traceback__] == [None] * 3


def test_causes_in_a_circle_do_no_harm() -> None:
    one, other = ValueError(), KeyError()
    one.__cause__, other.__cause__ = other, one
    assert without_frames(one) is one


def test_defaults() -> None:
    assert SsembleError("m").partial is None
    assert (StreamError("m").offset, StreamError("m").event) == (None, None)
    assert ProtocolError("m").where == "$"
    assert (IncompleteJSON("m").pos, MalformedJSON("m").pos) == (0, 0)
    assert (LimitExceeded("m").what, LimitExceeded("m").limit) == ("", 0)
    assert ProviderError("m").raw == {"message": "m"}


@pytest.mark.parametrize(
    ("what", "limit", "excess"),
    [
        ("max_event_size", 100, "event is larger than max_event_size (100 bytes)"),
        ("max_event_size", 1, "event is larger than max_event_size (1 byte)"),
        ("max_message_size", 20, "message is larger than max_message_size (20 characters)"),
        ("max_choices", 1, "message has more choices than max_choices (1)"),
        ("max_tool_calls", 4, "choice has more tool calls than max_tool_calls (4)"),
    ],
)
def test_limit_exceeded_names_the_limit_and_the_way_out(what: str, limit: int, excess: str) -> None:
    error = LimitExceeded._over(what, limit, offset=7)
    assert (error.what, error.limit, error.offset, error.event) == (what, limit, 7, None)
    assert str(error) == f"{excess}; raise the limit, or pass None to disable it (byte 7)"


def test_limit_exceeded_knows_every_limit() -> None:
    assert set(OVER) == set(Limits.__slots__)


@pytest.mark.parametrize(
    ("raw", "code", "kind", "text"),
    [
        ({}, None, None, "m"),
        ({"code": 429}, 429, None, "m (429)"),
        ({"code": "rate"}, "rate", None, "m (rate)"),
        ({"type": "busy", "code": 0}, 0, "busy", "m (busy, 0)"),
        ({"type": 7, "code": True}, None, None, "m"),
        ({"type": ["x"], "code": 1.5}, None, None, "m"),
        ({"type": None, "code": {}}, None, None, "m"),
    ],
)
def test_a_provider_error_shows_code_and_type_of_the_right_kind(
    raw: dict[str, Any], code: object, kind: object, text: str
) -> None:
    error = ProviderError("m", raw=raw)
    assert (error.code, error.type, str(error), error.message) == (code, kind, text, "m")
    assert error.raw is raw


@pytest.mark.parametrize("move", [lambda e: pickle.loads(pickle.dumps(e)), copy.copy, copy.deepcopy])
@pytest.mark.parametrize("name", MADE)
def test_an_error_moves_with_all_that_it_tells(name: str, move: Any) -> None:
    error = MADE[name]
    error.__cause__ = ValueError("the cause")
    twin = move(error)
    assert type(twin) is type(error)
    assert (str(twin), vars(twin)) == (str(error), vars(error))
    assert repr(twin.__cause__) == repr(error.__cause__)


class Odd(Exception):
    """As of a decoder of the caller's: it is made of two, and keeps one."""

    def __init__(self, one: object, two: object) -> None:
        super().__init__(f"{one} {two}")


class Locked(ValueError):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.lock = threading.Lock()


class Refusing(ValueError):
    def __reduce__(self) -> str:
        raise TypeError("not this one")


@pytest.mark.parametrize("move", MOVES.values(), ids=list(MOVES))
@pytest.mark.parametrize("cause", [Odd(1, 2), Locked("1 2"), Refusing("1 2")], ids=lambda cause: type(cause).__name__)
def test_a_cause_that_does_not_move_leaves_its_words(cause: Exception, move: Any) -> None:
    error = InvalidJSON("m", event=2)
    error.__cause__ = cause
    twin = move(error)
    assert (type(twin), str(twin)) == (InvalidJSON, str(error))
    assert repr(twin.__cause__) == repr(ValueError(f"{type(cause).__name__}: 1 2"))
    assert error.__cause__ is cause, "the original keeps it"


def test_a_cause_that_moves_stays_what_it_is() -> None:
    error = InvalidJSON("m")
    error.__cause__ = json.JSONDecodeError("bad", "{x", 1)
    twin = copy.copy(error).__cause__
    assert isinstance(twin, json.JSONDecodeError)
    assert (twin.msg, twin.doc, twin.pos) == ("bad", "{x", 1)
    assert copy.copy(InvalidJSON("m")).__cause__ is None


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("", "''"),
        ("x" * MAX_QUOTE, repr("x" * MAX_QUOTE)),
        ("x" * (MAX_QUOTE + 1), repr("x" * (MAX_QUOTE - 1) + "…")),
        ("a\nb", r"'a\nb'"),
        ("\ud83d", r"'\ud83d'"),
    ],
    ids=["empty", "at the limit", "one over", "line end", "lone surrogate"],
)
def test_a_quote_is_short_and_printable(text: str, quoted: str) -> None:
    assert quote(text) == quoted
    quote(text).encode()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "None"),
        (5, "5"),
        (1.5, "1.5"),
        (["x"], "['x']"),
        ({"a": 1}, "{'a': 1}"),
        ([1] * 1000, "[" + "1, " * 26 + "…"),
        (nested(100_000), "a list too large to show"),
        (nested(100_000, key="a"), "a dict too large to show"),
        (10**5000, "a int too large to show"),
        ([10**5000], "a list too large to show"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_is_shown_in_few_words(value: object, words: str) -> None:
    assert safe_repr(value) == words


@pytest.mark.parametrize("value", WRONG, ids=repr)
def test_any_value_is_shown_in_print(value: object) -> None:
    assert len(safe_repr(value)) <= 2 * MAX_QUOTE
    assert safe_repr(value).isprintable()


def test_a_code_of_more_digits_than_may_be_written_is_shown_all_the_same() -> None:
    assert "int too large to show" in str(ProviderError("m", raw={"code": 10**5000}))


def test_an_unknown_dialect_says_what_it_looks_like() -> None:
    error = UnknownDialect("no known dialect", looks_like="Gemini", offset=3, event=1)
    assert (error.looks_like, error.offset, error.event) == ("Gemini", 3, 1)
    assert UnknownDialect("no known dialect").looks_like == ""


PLAIN: dict[str, dict[str, Any]] = {
    "base": {"class": "SsembleError"},
    "stream": {"class": "StreamError", "offset": 3, "event": 2},
    "limit": {"class": "LimitExceeded", "offset": 3, "event": 2, "what": "max_choices", "limit": 4},
    "over": {"class": "LimitExceeded", "offset": 3, "event": None, "what": "max_choices", "limit": 4},
    "json": {"class": "InvalidJSON", "offset": 0, "event": None},
    "cut json": {"class": "IncompleteJSON", "pos": 7},
    "bad json": {"class": "MalformedJSON", "pos": 3},
    "protocol": {"class": "ProtocolError", "offset": None, "event": 1, "where": "$.choices"},
    "dialect": {"class": "UnknownDialect", "offset": 1, "event": None, "looks_like": "Gemini"},
    "incomplete": {"class": "IncompleteStream", "offset": None, "event": None},
    "provider": {"class": "ProviderError", "message": "m", "code": 5, "type": None, "raw": {"message": "m", "code": 5}},
}


@pytest.mark.parametrize("name", MADE)
def test_an_error_as_json_has_what_its_class_knows(name: str) -> None:
    assert error_to_dict(MADE[name]) == {"message": str(MADE[name]), **PLAIN[name]}


@pytest.mark.parametrize("wrong", ["ignore", None, True])
def test_errors_is_one_of_two_words(wrong: Any) -> None:
    for good in ("raise", "event"):
        check_errors(good)
    with pytest.raises(ValueError, match="give 'raise' or 'event'"):
        check_errors(wrong)


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        ({"type": "overloaded", "status": "UNAVAILABLE"}, "overloaded"),
        ({"status": "UNAVAILABLE"}, "UNAVAILABLE"),
        ({"status": "failed"}, None),
        ({"status": 503}, None),
        ({}, None),
    ],
)
def test_the_type_of_a_server_error(raw: dict[str, Any], kind: str | None) -> None:
    assert ProviderError("m", raw=raw).type == kind


def test_a_server_error_that_is_named_beside_its_object() -> None:
    error = ProviderError._named("m", {"code": 1, "type": "x"}, type="throttlingException", code=429)
    assert (error.type, error.code, error.raw) == ("throttlingException", 429, {"code": 1, "type": "x"})
    plain = ProviderError._named("m", {"code": 1, "type": "x"})
    assert (plain.type, plain.code) == ("x", 1)
