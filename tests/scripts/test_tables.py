"""From a tiny JSON to tables whose every entry is known."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import case, timing, write
from gradlane import data, tables, text


@pytest.fixture
def run(results: Path) -> data.Run:
    return data.load(results)


def test_rows_are_read(run: data.Run) -> None:
    assert run.problems == ["quartic"]
    assert len(run.timings) == 17
    row = next(r for r in run.timings if r.case.pair == "reverse_tape/points" and r.case.n == 4)
    assert (row.ns, row.case.points, row.repetitions) == (16.0, 16, 7)
    # Raw times are per call of 16 points, the interval per gradient.
    assert row.low == pytest.approx(16 * 0.97) and row.high == pytest.approx(16 * 1.03)


def test_limits_are_read(run: data.Run) -> None:
    row = next(r for r in run.timings if r.case.pair == "analytic/elements" and r.case.n == 64)
    assert row.limit == data.Limit(16.0, "L1", pytest.approx(16 / 42), 896.0, 1024.0)
    assert all((r.limit is None) == (r.case.method == "primal") for r in run.timings)
    assert {(roof.probe, roof.level) for roof in run.roofs} >= {("exp", ""), ("copy", "DRAM")}


def test_main_view_prefers_f64_and_the_widest_of_equals(run: data.Run) -> None:
    view = tables.view_of(run)
    assert (view.dtype, view.backend, view.threads) == ("f64", "avx2", 1)
    cases = [data.Case("p", "m", "elements", "f64", backend, 4) for backend in ("sse2", "avx2", "avx512", "peer")]
    view = tables.main_view(cases)
    assert view.backend == "avx512"
    # Another library is compared beside the view, another instruction set is not.
    assert [view.holds(one) for one in cases] == [False, False, True, False]
    assert [view.beside(one) for one in cases] == [False, False, False, True]


def test_answers(run: data.Run) -> None:
    small, large = tables.answers(run, tables.view_of(run))
    assert (small.n, small.best.case.pair, small.best.ns) == (4, "forward_difference/directions", 2.0)
    assert (small.exact.case.pair, small.exact.ns) == ("reverse_fused/elements", 14.0)
    assert (large.n, large.best.case.pair, large.best.ns) == (64, "reverse_fused/elements", 44.0)
    assert large.ceiling.case.pair == "analytic/elements" and large.over_ceiling == pytest.approx(44 / 42)
    assert (large.ensemble.case.pair, large.ensemble.ns) == ("reverse_tape/points", 256.0)


def test_what_has_no_digits_is_neither_an_answer_nor_on_the_front(tmp_path: Path) -> None:
    lucky = timing("forward_difference", "elements", 4, 1.0, order=1, relative_error=1e-9, verdict="no digits")
    right = timing("reverse_fused", "elements", 4, 5.0)
    write(tmp_path, "throughput", "a", benchmarks=[lucky, right, timing("primal", "scalar", 4, 1.0)])
    run = data.load(tmp_path)
    (answer,) = tables.answers(run, tables.view_of(run))
    assert answer.best.case.method == "reverse_fused"
    assert [row.case.method for row in run.timings if tables.is_contender(row)] == ["reverse_fused"]


def test_speedups_name_their_baseline(run: data.Run) -> None:
    view = tables.view_of(run)
    found = tables.speedups(row for row in run.timings if view.holds(row.case))
    by_name = {(one.row.case.pair, one.row.case.n): (one.baseline, one.ratio) for one in found}
    assert by_name[("forward_difference/directions", 64)] == ("forward_difference/scalar", pytest.approx(2))
    assert by_name[("reverse_tape/points", 64)] == ("reverse_tape/scalar", pytest.approx(2.5))
    # It has no scalar form: held against the automatic method that has.
    assert by_name[("reverse_fused/elements", 64)] == ("reverse_tape/scalar", pytest.approx(640 / 44))


def test_speedups_do_not_change_their_baseline_where_it_was_too_slow() -> None:
    rows = [("forward_mode", "scalar", 4), ("reverse_tape", "scalar", 4), ("reverse_tape", "scalar", 64)]
    rows += [("forward_mode", "directions", 4), ("forward_mode", "directions", 64)]
    found = tables.speedups(data.read_timing(timing(*row, 8.0)) for row in rows)
    assert [(one.row.case.n, one.baseline) for one in found] == [(4, "forward_mode/scalar")]


def test_front_ignores_luck_near_the_unit_roundoff() -> None:
    rows = [
        data.read_timing(timing("a", "elements", 4, 1.0, relative_error=1e-7)),
        data.read_timing(timing("b", "elements", 4, 2.0, relative_error=2e-16)),
        data.read_timing(timing("c", "elements", 4, 3.0, relative_error=1.5e-16)),
        data.read_timing(timing("d", "elements", 4, 4.0, relative_error=1e-3)),
        data.read_timing(timing("e", "elements", 4, 5.0, relative_error=0.0)),
    ]
    assert [row.case.method for row in tables.front(rows)] == ["a", "b", "e"]


def test_noise_is_the_median_width_of_the_intervals(run: data.Run) -> None:
    assert tables.noise(run.timings) == pytest.approx(0.06)
    assert tables.noise([]) is None


def test_gains(run: data.Run) -> None:
    (gain,) = tables.gains(run, tables.view_of(run))
    assert (gain.method, gain.n, gain.dtype_gain, gain.thread_gain) == ("reverse_fused/elements", 64, 2.0, None)


def test_gaps_join_reasons_that_differ_in_figures(run: data.Run) -> None:
    step, timed = tables.gaps(run.missing)
    assert (step.method, step.reason) == ("central_difference_2/scalar", "step: 50 calls would take 9 s")
    assert (timed.method, timed.sizes, timed.count) == ("forward_mode/scalar", (64, 1024), 2)
    assert timed.reason == "a call would take about … s, more than … s"


def test_errors_are_failures_and_checks_are_not(tmp_path: Path) -> None:
    bad = case("reverse_tape", "scalar", 4) | {"error": "wrong gradient"}
    checked = case("reverse_tape", "points", 4) | {"verdict": "ok", "relative_error": 1e-16, "prepare_ns": 1}
    write(tmp_path, "throughput", "a", benchmarks=[bad, checked, timing("primal", "scalar", 4, 1.0)])
    run = data.load(tmp_path)
    assert {(row.case.pair, row.failed) for row in run.missing} == {
        ("reverse_tape/scalar", True),
        ("reverse_tape/points", False),
    }


@pytest.mark.parametrize(
    ("sample", "expected"),
    [
        ([3.0, 1.0, 2.0], (1.0, 3.0)),  # too few: the range
        ([float(k) for k in range(1, 7)], (1.0, 6.0)),  # 96.9 %
        ([float(k) for k in range(1, 10)], (2.0, 8.0)),  # 96.1 %
        ([float(k) for k in range(1, 21)], (6.0, 15.0)),  # 95.9 %
    ],
)
def test_interval_of_the_median(sample: list[float], expected: tuple[float, float]) -> None:
    assert data.interval(sample) == expected


@pytest.mark.parametrize(
    ("ns", "expected"),
    [(9.123, "9.12 ns"), (99.96, "100 ns"), (999.7, "1.00 µs"), (1234.0, "1.23 µs"), (2.5e9, "2.50 s"), (None, "–")],
)
def test_times_have_three_digits(ns: float | None, expected: str) -> None:
    assert text.time(ns) == expected


def test_environment_keeps_reasons(run: data.Run) -> None:
    facts = dict(text.flatten(run.context))
    assert facts["identity.numa_nodes"] == "unknown: no such file"
    assert facts["identity.backends.avx2.flags"] == "-O3 -mavx2"
