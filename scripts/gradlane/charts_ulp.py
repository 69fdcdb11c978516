"""How exact, component by component: median and largest error in ulp against n, and how the errors are spread."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from . import style, text
from .charts_error import TELLING, in_table, representative, size_rows, usual_size
from .data import GradientError
from .figure import Chart, Series, draw, error_axis, footer, legend, name_lines, paper, size_axis
from .scope import Scope, by_line

LEAST = 0.05  # ulp; what is below is drawn there
#: Names of methods stand left of the histograms.
MARGIN = 1.95  # inches


def ulps(scope: Scope) -> Chart | None:
    """Median and largest error of a component."""
    rows = [row for row in size_rows(scope) if row.max_ulp is not None and row.median_ulp is not None]
    if not rows:
        return None
    dtypes = sorted({row.case.dtype for row in rows}, reverse=True)
    title = f"{scope.problem}: error of a component against n, in ulp"
    figure, panels = paper(1, len(dtypes), title, 4.5, sharex=True, sharey=True)
    footer(
        figure,
        "Lines: the median over the components; dashes above: the largest. Dotted: ½ ulp, correctly rounded. Thin grey: the "
        f"other methods' medians. Below {LEAST} ulp: drawn there.",
        scope.machine,
    )
    legend(
        figure, {"median": Line2D([], [], color=style.INK), "largest": Line2D([], [], color=style.INK, dashes=(4, 2))}
    )
    drawn = []
    for axes, dtype in zip(panels, dtypes):
        mine = representative([row for row in rows if row.case.dtype == dtype])
        drawn.append((axes, ulp_panel(axes, mine)))
        axes.set_title(dtype)
        axes.set_ylabel("error in ulp" if axes is panels[0] else "")
        size_axis(axes, [row.case.n for row in rows])
        axes.axhline(0.5, color=style.GUIDE, linewidth=0.6, linestyle=(0, (2, 2)), zorder=1)
    name_lines(drawn)
    largest = max(row.case.n for row in rows)
    said = [
        f"{row.case.method} {row.case.dtype} median {row.median_ulp:.3g}, largest {row.max_ulp:.3g}"
        for row in representative(rows)
        if row.case.n == largest
    ]
    return Chart(
        f"ulps-{scope.problem}",
        "Error of a component in ulp",
        "Units in the last place of the exact component. Where terms cancel, the largest error of an exact method is many "
        "ulp of what is left and still a few roundings of the terms: the last column of the table measures it in units of "
        "u·Σ|terms|.",
        f"Log-log charts of the median and the largest error in ulp of a component of {scope.problem}'s gradient against "
        f"n. At n = {largest}: " + "; ".join(said),
        figure,
        ("method/lanes", "precision", "n", "median ulp", "max ulp", "max ÷ u·Σ|terms|"),
        [ulp_row(row) for row in sorted(rows, key=in_table)],
    )


def ulp_row(row: GradientError) -> tuple[str, ...]:
    scaled = text.NONE if row.scaled is None else f"{row.scaled:.3g}"
    return (row.case.pair, row.case.dtype, str(row.case.n), f"{row.median_ulp:.3g}", f"{row.max_ulp:.3g}", scaled)


def ulp_panel(axes: Axes, rows: list[GradientError]) -> list[Series]:
    error_axis(axes, "")
    series = []
    for method, group in by_line(rows, lambda row: row.case.method):
        sizes = tuple(row.case.n for row in group)
        pen = style.pen(method, "elements", group[0].case.dtype)
        series.append(Series(method, method, pen, sizes, tuple(max(row.median_ulp, LEAST) for row in group)))
        if method in TELLING:
            look = {"color": pen.colour, "linewidth": 1.0, "dashes": (4, 2), "zorder": 2.5}
            axes.plot(sizes, [max(row.max_ulp, LEAST) for row in group], **look)
    return draw(axes, series, TELLING, len(TELLING))


def histogram(scope: Scope) -> Chart | None:
    """A row of bars for each method: which share of the components is off by how many ulp."""
    rows = [row for row in size_rows(scope) if sum(row.ulps) and row.case.lanes != "points"]
    if not rows:
        return None
    n = telling_size(rows)
    rows = representative([row for row in rows if row.case.n == n])
    dtypes = sorted({row.case.dtype for row in rows}, reverse=True)
    methods = by_exactness(rows)
    title = f"{scope.problem}: errors of the components in ulp, n = {n}"
    figure, panels = paper(1, len(dtypes), title, 1.9 + 0.27 * len(methods), sharey=True)
    key = "Height: share of the components, to the scale of each row. Dotted: ½ ulp; left of it they are rounded correctly."
    footer(figure, key, scope.machine)
    figure.subplots_adjust(left=MARGIN / figure.get_figwidth(), wspace=0.06)
    for axes, dtype in zip(panels, dtypes):
        histogram_panel(axes, {row.case.method: row for row in rows if row.case.dtype == dtype}, methods)
        axes.set_title(dtype)
    return Chart(
        f"histogram-{scope.problem}",
        "Errors of the components",
        "How many components are off by at most ½ ulp, 1, 2, 4, … One lane axis a method.",
        f"Histograms of the error in ulp of the components of {scope.problem}'s gradient at n = {n}, a row a method. "
        + "; ".join(f"{row.case.method} {row.case.dtype}: {share_text(row)}" for row in rows),
        figure,
        ("method/lanes", "precision", "components", "≤ ½ ulp", "≤ 1", "≤ 4", "≤ 2¹⁰", "more"),
        [histogram_row(row) for row in sorted(rows, key=in_table)],
    )


def by_exactness(rows: list[GradientError]) -> list[str]:
    """The least exact first, at the bottom: by the mean bin in the widest precision that a method has."""
    means: dict[str, float] = {}
    for row in sorted(rows, key=lambda row: row.case.dtype):  # f64 comes last and stays
        means[row.case.method] = sum(k * count for k, count in enumerate(row.ulps)) / sum(row.ulps)
    return sorted(means, key=lambda method: (-means[method], method))


def telling_size(rows: list[GradientError]) -> int:
    """The largest n where most methods were examined: few components make no histogram."""
    methods: dict[int, set[str]] = {}
    for row in rows:
        methods.setdefault(row.case.n, set()).add(row.case.method)
    most = max(map(len, methods.values()))
    return max((n for n, found in methods.items() if len(found) == most), default=usual_size(methods))


def within(row: GradientError, bins: int) -> int:
    return sum(row.ulps[:bins])


def share_text(row: GradientError) -> str:
    return f"{100 * within(row, 1) / sum(row.ulps):.0f} % within half an ulp"


def histogram_row(row: GradientError) -> tuple[str, ...]:
    counted = sum(row.ulps)
    shares = [f"{100 * within(row, bins) / counted:.1f} %" for bins in (1, 2, 4, 12)]
    return (
        row.case.pair,
        row.case.dtype,
        str(row.checked),
        *shares,
        f"{100 * (counted - within(row, 12)) / counted:.1f} %",
    )


def histogram_panel(axes: Axes, rows: dict[str, GradientError], methods: list[str]) -> None:
    widest = max(len(row.ulps) for row in rows.values())
    for level, method in enumerate(methods):
        if method not in rows:
            continue
        shares = [count / sum(rows[method].ulps) for count in rows[method].ulps]
        axes.bar(
            range(len(shares)),
            [0.9 * share / max(shares) for share in shares],
            0.94,
            level,
            color=style.colour(method),
            zorder=3,
        )
    step = max(1, -(-widest // 7))
    places = range(0, max(widest, 4), step)
    axes.set_xticks(list(places), [bin_tick(k) for k in places])
    axes.set_yticks([level + 0.3 for level in range(len(methods))], methods)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(0, len(methods) + 0.05)
    axes.set_xlim(-0.6, max(widest, 4) - 0.4)
    axes.axvline(0.5, color=style.GUIDE, linewidth=0.6, linestyle=(0, (2, 2)), zorder=1)
    axes.set_xlabel("error at most, in ulp")


def bin_tick(k: int) -> str:
    """The upper end of a bin: 2ᵏ⁻¹ ulp."""
    return "½" if k == 0 else str(2 ** (k - 1)) if k < 8 else f"$2^{{{k - 1}}}$"
