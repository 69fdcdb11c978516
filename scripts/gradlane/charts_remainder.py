"""The first-order remainder |L(w + εv) − L(w) − ε∇L·v| against ε: of slope 2 where the gradient is right."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullLocator

from . import style, text
from .charts_error import usual_size
from .data import Remainder
from .figure import Chart, error_axis, footer, legend, paper
from .scope import Scope

#: What the accuracy driver calls a gradient that is wrong on purpose, and the exact one.
CONTROL, ORACLE = "control", "oracle"
#: Most exact methods coincide; what bends is of interest.
TELLING = (ORACLE, "reverse_fused", "forward_difference", "central_difference_2", CONTROL)
WIDTHS = (7.0, 4.6, 2.8, 1.4, 1.4)


def chosen(rows: list[Remainder]) -> list[Remainder]:
    """One n, and of several directions the first along which the objective curves."""
    n = usual_size(row.case.n for row in rows)
    rows = [row for row in rows if row.case.n == n]
    flat = ("linear", "no curvature", "unclear")
    judged = {row.direction: row.verdict for row in rows if not is_control(row)}
    direction = min(judged or {row.direction: "" for row in rows}, key=lambda d: (judged.get(d) in flat, d))
    return [row for row in rows if row.direction == direction]


def is_control(row: Remainder) -> bool:
    return row.case.method == CONTROL


def panel_key(row: Remainder) -> tuple[int, str, str]:
    return (row.precision == "quad", row.case.dtype, row.precision)


def remainder(scope: Scope) -> Chart | None:
    rows = [row for row in scope.run.remainders if row.case.problem == scope.problem and row.epsilon]
    if not rows:
        return None
    shown = chosen(rows)
    keys = panels_of(shown)
    names = legend_names(shown)
    title = f"{scope.problem}: first-order remainder against ε, n = {shown[0].case.n}"
    figure, panels = paper(1, len(keys), title, 4.6)
    facts = (
        "Where lines coincide, each is drawn narrower than the one below. In quad the values are the oracle's: only "
        "the gradient's own error shows."
    )
    footer(figure, facts, scope.machine)
    for axes, key in zip(panels, keys):
        mine = [row for row in shown if panel_key(row) == key]
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(10, numticks=7))
        axes.xaxis.set_minor_locator(NullLocator())
        error_axis(axes, "remainder R(ε)" if axes is panels[0] else "")
        axes.set_xlabel("ε")
        axes.set_title("quad precision" if key[0] else f"working precision, {key[1]}")
        stripes(axes, mine, names)
        guides(axes, mine)
    handles = {label: handle for axes in panels for handle, label in zip(*axes.get_legend_handles_labels())}
    legend(figure, {label: handles[label] for label in names if label in handles})
    slopes = [f"{name(row)} ({row.precision}) {slope(row)}" for row in shown]
    chart = Chart(
        f"remainder-{scope.problem}",
        "First-order remainder against ε",
        "R(ε) = |L(w + εv) − L(w) − ε∇L·v| along one direction v: what is left once the first-order approximation is "
        "taken away. A right gradient gives slope 2 down to the noise floor (where L is linear, only the noise), a "
        "wrong one bends into slope 1; finite differences do so where their own error shows.",
        f"Log-log charts of the first-order remainder of {scope.problem} against epsilon. Estimated slopes: "
        + "; ".join(slopes),
        figure,
        ("gradient by", "n", "direction", "precision", "slope", "noise floor", "verdict"),
    )
    for row in sorted(
        rows, key=lambda r: (r.precision, r.case.dtype, style.priority(r.case.method), r.case.n, r.direction)
    ):
        where = (str(row.case.n), row.direction, f"{row.case.dtype}, {row.precision}")
        floor = text.NONE if row.floor is None else text.error(row.floor)
        by = row.case.method if row.case.method in (CONTROL, ORACLE) else row.case.pair
        chart.rows.append((by, *where, slope(row), floor, row.verdict))
    return chart


def panels_of(rows: list[Remainder]) -> list[tuple[int, str, str]]:
    """Working precision per dtype, and quad once: there only the gradient's own digits would tell f32 from f64."""
    keys = sorted({panel_key(row) for row in rows}, key=lambda k: (k[0], k[1] != "f64", k))
    quad = [key for key in keys if key[0]]
    return [key for key in keys if not key[0]] + quad[:1]


