"""Names beside lines: each where it covers neither a line nor another name, as near to its place as that allows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy
from matplotlib.axes import Axes

from . import style

LINE = 1.25 * style.LABEL  # the height of a name
REACH = 6  # how far a name may go, in its heights
OFFSETS = sorted((k * LINE / 4 for k in range(-4 * REACH, 4 * REACH + 1)), key=lambda offset: (abs(offset), offset))

#: (text, colour, the point in data coordinates that it names)
Wanted = tuple[str, str, tuple[float, float]]


@dataclass
class Tag:
    """A name on its way to a free place, in points on the paper: (x, y) is the middle of its left edge."""

    content: str
    colour: str
    anchor: tuple[float, float]
    point: tuple[float, float]
    x: float
    y: float

    @property
    def width(self) -> float:
        return width_of(self.content)


def width_of(content: str) -> float:
    return 0.60 * style.LABEL * len(content)


def place_tags(axes: Axes, wanted: Sequence[Wanted], gap: float = 6, drop: float = 0) -> None:
    """Writes the texts right of their points, left of them for a negative gap, and `drop` points lower."""
    scale = 72 / axes.figure.dpi
    tags = []
    for content, colour, anchor in wanted:
        x, y = axes.transData.transform(anchor) * scale
        tags.append(Tag(content, colour, anchor, (x, y), x + gap - (width_of(content) if gap < 0 else 0), y - drop))
    box = axes.get_window_extent()
    settle(tags, ink(axes), box.y0 * scale + LINE / 2, box.y1 * scale - LINE / 2)
    for tag in tags:
        moved = tag.y - tag.point[1]
        leader = {"arrowstyle": "-", "color": tag.colour, "lw": 0.5, "shrinkA": 0, "shrinkB": 2}
        axes.annotate(
            tag.content,
            tag.anchor,
            xytext=(gap, moved),
            textcoords="offset points",
            color=style.readable(tag.colour),
            fontsize=style.LABEL,
            ha="left" if gap > 0 else "right",
            va="center",
            zorder=5,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.4, "alpha": 0.65},
            arrowprops=leader if abs(moved) > 4 else None,
        )


def ink(axes: Axes) -> numpy.ndarray:
    """Places on the panel's coloured lines, 1.5 points of paper apart, as rows (x, y); marks count more often."""
    scale = 72 / axes.figure.dpi
    found = [numpy.empty((0, 2))]
    for line in axes.lines:
        if line.get_color() in (style.GUIDE, style.BAND, style.FAINT):
            continue
        corners = line.get_path().transformed(line.get_transform()).vertices * scale
        for start, end in zip(corners, corners[1:]):
            steps = 1 + int(numpy.hypot(*(end - start)) / 1.5)
            found.append(start + numpy.linspace(0, 1, steps + 1)[:, None] * (end - start))
        found += [corners] * 6  # the marks
    return numpy.concatenate(found)


def settle(tags: list[Tag], ink: numpy.ndarray, bottom: float, top: float) -> None:
    """Moves names up and down, one after another, each to the best place that the others leave, until none moves. That
    depends on where they begin: of several stacks the one that ends best is taken."""
    tags.sort(key=lambda tag: (-tag.y, tag.content))
    home = [tag.y for tag in tags]
    best: tuple[float, list[float]] = (math.inf, home)
    for lift in (0, 1.5, 3, -1.5):
        for index, tag in enumerate(tags):
            tag.y = home[index] + lift * LINE
        for _ in range(6):
            for index, tag in enumerate(tags):
                places = [min(max(home[index] + offset, bottom), top) for offset in OFFSETS]
                tag.y = min(places, key=lambda y: cost(tag, y, home[index], tags, ink))
        total = sum(cost(tag, tag.y, home[index], tags, ink) for index, tag in enumerate(tags))
        best = min(best, (total, [tag.y for tag in tags]))
    for tag, y in zip(tags, best[1]):
        tag.y = y


def cost(tag: Tag, y: float, home: float, tags: list[Tag], ink: numpy.ndarray) -> float:
    """What is wrong with a place: ink under the name, names that overlap, leaders that cross, and the way there."""
    across = (ink[:, 0] > tag.x - 1) & (ink[:, 0] < tag.x + tag.width)
    covered = int(numpy.count_nonzero(across & (abs(ink[:, 1] - y) < LINE / 2)))
    way = abs(y - home) / LINE
    total = 0.6 * way + 0.3 * way**2 + 0.3 * covered
    for other in tags:
        if other is tag or other.x > tag.x + tag.width or tag.x > other.x + other.width:
            continue
        overlap = LINE - abs(other.y - y)
        crossed = (other.y - y) * (other.point[1] - tag.point[1]) < 0 and abs(other.point[0] - tag.point[0]) < LINE
        total += (20 + 10 * overlap if overlap > 0.05 else 0) + (20 if crossed else 0)
    return total


def make_room(panels: Sequence[tuple[Axes, Sequence[Wanted]]]) -> None:
    """Widens the panels' log axes to the right, all alike, until every name fits between its point and the edge."""
    needed = 0.0
    for axes, wanted in panels:
        width = axes.get_window_extent().width * 72 / axes.figure.dpi
        low, high = axes.get_xlim()
        for content, _, (x, _) in wanted:
            reached = math.log(x / low) / math.log(high / low)
            share = min((width_of(content) + 8) / width, 0.6)
            needed = max(needed, reached / (1 - share) - 1)
    for axes, _ in panels:
        low, high = axes.get_xlim()
        axes.set_xlim(low, high * (high / low) ** needed)
        if axes.get_shared_x_axes().get_siblings(axes) != [axes]:
            return  # one stands for all
