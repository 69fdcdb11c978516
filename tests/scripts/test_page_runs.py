"""The page of unlike runs, in headless Chromium: one as large as the full sweep, one without any gradient."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import browser
import pytest
from conftest import write_functions

pytest.importorskip("matplotlib")

from gradlane import data  # noqa: E402  (only with matplotlib)
from test_page import chromium, run, written  # noqa: F401  (fixtures)


def test_a_run_of_functions_alone_has_a_page(chromium: browser.Browser, tmp_path: Path) -> None:
    write_functions(tmp_path)
    path = written(tmp_path / "report.html", data.load(tmp_path), kinds=("functions",))
    chromium.complaints()
    chromium.open(path)
    assert chromium.points("functions") and chromium.complaints() == []
    assert "only elementary functions" in chromium.run("return document.querySelector('main').textContent")
    chromium.pick("dtype", "f32")
    assert chromium.points("functions")


#: Which methods have which lanes in the full sweep.
LANES = {
    ("scalar",): ("adaptive_forward_difference", "ridders"),
    ("scalar", "directions"): ("complex_step",),
    ("scalar", "directions", "elements", "points"): (
        *("forward_difference", "central_difference_2", "central_difference_4", "central_difference_6"),
        *("central_difference_8", "forward_mode"),
    ),
    ("scalar", "points"): ("reverse_tape",),
    ("elements",): ("reverse_array", "reverse_fused"),
    ("scalar", "elements", "points"): ("analytic", "primal"),
}


def sweep() -> Iterator[data.Case]:
    """The cases of throughput --full on a machine with three instruction sets, none left out for its time."""
    for k in range(8):
        for lanes, methods in LANES.items():
            for method, lane, dtype in product(methods, lanes, ("f32", "f64")):
                for backend, exponent, threads in product(("avx512", "avx2", "sse2"), range(2, 24, 2), (1, 2)):
                    if lane != "points" or exponent <= 10:
                        yield data.Case(f"problem_{k}", method, lane, dtype, backend, 2**exponent, 1, threads)


def full_size(run: data.Run) -> data.Run:
    """As many rows as the full sweep has, each with digits of its own."""
    full = data.Run(run.folder, run.context, roofs=run.roofs)
    noise = random.Random(1)
    timed = next(row for row in run.timings if row.limit)
    for case in sweep():
        f = 1 + noise.random()
        limit = replace(timed.limit, ns=7.1 * f, fraction=0.41 * f, operations=31.7 * f * case.n)
        times = {"ns": case.n * f, "low": case.n * f * noise.random(), "high": case.n * f * 1.1, "cost": 3.1 * f}
        times |= {"prepare_ns": 811 * f, "error": 1e-12 * f, "bytes": int(1e4 * f)}
        full.timings.append(replace(timed, case=case, limit=limit, **times))
        if case.threads == 1:
            errors = {"error": 1e-12 * f, "max_ulp": 9.1 * f, "median_ulp": 1.3 * f, "scaled": 2.2 * f}
            ulps = tuple(noise.randrange(900) for _ in range(20))
            full.errors.append(replace(run.errors[0], case=case, ulps=ulps, **errors))
        if case.threads == 1 and case.n == 64 and case.lanes == "scalar":
            curve = tuple(1e-9 * noise.random() for _ in range(53))
            for precision in ("working", "quad"):
                row = replace(run.remainders[0], case=case, precision=precision, epsilon=curve, values=curve[::-1])
                full.remainders.append(row)
            full.steps.append(replace(run.steps[0], case=case, step=curve, error=curve[::-1]))
    return full


def test_a_full_sweep_is_small_and_opens_at_once(chromium: browser.Browser, run: data.Run, tmp_path: Path) -> None:
    full = full_size(run)
    path = written(tmp_path / "full.html", full)
    assert len(full.timings) > 30000 and path.stat().st_size <= 4e6
    chromium.command("Performance.enable", timeDomain="threadTicks")
    # Seconds of the page's own thread; what else runs slows that down too, so the best of three counts.
    assert min(seconds_to_open(chromium, path) for _ in range(3)) <= 2.0
    chromium.command("Performance.disable")


def seconds_to_open(chromium: browser.Browser, path: Path) -> float:
    """Until the answer and its map are there. The count begins anew with each page."""
    chromium.open(path)
    chromium.see("crossover")
    metrics = {one["name"]: one["value"] for one in chromium.command("Performance.getMetrics")["metrics"]}
    return metrics["TaskDuration"]
