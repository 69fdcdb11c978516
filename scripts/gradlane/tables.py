"""What the report says, as plain tables: computed here from the rows, drawn and printed elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from .data import Case, Missing, Run, Timing
from .functions import REGISTER_BITS

BYTES = {"f32": 4, "f64": 8}
#: Not contenders: the value alone, and the hand-written gradient that the others are held against.
REFERENCES = ("primal", "analytic")
#: Where a method has no scalar form of its own, it is held against the automatic one that has.
FALLBACK_BASELINE = "reverse_tape"


@dataclass(frozen=True)
class View:
    """The part of the space that a chart shows when it varies neither precision nor machine."""

    dtype: str
    backend: str
    threads: int

    def holds(self, case: Case) -> bool:
        return self.same_numbers(case) and case.backend == self.backend

    def beside(self, case: Case) -> bool:
        """Another library in the same view: charts of methods leave it out, since it has methods of the same names."""
        return self.same_numbers(case) and case.backend != self.backend and case.backend not in REGISTER_BITS

    def same_numbers(self, case: Case) -> bool:
        return case.dtype == self.dtype and case.threads == self.threads

    @property
    def text(self) -> str:
        threads = "1 thread" if self.threads == 1 else f"{self.threads} threads"
        return f"{self.dtype}, {self.backend or 'backend unknown'}, {threads}"


def main_view(cases: Iterable[Case]) -> View:
    """f64 if it was measured, the fewest threads, and the backend with most cases (the widest of equals)."""
    found = list(cases)
    dtype = min((case.dtype for case in found), key=lambda name: (name != "f64", name), default="f64")
    found = [case for case in found if case.dtype == dtype]
    threads = min((case.threads for case in found), default=1)
    counts: dict[str, int] = {}
    for case in found:
        counts[case.backend] = counts.get(case.backend, 0) + 1
    rank = lambda name: (name in REGISTER_BITS, counts[name], REGISTER_BITS.get(name, 0), name)
    return View(dtype, max(counts, key=rank, default=""), threads)


def view_of(run: Run) -> View:
    return main_view([row.case for row in run.timings] or [row.case for row in run.errors])


def register_lanes(view: View) -> int | None:
    bits = REGISTER_BITS.get(view.backend)
    return None if bits is None else bits // 8 // BYTES.get(view.dtype, 8)


@dataclass(frozen=True)
class Answer:
    """Which method to take for one problem and n."""

    problem: str
    n: int
    best: Timing
    exact: Timing | None  # the fastest that is exact up to rounding
    ceiling: Timing | None  # hand-written, one point
    ensemble: Timing | None  # the fastest per gradient where there are many independent points

    @property
    def over_ceiling(self) -> float | None:
        return None if self.ceiling is None else self.best.ns / self.ceiling.ns


def is_contender(row: Timing) -> bool:
    """Whether a row may be recommended: an automatic method whose gradient has digits. A finite difference that the
    driver marked as having none may be right by chance."""
    return row.case.method not in REFERENCES and row.verdict == "ok" and row.error is not None


def fastest(rows: Iterable[Timing]) -> Timing | None:
    return min(rows, key=lambda row: (row.ns, row.case.name), default=None)


def answers(run: Run, view: View) -> list[Answer]:
    """One per problem and n where a method that needs no hand-written gradient was timed."""
    groups: dict[tuple[str, int], list[Timing]] = {}
    for row in run.timings:
        if view.holds(row.case):
            groups.setdefault((row.case.problem, row.case.n), []).append(row)
    found = []
    for (problem, n), rows in sorted(groups.items()):
        contenders = [row for row in rows if is_contender(row)]
        single = [row for row in contenders if row.case.lanes != "points"]
        best = fastest(single)
        if best is None:
            continue
        written = [row for row in rows if row.case.method == "analytic" and row.case.lanes != "points"]
        found.append(
            Answer(
                problem,
                n,
                best,
                exact=fastest(row for row in single if row.order == 0),
                ceiling=fastest(written),
                ensemble=fastest(row for row in contenders if row.case.lanes == "points"),
            )
        )
    return found


def noise(rows: Iterable[Timing]) -> float | None:
    """The median over all times of the width of their interval, as a share of the time."""
    widths = sorted((row.high - row.low) / row.ns for row in rows if row.repetitions > 1)
    return widths[len(widths) // 2] if widths else None


@dataclass(frozen=True)
class Speedup:
    row: Timing
    baseline: str
    ratio: float


def speedups(rows: Iterable[Timing]) -> list[Speedup]:
    """How many times faster each lane axis is than plain numbers, per gradient. `rows` hold one view of a problem."""
    timed = list(rows)
    scalar = {(row.case.method, row.case.n): row.ns for row in timed if row.case.lanes == "scalar"}
    own = {method for method, _ in scalar}
    found = []
    for row in timed:
        if row.case.lanes == "scalar":
            continue
        # A method whose scalar form was only too slow at this n is not held against another one there.
        method = row.case.method if row.case.method in own else FALLBACK_BASELINE
        base = scalar.get((method, row.case.n))
        if base is not None:
            found.append(Speedup(row, f"{method}/scalar", base / row.ns))
    return found


#: Errors within this factor count as equal: near the unit roundoff the smaller one is luck.
SAME_ERROR = 2.0


def front(rows: Iterable[Timing]) -> list[Timing]:
    """Fastest first, each slower row only if it is more exact than all before it by more than SAME_ERROR."""
    kept: list[Timing] = []
    for row in sorted((r for r in rows if r.error is not None), key=lambda r: (r.ns, r.error, r.case.name)):
        if not kept or row.error * SAME_ERROR < kept[-1].error:
            kept.append(row)
    return kept


@dataclass(frozen=True)
class Gap:
    """Cases without a time that have the same reason."""

    method: str
    reason: str
    sizes: tuple[int, ...]
    count: int
    failed: bool


def gaps(missing: Iterable[Missing]) -> list[Gap]:
    """Grouped by method and lanes and by reason, where reasons that differ only in their figures count as one."""
    groups: dict[tuple[str, str, bool], list[Missing]] = {}
    for row in missing:
        shape = re.sub(r"\d+(\.\d+)?(e[+-]?\d+)?", "…", row.reason)
        groups.setdefault((row.case.pair, shape, row.failed), []).append(row)
    found = []
    for (pair, shape, failed), rows in sorted(groups.items()):
        reasons = {row.reason for row in rows}
        sizes = tuple(sorted({row.case.n for row in rows}))
        found.append(Gap(pair, reasons.pop() if len(reasons) == 1 else shape, sizes, len(rows), failed))
    return found


@dataclass(frozen=True)
class Gain:
    """What narrower numbers or more threads bring at one n, over f64 on the view's threads."""

    problem: str
    method: str
    n: int
    time: float
    dtype_gain: float | None
    threads: int | None
    thread_gain: float | None


def gains(run: Run, view: View) -> list[Gain]:
    by_case = {row.case: row for row in run.timings}
    most = max((row.case.threads for row in run.timings), default=1)
    found = []
    for row in run.timings:
        case = row.case
        if not view.holds(case) or view.dtype != "f64":
            continue
        here = (case.problem, case.method, case.lanes)
        narrow = by_case.get(Case(*here, "f32", case.backend, case.n, case.points, case.threads))
        if narrow is None and case.lanes == "points":  # as many bytes: twice the points
            narrow = by_case.get(Case(*here, "f32", case.backend, case.n, 2 * case.points, case.threads))
        spread = by_case.get(Case(*here, "f64", case.backend, case.n, case.points, most)) if most > 1 else None
        if narrow or spread:
            found.append(
                Gain(
                    case.problem,
                    case.pair,
                    case.n,
                    row.ns,
                    row.ns / narrow.ns if narrow else None,
                    most if spread else None,
                    row.ns / spread.ns if spread else None,
                )
            )
    return found
