"""scripts/record_history: measures a build of this checkout and adds a line to the history.

With --push the history lives on a branch of its own: the line is committed there and pushed. Two jobs that end together do
not lose a line: a push that is refused is repeated on what the other one left.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from .checkout import build, git, must
from .command import OneLine, parser_of, split_at_dashes, status_of
from .compare_builds import STANDARD_FLAGS
from .compare_driver import read_results
from .compare_model import NOT_COMPARABLE, PASS, USAGE, Stop
from .compare_sides import ROOT, driver_of
from .history_file import append, line_of

EPILOG = """\
After -- come flags of the driver, instead of the selection that scripts/compare has by default: -- --problem chain --dims 64.
The history is a file, or with --push the file history.jsonl of a branch that holds nothing else:
  git show origin/history:history.jsonl >results/history.jsonl && scripts/history changes

exit codes: 0 added; 2 bad usage, git or the file refuse; 3 the build, a gradient or a case failed
"""
FILE = "history.jsonl"
ATTEMPTS = 5


def parser() -> OneLine:
    told = "Builds, measures, and adds the times to the history."
    usage = "record_history [-h] [--build DIR] [--file FILE | --push BRANCH] [--remote NAME] [-- FLAGS]"
    top = parser_of("record_history", told, EPILOG, usage)
    top.add_argument("--build", type=Path, metavar="DIR", help="measure this build, build none")
    where = top.add_mutually_exclusive_group()
    where.add_argument("--file", type=Path, default=ROOT / "results" / FILE, metavar="FILE")
    where.add_argument("--push", metavar="BRANCH", help="commit to this branch of the remote, and push")
    top.add_argument("--remote", default="origin", metavar="NAME", help="with --push, default origin")
    return top


def measured(driver: Path, flags: list[str]) -> dict[str, Any]:
    """The line of a run of its own."""
    with tempfile.TemporaryDirectory(prefix="gradlane-history-") as folder:
        command = [driver, "--out", folder, *(flags or STANDARD_FLAGS)]
        status = subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode
        if status != 0:
            raise Stop(f"{driver} ended with {status}: nothing is added", NOT_COMPARABLE)
        return line_of(read_results(Path(folder)))


def push(line: dict[str, Any], branch: str, remote: str) -> None:
    for _ in range(ATTEMPTS):
        with tempfile.TemporaryDirectory(prefix="gradlane-history-") as scratch:
            folder = Path(scratch) / "branch"
            try:
                check_out(folder, branch, remote)
                append(folder / FILE, line)
                commit(folder, f"Times of {str(line['commit'])[:12]}")
                if git("push", "--quiet", remote, f"HEAD:refs/heads/{branch}", at=folder).returncode == 0:
                    return
            finally:
                git("worktree", "remove", "--force", str(folder))
    raise Stop(f"--push: {remote} refused {branch} {ATTEMPTS} times", USAGE)


def check_out(folder: Path, branch: str, remote: str) -> None:
    """The branch as the remote has it, or an empty one where it has none."""
    listed = must("ls-remote", "--heads", remote, f"refs/heads/{branch}")
    if listed:
        must("fetch", "--quiet", "--depth=1", remote, f"refs/heads/{branch}")
        must("worktree", "add", "--detach", str(folder), "FETCH_HEAD")
        return
    must("worktree", "add", "--detach", "--no-checkout", str(folder), "HEAD")
    must("checkout", "--quiet", "--orphan", f"new-{branch}-{folder.parent.name}", at=folder)
    must("read-tree", "--empty", at=folder)


def commit(folder: Path, message: str) -> None:
    """By whoever git is configured for; on a runner for nobody."""
    named = git("config", "user.email", at=folder).returncode == 0
    identity = [] if named else ["-c", "user.name=gradlane", "-c", "user.email=gradlane@localhost"]
    must("add", FILE, at=folder)
    done = git(*identity, "commit", "--quiet", "--message", message, at=folder)
    if done.returncode != 0:
        raise Stop(f"git commit: {(done.stderr or done.stdout).strip()}", USAGE)


def main(arguments: list[str] | None = None) -> int:
    def work() -> int:
        own, flags = split_at_dashes(arguments)
        given = parser().parse_args(own)
        if given.push:
            must("check-ref-format", "--branch", given.push)
            must("remote", "get-url", given.remote)
        driver = driver_of(given.build or build(ROOT, "this checkout"))
        if driver is None:
            raise Stop(f"--build: {given.build}: no bench/throughput in it", USAGE)
        line = measured(driver, flags)
        if given.push:
            push(line, given.push, given.remote)
        elif note := append(given.file, line):
            print(f"record_history: {note}", file=sys.stderr)
        where = f"branch {given.push} of {given.remote}" if given.push else given.file
        print(f"{len(line['cases'])} cases of environment {line['fingerprint']} added to {where}")
        return PASS

    return status_of("record_history", work)
