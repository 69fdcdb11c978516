"""Which gradient gets there first: loss against wall time, and the time to a loss."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from .. import style, text
from ..figure import Chart, Series, decade, draw, error_axis, footer, legend, paper
from ..markup import table as html_table
from . import section
from .measured import Descent

RULE, NEWTON = "backtracking", "newton"
SHARE = 1e-6
HAND_WRITTEN = "analytic"
#: In colour, in every panel alike; the other methods are thin and grey.
FIRST = ("reverse_fused", "analytic", "reverse_tape", "forward_mode", "central_difference_2", "forward_difference")
LOWEST = 1e-10  # of the chart: below, the rounding of L takes over


def seconds_to(row: Descent, share: float = SHARE) -> float | None:
    return next((r.seconds for r in row.reached if r.share == share), None)


def ranked(rows: list[Descent]) -> list[tuple[float, Descent]]:
    """Those that reached the loss, the fastest first."""
    timed = [(seconds_to(row), row) for row in rows]
    return sorted(((s, row) for s, row in timed if s is not None), key=lambda pair: pair[0])


def is_settled(rows: list[Descent]) -> bool:
    """Whether some descent has reached a minimum. Otherwise the least loss is only as far as the longest one got, and who was
    there first says nothing."""
    best = min(rows, key=lambda row: min((loss for loss in row.loss if loss is not None), default=float("inf")))
    reached = next((r.iterations for r in best.reached if r.share == SHARE), None)
    return best.stop in ("gradient", "line search") or (reached is not None and reached < 0.9 * best.iterations)


def cases(rows: list[Descent]) -> dict[tuple[str, int, str], list[Descent]]:
    groups: dict[tuple[str, int, str], list[Descent]] = {}
    for row in sorted(rows, key=lambda r: (r.case.problem, r.case.n, r.rule)):
        if row.case.dtype == "f64":
            groups.setdefault((row.case.problem, row.case.n, row.rule), []).append(row)
    return groups


def sentence(rows: list[Descent]) -> str:
    firsts: dict[str, int] = {}
    for group in cases(rows).values():
        order = [row for _, row in ranked(group) if row.case.method != HAND_WRITTEN]
        if order and is_settled(group):
            firsts[order[0].case.method] = firsts.get(order[0].case.method, 0) + 1
    if not firsts:
        return ""
    told = ", ".join(
        f"{method} in {count}" for method, count in sorted(firsts.items(), key=lambda item: (-item[1], item[0]))
    )
    return (
        f"First to {SHARE:g} of the loss at the start (above the least), hand-written gradients aside: {told} of "
        f"{sum(firsts.values())} races over problem, n and step rule."
    )


def newton_sentence(rows: list[Descent]) -> str:
    """What second derivatives are worth: the fastest descent of each kind."""
    found = cases(rows)
    shares, alone = [], []
    for (problem, n, rule), group in found.items():
        other = found.get((problem, n, RULE), [])
        if rule != NEWTON or not other or not is_settled(group) or not ranked(group):
            continue
        if not is_settled(other):
            alone.append(f"{problem} n = {n}")
        elif ranked(other):
            shares.append((ranked(other)[0][0] / ranked(group)[0][0], f"{problem} n = {n}"))
    said = []
    if shares:
        (least, where), (most, there) = min(shares), max(shares)
        said.append(
            f"Newton's method is there before backtracking in {sum(share > 1 for share, _ in shares)} of {len(shares)} cases: "
            f"from {text.ratio(least)} as fast ({where}) to {text.ratio(most)} ({there})."
        )
    if alone:
        said.append(f"It alone arrives on {section.listed(alone)}.")
    return " ".join(said)


def table(rows: list[Descent]) -> str:
    lines = []
    for (problem, n, rule), group in cases(rows).items():
        order = [pair for pair in ranked(group) if pair[1].case.method != HAND_WRITTEN]
        hand = next((s for s, row in ranked(group) if row.case.method == HAND_WRITTEN), None)
        if not order or not is_settled(group):
            furthest = max(row.iterations for row in group)
            lines.append((problem, str(n), rule, f"no minimum in {furthest} steps", *[text.NONE] * 6))
            continue
        (best, first), second = order[0], order[1] if len(order) > 1 else None
        iterations = next(r.iterations for r in first.reached if r.share == SHARE)
        by_difference = [pair for pair in order if pair[1].order > 0]
        lines.append(
            (
                *(problem, str(n), rule, first.case.pair, str(iterations), text.time(1e9 * best)),
                f"{second[1].case.pair}, {text.ratio(second[0] / best)}" if second else text.NONE,
                f"{by_difference[0][1].case.pair}, {text.ratio(by_difference[0][0] / best)}"
                if by_difference
                else text.NONE,
                text.ratio(best / hand) if hand else text.NONE,
                str(len(group) - len(ranked(group))),
            )
        )
    header = (
        *("problem", "n", "step", "fastest method", "iterations", "time"),
        *("second, how much longer", "fastest difference, how much longer", "÷ hand-written", "did not reach it"),
    )
    caption = (
        f"Time until L − least (of the methods with that step) is {SHARE:g} of what it was at the start, f64, each method on its fastest lanes; hand-written "
        "gradients are the yardstick, not in the race"
    )
    return html_table(caption, header, lines)


def chart(problem: str, rows: list[Descent]) -> Chart | None:
    newton = [row for row in rows if row.rule == NEWTON and row.case.dtype == "f64"]
    rows = [row for row in rows if row.rule == RULE and row.case.dtype == "f64"]
    sizes = sorted({row.case.n for row in rows})
    sizes = [sizes[0], sizes[len(sizes) // 2], sizes[-1]] if len(sizes) > 3 else sizes
    if not rows:
        return None
    figure, panels = paper(1, len(sizes), f"{problem}: loss against wall time", 4.2, sharey=True)
    footer(
        figure,
        f"f64, {RULE}. Each method on its fastest lanes at that n (solid: elements; other dashes as everywhere); grey: the "
        "other methods. A line that ends above the bottom ended by the time limit, the iterations, or rounding.",
        "",
    )
    entries: dict[str, object] = {}
    for axes, n in zip(panels, sizes):
        here = [row for row in rows if row.case.n == n]
        fastest = [row for _, row in ranked([row for row in newton if row.case.n == n])[:1]]
        least = min((row.least_loss for row in here + fastest if row.least_loss is not None), default=0.0)
        panel(axes, here, least, entries)
        for row in fastest:
            draw_newton(axes, relative(row, least), entries)
        axes.set_title(f"n = {n}")
        axes.set_ylabel("(L − least) ÷ (that at the start)" if axes is panels[0] else "")
    legend(figure, entries, columns=4)
    return Chart(
        f"descent-time-{problem}",
        f"{problem}: loss against wall time",
        "The same descents by the time they take. All take the same way, so a method's line is shifted by what its gradient costs; "
        "Newton's method takes its own.",
        f"{problem}: time to {SHARE:g} of the loss. "
        + "; ".join(f"n = {row.case.n} {row.case.method} {text.time(1e9 * s)}" for s, row in ranked(rows)[:12]),
        figure,
        ("gradient by", "n", "iterations", "ended by", *(f"time to {r.share:g}" for r in rows[0].reached)),
        [
            (
                *(row.case.pair, str(row.case.n), str(row.iterations), row.stop),
                *(text.time(None if r.seconds is None else 1e9 * r.seconds) for r in row.reached),
            )
            for row in sorted(rows, key=lambda r: (r.case.n, seconds_to(r) is None, seconds_to(r) or 0))
        ],
    )


def draw_newton(axes: Axes, points: list[tuple[float, float]], entries: dict[str, object]) -> None:
    """Beside backtracking, which looks for its steps in the same way; of whichever gradient, since they coincide."""
    if points:
        line = axes.plot(*zip(*points), color="#333333", linestyle=(0, (4, 1.5)), linewidth=1.8, zorder=4)[0]
        entries.setdefault("Newton's method", line)


def panel(axes: Axes, rows: list[Descent], least: float, entries: dict[str, object]) -> None:
    error_axis(axes, "")
    axes.set_xscale("log")
    series = []
    for row in rows:
        points = relative(row, least)
        if points:
            pen = style.pen(row.case.method, row.case.lanes, row.case.dtype)
            xs, ys = zip(*points)
            series.append(Series(row.case.method, row.case.method, style.Pen(pen.colour, pen.dash, ""), xs, ys))
    for one in draw(axes, series, FIRST):
        look = {"color": one.pen.colour, "linewidth": style.WIDTHS.get(one.method, 1.6)}
        entries.setdefault(one.label, Line2D([], [], **look))
    axes.set_ylim(LOWEST, 2)
    axes.xaxis.set_major_locator(LogLocator(10, numticks=5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda s, _: decade(1e9 * s)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("time")


def relative(row: Descent, least: float) -> list[tuple[float, float]]:
    """(seconds, share of the loss above the least of all that are drawn), as far as the chart goes."""
    if row.loss[0] is None:
        return []
    first = row.loss[0] - least
    points = []
    for s, loss in zip(row.seconds, row.loss):
        if s is None or loss is None or s <= 0 or first <= 0:
            continue
        points.append((s, max((loss - least) / first, LOWEST)))
        if points[-1][1] == LOWEST:
            break
    return points
