"""The elementary functions: the largest error in ulp beside the time of an element, ours and those of libraries."""

from __future__ import annotations

from typing import Any

from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from . import charts_peers, functions, style, tables, text
from .data import Run
from .figure import Chart, footer, legend, paper
from .functions import FunctionRow
from .scope import machine

#: By library; one that is not here takes a colour of the peers'.
COLOURS = {functions.OURS: charts_peers.OURS, "libm": "#000000", "libmvec": "#0072B2", "sleef": "#009E73"}
MARKS = {"avx512": "s", "avx2": "o", "sse2": "v", "neon64": "^", "": "D"}
STEP = 0.17  # between libraries, of the distance between functions


def colour(library: str) -> str:
    return COLOURS.get(library) or charts_peers.COLOURS[sum(library.encode()) % len(charts_peers.COLOURS)]


def places(rows: list[FunctionRow]) -> dict[tuple[str, str], float]:
    """By function and library how far down a row stands: functions 1 apart, libraries beside each other."""
    names = sorted({row.function for row in rows}, key=functions.rank)
    found = functions.libraries(rows)
    middle = (len(found) - 1) / 2
    return {(name, one): at + STEP * (k - middle) for at, name in enumerate(names) for k, one in enumerate(found)}


def chart(run: Run, view: tables.View) -> Chart | None:
    """One of a run. A line of panels for each precision: errors left, times right."""
    if not run.functions:
        return None
    dtypes = sorted({row.dtype for row in run.functions}, reverse=True)
    figure, panels = paper(
        len(dtypes), 2, "Elementary functions: largest error, and time of an element", 1.9 + 2.9 * len(dtypes)
    )
    swept = " and ".join(
        f"{dtype} over {text.size(max(r.swept for r in run.functions if r.dtype == dtype))}" for dtype in dtypes
    )
    key = f"Left is better. Hollow: wrong somewhere (page: Math). At 8 ulp: that or more. Errors: {swept} arguments and edges."
    footer(figure, key, machine(run, view))
    legend(figure, entries(run.functions), 5)
    for index, dtype in enumerate(dtypes):
        rows = [row for row in run.functions if row.dtype == dtype]
        panel(panels[2 * index], rows, "ulp", f"{dtype}: largest error in ulp")
        panel(panels[2 * index + 1], [row for row in rows if row.ns], "ns", f"{dtype}: nanoseconds per element")
    worst = max(
        (row for row in run.functions if row.library == functions.OURS and row.ulp),
        key=lambda row: row.ulp,
        default=None,
    )
    said = f" The largest error of ours: {worst.function} in {worst.dtype} with {worst.ulp:.2f} ulp." if worst else ""
    return Chart(
        "functions",
        "Elementary functions",
        "What kernels are built of: the largest error in units of the last place (ulp) over all kinds of arguments, where the "
        "result is a normal number, and the time of an element of an array in the nearest cache. Beside ours, by instruction "
        "set, those of the C library and of vector libraries where they were found. What a library lacks has no mark.",
        f"Dots for the largest error in ulp and the nanoseconds per element of each function, precision and library.{said}",
        figure,
    )


def entries(rows: list[FunctionRow]) -> dict[str, Any]:
    """Colour: the library; mark: the instruction set."""
    line = lambda **look: Line2D([], [], linestyle="", markersize=5, **look)
    found = {name: line(color=colour(name), marker="o") for name in functions.libraries(rows)}
    present = {row.registers for row in rows}
    marks = {
        name or "one number a call": line(color=style.GUIDE, marker=mark)
        for name, mark in MARKS.items()
        if name in present
    }
    return found | marks


def panel(axes: Axes, rows: list[FunctionRow], key: str, title: str) -> None:
    at = places(rows)
    for row in rows:
        value = getattr(row, key)
        if value:
            value = min(value, functions.EDGE) if key == "ulp" else value
            face = "none" if row.partial else colour(row.library)
            look = {
                "color": colour(row.library),
                "marker": MARKS[row.registers],
                "markerfacecolor": face,
                "markersize": 4.6,
            }
            axes.plot(value, at[row.function, row.library], linestyle="", zorder=3, **look)
    names = sorted({row.function for row in rows}, key=functions.rank)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)
    for edge in range(1, len(names)):
        axes.axhline(edge - 0.5, color=style.GRID, linewidth=0.6, zorder=0)
    axes.set_xscale("log")
    low, high = axes.get_xlim()
    subs = (1.0, 2.0, 5.0) if high < 200 * low else (1.0,)
    axes.xaxis.set_major_locator(ticker.LogLocator(10, subs=subs, numticks=12))
    axes.xaxis.set_minor_locator(ticker.NullLocator())
    axes.xaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set_title(title)
