"""The shape of the source tree that the design promises: which file may know what."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = {".hpp", ".cpp", ".h", ".c", ".map", ".in", ".txt", ".cmake"}


def stems(folder):
    return sorted(p.stem for p in (ROOT / "src" / folder).glob("*.hpp"))


def files(*folders):
    found = [p for folder in folders for p in sorted((ROOT / folder).rglob("*")) if p.suffix in SOURCES]
    assert found, folders
    return found


def without_comments(path):
    text = path.read_text(encoding="utf-8")
    if path.suffix in {".txt", ".cmake"}:
        return re.sub(r"#.*", "", text)
    # String literals first, so that a // inside one is no comment; they stay: a name in a string counts.
    pattern = r'("(?:\\.|[^"\\\n])*")|/\*.*?\*/|//[^\n]*'
    return re.sub(pattern, lambda m: m.group(1) or " ", text, flags=re.DOTALL)


def words(path):
    return set(re.findall(r"[A-Za-z_][A-Za-z0-9_]*", without_comments(path)))


def name(path):
    return str(path.relative_to(ROOT))


# `linear` is an everyday word too: only these uses of it mean the problem.
def names_problem(path, problem):
    text = without_comments(path)
    if problem == "linear":
        return bool(re.search(r'"linear"|problems/linear\b|gradlane::linear\b|struct linear\b', text))
    return problem in words(path)


def test_the_lists_are_not_empty():
    assert {"log_sum_exp", "quartic", "chain"} <= set(stems("problems"))
    assert {"reverse_fused", "forward_mode", "analytic"} <= set(stems("methods"))


# What the quick run measures is a choice of problems and of methods; it is the one place where that choice is made.
SELECTION = "bench/throughput/sweep.cpp"


def test_no_file_names_both_a_problem_and_a_method():
    for path in files("src", "bench", "cmake"):
        if name(path) == SELECTION:
            continue
        problems = [p for p in stems("problems") if names_problem(path, p)]
        methods = [m for m in stems("methods") if m in words(path)]
        # `primal` is a term of the field, and complex_step.hpp is also the number type's file.
        methods = [m for m in methods if m != "primal" and m != path.stem]
        assert not (problems and methods), f"{name(path)} names {problems} and {methods}"


def test_a_problem_names_no_other_and_a_method_no_problem():
    for path in files("src/problems"):
        others = [p for p in stems("problems") if p != path.stem and names_problem(path, p)]
        assert not others, f"{name(path)} names {others}"
    for path in files("src/methods"):
        problems = [p for p in stems("problems") if names_problem(path, p)]
        assert not problems, f"{name(path)} names {problems}"


def test_a_problem_and_a_method_carry_the_name_of_their_file():
    for folder in ("problems", "methods"):
        for stem in stems(folder):
            text = without_comments(ROOT / "src" / folder / f"{stem}.hpp")
            assert re.search(rf"\bstruct {stem}\b", text), f"src/{folder}/{stem}.hpp has no struct {stem}"


def test_xsimd_is_included_by_one_file():
    users = [
        name(p) for p in files("src", "bench", "tests") if re.search(r"#\s*include\s*[<\"]xsimd", without_comments(p))
    ]
    assert users == ["src/simd.hpp"]


def test_openmp_pragmas_are_in_one_file():
    users = [
        name(p)
        for p in files("src", "bench", "tests")
        if re.search(r"#\s*pragma\s+omp|_Pragma\s*\(\s*\"omp", without_comments(p))
    ]
    assert users == ["src/parallel.hpp"]


@pytest.mark.parametrize("folder", ["src", "bench", "tests", "cmake", "scripts"])
def test_no_file_is_long(folder):
    for path in (ROOT / folder).rglob("*"):
        if path.suffix in SOURCES | {".py", ".sh", ""} and path.is_file() and "__pycache__" not in path.parts:
            lines = len(path.read_text(encoding="utf-8").splitlines())
            assert lines <= 400, f"{name(path)} has {lines} lines"


def test_no_flag_relaxes_the_arithmetic():
    for path in [ROOT / "CMakeLists.txt", *files("cmake", "src", "bench", "tests")]:
        text = without_comments(path) if path.suffix in {".txt", ".cmake"} else ""
        assert "-ffast-math" not in text and "-Ofast" not in text, name(path)
    assert "-ffp-contract=off" in (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
