"""Write the reference: ``python -m tests.reference``."""

from __future__ import annotations

from .page import PLACE, page

PLACE.write_text(page(), encoding="utf-8")
print(PLACE)
