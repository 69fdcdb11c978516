"""What to choose: accuracy against throughput."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from . import style, tables, text
from .charts_error import UNIT_ROUNDOFF, zero_line
from .data import Timing
from .figure import Chart, error_axis, footer, legend, paper, rate_axis, size_tick
from .labels import place_tags
from .scope import Scope

PANELS = 4


def telling(rows: list[Timing]) -> list[int]:
    """The four n where most methods were timed: where few are left there is nothing to choose from."""
    methods: dict[int, set[str]] = {}
    for row in rows:
        methods.setdefault(row.case.n, set()).add(row.case.method)
    return sorted(sorted(methods, key=lambda n: (-len(methods[n]), n))[:PANELS])


def candidates(scope: Scope) -> list[Timing]:
    """Both precisions of the view, where the error is known."""
    views = [tables.View(dtype, scope.view.backend, scope.view.threads) for dtype in ("f32", "f64")]
    rows = [row for row in scope.timings if row.error is not None and row.case.method != "primal"]
    return [row for row in rows if any(view.holds(row.case) for view in views)]


def pareto(scope: Scope) -> Chart | None:
    """A point per implementation; the ones that no other beats in both are named."""
    rows = candidates(scope)
    sizes = telling(rows)
    if not sizes:
        return None
    columns = min(2, len(sizes))
    lines = -(-len(sizes) // columns)
    title = f"{scope.problem}: accuracy against throughput"
    figure, panels = paper(lines, columns, title, 1.9 + 2.5 * lines, sharey=True)
    threads = "1 thread" if scope.view.threads == 1 else f"{scope.view.threads} threads"
    key = (
        f"{scope.view.backend}, {threads}. Right and down is better. Circle: f64; triangle: f32; hollow: lanes points. "
        "Line: the front, its members named. Dotted: unit roundoff of f64."
    )
    footer(figure, key, scope.facts)
    methods = sorted({row.case.method for row in rows}, key=style.priority)
    look = {"marker": "o", "linestyle": "none", "markersize": 6}
    legend(figure, {name: Line2D([], [], color=style.colour(name), **look) for name in methods}, columns=5)
    errors = [row.error for row in rows if row.error]
    floor = min([*errors, UNIT_ROUNDOFF["f64"]]) / 1000
    for axes, n in zip(panels, sizes):
        axes.set_ylim(floor / 100, max([*errors, 1e-12]) * 30)
        panel(axes, [row for row in rows if row.case.n == n], floor)
        axes.set_title(f"n = {size_tick(n)}")
        axes.set_ylabel("relative error" if axes.get_subplotspec().is_first_col() else "")
    for axes in panels[len(sizes) :]:
        axes.set_visible(False)
    fronts = [(n, front_of([row for row in rows if row.case.n == n])) for n in sorted({row.case.n for row in rows})]
    said = [f"At n = {n} not dominated: {', '.join(map(tag, front))}." for n, front in fronts]
    return Chart(
        f"pareto-{scope.problem}",
        "Accuracy against throughput",
        "Every implementation as a point. The line is the front of the automatic methods for one point, which no other "
        "of them beats in both speed and accuracy; errors within a factor of 2 count as equal. Black: hand-written; "
        "hollow: per gradient of many independent points.",
        f"Scatter charts of the relative error of {scope.problem}'s gradients against gradients per second. "
        + " ".join(said),
        figure,
        ("n", "not dominated", "gradients/s", "time", "relative error"),
        [
            (str(n), tag(row), f"{1e9 / row.ns:.3g}", text.time(row.ns), text.error(row.error))
            for n, front in fronts
            for row in front
        ],
    )


def front_of(rows: list[Timing]) -> list[Timing]:
    """Of what evaluates one point and may be recommended."""
    return tables.front(row for row in rows if row.case.lanes != "points" and tables.is_contender(row))


def tag(row: Timing) -> str:
    return row.case.pair if row.case.dtype == "f64" else f"{row.case.pair} {row.case.dtype}"


def at(row: Timing, floor: float) -> tuple[float, float]:
    return 1e9 / row.ns, row.error or floor


def panel(axes: Axes, rows: list[Timing], floor: float) -> None:
    axes.set_xscale("log")
    error_axis(axes, "")
    for row in sorted(rows, key=lambda r: style.priority(r.case.method), reverse=True):
        colour = style.colour(row.case.method)
        look = {"markerfacecolor": "none" if row.case.lanes == "points" else colour, "markeredgecolor": colour}
        mark = style.MARKERS.get(row.case.dtype, "s")
        axes.plot(*at(row, floor), mark, markersize=4.6, alpha=0.9, zorder=3, **look)
    front = front_of(rows)
    # A staircase: between two members nothing better is known.
    places = [at(row, floor) for row in front]
    axes.step([x for x, _ in places], [y for _, y in places], where="post", color=style.GUIDE, linewidth=0.9, zorder=2)
    zero_line(axes, floor)
    axes.axhline(UNIT_ROUNDOFF["f64"], color=style.GUIDE, linewidth=0.6, linestyle=(0, (2, 2)), zorder=1)
    low, high = axes.get_xlim()
    axes.set_xlim(low / (high / low) ** 0.25, high)  # the labels stand left of their points
    rate_axis(axes.xaxis, "gradients per second")
    named = front[: style.LABELLED]
    place_tags(axes, [(tag(row), style.colour(row.case.method), at(row, floor)) for row in named], gap=-3, drop=13)
