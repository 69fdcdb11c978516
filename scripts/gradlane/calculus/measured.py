"""What the drivers of the calculus wrote: shards of JSON in, typed rows out. Numbers that were not finite are None."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .. import data, tables
from ..data import BadInput, Case, Missing, number, read_case, whole
from .lists import Kernel, Network, read_kernel, read_network
from .second import Second

Numbers = tuple[float | None, ...]


@dataclass(frozen=True)
class Approximation:
    case: Case
    order: int  # of the finite-difference formula; 0: exact up to rounding
    verdict: str
    at: Numbers
    move: Numbers
    gradient: Numbers
    value: float
    slope: float  # the move times the gradient
    approximation: float
    moved: float  # the true value at the end of the move
    lengths: Numbers  # along the move, in its lengths
    values: Numbers  # L there


@dataclass(frozen=True)
class Direction:
    case: Case
    order: int
    verdict: str
    epsilon: float
    norm: float  # of the method's gradient, from whose direction the angles count
    lowest: float  # the angle of the lowest value
    from_pi: float
    allowed: float
    theta: Numbers
    difference: Numbers  # L(w + εv) − L(w)
    remainder: Numbers  # the same less ε‖g‖cos θ


@dataclass(frozen=True)
class Reached:
    share: float  # of the loss above the least one, at the start
    iterations: int | None
    seconds: float | None


@dataclass(frozen=True)
class Descent:
    case: Case
    order: int
    verdict: str
    rule: str
    rate: float
    stop: str
    iterations: int
    products: int  # of the Hessian with a direction
    least_loss: float | None  # that any method had here
    reached: tuple[Reached, ...]
    iteration: tuple[int, ...]
    seconds: Numbers
    loss: Numbers
    exact_loss: Numbers  # in quad; empty where n is large
    exact_norm: Numbers
    error_at_end: float | None  # of the gradient, absolute


@dataclass(frozen=True)
class Starts:
    case: Case  # points: the starts
    order: int
    verdict: str
    ended: dict[str, int]
    minima: tuple[tuple[float, int], ...]  # loss, and how many starts ended there
    other_minima: int
    most_iterations: int
    mean_iterations: float
    evaluations: int
    useful: int
    seconds: float
    a_start: float
    a_scalar_start: float | None
    alone: int
    same_alone: int
    round: tuple[int, ...]
    running: tuple[int, ...]


@dataclass(frozen=True)
class CriticalPoint:
    x: float
    value: float | None
    curvature: float
    kind: str
    degenerate: bool
    off: float | None  # from the true point; None of a degenerate one
    starts: int  # that ended there


@dataclass(frozen=True)
class Critical:
    case: Case  # points: the starts
    interval: tuple[float, float]
    formula: str
    rounds: int
    found: tuple[CriticalPoint, ...]
    ended: dict[str, int]
    x: Numbers  # the curve, with its slope and curvature
    value: Numbers
    slope: Numbers
    curvature: Numbers


@dataclass(frozen=True)
class ClosedForm:
    case: Case
    order: int
    verdict: str
    formula: str
    components: int
    error: float | None  # ‖ĝ − g‖/‖g‖ of the block
    allowed: float | None  # of exact methods


@dataclass
class Calculus:
    folder: Path
    context: dict[str, Any] = field(default_factory=dict)
    approximations: list[Approximation] = field(default_factory=list)
    directions: list[Direction] = field(default_factory=list)
    descents: list[Descent] = field(default_factory=list)
    starts: list[Starts] = field(default_factory=list)
    critical: list[Critical] = field(default_factory=list)
    closed_forms: list[ClosedForm] = field(default_factory=list)
    kernels: list[Kernel] = field(default_factory=list)
    networks: list[Network] = field(default_factory=list)
    second: Second = field(default_factory=Second)
    missing: list[Missing] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


def numbers(row: dict[str, Any], key: str) -> Numbers:
    return tuple(map(number, row.get(key) or []))


def common(row: dict[str, Any]) -> tuple[Case, int, str]:
    return read_case(row), whole(row.get("order")), str(row.get("verdict") or "")


def read_approximation(row: dict[str, Any]) -> Approximation:
    figures = (float(row[key]) for key in ("value", "slope_along", "approximation", "moved_value"))
    lists = (numbers(row, key) for key in ("at", "move", "gradient"))
    return Approximation(*common(row), *lists, *figures, numbers(row, "lengths"), numbers(row, "values"))


def read_direction(row: dict[str, Any]) -> Direction:
    figures = (float(row[key]) for key in ("epsilon", "gradient_norm", "lowest_at", "from_pi", "allowed"))
    return Direction(*common(row), *figures, *(numbers(row, key) for key in ("theta", "difference", "remainder")))


def read_reached(row: dict[str, Any]) -> Reached:
    return Reached(float(row["share"]), row["iterations"], number(row["seconds"]))


def read_descent(row: dict[str, Any]) -> Descent:
    return Descent(
        *common(row),
        rule=str(row["rule"]),
        rate=float(row["rate"]),
        stop=str(row["stop"]),
        iterations=int(row["iterations"]),
        products=int(row.get("product_calls", 0)),
        least_loss=number(row["least_loss"]),
        reached=tuple(map(read_reached, row["reached"])),
        iteration=tuple(map(int, row["iteration"])),
        seconds=numbers(row, "seconds"),
        loss=numbers(row, "loss"),
        exact_loss=numbers(row, "exact_loss"),
        exact_norm=numbers(row, "exact_gradient_norm"),
        error_at_end=number(row.get("gradient_error_at_end")),
    )


def read_starts(row: dict[str, Any]) -> Starts:
    return Starts(
        *common(row),
        ended={str(why): int(count) for why, count in row["ended"].items()},
        minima=tuple((float(one["loss"]), int(one["starts"])) for one in row["minima"]),
        other_minima=int(row["other_minima"]),
        most_iterations=int(row["most_iterations"]),
        mean_iterations=float(row["mean_iterations"]),
        evaluations=int(row["evaluations"]),
        useful=int(row["useful_evaluations"]),
        seconds=float(row["seconds"]),
        a_start=float(row["seconds_a_start"]),
        a_scalar_start=number(row["scalar_seconds_a_start"]),
        alone=int(row["alone"]),
        same_alone=int(row["same_alone"]),
        round=tuple(map(int, row["round"])),
        running=tuple(map(int, row["running"])),
    )


def read_critical_point(row: dict[str, Any]) -> CriticalPoint:
    figures = float(row["x"]), number(row["value"]), float(row["curvature"])
    return CriticalPoint(
        *figures, str(row["kind"]), bool(row["degenerate"]), number(row.get("off")), int(row["starts"])
    )


def read_critical(row: dict[str, Any]) -> Critical:
    low, high = row["interval"]
    return Critical(
        read_case(row),
        (float(low), float(high)),
        str(row["formula"]),
        int(row["rounds"]),
        tuple(map(read_critical_point, row["found"])),
        {str(why): int(count) for why, count in row["ended"].items()},
        *(numbers(row, key) for key in ("x", "value", "slope", "curvature")),
    )


def read_closed_form(row: dict[str, Any]) -> ClosedForm:
    figures = (number(row["error"]), number(row["allowed"]))
    return ClosedForm(*common(row), str(row["formula"]), int(row["components"]), *figures)


def take_descent(found: Calculus, shard: dict[str, Any]) -> None:
    found.approximations += map(read_approximation, shard["approximations"])
    found.directions += map(read_direction, shard["directions"])
    found.descents += map(read_descent, shard["descents"])
    found.starts += map(read_starts, shard["starts"])
    found.critical += map(read_critical, shard.get("critical", []))
    found.closed_forms += map(read_closed_form, shard.get("closed_forms", []))
    found.missing += map(data.read_left_out, shard["skipped"])


def take_curvature(found: Calculus, shard: dict[str, Any]) -> None:
    found.second.take(shard)
    found.missing += map(data.read_left_out, shard["skipped"])


def take_chain_rule(found: Calculus, shard: dict[str, Any]) -> None:
    found.kernels += map(read_kernel, shard["kernels"])
    found.networks += map(read_network, shard["networks"])


#: By the driver that wrote a shard, which is its folder too.
KINDS: dict[str, Callable[[Calculus, dict[str, Any]], None]] = {
    "descent": take_descent,
    "curvature": take_curvature,
    "chain_rule": take_chain_rule,
}


def load(folder: Path) -> Calculus:
    """Reads the shards of the drivers of KINDS in DIR, or raises BadInput."""
    if not folder.is_dir():
        raise BadInput(f"{folder}: no such folder")
    found = Calculus(folder)
    for kind, take in KINDS.items():
        for path, shard in data.shards(folder, kind):
            found.context = found.context or shard.get("context") or {}
            try:
                take(found, shard)
                found.complaints += map(str, shard["complaints"])
            except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as problem:
                raise BadInput(f"{path}: a row is malformed ({type(problem).__name__}: {problem})") from None
    descent = (found.approximations, found.directions, found.descents, found.starts, found.critical, found.closed_forms)
    if not any((*descent, found.kernels, found.networks, *found.second.rows())):
        looked = ", ".join(f"{kind}/*.json" for kind in KINDS)
        raise BadInput(f"{folder}: holds nothing of the calculus (looked for {looked})")
    return found


def key_of(case: Case) -> tuple[str, ...]:
    return case.problem, case.method, case.lanes, case.dtype, str(case.n)


def representative(rows: list[Any]) -> list[Any]:
    """Of several backends with the same method one will do: that of the widest registers."""
    kept: dict[tuple[str, ...], Any] = {}
    for row in sorted(rows, key=lambda r: (-tables.REGISTER_BITS.get(r.case.backend, 0), r.case.backend)):
        case = row.case
        kept.setdefault((*key_of(case), getattr(row, "rule", ""), getattr(row, "formula", "")), row)
    return list(kept.values())
