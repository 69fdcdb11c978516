"""What one chart may look at: a problem of a run, seen in a view, with the facts for its footer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import log
from typing import Any

from . import tables, text
from .data import Missing, Run, Timing


def fact(context: dict[str, Any], *patterns: str) -> str | None:
    """The first known fact whose dotted name ends like one of the patterns, in the patterns' order."""
    known = [(key, value) for key, value in text.flatten(context) if value and not value.startswith("unknown")]
    for pattern in patterns:
        for key, value in known:
            if re.search(rf"(^|\.){pattern}$", key):
                return value
    return None


def cache_sizes(context: dict[str, Any]) -> list[tuple[str, int]]:
    """("L1", bytes) and so on, of the caches that hold one core's data, as far as the context knows them."""
    caches = (context.get("identity") or {}).get("caches")
    if not isinstance(caches, list):
        return []
    found = {}
    for cache in caches:
        if isinstance(cache, dict) and cache.get("type") in ("Data", "Unified") and cache.get("size_kib"):
            found[f"L{cache.get('level')}"] = int(cache["size_kib"]) * 1024
    return sorted(found.items())


def machine(run: Run, view: tables.View) -> str:
    """One line: processor, compiler, the flags that change machine code, commit."""
    commit = fact(run.context, "commit")
    dirty = "+" if fact(run.context, "dirty") == "true" else ""
    flags = fact(run.context, rf"backends\.{view.backend}\.flags", "flags") or ""
    parts = [
        fact(run.context, "cpu_model_name"),
        fact(run.context, rf"backends\.{view.backend}\.compiler", "compiler"),
        " ".join(flag for flag in flags.split() if re.match(r"-O|-m|-ffp-contract|-ffast-math", flag)),
        f"commit {commit[:12]}{dirty}" if commit else None,
    ]
    return " · ".join(part for part in parts if part)


def repetitions(run: Run) -> str:
    counts = sorted({row.repetitions for row in run.timings if row.repetitions})
    if not counts:
        return ""
    many = str(counts[0]) if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    return f"median of {many} repetitions"


@dataclass(frozen=True)
class Scope:
    run: Run
    view: tables.View
    problem: str
    machine: str

    @property
    def facts(self) -> str:
        """For the footer of a chart of times."""
        return " · ".join(part for part in (self.machine, repetitions(self.run)) if part)

    @property
    def timings(self) -> list[Timing]:
        """All of the problem's times, in every precision and on every backend."""
        return [row for row in self.run.timings if row.case.problem == self.problem]

    @property
    def seen(self) -> list[Timing]:
        return [row for row in self.timings if self.view.holds(row.case)]

    @property
    def missing(self) -> list[Missing]:
        return [row for row in self.run.missing if row.case.problem == self.problem]

    @property
    def sizes(self) -> list[int]:
        return sorted({row.case.n for row in self.seen})

    def cache_edges(self) -> list[tuple[str, float]]:
        """The n at which x, the gradient and the problem's data no longer fit a cache.

        The data's bytes are known where rows carry them; between measured n they are interpolated along a power law.
        """
        each = tables.BYTES.get(self.view.dtype, 8)
        held = {row.case.n: 2 * each * row.case.n + (row.data_bytes or 0) for row in self.seen}
        known = sorted(held.items())
        edges = []
        for level, capacity in cache_sizes(self.run.context):
            for (n0, b0), (n1, b1) in zip(known, known[1:]):
                if b0 <= capacity < b1:
                    edges.append((level, n0 * (n1 / n0) ** (log_share(b0, b1, capacity))))
                    break
        return edges

    def counts_data(self) -> bool:
        return any(row.data_bytes is not None for row in self.seen)


def log_share(low: float, high: float, value: float) -> float:
    return log(value / low) / log(high / low)


def by_line(rows: list[Any], key: Any) -> list[tuple[Any, list[Any]]]:
    """Rows grouped by key, each group by rising n, groups in order."""
    groups: dict[Any, list[Any]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return [(name, sorted(group, key=lambda row: row.case.n)) for name, group in sorted(groups.items())]
