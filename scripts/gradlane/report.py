"""From a results folder, or two, to figures, a page, and the few lines that a run ends with."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import chain
from pathlib import Path

from . import (
    against,
    charts_change,
    charts_choice,
    charts_crossover,
    charts_error,
    charts_estimate,
    charts_functions,
    charts_hardware,
    charts_limit,
    charts_peers,
    charts_ratio,
    charts_remainder,
    charts_roofline,
    charts_speedup,
    charts_threads,
    charts_time,
    charts_ulp,
    data,
    page,
    scope,
    tables,
    text,
)
from .calculus import page as calculus
from .figure import Chart
from .save import save

#: In the order of the page.
CHARTS: tuple[Callable[[scope.Scope], Chart | None], ...] = (
    charts_time.time,
    charts_peers.peers,
    charts_ratio.cost,
    charts_speedup.speedup,
    charts_choice.pareto,
    charts_crossover.crossover,
    charts_limit.limit,
    charts_hardware.hardware,
    charts_threads.threads,
    charts_error.against_size,
    charts_ulp.ulps,
    charts_ulp.histogram,
    charts_error.steps,
    charts_estimate.own_estimate,
    charts_remainder.remainder,
)


def draw(run: data.Run, view: tables.View, figures: Path, problem: str) -> list[tuple[Chart, str]]:
    """All charts of one problem."""
    seen = scope.Scope(run, view, problem, scope.machine(run, view))
    return saved((chart_of(seen) for chart_of in CHARTS), figures)


def saved(charts: Iterable[Chart | None], figures: Path) -> list[tuple[Chart, str]]:
    """With their drawings. The figures themselves stay here: only what the page needs is handed back."""
    made = []
    for chart in charts:
        if chart is not None:
            drawing = save(chart, figures)
            chart.figure = None
            made.append((chart, drawing))
    return made


def every_chart(run: data.Run, view: tables.View, figures: Path, jobs: int) -> list[tuple[Chart, str]]:
    one = partial(draw, run, view, figures)
    if jobs > 1 and len(run.problems) > 1:
        with ProcessPoolExecutor(min(jobs, len(run.problems))) as pool:
            charts = list(pool.map(one, run.problems))
    else:
        charts = [one(problem) for problem in run.problems]
    return [
        *chain.from_iterable(charts),
        *saved((charts_roofline.roofline(run, view), charts_functions.chart(run, view)), figures),
    ]


def write(run: data.Run, jobs: int, static: bool = False, base: data.Run | None = None) -> Path:
    """Makes figures/ and report.html in the run's folder, or of two runs in a folder of their own inside it."""
    compared = None if base is None else against.compare(base, run)
    folder = run.folder if compared is None else run.folder / f"against-{compared.names[0]}"
    view = tables.view_of(run)
    figures = folder / "figures"
    figures.mkdir(parents=True, exist_ok=True)
    drawn = every_chart(run, view, figures, jobs)
    if compared is not None:
        changes = (charts_change.change(compared, view, problem) for problem in run.problems)
        drawn += saved(changes, figures)
    # Figures of an earlier report on other data would be taken for this one's.
    names = {chart.name for chart, _ in drawn}
    for stale in figures.iterdir():
        if stale.suffix in (".svg", ".png") and stale.stem not in names:
            stale.unlink()
    path = folder / "report.html"
    interactive = not static and page.PLOTLY.is_file()
    path.write_text(page.page(run, view, drawn, interactive, compared), encoding="utf-8")
    return path


def summary(run: data.Run) -> str:
    """Per problem and n the fastest automatic method, its time and error, as text."""
    view = tables.view_of(run)
    answers = tables.answers(run, view)
    if not answers:
        return "nothing was timed"
    rows = [("problem", "n", "fastest", "time", "error", "÷ hand-written")]
    for row in answers:
        over = text.ratio(row.over_ceiling)
        rows.append(
            (row.problem, str(row.n), row.best.case.pair, text.time(row.best.ns), text.error(row.best.error), over)
        )
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    right = {1, 3, 4, 5}
    lines = []
    for row in rows:
        cells = (cell.rjust(w) if k in right else cell.ljust(w) for k, (cell, w) in enumerate(zip(row, widths)))
        lines.append("  ".join(cells).rstrip())
    return f"Fastest automatic method for one point ({view.text}):\n" + "\n".join(lines)


def closing(run: data.Run) -> str:
    failed = sum(row.failed for row in run.missing)
    skipped = len(run.missing) - failed
    checked = len(run.errors) + sum(bool(row.verdict) for row in run.timings) + sum(row.checked for row in run.missing)
    counts = f"{len(run.timings)} cases timed, {checked} results checked"
    if run.functions:
        counts += f", {len(run.functions)} functions measured"
        failed += sum(row.verdict == "wrong" for row in run.functions)
    return f"{counts}, {skipped} skipped (why: in the report), {failed} failed"


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="report",
        description="Makes figures and one HTML page from a results folder; of two it shows what changed from the first "
        "to the second, in DIR2/against-DIR1.",
        epilog="Interactive where scripts/setup could install Plotly (it needs npm), else with the figures as they are.",
    )
    made.add_argument("folder", metavar="DIR", type=Path, help="a folder that scripts/run or the drivers wrote")
    made.add_argument("candidate", metavar="DIR2", type=Path, nargs="?", help="another one, held against the first")
    made.add_argument("--jobs", type=int, default=2, metavar="N", help="processes that draw (default 2)")
    made.add_argument("--static", action="store_true", help="no Plotly: a page with the figures as they are")
    made.add_argument("--table", action="store_true", help="print the short table only, draw nothing")
    made.add_argument(
        "--calculus", action="store_true", help="the page 'The calculus, measured' alone; without, beside the report"
    )
    return made


def calculus_alone(given: argparse.Namespace) -> int:
    try:
        if given.candidate is not None or given.table:
            raise data.BadInput("--calculus makes one page of one folder")
        path = calculus.write(given.folder)
    except data.BadInput as problem:
        print(f"report: {problem}", file=sys.stderr)
        return 2
    except OSError as problem:
        print(f"report: cannot write in {given.folder}: {problem.strerror or problem}", file=sys.stderr)
        return 2
    print(f"report: {path}")
    return 0


def main(arguments: list[str] | None = None) -> int:
    given = parser().parse_args(arguments)
    if given.calculus:
        return calculus_alone(given)
    try:
        runs = [data.load(folder) for folder in (given.folder, given.candidate) if folder is not None]
        run, base = runs[-1], runs[0] if len(runs) > 1 else None
        path = None if given.table else write(run, given.jobs, given.static, base)
        if path is not None and base is None and calculus.exists(run.folder):
            calculus.write(run.folder)
    except (data.BadInput, against.NotComparable) as problem:
        print(f"report: {problem}", file=sys.stderr)
        return 2
    except OSError as problem:
        print(f"report: cannot write in {run.folder}: {problem.strerror or problem}", file=sys.stderr)
        return 2
    print(summary(run))
    print(closing(run))
    if path is not None:
        print(f"report: {path}")
    return 0
