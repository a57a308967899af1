"""Bodies, and the payloads and errors they come to."""

from __future__ import annotations

from typing import Any

from ssemble import IncompleteStream, InvalidJSON, ProviderError, SsembleError

from .helpers import sse

A, B = {"n": 1}, {"n": 2}
C: dict[str, Any] = {"choices": []}

# bytes -> payloads, repairs; no error
WHOLE: dict[str, tuple[bytes, list[Any], dict[str, int]]] = {
    "nothing": (b"", [], {}),
    "two": (sse(A, B), [A, B], {}),
    "done": (sse(A, "[DONE]"), [A], {}),
    "nothing behind done": (sse(A, "[DONE]", B, "{bad"), [A], {}),
    "done with spaces": (b"data:  [DONE] \n\n" + sse(A), [], {}),
    "done as JSON text": (sse('"[DONE]"', A), [], {}),
    "pretty-printed": (b'data: {\ndata:  "n": 1\ndata: }\n\n', [A], {}),
    "no JSON object": (sse("1", '"x"', "false"), [1, "x", False], {}),
    "a message is no error": (sse({"message": "hi"}), [{"message": "hi"}], {}),
    "comments and other fields": (b": hi\nid: 1\nretry: 5\nevent: x\n\n" + sse(A), [A], {}),
    "a named event": (b"event: ping\n" + sse(A), [A], {}),
    "an unknown line": (b"hello\n" + sse(A), [A], {}),
    "empty data": (b"data\n\ndata: \n\n" + sse(A), [A], {"empty_data": 2}),
    "null": (sse("null", A), [A], {"null_data": 1}),
    "wrapped comment": (sse(": hi", A), [A], {"comment_as_data": 1}),
    "doubled prefix": (sse(b'data: {"n": 1}', b"data:data: [DONE]", B), [A], {"doubled_data_prefix": 2}),
    "doubled prefix on nothing": (sse(b"data: ", A), [A], {"doubled_data_prefix": 1, "empty_data": 1}),
    "missing blank line": (b'data: {"n": 1}\ndata: {"n": 2}\n\n', [A, B], {"missing_blank_line": 1}),
    "done behind data": (b'data: {"n": 1}\ndata: [DONE]\n\n' + sse(B), [A], {"missing_blank_line": 1}),
    "done before data": (b'data: [DONE]\ndata: {"n": 1}\n\n' + sse(B), [], {"missing_blank_line": 1}),
    "glued": (sse(b'{"n": 1, "te data: {"n": 2}'), [B], {"truncated_frame": 1}),
    "glued, with a prefix in a text": (
        sse(b'{"n": 1, "te data: {"n": 2, "t": "data: x"}'),
        [{"n": 2, "t": "data: x"}],
        {"truncated_frame": 1},
    ),
    "nothing bare behind done": (sse(A, "[DONE]") + b'{"n": 2}\nerror: busy\n<html>\n', [A], {}),
    "array": (sse([A, None, B]), [A, B], {"array_of_payloads": 1, "null_data": 1}),
    "array in an array": (sse([A, [B]], B), [A, [B], B], {"array_of_payloads": 1}),
    "done in an array": (sse([A, "[DONE]", B], B), [A], {"array_of_payloads": 1}),
    "empty array": (sse([]), [], {"array_of_payloads": 1}),
    "bare line": (b'{"n": 1}\n{"n": 2}\n', [A, B], {"bare_json": 2}),
    "bare line between": (sse(A) + b' {"n": 2}\n' + sse(A), [A, B, A], {"bare_json": 1}),
    "bare body": (b'{\n "n": 1\n}\n', [A], {"bare_json": 1}),
    "bare body, then done": (b'{\n"n": 1\n}\n' + sse("[DONE]"), [A], {"bare_json": 1}),
    "bare body, cut off behind": (b'{\n"n":\n1}', [A], {"bare_json": 1}),
    "bare array": (b'[{"n": 1},\n{"n": 2}]\n', [A, B], {"bare_json": 1, "array_of_payloads": 1}),
    "bare message of choices": (
        b'{"choices": [], "message": "hi"}\n',
        [{"choices": [], "message": "hi"}],
        {"bare_json": 1},
    ),
    "wide line ends in text": ('data: {"t": "a\u2028b\x85c"}\n\n'.encode(), [{"t": "a\u2028b\x85c"}], {}),
    "utf-8 split": ('data: {"t": "😀é"}\n\n'.encode(), [{"t": "😀é"}], {}),
    "half a surrogate pair": (sse(r'{"t": "\ud83d"}'), [{"t": "\ud83d"}], {}),
}
# The last event lacks its blank line, or its line end: kept if it is whole.
WHOLE |= {
    "no blank line": (sse(A) + b'data: {"n": 2}\n', [A, B], {}),
    "no line end": (sse(A) + b'data: {"n": 2}', [A, B], {}),
    "done without line end": (sse(A) + b"data: [DONE]", [A], {}),
    "half a terminator": (sse(A) + b"data: [D", [A], {}),
    "two lines at the end": (b'data: {"n": 1}\ndata: {"n": 2}', [A, B], {"missing_blank_line": 1}),
    "wrapped comment at the end": (sse(A) + b"data: : hi", [A], {"comment_as_data": 1}),
    "doubled prefix at the end": (b'data: data: {"n": 1}', [A], {"doubled_data_prefix": 1}),
    "comment at the end": (sse(A) + b": hi", [A], {}),
    "an unknown line at the end": (sse(A) + b"dat", [A], {}),
    "empty data at the end": (sse(A) + b"data: ", [A], {"empty_data": 1}),
}

