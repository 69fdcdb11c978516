"""check_speed: its bars, its calls, its judgement; the driver is replaced by a script with known times."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT
from gradlane import speed

DENSE = {"log_sum_exp": False, "quartic": False, "quadratic_form": True}

#: Answers like the driver: names of the quick run, or a shard with the time FACTOR for SIMD lanes and 10 otherwise.
DRIVER = """#!{python}
import json, os, sys
if "--benchmark_list_tests" in sys.argv:
    for problem, n in (("quartic", 65536), ("quartic", 4), ("quadratic_form", 4)):
        print(f"{{problem}}/analytic/elements/f64/avx2/n:{{n}}/points:1/threads:1")
    sys.exit()
flag = {{k: v for k, v in zip(sys.argv[1::2], sys.argv[2::2])}}
if {fails}:
    print("note: nothing", "error: wrong gradient", sep="\\n", file=sys.stderr)
    sys.exit(1)
rows = []
for p in flag["--problem"].split(","):
    for m in flag["--method"].split(","):
        for l in flag["--lanes"].split(","):
            for n in map(int, flag["--dims"].split(",")):
                ns = {factor} * (1.05 if m == "reverse_fused" else 1) if l != "scalar" else 10.0
                rows.append(dict(problem=p, method=m, lanes=l, dtype="f64", backend="avx2", n=n, points=1, threads=1,
                                 real_time=ns, ns_per_gradient=ns, times_ns=[ns], verdict="ok"))
os.makedirs(flag["--out"] + "/throughput")
shard = dict(schema=1, kind="throughput", complete=True, context={{"cpu": "test"}}, benchmarks=rows)
json.dump(shard, open(flag["--out"] + "/throughput/a.json", "w"))
"""


@pytest.fixture
def driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(speed, "ROOT", tmp_path)
    path = tmp_path / "build" / "release" / "bench" / "throughput"
    path.parent.mkdir(parents=True)
    return path


def install(path: Path, factor: float = 2.0, fails: bool = False) -> None:
    path.write_text(DRIVER.format(python=sys.executable, factor=factor, fails=fails))
    path.chmod(0o755)


def test_dense_problems_have_smaller_sizes() -> None:
    checks = speed.expand(speed.BARS, DENSE)
    fused = {(c.problem, c.n, c.limit) for c in checks if c.subject == "reverse_fused/elements"}
    assert ("quartic", 16384, 1.25) in fused and ("quadratic_form", 1024, 1.25) in fused
    assert ("quadratic_form", 16384, 1.25) not in fused
    assert [c.problem for c in checks if c.against == "analytic/scalar"] == ["log_sum_exp"]


def test_bars_by_problem_and_by_evaluations() -> None:
    bar = dict(name="b", subject="x/e", against="y/e", n=[8, 16], dense=[], most={"quartic": 3, "*": 2})
    (first, *_), last = speed.expand([bar], {"quartic": False}), speed.expand([bar], {"chain": False})[-1]
    assert (first.limit, last.limit, first.evaluations) == (3, 2, 1)
    assert speed.expand([bar | {"most": {"quartic": 3}}], {"chain": False}) == []
    (_, counted) = speed.expand([bar | {"evaluations_per_input": 2}], {"chain": False})
    assert counted.ratio({("chain", "x/e", 16): 64.0, ("chain", "y/e", 16): 1.0}) == 64 / 32


def test_geometric_mean() -> None:
    bar = dict(name="b", subject="x/e", against="y/e", n=[8], dense=[8], most=9, mean=1.9)
    times = {("p", "x/e", 8): 4.0, ("p", "y/e", 8): 1.0, ("q", "x/e", 8): 1.0, ("q", "y/e", 8): 1.0}
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
        (problem, f"{method}/{lane}", n)
        for group in speed.groups(checks)
        for problem in group.problems
        for method in group.methods
        for lane in group.lanes
        for n in group.dims
    }
    assert {(c.problem, pair, c.n) for c in checks for pair in (c.subject, c.against)} <= covered


def test_median_of_paired_ratios() -> None:
    at_most = speed.Check("a", "p", 4, "x/e", "y/e", 1.5, True)
    at_least = speed.Check("b", "p", 4, "x/e", "y/e", 2.0, False)
    # The machine is three times slower in the second round: the ratios do not notice.
    taken = [[({("p", "x/e", 4): f * 2.0, ("p", "y/e", 4): f * r}, {})] for f, r in ((1, 2.0), (3, 5.0), (1, 4.0))]
    first, second = speed.judge([at_most, at_least], taken)
    assert first["ratio"] == 0.5 and first["ok"]
    assert second["ratio"] == 2.0 and second["ok"]
    assert second["ratios"] == [1.0, 2.5, 2.0]


def test_what_was_not_measured_is_short() -> None:
    (row,) = speed.judge([speed.Check("a", "p", 4, "x/e", "y/e", 1.5, True)], [[({}, {})]])
    assert row["ratio"] is None and not row["ok"]
    assert "not measured" in speed.lines([row])[0] and speed.lines([row])[0].endswith("SHORT")


def test_all_met(driver: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    install(driver)
    assert speed.main(["--rounds", "2", "--json", str(tmp_path / "speed.json")]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert all(line.endswith("  ok") for line in shown[:-1]) and shown[-1].endswith("0 SHORT")
    assert sum("geometric mean" in line for line in shown) == 2
    document = json.loads((tmp_path / "speed.json").read_text())
    assert (document["kind"], document["rounds"], document["context"]) == ("speed", 2, {"cpu": "test"})
    assert {len(row["ratios"]) for row in document["bars"] if "ratios" in row} == {2}


def test_short(driver: Path, capsys: pytest.CaptureFixture[str]) -> None:
    install(driver, factor=8.0)
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
