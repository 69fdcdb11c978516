"""Reads a results folder: shards of JSON in, typed rows out. Nothing here computes more than a median's interval.

A run is a folder with `limits/*.json`, `throughput/*.json`, `accuracy/*.json` and `functions/*.json`. A shard that
cannot be read is an error that names the file; one that was cut short is read as far as it goes and noted. Numbers that
were not finite are null in the JSON and None here: they are shown as such, never dropped silently.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .functions import FunctionRow, in_order, read_functions
from .reading import interval, number, whole

SCHEMA = 1


class BadInput(Exception):
    """The folder cannot be reported on; the message is the one line that the user sees."""


@dataclass(frozen=True)
class Case:
    """What was measured: a point of the suite's space."""

    problem: str
    method: str
    lanes: str
    dtype: str
    backend: str
    n: int
    points: int = 1
    threads: int = 1

    @property
    def pair(self) -> str:
        return f"{self.method}/{self.lanes}"

    @property
    def name(self) -> str:
        shape = f"n:{self.n}/points:{self.points}/threads:{self.threads}"
        return f"{self.problem}/{self.method}/{self.lanes}/{self.dtype}/{self.backend}/{shape}"


@dataclass(frozen=True)
class Limit:
    """The least time that a gradient can take on the machine, by the work model over measured roofs."""

    ns: float
    bound: str  # "arithmetic", "transcendental", or the level of the memory
    fraction: float  # of the limit that was reached
    operations: float | None  # of one gradient
    bytes: float | None


@dataclass(frozen=True)
class Roof:
    """A rate that was measured: operations a second, or bytes a second at one level of the memory."""

    backend: str
    dtype: str
    threads: int
    probe: str
    level: str  # "" unless the probe is one of memory
    rate: float


@dataclass(frozen=True)
class Timing:
    """One timed case. Times are nanoseconds per gradient (of one point)."""

    case: Case
    order: int  # of the finite-difference formula; 0: exact up to rounding
    ns: float
    low: float
    high: float
    repetitions: int
    cost: float | None
    bytes: int | None
    data_bytes: int | None
    prepare_ns: float | None
    error: float | None
    max_ulp: float | None
    verdict: str
    limit: Limit | None = None


@dataclass(frozen=True)
class Missing:
    """A case without a time, and why. `failed` tells an error from a case that was left out on purpose."""

    case: Case
    reason: str
    failed: bool
    checked: bool = False  # it was held against the oracle all the same


@dataclass(frozen=True)
class GradientError:
    case: Case
    order: int
    error: float | None
    max_ulp: float | None
    median_ulp: float | None
    scaled: float | None  # the largest |error| of a component in units of u·Σ|terms|
    ulps: tuple[int, ...]  # how many components are off by at most 1/2 ulp, 1, 2, 4, …
    non_finite: int
    checked: int
    tolerance: float | None
    verdict: str


@dataclass(frozen=True)
class Remainder:
    case: Case
    direction: str
    precision: str
    epsilon: tuple[float, ...]
    values: tuple[float | None, ...]
    slope: float | None
    floor: float | None
    verdict: str
    useful: tuple[float, float] | None = None  # the range of ε in which the remainder is c·ε²
    order: int = 0  # of the finite-difference formula; 0: exact up to rounding
    turn: float | None = None  # the ε where slope 2 becomes slope 1 by the gradient's own error


@dataclass(frozen=True)
class StepCurve:
    case: Case
    step: tuple[float, ...]
    error: tuple[float | None, ...]
    default_step: float | None
    default_error: float | None
    best_step: float | None
    best_error: float | None


@dataclass(frozen=True)
class OwnEstimate:
    """What a method believes that it is wrong by, and what it is wrong by: absolute, a component each."""

    case: Case
    estimate: tuple[float | None, ...]  # None: it makes no claim
    error: tuple[float | None, ...]
    honest: int


