"""A backend that crashes, hangs or ends the process in one case loses that case alone."""

from __future__ import annotations

import json
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


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    """The driver with tests/fixtures/mishaps.c as its only backend, which like any library's has no rank."""
    folder = tmp_path / "backends"
    folder.mkdir()
    shutil.copy(built("tests", "fixtures", "mishaps.so"), folder)
    (folder / "mishaps.json").write_text(json.dumps({"abi": 3, "name": "mishaps", "needs": []}))
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
    (tmp_path / "backends" / "mishaps.json").write_text(
        json.dumps({"abi": 3, "name": "mishaps", "needs": [], "rank": 1})
    )
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
