"""The statistics of comparisons: values known by hand or by enumeration, and the rates of false alarms and of finds that they
promise, on seeded simulations of a drifting machine."""

from __future__ import annotations

import itertools
import math
import random
from dataclasses import dataclass, field

import pytest
from gradlane import compare_statistics as statistics
from gradlane.compare_builds import Plan, Ready, judge_rounds, judge_samples
from gradlane.compare_driver import Results, Row
from gradlane.compare_model import REGRESSION, UNCHANGED
from gradlane.compare_policy import Policy
from gradlane.compare_sampling import orders, sample


def test_binomial_tail() -> None:
    assert statistics.binomial_tail(5, -1) == 0
    assert statistics.binomial_tail(5, 0) == 1 / 32
    assert statistics.binomial_tail(5, 5) == 1


@pytest.mark.parametrize(("count", "rank"), [(5, 0), (6, 1), (7, 1), (9, 2), (12, 3), (20, 6), (19, 5)])
def test_ranks_of_the_interval_at_95_percent(count: int, rank: int) -> None:
    """As tabulated for the sign test (Conover, table A3)."""
    assert statistics.order_rank(count, 0.05) == rank


def test_the_interval_needs_six_values() -> None:
    assert statistics.sign_interval([1, 2, 3, 4, 5], 0.05).low == -math.inf
    found = statistics.sign_interval([6, 1, 5, 2, 4, 3], 0.05)
    assert (found.middle, found.low, found.high) == (3.5, 1, 6)


def test_the_sign_test_agrees_with_its_interval() -> None:
    generator = random.Random(7)
    for _ in range(300):
        sample = [generator.gauss(0.01, 0.02) for _ in range(generator.choice([6, 11, 19]))]
        bound, alpha = 0.005, generator.choice([0.05, 0.01])
        interval = statistics.sign_interval(sample, alpha)
        beyond = interval.low > bound or interval.high < -bound
        assert (statistics.sign_test(sample, bound) <= alpha) == beyond


def test_holm_by_hand() -> None:
    assert statistics.holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert statistics.holm([0.9, 0.9]) == [1, 1]
    assert statistics.holm([]) == []


def test_twelve_rounds_are_enough_for_51_cases() -> None:
    assert statistics.most_cases(11, 0.05) == 51
    assert statistics.rounds_for(51, 0.05) == 11
    assert statistics.rounds_for(52, 0.05) == 12
    for cases in (1, 10, 51, 400):
        used = statistics.rounds_for(cases, 0.05)
        assert statistics.holm([2 * 0.5**used] + [1.0] * (cases - 1))[0] <= 0.05
        assert statistics.holm([2 * 0.5 ** (used - 1)] + [1.0] * (cases - 1))[0] > 0.05


def test_the_smallest_effect_is_the_one_that_is_flagged() -> None:
    generator = random.Random(3)
    sample = [generator.gauss(0, 0.01) for _ in range(19)]
    bound, level = 0.02, 0.05 / 40
    smallest = statistics.smallest_effect(sample, bound, level)
    middle = statistics.median(sample)
    for shift, seen in ((smallest + 1e-9, True), (0.9 * smallest, False)):
        both = [[value - middle + way * shift for value in sample] for way in (1, -1)]
        assert all(statistics.sign_test(moved, bound) <= level for moved in both) == seen
    assert statistics.smallest_effect(sample[:6], bound, level) is None


def test_rank_sums_by_enumeration() -> None:
    for first, second in ((1, 1), (2, 3), (4, 4), (3, 6)):
        counts = [0] * (first * second + 1)
        for chosen in itertools.combinations(range(first + second), first):
            others = [k for k in range(first + second) if k not in chosen]
            counts[sum(a > b for a in chosen for b in others)] += 1
        assert list(statistics.rank_sums(first, second)) == counts
    assert sum(statistics.rank_sums(40, 40)) == math.comb(80, 40)


