"""How exact: error against the finite-difference step, and error against n."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullLocator

from . import style, tables, text
from .data import GradientError, StepCurve
from .figure import Chart, Series, draw, error_axis, footer, name_lines, paper, size_axis
from .labels import place_tags
from .scope import Scope, by_line

#: Whose error stands for a method: the lanes hardly matter to it, and one line a method is enough.
PREFERENCE = ("elements", "directions", "scalar", "points")
#: The exact methods lie on top of each other: the finite differences are what there is to see.
TELLING = (
    "reverse_fused",
    "forward_difference",
    "central_difference_2",
    "central_difference_4",
    "central_difference_8",
)
UNIT_ROUNDOFF = {"f32": 2.0**-24, "f64": 2.0**-53}

Row = TypeVar("Row", GradientError, StepCurve)


def usual_size(sizes: Iterable[int]) -> int:
    """n = 64 where there is a choice, otherwise the middle one."""
    found = sorted(set(sizes))
    return 64 if 64 in found else found[len(found) // 2]


def representative(rows: Sequence[Row]) -> list[Row]:
    """Per method the rows of one lane axis: the one with most of them, in the order of preference."""
    kept: list[Row] = []
    for _, group in by_line(list(rows), lambda row: row.case.method):
        counts = {lanes: sum(row.case.lanes == lanes for row in group) for lanes in {row.case.lanes for row in group}}
        known = lambda lanes: PREFERENCE.index(lanes) if lanes in PREFERENCE else len(PREFERENCE)
        best = min(counts, key=lambda lanes: (-counts[lanes], known(lanes), lanes))
        kept += [row for row in group if row.case.lanes == best]
    return kept


def steps(scope: Scope) -> Chart | None:
    """The V curve: truncation falls to the left, rounding noise to the right."""
    rows = [row for row in scope.run.steps if row.case.problem == scope.problem and row.step]
    if not rows:
        return None
    n = usual_size(row.case.n for row in rows)
    shown = representative([row for row in rows if row.case.n == n])
    dtypes = sorted({row.case.dtype for row in rows if row.case.n == n}, reverse=True)
    title = f"{scope.problem}: error of finite differences against step, n = {n}"
    figure, panels = paper(1, len(dtypes), title, 4.2)
    key = "Diamond: the method's default step; arrow: it lies beyond the axis; ring: the best step measured."
    footer(figure, key, scope.machine)
    for axes, dtype in zip(panels, dtypes):
        step_panel(axes, [row for row in rows if row.case.n == n and row.case.dtype == dtype])
        axes.set_title(dtype)
        axes.set_ylabel("relative error of the gradient" if axes is panels[0] else "")
    said = [
        f"{row.case.method} in {row.case.dtype} best {text.error(row.best_error)} at step {text.error(row.best_step)}, "
        f"default {text.error(row.default_error)}"
        for row in shown
    ]
    return Chart(
        f"step-{scope.problem}",
        "Error against step",
        "Relative error of the gradient (2-norm, against the quad-precision oracle) over the step: h = step · max(1, "
        "|x|). Left of the optimum, rounding grows like 1/h, right of it truncation like h to the order; the complex "
        "step subtracts nothing and has no left branch. Ridders' method extrapolates from the step on, and the adaptive "
        "difference begins its search there.",
        f"Log-log charts of the gradient error of finite differences on {scope.problem} against the step. "
        + "; ".join(said),
        figure,
        ("method/lanes", "precision", "n", "default step", "error there", "best step", "error there", "default ÷ best"),
        step_rows(rows),
    )


def step_rows(rows: list[StepCurve]) -> list[tuple[str, ...]]:
    listed = []
    for row in sorted(rows, key=in_table):
        loss = row.default_error / row.best_error if row.default_error and row.best_error else None
        best = (text.error(row.best_step), text.error(row.best_error))
        default = (text.error(row.default_step), text.error(row.default_error))
        listed.append((row.case.pair, row.case.dtype, str(row.case.n), *default, *best, text.ratio(loss)))
    return listed


def in_table(row: GradientError | StepCurve) -> tuple[object, ...]:
    return row.case.dtype, style.priority(row.case.method), row.case.lanes, row.case.n


def step_panel(axes: Axes, rows: list[StepCurve]) -> None:
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(10, numticks=9))
    axes.xaxis.set_minor_locator(NullLocator())
    error_axis(axes, "")
    axes.set_xlabel("relative step")
    shown = sorted(representative(rows), key=lambda row: style.priority(row.case.method))
    for row in shown:
        step_line(axes, row)
    low, high = axes.get_ylim()
    axes.set_ylim(low / (high / low) ** 0.15, min(high, 1e3))
    # Left of the defaults and below the rounding branch the paper is empty.
    ends = [(row.case.method, style.colour(row.case.method), where_named(row)) for row in shown]
    place_tags(axes, [(name, colour, end) for name, colour, end in ends if end], gap=-11, drop=8)


def where_named(row: StepCurve) -> tuple[float, float] | None:
    """At the default step, since the best steps often coincide; where that is at the left edge or beyond, further in. A
    line that the step does not matter to has room for its name on the right."""
    points = [(h, e) for h, e in sorted(zip(row.step, row.error)) if e]
    if not points:
        return None
    if row.default_step and row.default_step >= points[0][0] and is_flat(points):
        return points[2 * len(points) // 3]
    inside = row.default_error and (row.default_step or 0) > points[len(points) // 4][0]
    return (row.default_step, row.default_error) if inside else points[2 * len(points) // 5]


def is_flat(points: list[tuple[float, float]]) -> bool:
    """Then the best step is luck."""
    errors = [error for _, error in points]
    return max(errors) < 10 * min(errors)


def step_line(axes: Axes, row: StepCurve) -> None:
    points = [(h, e) for h, e in sorted(zip(row.step, row.error)) if e]
    if not points:
        return
    colour = style.colour(row.case.method)
    axes.plot([h for h, _ in points], [e for _, e in points], color=colour, linewidth=1.3, zorder=3)
    if row.default_step and row.default_error:
        # The complex step's default, 1e-100, would press everything else against the edge.
        beyond = row.default_step < points[0][0]
        place = points[0][0] if beyond else row.default_step
        axes.plot(place, row.default_error, "<" if beyond else "D", color=colour, markersize=5.5, zorder=4)
    if row.best_step and row.best_error and not is_flat(points):
        look = {"markerfacecolor": "white", "markeredgecolor": colour, "markeredgewidth": 1.3}
        axes.plot(row.best_step, row.best_error, "o", markersize=6, zorder=5, **look)


def size_rows(scope: Scope) -> list[GradientError]:
    """The problem's gradient errors in the widest instruction set that was examined most."""
    rows = [row for row in scope.run.errors if row.case.problem == scope.problem and row.case.threads == 1]
    view = tables.main_view(row.case for row in rows)
    return [row for row in rows if row.case.backend == view.backend]


