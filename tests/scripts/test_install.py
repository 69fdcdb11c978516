"""What is installed, used as a stranger would: from copies of examples/ in a scratch folder, with nothing of the checkout on
the path but what docs/backend.md names."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from builds import ROOT, built

STRICT = "-Wall -Wextra -Wconversion -Werror"


def run(*command: str | Path, cwd: Path | None = None, status: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == status, f"{command}:\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done


def require(*tools: str) -> None:
    for tool in tools:
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")


@pytest.fixture(scope="module")
def sdk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    require("cmake")
    prefix = tmp_path_factory.mktemp("sdk")
    run("cmake", "--install", built("CMakeCache.txt").parent, "--prefix", prefix)
    return prefix


def example(name: str, to: Path) -> Path:
    return shutil.copytree(ROOT / "examples" / name, to / name, ignore=shutil.ignore_patterns("*.so"))


def configure(source: Path, sdk: Path, *flags: str) -> Path:
    """Without what a user's environment may add to the flags."""
    build = source / "build"
    run("cmake", "-S", source, "-B", build, f"-DCMAKE_PREFIX_PATH={sdk}", "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON", *flags)
    return build


def test_installed_headers_include_each_other_by_their_full_names(sdk: Path) -> None:
    include = sdk / "include"
    headers = sorted(path for path in include.rglob("*") if path.is_file())
    assert {path.name for path in headers} >= {"backend.h", "language.hpp", "reverse_fused.hpp", "forward_mode.hpp"}
    for header in headers:
        assert header.relative_to(include).parts[0] == "gradlane"
        for name in re.findall(r'^\s*#\s*include "([^"]+)"', header.read_text(encoding="utf-8"), re.MULTILINE):
            assert (include / name).is_file(), f"{header.name} includes {name}, which is not installed"


def test_nothing_installed_names_this_machine_or_an_instruction_set(sdk: Path) -> None:
    for path in sorted((sdk / "share").rglob("*.cmake")):
        text = path.read_text(encoding="utf-8")
        assert str(ROOT) not in text and not re.search(r"-m(arch|tune|avx|fma|sse)", text), path.name


@pytest.mark.slow
def test_an_own_objective_in_an_own_folder(sdk: Path, tmp_path: Path) -> None:
    source = example("objective", tmp_path)
    # Names of ours, in a folder that is searched first: they must not be taken for ours.
    for name in ("math.hpp", "simd.hpp", "objective/data.hpp", "backend/backend.h"):
        (source / name).parent.mkdir(exist_ok=True)
        (source / name).write_text("#error taken for a header of gradlane\n")
    build = configure(source, sdk, f"-DCMAKE_CXX_FLAGS=-I{source} -O1 {STRICT}", "-DCMAKE_CXX_FLAGS_RELEASE=")
    commands = " ".join(entry["command"] for entry in json.loads((build / "compile_commands.json").read_text()))
    assert not re.search(r"\s-m\w", commands), commands
    assert f"-isystem {sdk}/include" in commands
    run("cmake", "--build", build)
    for n in ("1", "7", "1000"):
        shown = run(build / "gradient", n).stdout
        assert re.search(
            r"^reverse_fused/elements \d\.\de-1[4-7]$|^reverse_fused/elements 0", shown, re.MULTILINE
        ), shown
    if platform.machine() == "x86_64":
        assert shown.splitlines()[0] == "lanes 2", "compiled for more than the baseline"
    assert "whole number" in run(build / "gradient", "-3", status=2).stderr


PROJECT = """cmake_minimum_required(VERSION 3.20)
project(stranger LANGUAGES {languages})
"""
FIND = """find_package(gradlane {what})
message(STATUS "found: ${{gradlane_FOUND}} ${{gradlane_NOT_FOUND_MESSAGE}}")
"""


@pytest.mark.slow
def test_what_is_missing_is_said(sdk: Path, tmp_path: Path) -> None:
    def said(name: str, languages: str, *whats: str, hidden: str = "", status: int = 0) -> str:
        source = tmp_path / name
        source.mkdir()
        text = PROJECT.format(languages=languages) + "".join(FIND.format(what=what) for what in whats)
        (source / "CMakeLists.txt").write_text(text)
        flags = (f"-DCMAKE_PREFIX_PATH={sdk}", f"-DCMAKE_IGNORE_PATH={hidden}")
        done = run("cmake", "-S", source, "-B", source / "build", *flags, status=status)
        return re.sub(r"\s+", " ", done.stdout + done.stderr)

    plain_c = said("c", "C", "0.1 REQUIRED COMPONENTS backend", "QUIET", "REQUIRED", status=1)
    assert "found: 1" in plain_c and "found: 0 methods: this project has no C++" in plain_c
    assert "COMPONENTS backend) needs none" in plain_c
    assert "version: 0.1.0" in said("newer", "NONE", "9.0 REQUIRED COMPONENTS backend", status=1)
    headers = "/usr/include;/usr/local/include"
    assert "set XSIMD_INCLUDE_DIR" in said("xsimd", "CXX", "REQUIRED", hidden=headers, status=1)


