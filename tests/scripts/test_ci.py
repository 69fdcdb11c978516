"""What continuous integration calls: two commits built and compared, a history that is pushed, the gate, parts of the tests.
In scratch repositories, with a cmake that does nothing but put a fake driver in place."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from builds import ROOT
from fake_driver import case
from gradlane import checkout as git_checkout
from gradlane import compare_commits, gate, record_history
from test_compare import in_this_process  # noqa: F401  (a fixture)

CASES = {case(n=n): {"ns": 10.0 * n} for n in (64, 512)}
#: Configuring is noted; building makes a build of what speed.json says, or fails where that says so.
CMAKE = f"""#!{sys.executable}
import json, pathlib, sys
sys.path.insert(0, {str(ROOT / "tests" / "scripts")!r})
import fake_driver
about = json.loads(pathlib.Path("speed.json").read_text())
if "--build" not in sys.argv:
    with open({{notes!r}}, "a") as notes: print(*sys.argv[1:], file=notes)
elif "broken" in about:
    print("x.cpp:1: error: no such thing"); sys.exit(1)
else:
    fake_driver.build(pathlib.Path("build/release"), **about)
"""


class Checkout:
    """A repository with our scripts, whose commits differ in speed.json."""

    def __init__(self, folder: Path) -> None:
        self.root, self.notes, stubs = folder / "checkout", folder / "notes", folder / "bin"
        self.root.mkdir()
        stubs.mkdir()
        (stubs / "cmake").write_text(CMAKE.format(notes=str(self.notes)))
        (stubs / "cmake").chmod(0o755)
        self.environment = os.environ | {"PATH": f"{stubs}:{os.environ['PATH']}", "HOME": str(folder)}
        self.environment |= {"GIT_CONFIG_NOSYSTEM": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        for name in ("GITHUB_STEP_SUMMARY", "GIT_DIR", "GIT_CONFIG_GLOBAL"):
            self.environment.pop(name, None)
        shutil.copytree(ROOT / "scripts", self.root / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
        (self.root / ".gitignore").write_text("/build/\n/results/\n__pycache__/\n")
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str) -> str:
        command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *arguments]
        done = subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=True, env=self.environment)
        return done.stdout.strip()

    def commit(self, **about: Any) -> str:
        (self.root / "speed.json").write_text(json.dumps({"cases": CASES, "noise": 0.001} | about))
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "x")
        return self.git("rev-parse", "HEAD")

    def run(self, name: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        command = [self.root / "scripts" / name, *arguments]
        every = self.environment | environment
        return subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=False, env=every)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    return Checkout(tmp_path)


# ---- compare_commits ---------------------------------------------------------------------------------------------

QUICK = ("--", "--quick", "--filter", ".")


@pytest.fixture
def here(checkout: Checkout, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> Any:
    """A script's main in this process, as if it lay in the checkout."""
    for module in (git_checkout, compare_commits, record_history):
        monkeypatch.setattr(module, "ROOT", checkout.root)
    for name, value in checkout.environment.items():
        monkeypatch.setenv(name, value)

    def call(main: Any, *arguments: str) -> subprocess.CompletedProcess[str]:
        status = main([*arguments])
        return subprocess.CompletedProcess(arguments, status, *capfd.readouterr())

    return call


@pytest.fixture
def compared(checkout: Checkout, here: Any, in_this_process: None) -> Any:  # noqa: F811
    """compare_commits, where the fake driver is a function too."""

    def command(*arguments: str) -> subprocess.CompletedProcess[str]:
        (raw := checkout.root / "results" / "raw.jsonl").unlink(missing_ok=True)
        more = ["--raw", str(raw)] if "--" in arguments else []
        return here(compare_commits.main, *arguments, *more)

    return command


