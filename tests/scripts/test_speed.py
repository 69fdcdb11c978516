"""check_speed: its bars, its calls, its judgement; the driver is replaced by a script with known times."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from gradlane import curvature_speed, data, sides, speed
from gradlane.bars import CURVATURE_BARS

DENSE = {"log_sum_exp": False, "quartic": False, "quadratic_form": True}

#: Answers like the drivers: names, or a shard with the time FACTOR for SIMD lanes, 10 for scalars and 20 for a library.
DRIVER = """#!{python}
import itertools, json, os, re, sys
names = [f"{{p}}/{{m}}/{{l}}/{{d}}/avx2" for p, m, l, d in itertools.product(
    ("quartic", "log_sum_exp", "quadratic_form"),
    ("analytic", "central_difference_2", "forward_mode", "primal", "reverse_fused", "reverse_tape"),
    ("directions", "elements", "points", "scalar"), ("f32", "f64"))]
names += [f"{{p}}/forward_mode/directions/f64/{{b}}" for p in ("quartic", "quadratic_form") for b in {libraries}]
if "--list" in sys.argv:
    print(*names, "absent */forward_mode/elements: no reason", sep="\\n")
    sys.exit()
if "--benchmark_list_tests" in sys.argv:
    for problem, n in (("quartic", 65536), ("quartic", 4), ("quadratic_form", 4)):
        print(f"{{problem}}/analytic/elements/f64/avx2/n:{{n}}/points:1/threads:1")
    sys.exit()
pairs = [a for a in sys.argv[1:] if "=" not in a]
flag = {{k: v for k, v in zip(pairs[0::2], pairs[1::2])}}
if {fails}:
    print("note: nothing", "error: wrong gradient", sep="\\n", file=sys.stderr)
    sys.exit(1)
if sys.argv[0].endswith("limits"):
    open(flag["--out"] + "/limits-were-measured", "w")
    sys.exit()
wanted = next(a for a in sys.argv if a.startswith("--benchmark_filter=")).partition("=")[2]
limits = os.path.exists(flag["--out"] + "/limits-were-measured")
rows = []
for name in names:
    p, m, l, d, b = name.split("/")
    if not re.search(wanted, name + "/") or p not in flag["--problem"].split(","):
        continue
    if b not in flag["--backend"].split(",") or d not in flag["--dtype"].split(","):
        continue
    for n in map(int, flag["--dims"].split(",")):
        ns = {factor} * (1.05 if m == "reverse_fused" else 1) * (0.5 if d == "f32" else 1) if l != "scalar" else 10.0
        row = dict(problem=p, method=m, lanes=l, dtype=d, backend=b, n=n, points=1, threads=1, bytes=64, verdict="ok")
        row["real_time"] = row["ns_per_gradient"] = ns if b == "avx2" else 20 * ns
        if limits:
            row |= dict(limit_ns=0.8 * ns, limit_fraction=0.8, limit_bound="arithmetic")
        rows.append(row)
