"""What the page's script draws from: the run's rows as columns, rounded to the digits that matter, packed.

Everything that is a judgement or a formula (who may be recommended, what a speedup is held against, where a cache ends) is
computed in Python by the functions that the static charts use; the script only selects, scales and draws.
"""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import asdict
from typing import Any

from . import (
    charts_crossover,
    charts_error,
    charts_functions,
    charts_peers,
    charts_time,
    embed_rows,
    functions,
    pens,
    style,
    tables,
)
from .data import Run
from .embed_columns import rounded

#: In colour until the reader chooses others: what tells most in charts of times and of errors.
USUAL = {*style.PRIORITY[: style.LABELLED], *charts_error.TELLING} - {"primal", "central_difference_4"}


def cache_edges(run: Run) -> list[list[Any]]:
    """[problem, precision, level, n]: where a working set leaves a cache."""
    found = {}
    for seen in embed_rows.by_view(run):
        for level, n in seen.cache_edges():
            found[seen.problem, seen.view.dtype, level] = rounded(n)
    return [[*key, n] for key, n in sorted(found.items())]


def peers(run: Run, ours: list[str]) -> dict[str, Any]:
    """What is held against other libraries, and their colours."""
    libraries = sorted({row.case.backend for row in run.timings} - set(ours))
    colours = {name: charts_peers.COLOURS[k % len(charts_peers.COLOURS)] for k, name in enumerate(libraries)}
    return {"panels": charts_peers.PANELS, "colours": colours, "ours": charts_peers.OURS}


def libraries(run: Run) -> dict[str, Any]:
    """How the elementary functions are drawn: colours by library, marks by instruction set, and their places."""
    names = functions.libraries(run.functions)
    return {
        "order": functions.ORDER,
        "step": charts_functions.STEP,
        "edge": functions.EDGE,
        "light": {name: charts_functions.colour(name) for name in names},
        "dark": {name: pens.on_dark(charts_functions.colour(name)) for name in names},
        "marks": {name: pens.MARKS[mark] for name, mark in charts_functions.MARKS.items()},
    }


def content(run: Run, view: tables.View) -> dict[str, Any]:
    """Everything, as JSON has it."""
    cases = [row.case for row in [*run.timings, *run.errors]]
    methods = sorted({case.method for case in cases}, key=style.priority)
    backends = sorted({case.backend for case in cases})
    ours = [name for name in backends if name in tables.REGISTER_BITS or name == view.backend]
    return {
        "folder": "DIR",  # a page says the same wherever its folder lies
        "view": asdict(view),
        "problems": run.problems,
        "methods": methods,
        "usual": [name for name in methods if name in USUAL] or methods[: style.LABELLED],
        "dtypes": sorted({row.dtype for row in cases or run.functions}, reverse=True),
        "ours": sorted(ours, key=lambda name: (-tables.REGISTER_BITS.get(name, 0), name)),
        "threads": sorted({case.threads for case in cases}),
        "lanes": charts_time.AXES,
        "references": tables.REFERENCES,
        "pens": pens.pens(methods, backends),
        "peers": peers(run, ours),
        "libraries": libraries(run),
        "unit_roundoff": charts_error.UNIT_ROUNDOFF,
        "digits": [charts_crossover.DIGITS[0], charts_crossover.DIGITS[-1]],
        "registers": {f"{one.dtype} {one.backend}": tables.register_lanes(one) for one in embed_rows.views(run)},
        "edges": cache_edges(run),
        "rows": {
            "timings": embed_rows.timings(run),
            "errors": embed_rows.errors(run),
            "remainders": embed_rows.remainders(run),
            "steps": embed_rows.steps(run),
            "own_estimates": embed_rows.own_estimates(run),
            "roofs": embed_rows.roofs(run),
            "functions": embed_rows.functions(run),
        },
    }


def packed(tree: Any) -> str:
    """JSON, deflated, in base64: a fifth of its size. The browser unpacks it by itself (DecompressionStream)."""
    plain = json.dumps(tree, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(plain.encode(), 9)).decode("ascii")
