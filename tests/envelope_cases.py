"""Payloads whose form is learned or is not, and what stands in the holes of later ones."""

from __future__ import annotations

from ssemble._envelope import Hole

TEXT, THOUGHT = Hole(("content",)), Hole(("thought",))
PADDING, TIME = Hole(("p",), wanted=False), Hole(("created",), wanted=False)
DEEP = Hole(("choices", 0, "delta", "content"))

# the payload, its holes, another payload of the form, the texts of that
FORMS: dict[str, tuple[str, list[Hole], str, list[str]]] = {
    "one text": ('{"content":"a"}', [TEXT], '{"content":"bc"}', ["bc"]),
    "an empty text": ('{"content":""}', [TEXT], '{"content":"b"}', ["b"]),
    "another one, empty": ('{"content":"a"}', [TEXT], '{"content":""}', [""]),
    "white space": ('{ "content" \t:\t "a" }', [TEXT], '{ "content" \t:\t "b" }', ["b"]),
    "deep inside": (
        '{"choices":[{"delta":{"content":"a"}}],"x":1}',
        [DEEP],
        '{"choices":[{"delta":{"content":"b"}}],"x":1}',
        ["b"],
    ),
    "not ASCII": ('{"é":"ü","content":"ß"}', [TEXT], '{"é":"ü","content":"😀"}', ["😀"]),
    "escapes where it was learned": ('{"content":"\\n\\u00e9"}', [TEXT], '{"content":"b"}', ["b"]),
    "two texts": ('{"content":"a","thought":"b"}', [TEXT, THOUGHT], '{"content":"c","thought":"d"}', ["c", "d"]),
    "two texts, and what stands between them before and behind them too": (
        '{"y":{"x":"1","thought":"2"},"content":"a","thought":"b","z":{"x":"1","thought":"2"}}',
        [TEXT, THOUGHT],
        '{"y":{"x":"1","thought":"2"},"content":"c","thought":"d","z":{"x":"1","thought":"2"}}',
        ["c", "d"],
    ),
    "the key again, with no quote behind it": (
        '{"content":"a","x":{"content":5}}',
        [TEXT],
        '{"content":"b","x":{"content":5}}',
        ["b"],
    ),
    "two texts, by their place": (
        '{"thought":"b","content":"a"}',
        [TEXT, THOUGHT],
        '{"thought":"d","content":"c"}',
        ["d", "c"],
    ),
    "the same text twice": ('{"content":"a","thought":"a"}', [TEXT, THOUGHT], '{"content":"","thought":"a"}', ["", "a"]),
    "padding behind": ('{"content":"a","p":"xyz"}', [TEXT, PADDING], '{"content":"b","p":""}', ["b"]),
    "padding behind, with letters": ('{"content":"a","p":"xyz"}', [TEXT, PADDING], '{"content":"b","p":"k9"}', ["b"]),
    "padding before": ('{"p":"x","content":"a"}', [TEXT, PADDING], '{"p":"a9","content":"b"}', ["b"]),
    "odd padding": ('{"p":"x","content":"a"}', [TEXT, PADDING], '{"p":"- é!","content":"b"}', ["b"]),
    "padding with escapes": ('{"p":"x","content":"a"}', [TEXT, PADDING], '{"p":"\\n","content":"b"}', ["b"]),
    "a time before": ('{"created":5,"content":"a"}', [TEXT, TIME], '{"created":1799999999,"content":"b"}', ["b"]),
    "a time behind": ('{"content":"a","created":5}', [TEXT, TIME], '{"content":"b","created":60}', ["b"]),
    "a time and white space": ('{"created" : 5 ,"content":"a"}', [TEXT, TIME], '{"created" : 61 ,"content":"b"}', ["b"]),
    "everything": (
        '{"p":"x","thought":"","created":7,"content":"a"}',
        [TEXT, THOUGHT, PADDING, TIME],
        '{"p":"y","thought":"t","created":8,"content":"c"}',
        ["t", "c"],
    ),
    "the key as a value before it": ('{"x":"content","content":"a"}', [TEXT], '{"x":"content","content":"b"}', ["b"]),
    "the key in a text before it": (
        '{"x":"\\"content\\":\\"a\\"","content":"a"}',
        [TEXT],
        '{"x":"\\"content\\":\\"a\\"","content":"b"}',
        ["b"],
    ),
    "a key that ends in the key": (
        '{"x\\"content":"a","content":"a"}',
        [TEXT],
        '{"x\\"content":"a","content":"b"}',
        ["b"],
    ),
    "the same key elsewhere": (
        '{"x":{"content":"a"},"content":"a"}',
        [TEXT],
        '{"x":{"content":"a"},"content":"b"}',
        ["b"],
    ),
    "the same key elsewhere, with another value": (
        '{"x":{"content":"z"},"y":{"content":1},"content":"a"}',
        [TEXT],
        '{"x":{"content":"z"},"y":{"content":1},"content":"b"}',
        ["b"],
    ),
    "a duplicate key, of which the last counts": (
        '{"content":"a","content":"a"}',
        [TEXT],
        '{"content":"a","content":"b"}',
        ["b"],
    ),
    "a time that also stands elsewhere": (
        '{"x":{"created":5},"content":"a","created":5}',
        [TEXT, TIME],
        '{"x":{"created":5},"content":"b","created":6}',
        ["b"],
    ),
}  # fmt: skip

