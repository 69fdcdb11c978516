"""The speed that the suite promises: ratios of times, taken in one interleaved run.

A ratio is taken within a round, between cases that the driver times in turns a few milliseconds apart (all of a shard;
`points` has a shard of its own, right after), so that a drift of the machine hits both sides; what is judged is the
median of the rounds' ratios. Odd rounds run the groups backwards.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import curvature_speed, data, sides
from .bars import BARS, CURVATURE_BARS

ROOT = Path(__file__).resolve().parents[2]

#: Of one problem and n: what was timed side by side.
Rows = list[data.Timing]
#: What one call of the driver measured, by (problem, n), and its context.
Measured = tuple[dict[tuple[str, int], Rows], dict[str, Any]]


class DriverFailed(Exception):
    """The driver could not measure; `status` is what to exit with."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Check:
    """One bar on one problem at one n. The sides are those of sides.py."""

    bar: str
    problem: str
    n: int
    subject: str
    against: str
    limit: float
    at_most: bool = True
    evaluations: int = 1  # of `against` that one gradient by `subject` is compared with
    against_n: int = 0  # where `against` is measured, if not at n
    difference: bool = False  # subject - against in ns, instead of the ratio
    quantity: str = "ns"

    @property
    def name(self) -> str:
        return f"{self.bar}: {self.problem} n={self.n}"

    @property
    def dims(self) -> set[int]:
        return {self.n, self.against_n or self.n}

    @property
    def unit(self) -> str:
        return "ns" if self.difference else sides.UNITS.get(self.against, "x")

    def ratio(self, measured: dict[tuple[str, int], Rows]) -> float | None:
        """The figure that is judged; None unless one call measured both sides."""
        there = self.against_n or self.n
        subject = sides.figure(self.subject, self.quantity, measured.get((self.problem, self.n), []), self.n)
        against = sides.figure(self.against, self.quantity, measured.get((self.problem, there), []), there)
        if subject is None or against is None:
            return None
        if self.difference:
            return subject - against
        against *= self.evaluations
        return subject / against if self.at_most else against / subject

    def judged(self, name: str, ratio: float | None, limit: float) -> dict[str, Any]:
        """A row of the outcome."""
        met = ratio is not None and (ratio <= limit if self.at_most else ratio >= limit)
        return {
            "name": name,
            "subject": self.subject,
            "against": self.against,
            "ratio": ratio,
            "unit": self.unit,
            "bar": limit,
            "direction": "at most" if self.at_most else "at least",
            "ok": met,
        }


@dataclass(frozen=True)
class Group:
    """One call of the driver: sides on problems, at some n."""

    problems: tuple[str, ...]
    sides: tuple[str, ...]
    dims: tuple[int, ...]

    @property
    def dtypes(self) -> list[str]:
        return sorted({dtype for side in self.sides for _, _, dtype in sides.own(side)})

    def flags(self, built: frozenset[str]) -> list[str]:
        names = [sides.BACKEND, *sorted(built & frozenset().union(*map(sides.libraries, self.sides)))]
        chosen = {"problem": self.problems, "dims": self.dims, "dtype": self.dtypes, "backend": names, "threads": [1]}
        flags = [word for flag, values in chosen.items() for word in (f"--{flag}", ",".join(map(str, values)))]
        return [*flags, f"--benchmark_filter={sides.case_filter(self.sides, built)}"]


def expand(bars: list[dict[str, Any]], dense: dict[str, bool]) -> list[Check]:
    """Every bar for every problem; `dense` maps the problems' names to whether they do n² work."""
    checks = []
    for bar in bars:
        at_most = "most" in bar
        limits = bar["most" if at_most else "least"]
        for problem in sorted(dense):
            limit = limits.get(problem, limits.get("*")) if isinstance(limits, dict) else limits
            if limit is None:
                continue
            for n in bar["dense"] if dense[problem] else bar["n"]:
                checks.append(
                    Check(
                        *(bar["name"], problem, n, bar["subject"], bar["against"]),
                        limit=float(limit),
                        at_most=at_most,
                        evaluations=bar.get("evaluations_per_input", 0) * n or 1,
                        against_n=bar.get("against_n", 0),
                        difference=bar.get("difference", False),
                        quantity=bar.get("quantity", "ns"),
                    )
                )
    return checks


