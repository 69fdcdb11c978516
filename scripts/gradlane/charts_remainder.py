"""The first-order remainder |L(w + εv) − L(w) − ε∇L·v| against ε: of slope 2 where the gradient is right."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from . import style, text
from .charts_error import usual_size
from .data import Remainder
from .figure import Chart, error_axis, footer, paper
from .scope import Scope

#: What the accuracy driver calls a gradient that is wrong on purpose, and the exact one.
CONTROL, ORACLE = "control", "oracle"
#: Most exact methods coincide; what bends is of interest.
TELLING = (CONTROL, ORACLE, "reverse_fused", "forward_difference", "central_difference_2", "forward_mode")


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
    footer(
        figure,
        "R(ε) = |L(w + εv) − L(w) − ε∇L·v| along one direction v. A right gradient gives slope 2 down to the noise "
        "floor, a wrong one bends into slope 1; finite differences do so where their own error shows. Lines that "
        "coincide are drawn as nested stripes. Control: a gradient made wrong on purpose. In quad the values are the "
        "oracle's, so that only the gradient shows.",
        scope.machine,
    )
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
    legend(figure, panels)
    slopes = [f"{name(row)} ({row.precision}) {slope(row)}" for row in shown]
    chart = Chart(
        f"remainder-{scope.problem}",
        "First-order remainder against ε",
        "What is left of L(w + εv) once the first-order approximation is taken away: slope 2 means that the gradient "
        "is right.",
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
    return {CONTROL: "control: 1 component 1 % off", ORACLE: "oracle: exact"}.get(row.case.method, row.case.method)


def rank(row: Remainder) -> tuple[int, tuple[int, str], str]:
    known = TELLING.index(row.case.method) if row.case.method in TELLING else len(TELLING)
    return known, style.priority(row.case.method), row.case.backend


def legend_names(rows: list[Remainder]) -> list[str]:
    """The six lines to draw, in every panel the same."""
    return list(dict.fromkeys(name(row) for row in sorted(rows, key=rank)))[: style.LABELLED]


def stripes(axes: Axes, rows: list[Remainder], names: list[str]) -> None:
    """Where lines coincide each is drawn narrower than the one below it; the control comes last."""
    by_name: dict[str, Remainder] = {}
    for row in sorted(rows, key=rank):
        by_name.setdefault(name(row), row)  # several backends have the same method: one will do
    kept = [by_name[one] for one in names if one in by_name]
    kept.sort(key=lambda r: (is_control(r), rank(r)))
    for row in kept:
        index = names.index(name(row))
        points = [(e, v) for e, v in sorted(zip(row.epsilon, row.values)) if v]
        control = is_control(row)
        colour = {CONTROL: style.INK, ORACLE: style.BAND}.get(row.case.method, style.colour(row.case.method))
        look = {
            "color": colour,
            "linestyle": (0, (4, 1.6)) if control else "solid",
            "linewidth": 1.3 if control else 7.0 - index,
        }
        axes.plot(
            [e for e, _ in points], [v for _, v in points], label=name(row), zorder=3 + 0.1 * (control + index), **look
        )


def legend(figure: Figure, panels: list[Axes]) -> None:
    """One for all panels, under the title."""
    entries = {label: handle for axes in panels for handle, label in zip(*axes.get_legend_handles_labels())}
    height = figure.get_figheight()
    figure.subplots_adjust(top=1 - 0.86 / height)
    place = {"loc": "upper left", "bbox_to_anchor": (0.004, 1 - 0.36 / height), "ncol": len(entries)}
    look = {"fontsize": 7, "handlelength": 2.2, "columnspacing": 1.6}
    figure.legend(list(entries.values()), list(entries), **place, **look)


def guides(axes: Axes, rows: list[Remainder]) -> None:
    """Slopes 1 and 2 through the upper right corner, and the noise floor."""
    look = {"fontsize": 6.5, "color": style.GUIDE}
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
        axes.text(left, max(floors) * 1.3, "noise floor", ha="left", va="bottom", **look)
    for order, lift in ((1, 4.0), (2, 30.0)):
        ends = [left, right]
        axes.plot(
            ends,
            [lift * high * (e / right) ** order for e in ends],
            color=style.GUIDE,
            linewidth=0.7,
            zorder=1,
            scaley=False,
        )
        # Named half way down, or at the left end of a guide that does not get so far.
        middle = right * ((low * high) ** 0.5 / (lift * high)) ** (1 / order)
        at_end = middle < left * 3
        place = left if at_end else middle
        offset = {
            "xytext": (2, 6) if at_end else (-3, 4),
            "textcoords": "offset points",
            "ha": "left" if at_end else "right",
        }
        axes.annotate(f"slope {order}", (place, lift * high * (place / right) ** order), **offset, **look)
