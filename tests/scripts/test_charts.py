"""What charts show: the numbers before they are drawn, and where labels land."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import timing, write

pytest.importorskip("matplotlib")

from gradlane import charts_ratio, data, scope, tables  # noqa: E402


def test_cost_is_over_the_same_value_at_every_n(tmp_path: Path) -> None:
    rows = [timing("primal", "scalar", n, 8.0 * n) for n in (4, 64, 1024)]
    rows += [timing("primal", "elements", n, 2.0 * n) for n in (4, 64)]
    rows += [timing("reverse_fused", "elements", n, 3.0 * n) for n in (4, 64, 1024)]
    write(tmp_path, "throughput", "a", benchmarks=rows)
    run = data.load(tmp_path)
    found = charts_ratio.over_fastest_primal(scope.Scope(run, tables.view_of(run), "quartic", ""), run.timings)
    costs = {row.case.n: ratio for row, ratio in found if row.case.method == "reverse_fused"}
    assert costs == {4: 1.5, 64: 1.5}
