"""How long the property tests run: ``HYPOTHESIS_PROFILE``, or "ci" where ``CI`` is set."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

EXAMPLES = {"few": 10, "dev": 30, "same": 30, "ci": 150, "long": 20_000}

for name, examples in EXAMPLES.items():
    settings.register_profile(
        name,
        max_examples=examples,
        deadline=None,
        derandomize=name == "same",
        suppress_health_check=list(HealthCheck) if name == "long" else [HealthCheck.too_slow],
    )
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))

# Whether the exhaustive tests, too, take all their time.
LONG = settings.default is not None and settings.default.max_examples >= EXAMPLES["ci"]
