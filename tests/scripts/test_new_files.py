"""One new file adds a problem, one new file adds a method: nothing else in the repository is edited. In a scratch copy,
with few of both and no optimisation: the module and the oracle, which hold them, are compiled anew. The driver, which
knows a problem or a method only from these two, is linked from what is built."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from builds import ROOT, built

KEPT = {
    "src/problems": {"quartic"},
    "src/methods": {"primal", "forward_mode", "reverse_tape", "reverse_fused", "analytic"},
}

PROBLEM = """// Σx², the sphere.
#pragma once

#include "objective/column.hpp"
#include "objective/language.hpp"
#include "reduce.hpp"

namespace gradlane {

struct sphere {
  static constexpr problem_facts facts{.formula = "Σ x²"};
  template <class T>
  using data = no_data;
  static std::vector<array_spec> arrays(std::size_t n) { return no_arrays(n); }

  template <class Vector>
  static constexpr auto value(const Vector& x, const no_data&) {
    return sum([](auto xi) { return square(xi); }, x);
  }

  template <class X>
  static X gradient(column<X> x, mutable_column<X> g, std::size_t n, const no_data&) {
    X total(0);
    for (std::size_t i = 0; i < n; ++i) {
      g.set(i, 2 * x[i]);
      total += x[i] * x[i];
    }
    return total;
  }

  template <class X, class T = typename X::element>
  static T gradient(const T* x, T* g, std::size_t n, const no_data&, block_team<T>& team) {
    return team.sum(n, [=](std::size_t begin, std::size_t end) {
      return sum_block<X>(begin, end, [=](std::size_t i, auto io) __attribute__((always_inline)) {
        const X xi = io.load(x + i);
        io.store(2 * xi, g + i);
        return xi * xi;
      });
    });
  }

  template <class Q, class T>
  struct oracle {
    const T* x;
    Q value;
    oracle(const T* x_, std::size_t n, const no_data&) : x(x_), value(0) {
      for (std::size_t i = 0; i < n; ++i) value += Q(x[i]) * Q(x[i]);
    }
    Q component(std::size_t i) const { return 2 * Q(x[i]); }
  };
};

}  // namespace gradlane
"""

METHOD = """// The central difference of order 2 under another name.
#pragma once

#include "objective/finite_difference.hpp"

namespace gradlane {
struct second_opinion : finite_difference<2> {};
}  // namespace gradlane
"""

ARCHIVES = (
    "throughput.dir/libgradlane_throughput.a",
    "limits.dir/libgradlane_limits.a",
    "common/libgradlane_bench_common.a",
)
#: In the place of the scratch copy's bench/CMakeLists.txt.
DRIVER = """find_package(benchmark REQUIRED)
find_package(OpenMP REQUIRED)
add_executable(throughput {main})
set_target_properties(throughput PROPERTIES LINKER_LANGUAGE CXX RUNTIME_OUTPUT_DIRECTORY ${{PROJECT_BINARY_DIR}}/bench)
target_link_libraries(throughput PRIVATE {archives} gradlane_oracle benchmark::benchmark OpenMP::OpenMP_CXX ${{CMAKE_DL_LIBS}})
"""


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}:\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def scratch_copy(to: Path) -> Path:
    """What git knows or would add, without the problems and methods that are not kept."""
    listed = subprocess.run(
        [
            "git",
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "CMakeLists.txt",
            "cmake",
            "src",
            "bench/function_libraries",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    for name in listed.stdout.splitlines():
        source = Path(name)
        dropped = source.stem not in KEPT.get(str(source.parent), {source.stem})
        if (ROOT / source).is_file() and not dropped:
            (to / source).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / source, to / source)
    bench = built("bench", "throughput.dir", "libgradlane_throughput.a").parents[1]
    (main,) = (bench / "throughput.dir/CMakeFiles/throughput.dir").rglob("*.o")
    archives = [bench / name for name in ARCHIVES]
    (to / "bench").mkdir(exist_ok=True)
    (to / "bench/CMakeLists.txt").write_text(DRIVER.format(main=main, archives=" ".join(map(str, archives))))
    return to


@pytest.mark.slow
def test_a_new_problem_and_a_new_method_are_found(tmp_path: Path) -> None:
    for tool in ("cmake", "ninja", "git"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    if os.uname().machine != "x86_64":
        pytest.skip("sse2 is built")
    root, build = scratch_copy(tmp_path / "copy"), tmp_path / "copy" / "build"
    (root / "src/problems/sphere.hpp").write_text(PROBLEM)
    (root / "src/methods/second_opinion.hpp").write_text(METHOD)
    flags = ["-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS_DEBUG=-O0", "-DGRADLANE_TESTS=OFF"]
    run("cmake", "-G", "Ninja", "-B", build, "-DGRADLANE_BACKENDS=sse2", *flags, cwd=root)
    run("cmake", "--build", build, "--target", "backend_sse2", "throughput", cwd=root)

    names = run(build / "bench/throughput", "--list", cwd=root).split()
    assert "sphere/reverse_fused/elements/f64/sse2" in names
    for lanes in ("scalar", "directions", "elements", "points"):
        assert f"sphere/second_opinion/{lanes}/f32/sse2" in names
        assert f"quartic/second_opinion/{lanes}/f64/sse2" in names
    # The old methods on the new problem, and the new method on an old problem, against the oracle.
    for selection in (["--problem", "sphere"], ["--method", "second_opinion", "--problem", "quartic"]):
        run(build / "bench/throughput", "--check-only", "--dims", "5,37", "--points", "7", *selection, cwd=root)
