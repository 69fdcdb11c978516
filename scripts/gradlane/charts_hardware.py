"""What wider registers, narrower numbers and more threads bring."""

from __future__ import annotations

from matplotlib.axes import Axes

from . import style, text
from .data import Timing
from .figure import Chart, Series, draw, footer, name_lines, paper, rate_axis, size_axis
from .scope import Scope, by_line

#: The method that is meant for large n, and its ceiling.
SHOWN = ("reverse_fused/elements", "analytic/elements")


def hardware(scope: Scope) -> Chart | None:
    """Components per second over instruction sets, precisions and threads."""
    rows = [row for row in scope.timings if row.case.pair in SHOWN]
    if len({(row.case.dtype, row.case.backend, row.case.threads) for row in rows}) < 2:
        return None
    methods = sorted({row.case.method for row in rows}, key=style.priority)
    title = f"{scope.problem}: registers, precision, threads"
    figure, panels = paper(1, len(methods), title, 4.2, sharex=True, sharey=True)
    key = (
        "Higher is better. Line style: instruction set; triangle: f32, circle: f64; wide line: all cores. Thin grey: "
        "beyond the six fastest."
    )
    footer(figure, key, scope.facts)
    drawn = []
    for axes, method in zip(panels, methods):
        drawn.append((axes, panel(axes, [row for row in rows if row.case.method == method])))
        axes.set_title(f"{method}/elements")
        rate_axis(axes.yaxis, "components per second" if axes is panels[0] else "")
        size_axis(axes, [row.case.n for row in rows])
    name_lines(drawn)
    return Chart(
        f"hardware-{scope.problem}",
        "Registers, precision, threads",
        "What wider registers, narrower numbers and more threads bring to the fused sweep and to its hand-written "
        "ceiling, in components of the gradient per second (which falls like 1/n where an objective does n² work).",
        f"Charts of components per second of {scope.problem} against n by instruction set, precision and threads.",
        figure,
        ("method/lanes", "precision", "backend", "threads", "n", "time", "components/s"),
        table_rows(rows),
    )


def panel(axes: Axes, rows: list[Timing]) -> list[Series]:
    axes.set_yscale("log")
    groups = by_line(rows, lambda row: (row.case.threads, row.case.dtype, row.case.backend))
    series = sorted((rate(group) for _, group in groups), key=lambda one: (-max(one.y), one.label))
    return draw(axes, series[: style.LABELLED]) + draw(axes, series[style.LABELLED :], most=0)


def rate(group: list[Timing]) -> Series:
    case = group[0].case
    label = f"{case.dtype} {case.backend}" + (f" × {case.threads} threads" if case.threads > 1 else "")
    return Series(
        label,
        case.method,
        style.pen(case.method, "elements", case.dtype),
        tuple(row.case.n for row in group),
        tuple(row.case.n / row.ns * 1e9 for row in group),
        dash=style.BACKENDS.get(case.backend, "solid"),
        width=2.6 if case.threads > 1 else 1.4,
    )


def table_rows(rows: list[Timing]) -> list[tuple[str, ...]]:
    def key(row: Timing) -> tuple[object, ...]:
        case = row.case
        return style.priority(case.method), case.dtype, case.backend, case.threads, case.n

    listed = []
    for row in sorted(rows, key=key):
        case = row.case
        what = (case.pair, case.dtype, case.backend, str(case.threads), str(case.n))
        listed.append((*what, text.time(row.ns), f"{case.n / row.ns * 1e9:.3g}"))
    return listed
