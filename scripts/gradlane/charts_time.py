"""Time per gradient against n: one panel per lane axis."""

from __future__ import annotations

from matplotlib.axes import Axes

from . import style, tables, text
from .data import Timing
from .figure import Chart, Series, draw, footer, name_lines, paper, size_axis, time_axis
from .scope import Scope, by_line

AXES = ("scalar", "directions", "elements", "points")


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
        axes.text(n, 0.01, f" {level}", transform=where, fontsize=style.SMALL, color=style.GUIDE, va="bottom")


def time(scope: Scope) -> Chart | None:
    """Small multiples by lanes, on the same axes; a pale band marks the fastest of all panels."""
    gradients = [row for row in scope.seen if row.case.method != "primal"]
    present = [lanes for lanes in AXES if any(row.case.lanes == lanes for row in gradients)]
    if not present:
        return None
    columns = min(2, len(present))
    rows = -(-len(present) // columns)
    data = "x, the gradient and the problem's data"
    counted = data if scope.counts_data() else "x and the gradient (data not counted)"
    title = f"{scope.problem}: time per gradient against n"
    figure, panels = paper(rows, columns, title, 1.5 + 2.7 * rows, sharex=True, sharey=True)
    key = (
        f"{scope.view.text}. Pale band in every panel: the fastest automatic method for one point. Thin grey: other "
        "methods. Bars: interval of the median."
    )
    footer(figure, key, scope.facts)
    best = fastest_single(scope)
    drawn = [(axes, panel(axes, scope, lanes, best)) for axes, lanes in zip(panels, present)]
    name_lines(drawn)
    for axes, _ in drawn:
        axes.tick_params(labelbottom=True)
    for axes in panels[len(present) :]:
        axes.set_visible(False)
    return Chart(
        f"time-{scope.problem}",
        "Time per gradient against n",
        "Value and gradient in one call, by lane axis; lower is better. Under points the time is per gradient of many "
        f"independent points. L1, L2, L3: where {counted} leave that cache. The value alone is in the table.",
        f"Log-log charts of the time per gradient of {scope.problem} against n, by lane axis. {spoken(best)}",
        figure,
        ("method/lanes", "n", "median", "interval", "per component", "prepare", "plan bytes", "error"),
        table_rows(scope),
    )


def fastest_single(scope: Scope) -> list[Timing]:
    """By n, the fastest automatic method for one point."""
    rows = [row for row in scope.seen if row.case.lanes != "points" and row.case.method not in tables.REFERENCES]
    best = (tables.fastest(group) for _, group in by_line(rows, lambda row: row.case.n))
    return [row for row in best if row is not None]


def panel(axes: Axes, scope: Scope, lanes: str, best: list[Timing]) -> list[Series]:
    axes.plot([row.case.n for row in best], [row.ns for row in best], color=style.BAND, linewidth=6, zorder=1)
    shown = [row for row in scope.seen if row.case.lanes == lanes and row.case.method != "primal"]
    lines = by_line(shown, lambda row: row.case.method)
    drawn = draw(axes, [time_line(method, group) for method, group in lines], most=5)
    axes.set_title(lanes)
    time_axis(axes, "time per gradient" if axes.get_subplotspec().is_first_col() else "")
    size_axis(axes, scope.sizes)
    if lanes != "points":  # an ensemble's working set is about the same for every n
        cache_lines(axes, scope)
    return drawn


def table_rows(scope: Scope) -> list[tuple[str, ...]]:
    rows = []
    for row in sorted(scope.seen, key=lambda row: (style.priority(row.case.method), row.case.lanes, row.case.n)):
        span = f"{text.time(row.low)} to {text.time(row.high)}"
        each = text.time(row.ns / row.case.n)
        held = text.NONE if row.bytes is None else str(row.bytes)
        error = text.NONE if row.case.method == "primal" else text.error(row.error)
        measured = (text.time(row.ns), span, each, text.time(row.prepare_ns), held, error)
        rows.append((row.case.pair, str(row.case.n), *measured))
    return rows


def spoken(best: list[Timing]) -> str:
    said = [f"{row.case.pair} at n = {row.case.n} with {text.time(row.ns)}" for row in best]
    return "Fastest automatic method for one point: " + "; ".join(said) + "." if said else ""
