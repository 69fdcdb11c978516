"""The parts of the page that need no script: answers of all problems, gains, rates, gaps, how to read, the environment."""

from __future__ import annotations

from . import tables, text
from .data import Run
from .markup import escape, folded, listing, pair, table


def answer(run: Run, answers: list[tables.Answer], view: tables.View) -> str:
    if not answers:
        what = "accuracy" if run.problems else "elementary functions, and no gradient"
        return f"<p>Nothing of a problem was timed: this run measured only {what}.</p>"
    sizes = sorted({row.n for row in answers})
    problems = sorted({row.problem for row in answers})
    cells = {(row.problem, row.n): row for row in answers}
    lines = [f'<h3 id="problems">All problems</h3>\n{summary(answers)}', '<div class="scroll answer"><table>']
    lines.append(
        f"<caption>The fastest automatic method for one point ({escape(view.text)}): time of value and gradient, "
        "relative error, time over the fastest hand-written gradient.</caption>"
    )
    heads = "".join(f'<th scope="col">n = {text.size(n)}</th>' for n in sizes)
    lines.append(f'<thead><tr><th scope="col">problem</th>{heads}</tr></thead><tbody>')
    for problem in problems:
        row = "".join(f"<td>{cell(cells.get((problem, n)))}</td>" for n in sizes)
        lines.append(f'<tr><th scope="row">{escape(problem)}</th>{row}</tr>')
    lines.append("</tbody></table></div>")
    header = (
        "problem",
        "n",
        "fastest",
        "time",
        "per component",
        "error",
        "÷ hand-written",
        "fastest exact",
        "many points",
        "time",
    )
    full = table(
        "The same with ensembles: per gradient of many independent points", header, map(detail, answers), raw=True
    )
    return "\n".join(lines) + folded("As a list, with the exact methods and ensembles", full)


def summary(answers: list[tables.Answer]) -> str:
    counts: dict[str, int] = {}
    for row in answers:
        counts[row.best.case.pair] = counts.get(row.best.case.pair, 0) + 1
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    said = ", ".join(f"<b>{escape(name)}</b> in {count}" for name, count in ranked)
    over = sorted(row.over_ceiling for row in answers if row.over_ceiling is not None)
    ceiling = ""
    if over:
        ceiling = (
            f" Over the fastest hand-written gradient it takes {over[0]:.2f} to {over[-1]:.2f} ×, in the median "
            f"{(over[(len(over) - 1) // 2] + over[len(over) // 2]) / 2:.2f} ×."
        )
    what = f"Fastest automatic method for one point, in {len(answers)} combinations of problem and n"
    return f"<p>{what}: {said}.{ceiling}</p>"


def noise(run: Run) -> str:
    """How far the times can be trusted, by their own spread."""
    share = tables.noise(run.timings)
    if share is None:
        return ""
    return (
        f"<p>Half of the times have an interval wider than <b>{100 * share:.0f} %</b> of the time: differences below "
        "that mean little.</p>"
    )


def cell(row: tables.Answer | None) -> str:
    if row is None:
        return '<span class="soft">–</span>'
    best = row.best
    lines = [pair(best.case.method, best.case.lanes), f"{text.time(best.ns)}, error {text.error(best.error)}"]
    small = [f"{text.ratio(row.over_ceiling)} hand-written"] if row.over_ceiling is not None else []
    if row.exact is not None and row.exact is not best:
        small.append(f"exact: {escape(row.exact.case.pair)} {text.time(row.exact.ns)}")
    return "".join(f"<span>{line}</span>" for line in lines) + "".join(
        f"<span><small>{line}</small></span>" for line in small
    )


def detail(row: tables.Answer) -> tuple[str, ...]:
    best, exact, many = row.best, row.exact, row.ensemble
    return (
        escape(row.problem),
        str(row.n),
        pair(best.case.method, best.case.lanes),
        text.time(best.ns),
        text.time(best.ns / row.n),
        text.error(best.error),
        text.ratio(row.over_ceiling),
        f"{pair(exact.case.method, exact.case.lanes)} {text.time(exact.ns)}" if exact else text.NONE,
        pair(many.case.method, many.case.lanes) if many else text.NONE,
        text.time(many.ns) if many else text.NONE,
    )


