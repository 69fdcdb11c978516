"""scripts/history: appended and never rewritten, one series an environment and case, change points where the level shifts."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path

import pytest
from fake_driver import IDENTITY, case
from gradlane import history
from gradlane.history_changes import changes, partition
from gradlane.history_file import fingerprint
from test_compare_outputs import stored

CASE = case()


def noisy(levels: list[tuple[int, float]], seed: int, noise: float = 0.01) -> list[float]:
    generator = random.Random(seed)
    return [level * math.exp(generator.gauss(0, noise)) for count, level in levels for _ in range(count)]


def test_a_shift_is_marked_where_it_happened() -> None:
    (found,) = changes(noisy([(15, 100.0), (10, 110.0)], 1), 0.02)
    assert found.index == 15
    assert found.log_ratio == pytest.approx(math.log(1.1), abs=0.02)
    both = changes(noisy([(12, 100.0), (8, 90.0), (12, 100.0)], 2), 0.02)
    assert [change.index for change in both] == [12, 20]


def test_noise_outliers_and_short_series_are_not_marked() -> None:
    marked = sum(bool(changes(noisy([(30, 100.0)], seed), 0.02)) for seed in range(200))
    assert marked <= 4
    spike = [100.0, 101.0] * 5 + [150.0] + [100.0, 101.0] * 5
    assert not changes(spike, 0.02)
    assert not changes([100.0, 100.0, 200.0, 200.0, 200.0], 0.02)
    assert not changes([100.0] * 20, 0.02)


def test_shifts_are_found_often_and_small_ones_are_left() -> None:
    found = [changes(noisy([(15, 100.0), (15, 105.0)], seed), 0.02) for seed in range(100)]
    assert sum(len(marks) == 1 and abs(marks[0].index - 15) <= 1 for marks in found) >= 90
    assert not changes(noisy([(20, 100.0), (20, 101.0)], 3, noise=0.001), 0.02)
    assert changes(noisy([(20, 100.0), (20, 101.0)], 3, noise=0.001), 0.005)


def test_the_partition_is_the_best_of_all() -> None:
    """Against all ways to cut a short series."""
    from itertools import combinations
    from gradlane import history_changes as method

    for seed in range(20):
        values = [math.log(x) for x in noisy([(4, 100.0), (5, 104.0)], seed, noise=0.02)]
        variance, penalty = method.scatter(values) ** 2, method.PENALTY * math.log(len(values))

        def cost(cuts: tuple[int, ...]) -> float:
            parts = [values[a:b] for a, b in zip((0, *cuts), (*cuts, len(values)))]
            if min(map(len, parts)) < method.LEAST:
                return math.inf
            return sum(sum((v - sum(p) / len(p)) ** 2 for v in p) / variance for p in parts) + penalty * len(cuts)

        every = [cuts for count in range(3) for cuts in combinations(range(1, len(values)), count)]
        assert tuple(partition(values)) == min(every, key=cost)


def add(file: Path, folder: Path, ns: float, seed: int, **identity: str) -> None:
    run = stored(folder / f"run{seed}.json", {CASE: ns, case("analytic"): 5.0}, seed, IDENTITY | identity)
    assert history.main(["add", str(run), "--file", str(file)]) == 0


def test_runs_are_appended_and_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "history.jsonl"
    for seed in range(1, 13):
        before = file.read_bytes() if file.exists() else b""
        add(file, tmp_path, 100.0 if seed <= 6 else 120.0, seed)
        assert file.read_bytes().startswith(before)
    capsys.readouterr()
    assert history.main(["show", "reverse_fused", "--file", str(file)]) == 0
    shown = capsys.readouterr().out
    assert shown.count("2026-01-") == 12 and "analytic" not in shown
    (marked,) = [line for line in shown.splitlines() if "<-" in line]
    assert "2026-01-07" in marked
    assert history.main(["changes", "--file", str(file)]) == 0
    assert "1 changes in 2 series (advisory)" in capsys.readouterr().out


def test_a_run_is_one_point_however_often_it_is_added(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "history.jsonl"
    add(file, tmp_path, 100.0, 1)
    add(file, tmp_path, 100.0, 2)
    before = file.read_bytes()
    assert history.main(["add", str(tmp_path / "run2.json"), "--file", str(file)]) == 3
    assert f"{file}:2: this run has been added already" in capsys.readouterr().err
    assert file.read_bytes() == before


def test_environments_are_series_of_their_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "history.jsonl"
    for seed in range(1, 9):
        add(file, tmp_path, 100.0, seed)
        add(file, tmp_path, 200.0, seed + 10, cpu_model_name="Another CPU")
    capsys.readouterr()
    assert history.main(["changes", "--file", str(file)]) == 0
    assert "0 changes in 4 series" in capsys.readouterr().out
    prints = {json.loads(line)["fingerprint"] for line in file.read_text().splitlines()}
    assert prints == {fingerprint(IDENTITY), fingerprint(IDENTITY | {"cpu_model_name": "Another CPU"})}
    chosen = ["show", "reverse_fused", "--file", str(file), "--environment", fingerprint(IDENTITY)]
    assert history.main(chosen) == 0 and "Another CPU" not in capsys.readouterr().out


def test_a_line_that_was_cut_short_is_told_skipped_and_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "history.jsonl"
    add(file, tmp_path, 100.0, 1)
    whole = file.read_bytes()
    file.write_bytes(whole + whole[:100])
    capsys.readouterr()
    assert history.main(["show", "reverse_fused", "--file", str(file)]) == 0
    captured = capsys.readouterr()
    assert captured.out.count("2026-01-") == 1 and ":2: cut short, skipped" in captured.err
    add(file, tmp_path, 100.0, 2)
    assert "cut short; it stays" in capsys.readouterr().err
    assert file.read_bytes().startswith(whole + whole[:100] + b"\n")
    assert history.main(["show", "reverse_fused", "--file", str(file)]) == 0
    captured = capsys.readouterr()
    assert captured.out.count("2026-01-") == 2 and ":2: broken, skipped" in captured.err


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["add", "/nowhere"], 2, "no such file"),
        (["show", "("], 2, "not a regular expression"),
        (["show", "x", "--file", "/nowhere/h"], 2, "No such file"),
        (["changes", "--threshold", "x"], 2, "--threshold"),
        ([], 2, "required"),
    ],
)
def test_mistakes(arguments: list[str], status: int, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert history.main(arguments) == status
    error = capsys.readouterr().err
    assert told in error and error.count("\n") == 1


def test_runs_that_cannot_be_added(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run, file = tmp_path / "run.json", tmp_path / "history.jsonl"
    run.write_text('{"schema": 1, "kind": "throughput", "benchmarks": []}')
    assert history.main(["add", str(run), "--file", str(file)]) == 3
    assert "carries no environment" in capsys.readouterr().err
    assert not file.exists()
