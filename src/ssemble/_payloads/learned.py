"""The templates that were learned from one stream.

A template is proven once and stays valid; its binding holds until the reader changes something else
than what the binding changes. The next frame of a template whose binding is stale is decoded and
merged as usual, and bound again.

The number of templates and their bytes are limited, whatever the server sends.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .templates import LIST, UNBOUND, Binding, Template

LEARN_AFTER = 4  # payloads are decoded for each template that is learned, since learning takes about as long
MAX_TEMPLATES = 64
LONGEST = 64 * 1024  # bytes of a frame: frames that repeat are short, and all templates are stored
MAX_BYTES = 4 * 1024 * 1024  # of all templates, and at most the sum of the limits of the stream
MAX_WAIT = 60  # payloads that are decoded before a reader that refused is asked again
MAX_MISSES = 8  # learning stops after so many templates in a row that no later frame matched


class Templates:
    """The templates of one stream.

    Attributes:
        learns: False for a stream that uses none.
        known: the templates, by number.
        last: the template that the last frame matched.
        next: the template that the next frame is expected to match.
    """

    __slots__ = ("_credit", "_loads", "_max_bytes", "_misses", "_refused", "_size", "known", "last", "learns", "next")

    def __init__(self, loads: Callable[[str], Any], max_bytes: int, learns: bool = True) -> None:
        self.learns = learns
        self._loads = loads
        self._max_bytes = min(MAX_BYTES, max_bytes)
        self.known: list[Template] = []
        self._size = 0  # bytes of all templates
        self.last: Template | None = None
        self.next: Template | None = None
        self._misses = 0
        self._refused = 0  # payloads in a row that the reader would not bind
        self._credit = 0  # payloads decoded since a template was learned

    def match(self, frame: bytes, tried: Template | None = None) -> tuple[Template | None, Any]:
        """Find the template of a frame without its blank line, and the values in it.

        Args:
            tried: the expected template, if it was found already that it does not match.
        """
        expected = self.next
        if expected is not tried and expected is not None:
            if (values := expected.read(frame + expected.blank)) is not None:
                self.matched(expected)
                return expected, values
        for template in self.known:
            if template is expected or not template.sought or not frame.startswith(template.head):
                continue
            if (values := template.read(frame + template.blank)) is not None:
                if self.last is not None:
                    self.last.lead_to(template)
                self.matched(template)
                return template, values
        return None, None

    def matched(self, template: Template) -> None:
        """Expect the template that last followed this one."""
        self.last = template
        self.next = self.known[template.then]

    def due(self, frame: bytes) -> bool:
        """Count a payload whose frame matched no template; True if one may be learned from it."""
        self._credit += 1
        if self._credit < LEARN_AFTER or not self.learns:
            return False
        if self.last is not None and self.last.used:
            self._misses = 0
        return self._misses < MAX_MISSES and len(frame) <= LONGEST

    def merged(
        self, frame: bytes, start: int, blank: bytes, payload: Any, template: Template | None, binding: Binding | None
    ) -> None:
        """Bind the template of a payload that was just merged, and learn it if it is new.

        Args:
            frame: without its blank line.
            start: index of its JSON text.
            blank: its blank line.
            payload: the decoded frame.
            template: the template that it matched, if it is known.
            binding: how the reader would merge another one; None if that is not certain.
        """
        if template is not None:
            template.binding = binding if binding is not None and binding.slots == template.slots else UNBOUND
        elif binding is None:
            self._refused += 1
            # A reader that refuses is asked less and less often.
            self._credit = LEARN_AFTER - 1 - min(self._refused // 2, MAX_WAIT)
        else:
            from .learning import learn  # not at the top: short streams need none

            self._credit = self._refused = 0
            self._misses += 1
            try:
                template = learn(frame, start, blank, payload, binding.slots, self._loads)
            except RecursionError:  # no merge looks at some fields, but the proof does
                return
            if template is not None:
                self._add(template, binding, len(frame))

    def _add(self, template: Template, binding: Binding, size: int) -> None:
        same_head = [other for other in self.known if other.head == template.head]
        if any(other.literals == template.literals and other.kinds == template.kinds for other in same_head):
            return  # it is known, but did not match this text
        if len(self.known) >= MAX_TEMPLATES or self._size + size > self._max_bytes:
            self.known.clear()
            same_head.clear()
            self._size = 0
            self.last = None
        if LIST in template.kinds:
            # That a frame is another one may be found only after its list was decoded: once is enough.
            for other in same_head:
                other.sought = other.sought and LIST not in other.kinds
        template.binding = binding
        template.number = len(self.known)
        template.lead_to(template)
        self.known.append(template)
        self._size += size
        if self.last is not None:
            self.last.lead_to(template)
        self.matched(template)
