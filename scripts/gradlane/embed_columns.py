"""Rows as columns: what a list of rows has in common stands once, and numbers have the digits that matter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from .data import Case

#: A column's name, and its value in a row.
Column = tuple[str, Callable[[Any], Any]]
CASE = ("problem", "method", "lanes", "dtype", "backend", "n", "points", "threads")


def rounded(value: float | None, digits: int = 3) -> float | int | None:
    if value is None:
        return None
    short = float(f"{value:.{digits}g}")
    return int(short) if short.is_integer() and abs(short) < 1e15 else short


def rounded_all(values: Iterable[float | None]) -> tuple[float | int | None, ...]:
    return tuple(rounded(value) for value in values)


def column(values: list[Any]) -> Any:
    """Texts and lists by their place in a list of those that occur, everything else as it is."""
    if not any(isinstance(value, (str, tuple)) for value in values):
        return values
    known = {value: place for place, value in enumerate(dict.fromkeys(values))}
    return {"of": list(known), "at": [known[value] for value in values]}


def columns(rows: Sequence[Any], wanted: Sequence[Column]) -> dict[str, Any]:
    return {name: column([of(row) for row in rows]) for name, of in wanted}


def attributes(*names: str) -> list[Column]:
    return [(name, lambda row, name=name: getattr(row, name)) for name in names]


def figures(*names: str) -> list[Column]:
    return [(name, lambda row, name=name: rounded(getattr(row, name))) for name in names]


def case_columns() -> list[Column]:
    return [(name, lambda row, name=name: getattr(row.case, name)) for name in CASE]
