"""A problem's header drawn at random: sums of random kernels over parts of x that may overlap, weights, a shift by the
maximum, a product with a matrix, and arithmetic on the sums; with its gradient in closed form. A seed is a program.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from .random_conditioning import cancels
from .straight_line import Source, StraightLine, Value

UNIT = (-1.0, 1.0)
ROW = (-8.0, 8.0)  # of a row of the matrix times x: its variance is below 1


@dataclass
class Argument:
    """`read` is an element in C++: {N} is the number type, {i} the term, {x}, {data} where the numbers lie."""

    value: Value
    written: str  # in the objective language
    read: str
    offset: str | None = None  # of the slice in x; None for what is no slice


class Sum:
    """A kernel and what it is summed over, part `index` of a program."""

    def __init__(self, source: Source, index: int, blocks: int, matrix: bool) -> None:
        self.index = index
        self.arguments: list[Argument] = []
        self.arrays: list[tuple[str, str]] = []  # name, length
        self.dropped = 0
        self.kernel = StraightLine()
        if matrix:
            self._take_product(source)
        else:
            self._take_slices(source, blocks)
        if source.below(3) == 0:
            self._take_array()
        if source.below(4) == 0:
            self._take("p", UNIT, (number := repr(source.number() / 4)), f"{{N}}({number})", active=False)
        self.kernel.draw(source, 2 + source.below(6))
        bounds = self.kernel.result.bounds
        self.shifted = not matrix and source.below(5) == 0 and -8 < bounds[0] and bounds[1] < 3
        if self.shifted:
            self.kernel.result = self.kernel.append("exp", self.kernel.result)

    def _take(self, name: str, bounds: tuple[float, float], written: str, read: str, active: bool = True) -> Argument:
        self.arguments.append(Argument(self.kernel.input(name, bounds, active), written, read))
        return self.arguments[-1]

    def _take_slices(self, source: Source, blocks: int) -> None:
        """Neighbours in one part of x, or the same terms of several parts (one of them perhaps twice)."""
        self.blocks = blocks
        if source.below(3) == 0:
            self.dropped = 1 + source.below(2)
            block = source.below(blocks)
            for shift in range(self.dropped + 1):
                self._take_slice(block, shift, self.dropped - shift)
        else:
            for _ in range(1 + source.below(3)):
                self._take_slice(source.below(blocks), 0, 0)
        part = "n" if blocks == 1 else f"n / {blocks}"
        self.length = f"{part} - {self.dropped}" if self.dropped else part

    def _take_slice(self, block: int, first: int, last: int) -> None:
        written = "x" if self.blocks == 1 else f"block<{block}, {self.blocks}>(x)"
        if first:
            written = f"drop_first<{first}>({written})"
        if last:
            written = f"drop_last<{last}>({written})"
        offset = f"n / {self.blocks} * {block} + {first}"
        taken = self._take("abc"[len(self.arguments)], UNIT, written, f"{{N}}({{x}}[{offset} + {{i}}])")
        taken.offset = offset

    def _take_product(self, source: Source) -> None:
        self.length, self.blocks = "n", 1
        if source.below(2):
            self._take_slice(0, 0, 0)
        self._take("z", ROW, "product(d.matrix, x)", "row({i})")

    def _take_array(self) -> None:
        name = f"weights_{self.index}"
        self.arrays.append((name, self.length))
        self._take("w", UNIT, f"d.{name}", f"{{N}}({{data}}.{name}.p[{{i}}])", active=False)

    @property
    def product(self) -> Argument | None:
        return next((a for a in self.arguments if a.value.name == "z"), None)

    def slices(self) -> list[Argument]:
        return [a for a in self.arguments if a.offset is not None]

    def slope(self, argument: Argument) -> tuple[list[str], str | None]:
        return self.kernel.derivative_lines(argument.value)

    # ---- as code -----------------------------------------------------------------------------------------------

    def in_language(self) -> list[str]:
        """Statements that define `s<index>`."""
        names = [a.value.name for a in self.arguments]
        written = [a.written for a in self.arguments]
        lines, result = self.kernel.lines(closed=False), self.kernel.result.name
        before = []
        if self.shifted:
            before = [f"const auto m{self.index} = finite_or_zero(max({self.slices()[0].written}));"]
            names, written = [*names, "m"], [*written, f"m{self.index}"]
            lines[-1] = lines[-1].replace("exp(", "exp(-m + ", 1)
        parameters = ", ".join(f"[[maybe_unused]] auto {name}" for name in names)
        total = f"sum([]({parameters}) {{ {' '.join(lines)} return {result}; }}, {', '.join(written)})"
        if self.shifted:
            total = f"m{self.index} + log({total})"
        return [*before, f"const auto s{self.index} = {total};"]

    def term(self) -> list[str]:
        """The kernel's value and its partial derivatives, in closed form."""
        active = [a.value.name for a in self.arguments if a.value.active]
        members = ", ".join(["value", *(f"by_{name}" for name in active)])
        parameters = ", ".join(f"[[maybe_unused]] N {a.value.name}" for a in self.arguments)
        body, results = self.kernel.lines(closed=True), [f"N({self.kernel.result.name})"]
        for a in self.arguments:
            if a.value.active:
                lines, slope = self.slope(a)
                body += lines
                results.append(f"N({slope})" if slope is not None else "N(0)")
        return [
            "template <class N>",
            f"struct terms_{self.index} {{ N {members}; }};",
            "template <class N>",
            f"static terms_{self.index}<N> term_{self.index}({parameters}) {{",
            *(f"  {line}" for line in body),
            f"  return {{{', '.join(results)}}};",
            "}",
        ]

    def call(self, number: str, x: str, data: str, i: str = "i") -> str:
        reads = ", ".join(a.read.format(N=number, x=x, data=data, i=i) for a in self.arguments)
        return f"term_{self.index}<{number}>({reads})"


