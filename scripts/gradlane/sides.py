"""The sides of a bar: which of the driver's cases a side stands for, and its figure among what was measured.

A side is written as
  METHOD/LANES or METHOD/LANES/DTYPE   an implementation of the backend that the bars are for
  A or B or C                          the fastest of several of those
  limit                                the least time that the machine's roofs allow for the subject (bench/limits)
  peers, peers of Debian, NAME         the fastest implementation of other libraries, or of one
  METHOD of peers                      the fastest of them that is called so
  1 ns, 1 byte, 1 byte an input        a unit: the figure itself is judged
"""

from __future__ import annotations

import re
from typing import Iterable

from .data import Timing

BACKEND = "avx2"
#: Libraries that scripts/setup --peers installs; the others need a path.
DEBIAN = frozenset({"adolc", "boost", "ceres", "eigen", "sacado", "stan", "torch"})
PEERS = DEBIAN | {"adept", "autodiff", "codipack", "cppad", "fastad", "xad"}
UNITS = {"1 ns": "ns", "1 byte": "bytes", "1 byte an input": "bytes an input"}


def own(side: str) -> list[tuple[str, str, str]]:
    """(method, lanes, dtype) of the side's own implementations; none for limits, peers and units."""
    if "/" not in side:
        return []
    parts = [one.split("/") for one in side.split(" or ")]
    return [(part[0], part[1], part[2] if len(part) > 2 else "f64") for part in parts]


def libraries(side: str) -> frozenset[str]:
    """Those that the side is the fastest of."""
    if side == "peers" or side.endswith(" of peers"):
        return PEERS
    return DEBIAN if side == "peers of Debian" else PEERS & {side}


def of_peers(side: str) -> str | None:
    """The method of `METHOD of peers`."""
    return side.removesuffix(" of peers") if side.endswith(" of peers") else None


def case_filter(sides: Iterable[str], built: frozenset[str]) -> str:
    """A regular expression for the driver's names, PROBLEM/METHOD/LANES/DTYPE/BACKEND/..., of all the sides' cases."""
    wanted = set()
    for side in sides:
        wanted |= {f"{'/'.join(one)}/{BACKEND}" for one in own(side)}
        if names := sorted(libraries(side) & built):
            wanted.add(f"{of_peers(side) or '[^/]+'}/[^/]+/f64/({'|'.join(names)})")
    return f"^[^/]+/({'|'.join(sorted(wanted))})/"


def belongs(side: str, row: Timing) -> bool:
    case = row.case
    if case.backend == BACKEND:
        return (case.method, case.lanes, case.dtype) in own(side)
    return case.backend in libraries(side) and of_peers(side) in (None, case.method)


def figure(side: str, quantity: str, rows: list[Timing], n: int) -> float | None:
    """The side's time in ns, or size in bytes, among the rows of one problem at n; None if it was not measured."""
    if side in UNITS:
        return float(n) if UNITS[side] == "bytes an input" else 1.0
    if side == "limit":
        found = [row.limit.ns for row in rows if row.limit is not None]
    elif quantity == "bytes":
        found = [float(row.bytes) for row in rows if belongs(side, row) and row.bytes is not None]
    else:
        found = [row.ns for row in rows if belongs(side, row)]
    return min(found) if found else None


def built_libraries(listed: str) -> frozenset[str]:
    """The peers among the backends of the driver's --list."""
    return PEERS & set(re.findall(r"^\S+/([a-z0-9_]+)(?:\s|$)", listed, flags=re.MULTILINE))
