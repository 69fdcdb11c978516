"""Other libraries as backends, where they were built: each against the oracle, through the driver."""

from __future__ import annotations

import json
import subprocess

import pytest
from builds import built


def peers() -> list[str]:
    """Modules that stand alone and hold more than elementary functions; none where no build has any."""
    try:
        folder, command = built("backends"), [built("bench", "throughput"), "--list"]
    except pytest.skip.Exception:
        return []
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    timed = {line.split("/")[4] for line in lines if line.count("/") == 4 and " " not in line}
    found = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json")) if path.with_suffix(".so").exists()]
    return [sidecar["name"] for sidecar in found if sidecar["rank"] == 0 and sidecar["name"] in timed]


@pytest.mark.parametrize("backend", peers() or [None])
def test_gradients_are_right(backend: str | None) -> None:
    if backend is None:
        pytest.skip("no other library was built (-DGRADLANE_PEERS=ON)")
    command = [built("bench", "throughput"), "--check-only", "--backend", backend, "--dims", "4,8,20,64"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    last = done.stderr.splitlines()[-1]
    assert last.endswith(" 0 failed") and not last.startswith("throughput: 0 checked"), last
    assert f"/f64/{backend}/" in done.stdout
