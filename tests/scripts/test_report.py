"""The report as a command: same bytes twice, one clear line for bad input, nothing left out in silence."""

from __future__ import annotations

import base64
import html.parser
import json
import re
import shutil
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, case, fill, timing, write

pytest.importorskip("matplotlib")

from gradlane import data, scope, tables  # noqa: E402  (only with matplotlib)

KINDS: tuple[str, ...] = ("time", "cost", "speedup", "pareto", "crossover", "limit", "hardware")
KINDS += ("error", "ulps", "histogram", "step", "honesty", "remainder")
FIGURES = [*(f"{kind}-quartic" for kind in KINDS), "roofline", "functions"]


def embedded(page: str, name: str = "content") -> dict[str, Any]:
    """What the page's script draws from."""
    packed = page.split(f'<script type="text/plain" id="{name}">')[1].split("</script>")[0]
    return json.loads(zlib.decompress(base64.b64decode(packed)))


def report(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "scripts" / "report"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def contents(folder: Path) -> dict[str, bytes]:
    files = [folder / "report.html", *sorted((folder / "figures").iterdir())]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A report made once, with what the command printed."""
    folder = fill(tmp_path_factory.mktemp("report") / "run")
    done = report(folder, "--jobs", 1)
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


def test_same_json_same_bytes(finished: tuple[Path, str], tmp_path: Path) -> None:
    folder = tmp_path / "again"
    shutil.copytree(finished[0], folder)
    for path in (folder / "figures").iterdir():
        path.unlink()
    (folder / "figures" / "time-gone.svg").write_text("a figure of an earlier report on other data")
    assert report(folder, "--jobs", 2).returncode == 0
    made = contents(folder)
    assert made == contents(finished[0])
    assert set(made) == {"report.html"} | {f"figures/{name}.{end}" for name in FIGURES for end in ("svg", "png")}


def test_page_says_what_there_is(finished: tuple[Path, str]) -> None:
    folder, printed = finished
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "a call would take about … s, more than … s" in page  # skipped rows, with their reason
    assert "50 calls would take 9 s" in page
    assert "Test CPU" in page and "0123456789ab" in page and "-O3 -mavx2" in page
    assert set(re.findall(r'<section class="chart" id="(\w+)">', page)) == {*KINDS, "roofline", "functions"}
    assert "measured rates" in page and "multiply_add" in page
    assert "<b>reverse_fused</b>/elements" in page.split("</table>")[0]  # it opens with the answer
    # No request to anywhere: by policy, and beside the scripts there is no address at all.
    assert "content=\"default-src 'none'; script-src 'sha256-" in page
    assert "http" not in re.sub(r"<script.*?</script>", "", page, flags=re.S).replace("http-equiv", "")
    assert "quartic" in printed and "44.0 ns" in printed and ", 12 functions measured, " in printed
    assert "1.01 ulp, 0.50 ns" in page and "subnormal results off by up to 8.4e+06 ulp" in page
    assert printed.splitlines()[-1] == f"report: {folder / 'report.html'}"


class Checker(html.parser.HTMLParser):
    """Every identifier once, every element closed."""

    VOID = {"meta", "br", "path", "use", "rect", "line", "img", "i"}

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs).get("id")
        assert found is None or found not in self.seen, f"id {found} twice"
        self.seen |= {found} if found else set()
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag


def test_page_is_well_formed(finished: tuple[Path, str]) -> None:
    checker = Checker()
    checker.feed((finished[0] / "report.html").read_text(encoding="utf-8"))
    assert checker.open == []


def test_failures_come_first(results: Path) -> None:
    write(
        results, "throughput", "bad", benchmarks=[case("reverse_array", "elements", 64) | {"error": "wrong <gradient>"}]
    )
    done = report(results)
    page = (results / "report.html").read_text(encoding="utf-8")
    assert "1 cases failed" in page and "wrong &lt;gradient&gt;" in page
    assert page.index("wrong &lt;gradient&gt;") < page.index('id="answer"', page.index("<main>"))
    assert "1 failed" in done.stdout


def test_accuracy_alone_and_throughput_alone(tmp_path: Path, results: Path) -> None:
    for kind in ("throughput", "accuracy"):
        folder = tmp_path / kind
        folder.mkdir()
        (results / kind).rename(folder / kind)
        done = report(folder)
        assert done.returncode == 0, done.stderr


def test_checks_of_throughput_count(tmp_path: Path) -> None:
    rows = [timing("primal", "scalar", 8, 2.0), timing("analytic", "scalar", 8, 5.0)]
    rows.append(case("reverse_fused", "elements", 8) | {"verdict": "ok", "relative_error": 0.0})  # --check-only
    rows.append(case("reverse_tape", "scalar", 8) | {"verdict": "wrong", "error": "wrong gradient"})
    rows.append(case("forward_mode", "scalar", 8) | {"skipped": "a call would take about 12 s, more than 0.25 s"})
    write(tmp_path, "throughput", "a", benchmarks=rows)
    done = report(tmp_path, "--table")
    assert done.returncode == 0, done.stderr
    assert "2 cases timed, 4 results checked, 2 skipped (why: in the report), 1 failed" in done.stdout


def test_cache_marks_count_the_matrix(tmp_path: Path) -> None:
    # x, gradient and a matrix of n² leave a cache of 512 KiB at n near 250; without the matrix not before 32768.
    rows = [timing("analytic", "elements", n, 2.0 * n, data_bytes=8 * n * n) for n in (16, 64, 256, 1024)]
    write(tmp_path, "throughput", "a", benchmarks=rows)
    run = data.load(tmp_path)
    seen = scope.Scope(run, tables.view_of(run), "quartic", "")
    assert seen.counts_data()
    edges = dict(seen.cache_edges())
    assert 200 < edges["L2"] < 256 and 40 < edges["L1"] < 64


def test_an_unknown_method_and_a_single_n(tmp_path: Path) -> None:
    rows = [timing("brand_new", "elements", 8, 5.0), timing("primal", "scalar", 8, 2.0)]
    write(tmp_path, "throughput", "a", benchmarks=rows)
    done = report(tmp_path)
    assert done.returncode == 0, done.stderr
    assert "brand_new/elements" in done.stdout


def test_other_libraries_have_a_chart_of_their_own(tmp_path: Path) -> None:
    rows = [timing("reverse_fused", "elements", n, 2.0 * n) for n in (8, 64)]
    rows += [timing("reverse_tape", "scalar", n, 30.0 * n, backend="adolc") for n in (8, 64)]
    rows += [timing("reverse_tape_replayed", "scalar", n, 20.0 * n, backend="adolc") for n in (8, 64)]
    rows += [timing("forward_mode", "directions", 8, 50.0, backend="ceres")]
    write(tmp_path, "throughput", "a", benchmarks=rows)
    done = report(tmp_path)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert (tmp_path / "figures" / "peers-quartic.svg").exists()
    drawn = (tmp_path / "figures" / "peers-quartic.svg").read_text(encoding="utf-8")
    assert "adolc replayed" in drawn and "ceres" in drawn
    assert {"", "adolc", "adolc replayed", "ceres"} == set(embedded(page)["rows"]["timings"]["peer"]["of"])
    assert (
        '<section class="chart" id="peers">' in page and "adolc" not in done.stdout
    )  # the answer is about our methods


def test_the_figures_as_they_are(tmp_path: Path) -> None:
    """What a reader gets where Plotly is not installed."""
    write(tmp_path, "throughput", "a", benchmarks=[timing("reverse_fused", "elements", n, 2.0 * n) for n in (8, 64)])
    assert report(tmp_path, "--static").returncode == 0
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    drawings = embedded(page, "drawings")
    assert set(drawings) == {path.stem for path in (tmp_path / "figures").iterdir()} and "time-quartic" in drawings
    assert all(drawing.startswith('<svg role="img" aria-label="') for drawing in drawings.values())
    assert page.count("<script>") == 1 and len(page) < 200_000  # ours alone


def test_two_runs(finished: tuple[Path, str], tmp_path: Path) -> None:
    base, candidate = tmp_path / "before", tmp_path / "after"
    for folder in (base, candidate):
        rows = [timing("reverse_fused", "elements", n, n * (1.5 if folder == candidate else 1.0)) for n in (8, 64)]
        rows = [row | {"name": data.read_case(row).name} for row in rows]
        write(folder, "throughput", "quartic", benchmarks=rows)
    done = report(base, candidate)
    assert done.returncode == 0, done.stderr
    made = candidate / "against-before"
    assert done.stdout.splitlines()[-1] == f"report: {made / 'report.html'}"
    assert {"change-quartic.svg", "change-quartic.png"} <= {path.name for path in (made / "figures").iterdir()}
    page = (made / "report.html").read_text(encoding="utf-8")
    assert "What changed from before to after?" in page and "weaker design" in page
    assert embedded(page)["rows"]["changes"]["ratio"] == [1.5, 1.5]
    assert not (candidate / "report.html").exists()
    first = contents(made)
    assert report(base, candidate).returncode == 0 and contents(made) == first


def test_two_runs_with_nothing_in_common(results: Path, tmp_path: Path) -> None:
    row = timing("reverse_fused", "elements", 8, 5.0) | {"name": "another/case"}
    write(tmp_path / "other", "throughput", "a", benchmarks=[row])
    for path in (results / "throughput").iterdir():
        path.unlink()
    row = timing("reverse_tape", "scalar", 8, 5.0)
    write(results, "throughput", "a", benchmarks=[row | {"name": data.read_case(row).name}])
    one_line(report(tmp_path / "other", results), "no case to compare")


def one_line(done: subprocess.CompletedProcess[str], *words: str) -> None:
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    for word in ("report: ", *words):
        assert word in done.stderr


def test_missing_folder(tmp_path: Path) -> None:
    one_line(report(tmp_path / "nowhere"), "nowhere", "no such folder")


def test_empty_folder(tmp_path: Path) -> None:
    one_line(report(tmp_path), "holds no measurement")


def test_empty_set(tmp_path: Path) -> None:
    write(tmp_path, "throughput", "a", benchmarks=[])
    one_line(report(tmp_path), "holds no measurement")


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"schema": 2, "kind": "throughput"}', '{"schema": 1, "kind": "accuracy"}']
)
def test_bad_shard(results: Path, content: str) -> None:
    (results / "throughput" / "broken.json").write_text(content)
    one_line(report(results), "broken.json")


def test_malformed_row(results: Path) -> None:
    write(results, "throughput", "broken", benchmarks=[{"problem": "quartic"}])
    one_line(report(results), "broken.json", "malformed")
