"""Time per gradient against n: the two methods that stand for ours, and the other libraries."""

from __future__ import annotations

from matplotlib.axes import Axes

from . import style, text
from .charts_time import cache_lines
from .data import Case, Timing
from .figure import Chart, Series, draw, footer, name_lines, paper, size_axis, time_axis
from .scope import Scope, by_line

#: What is held against the libraries, with its panel's title. One reverse sweep and many sweeps have nothing in common.
PANELS = (
    ("reverse_fused/elements", "reverse mode"),
    ("forward_mode/directions", "forward mode and differences"),
)
#: By the alphabet of the run's libraries, so that a library has one colour in the charts of all problems.
COLOURS = (
    "#0072B2",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#7B4B94",
    "#8C5A2B",
    "#3F7F7F",
    "#A23B5B",
    "#5B6E1F",
    "#4B5FA5",
    "#777777",
)
OURS = "#D55E00"


def is_reverse(case: Case) -> bool:
    return case.method.startswith("reverse")


def label(case: Case) -> str:
    """The library, and what is special about the method: "adolc replayed", "boost central_difference_2"."""
    kind = case.method.removeprefix("reverse_").replace("_replayed", " replayed").replace("tape", "").strip()
    return case.backend if kind in ("", "forward_mode") else f"{case.backend} {kind}"


def peers(scope: Scope) -> Chart | None:
    """Two panels on the same axes; lower is better."""
    rows = [row for row in scope.timings if scope.view.beside(row.case)]
    if not rows:
        return None
    ours = [row for row in scope.seen if row.case.pair in dict(PANELS)]
    title = f"{scope.problem}: time per gradient, against other libraries"
    figure, panels = paper(1, 2, title, 5.2, sharex=True, sharey=True)
    key = f"{scope.view.text}. Orange, wide: ours. Bars: interval of the median."
    footer(figure, key, scope.facts)
    libraries = sorted({row.case.backend for row in scope.run.timings if scope.view.beside(row.case)})
    drawn = []
    for axes, (pair, heading) in zip(panels, PANELS):
        group = [row for row in rows if is_reverse(row.case) == pair.startswith("reverse")]
        mine = [row for row in ours if row.case.pair == pair]
        drawn.append((axes, panel(axes, mine, group, libraries)))
        axes.set_title(heading)
        time_axis(axes, "time per gradient" if axes is panels[0] else "")
        size_axis(axes, sorted({row.case.n for row in rows + ours}))
        cache_lines(axes, scope)
    name_lines(drawn)
    return Chart(
        f"peers-{scope.problem}",
        "Against other libraries",
        "Value and gradient in one call; lower is better. Left the modes whose cost is a constant number of primals, "
        "right those that take a sweep for each input or for each chunk of them. Libraries are compiled for the same "
        "instruction set; recordings are made anew on every call, but for `replayed`, whose recording is prepared.",
        f"Log-log charts of the time per gradient of {scope.problem} against n, ours and other libraries'. "
        f"{spoken(ours, rows)}",
        figure,
        ("implementation", "n", "median", "interval", "÷ ours", "prepare", "error"),
        table_rows(ours, rows),
    )


def panel(axes: Axes, mine: list[Timing], theirs: list[Timing], libraries: list[str]) -> list[Series]:
    series = [line(group, group[0].case.pair, OURS, 2.9) for _, group in by_line(mine, lambda row: row.case.pair)]
    for name, group in by_line(theirs, lambda row: label(row.case)):
        colour = COLOURS[libraries.index(group[0].case.backend) % len(COLOURS)]
        series.append(line(group, name, colour, 1.4))
    return draw(axes, series, most=len(series))


def line(rows: list[Timing], name: str, colour: str, width: float) -> Series:
    case = rows[0].case
    dash = "solid" if case.lanes in ("elements", "scalar") else style.LANES[case.lanes]
    if "replayed" in case.method or "difference" in case.method:
        dash = style.LANES["scalar"]
    return Series(
        name,
        case.method,
        style.Pen(colour, dash, style.MARKERS.get(case.dtype, "s")),
        tuple(row.case.n for row in rows),
        tuple(row.ns for row in rows),
        tuple(row.low for row in rows),
        tuple(row.high for row in rows),
        width=width,
    )


def fastest_of(rows: list[Timing], n: int) -> Timing | None:
    return min((row for row in rows if row.case.n == n), key=lambda row: row.ns, default=None)


def counterpart(row: Timing, ours: list[Timing]) -> Timing | None:
    """Ours of the same panel and n."""
    return fastest_of([mine for mine in ours if is_reverse(mine.case) == is_reverse(row.case)], row.case.n)


def table_rows(ours: list[Timing], theirs: list[Timing]) -> list[tuple[str, ...]]:
    rows = []
    for row in sorted(ours + theirs, key=lambda row: (is_reverse(row.case), row.case.n, row.ns)):
        mine = counterpart(row, ours)
        over = None if mine is None else row.ns / mine.ns
        name = f"{row.case.backend} {row.case.pair}"
        span = f"{text.time(row.low)} to {text.time(row.high)}"
        shown = (text.time(row.ns), span, text.ratio(over), text.time(row.prepare_ns), text.error(row.error))
        rows.append((name, str(row.case.n), *shown))
    return rows


def spoken(ours: list[Timing], theirs: list[Timing]) -> str:
    """At every n the fastest library of each panel, as a multiple of ours."""
    said = []
    for n in sorted({row.case.n for row in theirs}):
        for reverse, mode in ((True, "reverse"), (False, "forward")):
            best = fastest_of([row for row in theirs if is_reverse(row.case) == reverse], n)
            mine = best and counterpart(best, ours)
            if best and mine:
                said.append(f"n = {n}, {mode}: {label(best.case)} takes {text.ratio(best.ns / mine.ns)} our time")
    return "The fastest library: " + "; ".join(said) + "." if said else ""