@dataclass
class Run:
    """Everything a results folder holds."""

    folder: Path
    context: dict[str, Any] = field(default_factory=dict)
    timings: list[Timing] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    errors: list[GradientError] = field(default_factory=list)
    remainders: list[Remainder] = field(default_factory=list)
    steps: list[StepCurve] = field(default_factory=list)
    own_estimates: list[OwnEstimate] = field(default_factory=list)
    roofs: list[Roof] = field(default_factory=list)
    functions: list[FunctionRow] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def problems(self) -> list[str]:
        """In the order of the alphabet: the JSON has no other that would survive a resumed run."""
        rows = (self.timings, self.missing, self.errors, self.remainders, self.steps)
        return sorted({row.case.problem for group in rows for row in group})


def read_case(row: dict[str, Any]) -> Case:
    return Case(
        problem=str(row["problem"]),
        method=str(row["method"]),
        lanes=str(row["lanes"]),
        dtype=str(row["dtype"]),
        backend=str(row.get("backend", "")),
        n=int(row["n"]),
        points=whole(row.get("points"), 1),
        threads=whole(row.get("threads"), 1),
    )


def read_timing(row: dict[str, Any]) -> Timing | Missing:
    case = read_case(row)
    for key in ("error", "skipped"):
        if row.get(key) is not None:
            return Missing(case, str(row[key]), failed=key == "error", checked=bool(row.get("verdict")))
    if "times_ns" not in row and "real_time" not in row and row.get("verdict"):
        return Missing(case, "checked against the oracle only, not timed", failed=False, checked=True)
    call, gradient = number(row.get("real_time")), number(row.get("ns_per_gradient"))
    if gradient is None and call is not None:
        gradient = call / case.points
    if gradient is None or gradient <= 0:
        return Missing(case, "the time is not a positive number", failed=True)
    # Raw times are per call; a call evaluates `points` gradients.
    sample = [t / case.points for t in map(number, row.get("times_ns") or []) if t is not None]
    low, high = interval(sample) if sample else (gradient, gradient)
    size = number(row.get("bytes"))
    data_size = number(row.get("data_bytes"))
    return Timing(
        case=case,
        order=whole(row.get("order")),
        ns=gradient,
        low=low,
        high=high,
        repetitions=len(sample),
        cost=number(row.get("cost_over_primal")),
        bytes=None if size is None else int(size),
        data_bytes=None if data_size is None else int(data_size),
        prepare_ns=number(row.get("prepare_ns")),
        error=number(row.get("relative_error")),
        max_ulp=number(row.get("max_ulp")),
        verdict=str(row.get("verdict") or ""),
        limit=read_limit(row),
    )


def read_limit(row: dict[str, Any]) -> Limit | None:
    ns, fraction = number(row.get("limit_ns")), number(row.get("limit_fraction"))
    if ns is None or fraction is None:
        return None
    work = (number(row.get(key)) for key in ("work_operations", "work_bytes"))
    return Limit(ns, str(row.get("limit_bound") or ""), fraction, *work)


def read_roofs(shard: dict[str, Any]) -> list[Roof]:
    here = (str(shard["backend"]), str(shard["dtype"]), int(shard["threads"]))
    rows = [(row, number(row.get("rate"))) for row in shard["roofs"]]
    return [Roof(*here, str(row["probe"]), str(row.get("level") or ""), rate) for row, rate in rows if rate]


def read_gradient_error(row: dict[str, Any]) -> GradientError:
    return GradientError(
        case=read_case(row),
        order=whole(row.get("order")),
        error=number(row.get("relative_error")),
        max_ulp=number(row.get("max_ulp")),
        median_ulp=number(row.get("median_ulp")),
        scaled=number(row.get("error_in_u_terms")),
        ulps=tuple(whole(count) for count in row.get("ulp_histogram") or []),
        non_finite=whole(row.get("non_finite")),
        checked=whole(row.get("checked")),
        tolerance=number(row.get("tolerance")),
        verdict=str(row.get("verdict") or ""),
    )


def read_left_out(row: dict[str, Any]) -> Missing:
    part = str(row.get("part") or "accuracy")
    return Missing(
        read_case(row), f"{part}: {row.get('reason') or 'no reason given'}", failed=row.get("failed") is True
    )


