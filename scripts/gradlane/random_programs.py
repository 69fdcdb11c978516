"""Objectives drawn at random: written, built for every method and precision, and tested as the suite's own are."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from .command import parser_of, status_of
from .compare_model import USAGE, Stop
from .random_header import header

ROOT = Path(__file__).resolve().parents[2]
# What the oracle and the other mode can say of an implementation; not at several blocks, which takes quad too long.
TESTS = "modules.*:*/oracle.*:*/modes.*-*/oracle.agrees_around_later_blocks/*"

DESCRIPTION = """\
Draws objectives at random from the language (sums of kernels over parts of x that may overlap, weights, a shift by the
maximum, a product with a matrix, arithmetic on the sums), builds every method for them in both precisions, and holds all
against closed forms in quad. The same seed is the same program; one whose slopes cancel, so that no method can be right in
working precision, is drawn again. 16 programs take five minutes and a half on two cores.
"""
EPILOG = "exit status: 0 all agree, 1 one does not or does not build, 2 bad usage"


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = parser_of("random_programs", DESCRIPTION, EPILOG)
    parser.add_argument("--count", type=int, default=64, help="how many (64)")
    parser.add_argument("--seed", type=int, default=1, help="of the first; the others count up (1)")
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "programs", help="folder (build/programs)")
    parser.add_argument(
        "--write-only", action="store_true", help="stop when the headers are in BUILD/programs/problems"
    )
    given = parser.parse_args(arguments)
    if given.count < 1 or given.seed < 0:
        raise Stop("--count takes 1 or more, --seed 0 or more", USAGE)
    return given


def write(folder: Path, seeds: range) -> None:
    """The headers of these seeds and no others; one that is there already stays as old as it is."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {folder / f"random_{seed:04d}.hpp": header(seed) for seed in seeds}
    for stale in set(folder.glob("random_*.hpp")) - set(wanted):
        stale.unlink()
    for path, text in wanted.items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def build(folder: Path, programs: Path) -> bool:
    """Of the reference backend (avx2, neon64), without optimisation: it is the compiler that takes long."""
    configure = ["cmake", "-S", ROOT, "-B", folder, "-G", "Ninja", f"-DGRADLANE_PROBLEM_FOLDER={programs}"]
    flags = ["-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS_DEBUG=-O0", "-DGRADLANE_BACKENDS=reference"]
    log = folder / "build.log"
    with log.open("w", encoding="utf-8") as out:
        for command in ([*configure, *flags, "-DGRADLANE_TESTS=ON"], ["cmake", "--build", folder, "--target", "suite"]):
            if subprocess.run(command, stdout=out, stderr=subprocess.STDOUT, check=False).returncode != 0:
                print(f"random_programs: building failed: the whole output is in {log}", file=sys.stderr)
                return False
    return True


def judge(folder: Path, count: int) -> int:
    """Runs the tests and counts what they say."""
    report = folder / "suite.json"
    report.unlink(missing_ok=True)
    command = [
        folder / "tests" / "suite",
        f"--gtest_filter={TESTS}",
        "--gtest_brief=1",
        f"--gtest_output=json:{report}",
    ]
    environment = {**os.environ, "OMP_WAIT_POLICY": "passive"}
    status = subprocess.run(command, env=environment, check=False).returncode
    if not report.is_file():
        print(f"random_programs: the tests ended with status {status} and no result", file=sys.stderr)
        return 1
    found = json.loads(report.read_text(encoding="utf-8"))
    print(f"{count} programs, {found['tests']} tests of their implementations, {found['failures']} failed")
    return 0 if status == 0 and found["failures"] == 0 and found["tests"] > count else 1


def main(arguments: list[str] | None = None) -> int:
    def work() -> int:
        given = parse(arguments)
        folder = given.build.resolve()
        programs = folder / "programs"
        write(programs / "problems", range(given.seed, given.seed + given.count))
        if given.write_only:
            return 0
        return judge(folder, given.count) if build(folder, programs) else 1

    return status_of("random_programs", work)
