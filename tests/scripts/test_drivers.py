"""The drivers as their users meet them: mistakes cost one line and exit 2, an interrupted run keeps what it measured."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from builds import built
from gradlane import data

DRIVERS = ["limits", "throughput", "accuracy", "functions", "descent", "curvature", "chain_rule"]

MISTAKES = [
    ["--problem", "quratic"],
    ["--method", "reverse_fussed"],
    ["--lanes", "element"],
    ["--dtype", "f16"],
    ["--backend", "avx3"],
    ["--problem", ""],
    ["--problem", "quartic,,chain"],
    ["--dims", "0"],
    ["--dims", "eight"],
    ["--dims", "64:8:x2"],
    ["--dims", "8:64"],
    ["--dims", "99999999999999999999999"],
    ["--problem", "chain", "--dims", "7"],
    ["--problem", "rosenbrock", "--dims", "1"],
    ["--points", "0"],
    ["--threads", "0"],
    ["--threads", "-1"],
    ["--step", "-1e-3"],
    ["--step", "0"],
    ["--step", "nan"],
    ["--step", "inf"],
    ["--seed", "one"],
    ["--method", "reverse_fused", "--lanes", "points"],
    ["--out", "/proc/nowhere"],
    ["--frobnicate"],
    ["quartic"],
]

SECONDS = {
    "limits": ["--probe-seconds"],
    "throughput": ["--case-seconds", "--max-case-seconds"],
    "accuracy": ["--max-case-seconds"],
    "functions": ["--case-seconds"],
    "descent": ["--case-seconds"],
    "curvature": ["--case-seconds"],
    "chain_rule": ["--case-seconds"],
}

SMALL = ["--problem", "chain,linear,quartic", "--lanes", "elements", "--dtype", "f32,f64", "--dims", "64"]


def run(driver: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([built("bench", driver), *arguments], capture_output=True, text=True, timeout=120)


def complaints(done: subprocess.CompletedProcess[str]) -> list[str]:
    """The lines on stderr, without the note that this CPU lacks what some module needs."""
    return [line for line in done.stderr.splitlines() if not line.startswith("note: ")]


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("mistake", MISTAKES, ids=" ".join)
def test_a_mistake_is_one_line_and_exit_2(driver: str, mistake: list[str]) -> None:
    done = run(driver, *mistake)
    assert done.returncode == 2, done.stderr
    assert len(complaints(done)) == 1, done.stderr
    assert complaints(done)[0].startswith(f"{driver}: ")
    assert done.stdout == ""


@pytest.mark.parametrize("value", ["0", "-1", "nan", "abc"])
@pytest.mark.parametrize(("driver", "flag"), [(driver, flag) for driver in DRIVERS for flag in SECONDS[driver]])
def test_a_time_is_above_0(driver: str, flag: str, value: str) -> None:
    done = run(driver, flag, value)
    assert done.returncode == 2 and flag in done.stderr
    assert len(complaints(done)) == 1, done.stderr


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_file_in_place_of_the_folder_is_refused(driver: str, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine")
    done = run(driver, *(SMALL if driver in ("throughput", "accuracy") else []), "--out", str(tmp_path / "taken"))
    assert done.returncode == 2 and len(complaints(done)) == 1
    assert (tmp_path / "taken").read_text() == "mine"


@pytest.mark.parametrize("driver", DRIVERS)
def test_help_and_version_go_to_stdout(driver: str) -> None:
    for flag in ("--help", "--version"):
        done = run(driver, flag)
        assert done.returncode == 0 and done.stdout and not done.stderr


@pytest.mark.parametrize("driver", DRIVERS)
def test_an_estimate_is_seconds_and_nothing_is_done(driver: str, tmp_path: Path) -> None:
    done = run(driver, "--estimate", "--out", str(tmp_path / "out"))
    assert done.returncode == 0 and not complaints(done)
    assert 1 <= int(done.stdout) < 360, "the quick run takes six minutes with all but descent"
    assert not (tmp_path / "out").exists()
    assert int(run(driver, "--estimate", "--full").stdout) > int(done.stdout)


def notes(done: subprocess.CompletedProcess[str]) -> list[str]:
    """What a driver says about what was asked for, without what it says about modules."""
    return [line for line in done.stderr.splitlines() if line.startswith("note: ") and ".so" not in line]


LINEAR = ["--problem", "linear", "--method", "analytic", "--dtype", "f64", "--backend", "avx2"]
DROPS = [
    ("throughput", ["--lanes", "points", "--dims", "64,2048"], "1 case is left out: lanes points are measured up to"),
    (
        "throughput",
        ["--lanes", "scalar,elements", "--dims", "64", "--threads", "1,2"],
        "1 case is left out: what does not split",
    ),
    ("throughput", ["--dims", "64", "--points", "1,64"], "2 cases are left out: only lanes points take"),
    ("accuracy", ["--dims", "4,64", "--points", "1,64"], "4 cases are left out: only lanes points take"),
]


@pytest.mark.parametrize(("driver", "asked", "note"), DROPS, ids=lambda value: str(value)[:30])
def test_what_is_left_out_is_told_in_one_line(driver: str, asked: list[str], note: str) -> None:
    done = run(driver, *LINEAR, *asked, "--check-only")
    assert done.returncode == 0, done.stderr
    assert len(notes(done)) == 1 and notes(done)[0].startswith(f"note: {note}"), done.stderr


@pytest.mark.parametrize("driver", ["throughput", "accuracy"])
def test_where_all_is_left_out_the_reason_is_the_mistake(driver: str) -> None:
    done = run(driver, *LINEAR, "--lanes", "elements", "--dims", "64", "--points", "64")
    assert done.returncode == 2 and not notes(done)
    assert len(complaints(done)) == 1 and "only lanes points take more than one point" in done.stderr


@pytest.mark.parametrize("driver", ["throughput", "accuracy"])
def test_an_n_that_some_problems_do_not_take(driver: str) -> None:
    rest = ["--method", "analytic", "--lanes", "elements", "--dtype", "f64", "--backend", "avx2", "--check-only"]
    for problems in ([], ["--problem", "chain,linear"]):
        done = run(driver, *problems, "--dims", "7", *rest)
        if problems:
            assert done.returncode == 2 and "n = 7 is invalid for chain" in done.stderr
            assert len(complaints(done)) == 1 and not notes(done)
        else:
            assert done.returncode == 0, done.stderr
            assert len(notes(done)) == 1 and "n = 7 is invalid for chain" in notes(done)[0]


def test_accuracy_takes_a_list_of_threads(tmp_path: Path) -> None:
    asked = ["--lanes", "elements", "--dims", "4096", "--threads", "1,2", "--check-only", "--out", str(tmp_path)]
    done = run("accuracy", *LINEAR, *asked)
    assert done.returncode == 0, done.stderr
    rows = [row for text in shards(tmp_path / "accuracy").values() for row in json.loads(text)["gradient_errors"]]
    assert [row["threads"] for row in rows] == [1, 2]
    assert rows[0]["max_ulp"] == rows[1]["max_ulp"], "the bits do not depend on threads"


def test_only_throughput_speaks_of_google_benchmark() -> None:
    speaks = {driver: "Google Benchmark" in run(driver, "--help").stdout for driver in DRIVERS}
    assert speaks == {driver: driver == "throughput" for driver in DRIVERS}


def shards(folder: Path) -> dict[str, str]:
    """Name and text of each shard; every one of them must be complete, and nothing else may lie there."""
    texts = {}
    for path in sorted(folder.iterdir()) if folder.exists() else []:
        assert path.suffix == ".json", f"{path.name} is left over"
        texts[path.name] = path.read_text()
        assert json.loads(texts[path.name])["complete"] is True
    return texts


@pytest.mark.parametrize(
    ("stop", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_an_interrupted_run_keeps_its_shards_and_resumes(tmp_path: Path, stop: int, status: int) -> None:
    command = [str(built("bench", "throughput")), *SMALL, "--case-seconds", "0.05", "--out", str(tmp_path)]
    folder = tmp_path / "throughput"
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as running:
        deadline = time.monotonic() + 60
        while not list(folder.glob("*.json")) and running.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        running.send_signal(stop)
        complaint = running.communicate(timeout=60)[1]
    assert running.returncode == status, complaint
    if stop == signal.SIGKILL:  # a temporary file may stay, under a name that is no shard's
        for path in folder.iterdir():
            if path.suffix != ".json":
                path.unlink()
    kept = shards(folder)
    assert 0 < len(kept) < 6
    done = subprocess.run([*command, "--resume"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    complete = shards(folder)
    assert len(complete) >= 6
    assert {name: complete[name] for name in kept} == kept, "a complete shard was written again"


def test_limits_are_what_throughput_holds_its_rows_against(tmp_path: Path) -> None:
    out = ["--dtype", "f64", "--threads", "1", "--out", str(tmp_path)]
    done = run("limits", *out, "--probe-seconds", "0.005")
    assert done.returncode == 0, done.stderr
    kept = shards(tmp_path / "limits")
    (shard,) = map(json.loads, kept.values())
    backend = shard["backend"]
    levels = {row.get("level") for row in shard["roofs"] if row["probe"] == "copy"}
    assert levels == {level["name"] for level in shard["levels"]} and "DRAM" in levels
    assert all(row["rate"] >= row["median_rate"] > 0 for row in shard["roofs"])
    assert run("limits", *out, "--probe-seconds", "0.005", "--resume").returncode == 0
    assert shards(tmp_path / "limits") == kept, "a complete shard was written again"
    chosen = ["--problem", "log_sum_exp", "--lanes", "elements", "--dims", "1024", "--backend", backend]
    assert run("throughput", *chosen, "--case-seconds", "0.01", *out).returncode == 0
    (shard,) = map(json.loads, shards(tmp_path / "throughput").values())
    for row in shard["benchmarks"]:
        if row["value_only"]:
            assert row["limit_fraction"] is None and "gradient" in row["limit_reason"]
        else:
            assert row["limit_fraction"] == pytest.approx(row["limit_ns"] / row["ns_per_gradient"])
            assert row["limit_bound"] in {"arithmetic", "transcendental"} | levels
            assert row["work_operations"] > 0 and row["work_bytes"] == 5 * 8 * 1024


def test_without_limits_rows_say_why(tmp_path: Path) -> None:
    done = run("throughput", "--problem", "quartic", "--method", "analytic", "--lanes", "elements", "--dtype", "f64")
    assert done.returncode == 0 and "limit_fraction" not in done.stdout
    arguments = ["--problem", "quartic", "--method", "analytic", "--dims", "64", "--case-seconds", "0.01"]
    assert run("throughput", *arguments, "--out", str(tmp_path)).returncode == 0
    for text in shards(tmp_path / "throughput").values():
        for row in json.loads(text)["benchmarks"]:
            assert row["limit_fraction"] is None and row["limit_reason"]


def test_a_case_that_is_too_long_is_skipped_before_its_call(tmp_path: Path) -> None:
    chosen = ["--problem", "logistic_regression", "--method", "central_difference_8", "--lanes", "points"]
    limit = ["--dims", "256", "--max-case-seconds", "0.25", "--out", str(tmp_path)]
    assert run("throughput", *chosen, *limit).returncode == 0
    rows = [r for text in shards(tmp_path / "throughput").values() for r in json.loads(text)["benchmarks"]]
    reasons = [row["skipped"] for row in rows if row["method"] == "central_difference_8"]
    assert reasons and all("a call would take about" in reason for reason in reasons)


def test_every_number_written_was_checked(tmp_path: Path) -> None:
    done = run("accuracy", "--problem", "quartic", "--dims", "4,64", "--check-only", "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    rows = [row for text in shards(tmp_path / "accuracy").values() for row in json.loads(text)["gradient_errors"]]
    assert rows and {row["verdict"] for row in rows} <= {"ok", "no digits"}


@pytest.fixture
def fixtures(tmp_path: Path) -> Callable[[str], list[str]]:
    """The flags that choose one of tests/fixtures as the only backend, and a folder for results."""

    def only(name: str) -> list[str]:
        folder = tmp_path / "backends"
        folder.mkdir(exist_ok=True)
        shutil.copy(built("tests", "fixtures", f"{name}.so"), folder)
        (folder / f"{name}.json").write_text(json.dumps({"abi": 4, "name": name, "needs": [], "rank": 1}))
        return ["--backend-dir", str(folder), "--backend", name, "--out", str(tmp_path / "out")]

    return only


def rows_left_out(out: Path) -> list[dict[str, object]]:
    return [row for text in shards(out / "accuracy").values() for row in json.loads(text)["skipped"]]


@pytest.mark.parametrize("driver", ["throughput", "accuracy"])
def test_a_wrong_gradient_is_exit_1_and_stays_it(
    driver: str, fixtures: Callable[[str], list[str]], tmp_path: Path
) -> None:
    chosen = [*fixtures("wrong_gradient"), "--method", "analytic", "--dims", "4,64"]
    done = run(driver, *chosen)
    assert done.returncode == 1, done.stderr
    complaint = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(complaint) >= 2 and all("quartic" in line for line in complaint)
    kept = shards(tmp_path / "out" / driver)
    again = run(driver, *chosen, "--resume")
    assert again.returncode == 1, again.stderr
    assert sorted(line for line in again.stderr.splitlines() if line.startswith("error: ")) == sorted(complaint)
    assert shards(tmp_path / "out" / driver) == kept


def test_accuracy_writes_its_complaints(fixtures: Callable[[str], list[str]], tmp_path: Path) -> None:
    assert run("accuracy", *fixtures("wrong_gradient"), "--method", "analytic", "--dims", "4").returncode == 1
    (shard,) = map(json.loads, shards(tmp_path / "out" / "accuracy").values())
    assert any("analytic" in line and "wrong gradient" in line for line in shard["complaints"])
    assert {row["verdict"] for row in shard["gradient_errors"]} == {"wrong"}


@pytest.mark.parametrize("driver", ["throughput", "accuracy"])
@pytest.mark.parametrize("resume", [[], ["--resume"]], ids=["again", "resume"])
def test_a_complete_shard_of_another_selection_is_not_lost(
    driver: str, resume: list[str], fixtures: Callable[[str], list[str]], tmp_path: Path
) -> None:
    chosen = [*fixtures("good"), "--dims", "4", "--method", "analytic"]
    assert run(driver, *chosen, "--max-case-seconds", "5").returncode == 0
    kept = shards(tmp_path / "out" / driver)
    done = run(driver, *chosen, *resume)
    assert done.returncode == 2 and done.stdout == ""
    assert len(complaints(done)) == 1 and "max_case_seconds" in complaints(done)[0]
    assert shards(tmp_path / "out" / driver) == kept


@pytest.mark.parametrize("driver", ["throughput", "accuracy"])
def test_shards_of_other_builds_are_not_lost(driver: str, fixtures: Callable[[str], list[str]], tmp_path: Path) -> None:
    chosen = [*fixtures("good"), "--dims", "4", "--method", "analytic"]
    assert run(driver, *chosen).returncode == 0
    kept = shards(tmp_path / "out" / driver)
    with (tmp_path / "backends" / "good.so").open("ab") as module:
        module.write(b"another build")
    done = run(driver, *chosen, "--resume")
    assert done.returncode == 2 and len(complaints(done)) == 1
    assert "other builds of the modules" in complaints(done)[0]
    assert shards(tmp_path / "out" / driver) == kept


def test_accuracy_names_every_case_whose_matrix_is_too_large(tmp_path: Path) -> None:
    chosen = ["--problem", "quadratic_form", "--lanes", "elements", "--dtype", "f64", "--check-only"]
    done = run("accuracy", *chosen, "--dims", "64,1048576", "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    skipped = rows_left_out(tmp_path)
    large = [row for row in skipped if row["n"] == 1048576]
    methods = {
        row["method"] for text in shards(tmp_path / "accuracy").values() for row in json.loads(text)["gradient_errors"]
    }
    assert {row["method"] for row in large} >= methods and methods
    run_of_it = data.load(tmp_path)  # and the report takes them
    assert {missing.case.n for missing in run_of_it.missing} >= {1048576}


def test_accuracy_goes_on_where_memory_ends(fixtures: Callable[[str], list[str]], tmp_path: Path) -> None:
    # x and two gradients: 2^25 numbers are 256 MiB each.
    chosen = [
        *fixtures("good"),
        "--method",
        "analytic",
        "--dims",
        "4,33554432",
        "--check-only",
        "--max-case-seconds",
        "600",
    ]
    command = ["bash", "-c", 'ulimit -v 700000 && exec "$@"', "limited", str(built("bench", "accuracy")), *chosen]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    (row,) = rows_left_out(tmp_path / "out")
    assert row["n"] == 33554432 and "out of memory" in row["reason"]
    (shard,) = map(json.loads, shards(tmp_path / "out" / "accuracy").values())
    assert [row["n"] for row in shard["gradient_errors"]] == [4]


def test_rows_say_how_large_the_matrix_is(tmp_path: Path) -> None:
    chosen = ["--method", "analytic", "--lanes", "elements", "--dtype", "f64", "--dims", "64", "--case-seconds", "0.01"]
    done = run("throughput", "--problem", "quartic,quadratic_form", *chosen, "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    rows = [row for text in shards(tmp_path / "throughput").values() for row in json.loads(text)["benchmarks"]]
    sizes = {(row["problem"], row["data_bytes"]) for row in rows}
    assert sizes == {("quartic", 0), ("quadratic_form", 8 * 64 * 64)}


def test_the_commit_is_that_of_the_build(tmp_path: Path, fixtures: Callable[[str], list[str]]) -> None:
    """Asked of git when the driver is built, not when it runs: what is checked out by then is another matter."""
    git = tmp_path / "bin" / "git"
    git.parent.mkdir()
    git.write_text(f"#!/bin/sh\ntouch {tmp_path}/asked\necho 0000000000000000000000000000000000000000\n")
    git.chmod(0o755)
    command = [str(built("bench", "throughput")), *fixtures("good"), "--dims", "4", "--check-only"]
    environment = os.environ | {"PATH": f"{git.parent}:{os.environ['PATH']}"}
    assert subprocess.run(command, capture_output=True, timeout=120, env=environment).returncode == 0
    assert not (tmp_path / "asked").exists()
    (shard,) = map(json.loads, shards(tmp_path / "out" / "throughput").values())
    commit = shard["context"]["provenance"]["commit"]
    assert commit is None or (len(commit) == 40 and set(commit) != {"0"})
