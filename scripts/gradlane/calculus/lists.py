"""What the driver `chain_rule` wrote: recorded kernels and networks, with their operations and times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..data import number, whole

WAYS = ("expanded", "forward", "backward")


@dataclass(frozen=True)
class Node:
    symbol: str
    value: float | None
    adjoint: float | None  # None where nothing that is differentiated goes in
    active: bool


@dataclass(frozen=True)
class Edge:
    start: int
    end: int
    partial: float | None


@dataclass(frozen=True)
class Kernel:
    problem: str
    index: int  # among the sums of the problem
    at: tuple[float | None, ...]
    value: float | None
    active: tuple[int, ...]
    partials: tuple[float | None, ...]  # by the active inputs
    primal: int
    expanded: tuple[float, ...]  # operations, by the active inputs
    forward: tuple[int, ...]
    backward: int
    seconds: dict[str, float | None]  # by way, and of the primal; empty where nothing was timed
    size: int
    nodes: tuple[Node, ...]  # empty: not drawn
    edges: tuple[Edge, ...]

    def operations(self, way: str) -> float:
        return {"expanded": sum(self.expanded), "forward": sum(self.forward), "backward": self.backward}[way]


@dataclass(frozen=True)
class Network:
    depth: int
    width: int
    operations: dict[str, float]
    seconds: dict[str, float]


def read_kernel(row: dict[str, Any]) -> Kernel:
    counts, drawing = row["operations"], row["drawing"] or {"nodes": [], "edges": []}
    return Kernel(
        problem=str(row["problem"]),
        index=whole(row["kernel"]),
        at=tuple(map(number, row["at"])),
        value=number(row["value"]),
        active=tuple(map(int, row["active"])),
        partials=tuple(map(number, row["partials"])),
        primal=int(counts["primal"]),
        expanded=tuple(map(float, counts["expanded"])),
        forward=tuple(map(int, counts["forward"])),
        backward=int(counts["backward"]),
        seconds={str(way): number(taken) for way, taken in (row["seconds"] or {}).items()},
        size=int(row["nodes"]),
        nodes=tuple(
            Node(str(n["symbol"]), number(n["value"]), number(n["adjoint"]), bool(n["active"]))
            for n in drawing["nodes"]
        ),
        edges=tuple(Edge(int(e["from"]), int(e["to"]), number(e["partial"])) for e in drawing["edges"]),
    )


def read_network(row: dict[str, Any]) -> Network:
    operations = {str(way): float(count) for way, count in row["operations"].items()}
    seconds = {str(way): float(taken) for way, taken in row["seconds"].items()}
    return Network(int(row["depth"]), int(row["width"]), operations, seconds)
