"""The driver of second derivatives: shards as the schema has them, the chapter's quadratic, slopes, mistakes."""

from __future__ import annotations

import json
import math
import subprocess
from pathlib import Path
from typing import Any

import pytest
from builds import built
from conftest import ROOT
from schemas import check, complaints

FEW = ["--problem", "log_sum_exp,rosenbrock,quadratic_form", "--dims", "8,64", "--case-seconds", "0.001"]


def run(*arguments: str, status: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([built("bench", "curvature"), *arguments], capture_output=True, text=True, timeout=120)
    assert done.returncode == status, done.stderr
    return done


def told(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [line for line in done.stderr.splitlines() if not line.startswith("note: ")]


def shards(folder: Path) -> dict[str, dict[str, Any]]:
    found = {path.stem: json.loads(path.read_text()) for path in sorted((folder / "curvature").iterdir())}
    for shard in found.values():
        check(shard, "curvature")
    return found


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("curvature")
    run(*FEW, "--out", str(out))
    return out


def test_products_and_hessians_are_right_and_timed(measured: Path) -> None:
    found = shards(measured)
    assert set(found) == {"log_sum_exp-f64", "rosenbrock-f64", "quadratic_form-f64"}
    for shard in found.values():
        assert shard["complaints"] == []
        products = {(row["method"], row["lanes"], row["n"]): row for row in shard["products"]}
        assert {(m, l) for m, l, _ in products} == {
            *(("forward_over_fused", "elements"), ("forward_over_fused", "directions")),
            *(("forward_over_tape", "directions"), ("forward_twice", "points")),
        }
        for row in products.values():
            assert row["verdict"] == "ok" and row["error"] < 1e-13 and row["symmetry"] < 1e-13
            assert row["ratio"] == pytest.approx(sorted(row["ratios"])[len(row["ratios"]) // 2])
        assert {row["n"] for row in shard["hessians"]} == {8, 64}
        for row in shard["hessians"]:
            beside = row["second_differences"]
            assert row["error"] < 1e-13 and row["asymmetry"] < 1e-13
            assert beside["evaluations"] == row["n"] * (row["n"] + 1) + 1
            # Differences of values have half of the digits.
            assert 1e-12 < beside["error"] < 1e-3
        assert all(row["reason"] for row in shard["skipped"])


def test_remainders_shrink_with_slopes_one_two_and_three(measured: Path) -> None:
    for name, shard in shards(measured).items():
        for row in shard["remainders"]:
            slopes = [row[order]["slope"] for order in ("R0", "R1", "R2")]
            assert slopes[0] == pytest.approx(1, abs=0.1)
            assert slopes[1] == pytest.approx(2, abs=0.1)
            if row["method"] == "control":
                assert slopes[2] < 2.5, name
            elif name != "quadratic_form-f64":  # whose R2 is 0
                assert slopes[2] == pytest.approx(3, abs=0.1), name


def test_the_best_quadratic_of_the_chapter(tmp_path: Path) -> None:
    """e⁻¹(−1 − (x+1) + (x+1)² + y²) of x·exp(−x²−y²) at (−1, 0)."""
    run("--problem", "gaussian_bump", "--at", "-1,0", "--part", "models", "--out", str(tmp_path))
    (shard,) = shards(tmp_path).values()
    e = math.exp(-1)
    assert len(shard["models"]) == 4
    for row in shard["models"]:
        assert row["point"] == [-1, 0]
        assert row["value"] == pytest.approx(-e, rel=1e-15)
        assert row["gradient"] == pytest.approx([-e, 0], abs=1e-16)
        assert [value for line in row["hessian"] for value in line] == pytest.approx([2 * e, 0, 0, 2 * e], abs=1e-15)
        surface = row["surface"]
        for b, y in enumerate(surface["second"]):
            for a, x in enumerate(surface["first"]):
                assert surface["function"][b][a] == pytest.approx(x * math.exp(-x * x - y * y), abs=1e-15)
                assert surface["model"][b][a] == pytest.approx(e * (-1 - (x + 1) + (x + 1) ** 2 + y * y), abs=1e-14)
        # What is left is of third order: |D³|/6 · radius³, the third derivatives at (−1, 0) being at most 6/e.
        assert surface["largest_difference_within_radius"] < 2 * surface["radius"] ** 3


def test_the_schema_says_something(measured: Path) -> None:
    shard = shards(measured)["rosenbrock-f64"]
    for part, key, value in (("products", "verdict", "fine"), ("hessians", "asymmetry", -1), ("remainders", "R2", 3)):
        wrong = json.loads(json.dumps(shard))
        wrong[part][0][key] = value
        assert complaints(wrong, "curvature"), key


def test_a_run_is_resumed_and_not_overwritten(measured: Path) -> None:
    kept = {path.name: path.read_bytes() for path in (measured / "curvature").iterdir()}
    run(*FEW, "--resume", "--out", str(measured))
    done = run(*FEW, "--seed", "9", "--out", str(measured), status=2)
    assert len(told(done)) == 1 and "of another selection" in told(done)[0]
    assert kept == {path.name: path.read_bytes() for path in (measured / "curvature").iterdir()}


def test_the_list_names_what_there_is_and_why_not() -> None:
    lines = run("--list", "--problem", "quartic", "--method", "forward_twice").stdout.splitlines()
    assert any(line.startswith("quartic/forward_twice/points/f64/") for line in lines)
    absent = [line for line in lines if line.startswith("absent ")]
    assert any("forward_twice/elements: " in line for line in absent)
    assert any("forward_twice/points: in f32" in line for line in absent)


@pytest.mark.parametrize(
    "mistake",
    [
        *(["--at", text] for text in ("", "1,nan", "a", "1,2,")),
        *(["--problem", "quartics"], ["--method", "primal"], ["--lanes", "scalar"], ["--part", "all"]),
        *(["--dtype", "f32"], ["--threads", "2"], ["--points", "4"], ["--step", "0.1"], ["--case-seconds", "0"]),
        *(
            ["--benchmark_filter=x"],
            ["--at", "1,2", "--dims", "3"],
            ["--at", "1,2,3,4,5,6,7,8,9"],
            ["--problem", "chain", "--dims", "6"],
        ),
    ],
    ids=" ".join,
)
def test_a_mistake_is_one_line(mistake: list[str]) -> None:
    done = run(*mistake, status=2)
    assert len(told(done)) == 1 and not done.stdout


def test_a_problem_that_takes_no_n_asked_for_is_left_out(tmp_path: Path) -> None:
    first = ["--method", "forward_over_fused", "--lanes", "elements", "--part", "models"]
    done = run(*first, "--dims", "6", "--out", str(tmp_path))
    assert "note: n = 6 is invalid for " in done.stderr and "chain" in done.stderr
    found = shards(tmp_path)
    assert "log_sum_exp-f64" in found and "chain-f64" not in found
    assert {row["n"] for shard in found.values() for row in shard["models"]} == {6}


def test_the_estimate_is_seconds() -> None:
    assert int(run("--estimate", *FEW).stdout) >= 1


# ---- the page ------------------------------------------------------------------------------------------------------


def test_any_number_of_problems_is_drawn() -> None:
    """More than there are colours, and each looks like no other."""
    pytest.importorskip("matplotlib")
    from gradlane.calculus import curvature, second
    from gradlane.data import Case
    from matplotlib import pyplot

    names = [f"problem_{k:02}" for k in range(19)]
    cases = [Case(name, "forward_over_fused", "elements", "f64", "avx2", n) for name in names for n in (64, 1024)]
    products = [second.Product(case, 1e-16, 0.0, 2e-6, 1e-6, 2.0, (2.0,)) for case in cases]
    chart = curvature.cost_chart(products, [])
    lines = [
        line for line in chart.figure.axes[0].get_lines() if len(line.get_xdata()) == 2 and line.get_marker() != "None"
    ]
    assert len({(line.get_color(), line.get_marker()) for line in lines}) == len(names)
    pyplot.close(chart.figure)


def test_the_section(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    run(
        "--problem",
        "log_sum_exp,gaussian_bump",
        "--dims",
        "2,16",
        "--case-seconds",
        "0.001",
        "--out",
        str(tmp_path),
    )
    done = subprocess.run([ROOT / "scripts" / "report", "--calculus", tmp_path], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "calculus.html").read_text(encoding="utf-8")
    (section,) = [part for part in page.split("<h2 ")[1:] if part.startswith('id="curvature"')]
    assert "has the value -0.367879, the gradient (-0.367879, 0.000000)" in section
    assert (
        "((0.735759, 0.000000), (0.000000, 0.735759))" in section
        and "By hand: e⁻¹(−1 − (x+1) + (x+1)² + y²)" in section
    )
    assert "R0 1.00 to 1.00, R1 2.00 to 2.00 and R2 3.00 to 3.0" in section
    assert "by second differences takes" in section and "× value and gradient</td>" in section
    for chart in ("quadratic-gaussian_bump", "taylor-log_sum_exp", "curvature-cost"):
        assert f'id="chart-{chart}"' in section and (tmp_path / "figures" / "calculus" / f"{chart}.png").is_file()
    assert "claims or cases failed" not in page
