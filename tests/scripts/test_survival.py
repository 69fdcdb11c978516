"""A kill at any moment and a full disk leave results that can be read, and that --resume completes."""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from builds import built
from gradlane import data

MOMENTS = 20
SHARDS = 8


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    folder = tmp_path / "backends"
    folder.mkdir()
    shutil.copy(built("tests", "fixtures", "good.so"), folder)
    (folder / "good.json").write_text(json.dumps({"abi": 4, "name": "good", "needs": [], "rank": 1}))
    dims = ",".join(str(4 + k) for k in range(SHARDS))
    flags = ["--method=analytic", f"--dims={dims}", "--case-seconds=0.003"]
    return [str(built("bench", "throughput")), f"--backend-dir={folder}", *flags]


def whole(out: Path) -> dict[str, str]:
    """Every shard there is; each must be complete JSON with its rows, and readable by the report."""
    texts = {path.name: path.read_text() for path in (out / "throughput").glob("*.json")}
    for name, text in texts.items():
        shard = json.loads(text)
        assert shard["complete"] is True and shard["benchmarks"], name
    if texts:
        assert data.load(out).timings
    return texts


def test_kill_at_20_moments_keeps_every_complete_shard(command: list[str], tmp_path: Path) -> None:
    start = time.monotonic()
    subprocess.run([*command, f"--out={tmp_path / 'whole'}"], check=True, capture_output=True, timeout=60)
    duration = time.monotonic() - start
    assert len(whole(tmp_path / "whole")) == SHARDS
    # One moment in each twentieth of a run, so that they cover it, at a place in it that is random; each run goes on in
    # what the last ones left, as often as they are not through yet.
    generator = random.Random(20)
    seen = set()
    for moment in range(MOMENTS):
        out = tmp_path / f"killed{moment}"
        with subprocess.Popen([*command, f"--out={out}"], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as run:
            time.sleep(duration * (moment + generator.random()) / MOMENTS)
            run.send_signal(signal.SIGKILL)
        kept = whole(out)
        seen.add(len(kept))
        if moment % 5 != 4:  # resuming takes a run each: every fifth shows it
            continue
        done = subprocess.run([*command, f"--out={out}", "--resume"], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        complete = whole(out)
        assert len(complete) == SHARDS
        assert {name: complete[name] for name in kept} == kept, "a complete shard was written again"
    assert len(seen) > 2, f"the moments fell into one stretch of the run: {seen}"


def mounted(folder: Path, kilobytes: int) -> bool:
    mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)]
    return os.geteuid() == 0 and subprocess.run(mount, capture_output=True).returncode == 0


def expect_it_ends_well(command: list[str], out: Path, done: subprocess.CompletedProcess[str], why: str) -> None:
    assert done.returncode == 1, done.stderr
    assert "cannot write" in done.stderr and why in done.stderr
    kept = whole(out)
    assert 0 <= len(kept) < SHARDS
    assert all(path.suffix == ".json" for path in (out / "throughput").iterdir()), "half a file was left"


def test_a_full_disk_keeps_what_was_written(command: list[str], tmp_path: Path) -> None:
    out = tmp_path / "small"
    out.mkdir()
    if not mounted(out, 24):
        pytest.skip("a small file system cannot be mounted here (not root, or not allowed)")
    try:
        done = subprocess.run([*command, f"--out={out}"], capture_output=True, text=True, timeout=60)
        expect_it_ends_well(command, out, done, "No space left on device")
        kept = whole(out)
        assert kept, "the disk was full before the first shard"
        subprocess.run(["mount", "-o", "remount,size=4m", str(out)], check=True)
        again = subprocess.run([*command, f"--out={out}", "--resume"], capture_output=True, text=True, timeout=60)
        assert again.returncode == 0, again.stderr
        complete = whole(out)
        assert len(complete) == SHARDS and {name: complete[name] for name in kept} == kept
    finally:
        subprocess.run(["umount", str(out)], check=True)


def test_a_file_that_may_not_grow_leaves_nothing_half_written(command: list[str], tmp_path: Path) -> None:
    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2048, 2048))

    out = tmp_path / "out"
    done = subprocess.run([*command, f"--out={out}"], capture_output=True, text=True, timeout=60, preexec_fn=limited)
    expect_it_ends_well(command, out, done, "File too large")
    again = subprocess.run([*command, f"--out={out}", "--resume"], capture_output=True, text=True, timeout=60)
    assert again.returncode == 0 and len(whole(out)) == SHARDS, again.stderr
