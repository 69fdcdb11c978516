"""The driver `descent`: its numbers against what follows from the objectives by hand, and what it refuses."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from builds import built
from schemas import check_file

EPS = 2.0**-52


def run(*flags: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([built("bench", "descent"), *flags], capture_output=True, text=True, check=False, timeout=300)


def shard(tmp_path: Path, *flags: str, status: int = 0) -> dict[str, Any]:
    """The one shard that a run writes, which is as its schema says."""
    precision = () if "--dtype" in flags else ("--dtype", "f64")
    done = run(*precision, *flags, "--out", str(tmp_path / "out"))
    assert done.returncode == status, done.stderr
    (path,) = (tmp_path / "out" / "descent").glob("*.json")
    check_file(path, "descent")
    return json.loads(path.read_text(encoding="utf-8"))


# ---- objectives by hand ------------------------------------------------------------------------------------------


def quartic(w: list[float]) -> float:
    return sum(3 * x**4 - 4 * x**3 - 12 * x**2 for x in w)


def quartic_gradient(w: list[float]) -> list[float]:
    return [12 * x**3 - 12 * x**2 - 24 * x for x in w]


def moved(w: list[float], g: list[float], rate: float) -> list[float]:
    return [x - rate * gx for x, gx in zip(w, g)]


# ---- the first-order approximation -------------------------------------------------------------------------------


def test_the_chapters_approximation(tmp_path: Path) -> None:
    rows = shard(tmp_path, "--part", "approximation", "--problem", "log_sum_exp")["approximations"]
    assert {"analytic", "reverse_fused", "reverse_tape", "forward_mode", "forward_difference"} <= {
        row["method"] for row in rows
    }
    for row in rows:
        assert row["at"] == [0, math.log(2)] and row["move"] == [0.1, -0.2]
        close = 1e-15 if row["order"] == 0 else 1e-6
        assert row["gradient"] == pytest.approx([1 / 3, 2 / 3], rel=10 * close)
        assert row["value"] == pytest.approx(math.log(3), rel=1e-15)
        assert row["approximation"] == pytest.approx(math.log(3) + 0.1 / 3 - 0.4 / 3, rel=4 * close)
        assert row["moved_value"] == pytest.approx(math.log(math.exp(0.1) + 2 * math.exp(-0.2)), rel=1e-15)
        assert row["remainder"] == pytest.approx(row["moved_value"] - row["approximation"], abs=1e-15)
        middle = row["lengths"].index(0)
        assert row["values"][middle] == pytest.approx(math.log(3), rel=1e-15)


def test_an_approximation_anywhere(tmp_path: Path) -> None:
    flags = ["--part", "approximation", "--problem", "quartic", "--method", "reverse_fused"]
    (row,) = shard(tmp_path, *flags, "--start", "1,-0.5", "--move", "0.01,0.02")["approximations"]
    w, m = [1.0, -0.5], [0.01, 0.02]
    along = sum(g * d for g, d in zip(quartic_gradient(w), m))
    assert row["slope_along"] == pytest.approx(along, rel=1e-14)
    assert row["approximation"] == pytest.approx(quartic(w) + along, rel=1e-14)
    assert row["moved_value"] == pytest.approx(quartic([1.01, -0.48]), rel=1e-14)


# ---- the steepest direction --------------------------------------------------------------------------------------


def test_directions_in_the_plane(tmp_path: Path) -> None:
    flags = ["--part", "directions", "--problem", "quartic", "--start", "1,-0.5", "--epsilon", "0.001"]
    rows = shard(tmp_path, *flags)["directions"]
    w, g = [1.0, -0.5], quartic_gradient([1.0, -0.5])
    norm = math.hypot(*g)
    across = [-g[1] / norm, g[0] / norm]
    exact = next(row for row in rows if row["method"] == "reverse_fused")
    assert exact["gradient_norm"] == pytest.approx(norm, rel=1e-14)
    assert len(exact["theta"]) == exact["directions"] == 180
    for theta, difference in zip(exact["theta"], exact["difference"]):
        v = [math.cos(theta) * gx / norm + math.sin(theta) * ax for gx, ax in zip(g, across)]
        expected = quartic(moved(w, v, -0.001)) - quartic(w)
        assert difference == pytest.approx(expected, rel=1e-3, abs=1e-7)
    for row in rows:
        found = row["theta"][row["difference"].index(min(row["difference"]))]
        assert found == pytest.approx(row["lowest_at"], abs=1e-5)
        assert row["from_pi"] == pytest.approx(abs(row["lowest_at"] - math.pi), abs=1e-12)
        if row["method"] != "control":
            assert row["verdict"] == "ok" and row["from_pi"] <= row["allowed"] < math.radians(20)


def test_a_turned_gradient_is_found_out(tmp_path: Path) -> None:
    """In the plane, and above it, where only one of the planes tried shows it."""
    for n in ("2", "64"):
        rows = shard(tmp_path / n, "--part", "directions", "--problem", "log_sum_exp", "--dims", n)["directions"]
        (control,) = (row for row in rows if row["method"] == "control")
        assert control["verdict"] == "wrong"
        assert control["from_pi"] == pytest.approx(math.radians(20), abs=math.radians(4.1))
        assert {row["verdict"] for row in rows if row["method"] != "control"} == {"ok"}


# ---- closed forms ------------------------------------------------------------------------------------------------

FORMULAS = {
    "linear": {"β": 64},
    "quadratic_form": {"(A + Aᵀ)x": 64},
    "matrix_factorization": {"−2Uᵀ(X − UV)": 32, "−2(X − UV)Vᵀ": 32},
}


@pytest.mark.parametrize("problem", FORMULAS)
def test_gradients_are_their_formulas(tmp_path: Path, problem: str) -> None:
    rows = shard(tmp_path, "--part", "closed_forms", "--problem", problem)["closed_forms"]
    methods = {row["method"] for row in rows}
    assert {"analytic", "reverse_fused", "reverse_array", "reverse_tape", "forward_mode", "complex_step"} <= methods
    for method in methods:
        mine = [row for row in rows if row["method"] == method]
        assert {row["formula"]: row["components"] for row in mine} == FORMULAS[problem]
        for row in mine:
            assert row["verdict"] == "ok" and row["norm"] > 0
            if row["order"] == 0:
                assert row["error"] <= row["allowed"] < 1e-12
            else:
                assert row["allowed"] is None and row["error"] < 1e-4
    if problem == "linear":
        assert next(row["error"] for row in rows if row["method"] == "analytic") == 0


def test_a_problem_without_a_formula_is_bad_usage() -> None:
    done = run("--part", "closed_forms", "--problem", "quartic")
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1
    assert "no formula is known for the gradient of quartic" in done.stderr


# ---- descent -----------------------------------------------------------------------------------------------------

DOWN = ["--part", "descents", "--problem", "quartic", "--start", "0.5,-0.25,1.5"]
START = [0.5, -0.25, 1.5]


def descents(tmp_path: Path, *flags: str) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["method"], row["rule"]): row for row in shard(tmp_path, *flags)["descents"]}


def test_fixed_steps_are_those_by_hand(tmp_path: Path) -> None:
    rows = descents(tmp_path, *DOWN, "--rate", "0.01", "--iterations", "30")
    w, losses = START, [quartic(START)]
    for _ in range(30):
        w = moved(w, quartic_gradient(w), 0.01)
        losses.append(quartic(w))
    for method in ("analytic", "reverse_fused", "reverse_tape", "forward_mode"):
        row = rows[method, "fixed"]
        assert row["rate"] == 0.01 and row["iterations"] == 30 and row["stop"] == "iterations"
        assert row["iteration"][0] == 0 and row["iteration"][-1] == 30
        expected = [losses[k] for k in row["iteration"]]
        assert row["loss"] == pytest.approx(expected, rel=1e-12)
        assert row["exact_loss"] == pytest.approx(expected, rel=1e-12)
        assert row["exact_gradient_norm"][-1] == pytest.approx(math.hypot(*quartic_gradient(w)), rel=1e-5)
        assert row["gradient_calls"] == 31 and row["value_calls"] == 0


def test_backtracking_is_armijos(tmp_path: Path) -> None:
    row = descents(tmp_path, *DOWN, "--rate", "1", "--iterations", "12")["reverse_fused", "backtracking"]
    w, rate, losses, tries = START, 1.0, [quartic(START)], 1
    for _ in range(12):
        g = quartic_gradient(w)
        while True:
            tries += 1
            found = quartic(moved(w, g, rate))
            if found < losses[-1] and found <= losses[-1] - 1e-4 * rate * sum(x * x for x in g):
                break
            rate /= 2
        w = moved(w, g, rate)
        losses.append(quartic(w))
        rate *= 2
    assert row["loss"] == pytest.approx([losses[k] for k in row["iteration"]], rel=1e-12)
    assert row["value_calls"] == tries and row["gradient_calls"] == 13


def test_newtons_method_is_newtons(tmp_path: Path) -> None:
    """A diagonal Hessian, so that each component goes its own way, w − L′/L″; near the minima conjugate gradients solve the
    system closely, and the last steps square the distance."""
    start = "2.01,-1.01,1.99"
    rows = descents(tmp_path, "--part", "descents", "--problem", "quartic", "--start", start)
    exact = {method for method, rule in rows if rule == "newton"}
    assert {"analytic", "reverse_fused", "reverse_tape"} <= exact
    assert not exact & {"forward_difference", "central_difference_2"}
    for method in exact:
        row = rows[method, "newton"]
        assert row["stop"] in ("gradient", "line search") and row["iterations"] <= 6
        assert row["last_loss"] == pytest.approx(-32 - 5 - 32, rel=1e-15)
        assert row["exact_gradient_norm"][-1] < 1e-12
        assert row["iterations"] <= row["product_calls"] <= 3 * row["iterations"]
        assert rows[method, "fixed"]["product_calls"] == 0


def test_newtons_method_solves_a_quadratic_at_once(tmp_path: Path) -> None:
    """xᵀAx with a definite matrix: its residual shrinks as loosely as the first forcing term asks for, then to nothing."""
    flags = ("--part", "descents", "--problem", "quadratic_form", "--dims", "16", "--method", "reverse_fused")
    rows = descents(tmp_path, *flags)
    newton, plain = rows["reverse_fused", "newton"], rows["reverse_fused", "backtracking"]
    assert newton["stop"] == "gradient" and newton["iterations"] < 12 < plain["iterations"]
    assert newton["last_loss"] < 1e-25 * newton["loss"][0]


def test_newtons_method_turns_where_the_curvature_is_negative(tmp_path: Path) -> None:
    """At 0.1 the quartic bends down towards its maximum at 0, where the undamped method would go."""
    rows = descents(tmp_path, "--part", "descents", "--problem", "quartic", "--start", "0.1")
    row = rows["reverse_fused", "newton"]
    assert row["last_loss"] in (pytest.approx(-32, rel=1e-15), pytest.approx(-5, rel=1e-15))
    assert all(a > b for a, b in zip(row["loss"], row["loss"][1:]) if b > row["last_loss"])


def test_without_second_derivatives_no_newton_and_why(tmp_path: Path) -> None:
    found = shard(tmp_path, "--part", "descents", "--problem", "quartic", "--dims", "4", "--dtype", "f32")
    assert "newton" not in {row["rule"] for row in found["descents"]}
    reasons = {row["reason"] for row in found["skipped"] if row["method"] == "reverse_fused"}
    assert any("no Newton's method" in reason and "in f32" in reason for reason in reasons)


def test_the_smooth_maximum_with_its_term(tmp_path: Path) -> None:
    """log Σ exp + λ‖w‖² has its minimum at w_i = −1/(2λn), where it is log n − 1/(4λn)."""
    n, weight = 16, 0.015
    rows = descents(tmp_path, "--part", "descents", "--problem", "log_sum_exp", "--dims", str(n))
    least = math.log(n) - 1 / (4 * weight * n)
    exact = {key: row for key, row in rows.items() if row["order"] == 0}
    assert len(exact) >= 12
    for row in exact.values():
        assert row["lambda"] == weight
        assert row["exact_loss"][-1] == pytest.approx(least, abs=8 * EPS)
        assert row["exact_gradient_norm"][-1] < 1e-6
    fixed = [row for (_, rule), row in exact.items() if rule == "fixed"]
    for row in fixed:  # exact methods coincide
        assert row["exact_loss"][:8] == pytest.approx(fixed[0]["exact_loss"][:8], rel=1e-13)
        assert row["exact_gradient_norm"][-1] < 1e-14
    for method, at_least in (("forward_difference", 1e-10), ("central_difference_2", 1e-13)):
        row = rows[method, "fixed"]
        end, off = row["exact_gradient_norm"][-1], row["gradient_error_at_end"]
        assert end > at_least, "it should have stalled"
        assert off / 3 < end < 3 * off, "a difference stalls where the gradient is as small as its error"


def test_without_its_term_it_falls_for_ever(tmp_path: Path) -> None:
    flags = [
        "--problem",
        "log_sum_exp",
        "--dims",
        "4",
        "--lambda",
        "0",
        "--iterations",
        "50",
        "--method",
        "reverse_fused",
    ]
    for row in descents(tmp_path, "--part", "descents", *flags).values():
        assert row["stop"] == "iterations" and row["last_loss"] < -1 and row["exact_gradient_norm"][-1] >= 0.5


def test_the_matrix_is_made_definite(tmp_path: Path) -> None:
    for n in ("1", "2", "33"):
        rows = descents(tmp_path / n, "--part", "descents", "--problem", "quadratic_form", "--dims", n)
        row = rows["reverse_fused", "backtracking"]
        assert abs(row["least_loss"]) < 1e-20 and row["exact_gradient_norm"][-1] < 1e-10
        assert row["loss"] == sorted(row["loss"], reverse=True)


def test_when_a_loss_was_reached(tmp_path: Path) -> None:
    rows = descents(tmp_path, *DOWN, "--rate", "0.005", "--iterations", "8")
    for (_, rule), row in rows.items():
        least = min(min(other["loss"]) for (_, of), other in rows.items() if of == rule)
        assert row["least_loss"] <= least
        least = row["least_loss"]
        at = dict(zip(row["iteration"], row["loss"]))
        seconds = dict(zip(row["iteration"], row["seconds"]))
        for one in row["reached"]:
            k, bar = one["iterations"], one["share"] * (row["loss"][0] - least)
            if k is None:
                assert row["last_loss"] - least > bar and one["seconds"] is None
            else:
                assert at[k] - least <= bar and (k == 0 or at[k - 1] - least > bar)
                assert one["seconds"] == pytest.approx(seconds[k], rel=1e-5)


def test_a_step_that_is_too_long_is_told(tmp_path: Path) -> None:
    row = descents(tmp_path, *DOWN, "--rate", "1", "--method", "analytic")["analytic", "fixed"]
    assert row["stop"] == "not finite" and row["gradient_norm"][-1] is None and row["gradient_norm_text"]


# ---- many starts -------------------------------------------------------------------------------------------------


def test_every_minimum_of_the_quartic(tmp_path: Path) -> None:
    """Each coordinate ends at −1 (value −5) or at 2 (value −32), each start on its own."""
    flags = ["--part", "starts", "--problem", "quartic", "--points", "1000"]
    for n, sums in (("1", {-5, -32}), ("2", {-10, -37, -64})):
        rows = shard(tmp_path / n, *flags, "--dims", n)["starts"]
        assert {"analytic", "forward_mode", "forward_difference"} <= {row["method"] for row in rows}
        for row in rows:
            found = {round(one["loss"]): one["starts"] for one in row["minima"]}
            assert set(found) == sums and row["other_minima"] == 0
            assert sum(found.values()) == 1000 if row["order"] == 0 else sum(found.values()) > 990
            assert all(abs(one["loss"] - round(one["loss"])) < 1e-4 for one in row["minima"])
            assert sum(row["ended"].values()) == 1000
            assert row["same_alone"] == row["alone"] == 32
            assert row["running"][0] == 1000 and row["running"][-1] == 0
            assert row["running"] == sorted(row["running"], reverse=True)
            assert row["rounds"] == row["round"][-1] and row["most_iterations"] < row["rounds"]
            assert row["useful_evaluations"] <= row["evaluations"] <= 2 * row["useful_evaluations"] + 16 * row["rounds"]


def test_starts_that_run_out_of_iterations(tmp_path: Path) -> None:
    flags = ["--part", "starts", "--problem", "rosenbrock", "--points", "5", "--dims", "2", "--method", "analytic"]
    (row,) = shard(tmp_path, *flags, "--iterations", "3")["starts"]
    assert row["ended"]["iterations"] == 5 and row["minima"] == [] and row["most_iterations"] == 3
    assert row["same_alone"] == row["alone"] == 5


# ---- what is refused ---------------------------------------------------------------------------------------------

MISTAKES = [
    (["--problem", "quratic"], "did you mean 'quartic'"),
    (["--part", "descent"], "did you mean 'descents'"),
    (["--start", "nan,1"], "--start: 'nan' is not a finite number"),
    (["--start", "1,,2"], "--start: '' is not a finite number"),
    (["--start", "1;2"], "--start: '1;2'"),
    (["--start", "1,2", "--dims", "3"], "--dims: the length of --start is n = 2"),
    (["--start", "1,2", "--move", "0.1"], "--move: needs a --start with as many numbers"),
    (["--move", "0.1,0.2"], "--move: needs a --start"),
    (["--start", "1,2", "--part", "approximation"], "needs a --move"),
    (["--start", "1", "--problem", "rosenbrock"], "n = 1"),
    (["--rate", "0"], "--rate"),
    (["--rate", "-0.1"], "--rate"),
    (["--rate", "inf"], "--rate"),
    (["--epsilon", "0"], "--epsilon"),
    (["--tolerance", "-1"], "--tolerance"),
    (["--lambda", "-1"], "--lambda"),
    (["--lambda", "nan"], "--lambda"),
    (["--iterations", "0"], "--iterations"),
    (["--iterations", "5,6"], "--iterations: one number"),
    (["--points", "5,6"], "--points: one number"),
    (["--threads", "2"], "--threads: descents run on one thread"),
    (["--check-only"], "--check-only is for"),
    (["--benchmark_repetitions=3"], "is for throughput"),
    (["--problem", "linear", "--part", "descents"], "linear has no minimum to descend to"),
    (["--interval", "2,-1"], "--interval: 2,-1 is empty or reversed"),
    (["--interval", "1,1"], "empty or reversed"),
    (["--interval", "nan,1"], "--interval: 'nan' is not a finite number"),
    (["--interval", "1"], "--interval: two numbers"),
    (["--part", "critical", "--points", "1"], "two starts or more"),
    (["--part", "critical", "--problem", "chain"], "chain has no critical points of one variable: n is at least 4"),
]


@pytest.mark.parametrize(("mistake", "said"), MISTAKES, ids=[" ".join(m) for m, _ in MISTAKES])
def test_a_mistake_is_one_line_and_exit_2(mistake: list[str], said: str) -> None:
    done = run(*mistake)
    complaints = [line for line in done.stderr.splitlines() if not line.startswith("note: ")]
    assert done.returncode == 2 and len(complaints) == 1, done.stderr
    assert complaints[0].startswith("descent: ") and said in complaints[0] and done.stdout == ""


def test_a_wrong_gradient_is_not_followed(tmp_path: Path) -> None:
    modules = tmp_path / "modules"
    modules.mkdir()
    shutil.copy(built("tests", "fixtures", "wrong_gradient.so"), modules)
    sidecar = {"abi": 4, "name": "wrong_gradient", "needs": [], "lanes_f64": 1, "rank": 0}
    (modules / "wrong_gradient.json").write_text(json.dumps(sidecar))
    found = shard(tmp_path, "--backend-dir", str(modules), "--method", "analytic", "--dims", "8", status=1)
    assert not found["descents"] and not found["directions"]
    followed = {row["reason"] for row in found["skipped"] if row["part"] != "critical"}
    assert followed == {"its gradient is wrong"} and found["complaints"]
