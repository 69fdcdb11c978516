"""What charts show: the numbers before they are drawn, and where labels land."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import timing, write

pytest.importorskip("matplotlib")

from gradlane import charts_choice, charts_ratio, charts_speedup, data, labels, scope, style, tables  # noqa: E402
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


def test_the_choice_is_shown_where_there_is_one() -> None:
    rows = [timing(name, "elements", n, 1.0) for n in (4, 8, 16, 32) for name in ("reverse_fused", "forward_mode")]
    rows += [timing("reverse_fused", "elements", n, 1.0) for n in (64, 128)]
    assert charts_choice.telling([data.read_timing(row) for row in rows]) == [4, 8, 16, 32]


def test_names_in_pale_colours_are_darkened() -> None:
    assert style.readable("#000000") == "#000000" and style.readable("#0072B2") == "#0072B2"
    assert all(style.readable(pen) != pen for pen in ("#56B4E9", "#E69F00", style.COLOURS["complex_step"]))