def test_the_rank_interval_of_two_samples() -> None:
    base, candidate = [1.0, 2.0, 3.0, 4.0, 5.0], [11.0, 12.0, 13.0, 14.0, 15.0]
    found = statistics.rank_interval(base, candidate, 0.05)
    assert found.middle == 10
    assert found.low < 10 < found.high
    assert statistics.rank_test(base, candidate, 1) == pytest.approx(2 / math.comb(10, 5))
    assert statistics.rank_interval([1, 2], [3, 4], 0.05).low == -math.inf


def test_orders_are_balanced_rounds_and_the_seed_decides() -> None:
    found = list(orders(200, 5))
    assert len(found) == 200 and set(found) == {(0, 1, 1, 0), (1, 0, 0, 1)}
    assert found == list(orders(200, 5)) != list(orders(200, 6))
    assert 70 < sum(order[0] for order in found) < 130


CASES = [f"problem{k}/method/elements/f64/fake/n:64/points:1/threads:1" for k in range(40)]


@dataclass
class Machine:
    """A clock with noise, now and then a slow process, and a drift that both sides see."""

    seed: int
    drift: float = 0.03
    noise: float = 0.01
    processes: int = 0
    random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)

    def measure(self, counts: dict[str, int], slowdown: dict[str, float]) -> Results:
        self.processes += 1
        slow = 1.1 if self.random.random() < 0.1 else 1.0
        now = slow * (1 + self.drift * math.sin(self.processes / 17) + self.drift * self.processes / 50)
        rows = {}
        for name in counts:
            ns = 100 * now * math.exp(self.random.gauss(0, self.noise)) * (1 + slowdown.get(name, 0))
            rows[name] = Row(name, "fake", 1, ns, ns, (ns,), None, None, None, None)
        return Results(rows, {})


@dataclass
class FakeSide:
    machine: Machine
    slowdown: dict[str, float] = field(default_factory=dict)

    def measure(self, counts: dict[str, int]) -> Results:
        return self.machine.measure(counts, self.slowdown)


class NoFile:
    def add(self, line: dict) -> None:
        pass


def compare(seed: int, rounds: int, threshold: float, slowdown: dict[str, float], confirmed: bool = True) -> dict:
    """Case to verdict."""
    machine = Machine(seed)
    plan = Plan(rounds, 0.05, Policy(threshold), seed=seed)
    ready = Ready({name: 1 for name in CASES}, (Results({}, {}), Results({}, {})), [])
    sides = (FakeSide(machine), FakeSide(machine, slowdown))
    if confirmed:
        found, _ = judge_rounds(*sides, ready, plan, NoFile())
    else:
        found = judge_samples(sample(lambda k: sides[k].measure(ready.counts), CASES, rounds, seed, None, ""), plan)
    return {name: finding.verdict for name, finding in found.items()}


def alarmed(verdicts: dict) -> bool:
    return any(verdict in (REGRESSION, "IMPROVED") for verdict in verdicts.values())


def test_false_alarms_of_equal_builds_at_the_sharpest_threshold() -> None:
    """Threshold 0, where the null hypothesis is tight: at most alpha of 200 comparisons of 40 equal cases under drift, without
    the confirmation, raise any alarm; with it fewer still."""
    assert sum(alarmed(compare(seed, 12, 0.0, {}, confirmed=False)) for seed in range(200)) <= 10
    assert sum(alarmed(compare(seed, 12, 0.0, {})) for seed in range(200)) <= 1


def test_planted_slowdowns_are_found_and_nothing_else() -> None:
    planted = CASES[17]
    for slowdown, least in ((0.05, 19), (0.10, 20)):
        found = [compare(1000 + seed, 20, 0.02, {planted: slowdown}) for seed in range(20)]
        assert sum(verdicts[planted] == REGRESSION for verdicts in found) >= least
        assert not any(alarmed({k: v for k, v in verdicts.items() if k != planted}) for verdicts in found)


def test_equal_cases_are_called_unchanged_where_the_noise_allows() -> None:
    verdicts = compare(3, 20, 0.02, {})
    assert sum(verdict == UNCHANGED for verdict in verdicts.values()) > 36
