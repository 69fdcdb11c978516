"""The command line of scripts/compare: every mistake is one line and exit code 2, before anything is measured."""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path
from typing import Any

from .command import parsers
from .compare_model import USAGE, Stop
from .compare_instructions import TOLERANCE
from .compare_policy import THRESHOLD, Policy, load_policy
from .compare_sampling import available_cpus

EPILOG = """\
exit codes:
  0   no regression
  1   regression: a time beyond its threshold, or an error beyond its bound
  2   bad usage, or a file that is no valid JSON of ours
  3   not comparable: environments differ, cases are missing, no case is left, a driver failed
  4   with --require-conclusive: some case is INCONCLUSIVE
  77  skipped: valgrind is missing (instructions)
  130 interrupted; the raw values measured so far are kept, their file is named

statistics (builds, noise):
  A round is four fresh processes, ABBA or BAAB by the seed's coin, with numbers of calls fixed by one calibration; the
  time of a side is the least of its repetitions; the first round is dropped. A case's estimate is the median over rounds
  of ln(t_candidate / t_base), its interval the exact order-statistic one of level 1 - alpha. With L = ln(1 + threshold): REGRESSION if the whole interval
  lies above L, the exact sign test against +-L passes Holm's correction over all cases, and so it does once more on fresh
  data of the flagged cases (this one confirmation is always made); IMPROVED likewise below -L; UNCHANGED if the interval
  lies within +-L; else INCONCLUSIVE, with the smallest effect that would have been flagged. The geometric mean is that of
  the matched cases.
  runs, methods: repetitions within the runs, Mann-Whitney tests against +-L with Holm, shifts by Hodges and Lehmann.
  instructions: exact counts, no statistics. Errors: exact, no statistics.
"""


def parser() -> argparse.ArgumentParser:
    told = "Compares builds, runs and methods; says what is slower, and how sure that is."
    top, commands = parsers("compare", told, EPILOG)

    def command(name: str, told: str) -> argparse.ArgumentParser:
        return commands.add_parser(
            name,
            help=told,
            description=told,
            epilog=EPILOG,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )

    builds = command("builds", "two builds (or folders of modules, or modules NAME.so), measured in turns")
    noise = command("noise", "one build against itself: what scatters on this machine, and what it can see")
    counts = command("instructions", "two builds, by the instructions that callgrind counts")
    for one in (builds, counts):
        one.add_argument("--base", required=True, type=Path, metavar="DIR")
        one.add_argument("--candidate", required=True, type=Path, metavar="DIR")
    noise.add_argument("--build", required=True, type=Path, metavar="DIR")
    for one in (builds, noise, counts):
        one.add_argument("--driver", type=Path, metavar="FILE", help="bench/throughput for both sides")
        one.add_argument(
            "selection", nargs="*", metavar="-- FLAGS", help="the driver's flags: -- --problem chain --dims 64"
        )
    methods = command("methods", "the methods within one run: ratios, who wins where, crossovers")
    methods.add_argument("run", type=Path, metavar="RUN")
    methods.add_argument("--baseline", required=True, metavar="METHOD/LANES")
    runs = command("runs", "two stored runs: the weaker design, a drift between them looks like a change")
    runs.add_argument("base", type=Path, metavar="BASE")
    runs.add_argument("candidate", type=Path, metavar="CANDIDATE")
    for one in (builds, noise):
        rounds = one.add_mutually_exclusive_group()
        rounds.add_argument("--rounds", type=int, metavar="N", help="default 40; the first is dropped")
        rounds.add_argument("--quick", action="store_true", help="12 rounds")
        one.add_argument("--seed", type=int, default=1, help="of the order of the sides, default 1")
        one.add_argument(
            "--case-seconds", type=float, default=0.01, metavar="S", help="a case and process, default 0.01"
        )
        one.add_argument(
            "--raw", type=Path, metavar="FILE", help="where raw values go, default results/compare/<UTC>.jsonl"
        )
        one.add_argument(
            "--cpus", metavar="LIST", help="pin to these, 2,3; 'none' pins nothing; default: the last ones"
        )
    for one in (builds, noise, counts, methods, runs):
        add_common(one)
    return top


