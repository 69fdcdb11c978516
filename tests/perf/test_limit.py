"""No row is faster than the machine's limit says: a fraction above 1 is a fault of the model. Measures for about a minute,
or looks at the results folder named by GRADLANE_RESULTS. A machine that is busy while its roofs are measured fails this
test: run it on a quiet one (ctest -L perf)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests" / "scripts")]

from builds import built  # noqa: E402
from gradlane import data, speed  # noqa: E402

ALLOWED = 1.1  # roofs and times are both measured


def measured(folder: Path) -> Path:
    shared = ["--dtype", "f32,f64", "--threads", "1", "--out", str(folder)]
    subprocess.run([built("bench", "limits"), *shared, "--full"], check=True, timeout=600)
    throughput = built("bench", "throughput")
    dense = speed.problems_of(throughput)
    for many, dims in ((False, "64,1024,4096,16384,65536,1048576"), (True, "64,256,1024")):
        chosen = ["--problem", ",".join(name for name, is_dense in dense.items() if is_dense == many), "--dims", dims]
        chosen += ["--method", "analytic,reverse_fused", "--lanes", "elements,points", "--case-seconds", "0.05"]
        subprocess.run([throughput, *shared, *chosen], check=True, timeout=600)
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> data.Run:
    given = os.environ.get("GRADLANE_RESULTS")
    return data.load(Path(given) if given else measured(tmp_path_factory.mktemp("limit")))


def test_nothing_exceeds_the_limit(run: data.Run) -> None:
    held = [row for row in run.timings if row.limit is not None]
    assert held, "no row has a limit: were the roofs measured into this folder?"
    above = [f"{row.case.name}: {row.limit.fraction:.2f} of {row.limit.bound}" for row in held]
    above = [text for text, row in zip(above, held) if row.limit.fraction > ALLOWED]
    assert not above, "\n".join(above)
