"""The fastest method with so many digits: the rule, the command, and its mistakes."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from builds import built
from conftest import ROOT, case, timing, write
from gradlane import data, recommend


def names(folder: Path, digits: float, **which: Any) -> str | None:
    found = recommend.best(recommend.choices(data.load(folder), "quartic", 64, **which), digits)
    return None if found is None else f"{found.row.case.pair} {found.row.case.dtype}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [
        timing("primal", "scalar", 64, 1.0),
        timing("analytic", "elements", 64, 2.0),
        timing("forward_difference", "elements", 64, 10.0, order=1, relative_error=2e-8),
        timing("central_difference_2", "elements", 64, 20.0, order=2, relative_error=1e-10),
        timing("central_difference_8", "elements", 64, 5.0, order=8, relative_error=1e-12, verdict="no digits"),
        timing("reverse_fused", "elements", 64, 30.0, relative_error=1e-16),
        timing("reverse_fused", "elements", 64, 15.0, dtype="f32", relative_error=1e-7),
        timing("reverse_fused", "elements", 64, 8.0, threads=2),
        timing("reverse_tape", "points", 64, 3.0, points=16),
    ]
    write(tmp_path, "throughput", "a", benchmarks=rows)
    return tmp_path


def test_the_fastest_that_has_the_digits(folder: Path) -> None:
    answers = [(3, "forward_difference"), (7, "forward_difference"), (8, "central_difference_2"), (11, "reverse_fused")]
    for digits, method in answers:
        assert names(folder, digits) == f"{method}/elements f64"
    assert names(folder, 10) == "central_difference_2/elements f64"  # an error of exactly 1e-10 has ten digits
    assert names(folder, 17) is None
    assert names(folder, 3, ensembles=True) == "reverse_tape/points f64"
    assert names(folder, 12, threads=2) == "reverse_fused/elements f64"
    assert names(folder, 11, black_box=True) is None


def test_what_has_no_digits_and_references_never_win(folder: Path) -> None:
    methods = {choice.row.case.method for choice in recommend.choices(data.load(folder), "quartic", 64)}
    assert methods == {"forward_difference", "central_difference_2", "reverse_fused"}


def test_the_worse_of_two_checks_counts(folder: Path) -> None:
    worse = case("forward_difference", "elements", 64) | {"order": 1, "relative_error": 1e-5, "verdict": "ok"}
    lost = case("central_difference_2", "elements", 64) | {"relative_error": 0.5, "verdict": "no digits"}
    write(folder, "accuracy", "quartic-f64", gradient_errors=[worse, lost])
    assert names(folder, 5) == "forward_difference/elements f64"
    assert names(folder, 6) == "reverse_fused/elements f32"
    assert names(folder, 8) == "reverse_fused/elements f64"


def test_an_error_of_zero_has_every_digit(tmp_path: Path) -> None:
    write(tmp_path, "throughput", "a", benchmarks=[timing("reverse_fused", "elements", 64, 3.0, relative_error=0.0)])
    assert names(tmp_path, 100) == "reverse_fused/elements f64"


def commands() -> list[list[str]]:
    """The script, and the driver that hands over to it where it is built."""
    return [[str(ROOT / "scripts" / "recommend")], ["accuracy"]]


def ask(command: list[str], *arguments: object) -> subprocess.CompletedProcess[str]:
    if command == ["accuracy"]:
        command = [str(built("bench", "accuracy")), "--recommend"]
    return subprocess.run([*command, *map(str, arguments)], capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("command", commands())
def test_the_command_answers(folder: Path, command: list[str]) -> None:
    done = ask(command, "--problem", "quartic", "--n", 64, "--digits", 9, folder)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "quartic/central_difference_2/elements/f64/avx2/n:64/points:1/threads:1"
    assert "20.0 ns" in lines[1] and "10.0 digits" in lines[1]
    assert "reverse_fused" in lines[2] and "1.50 ×" in lines[2]
    none = ask(command, "--problem", "quartic", "--n", 64, "--digits", 40, folder)
    assert none.returncode == 0 and none.stdout.startswith("none: no method measured has 40 correct digits")
    assert "reverse_fused/elements/f64" in none.stdout
    narrow = ask(command, "--problem", "quartic", "--n", 64, "--digits", 3, "--dtype", "f32", folder)
    assert "reverse_fused/elements/f32" in narrow.stdout and "rounded to f32" in narrow.stdout
    here = ask(command, "--problem", "quartic", "--n", 64, "--digits", 9, "--backend", "avx2", folder)
    assert here.stdout == done.stdout


MISTAKES = [
    (["--problem", "quratic", "--n", "64", "--digits", "3"], "did you mean 'quartic'"),
    (["--problem", "quartic", "--n", "65", "--digits", "3"], "was not measured at 65, but at 64"),
    (["--problem", "quartic", "--n", "64", "--digits", "3", "--threads", "7"], "but at 1, 2"),
    (["--problem", "quartic", "--n", "64", "--digits", "3", "--dtype", "f16"], "unknown name 'f16'"),
    (["--problem", "quartic", "--n", "64", "--digits", "3", "--backend", "avx9"], "unknown name 'avx9'"),
    (["--problem", "quartic", "--n", "64", "--digits", "nan"], "not a finite number above 0"),
    (["--problem", "quartic", "--n", "many", "--digits", "3"], "--n"),
    (["--problem", "quartic", "--n", "64"], "--digits"),
]


@pytest.mark.parametrize("command", commands())
@pytest.mark.parametrize(("arguments", "said"), MISTAKES)
def test_a_mistake_is_one_line(folder: Path, command: list[str], arguments: list[str], said: str) -> None:
    done = ask(command, *arguments, folder)
    assert done.returncode == 2 and done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("accuracy --recommend: ") and said in line


def test_a_folder_without_times_is_a_mistake(tmp_path: Path) -> None:
    errors = [case("reverse_fused", "elements", 64) | {"relative_error": 1e-16, "verdict": "ok"}]
    write(tmp_path, "accuracy", "a", gradient_errors=errors)
    for place, said in ((tmp_path, "holds no times"), (tmp_path / "nowhere", "no such folder")):
        done = ask(commands()[0], "--problem", "quartic", "--n", 64, "--digits", 3, place)
        assert done.returncode == 2 and said in done.stderr and len(done.stderr.splitlines()) == 1


def test_the_committed_run_can_be_asked() -> None:
    done = ask(commands()[0], "--problem", "log_sum_exp", "--n", 1024, "--digits", 9, ROOT / "results" / "reference")
    assert done.returncode == 0 and done.stdout.startswith("log_sum_exp/"), done.stderr
