"""What charts show: the numbers before they are drawn, and where labels land."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import case, timing, write

pytest.importorskip("matplotlib")

from gradlane import (  # noqa: E402
    charts_choice,
    charts_crossover,
    charts_estimate,
    charts_ratio,
    charts_remainder,
    charts_speedup,
    charts_threads,
    charts_ulp,
    data,
    embed,
    embed_columns,
    labels,
    scope,
    style,
    tables,
)
from gradlane import figure as figure_of  # noqa: E402
from matplotlib.text import Text  # noqa: E402


def test_cost_is_over_the_same_value_at_every_n(tmp_path: Path) -> None:
    rows = [timing("primal", "scalar", n, 8.0 * n) for n in (4, 64, 1024)]
    rows += [timing("primal", "elements", n, 2.0 * n) for n in (4, 64)]
    rows += [timing("reverse_fused", "elements", n, 3.0 * n) for n in (4, 64, 1024)]
    write(tmp_path, "throughput", "a", benchmarks=rows)
    run = data.load(tmp_path)
    found = charts_ratio.over_fastest_primal(scope.Scope(run, tables.view_of(run), "quartic", ""), run.timings)
    costs = {row.case.n: ratio for row, ratio in found if row.case.method == "reverse_fused"}
    assert costs == {4: 1.5, 64: 1.5}


def test_names_cover_neither_each_other_nor_a_line() -> None:
    figure, (axes,) = figure_of.paper(1, 1, "", 4.0)
    axes.set_xlim(0, 10)
    axes.set_ylim(0, 10)
    axes.plot([0, 10], [5, 5])
    wanted = [(name, "#000000", (2.0, 5.0)) for name in ("one", "two", "three")]
    labels.place_tags(axes, wanted)
    figure.canvas.draw()
    boxes = [Text.get_window_extent(label) for label in axes.texts]  # without the leaders
    line = axes.transData.transform((0, 5))[1]
    assert all(box.y0 > line or box.y1 < line for box in boxes)
    assert not any(a.overlaps(b) for k, a in enumerate(boxes) for b in boxes[:k])


def test_speedups_below_one_are_fractions() -> None:
    assert [charts_speedup.tick(value) for value in (0.125, 1.0, 32.0)] == ["1/8×", "1×", "32×"]


def test_threads_are_held_against_one_thread_of_the_same_row(tmp_path: Path) -> None:
    rows = [timing("reverse_fused", "elements", n, 8.0 * n, threads=1) for n in (64, 1024)]
    rows += [timing("reverse_fused", "elements", n, 2.5 * n, threads=4) for n in (64, 1024)]
    rows += [timing("analytic", "elements", 64, 2.0, threads=4)]  # has nothing to be held against
    write(tmp_path, "throughput", "a", benchmarks=rows)
    run = data.load(tmp_path)
    found = charts_threads.gains(scope.Scope(run, tables.view_of(run), "quartic", ""))
    assert sorted((one.case.n, one.ratio, one.efficiency) for one in found) == [(64, 3.2, 0.8), (1024, 3.2, 0.8)]


def test_columns_hold_texts_once_and_digits_that_matter() -> None:
    rows = [("a", 1.23456e-7, (1, 2)), ("b", 64.0, ()), ("a", None, (1, 2))]
    wanted = [("name", lambda r: r[0]), ("number", lambda r: embed_columns.rounded(r[1])), ("list", lambda r: r[2])]
    assert embed_columns.columns(rows, wanted) == {
        "name": {"of": ["a", "b"], "at": [0, 1, 0]},
        "number": [1.23e-7, 64, None],
        "list": {"of": [(1, 2), ()], "at": [0, 1, 0]},
    }


def test_the_page_knows_who_may_be_recommended(tmp_path: Path) -> None:
    rows = [
        timing("reverse_fused", "elements", 64, 5.0),
        timing("forward_difference", "elements", 64, 1.0, order=1, relative_error=1e-3, verdict="no digits"),
        timing("analytic", "elements", 64, 1.0),
    ]
    write(tmp_path, "throughput", "a", benchmarks=rows)
    errors = [case("reverse_fused", "elements", 64) | {"relative_error": 3e-16, "verdict": "ok"}]
    write(tmp_path, "accuracy", "a", gradient_errors=errors)
    run = data.load(tmp_path)
    found = embed.content(run, tables.view_of(run))["rows"]["timings"]
    methods = [found["method"]["of"][place] for place in found["method"]["at"]]
    assert dict(zip(methods, found["trusted"])) == {
        "reverse_fused": 3e-16,
        "forward_difference": None,
        "analytic": None,
    }


def test_the_choice_is_shown_where_there_is_one() -> None:
    rows = [timing(name, "elements", n, 1.0) for n in (4, 8, 16, 32) for name in ("reverse_fused", "forward_mode")]
    rows += [timing("reverse_fused", "elements", n, 1.0) for n in (64, 128)]
    assert charts_choice.telling([data.read_timing(row) for row in rows]) == [4, 8, 16, 32]


def test_names_in_pale_colours_are_darkened() -> None:
    assert style.readable("#000000") == "#000000" and style.readable("#0072B2") == "#0072B2"
    assert all(style.readable(pen) != pen for pen in ("#56B4E9", "#E69F00", style.COLOURS["complex_step"]))


def test_the_map_joins_equal_answers(tmp_path: Path) -> None:
    rows = [
        timing("forward_difference", "elements", 64, 1.0, order=1, relative_error=1e-3),
        timing("reverse_fused", "elements", 64, 5.0, relative_error=2e-15),
    ]
    write(tmp_path, "throughput", "a", benchmarks=rows)
    run = data.load(tmp_path)
    seen = scope.Scope(run, tables.view_of(run), "quartic", "")
    for black_box, last in ((False, "reverse_fused"), (True, None)):
        (answers,) = charts_crossover.columns(seen, black_box).values()
        boxes = [(first, end, box and box.row.case.method) for first, end, box in charts_crossover.runs(answers)]
        assert boxes[0] == (1, 3, "forward_difference")
        assert boxes[1] == ((4, 14, last) if last else (4, 16, None))


def test_a_method_without_a_claim_is_honest() -> None:
    row = case("ridders", "scalar", 64) | {
        "estimate": [1.0, 1.0, None, 1.0],
        "error": [0.5, 5.0, 9.0, 50.0],
        "honest": 2,
    }
    read = data.read_own_estimate(row)
    assert (charts_estimate.share(read, 1), charts_estimate.share(read, 10)) == ("50 %", "75 %")
    assert charts_estimate.row_of(read)[-2:] == ("50.0", "1")


def remainder(method: str, precision: str, order: int = 0, verdict: str = "ok") -> data.Remainder:
    row = case(method, "elements", 64) | {"precision": precision, "order": order, "verdict": verdict}
    return data.read_remainder(row | {"epsilon": [1.0], "remainder": [1.0]})


def test_one_exact_method_stands_for_all_but_not_for_a_wrong_one() -> None:
    methods = [("forward_mode", 0, "wrong"), ("reverse_tape", 0, "ok"), ("reverse_fused", 0, "ok"), ("oracle", 0, "ok")]
    methods += [("central_difference_8", 8, "ok"), ("forward_difference", 1, "ok"), ("control", 0, "wrong")]
    drawn = {
        precision: [
            row.case.method for row in charts_remainder.lines_of([remainder(m, precision, o, v) for m, o, v in methods])
        ]
        for precision in ("working", "quad")
    }
    first = ["oracle", "reverse_fused", "forward_mode"]
    assert drawn["quad"] == [*first, "forward_difference", "central_difference_8", "control"]
    assert drawn["working"] == [*first, "forward_difference", "control"]


def test_histograms_stand_where_there_are_many_components() -> None:
    errors = [
        data.read_gradient_error(case(method, "elements", n) | {"ulp_histogram": counts})
        for method, n, counts in (
            ("a", 4, [4]),
            ("b", 4, [0, 4]),
            ("a", 64, [60, 4]),
            ("b", 64, [0, 0, 64]),
            ("a", 1024, [1024]),
        )
    ]
    assert charts_ulp.telling_size(errors) == 64
    assert charts_ulp.by_exactness([row for row in errors if row.case.n == 64]) == ["b", "a"]
    assert [charts_ulp.bin_tick(k) for k in (0, 1, 3, 11)] == ["½", "1", "4", "$2^{10}$"]
