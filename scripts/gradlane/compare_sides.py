"""From what the user names to the two sides: a build, a folder of modules, or one module."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from .compare_model import USAGE, Stop
from .compare_policy import load_json

ROOT = Path(__file__).resolve().parents[2]


def driver_of(folder: Path) -> Path | None:
    found = folder / "bench" / "throughput"
    return found if found.is_file() else None


def modules_of(flag: str, given: Path, scratch: Path) -> Path:
    """The folder for --backend-dir; of a single module, one with nothing else in it."""
    if given.is_file():
        sidecar = given.with_suffix(".json")
        if given.suffix != ".so" or not sidecar.is_file():
            raise Stop(f"{flag}: {given}: not a module NAME.so with its sidecar NAME.json beside it", USAGE)
        alone = Path(tempfile.mkdtemp(prefix="module-", dir=scratch))
        for part in (given, sidecar):
            shutil.copy2(part, alone / part.name)
        return alone
    if not given.is_dir():
        raise Stop(f"{flag}: no such build, folder of modules or module: {given}", USAGE)
    for folder in (given / "backends", given):
        if any(folder.glob("*.json")) and any(folder.glob("*.so")):
            return folder.resolve()
    raise Stop(f"{flag}: {given}: holds no modules (looked for backends/*.so and *.so)", USAGE)


def driver_for(chosen: Path | None, *builds: Path) -> Path:
    """One driver for both sides, so that nothing but the modules differs: the named one, or that of the last build that
    has one (the candidate's, then the base's), or this checkout's."""
    if chosen is not None:
        if not chosen.is_file():
            raise Stop(f"--driver: no such file: {chosen}", USAGE)
        return chosen.resolve()
    for build in (*reversed(builds), ROOT / "build" / "release", ROOT / "build" / "ci"):
        if found := driver_of(build):
            return found.resolve()
    raise Stop("no bench/throughput in either build or in build/release: build it, or name one with --driver", USAGE)


def single_name(given: Path) -> str | None:
    """The backend's name where one module was named."""
    if not given.is_file():
        return None
    about = load_json(given.with_suffix(".json"))
    return str(about.get("name")) if isinstance(about, dict) else None
