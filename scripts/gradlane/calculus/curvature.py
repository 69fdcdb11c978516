"""Second derivatives: the best quadratic, Taylor's remainders with slopes 1, 2 and 3, what products and Hessians cost."""

from __future__ import annotations

from collections.abc import Iterable
from math import exp

from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from .. import style, text
from ..charts_error import usual_size
from ..figure import Chart, error_axis, footer, legend, paper
from ..markup import table
from . import surface
from .measured import Calculus, representative
from .second import Expansion, Hessian, Model, Product
from .section import Section, listed

COMMAND = "build/release/bench/curvature --out DIR && scripts/report --calculus DIR"
CONTROL = "control"
#: What the remainders are drawn of, where it was measured.
FIRST = "log_sum_exp"
#: A product on one direction may cost so many times value and gradient.
BAR = 4.0
ORDERS = (("R0: the value", "#7B4B94"), ("R1: and the gradient", "#0072B2"), ("R2: and the Hessian", "#D55E00"))
#: The chapter's example: about (−1, 0) the quadratic e⁻¹(−1 − (x+1) + (x+1)² + y²).
CHAPTER = ("gaussian_bump", (-1.0, 0.0), (-1.0, (-1.0, 0.0), ((2.0, 0.0), (0.0, 2.0))))


def section(found: Calculus) -> Section | None:
    second = found.second
    products, hessians = representative(second.products), representative(second.hessians)
    models = [row for row in representative(second.models) if row.surface]
    expansions = representative(second.expansions)
    if not (products or hessians or models or expansions):
        return None
    parts = [model_part(models), expansion_part(expansions), cost_part(products, hessians)]
    charts = [chart for part in parts if part for chart in part[1]]
    return Section(
        "curvature",
        "Curvature",
        "Two terms of Taylor's series are a plane, three a quadratic: L(w + m) ≈ L(w) + m·∇L + ½ m·∇²L·m. Forward mode over "
        "reverse mode gives a Hessian times a direction at a constant multiple of the gradient's cost, and with as many "
        "directions as there are inputs the whole Hessian.",
        " ".join(part[0] for part in parts if part),
        COMMAND,
        charts,
        [cost_table(products, hessians)] if products or hessians else [],
        shown=3,
        failures=[line for row in expansions for line in wrong(row)],
    )


def wrong(row: Expansion) -> list[str]:
    if row.case.method == CONTROL:
        return []
    bad = [one for one in row.remainders if one.verdict == "wrong"]
    return [f"{row.case.name}: R{one.order} shrinks with slope {one.slope}" for one in bad]


# ---- the best quadratic ------------------------------------------------------------------------------------------

Part = tuple[str, list[Chart]]


def first_of(rows: Iterable[Model]) -> Model | None:
    return min(rows, key=lambda r: (r.case.problem != CHAPTER[0], style.priority(r.case.method)), default=None)


def is_the_chapters(row: Model) -> bool:
    return row.case.problem == CHAPTER[0] and row.point == CHAPTER[1]


def model_part(rows: list[Model]) -> Part | None:
    row = first_of(rows)
    if row is None:
        return None
    place = ", ".join(f"{x:g}" for x in row.point)
    said = (
        f"At ({place}) the best quadratic of {row.case.problem} has the value {row.value:.6f}, the gradient "
        f"({', '.join(f'{g:.6f}' for g in row.gradient)}) and the Hessian {matrix(row.hessian)}."
    )
    if is_the_chapters(row):
        said += (
            f" By hand: e⁻¹(−1 − (x+1) + (x+1)² + y²), that is e⁻¹ times −1, (−1, 0) and ((2, 0), (0, 2)); every number is "
            f"within {text.error(off_the_chapter(row))} of that."
        )
    return said, [surface.chart(row, rows)]


def off_the_chapter(row: Model) -> float:
    value, gradient, hessian = CHAPTER[2]
    found = [row.value, *row.gradient, *(h for line in row.hessian for h in line)]
    expected = [value, *gradient, *(h for line in hessian for h in line)]
    return max(abs(a - b * exp(-1)) for a, b in zip(found, expected))


def matrix(lines: Iterable[Iterable[float]]) -> str:
    return "(" + ", ".join("(" + ", ".join(f"{h:.6f}" for h in line) + ")" for line in lines) + ")"


# ---- Taylor's remainders -----------------------------------------------------------------------------------------


