"""Change points of a series of times: where its level shifts. Deterministic, and advisory: runs of a history are not taken in
turns, so a shift may be the machine's.

The logarithms of the times are cut into segments of constant level by optimal partitioning (Jackson et al. 2005, the
recursion that PELT prunes): minimal sum over segments of (sum of squares about the segment's mean) / s² plus a penalty of
3 ln T for each cut, found exactly in O(T²). s, the scatter between neighbours, is estimated from the median of the
absolute differences of successive values, which shifts do not disturb: for normal noise that median is 0.6745 sqrt(2) s. A
segment has at least three runs; a shift that is smaller than the threshold is not worth a mark.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .compare_statistics import median

LEAST = 3  # runs in a segment
FLOOR = 1e-3  # of s: clocks and rounding
PENALTY = 3.0


@dataclass(frozen=True)
class Change:
    """`index` is the first run at the new level; levels are medians."""

    index: int
    before: float
    after: float

    @property
    def log_ratio(self) -> float:
        return math.log(self.after / self.before)


def scatter(values: Sequence[float]) -> float:
    steps = [abs(b - a) for a, b in zip(values, values[1:])]
    return max(FLOOR, median(steps) / (0.6745 * math.sqrt(2))) if steps else FLOOR


def partition(values: Sequence[float]) -> list[int]:
    """Where segments begin, without the first."""
    count = len(values)
    if count < 2 * LEAST:
        return []
    variance, penalty = scatter(values) ** 2, PENALTY * math.log(count)
    # About their median, so that sums of squares keep their digits.
    middle = median(values)
    sums, squares = [0.0], [0.0]
    for value in values:
        sums.append(sums[-1] + value - middle)
        squares.append(squares[-1] + (value - middle) ** 2)

    def cost(start: int, end: int) -> float:
        total = sums[end] - sums[start]
        return (squares[end] - squares[start] - total * total / (end - start)) / variance

    best, previous = [-penalty] + [math.inf] * count, [0] * (count + 1)
    for end in range(LEAST, count + 1):
        for start in range(0, end - LEAST + 1):
            candidate = best[start] + cost(start, end) + penalty
            if candidate < best[end] - 1e-12:
                best[end], previous[end] = candidate, start
    cuts, end = [], count
    while previous[end] > 0:
        end = previous[end]
        cuts.append(end)
    return cuts[::-1]


def changes(times: Sequence[float], threshold: float) -> list[Change]:
    """Shifts of at least `threshold` (a share), in the order of the runs."""
    cuts = partition([math.log(time) for time in times])
    edges = [0, *cuts, len(times)]
    levels = [median(times[a:b]) for a, b in zip(edges, edges[1:])]
    found = [Change(cut, before, after) for cut, before, after in zip(cuts, levels, levels[1:])]
    return [change for change in found if abs(change.log_ratio) >= math.log1p(threshold)]
