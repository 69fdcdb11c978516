"""scripts/compare on builds whose driver is a fake one: every verdict, every exit code, every way in which input is bad."""

from __future__ import annotations

import contextlib
import io
import functools
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import fake_driver
import pytest
from fake_driver import build, case
from gradlane import compare, compare_driver

ROOT = Path(__file__).resolve().parents[2]
CASES = {case(n=n, method=m): {"ns": 10.0 * n} for n in (64, 512) for m in ("analytic", "reverse_fused")}
SLOW = case(n=512)


def changed(**more: Any) -> dict[str, dict]:
    """The cases, with other facts for one of them."""
    return {name: about | (more if name == SLOW else {}) for name, about in CASES.items()}


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fake driver as a function: a process would take longer than all that is tested."""

    def call(side: compare_driver.Side, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = side.command(*arguments)
        out, error = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
            status = fake_driver.main(command[1:])
        return subprocess.CompletedProcess(command, status, out.getvalue(), error.getvalue())

    monkeypatch.setattr(compare_driver.Side, "call", call)


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return build(tmp_path / "base", CASES)


class Outcome:
    def __init__(self, status: int, folder: Path, out: str, error: str) -> None:
        self.status, self.out, self.error = status, out, error
        path = folder / "report.json"
        self.report = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        self.verdicts = {f["name"]: f["verdict"] for f in self.report.get("findings", [])}

    @property
    def finding(self) -> dict[str, Any]:
        return next(f for f in self.report["findings"] if f["name"] == SLOW)


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    def command(*arguments: str) -> Outcome:
        report, raw = tmp_path / "report.json", tmp_path / "raw.jsonl"
        for path in (report, raw):
            path.unlink(missing_ok=True)
        more = ["--raw", str(raw)] if arguments[0] in ("builds", "noise") else []
        rest = list(arguments)
        at = rest.index("--") if "--" in rest else len(rest)
        status = compare.main([*rest[:at], *more, "--json", str(report), *rest[at:]])
        captured = capsys.readouterr()
        return Outcome(status, tmp_path, captured.out, captured.err)

    return command


def builds(base: Path, candidate: Path, *more: str) -> list[str]:
    return ["builds", "--base", str(base), "--candidate", str(candidate), "--quick", "--filter", ".", *more]


def test_equal_builds_pass(run: Any, base: Path, tmp_path: Path) -> None:
    done = run(*builds(base, build(tmp_path / "new", CASES, seed=2)))
    assert done.status == 0
    assert set(done.verdicts) == set(CASES) and set(done.verdicts.values()) <= {"UNCHANGED", "INCONCLUSIVE"}
    assert done.report["matched_cases"] == 4
    assert "over 4 matched cases" in done.out


def test_a_slower_build_is_a_regression_and_a_faster_one_is_not(run: Any, base: Path, tmp_path: Path) -> None:
    done = run(*builds(base, build(tmp_path / "new", changed(ns=5800.0))))
    assert done.status == 1
    assert {name for name, verdict in done.verdicts.items() if verdict == "REGRESSION"} == {SLOW}
    assert done.finding["ratio"] == pytest.approx(5800 / 5120, rel=0.02)
    assert done.finding["ratio_low"] > 1.02
    assert any("confirmed on fresh data" in note for note in done.finding["notes"])
    done = run(*builds(base, build(tmp_path / "fast", changed(ns=4000.0))))
    assert (done.status, done.verdicts[SLOW]) == (0, "IMPROVED")


def test_later_processes_know_the_answers_of_their_side(run: Any, tmp_path: Path) -> None:
    bits = {name: [digit * 16, None, digit * 16] for name, digit in (("old", "1"), ("new", "2"))}
    old, new = (build(tmp_path / name, CASES, bits=one) for name, one in bits.items())
    assert run(*builds(old, new)).status == 0
    for folder, one in ((old, bits["old"]), (new, bits["new"])):
        told = json.loads((folder / "backends" / "told.json").read_text())
        assert set(told) == set(CASES) and all(case["answer_bits"] == one for case in told.values())


def test_answers_that_were_wrong_are_not_known(run: Any, base: Path, tmp_path: Path) -> None:
    wrong = build(tmp_path / "new", changed(error="wrong gradient"), bits=["1" * 16] * 3)
    assert run(*builds(base, wrong)).status == 1
    told = json.loads((wrong / "backends" / "told.json").read_text())
    assert SLOW not in told and len(told) == 3


def test_a_slowdown_within_the_threshold_is_none(run: Any, base: Path, tmp_path: Path) -> None:
    done = run(*builds(base, build(tmp_path / "new", changed(ns=5800.0)), "--threshold", "20%"))
    assert (done.status, done.verdicts[SLOW]) == (0, "UNCHANGED")


def test_noise_is_inconclusive_and_says_what_it_could_have_seen(run: Any, base: Path, tmp_path: Path) -> None:
    noisy = build(tmp_path / "new", CASES, noise=0.2, seed=4)
    done = run(*builds(base, noisy))
    assert done.status == 0 and "INCONCLUSIVE" in done.verdicts.values()
    assert all(f["smallest_detectable_ratio"] > 1.05 for f in done.report["findings"])
    assert "could have seen effects from +" in done.out
    assert run(*builds(base, noisy, "--require-conclusive")).status == 4


def test_a_regression_outdoes_an_inconclusive_case(run: Any, base: Path, tmp_path: Path) -> None:
    done = run(*builds(base, build(tmp_path / "new", changed(ns=9000.0), noise=0.05), "--require-conclusive"))
    assert done.status == 1


@pytest.mark.parametrize(
    ("loss", "told"),
    [
        ({"relative_error": 1e-11}, "is past its bound"),
        ({"error": "wrong gradient, off by 1e-3"}, "wrong gradient"),
        ({"relative_error": None}, "no longer finite"),
    ],
)
def test_an_accuracy_loss_is_a_regression_at_any_speed(
    run: Any, base: Path, tmp_path: Path, loss: dict, told: str
) -> None:
    done = run(*builds(base, build(tmp_path / "new", changed(ns=1000.0, **loss))))
    assert (done.status, done.verdicts[SLOW]) == (1, "REGRESSION")
    assert told in done.finding["notes"][0]


def test_growth_of_an_error_within_its_bound_is_told_and_a_policy_makes_it_fail(
    run: Any, base: Path, tmp_path: Path
) -> None:
    worse = build(tmp_path / "new", changed(relative_error=1e-14))
    done = run(*builds(base, worse))
    assert done.status == 0 and "within its bound" in done.finding["notes"][-1]
    policy = tmp_path / "policy.json"
    policy.write_text('{"error_growth": 10}')
    assert run(*builds(base, worse, "--policy", str(policy))).status == 1


def test_a_policy_sets_thresholds_and_ignores_cases(run: Any, base: Path, tmp_path: Path) -> None:
    slow, policy = build(tmp_path / "new", changed(ns=5800.0)), tmp_path / "policy.json"
    policy.write_text('{"threshold": 0.01, "thresholds": {"*/reverse_fused/*n:512/*": 0.2}, "ignore": ["*/none/*"]}')
    done = run(*builds(base, slow, "--policy", str(policy)))
    assert done.status == 0 and done.finding["threshold"] == 0.2
    assert any("'*/none/*' matches no case" in note for note in done.report["notes"])
    policy.write_text('{"ignore": ["*/reverse_fused/*n:512/*"]}')
    done = run(*builds(base, slow, "--policy", str(policy)))
    assert done.status == 0 and SLOW not in done.verdicts


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "not readable as JSON"),
        ("[]", "no JSON object"),
        ('{"treshold": 0.1}', "unknown key 'treshold'"),
        ('{"threshold": "5 %"}', "'threshold' is no share"),
        ('{"threshold": NaN}', "NaN is no JSON number"),
        ('{"threshold": 5}', "'threshold' is no share"),
        ('{"thresholds": {"a": -1}}', "thresholds: a"),
        ('{"ignore": "a"}', "'ignore' is no list"),
        ('{"error_growth": 1}', "'error_growth'"),
        ('{"ignore": [], "ignore": []}', "stands twice"),
    ],
)
def test_mistakes_in_a_policy(run: Any, base: Path, tmp_path: Path, text: str, told: str) -> None:
    policy = tmp_path / "policy.json"
    policy.write_text(text)
    done = run(*builds(base, base, "--policy", str(policy)))
    assert done.status == 2 and told in done.error and done.error.count("\n") == 1


def test_missing_cases_are_not_compared_unless_allowed(run: Any, base: Path, tmp_path: Path) -> None:
    less = build(tmp_path / "new", {name: about for name, about in CASES.items() if name != SLOW})
    done = run(*builds(base, less))
    assert done.status == 3 and "missing" in done.error and done.error.count("\n") == 1
    done = run(*builds(base, less, "--allow-missing"))
    assert done.status == 0 and SLOW not in done.verdicts and any("missing" in note for note in done.report["notes"])
    done = run(*builds(less, base))
    assert done.status == 0 and any("new in the candidate" in note for note in done.report["notes"])
    skips = build(tmp_path / "skips", changed(skipped="takes n up to 64"))
    assert run(*builds(base, skips)).status == 3


def test_no_case_is_not_comparable(run: Any, base: Path) -> None:
    done = run("builds", "--base", str(base), "--candidate", str(base), "--filter", "nothing_like_it")
    assert done.status == 3 and done.error.startswith("compare: no case to compare")


def test_other_environments_are_refused_unless_allowed(run: Any, base: Path, tmp_path: Path) -> None:
    other = build(tmp_path / "new", CASES, identity=fake_driver.IDENTITY | {"compiler": "Clang 14"})
    done = run(*builds(base, other))
    assert done.status == 3 and "compiler: GNU 12 / Clang 14" in done.error and "--allow compiler" in done.error
    done = run(*builds(base, other, "--allow", "compiler"))
    assert done.status == 0 and any("allowed to differ: compiler" in note for note in done.report["notes"])


@pytest.mark.parametrize(
    ("act", "status", "told"),
    [
        ("nan", 2, "NaN is no JSON number"),
        ("truncated", 2, "not readable as JSON"),
        ("nothing", 3, "left no results"),
        ("fail", 3, "cannot load the module"),
    ],
)
def test_a_driver_that_leaves_no_results(
    run: Any, base: Path, tmp_path: Path, act: str, status: int, told: str
) -> None:
    done = run(*builds(base, build(tmp_path / "new", CASES, act=act)))
    assert (done.status, done.error.count("\n")) == (status, 1)
    assert told in done.error


@pytest.mark.parametrize("ns", [0.0, -1.0])
def test_times_that_are_no_times(run: Any, base: Path, tmp_path: Path, ns: float) -> None:
    done = run(*builds(base, build(tmp_path / "new", changed(ns=ns))))
    assert done.status == 2 and "no positive number" in done.error


def test_too_few_rounds_are_told_before_anything_runs(run: Any, tmp_path: Path) -> None:
    many = build(tmp_path / "many", {case(n=n): {"ns": 10.0 * n} for n in range(1, 53)})
    done = run(*builds(many, many))
    first = done.error.splitlines()[0]
    assert "12 (11 used) can flag one of at most 51 cases" in first and "52 are selected" in first
    assert "--rounds 13" in first
    assert "too few rounds" not in run(*builds(many, many, "--filter", "n:[1-4]/")).error


def test_noise_shows_the_floor(run: Any, base: Path) -> None:
    done = run("noise", "--build", str(base), "--quick", "--filter", ".")
    assert done.status == 0 and "Noise floor" in done.out
    assert len(done.report["tables"][0]["rows"]) == 5


def test_raw_values_of_every_process_are_kept(run: Any, base: Path, tmp_path: Path) -> None:
    run(*builds(base, base))
    lines = [json.loads(line) for line in (tmp_path / "raw.jsonl").read_text().splitlines()]
    assert lines[0]["kind"] == "comparison_raw" and lines[0]["parameters"]["seed"] == 1
    assert len(lines) == 1 + 4 * 12
    assert [line["round"] for line in lines[1:6]] == [0, 0, 0, 0, 1]
    assert set(lines[1]["ns"]) == set(CASES)


def test_a_process_counts_with_its_best_repetition_and_the_first_round_not_at_all(run: Any, tmp_path: Path) -> None:
    still = build(tmp_path / "still", CASES, noise=0.0)
    done = run(*builds(still, still))
    lines = [json.loads(line) for line in (tmp_path / "raw.jsonl").read_text().splitlines()]
    assert all(line["ns"] == {name: about["ns"] for name, about in CASES.items()} for line in lines[1:])
    assert all(finding["ratios"] == [1.0] * 11 for finding in done.report["findings"])


def test_single_modules_of_different_names(run: Any, base: Path, tmp_path: Path) -> None:
    mine = build(
        tmp_path / "mine", {name.replace("/fake/", "/mine/"): about for name, about in changed(ns=9e3).items()}
    )
    about = json.loads((mine / "backends" / "fake.json").read_text()) | {"name": "mine"}
    (mine / "backends" / "fake.json").write_text(json.dumps(about))
    modules = [str(folder / "backends" / "fake.so") for folder in (base, mine)]
    driver = str(base / "bench" / "throughput")
    done = run(
        "builds", "--base", modules[0], "--candidate", modules[1], "--quick", "--filter", ".", "--driver", driver
    )
    assert done.status == 1 and done.verdicts[SLOW] == "REGRESSION"


MISTAKES = [
    ([], "required"),
    (["frobnicate"], "invalid choice"),
    (["builds", "--base", "/nowhere", "--candidate", "/nowhere"], "no such build"),
    (["builds", "--base", "{base}", "--candidate", "{base}", "--rounds", "3"], "--rounds"),
    (["builds", "--base", "{base}", "--candidate", "{base}", "--rounds", "20", "--quick"], "not allowed with"),
    (["builds", "--base", "{base}", "--candidate", "{base}", "--threshold", "5"], "--threshold"),
    (["builds", "--base", "{base}", "--candidate", "{base}", "--threshold", "nan"], "--threshold"),
    (["builds", "--base", "{base}", "--candidate", "{base}", "--alpha", "0"], "--alpha"),
    (["builds", "--base", "{base}", "--candidate", "{base}", "--filter", "("], "--filter"),
    (["builds", "--base", "{base}", "--candidate", "{base}", "--html", "/nowhere/a.html"], "--html"),
    (["builds", "--base", "{base}", "--candidate", "{base}", "--github-summary"], "GITHUB_STEP_SUMMARY"),
    (["builds", "--base", "{base}", "--candidate", "{base}", "--cpus", "9999"], "--cpus"),
    (["builds", "--base", "{base}", "--candidate", "{base}", "--driver", "/nowhere"], "--driver"),
    (["noise"], "--build"),
    (["runs", "/nowhere/a", "/nowhere/b"], "no such file"),
    (["methods", "/nowhere/a", "--baseline", "a/b"], "no such file"),
]


@pytest.mark.parametrize(("arguments", "told"), MISTAKES, ids=lambda value: " ".join(value) if value else None)
def test_a_mistake_is_one_line_and_exit_2(
    base: Path,
    arguments: list[str],
    told: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    assert compare.main([argument.format(base=base) for argument in arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and told in captured.err and captured.err.count("\n") == 1


def test_as_a_command_with_processes_of_its_own(tmp_path: Path) -> None:
    """Standard library only: the interpreter sees no installed packages."""
    old, new = build(tmp_path / "old", CASES), build(tmp_path / "new", changed(ns=9000.0))
    command = [sys.executable, "-ISE", str(ROOT / "scripts" / "compare"), *builds(old, new)]
    command += ["--rounds", "7", "--raw", str(tmp_path / "raw.jsonl")]
    command.remove("--quick")
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr  # six ratios cannot flag one of four cases
    assert "too few rounds" in done.stderr and "Holm" in done.stdout
    assert "exit codes:" in subprocess.run([command[2], "builds", "--help"], capture_output=True, text=True).stdout


def test_a_crash_is_told(tmp_path: Path) -> None:
    old, new = build(tmp_path / "old", CASES), build(tmp_path / "new", CASES, act="crash")
    command = [sys.executable, str(ROOT / "scripts" / "compare"), *builds(old, new)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 3 and "ended by signal 11" in done.stderr


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_interrupted_it_names_the_file_with_what_was_measured(tmp_path: Path, by: signal.Signals) -> None:
    hanging = build(tmp_path / "old", CASES, act="hang")
    raw = tmp_path / "raw.jsonl"
    command = [sys.executable, str(ROOT / "scripts" / "compare"), *builds(hanging, hanging), "--raw", str(raw)]
    # What a shell starts in the background ignores SIGINT, and so would whatever it starts.
    heed = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    started = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=heed)
    waiting = hanging / "backends" / "hanging"
    for _ in range(300):
        if waiting.exists():
            break
        time.sleep(0.1)
    started.send_signal(by)
    _, error = started.communicate(timeout=60)
    if by != signal.SIGKILL:  # of which nothing can be told; the driver's process may outlive it for a while
        assert started.returncode == 130
        assert f"what was measured is kept in {raw}" in error
    assert len(raw.read_text().splitlines()) == 5  # three processes before it prepare: a header and four of rounds
