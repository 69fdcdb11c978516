"""Straight-line code of the objective language, drawn at random, and its derivatives by the rules of calculus.

Every value has an interval that holds for all inputs of a program (x and weights lie in [-1, 1)), so that no statement
leaves the domain of its function or comes near a pole. Derivatives are written out statement by statement, for one
input at a time: they share nothing with the automatic differentiation that they are held against.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from random import Random
from typing import Callable, Iterable

Interval = tuple[float, float]


class Source:
    """Only random() of random.Random is promised to draw the same numbers in every version of Python."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def below(self, bound: int) -> int:
        return int(self._random.random() * bound)

    def choice(self, items: list):
        return items[self.below(len(items))]

    def number(self) -> float:
        """One that every precision holds exactly."""
        return (1 + self.below(24)) / 8


@dataclass(frozen=True)
class Function:
    """`slope` is the derivative, of the operand {a} and the value {t}; `closed` the value in terms of exp and log."""

    domain: Interval
    bounds: Callable[[float, float], Interval]
    slope: str
    closed: str = ""


def rising(f: Callable[[float], float]) -> Callable[[float, float], Interval]:
    return lambda low, high: (f(low), f(high))


def sigmoid(a: float) -> float:
    return 1 / (1 + math.exp(-a))


FUNCTIONS = {
    "exp": Function((-8, 3), rising(math.exp), "{t}"),
    "expm1": Function((-8, 3), rising(math.expm1), "({t} + 1)"),
    "log": Function((0.25, 1e6), rising(math.log), "(1 / {a})"),
    "log1p": Function((-0.75, 1e6), rising(math.log1p), "(1 / (1 + {a}))"),
    "sqrt": Function((0.25, 1e6), rising(math.sqrt), "(1 / (2 * {t}))"),
    "sin": Function((-8, 8), lambda low, high: (-1, 1), "cos({a})"),
    "cos": Function((-8, 8), lambda low, high: (-1, 1), "(-sin({a}))"),
    "tanh": Function((-4, 4), rising(math.tanh), "(1 - {t} * {t})"),
    "sigmoid": Function((-16, 16), rising(sigmoid), "({t} * (1 - {t}))", "1 / (1 + exp(-{a}))"),
    "softplus": Function(
        (-16, 16), rising(lambda a: math.log1p(math.exp(a))), "(1 / (1 + exp(-{a})))", "log1p(exp({a}))"
    ),
}
LARGEST = 256.0  # of a value's magnitude


@dataclass
class Value:
    name: str
    bounds: Interval
    active: bool
    operation: str = ""  # "" for inputs
    operands: list["Value | float"] = field(default_factory=list)


def text(operand: Value | float) -> str:
    return operand.name if isinstance(operand, Value) else repr(float(operand))  # 3.0: never a division of integers


def bounds_of(operand: Value | float) -> Interval:
    return operand.bounds if isinstance(operand, Value) else (operand, operand)


def within(inner: Interval, outer: Interval) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def hull(values: Iterable[float]) -> Interval:
    listed = list(values)
    return min(listed), max(listed)


def result_bounds(operation: str, operands: list[Value | float]) -> Interval | None:
    """None where the operation is not defined, or not well, for all of the operands' values."""
    (low, high), *rest = [bounds_of(o) for o in operands]
    if operation in FUNCTIONS:
        function = FUNCTIONS[operation]
        return function.bounds(low, high) if within((low, high), function.domain) else None
    if operation == "neg":
        return -high, -low
    if operation == "square":
        return (0 if low <= 0 <= high else min(low * low, high * high)), max(low * low, high * high)
    low2, high2 = rest[0]
    if operation == "+":
        return low + low2, high + high2
    if operation == "-":
        # Two operands that are one are a rule of the language of its own: exactly 0.
        return (0, 0) if operands[0] is operands[1] else (low - high2, high - low2)
    if operation == "*":
        return hull(a * b for a in (low, high) for b in (low2, high2))
    if low2 < 0.25 and high2 > -0.25:
        return None
    return hull(a / b for a in (low, high) for b in (low2, high2))


