"""The driver `descent`, critical points: the chapter's, and an interval that has none."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_descent import run, shard


def test_the_chapters_critical_points(tmp_path: Path) -> None:
    (row,) = shard(tmp_path, "--part", "critical", "--problem", "quartic")["critical"]
    for p, x, value, curvature, kind in zip(
        row["found"], (-1, 0, 2), (-5, 0, -32), (36, -24, 72), ("minimum", "maximum", "minimum"), strict=True
    ):
        assert p["x"] == pytest.approx(x, abs=1e-14) and p["value"] == pytest.approx(value, abs=1e-14)
        assert p["curvature"] == pytest.approx(curvature, rel=1e-13) and p["kind"] == kind and not p["degenerate"]
        assert p["off"] <= 1e-14
    assert row["ended"]["converged"] == row["points"] == 4096 == sum(p["starts"] for p in row["found"])


def test_an_interval_without_critical_points_says_so(tmp_path: Path) -> None:
    flags = ("--part", "critical", "--problem", "quartic", "--interval", "0.5,1.5", "--points", "64")
    (row,) = shard(tmp_path, *flags)["critical"]
    assert row["found"] == [] and row["ended"]["left"] == 64 and row["interval"] == [0.5, 1.5]
    assert "critical in [0.5, 1.5] none" in run("--dtype", "f64", *flags).stdout
