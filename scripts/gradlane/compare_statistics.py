"""The statistics of a comparison: exact, without a distribution assumed, on logarithms of ratios of times.

Paired rounds (one ratio a round) are judged by the sign test, whose interval is a pair of order statistics; two stored
runs (independent samples) by the Mann-Whitney test, whose interval is a pair of ordered differences. Under the null
hypothesis that the median of the paired log ratios is at most L, the number of rounds above L is at most Binomial(n, 1/2):
so the p-values hold for any noise, drift included, as long as rounds are independent and neither side is favoured.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True)
class Estimate:
    """A log ratio with its interval; infinite ends where the sample is too small for the level."""

    middle: float
    low: float
    high: float


def median(values: Sequence[float]) -> float:
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def binomial_tail(count: int, most: int) -> float:
    """P(Binomial(count, 1/2) <= most)."""
    return sum(math.comb(count, k) for k in range(most + 1)) / 2**count if most >= 0 else 0.0


def order_rank(count: int, alpha: float) -> int:
    """The largest k for which [X(k), X(n+1-k)] misses the median with probability at most alpha: 2 P(Bin < k) <= alpha.
    0: no interval of that level exists (below six values for 5 %)."""
    k = 0
    while k < (count + 1) // 2 and 2 * binomial_tail(count, k) <= alpha:
        k += 1
    return k


def sign_interval(sample: Sequence[float], alpha: float) -> Estimate:
    """Median and its exact order-statistic interval of level 1 - alpha or more."""
    ordered, k = sorted(sample), order_rank(len(sample), alpha)
    if k == 0:
        return Estimate(median(sample), -math.inf, math.inf)
    return Estimate(median(sample), ordered[k - 1], ordered[len(ordered) - k])


def sign_test(sample: Sequence[float], bound: float) -> float:
    """Two-sided p-value against |median| <= bound: twice the smaller of the exact sign tests against +bound and -bound.
    A value on the bound counts for the null hypothesis. At most alpha if and only if the interval of that level lies
    beyond one of the bounds."""
    not_above = sum(value <= bound for value in sample)
    not_below = sum(value >= -bound for value in sample)
    return min(1.0, 2 * binomial_tail(len(sample), min(not_above, not_below)))


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's adjusted p-values: that at most alpha of all families have a false alarm, whatever depends on what."""
    adjusted, running = [0.0] * len(p_values), 0.0
    for step, index in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        running = max(running, min(1.0, (len(p_values) - step) * p_values[index]))
        adjusted[index] = running
    return adjusted


def most_cases(used: int, alpha: float) -> int:
    """Among how many cases a single one can be flagged: Holm's first step asks for 2·2^-n <= alpha / cases."""
    return int(alpha * 2 ** (used - 1)) if used > 0 else 0


def rounds_for(cases: int, alpha: float) -> int:
    """The least number of used rounds with which one of so many cases can be flagged."""
    return max(1, math.ceil(math.log2(2 * cases / alpha)))


def smallest_effect(sample: Sequence[float], bound: float, level: float) -> float | None:
    """The smallest slowdown (a log ratio) that would have been flagged, the scatter being what it was: shifted by d, the
    sample's interval of `level` (alpha / cases) lies above the bound from d = bound + (middle - low) on, and below -bound
    likewise; the larger of the two. None where no effect could have been seen."""
    found = sign_interval(sample, level)
    reach = max(found.middle - found.low, found.high - found.middle)
    return bound + reach if math.isfinite(reach) else None


def geometric_mean(log_ratios: Sequence[float]) -> float | None:
    return math.exp(math.fsum(log_ratios) / len(log_ratios)) if log_ratios else None


@cache
def rank_sums(first: int, second: int) -> tuple[int, ...]:
    """How many of the C(first+second, first) orders of two samples have U = 0, 1, …, first·second pairs the one way: the
    coefficients of Gauss' binomial, the product over i <= first of (1 - q^(second+i)) / (1 - q^i)."""
    counts = [1] + [0] * (first * second)
    for i in range(1, first + 1):
        for u in range(first * second, second + i - 1, -1):
            counts[u] -= counts[u - second - i]
        for u in range(i, first * second + 1):
            counts[u] += counts[u - i]
    return tuple(counts)


def rank_tail(first: int, second: int, most: int) -> float:
    """P(U <= most) where both samples come from one distribution."""
    return sum(rank_sums(first, second)[: most + 1]) / math.comb(first + second, first) if most >= 0 else 0.0


def rank_test(base: Sequence[float], candidate: Sequence[float], bound: float) -> float:
    """Two-sided p-value against a shift of at most `bound` between independent samples of log times (Mann-Whitney)."""
    differences = [c - b for b in base for c in candidate]
    not_above = sum(value <= bound for value in differences)
    not_below = sum(value >= -bound for value in differences)
    return min(1.0, 2 * rank_tail(len(base), len(candidate), min(not_above, not_below)))


def rank_interval(base: Sequence[float], candidate: Sequence[float], alpha: float) -> Estimate:
    """Hodges and Lehmann's estimate of the shift, the median of all differences, and its exact interval."""
    ordered = sorted(c - b for b in base for c in candidate)
    k = 0
    while k < (len(ordered) + 1) // 2 and 2 * rank_tail(len(base), len(candidate), k) <= alpha:
        k += 1
    if k == 0:
        return Estimate(median(ordered), -math.inf, math.inf)
    return Estimate(median(ordered), ordered[k - 1], ordered[len(ordered) - k])
