"""Thousands of starts at once, each ending on its own."""

from __future__ import annotations

from statistics import median

from matplotlib.axes import Axes

from .. import style, text
from ..figure import Chart, footer, paper
from .measured import Calculus, Starts, representative
from .section import Section, listed

COMMAND = "build/release/bench/descent --part starts --out DIR && scripts/report --calculus DIR"


def section(found: Calculus) -> Section | None:
    rows = representative(found.starts)
    rows.sort(key=lambda r: (r.case.problem, r.case.dtype != "f64", r.order, style.priority(r.case.method)))
    if not rows:
        return None
    return Section(
        "starts",
        "Where descent ends depends on where it starts",
        "Descent finds a minimum, not the least one. From many starts at once, one a lane, it finds them all; each lane takes "
        "steps of its own length and ends on its own.",
        sentence(rows),
        COMMAND,
        [chart(rows)],
        failures=[
            f"{row.case.name}: {row.alone - row.same_alone} of {row.alone} starts end otherwise when followed alone"
            for row in rows
            if row.same_alone != row.alone
        ],
    )


def main_rows(rows: list[Starts]) -> list[Starts]:
    """A problem each: f64 if it is there, the first exact method that is no hand-written one if there is one."""
    kept: dict[str, Starts] = {}
    for row in sorted(rows, key=lambda r: (r.case.dtype != "f64", r.order, r.case.method == "analytic")):
        kept.setdefault(row.case.problem, row)
    return list(kept.values())


def sentence(rows: list[Starts]) -> str:
    shown = main_rows(rows)
    several = [
        f"{len(row.minima)} on {row.case.problem}" for row in shown if len(row.minima) > 1 and not row.other_minima
    ]
    gains = sorted(row.a_scalar_start / row.a_start for row in rows if row.a_scalar_start and row.order == 0)
    alone, same = sum(row.alone for row in rows), sum(row.same_alone for row in rows)
    said = f"{shown[0].case.points} starts on each of {len(shown)} problems end at several minima on some: {listed(several)}."
    if gains:
        said += (
            f" One after another on scalar lanes a start takes {median(gains):.1f} times as long as on points lanes, at the median "
            f"of the exact methods ({gains[0]:.1f} to {gains[-1]:.1f})."
        )
    return said + f" {same} of {alone} starts followed alone took the same steps to the same loss, to the last bit."


def chart(rows: list[Starts]) -> Chart:
    shown = main_rows(rows)
    points, dtype = shown[0].case.points, shown[0].case.dtype
    figure, (left, right) = paper(1, 2, f"{points} starts at once, {dtype}", 4.2)
    which = ", ".join(sorted({row.case.method for row in shown}))
    footer(
        figure,
        f"Gradients by {which}, lanes points. Colours as on the right. A round is one call: a trial step of every start that "
        "runs.",
        "",
    )
    running(left, shown)
    minima(right, shown)
    return Chart(
        "starts",
        "Starts still running, and where they ended",
        "Left: the share of the starts that have not ended yet against rounds, in the colours of the problems right. Right: the minima found, by the share of starts "
        "that ended there, the lowest first.",
        "; ".join(f"{row.case.problem}: {len(row.minima)} minima" for row in shown),
        figure,
        (
            *("gradient by", "problem", "n", "precision", "rounds", "steps: mean", "most", "useful calls"),
            *("a start", "scalar, one by one", "lanes gain", "minima", "ended otherwise", "same alone"),
        ),
        [table_row(row) for row in rows],
    )


def table_row(row: Starts) -> tuple[str, ...]:
    otherwise = [f"{count} {why}" for why, count in row.ended.items() if count and why not in ("gradient",)]
    gain = text.ratio(row.a_scalar_start / row.a_start) if row.a_scalar_start else text.NONE
    scalar = text.time(1e9 * row.a_scalar_start) if row.a_scalar_start else text.NONE
    found = ", ".join(
        f"{shown_loss(loss)} ({100 * count / row.case.points:.3g} %)" for loss, count in sorted(row.minima)[:6]
    )
    if len(row.minima) > 6 or row.other_minima:
        found += ", …"
    return (
        *(row.case.method, row.case.problem, str(row.case.n), row.case.dtype, str(len_rounds(row))),
        *(f"{row.mean_iterations:.0f}", str(row.most_iterations), f"{100 * row.useful / row.evaluations:.0f} %"),
        *(text.time(1e9 * row.a_start), scalar, gain, found, ", ".join(otherwise) or "none"),
        f"{row.same_alone} of {row.alone}",
    )


def len_rounds(row: Starts) -> int:
    return row.round[-1]


def shown_loss(loss: float) -> str:
    return f"{loss:.4g}" if abs(loss) > 1e-6 else "0"


def running(axes: Axes, rows: list[Starts]) -> None:
    axes.set_xscale("symlog", linthresh=10)
    for index, row in enumerate(rows):
        shares = [count / row.case.points for count in row.running]
        axes.plot(
            row.round, shares, color=style.PALETTE[index % len(style.PALETTE)], linewidth=1.6, drawstyle="steps-post"
        )
    axes.set_xlabel("round")
    axes.set_ylabel("share of starts still running")
    axes.set_xlim(left=0)
    axes.set_ylim(0, 1.05)


def minima(axes: Axes, rows: list[Starts]) -> None:
    """A bar a minimum, grouped by problem."""
    place, ticks, names = 0.0, [], []
    for index, row in enumerate(rows):
        if not row.minima:
            ticks.append(place)
            names.append(f"{row.case.problem}: none in {row.most_iterations} steps")
            place += 1
        for loss, count in sorted(row.minima)[:6]:
            share = count / row.case.points
            axes.barh(place, share, height=0.8, color=style.PALETTE[index % len(style.PALETTE)])
            ticks.append(place)
            names.append(f"{row.case.problem}: {shown_loss(loss)}")
            place += 1
        place += 0.6
    axes.set_yticks(ticks, names, fontsize=style.SMALL)
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.grid(axis="y", visible=False)
    axes.set_xlabel("share of starts that ended there")
    axes.figure.subplots_adjust(wspace=0.75)