def add_common(one: argparse.ArgumentParser) -> None:
    one.add_argument("--threshold", metavar="SHARE", help="0.02 or 2%%; default 0.02, for instructions 0.005")
    one.add_argument("--alpha", type=float, default=0.05, help="of all cases together, default 0.05")
    one.add_argument("--filter", metavar="REGEX", help="only cases whose name matches")
    one.add_argument("--policy", type=Path, metavar="FILE", help="thresholds by case, what to ignore (docs/compare.md)")
    one.add_argument("--allow", action="append", default=[], metavar="KEYS", help="identity facts that may differ")
    one.add_argument("--allow-missing", action="store_true", help="cases that the candidate lost are noted only")
    one.add_argument("--require-conclusive", action="store_true", help="exit 4 if a case is INCONCLUSIVE")
    for name in ("markdown", "json", "junit", "html"):
        one.add_argument(f"--{name}", type=Path, metavar="FILE")
    one.add_argument("--github-summary", action="store_true", help="append Markdown to $GITHUB_STEP_SUMMARY")


def read(arguments: list[str] | None) -> argparse.Namespace:
    given = parser().parse_args(arguments)
    given.policy = policy_of(given)
    if not 0 < given.alpha < 1:
        raise Stop("--alpha: not a number between 0 and 1", USAGE)
    if given.filter is not None:
        try:
            re.compile(given.filter)
        except re.error as problem:
            raise Stop(f"--filter: '{given.filter}' is not a regular expression: {problem}", USAGE) from None
    if given.command in ("builds", "noise"):
        check_sampling(given)
    check_outputs(given)
    return given


def policy_of(given: argparse.Namespace) -> Policy:
    policy = load_policy(given.policy, TOLERANCE if given.command == "instructions" else THRESHOLD)
    if given.threshold is not None:
        policy.threshold = threshold(given.threshold)
    policy.allow = [*policy.allow, *(key for keys in given.allow for key in keys.split(",") if key)]
    return policy


def threshold(written: str) -> float:
    try:
        share = float(written[:-1]) / 100 if written.endswith("%") else float(written)
    except ValueError:
        share = -1.0
    if not 0 <= share < 1:
        raise Stop(f"--threshold: '{written}' is no share between 0 and 1, such as 0.02 or 2%", USAGE)
    return share


def check_sampling(given: argparse.Namespace) -> None:
    given.rounds = 12 if given.quick else 40 if given.rounds is None else given.rounds
    if not 7 <= given.rounds <= 1000:
        raise Stop(
            f"--rounds: {given.rounds} is not between 7 (an interval of 95 % needs 6 used rounds) and 1000", USAGE
        )
    if not 1e-4 <= given.case_seconds <= 60:
        raise Stop("--case-seconds: not between 0.0001 and 60", USAGE)
    given.pin = given.cpus != "none"
    given.chosen_cpus = None
    if given.cpus and given.pin:
        try:
            given.chosen_cpus = frozenset(int(cpu) for cpu in given.cpus.split(","))
        except ValueError:
            raise Stop(f"--cpus: '{given.cpus}' is no list of numbers", USAGE) from None
        if outside := sorted(given.chosen_cpus - set(available_cpus())):
            raise Stop(f"--cpus: {outside[0]} is none of the CPUs that may be used", USAGE)
    if given.raw and given.raw.exists():
        raise Stop(f"--raw: {given.raw} exists already", USAGE)


def check_outputs(given: argparse.Namespace) -> None:
    """What could not be written is told before hours of measuring."""
    files: list[tuple[str, Any]] = [
        (f"--{name}", getattr(given, name)) for name in ("markdown", "json", "junit", "html")
    ]
    for flag, path in files:
        if path is not None and (path.is_dir() or not os.access(path.parent, os.W_OK)):
            raise Stop(f"{flag}: cannot write {path}", USAGE)
    if given.github_summary and not os.environ.get("GITHUB_STEP_SUMMARY"):
        raise Stop("--github-summary: GITHUB_STEP_SUMMARY is not set: this is no step of GitHub Actions", USAGE)
