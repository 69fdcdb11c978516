"""scripts/compare_commits: two commits, built on this machine in worktrees of their own, measured in turns by compare builds.

Worktrees stay in build/commits/, so that a commit is compiled once. Both are compared by this checkout's scripts/compare and
by the candidate's driver.
"""

from __future__ import annotations

import sys
from pathlib import Path

from . import compare
from .checkout import build, commit_of, git, must
from .command import OneLine, parser_of, split_at_dashes, status_of
from .compare_arguments import read
from .compare_model import PASS
from .compare_sides import ROOT

EPILOG = """\
After -- come flags of scripts/compare builds: -- --quick --markdown FILE. Flags of the compiler may differ between the
commits, since they are part of the change; all other identity facts must agree.

exit codes: those of scripts/compare; 3 also where a commit does not build; 0 where both are the same commit
to remove what was built: rm -r build/commits && git worktree prune
"""
#: What a change may change of its own identity.
ALLOWED = "flags,backends.*.flags"


def parser() -> OneLine:
    told = "Builds two commits and compares them: exit 1 where the candidate is slower or less exact."
    usage = "compare_commits [-h] --base REV [--candidate REV] [--backends NAMES] [-- FLAGS]"
    top = parser_of("compare_commits", told, EPILOG, usage)
    top.add_argument("--base", required=True, metavar="REV", help="a commit or branch: origin/main")
    top.add_argument("--candidate", default="HEAD", metavar="REV", help="default HEAD")
    top.add_argument(
        "--backends", default="reference", metavar="NAMES", help="what to build (GRADLANE_BACKENDS), default reference"
    )
    return top


def worktree(commit: str) -> Path:
    folder = ROOT / "build" / "commits" / commit[:12]
    must("worktree", "prune")
    if not (folder / ".git").exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        must("worktree", "add", "--force", "--detach", str(folder), commit)
    return folder


def arguments_of(base: Path, candidate: Path, flags: list[str]) -> list[str]:
    return ["builds", "--base", str(base), "--candidate", str(candidate), "--allow", ALLOWED, *flags]


def main(arguments: list[str] | None = None) -> int:
    def work() -> int:
        own, flags = split_at_dashes(arguments)
        given = parser().parse_args(own)
        read(arguments_of(ROOT, ROOT, flags))  # a slip among them is told before anything is built
        commits = [commit_of("--base", given.base), commit_of("--candidate", given.candidate)]
        if commits[0] == commits[1]:
            print(f"both are commit {commits[0][:12]}: nothing to compare")
            return PASS
        if git("status", "--porcelain", "--untracked-files=no").stdout and given.candidate == "HEAD":
            print("compare_commits: changes that are not committed take no part", file=sys.stderr)
        names = [f"{label} {commit[:12]}" for label, commit in zip(("base", "candidate"), commits)]
        builds = [
            build(worktree(commit), name, f"-DGRADLANE_BACKENDS={given.backends}")
            for commit, name in zip(commits, names)
        ]
        return compare.main(arguments_of(*builds, flags))

    return status_of("compare_commits", work)
