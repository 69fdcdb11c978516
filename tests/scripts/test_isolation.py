"""A backend that crashes, hangs or ends the process loses the case that it does so in alone, and a module that does so
when it is loaded, itself."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from builds import built
from gradlane import data

MISHAPS = {8: "crashed: signal 11", 16: "hung: killed after 1 s", 24: "exit status 0", 32: "crashed: signal 6"}
SIZES = "--dims=4,8,16,24,32,40"


def put(folder: Path, fixture: str, rank: int = 0) -> Path:
    """A fixture as a backend of this folder; like any library's it has no rank unless told otherwise."""
    folder.mkdir(exist_ok=True)
    shutil.copy(built("tests", "fixtures", f"{fixture}.so"), folder)
    (folder / f"{fixture}.json").write_text(json.dumps({"abi": 4, "name": fixture, "needs": [], "rank": rank}))
    return folder


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    """The driver with tests/fixtures/mishaps.c as its only backend."""
    folder = put(tmp_path / "backends", "mishaps")
    flags = ["--method=analytic", "--case-seconds=0.01", "--case-limit=1", f"--out={tmp_path / 'out'}"]
    return [str(built("bench", "throughput")), f"--backend-dir={folder}", *flags]


def run(command: list[str], *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*command, *more], capture_output=True, text=True, timeout=120)


def rows(out: Path) -> dict[int, dict[str, object]]:
    found = [json.loads(path.read_text()) for path in (out / "throughput").glob("*.json")]
    return {row["n"]: row for shard in found for row in shard["benchmarks"] if row["method"] == "analytic"}


def test_a_mishap_loses_its_case_alone(command: list[str], tmp_path: Path) -> None:
    done = run(command, SIZES)
    assert done.returncode == 1, done.stderr
    told = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    measured = rows(tmp_path / "out")
    assert set(measured) == {4, 8, 16, 24, 32, 40}
    for n, row in measured.items():
        assert row["isolated"] is True
        if n in MISHAPS:
            assert MISHAPS[n] in str(row["error"])
            assert sum(f"/n:{n}/" in line and MISHAPS[n] in line for line in told) == 1, done.stderr
        else:
            assert row["verdict"] == "ok" and row["real_time"] > 0 and row["cost_over_primal"] > 0
    report = data.load(tmp_path / "out")
    assert {missing.case.n for missing in report.missing if missing.failed} == set(MISHAPS)
    again = run(command, SIZES, "--resume")
    assert again.returncode == 1, "what failed stays failed"
    assert rows(tmp_path / "out") == measured


def test_without_isolation_a_crash_ends_the_run_and_keeps_what_came_before(command: list[str], tmp_path: Path) -> None:
    done = run(command, "--dims=4,8,40", "--no-isolate")
    assert done.returncode == -signal.SIGSEGV
    assert set(rows(tmp_path / "out")) == {4} and rows(tmp_path / "out")[4]["isolated"] is False


def test_ranked_backends_are_isolated_where_asked_for(command: list[str], tmp_path: Path) -> None:
    put(tmp_path / "backends", "mishaps", rank=1)
    assert run(command, "--dims=4").returncode == 0
    assert rows(tmp_path / "out")[4]["isolated"] is False
    assert run(command, "--dims=40", "--isolate").returncode == 0
    assert rows(tmp_path / "out")[40]["isolated"] is True


def test_an_isolated_case_that_is_checked_only_says_so(command: list[str], tmp_path: Path) -> None:
    assert run(command, "--dims=4,8", "--check-only").returncode == 1
    found = rows(tmp_path / "out")
    assert found[4]["verdict"] == "ok" and "real_time" not in found[4] and "error" in found[8]


def test_mistakes_of_isolation_are_one_line(command: list[str]) -> None:
    for mistake in (["--isolate", "--no-isolate"], ["--case-limit", "0"]):
        done = run(command[:-2], *mistake)
        assert done.returncode == 2 and len(done.stderr.splitlines()) == 1, done.stderr
    done = subprocess.run([command[0], "--one-case", "a", "b"], capture_output=True, text=True)
    assert done.returncode == 2 and "not for users" in done.stderr


