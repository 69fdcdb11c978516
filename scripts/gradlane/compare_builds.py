"""compare builds, compare noise: two builds measured in turns."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from . import compare_statistics as statistics
from . import compare_verdicts as verdicts
from .compare_driver import REPETITIONS, Results, Side, calls_for
from .compare_environment import require_comparable
from .compare_model import NOT_COMPARABLE, REGRESSION, Finding, Report, Stop, Table, percent
from .compare_policy import Policy
from .compare_sampling import RawFile, Samples, pinned, sample

#: What is compared where nothing is selected: 40 cases of fused and hand-written reverse mode and of forward mode. Their
#: checks are cheap: a process takes less than a second.
STANDARD_FLAGS = ("--method", "analytic,forward_mode,reverse_fused", "--lanes", "directions,elements")
STANDARD_FLAGS += ("--dims", "64,512", "--threads", "1")
STANDARD_FILTER = r"/((analytic|reverse_fused)/elements/.*|forward_mode/directions/.*/n:64)/"


@dataclass
class Plan:
    """What a comparison was asked for."""

    rounds: int
    alpha: float
    policy: Policy
    pattern: str | None = None
    allow_missing: bool = False
    seconds: float = 0.01  # of timed loops in a process, a case
    seed: int = 1
    cpus: frozenset[int] | None = None
    pin: bool = True

    @property
    def used(self) -> int:
        return self.rounds - 1


def say(line: str) -> None:
    print(f"compare: {line}", file=sys.stderr)


def matching(names: list[str], pattern: str | None) -> list[str]:
    return [name for name in names if re.search(pattern, name)] if pattern else names


def select(base: Side, candidate: Side, plan: Plan, report: Report) -> list[str]:
    """The cases that both sides have. What the candidate lost is no comparison, unless that was allowed."""
    chosen = [matching(side.cases(), plan.pattern) for side in (base, candidate)]
    there = [[name for name in names if not plan.policy.ignores(name)] for names in chosen]
    if ignored := sorted(set(chosen[0]) - set(there[0])):
        report.notes.append(f"ignored by the policy: {len(ignored)} cases")
    for glob in plan.policy.unused(chosen[0]):
        report.notes.append(f"policy: '{glob}' matches no case")
    require_present(sorted(set(there[0]) - set(there[1])), "does not have them", plan, report)
    if new := sorted(set(there[1]) - set(there[0])):
        report.notes.append(f"new in the candidate, not compared: {len(new)} cases ({new[0]}, …)")
    cases = [name for name in there[0] if name in set(there[1])]
    if not cases:
        raise Stop("no case to compare: nothing that both sides have is selected (--filter, --policy)", NOT_COMPARABLE)
    return cases


def require_present(lost: list[str], why: str, plan: Plan, report: Report) -> None:
    if not lost:
        return
    told = f"{len(lost)} cases of the base are missing, the candidate {why}: {lost[0]}" + (", …" if lost[1:] else "")
    if not plan.allow_missing:
        raise Stop(f"{told} (--allow-missing)", NOT_COMPARABLE)
    report.notes.append(told)


def warn_of_few_rounds(cases: int, plan: Plan, report: Report) -> None:
    """Said before anything is measured."""
    most = statistics.most_cases(plan.used, plan.alpha)
    if cases <= most:
        return
    needed = statistics.rounds_for(cases, plan.alpha) + 1
    line = f"too few rounds: {plan.rounds} ({plan.used} used) can flag one of at most {most} cases at alpha {plan.alpha:g} "
    line += (
        f"(Holm), and {cases} are selected: no time can be called a regression; --rounds {needed} can, or a --filter"
    )
    say(line)
    report.notes.append(line)


def wide(names: list[str]) -> int:
    return max(int(found.group(1)) if (found := re.search(r"/threads:(\d+)", name)) else 1 for name in names)


def announce(cases: int, plan: Plan) -> None:
    seconds = 4 * plan.rounds * (plan.seconds * cases + 0.2)
    if cases:
        say(f"{cases} cases, {plan.rounds} rounds of four processes, about {seconds:.0f} s; flagged cases once more")


@dataclass
class Ready:
    """Checked on both sides, with the numbers of calls that all processes make."""

    counts: dict[str, int]
    first: tuple[Results, Results]
    failing: list[str]  # wrong in the candidate alone


def prepare(base: Side, candidate: Side, names: list[str], plan: Plan, report: Report) -> Ready:
    """One call of each case on both sides tells what is wrong, missing or different; the base's next process how many calls
    make a repetition of the time wanted."""
    once = {name: 1 for name in names}
    first = (base.measure(once, repetitions=1), candidate.measure(once, repetitions=1))
    backends = {row.backend for row in first[0].rows.values()}
    report.notes += require_comparable(first[0].context, first[1].context, backends, plan.policy)
    report.environment = {"base": first[0].context, "candidate": first[1].context}
    timed, failing, lost, skipped = [], [], [], []
    for name in names:
        one, other = first[0].rows[name], first[1].rows[name]
        if one.wrong:
            report.notes.append(f"not compared, wrong in the base: {name}: {one.wrong}")
        elif other.wrong:
            failing.append(name)
        elif one.ns is None:
            skipped.append(name)
        elif other.ns is None:
            lost.append(name)
        else:
            timed.append(name)
    if skipped:
        report.notes.append(f"not timed in the base: {len(skipped)} cases ({first[0].rows[skipped[0]].why})")
    require_present(lost, "skips them: " + (first[1].rows[lost[0]].why if lost else ""), plan, report)
    if not timed and not failing:
        raise Stop("no case to compare: none is right and timed on both sides", NOT_COMPARABLE)
    each = plan.seconds / REPETITIONS
    rough = {name: min(calls_for(first[0].rows[name], each), 1000) for name in timed}
    warm = base.measure(rough, repetitions=1) if rough else Results({}, {})
    return Ready({name: calls_for(warm.rows[name], each) for name in timed}, first, failing)


def compare_builds(base: Side, candidate: Side, plan: Plan, report: Report, raw_path: Path) -> None:
    """Fills the report. Once the measuring has begun, what was measured stays in the raw file whatever happens."""
    names = select(base, candidate, plan, report)
    warn_of_few_rounds(len(names), plan, report)
    if plan.pin:
        cpus = plan.cpus or pinned(wide(names))
        base, candidate = replace(base, cpus=cpus), replace(candidate, cpus=cpus)
        report.parameters["cpus"] = sorted(cpus) if cpus else None
    ready = prepare(base, candidate, names, plan, report)
    announce(len(ready.counts), plan)
    header = {"command": report.kind, "parameters": report.parameters, "calls": ready.counts}
    header["environment"] = report.environment
    raw = RawFile(raw_path, header)
    report.raw = str(raw_path)
    try:
        found, samples = judge_rounds(base, candidate, ready, plan, raw)
    except KeyboardInterrupt:
        say(f"interrupted; what was measured is kept in {raw_path}")
        raise
    except Stop as problem:
        raise Stop(f"{problem}; what was measured is kept in {raw_path}", problem.status) from None
    finally:
        raw.close()
    for name in ready.failing:
        found[name] = Finding(name, REGRESSION, threshold=plan.policy.threshold_of(name))
    for name, finding in found.items():
        verdicts.judge_accuracy(finding, ready.first[0].rows[name], ready.first[1].rows[name], plan.policy)
    tell_failures(found, samples)
    report.findings = [found[name] for name in names if name in found]
    if report.kind == "noise":
        report.tables.append(noise_table(report.findings))


def judge_rounds(
    base: Side, candidate: Side, ready: Ready, plan: Plan, raw: RawFile
) -> tuple[dict[str, Finding], Samples]:
    """All cases, then the flagged ones once more on fresh data."""

    def measured(names: list[str], stage: str, seed: int) -> tuple[dict[str, Finding], Samples]:
        counts = {name: ready.counts[name] for name in names}
        samples = sample(lambda side: (base, candidate)[side].measure(counts), names, plan.rounds, seed, raw, stage)
        return judge_samples(samples, plan), samples

    if not ready.counts:
        return {}, Samples({}, {}, {})
    found, samples = measured(list(ready.counts), "comparison", plan.seed)
    if suspects := verdicts.flagged(found):
        say(f"confirming {len(suspects)} flagged cases")
        again, fresh = measured(suspects, "confirmation", plan.seed + 1)
        verdicts.confirm(found, again)
        samples.failed.update(fresh.failed)
    return found, samples


def judge_samples(samples: Samples, plan: Plan) -> dict[str, Finding]:
    """Cases that failed in a later process have fewer ratios, or none."""
    usable = {name: ratios for name, ratios in samples.ratios.items() if ratios}
    tests: dict[str, Callable] = {
        name: verdicts.paired(ratios, plan.alpha, len(usable)) for name, ratios in usable.items()
    }
    found = verdicts.judge(tests, plan.policy, plan.alpha)
    for name, finding in found.items():
        finding.samples = usable[name]
        finding.base, finding.candidate = (statistics.median(times) for times in samples.times[name])
    return found


def tell_failures(found: dict[str, Finding], samples: Samples) -> None:
    """What was right at first and failed in a later process."""
    for name, (side, why) in samples.failed.items():
        finding = found.setdefault(name, Finding(name, REGRESSION))
        finding.notes.insert(0, f"failed in a later process of the {('base', 'candidate')[side]}: {why}")
        if side == 1:
            finding.verdict = REGRESSION


def noise_table(findings: list[Finding]) -> Table:
    """Of one build against itself: what scatters, and what could be seen."""
    spread = sorted(abs(value) for finding in findings for value in finding.samples)
    seen = sorted(finding.smallest for finding in findings if finding.smallest is not None)
    if not spread:
        return Table("Noise floor", ["quantity", "value"], [])

    def quantile(values: list[float], share: float) -> str:
        return percent(values[min(len(values) - 1, math.ceil(share * len(values)) - 1)]) if values else "–"

    rows = [
        ["scatter of a round's ratio, median", quantile(spread, 0.5)],
        ["scatter of a round's ratio, 95 %", quantile(spread, 0.95)],
        ["largest shift between equal builds", percent(max(abs(finding.middle or 0) for finding in findings))],
        ["smallest effect that is seen, half of the cases", quantile(seen, 0.5)],
        ["smallest effect that is seen, 95 % of the cases", quantile(seen, 0.95)],
    ]
    return Table("Noise floor of this machine", ["quantity", "value"], rows)
