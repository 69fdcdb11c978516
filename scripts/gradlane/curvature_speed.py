"""The bars of second derivatives (bars.CURVATURE_BARS). The driver `curvature` times both sides in turns and tells their
ratio, so a round is a call of it for each bar; what is judged is the median of the rounds."""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import sides
from .bars import CURVATURE_BARS

if TYPE_CHECKING:
    from .speed import Check

#: Rows by (problem, n), and the context of one shard.
Shards = tuple[dict[tuple[str, int], dict[str, Any]], dict[str, Any]]


def read(folder: Path, part: str) -> Shards:
    rows, context = {}, {}
    for path in sorted((folder / "curvature").glob("*.json")):
        shard = json.loads(path.read_text(encoding="utf-8"))
        context = shard["context"]
        rows |= {(row["problem"], row["n"]): row for row in shard[part]}
    return rows, context


def figure(row: dict[str, Any] | None, keys: tuple[str, ...]) -> float | None:
    for key in keys:
        row = row.get(key) if row else None
    return row


def one_call(driver: Path, bar: dict[str, Any], checks: list[Check], call: Callable, case_seconds: float) -> Shards:
    """The bar on all its problems and n. Every problem is asked for every n of its kind that it takes."""
    method, lanes = bar["subject"].split("/")
    by_dims: dict[tuple[int, ...], list[str]] = {}
    for problem in sorted({one.problem for one in checks}):
        dims = tuple(sorted({one.n for one in checks if one.problem == problem}))
        by_dims.setdefault(dims, []).append(problem)
    found: Shards = ({}, {})
    for dims, problems in by_dims.items():
        with tempfile.TemporaryDirectory(prefix="gradlane-speed-") as folder:
            chosen = {"problem": problems, "dims": dims, "method": [method], "lanes": [lanes]}
            flags = [word for flag, values in chosen.items() for word in (f"--{flag}", ",".join(map(str, values)))]
            flags += ["--backend", sides.BACKEND, "--part", bar["part"], "--case-seconds", str(case_seconds)]
            call(driver, [*flags, "--out", folder])
            rows, context = read(Path(folder), bar["part"])
            found = (found[0] | rows, context)
    return found


def measured(
    driver: Path, checks: list[Check], call: Callable, rounds: int, case_seconds: float
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """A row per check, and a context."""
    if checks and not driver.exists():
        print(f"check_speed: {driver} is missing: {len(checks)} bars of second derivatives left out", file=sys.stderr)
        return [], {}
    ratios: dict[Check, list[float]] = {check: [] for check in checks}
    context: dict[str, Any] = {}
    for _ in range(rounds):
        for bar in CURVATURE_BARS:
            mine = [check for check in checks if check.bar == bar["name"]]
            if not mine:
                continue
            rows, context = one_call(driver, bar, mine, call, case_seconds)
            for check in mine:
                ratio = figure(rows.get((check.problem, check.n)), bar["figure"])
                ratios[check] += [] if ratio is None else [ratio]
    judged = []
    for check in checks:
        middle = statistics.median(ratios[check]) if ratios[check] else None
        about = {"bar_name": check.bar, "problem": check.problem, "n": check.n, "ratios": ratios[check]}
        judged.append(check.judged(check.name, middle, check.limit) | about)
    return judged, context
