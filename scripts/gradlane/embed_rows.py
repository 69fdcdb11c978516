"""Each kind of the run's rows as columns, with what Python decides about them: ratios, fronts, who may be recommended."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from . import charts_choice, charts_peers, charts_remainder, recommend, scope, style, tables
from .charts_error import representative
from .charts_ratio import over_fastest_primal
from .data import Case, GradientError, Run, StepCurve, Timing
from .embed_columns import Column, attributes, case_columns, columns, figures, rounded, rounded_all


def views(run: Run) -> list[tables.View]:
    """Every combination of precision, backend and threads that was timed."""
    cases = (row.case for row in run.timings)
    return [tables.View(*key) for key in sorted({(case.dtype, case.backend, case.threads) for case in cases})]


def by_view(run: Run) -> Iterable[scope.Scope]:
    """Each problem's rows, view by view; a view of a run that holds nothing else, since charts filter all rows anew."""
    groups: dict[tuple[tables.View, str], list[Timing]] = {}
    for row in run.timings:
        case = row.case
        groups.setdefault((tables.View(case.dtype, case.backend, case.threads), case.problem), []).append(row)
    for (view, problem), rows in groups.items():
        yield scope.Scope(Run(run.folder, run.context, rows), view, problem, "")


def derived(run: Run) -> dict[Case, dict[str, Any]]:
    """By case the ratios that charts show beside times, the error by which it may be recommended, and whether no other
    beats it in both speed and accuracy."""
    found: dict[Case, dict[str, Any]] = {row.case: {} for row in run.timings}
    for seen in by_view(run):
        rows = [row for row in seen.seen if row.case.method != "primal"]
        for row, ratio in over_fastest_primal(seen, rows):
            found[row.case]["over"] = ratio
        for one in tables.speedups(rows):
            found[one.row.case] |= {"speedup": one.ratio, "baseline": one.baseline}
    for choice in trusted(run):
        found[choice.row.case]["trusted"] = choice.error
    for rows in grouped(run.timings, "problem", "backend", "threads", "n"):
        for row in charts_choice.front_of(rows):
            found[row.case]["front"] = True
    return found


def grouped(rows: Iterable[Any], *keys: str) -> list[list[Any]]:
    groups: dict[tuple[Any, ...], list[Any]] = {}
    for row in rows:
        groups.setdefault(tuple(getattr(row.case, key) for key in keys), []).append(row)
    return list(groups.values())


def trusted(run: Run) -> Iterable[recommend.Choice]:
    """Everything that may be recommended, with the worst error known of it."""
    parts: dict[tuple[str, int], Run] = {}
    for row in run.timings:
        parts.setdefault((row.case.problem, row.case.n), Run(run.folder)).timings.append(row)
    for error in run.errors:
        if (error.case.problem, error.case.n) in parts:
            parts[error.case.problem, error.case.n].errors.append(error)
    for (problem, n), part in parts.items():
        places = {(row.case.threads, row.case.lanes == "points") for row in part.timings}
        for threads, ensembles in sorted(places):
            yield from recommend.choices(part, problem, n, threads, ensembles)


def in_order(rows: Iterable[Any]) -> list[Any]:
    """As tables list them; rows alike beside each other are also packed shorter."""
    first = lambda case: (case.problem, case.dtype, case.backend, case.threads)
    then = lambda case: (style.priority(case.method), case.lanes, case.n, case.points)
    return sorted(rows, key=lambda row: (*first(row.case), *then(row.case)))


def timings(run: Run) -> dict[str, Any]:
    more = derived(run)
    backends = {row.case.backend for row in run.timings}
    ours = {tables.view_of(run).backend} | (backends & set(tables.REGISTER_BITS))
    extra = lambda key: lambda row: more[row.case].get(key)
    limit = lambda key, digits=3: lambda row: None if row.limit is None else rounded(getattr(row.limit, key), digits)
    wanted: list[Column] = [
        *case_columns(),
        *attributes("order", "bytes", "verdict"),
        *((name, lambda row, name=name: rounded(getattr(row, name), 4)) for name in ("ns", "low", "high")),
        *figures("error", "cost"),
        ("prepare", lambda row: rounded(row.prepare_ns)),
        ("limit", limit("ns")),
        ("fraction", limit("fraction")),
        ("bound", lambda row: row.limit.bound if row.limit else ""),
        ("operations", limit("operations", 4)),
        ("traffic", limit("bytes", 4)),
        ("over", lambda row: rounded(extra("over")(row))),
        ("speedup", lambda row: rounded(extra("speedup")(row))),
        ("baseline", lambda row: extra("baseline")(row) or ""),
        ("trusted", lambda row: rounded(extra("trusted")(row), 5)),
        ("front", lambda row: 1 if extra("front")(row) else 0),
        ("peer", lambda row: "" if row.case.backend in ours else charts_peers.label(row.case)),
    ]
    return columns(in_order(run.timings), wanted)