def slope(row: Remainder) -> str:
    return text.NONE if row.slope is None else f"{row.slope:.2f}"


def name(row: Remainder) -> str:
    return {CONTROL: "made wrong: a component 1 % off", ORACLE: "exact (oracle)"}.get(row.case.method, row.case.method)


def rank(row: Remainder) -> tuple[int, tuple[int, str], str]:
    known = TELLING.index(row.case.method) if row.case.method in TELLING else len(TELLING)
    return known, style.priority(row.case.method), row.case.backend


def legend_names(rows: list[Remainder]) -> list[str]:
    """The lines to draw, in every panel the same, the widest first."""
    return list(dict.fromkeys(name(row) for row in sorted(rows, key=rank)))[: len(WIDTHS)]


def stripes(axes: Axes, rows: list[Remainder], names: list[str]) -> None:
    """Where lines coincide each is drawn narrower than the one below it."""
    by_name: dict[str, Remainder] = {}
    for row in sorted(rows, key=rank):
        by_name.setdefault(name(row), row)  # several backends have the same method: one will do
    for index, one in enumerate(names):
        if one not in by_name:
            continue
        row = by_name[one]
        points = [(e, v) for e, v in sorted(zip(row.epsilon, row.values)) if v]
        look = {
            "color": {CONTROL: style.INK, ORACLE: style.BAND}.get(row.case.method, style.colour(row.case.method)),
            "linestyle": (0, (4, 1.6)) if is_control(row) else "solid",
            "linewidth": WIDTHS[index],
            "solid_capstyle": "butt",
        }
        axes.plot([e for e, _ in points], [v for _, v in points], label=one, zorder=3 + 0.1 * index, **look)


def guides(axes: Axes, rows: list[Remainder]) -> None:
    """The noise floor, and what slopes 1 and 2 look like."""
    look = {"fontsize": style.SMALL, "color": style.GUIDE}
    drawn = [(e, v) for row in rows for e, v in zip(row.epsilon, row.values) if v]
    if not drawn:
        axes.text(0.5, 0.5, "every remainder is exactly 0", transform=axes.transAxes, ha="center", **look)
        return
    low, high = min(v for _, v in drawn), max(v for _, v in drawn)
    left, right = min(e for e, _ in drawn), max(e for e, _ in drawn)
    axes.set_ylim(low / 30, high * 10)
    floors = [row.floor for row in rows if row.floor and not is_control(row)]
    if floors:
        axes.axhline(max(floors), color=style.GUIDE, linewidth=0.7, linestyle=(0, (2, 2)), zorder=1)
        # Where the lines are not: in working precision they come down to the floor on the left, in quad hardly.
        quad = rows[0].precision == "quad"
        above = {"xytext": (0, 2), "textcoords": "offset points", "ha": "right" if quad else "left", "va": "bottom"}
        axes.annotate("noise floor", (right if quad else left, max(floors)), **above, **look)
    if min(v for e, v in drawn if e == right) > high / 100:
        fan(axes, left / right, right, high)


def fan(axes: Axes, span: float, right: float, high: float) -> None:
    """Slopes 1 and 2 from one point, below the lines and right of them, where the paper is empty."""
    start = right * span**0.28
    bottom = high * (start / right) ** 2 * span**0.2
    look = {"fontsize": style.SMALL, "color": style.GUIDE, "textcoords": "offset points"}
    for order in (1, 2):
        top = bottom * (right / start) ** order
        line = {"color": style.GUIDE, "linewidth": 0.9, "zorder": 1, "scalex": False, "scaley": False}
        axes.plot([start, right], [bottom, top], **line)
        axes.annotate(str(order), (right, top), xytext=(3, 0), ha="left", va="center", **look)
    axes.annotate("slope", (right, bottom), xytext=(0, 0), ha="right", va="bottom", **look)
