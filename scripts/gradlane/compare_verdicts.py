"""From samples to verdicts.

With L = ln(1 + threshold) and the interval of level 1 - alpha of a case's median log ratio
  REGRESSION    the interval lies above L, Holm's adjusted p-value over all cases is at most alpha, and a second, fresh
                sample of the flagged cases says the same
  IMPROVED      likewise below -L
  UNCHANGED     the interval lies within [-L, L]
  INCONCLUSIVE  anything else, with the smallest effect that this sample would have shown
Errors are exact, the inputs being the same: no statistics. Past its bound an error is a REGRESSION at any speed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from . import compare_statistics as statistics
from .compare_driver import Row
from .compare_model import IMPROVED, INCONCLUSIVE, REGRESSION, UNCHANGED, Finding, percent
from .compare_policy import Policy

#: A case's samples to (estimate, p-value against the bound, smallest effect seen at a level).
Test = Callable[[float, float], tuple[statistics.Estimate, float, float | None]]


def paired(ratios: Sequence[float], alpha: float, cases: int) -> Test:
    def test(bound: float, level: float = alpha) -> tuple[statistics.Estimate, float, float | None]:
        return (
            statistics.sign_interval(ratios, level),
            statistics.sign_test(ratios, bound),
            statistics.smallest_effect(ratios, bound, alpha / cases),
        )

    return test


def independent(base: Sequence[float], candidate: Sequence[float], alpha: float, cases: int) -> Test:
    """Two samples of log times that were not taken in turns."""

    def test(bound: float, level: float = alpha) -> tuple[statistics.Estimate, float, float | None]:
        wide = statistics.rank_interval(base, candidate, alpha / cases)
        reach = max(wide.middle - wide.low, wide.high - wide.middle)
        smallest = bound + reach if reach != float("inf") else None
        return statistics.rank_interval(base, candidate, level), statistics.rank_test(base, candidate, bound), smallest

    return test


def judge(tests: dict[str, Test], policy: Policy, alpha: float) -> dict[str, Finding]:
    """A finding a case, before any confirmation."""
    names = list(tests)
    found = {name: tests[name](policy.bound(name), alpha) for name in names}
    adjusted = statistics.holm([found[name][1] for name in names])
    return {
        name: finding(name, *found[name], adjusted=p, policy=policy, alpha=alpha) for name, p in zip(names, adjusted)
    }


def finding(
    name: str,
    estimate: statistics.Estimate,
    p: float,
    smallest: float | None,
    adjusted: float,
    policy: Policy,
    alpha: float,
) -> Finding:
    bound = policy.bound(name)
    notes = []
    if estimate.low > bound or estimate.high < -bound:
        verdict = REGRESSION if estimate.low > bound else IMPROVED
        if adjusted > alpha:
            verdict = INCONCLUSIVE
            notes.append("beyond the threshold by itself, not among so many cases (Holm)")
    else:
        verdict = UNCHANGED if -bound <= estimate.low and estimate.high <= bound else INCONCLUSIVE
    return Finding(
        name,
        verdict,
        middle=estimate.middle,
        low=estimate.low,
        high=estimate.high,
        p=p,
        adjusted=adjusted,
        threshold=policy.threshold_of(name),
        smallest=smallest,
        notes=notes,
    )


def flagged(findings: dict[str, Finding]) -> list[str]:
    return [name for name, found in findings.items() if found.verdict in (REGRESSION, IMPROVED)]


def confirm(first: dict[str, Finding], again: dict[str, Finding]) -> None:
    """Replaces flagged findings by those of the fresh sample, whose estimate no selection has biased; where the two
    disagree nothing is concluded."""
    for name, second in again.items():
        verdict, seen = first[name].verdict, percent(first[name].middle)
        if second.verdict == verdict:
            second.notes.append(f"confirmed on fresh data (first {seen})")
        else:
            second.notes.append(f"{verdict} at first ({seen}), not confirmed on fresh data")
            second.verdict = INCONCLUSIVE
        first[name] = second


def judge_accuracy(finding: Finding, base: Row, candidate: Row, policy: Policy) -> None:
    """Puts the errors beside the times; an accuracy loss outdoes every other verdict."""
    finding.base_error, finding.candidate_error = base.error, candidate.error
    finding.bound = candidate.bound if candidate.bound is not None else base.bound
    if candidate.wrong:
        finding.verdict = REGRESSION
        finding.notes.insert(0, f"accuracy: {candidate.wrong}")
        return
    one, other = base.error, candidate.error
    if other is not None and finding.bound is not None and other > finding.bound:
        finding.verdict = REGRESSION
        finding.notes.insert(0, f"accuracy: error {other:.2e} is past its bound {finding.bound:.2e}")
    elif one is not None and (other is None or other > one):
        grown = "is no longer finite" if other is None else f"grew from {one:.2e} to {other:.2e}"
        limit, rounding = policy.error_growth, 2.0 ** (-24 if "/f32/" in finding.name else -53)
        if other is None or (limit is not None and other > limit * max(one, rounding)):
            finding.verdict = REGRESSION
            finding.notes.insert(0, f"accuracy: the error {grown}")
        elif other > 2 * one:
            finding.notes.append(f"the error {grown}, within its bound")
