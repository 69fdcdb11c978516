"""What to choose: accuracy against throughput."""

from __future__ import annotations

from matplotlib.axes import Axes

from . import style, tables, text
from .charts_error import UNIT_ROUNDOFF
from .data import Timing
from .figure import Chart, error_axis, footer, paper, place_tags, rate_axis, size_tick
from .scope import Scope

PANELS = 4


def spread(sizes: list[int]) -> list[int]:
    """At most four n, the ends among them."""
    if len(sizes) <= PANELS:
        return sizes
    return sorted({sizes[round(k * (len(sizes) - 1) / (PANELS - 1))] for k in range(PANELS)})


def candidates(scope: Scope) -> list[Timing]:
    """Both precisions of the view, where the error is known."""
    views = [tables.View(dtype, scope.view.backend, scope.view.threads) for dtype in ("f32", "f64")]
    rows = [row for row in scope.timings if row.error is not None and row.case.method != "primal"]
    return [row for row in rows if any(view.holds(row.case) for view in views)]


def pareto(scope: Scope) -> Chart | None:
    """A point per implementation; the ones that no other beats in both are named."""
    rows = candidates(scope)
    sizes = spread(sorted({row.case.n for row in rows}))
    if not sizes:
        return None
    columns = min(2, len(sizes))
    lines = -(-len(sizes) // columns)
    title = f"{scope.problem}: accuracy against throughput"
    figure, panels = paper(lines, columns, title, 1.5 + 2.8 * lines, sharey=True)
    threads = "1 thread" if scope.view.threads == 1 else f"{scope.view.threads} threads"
    note = (
        f"{scope.view.backend}, {threads}. Right and down is better. Colour: method; circle f64, triangle f32; hollow: "
        "lanes points, per gradient of many independent points. Line: the front of the automatic methods for one "
        "point, which no other of them beats in both (errors within a factor of 2 count as equal); its members are "
        "named (up to six). Black: hand-written. Bottom line: exactly 0. u: unit roundoff of f64."
    )
    footer(figure, note, scope.facts)
    errors = [row.error for row in rows if row.error]
    floor = min([*errors, UNIT_ROUNDOFF["f64"]]) / 1000
    for axes, n in zip(panels, sizes):
        axes.set_ylim(floor / 3, max([*errors, 1e-12]) * 30)
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
        "Every implementation as a point; the line joins the automatic ones that no other beats in both speed and "
        "accuracy.",
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
    """Of what evaluates one point and needs no hand-written gradient."""
    return tables.front(row for row in rows if row.case.lanes != "points" and row.case.method not in tables.REFERENCES)


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
    axes.axhline(floor, color=style.GUIDE, linewidth=0.6, zorder=1)
    axes.axhline(UNIT_ROUNDOFF["f64"], color=style.GUIDE, linewidth=0.6, linestyle=(0, (2, 2)), zorder=1)
    side = {"fontsize": 6.5, "color": style.GUIDE, "transform": axes.get_yaxis_transform(), "va": "bottom"}
    axes.text(0.005, floor, "exactly 0", **side)
    axes.text(0.005, UNIT_ROUNDOFF["f64"], "u", **side)
    low, high = axes.get_xlim()
    axes.set_xlim(low / (high / low) ** 0.25, high)  # the labels stand left of their points
    rate_axis(axes.xaxis, "gradients per second")
    named = front[: style.LABELLED]
    place_tags(axes, [(tag(row), style.colour(row.case.method), at(row, floor)) for row in named], gap=-3, drop=13)
