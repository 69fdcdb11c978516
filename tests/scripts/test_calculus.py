"""The page "The calculus, measured": what it says, from results of the driver; and how it is asked for."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from builds import built
from conftest import fill_with_little
from test_report import Checker, report
from test_run import checkout, run  # noqa: F401  (a fixture)

pytest.importorskip("matplotlib")

SMALL = ["--dtype", "f64", "--method", "reverse_fused,reverse_tape,forward_difference", "--iterations", "60"]


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of a small run, as the driver writes them."""
    folder = tmp_path_factory.mktemp("calculus") / "run"
    for problems in ("log_sum_exp,quartic", "linear,matrix_factorization"):
        parts = ["--part", "closed_forms"] if problems.startswith("linear") else []
        flags = [*SMALL, *parts, "--problem", problems, "--points", "64", "--out", str(folder)]
        done = subprocess.run([built("bench", "descent"), *flags], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def one_shard(measured: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of these, a problem alone: a page is made in half the time."""
    folder = tmp_path_factory.mktemp("calculus") / "one"
    (folder / "descent").mkdir(parents=True)
    (shard,) = (measured / "descent").glob("quartic*.json")
    shutil.copy(shard, folder / "descent")
    return folder


@pytest.fixture(scope="module")
def page(measured: Path) -> str:
    done = report("--calculus", measured)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"report: {measured / 'calculus.html'}\n"
    return (measured / "calculus.html").read_text(encoding="utf-8")


def test_sections_in_order_each_with_all_its_parts(page: str) -> None:
    sections = re.split(r"<h2 ", page)[1:]
    assert [re.match(r'id="(\w+)"', one).group(1) for one in sections] == [
        *("approximation", "descent", "starts", "directions", "critical", "matrices", "environment")
    ]
    for one in sections[:-1]:
        assert "<p class=said>" in one and "<svg" in one and "<table>" in one
        assert "build/release/bench/descent --part " in one


def test_the_numbers(page: str) -> None:
    assert "1.098612 -0.100000 = 0.998612; the true value is 1.008918" in page
    assert "log 3 + 0.1/3 − 0.4/3 = 0.998612" in page
    assert re.search(r"In (\d+) of \1 cases", page), "every direction held"
    assert "forward_difference stalls at" in page
    assert "fastest method" in page and "quartic: -64" in page
    assert re.search(
        r"Newton&#x27;s method is there before backtracking in \d of \d cases: from [\d.]+ × as fast", page
    )
    assert re.search(r"In f64 6 of 6 blocks by exact methods are their formula", page)
    for formula in ("β", "−2Uᵀ(X − UV)", "−2(X − UV)Vᵀ"):
        assert f"<td>{formula}</td>" in page


def test_it_asks_for_nothing_and_is_well_formed(page: str) -> None:
    assert "<script" not in page
    assert "http" not in re.sub(r'xmlns(:\w+)?="[^"]+"|http-equiv', "", page)
    checker = Checker()
    checker.feed(page)
    assert checker.open == []


def test_same_results_same_bytes(measured: Path, page: str, tmp_path: Path) -> None:
    again = tmp_path / "again"
    shutil.copytree(measured, again)
    (again / "figures" / "calculus" / "gone.svg").write_text("of other results")
    assert report("--calculus", again).returncode == 0
    assert (again / "calculus.html").read_text(encoding="utf-8") == page
    names = [{path.name for path in (folder / "figures" / "calculus").iterdir()} for folder in (measured, again)]
    assert names[0] == names[1] and "starts.png" in names[0]


def test_a_claim_that_fails_is_told_first(one_shard: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    shutil.copytree(one_shard, again)
    for path in (again / "descent").glob("*.json"):
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r'"complaints": \[\]', '"complaints": ["a slope is <wrong>"]', text), encoding="utf-8")
    assert report("--calculus", again).returncode == 0
    page = (again / "calculus.html").read_text(encoding="utf-8")
    assert "a slope is &lt;wrong&gt;" in page.split("<h2")[0]


def test_beside_the_report(one_shard: Path, tmp_path: Path) -> None:
    folder = fill_with_little(tmp_path / "run")
    assert report(folder).returncode == 0
    assert not (folder / "calculus.html").exists() and "calculus.html" not in (folder / "report.html").read_text()
    shutil.copytree(one_shard / "descent", folder / "descent")
    assert report(folder).returncode == 0
    assert 'href="calculus.html"' in (folder / "report.html").read_text(encoding="utf-8")
    assert 'href="report.html"' in (folder / "calculus.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("content", [None, "{", '{"schema": 1, "kind": "descent", "complete": true}', "[]"])
def test_bad_results_are_one_line(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "descent").mkdir()
        (tmp_path / "descent" / "a.json").write_text(content)
    done = report("--calculus", tmp_path)
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1 and done.stderr.startswith("report: ")


def test_run_calculus_measures_nothing_else(checkout: Path, one_shard: Path, tmp_path: Path) -> None:  # noqa: F811
    out = tmp_path / "out"
    driver = checkout / "build" / "release" / "bench" / "descent"
    driver.write_text(
        "#!/bin/bash\n"
        f'[[ $* != *--estimate* ]] || {{ echo 40; exit; }}\necho "$*" >>{tmp_path}/descent\n'
        f'while [[ $1 != --out ]]; do shift; done\nmkdir -p "$2/descent" && cp {one_shard}/descent/*.json "$2/descent/"\n'
    )
    driver.chmod(0o755)
    done = run(checkout, "--calculus", "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == f"report: {out / 'calculus.html'}"
    assert not (out / "throughput").exists() and not (out / "report.html").exists()
    assert (tmp_path / "descent").read_text() == f"--out {out}\n"
    assert run(checkout, "--resume", str(out)).returncode == 0
    assert (tmp_path / "descent").read_text().splitlines()[-1] == f"--out {out} --resume"
    assert run(checkout, "--calculus", "--out", str(out)).returncode == 2
