"""Of all steps of one length the one against the gradient lowers the function most."""

from __future__ import annotations

from math import cos, degrees, frexp, pi

from matplotlib.axes import Axes

from .. import style, text
from ..charts_remainder import CONTROL
from ..figure import Chart, footer, legend, paper
from .measured import Calculus, Direction, representative
from .section import Section, listed

COMMAND = "build/release/bench/descent --part directions --out DIR && scripts/report --calculus DIR"
#: Drawn beside one exact method, which stands for all, and the control.
DIFFERENCES = ("forward_difference",)


def section(found: Calculus) -> Section | None:
    rows = representative(found.directions)
    rows.sort(key=lambda r: (r.case.problem, r.case.dtype != "f64", r.case.n, is_control(r), r.order, rank(r)))
    if not rows:
        return None
    problems = sorted({row.case.problem for row in rows}, key=lambda p: (p != "log_sum_exp", p))
    return Section(
        "directions",
        "The steepest direction",
        "Along a unit vector v at the angle θ from the gradient a function changes by ε‖∇L‖·cos θ for a small step ε: most "
        "along the gradient (θ = 0), not at all across it, and it falls fastest opposite to it, at θ = π.",
        sentence(rows),
        COMMAND,
        [chart(problem, [row for row in rows if row.case.problem == problem]) for problem in problems],
    )


def is_control(row: Direction) -> bool:
    return row.case.method == CONTROL


def rank(row: Direction) -> tuple[int, str]:
    return style.priority(row.case.method)


def sentence(rows: list[Direction]) -> str:
    judged = [row for row in rows if not is_control(row) and row.verdict in ("ok", "wrong")]
    held = [row for row in judged if row.verdict == "ok"]
    controls = [row for row in rows if is_control(row) and row.verdict != "no teeth"]
    caught = [row for row in controls if row.verdict == "wrong"]
    silent = [row for row in rows if row.verdict == "no digits"]
    toothless = [row for row in rows if row.verdict == "no teeth" and not is_control(row)]
    farthest = max((row.from_pi for row in judged), default=0)
    said = (
        f"In {len(held)} of {len(judged)} cases (a method on a problem, n and precision) the lowest value lies opposite to the "
        f"gradient within the angle that the remainder allows, at most {degrees(farthest):.1f}° from it; directions are 2° "
        f"apart. A gradient turned by 20° was found out in {len(caught)} of {len(controls)} cases."
    )
    if silent:
        said += f" {len(silent)} gradients without digits are shown, not judged."
    if toothless:
        where = sorted({f"{row.case.problem} ({row.case.dtype}, n = {row.case.n})" for row in toothless})
        said += f" On {listed(where)} curvature or rounding leave no step short enough to tell: not judged."
    return said


def chart(problem: str, rows: list[Direction]) -> Chart:
    dtype = "f64" if any(row.case.dtype == "f64" for row in rows) else rows[0].case.dtype
    drawn = [row for row in rows if row.case.dtype == dtype]
    sizes = sorted({row.case.n for row in drawn})[:2]
    title = f"{problem}: the change along a step of every direction, {dtype}"
    figure, panels = paper(2, len(sizes), title, 6.0)
    footer(
        figure,
        "Exact methods coincide: one stands for all. Shaded: where the lowest value may be, by the remainder's size. Dashed: the "
        "exact gradient turned by 20°, which the test has to find out. Diamonds: the lowest value of each.",
        "",
    )
    entries: dict[str, object] = {}
    for column, n in enumerate(sizes):
        mine = lines_of([row for row in drawn if row.case.n == n])
        upper, lower = panels[column], panels[len(sizes) + column]
        upper.set_title(f"n = {n}, ε = {power(mine[0].epsilon)}" + ("" if n == 2 else ", sampled"))
        for row in mine:
            draw_change(upper, row, entries)
            draw_difference(lower, row)
        guide(upper, mine[0], entries)
        look(upper, mine[0], "change ÷ ε‖∇L‖" if column == 0 else "")
        look(lower, mine[0], "change ÷ ε‖∇L‖ − cos θ" if column == 0 else "")
        lower.set_xlabel("θ, angle from the method's gradient")
    legend(figure, entries, columns=4)
    made = Chart(
        f"directions-{problem}",
        f"{problem}: the change along a step of every direction",
        "Above: L(w + εv) − L(w) beside ε‖∇L‖cos θ, both divided by ε‖∇L‖. Below: their difference, the remainder, which is "
        "of the size ε; for a turned gradient it is not.",
        f"{problem}: lowest value of {drawn[0].case.method} at {degrees(drawn[0].lowest):.0f} degrees from its gradient.",
        figure,
        (
            "gradient by",
            "precision",
            "n",
            "ε",
            "lowest at θ",
            "from 180°",
            "allowed",
            "largest difference ÷ ε‖∇L‖",
            "verdict",
        ),
    )
    made.rows += [table_row(row) for row in rows]
    return made


