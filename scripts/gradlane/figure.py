"""A figure's paper: panels with fixed margins, lines with their names at the end, a footer, reproducible files."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot, ticker  # noqa: E402  (the backend has to be chosen first)
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.axis import Axis  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

from . import style, text  # noqa: E402
from .labels import make_room, place_tags  # noqa: E402

matplotlib.rcParams.update(style.SETTINGS)

WIDTH = 8.6  # inches: what a README on the web shows without scaling


@dataclass
class Chart:
    """A figure with what a reader needs who cannot see it."""

    name: str
    title: str
    caption: str
    alt: str
    figure: Figure
    header: tuple[str, ...] = ()
    rows: list[tuple[str, ...]] = field(default_factory=list)


@dataclass(frozen=True)
class Series:
    """One line. `pen` says how it looks; a series that is not labelled loses its colour."""

    label: str
    method: str
    pen: style.Pen
    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    dash: object = None  # instead of the pen's
    width: float = 0  # likewise


def paper(rows: int, columns: int, title: str, height: float, **shared: bool) -> tuple[Figure, list[Axes]]:
    """Panels in reading order. Margins in inches, since the figure's parts do not grow with it."""
    figure, grid = pyplot.subplots(rows, columns, figsize=(WIDTH, height), squeeze=False, **shared)
    left, right, top, bottom = 0.72, 0.2, 0.62, 0.86
    figure.subplots_adjust(
        left=left / WIDTH,
        right=1 - right / WIDTH,
        top=1 - top / height,
        bottom=bottom / height,
        wspace=0.30 if not shared.get("sharey") else 0.10,
        hspace=0.30,
    )
    figure.text(0.12 / WIDTH, 1 - 0.24 / height, title, fontsize=11.5, fontweight="bold", va="center")
    return figure, list(grid.flat)


def footer(figure: Figure, key: str, facts: str) -> None:
    """What the marks mean, then where the figures come from. Takes its room from the panels."""
    lines = [line for part in (key, facts) for line in textwrap.wrap(part, 148, break_on_hyphens=False)]
    height = figure.get_figheight()
    place = {"fontsize": style.SMALL, "color": "#444444", "va": "bottom", "linespacing": 1.3}
    figure.text(0.12 / WIDTH, 0.07 / height, "\n".join(lines), **place)
    figure.subplots_adjust(bottom=(0.55 + 0.14 * len(lines)) / height)


def legend(figure: Figure, entries: dict[str, Any], columns: int = 0) -> None:
    """One for all panels, under the title; takes its room from the panels."""
    height, columns = figure.get_figheight(), columns or len(entries)
    figure.subplots_adjust(top=1 - (0.68 + 0.18 * -(-len(entries) // columns)) / height)
    place = {"loc": "upper left", "bbox_to_anchor": (0.008, 1 - 0.38 / height), "ncol": columns, "borderpad": 0.2}
    look = {"fontsize": 8, "handlelength": 1.8, "handletextpad": 0.7, "columnspacing": 1.4, "labelspacing": 0.3}
    figure.legend(list(entries.values()), list(entries), **place, **look)


def size_axis(axes: Axes, sizes: Sequence[int], label: str = "number of inputs n") -> None:
    """A log axis whose ticks are the n that were measured, as many as fit."""
    found = sorted(set(sizes))
    axes.set_xscale("log", base=2)
    while len(found) > 7:
        found = found[::2] if len(found) % 2 else [found[0], *found[1::2]]
    axes.xaxis.set_major_locator(ticker.FixedLocator(found))
    axes.xaxis.set_major_formatter(ticker.FuncFormatter(lambda n, _: size_tick(int(n))))
    axes.xaxis.set_minor_locator(ticker.NullLocator())
    axes.set_xlabel(label)


def size_tick(n: int) -> str:
    """Large powers of two as such; raised by mathtext, since the font's own superscripts are too small to read."""
    return f"$2^{{{n.bit_length() - 1}}}$" if n > 4096 and n & (n - 1) == 0 else str(n)


def time_axis(axes: Axes, label: str = "time per gradient") -> None:
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(ticker.LogLocator(10, numticks=14))
    axes.yaxis.set_major_formatter(ticker.FuncFormatter(lambda ns, _: decade(ns)))
    axes.yaxis.set_minor_locator(ticker.NullLocator())
    axes.set_ylabel(label)


def decade(ns: float) -> str:
    for scale, unit in ((1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns")):
        if ns >= 0.999 * scale:
            return f"{ns / scale:g} {unit}"
    return f"{ns:g} ns"


def error_axis(axes: Axes, label: str) -> None:
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(ticker.LogLocator(10, numticks=9))
    axes.yaxis.set_minor_locator(ticker.NullLocator())
    axes.set_ylabel(label)


def rate_axis(axis: Axis, label: str) -> None:
    """A log axis of something per second: decades, and 2 and 5 between them where the range is short."""
    low, high = axis.get_view_interval()
    axis.set_major_locator(ticker.LogLocator(10, subs=(1.0,) if high > 300 * low else (1.0, 2.0, 5.0), numticks=12))
    axis.set_minor_locator(ticker.NullLocator())
    axis.set_major_formatter(ticker.FuncFormatter(lambda value, _: text.rate(value)))
    axis.set_label_text(label)


def draw(axes: Axes, series: Sequence[Series], first: Sequence[str] = (), most: int = style.LABELLED) -> list[Series]:
    """Draws the lines; the most important ones (`first`, then the usual order) in colour, the rest thin and grey.

    Returns those in colour, for `name_lines`.
    """
    ranked = sorted(series, key=lambda s: (s.method not in first, style.priority(s.method), s.label))
    # A line of one point is a dot that no label should be spent on while others wait.
    chosen = sorted(ranked, key=lambda s: len(s.x) < 2)[:most]
    for one in reversed(ranked):  # the most important on top
        named = one in chosen
        look: dict[str, Any] = {"color": one.pen.colour if named else style.FAINT, "zorder": 3 if named else 1.5}
        look["linestyle"] = one.pen.dash if one.dash is None else one.dash
        look["linewidth"] = (one.width or style.WIDTHS.get(one.method, 1.6)) if named else 0.8
        axes.plot(one.x, one.y, marker=one.pen.marker if named else None, **look)
        if named and one.low:
            intervals(axes, one)
    return [s for s in chosen if s.x]


def intervals(axes: Axes, one: Series) -> None:
    """Bars for intervals that are wider than the mark would hide."""
    wide = [(x, y, low, high) for x, y, low, high in zip(one.x, one.y, one.low, one.high) if high > 1.1 * low]
    if not wide:
        return
    xs, ys = [row[0] for row in wide], [row[1] for row in wide]
    bars = [[max(y - low, 0) for _, y, low, _ in wide], [max(high - y, 0) for _, y, _, high in wide]]
    axes.errorbar(xs, ys, bars, fmt="none", ecolor=one.pen.colour, elinewidth=0.8, capsize=1.8, zorder=3)


def name_lines(panels: Sequence[tuple[Axes, Sequence[Series]]]) -> None:
    """Writes each line's name at its right end, when nothing changes the panels' limits any more."""
    wanted = [(axes, [(s.label, s.pen.colour, (s.x[-1], s.y[-1])) for s in series]) for axes, series in panels]
    make_room(wanted)
    for axes, names in wanted:
        place_tags(axes, names)
