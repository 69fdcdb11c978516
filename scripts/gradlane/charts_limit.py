"""How near to the machine's limit the methods come: one panel per precision."""

from __future__ import annotations

from dataclasses import replace

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from . import style, text
from .data import Limit, Timing
from .figure import Chart, Series, draw, footer, name_lines, paper, size_axis
from .scope import Scope, by_line

#: A row whose limit is known, with it.
Held = tuple[Timing, Limit]


def limit(scope: Scope) -> Chart | None:
    """Modelled least time over measured time against n, on the view's backend and threads."""
    rows = [
        (row, row.limit)
        for row in scope.timings
        if row.limit is not None
        and row.case.lanes != "points"
        and scope.view.holds(replace(row.case, dtype=scope.view.dtype))
    ]
    if not rows:
        return None
    precisions = sorted({row.case.dtype for row, _ in rows}, reverse=True)
    title = f"{scope.problem}: fraction of the machine's limit"
    figure, panels = paper(1, len(precisions), title, 4.3, sharex=True, sharey=True)
    key = f"{scope.view.backend}, one point. Above 1: what bounds the limit from that n on. Thin grey: other methods."
    footer(figure, key, scope.facts)
    drawn = []
    for axes, dtype in zip(panels, precisions):
        drawn.append((axes, panel(axes, [pair for pair in rows if pair[0].case.dtype == dtype])))
        axes.set_title(dtype)
        fraction_axis(
            axes, "fraction of the limit" if axes is panels[0] else "", min(held.fraction for _, held in rows)
        )
        size_axis(axes, [row.case.n for row, _ in rows])
    name_lines(drawn)
    chart = Chart(
        f"limit-{scope.problem}",
        "Fraction of the machine's limit",
        "The least time that the machine could take, modelled from counted operations and measured rates, over the time "
        "taken; 1 is the limit. At small n what a call costs by itself counts, which is not modelled.",
        f"Log-log charts of the fraction of the machine's limit of {scope.problem} against n. {spoken(rows)}",
        figure,
        ("method/lanes", "precision", "n", "time", "limit", "bound by", "fraction"),
    )
    for row, least in sorted(rows, key=lambda pair: order(pair[0])):
        case = row.case
        held = (text.time(row.ns), text.time(least.ns), least.bound, f"{least.fraction:.3g}")
        chart.rows.append((case.pair, case.dtype, str(case.n), *held))
    return chart


def order(row: Timing) -> tuple[object, ...]:
    return style.priority(row.case.method), row.case.lanes, row.case.dtype, row.case.n


def panel(axes: Axes, rows: list[Held]) -> list[Series]:
    """Each method on the lanes that come nearest at its largest n."""
    axes.set_yscale("log")
    axes.axhline(1, color=style.GUIDE, linewidth=0.8, zorder=1)
    series = []
    for method, group in by_line([row for row, _ in rows], lambda row: row.case.method):
        largest = max(row.case.n for row in group)
        lanes = max((row for row in group if row.case.n == largest), key=lambda row: row.limit.fraction).case.lanes
        series.append(line(f"{method}/{lanes}", [row for row in group if row.case.lanes == lanes]))
    bounds(axes, rows)
    return draw(axes, series, first=("analytic",), most=5)


def line(label: str, rows: list[Timing]) -> Series:
    case = rows[0].case
    fractions = tuple(row.limit.fraction for row in rows)
    return Series(
        label,
        case.method,
        style.pen(case.method, case.lanes, case.dtype),
        tuple(row.case.n for row in rows),
        fractions,
        tuple(f * row.ns / row.high for f, row in zip(fractions, rows)),
        tuple(f * row.ns / row.low for f, row in zip(fractions, rows)),
    )


def bounds(axes: Axes, rows: list[Held]) -> None:
    """Names what bounds the limit, above its line, at each n from which it is another."""
    before = ""
    for n, bound in sorted({row.case.n: least.bound for row, least in rows}.items()):
        if bound != before:
            axes.text(n, 1.04, bound, fontsize=style.SMALL, color=style.GUIDE, va="bottom")
        before = bound


def fraction_axis(axes: Axes, label: str, least: float) -> None:
    axes.yaxis.set_major_locator(LogLocator(10, subs=(1.0, 2.0, 5.0), numticks=12))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_ylim(max(least / 1.3, 1e-3), 1.4)
    axes.set_ylabel(label)


def spoken(rows: list[Held]) -> str:
    """The best of each n."""
    best: dict[int, Held] = {}
    for row, least in rows:
        if row.case.n not in best or least.fraction > best[row.case.n][1].fraction:
            best[row.case.n] = row, least
    said = [f"{row.case.pair} {least.fraction:.2g} at n = {n}" for n, (row, least) in sorted(best.items())]
    return "Nearest: " + "; ".join(said) + "."
