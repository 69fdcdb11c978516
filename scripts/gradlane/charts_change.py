"""Two runs: the time of the candidate over that of the base against n, one panel per lane axis."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator

from . import style, text
from .against import Against, Change
from .charts_time import AXES
from .compare_model import percent
from .figure import Chart, Series, draw, footer, name_lines, paper, size_axis
from .scope import by_line, machine, repetitions
from .tables import View


def change(against: Against, view: View, problem: str) -> Chart | None:
    rows = [row for row in against.changes if row.case.problem == problem and view.holds(row.case) and row.ratio]
    present = [lanes for lanes in AXES if any(row.case.lanes == lanes for row in rows)]
    if not present:
        return None
    columns = min(2, len(present))
    lines = -(-len(present) // columns)
    base, candidate = against.names
    title = f"{problem}: time of {candidate} ÷ time of {base}"
    figure, panels = paper(lines, columns, title, 1.5 + 2.5 * lines, sharex=True, sharey=True)
    bound = rows[0].finding.threshold or 0
    key = (
        f"{view.text}. Below 1: faster than {base}. Dotted: the threshold of {100 * bound:g} %. Bars: interval of the ratio. "
        "Thin grey: other methods. Two stored runs: a drift between them looks like a change."
    )
    footer(figure, key, " · ".join(part for part in (machine(against.base, view), repetitions(against.base)) if part))
    drawn = [
        (axes, panel(axes, [row for row in rows if row.case.lanes == lanes], bound))
        for axes, lanes in zip(panels, present)
    ]
    for axes, lanes in zip(panels, present):
        axes.set_title(lanes)
        size_axis(axes, [row.case.n for row in rows])
        axes.set_ylabel("time ÷ that of the base" if axes.get_subplotspec().is_first_col() else "")
        axes.tick_params(labelbottom=True)
    name_lines(drawn)
    for axes in panels[len(present) :]:
        axes.set_visible(False)
    largest = sorted(rows, key=lambda row: -abs(row.finding.middle))[:5]
    said = [f"{row.case.pair} at n = {row.case.n} {percent(row.finding.middle)}" for row in largest]
    return Chart(
        f"change-{problem}",
        f"Time against that of {base}",
        f"The time of {candidate} over that of {base}, case by case, with the interval of the ratio (Hodges and Lehmann's "
        "estimate; verdicts by Mann-Whitney tests with Holm's correction over all cases).",
        f"Charts of the time of {problem} in {candidate} over that in {base} against n, by lane axis. Largest: "
        + "; ".join(said),
        figure,
        ("method/lanes", "n", "verdict", "change", "interval", "base", "candidate"),
        [row_of(row) for row in rows],
    )


def row_of(row: Change) -> tuple[str, ...]:
    found = row.finding
    times = (text.time(found.base), text.time(found.candidate))
    return (row.case.pair, str(row.case.n), found.verdict, percent(found.middle), found.interval, *times)


def panel(axes: Axes, rows: list[Change], bound: float) -> list[Series]:
    axes.set_yscale("log")
    axes.axhline(1, color=style.GUIDE, linewidth=0.8, zorder=1)
    for value in (1 + bound, 1 / (1 + bound)):
        axes.axhline(value, color=style.GUIDE, linewidth=0.6, linestyle=(0, (2, 2)), zorder=1)
    axes.yaxis.set_major_locator(MaxNLocator(6))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.2f}"))
    axes.yaxis.set_minor_locator(NullLocator())
    return draw(axes, [line(method, group) for method, group in by_line(rows, lambda row: row.case.method)], most=5)


def line(method: str, rows: list[Change]) -> Series:
    case = rows[0].case
    ends = [(row.interval[0] or row.ratio, row.interval[1] or row.ratio) for row in rows]
    return Series(
        method,
        method,
        style.pen(method, "elements", case.dtype),
        tuple(row.case.n for row in rows),
        tuple(row.ratio for row in rows),
        tuple(low for low, _ in ends),
        tuple(high for _, high in ends),
    )
