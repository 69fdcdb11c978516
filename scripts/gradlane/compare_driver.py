"""One side of a comparison: the throughput driver on a build's modules, a fresh process each time."""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .compare_model import NOT_COMPARABLE, USAGE, Stop
from .compare_policy import load_json
from .data import number, whole

REPETITIONS = 20  # in a process
TIMEOUT = 600  # seconds that no process needs: whatever hangs is ended


@dataclass(frozen=True)
class Row:
    """A case as one process measured it. `ns` is of one gradient, None where there is no time; then `why` says so."""

    name: str
    backend: str
    threads: int
    ns: float | None
    call_ns: float | None
    times: tuple[float, ...]  # of each repetition, ns of one gradient
    error: float | None  # relative, of the gradient; of the value where there is none
    bound: float | None
    wrong: str | None  # the driver's complaint about a wrong or failed evaluation
    skipped: str | None
    n: int = 0
    points: int = 1
    bits: tuple[str | None, ...] = ()  # of answers that were right, as the driver wants them back

    @property
    def best(self) -> float | None:
        """The least of the repetitions: what else runs on a machine makes some of them longer and none shorter. On a busy
        machine it scatters half as much between processes as their median."""
        return min(self.times) if self.ns is not None and self.times else None

    @property
    def why(self) -> str:
        return self.wrong or self.skipped or "was not timed"


def read_row(raw: dict[str, Any], where: Path) -> Row:
    """Stop for a row that is not one, or whose times are no positive numbers."""
    try:
        name, points = str(raw["name"]), max(1, whole(raw.get("points"), 1))
        call = raw.get("real_time")
        times = raw.get("times_ns") or ([] if call is None else [call])
        if any(number(time) is None or time <= 0 for time in [*times, *([] if call is None else [call])]):
            raise Stop(f"{where}: {name}: a time that is no positive number", USAGE)
        return Row(
            name=name,
            backend=str(raw.get("backend", "")),
            threads=whole(raw.get("threads"), 1),
            ns=None if call is None else call / points,
            call_ns=call,
            times=tuple(time / points for time in times),
            error=number(raw.get("value_error" if raw.get("value_only") else "relative_error")),
            bound=number(raw.get("tolerance")),
            wrong=None if raw.get("error") is None else str(raw["error"]),
            skipped=None if raw.get("skipped") is None else str(raw["skipped"]),
            n=whole(raw.get("n")),
            points=points,
            bits=tuple(raw.get("answer_bits") or ()),
        )
    except (KeyError, TypeError, AttributeError) as problem:
        raise Stop(f"{where}: a row is malformed ({type(problem).__name__}: {problem})", USAGE) from None


@dataclass
class Results:
    """What a process, or a stored run, left."""

    rows: dict[str, Row]
    context: dict[str, Any]
    status: int = 0


def read_shard(path: Path) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    shard = load_json(path)
    if not isinstance(shard, dict) or shard.get("schema") != 1 or shard.get("kind") != "throughput":
        raise Stop(f"{path}: not a throughput shard of schema 1", USAGE)
    rows = shard.get("benchmarks")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Stop(f"{path}: 'benchmarks' is no list of rows", USAGE)
    context = shard.get("context")
    return rows, context if isinstance(context, dict) else {}


def read_results(path: Path) -> Results:
    """A shard, or a folder of a run (or its throughput/). References are rows that nobody selected: left out."""
    if path.is_dir():
        files = sorted((path / "throughput").glob("*.json")) or sorted(path.glob("*.json"))
        if not files:
            raise Stop(f"{path}: holds no measurement (looked for throughput/*.json)", NOT_COMPARABLE)
    else:
        files = [path]
    results = Results({}, {})
    for file in files:
        rows, context = read_shard(file)
        results.context = results.context or context
        results.rows.update((row.name, row) for row in (read_row(r, file) for r in rows if not r.get("reference")))
    return results


