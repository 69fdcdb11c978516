"""results/history.jsonl: a line a run, appended and never rewritten.

A line holds when and from which commit, the environment's fingerprint with the identity it stands for, and every case's
median and interval. Lines are added whole, under a lock, and reach the disk before the command ends. A last line that was
cut short is reported and skipped; the next run begins a new line, so that what is there of it stays.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from . import text
from .compare_driver import Results
from .compare_model import NOT_COMPARABLE, USAGE, Stop
from .compare_policy import strict_json
from .data import interval, number

SCHEMA = 1


def fingerprint(identity: dict[str, Any]) -> str:
    """Of all identity fields: runs that differ in one of them are no points of one line."""
    canonical = json.dumps(sorted(text.flatten(identity)), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def line_of(results: Results) -> dict[str, Any]:
    """What a run adds to the history. Stop where it has no times or no environment."""
    identity = results.context.get("identity")
    provenance = results.context.get("provenance")
    provenance = provenance if isinstance(provenance, dict) else {}
    if not isinstance(identity, dict):
        raise Stop("the run carries no environment: it cannot be told which machine it is of", NOT_COMPARABLE)
    cases = {}
    for name, row in sorted(results.rows.items()):
        if row.ns is not None:
            low, high = interval(list(row.times))
            cases[name] = {"ns": row.ns, "low": low, "high": high, "repetitions": len(row.times)}
            cases[name] |= {} if row.error is None else {"error": row.error}
    if not cases:
        raise Stop("the run holds no times", NOT_COMPARABLE)
    return {
        "schema": SCHEMA,
        "kind": "history",
        "utc": provenance.get("utc"),
        "commit": provenance.get("commit"),
        "dirty": provenance.get("dirty"),
        "fingerprint": fingerprint(identity),
        "identity": identity,
        "cases": cases,
    }


def line_that_equals(path: Path, line: dict[str, Any]) -> int | None:
    """The number of the line with this run: a second point of it would pass for a second measurement."""
    entry = read_entry(0, line)
    for there in read(path)[0]:
        if replace(there, number=0) == entry:
            return there.number
    return None


def append(path: Path, line: dict[str, Any]) -> str | None:
    """Adds a line; a note where the one before it was cut short."""
    note = None
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0, os.SEEK_END)
        start = b""
        if file.tell() > 0:
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                start, note = b"\n", f"{path}: its last line was cut short; it stays, and a new one begins"
        file.write(start + json.dumps(line, ensure_ascii=False, allow_nan=False).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return note


@dataclass
class Entry:
    number: int  # of the line
    utc: str
    commit: str
    dirty: bool
    fingerprint: str
    machine: str
    times: dict[str, float]
    ends: dict[str, tuple[float, float]] = field(default_factory=dict)


def read_entry(number_of_line: int, raw: Any) -> Entry:
    """ValueError for anything that is no line of ours."""
    if not isinstance(raw, dict) or raw.get("kind") != "history" or raw.get("schema") != SCHEMA:
        raise ValueError(f"not a history line of schema {SCHEMA}")
    cases = raw.get("cases")
    if not isinstance(raw.get("fingerprint"), str) or not isinstance(cases, dict):
        raise ValueError("it lacks a fingerprint or cases")
    times, ends = {}, {}
    for name, row in cases.items():
        ns = number(row.get("ns")) if isinstance(row, dict) else None
        if ns is None or ns <= 0:
            raise ValueError(f"{name}: no positive time")
        times[name] = ns
        low, high = number(row.get("low")), number(row.get("high"))
        ends[name] = (low if low is not None else ns, high if high is not None else ns)
    identity = raw.get("identity") if isinstance(raw.get("identity"), dict) else {}
    about = [str(identity.get(key)) for key in ("cpu_model_name", "compiler") if identity.get(key)]
    return Entry(
        number_of_line,
        str(raw.get("utc") or ""),
        str(raw.get("commit") or "unknown"),
        bool(raw.get("dirty")),
        raw["fingerprint"],
        ", ".join(about) or "unknown machine",
        times,
        ends,
    )


def read(path: Path) -> tuple[list[Entry], list[str]]:
    """The lines in the order they were added, and a note for each that could not be read."""
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise Stop(f"{path}: {problem.strerror}", USAGE) from None
    entries, notes = [], []
    lines = content.split(b"\n")
    for index, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            entries.append(read_entry(index, strict_json(line.decode("utf-8"))))
        except (UnicodeDecodeError, ValueError, AttributeError, RecursionError) as problem:
            cut = "cut short" if index == len(lines) else "broken"
            notes.append(f"{path}:{index}: {cut}, skipped: {problem}")
    return entries, notes
