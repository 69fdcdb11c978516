"""compare methods: the implementations of one run against a baseline, who wins where, and from which n on.

The driver repeats the cases of a shard in random order, so a drift hits all of them alike: their repetitions are compared as
independent samples (Mann-Whitney; the shift by Hodges and Lehmann), with Holm's correction over the methods that meet at one
n. `points` has a shard of its own, measured right after.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

from . import compare_verdicts as verdicts
from .compare_builds import Plan, matching
from .compare_driver import Results, Row
from .compare_model import FASTER, IMPROVED, NOT_COMPARABLE, REGRESSION, SIMILAR, SLOWER, UNCHANGED, USAGE
from .compare_model import Finding, Report, Stop, Table, percent
from .compare_runs import load
from .text import time

WORDS = {REGRESSION: SLOWER, IMPROVED: FASTER, UNCHANGED: SIMILAR}


@dataclass(frozen=True)
class Place:
    """Where implementations meet."""

    problem: str
    dtype: str
    backend: str
    threads: int
    n: int

    @property
    def series(self) -> tuple[str, str, str, int]:
        return (self.problem, self.dtype, self.backend, self.threads)


def located(row: Row) -> tuple[Place, str]:
    """Where a row stands, and its METHOD/LANES."""
    parts = row.name.split("/")
    if len(parts) < 6:
        raise Stop(f"a case without the parts of a name: {row.name}", USAGE)
    return Place(parts[0], parts[3], parts[4], row.threads, row.n), f"{parts[1]}/{parts[2]}"


def grouped(results: Results, plan: Plan) -> dict[Place, dict[str, Row]]:
    places: dict[Place, dict[str, Row]] = {}
    for name in matching(list(results.rows), plan.pattern):
        row = results.rows[name]
        place, pair = located(row)
        if row.ns is not None and not plan.policy.ignores(name) and not pair.startswith("primal/"):
            places.setdefault(place, {})[pair] = row
    return dict(sorted(places.items(), key=lambda item: (item[0].series, item[0].n)))


def compare_methods(run: Path, baseline: str, plan: Plan, report: Report) -> None:
    if not re.fullmatch(r"\w+/\w+", baseline):
        raise Stop(f"--baseline: '{baseline}' is not METHOD/LANES", USAGE)
    results = load("RUN", run)
    places = grouped(results, plan)
    with_base = {place: rows for place, rows in places.items() if baseline in rows}
    if not with_base:
        there = sorted({pair for rows in places.values() for pair in rows})
        known = ", ".join(there) or "no timed case that is selected"
        raise Stop(f"--baseline: {baseline} has no time in this run (there: {known})", NOT_COMPARABLE)
    if len(with_base) < len(places):
        report.notes.append(
            f"without the baseline, not compared: {len(places) - len(with_base)} of {len(places)} places"
        )
    report.environment = {"base": results.context}
    pairs = {
        row.name: (rows[baseline], row) for rows in with_base.values() for pair, row in rows.items() if pair != baseline
    }
    if not pairs:
        raise Stop(f"no case to compare: nothing is selected beside {baseline}", NOT_COMPARABLE)
    found = {name: f for rows in with_base.values() for name, f in judged(rows, baseline, plan).items()}
    for name, finding in found.items():
        finding.verdict = WORDS.get(finding.verdict, finding.verdict)
        finding.base, finding.candidate = pairs[name][0].ns, pairs[name][1].ns
        finding.base_error, finding.candidate_error = pairs[name][0].error, pairs[name][1].error
    report.findings = list(found.values())
    report.tables = [winners(places), crossovers(with_base, found, baseline)]


def judged(rows: dict[str, Row], baseline: str, plan: Plan) -> dict[str, Finding]:
    """The implementations at one place: a family of their own."""
    logs = {row.name: [math.log(t) for t in row.times] for row in rows.values()}
    base = logs.pop(rows[baseline].name)
    tests = {name: verdicts.independent(base, own, plan.alpha, len(logs)) for name, own in logs.items()}
    return verdicts.judge(tests, plan.policy, plan.alpha)


def winners(places: dict[Place, dict[str, Row]]) -> Table:
    """The fastest at each place, by the median; `leads` is how much the next one takes longer."""
    rows = []
    for place, found in places.items():
        order = sorted(found.items(), key=lambda item: (item[1].ns or math.inf, item[0]))
        first, second = order[0], order[1] if len(order) > 1 else None
        lead = percent(math.log(second[1].ns / first[1].ns)) + f" ({second[0]})" if second else "alone"
        where = [place.problem, place.dtype, place.backend, str(place.threads), str(place.n)]
        rows.append([*where, first[0], time(first[1].ns), lead])
    header = ["problem", "dtype", "backend", "threads", "n", "fastest", "time", "the next takes"]
    return Table("Who wins where", header, rows)


def crossovers(places: dict[Place, dict[str, Row]], found: dict[str, Finding], baseline: str) -> Table:
    """Between which n an implementation overtakes the baseline, or falls behind; between the two the ratio is taken to be
    a power of n. `sure` where the verdicts at both ends say so too."""
    series: dict[tuple[tuple, str], list[tuple[int, Finding]]] = {}
    for place, rows in places.items():
        for pair, row in rows.items():
            if pair != baseline:
                series.setdefault((place.series, pair), []).append((place.n, found[row.name]))
    rows = []
    for (where, pair), line in sorted(series.items()):
        for (n0, one), (n1, other) in zip(line, line[1:]):
            if one.middle is None or other.middle is None or one.middle * other.middle >= 0:
                continue
            n = n0 * (n1 / n0) ** (one.middle / (one.middle - other.middle))
            sure = {one.verdict, other.verdict} == {FASTER, SLOWER}
            way = "faster above" if one.middle > 0 else "slower above"
            rows.append([*map(str, where), pair, way, f"{n:.0f}", f"{n0} … {n1}", "yes" if sure else "no"])
    header = ["problem", "dtype", "backend", "threads", "implementation", "is", "n", "between", "sure"]
    return Table(f"Crossovers with {baseline}", header, rows)