def power(epsilon: float) -> str:
    """2⁻⁷ as such."""
    fraction, exponent = frexp(epsilon)
    return f"$\\mathbf{{2^{{{exponent - 1}}}}}$" if fraction == 0.5 else f"{epsilon:.3g}"


def table_row(row: Direction) -> tuple[str, ...]:
    by = "the exact one, turned by 20°" if is_control(row) else row.case.pair
    angles = (f"{degrees(angle):.1f}°" for angle in (row.lowest, row.from_pi, row.allowed))
    largest = max((abs(y) for _, y in differences(row)), default=None)
    return (by, row.case.dtype, str(row.case.n), f"{row.epsilon:.3g}", *angles, text.error(largest), row.verdict)


def lines_of(rows: list[Direction]) -> list[Direction]:
    exact = [row for row in rows if row.order == 0 and not is_control(row)]
    others = [row for row in rows if row.case.method in DIFFERENCES or is_control(row)]
    wrong = [row for row in rows if row.verdict == "wrong" and row not in others and row not in exact[:1]]
    return exact[:1] + others + wrong


def changes(row: Direction) -> list[tuple[float, float]]:
    scale = row.epsilon * row.norm
    return [(t, d / scale) for t, d in zip(row.theta, row.difference) if t is not None and d is not None]


def differences(row: Direction) -> list[tuple[float, float]]:
    scale = row.epsilon * row.norm
    return [(t, r / scale) for t, r in zip(row.theta, row.remainder) if t is not None and r is not None]


def thinned(row: Direction, points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Of samples every third: dots that overlap show no more."""
    return points[::3] if row.case.n > 2 else points


def pen(row: Direction) -> dict[str, object]:
    colour = style.INK if is_control(row) else style.colour(row.case.method)
    sampled = row.case.n > 2
    dashes = (0, (4, 1.6)) if is_control(row) else "solid"
    width = 3.6 if row.order == 0 and not is_control(row) else 1.4
    if sampled:
        return {
            "color": colour,
            "linestyle": "none",
            "marker": "o",
            "markersize": 1.3 + 0.5 * width,
            "markeredgewidth": 0,
        }
    return {"color": colour, "linestyle": dashes, "linewidth": width}


def draw_change(axes: Axes, row: Direction, entries: dict[str, object]) -> None:
    points = thinned(row, changes(row))
    (line,) = axes.plot([degrees(t) for t, _ in points], [y for _, y in points], zorder=2, **pen(row))
    name = "gradient turned by 20°" if is_control(row) else row.case.method + (" (exact)" if row.order == 0 else "")
    entries.setdefault(name, line)
    low = min(changes(row), key=lambda point: point[1])
    colour = style.INK if is_control(row) else style.colour(row.case.method)
    axes.plot(
        degrees(low[0]), low[1], "D", color=colour, markersize=5, markeredgecolor="white", zorder=5, clip_on=False
    )


def draw_difference(axes: Axes, row: Direction) -> None:
    if is_control(row):
        return  # a hundred times larger: the table has it
    points = thinned(row, differences(row))
    axes.plot([degrees(t) for t, _ in points], [y for _, y in points], zorder=2, **pen(row))


def guide(axes: Axes, row: Direction, entries: dict[str, object]) -> None:
    last = 360 if row.case.n == 2 else 180
    (line,) = axes.plot(
        range(last + 1), [cos(k * pi / 180) for k in range(last + 1)], color=style.INK, linewidth=0.9, zorder=3
    )
    line.set_linestyle((0, (1.2, 2)))
    entries.setdefault("cos θ", line)


def look(axes: Axes, row: Direction, label: str) -> None:
    last = 360 if row.case.n == 2 else 180
    allowed = degrees(row.allowed)
    axes.axvspan(180 - allowed, min(180 + allowed, last), color=style.BAND, alpha=0.7, linewidth=0, zorder=0.5)
    axes.set_xlim(0, last)
    axes.set_xticks(range(0, last + 1, 90 if last == 360 else 45))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}°")
    axes.set_ylabel(label)
    axes.ticklabel_format(axis="y", style="sci", scilimits=(-2, 2), useMathText=True)