def standing(rows: Iterable[GradientError | StepCurve], *keys: str) -> set[int]:
    """Those that stand for their method: one lane axis each."""
    return {id(row) for group in grouped(rows, *keys) for row in representative(group)}


def errors(run: Run) -> dict[str, Any]:
    stands = standing((row for row in run.errors if row.case.threads == 1), "problem", "backend", "dtype")
    wanted: list[Column] = [
        *case_columns(),
        *figures("error", "max_ulp", "median_ulp", "scaled", "tolerance"),
        *attributes("verdict", "non_finite", "checked"),
        ("stands", lambda row: 1 if id(row) in stands else 0),
        ("ulps", lambda row: row.ulps if id(row) in stands else ()),
    ]
    return columns(in_order(run.errors), wanted)


def remainders(run: Run) -> dict[str, Any]:
    """All rows for the table; curves only along one direction of each problem, and once where backends agree."""
    drawn: set[int] = set()
    for rows in grouped((row for row in run.remainders if row.epsilon), "problem"):
        once: set[tuple[str, str, str]] = set()
        for row in sorted(charts_remainder.chosen(rows), key=charts_remainder.rank):
            key = (row.case.method, row.case.dtype, row.precision)
            if key not in once:
                once.add(key)
                drawn.add(id(row))
    wanted: list[Column] = [
        *case_columns(),
        *attributes("direction", "precision", "verdict", "order"),
        *figures("slope", "floor", "turn"),
        *(
            (f"useful_{end}", lambda row, k=k: rounded(row.useful[k]) if row.useful else None)
            for k, end in ((0, "from"), (1, "to"))
        ),
        ("epsilon", lambda row: rounded_all(row.epsilon) if id(row) in drawn else ()),
        ("values", lambda row: rounded_all(row.values) if id(row) in drawn else ()),
    ]
    return columns(run.remainders, wanted)


def steps(run: Run) -> dict[str, Any]:
    stands = standing(run.steps, "problem", "backend", "dtype", "n")
    wanted: list[Column] = [
        *case_columns(),
        *figures("default_step", "default_error", "best_step", "best_error"),
        ("stands", lambda row: 1 if id(row) in stands else 0),
        *((name, lambda row, name=name: rounded_all(getattr(row, name))) for name in ("step", "error")),
    ]
    return columns(run.steps, wanted)


def own_estimates(run: Run) -> dict[str, Any]:
    wanted = [*case_columns(), *attributes("honest")]
    wanted += [(name, lambda row, name=name: rounded_all(getattr(row, name))) for name in ("estimate", "error")]
    return columns(run.own_estimates, wanted)


def roofs(run: Run) -> dict[str, Any]:
    wanted = [*attributes("backend", "dtype", "threads", "probe", "level"), ("rate", lambda row: rounded(row.rate, 4))]
    return columns(run.roofs, wanted)


def functions(run: Run) -> dict[str, Any]:
    wanted = [
        *attributes("function", "dtype", "backend", "library", "registers", "wrong", "specials", "verdict"),
        *((name, lambda row, name=name: rounded(getattr(row, name), 4)) for name in ("ns", "low", "high", "ulp")),
        *figures("bound", "subnormal_ulp"),
        *((name, lambda row, name=name: rounded(getattr(row, name), 9)) for name in ("at", "subnormal_at")),
        ("missed", lambda row: len(row.wrong_specials)),
        ("partial", lambda row: 1 if row.partial else 0),
    ]
    return columns(run.functions, wanted)
