"""Stands in for bench/throughput: times from a seeded generator, or whatever else a driver may do.

Beside the modules lies fake.json, which is their sidecar too:
  cases      name to {"ns", and of the row: "error", "skipped", "relative_error", "tolerance"}
  noise      of a process' time, drift of the machine over a hundred processes; seed of both
  identity   of the environment
  bits       of every answer, as rows of results have them
  act        "crash", "fail", "nan", "truncated", "nothing", "hang" (waits to be interrupted)
How many processes ran before is counted in calls.txt, and what the last one was told to call lies in told.json.
"""

from __future__ import annotations

import json
import math
import os
import random
import re
import signal
import sys
import time
from pathlib import Path

IDENTITY = {"cpu_model_name": "Fake CPU", "compiler": "GNU 12", "reasons": {}}


def build(folder: Path, cases: dict, **more) -> Path:
    """A build whose driver this is."""
    modules, bench = folder / "backends", folder / "bench"
    modules.mkdir(parents=True, exist_ok=True)
    bench.mkdir(exist_ok=True)
    (modules / "fake.so").write_bytes(b"")
    about = {"name": "fake", "cases": cases, "noise": 0.01, "drift": 0.0, "seed": 1, "identity": IDENTITY} | more
    (modules / "fake.json").write_text(json.dumps(about), encoding="utf-8")
    driver = bench / "throughput"
    driver.write_text(f"#!{sys.executable} -SE\n" + Path(__file__).read_text(encoding="utf-8"), encoding="utf-8")
    driver.chmod(0o755)
    return folder


def case(method: str = "reverse_fused", n: int = 64, problem: str = "chain", lanes: str = "elements") -> str:
    return f"{problem}/{method}/{lanes}/f64/fake/n:{n}/points:1/threads:1"


def row(name: str, about: dict, factor: float, repetitions: int, calls: int) -> dict:
    parts = re.fullmatch(r"([^/]+)/([^/]+)/([^/]+)/([^/]+)/([^/]+)/n:(\d+)/points:(\d+)/threads:(\d+)", name)
    keys = ("problem", "method", "lanes", "dtype", "backend", "n", "points", "threads")
    found: dict = {"name": name, "reference": False, "value_only": False}
    found |= {key: int(part) if part.isdigit() else part for key, part in zip(keys, parts.groups())}
    found |= {"relative_error": 1e-16, "tolerance": 1e-12, "verdict": "ok"}
    found |= {key: value for key, value in about.items() if key != "ns"}
    if "error" in about or "skipped" in about:
        return found
    times = [about["ns"] * factor * (1 + 0.01 * k) for k in range(repetitions)]
    return found | {"real_time": times[len(times) // 2], "times_ns": times, "iterations": calls}


def flag(arguments: list[str], name: str) -> str | None:
    for index, argument in enumerate(arguments):
        if argument == name:
            return arguments[index + 1]
        if argument.startswith(name + "="):
            return argument.partition("=")[2]
    return None


def main(arguments: list[str]) -> int:
    modules = Path(flag(arguments, "--backend-dir") or "")
    about = json.loads((modules / "fake.json").read_text(encoding="utf-8"))
    if "--benchmark_list_tests" in arguments:
        print("\n".join(about["cases"]))
        return 0
    act = about.get("act")
    if act == "fail":
        print("note: something\nthroughput: cannot load the module", file=sys.stderr)
        return 2
    if act == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    counter = modules / "calls.txt"
    before = int(counter.read_text()) if counter.exists() else 0
    counter.write_text(str(before + 1))
    if act == "hang" and before > 6:
        (modules / "hanging").touch()
        time.sleep(20)
    told = Path(flag(arguments, "--iterations") or "").read_text(encoding="utf-8")
    (modules / "told.json").write_text(told, encoding="utf-8")
    counts = {name: one["calls"] if isinstance(one, dict) else one for name, one in json.loads(told).items()}
    repetitions = int(flag(arguments, "--benchmark_repetitions") or 1)
    noise = random.Random(about["seed"] * 100003 + before)
    drift = 1 + about["drift"] * math.sin(before / 30)
    rows = [
        row(name, about["cases"][name], drift * math.exp(noise.gauss(0, about["noise"])), repetitions, count)
        for name, count in counts.items()
    ]
    if bits := about.get("bits"):
        rows = [found | {"answer_bits": bits} for found in rows]
    shard = {"schema": 1, "kind": "throughput", "complete": True, "benchmarks": rows}
    shard["context"] = {"identity": about["identity"], "volatile": {"governor": "performance"}}
    text = json.dumps(shard)
    if act == "nan":
        text = re.sub(r'"real_time": [\d.e+-]+', '"real_time": NaN', text)
    if act == "truncated":
        text = text[: len(text) // 2]
    if act != "nothing":
        folder = Path(flag(arguments, "--out") or "") / "throughput"
        folder.mkdir(parents=True)
        (folder / "fake.json").write_text(text, encoding="utf-8")
    return 1 if any("error" in found for found in rows) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
