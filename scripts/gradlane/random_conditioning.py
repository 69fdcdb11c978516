"""Whether the slopes of a random program cancel: then no implementation in working precision can be right, and the
program says nothing of any.

A component of the gradient is a sum of slopes, one for each way from its input to the result. Each is rounded, so the
component is off by eps times the sum of their magnitudes, whatever is left of them. In b + (w - a) with a = b = x nothing
is left: an adjoint of the order of n is added and subtracted again, and what another sum gives in between, 1e-8 beside
it, is lost in f32 (the first draw of seed 7). Differences of neighbours, x[i+1] - x[i], do the same from term to term.

So with ‖·‖₁ over the components, at points drawn as the tests draw them: ‖Σ slopes‖₁ ≥ ‖Σ |slopes|‖₁ / 16, for every
sum by itself (which of them are small beside the others depends on n) and for all together. Single components may
cancel by chance, at some x; the norm is what implementations are held to. Products with a matrix are left out: their
signs are random, and n terms of random sign cancel to √n in every dense problem.
"""

from __future__ import annotations

import math
from random import Random
from typing import TYPE_CHECKING, Callable

from .straight_line import FUNCTIONS, text

if TYPE_CHECKING:
    from .random_program import Program, Sum
    from .straight_line import StraightLine, Value

LEAST_LEFT = 1 / 16
SIZE = 240  # of x: a multiple of every number of blocks, and enough that chance evens out
NAMES = {name: getattr(math, name) for name in ("exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tanh")}
NAMES["abs"] = abs

Slope = tuple[int, float, float]  # which input, ∂/∂input along all ways of one reading, and the sum of their magnitudes


def as_python(lines: list[str]) -> list[str]:
    """Straight-line code in closed form is Python too, but for the declarations and the last character."""
    return [line.removeprefix("[[maybe_unused]] const auto ").removesuffix(";") for line in lines]


def compiled(parameters: list[str], lines: list[str], results: list[str]) -> Callable[..., tuple[float, ...]]:
    """The function of these parameters that runs the lines and returns the results."""
    body = "; ".join([*as_python(lines), f"return {', '.join(results)},"])
    found: dict[str, Callable[..., tuple[float, ...]]] = {}
    exec(f"def run({', '.join(parameters)}): {body}", {"__builtins__": {}, **NAMES}, found)
    return found["run"]


def factors(s: Value) -> list[str]:
    """∂s/∂operand for each of its operands."""
    a = [text(o) for o in s.operands]
    if s.operation in FUNCTIONS:
        return [FUNCTIONS[s.operation].slope.format(a=a[0], t=s.name)]
    if s.operation == "square":
        return [f"2 * {a[0]}"]
    if s.operation == "*":
        return [a[1], a[0]]
    if s.operation == "/":
        return [f"1 / {a[1]}", f"{s.name} / {a[1]}"]
    return ["1"] * len(a)


def magnitude_lines(kernel: StraightLine, by: Value) -> tuple[list[str], str]:
    """As StraightLine.derivative_lines, with every way from `by` to the result taken by its magnitude."""
    known, lines = {id(by): "1"}, []
    for s in kernel.statements:
        parts = [f"abs({f}) * {known[id(o)]}" for f, o in zip(factors(s), s.operands) if id(o) in known]
        if parts:
            known[id(s)] = f"{s.name}_{by.name}_all"
            lines.append(f"{known[id(s)]} = {' + '.join(parts)}")
    return lines, known.get(id(kernel.result), "0")


def slopes_of(s: Sum, x: list[float], source: Random) -> tuple[float, list[Slope]]:
    """What the kernel sums to, and a slope for each time that a term reads an element of x."""
    slices = s.slices()
    lines, results = s.kernel.lines(closed=True), [s.kernel.result.name]
    for a in slices:
        more, slope = s.slope(a)
        every, magnitude = magnitude_lines(s.kernel, a.value)
        lines, results = [*lines, *more, *every], [*results, slope or "0", magnitude]
    run = compiled([a.value.name for a in s.arguments], lines, results)
    first = [int(eval(a.offset, {"n": len(x)})) for a in slices]
    total, slopes = 0.0, []
    for i in range(int(eval(s.length, {"n": len(x)}))):
        reads = iter(x[k + i] for k in first)
        value, *by = run(*(next(reads) if a.offset is not None else source.uniform(-1, 1) for a in s.arguments))
        total += value
        slopes += [(k + i, slope, magnitude) for k, slope, magnitude in zip(first, by[::2], by[1::2])]
    return total, slopes


def left_of(slopes: list[Slope], n: int) -> float:
    """‖Σ slopes‖₁ / ‖Σ |slopes|‖₁, 1 where there are none."""
    sums = [0.0] * n
    for k, slope, _ in slopes:
        sums[k] += slope
    magnitudes = sum(magnitude for _, _, magnitude in slopes)
    return sum(map(abs, sums)) / magnitudes if magnitudes else 1.0


def adjoints(program: Program, totals: list[float]) -> list[float]:
    """By how much the value changes with what each kernel sums to."""
    lines, results = program.outer.lines(closed=True), []
    for value in program.outer.inputs:
        more, slope = program.outer.derivative_lines(value)
        lines, results = [*lines, *more], [*results, slope or "0"]
    values = [math.log(total) if s.shifted else total for s, total in zip(program.sums, totals)]
    by = compiled([value.name for value in program.outer.inputs], lines, results)(*values)
    return [slope / total if s.shifted else slope for s, slope, total in zip(program.sums, by, totals)]


def cancels(program: Program) -> bool:
    """The same answer each time: the points are drawn with a seed of their own."""
    source = Random(1)
    x = [source.uniform(-1, 1) for _ in range(SIZE)]
    found = [slopes_of(s, x, source) for s in program.sums]
    together = []
    for (_, slopes), by in zip(found, adjoints(program, [total for total, _ in found])):
        if left_of(slopes, SIZE) < LEAST_LEFT:
            return True
        together += [(k, by * slope, abs(by) * magnitude) for k, slope, magnitude in slopes]
    return left_of(together, SIZE) < LEAST_LEFT
