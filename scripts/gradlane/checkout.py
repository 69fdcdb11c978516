"""What scripts that build commits share: git, and a build whose output is shown only where it fails."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

from .compare_model import NOT_COMPARABLE, USAGE, Stop
from .compare_sides import ROOT


def git(*arguments: str, at: Path | None = None) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(["git", "-C", str(at or ROOT), *arguments], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise Stop("git is not installed", USAGE) from None


def must(*arguments: str, at: Path | None = None) -> str:
    """What git prints; Stop with its last line where it fails."""
    done = git(*arguments, at=at)
    if done.returncode != 0:
        why = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise Stop(f"git {arguments[0]}: {why}", USAGE)
    return done.stdout.strip()


def commit_of(flag: str, revision: str) -> str:
    done = git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if done.returncode != 0:
        raise Stop(f"{flag}: git knows no commit '{revision}' (a shallow checkout has the last one only)", USAGE)
    return done.stdout.strip()


def build(folder: Path, label: str, *configuration: str) -> Path:
    """Preset release of a checkout without its tests; Stop where it does not build."""
    out, started = folder / "build" / "release", time.monotonic()
    out.mkdir(parents=True, exist_ok=True)
    log = out / "build.log"
    print(f"building {label} ...", file=sys.stderr)
    commands = [
        ["cmake", "--preset", "release", "-DGRADLANE_TESTS=OFF", *configuration],
        ["cmake", "--build", "--preset", "release"],
    ]
    with log.open("w", encoding="utf-8") as output:
        for command in commands:
            try:
                status = subprocess.run(command, cwd=folder, stdout=output, stderr=output, check=False).returncode
            except FileNotFoundError:
                raise Stop("cmake is not installed: run scripts/setup", USAGE) from None
            if status != 0:
                output.flush()
                show_errors(log)
                raise Stop(f"{label} does not build: the whole output is in {log}", NOT_COMPARABLE)
    print(f"built {label} in {time.monotonic() - started:.0f} s", file=sys.stderr)
    return out


def show_errors(log: Path) -> None:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    for line in [line for line in lines if re.search(r"error|Error|FAILED", line)][:20] or lines[-5:]:
        print(line, file=sys.stderr)
