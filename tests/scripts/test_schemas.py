"""Every file that we write is as docs/schema/ says: those that are committed, and those that the drivers and scripts write
here. The schemas know every key, so that one that is added and not described fails."""

from __future__ import annotations

import copy
import json
import re
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest
import schemas
from builds import ROOT, built
from schemas import check, check_file, complaints
from test_run import checkout, run  # noqa: F401  (a fixture)

from gradlane import compare, environment, history, speed

REFERENCE = ROOT / "results" / "reference"


def driver(name: str, *flags: str, status: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([built("bench", name), *flags], capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr
    return done


@pytest.mark.parametrize("path", sorted(schemas.FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_a_schema_is_one(path: Path) -> None:
    schemas.validator(path.stem).check_schema(schemas.load(path.stem))
    assert schemas.load(path.stem)["$id"] == path.name


def test_every_reference_leads_somewhere() -> None:
    for path in schemas.FOLDER.glob("*.json"):
        for target in re.findall(r'"\$ref": "([^"]+)"', path.read_text(encoding="utf-8")):
            with schemas.validator(path.stem).resolver.resolving(target) as found:
                assert isinstance(found, dict) and found


# ---- committed files ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["throughput", "accuracy", "limits"])
def test_the_reference_run(kind: str) -> None:
    files = sorted((REFERENCE / kind).glob("*.json"))
    assert files
    # A few of each kind of shard: all of them take ten seconds.
    for path in files[:: max(1, len(files) // 12)]:
        check_file(path, kind)


def test_the_history() -> None:
    path = ROOT / "results" / "history.jsonl"
    if not path.exists():
        pytest.skip("no history is committed")
    check_file(path, "history")


def test_the_policy_and_the_sidecars_of_the_documents() -> None:
    shown = (ROOT / "docs" / "compare.md").read_text(encoding="utf-8")
    check(json.loads(re.findall(r"```json\n(.*?)```", shown, re.DOTALL)[0]), "policy")
    for name in ("README.md", "docs/backend.md"):
        found = re.findall(r'`(\{"abi".*?\})`', (ROOT / name).read_text(encoding="utf-8"), re.DOTALL)
        assert found, name
        for text in found:
            check(json.loads(text), "sidecar")


# ---- what the drivers write --------------------------------------------------------------------------------------


def check_shards(folder: Path, *kinds: str) -> list[dict[str, Any]]:
    shards = []
    for kind in kinds:
        files = sorted((folder / kind).glob("*.json"))
        assert files, kind
        for path in files:
            check_file(path, kind)
            shards.append(json.loads(path.read_text(encoding="utf-8")))
    return shards


def test_shards_of_sound_cases(tmp_path: Path) -> None:
    few = ["--problem", "quartic", "--dtype", "f64", "--threads", "1", "--out", str(tmp_path)]
    driver("limits", "--dtype", "f64", "--threads", "1", "--probe-seconds", "0.001", "--out", str(tmp_path))
    # In the shard of 4096 the differences are left out.
    driver("throughput", *few, "--dims", "8,4096", "--case-seconds", "0.001", "--max-case-seconds", "0.0005")
    driver("accuracy", *few, "--dims", "8")
    shards = check_shards(tmp_path, "limits", "throughput", "accuracy")
    rows = [row for shard in shards if shard["kind"] == "throughput" for row in shard["benchmarks"]]
    assert {"points", "scalar", "elements"} <= {row["lanes"] for row in rows}
    assert any("skipped" in row for row in rows) and any(row.get("limit_ns") for row in rows)


def test_shards_of_counted_and_of_checked_cases(tmp_path: Path) -> None:
    few = ["--problem", "quartic", "--dtype", "f64", "--method", "analytic", "--dims", "8", "--threads", "1"]
    for name, flags in (("counted", ["--iterations", "3"]), ("checked", ["--check-only"])):
        driver("throughput", *few, *flags, "--out", str(tmp_path / name))
        check_shards(tmp_path / name, "throughput")


def test_shards_of_wrong_and_of_crashing_cases(tmp_path: Path) -> None:
    """Foreign modules, each case in a process of its own."""
    modules = tmp_path / "modules"
    modules.mkdir()
    for name in ("wrong_gradient", "mishaps"):
        shutil.copy(built("tests", "fixtures", f"{name}.so"), modules)
        sidecar = {"abi": 4, "name": name, "needs": [], "lanes_f64": 1, "rank": 0}
        (modules / f"{name}.json").write_text(json.dumps(sidecar))
        check(sidecar, "sidecar")
    flags = ["--backend-dir", str(modules), "--dims", "8", "--case-seconds", "0.001", "--out", str(tmp_path)]
    driver("throughput", *flags, status=1)
    (shard,) = check_shards(tmp_path, "throughput")
    failed = {row["backend"] for row in shard["benchmarks"] if "error" in row}
    assert failed == {"wrong_gradient", "mishaps"}
    driver(
        "accuracy",
        "--backend-dir",
        str(modules),
        "--backend",
        "wrong_gradient",
        "--dims",
        "8",
        "--out",
        str(tmp_path),
        status=1,
    )
    (shard,) = check_shards(tmp_path, "accuracy")
    assert shard["complaints"]


def test_sidecars_of_this_build() -> None:
    for path in built("backends").glob("*.json"):
        check_file(path, "sidecar")


def facts_without_reason(document: dict[str, Any]) -> list[str]:
    groups = [document[name] for name in ("identity", "volatile", "provenance")]
    return [key for group in groups for key, value in group.items() if value is None and key not in group["reasons"]]


@pytest.mark.parametrize(
    "name", ["throughput", "accuracy", "limits", "functions", "descent", "curvature", "chain_rule"]
)
def test_a_driver_tells_its_environment(name: str) -> None:
    document = json.loads(driver(name, "--environment", "--seed", "7").stdout)
    check(document, "environment")
    assert facts_without_reason(document) == []
    assert document["provenance"]["seed"] == 7
    assert document["provenance"]["command_line"] == [name, "--environment", "--seed", "7"]
    assert {b["name"] for b in document["identity"]["backends"]} <= {p.stem for p in built("backends").glob("*.json")}


def test_the_environment_names_neither_host_nor_folders() -> None:
    shown = driver("throughput", "--environment", "--out", "/tmp/some/folder").stdout
    host = json.loads(shown)["provenance"]["host"]
    assert host.startswith("fnv1a64:") and "/tmp/some" not in shown
    if len(socket.gethostname()) > 3:
        assert f'"{socket.gethostname()}"' not in shown


def test_facts_follow_the_process() -> None:
    """Volatile facts are those of this process, and not of the machine alone."""
    command = ["taskset", "-c", "0", built("bench", "throughput"), "--environment"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env={"OMP_NUM_THREADS": "3", "PATH": "/usr/bin:/bin"}
    )
    volatile = json.loads(done.stdout)["volatile"]
    assert volatile["affinity"] == [0]
    assert volatile["openmp_variables"] == {"OMP_NUM_THREADS": "3"}


# ---- what the scripts write --------------------------------------------------------------------------------------


def test_what_a_run_was_asked_for(checkout: Path) -> None:  # noqa: F811
    (checkout.parent / "bin" / "cmake").write_text("#!/bin/bash\nexit 1\n")
    assert run(checkout, "--peers", "--full").returncode == 1
    (file,) = checkout.glob("results/*/run.json")
    check_file(file, "run")
    assert json.loads(file.read_text()) == {
        **{"schema": 1, "full": True, "peers": True, "calculus": False},
        "preset": "release",
    }


def test_bars_of_speed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build, out = built("bench", "throughput").parent.parent, tmp_path / "speed.json"
    if build.parent != ROOT / "build":
        pytest.skip("scripts/check_speed measures a preset of build/")
    flags = ["--preset", build.name, "--rounds", "1", "--case-seconds", "0.001", "--only", "f32: quartic n=7"]
    assert speed.main([*flags, "--json", str(out)]) in (0, 1)
    check_file(out, "speed")
    capsys.readouterr()


def test_environment_as_a_script(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build, file = built("bench", "throughput").parent.parent, tmp_path / "environment.json"
    assert environment.main(["--build", str(build), "--json", str(file)]) == 0
    check_file(file, "environment")
    shown = capsys.readouterr().out
    assert re.match(r"fingerprint [0-9a-f]{16}\n", shown)
    for name in ("cpu_model_name", "governor", "driver"):
        assert re.search(rf"^  {name} +\S", shown, re.MULTILINE)


def test_environment_against_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build = built("bench", "throughput").parent.parent
    same = json.loads(driver("throughput", "--environment").stdout)
    same = {group: same[group] for group in ("identity", "volatile", "provenance")}
    other = copy.deepcopy(same)
    other["identity"]["libc"] = "glibc 1.0"
    for name, context, status in (("same", same, 0), ("other", other, 3)):
        shard = {"schema": 1, "kind": "throughput", "benchmarks": [], "context": context}
        (tmp_path / name).write_text(json.dumps(shard))
        assert environment.main(["--build", str(build), "--against", str(tmp_path / name)]) == status
    assert re.search(r"identity: 1 facts .*\n  libc  glibc 1.0 -> glibc", capsys.readouterr().out)


def test_environment_mistakes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert environment.main(["--build", str(tmp_path)]) == 2
    assert environment.main(["--nope"]) == 2
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 2 and "no bench/throughput in it" in told[0]


def test_comparisons_and_history(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if not REFERENCE.exists():
        pytest.skip("no reference run")
    run, out = REFERENCE / "throughput" / "chain-f64-n64-points1-threads1.json", tmp_path / "out.json"
    assert compare.main(["methods", str(run), "--baseline", "reverse_tape/scalar", "--json", str(out)]) in (0, 1)
    check_file(out, "comparison")
    assert compare.main(["runs", str(run), str(run), "--json", str(out)]) == 0
    check_file(out, "comparison")
    assert history.main(["add", str(run), "--file", str(tmp_path / "history.jsonl")]) == 0
    check_file(tmp_path / "history.jsonl", "history")
    capsys.readouterr()


def test_builds_compared_leave_raw_values(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build = built("bench", "throughput").parent.parent
    raw, out = tmp_path / "raw.jsonl", tmp_path / "out.json"
    flags = ["--rounds", "7", "--case-seconds", "0.0001", "--raw", str(raw), "--json", str(out), "--"]
    selection = ["--problem", "quartic", "--method", "analytic", "--lanes", "elements", "--dtype", "f64", "--dims", "8"]
    assert compare.main(["noise", "--build", str(build), *flags, *selection, "--threads", "1"]) in (0, 1)
    check_file(raw, "comparison_raw")
    check_file(out, "comparison")
    capsys.readouterr()


# ---- whether a schema says anything ------------------------------------------------------------------------------


def altered(document: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    document = copy.deepcopy(document)
    *parents, last = path.split("/")
    inner: Any = document
    for key in parents:
        inner = inner[int(key)] if isinstance(inner, list) else inner[key]
    inner[last] = value
    return document


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        ("throughput", "benchmarks/0/unheard_of", 1),
        ("throughput", "benchmarks/0/real_time", -1),
        ("throughput", "benchmarks/0/name", "chain/n:8"),
        ("throughput", "benchmarks/0/verdict", "fine"),
        ("throughput", "context/identity/reasons", {"governor": ""}),
        ("throughput", "context/provenance/host", "a-name"),
        ("throughput", "context/volatile/load", [1, 2]),
        ("throughput", "complete", False),
        ("accuracy", "remainders/0/precision", "double"),
        ("accuracy", "gradient_errors/0/ulp_histogram", [0.5]),
        ("limits", "roofs/0/unit", "MB"),
    ],
)
def test_what_is_wrong_is_found(kind: str, path: str, value: Any) -> None:
    document = json.loads(
        next((REFERENCE / kind).glob("chain-f64*.json" if kind != "limits" else "*.json")).read_text()
    )
    assert complaints(document, kind) == []
    assert len(complaints(altered(document, path, value), kind)) >= 1
