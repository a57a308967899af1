"""A program that streams from the address it is given, and that a signal may stop at any time."""

from __future__ import annotations

import json
import signal
import sys

import httpx

import ssemble


def main(url: str) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)  # raises KeyboardInterrupt
    stream = ssemble.MessageStream()
    try:
        with httpx.stream("POST", url, trust_env=False, timeout=30) as r:
            for event in stream.events(r.iter_bytes()):
                if isinstance(event, ssemble.TextDelta):
                    print(event.text, end="", flush=True)
    except KeyboardInterrupt:
        print("\nstopped")
    print(json.dumps({"kept": stream.completion().text, "complete": stream.complete}))


if __name__ == "__main__":
    main(sys.argv[1])
