"""The roofline: operations a second against operations a byte, below what was measured as the most of either."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from . import style, tables, text
from .data import Roof, Run, Timing
from .figure import Chart, footer, paper, rate_axis
from .labels import place_tags
from .scope import machine, repetitions

#: A method that is meant for large n, and its ceiling.
SHOWN = ("analytic", "reverse_fused")
LEAST = 64  # below it a call's own cost is most of the time


def roofs_of(run: Run, view: tables.View) -> dict[tuple[str, str], Roof]:
    """By probe and level, those of the view."""
    found = {}
    for roof in run.roofs:
        if (roof.backend, roof.dtype, roof.threads) == (view.backend, view.dtype, view.threads):
            found[(roof.probe, roof.level)] = roof
    return found


def roofline(run: Run, view: tables.View) -> Chart | None:
    """One chart of a run: every problem, from n = 64 on."""
    roofs = roofs_of(run, view)
    rows = [row for row in run.timings if view.holds(row.case) and row.case.lanes == "elements" and dot_of(row)]
    rows = [row for row in rows if row.case.method in SHOWN and row.case.n >= LEAST]
    if ("multiply_add", "") not in roofs or not rows:
        return None
    figure, (axes,) = paper(1, 1, f"Roofline: {view.text}", 5.2)
    key = "The larger the mark, the larger n (from 64 on). Lines: measured roofs."
    footer(figure, key, " · ".join(part for part in (machine(run, view), repetitions(run)) if part))
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    for row in rows:
        axes.plot(*dot_of(row), **look(row))
    draw_roofs(axes, roofs)
    axes.set_xlabel("operations per byte")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    rate_axis(axes.yaxis, "operations per second")
    name_problems(axes, rows)
    handles = [Line2D([], [], label=f"{m}/elements", **mark(m)) for m in SHOWN]
    axes.legend(handles=handles, loc="lower right", fontsize=style.LABEL)
    best = max(rows, key=lambda row: row.limit.fraction)
    return Chart(
        "roofline",
        "Roofline",
        "Where arithmetic ends and memory begins: each row below the measured roofs of this machine. Operations are "
        "additions and multiplications, a fused one counts as two, a function (exp, …) as the multiply-adds that take its "
        "time; bytes are the least that its passes read and write. A level's slope is its best of read, copy, triad and "
        "update.",
        f"Log-log chart of operations per second against operations per byte with the measured roofs. Nearest to its "
        f"limit: {best.case.problem} {best.case.pair} at n = {best.case.n} with {best.limit.fraction:.2g}.",
        figure,
        ("problem", "method/lanes", "n", "operations/byte", "operations/s", "limit", "bound by", "fraction"),
        [listed(row) for row in sorted(rows, key=lambda row: row.case.name)],
    )


def dot_of(row: Timing) -> tuple[float, float] | None:
    """Operations per byte, operations per second."""
    if row.limit is None or not row.limit.operations or not row.limit.bytes:
        return None
    return row.limit.operations / row.limit.bytes, row.limit.operations / row.ns * 1e9


def look(row: Timing) -> dict[str, object]:
    size = 2.5 + 0.3 * (row.case.n.bit_length() - LEAST.bit_length())
    return mark(row.case.method) | {
        "marker": style.MARKERS.get(row.case.dtype, "s"),
        "markersize": size,
        "zorder": 3,
    }


def mark(method: str) -> dict[str, object]:
    """Hollow for the hand-written one, so that it does not hide the other."""
    face = "none" if method == "analytic" else style.colour(method)
    return {"color": style.colour(method), "marker": "o", "markerfacecolor": face, "linestyle": ""}


def draw_roofs(axes: Axes, roofs: dict[tuple[str, str], Roof]) -> None:
    """The flat roof of multiply-adds (two operations each), that of single additions, and a slope a level."""
    low, high = axes.get_xlim()
    low, high = low / 2, high * 4  # room for the roofs' names
    peak = 2 * roofs[("multiply_add", "")].rate
    pen = {"color": style.GUIDE, "linewidth": 0.9, "zorder": 1}
    name = {"fontsize": style.SMALL, "color": style.GUIDE, "va": "bottom"}
    flat = [("multiply-add", peak)]
    if ("add_multiply", "") in roofs:
        flat.append(("single additions and multiplications", roofs[("add_multiply", "")].rate))
    bottom = axes.get_ylim()[0] / 2
    for label, rate in flat:
        axes.plot([low, high], [rate, rate], **pen)
        axes.text(high, rate, f"{label}: {text.rate(rate)}/s ", ha="right", **name)
    for level in sorted({level for _, level in roofs if level}):
        rate = max(roof.rate for (_, at), roof in roofs.items() if at == level)
        start, end = max(low, bottom / rate), peak / rate
        if start < end:
            axes.plot([start, end], [start * rate, peak], **pen)
        axes.text(start, start * rate, f" {level}: {text.rate(rate)}B/s", **name)
    axes.set_xlim(low, high)
    axes.set_ylim(bottom, peak * 2)


def name_problems(axes: Axes, rows: list[Timing]) -> None:
    """Each problem once, at the highest of its marks."""
    highest: dict[str, Timing] = {}
    for row in rows:
        if row.case.problem not in highest or dot_of(row)[1] > dot_of(highest[row.case.problem])[1]:
            highest[row.case.problem] = row
    place_tags(axes, [(problem, style.INK, dot_of(row)) for problem, row in sorted(highest.items())])


def listed(row: Timing) -> tuple[str, ...]:
    intensity, rate = dot_of(row)
    case, least = row.case, row.limit
    what = (case.problem, case.pair, str(case.n), f"{intensity:.3g}", text.rate(rate))
    return (*what, text.time(least.ns), least.bound, f"{least.fraction:.3g}")
