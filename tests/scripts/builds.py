"""The build that tests of compiled things look at: $GRADLANE_BUILD, else build/ci or build/release, whichever has it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def built(*parts: str) -> Path:
    """The path of something built; the test is skipped where there is none."""
    chosen = os.environ.get("GRADLANE_BUILD")
    folders = [Path(chosen)] if chosen else [ROOT / "build" / "ci", ROOT / "build" / "release"]
    for folder in folders:
        if (path := folder.joinpath(*parts)).exists():
            return path
    pytest.skip(f"{Path(*parts)} is built in none of: {', '.join(map(str, folders))}")