def expansion_part(rows: list[Expansion]) -> Part | None:
    exact = [row for row in rows if row.case.method != CONTROL]
    if not exact:
        return None
    slopes = [[one.slope for row in exact for one in row.remainders if one.order == k and one.slope] for k in range(3)]
    ranges = [f"R{k} {min(one):.2f} to {max(one):.2f}" for k, one in enumerate(slopes) if one]
    problems = sorted({row.case.problem for row in rows}, key=lambda p: (p != FIRST, p))
    said = (
        f"Of {len(exact)} cases the remainders shrink with slopes of {listed(ranges)}, where 1, 2 and 3 are expected."
    )
    return said, [remainder_chart(p, [row for row in rows if row.case.problem == p]) for p in problems]


def remainder_chart(problem: str, rows: list[Expansion]) -> Chart:
    exact = sorted((r for r in rows if r.case.method != CONTROL), key=lambda r: style.priority(r.case.method))
    n = usual_size(row.case.n for row in exact)
    row = next(r for r in exact if r.case.n == n)
    control = next((r for r in rows if r.case.method == CONTROL and r.case.n == n), None)
    figure, (axes,) = paper(1, 1, f"{problem}: what is left of Taylor's series, n = {n}", 4.4)
    footer(
        figure,
        f"Along one direction, L in quad, gradient and Hessian by {row.case.pair} in {row.case.dtype}. Dashed: R2 with a Hessian "
        "made wrong on purpose, its largest share 1 % off. Grey: slopes 1, 2 and 3.",
        "",
    )
    error_axis(axes, "remainder")
    axes.set_xscale("log", base=2)
    axes.set_xlabel("ε")
    axes.xaxis.set_minor_locator(NullLocator())
    entries: dict[str, object] = {}
    for one, (label, colour) in zip(row.remainders, ORDERS):
        shown = f"{label}, slope {one.slope:.2f}" if one.slope else label
        (entries[shown],) = axes.plot(*points(row.epsilon, one.values), color=colour, linewidth=2)
        guide(axes, row.epsilon, one.values, one.order + 1)
    if control:
        wrong_one = control.remainders[2]
        (entries["R2, Hessian made wrong"],) = axes.plot(
            *points(control.epsilon, wrong_one.values), color=ORDERS[2][1], linewidth=1.2, linestyle=(0, (4, 2))
        )
    legend(figure, entries, columns=4)
    return Chart(
        f"taylor-{problem}",
        f"{problem}: remainders with slopes 1, 2 and 3",
        "R0 = |L(w+εv) − L(w)|, R1 without ε∇L·v too, R2 without ½ε²v·∇²L·v too. Each derivative that is right takes one more "
        "power of ε away, down to where its own rounding shows: a product off by δ leaves ½ε²δ.",
        f"{problem}, n = {n}, slopes: "
        + "; ".join(f"{r.case.method} " + ", ".join(slope_of(one.slope) for one in r.remainders) for r in rows),
        figure,
        ("Hessian by", "n", "slope of R0", "slope of R1", "slope of R2", "verdict"),
        [
            (
                "made wrong: 1 % off" if r.case.method == CONTROL else r.case.pair,
                str(r.case.n),
                *(slope_of(one.slope) for one in r.remainders),
                listed([f"R{one.order} {one.verdict}" for one in r.remainders]),
            )
            for r in sorted(rows, key=lambda r: (r.case.n, r.case.method == CONTROL, style.priority(r.case.method)))
        ],
    )


def slope_of(slope: float | None) -> str:
    return text.NONE if slope is None else f"{slope:.2f}"


def points(xs: Iterable[float | None], ys: Iterable[float | None]) -> tuple[list[float], list[float]]:
    kept = [(x, y) for x, y in zip(xs, ys) if x is not None and y is not None and y > 0]
    return [x for x, _ in kept], [y for _, y in kept]


def guide(axes: Axes, epsilon: Iterable[float | None], values: Iterable[float | None], power: int) -> None:
    """A line of that slope under the middle of the first quarter of the curve."""
    xs, ys = points(epsilon, values)
    if len(xs) > 8:
        x, y = xs[3], ys[3] / 3
        ends = [x, x / 64]
        axes.plot(ends, [y * (e / x) ** power for e in ends], color=style.GUIDE, linewidth=1, zorder=1)


# ---- what it costs -----------------------------------------------------------------------------------------------


