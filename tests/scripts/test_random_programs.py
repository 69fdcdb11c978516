"""The generator of random programs: its derivatives are true ones, its values stay where their functions are defined, and
a seed is a program. That the methods agree on them is for scripts/random_programs to show: it compiles for minutes."""

from __future__ import annotations

import math
import subprocess

import pytest
from builds import ROOT

from gradlane.random_header import header
from gradlane.random_program import Program
from gradlane.straight_line import FUNCTIONS, Source, StraightLine

SEEDS = range(1, 65)
NAMES = {name: getattr(math, name) for name in ("exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tanh")}


def evaluated(lines: list[str], values: dict[str, float]) -> dict[str, float]:
    """C++ that is Python too, but for the declarations."""
    known = dict(values)
    for line in lines:
        name, formula = line.removeprefix("[[maybe_unused]] const auto ").removesuffix(";").split(" = ", 1)
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
