"""What scripts/compare promises of this machine: no false alarms, planted losses found. Takes about half an hour on a quiet
machine; GRADLANE_PROOF_RUNS=N makes fewer runs, with bars in proportion. pytest -s shows the counts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from planted import plant

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests" / "scripts")]

from builds import built  # noqa: E402

RUNS = int(os.environ.get("GRADLANE_PROOF_RUNS", "20"))
PLANTED = ("gaussian_bump", "reverse_fused", "elements", 512)
NAME = "gaussian_bump/reverse_fused/elements/f64/avx2/n:512/points:1/threads:1"
#: One case of every problem.
SELECTION = ["--", *"--method reverse_fused --lanes elements --dims 512 --threads 1 --backend avx2".split()]


def compare(folder: Path, *arguments: str | Path) -> dict:
    out, raw = folder / "report.json", folder / "raw.jsonl"
    for path in (out, raw):
        path.unlink(missing_ok=True)
    rest = list(map(str, arguments))
    at = rest.index("--") if "--" in rest else len(rest)
    more = ["--driver", str(built("bench", "throughput")), "--json", str(out), "--raw", str(raw)]
    command = [sys.executable, str(ROOT / "scripts" / "compare"), *rest[:at], *more, *rest[at:]]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    assert done.returncode in (0, 1), done.stderr
    report = json.loads(out.read_text())
    assert report["exit_code"] == done.returncode
    return report


def flagged(report: dict) -> set[str]:
    return {f["name"] for f in report["findings"] if f["verdict"] in ("REGRESSION", "IMPROVED")}


def test_equal_builds_raise_at_most_one_alarm_in_all(tmp_path: Path) -> None:
    build = built("backends", "avx2.so").parent
    alarms = []
    for seed in range(1, RUNS + 1):
        alarms += sorted(flagged(compare(tmp_path, "noise", "--build", build, "--quick", "--seed", str(seed))))
    print(f"{len(alarms)} alarms in {RUNS} runs of equal builds")
    assert len(alarms) <= 1, alarms


@pytest.mark.parametrize(("slowdown", "share"), [(0.05, 0.8), (0.10, 1.0)])
def test_planted_slowdowns_are_called(tmp_path: Path, slowdown: float, share: float) -> None:
    module, runs = built("backends", "avx2.so"), max(1, RUNS // 2)
    base = plant(tmp_path / "base", module, PLANTED)
    slow = plant(tmp_path / "slow", module, PLANTED, slowdown=slowdown)
    called = 0
    for seed in range(1, runs + 1):
        report = compare(tmp_path, "builds", "--base", base, "--candidate", slow, "--seed", str(seed), *SELECTION)
        verdicts = {f["name"]: f["verdict"] for f in report["findings"]}
        called += verdicts[NAME] == "REGRESSION"
    print(f"{slowdown:.0%} called in {called} of {runs} runs")
    assert called >= share * runs, f"{called} of {runs}"


def test_a_planted_accuracy_loss_is_always_called(tmp_path: Path) -> None:
    module = built("backends", "avx2.so")
    base = plant(tmp_path / "base", module, PLANTED)
    for k, error in enumerate((1e-9, 1e-6, 1e-3)):
        wrong = plant(tmp_path / f"wrong{k}", module, PLANTED, error=error)
        report = compare(tmp_path, "builds", "--base", base, "--candidate", wrong, "--rounds", "7", *SELECTION)
        assert flagged(report) == {NAME}
