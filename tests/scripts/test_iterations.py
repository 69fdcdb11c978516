"""The throughput driver with --iterations: the same work in every process, which is what a comparison is made of."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from builds import built

CHOSEN = ["--problem", "quartic,chain", "--method", "analytic,reverse_fused", "--lanes", "elements", "--dims", "64"]


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [built("bench", "throughput"), *CHOSEN, "--out", folder / "out", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def shards(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in sorted((folder / "out" / "throughput").glob("*.json"))]


def rows(folder: Path) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for shard in shards(folder) for row in shard["benchmarks"]}


@pytest.fixture(scope="module")
def names() -> list[str]:
    listed = subprocess.run(
        [built("bench", "throughput"), *CHOSEN, "--benchmark_list_tests"], capture_output=True, text=True
    )
    return listed.stdout.split()


def test_one_number_is_that_of_every_case(tmp_path: Path) -> None:
    done = run(tmp_path, "--iterations", "17")
    assert done.returncode == 0, done.stderr
    found = rows(tmp_path).values()
    assert len(found) > 4  # with the primals beside them
    assert all((row["iterations"], len(row["times_ns"])) == (17, 1) for row in found)
    assert all(shard["selection"]["iterations"] == 17 for shard in shards(tmp_path))


def test_a_file_chooses_cases_and_their_numbers(tmp_path: Path, names: list[str]) -> None:
    counts = {names[0]: 5, names[-1]: 1000}
    (file := tmp_path / "counts.json").write_text(json.dumps(counts))
    done = run(tmp_path, "--iterations", str(file), "--benchmark_repetitions=3")
    assert done.returncode == 0, done.stderr
    found = rows(tmp_path)
    assert {name: row["iterations"] for name, row in found.items()} == counts
    assert all(len(row["times_ns"]) == 3 and row["verdict"] == "ok" for row in found.values())
    assert all(shard["selection"]["iterations"] == counts for shard in shards(tmp_path))


def told(folder: Path, content: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The rows of a run that is told so much of its cases."""
    folder.mkdir()
    (file := folder / "told.json").write_text(json.dumps(content))
    done = run(folder, "--iterations", str(file), "--benchmark_repetitions=4")
    assert done.returncode == 0, done.stderr
    return rows(folder)


def test_an_answer_with_known_bits_is_not_compared_again(tmp_path: Path, names: list[str]) -> None:
    first = told(tmp_path / "first", dict.fromkeys(names, 9))
    bits = {name: row["answer_bits"] for name, row in first.items()}
    assert all(len(set(one)) == 3 and None not in one for one in bits.values())
    known = {name: {"calls": 9, "answer_bits": one} for name, one in bits.items()}
    again = told(tmp_path / "again", known)
    assert {row["verdict"] for row in again.values()} == {"known bits"}
    assert all(row["relative_error"] is None and len(row["times_ns"]) == 4 for row in again.values())
    assert {name: row["answer_bits"] for name, row in again.items()} == bits
    # One digit off: the oracle is asked, and says what the bits are.
    off = [("0" if bits[names[0]][0][0] != "0" else "1") + bits[names[0]][0][1:], *bits[names[0]][1:]]
    other = told(tmp_path / "other", known | {names[0]: {"calls": 9, "answer_bits": off}})
    assert other[names[0]]["verdict"] == "ok" and other[names[0]]["answer_bits"] == bits[names[0]]
    assert other[names[1]]["verdict"] == "known bits"


def test_a_wrong_answer_is_found_whatever_is_known(tmp_path: Path) -> None:
    shutil.copy(built("tests", "fixtures", "wrong_gradient.so"), tmp_path)
    sidecar = {"abi": 4, "name": "wrong_gradient", "needs": [], "lanes_f64": 1, "rank": 0}
    (tmp_path / "wrong_gradient.json").write_text(json.dumps(sidecar))
    command = [built("bench", "throughput"), "--backend-dir", tmp_path, "--dims", "8", "--problem", "quartic"]
    listed = subprocess.run([*command, "--benchmark_list_tests"], capture_output=True, text=True).stdout.split()
    content = {name: {"calls": 9, "answer_bits": ["0123456789abcdef"] * 3} for name in listed}
    (file := tmp_path / "told.json").write_text(json.dumps(content))
    done = subprocess.run([*command, "--iterations", file, "--out", tmp_path / "out"], capture_output=True, text=True)
    assert done.returncode == 1 and "wrong gradient" in done.stderr


def test_another_number_is_another_selection(tmp_path: Path) -> None:
    assert run(tmp_path, "--iterations", "17").returncode == 0
    assert run(tmp_path, "--iterations", "17", "--resume").returncode == 0
    done = run(tmp_path, "--iterations", "18", "--resume")
    assert done.returncode == 2 and "iterations" in done.stderr


MISTAKES = ["0", "-3", "1e3", "10000000000", "99999999999999999999999", "", "/nowhere.json"]
FILES = ["", "{", "[]", "{}", "17", '{"CASE": 0}', '{"CASE": 1.5}', '{"CASE": "7"}', '{"CASE": NaN}', '{"nobody": 3}']
FILES += ['{"CASE": {"calls": 3}}', '{"CASE": {"calls": 3, "answer_bits": ["1", null, null]}}']
FILES += ['{"CASE": {"calls": 0, "answer_bits": [null, null, null]}}', '{"CASE": {"calls": 3, "answer_bits": [null]}}']


@pytest.mark.parametrize("given", MISTAKES)
def test_a_number_that_is_none(tmp_path: Path, given: str) -> None:
    refused(run(tmp_path, f"--iterations={given}"), tmp_path)


@pytest.mark.parametrize("content", FILES)
def test_a_file_that_is_none(tmp_path: Path, content: str, names: list[str]) -> None:
    (file := tmp_path / "counts.json").write_text(content.replace("CASE", names[0]))
    refused(run(tmp_path, "--iterations", str(file)), tmp_path)


@pytest.mark.parametrize("other", ["--case-seconds=1", "--max-case-seconds=1", "--benchmark_min_time=1"])
def test_what_is_decided_by_time_is_left_out(tmp_path: Path, other: str) -> None:
    refused(run(tmp_path, "--iterations", "5", other), tmp_path)


def refused(done: subprocess.CompletedProcess[str], folder: Path) -> None:
    assert done.returncode == 2 and done.stdout == ""
    lines = [line for line in done.stderr.splitlines() if not line.startswith("note: ")]
    assert len(lines) == 1 and "--iterations" in lines[0]
    assert not (folder / "out").exists()