# ---- the examples of backends ------------------------------------------------------------------------------------


def documented(number: int) -> list[str]:
    """The commands of a block of docs/backend.md."""
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "docs" / "backend.md").read_text(encoding="utf-8"), re.DOTALL)
    return blocks[number].splitlines()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What the commands find in a checkout after scripts/run: scripts, examples and build/release."""
    require("cmake", "cc")
    build = built("bench", "throughput").parent.parent
    (tmp_path / "scripts").symlink_to(ROOT / "scripts")
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "release").symlink_to(build)
    for name in ("backend_c", "backend_cpp"):
        example(name, tmp_path / "examples")
    return tmp_path


def has_avx2() -> bool:
    cpu = Path("/proc/cpuinfo").read_text(encoding="utf-8").split()
    return platform.machine() == "x86_64" and {"avx2", "fma"} <= set(cpu)


def follow(commands: list[str], checkout: Path, last: tuple[int, ...]) -> str:
    """Runs them as they stand; what the last one shows. It may end with any of these."""
    for command in commands:
        shell = ["bash", "-euo", "pipefail", "-c", command]
        done = subprocess.run(shell, cwd=checkout, capture_output=True, text=True, check=False)
        allowed = last if command == commands[-1] else (0,)
        assert done.returncode in allowed, f"{command}:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return done.stdout


@pytest.mark.slow
def test_plain_c_in_three_commands(checkout: Path) -> None:
    commands = documented(0)
    assert len(commands) == 3
    shown = follow(commands, checkout, (0,))
    assert re.search(
        r"^log_sum_exp/analytic/scalar/f64/mine_c/n:1024/points:1/threads:1 +\d", shown, re.MULTILINE
    ), shown
    assert re.search(r"^log_sum_exp/analytic/elements/f64/\w+/n:1024/", shown, re.MULTILINE), "ours is not beside it"


@pytest.mark.slow
def test_cpp_in_three_commands(checkout: Path) -> None:
    if not has_avx2():
        pytest.skip("this machine has no AVX2, which the example is compiled for")
    built("backends", "avx2.so")
    follow(documented(0)[:1], checkout, (0,))
    commands = documented(1)
    assert len(commands) == 3
    shown = follow(commands, checkout, (0, 1, 4))  # whatever the verdict, it is one
    case = "log_sum_exp/analytic/elements/f64/avx2/n:1024/points:1/threads:1"
    assert re.search(rf"(REGRESSION|IMPROVED|UNCHANGED|INCONCLUSIVE) .*{case}", shown), shown
    assert "1 matched case" in shown
    sidecar = json.loads((checkout / "build" / "mine" / "mine_cpp.json").read_text())
    assert sidecar == {"abi": 4, "name": "mine_cpp", "needs": ["avx2", "fma"], "lanes_f64": 4, "rank": 0}


@pytest.mark.slow
@pytest.mark.parametrize("compilers", [("cc", "c++"), ("clang", "clang++")], ids=["default", "clang"])
@pytest.mark.parametrize(("name", "language", "dtypes"), [("c", "C", ["f64"]), ("cpp", "CXX", ["f32", "f64"])])
def test_example_is_right_for_any_n_and_builds_without_warnings(
    compilers: tuple[str, str], name: str, language: str, dtypes: list[str], sdk: Path, tmp_path: Path
) -> None:
    compiler = compilers[language == "CXX"]
    require(compiler)
    if name == "cpp" and not has_avx2():
        pytest.skip("this machine has no AVX2, which the example is compiled for")
    source = example(f"backend_{name}", tmp_path)
    build = configure(source, sdk, f"-DCMAKE_{language}_FLAGS={STRICT}", f"-DCMAKE_{language}_COMPILER={compiler}")
    run("cmake", "--build", build)
    if name == "c":  # the one that is committed is what CMake writes
        written, committed = (json.loads((folder / "mine_c.json").read_text()) for folder in (build, source))
        assert written == committed
    ns = ["1", "2", "3", "7", "1023", "1024", "1025", "5000"]
    selection = ["--dtype", ",".join(dtypes), "--dims", ",".join(ns)]
    done = run(built("bench", "throughput"), "--backend-dir", build, "--check-only", *selection)
    assert f"{len(ns) * len(dtypes)} checked, 0 skipped, 0 failed" in done.stderr
    assert os.listdir(build).count(f"mine_{name}.so") == 1
