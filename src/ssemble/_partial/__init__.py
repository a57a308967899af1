"""JSON that is still arriving. It knows nothing of streams.

The modules are imported with the first `PartialJSON`: most streams need none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .json import PartialJSON


def partial_json(*, strict: bool = True, max_depth: int | None = None) -> PartialJSON:
    """Create a `PartialJSON`."""
    from .json import PartialJSON

    return PartialJSON(strict=strict, max_depth=max_depth)