os.makedirs(flag["--out"] + "/throughput")
shard = dict(schema=1, kind="throughput", complete=True, context={{"cpu": "test"}}, benchmarks=rows)
json.dump(shard, open(flag["--out"] + "/throughput/a.json", "w"))
"""


def timing(problem: str, method: str, lanes: str, ns: float, backend: str = "avx2", **more: Any) -> data.Timing:
    row = dict(problem=problem, method=method, lanes=lanes, dtype="f64", backend=backend, n=8, real_time=ns)
    return data.read_timing(row | more)


@pytest.fixture
def driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(speed, "ROOT", tmp_path)
    path = tmp_path / "build" / "release" / "bench" / "throughput"
    path.parent.mkdir(parents=True)
    return path


def install(path: Path, factor: float = 2.0, fails: bool = False, libraries: tuple[str, ...] = ()) -> None:
    text = DRIVER.format(python=sys.executable, factor=factor, fails=fails, libraries=libraries)
    for driver in (path, path.with_name("limits")):
        driver.write_text(text)
        driver.chmod(0o755)


def test_dense_problems_have_smaller_sizes() -> None:
    checks = speed.expand(speed.BARS, DENSE)
    fused = {(c.problem, c.n, c.limit) for c in checks if c.subject == "reverse_fused/elements"}
    assert ("quartic", 16384, 1.25) in fused and ("quadratic_form", 1024, 1.25) in fused
    assert ("quadratic_form", 16384, 1.25) not in fused
    assert [c.problem for c in checks if c.against == "analytic/scalar"] == ["log_sum_exp"]
    assert {c.n for c in checks if c.problem == "quadratic_form" and c.against == "peers"} == {64, 256}


def test_bars_by_problem_and_by_evaluations() -> None:
    bar = dict(name="b", subject="x/e", against="y/e", n=[8, 16], dense=[], most={"quartic": 3, "*": 2})
    (first, *_), last = speed.expand([bar], {"quartic": False}), speed.expand([bar], {"chain": False})[-1]
    assert (first.limit, last.limit, first.evaluations) == (3, 2, 1)
    assert speed.expand([bar | {"most": {"quartic": 3}}], {"chain": False}) == []
    (_, counted) = speed.expand([bar | {"evaluations_per_input": 2}], {"chain": False})
    assert counted.ratio({("chain", 16): [timing("chain", "x", "e", 64), timing("chain", "y", "e", 1)]}) == 64 / 32


def test_f32_has_the_bars_of_f64_with_some_slack() -> None:
    checks = speed.expand(speed.BARS, {"chain": False})
    fused = {c.n: c for c in checks if c.bar.endswith("small, f32") and c.against == "analytic/elements/f32"}
    assert fused[64].subject == "reverse_fused/elements/f32" and fused[64].limit == 1.68
    (limit, *_) = (c for c in checks if c.against == "limit" and c.subject == "analytic/elements/f32")
    assert not limit.at_most and limit.limit == 0.417
    assert not any("peers" in c.against and c.bar.endswith("f32") for c in checks)
    (group,) = speed.groups([limit])
    assert group.dtypes == ["f32"]


def test_sides() -> None:
    rows = [
        timing("p", "x", "e", 6, bytes=80, limit_ns=3, limit_fraction=0.5),
        timing("p", "x", "s", 4),
        timing("p", "x", "e", 3, dtype="f32"),
        timing("p", "forward_mode", "directions", 30, "ceres"),
        timing("p", "reverse_tape", "scalar", 20, "cppad"),
    ]
    figures = {
        "x/e": 6,
        "x/e/f32": 3,
        "x/e or x/s": 4,
        "limit": 3,
        "peers": 20,
        "peers of Debian": 30,
        "forward_mode of peers": 30,
        "ceres": 30,
        "xad": None,
        "1 ns": 1,
        "1 byte an input": 8,
    }
    assert {side: sides.figure(side, "ns", rows, 8) for side in figures} == figures
    assert sides.figure("x/e", "bytes", rows, 8) == 80
    both = {("p", 8): rows, ("p", 5): [timing("p", "x", "e", 10, n=5)]}
    tail = speed.Check("b", "p", 5, "x/e", "x/e", 12, against_n=8, difference=True)
    assert (tail.ratio(both), tail.dims, tail.unit) == (4, {5, 8}, "ns")
    size = speed.Check("b", "p", 8, "x/e", "1 byte an input", 12, quantity="bytes")
    assert (size.ratio(both), size.unit) == (10, "bytes an input")
    within = speed.Check("b", "p", 8, "x/e", "limit", 0.4, at_most=False)
    assert within.ratio(both) == 0.5


def test_every_library_is_known() -> None:
    assert {file.stem for file in (ROOT / "bench" / "peers").glob("*.cpp")} == sides.PEERS


def test_the_filter_has_the_sides_only() -> None:
    built = frozenset({"ceres", "cppad"})
    pattern = sides.case_filter(("x/e", "forward_mode of peers"), built)
    names = ["x/e/f64/avx2", "x/e/f32/avx2", "x/s/f64/avx2", "x/e/f64/avx512"]
    names += ["forward_mode/directions/f64/ceres", "reverse_tape/scalar/f64/cppad", "forward_mode/directions/f64/xad"]
    kept = [name for name in names if re.search(pattern, f"p/{name}/n:8/points:1/threads:1")]
    assert kept == ["x/e/f64/avx2", "forward_mode/directions/f64/ceres"]
    # A call has one n where a library is timed, and only the backends that it needs.
    calls = speed.groups([speed.Check("b", "p", n, "x/e", "forward_mode of peers", 1) for n in (8, 16)])
    assert [call.dims for call in calls] == [(8,), (16,)]
    assert "avx2,ceres,cppad" in calls[0].flags(built)


def test_geometric_mean() -> None:
    bar = dict(name="b", subject="x/e", against="y/e", n=[8], dense=[8], most=9, mean=1.9)
    times = {(p, 8): [timing(p, "x", "e", ns), timing(p, "y", "e", 1)] for p, ns in (("p", 4), ("q", 1))}
    every = speed.expand([bar], {"p": False, "q": False})
    rows = speed.judge(every, [[(times, {})]])
    (mean,) = speed.judge_means([bar], every, rows)
    assert mean["ratio"] == pytest.approx(2) and not mean["ok"] and "mean of 2" in mean["name"]
    assert speed.judge_means([bar | {"mean": 2.1}], every, rows)[0]["ok"]
    # What --only leaves of a bar says nothing of its mean.
    assert speed.judge_means([bar], every, rows[:1]) == []
    rows[0]["ratio"] = None
    assert speed.judge_means([bar], every, rows) == []


def test_calls_cover_every_pair() -> None:
    checks = speed.expand(speed.BARS, DENSE)
    covered = {
        (problem, side, n)
        for group in speed.groups(checks)
        for problem in group.problems
        for side in group.sides
        for n in group.dims
    }
    assert {(c.problem, side, n) for c in checks for side in (c.subject, c.against) for n in c.dims} <= covered


def test_median_of_paired_ratios() -> None:
    at_most = speed.Check("a", "p", 4, "x/e", "y/e", 1.5)
    at_least = speed.Check("b", "p", 4, "x/e", "y/e", 2.0, at_most=False)
    # The machine is three times slower in the second round: the ratios do not notice.
    taken = [
        [({("p", 4): [timing("p", "x", "e", f * 2.0), timing("p", "y", "e", f * r)]}, {})]
        for f, r in ((1, 2.0), (3, 5.0), (1, 4.0))
    ]
    first, second = speed.judge([at_most, at_least], taken)
    assert first["ratio"] == 0.5 and first["ok"]
    assert second["ratio"] == 2.0 and second["ok"]
    assert second["ratios"] == [1.0, 2.5, 2.0]


def test_what_was_not_measured_is_short() -> None:
    (row,) = speed.judge([speed.Check("a", "p", 4, "x/e", "y/e", 1.5)], [[({}, {})]])
    assert row["ratio"] is None and not row["ok"]
    assert "not measured" in speed.lines([row])[0] and speed.lines([row])[0].endswith("SHORT")


def test_all_met(driver: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    install(driver)
    assert speed.main(["--rounds", "2", "--json", str(tmp_path / "speed.json")]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert all(line.endswith("  ok") for line in shown[:-1]) and shown[-1].endswith("0 SHORT")
    assert sum("geometric mean" in line for line in shown) == 6
    document = json.loads((tmp_path / "speed.json").read_text())
    assert (document["kind"], document["rounds"], document["context"]) == ("speed", 2, {"cpu": "test"})
    assert {len(row["ratios"]) for row in document["bars"] if "ratios" in row} == {2}


def test_bars_against_libraries(driver: Path, capsys: pytest.CaptureFixture[str]) -> None:
    only = ["--rounds", "1", "--only", "from Debian: q"]
    install(driver)
    assert speed.main(only) == 0
    assert "4 bars against other libraries are left out" in capsys.readouterr().err
    install(driver, libraries=("ceres", "xad"))
    assert speed.main(only) == 0
    shown = capsys.readouterr()
    assert "left out" not in shown.err and shown.out.count("19.05 x  at least 1.5  ok") == 4


def test_short(driver: Path, capsys: pytest.CaptureFixture[str]) -> None:
    install(driver, factor=20.0)
    assert speed.main(["--rounds", "1", "--only", "forward_mode"]) == 1
    assert all("SHORT" in line for line in capsys.readouterr().out.splitlines())


def test_a_wrong_gradient_is_an_error(driver: Path, capsys: pytest.CaptureFixture[str]) -> None:
    install(driver, fails=True)
    assert speed.main(["--rounds", "1"]) == 1
    assert "wrong gradient" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--rounds", "0"], ["--bogus"], ["--only", "nothing has this"]])
def test_usage(driver: Path, arguments: list[str]) -> None:
    install(driver)
    try:
        status = speed.main(arguments)
    except SystemExit as end:
        status = end.code
    assert status == 2


def test_without_a_build() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "check_speed"), "--preset", "no-such-preset"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "is missing" in done.stderr


#: Answers like `curvature`: a product costs FACTOR gradients, a Hessian is FACTOR times faster.
CURVATURE = """#!{python}
import json, os, sys
flag = dict(zip(sys.argv[1::2], sys.argv[2::2]))
rows = [dict(problem=p, n=int(n), ratio={factor}, second_differences=dict(times_slower={factor}))
        for p in flag["--problem"].split(",") for n in flag["--dims"].split(",")]