def curve(row: dict[str, Any], along: str, values: str) -> tuple[tuple[float, ...], tuple[float | None, ...]]:
    """Two columns of equal length; entries whose abscissa is not a number have no place on a chart and go."""
    pairs = [(number(a), number(v)) for a, v in zip(row.get(along) or [], row.get(values) or [])]
    kept = [(a, v) for a, v in pairs if a is not None]
    return tuple(a for a, _ in kept), tuple(v for _, v in kept)


def read_remainder(row: dict[str, Any]) -> Remainder:
    epsilon, values = curve(row, "epsilon", "remainder")
    low, high = (number(row.get(key)) for key in ("useful_from", "useful_to"))
    return Remainder(
        case=read_case(row),
        direction=str(row.get("direction", "")),
        precision=str(row.get("precision", "working")),
        epsilon=epsilon,
        values=values,
        slope=number(row.get("slope")),
        floor=number(row.get("floor")),
        verdict=str(row.get("verdict") or ""),
        useful=None if low is None or high is None else (low, high),
        order=whole(row.get("order")),
        turn=number(row.get("turns_at")),
    )


def read_steps(row: dict[str, Any]) -> StepCurve:
    step, error = curve(row, "step", "relative_error")
    ends = (number(row.get(key)) for key in ("default_step", "default_error", "best_step", "best_error"))
    return StepCurve(read_case(row), step, error, *ends)


def read_own_estimate(row: dict[str, Any]) -> OwnEstimate:
    pairs = list(zip(map(number, row["estimate"]), map(number, row["error"])))
    return OwnEstimate(read_case(row), *(tuple(column) for column in zip(*pairs)), honest=whole(row.get("honest")))


def shards(folder: Path, kind: str) -> list[tuple[Path, dict[str, Any]]]:
    """The folder's shards of one kind, by file name. Temporary files of a run in progress do not end in .json."""
    found = []
    for path in sorted((folder / kind).glob("*.json")):
        try:
            shard = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as problem:  # of a number with too many digits, too: ValueError
            raise BadInput(f"{path}: not readable as JSON: {problem}") from None
        if not isinstance(shard, dict) or shard.get("schema") != SCHEMA or shard.get("kind") != kind:
            raise BadInput(f"{path}: not a {kind} shard of schema {SCHEMA}")
        found.append((path, shard))
    return found


def load(folder: Path) -> Run:
    """Reads a results folder, or raises BadInput."""
    if not folder.is_dir():
        raise BadInput(f"{folder}: no such folder")
    run = Run(folder)
    timed: dict[Case, Timing | Missing] = {}
    for kind in ("throughput", "accuracy", "limits", "functions"):
        for path, shard in shards(folder, kind):
            if not run.context:
                run.context = shard.get("context") or {}
            if shard.get("complete") is False:
                run.notes.append(f"{kind}/{path.name} was cut short: the run is not complete")
            try:
                timed.update((row.case, row) for row in map(read_timing, shard.get("benchmarks") or []))
                run.errors += map(read_gradient_error, shard.get("gradient_errors") or [])
                run.remainders += map(read_remainder, shard.get("remainders") or [])
                run.steps += map(read_steps, shard.get("steps") or [])
                run.own_estimates += map(read_own_estimate, shard.get("own_estimates") or [])
                run.missing += map(read_left_out, shard.get("skipped") or [])
                run.roofs += read_roofs(shard) if kind == "limits" else []
                run.functions += read_functions(shard) if kind == "functions" else []
            except (KeyError, TypeError, ValueError, AttributeError, OverflowError, ZeroDivisionError) as problem:
                raise BadInput(f"{path}: a row is malformed ({type(problem).__name__}: {problem})") from None
    order = sorted(timed.values(), key=lambda row: row.case.name)
    run.timings = [row for row in order if isinstance(row, Timing)]
    run.missing += [row for row in order if isinstance(row, Missing)]
    run.functions = in_order(run.functions)
    if not (run.timings or run.errors or run.remainders or run.steps or run.functions):
        raise BadInput(f"{folder}: holds no measurement (looked for JSON in throughput/, accuracy/ and functions/)")
    return run
