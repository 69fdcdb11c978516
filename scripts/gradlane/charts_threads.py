"""What more threads bring: how much faster than one, and how much of each thread is used."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from . import style, text
from .data import Case, Timing
from .figure import Chart, Series, draw, footer, name_lines, paper, size_axis
from .scope import Scope, by_line


@dataclass(frozen=True)
class Gain:
    """A row of several threads over the same row on one."""

    row: Timing
    ratio: float

    @property
    def case(self) -> Case:
        return self.row.case

    @property
    def efficiency(self) -> float:
        return self.ratio / self.case.threads


def gains(scope: Scope) -> list[Gain]:
    """In the view's precision and on its backend."""
    rows = [r for r in scope.timings if (r.case.dtype, r.case.backend) == (scope.view.dtype, scope.view.backend)]
    alone = {(r.case.pair, r.case.n, r.case.points): r.ns for r in rows if r.case.threads == 1}
    several = [r for r in rows if r.case.threads > 1]
    keys = [(r.case.pair, r.case.n, r.case.points) for r in several]
    return [Gain(row, alone[key] / row.ns) for row, key in zip(several, keys) if key in alone]


def threads(scope: Scope) -> Chart | None:
    """Against n on the most threads; against threads at the largest n, where more than two numbers were measured."""
    found = gains(scope)
    if not found:
        return None
    counts = sorted({one.case.threads for one in found})
    most, largest = counts[-1], max(one.case.n for one in found)
    title = f"{scope.problem}: more threads"
    figure, panels = paper(1, 1 if len(counts) == 1 else 2, title, 4.2, sharey=True)
    key = (
        f"{scope.view.dtype}, {scope.view.backend}. Dotted: as many times faster as there are threads. Thin grey: methods "
        "beyond the six named."
    )
    footer(figure, key, scope.facts)
    drawn = [(panels[0], against_size(panels[0], [one for one in found if one.case.threads == most], most))]
    if len(counts) > 1:
        at_largest = [one for one in found if one.case.n == largest]
        drawn.append((panels[1], against_threads(panels[1], at_largest, counts, largest)))
    ratio_axis(panels[0], [one.ratio for one in found], most)
    name_lines(drawn)
    said = [f"{one.case.pair} {text.ratio(one.ratio)} at n = {one.case.n}" for one in found if one.case.threads == most]
    return Chart(
        f"threads-{scope.problem}",
        "More threads",
        "Times faster than the same method on one thread. Small n stay on one thread, whatever was asked for: a team of "
        "threads costs more than it brings there. Where memory is the limit, one thread may use up most of it.",
        f"Charts of times faster than one thread of {scope.problem}. On {most} threads: " + "; ".join(said) + ".",
        figure,
        ("method/lanes", "n", "points", "threads", "time", "times faster", "efficiency"),
        [table_row(one) for one in sorted(found, key=lambda o: (style.priority(o.case.method), o.case.name))],
    )


def lines(found: list[Gain], abscissa: str) -> list[Series]:
    series = []
    for pair, group in by_line(found, lambda one: one.case.pair):
        case = group[0].case
        group = sorted(group, key=lambda one: getattr(one.case, abscissa))
        places = tuple(getattr(one.case, abscissa) for one in group)
        pen = style.pen(case.method, case.lanes, case.dtype)
        series.append(Series(pair, case.method, pen, places, tuple(one.ratio for one in group)))
    return series


def against_size(axes: Axes, found: list[Gain], most: int) -> list[Series]:
    drawn = draw(axes, lines(found, "n"))
    axes.axhline(1, color=style.GUIDE, linewidth=0.8, zorder=1)
    axes.axhline(most, color=style.GUIDE, linewidth=0.8, linestyle=(0, (2, 2)), zorder=1)
    axes.set_title(f"{most} threads")
    size_axis(axes, [one.case.n for one in found])
    return drawn


def against_threads(axes: Axes, found: list[Gain], counts: list[int], n: int) -> list[Series]:
    drawn = draw(axes, lines(found, "threads"))
    axes.plot([1, counts[-1]], [1, counts[-1]], color=style.GUIDE, linewidth=0.8, linestyle=(0, (2, 2)), zorder=1)
    axes.set_title(f"n = {n}")
    size_axis(axes, [1, *counts], "threads")
    return drawn


def ratio_axis(axes: Axes, ratios: list[float], most: int) -> None:
    axes.set_yscale("log", base=2)
    axes.yaxis.set_major_locator(FixedLocator([2.0**k for k in range(-6, 11)]))
    axes.yaxis.set_major_formatter(
        FuncFormatter(lambda value, _: f"{value:g}×" if value >= 1 else f"1/{1 / value:.0f}×")
    )
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_ylim(min(1.0, *ratios) / 1.3, max(most, *ratios) * 1.3)
    axes.set_ylabel("times faster than 1 thread")


def table_row(one: Gain) -> tuple[str, ...]:
    case = one.case
    what = (case.pair, str(case.n), str(case.points), str(case.threads))
    return (*what, text.time(one.row.ns), text.ratio(one.ratio), f"{100 * one.efficiency:.0f} %")