assert flag["--method"] == "forward_over_fused" and flag["--backend"] == "avx2"
os.makedirs(flag["--out"] + "/curvature")
shard = dict(context=dict(cpu="test"), products=[], hessians=[])
shard[flag["--part"]] = rows
json.dump(shard, open(flag["--out"] + "/curvature/a.json", "w"))
"""


def install_curvature(driver: Path, factor: float) -> Path:
    path = driver.with_name("curvature")
    path.write_text(CURVATURE.format(python=sys.executable, factor=factor))
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(("factor", "status"), [(3.5, 0), (5.5, 1)])
def test_bars_of_products(driver: Path, capsys: pytest.CaptureFixture[str], factor: float, status: int) -> None:
    install(driver)
    install_curvature(driver, factor)
    assert speed.main(["--only", "Hessian", "--rounds", "2"]) == status
    *lines, last = capsys.readouterr().out.splitlines()
    # quartic at three n, quadratic_form, which is dense, at one.
    assert len(lines) == 4 and any("quadratic_form n=1024" in line for line in lines)
    assert all(line.endswith("SHORT" if status else "ok") for line in lines)


def test_the_bar_of_hessians(driver: Path) -> None:
    (check,) = speed.expand(CURVATURE_BARS[1:], DENSE)
    assert (check.problem, check.n, check.at_most) == ("log_sum_exp", 256, False)
    for factor, met in ((4.0, False), (6.0, True)):
        ((row,), context) = curvature_speed.measured(install_curvature(driver, factor), [check], speed.call, 3, 0.01)
        assert row["ratios"] == [factor] * 3 and row["ok"] == met and context == {"cpu": "test"}


def test_bars_of_second_derivatives_need_their_driver(driver: Path, capsys: pytest.CaptureFixture[str]) -> None:
    install(driver)
    speed.main(["--only", "reverse_fused near", "--rounds", "1"])
    assert "curvature" not in capsys.readouterr().err
    speed.main(["--rounds", "1"])
    assert "bars of second derivatives left out" in capsys.readouterr().err
