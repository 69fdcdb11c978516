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
#: In working precision the noise of all looks alike: these few are drawn. In quad each finite difference bends elsewhere.
WORKING = ("forward_difference", "central_difference_2", CONTROL)
#: Wide below narrow, where lines coincide.
ORACLE_WIDTH, EXACT_WIDTH, WIDTH = 7.0, 4.2, 1.6


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
    drawn = {key: lines_of([row for row in shown if panel_key(row) == key]) for key in keys}
    title = f"{scope.problem}: first-order remainder against ε, n = {shown[0].case.n}"
    figure, panels = paper(1, len(keys), title, 5.0)
    facts = (
        "Exact methods coincide: one stands for all, narrower than the oracle below it. Shaded: the useful range of ε. Rings: "
        "where slope 2 turns into slope 1. In quad the values are the oracle's: only the gradient's own error shows."
    )
    footer(figure, facts, scope.machine)
    for axes, key in zip(panels, keys):
        mine = drawn[key]
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(10, numticks=7))
        axes.xaxis.set_minor_locator(NullLocator())
        error_axis(axes, "remainder R(ε)" if axes is panels[0] else "")
        axes.set_xlabel("ε")
        axes.set_title("quad precision" if key[0] else f"working precision, {key[1]}")
        lines(axes, mine)
        guides(axes, mine)
        marks(axes, mine)
    handles = {label: handle for axes in panels for handle, label in zip(*axes.get_legend_handles_labels())}
    everything = [row for key in reversed(keys) for row in drawn[key]]
    names = dict.fromkeys(name(row) for row in sorted(everything, key=in_legend))
    legend(figure, {label: handles[label] for label in names if label in handles}, columns=4)
    slopes = [f"{name(row)} ({row.precision}) {slope(row)}" for key in keys for row in drawn[key]]
    chart = Chart(
        f"remainder-{scope.problem}",
        "First-order remainder against ε",
        "R(ε) = |L(w + εv) − L(w) − ε∇L·v| along one direction v: what is left once the first-order approximation is "
        "taken away. A right gradient gives slope 2 down to the noise floor (where L is linear, only the noise), a "
        "wrong one bends into slope 1; finite differences do so where their own error shows.",
        f"Log-log charts of the first-order remainder of {scope.problem} against epsilon. Estimated slopes: "
        + "; ".join(slopes),
        figure,
        (
            *("gradient by", "n", "direction", "precision", "slope", "noise floor"),
            "useful ε",
            "slope 1 below",
            "verdict",
        ),
    )
    for row in sorted(
        rows, key=lambda r: (r.precision, r.case.dtype, style.priority(r.case.method), r.case.n, r.direction)
    ):
        where = (str(row.case.n), row.direction, f"{row.case.dtype}, {row.precision}")
        floor = text.NONE if row.floor is None else text.error(row.floor)
        by = row.case.method if row.case.method in (CONTROL, ORACLE) else row.case.pair
        useful = text.NONE if row.useful is None else " to ".join(map(text.error, row.useful))
        turn = text.NONE if row.turn is None else text.error(row.turn)
        chart.rows.append((by, *where, slope(row), floor, useful, turn, row.verdict))
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


def rank(row: Remainder) -> tuple[bool, tuple[int, str], str]:
    return is_control(row), style.priority(row.case.method), row.case.backend


def lines_of(rows: list[Remainder]) -> list[Remainder]:
    """What is drawn of a panel, the widest first: the oracle, one exact method for all, the finite differences, the
    control; and whatever is wrong without meaning to be."""
    by_name: dict[str, Remainder] = {}
    for row in sorted(rows, key=rank):
        by_name.setdefault(row.case.method, row)  # several backends have the same method: one will do
    exact = [row for row in by_name.values() if is_exact(row)]
    kept = [row for row in by_name.values() if row.case.method == ORACLE] + exact[:1]
    kept += [row for row in exact[1:] if row.verdict == "wrong"]
    others = [row for row in by_name.values() if row.order > 0 or is_control(row)]
    return kept + [row for row in others if row.precision == "quad" or row.case.method in WORKING]


def in_legend(row: Remainder) -> tuple[bool, bool, int, str]:
    """The oracle, exact methods, differences by their order, the control."""
    return is_control(row), row.case.method != ORACLE, row.order, row.case.method


def is_exact(row: Remainder) -> bool:
    return row.order == 0 and row.case.method not in (CONTROL, ORACLE)


def lines(axes: Axes, rows: list[Remainder]) -> None:
    exact = 0
    for index, row in enumerate(rows):
        points = [(e, v) for e, v in sorted(zip(row.epsilon, row.values)) if v]
        exact += is_exact(row)
        width = ORACLE_WIDTH if row.case.method == ORACLE else EXACT_WIDTH if is_exact(row) and exact == 1 else WIDTH
        look = {
            "color": {CONTROL: style.INK, ORACLE: style.BAND}.get(row.case.method, style.colour(row.case.method)),
            "linestyle": (0, (4, 1.6)) if is_control(row) else "solid",
            "linewidth": width,
            "solid_capstyle": "butt",
        }
        axes.plot([e for e, _ in points], [v for _, v in points], label=name(row), zorder=3 + 0.1 * index, **look)


def marks(axes: Axes, rows: list[Remainder]) -> None:
    """In working precision the useful range of ε of the exact method, in quad where each finite difference turns."""
    for row in rows:
        if row.precision != "quad" and is_exact(row) and row.useful:
            axes.axvspan(*row.useful, color=style.BAND, alpha=0.45, linewidth=0, zorder=0.5)
            return
    oracle = next((row for row in rows if row.case.method == ORACLE), None)
    curvature = oracle and middle_curvature(oracle)
    if not curvature:
        return
    for row in rows:
        if row.turn and (row.order > 0 or is_control(row)):
            ring = {"markerfacecolor": "white", "markeredgewidth": 1.2, "markersize": 5, "zorder": 5}
            colour = style.INK if is_control(row) else style.colour(row.case.method)
            axes.plot(row.turn, curvature * row.turn**2, "o", markeredgecolor=colour, **ring)


def middle_curvature(row: Remainder) -> float | None:
    """c of R = c·ε², half way down."""
    points = sorted((e, v) for e, v in zip(row.epsilon, row.values) if v)
    if not points:
        return None
    epsilon, value = points[len(points) // 2]
    return value / epsilon**2


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
