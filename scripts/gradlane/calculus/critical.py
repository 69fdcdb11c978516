"""Critical points: where the slope of a function of one variable is zero, and what they are."""

from __future__ import annotations

from matplotlib.axes import Axes

from .. import style, text
from ..figure import Chart, footer, legend, paper
from .measured import Calculus, Critical, CriticalPoint, representative
from .section import Section, listed

COMMAND = "build/release/bench/descent --part critical --problem {} --interval {},{} --out DIR && scripts/report --calculus DIR"
#: The chapter's function comes first; the others are folded.
FIRST = "quartic"
MARKS = {
    "minimum": ("v", "#0072B2"),
    "maximum": ("^", "#D55E00"),
    "inflection": ("D", "#009E73"),
    "flat": ("s", "#777777"),
}


def section(found: Calculus) -> Section | None:
    rows = sorted(representative(found.critical), key=lambda row: (row.case.problem != FIRST, row.case.problem))
    if not rows:
        return None
    first = rows[0]
    return Section(
        "critical",
        "Critical points",
        "Where a smooth function is least or greatest inside an interval, its slope is zero. From many starts at once, one a "
        "lane, Newton's method on the slope, x ← x − L′/L″, kept between points whose slopes differ in sign, finds all of "
        "them; the curvature L″, from forward mode applied twice, says which is which.",
        " ".join(sentence(row) for row in rows[:1]),
        COMMAND.format(first.case.problem, *(f"{end:g}" for end in first.interval)),
        [chart(row) for row in rows],
        failures=[line for row in rows for line in wrong(row)],
    )


def wrong(row: Critical) -> list[str]:
    """Starts without an end. Points that are off, the driver complains about itself."""
    lost = row.ended["not converged"] + row.ended["not finite"]
    return [f"{row.case.name}: {lost} of {row.case.points} starts came to no end"] if lost else []


def lowest(row: Critical) -> CriticalPoint | None:
    """The least minimum, if neither end of the interval lies lower."""
    ends = [value for value in (row.value[0], row.value[-1]) if value is not None]
    minima = [p for p in row.found if p.kind == "minimum" and p.value is not None]
    least = min(minima, key=lambda p: p.value, default=None)
    return least if least and all(least.value <= end for end in ends) else None


def sentence(row: Critical) -> str:
    between = f"[{row.interval[0]:g}, {row.interval[1]:g}]"
    if not row.found:
        return f"{row.formula} has no critical point in {between}: {ends_of(row)}."
    least = lowest(row)
    names = [
        f"{p.x:.15g} ({'global ' if p is least and several(row) else ''}{p.kind}, {p.value:.15g})" for p in row.found
    ]
    off = [p.off for p in row.found if p.off is not None]
    said = f"{row.formula} has {len(row.found)} in {between}: {listed(names)}."
    if off and max(off) == 0:
        said += " In quad the slope there is exactly 0."
    elif off:
        said += f" They are off by at most {text.error(max(off))}, by the slope there in quad."
    return said + f" Of {row.case.points} starts, {ends_of(row)}, after {row.rounds} rounds."


def several(row: Critical) -> bool:
    return sum(p.kind == "minimum" for p in row.found) > 1


def ends_of(row: Critical) -> str:
    words = {
        "converged": "converged",
        "left": "left the interval",
        "straight": "have no curvature to go by",
        "not converged": "did not converge",
        "not finite": "met a value that is not finite",
    }
    return listed([f"{count} {words[why]}" for why, count in row.ended.items() if count])


def chart(row: Critical) -> Chart:
    problem = row.case.problem
    figure, (left, right) = paper(1, 2, f"{problem} in one variable: critical points", 4.0)
    footer(
        figure,
        f"{row.formula} at n = 1, sampled and differentiated by {row.case.pair} in {row.case.dtype}. Marks: the points found.",
        "",
    )
    entries: dict[str, object] = {}
    (entries["L"],) = left.plot(row.x, gaps(row.value), color=style.INK, linewidth=1.8)
    (entries["L′"],) = right.plot(row.x, gaps(row.slope), color=style.COLOURS["reverse_fused"], linewidth=1.6)
    (entries["L″"],) = right.plot(
        row.x, gaps(row.curvature), color=style.CENTRAL[2], linewidth=1.3, linestyle=(0, (5, 1.8))
    )
    right.axhline(0, color=style.GUIDE, linewidth=0.9, zorder=1)
    for p in row.found:
        mark(left, p, p.value, entries)
        mark(right, p, 0.0, entries)
        label(left, p)
    left.set_title("the curve")
    right.set_title("its slope L′ and curvature L″")
    for axes in (left, right):
        axes.set_xlabel("x")
        axes.margins(y=0.16)
    look_closely(left, right, row)
    legend(figure, entries, columns=5)
    return Chart(
        f"critical-{problem}",
        f"{problem}: critical points in [{row.interval[0]:g}, {row.interval[1]:g}]",
        "The function of one variable, its slope and its curvature, about the points where the slope is zero: a minimum where "
        "the curvature is positive, a maximum where it is negative. Towards the ends the curves may leave the frame.",
        sentence(row),
        figure,
        ("x", "value", "curvature", "kind", "off by", "starts that ended there"),
        [
            (
                *(f"{p.x:.17g}", text.NONE if p.value is None else f"{p.value:.17g}", f"{p.curvature:.6g}"),
                *(p.kind + (" (curvature zero)" if p.degenerate else ""), text.error(p.off), str(p.starts)),
            )
            for p in row.found
        ],
    )


def look_closely(left: Axes, right: Axes, row: Critical) -> None:
    """Where the ends rise far above the points, the axes end before: else those would all lie at one height."""
    heights = [p.value for p in row.found if p.value is not None]
    if len(heights) < 2 or min(heights) == max(heights):
        return
    span, bend = max(heights) - min(heights), max(abs(p.curvature) for p in row.found)
    low, high = left.get_ylim()
    left.set_ylim(max(low, min(heights) - 0.5 * span), min(high, max(heights) + span))
    low, high = right.get_ylim()
    right.set_ylim(max(low, -1.5 * bend), min(high, 1.5 * bend))


def gaps(values: tuple[float | None, ...]) -> list[float]:
    return [float("nan") if value is None else value for value in values]


def mark(axes: Axes, p: CriticalPoint, height: float | None, entries: dict[str, object]) -> None:
    shape, colour = MARKS[p.kind]
    if height is not None:
        (drawn,) = axes.plot([p.x], [height], shape, color=colour, markersize=8, zorder=4)
        entries.setdefault(p.kind, drawn)


def label(axes: Axes, p: CriticalPoint) -> None:
    if p.value is None:
        return
    below = p.kind == "minimum"
    axes.annotate(
        f"({p.x:.4g}, {p.value:.4g})",
        (p.x, p.value),
        textcoords="offset points",
        xytext=(0, -15 if below else 9),
        ha="center",
        fontsize=style.LABEL,
        color=style.readable(MARKS[p.kind][1]),
    )
