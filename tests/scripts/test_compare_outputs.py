"""What scripts/compare writes, read back; stored runs, methods within a run, and counts of instructions."""

from __future__ import annotations

import html.parser
import json
import math
import random
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as xml
from pathlib import Path
from typing import Any

import pytest
from fake_driver import IDENTITY, case
from gradlane import compare, compare_instructions, compare_outputs
from gradlane.compare_html import page
from gradlane.compare_model import IMPROVED, INCONCLUSIVE, REGRESSION, UNCHANGED, Finding, Report, Table

ROOT = Path(__file__).resolve().parents[2]
SLOW, FAST, SAME, OPEN = (case(n=n) for n in (4, 8, 16, 32))


@pytest.fixture
def report() -> Report:
    """One of each verdict, with what makes formats break: unbounded intervals, markup, pipes, control characters."""
    made = Report("builds", "20 rounds <&>", "old|build", "new", parameters={"alpha": 0.05})
    made.findings = [
        Finding(SAME, UNCHANGED, 0.001, -0.004, 0.005, 1.0, 1.0, 0.02, 0.05, 100.0, 100.1),
        Finding(
            SLOW, REGRESSION, 0.1, 0.08, 0.12, 1e-5, 1e-4, 0.02, 0.05, 100.0, 110.5, notes=["<b>bold</b> | pipe\x01"]
        ),
        Finding(OPEN, INCONCLUSIVE, 0.01, -math.inf, math.inf, 1.0, 1.0, 0.02, None, 1e6, 1.01e6),
        Finding(FAST, IMPROVED, -0.2, -0.25, -0.15, 1e-5, 1e-4, 0.02, 0.05, 100.0, 82.0),
        Finding("gone/wrong/x/f64/fake/n:1/points:1/threads:1", REGRESSION, notes=["accuracy: wrong gradient"]),
    ]
    made.tables = [Table("Winners", ["n", "fastest"], [["4", "a|b"]])]
    made.notes, made.environment, made.status = ["a note"], {"base": {"identity": IDENTITY}}, 1
    return made


def test_text_shows_what_matters_first(report: Report) -> None:
    lines = compare_outputs.as_text(report).splitlines()
    verdicts = [match.group(1) for line in lines if (match := re.match(r"[▲▼=?] ([A-Z]+)", line))]
    assert verdicts == [REGRESSION, REGRESSION, INCONCLUSIVE, IMPROVED, UNCHANGED]
    assert "no effect, however large" in next(line for line in lines if OPEN in line)
    assert lines[-1].startswith("2 REGRESSION, 1 IMPROVED, 1 UNCHANGED, 1 INCONCLUSIVE")
    assert "over 4 matched cases" in lines[-1]


def test_json_has_every_number_and_none_that_is_not_finite(report: Report) -> None:
    back = json.loads(compare_outputs.as_json(report), parse_constant=lambda text: pytest.fail(text))
    found = {finding["name"]: finding for finding in back["findings"]}
    assert found[SLOW]["ratio"] == pytest.approx(math.exp(0.1))
    assert found[OPEN]["ratio_low"] is None and found[OPEN]["smallest_detectable_ratio"] is None
    assert back["exit_code"] == 1 and back["matched_cases"] == 4
    assert back["geometric_mean"] == pytest.approx(math.exp((0.001 + 0.1 + 0.01 - 0.2) / 4))


def test_junit_fails_regressions_and_skips_what_is_open(report: Report) -> None:
    suite = xml.fromstring(compare_outputs.as_junit(report).encode()).find("testsuite")
    assert [suite.get(key) for key in ("tests", "failures", "skipped")] == ["5", "2", "1"]
    cases = {one.get("name"): one for one in suite.iter("testcase")}
    assert cases[SLOW].find("failure") is not None and "+10.5 %" in cases[SLOW].find("failure").get("message")
    assert cases[OPEN].find("skipped") is not None
    assert cases[SAME].find("failure") is None and cases[SAME].find("skipped") is None


def cells(line: str) -> list[str]:
    return re.split(r"(?<!\\)\|", line)[1:-1]


def test_markdown_tables_have_whole_rows(report: Report) -> None:
    text = compare_outputs.as_markdown(report)
    rows = [cells(line) for line in text.splitlines() if line.startswith("|")]
    assert {len(row) for row in rows} == {6, 2}
    assert "&lt;b>bold" in text
    report.findings += [Finding(case(n=1000 + k), UNCHANGED, 0.0, 0.0, 0.0) for k in range(30)]
    assert "<details><summary>31 unchanged</summary>" in compare_outputs.as_markdown(report)