def test_a_slower_commit_fails_and_says_so_in_the_summary(
    checkout: Checkout, compared: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = checkout.commit()
    head = checkout.commit(cases={name: {"ns": 1.2 * about["ns"]} for name, about in CASES.items()})
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    done = compared("--base", "HEAD^1", *QUICK, "--github-summary")
    assert done.returncode == 1, done.stderr
    assert "2 REGRESSION" in done.stdout and "REGRESSION" in summary.read_text()
    for label, commit in (("base", base), ("candidate", head)):
        assert f"built {label} {commit[:12]}" in done.stderr
        assert (checkout.root / "build" / "commits" / commit[:12] / "build" / "release" / "bench").is_dir()
    configured = checkout.notes.read_text().splitlines()
    assert len(configured) == 2
    assert all("--preset release" in line and "-DGRADLANE_BACKENDS=reference" in line for line in configured)
    # Again: the worktrees are there, and what is checked out is untouched.
    assert compared("--base", base, *QUICK).returncode == 1
    assert checkout.git("status", "--porcelain") == "" and checkout.git("rev-parse", "HEAD") == head


def test_an_equal_commit_passes_and_other_flags_are_no_other_environment(checkout: Checkout, compared: Any) -> None:
    identity = {"cpu_model_name": "Fake CPU", "reasons": {}, "flags": "-O2"}
    checkout.commit(identity=identity)
    checkout.commit(identity=identity | {"flags": "-O3"})
    done = compared("--base", "HEAD~1", *QUICK)
    assert done.returncode == 0, done.stderr
    assert "allowed to differ: flags: -O2 / -O3" in done.stdout
    checkout.commit(identity=identity | {"cpu_model_name": "Another CPU"})
    assert compared("--base", "HEAD~1", *QUICK).returncode == 3


def test_commits_that_cannot_be_compared(checkout: Checkout, compared: Any) -> None:
    checkout.commit()
    same = checkout.run("compare_commits", "--base", "main")  # as a command, once
    assert same.returncode == 0 and "nothing to compare" in same.stdout
    unknown = compared("--base", "origin/main")
    assert unknown.returncode == 2 and "git knows no commit 'origin/main'" in unknown.stderr
    slip = compared("--base", "main", "--", "--threshhold", "5%")
    assert slip.returncode == 2 and "--threshhold" in slip.stderr and not checkout.notes.exists()
    checkout.commit(broken=True)
    broken = compared("--base", "main~1", *QUICK)
    assert broken.returncode == 3
    assert "x.cpp:1: error: no such thing" in broken.stderr and "does not build" in broken.stderr.splitlines()[-1]


# ---- record_history ----------------------------------------------------------------------------------------------


#: The driver's part in a history: a run of its own choice of cases.
DRIVER = """#!/bin/bash
while [[ $# -gt 0 ]]; do [[ $1 != --out ]] || out=$2; shift; done
mkdir -p "$out/throughput" && cp {shard} "$out/throughput/" && exit $(cat {status} 2>/dev/null || echo 0)
"""


@pytest.fixture
def measured(checkout: Checkout, tmp_path: Path) -> Path:
    """A build of the checkout whose driver hands out a shard of the reference run."""
    checkout.commit()
    shard = ROOT / "results" / "reference" / "throughput" / "chain-f64-n64-points1-threads1.json"
    if not shard.exists():
        pytest.skip("no reference run")
    build = tmp_path / "measured"
    (build / "bench").mkdir(parents=True)
    driver = build / "bench" / "throughput"
    driver.write_text(DRIVER.format(shard=shard, status=build / "status"))
    driver.chmod(0o755)
    return build


def test_a_line_is_added_here(here: Any, measured: Path, tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    for count in (1, 2):
        done = here(record_history.main, "--build", str(measured), "--file", str(file))
        assert done.returncode == 0, done.stderr
        assert "cases of environment" in done.stdout and len(file.read_text().splitlines()) == count
    (measured / "status").write_text("1")
    assert here(record_history.main, "--build", str(measured), "--file", str(file)).returncode == 3
    assert len(file.read_text().splitlines()) == 2


def remote_of(checkout: Checkout, tmp_path: Path) -> Path:
    remote = tmp_path / "remote.git"
    subprocess.run(["git", "init", "--quiet", "--bare", remote], check=True)
    checkout.git("remote", "add", "origin", str(remote))
    return remote


def history_at(remote: Path) -> list[str]:
    command = ["git", "-C", remote, "show", "history:history.jsonl"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def test_a_branch_of_the_remote_grows_and_holds_nothing_else(
    checkout: Checkout, here: Any, measured: Path, tmp_path: Path
) -> None:
    remote = remote_of(checkout, tmp_path)
    for count in (1, 2):
        done = here(record_history.main, "--build", str(measured), "--push", "history")
        assert done.returncode == 0, done.stderr
        assert len(history_at(remote)) == count
    listed = subprocess.run(
        ["git", "-C", remote, "ls-tree", "-r", "--name-only", "history"], capture_output=True, text=True, check=True
    )
    assert listed.stdout.split() == ["history.jsonl"]
    assert checkout.git("status", "--porcelain") == "" and len(checkout.git("worktree", "list").splitlines()) == 1
    assert checkout.git("branch", "--show-current") == "main"


def test_a_push_that_another_job_overtook_is_repeated(
    checkout: Checkout, here: Any, measured: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_history, "ATTEMPTS", 2)
    remote = remote_of(checkout, tmp_path)
    hook, count = remote / "hooks" / "pre-receive", tmp_path / "refused"
    hook.write_text(f"#!/bin/bash\necho x >>{count}; [[ $(wc -l <{count}) -gt 1 ]]\n")
    hook.chmod(0o755)
    done = here(record_history.main, "--build", str(measured), "--push", "history")
    assert done.returncode == 0, done.stderr
    assert len(history_at(remote)) == 1 and len(count.read_text().splitlines()) == 2
    hook.write_text("#!/bin/bash\nexit 1\n")
    refused = here(record_history.main, "--build", str(measured), "--push", "history")
    assert refused.returncode == 2 and "refused history 2 times" in refused.stderr
    assert len(history_at(remote)) == 1


def test_mistakes_are_told_before_anything_is_measured(checkout: Checkout, here: Any) -> None:
    for arguments, told in (
        (("--push", "history"), "No such remote"),
        (("--push", "a..b"), "not a valid branch name"),
        (("--build", "/nowhere"), "no bench/throughput in it"),
        (("--nope",), "--nope"),
    ):
        done = here(record_history.main, *arguments)
        assert done.returncode == 2 and told in done.stderr, done.stderr
        assert len(done.stderr.splitlines()) == 1
    assert not checkout.notes.exists()


# ---- the gate ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("needs", "status"),
    [
        ({"build": "success", "lint": "success"}, 0),
        ({"build": "success", "lint": "failure"}, 1),
        ({"build": "success", "lint": "skipped"}, 1),
        ({"build": "cancelled"}, 1),
        ({}, 2),
    ],
)
def test_the_gate(needs: dict[str, str], status: int, capsys: pytest.CaptureFixture[str]) -> None:
    text = json.dumps({name: {"result": result, "outputs": {}} for name, result in needs.items()})
    assert gate.main([text]) == status
    assert capsys.readouterr().out.splitlines() == [f"{name}: {result}" for name, result in sorted(needs.items())]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"a": 1}', '{"a": {}}'])
def test_the_gate_takes_no_other_text_for_success(text: str) -> None:
    assert gate.main([text]) == 2


# ---- parts of the tests ------------------------------------------------------------------------------------------


@pytest.fixture
def parts(tmp_path: Path) -> Any:
    """scripts/test with a cmake, a ctest and a dpkg-query that note their arguments and succeed."""
    root, stubs, notes = tmp_path / "checkout", tmp_path / "bin", tmp_path / "notes"
    shutil.copytree(ROOT / "scripts", root / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    stubs.mkdir()
    note = f'echo "{{}} $*" >>{notes}\n'
    bodies = {
        "cmake": note.format("cmake"),
        "ctest": note.format("ctest") + "echo '100% tests passed, 0 tests failed'\n",
    }
    bodies["dpkg-query"] = "printf 'ii %s\\n' \"${@:3}\"\n"
    for name, body in bodies.items():
        (stubs / name).write_text(f"#!/bin/bash\n{body}")
        (stubs / name).chmod(0o755)

    def run(*arguments: str, **environment: str) -> tuple[subprocess.CompletedProcess[str], list[str]]:
        notes.unlink(missing_ok=True)
        every = os.environ | {"PATH": f"{stubs}:{os.environ['PATH']}"} | environment
        command = [root / "scripts" / "test", "--no-install", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=every)
        return done, notes.read_text().splitlines() if notes.exists() else []

    return run


def test_a_part_is_run_alone(parts: Any) -> None:
    done, calls = parts("--only", "build")
    assert done.returncode == 0, done.stderr
    assert [call.split()[0] for call in calls] == ["cmake", "cmake", "ctest"] and "--preset ci" in calls[0]
    done, calls = parts("--only", "asan,tsan")
    assert done.returncode == 0
    assert [call for call in calls if call.startswith("ctest")][0].startswith("ctest --preset asan")
    assert "ctest tsan: 100% tests passed" in done.stdout and "pytest" not in done.stdout


def test_another_preset_has_warnings_as_errors_too(parts: Any, tmp_path: Path) -> None:
    done, calls = parts("--only", "build", "--preset", "clang", "--xsimd", "debian")
    assert done.returncode == 0, done.stderr
    assert (
        "--preset clang" in calls[0] and "-DCMAKE_CXX_FLAGS=-Werror" in calls[0] and "-UXSIMD_INCLUDE_DIR" in calls[0]
    )
    headers = tmp_path / "headers"
    (headers / "xsimd").mkdir(parents=True)
    (headers / "xsimd" / "xsimd.hpp").touch()
    _, calls = parts("--only", "build", "--xsimd", str(headers))
    assert f"-DXSIMD_INCLUDE_DIR={headers}" in calls[0]


def test_where_the_current_xsimd_cannot_be_fetched_nothing_is_tested_and_that_is_said(parts: Any) -> None:
    done, calls = parts("--only", "build", "--xsimd", "current", GRADLANE_XSIMD_SOURCE="/nowhere")
    assert done.returncode == 0 and calls == []
    assert "nothing is tested with the current xsimd" in done.stderr


def test_a_tag_that_was_moved_is_not_taken(parts: Any, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    checkout = Checkout(tmp_path / "other")
    checkout.commit()
    version = next(
        word for word in (ROOT / "scripts" / "fetch_xsimd").read_text().split() if word.startswith("version=")
    )
    checkout.git("tag", version.removeprefix("version="))
    done, calls = parts("--only", "build", "--xsimd", "current", GRADLANE_XSIMD_SOURCE=f"file://{checkout.root}")
    assert done.returncode == 2 and calls == [] and "not kept" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--only", "everything"), "unknown part 'everything'"),
        (("--only",), "--only needs a value"),
        (("--xsimd", "/nowhere"), "no xsimd/xsimd.hpp in /nowhere"),
    ],
)
def test_mistakes_in_parts(parts: Any, arguments: tuple[str, ...], told: str) -> None:
    done, calls = parts(*arguments)
    assert done.returncode == 2 and told in done.stderr and calls == []
