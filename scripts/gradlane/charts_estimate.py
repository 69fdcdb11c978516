"""How honest a method is that estimates its own error: what it believes against what is true."""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullLocator

from . import style, text
from .charts_error import usual_size
from .data import OwnEstimate
from .figure import Chart, error_axis, footer, paper
from .scope import Scope


def own_estimate(scope: Scope) -> Chart | None:
    """A point a component; above the diagonal the error is larger than the method believes."""
    rows = [row for row in scope.run.own_estimates if row.case.problem == scope.problem and pairs(row)]
    if not rows:
        return None
    n = usual_size(row.case.n for row in rows)
    backend = max(row.case.backend for row in rows if row.case.n == n)
    shown = [row for row in rows if row.case.n == n and row.case.backend == backend]
    shown = sorted({row.case.dtype: row for row in shown}.values(), key=lambda row: row.case.dtype, reverse=True)
    title = f"{scope.problem}: the error that {shown[0].case.method} believes in, and the true one, n = {n}"
    figure, panels = paper(1, len(shown), title, 4.4)
    key = (
        "A point a component of the gradient. Below the line the method is honest: its error is at most what it believes. "
        "Dotted: ten times that. On the frame: exactly 0."
    )
    footer(figure, key, scope.machine)
    for axes, row in zip(panels, shown):
        panel(axes, row)
        axes.set_title(f"{row.case.dtype}: honest in {row.honest} of {len(row.error)}")
        axes.set_ylabel("true error" if axes is panels[0] else "")
    return Chart(
        f"honesty-{scope.problem}",
        "Its own estimate against the true error",
        "Ridders' method stops its extrapolation by an estimate of its error. The estimate is the distance of entries of a "
        "table, not a bound: where they agree by chance it is too small. Absolute errors against the quad-precision oracle.",
        f"Scatter charts of the true error of {scope.problem}'s gradient components against the error estimated by "
        f"{shown[0].case.method}. " + "; ".join(f"{row.case.dtype}: honest in {share(row, 1)}" for row in shown),
        figure,
        ("method", "precision", "n", "components", "honest", "within 10 ×", "largest error ÷ estimate", "no claim"),
        [row_of(row) for row in sorted(rows, key=lambda r: (r.case.dtype, r.case.backend, r.case.n))],
    )


def pairs(row: OwnEstimate) -> list[tuple[float, float]]:
    return [(e, t) for e, t in zip(row.estimate, row.error) if e is not None and t is not None]


def share(row: OwnEstimate, factor: float) -> str:
    """Without a claim nothing was promised: honest."""
    kept = sum(true <= factor * believed for believed, true in pairs(row)) + silent(row)
    return f"{100 * kept / len(row.error):.0f} %"


def silent(row: OwnEstimate) -> int:
    return sum(estimate is None for estimate in row.estimate)


def row_of(row: OwnEstimate) -> tuple[str, ...]:
    ratios = [true / believed if believed else math.inf for believed, true in pairs(row) if true]
    worst = max(ratios, default=0.0)
    largest = "infinite: an error believed to be 0" if math.isinf(worst) else text.digits(worst)
    case = (f"{row.case.method} ({row.case.backend})", row.case.dtype, str(row.case.n), str(len(row.error)))
    return (*case, share(row, 1), share(row, 10), largest, str(silent(row)))


def panel(axes: Axes, row: OwnEstimate) -> None:
    axes.set_xscale("log")
    error_axis(axes, "")
    axes.xaxis.set_major_locator(LogLocator(10, numticks=7))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("error by its own estimate")
    points = pairs(row)
    known = [value for point in points for value in point if value]
    low, high = min(known, default=1e-16) / 5, max(known, default=1.0) * 5
    axes.set_xlim(low, high)
    axes.set_ylim(low, high)
    axes.plot([low, high], [low, high], color=style.GUIDE, linewidth=0.9, zorder=1)
    axes.plot([low, high], [10 * low, 10 * high], color=style.GUIDE, linewidth=0.7, linestyle=(0, (2, 2)), zorder=1)
    colour = style.colour(row.case.method)
    placed = [(max(believed, low), max(true, low)) for believed, true in points]
    look = {"markersize": 3.6, "alpha": 0.65, "clip_on": False, "zorder": 3, "markeredgewidth": 0}
    axes.plot([x for x, _ in placed], [y for _, y in placed], "o", color=colour, **look)
