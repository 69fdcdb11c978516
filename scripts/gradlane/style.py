"""Colour = method, line style = lanes (or instruction set), marker = precision, in every chart.

The colours are Okabe and Ito's, which stay apart for all common kinds of colour blindness; the orders of the central
differences are one hue, since they are one idea. Methods that this file does not know (a new file in src/methods, a
peer library) get a colour of their own from the reserve, so that no edit is needed here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

INK = "#222222"
FAINT = "#b5b5b5"  # lines beyond the six that are labelled
GUIDE = "#6f6f6f"  # slopes, limits, cache sizes
GRID = "#e9e9e9"
BAND = "#dcdcdc"

#: Sizes of text in points. Figures are 8.6 inches wide: in a README on the web a point is 1.3 pixels, on the page more.
LABEL = 8.5
SMALL = 7.5

COLOURS = {
    "analytic": "#000000",
    "reverse_fused": "#D55E00",
    "reverse_tape": "#009E73",
    "reverse_array": "#CC79A7",
    "forward_mode": "#E69F00",
    "complex_step": "#C9B700",  # Okabe-Ito's yellow, darkened: #F0E442 is too pale for a line on white
    "forward_difference": "#56B4E9",
    "adaptive_forward_difference": "#7B4B94",
    "ridders": "#8C5A2B",
    "primal": "#7a7a7a",
}
CENTRAL = {2: "#0072B2", 4: "#3B8FC4", 6: "#00588A", 8: "#003A5C"}
#: For what is no method, problems say, in their order; further ones begin anew with the next mark.
PALETTE = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#7B4B94", "#8C5A2B", "#3F7F7F", "#222222")
MARKS = (".", "x", "^", "s")
RESERVE = ("#3F7F7F", "#A23B5B", "#5B6E1F", "#4B5FA5")

#: The hand-written line is wide, so that a method that reaches it does not hide it.
WIDTHS = {"analytic": 2.9, "primal": 1.0}

#: Who is labelled first where more than six lines meet; unknown methods (peers) come right after reverse_fused.
PRIORITY = (
    "reverse_fused",
    "*",
    "analytic",
    "reverse_tape",
    "forward_mode",
    "primal",
    "central_difference_2",
    "reverse_array",
    "forward_difference",
    "complex_step",
    "ridders",
    "adaptive_forward_difference",
    "central_difference_8",
    "central_difference_4",
    "central_difference_6",
)
LABELLED = 6

#: Dash patterns in points: solid for the axis that large n wants.
LANES = {
    "elements": "solid",
    "directions": (0, (5.0, 1.6)),
    "scalar": (0, (1.2, 1.4)),
    "points": (0, (6.0, 1.6, 1.2, 1.6)),
}
BACKENDS = {
    "avx512": (0, (6.0, 1.6, 1.2, 1.6)),
    "avx2": "solid",
    "sse2": (0, (1.2, 1.4)),
    "neon64": (0, (5.0, 1.6)),
}
MARKERS = {"f64": "o", "f32": "^"}
PRECISIONS = {"working": "o", "quad": "D"}


@dataclass(frozen=True)
class Pen:
    colour: str
    dash: object
    marker: str


def looks(names: Sequence[str]) -> dict[str, dict[str, str]]:
    """A colour and a mark for each of any number of names, as arguments of a plot."""
    size = len(PALETTE)
    return {n: {"color": PALETTE[k % size], "marker": MARKS[k // size % len(MARKS)]} for k, n in enumerate(names)}


def colour(method: str) -> str:
    if method in COLOURS:
        return COLOURS[method]
    central = re.fullmatch(r"central_difference_(\d+)", method)
    if central:
        return CENTRAL.get(int(central.group(1)), CENTRAL[8])
    # Not hash(): Python salts it anew in every process.
    return RESERVE[sum(method.encode()) % len(RESERVE)]


def pen(method: str, lanes: str = "elements", dtype: str = "f64") -> Pen:
    return Pen(colour(method), LANES.get(lanes, "solid"), MARKERS.get(dtype, "s"))


def readable(colour: str) -> str:
    """A colour for text: a pale one darkened until its contrast on white is 3.6."""
    channels = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    while 1.05 / (luminance(channels) + 0.05) < 3.6:
        channels = [0.97 * c for c in channels]
    return "#" + "".join(f"{round(255 * c):02X}" for c in channels)


def luminance(channels: list[float]) -> float:
    """Relative luminance of sRGB, by the Web Content Accessibility Guidelines."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def priority(method: str) -> tuple[int, str]:
    known = method if method in PRIORITY else "*"
    return PRIORITY.index(known), method


#: Matplotlib's settings: SVG text stays text (small files, searchable, readable aloud), in a font whose widths its
#: common substitutes share, and no identifier depends on the clock or on chance.
SETTINGS = {
    "font.family": ["DejaVu Sans"],
    "font.size": LABEL,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titley": 1.0,  # fixed: matplotlib would measure every label to find it
    "axes.labelsize": LABEL,
    "axes.edgecolor": "#8a8a8a",
    "axes.linewidth": 0.6,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "axes.grid": True,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "lines.linewidth": 1.5,
    "lines.markersize": 3.6,
    "legend.frameon": False,
    "svg.fonttype": "none",
    "figure.dpi": 100,
}