# the bytes in a hole, the text they mean, whether that takes more than UTF-8
IN_A_HOLE: dict[str, tuple[bytes, str | None, bool]] = {
    "plain": (b"abc", "abc", False),
    "spaces": (b"  ", "  ", False),
    "not ASCII": ("é😀".encode(), "é😀", False),
    "an escaped quote": (b'\\"', '"', True),
    "an escaped backslash": (b"\\\\", "\\", True),
    "many backslashes": (b"\\\\\\\\", "\\\\", True),
    "an escaped line end": (b"a\\nb", "a\nb", True),
    "an escaped letter": (b"\\u0041", "A", True),
    "an escaped pair": (b"\\ud83d\\ude00", "😀", True),
    "a lone surrogate": (b"\\ud83d", None, True),
    "the other lone surrogate": (b"\\ude00", None, True),
    "a lone surrogate before more": (b"\\ud83da", None, True),
    "an escaped NUL": (b"\\u0000", "\0", True),
    "no break space": ("\xa0".encode(), "\xa0", True),
    "a line separator": ("\u2028".encode(), "\u2028", True),
    "a byte order mark": ("\ufeff".encode(), "\ufeff", True),
    "DEL": (b"\x7f", "\x7f", True),
    "what looks like the rest": (b'\\"}', '"}', True),
    "what looks like another key": (b'\\",\\"content\\":\\"', '","content":"', True),
    "a quote": (b'"', None, True),
    "the end and more": (b'","x":"', None, True),
    "a backslash at the end": (b"a\\", None, True),
    "three backslashes at the end": (b"a\\\\\\", None, True),
    "a quote behind an escape": (b'\\n"a', None, True),
    "no such escape": (b"\\x41", None, True),
    "half an escape": (b"\\u00", None, True),
    "a control character": (b"\x01", None, True),
    "a tab": (b"\t", None, True),
    "a line end": (b"\n", None, True),
    "NUL": (b"\0", None, True),
    "no UTF-8": (b"\xff", None, True),
    "half a character": (b"\xc3", None, True),
    "a surrogate as bytes": (b"\xed\xa0\xbd", None, True),
    "too long a form": (b"\xc0\xaf", None, True),
}

AROUND: dict[str, tuple[bytes, bytes, list[Hole]]] = {
    "one hole": (b'{"content":"', b'"}', [TEXT]),
    "the first of two": (b'{"content":"', b'","thought":"t"}', [TEXT, THOUGHT]),
    "the last of two": (b'{"thought":"t","content":"', b'"}', [TEXT, THOUGHT]),
    "before a time": (b'{"content":"', b'","created":7}', [TEXT, TIME]),
    "behind a time": (b'{"created":7,"content":"', b'"}', [TEXT, TIME]),
    "behind padding": (b'{"p":"x","content":"', b'"}', [TEXT, PADDING]),
}

# what stands for a time; it is one
DIGITS: dict[str, tuple[str, bool]] = {
    "one digit": ("1", True),
    "many digits": ("123456789012345678", True),
    "more digits than some decoder takes": ("1234567890123456789", False),
    "no digit": ("", False),
    "zero": ("0", False),
    "a leading zero": ("07", False),
    "a sign": ("-7", False),
    "a fraction": ("7.5", False),
    "an exponent": ("7e3", False),
    "a space": ("7 ", False),
    "a text": ('"7"', False),
    "null": ("null", False),
    "a list": ("[7]", False),
    "two numbers": ("7,8", False),
    "a digit that is not ASCII": ("٧", False),
    "more fields": ('7,"content":"b"', False),
}

# payloads whose form cannot be proven
UNLEARNED: dict[str, tuple[str | bytes, list[Hole]]] = {
    "an escaped key": ('{"c\\u006fntent":"a"}', [TEXT]),
    "an escaped key, and another behind it": ('{"content":"a","c\\u006fntent":"a"}', [TEXT]),
    "a duplicate of the object around it": ('{"choices":[{"delta":{"content":"a"}}],"choices":[{"delta":{"c\\u006fntent":"a"}}]}', [DEEP]),
    "no UTF-8": (b'{"content":"a\xff"}', [TEXT]),
    "no UTF-8 elsewhere": (b'{"x":"\xff","content":"a"}', [TEXT]),
    "a line end between key and value": ('{"content":\r"a"}', [TEXT]),
    "a time that is true": ('{"content":"a","created":true}', [TEXT, TIME]),
    "a time of zero": ('{"content":"a","created":0}', [TEXT, TIME]),
    "a negative time": ('{"content":"a","created":-5}', [TEXT, TIME]),
    "a time with a fraction": ('{"content":"a","created":5.0}', [TEXT, TIME]),
    "a time with an exponent": ('{"content":"a","created":5e0}', [TEXT, TIME]),
    "a time as a text, then as a number": ('{"content":"a","created":"5","created":5.0}', [TEXT, TIME]),
    "more of the same key than are looked at": ('{"x":[' + '{"content":"a"},' * 8 + '0],"content":"a"}', [TEXT]),
    "one place for two holes": ('{"content":"a","y":{"c\\u006fntent":"a"}}', [TEXT, Hole(("y", "content"))]),
}  # fmt: skip