def hangs(pid: str) -> bool:
    """Whether it sleeps with the module loaded: in pause(), where n = 16 ends."""
    try:
        process = Path(f"/proc/{pid}")
        return "mishaps.so" in (process / "maps").read_text() and "(sleeping)" in (process / "status").read_text()
    except OSError:
        return False


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGKILL])
def test_no_worker_outlives_its_driver(command: list[str], stop: int) -> None:
    patient = [word for word in command if not word.startswith("--case-limit")] + ["--dims=16"]
    with subprocess.Popen(patient, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as running:
        deadline, workers = time.monotonic() + 30, []
        while time.monotonic() < deadline:
            workers = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
            if workers and hangs(workers[0]):
                break
            time.sleep(0.01)
        assert workers and hangs(workers[0])
        running.send_signal(stop)
        running.wait(timeout=30)
    deadline = time.monotonic() + 10
    while Path(f"/proc/{workers[0]}").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not Path(f"/proc/{workers[0]}").exists()


# ---- accuracy ------------------------------------------------------------------------------------------------------


def accuracy(folder: Path, out: Path, *more: str) -> subprocess.CompletedProcess[str]:
    flags = [f"--backend-dir={folder}", "--method=analytic,forward_difference", f"--out={out}", *more]
    return run([str(built("bench", "accuracy")), *flags])


def errors(out: Path) -> dict[str, list[dict[str, object]]]:
    return json.loads((out / "accuracy" / "quartic-f64.json").read_text())


def test_a_mishap_loses_its_part_of_accuracy_alone(tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = accuracy(put(tmp_path / "backends", "mishaps"), out, SIZES, "--case-limit=1")
    assert done.returncode == 1, done.stderr
    found = errors(out)
    measured = {(row["method"], row["n"]) for row in found["gradient_errors"] if row["verdict"] != "wrong"}
    assert measured == {("analytic", n) for n in (4, 40)} | {("forward_difference", n) for n in (4, 8, 16, 24, 32, 40)}
    assert {row["n"] for row in found["steps"]} == {4, 8, 16, 24, 32, 40}, "forward differences have no mishaps"
    lost = {(row["n"], row["part"]): row["reason"] for row in found["skipped"]}
    assert set(lost) == {(n, part) for n in MISHAPS for part in ("gradient error", "remainder")}
    for (n, part), reason in lost.items():
        assert MISHAPS[n] in reason
        told = [line for line in done.stderr.splitlines() if line.startswith("error: ") and f"/n:{n}: {part}: " in line]
        assert len(told) == 1 and MISHAPS[n] in told[0], done.stderr
    assert {missing.case.n for missing in data.load(out).missing if missing.failed} == set(MISHAPS)
    again = accuracy(tmp_path / "backends", out, SIZES, "--case-limit=1", "--resume")
    assert again.returncode == 1 and errors(out) == found, "what failed stays failed"


def test_isolated_or_not_accuracy_finds_the_same(tmp_path: Path) -> None:
    folder = put(tmp_path / "backends", "good")
    kinds = ("gradient_errors", "remainders", "steps", "own_estimates", "skipped", "complaints")
    found = []
    for flag in ("--isolate", "--no-isolate"):
        done = accuracy(folder, tmp_path / flag, "--dims=4,64", flag)
        assert done.returncode == 0, done.stderr
        shard = errors(tmp_path / flag)
        found.append({kind: sorted(json.dumps(row) for row in shard[kind]) for kind in kinds})
    methods = [json.loads(row)["method"] for row in found[0]["remainders"]]
    assert {"oracle", "control", "analytic", "forward_difference"} == set(methods)
    assert found[0] == found[1]


def test_without_isolation_a_crash_ends_accuracy(tmp_path: Path) -> None:
    folder = put(tmp_path / "backends", "mishaps")
    assert accuracy(folder, tmp_path / "out", "--dims=4,8", "--no-isolate").returncode == -signal.SIGSEGV
    put(folder, "mishaps", rank=1)
    assert accuracy(folder, tmp_path / "out", "--dims=4,8").returncode == -signal.SIGSEGV
    assert accuracy(folder, tmp_path / "out", "--dims=4,8", "--isolate").returncode == 1
    for mistake in (["--isolate", "--no-isolate"], ["--case-limit", "0"]):
        done = accuracy(folder, tmp_path / "out", *mistake)
        assert done.returncode == 2 and len(done.stderr.splitlines()) == 1, done.stderr


# ---- loading -------------------------------------------------------------------------------------------------------

ON_LOAD = {
    "crash": "loading it crashed: signal 11",
    "abort": "loading it crashed: signal 6",
    "exit": "loading it ended its process with exit status 0",
    "hang": "loading it hung: killed after 1 s",
}


def load(driver: str, folder: Path, what: str, *more: str) -> subprocess.CompletedProcess[str]:
    words = [built("bench", driver), f"--backend-dir={folder}", *more]
    environment = {**os.environ, "GRADLANE_FIXTURE_ON_LOAD": what}
    return subprocess.run(words, capture_output=True, text=True, timeout=120, env=environment)


@pytest.mark.parametrize("driver", ["throughput", "accuracy"])
@pytest.mark.parametrize("what", ON_LOAD)
def test_a_mishap_when_loading_loses_that_module_alone(driver: str, what: str, tmp_path: Path) -> None:
    folder = put(tmp_path / "backends", "on_load")
    put(folder, "good")
    arguments = ["--method=analytic", "--dims=4", "--check-only", "--case-limit=1", f"--out={tmp_path / 'out'}"]
    done = load(driver, folder, what, *arguments)
    assert done.returncode == 0, done.stderr
    warnings = [line for line in done.stderr.splitlines() if "on_load.so" in line]
    assert len(warnings) == 1 and warnings[0].startswith("warning: ") and ON_LOAD[what] in warnings[0], done.stderr
    (shard,) = (tmp_path / "out" / driver).glob("*.json")
    rows = json.loads(shard.read_text())["benchmarks" if driver == "throughput" else "gradient_errors"]
    assert {row["backend"] for row in rows} == {"good"}


def test_a_module_that_loads_well_is_taken(tmp_path: Path) -> None:
    folder = put(tmp_path / "backends", "on_load")
    done = load("throughput", folder, "", "--list")
    assert done.returncode == 0 and "quartic/analytic/scalar/f64/on_load" in done.stdout, done.stderr


def test_a_module_that_cannot_be_loaded_and_was_named_is_bad_usage(tmp_path: Path) -> None:
    folder = put(tmp_path / "backends", "on_load")
    put(folder, "good")
    done = load("throughput", folder, "crash", "--backend=on_load", "--list")
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and ON_LOAD["crash"] in done.stderr
    done = load("limits", folder, "crash", "--list")
    assert done.returncode >= 0 and ON_LOAD["crash"] in done.stderr
    assert load("throughput", folder, "crash", "--list", "--no-isolate").returncode == -signal.SIGSEGV
