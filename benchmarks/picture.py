"""The table as a picture: bars on a logarithmic scale, as SVG."""

from __future__ import annotations

import math
from html import escape

ROW, LEFT, WIDE = 22, 390, 540
COLOURS = {"ssemble": "#2a7f62", "floor": "#9aa5b1"}
OTHER = "#c46a4a"


def picture(layers: dict[str, float]) -> str:
    """Draw one bar for each figure (µs a chunk), the fastest first."""
    rows = sorted(layers.items(), key=lambda item: item[1])
    low = math.floor(math.log10(rows[0][1]))
    high = math.ceil(math.log10(rows[-1][1]))
    height = ROW * len(rows) + 50

    def x(value: float) -> float:
        return LEFT + WIDE * (math.log10(value) - low) / (high - low)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDE + 80}" height="{height}" '
        'font-family="system-ui, sans-serif" font-size="13">',
        f'<rect width="100%" height="{height}" fill="#ffffff"/>',
    ]
    for power in range(low, high + 1):
        at = x(10.0**power)
        parts.append(f'<line x1="{at:.0f}" x2="{at:.0f}" y1="8" y2="{height - 30}" stroke="#e4e7eb"/>')
        parts.append(
            f'<text x="{at:.0f}" y="{height - 12}" text-anchor="middle" fill="#52606d">{10.0**power:g} µs</text>'
        )
    for number, (name, value) in enumerate(rows):
        y = 12 + ROW * number
        colour = COLOURS.get(name.partition(":")[0], OTHER)
        parts.append(f'<text x="{LEFT - 8}" y="{y + 12}" text-anchor="end" fill="#1f2933">{escape(name)}</text>')
        parts.append(f'<rect x="{LEFT}" y="{y}" width="{x(value) - LEFT:.1f}" height="15" rx="2" fill="{colour}"/>')
        parts.append(f'<text x="{x(value) + 6:.1f}" y="{y + 12}" fill="#52606d">{value:.2f}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"
