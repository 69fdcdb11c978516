"""Time per gradient against n, what a gradient costs in values, and what lanes gain over plain numbers."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from . import style, tables, text
from .data import Timing
from .figure import Chart, Series, draw, footer, make_room, paper, place_labels, size_axis, time_axis
from .scope import Scope, by_line

AXES = ("scalar", "directions", "elements", "points")
BARS = "Bars: 95 % interval of the median (below six repetitions, the range)."


def time_line(label: str, rows: list[Timing]) -> Series:
    case = rows[0].case
    return Series(
        label,
        case.method,
        style.pen(case.method, case.lanes, case.dtype),
        tuple(row.case.n for row in rows),
        tuple(row.ns for row in rows),
        tuple(row.low for row in rows),
        tuple(row.high for row in rows),
    )


def cache_lines(axes: Axes, scope: Scope) -> None:
    for level, n in scope.cache_edges():
        axes.axvline(n, color=style.GUIDE, linewidth=0.6, linestyle=(0, (2, 2)), zorder=1)
        where = axes.get_xaxis_transform()
        axes.text(n, 0.01, f" {level}", transform=where, fontsize=6.5, color=style.GUIDE, va="bottom")


def time(scope: Scope) -> Chart | None:
    """Small multiples by lanes, on the same axes; a pale band marks the fastest of all panels."""
    seen = scope.seen
    present = [lanes for lanes in AXES if any(row.case.lanes == lanes for row in seen)]
    if not present:
        return None
    columns = min(2, len(present))
    rows = -(-len(present) // columns)
    title = f"{scope.problem}: time per gradient against n"
    figure, panels = paper(rows, columns, title, 1.5 + 3.0 * rows, sharex=True, sharey=True)
    single = [row for row in seen if row.case.lanes != "points" and row.case.method not in tables.REFERENCES]
    best = [tables.fastest(group) for _, group in by_line(single, lambda row: row.case.n)]
    for axes, lanes in zip(panels, present):
        if best:
            band = [row for row in best if row is not None]
            axes.plot([row.case.n for row in band], [row.ns for row in band], color=style.BAND, linewidth=6, zorder=1)
        lines = by_line([row for row in seen if row.case.lanes == lanes], lambda row: row.case.method)
        drawn = draw(axes, [time_line(method, group) for method, group in lines])
        axes.set_title(lanes)
        time_axis(axes, "time per gradient" if axes.get_subplotspec().is_first_col() else "")
        size_axis(axes, scope.sizes)
        if lanes != "points":
            cache_lines(axes, scope)
        axes.drawn = drawn
    make_room([(axes, axes.drawn) for axes in panels[: len(present)]])
    for axes in panels[: len(present)]:
        axes.tick_params(labelbottom=True)
        place_labels(axes, axes.drawn)
    for axes in panels[len(present) :]:
        axes.set_visible(False)
    counted = "x, the gradient and the problem's data" if scope.counts_data() else "x and the gradient (data not counted)"
    note = (
        f"{scope.view.text}; value and gradient in one call; points: per gradient of many independent points. Pale band: "
        f"the fastest automatic method for one point. Thin grey: methods beyond the six named. {BARS} "
        f"L1, L2, L3: where {counted} leave that cache."
    )
    footer(figure, note, scope.facts)
    chart = Chart(
        f"time-{scope.problem}",
        "Time per gradient against n",
        "Value and gradient in one call, by lane axis; lower is better. The pale band is the fastest automatic method "
        "for one point, repeated in every panel.",
        f"Log-log charts of the time per gradient of {scope.problem} against n, one panel per lane axis. "
        + spoken(scope, best),
        figure,
        ("method/lanes", "n", "median", "interval", "per component", "prepare", "plan bytes", "error"),
    )
    for row in sorted(seen, key=lambda row: (style.priority(row.case.method), row.case.lanes, row.case.n)):
        span = f"{text.time(row.low)} to {text.time(row.high)}"
        each = text.time(row.ns / row.case.n)
        held = text.NONE if row.bytes is None else str(row.bytes)
        error = text.NONE if row.case.method == "primal" else text.error(row.error)
        measured = (text.time(row.ns), span, each, text.time(row.prepare_ns), held, error)
        chart.rows.append((row.case.pair, str(row.case.n), *measured))
    return chart


def spoken(scope: Scope, best: list[Timing | None]) -> str:
    said = [f"{row.case.pair} at n = {row.case.n} with {text.time(row.ns)}" for row in best if row is not None]
    return "Fastest automatic method for one point: " + "; ".join(said) + "." if said else ""


def cost(scope: Scope) -> Chart | None:
    """The classical count: n + 1 values for forward differences, a constant for reverse mode."""
    rows = [row for row in scope.seen if row.cost is not None and row.case.method != "primal"]
    scalar = [row for row in rows if row.case.lanes == "scalar"]
    vector = fastest_lanes([row for row in rows if row.case.lanes in ("directions", "elements")])
    parts = [("scalar lanes", scalar), ("each method on its faster SIMD lanes", vector)]
    parts = [(name, part) for name, part in parts if part]
    if not parts:
        return None
    title = f"{scope.problem}: cost of a gradient in values"
    figure, panels = paper(1, len(parts), title, 4.4, sharex=True, sharey=True)
    for axes, (name, part) in zip(panels, parts):
        lines = by_line(part, lambda row: (row.case.method, row.case.lanes))
        series = []
        for (method, lanes), group in lines:
            label = method if name.startswith("scalar") else f"{method}/{lanes}"
            xs, ys = tuple(row.case.n for row in group), tuple(row.cost for row in group)
            series.append(Series(label, method, style.pen(method, lanes, group[0].case.dtype), xs, ys))
        axes.drawn = draw(axes, series)
        axes.set_title(name)
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}×"))
        axes.yaxis.set_minor_locator(NullLocator())
        axes.set_ylabel("gradient ÷ primal" if axes is panels[0] else "")
        size_axis(axes, [row.case.n for row in rows])
    make_room([(axes, axes.drawn) for axes in panels])
    for axes in panels:
        ends = [min(scope.sizes), max(row.case.n for row in rows)]
        bottom, top = axes.get_ylim()
        axes.plot(ends, [n + 1 for n in ends], color=style.GUIDE, linewidth=0.7, zorder=1)
        axes.set_ylim(bottom, top)
        visible = [n for n in scope.sizes if bottom < n + 1 < top]
        if visible:
            axes.annotate(
                "n + 1", (visible[-1], visible[-1] + 1), (-4, 3), textcoords="offset points", ha="right", fontsize=6.5,
                color=style.GUIDE,
            )
        axes.axhline(1, color=style.GUIDE, linewidth=0.7, zorder=1)
        place_labels(axes, axes.drawn)
    note = (
        f"{scope.view.text}; a ratio of times, on the same lanes where the primal has them. Guides: 1, and n + 1 values "
        "(forward differences, forward mode). Dash: lanes. Thin grey: beyond the six named. A ratio is not a speed: a "
        "slow primal flatters it."
    )
    footer(figure, note, scope.facts)
    said = [f"{row.case.pair} {text.ratio(row.cost)}" for row in rows if row.case.n == max(scope.sizes)]
    chart = Chart(
        f"cost-{scope.problem}",
        "Cost of a gradient over the value alone",
        "Finite differences and forward mode grow with n, reverse mode stays constant.",
        f"Log-log charts of gradient time over primal time of {scope.problem} against n. At the largest n: "
        + ("; ".join(said) or "none"),
        figure,
        ("method/lanes", "n", "gradient ÷ primal"),
    )
    for row in sorted(rows, key=lambda row: (style.priority(row.case.method), row.case.lanes, row.case.n)):
        chart.rows.append((row.case.pair, str(row.case.n), text.ratio(row.cost)))
    return chart


def fastest_lanes(rows: list[Timing]) -> list[Timing]:
    """Per method the rows of the lane axis that is fastest at the largest n where they can be compared."""
    kept: list[Timing] = []
    for _, group in by_line(rows, lambda row: row.case.method):
        sizes = [{row.case.n for row in group if row.case.lanes == lanes} for lanes in sorted({r.case.lanes for r in group})]
        common = set.intersection(*sizes)
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
    lanes_held = tables.register_lanes(scope.view)
    for axes, lanes in zip(panels, present):
        series = []
        for method, group in by_method([one for one in found if one.row.case.lanes == lanes]):
            xs, ys = tuple(one.row.case.n for one in group), tuple(one.ratio for one in group)
            own = group[0].baseline.startswith(method + "/")
            label = method if own else f"{method}*"
            series.append(Series(label, method, style.pen(method, lanes, scope.view.dtype), xs, ys))
        axes.drawn = draw(axes, series)
        axes.set_title(lanes)
        axes.set_yscale("log", base=2)
        axes.yaxis.set_major_locator(LogLocator(2, numticks=20))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}×"))
        axes.set_ylabel("times faster than scalar" if axes is panels[0] else "")
        size_axis(axes, [one.row.case.n for one in found])
    make_room([(axes, axes.drawn) for axes in panels])
    for axes in panels:
        axes.axhline(1, color=style.GUIDE, linewidth=0.8, zorder=1)
        if lanes_held:
            axes.axhline(lanes_held, color=style.GUIDE, linewidth=0.6, linestyle=(0, (2, 2)), zorder=1)
            side = axes.get_yaxis_transform()
            axes.text(
                0.995, lanes_held, f"{lanes_held} lanes", transform=side, fontsize=6.5, ha="right", va="bottom", color=style.GUIDE
            )
        place_labels(axes, axes.drawn)
    starred = sorted({one.baseline for one in found if not one.baseline.startswith(one.row.case.method + "/")})
    note = (
        f"{scope.view.text}; per gradient, at the same n. Baseline: the same method on scalar lanes"
        + (f"; * has none and is held against {', '.join(starred)}, so it shows method and lanes together" if starred else "")
        + ". Dashed guide: lanes of a register. Thin grey: beyond the six named."
    )
    footer(figure, note, scope.facts)
    chart = Chart(
        f"speedup-{scope.problem}",
        "Speedup of lanes over scalar",
        "Times faster per gradient than the same method on plain numbers; * against " + (", ".join(starred) or "none"),
        f"Charts of the speedup over scalar of {scope.problem} against n by lane axis. "
        + "; ".join(f"{one.row.case.pair} {text.ratio(one.ratio)} at n = {one.row.case.n}" for one in found[-6:]),
        figure,
        ("method/lanes", "n", "times faster", "baseline"),
    )
    for one in sorted(found, key=lambda o: (o.row.case.lanes, style.priority(o.row.case.method), o.row.case.n)):
        chart.rows.append((one.row.case.pair, str(one.row.case.n), text.ratio(one.ratio), one.baseline))
    return chart


def by_method(found: list[tables.Speedup]) -> list[tuple[str, list[tables.Speedup]]]:
    groups: dict[str, list[tables.Speedup]] = {}
    for one in sorted(found, key=lambda o: o.row.case.n):
        groups.setdefault(one.row.case.method, []).append(one)
    return sorted(groups.items())
