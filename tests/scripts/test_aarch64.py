"""An AArch64 build, which runs under qemu-user: the same bits as on AVX2 and AVX-512 from elementary functions and from
the modules' gradients on `elements`, and an oracle whose quad is the processor's long double, of 113 bits.

What is built stays in build/aarch64, a few of the problems alone; GRADLANE_AARCH64=all takes all of them.
"""

from __future__ import annotations

import json
import os
import pathlib
import platform
import shutil
import subprocess

import pytest
from builds import built

ROOT = pathlib.Path(__file__).resolve().parents[2]
FLAGS = ["-std=c++20", "-O1", "-ffp-contract=off", f"-I{ROOT / 'src'}"]
NEON64 = ["-march=armv8-a"]
AVX2 = ["-mavx2", "-mfma", "-mbmi", "-mbmi2"]
#: One with exp, log and a shift; one with several blocks of x; one with a matrix.
FEW = ["chain", "log_sum_exp", "logistic_regression"]
TIMEOUT = 1800


@pytest.fixture(scope="module")
def emulated() -> list[str]:
    """What a command for AArch64 begins with; skipped where a tool is missing, or AVX2 to compare with."""
    for tool in ("aarch64-linux-gnu-g++", "qemu-aarch64"):
        if shutil.which(tool) is None:
            pytest.skip(f"no {tool} (scripts/setup --developer installs it)")
    if platform.machine() != "x86_64" or not {"avx2", "fma"} <= cpu_features():
        pytest.skip("this machine has no AVX2 and FMA to compare with")
    return ["qemu-aarch64", "-L", "/usr/aarch64-linux-gnu"]


def cpu_features() -> set[str]:
    return set(pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").split())


def compiled(compiler: str, flags: list[str], folder: pathlib.Path) -> str:
    """math_bits built by this compiler. xsimd is headers only, and no other header of the host may be found first."""
    (folder / "xsimd").symlink_to("/usr/include/xsimd")
    program = folder / "math_bits"
    source = ROOT / "tests" / "math_bits.cpp"
    command = [compiler, *FLAGS, *flags, "-isystem", folder, source, "-o", program]
    subprocess.run(command, check=True, timeout=200)
    return str(program)


def lines(command: list[str]) -> list[str]:
    """What the program prints: a name and hashes a line."""
    run = subprocess.run(command, check=True, timeout=TIMEOUT, capture_output=True, text=True)
    return run.stdout.splitlines()


def test_functions_have_the_bits_of_avx2(emulated: list[str], tmp_path: pathlib.Path) -> None:
    for name in ("avx2", "neon64"):
        (tmp_path / name).mkdir()
    avx2 = lines([compiled("g++", AVX2, tmp_path / "avx2")])
    program = compiled("aarch64-linux-gnu-g++", NEON64, tmp_path / "neon64")
    neon64 = lines([*emulated, program])
    assert len(avx2) == 22
    assert neon64 == avx2


def problems() -> list[str]:
    every = sorted(path.stem for path in (ROOT / "src" / "problems").glob("*.hpp"))
    return every if os.environ.get("GRADLANE_AARCH64") == "all" else FEW


@pytest.fixture(scope="module")
def build(emulated: list[str]) -> pathlib.Path:
    """The modules, the accuracy driver and what prints bits, by the rules of any build."""
    folder = ROOT / "build" / "aarch64"
    chosen = folder / "problems-of" / "problems"
    shutil.rmtree(chosen, ignore_errors=True)
    chosen.mkdir(parents=True)
    for name in problems():
        (chosen / f"{name}.hpp").symlink_to(ROOT / "src" / "problems" / f"{name}.hpp")
    tools = "-DCMAKE_C_COMPILER=aarch64-linux-gnu-gcc", "-DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++"
    target = "-DCMAKE_SYSTEM_NAME=Linux", "-DCMAKE_SYSTEM_PROCESSOR=aarch64", *tools
    kind = "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS_DEBUG=-O1", "-DGRADLANE_TESTS=ON"
    configure = ["cmake", "-S", ROOT, "-B", folder, "-G", "Ninja", *target, *kind]
    for command in (
        [*configure, f"-DGRADLANE_PROBLEM_FOLDER={chosen.parent}"],
        ["cmake", "--build", folder, "--target", "backend_neon64", "backend_bits", "accuracy"],
    ):
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, check=False)
        assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    return folder


def test_gradients_over_elements_have_the_bits_of_avx2_and_avx512(emulated: list[str], build: pathlib.Path) -> None:
    neon64 = lines([*emulated, str(build / "tests" / "backend_bits"), str(build / "backends"), "neon64"])
    assert {line.split("/")[0] for line in neon64} == set(problems())
    assert {line.split("/")[1] for line in neon64} >= {"analytic", "primal", "reverse_array", "reverse_fused"}
    compared = 0
    for backend in ("avx2", "avx512"):
        if backend == "avx512" and not {"avx512f", "avx512dq", "avx512bw", "avx512vl"} <= cpu_features():
            continue
        here = lines([str(built("tests", "backend_bits")), str(built("backends")), backend])
        assert [line for line in here if line.split("/")[0] in problems()] == neon64, backend
        compared += len(neon64)
    assert compared >= len(neon64) > 500


def judged(command: list[str], out: pathlib.Path) -> dict[tuple[object, ...], dict[str, float]]:
    """What the oracle says of the implementations on `elements`, by problem, method, precision and n."""
    asked = ["--problem", ",".join(problems()), "--lanes", "elements", "--dims", "4,64", "--check-only"]
    asked += ["--max-case-seconds", "600"]  # the first call is slow: the emulator translates it
    done = subprocess.run(
        [*command, *asked, "--out", str(out)], capture_output=True, text=True, timeout=TIMEOUT, check=False
    )
    assert done.returncode == 0, done.stderr
    shards = [json.loads(path.read_text(encoding="utf-8")) for path in (out / "accuracy").glob("*.json")]
    numbers = ("relative_error", "max_ulp", "median_ulp", "value_error", "tolerance")
    return {
        tuple(row[key] for key in ("problem", "method", "dtype", "n")): {key: row[key] for key in numbers}
        for shard in shards
        for row in shard["gradient_errors"]
    }


def test_the_oracle_in_long_double_says_what_it_says_in_float128(
    emulated: list[str], build: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    """The gradients have the same bits, so the errors are those of the oracle: equal but for its own rounding."""
    there = judged([*emulated, str(build / "bench" / "accuracy")], tmp_path / "neon64")
    here = judged([str(built("bench", "accuracy")), "--backend", "avx2"], tmp_path / "avx2")
    assert set(there) == set(here) and len(there) > 30 * len(problems())
    for name, errors in there.items():
        assert errors == pytest.approx(here[name], rel=1e-9), name