class Program:
    """The first one drawn from the seed whose slopes do not cancel (random_conditioning.py)."""

    def __init__(self, seed: int) -> None:
        source = Source(seed)
        self.name = f"random_{seed:04d}"
        self._draw(source)
        while cancels(self):
            self._draw(source)

    def _draw(self, source: Source) -> None:
        self.dense = source.below(6) == 0
        splits = [1] if self.dense else source.choice([[1], [1, 2], [1, 2], [3], [2, 4], [1, 4]])
        count = source.choice([1, 1, 1, 2, 2, 3])
        self.sums = [Sum(source, k, source.choice(splits), self.dense and k == 0) for k in range(count)]
        self.outer = StraightLine("o")
        self._draw_outer(source)

    def _draw_outer(self, source: Source) -> None:
        """Sums grow with n: only what is smooth and well conditioned for all of their values."""
        any_size = (0.0, 0.0)  # kept out of the interval arithmetic
        items = [self.outer.input(f"s{s.index}", any_size) for s in self.sums]
        linear = source.below(3) == 0
        parts = [self._wrapped(source, item, linear) for item in items]
        total = parts[0]
        for part in parts[1:]:
            total = self.outer.append(source.choice(["+", "-"] if linear else ["+", "-", "*"]), total, part)
        self.outer.result = total

    def _wrapped(self, source: Source, item: Value, linear: bool) -> Value:
        shape = source.below(2 if linear else 6)
        append = self.outer.append
        if shape == 0:
            return item
        if shape == 1:
            return append("*", source.number(), item)
        square = append("+", 1.0, append("*", item, item))
        if shape in (2, 3):
            return append("log" if shape == 2 else "sqrt", square)
        if shape == 4:
            return append("/", item, square)
        return append("-", append("*", item, item), item)

    @property
    def least(self) -> int:
        return max(s.blocks * (s.dropped + 1) for s in self.sums)

    @property
    def multiple(self) -> int:
        return math.lcm(*(s.blocks for s in self.sums))

    def arrays(self) -> list[tuple[str, str]]:
        return [array for s in self.sums for array in s.arrays]

    def has_data(self) -> bool:
        return self.dense or bool(self.arrays())
