"""The decoders of the JSON that a model wrote."""

from __future__ import annotations

import json

DECODERS = {strict: json.JSONDecoder(strict=strict) for strict in (True, False)}
"""By whether raw control characters in strings are refused."""
