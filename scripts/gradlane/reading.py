"""Numbers as results hold them: null where one was not finite, and never trusted to be one."""

from __future__ import annotations

import math
from typing import Any


def number(value: Any) -> float | None:
    """A finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:  # an integer beyond any float
        return None


def whole(value: Any, otherwise: int = 0) -> int:
    found = number(value)
    return otherwise if found is None else int(found)


def interval(sample: list[float]) -> tuple[float, float]:
    """The exact order-statistic interval of the median at 95 % (or more); below six values, the whole range.

    With X(1) <= ... <= X(N) the interval [X(k), X(N+1-k)] misses the median with probability 2·P(Bin(N, 1/2) < k);
    k is the largest one that keeps this below 5 %.
    """
    ordered = sorted(sample)
    count, missed, k = len(ordered), 0.0, 0
    while k < count // 2:
        missed += 2 * math.comb(count, k) / 2**count
        if missed > 0.05:
            break
        k += 1
    k = max(k, 1)
    return ordered[k - 1], ordered[count - k]