# bytes -> payloads, the error, words of its message, its offset
FAULTS: dict[str, tuple[bytes, list[Any], type[SsembleError], str, int | None]] = {
    "bad JSON": (sse(A, "{bad", B), [A], InvalidJSON, "the data is not JSON: '{bad'", 16),
    "bad JSON in two lines": (b"data: x\ndata: {}\n\n", [], InvalidJSON, r"not JSON: 'x\n{}'", 0),
    "bad among whole lines": (b'data: {"n": 1}\ndata: x\ndata: {"n": 2}\n\n', [A], InvalidJSON, "not JSON: 'x'", 0),
    "huge number": (sse(A, "1" * 5000), [A], InvalidJSON, "the data is not JSON: '111", 16),
    "nested without end": (sse(A, "[" * 3000), [A], InvalidJSON, "the data is not JSON: '[[[", 16),
    "error": (sse(A, {"error": {"message": "busy", "code": 5}}, B), [A], ProviderError, "busy (5)", None),
    "error beside choices": (sse({**C, "error": "busy"}), [{**C, "error": "busy"}], ProviderError, "busy", None),
    "error in an array": (sse([A, {"error": "busy"}, B]), [A], ProviderError, "busy", None),
    "named error": (b'event: error\ndata: {"code": "E1"}\n\n' + sse(A), [], ProviderError, "E1", None),
    "named error of words": (b"event: error\ndata: be busy\n\n" + sse(A), [], ProviderError, "be busy", None),
    "named error at the end": (b'event: error\ndata: {"code": "E', [], ProviderError, '{"code": "E', None),
    "named error of one text": (b'event: error\ndata: "busy"\n\n' + sse(A), [], ProviderError, "busy", None),
    "named error of a number": (b"event: error\ndata: 503\n\n" + sse(A), [], ProviderError, "503", None),
    "named error of a list": (b'event: error\ndata: ["busy"]\n\n' + sse(A), [], ProviderError, "busy", None),
    "named error of null": (b"event: error\ndata: null\n\n" + sse(A), [], ProviderError, "reported an error", None),
    "named error of nothing": (b"event: error\ndata:\n\n" + sse(A), [], ProviderError, "reported an error", None),
    "named error of no list": (b"event: error\ndata: []\n\n" + sse(A), [], ProviderError, "reported an error", None),
    "error field of one text": (b'error: "busy"\n' + sse(A), [], ProviderError, "busy", None),
    "error field of nothing": (b"error:\n" + sse(A), [], ProviderError, "reported an error", None),
    "error field": (b'error: {"message": "busy"}\n' + sse(A), [], ProviderError, "busy", None),
    "error field of words": (sse(A) + b"error:busy", [A], ProviderError, "busy", None),
    "bare error": (b'{"error": "busy"}', [], ProviderError, "busy", None),
    "bare body of an error": (b'{\n"error": "busy"}\n', [], ProviderError, "busy", None),
    "bare array of messages": (b'[{"message": "no key"}]\n', [], ProviderError, "no key", None),
    "bare detail": (b'{"detail": "Not Found"}', [], ProviderError, "Not Found", None),
    "bare message": (b'{\n"message": "no key"\n}', [], ProviderError, "no key", None),
    "HTML with a title": (
        b"<html>\n<title lang=en>502\nBad </title>\n",
        [],
        ProviderError,
        r"the body is a page of HTML, not an event stream: '502\nBad'",
        None,
    ),
    "HTML without one": (b"<h1>oh</h1>", [], ProviderError, "not an event stream: '<h1>oh</h1>'", None),
    "HTML with half a title": (b"<h1>oh</title>", [], ProviderError, "event stream: '<h1>oh</title>'", None),
    "HTML behind blanks": (b"  <h1>oh</h1>", [], ProviderError, "not an event stream: '<h1>oh</h1>'", None),
    "HTML, then events": (b"<h1>\n\n" + sse(A), [], ProviderError, "not an event stream: '<h1>'", None),
    "bare text that is bad": (b"{oh\n" + sse(A), [], InvalidJSON, "the data is not JSON: '{oh'", 0),
    "bare text, then an error field": (b"{oh\nerror: busy\n", [], InvalidJSON, "the data is not JSON: '{oh'", 0),
    "bare text cut off": (b'{"n":', [], IncompleteStream, "the body is JSON that ends too early: '{\"n\":'", 0),
    "cut inside an event": (sse(A) + b'data: {"n', [A], IncompleteStream, "ends inside an event: '{\"n'", 16),
    "cut behind a bracket": (sse(A) + b"data: [", [A], IncompleteStream, "ends inside an event: '['", 16),
    "cut inside the second line": (
        b'data: {"n": 1}\ndata: {"n',
        [A],
        IncompleteStream,
        "ends inside an event",
        0,
    ),
    "cut inside lines of one text": (b'data: {\ndata: "n', [], IncompleteStream, "ends inside an event", 0),
    "bad before the cut": (
        sse(A) + b'data: {"n": 1}\ndata: x\ndata: {"n',
        [A, A],
        InvalidJSON,
        "not JSON: 'x'",
        16,
    ),
    "cut inside a doubled prefix": (b'data: data: {"n', [], IncompleteStream, "ends inside an event", 0),
    "cut behind a bare text": (b'{oh\ndata: {"n', [], InvalidJSON, "the data is not JSON: '{oh'", 0),
    "cut behind HTML": (b'<h1>\ndata: {"n', [], ProviderError, "a page of HTML", None),
    "an error field before the cut": (b'data: {"n": 1}\nerror: busy', [], ProviderError, "busy", None),
    "an error before the cut": (b'data: {"error": "busy"}\ndata: {"n', [], ProviderError, "busy", None),
    "a done before the cut": (b'data: {"n": 1}\ndata: [DONE]\ndata: {"n', [A], IncompleteStream, "inside", 0),
}
