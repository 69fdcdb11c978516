"""Ratios of times: what a gradient costs in values, and what lanes gain over plain numbers."""

from __future__ import annotations

from math import log10

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from . import style, tables, text
from .charts_time import AXES
from .data import Timing
from .figure import Chart, Series, draw, footer, make_room, paper, place_labels, size_axis
from .scope import Scope, by_line

#: A row with the number of values it costs.
Cost = tuple[Timing, float]


def line(rows: list[Cost], label: str) -> Series:
    case = rows[0][0].case
    pen = style.pen(case.method, case.lanes, case.dtype)
    return Series(label, case.method, pen, tuple(row.case.n for row, _ in rows), tuple(ratio for _, ratio in rows))


def ratio_axis(axes: Axes, label: str, base: int = 10) -> None:
    axes.set_yscale("log", base=base)
    axes.yaxis.set_major_locator(LogLocator(base, numticks=20))
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
    note = (
        f"{scope.view.text}; ratios of times. Guides: 1, and n + 1 values (what forward differences evaluate). Dash: "
        "lanes. Thin grey: methods beyond the six named. A ratio is not a speed: a slow primal flatters it."
    )
    footer(figure, note, scope.facts)
    drawn = []
    for axes, (name, label, part) in zip(panels, parts):
        drawn.append((axes, draw(axes, cost_lines(part, label))))
        axes.set_title(name)
        ratio_axis(axes, "gradient ÷ primal" if axes is panels[0] else "")
        size_axis(axes, [row.case.n for _, _, part in parts for row, _ in part])
    make_room(drawn)
    for axes, series in drawn:
        guide_values(axes, scope.sizes)
        place_labels(axes, series)
    shown = [(row, ratio) for _, _, part in parts for row, ratio in part]
    largest = max(row.case.n for row, _ in shown)
    said = [f"{row.case.pair} {text.ratio(ratio)}" for row, ratio in shown if row.case.n == largest]
    chart = Chart(
        f"cost-{scope.problem}",
        "Cost of a gradient over the value alone",
        "Finite differences and forward mode grow with n, reverse mode stays constant. Left: everything on plain "
        "numbers. Right: each method on its faster SIMD lanes, over the fastest way to get the value of one point.",
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
    where = {"textcoords": "offset points", "fontsize": 6.5, "color": style.GUIDE, "va": "top"}
    axes.annotate("n + 1", (reached, reached + 1), (3, -2), **where)


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


def speedup(scope: Scope) -> Chart | None:
    """How much faster than plain numbers, per method, one panel per lane axis."""
    found = tables.speedups(row for row in scope.seen if row.case.method != "primal")
    present = [lanes for lanes in AXES[1:] if any(one.row.case.lanes == lanes for one in found)]
    if not present:
        return None
    title = f"{scope.problem}: speedup of lanes over scalar"
    figure, panels = paper(1, len(present), title, 4.3, sharex=True, sharey=True)
    starred = sorted({one.baseline for one in found if not one.baseline.startswith(one.row.case.method + "/")})
    against = f"; * has none and is held against {', '.join(starred)}: method and lanes together" if starred else ""
    note = (
        f"{scope.view.text}; per gradient, at the same n. Baseline: the same method on scalar lanes{against}. Dashed "
        "guide: lanes of a register. Thin grey: methods beyond the six named."
    )
    footer(figure, note, scope.facts)
    drawn = []
    for axes, lanes in zip(panels, present):
        series = []
        for method, group in by_method([one for one in found if one.row.case.lanes == lanes]):
            own = group[0].baseline.startswith(method + "/")
            series.append(line([(one.row, one.ratio) for one in group], method if own else f"{method}*"))
        drawn.append((axes, draw(axes, series)))
        axes.set_title(lanes)
        ratio_axis(axes, "times faster than scalar" if axes is panels[0] else "", base=2)
        size_axis(axes, [one.row.case.n for one in found])
    make_room(drawn)
    for axes, series in drawn:
        guide_lanes(axes, tables.register_lanes(scope.view))
        place_labels(axes, series)
    most = sorted(found, key=lambda one: -one.ratio)[:4]
    said = [f"{one.row.case.pair} {text.ratio(one.ratio)} at n = {one.row.case.n}" for one in most]
    chart = Chart(
        f"speedup-{scope.problem}",
        "Speedup of lanes over scalar",
        f"Times faster per gradient than the same method on plain numbers{against}.",
        f"Charts of the speedup over scalar lanes of {scope.problem} against n, by lane axis. Largest: "
        + "; ".join(said),
        figure,
        ("method/lanes", "n", "times faster", "baseline"),
    )
    for one in sorted(found, key=lambda o: (o.row.case.lanes, style.priority(o.row.case.method), o.row.case.n)):
        chart.rows.append((one.row.case.pair, str(one.row.case.n), text.ratio(one.ratio), one.baseline))
    return chart


def guide_lanes(axes: Axes, held: int | None) -> None:
    if held is None:
        return
    axes.axhline(held, color=style.GUIDE, linewidth=0.6, linestyle=(0, (2, 2)), zorder=1)
    side, look = axes.get_yaxis_transform(), {"fontsize": 6.5, "color": style.GUIDE}
    axes.text(0.995, held, f"{held} lanes", transform=side, ha="right", va="bottom", **look)


def by_method(found: list[tables.Speedup]) -> list[tuple[str, list[tables.Speedup]]]:
    groups: dict[str, list[tables.Speedup]] = {}
    for one in sorted(found, key=lambda o: o.row.case.n):
        groups.setdefault(one.row.case.method, []).append(one)
    return sorted(groups.items())