def against_size(scope: Scope) -> Chart | None:
    """Error against n: noise of finite differences grows with n, that of exact methods hardly."""
    rows = size_rows(scope)
    if not rows:
        return None
    dtypes = sorted({row.case.dtype for row in rows}, reverse=True)
    title = f"{scope.problem}: error of the gradient against n"
    figure, panels = paper(1, len(dtypes), title, 4.2, sharex=True, sharey=True)
    key = "Dotted: unit roundoff. Cross at the top: not finite. Thin grey: the other methods. Marker: precision."
    footer(figure, key, scope.machine)
    finite = [row.error for row in rows if row.error]
    floor = min([*finite, *(UNIT_ROUNDOFF.get(dtype, 1e-7) for dtype in dtypes)]) / 30
    ceiling = max([*finite, 1e-6]) * 10
    drawn = []
    for axes, dtype in zip(panels, dtypes):
        mine = representative([row for row in rows if row.case.dtype == dtype])
        drawn.append((axes, size_panel(axes, mine, floor, ceiling)))
        axes.set_title(dtype)
        axes.set_ylabel("relative error of the gradient" if axes is panels[0] else "")
        size_axis(axes, [row.case.n for row in rows])
        guides(axes, dtype, floor)
    name_lines(drawn)
    largest = max(row.case.n for row in rows)
    at_largest = [row for row in representative(rows) if row.case.n == largest]
    said = [f"{row.case.method} {row.case.dtype} {text.error(row.error)}" for row in at_largest]
    key = ("method/lanes", "precision", "n")
    return Chart(
        f"error-{scope.problem}",
        "Error against n",
        "Relative error of the gradient (2-norm, against the quad-precision oracle), one lane axis per method: lanes "
        "hardly matter to it. Each order of differences gains digits, and most lose some again as n grows; exact "
        "methods stay near the unit roundoff.",
        f"Log-log charts of the gradient's relative error on {scope.problem} against n. At n = {largest}: "
        + "; ".join(said),
        figure,
        (*key, "relative error", "tolerance", "max ulp", "median ulp", "not finite", "verdict"),
        [error_row(row) for row in sorted(rows, key=in_table)],
    )


def size_panel(axes: Axes, rows: list[GradientError], floor: float, ceiling: float) -> list[Series]:
    error_axis(axes, "")
    axes.set_ylim(floor / 10, ceiling * 2)
    series = []
    for method, group in by_line(rows, lambda row: row.case.method):
        ys = tuple(ceiling if row.error is None else row.error or floor for row in group)
        pen = style.pen(method, group[0].case.lanes, group[0].case.dtype)
        series.append(Series(method, method, pen, tuple(row.case.n for row in group), ys))
    bad = [row.case.n for row in rows if row.error is None]
    axes.plot(bad, [ceiling] * len(bad), "x", color=style.INK, markersize=6, zorder=6)
    return draw(axes, series, TELLING, len(TELLING))


def error_row(row: GradientError) -> tuple[str, ...]:
    ulps = [text.NONE if value is None else f"{value:.3g}" for value in (row.max_ulp, row.median_ulp)]
    tolerance = text.NONE if row.tolerance is None else text.error(row.tolerance)
    counted = f"{row.non_finite} of {row.checked}" if row.non_finite else "0"
    key = (row.case.pair, row.case.dtype, str(row.case.n))
    return (*key, text.error(row.error), tolerance, *ulps, counted, row.verdict)


def guides(axes: Axes, dtype: str, floor: float) -> None:
    if dtype in UNIT_ROUNDOFF:
        axes.axhline(UNIT_ROUNDOFF[dtype], color=style.GUIDE, linewidth=0.6, linestyle=(0, (2, 2)), zorder=1)
    zero_line(axes, floor)


def zero_line(axes: Axes, floor: float) -> None:
    """Where a log axis shows the error 0."""
    axes.axhline(floor, color=style.GUIDE, linewidth=0.6, zorder=1)
    below = {"xytext": (3, -2), "textcoords": "offset points", "va": "top"}
    place = axes.get_yaxis_transform()
    axes.annotate("exactly 0", (0, floor), xycoords=place, fontsize=style.SMALL, color=style.GUIDE, **below)
