"""What lanes gain over plain numbers: a row per method, a panel per lane axis, in each row a small curve over n."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from . import style, tables, text
from .charts_time import AXES
from .figure import Chart, footer, paper, size_tick
from .scope import Scope

ROW = 0.7  # what a row's curve takes of its height


def speedup(scope: Scope) -> Chart | None:
    """How much faster than plain numbers. Names stand once, on the left: as lines over n they would be in the way."""
    found = tables.speedups(row for row in scope.seen if row.case.method != "primal")
    present = [lanes for lanes in AXES[1:] if any(one.row.case.lanes == lanes for one in found)]
    if not present:
        return None
    methods = sorted({one.row.case.method for one in found}, key=style.priority, reverse=True)
    starred = {one.row.case.method: one.baseline for one in found if not one.baseline.startswith(one.row.case.method)}
    sizes = sorted({one.row.case.n for one in found})
    title = f"{scope.problem}: speedup of lanes over scalar"
    figure, panels = paper(1, len(present), title, 1.6 + 0.30 * len(methods), sharex=True, sharey=True)
    against = f"; * has no scalar form: against {', '.join(sorted(set(starred.values())))}" if starred else ""
    order = ", ".join(size_tick(n) for n in sizes)
    key = (
        f"{scope.view.text}. Within a row from top to bottom: n = {order}. Baseline: the same method on scalar lanes"
        f"{against}. Dashed: lanes of a register."
    )
    footer(figure, key, scope.facts)
    figure.subplots_adjust(left=0.20)
    for axes, lanes in zip(panels, present):
        panel(axes, [one for one in found if one.row.case.lanes == lanes], methods, sizes, scope.view)
        axes.set_title(lanes)
    panels[0].set_yticks(range(len(methods)), [f"{name}*" if name in starred else name for name in methods])
    most = sorted(found, key=lambda one: -one.ratio)[:4]
    said = [f"{one.row.case.pair} {text.ratio(one.ratio)} at n = {one.row.case.n}" for one in most]
    return Chart(
        f"speedup-{scope.problem}",
        "Speedup of lanes over scalar",
        "Times faster per gradient than the same method on plain numbers. Where it has no scalar form, the baseline is "
        f"{tables.FALLBACK_BASELINE}/scalar, which compares method and lanes together.",
        f"Dot charts of the speedup over scalar lanes of {scope.problem}, by lane axis, method and n. Largest: "
        + "; ".join(said),
        figure,
        ("method/lanes", "n", "times faster", "baseline"),
        table_rows(found),
    )


def panel(axes: Axes, found: list[tables.Speedup], methods: list[str], sizes: list[int], view: tables.View) -> None:
    axes.set_xscale("log", base=2)
    axes.set_ylim(-0.6, len(methods) - 0.4)
    axes.tick_params(axis="y", length=0)
    for row, method in enumerate(methods):
        mine = sorted((one for one in found if one.row.case.method == method), key=lambda o: o.row.case.n)
        heights = [row + ROW * (0.5 - (sizes.index(one.row.case.n) + 0.5) / len(sizes)) for one in mine]
        look = {"color": style.colour(method), "linewidth": 0.9, "marker": style.MARKERS.get(view.dtype, "s")}
        axes.plot([one.ratio for one in mine], heights, markersize=4.2, zorder=3, **look)
    axes.axvline(1, color=style.GUIDE, linewidth=0.8, zorder=1)
    held = tables.register_lanes(view)
    if held is not None:
        axes.axvline(held, color=style.GUIDE, linewidth=0.8, linestyle=(0, (2, 2)), zorder=1)
    axes.xaxis.set_major_locator(LogLocator(2, numticks=8))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: tick(value)))
    axes.set_xlabel("times faster")


def tick(value: float) -> str:
    return f"{value:.0f}×" if value >= 1 else f"1/{1 / value:.0f}×"


def table_rows(found: list[tables.Speedup]) -> list[tuple[str, ...]]:
    ordered = sorted(found, key=lambda o: (o.row.case.lanes, style.priority(o.row.case.method), o.row.case.n))
    return [(one.row.case.pair, str(one.row.case.n), text.ratio(one.ratio), one.baseline) for one in ordered]