def gains(run: Run, view: tables.View) -> str:
    largest: dict[tuple[str, str], tables.Gain] = {}
    for row in tables.gains(run, view):
        if row.method.split("/")[0] != "primal":
            largest[row.problem, row.method] = max(row, largest.get((row.problem, row.method), row), key=lambda r: r.n)
    found = list(largest.values())
    if not found:
        return ""
    threads = max((row.threads or 1 for row in found), default=1)
    header = (
        "problem",
        "method/lanes",
        "n",
        "f64, 1 thread",
        "f32 faster by",
        f"{threads} threads faster by",
        "efficiency",
    )
    rows = []
    for row in found:
        share = (
            text.NONE if row.thread_gain is None or not row.threads else f"{100 * row.thread_gain / row.threads:.0f} %"
        )
        gained = (text.ratio(row.dtype_gain), text.ratio(row.thread_gain), share)
        rows.append((row.problem, row.method, str(row.n), text.time(row.time), *gained))
    shown = table(
        "What narrower numbers and more threads bring, at the largest n where both were measured", header, rows
    )
    return "<h3>Precision and threads</h3>\n" + folded(f"{len(rows)} comparisons", shown)


def rates(run: Run) -> str:
    """What the machine can do at most."""
    if not run.roofs:
        return ""
    header = ("backend", "precision", "threads", "probe", "level", "rate")
    rows = []
    for roof in sorted(run.roofs, key=lambda r: (r.backend, r.dtype, r.threads, r.level, r.probe)):
        rate = f"{text.rate(roof.rate)}{'B' if roof.level else ' operations'}/s"
        rows.append((roof.backend, roof.dtype, str(roof.threads), roof.probe, roof.level or text.NONE, rate))
    return folded(f"{len(rows)} measured rates", table("The highest rates measured", header, rows))


def gaps(run: Run) -> str:
    """What has no figure, and why."""
    header = ("method/lanes", "n", "cases", "", "why")
    parts = []
    for problem in run.problems:
        rows = [
            (gap.method, text.sizes(gap.sizes), str(gap.count), "failed" if gap.failed else "skipped", gap.reason)
            for gap in tables.gaps(row for row in run.missing if row.case.problem == problem)
        ]
        if rows:
            cases = sum(int(row[2]) for row in rows)
            shown = table(f"{problem}: cases without a figure, and why", header, rows)
            parts.append(folded(f"{problem}: {cases} cases", shown))
    return '<h2 id="gaps">Not measured</h2>\n' + "\n".join(parts) if parts else ""


def reading() -> str:
    items = (
        "<b>method/lanes</b>: how the gradient is computed, and what a SIMD lane holds. <i>scalar</i>: nothing, "
        "plain numbers; <i>directions</i>: one perturbed point or one tangent; <i>elements</i>: one component of x; "
        "<i>points</i>: one of many independent evaluation points.",
        "<b>Times</b> are those of value and gradient in one call, checked against the oracle before. Under "
        "<i>points</i> they are per gradient of an ensemble, which one point alone cannot have.",
        "<b>analytic</b> calls a hand-written gradient: the ceiling, not a contender. <b>primal</b> is the value "
        "alone.",
        "<b>Error</b> is ‖ĝ − g‖ / ‖g‖ against closed forms in quad precision.",
        "<b>Intervals</b> are exact order-statistic intervals of the median at 95 %; below six repetitions the whole "
        "range.",
        "<b>Fraction of the limit</b>: the least time that the machine could take, from counted operations, least "
        "traffic and measured rates, over the time taken. What a call costs by itself is not modelled: small n fall "
        "short of it.",
        "<b>Speedup</b> names its baseline: the same method on scalar lanes. A cost over the primal is a ratio: a "
        "slow primal flatters it.",
        "Colour is the method, line style the lanes (or the instruction set), the marker the precision.",
    )
    return f'<h2 id="reading">How to read this</h2>\n{listing(items)}'


def environment(run: Run) -> str:
    rows = text.flatten(run.context)
    if not rows:
        return '<h2 id="environment">Environment</h2>\n<p>The results carry no context.</p>'
    return f'<h2 id="environment">Environment</h2>\n{table("As the drivers recorded it", ("fact", "value"), rows)}'
