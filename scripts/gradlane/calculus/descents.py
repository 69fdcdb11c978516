"""Gradient descent with every method's gradient: by iteration, by time, and where it stalls."""

from __future__ import annotations

from matplotlib.axes import Axes

from .. import style, text
from ..charts_error import usual_size
from ..figure import Chart, error_axis, footer, legend, paper
from . import time_to_loss
from .measured import Calculus, Descent, representative
from .section import Section

COMMAND = "build/release/bench/descent --part descents --out DIR && scripts/report --calculus DIR"
RULES = ("fixed", "backtracking")
#: Drawn by iteration beside one exact method: where they stall.
STALLING = ("forward_difference", "central_difference_2", "central_difference_4", "central_difference_8")
#: Of a line that stalls: its last quarter hardly falls any more.
FLAT = 10.0


def section(found: Calculus) -> Section | None:
    rows = [row for row in representative(found.descents) if row.exact_norm]
    if not rows:
        return None
    problems = sorted({row.case.problem for row in rows}, key=lambda p: (p != "log_sum_exp", p))
    every = representative(found.descents)
    charts = [by_iteration(problem, [row for row in rows if row.case.problem == problem]) for problem in problems]
    times = [time_to_loss.chart(problem, [r for r in every if r.case.problem == problem]) for problem in problems]
    charts[1:1] = [one for one in times[:1] if one]
    charts += [one for one in times[1:] if one]
    return Section(
        "descent",
        "Gradient descent",
        "Step after step against the gradient, w ← w − η∇L(w), leads to a minimum where the steps are short enough: η fixed, or "
        "halved until the function falls by enough (Armijo). An exact gradient goes on until rounding; a finite difference "
        "stalls where the true gradient is as small as its own error. Backtracking also ends for exact gradients where "
        "L no longer shows a decrease, at a ‖∇L‖ near the square root of its rounding. Newton's method goes where the gradient "
        "of the best quadratic is zero, ∇²L·p = −∇L, which conjugate gradients find from Hessian-vector products alone.",
        " ".join(filter(None, (sentence(rows), time_to_loss.sentence(every), time_to_loss.newton_sentence(every)))),
        COMMAND,
        charts,
        [time_to_loss.table(every)],
        shown=2,
    )


