"""compare runs: two stored runs. The weaker design: whatever drifted between the two looks like a difference of code.

Within a run a case was repeated a few times; the repetitions of the two runs are independent samples, judged by the
Mann-Whitney test against ±L with Holm's correction, the shift and its interval by Hodges and Lehmann.
"""

from __future__ import annotations

import math
from pathlib import Path

from . import compare_verdicts as verdicts
from .compare_builds import Plan, matching, require_present, say
from .compare_driver import Results, Row, read_results
from .compare_environment import require_comparable
from .compare_model import NOT_COMPARABLE, REGRESSION, USAGE, Finding, Report, Stop


def load(flag: str, path: Path) -> Results:
    if not path.exists():
        raise Stop(f"{flag}: no such file or folder: {path}", USAGE)
    results = read_results(path)
    if not results.rows:
        raise Stop(f"{flag}: {path}: holds no cases", NOT_COMPARABLE)
    return results


def compare_runs(base: Path, candidate: Path, plan: Plan, report: Report) -> None:
    runs = (load("BASE", base), load("CANDIDATE", candidate))
    chosen = [name for name in matching(list(runs[0].rows), plan.pattern) if not plan.policy.ignores(name)]
    for glob in plan.policy.unused(list(runs[0].rows)):
        report.notes.append(f"policy: '{glob}' matches no case")
    if not chosen:
        raise Stop("no case to compare: nothing in the base is selected (--filter, --policy)", NOT_COMPARABLE)
    require_present([name for name in chosen if name not in runs[1].rows], "has no such rows", plan, report)
    pairs = {name: (runs[0].rows[name], runs[1].rows[name]) for name in chosen if name in runs[1].rows}
    if not pairs:
        raise Stop("no case to compare: the two runs have none in common", NOT_COMPARABLE)
    backends = {row.backend for row, _ in pairs.values()}
    report.notes += require_comparable(runs[0].context, runs[1].context, backends, plan.policy)
    report.environment = {"base": runs[0].context, "candidate": runs[1].context}
    if new := set(matching(list(runs[1].rows), plan.pattern)) - set(runs[0].rows):
        report.notes.append(f"new in the candidate, not compared: {len(new)} cases")
    lost = [name for name, (one, other) in pairs.items() if one.ns and not other.ns and not other.wrong]
    require_present(lost, "has no times for them" + (f" ({pairs[lost[0]][1].why})" if lost else ""), plan, report)
    judge_pairs(pairs, plan, report)


def warn_of_few_repetitions(logs: dict[str, tuple], plan: Plan, report: Report) -> None:
    least = [1 / math.comb(len(one) + len(other), len(one)) for one, other in logs.values()]
    most = int(plan.alpha / (2 * max(least))) if least else 0
    if len(logs) > most:
        line = f"too few repetitions: those of the shortest cases can flag one of at most {most} cases at alpha {plan.alpha:g} "
        line += f"(Holm), and {len(logs)} are selected: a --filter makes them fewer"
        say(line)
        report.notes.append(line)


def judge_pairs(pairs: dict[str, tuple[Row, Row]], plan: Plan, report: Report) -> None:
    logs = {
        name: tuple([math.log(time) for time in row.times] for row in pair)
        for name, pair in pairs.items()
        if pair[0].ns and pair[1].ns
    }
    warn_of_few_repetitions(logs, plan, report)
    tests = {name: verdicts.independent(*both, plan.alpha, len(logs)) for name, both in logs.items()}
    found = verdicts.judge(tests, plan.policy, plan.alpha)
    for name, finding in found.items():
        finding.base, finding.candidate = pairs[name][0].ns, pairs[name][1].ns
    for name, (one, other) in pairs.items():
        if other.wrong and not one.wrong:
            found[name] = Finding(name, REGRESSION)
        elif name not in found:
            report.notes.append(f"not compared: {name}: {one.why}")
    for name, finding in found.items():
        verdicts.judge_accuracy(finding, *pairs[name], plan.policy)
    if not found:
        raise Stop("no case to compare: none has times in both runs", NOT_COMPARABLE)
    report.findings = [found[name] for name in pairs if name in found]
