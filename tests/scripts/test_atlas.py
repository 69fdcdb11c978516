"""What the accuracy driver finds, on one problem that is known: remainders, steps, own estimates, histograms of ulp."""

from __future__ import annotations

import json
import math
import subprocess
from pathlib import Path
from typing import Any

import pytest
from builds import built

STENCILS = {1: "forward_difference", 2: "central_difference_2", 4: "central_difference_4", 8: "central_difference_8"}


@pytest.fixture(scope="module")
def shard(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("atlas")
    command = [
        built("bench", "accuracy"),
        "--problem",
        "log_sum_exp",
        "--dtype",
        "f64",
        "--dims",
        "32",
        "--out",
        folder,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads((Path(folder) / "accuracy" / "log_sum_exp-f64.json").read_text(encoding="utf-8"))


def of(rows: list[dict[str, Any]], **wanted: Any) -> list[dict[str, Any]]:
    return [row for row in rows if all(row[key] == value for key, value in wanted.items())]


def test_every_method_has_its_remainder_in_both_precisions(shard: dict[str, Any]) -> None:
    methods = {row["method"] for row in shard["gradient_errors"]}
    for method in methods | {"control"}:
        for precision in ("working", "quad"):
            rows = of(shard["remainders"], method=method, precision=precision)
            assert {row["direction"] for row in rows} == {0, 1, 2}, (method, precision)
    for row in of(shard["remainders"], precision="quad"):
        assert math.isclose(min(row["epsilon"]), 2.0**-52, rel_tol=1e-5) and max(row["epsilon"]) == 1
    assert all(row["verdict"] == "wrong" for row in of(shard["remainders"], method="control", precision="quad"))
    exact = of(shard["remainders"], method="oracle")
    assert exact and all(abs(row["slope"] - 2) < 1e-3 and row["verdict"] == "ok" for row in exact)


def test_the_useful_range_ends_where_noise_begins(shard: dict[str, Any]) -> None:
    for row in of(shard["remainders"], method="reverse_fused", precision="working"):
        assert 1e-9 < row["useful_from"] < 1e-4 < row["useful_to"] < 1.001  # the step that was added
        assert row["turns_at"] is None
    for row in of(shard["remainders"], method="reverse_fused", precision="quad"):
        assert row["useful_from"] < 1e-12


def test_slope_two_turns_into_slope_one_where_the_gradient_is_off(shard: dict[str, Any]) -> None:
    for row in of(shard["remainders"], precision="quad"):
        if row["method"] == "oracle":
            continue
        # Far below the turn the remainder is ε·|(ĝ − g)·v|, far above it that of the exact gradient.
        (exact,) = of(shard["remainders"], method="oracle", direction=row["direction"])
        curvature = exact["remainder"][26] / exact["epsilon"][26] ** 2
        deep = [(e, r) for e, r in zip(row["epsilon"], row["remainder"]) if e < row["turns_at"] / 1000]
        assert all(math.isclose(r, e * row["turns_at"] * curvature, rel_tol=2e-3) for e, r in deep), row["method"]
    turns = {
        m: of(shard["remainders"], method=m, precision="quad", direction=0)[0]["turns_at"] for m in STENCILS.values()
    }
    assert turns["forward_difference"] > 10 * turns["central_difference_2"] > 100 * turns["central_difference_4"]


def test_the_step_curves_have_the_slopes_of_their_orders(shard: dict[str, Any]) -> None:
    methods = {row["method"] for row in shard["steps"]}
    assert methods >= {*STENCILS.values(), "central_difference_6", "complex_step", "ridders"}
    for order, method in STENCILS.items():
        (row,) = of(shard["steps"], method=method)
        errors = dict(zip(row["step"], row["relative_error"]))
        assert abs(math.log2(errors[0.5] / errors[0.25]) - order) < 1, method
        assert row["best_error"] <= row["default_error"] < 300 * row["best_error"], method
    (adaptive,) = of(shard["steps"], method="adaptive_forward_difference")
    (fixed,) = of(shard["steps"], method="forward_difference")
    assert max(adaptive["relative_error"]) < 30 * fixed["best_error"]  # wherever the search begins


def test_own_estimates_are_those_of_the_method(shard: dict[str, Any]) -> None:
    (row,) = shard["own_estimates"]
    assert row["components"] == len(row["error"]) == len(row["estimate"]) == 3 * 32
    assert row["honest"] == sum(e is None or t <= e for e, t in zip(row["estimate"], row["error"]))
    # The first point is that of the gradients: their error is the same.
    (gradient,) = of(shard["gradient_errors"], method="ridders")
    norm = math.sqrt(sum(t * t for t in row["error"][:32]))
    (fixed,) = of(shard["gradient_errors"], method="central_difference_2", lanes="scalar")
    assert gradient["relative_error"] < fixed["relative_error"] / 100
    size = norm / gradient["relative_error"]  # ‖g‖: softmax of 32 numbers in [−1, 1]
    assert 1 / math.sqrt(32) < size < 0.35


def test_every_row_has_its_measures(shard: dict[str, Any]) -> None:
    for row in shard["gradient_errors"]:
        assert 0 <= row["median_ulp"] <= row["max_ulp"], row["method"]
        assert sum(row["ulp_histogram"]) == row["checked"] > 0 and row["ulp_histogram"][-1] > 0
        top = len(row["ulp_histogram"]) - 1
        assert row["max_ulp"] <= 2.0 ** (top - 1) and (top == 0 or row["max_ulp"] > 2.0 ** (top - 2))
        assert (row["order"] > 0) == ("predicted_error" in row)
        if row["order"] == 0:
            assert row["error_in_u_terms"] < 40, row["method"]


def test_the_control_is_noticed_whatever_it_is_drawn_beside() -> None:
    """A float difference of log_sum_exp is off by 3 %, the control by 1 % in one component."""
    chosen = ["--problem", "log_sum_exp", "--method", "forward_difference", "--dtype", "f32", "--dims", "64"]
    done = subprocess.run([built("bench", "accuracy"), *chosen], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("control/") == 3 * 2


def test_a_serial_sum_of_a_million_floats_keeps_its_digits() -> None:
    chosen = ["--method", "analytic", "--lanes", "scalar", "--dtype", "f32", "--dims", "1048576", "--check-only"]
    done = subprocess.run(
        [built("bench", "accuracy"), "--problem", "quartic,rosenbrock", *chosen],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(" ok ") == 2