def stalls(row: Descent) -> bool:
    """Hardly any progress in the last quarter of its iterates, and not because it has arrived."""
    norms = [norm for norm in row.exact_norm if norm is not None]
    quarter = norms[3 * len(norms) // 4 :]
    return row.stop in ("iterations", "line search", "time") and len(quarter) > 3 and quarter[0] < FLAT * min(quarter)


def sentence(rows: list[Descent]) -> str:
    problem = "log_sum_exp" if any(row.case.problem == "log_sum_exp" for row in rows) else rows[0].case.problem
    n = usual_size(row.case.n for row in rows if row.case.problem == problem)
    mine = [
        r for r in rows if r.case.problem == problem and r.case.n == n and r.rule == "fixed" and r.case.dtype == "f64"
    ]
    ends = {row.case.method: row.exact_norm[-1] for row in mine if row.exact_norm[-1] is not None}
    exact = [ends[row.case.method] for row in mine if row.order == 0 and row.case.method in ends]
    said = []
    if exact:
        said.append(f"the {len(exact)} exact methods end at ‖∇L‖ = {min(exact):.0e} to {max(exact):.0e}")
    for method in ("forward_difference", "central_difference_2"):
        row = next((r for r in mine if r.case.method == method), None)
        if row and method in ends and row.error_at_end is not None:
            said.append(
                f"{method} stalls at {ends[method]:.1e}, its gradient being off by {row.error_at_end:.1e} there"
            )
    return f"On {problem}, n = {n}, with a fixed step in f64: " + "; ".join(said) + "." if said else ""


def by_iteration(problem: str, rows: list[Descent]) -> Chart:
    n = usual_size(row.case.n for row in rows)
    drawn = [row for row in rows if row.case.n == n]
    least = min((loss for row in drawn for loss in row.exact_loss if loss is not None), default=0.0)
    dtypes = sorted({row.case.dtype for row in drawn}, reverse=True)
    columns = [("loss", dtypes[0]), *(("norm", dtype) for dtype in dtypes)]
    figure, panels = paper(len(RULES), len(columns), f"{problem}: descent by iteration, n = {n}", 6.0)
    footer(
        figure,
        "Exact methods coincide: one stands for all, wide. Loss and gradient are the exact ones (quad) at each method's "
        "iterates. Dotted: how far the method's gradient is off at the end.",
        "",
    )
    entries: dict[str, object] = {}
    for line, rule in enumerate(RULES):
        for column, (what, dtype) in enumerate(columns):
            axes = panels[line * len(columns) + column]
            mine = lines_of([row for row in drawn if row.rule == rule and row.case.dtype == dtype])
            for row in mine:
                draw(axes, row, what, least, entries)
            for row in newtons(drawn, dtype) if rule == time_to_loss.RULE else []:
                draw(axes, row, what, least, entries)
            error_axis(axes, "")
            axes.set_title(
                f"{'L − least' if what == 'loss' else '‖∇L‖'}, {dtype}, {'η ' + rule if rule == 'fixed' else rule}"
            )
            axes.set_xlim(0, last_shown(mine))
            if rule == RULES[-1]:
                axes.set_xlabel("iteration")
    legend(figure, entries, columns=3)
    return Chart(
        f"descent-{problem}",
        f"{problem}: loss and gradient by iteration",
        "L above the least loss that any method reached, and the length of the exact gradient, at each method's iterates. Below "
        "10⁻¹⁶ of L the loss says nothing more in f64; the gradient does.",
        f"{problem}, n = {n}: "
        + "; ".join(f"{r.case.method} {r.rule} {text.error(r.exact_norm[-1])}" for r in drawn[:12]),
        figure,
        (
            *("gradient by", "precision", "n", "η", "iterations", "ended by", "last loss − least"),
            *("‖∇L‖ at the end", "its gradient is off by", "stalls"),
        ),
        [table_row(row) for row in sorted(rows, key=in_table)],
    )


def in_table(row: Descent) -> tuple[object, ...]:
    return row.case.n, row.case.dtype != "f64", row.rule != "fixed", row.order, style.priority(row.case.method)


def table_row(row: Descent) -> tuple[str, ...]:
    over = None if row.exact_loss[-1] is None or row.least_loss is None else row.exact_loss[-1] - row.least_loss
    rate = f"{row.rate:.3g}" if row.rule == "fixed" else row.rule
    how = (str(row.case.n), rate, str(row.iterations), row.stop)
    ends = (text.error(row.exact_norm[-1]), text.error(row.error_at_end), "yes" if stalls(row) else "no")
    return (row.case.pair, row.case.dtype, *how, text.error(max(over, 0) if over is not None else None), *ends)


def lines_of(rows: list[Descent]) -> list[Descent]:
    """One exact method for all, then the differences that stall at different heights."""
    exact = sorted((row for row in rows if row.order == 0), key=lambda row: style.priority(row.case.method))
    stalling = sorted((row for row in rows if row.case.method in STALLING), key=lambda row: row.order)
    return exact[:1] + stalling


def newtons(rows: list[Descent], dtype: str) -> list[Descent]:
    """One of them, if there is any: with an exact gradient they coincide too."""
    found = [row for row in rows if row.rule == time_to_loss.NEWTON and row.case.dtype == dtype]
    return sorted(found, key=lambda row: style.priority(row.case.method))[:1]


def last_shown(rows: list[Descent]) -> float:
    """Where the exact method has ended and as much again, so that one sees the others stall."""
    longest = max((row.iterations for row in rows), default=1)
    ended = [2 * row.iterations for row in rows if row.order == 0]
    return max(1, min([longest, *ended]))


def draw(axes: Axes, row: Descent, what: str, least: float, entries: dict[str, object]) -> None:
    column = row.exact_loss if what == "loss" else row.exact_norm
    floor = least if what == "loss" else 0
    points = [(k, y - floor) for k, y in zip(row.iteration, column) if y is not None and y > floor]
    if row.rule == time_to_loss.NEWTON:
        time_to_loss.draw_newton(axes, points, entries)
        return
    exact = row.order == 0
    colour = style.colour(row.case.method)
    line = axes.plot(
        [k for k, _ in points],
        [y for _, y in points],
        color=colour,
        linewidth=3.4 if exact else 1.4,
        zorder=2 if exact else 3 + row.order / 10,
    )[0]
    entries.setdefault(f"exact ({row.case.method})" if exact else row.case.method, line)
    if what == "norm" and not exact and row.error_at_end:
        axes.axhline(row.error_at_end, color=colour, linewidth=0.9, linestyle=(0, (1.2, 1.6)), zorder=1)
