"""scripts/gate: the one check that a branch has to pass, whatever jobs there are."""

from __future__ import annotations

import argparse
from typing import Any

from .command import OneLine, status_of
from .compare_model import PASS, USAGE, Stop
from .compare_policy import strict_json

EPILOG = """\
NEEDS is what GitHub's toJSON(needs) gives: {"JOB": {"result": "success"}, ...}. A job that was skipped or cancelled did not
succeed.

exit codes: 0 all succeeded; 1 one did not; 2 bad usage, or no job at all
"""


def results(text: str) -> dict[str, str]:
    try:
        jobs: Any = strict_json(text)
        found = {name: str(job["result"]) for name, job in jobs.items()}
    except (ValueError, TypeError, KeyError, AttributeError):
        raise Stop('NEEDS: not of the form {"JOB": {"result": "success"}}', USAGE) from None
    if not found:
        raise Stop("NEEDS: no job: a gate that needs none is open to all", USAGE)
    return found


def main(arguments: list[str] | None = None) -> int:
    def work() -> int:
        told = "Fails unless every job succeeded."
        top = OneLine(
            prog="gate", description=told, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        top.add_argument("needs", metavar="NEEDS")
        found = results(top.parse_args(arguments).needs)
        for name, result in sorted(found.items()):
            print(f"{name}: {result}")
        return PASS if set(found.values()) == {"success"} else 1

    return status_of("gate", work)
