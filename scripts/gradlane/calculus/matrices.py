"""Gradients of βᵀx, xᵀAx and ‖X − UV‖² against their formulas of matrix calculus."""

from __future__ import annotations

from matplotlib.axes import Axes

from .. import style, text
from ..figure import Chart, footer, legend, paper
from .measured import Calculus, ClosedForm, representative
from .section import Section, listed

COMMAND = "build/release/bench/descent --part closed_forms --out DIR && scripts/report --calculus DIR"
#: In the order of the chapter, with the mark of each.
MARKS = {"β": "o", "(A + Aᵀ)x": "s", "−2Uᵀ(X − UV)": "^", "−2(X − UV)Vᵀ": "v"}
#: An error of 0 is drawn here: a 64th of a rounding.
NONE = {"f64": 2.0**-59, "f32": 2.0**-30}


def section(found: Calculus) -> Section | None:
    rows = representative(found.closed_forms)
    order = formulas(rows)
    rows.sort(key=lambda r: (order.index(r.formula), r.case.dtype != "f64", r.case.n, r.order, rank(r.case.method)))
    if not rows:
        return None
    return Section(
        "matrices",
        "Matrix calculus",
        "∇(βᵀx) = β, ∇(xᵀAx) = (A + Aᵀ)x, and of the squared distance ‖X − UV‖² between a matrix and a product of two "
        "factors ∂/∂V = −2Uᵀ(X − UV) and ∂/∂U = −2(X − UV)Vᵀ.",
        sentence(rows),
        COMMAND,
        [chart(rows)],
        failures=[f"{row.case.pair} ({row.case.dtype}) is not {row.formula}" for row in rows if row.verdict == "wrong"],
    )


def formulas(rows: list[ClosedForm]) -> list[str]:
    found = {row.formula for row in rows}
    return [formula for formula in MARKS if formula in found] + sorted(found - set(MARKS))


def rank(method: str) -> tuple[int, str]:
    return style.priority(method)


def sentence(rows: list[ClosedForm]) -> str:
    said = []
    for dtype in ("f64", "f32"):
        exact = [row for row in rows if row.order == 0 and row.case.dtype == dtype]
        held = [row for row in exact if row.verdict == "ok"]
        worst = max((row.error for row in exact if row.error is not None), default=None)
        if exact:
            said.append(
                f"In {dtype} {len(held)} of {len(exact)} blocks by exact methods are their formula within what rounding "
                f"allows, off by {text.error(worst)} at most."
            )
    shapes = sorted({(row.case.problem, row.case.n) for row in rows})
    said.append(f"Measured on {listed([f'{problem} (n = {n})' for problem, n in shapes])}.")
    return " ".join(said)


def chart(rows: list[ClosedForm]) -> Chart:
    dtypes = [dtype for dtype in ("f64", "f32") if any(row.case.dtype == dtype for row in rows)]
    methods = sorted({row.case.method for row in rows}, key=lambda m: (order_of(rows, m), rank(m)), reverse=True)
    title = "Gradients against their formulas"
    figure, panels = paper(1, len(dtypes), title, 1.9 + 0.24 * len(methods), sharey=True)
    footer(
        figure,
        "Relative error of each block in the 2-norm; the formulas are multiplied out in quad. Shaded: what rounding may make of "
        "it in a method without truncation. Marks at the left edge: no error at all.",
        "",
    )
    entries: dict[str, object] = {}
    for axes, dtype in zip(panels, dtypes):
        draw(axes, [row for row in rows if row.case.dtype == dtype], methods, dtype, entries)
    panels[0].set_yticks(range(len(methods)), methods)
    figure.subplots_adjust(left=0.24)
    legend(figure, entries, columns=len(entries))
    made = Chart(
        "matrices",
        title,
        "Finite differences are off by their truncation and the noise of the value, all others by roundings.",
        sentence(rows),
        figure,
        ("gradient by", "precision", "n", "formula", "components", "relative error", "rounding allows", "verdict"),
    )
    for row in rows:
        allowed = text.error(row.allowed) if row.allowed is not None else "—"
        facts = (row.case.pair, row.case.dtype, str(row.case.n), row.formula, str(row.components))
        made.rows.append((*facts, text.error(row.error), allowed, row.verdict))
    return made


def order_of(rows: list[ClosedForm], method: str) -> int:
    """Exact methods first, then differences by their order."""
    return min(row.order for row in rows if row.case.method == method)


def draw(axes: Axes, rows: list[ClosedForm], methods: list[str], dtype: str, entries: dict[str, object]) -> None:
    allowed = max((row.allowed for row in rows if row.allowed is not None), default=0)
    axes.set_xscale("log")
    if allowed:
        axes.axvspan(NONE[dtype] / 4, allowed, color=style.BAND, alpha=0.7, linewidth=0, zorder=0.5)
    shown = formulas(rows)
    colours = (style.COLOURS["reverse_fused"], style.CENTRAL[2], *style.RESERVE)
    for index, formula in enumerate(shown):
        mine = [row for row in rows if row.formula == formula and row.error is not None]
        shift = 0.16 * (index - (len(shown) - 1) / 2)
        (marks,) = axes.plot(
            [max(row.error or 0, NONE[dtype]) for row in mine],
            [methods.index(row.case.method) - shift for row in mine],
            linestyle="none",
            marker=MARKS.get(formula, "D"),
            color=colours[index % len(colours)],
            markersize=4.5,
            clip_on=False,
        )
        entries.setdefault(formula, marks)
    axes.set_title(dtype)
    axes.set_xlabel("relative error of the block")
    axes.set_xlim(left=NONE[dtype] / 4)
    axes.set_ylim(-0.6, len(methods) - 0.4)
    axes.grid(True, axis="y", color=style.GRID)