@dataclass
class Side:
    """`driver` on the modules of `backends` (None: the driver's own). `rename` turns the module's name into the other
    side's, where two single modules are compared. `known` has the bits of answers that a process of this side has compared
    with the oracle: a later one with the same bits need not ask it again, which takes longer than the timing."""

    label: str
    driver: Path
    backends: Path | None
    shown: str
    flags: tuple[str, ...] = ()
    rename: tuple[str, str] | None = None  # own name of the backend, name in the comparison
    wrapper: tuple[str, ...] = ()  # what the driver runs under: valgrind
    cpus: frozenset[int] | None = None
    known: dict[str, list[str | None]] = field(default_factory=dict)

    def own(self, name: str) -> str:
        return swap_backend(name, self.rename[1], self.rename[0]) if self.rename else name

    def common(self, name: str) -> str:
        return swap_backend(name, *self.rename) if self.rename else name

    def command(self, *arguments: str) -> list[str]:
        where = ["--backend-dir", str(self.backends)] if self.backends else []
        return [*self.wrapper, str(self.driver), *where, *self.flags, *arguments]

    def call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(
                self.command(*arguments),
                capture_output=True,
                text=True,
                timeout=TIMEOUT,
                check=False,
                preexec_fn=self.pin if self.cpus else None,
            )
        except subprocess.TimeoutExpired:
            raise Stop(f"{self.label}: the driver did not end within {TIMEOUT} s", NOT_COMPARABLE) from None
        except OSError as problem:
            raise Stop(f"{self.label}: {self.driver}: {problem.strerror}", USAGE) from None

    def pin(self) -> None:
        os.sched_setaffinity(0, self.cpus or frozenset())

    def cases(self) -> list[str]:
        """Everything that the flags select, by its name in the comparison."""
        done = self.call("--benchmark_list_tests")
        if done.returncode != 0:
            raise Stop(f"{self.label}: {complaint(done)}", USAGE if done.returncode == 2 else NOT_COMPARABLE)
        return [self.common(line) for line in done.stdout.split()]

    def measure(self, counts: dict[str, int], repetitions: int = REPETITIONS) -> Results:
        """One process: each case with its number of calls. A wrong gradient (exit 1) is in the rows; anything else that
        the driver ends with is a Stop."""
        folder = Path(tempfile.mkdtemp(prefix="gradlane-compare-"))
        try:
            file = folder / "iterations.json"
            told = {self.own(name): self.told(name, count) for name, count in counts.items()}
            file.write_text(json.dumps(told), encoding="utf-8")
            out = folder / "out"
            more = [] if repetitions == 1 else [f"--benchmark_repetitions={repetitions}"]
            done = self.call("--iterations", str(file), "--out", str(out), *more)
            if done.returncode == 130:
                raise KeyboardInterrupt
            if done.returncode not in (0, 1):
                raise Stop(f"{self.label}: {complaint(done)}", NOT_COMPARABLE)
            if not out.is_dir():
                raise Stop(f"{self.label}: the driver left no results", NOT_COMPARABLE)
            results = read_results(out)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        rows = {self.common(name): row for name, row in results.rows.items()}
        if lost := sorted(set(counts) - set(rows)):
            raise Stop(f"{self.label}: the driver left no row for {lost[0]}", NOT_COMPARABLE)
        for name in counts:
            self.learn(name, rows[name])
        return Results({name: rows[name] for name in counts}, results.context, done.returncode)

    def told(self, name: str, count: int) -> int | dict[str, Any]:
        """What the driver is told of a case: the number of calls, with the answers that are known."""
        return {"calls": count, "answer_bits": self.known[name]} if name in self.known else count

    def learn(self, name: str, row: Row) -> None:
        """Not every process meets all the points x that there are answers for."""
        if row.wrong is None and row.bits:
            before = self.known.get(name, [None] * len(row.bits))
            self.known[name] = [new or old for new, old in zip(row.bits, before)]


def swap_backend(name: str, old: str, new: str) -> str:
    parts = name.split("/")
    if len(parts) > 4 and parts[4] == old:
        parts[4] = new
    return "/".join(parts)


def complaint(done: subprocess.CompletedProcess[str]) -> str:
    """The line of stderr that says why, without notes."""
    lines = [line for line in done.stderr.splitlines() if line.strip() and not line.startswith("note:")]
    if done.returncode < 0:
        return f"the driver was ended by signal {-done.returncode}" + (f": {lines[-1]}" if lines else "")
    return lines[-1] if lines else f"the driver ended with {done.returncode}"


def calls_for(row: Row, seconds: float) -> int:
    """So many calls that one repetition takes about `seconds`."""
    return max(1, math.floor(seconds * 1e9 / row.call_ns)) if row.call_ns else 1
