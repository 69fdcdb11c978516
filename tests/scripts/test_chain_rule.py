"""The driver `chain_rule`: its counts against formulas counted here by other means, its partials against those by hand, the
page's section, and what is refused."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from builds import built
from schemas import check_file
from test_report import report


def run(*flags: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [built("bench", "chain_rule"), *flags], capture_output=True, text=True, check=False, timeout=300
    )


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("chain_rule") / "run"
    done = run("--depth", "1,2,3,16", "--width", "2,4,256", "--case-seconds", "0.0002", "--out", str(folder))
    assert done.returncode == 0, done.stderr
    return folder


def shard(folder: Path, name: str) -> dict[str, Any]:
    path = folder / "chain_rule" / f"{name}.json"
    check_file(path, "chain_rule")
    return json.loads(path.read_text(encoding="utf-8"))


# ---- formulas, counted as they are written ------------------------------------------------------------------------


class Written:
    """An expression that counts its operations as it is written: what is used twice is counted twice. A zero or a one is no
    expression, and a square has its base once."""

    def __init__(self, operations: int = 0):
        self.operations = operations

    def with_(self, *others: Written) -> Written:
        return Written(1 + self.operations + sum(other.operations for other in others))

    def square(self) -> Written:
        return self.with_()

    def twice(self) -> Written:
        return self.with_()


def chapter() -> int:
    """∂f/∂w = 2(u+v)·(u′+v′), u′ = 2(a+b)·(a′+b′), v′ = 2(a−b)·(a′−b′), a′ = 2(w+x+y+z), b′ = 2(w+x−y−z)."""
    x = Written()
    s, d = x.with_(x).with_(x.with_(x)), x.with_(x).with_(x.with_(x))
    a, b = s.square(), d.square()
    da, db = s.twice(), d.twice()
    u, v = a.with_(b).square(), a.with_(b).square()
    du = a.with_(b).with_(da.with_(db)).twice()
    dv = a.with_(b).with_(da.with_(db)).twice()
    return u.with_(v).with_(du.with_(dv)).twice().operations


def test_the_chapters_kernel(results: Path) -> None:
    (row,) = shard(results, "chain")["kernels"]
    assert row["at"] == [-1, 0, -2, 1] and row["value"] == 1024
    assert row["partials"] == [-4096] * 4
    counts = row["operations"]
    # w+x, y+z, their sum and difference, two squares, a+b, a−b, two squares, u+v, its square.
    assert counts["primal"] == 12
    assert counts["expanded"][:2] == [chapter()] * 2
    # By y and z the sign of b′ costs one more where it is not taken into a neighbouring sum.
    assert all(chapter() <= count <= chapter() + 2 for count in counts["expanded"][2:])
    # A sweep adds 2s, 2d, a′±b′ (2), the slopes of u and v (2 each), their sum, the slope of f (2) to the value.
    assert counts["forward"][:2] == [12 + 11] * 2
    assert counts["primal"] < counts["backward"] <= 5 * counts["primal"]
    assert counts["backward"] < sum(counts["forward"]) < sum(counts["expanded"])
    assert all(seconds > 0 for seconds in row["seconds"].values())


def test_every_partial_in_the_drawing(results: Path) -> None:
    """Adjoints are what the edges' partials make of them, and of the chapter's kernel what the chapter shows."""
    for path in sorted((results / "chain_rule").glob("*.json")):
        for row in shard(results, path.stem)["kernels"]:
            nodes, edges = row["drawing"]["nodes"], row["drawing"]["edges"]
            assert len(nodes) == row["nodes"] <= 30
            for node in nodes:
                uses = [edge for edge in edges if edge["from"] == node["id"] and nodes[edge["to"]]["active"]]
                if node["active"] and uses:
                    total = sum(nodes[edge["to"]]["adjoint"] * edge["partial"] for edge in uses)
                    assert node["adjoint"] == pytest.approx(total, rel=1e-14)
            found = [nodes[k]["adjoint"] for k in row["active"]]
            assert found == pytest.approx(row["partials"], rel=1e-12, abs=1e-12)
    (row,) = shard(results, "chain")["kernels"]
    by_value = {(node["symbol"], node["value"]): node["adjoint"] for node in row["drawing"]["nodes"]}
    # s = −2, d = 0: a = 4, b = 0, u = v = 16, f = 1024; f_u = 2·32, f_a = 64·(8 + 8), f_s = −4·1024.
    assert by_value["²", 1024] == 1 and by_value["²", 16] == 64 and by_value["²", 4] == 1024
    assert by_value["²", 0] == 0


def test_partials_by_differences(results: Path) -> None:
    """Of every kernel, at the point that was drawn for it: central differences of the driver's own values."""
    row = shard(results, "rosenbrock")["kernels"][0]
    at, h = row["at"], 2.0**-14
    for place, k in enumerate(row["active"]):
        moved = []
        for side in (h, -h):
            start = ",".join(repr(x + side * (i == k)) for i, x in enumerate(at))
            done = run("--problem", "rosenbrock", "--part", "drawings", f"--start={start}")
            moved.append(float(done.stdout.split("value=")[1].split()[0]))
        assert (moved[0] - moved[1]) / (2 * h) == pytest.approx(row["partials"][place], rel=1e-5, abs=1e-4)