class Page(html.parser.HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.depth: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list) -> None:
        self.tags.append((tag, dict(attributes)))
        if tag != "meta":
            self.depth.append(tag)

    def handle_startendtag(self, tag: str, attributes: list) -> None:
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag: str) -> None:
        assert self.depth.pop() == tag


def test_the_page_is_whole_and_asks_for_nothing(report: Report) -> None:
    text = page(report)
    parsed = Page(text)
    assert not parsed.depth
    assert not {"script", "link", "img", "iframe", "object"} & {tag for tag, _ in parsed.tags}
    assert not re.search(r"https?:|url\(|@import", text)
    policy = next(a["content"] for tag, a in parsed.tags if tag == "meta" and "http-equiv" in a)
    assert policy.startswith("default-src 'none'")
    assert "&lt;b&gt;bold" in text and "<b>bold</b>" not in text
    assert next(a for tag, a in parsed.tags if tag == "svg")["aria-label"]
    shapes = {"circle": 2, "path": 1}  # unchanged and open; the regression's triangle
    for shape, count in shapes.items():
        assert sum(tag == shape for tag, _ in parsed.tags) == count
    assert all(name in text for name in (SLOW, FAST, SAME, OPEN))


def test_the_summary_is_appended(report: Report, tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    compare_outputs.append_summary(report, str(summary))
    assert summary.read_text().startswith("before\n### compare builds") and SLOW in summary.read_text()


# ---- stored runs and methods ---------------------------------------------------------------------------------------


def stored(path: Path, times: dict[str, float], seed: int = 1, identity: dict | None = None, count: int = 7) -> Path:
    """A shard as the driver writes it, with a scatter of half a percent."""
    generator = random.Random(seed)
    rows = []
    for name, ns in times.items():
        parts = name.split("/")
        sample = [ns * math.exp(generator.gauss(0, 0.005)) for _ in range(count)]
        row = {"name": name, "backend": parts[4], "n": int(parts[5][2:]), "points": 1, "threads": 1}
        rows.append(row | {"real_time": sorted(sample)[count // 2], "times_ns": sample, "relative_error": 1e-16})
    shard = {"schema": 1, "kind": "throughput", "complete": True, "benchmarks": rows}
    shard["context"] = {"identity": identity or IDENTITY, "provenance": {"utc": f"2026-01-{seed:02}T00:00:00Z"}}
    path.write_text(json.dumps(shard))
    return path


TIMES = {SLOW: 10.0, FAST: 20.0, SAME: 30.0}


def run(tmp_path: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    out = tmp_path / "report.json"
    out.unlink(missing_ok=True)
    status = compare.main([*arguments, "--json", str(out)])
    return status, json.loads(out.read_text()) if out.exists() else {}


def test_stored_runs(tmp_path: Path) -> None:
    one = stored(tmp_path / "one.json", TIMES)
    other = stored(tmp_path / "other.json", TIMES | {SLOW: 12.0, FAST: 15.0}, seed=2)
    status, report = run(tmp_path, "runs", str(one), str(other))
    verdicts = {finding["name"]: finding["verdict"] for finding in report["findings"]}
    assert (status, verdicts) == (1, {SLOW: REGRESSION, FAST: IMPROVED, SAME: UNCHANGED})
    assert "weaker design" in report["design"]
    assert run(tmp_path, "runs", str(one), str(one))[0] == 0


def test_stored_runs_of_other_environments(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = stored(tmp_path / "one.json", TIMES)
    other = stored(tmp_path / "other.json", TIMES, identity=IDENTITY | {"cpu_model_name": "Another"})
    assert run(tmp_path, "runs", str(one), str(other))[0] == 3
    assert "cpu_model_name: Fake CPU / Another" in capsys.readouterr().err
    assert run(tmp_path, "runs", str(one), str(other), "--allow", "cpu_*")[0] == 0


@pytest.mark.parametrize(
    ("content", "status", "told"),
    [
        ('{"schema": 1, "kind": "throughput", "benchm', 2, "not readable as JSON"),
        ('{"schema": 1, "kind": "throughput", "benchmarks": [{"name": "a", "real_time": NaN}]}', 2, "NaN"),
        ('{"schema": 1, "kind": "accuracy", "benchmarks": []}', 2, "not a throughput shard"),
        ('{"schema": 1, "kind": "throughput", "benchmarks": [{}]}', 2, "malformed"),
        ('{"schema": 1, "kind": "throughput", "benchmarks": 3}', 2, "no list of rows"),
        ('{"schema": 1, "kind": "throughput", "benchmarks": []}', 3, "holds no cases"),
        ("\xff\xfe", 2, "not readable as JSON"),
    ],
)
def test_stored_runs_that_are_none(
    tmp_path: Path, content: str, status: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    one, bad = stored(tmp_path / "one.json", TIMES), tmp_path / "bad.json"
    bad.write_text(content, encoding="latin-1")
    assert run(tmp_path, "runs", str(one), str(bad))[0] == status
    error = capsys.readouterr().err
    assert told in error and error.count("\n") == 1


def test_stored_runs_with_lost_cases(tmp_path: Path) -> None:
    one = stored(tmp_path / "one.json", TIMES)
    less = stored(tmp_path / "less.json", {SAME: 30.0})
    assert run(tmp_path, "runs", str(one), str(less))[0] == 3
    status, report = run(tmp_path, "runs", str(one), str(less), "--allow-missing")
    assert (status, report["matched_cases"]) == (0, 1)


def test_methods_of_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Forward mode costs n², reverse mode 20 n: they cross at n = 20."""
    times = {case("forward_mode", n): float(n * n) for n in (4, 16, 64)}
    times |= {case("reverse_tape", n): 20.0 * n for n in (4, 16, 64)} | {case("primal", 4): 0.5}
    shard = stored(tmp_path / "run.json", times)
    status, report = run(tmp_path, "methods", str(shard), "--baseline", "reverse_tape/elements")
    verdicts = {finding["name"]: finding["verdict"] for finding in report["findings"]}
    assert status == 0
    assert verdicts == {case("forward_mode", n): word for n, word in ((4, "FASTER"), (16, "FASTER"), (64, "SLOWER"))}
    winners, crossings = report["tables"]
    assert [row[5] for row in winners["rows"]] == ["forward_mode/elements"] * 2 + ["reverse_tape/elements"]
    assert len(crossings["rows"]) == 1
    assert crossings["rows"][0][4:6] == ["forward_mode/elements", "slower above"]
    assert int(crossings["rows"][0][6]) == pytest.approx(20, abs=1) and crossings["rows"][0][-1] == "yes"
    assert run(tmp_path, "methods", str(shard), "--baseline", "none/such")[0] == 3
    assert "there: forward_mode/elements" in capsys.readouterr().err
    assert run(tmp_path, "methods", str(shard), "--baseline", "reverse_tape")[0] == 2


# ---- instructions --------------------------------------------------------------------------------------------------


def test_without_valgrind_it_is_skipped(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    arguments = ["instructions", "--base", ".", "--candidate", "."]
    monkeypatch.setattr(compare, "sides_of", lambda given, scratch: (Side, Side))
    assert compare.main(arguments) == 77
    assert capsys.readouterr().err == "compare: skipped: valgrind is missing (scripts/setup --developer)\n"


class Side:
    shown = ""


@pytest.mark.parametrize(("count", "verdict"), [(1004, UNCHANGED), (1006, REGRESSION), (990, IMPROVED)])
def test_counts_have_a_tolerance_of_half_a_percent(count: int, verdict: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from gradlane.compare_builds import Plan
    from gradlane.compare_policy import Policy

    counts = iter([1000.0, float(count)])
    monkeypatch.setattr(compare_instructions, "per_call", lambda *_: next(counts))
    plan = Plan(0, 0.05, Policy(compare_instructions.TOLERANCE))
    assert compare_instructions.judged(None, None, "", SLOW, plan).verdict == verdict


@pytest.mark.skipif(shutil.which("valgrind") is None, reason="valgrind is missing")
def test_counts_of_equal_modules_are_equal(tmp_path: Path) -> None:
    from builds import built

    modules = built("backends", "avx2.so").parent
    out = tmp_path / "counts.json"
    command = [sys.executable, ROOT / "scripts" / "compare", "instructions", "--base", modules, "--candidate", modules]
    command += ["--driver", built("bench", "throughput"), "--filter", "^quartic/", "--json", out, "--"]
    command += ["--problem", "quartic", "--method", "reverse_fused", "--dims", "64", "--backend", "avx2"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    (finding,) = json.loads(out.read_text())["findings"]
    assert finding["base"] == finding["candidate"] > 64
