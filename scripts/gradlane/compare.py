"""scripts/compare: from the command line to a report and an exit code."""

from __future__ import annotations

import argparse
import os
import signal
import tempfile
from datetime import datetime, timezone
from pathlib import Path

from . import compare_instructions
from .command import status_of
from .compare_arguments import read
from .compare_builds import STANDARD_FILTER, STANDARD_FLAGS, Plan, compare_builds
from .compare_driver import Side
from .compare_methods import compare_methods
from .compare_model import Report, exit_code
from .compare_outputs import FORMATS, append_summary, as_text, write
from .compare_runs import compare_runs
from .compare_sides import ROOT, driver_for, modules_of, single_name

TURNS = "rounds of four fresh processes (ABBA or BAAB), sign test, Holm over the cases, flagged cases confirmed on fresh data"
STORED = (
    "two stored runs, the weaker design: a drift between them looks like a change; Mann-Whitney, Holm over the cases"
)
WITHIN = "repetitions within one run; Mann-Whitney, Holm over the methods that meet at one n"
COUNTED = "instructions of a gradient, counted by callgrind"


def plan_of(given: argparse.Namespace) -> Plan:
    sampled = given.command in ("builds", "noise")
    plan = Plan(
        rounds=given.rounds if sampled else 0,
        alpha=given.alpha,
        policy=given.policy,
        pattern=given.filter,
        allow_missing=given.allow_missing,
    )
    if sampled:
        plan.seconds, plan.seed = given.case_seconds, given.seed
        plan.cpus, plan.pin = given.chosen_cpus, given.pin
    return plan


def sides_of(given: argparse.Namespace, scratch: Path) -> tuple[Side, Side]:
    noise = given.command == "noise"
    named = (given.build, given.build) if noise else (given.base, given.candidate)
    labels = ("--build", "--build") if noise else ("--base", "--candidate")
    folders = [modules_of(label, path, scratch) for label, path in zip(labels, named)]
    driver = driver_for(given.driver, *named)
    flags = tuple(given.selection)
    if not flags:
        flags = standard_flags(given)
    names = [single_name(path) for path in named]
    rename = (names[1], names[0]) if names[0] and names[1] and names[0] != names[1] else None
    base = Side("base", driver, folders[0], str(named[0]), flags)
    return base, Side("candidate", driver, folders[1], str(named[1]), flags, rename)


def standard_flags(given: argparse.Namespace) -> tuple[str, ...]:
    """A filter chooses from all that the driver's quick run has, but for what callgrind cannot run."""
    if given.command == "instructions":
        return compare_instructions.STANDARD_FLAGS if given.filter is None else compare_instructions.BACKEND
    return STANDARD_FLAGS if given.filter is None else ()


def raw_path(given: argparse.Namespace) -> Path:
    if given.raw:
        return given.raw
    stamp = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    return ROOT / "results" / "compare" / f"{stamp}-{os.getpid()}.jsonl"


def run(given: argparse.Namespace) -> Report:
    plan = plan_of(given)
    report = Report(given.command, "", "", "")
    report.parameters = {"threshold": plan.policy.threshold, "alpha": plan.alpha}
    if given.command == "runs":
        report.design, report.base, report.candidate = STORED, str(given.base), str(given.candidate)
        compare_runs(given.base, given.candidate, plan, report)
    elif given.command == "methods":
        report.design, report.base, report.candidate = WITHIN, given.baseline, str(given.run)
        compare_methods(given.run, given.baseline, plan, report)
    else:
        with tempfile.TemporaryDirectory(prefix="gradlane-compare-") as scratch:
            measure(given, plan, report, Path(scratch))
    report.status = exit_code(report, given.require_conclusive)
    return report


def measure(given: argparse.Namespace, plan: Plan, report: Report, scratch: Path) -> None:
    base, candidate = sides_of(given, scratch)
    report.base, report.candidate = base.shown, candidate.shown
    if not given.selection and given.filter is None and given.command != "instructions":
        plan.pattern = STANDARD_FILTER
    if given.command == "instructions":
        report.design, report.unit = COUNTED, "instructions"
        compare_instructions.compare_instructions(base, candidate, plan, report)
        return
    report.design = f"{plan.rounds} {TURNS}; {plan.used} rounds used, threshold {100 * plan.policy.threshold:g} %, "
    report.design += f"alpha {plan.alpha:g}"
    report.parameters |= {"rounds": plan.rounds, "seed": plan.seed, "case_seconds": plan.seconds}
    compare_builds(base, candidate, plan, report, raw_path(given))


def stop(*_: object) -> None:
    raise KeyboardInterrupt


def main(arguments: list[str] | None = None) -> int:
    def work() -> int:
        signal.signal(signal.SIGTERM, stop)  # what CI sends to a job that is cancelled
        given = read(arguments)
        report = run(given)
        for name, form in FORMATS.items():
            if (path := getattr(given, name)) is not None:
                write(path, form(report))
        if given.github_summary:
            append_summary(report, os.environ["GITHUB_STEP_SUMMARY"])
        print(as_text(report), end="")
        return report.status

    return status_of("compare", work)