# ---- networks ------------------------------------------------------------------------------------------------------


def by_size(results: Path) -> dict[tuple[int, int], dict[str, Any]]:
    return {(row["depth"], row["width"]): row for row in shard(results, "networks")["networks"]}


def test_counts_of_networks(results: Path) -> None:
    rows = by_size(results)
    assert set(rows) == {(d, m) for d in (1, 2, 3, 16) for m in (2, 4, 256)}
    for (depth, width), row in rows.items():
        counts, units = row["operations"], depth * width // 2
        # a ± b, its square, times ½, minus 1, twice; then the sum of the last layer.
        assert counts["primal"] == 8 * units + width - 1
        # ȧ ± ḃ, times a ± b, times 2, times ½, twice beside the values; the sum and its tangent; m sweeps.
        assert counts["forward"] == width * (16 * units + 2 * (width - 1))
        assert counts["primal"] < counts["backward"] <= 5 * counts["primal"]
    # In sweeps from the inputs the cost over the value's grows with m, backwards it does not.
    grown = [rows[16, m]["operations"]["forward"] / rows[16, m]["operations"]["primal"] for m in (4, 256)]
    assert grown[1] / grown[0] == pytest.approx(64, rel=0.02)
    back = [rows[16, m]["operations"]["backward"] / rows[16, m]["operations"]["primal"] for m in (4, 256)]
    assert back[1] == pytest.approx(back[0], rel=0.02)


def test_formulas_of_small_networks_written_out(results: Path) -> None:
    """One unit, whose partials are 0.5·(2·(a+b)) + 0.5·(2·(a−b)), or with a minus; and two and three of them in a row."""

    def slope(base: Written, inner: list[Written]) -> Written:
        """0.5·(2·(base·inner′)), where inner′ is absent if it is 1."""
        product = base.with_(*inner) if inner else base
        return product.twice().twice()

    def total(depth: int) -> list[int]:
        x = Written()
        nodes, slopes = (x, x), ([], [])  # no expression: a derivative of 1 by the first input, of 0 of the second
        for layer in range(depth):
            a, b = nodes
            half = [Written(1 + s.operations) for s in (a.with_(b), a.with_(b))]
            values = tuple(Written(2 + h.operations) for h in half)
            inner = [a.with_(b)] * 2
            if layer == 0:
                slopes = tuple([slope(base, [])] for base in inner)
            else:
                moved = slopes[0][0].with_(slopes[1][0])
                slopes = tuple([slope(base, [moved])] for base in inner)
            nodes = values
        return [slopes[0][0].with_(slopes[1][0]).operations]

    rows = by_size(results)
    for depth in (1, 2, 3):
        (first,) = total(depth)
        counted = rows[depth, 2]["operations"]["expanded"]
        # The second input's derivative of a − b has a minus, which may cost an operation each time it is written.
        assert 2 * first <= counted <= 2 * first * 1.3


def test_forward_and_backward_agree(results: Path) -> None:
    for row in by_size(results).values():
        assert row["largest_difference"] <= 1e-10 * 4.0 ** row["depth"]
        assert all(seconds > 0 for seconds in row["seconds"].values())


# ---- the page ------------------------------------------------------------------------------------------------------


def test_the_section(results: Path) -> None:
    pytest.importorskip("matplotlib")
    done = report("--calculus", results)
    assert done.returncode == 0, done.stderr
    page = (results / "calculus.html").read_text(encoding="utf-8")
    assert '<h2 id="chain-rule">' in page and "build/release/bench/chain_rule" in page
    assert "is 1024, its partial derivatives are −4096, −4096, −4096, −4096" in page
    assert 'id="chart-network-chain-0"' in page and 'id="chart-chain-rule-networks"' in page
    assert "claims or cases failed" not in page


# ---- bad input -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--problem", "chian"], "did you mean 'chain'"),
        (["--part", "count"], "counts"),
        (["--problem", "chain", "--start", "1,2,nan,4"], "'nan' is not a finite number"),
        (["--problem", "chain", "--start", "1,2,3"], "has 4 inputs"),
        (["--start", "1,2,3,4"], "--problem"),
        (["--width", "6"], "not 2, 4, 8"),
        (["--width", "8192"], "at most 4096"),
        (["--depth", "0"], "--depth"),
        (["--depth", "65"], "at most 64"),
        (["--method", "forward_mode"], "no other name"),
        (["--case-seconds", "0"], "--case-seconds"),
    ],
)
def test_mistakes_cost_one_line(flags: list[str], said: str) -> None:
    done = run(*flags)
    assert done.returncode == 2 and done.stdout == ""
    assert len(done.stderr.splitlines()) == 1 and said in done.stderr
