"""scripts/run as a whole, with a build that does nothing and drivers that hand out prepared results."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT, fill, fill_with_little

pytest.importorskip("matplotlib")

#: Tells an estimate; else notes its arguments, hands out its kind of shards, and ends as the test wants.
DRIVER = """#!/bin/bash
[[ $* != *--estimate* ]] || {{ cat {notes}/{kind}.estimate 2>/dev/null || exit 2; exit; }}
echo "$*" >>{notes}/{kind}
while [[ $1 != --out ]]; do shift; done
mkdir -p "$2/{kind}" && cp {results}/{kind}/*.json "$2/{kind}/" 2>/dev/null
exit $(cat {notes}/{kind}.status 2>/dev/null || echo 0)
"""


#: Everything that scripts/run calls.
KINDS = ("limits", "throughput", "accuracy", "functions", "descent", "chain_rule", "curvature")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the scripts beside stub drivers; `cmake` on PATH does nothing."""
    results = fill_with_little(tmp_path / "prepared")
    root = tmp_path / "checkout"
    shutil.copytree(ROOT / "scripts", root / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    drivers = root / "build" / "release" / "bench"
    drivers.mkdir(parents=True)
    for kind in KINDS:
        path = drivers / kind
        path.write_text(DRIVER.format(kind=kind, notes=tmp_path, results=results))
        path.chmod(0o755)
    stubs = tmp_path / "bin"
    stubs.mkdir()
    for name, body in (("cmake", ""), ("dpkg-query", "printf 'ii %s\\n' \"${@:3}\"")):
        (stubs / name).write_text(f"#!/bin/bash\n{body}\n")
        (stubs / name).chmod(0o755)
    return root


def run(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    path = f"{checkout.parent / 'bin'}:{os.environ['PATH']}"
    command = [str(checkout / "scripts" / "run"), "--no-install", *arguments]
    environment = os.environ | {"PATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def test_ends_with_the_table_and_the_path(checkout: Path, tmp_path: Path) -> None:
    fill(tmp_path / "prepared")
    done = run(checkout)
    assert done.returncode == 0, done.stderr
    (folder,) = (checkout / "results").iterdir()
    assert folder.name.endswith("Z") and (folder / "report.html").exists()
    assert "reverse_fused/elements" in done.stdout
    assert done.stdout.splitlines()[-1] == f"report: {folder / 'report.html'}"
    assert "built preset release" in done.stderr


def test_says_before_measuring_how_long_all_of_it_takes(checkout: Path, tmp_path: Path) -> None:
    for kind, seconds in (("limits", 40), ("throughput", 190), ("accuracy", 61), ("functions", 10)):
        (tmp_path / f"{kind}.estimate").write_text(f"{seconds}\n")
    (tmp_path / "limits.status").write_text("130")
    done = run(checkout, "--out", str(tmp_path / "out"))
    assert "measuring takes about 6 min in all" in done.stderr.splitlines()


def test_full_and_resume_reach_the_drivers(checkout: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run(checkout, "--full", "--out", str(out)).returncode == 0
    assert run(checkout, "--full", "--resume", str(out)).returncode == 0
    for kind in KINDS:
        first, second = (tmp_path / kind).read_text().splitlines()
        assert first == f"--out {out} --full"
        assert second == f"--out {out} --full --resume"


def test_resume_needs_the_folder_alone(checkout: Path, tmp_path: Path) -> None:
    full, quick = tmp_path / "full", tmp_path / "quick"
    (tmp_path / "throughput.status").write_text("130")
    assert run(checkout, "--full", "--out", str(full)).returncode == 130
    assert run(checkout, "--out", str(quick)).returncode == 130
    (tmp_path / "throughput.status").write_text("0")
    assert run(checkout, "--resume", str(full)).returncode == 0
    assert run(checkout, "--resume", str(quick)).returncode == 0
    assert (tmp_path / "accuracy").read_text().splitlines() == [
        f"--out {full} --full --resume",
        f"--out {quick} --resume",
    ]
    done = run(checkout, "--full", "--resume", str(quick))
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1 and "is a quick run" in done.stderr


def test_resume_builds_what_was_measured(checkout: Path, tmp_path: Path) -> None:
    drivers = checkout / "build" / "ci" / "bench"
    shutil.copytree(checkout / "build" / "release" / "bench", drivers)
    (tmp_path / "bin" / "cmake").write_text(f'#!/bin/bash\necho "$*" >>{tmp_path}/cmake\n')
    (tmp_path / "limits.status").write_text("130")
    assert run(checkout, "--peers", "--preset", "ci", "--out", str(tmp_path / "out")).returncode == 130
    first = (tmp_path / "cmake").read_text()
    assert "--preset ci" in first and "-DGRADLANE_PEERS=ON" in first
    (tmp_path / "limits.status").write_text("0")
    assert run(checkout, "--resume", str(tmp_path / "out")).returncode == 0
    assert (tmp_path / "cmake").read_text() == first + first


def test_a_folder_that_holds_results_is_not_written_into(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "limits.status").write_text("130")
    assert run(checkout, "--out", str(tmp_path / "out")).returncode == 130
    done = run(checkout, "--full", "--out", str(tmp_path / "out"))
    assert done.returncode == 2 and "holds results already" in done.stderr


def test_peers_are_configured_when_asked(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "bin" / "cmake").write_text(f'#!/bin/bash\necho "$*" >>{tmp_path}/cmake\n')
    assert run(checkout, "--out", str(tmp_path / "out")).returncode == 0
    assert "PEERS" not in (tmp_path / "cmake").read_text()
    assert run(checkout, "--peers", "--out", str(tmp_path / "with")).returncode == 0
    assert "-DGRADLANE_PEERS=ON" in (tmp_path / "cmake").read_text()


def test_a_wrong_gradient_still_gives_a_report(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "throughput.status").write_text("1")
    done = run(checkout, "--out", str(tmp_path / "out"))
    assert done.returncode == 1
    assert (tmp_path / "accuracy").exists() and (tmp_path / "out" / "report.html").exists()
    assert "some gradients or functions were wrong" in done.stderr


def test_interrupted_says_how_to_go_on(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "throughput.status").write_text("130")
    out = tmp_path / "out"
    done = run(checkout, "--full", "--out", str(out))
    assert done.returncode == 130
    assert not (tmp_path / "accuracy").exists()
    assert f"scripts/run --full --resume {out}" in done.stderr
    assert list((out / "throughput").iterdir())


def test_the_machine_is_measured_first(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "limits.status").write_text("130")
    done = run(checkout, "--out", str(tmp_path / "out"))
    assert done.returncode == 130
    assert not (tmp_path / "throughput").exists()


def test_a_failed_build_stops_with_the_errors(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "bin" / "cmake").write_text("#!/bin/bash\necho 'x.cpp:1: error: no such thing'; exit 1\n")
    done = run(checkout, "--out", str(tmp_path / "out"))
    assert done.returncode == 1
    assert "x.cpp:1: error: no such thing" in done.stderr and "build/release/build.log" in done.stderr
    assert not (tmp_path / "throughput").exists()
