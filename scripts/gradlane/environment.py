"""scripts/environment: what a measurement depends on, as a driver tells it; nothing is read here a second time."""

from __future__ import annotations

import argparse
import json
import subprocess
from pathlib import Path
from typing import Any

from . import text
from .command import OneLine, status_of
from .compare_driver import read_results
from .compare_environment import differences
from .compare_model import NOT_COMPARABLE, PASS, USAGE, Stop
from .compare_outputs import columns, write
from .compare_policy import strict_json
from .compare_sides import driver_for, driver_of
from .history_file import fingerprint

EPILOG = """\
identity: runs that differ here are not comparable; its fingerprint names their series in results/history.jsonl.
volatile: runs that differ here are compared, with a note. provenance: which run it was. A fact that cannot be read is
unknown, with the reason. The host's name is hashed. docs/schema/environment.json describes the JSON.

exit codes: 0 done; 2 bad usage, or no driver is built; 3 with --against: another identity
"""
GROUPS = {"identity": "not comparable if different", "volatile": "told if different", "provenance": "which run it was"}


def parser() -> argparse.ArgumentParser:
    told = "What a measurement on this machine would depend on."
    top = OneLine(
        prog="environment",
        description=told,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    top.add_argument("--build", type=Path, metavar="DIR", help="whose driver is asked, default build/release, build/ci")
    top.add_argument("--json", type=Path, metavar="FILE", help="write it as JSON as well")
    top.add_argument(
        "--against", type=Path, metavar="RUN", help="a results folder or shard: which facts differ from it"
    )
    return top


def reported(build: Path | None) -> dict[str, Any]:
    if build is not None and driver_of(build) is None:
        raise Stop(f"--build: {build}: no bench/throughput in it", USAGE)
    driver = driver_for(None, *([build] if build else []))
    done = subprocess.run([driver, "--environment"], capture_output=True, text=True, check=False)
    try:
        document = strict_json(done.stdout)
    except ValueError:
        document = None
    if done.returncode != 0 or not isinstance(document, dict) or document.get("kind") != "environment":
        why = (done.stderr.strip().splitlines() or ["it prints no environment: build it anew"])[-1]
        raise Stop(f"{driver}: {why}", USAGE)
    return document


def as_text(document: dict[str, Any]) -> str:
    lines = [f"fingerprint {fingerprint(document['identity'])}"]
    for group, told in GROUPS.items():
        lines += ["", f"{group}: {told}"]
        lines += columns([[f"  {name}", value] for name, value in text.flatten(document[group])])
    return "\n".join(lines) + "\n"


def against(run: Path, document: dict[str, Any]) -> int:
    """Prints which facts differ; the backends are those that both have, since a run may have been of some only."""
    if not run.exists():
        raise Stop(f"--against: no such file or folder: {run}", USAGE)
    stored = read_results(run).context
    if not isinstance(stored.get("identity"), dict):
        raise Stop(f"--against: {run} carries no environment", NOT_COMPARABLE)
    shared = {b["name"] for b in document["identity"]["backends"]} & {
        b.get("name") for b in stored["identity"].get("backends") or []
    }
    status = PASS
    for group in ("identity", "volatile"):
        found = differences(stored, document, group, shared)
        print(f"{group}: {len(found)} facts differ from {run}" if found else f"{group}: as in {run}")
        print(
            "".join(f"  {line}\n" for line in columns([[key, f"{one} -> {other}"] for key, one, other in found])),
            end="",
        )
        if group == "identity" and found:
            status = NOT_COMPARABLE
    return status


def main(arguments: list[str] | None = None) -> int:
    def work() -> int:
        given = parser().parse_args(arguments)
        document = reported(given.build)
        if given.json:
            write(given.json, json.dumps(document, indent=1, ensure_ascii=False) + "\n")
        if given.against:
            return against(given.against, document)
        print(as_text(document), end="")
        return PASS

    return status_of("environment", work)