def groups(checks: list[Check]) -> list[Group]:
    """As few calls as possible, each a full product of problems and n. Beside other libraries one n a call: the tapes
    that some of them keep for good slow down what comes after."""
    sizes: dict[tuple[str, str, str], set[int]] = {}
    for check in checks:
        sizes.setdefault((check.problem, check.subject, check.against), set()).update(check.dims)
    calls: dict[tuple[str, str, tuple[int, ...]], list[str]] = {}
    for (problem, subject, against), dims in sizes.items():
        alone = [(n,) for n in sorted(dims)] if sides.libraries(against) else [tuple(sorted(dims))]
        for some in alone:
            calls.setdefault((subject, against, some), []).append(problem)
    return [
        Group(tuple(sorted(problems)), (subject, against), dims)
        for (subject, against, dims), problems in sorted(calls.items())
    ]


def call(driver: Path, flags: list[str]) -> str:
    """The driver's standard output; its notes stay unseen unless it fails."""
    try:
        done = subprocess.run([str(driver), *flags], capture_output=True, text=True, check=False)
    except OSError as problem:
        raise DriverFailed(f"{driver}: {problem.strerror}", 2) from None
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.strip() and not line.startswith("note:")]
        told = [line for line in lines if "error" in line] or lines or [f"exit status {done.returncode}"]
        raise DriverFailed("\n".join(told[:5]), 2 if done.returncode == 2 else 1)
    return done.stdout


def problems_of(driver: Path) -> dict[str, bool]:
    """Names of the problems, and whether they are dense: the driver's own quick run leaves large n out for those."""
    listed = call(driver, ["--benchmark_list_tests"]).split()
    names = {line.split("/")[0] for line in listed}
    large = {line.split("/")[0] for line in listed if "/n:65536/" in line}
    return {name: name not in large for name in names}


def measure(drivers: Path, group: Group, built: frozenset[str], case_seconds: float) -> Measured:
    """The group's cases, and what the machine can do at most where a bar asks for it."""
    with tempfile.TemporaryDirectory(prefix="gradlane-speed-") as folder:
        if "limit" in group.sides:
            chosen = ["--dtype", ",".join(group.dtypes), "--threads", "1", "--backend", sides.BACKEND]
            call(drivers / "limits", [*chosen, "--out", folder])
        seconds = ["--case-seconds", str(case_seconds), "--max-case-seconds", "10"]
        call(drivers / "throughput", [*group.flags(built), *seconds, "--out", folder])
        run = data.load(Path(folder))
    found: dict[tuple[str, int], Rows] = {}
    for row in run.timings:
        found.setdefault((row.case.problem, row.case.n), []).append(row)
    return found, run.context


def rounds(
    drivers: Path, calls: list[Group], built: frozenset[str], count: int, case_seconds: float
) -> list[list[Measured]]:
    """What `measure` returned for every group, in each round."""
    taken = []
    for number in range(count):
        print(f"check_speed: round {number + 1} of {count}", file=sys.stderr)
        order = list(range(len(calls)))[:: 1 if number % 2 == 0 else -1]
        measured = {index: measure(drivers, calls[index], built, case_seconds) for index in order}
        taken.append([measured[index] for index in sorted(measured)])
    return taken


def judge(checks: list[Check], taken: list[list[Measured]]) -> list[dict[str, Any]]:
    """A row per check: the ratio of each round, their median, and whether it meets the bar."""
    ratios: dict[Check, list[float]] = {check: [] for check in checks}
    for one_round in taken:
        for check in checks:
            # A pair stands in one call; the same implementation may be timed for another pair in another call.
            found = [ratio for rows, _ in one_round if (ratio := check.ratio(rows)) is not None]
            ratios[check] += found[:1]
    rows = []
    for check in checks:
        middle = statistics.median(ratios[check]) if ratios[check] else None
        about = {"bar_name": check.bar, "problem": check.problem, "n": check.n, "ratios": ratios[check]}
        rows.append(check.judged(check.name, middle, check.limit) | about)
    return rows