class StraightLine:
    def __init__(self, prefix: str = "t") -> None:
        self.inputs: list[Value] = []
        self.statements: list[Value] = []
        self.result: Value | None = None
        self._prefix = prefix

    def input(self, name: str, bounds: Interval, active: bool = True) -> Value:
        self.inputs.append(Value(name, bounds, active))
        return self.inputs[-1]

    def append(self, operation: str, *operands: Value | float) -> Value | None:
        """None, and nothing appended, where the operation is not defined for the operands' values."""
        bounds = result_bounds(operation, list(operands))
        if bounds is None or not within(bounds, (-LARGEST, LARGEST)):
            return None
        active = any(isinstance(o, Value) and o.active for o in operands)
        value = Value(f"{self._prefix}{len(self.statements)}", bounds, active, operation, list(operands))
        self.statements.append(value)
        return value

    def draw(self, source: Source, count: int) -> None:
        """Appends `count` statements, and the sum of those that no other one reads as the result."""
        while count > 0:
            operation = source.choice(["+", "-", "*", "*", "/", "neg", "square", *FUNCTIONS])
            operands: list[Value | float] = [self._operand(source) for _ in range(2 if operation in "+-*/" else 1)]
            if len(operands) == 2 and source.below(4) == 0:
                operands[source.below(2)] = source.number()
            if self.append(operation, *operands) is not None:
                count -= 1
        self.result = self._sum_of_ends()

    def _operand(self, source: Source) -> Value:
        values = self.inputs + self.statements
        recent = values[-3:]
        return source.choice(recent if source.below(2) else values)

    def _sum_of_ends(self) -> Value:
        read = {id(o) for s in self.statements for o in s.operands}
        ends = [v for v in self.inputs + self.statements if v.active and id(v) not in read]
        total = ends[0] if ends else next(v for v in self.inputs if v.active)
        for end in ends[1:]:
            total = self.append("+", total, end) or total
        return total

    # ---- as code -----------------------------------------------------------------------------------------------

    def lines(self, closed: bool) -> list[str]:
        """In the objective language, or with what a closed form in any number type can use."""
        return [f"[[maybe_unused]] const auto {s.name} = {self._right_side(s, closed)};" for s in self.statements]

    @staticmethod
    def _right_side(s: Value, closed: bool) -> str:
        a = [text(o) for o in s.operands]
        if s.operation in FUNCTIONS:
            formula = FUNCTIONS[s.operation].closed
            return formula.format(a=a[0]) if closed and formula else f"{s.operation}({a[0]})"
        if s.operation == "neg":
            return f"-{a[0]}"
        if s.operation == "square":
            return f"{a[0]} * {a[0]}" if closed else f"square({a[0]})"
        return f"{a[0]} {s.operation} {a[1]}"

    def derivative_lines(self, by: Value) -> tuple[list[str], str | None]:
        """∂result/∂by; None where it is zero. The lines come after those of `lines(closed=True)`."""
        slopes: dict[int, str] = {id(by): "1"}
        lines = []
        for s in self.statements:
            slope = self._slope(s, slopes)
            if slope is None:
                continue
            slopes[id(s)] = f"{s.name}_{by.name}"
            lines.append(f"[[maybe_unused]] const auto {s.name}_{by.name} = {slope};")
        return lines, slopes.get(id(self.result))

    @staticmethod
    def _slope(s: Value, slopes: dict[int, str]) -> str | None:
        a = [text(o) for o in s.operands]
        d = [slopes.get(id(o)) for o in s.operands]
        if all(slope is None for slope in d):
            return None
        if s.operation in FUNCTIONS:
            return times(FUNCTIONS[s.operation].slope.format(a=a[0], t=s.name), d[0])
        if s.operation == "neg":
            return f"-{d[0]}"
        if s.operation == "square":
            return times(f"2 * {a[0]}", d[0])
        if s.operation == "*":
            return joined([times(a[1 - k], d[k]) for k in (0, 1) if d[k] is not None], "+")
        if s.operation == "/":
            return f"({joined([d[0], d[1] and times(s.name, d[1])], '-')}) / {a[1]}"
        return joined(d, s.operation)


def times(factor: str, slope: str) -> str:
    return factor if slope == "1" else f"{factor} * {slope}"


def joined(parts: list[str | None], sign: str) -> str:
    """`a + b`, `a - b`, or what is left of it where a part is zero."""
    if len(parts) == 2 and parts[1] is not None:
        return f"{parts[0]} {sign} {parts[1]}" if parts[0] is not None else f"{sign.replace('+', '')}{parts[1]}"
    return parts[0] or ""