def cost_part(products: list[Product], hessians: list[Hessian]) -> Part | None:
    single = [row for row in products if row.case.lanes == "elements" and row.ratio and row.case.n >= 1024]
    beside = [row for row in hessians if row.seconds and row.differences]
    said = []
    if single:
        most = max(single, key=lambda row: row.ratio)
        said.append(
            f"From n = 1024 on a product with value and gradient takes {min(row.ratio for row in single):.2f} to "
            f"{most.ratio:.2f} times value and gradient alone (the most: {most.case.problem}, n = {most.case.n})."
        )
    if beside:
        least, most = (f(beside, key=lambda row: row.differences.times_slower) for f in (min, max))
        said.append(
            f"A whole Hessian by second differences takes {text.ratio(least.differences.times_slower)} "
            f"({least.case.problem}, n = {least.case.n}) to {text.ratio(most.differences.times_slower)} "
            f"({most.case.problem}, n = {most.case.n}) as long, for about half as many digits."
        )
    return (" ".join(said), [cost_chart(products, beside)]) if said else None


def cost_chart(products: list[Product], hessians: list[Hessian]) -> Chart:
    figure, (left, right) = paper(1, 2, "What second derivatives cost", 4.4)
    footer(
        figure,
        "f64, one thread. Left: elements, one direction a call; dotted: 4. Right: directions; solid: the exact Hessian, dashed: "
        "second differences of values on the same lanes.",
        "",
    )
    problems = sorted({row.case.problem for row in [*products, *hessians]})
    looks = style.looks(problems)
    entries: dict[str, object] = {}
    for problem in problems:
        mine = [r for r in products if r.case.problem == problem and r.case.lanes == "elements" and r.ratio]
        for method in sorted({row.case.method for row in mine}):
            line = sorted((r.case.n, r.ratio) for r in mine if r.case.method == method)
            (entries[problem],) = left.plot(*zip(*line), linewidth=1.6, **looks[problem])
        whole = sorted((row for row in hessians if row.case.problem == problem), key=lambda row: row.case.n)
        fastest = [min((r for r in whole if r.case.n == n), key=lambda r: r.seconds) for n in sizes(whole)]
        if fastest:
            ns = [row.case.n for row in fastest]
            (entries[problem],) = right.plot(ns, [row.seconds for row in fastest], linewidth=1.6, **looks[problem])
            slow = [row.differences.seconds for row in fastest]
            right.plot(ns, slow, linestyle=(0, (4, 2)), linewidth=1.2, **looks[problem])
    left.axhline(BAR, color=style.GUIDE, linestyle=(0, (1.2, 1.6)), linewidth=1.2)
    left.set_ylim(bottom=0)
    for axes, title, label in (
        (left, "one product, over value and gradient", "times value and gradient"),
        (right, "a whole Hessian", "seconds"),
    ):
        axes.set_xscale("log", base=2)
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_title(title)
        axes.set_ylabel(label)
        axes.set_xlabel("number of inputs n")
    right.set_yscale("log")
    legend(figure, entries, columns=4)
    return Chart(
        "curvature-cost",
        "Cost of products and Hessians",
        "A product costs a constant multiple of the gradient, whatever n is: the theory bounds it by about 4 for operations. The "
        "whole Hessian is n of these, W directions in the lanes; differences of values need n² + n + 1 values.",
        "Times of Hessian-vector products over value and gradient against n, and of whole Hessians beside second differences.",
        figure,
    )


def sizes(rows: Iterable[Hessian]) -> list[int]:
    return sorted({row.case.n for row in rows})


def cost_table(products: list[Product], hessians: list[Hessian]) -> str:
    """What a product, and what a Hessian is: errors, symmetry, times."""
    order = lambda row: (row.case.problem, row.case.n, style.priority(row.case.method), row.case.lanes)
    lines = [
        (
            *(row.case.problem, str(row.case.n), row.case.pair, "product"),
            *(text.error(row.error), text.error(row.symmetry), time(row.seconds)),
            text.NONE if row.ratio is None else f"{row.ratio:.2f} × value and gradient",
        )
        for row in sorted(products, key=order)
    ]
    lines += [
        (
            *(row.case.problem, str(row.case.n), row.case.pair, "Hessian"),
            *(text.error(row.error), text.error(row.asymmetry), time(row.seconds)),
            text.NONE
            if row.differences is None
            else f"second differences {text.ratio(row.differences.times_slower)} as long, error "
            f"{text.error(row.differences.error)}",
        )
        for row in sorted(hessians, key=order)
    ]
    header = ("problem", "n", "by", "what", "error", "asymmetry", "time", "beside it")
    caption = (
        "Errors in the 2-norm (a Hessian: Frobenius) over the exact one, from closed forms in quad. Asymmetry: of a product "
        "|uᵀHv − vᵀHu| over the sum of its terms, of a Hessian the largest |h_ij − h_ji| over the largest |h_ij|. "
        "Times of a product are for one direction."
    )
    return table(caption, header, lines)


def time(seconds: float | None) -> str:
    return text.time(None if seconds is None else 1e9 * seconds)
