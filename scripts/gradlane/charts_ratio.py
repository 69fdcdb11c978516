"""What a gradient costs, in values of the objective."""

from __future__ import annotations

from math import log10

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from . import style, tables, text
from .data import Timing
from .figure import Chart, Series, draw, footer, name_lines, paper, size_axis
from .scope import Scope, by_line

#: A row with the number of values it costs.
Cost = tuple[Timing, float]


def line(rows: list[Cost], label: str) -> Series:
    case = rows[0][0].case
    pen = style.pen(case.method, case.lanes, case.dtype)
    return Series(label, case.method, pen, tuple(row.case.n for row, _ in rows), tuple(ratio for _, ratio in rows))


def ratio_axis(axes: Axes, label: str) -> None:
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(10, numticks=20))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: ratio_tick(value)))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_ylabel(label)
    axes.axhline(1, color=style.GUIDE, linewidth=0.8, zorder=1)


def ratio_tick(value: float) -> str:
    return f"{value:g}×" if value < 1e4 else f"$10^{{{round(log10(value))}}}$×"


def over_fastest_primal(scope: Scope, rows: list[Timing]) -> list[Cost]:
    """Held against the quickest way to get the value of one point, where all of its lane axes were timed: a ratio to
    the scalar value alone would fall off at the n where the SIMD one is missing."""
    values = [row for row in scope.seen if row.case.method == "primal" and row.case.lanes != "points"]
    every = {row.case.lanes for row in values}
    primal = {}
    for n, group in by_line(values, lambda row: row.case.n):
        if {row.case.lanes for row in group} == every:
            primal[n] = min(row.ns for row in group)
    return [(row, row.ns / primal[row.case.n]) for row in rows if row.case.n in primal]


def cost(scope: Scope) -> Chart | None:
    """The classical count: n + 1 values for forward differences, a constant for reverse mode."""
    rows = [row for row in scope.seen if row.case.method != "primal"]
    scalar = [(row, row.cost) for row in rows if row.case.lanes == "scalar" and row.cost is not None]
    vector = fastest_lanes([row for row in rows if row.case.lanes in ("directions", "elements")])
    parts = [
        ("scalar lanes ÷ scalar primal", "{0}", scalar),
        ("faster SIMD lanes ÷ fastest primal", "{0}/{1}", over_fastest_primal(scope, vector)),
    ]
    parts = [part for part in parts if part[2]]
    if not parts:
        return None
    title = f"{scope.problem}: cost of a gradient in values"
    figure, panels = paper(1, len(parts), title, 4.4, sharex=True, sharey=True)
    key = (
        f"{scope.view.text}; ratios of times. Guides: 1, and n + 1 values (what forward differences evaluate). Dash: "
        "lanes. Thin grey: methods beyond the six named."
    )
    footer(figure, key, scope.facts)
    drawn = []
    for axes, (name, label, part) in zip(panels, parts):
        drawn.append((axes, draw(axes, cost_lines(part, label))))
        axes.set_title(name)
        ratio_axis(axes, "gradient ÷ primal" if axes is panels[0] else "")
        size_axis(axes, [row.case.n for _, _, part in parts for row, _ in part])
    for axes, _ in drawn:
        guide_values(axes, scope.sizes)
    name_lines(drawn)
    shown = [(row, ratio) for _, _, part in parts for row, ratio in part]
    largest = max(row.case.n for row, _ in shown)
    said = [f"{row.case.pair} {text.ratio(ratio)}" for row, ratio in shown if row.case.n == largest]
    chart = Chart(
        f"cost-{scope.problem}",
        "Cost of a gradient over the value alone",
        "Finite differences and forward mode grow with n, reverse mode stays constant. Left: everything on plain "
        "numbers. Right: each method on its faster SIMD lanes, over the fastest way to get the value of one point. A "
        "ratio is not a speed: a slow value flatters it.",
        f"Log-log charts of gradient time over primal time of {scope.problem} against n. At n = {largest}: "
        + "; ".join(said),
        figure,
        ("method/lanes", "n", "÷ scalar primal", "÷ fastest primal"),
    )
    over = {row.case: ratio for row, ratio in over_fastest_primal(scope, rows)}
    for row in sorted(rows, key=lambda row: (style.priority(row.case.method), row.case.lanes, row.case.n)):
        both = text.ratio(row.cost), text.ratio(over.get(row.case))
        chart.rows.append((row.case.pair, str(row.case.n), *both))
    return chart


def cost_lines(part: list[Cost], label: str) -> list[Series]:
    groups: dict[tuple[str, str], list[Cost]] = {}
    for row, ratio in sorted(part, key=lambda pair: pair[0].case.n):
        groups.setdefault((row.case.method, row.case.lanes), []).append((row, ratio))
    return [line(group, label.format(*key)) for key, group in sorted(groups.items())]


def guide_values(axes: Axes, sizes: list[int]) -> None:
    """The line n + 1, named where it leaves the panel."""
    bottom, top = axes.get_ylim()
    ends = [min(sizes), max(max(sizes), top)]
    axes.plot(ends, [n + 1 for n in ends], color=style.GUIDE, linewidth=0.7, zorder=1, scalex=False, scaley=False)
    axes.set_ylim(bottom, top)
    reached = min(max(sizes), top - 1)
    where = {"textcoords": "offset points", "fontsize": style.SMALL, "color": style.GUIDE, "va": "top", "ha": "right"}
    axes.annotate("n + 1", (reached, reached + 1), (-4, 0), **where)


def fastest_lanes(rows: list[Timing]) -> list[Timing]:
    """Per method the rows of the lane axis that is fastest at the largest n where all of its axes were timed."""
    kept: list[Timing] = []
    for _, group in by_line(rows, lambda row: row.case.method):
        axes = sorted({row.case.lanes for row in group})
        common = set.intersection(*({row.case.n for row in group if row.case.lanes == lanes} for lanes in axes))
        at = max(common) if common else max(row.case.n for row in group)
        best = tables.fastest(row for row in group if row.case.n == at)
        kept += [row for row in group if best and row.case.lanes == best.case.lanes]
    return kept
