"""What to choose: accuracy against throughput, and what wider registers, narrower numbers and threads bring."""

from __future__ import annotations

from matplotlib.axes import Axes

from . import style, tables, text
from .charts_error import UNIT_ROUNDOFF
from .data import Timing
from .figure import (
    Chart,
    Series,
    draw,
    error_axis,
    footer,
    make_room,
    paper,
    place_labels,
    place_tags,
    rate_axis,
    size_axis,
    size_tick,
)
from .scope import Scope, by_line

PANELS = 4


def spread(sizes: list[int]) -> list[int]:
    """At most four n, the ends among them."""
    if len(sizes) <= PANELS:
        return sizes
    return sorted({sizes[round(k * (len(sizes) - 1) / (PANELS - 1))] for k in range(PANELS)})


def pareto(scope: Scope) -> Chart | None:
    """A point per implementation; the ones that no other beats in both are named."""
    wanted = {"f32", "f64"}
    view = scope.view
    rows = [
        row
        for row in scope.timings
        if row.error is not None
        and row.case.method != "primal"
        and row.case.dtype in wanted
        and tables.View(row.case.dtype, view.backend, view.threads).holds(row.case)
    ]
    sizes = spread(sorted({row.case.n for row in rows}))
    if not sizes:
        return None
    columns = min(2, len(sizes))
    lines = -(-len(sizes) // columns)
    figure, panels = paper(
        lines, columns, f"{scope.problem}: accuracy against throughput", 1.5 + 2.8 * lines, sharey=True
    )
    footer(
        figure,
        f"{view.backend}, {view.threads} thread(s). Right and down is better. Colour: method; circle f64, triangle f32; hollow: lanes points, "
        "per gradient of many independent points. Line: the front of the automatic methods for one point, which no other of them beats in both (errors "
        "within a factor of 2 count as equal); its members are named (up to six). Black: hand-written. Bottom line: exactly 0. u: unit roundoff of f64.",
        scope.facts,
    )
    floor = min([row.error for row in rows if row.error] + [UNIT_ROUNDOFF["f64"]]) / 1000
    for axes, n in zip(panels, sizes):
        here = [row for row in rows if row.case.n == n]
        panel(axes, here, front_of(here), floor)
        axes.set_title(f"n = {size_tick(n)}")
        axes.set_ylabel("relative error" if axes.get_subplotspec().is_first_col() else "")
    top = max([row.error for row in rows if row.error] + [1e-12]) * 30
    for axes, n in zip(panels, sizes):
        axes.set_ylim(floor / 3, top)
        low, high = axes.get_xlim()
        axes.set_xlim(low / (high / low) ** 0.25, high)  # the labels stand left of their points
        named = front_of([row for row in rows if row.case.n == n])[: style.LABELLED]
        place_tags(axes, [(tag(row), style.colour(row.case.method), at(row, floor)) for row in named], gap=-3, drop=13)
    for axes in panels[len(sizes) :]:
        axes.set_visible(False)
    chart = Chart(
        f"pareto-{scope.problem}",
        "Accuracy against throughput",
        "Every implementation as a point; the line joins the automatic ones that no other beats in both speed and accuracy.",
        f"Scatter charts of the relative error of {scope.problem}'s gradients against gradients per second.",
        figure,
        ("n", "not dominated", "gradients/s", "time", "relative error"),
    )
    for n in sorted({row.case.n for row in rows}):
        front = front_of([row for row in rows if row.case.n == n])
        chart.alt += f" At n = {n} not dominated: " + ", ".join(tag(row) for row in front) + "."
        for row in front:
            chart.rows.append((str(n), tag(row), f"{1e9 / row.ns:.3g}", text.time(row.ns), text.error(row.error)))
    return chart


def front_of(rows: list[Timing]) -> list[Timing]:
    """Of what evaluates one point and needs no hand-written gradient."""
    return tables.front(row for row in rows if row.case.lanes != "points" and row.case.method not in tables.REFERENCES)


def tag(row: Timing) -> str:
    return row.case.pair if row.case.dtype == "f64" else f"{row.case.pair} {row.case.dtype}"


def at(row: Timing, floor: float) -> tuple[float, float]:
    return 1e9 / row.ns, row.error or floor


def panel(axes: Axes, rows: list[Timing], front: list[Timing], floor: float) -> None:
    axes.set_xscale("log")
    error_axis(axes, "")
    for row in sorted(rows, key=lambda r: style.priority(r.case.method), reverse=True):
        hollow = row.case.lanes == "points"
        mark, colour = style.MARKERS.get(row.case.dtype, "s"), style.colour(row.case.method)
        face = "none" if hollow else colour
        axes.plot(
            *at(row, floor), mark, markerfacecolor=face, markeredgecolor=colour, markersize=4.6, alpha=0.9, zorder=3
        )
    # A staircase: between two members nothing better is known.
    xs = [at(row, floor)[0] for row in front]
    ys = [at(row, floor)[1] for row in front]
    axes.step(xs, ys, where="post", color=style.GUIDE, linewidth=0.9, zorder=2)
    axes.axhline(floor, color=style.GUIDE, linewidth=0.6, zorder=1)
    axes.axhline(UNIT_ROUNDOFF["f64"], color=style.GUIDE, linewidth=0.6, linestyle=(0, (2, 2)), zorder=1)
    side = {"fontsize": 6.5, "color": style.GUIDE, "transform": axes.get_yaxis_transform(), "va": "bottom"}
    axes.text(0.005, floor, "exactly 0", **side)
    axes.text(0.005, UNIT_ROUNDOFF["f64"], "u", **side)
    rate_axis(axes.xaxis, "gradients per second")


def hardware(scope: Scope) -> Chart | None:
    """Components per second of the two fastest methods, over instruction sets, precisions and threads."""
    rows = [row for row in scope.timings if row.case.pair in ("reverse_fused/elements", "analytic/elements")]
    kinds = {(row.case.dtype, row.case.backend, row.case.threads) for row in rows}
    if len(kinds) < 2:
        return None
    methods = sorted({row.case.method for row in rows}, key=style.priority)
    figure, panels = paper(
        1, len(methods), f"{scope.problem}: registers, precision, threads", 4.2, sharex=True, sharey=True
    )
    footer(
        figure,
        "Components of the gradient per second; higher is better. Line style: instruction set; triangle: f32, circle: f64; "
        "wide line: all cores.",
        scope.facts,
    )
    drawn = []
    for axes, method in zip(panels, methods):
        mine = [row for row in rows if row.case.method == method]
        series = []
        for key, group in by_line(mine, lambda row: (row.case.threads, row.case.dtype, row.case.backend)):
            series.append(rate(key, group))
        series.sort(key=lambda one: -max(one.y))
        chosen = draw(axes, series)
        for line, one in zip(
            axes.get_lines(), reversed(sorted(series, key=lambda s: (style.priority(s.method), s.label)))
        ):
            line.set_linewidth(2.6 if " × " in one.label else 1.4)
        drawn.append((axes, chosen))
        axes.set_title(f"{method}/elements")
        axes.set_yscale("log")
        rate_axis(axes.yaxis, "components per second" if axes is panels[0] else "")
        size_axis(axes, [row.case.n for row in rows])
    make_room(drawn)
    for pair in drawn:
        place_labels(*pair)
    chart = Chart(
        f"hardware-{scope.problem}",
        "Registers, precision, threads",
        "What wider registers, narrower numbers and more threads bring to the two fastest methods.",
        f"Charts of components per second of {scope.problem} against n by instruction set, precision and threads.",
        figure,
        ("method/lanes", "precision", "backend", "threads", "n", "time", "components/s"),
    )
    for row in sorted(
        rows, key=lambda r: (style.priority(r.case.method), r.case.dtype, r.case.backend, r.case.threads, r.case.n)
    ):
        case = row.case
        what = (case.pair, case.dtype, case.backend, str(case.threads), str(case.n))
        chart.rows.append((*what, text.time(row.ns), f"{case.n / row.ns * 1e9:.3g}"))
    return chart


def rate(key: tuple[int, str, str], group: list[Timing]) -> Series:
    threads, dtype, backend = key
    label = f"{dtype} {backend}" + (f" × {threads} threads" if threads > 1 else "")
    pen = style.pen(group[0].case.method, "elements", dtype)
    xs = tuple(row.case.n for row in group)
    ys = tuple(row.case.n / row.ns * 1e9 for row in group)
    return Series(label, group[0].case.method, pen, xs, ys, dash=style.BACKENDS.get(backend, "solid"))
