"""compare instructions: how many instructions a gradient takes, counted by callgrind: free of noise.

Only the driver's timed loop is counted, and of two runs that differ in nothing but the number of calls the counts are
subtracted: what is left is the calls alone. Counts say nothing about time across instruction sets, and are compared within one only.
"""

from __future__ import annotations

import math
import platform
import re
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from .compare_builds import Plan, require_present, say, select
from .compare_driver import Side
from .compare_environment import require_comparable
from .compare_model import IMPROVED, NOT_COMPARABLE, REGRESSION, SKIPPED, UNCHANGED, Finding, Report, Stop
from .compare_verdicts import judge_accuracy

TOLERANCE = 0.005
FEW, MANY = 4, 24  # calls
LOOP = "gradlane::bench::*timed_loop*"  # bench/throughput/timing.cpp
#: valgrind 3.19 stops at the first AVX-512 instruction: one set that it knows.
BACKEND = ("--backend", "neon64" if platform.machine().lower() in ("aarch64", "arm64") else "avx2")
STANDARD_FLAGS = (*BACKEND, "--method", "reverse_fused", "--lanes", "elements", "--dims", "512")
COLLECTED = re.compile(r"Collected\s*:\s*(\d+)")


def valgrind() -> str:
    if found := shutil.which("valgrind"):
        return found
    raise Stop("skipped: valgrind is missing (scripts/setup --developer)", SKIPPED)


def counted(side: Side, tool: str, name: str, calls: int) -> int:
    """Instructions of a whole process."""
    with tempfile.TemporaryDirectory(prefix="gradlane-callgrind-") as folder:
        report = Path(folder) / "log"
        wrapper = (tool, "--tool=callgrind", f"--toggle-collect={LOOP}", f"--callgrind-out-file={folder}/out")
        wrapper += (f"--log-file={report}",)
        counting = replace(side, wrapper=wrapper)
        counting.measure({name: calls}, repetitions=1)
        found = COLLECTED.search(report.read_text(encoding="utf-8", errors="replace")) if report.exists() else None
    if not found:
        raise Stop(f"{side.label}: callgrind told no count for {name}", NOT_COMPARABLE)
    return int(found.group(1))


def per_call(side: Side, tool: str, name: str) -> float:
    return (counted(side, tool, name, MANY) - counted(side, tool, name, FEW)) / (MANY - FEW)


def compare_instructions(base: Side, candidate: Side, plan: Plan, report: Report) -> None:
    tool = valgrind()
    names = select(base, candidate, plan, report)
    if wrong := [name for name in names if "/avx512/" in name]:
        raise Stop(f"callgrind knows no AVX-512: leave out {wrong[0]} (--filter, -- --backend avx2)", NOT_COMPARABLE)
    once = {name: 1 for name in names}
    first = (base.measure(once, repetitions=1), candidate.measure(once, repetitions=1))
    backends = {row.backend for row in first[0].rows.values()}
    report.notes += require_comparable(first[0].context, first[1].context, backends, plan.policy)
    report.environment = {"base": first[0].context, "candidate": first[1].context}
    say(f"{len(names)} cases, {4 * len(names)} processes under callgrind, about {8 * len(names)} s")
    lost = [name for name in names if first[0].rows[name].ns and first[1].rows[name].skipped]
    require_present(lost, "skips them", plan, report)
    for name in names:
        one, other = first[0].rows[name], first[1].rows[name]
        if one.ns is None or other.skipped:
            report.notes.append(f"not compared: {name}: {one.why if one.ns is None else other.why}")
            continue
        finding = Finding(name, REGRESSION) if other.wrong else judged(base, candidate, tool, name, plan)
        judge_accuracy(finding, one, other, plan.policy)
        report.findings.append(finding)
    if not report.findings:
        raise Stop("no case to compare: none runs on both sides", NOT_COMPARABLE)


def judged(base: Side, candidate: Side, tool: str, name: str, plan: Plan) -> Finding:
    one, other = (per_call(side, tool, name) for side in (base, candidate))
    if one <= 0 or other <= 0:
        raise Stop(f"{name}: callgrind counted no instructions", NOT_COMPARABLE)
    ratio, bound = math.log(other / one), plan.policy.bound(name)
    verdict = REGRESSION if ratio > bound else IMPROVED if ratio < -bound else UNCHANGED
    return Finding(
        name, verdict, ratio, ratio, ratio, threshold=plan.policy.threshold_of(name), base=one, candidate=other
    )