def judge_means(bars: list[dict[str, Any]], every: list[Check], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A row per bar that bounds the geometric mean of its ratios, where all of them (`every`) were measured."""
    means = []
    for bar in bars:
        checks = [check for check in every if check.bar == bar["name"]]
        ratios = [row["ratio"] for row in rows if row["bar_name"] == bar["name"]]
        if "mean" not in bar or not checks or len(ratios) < len(checks) or None in ratios:
            continue
        name = f"{bar['name']}: geometric mean of {len(ratios)}"
        means.append(checks[0].judged(name, statistics.geometric_mean(ratios), bar["mean"]))
    return means


def lines(rows: list[dict[str, Any]]) -> list[str]:
    width = max(len(row["name"]) for row in rows)
    shown = []
    for row in rows:
        ratio = (
            "not measured"
            if row["ratio"] is None
            else f"{row['ratio']:6.4g} {row['unit']}"
            if row["unit"] != "x"
            else f"{row['ratio']:6.2f} x"
        )
        shown.append(
            f"{row['name']:<{width}}  {ratio}  {row['direction']:<8} {row['bar']:g}  {'ok' if row['ok'] else 'SHORT'}"
        )
    return shown


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="check_speed", description="One interleaved run against the bars of speed.")
    parser.add_argument("--preset", default="release", help="build to measure (default release)")
    parser.add_argument("--rounds", type=int, default=7, metavar="N", help="default 7")
    parser.add_argument(
        "--case-seconds", type=float, default=0.05, metavar="S", help="time per case and round (default 0.05)"
    )
    parser.add_argument(
        "--only", default="", metavar="TEXT", help="only bars whose name (with problem and n) contains TEXT"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the ratios of every round as well")
    given = parser.parse_args(arguments)
    if given.rounds < 1 or not given.case_seconds > 0:
        parser.error("--rounds and --case-seconds must be above 0")
    return given


def without_peers(checks: list[Check], built: frozenset[str]) -> list[Check]:
    """Those whose sides this build has; says what is left out."""
    left = [one for one in checks if not sides.libraries(one.against) or sides.libraries(one.against) & built]
    if len(left) < len(checks):
        print(
            f"check_speed: {len(checks) - len(left)} bars against other libraries are left out, this build has none of "
            "them (scripts/setup --peers, then cmake -DGRADLANE_PEERS=ON)",
            file=sys.stderr,
        )
    return left


def check(given: argparse.Namespace) -> int:
    drivers = ROOT / "build" / given.preset / "bench"
    driver = drivers / "throughput"
    if not driver.exists():
        raise DriverFailed(
            f"{driver} is missing: cmake --preset {given.preset} && cmake --build --preset {given.preset}", 2
        )
    dense = problems_of(driver)
    every = expand(BARS, dense)
    built = sides.built_libraries(call(driver, ["--list"]))
    chosen = [one for one in every if given.only in one.name]
    curved = [one for one in expand(CURVATURE_BARS, dense) if given.only in one.name]
    if not chosen and not curved:
        raise DriverFailed(f"--only: no bar's name contains '{given.only}'", 2)
    checks = without_peers(chosen, built)
    if not checks and not curved:
        return 0
    taken = rounds(drivers, groups(checks), built, given.rounds, given.case_seconds)
    rows = judge(checks, taken)
    rows += judge_means(BARS, every, rows)
    second, context = curvature_speed.measured(drivers / "curvature", curved, call, given.rounds, given.case_seconds)
    rows += second
    print("\n".join(lines(rows)))
    short = sum(not row["ok"] for row in rows)
    print(f"{len(rows) - short} of {len(rows)} bars met, {short} SHORT")
    if given.json:
        document = {
            "schema": data.SCHEMA,
            "kind": "speed",
            "context": taken[0][0][1] if taken[0] else context,
            "rounds": given.rounds,
            "bars": rows,
        }
        given.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return 1 if short else 0


def main(arguments: list[str] | None = None) -> int:
    given = parse(arguments)
    try:
        return check(given)
    except DriverFailed as problem:
        print(f"check_speed: {problem}", file=sys.stderr)
        return problem.status
    except data.BadInput as problem:
        print(f"check_speed: {problem}", file=sys.stderr)
        return 1
    except OSError as problem:
        print(f"check_speed: {problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("check_speed: interrupted", file=sys.stderr)
        return 130
