"""L(w + m) ≈ L(w) + m·∇L(w)."""

from __future__ import annotations

from math import log

from .. import style, text
from ..figure import Chart, footer, legend, paper
from . import section as parts
from .measured import Approximation, Calculus, representative

#: The chapter's example: where, by how much, and what it comes to.
AT, MOVE = (0.0, log(2)), (0.1, -0.2)
APPROXIMATED = log(3) + 0.1 / 3 - 0.4 / 3
COMMAND = "build/release/bench/descent --part approximation --problem {} --out DIR && scripts/report --calculus DIR"


def is_the_chapters(row: Approximation) -> bool:
    near = lambda ours, theirs: len(ours) == len(theirs) and all(abs(a - b) < 1e-6 for a, b in zip(ours, theirs))
    return near(row.at, AT) and near(row.move, MOVE)


def section(found: Calculus) -> parts.Section | None:
    rows = representative(found.approximations)
    rows.sort(key=lambda r: (r.case.problem, r.case.dtype != "f64", r.order, style.priority(r.case.method)))
    if not rows:
        return None
    first = rows[0]
    return parts.Section(
        "approximation",
        "The first-order approximation",
        "For a small step m the function is nearly linear: L(w + m) ≈ L(w) + m·∇L(w). The gradient is what makes it so.",
        sentence(first, rows),
        COMMAND.format(first.case.problem) if is_the_chapters(first) else command_at(first),
        [chart(first, rows)],
    )


def command_at(row: Approximation) -> str:
    where = ",".join(f"{w:.17g}" for w in row.at)
    flags = f"{row.case.problem} --start {where} --move {','.join(f'{m:.17g}' for m in row.move)}"
    return COMMAND.format(flags)


def sentence(first: Approximation, rows: list[Approximation]) -> str:
    off = first.moved - first.approximation
    said = (
        f"At w = ({', '.join(f'{w:.6g}' for w in first.at)}) with m = ({', '.join(f'{m:g}' for m in first.move)}): "
        f"{first.value:.6f} {first.slope:+.6f} = {first.approximation:.6f}; the true value is {first.moved:.6f}, "
        f"{abs(off):.6f} {'more' if off > 0 else 'less'}."
    )
    if is_the_chapters(first):
        said += f" By hand: log 3 + 0.1/3 − 0.4/3 = {APPROXIMATED:.6f}."
    exact = [row for row in rows if row.case.dtype == first.case.dtype and row.case.problem == first.case.problem]
    spread = max(abs(row.approximation - first.approximation) for row in exact)
    return (
        said + f" The {len(exact)} methods agree on the approximation within {text.error(spread)} ({first.case.dtype})."
    )


def chart(first: Approximation, rows: list[Approximation]) -> Chart:
    title = f"{first.case.problem}: the function along the step, and its first-order approximation"
    figure, (left, right) = paper(1, 2, title, 3.9)
    footer(
        figure,
        f"Gradient by {first.case.pair} in {first.case.dtype}. t = 1 is the step m itself.",
        "",
    )
    values = [(t, v) for t, v in zip(first.lengths, first.values) if v is not None]
    ts = [t for t, _ in values]
    line = [first.value + t * first.slope for t in ts]
    entries = {}
    (entries["L(w + t·m)"],) = left.plot(ts, [v for _, v in values], color=style.INK, linewidth=1.8)
    (entries["L(w) + t·m·∇L(w)"],) = left.plot(ts, line, color=style.COLOURS["reverse_fused"], linewidth=1.6)
    left.plot([1], [first.moved], "o", color=style.INK, markersize=6)
    left.plot([1], [first.approximation], "o", color=style.COLOURS["reverse_fused"], markersize=6)
    left.plot([0], [first.value], "|", color=style.GUIDE, markersize=12)
    say = {"textcoords": "offset points", "fontsize": style.LABEL}
    left.annotate(f"{first.moved:.6f}", (1, first.moved), xytext=(4, 7), **say)
    orange = style.readable(style.COLOURS["reverse_fused"])
    left.annotate(
        f"{first.approximation:.6f}", (1, first.approximation), xytext=(-5, -13), ha="right", color=orange, **say
    )
    left.set_ylabel("value")
    right.plot(ts, [v - a for (_, v), a in zip(values, line)], color=style.CENTRAL[2])
    right.plot([1], [first.moved - first.approximation], "o", color=style.CENTRAL[2], markersize=6)
    right.set_ylabel("L(w + t·m) − approximation")
    right.set_title("what is left: of second order")
    left.set_title("the tangent touches at t = 0")
    for axes in (left, right):
        axes.set_xlabel("t, in lengths of the step m")
    legend(figure, entries)
    made = Chart(
        f"approximation-{first.case.problem}",
        "The function along the step, and its first-order approximation",
        "Along the step and back. The difference touches 0 at t = 0 with slope 0 and grows like t².",
        sentence(first, rows),
        figure,
        ("gradient by", "precision", "∇L(w)", "L(w)", "approximation", "true value", "true − approximation"),
    )
    for row in rows:
        gradient = "(" + ", ".join(f"{g:.12g}" for g in row.gradient[:4]) + (", …)" if len(row.gradient) > 4 else ")")
        figures = (f"{row.value:.12f}", f"{row.approximation:.12f}", f"{row.moved:.12f}")
        made.rows.append((row.case.pair, row.case.dtype, gradient, *figures, f"{row.moved - row.approximation:.6e}"))
    return made
