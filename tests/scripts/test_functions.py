"""The elementary functions from the driver to the report: shards as the schema has them, mistakes, faulty functions, tables."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from builds import built
from conftest import function_row, function_shards, write, write_functions
from schemas import check, complaints

pytest.importorskip("matplotlib")

from gradlane import charts_functions, data, functions, page_functions, tables  # noqa: E402

FEW = ["--function", "exp,sigmoid", "--sweep", "2^12", "--case-seconds", "0.0005"]


def run(*arguments: str, status: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([built("bench", "functions"), *arguments], capture_output=True, text=True, timeout=120)
    assert done.returncode == status, done.stderr
    return done


def shards(folder: Path) -> list[dict[str, Any]]:
    found = [json.loads(path.read_text()) for path in sorted((folder / "functions").iterdir())]
    for shard in found:
        check(shard, "functions")
    return found


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("functions")
    run(*FEW, "--out", str(out))
    return out


def test_shards_are_as_the_schema_has_them(measured: Path) -> None:
    found = shards(measured)
    assert [(shard["function"], shard["dtype"]) for shard in found] == [
        *(("exp", "f32"), ("exp", "f64")),
        *(("sigmoid", "f32"), ("sigmoid", "f64")),
    ]
    for shard in found:
        rows = {row["backend"]: row for row in shard["rows"]}
        ours = [row for row in rows.values() if row["bound_ulp"] is not None]
        assert ours and all(row["verdict"] == "ok" and row["normal"]["max_ulp"] <= row["bound_ulp"] for row in ours)
        assert ("libm" in shard["lacking"]) == (shard["function"] == "sigmoid")
        assert ("libm" in rows) == (shard["function"] == "exp")
        for row in rows.values():
            assert row["ns_per_element"] == sorted(row["times_ns"])[len(row["times_ns"]) // 2]
    (exp,) = (shard for shard in found if (shard["function"], shard["dtype"]) == ("exp", "f64"))
    (libm,) = (row for row in exp["rows"] if row["backend"] == "libm")
    assert libm["verdict"] == "no promise" and libm["normal"]["max_ulp"] < 1 and libm["wrong_specials"] == []


def test_the_schema_says_something(measured: Path) -> None:
    shard = shards(measured)[0]
    for path, value in (("verdict", "fine"), ("specials", 0), ("wrong_at", "a number"), ("ns_per_element", -1)):
        wrong = json.loads(json.dumps(shard))
        wrong["rows"][0][path] = value
        assert complaints(wrong, "functions"), path


def test_a_run_is_resumed_and_not_overwritten(measured: Path) -> None:
    kept = {path.name: path.read_bytes() for path in (measured / "functions").iterdir()}
    run(*FEW, "--resume", "--out", str(measured))
    done = run(*FEW[:-4], "--sweep", "2^13", "--out", str(measured), status=2)
    told = [line for line in done.stderr.splitlines() if not line.startswith("note: ")]
    assert len(told) == 1 and "of another selection" in told[0]
    assert kept == {path.name: path.read_bytes() for path in (measured / "functions").iterdir()}


def test_the_sweep_depends_on_the_seed_alone(measured: Path, tmp_path: Path) -> None:
    errors = lambda found: [
        [(row["normal"], row["subnormal"], row["wrong"]) for row in shard["rows"]] for shard in found
    ]
    run(*FEW, "--threads", "1", "--check-only", "--out", str(tmp_path / "one"))
    run(*FEW, "--seed", "2", "--check-only", "--out", str(tmp_path / "two"))
    assert errors(shards(tmp_path / "one")) == errors(shards(measured)) != errors(shards(tmp_path / "two"))
    assert "times_ns" not in shards(tmp_path / "one")[0]["rows"][0]


@pytest.mark.parametrize(
    "mistake",
    [
        *(["--sweep", text] for text in ("1000", "2^9", "2^33", "2^", "many", "1024,2048", "")),
        *(["--function", "expp"], ["--function", ""], ["--threads", "1,2"], ["--benchmark_filter=x"]),
    ],
    ids=" ".join,
)
def test_a_mistake_is_one_line(mistake: list[str]) -> None:
    done = run(*mistake, status=2)
    assert len([line for line in done.stderr.splitlines() if not line.startswith("note: ")]) == 1 and not done.stdout


def test_the_list_names_what_is_promised() -> None:
    lines = run("--list", "--dtype", "f32").stdout.splitlines()
    assert any(line.startswith("libm/f32/tanh") and "promises" not in line for line in lines)
    assert any(line.endswith("/f32/softplus  promises 3 ulp") for line in lines)
    assert not any("/f64/" in line for line in lines)


def only(tmp_path: Path, name: str) -> list[str]:
    folder = tmp_path / "backends"
    folder.mkdir(exist_ok=True)
    shutil.copy(built("tests", "fixtures", f"{name}.so"), folder)
    (folder / f"{name}.json").write_text(json.dumps({"abi": 4, "name": name, "needs": []}))
    return ["--backend-dir", str(folder), "--sweep", "2^16", "--check-only", "--out", str(tmp_path / name)]


def test_a_broken_promise_is_exit_1_and_stays_it(tmp_path: Path) -> None:
    done = run(*only(tmp_path, "wrong_functions"), status=1)
    told = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert any("beyond its bound of 1.00" in line for line in told)
    assert any("1 for the special argument nan, expected nan" in line for line in told)
    again = run(*only(tmp_path, "wrong_functions"), "--resume", status=1)
    assert sorted(line for line in again.stderr.splitlines() if line.startswith("error: ")) == sorted(told)
    found = shards(tmp_path / "wrong_functions")
    assert {row["verdict"] for shard in found for row in shard["rows"]} == {"wrong"}
    assert sorted(line for shard in found for line in shard["complaints"]) == sorted(line[7:] for line in told)
    assert "note: 'riemann_zeta' is left out" in done.stderr


def test_what_promises_nothing_is_measured_only(tmp_path: Path) -> None:
    run(*only(tmp_path, "no_promise"))
    rows = [row for shard in shards(tmp_path / "no_promise") for row in shard["rows"]]
    assert {row["verdict"] for row in rows} == {"no promise"}
    assert all(row["wrong_specials"] and row["subnormal"]["max_ulp"] > 1000 for row in rows)


# ---- the report ----------------------------------------------------------------------------------------------------


@pytest.fixture
def loaded(results: Path) -> data.Run:
    return data.load(results)


def test_rows_know_their_library_and_registers(loaded: data.Run) -> None:
    known = {row.backend: (row.library, row.registers, row.partial) for row in loaded.functions}
    assert known == {
        "avx2": ("gradlane", "avx2", False),
        "sse2": ("gradlane", "sse2", False),
        "libm": ("libm", "", False),
        "libmvec_avx2": ("libmvec", "avx2", True),
    }
    assert functions.backends(loaded.functions) == ["avx2", "sse2", "libm", "libmvec_avx2"]
    row = next(row for row in loaded.functions if row.backend == "libm" and row.dtype == "f64")
    assert (row.ns, row.low, row.high) == (8.0, pytest.approx(7.76), pytest.approx(8.24))


def test_the_table_says_what_a_library_lacks(loaded: data.Run) -> None:
    shown = page_functions.overview(loaded)
    assert "<td>exp f64</td><td class=r>1.01 ulp, 0.50 ns</td><td class=r>1.01 ulp, 1.00 ns</td>" in shown
    assert "2.44 ulp*, 0.60 ns" in shown
    line = next(line for line in shown.splitlines() if "sigmoid f32" in line)
    assert line.count("–") == 2, "libm and libmvec have none"
    assert "1 for nan (expected nan); subnormal results off by up to 8.4e+06 ulp, at x = -87.4" in shown


def test_a_broken_promise_stands_on_top(results: Path) -> None:
    shard = function_shards()[0] | {"function": "tanh"}
    shard["rows"] = [function_row("avx2", 3.5, 1.0, bound_ulp=2.0, verdict="wrong")]
    write(results, "functions", "tanh-f32", **shard)
    assert page_functions.alarms(data.load(results)) == [
        "<code>avx2/f32/tanh</code>: largest error 3.50 ulp, 0 special values wrong, promised 2.00 ulp"
    ]


def test_marks_stand_in_the_line_of_their_function(loaded: data.Run) -> None:
    made = charts_functions.chart(loaded, tables.view_of(loaded))
    assert made is not None and "exp in f32 with 1.01 ulp" in made.alt
    ulp, ns = made.figure.axes[:2]  # f64
    marks = lambda axes: sorted(
        (float(l.get_xdata()[0]), round(float(l.get_ydata()[0])))
        for l in axes.lines
        if l.get_marker() not in ("", "None")
    )
    assert [place for value, place in marks(ulp) if value == 2.44] == [0]
    assert marks(ns) == [(0.5, 0), (0.5, 1), (1.0, 0), (1.0, 1), (1.2, 0), (8.0, 0)]
    hollow = [l for l in ulp.lines if l.get_markerfacecolor() == "none"]
    assert [float(l.get_xdata()[0]) for l in hollow] == [2.44]


def test_a_run_without_functions_has_no_chart_of_them(results: Path) -> None:
    shutil.rmtree(results / "functions")
    run = data.load(results)
    assert charts_functions.chart(run, tables.view_of(run)) is None and page_functions.overview(run) == ""
