"""The generator of random programs: its derivatives are true ones, its values stay where their functions are defined,
no program's slopes cancel, and a seed is a program. That the methods agree on them is for scripts/random_programs to
show: it compiles for minutes."""

from __future__ import annotations

import subprocess
from random import Random
from typing import Callable

import pytest
from builds import ROOT

from gradlane import random_program
from gradlane.random_conditioning import LEAST_LEFT, NAMES, SIZE, as_python, cancels, left_of, slopes_of
from gradlane.random_header import header
from gradlane.random_program import Argument, Program, Sum
from gradlane.straight_line import FUNCTIONS, Source, StraightLine, Value

SEEDS = range(1, 65)


def evaluated(lines: list[str], values: dict[str, float]) -> dict[str, float]:
    known = dict(values)
    for line in as_python(lines):
        name, formula = line.split(" = ", 1)
        known[name] = eval(formula, {"__builtins__": {}, **NAMES}, known)
    return known


def kernels() -> list[StraightLine]:
    return [s.kernel for seed in SEEDS for s in Program(seed).sums]


def inside(source: Source, low: float, high: float) -> float:
    return low + (high - low) * (source.below(10**6) + 0.5) / 10**6


def test_derivatives_are_those_of_difference_quotients() -> None:
    source, compared = Source(1), 0
    for kernel in kernels():
        point = {v.name: inside(source, *v.bounds) for v in kernel.inputs}
        result = kernel.result.name
        for v in kernel.inputs:
            lines, slope = kernel.derivative_lines(v)
            exact = evaluated([*kernel.lines(closed=True), *lines], point).get(slope or "", float(slope == "1"))
            h, around = 2**-9, []
            for k in (1, -1, 2, -2):
                around.append(evaluated(kernel.lines(closed=True), {**point, v.name: point[v.name] + k * h})[result])
            if result in point:  # the kernel is one of its inputs
                continue
            quotient = (8 * (around[0] - around[1]) - (around[2] - around[3])) / (12 * h)
            assert quotient == pytest.approx(exact, rel=1e-4, abs=1e-5 * max(1, *map(abs, around))), (lines, v.name)
            compared += exact != 0
    assert compared > 150


def test_values_stay_within_their_bounds() -> None:
    source = Source(2)
    for kernel in kernels():
        for _ in range(10):
            known = evaluated(kernel.lines(closed=True), {v.name: inside(source, *v.bounds) for v in kernel.inputs})
            for s in kernel.statements:
                low, high = s.bounds
                slack = 1e-12 * max(abs(low), abs(high), 1)
                assert low - slack <= known[s.name] <= high + slack, s


class Written(Sum):
    """Of a kernel given as code, over slices of x that start at these elements and leave out the last one."""

    def __init__(self, kernel: Callable[..., Value], *starts: int) -> None:
        self.kernel, self.length, self.shifted = StraightLine(), "n - 1", False
        inputs = [self.kernel.input("abc"[k], (-1.0, 1.0)) for k in range(len(starts))]
        self.arguments = [Argument(v, "", "", str(start)) for v, start in zip(inputs, starts)]
        self.kernel.result = kernel(self.kernel.append, *inputs)


def left(kernel: Callable[..., Value], *starts: int) -> float:
    source = Random(3)
    return left_of(slopes_of(Written(kernel, *starts), [source.uniform(-1, 1) for _ in range(SIZE)], source)[1], SIZE)


def test_slopes_that_cancel_are_seen_wherever_they_meet() -> None:
    difference = lambda add, a, b: add("-", a, b)  # noqa: E731
    assert left(difference, 0, 0) == 0  # of one element read twice
    assert left(difference, 0, 1) < LEAST_LEFT  # of neighbours: from one term to the next
    squares = lambda add, a: add("-", add("square", a), add("*", a, a))  # noqa: E731
    assert left(squares, 0) < LEAST_LEFT  # within one reading
    assert left(lambda add, a: add("-", add("*", 1.5, a), a), 0) == pytest.approx(0.2)


def test_slopes_that_cancel_at_some_points_only_are_kept() -> None:
    assert left(lambda add, a, b: add("+", add("square", a), b), 0, 0) > 0.5  # 2a + 1 is 0 at a = -1/2
    assert left(lambda add, a, b: add("square", add("-", a, b)), 0, 1) > 0.5
    assert left(lambda add, a: add("sin", a), 0) == 1
    assert left(lambda add, a: add("+", 1.0, 2.0), 0) == 1  # none at all


def test_programs_whose_slopes_cancel_are_drawn_again(monkeypatch) -> None:
    kept = {seed: header(seed) for seed in (6, 7, 186)}
    assert not any(cancels(Program(seed)) for seed in kept)
    monkeypatch.setattr(random_program, "cancels", lambda program: False)
    first = {seed: Program(seed) for seed in kept}
    assert not cancels(first[6]) and header(6) == kept[6]
    assert cancels(first[7]) and header(7) != kept[7]  # a sum of its own
    # Two sums, sound each, but one minus the other.
    assert cancels(first[186])
    source = Random(4)
    x = [source.uniform(-1, 1) for _ in range(SIZE)]
    assert all(left_of(slopes_of(s, x, source)[1], SIZE) > LEAST_LEFT for s in first[186].sums)


def test_the_seeds_in_use_cover_the_language() -> None:
    programs = [Program(seed) for seed in SEEDS]
    sums = [s for p in programs for s in p.sums]
    used = {s.operation for total in sums for s in total.kernel.statements}
    assert used == {"+", "-", "*", "/", "neg", "square", *FUNCTIONS}
    assert any(p.dense for p in programs) and any(p.multiple > 1 for p in programs)
    assert any(s.shifted for s in sums) and any(s.dropped for s in sums) and any(s.arrays for s in sums)
    assert any("log" in {o.operation for o in p.outer.statements} for p in programs)
    assert all(a.value.active for p in programs for s in p.sums for a in s.slices())


def test_a_seed_is_a_program() -> None:
    assert header(7) == header(7)
    assert len({header(seed) for seed in SEEDS}) == len(SEEDS)


def command(*arguments: object) -> subprocess.CompletedProcess[str]:
    words = [ROOT / "scripts/random_programs", *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def test_writes_the_seeds_asked_for_and_drops_others(tmp_path) -> None:
    for first in (3, 4):
        assert command("--build", tmp_path, "--count", 2, "--seed", first, "--write-only").returncode == 0
    written = sorted(p.name for p in (tmp_path / "programs/problems").iterdir())
    assert written == ["random_0004.hpp", "random_0005.hpp"]


@pytest.mark.parametrize("wrong", [("--count", 0), ("--seed", -1), ("--counts", 3), ("--count", "many")])
def test_bad_usage_is_two(wrong, tmp_path) -> None:
    done = command("--build", tmp_path, *wrong)
    assert done.returncode == 2 and not list(tmp_path.iterdir())
