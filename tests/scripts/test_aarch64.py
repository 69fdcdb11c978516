"""The same bits from elementary functions on AVX2 and on AArch64's SIMD, which runs under qemu-user."""

import pathlib
import platform
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FLAGS = ["-std=c++20", "-O1", "-ffp-contract=off", f"-I{ROOT / 'src'}"]
NEON64 = ["-march=armv8-a"]
AVX2 = ["-mavx2", "-mfma", "-mbmi", "-mbmi2"]


def compiled(compiler: str, flags: list[str], folder: pathlib.Path) -> str:
    """math_bits built by this compiler. xsimd is headers only, and no other header of the host may be found first."""
    (folder / "xsimd").symlink_to("/usr/include/xsimd")
    program = folder / "math_bits"
    source = ROOT / "tests" / "math_bits.cpp"
    command = [compiler, *FLAGS, *flags, "-isystem", folder, source, "-o", program]
    subprocess.run(command, check=True, timeout=200)
    return str(program)


def lines(command: list[str]) -> list[str]:
    """What the program prints: a function, a precision and a hash a line."""
    run = subprocess.run(command, check=True, timeout=200, capture_output=True, text=True)
    return run.stdout.splitlines()


def test_functions_have_the_bits_of_avx2(tmp_path):
    for tool in ("aarch64-linux-gnu-g++", "qemu-aarch64"):
        if shutil.which(tool) is None:
            pytest.skip(f"no {tool} (scripts/setup --developer installs it)")
    cpu = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").split()
    if platform.machine() != "x86_64" or not {"avx2", "fma"} <= set(cpu):
        pytest.skip("this machine has no AVX2 and FMA to compare with")
    for name in ("avx2", "neon64"):
        (tmp_path / name).mkdir()
    avx2 = lines([compiled("g++", AVX2, tmp_path / "avx2")])
    program = compiled("aarch64-linux-gnu-g++", NEON64, tmp_path / "neon64")
    neon64 = lines(["qemu-aarch64", "-L", "/usr/aarch64-linux-gnu", program])
    assert len(avx2) == 22
    assert neon64 == avx2
