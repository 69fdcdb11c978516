"""A results folder small enough to know every number in it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

CONTEXT = {
    "identity": {
        "cpu_model_name": "Test CPU",
        "caches": [
            {"level": 1, "type": "Data", "size_kib": 32},
            {"level": 1, "type": "Instruction", "size_kib": 32},
            {"level": 2, "type": "Unified", "size_kib": 512},
        ],
        "compiler": "GNU 12.2.0",
        "flags": "-O3",
        "numa_nodes": None,
        "reasons": {"numa_nodes": "no such file"},
        "backends": [{"name": "avx2", "compiler": "GNU 12.2.0", "flags": "-O3 -mavx2"}],
    },
    "provenance": {"commit": "0123456789abcdef", "dirty": False, "utc": "2025-01-02T03:04:05Z"},
}


def timing(method: str, lanes: str, n: int, ns: float, **more: Any) -> dict[str, Any]:
    """A row as the throughput driver writes it: `ns` per gradient, seven repetitions around it."""
    points = more.get("points", 1)
    row = {
        "problem": "quartic",
        "method": method,
        "lanes": lanes,
        "dtype": "f64",
        "backend": "avx2",
        "n": n,
        "points": points,
        "threads": 1,
        "order": 0,
        "real_time": ns * points,
        "times_ns": [ns * points * (1 + 0.01 * k) for k in range(-3, 4)],
        "ns_per_gradient": ns,
        "cost_over_primal": ns / (n / 4),
        "bytes": 64,
        "prepare_ns": 300,
        "relative_error": None if method == "primal" else 1e-16,
        "max_ulp": 1,
        "verdict": "ok",
        "limit_ns": None if method == "primal" else n / 4,
        "limit_fraction": None if method == "primal" else n / 4 / ns,
        "limit_bound": "L1",
        "work_operations": 14.0 * n,
        "work_bytes": 16.0 * n,
    }
    return row | more


def roofs() -> list[dict[str, Any]]:
    rows = [{"probe": probe, "rate": rate} for probe, rate in (("add", 4e10), ("multiply_add", 4e10), ("exp", 1e9))]
    for level, rate in (("L1", 2e11), ("L2", 1e11), ("DRAM", 1e10)):
        rows += [{"probe": probe, "level": level, "rate": rate} for probe in ("read", "copy")]
    return rows


def case(method: str, lanes: str, n: int, dtype: str = "f64") -> dict[str, Any]:
    return {"problem": "quartic", "method": method, "lanes": lanes, "dtype": dtype, "backend": "avx2", "n": n}


def throughput_rows() -> list[dict[str, Any]]:
    rows = []
    for n in (4, 64):
        rows += [
            timing("primal", "scalar", n, n / 4),
            timing("analytic", "scalar", n, 2.0 * n),
            timing("analytic", "elements", n, 10 + n / 2),
            timing("reverse_fused", "elements", n, 12 + n / 2),
            timing("reverse_tape", "scalar", n, 10.0 * n),
            timing("reverse_tape", "points", n, 4.0 * n, points=16),
            timing("forward_difference", "scalar", n, n * n / 4, order=1, relative_error=1e-8),
            timing("forward_difference", "directions", n, n * n / 8, order=1, relative_error=1e-8),
        ]
    rows.append(timing("reverse_fused", "elements", 64, 22.0, dtype="f32", relative_error=1e-7))
    rows.append(case("forward_mode", "scalar", 64) | {"skipped": "a call would take about 12 s, more than 0.25 s"})
    rows.append(case("forward_mode", "scalar", 1024) | {"skipped": "a call would take about 50 s, more than 0.25 s"})
    return rows


def accuracy_rows() -> dict[str, Any]:
    epsilon = [2.0**-k for k in range(0, 40, 2)]
    halves = [2.0**-k for k in range(1, 50)]
    remainders = []
    for method, wrong in (("reverse_fused", 0.0), ("control", 1e-2)):
        for precision, floor in (("working", 1e-15), ("quad", 1e-30)):
            row = case(method, "elements", 64) | {"direction": 0, "precision": precision, "epsilon": epsilon}
            row |= {"remainder": [e * e + wrong * e + floor for e in epsilon], "floor": floor, "order": 0}
            row |= {"useful_from": None if wrong else 1e-6, "useful_to": None if wrong else 0.5}
            row |= {"turns_at": wrong if precision == "quad" else None}
            remainders.append(row | {"slope": 1.0 if wrong else 2.0, "verdict": "wrong" if wrong else "ok"})
    step = {"step": halves, "relative_error": [h + 1e-16 / h for h in halves], "default_step": 2.0**-26}
    step |= {"default_error": 2e-8, "best_step": 2.0**-27, "best_error": 1e-8}
    errors = [
        case("reverse_fused", "elements", n) | {"order": 0, "relative_error": value, "max_ulp": 1, "median_ulp": 0}
        for n, value in ((4, 0.0), (64, 2e-16))
    ]
    errors.append(case("forward_difference", "elements", 64) | {"order": 1, "relative_error": None, "non_finite": 3})
    usual = {"checked": 64, "tolerance": 1e-14, "verdict": "ok", "non_finite": 0, "ulp_histogram": [60, 3, 1]}
    errors = [usual | {"error_in_u_terms": 1.5} | row for row in errors]
    left_out = case("central_difference_2", "scalar", 64) | {"part": "step", "reason": "50 calls would take 9 s"}
    steps = [case("forward_difference", "elements", 64) | step]
    honest = {"estimate": [1e-12, 1e-13, None, 0.0], "error": [1e-13, 5e-13, 1e-3, 0.0], "components": 4, "honest": 3}
    estimates = [case("ridders", "scalar", 64) | honest]
    rows = {"gradient_errors": errors, "remainders": remainders, "steps": steps, "own_estimates": estimates}
    return rows | {"skipped": [left_out]}


def function_row(backend: str, ulp: float, ns: float, **more: Any) -> dict[str, Any]:
    """A row as the functions driver writes it: `ns` an element, seven rounds around it."""
    row = {"backend": backend, "bound_ulp": None, "normal": {"max_ulp": ulp, "at": 0.25}, "wrong": 0, "wrong_at": None}
    row |= {"subnormal": {"max_ulp": 0.75, "at": -87.5}, "specials": 12, "wrong_specials": [], "verdict": "no promise"}
    return row | {"ns_per_element": ns, "times_ns": [ns * (1 + 0.01 * k) for k in range(-3, 4)]} | more


def function_shards() -> list[dict[str, Any]]:
    """Ours on two instruction sets, the C library, and a vector library that flushes subnormals and lacks a sigmoid."""
    nan = {"argument": "nan", "result": "1", "expected": "nan"}
    flushes = {"subnormal": {"max_ulp": 8388607.0, "at": -87.4}, "wrong_specials": [nan]}
    shards = []
    for dtype, slower in (("f32", 1.0), ("f64", 2.0)):
        ours = [
            function_row(name, 1.01, slower * ns, bound_ulp=1.05, verdict="ok")
            for name, ns in (("avx2", 0.25), ("sse2", 0.5))
        ]
        theirs = [
            function_row("libm", 0.502, 4.0 * slower),
            function_row("libmvec_avx2", 2.44, 0.6 * slower, **flushes),
        ]
        for name, rows, lacking in (("exp", ours + theirs, []), ("sigmoid", ours, ["libm", "libmvec_avx2"])):
            shard = {
                "function": name,
                "formula": "f(x)",
                "dtype": dtype,
                "swept": 1024,
                "timed_from": -20,
                "timed_to": 20,
            }
            shards.append(shard | {"rows": rows, "lacking": lacking, "complaints": []})
    return shards


def write_functions(folder: Path) -> None:
    for shard in function_shards():
        write(folder, "functions", f"{shard['function']}-{shard['dtype']}", **shard)


def write(folder: Path, kind: str, name: str, **content: Any) -> Path:
    path = folder / kind / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    shard = {"schema": 1, "kind": kind, "complete": True, "context": CONTEXT} | content
    path.write_text(json.dumps(shard), encoding="utf-8")
    return path


def fill(folder: Path) -> Path:
    write(folder, "limits", "avx2-f64-threads1", backend="avx2", dtype="f64", threads=1, roofs=roofs())
    write(folder, "throughput", "quartic-f64", benchmarks=throughput_rows())
    write(folder, "accuracy", "quartic-f64", **accuracy_rows())
    write_functions(folder)
    return folder


def fill_with_little(folder: Path) -> Path:
    """Few rows, for tests to which it matters only that there is a report: they need a third of the time."""
    write(folder, "limits", "avx2-f64-threads1", backend="avx2", dtype="f64", threads=1, roofs=[])
    write(folder, "throughput", "quartic-f64", benchmarks=throughput_rows()[:4])
    write(folder, "accuracy", "quartic-f64", **{part: [] for part in accuracy_rows()})
    return folder


@pytest.fixture
def results(tmp_path: Path) -> Path:
    return fill(tmp_path / "run")
