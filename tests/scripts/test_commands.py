"""The bash scripts' manners: help, unknown flags, and what `setup` says where it may not or cannot install."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT


def script(name: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [str(ROOT / "scripts" / name), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | environment)


@pytest.mark.parametrize("name", ["setup", "run", "test", "lint"])
def test_help_and_unknown_flags(name: str) -> None:
    shown = script(name, "--help")
    assert shown.returncode == 0 and shown.stdout.startswith(f"usage: scripts/{name}")
    refused = script(name, "--no-such-flag")
    assert refused.returncode == 2 and refused.stdout == ""
    assert refused.stderr.splitlines() == [f"{name}: unknown argument '--no-such-flag' (see --help)"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--out",), "--out needs a value"),
        (("--out", "--full"), "--out needs a value"),
        (("--resume", "/no/such/folder"), "no such folder"),
        (("--out", "a", "--resume", "b"), "one folder between them"),
        (("--out", "/proc/nope"), "cannot make"),
    ],
)
def test_run_refuses_before_any_work(arguments: tuple[str, ...], words: str) -> None:
    done = script("run", *arguments)
    assert done.returncode == 2 and words in done.stderr and len(done.stderr.splitlines()) == 1


def test_run_does_not_mix_results(results: Path) -> None:
    done = script("run", "--out", str(results))
    assert done.returncode == 2 and "holds results already" in done.stderr


def query(*missing: str) -> str:
    """A dpkg-query that has every package but these."""
    skip = "|".join(missing) or "none"
    return f'for p in "${{@:3}}"; do case $p in {skip}) ;; *) echo "ii  $p" ;; esac; done; exit {len(missing)}'


def tools(folder: Path, **scripts: str) -> str:
    """A PATH with the usual programs but only those package tools that are given."""
    folder.mkdir()
    for name in ("bash", "dirname", "basename", "env", "cat", "comm", "sort", "sed"):
        (folder / name).symlink_to(shutil.which(name) or name)
    for name, body in scripts.items():
        path = folder / name.replace("_", "-")
        path.write_text(f"#!/bin/bash\n{body}\n")
        path.chmod(0o755)
    return str(folder)


def test_setup_elsewhere_lists_what_is_needed(tmp_path: Path) -> None:
    done = script("setup", PATH=tools(tmp_path / "bin"))
    assert done.returncode == 2
    for word in ("neither Debian nor Ubuntu", "cmake", "xsimd", "GoogleTest", "matplotlib"):
        assert word in done.stderr


def test_setup_only_names_what_is_missing(tmp_path: Path) -> None:
    path = tools(tmp_path / "bin", dpkg_query=query("libcli11-dev", "black"), apt_get="echo called >&2; exit 9")
    done = script("setup", "--no-install", "--developer", PATH=path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "setup: missing packages: black libcli11-dev\n"


def test_setup_names_other_libraries_when_asked(tmp_path: Path) -> None:
    path = tools(tmp_path / "bin", dpkg_query=query("libceres-dev", "r-cran-stanheaders"), apt_get="exit 9")
    assert script("setup", "--no-install", PATH=path).returncode == 0
    done = script("setup", "--no-install", "--peers", PATH=path)
    assert (done.returncode, done.stderr) == (2, "setup: missing packages: libceres-dev r-cran-stanheaders\n")


def test_setup_is_silent_with_nothing_to_do(tmp_path: Path) -> None:
    path = tools(tmp_path / "bin", dpkg_query=query(), apt_get="exit 9")
    done = script("setup", PATH=path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_setup_installs_and_says_so(tmp_path: Path) -> None:
    # The first install fails, as with lists that are too old; it is tried once more after an update.
    log = tmp_path / "log"
    apt = f'echo "$*" >>{log}; [[ $* != *install* || $(<{log}) == *update*install* ]]'
    path = tools(tmp_path / "bin", dpkg_query=query("cmake"), apt_get=apt, sudo='exec "$@"')
    done = script("setup", PATH=path)
    assert done.returncode == 0, done.stderr
    assert "setup: installing cmake" in done.stderr
    calls = [line.split()[-1] for line in log.read_text().splitlines()]
    assert calls[-2:] == ["update", "cmake"]


def plotly(tmp_path: Path, npm: str) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """What setup does in a checkout of its own with such an npm; the folder of Plotly's lock file."""
    for name in ("setup", "common.sh", "plotly/package.json", "plotly/package-lock.json"):
        copy = tmp_path / "scripts" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "scripts" / name, copy)
    path = tools(tmp_path / "bin", dpkg_query=query(), apt_get="exit 9", npm=npm)
    command = [str(tmp_path / "scripts" / "setup")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | {"PATH": path})
    return tmp_path / "scripts" / "plotly", done


def test_setup_installs_what_the_lock_file_pins(tmp_path: Path) -> None:
    folder, done = plotly(tmp_path, f'echo "$*" >{tmp_path}/asked')
    assert (done.returncode, done.stderr) == (0, "setup: installing Plotly for the report\n")
    assert (tmp_path / "asked").read_text().startswith(f"ci --prefix {folder} --ignore-scripts")


def test_setup_does_without_plotly(tmp_path: Path) -> None:
    _, done = plotly(tmp_path, "echo no network >&2; exit 1")
    assert done.returncode == 0 and "the report will show drawings instead" in done.stderr


def test_the_lock_file_names_no_address() -> None:
    lock = json.loads((ROOT / "scripts" / "plotly" / "package-lock.json").read_text(encoding="utf-8"))
    pinned = {name: package for name, package in lock["packages"].items() if name}
    assert list(pinned) == ["node_modules/plotly.js-basic-dist-min"]
    assert all(one["integrity"].startswith("sha512-") and "resolved" not in one for one in pinned.values())
