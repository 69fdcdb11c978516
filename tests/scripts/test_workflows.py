"""The workflows of GitHub hold no logic: every step is a script of ours, called with flags that it has."""

from __future__ import annotations

import itertools
import json
import re
import shlex
import subprocess
from functools import cache
from pathlib import Path
from typing import Any, Iterator

import pytest
from builds import ROOT

yaml = pytest.importorskip("yaml", reason="python3-yaml is missing: run scripts/setup")

FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
#: Expressions that may stand in a command: what nobody outside can choose.
HARMLESS = re.compile(r"\$\{\{ matrix\.(\w+) \}\}")


def load(name: str) -> dict[Any, Any]:
    return yaml.safe_load((ROOT / ".github" / "workflows" / f"{name}.yml").read_text(encoding="utf-8"))


def jobs(path: Path) -> dict[str, dict[str, Any]]:
    return load(path.stem)["jobs"]


def steps() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """(where, job, step) of all workflows."""
    for path in FILES:
        for name, job in jobs(path).items():
            for step in job["steps"]:
                yield f"{path.stem}/{name}", job, step


def commands() -> list[tuple[str, str]]:
    """(where, command) with every combination of the matrix filled in."""
    found = []
    for where, job, step in steps():
        if "run" not in step:
            continue
        matrix = job.get("strategy", {}).get("matrix", {})
        for values in itertools.product(*matrix.values()):
            chosen = dict(zip(matrix, values))
            found.append((where, HARMLESS.sub(lambda m: chosen[m.group(1)], step["run"])))
    return found


def documented() -> list[tuple[str, str]]:
    """The commands of docs/ci.md that call scripts."""
    text = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    found = re.findall(r"^(?:\| `|\s*- (?:run: )?|\s*sh '|)(scripts/[^\n'`]+)", text, re.MULTILINE)
    return [("docs/ci.md", part) for line in found for part in line.split(" && ")]


@cache
def help_of(*command: str) -> str:
    done = subprocess.run([ROOT / command[0], *command[1:], "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command} --help ends with {done.returncode}"
    return done.stdout


def check_flags(words: list[str], *command: str) -> None:
    for word in words:
        if word.startswith("-"):
            flag = word.partition("=")[0]
            assert re.search(rf"(?<![\w-]){re.escape(flag)}(?![\w-])", help_of(*command)), f"{command} has no {flag}"


def test_there_are_the_two() -> None:
    assert [path.stem for path in FILES] == ["ci", "compare"]


@pytest.mark.parametrize(("where", "command"), commands() + documented())
def test_a_step_is_a_script_with_flags_that_it_has(where: str, command: str) -> None:
    words = shlex.split(command)
    assert (ROOT / words[0]).is_file() and words[0].startswith("scripts/"), f"{where}: {words[0]} is no script of ours"
    assert (ROOT / words[0]).stat().st_mode & 0o111, f"{words[0]} cannot be run"
    at = words.index("--") if "--" in words else len(words)
    name = words[:2] if words[0] == "scripts/compare" else words[:1]
    check_flags(words[len(name) : at], *name)
    if words[0] == "scripts/compare_commits":  # what follows is for compare builds
        check_flags(words[at + 1 :], "scripts/compare", "builds")


def test_no_logic_hides_in_a_step() -> None:
    for where, _, step in steps():
        run = step.get("run", "")
        rest = HARMLESS.sub("", run)
        assert not re.search(r"[;|&`\n<>]|\$\(|\$\{", rest), f"{where}: {run}"
        assert set(step) <= {"uses", "with", "run", "if"}, f"{where}: {sorted(step)}"
        assert step.get("if", "always()") == "always()"


def test_parts_and_presets_of_the_matrix_exist() -> None:
    presets = {p["name"] for p in json.loads((ROOT / "CMakePresets.json").read_text())["configurePresets"]}
    for _, command in commands():
        words = shlex.split(command)
        if words[0] == "scripts/test":
            flags = dict(zip(words[1::2], words[2::2]))
            assert flags.get("--preset", "ci") in presets
            assert set(flags["--only"].split(",")) <= {"build", "scripts", "asan", "tsan"}
            assert flags.get("--xsimd", "debian") in {"debian", "current"}


def test_every_compiler_meets_every_xsimd_and_both_sanitizers_run() -> None:
    ran = " \n".join(command for _, command in commands())
    for preset, xsimd in itertools.product(("ci", "clang"), ("debian", "current")):
        assert f"--only build,scripts --preset {preset} --xsimd {xsimd}" in ran
    assert "--only asan" in ran and "--only tsan" in ran and "scripts/lint" in ran


def test_the_gate_needs_all_the_others() -> None:
    every = load("ci")["jobs"]
    gate = every["gate"]
    assert set(gate["needs"]) == set(every) - {"gate"} and gate["if"] == "always()"
    assert gate["env"] == {"NEEDS": "${{ toJSON(needs) }}"}
    assert gate["steps"][-1]["run"] == 'scripts/gate "$NEEDS"'


def test_a_pull_request_is_compared_and_main_is_recorded() -> None:
    workflow = load("compare")
    on = workflow[True]  # YAML 1.1 reads `on` so
    assert set(on) == {"pull_request", "push"} and on["push"] == {"branches": ["main"]}
    compared, recorded = workflow["jobs"]["pull_request"], workflow["jobs"]["history"]
    assert compared["if"] == "github.event_name == 'pull_request'" and recorded["if"] == "github.event_name == 'push'"
    (command,) = [step["run"] for step in compared["steps"] if "compare_commits" in step.get("run", "")]
    assert "--base HEAD^1" in command and "--github-summary" in command
    # The merge and its parents: without them there is no base.
    assert compared["steps"][0]["with"]["fetch-depth"] == 2
    assert recorded["steps"][-1]["run"].startswith("scripts/record_history --push ")


def test_actions_are_pinned_and_permissions_minimal() -> None:
    for path in FILES:
        for line in path.read_text(encoding="utf-8").splitlines():
            if "uses:" in line:
                assert re.search(r"uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line
        assert load(path.stem)["permissions"] == {"contents": "read"}
        assert "pull_request_target" not in path.read_text(encoding="utf-8")
    for where, job, step in steps():
        writes = where == "compare/history"
        assert job.get("permissions") == ({"contents": "write"} if writes else None), where
        assert job["timeout-minutes"] <= 90
        if "checkout" in step.get("uses", ""):
            assert (step.get("with", {}).get("persist-credentials") is False) != writes, where
