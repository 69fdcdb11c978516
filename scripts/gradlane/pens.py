"""How the page's script draws what style.py decides: its colours on white and on the dark paper, dashes and marks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import style

DARK_PAPER = "#16181b"
#: Matplotlib's marks by Plotly's names.
MARKS = {"o": "circle", "^": "triangle-up", "v": "triangle-down", "s": "square", "D": "diamond"}


def on_dark(colour: str) -> str:
    """A dark colour lightened until its contrast on the dark paper is 3.6, the hand-written methods' black among them."""
    channels = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    paper = style.luminance([int(DARK_PAPER[k : k + 2], 16) / 255 for k in (1, 3, 5)])
    while (style.luminance(channels) + 0.05) / (paper + 0.05) < 3.6:
        channels = [c + 0.05 * (1 - c) for c in channels]
    return "#" + "".join(f"{round(255 * c):02X}" for c in channels)


def dash(pattern: object) -> str:
    """Points of matplotlib, pixels of Plotly."""
    return "solid" if pattern == "solid" else ",".join(f"{1.6 * length:g}px" for length in pattern[1])


def pens(methods: Sequence[str], backends: Sequence[str]) -> dict[str, Any]:
    # Black is the hand-written gradient's; on dark paper it is the ink's white.
    dark = lambda method: "#F2F2F2" if style.colour(method) == "#000000" else on_dark(style.colour(method))
    return {
        "methods": {
            method: {
                "light": style.readable(style.colour(method)) if method == "complex_step" else style.colour(method),
                "dark": dark(method),
                "width": style.WIDTHS.get(method, 1.8),
            }
            for method in methods
        },
        "lanes": {lanes: dash(pattern) for lanes, pattern in style.LANES.items()},
        "backends": {name: dash(style.BACKENDS.get(name, "solid")) for name in backends},
        "marks": {dtype: MARKS[mark] for dtype, mark in style.MARKERS.items()},
    }
