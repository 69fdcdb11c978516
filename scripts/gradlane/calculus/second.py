"""Rows of the driver `curvature`. Numbers that were not finite are None."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ..data import Case, number, read_case

Numbers = tuple[float | None, ...]


@dataclass(frozen=True)
class Product:
    """A Hessian times a direction, beside value and gradient."""

    case: Case  # points: directions a call
    error: float | None
    symmetry: float
    seconds: float | None  # a direction; None where nothing was timed
    gradient_seconds: float | None
    ratio: float | None
    ratios: Numbers


@dataclass(frozen=True)
class Differences:
    lanes: str
    seconds: float
    error: float | None
    times_slower: float


@dataclass(frozen=True)
class Hessian:
    case: Case
    error: float | None
    asymmetry: float
    seconds: float | None
    differences: Differences | None


@dataclass(frozen=True)
class Remainder:
    order: int  # of Taylor's polynomial that was taken away
    values: Numbers
    slope: float | None
    verdict: str


@dataclass(frozen=True)
class Expansion:
    case: Case
    epsilon: Numbers
    remainders: tuple[Remainder, ...]


@dataclass(frozen=True)
class Surface:
    first: tuple[float, ...]
    second: tuple[float, ...]
    function: tuple[tuple[float, ...], ...]  # a row for each `second`
    model: tuple[tuple[float, ...], ...]
    radius: float
    within: float | None  # the largest difference this near


@dataclass(frozen=True)
class Model:
    case: Case
    point: tuple[float, ...]
    value: float
    gradient: tuple[float, ...]
    hessian: tuple[tuple[float, ...], ...]
    surface: Surface | None


def floats(values: Iterable[Any]) -> tuple[float, ...]:
    return tuple(map(float, values))


def read_product(row: dict[str, Any]) -> Product:
    times = (number(row.get(key)) for key in ("product_seconds", "gradient_seconds", "ratio"))
    ratios = tuple(map(number, row.get("ratios") or []))
    return Product(read_case(row), number(row["error"]), float(row["symmetry"]), *times, ratios)


def read_hessian(row: dict[str, Any]) -> Hessian:
    beside = row.get("second_differences")
    differences = beside and Differences(
        str(beside["lanes"]), float(beside["seconds"]), number(beside["error"]), float(beside["times_slower"])
    )
    own = (number(row["error"]), float(row["asymmetry"]), number(row.get("seconds")))
    return Hessian(read_case(row), *own, differences or None)


def read_expansion(row: dict[str, Any]) -> Expansion:
    found = (
        Remainder(order, tuple(map(number, one["remainder"])), number(one["slope"]), str(one["verdict"]))
        for order, one in enumerate((row["R0"], row["R1"], row["R2"]))
    )
    return Expansion(read_case(row), tuple(map(number, row["epsilon"])), tuple(found))


def read_model(row: dict[str, Any]) -> Model:
    grid = row.get("surface")
    surface = grid and Surface(
        floats(grid["first"]),
        floats(grid["second"]),
        tuple(map(floats, grid["function"])),
        tuple(map(floats, grid["model"])),
        float(grid["radius"]),
        number(grid["largest_difference_within_radius"]),
    )
    hessian = tuple(map(floats, row["hessian"]))
    return Model(read_case(row), floats(row["point"]), float(row["value"]), floats(row["gradient"]), hessian, surface)


@dataclass
class Second:
    products: list[Product] = field(default_factory=list)
    hessians: list[Hessian] = field(default_factory=list)
    expansions: list[Expansion] = field(default_factory=list)
    models: list[Model] = field(default_factory=list)

    def take(self, shard: dict[str, Any]) -> None:
        self.products += map(read_product, shard["products"])
        self.hessians += map(read_hessian, shard["hessians"])
        self.expansions += map(read_expansion, shard["remainders"])
        self.models += map(read_model, shard["models"])

    def rows(self) -> tuple[list[Any], ...]:
        return self.products, self.hessians, self.expansions, self.models
